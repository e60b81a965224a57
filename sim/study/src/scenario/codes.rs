//! The codes of all diagnostics about scenario files.

patchstate_source::mistake_codes! {
    "scenario":
    SYNTAX = "syntax",
        "An expectation is not TOML here.";
    UNKNOWN_BLOCK = "unknown-block",
        "A fenced block has a name that is nearly `steps` or `expect`. It would be passed over \
         as prose.";
    NO_STEPS = "no-steps",
        "A block `steps` is empty, or a block `expect` has no steps before it.";
    NO_NAME = "no-name",
        "No heading stands above the blocks of a scenario, and its heading is its name.";
    DUPLICATE_NAME = "duplicate-name",
        "Two scenarios of one file have the same name.";
    NO_EXPECTATION = "no-expectation",
        "A block `steps` has no block `expect` behind it, so nothing would be checked.";
    UNKNOWN_KEY = "unknown-key",
        "An expectation has no key of that name. What is not named is not checked, so a slip \
         would hide what was meant.";
    UNKNOWN_VALUE = "unknown-value",
        "The value of a key is none of the words that the key can hold.";
    TYPE = "type",
        "The value of a key is of another type than the key holds.";
    PATH = "path",
        "The text is no path below the Windows folder.";
    VERSION = "version",
        "The text is no file version: four numbers with dots between them.";
    UNKNOWN_FILE = "unknown-file",
        "The catalog has no file of that path.";
    UNKNOWN_UPDATE = "unknown-update",
        "The catalog has no such release of an update.";
    UNKNOWN_RULE = "unknown-rule",
        "A rule is named that is not in the folder of the scenario file, not given with \
         `--rule`, and no path.";
    STEP = "step",
        "A step cannot be read or cannot stand here, or the number of a step is that of none.";
    ASSUMPTION = "assumption",
        "The catalog has no such assumption, or it has no such value.";
    ARCH = "arch",
        "The catalog says nothing about this architecture.";
}
