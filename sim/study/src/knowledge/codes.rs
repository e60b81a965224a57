//! The codes of differences between a catalog and what the core knows.

patchstate_source::mistake_codes! {
    "core":
    UNKNOWN = "unknown",
        "The catalog has something that the detection core does not know: the core judges hosts as \
         if it were not there. Its advisories need it too.";
    OTHERWISE = "otherwise",
        "The detection core knows something otherwise than the catalog says it: one of them is \
         wrong, or the advisories are for another catalog.";
    FIXED = "fixed",
        "The catalog has something of which there can be only one: the core follows one worker \
         process.";
    ADVISORIES = "advisories",
        "A file of the core's advisories has a mistake.";
}
