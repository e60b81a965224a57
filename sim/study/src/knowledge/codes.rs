//! The codes of differences between a catalog and what the core knows.

patchstate_source::mistake_codes! {
    "core":
    UNKNOWN = "unknown",
        "The catalog has something that the detection core does not know. Files that it does not \
         know it does not look at; of updates that it does not know it cannot tell whether they \
         would break a host or repair it. Its advisories need them too.";
    OTHERWISE = "otherwise",
        "The detection core knows something otherwise than the catalog says it: one of them is \
         wrong, or the advisories are for another catalog.";
    FIXED = "fixed",
        "The catalog has something that the core's advisories have no place for: a second program \
         that loads files at run time, or a function that later copies of a DLL lack.";
    ADVISORIES = "advisories",
        "A file of the core's advisories has a mistake.";
}
