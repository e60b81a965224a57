//! The codes of all diagnostics about baselines.

patchstate_source::mistake_codes! {
    "baseline":
    SYNTAX = "syntax",
        "The file is not TOML here.";
    FIELD = "field",
        "A baseline has no field of that name.";
    MISSING = "missing",
        "A field is missing.";
    VALUE = "value",
        "A field holds a value of another type.";
    UNKNOWN_NAME = "unknown-name",
        "There is no architecture, status or kind of finding of that name.";
    STEP = "step",
        "The text is no step.";
    DUPLICATE = "duplicate",
        "The same counterexample is accepted twice.";
}
