//! The codes of all diagnostics about external rules.

patchstate_source::mistake_codes! {
    "external":
    SYNTAX = "syntax",
        "The file is not TOML here.";
    UNKNOWN_FIELD = "unknown-field",
        "An external rule has no field of that name.";
    MISSING_FIELD = "missing-field",
        "A field is missing that every external rule needs.";
    VALUE = "value",
        "A field holds a value that means nothing there.";
    UNKNOWN_STATUS = "unknown-status",
        "There is no status of that name, or the rule cannot stand for it.";
    PROGRAM = "program",
        "The program is not named, is not there, or cannot be started.";
    ANSWERS = "answers",
        "The exit codes or statuses under `answers` cannot be read as answers.";
    PROTOCOL = "protocol",
        "There is no protocol of that name, or it does not go with another field.";
    READS = "reads",
        "`reads` is no list of different files below the Windows folder, or names one that is \
         not known.";
}
