//! The codes of all diagnostics about files of claims.

patchstate_source::mistake_codes! {
    "claim":
    SYNTAX = "syntax",
        "The file is not TOML here.";
    SECTION = "section",
        "Claims stand in sections `[[claim]]`, once for each, and this is written otherwise.";
    FIELD = "field",
        "A claim lacks a field, or one holds a value of another type.";
    UNKNOWN_NAME = "unknown-name",
        "A field, a component, an update, a status or another word is named that does not exist.";
    MALFORMED = "malformed",
        "A condition or a pattern of steps cannot be read, fits nothing in the scope of the \
         claim, or a text is empty.";
    PROPERTY = "property",
        "The kind of a property needs a step or a consequence that is not there, or takes none.";
    ASSUMPTION = "assumption",
        "An assumption cannot be set to this value, or has no switch.";
    DUPLICATE = "duplicate",
        "Another claim of the same run has this id; those that are built in count.";
}
