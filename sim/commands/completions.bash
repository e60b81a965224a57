
# Steps can have a colon, at which bash begins a new word: the words are put together again, and
# what stands before the colon is taken off what is offered.
_patchstate_with_colons() {
    local line="${COMP_LINE:0:$COMP_POINT}" word
    local -a words
    read -ra words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    COMP_WORDS=("${words[@]}")
    COMP_CWORD=$((${#words[@]} - 1))
    word="${words[$COMP_CWORD]}"
    _patchstate "$1" "$word" "${words[$COMP_CWORD - 1]}"
    if [[ "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
    fi
}

complete -F _patchstate_with_colons -o bashdefault -o default patchstate
