//! The codes of all diagnostics about YARA rules.

patchstate_source::mistake_codes! {
    "yara":
    NOT_BUILT_IN = "not-built-in",
        "This build has no YARA: the cargo feature `yara` is off.";
    SYNTAX = "syntax",
        "The file is not TOML here.";
    UNKNOWN_FIELD = "unknown-field",
        "A YARA rule has no field of that name.";
    MISSING_FIELD = "missing-field",
        "A field is missing that every YARA rule needs.";
    VALUE = "value",
        "A field holds a value that means nothing there.";
    UNKNOWN_STATUS = "unknown-status",
        "There is no status of that name, or the rule cannot stand for it.";
    RULES_FILE = "rules-file",
        "The file with the rules in the language of YARA cannot be read.";
    UNKNOWN_RULE = "unknown-rule",
        "That file has no rule of this name.";
    COMPILE = "compile",
        "YARA does not accept that file.";
}
