//! The table, first half: something is missing when the worker process is loaded.
//!
//! **Owns** the answers, each of which was worked out by hand from the files beside it.
//!
//! What must be missing are the reasons, not what follows from them: a DLL whose own imports fail
//! is there. What is peculiar to Wine was found by running it; the reasons are from its source
//! (`dlls/ntdll/loader.c` of Wine 8.0).

use crate::row::{
    Difference, End, Has,
    Missing::{Dll, Symbol},
    Row,
};
use Has::{Calls, Forwards, Gives, Needs};

/// The function of `w3core.dll` that is called; it calls whatever the file imports.
const START: Has = Calls("StartWorkerCore");

const FOLLOWS: &str = "Wine says `not found` also of a DLL that is there and whose own imports \
     fail: its `load_dll` then ends with the same STATUS_DLL_NOT_FOUND";
const NOT_CALLED: &str = "Wine loads a file with an import that does not resolve and raises an \
     exception when it is called, and nobody calls it; `LoadLibrary` of Windows fails with \
     ERROR_PROC_NOT_FOUND";
const GAP: &str = "Wine takes no export for one whose address in the table is 0, as the core does; \
     `GetProcAddress` of Windows is documented to give an invalid address there that is not null, \
     so that the file may load and the call fail";
const LOOP: &str = "Wine's `find_forwarded_export` calls itself for each forwarder without end and \
     without a word, until the stack is used up; a loader that ended the loop would find no \
     address either, so the import is missing";

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    Row {
        not_loaded: &["w3core.dll"],
        ..Row::new(
            "a DLL is not there",
            &[("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")])],
            &[Dll("w3core.dll", "iisutil.dll")],
            End::SecondRefused,
        )
    },
    Row {
        not_loaded: &["w3core.dll", "w3tp.dll"],
        wine: Difference { also: &[Dll("w3core.dll", "w3tp.dll")], not: &[], why: FOLLOWS },
        ..Row::new(
            "a DLL is not there, two levels down",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("w3tp.dll", "One")]),
                ("inetsrv/w3tp.dll", &[Calls("One"), Needs("w3cache.dll", "Two")]),
            ],
            &[Dll("w3tp.dll", "w3cache.dll")],
            End::SecondRefused,
        )
    },
    Row {
        not_loaded: &["w3dt.dll", "w3core.dll"],
        ..Row::new(
            "a DLL that the program itself needs is not there",
            &[("inetsrv/w3wp.exe", &[Needs("iisutil.dll", "One")])],
            &[Dll("w3wp.exe", "iisutil.dll")],
            End::NotStarted,
        )
    },
    Row::new(
        "a name is missing",
        &[
            (
                "inetsrv/w3core.dll",
                &[START, Needs("iisutil.dll", "One"), Needs("iisutil.dll", "Two")],
            ),
            ("inetsrv/iisutil.dll", &[Gives("One"), Gives("Three")]),
        ],
        &[Symbol("w3core.dll", "iisutil.dll", "Two")],
        End::AtCall,
    ),
    Row::new(
        "a name is there in another letter case only",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "one")]),
            ("inetsrv/iisutil.dll", &[Gives("One"), Gives("ONE")]),
        ],
        &[Symbol("w3core.dll", "iisutil.dll", "one")],
        End::AtCall,
    ),
    Row::new(
        "a name is missing, two levels down",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("w3tp.dll", "One")]),
            ("inetsrv/w3tp.dll", &[Calls("One"), Needs("iisutil.dll", "Two")]),
            ("inetsrv/iisutil.dll", &[Gives("One")]),
        ],
        &[Symbol("w3tp.dll", "iisutil.dll", "Two")],
        End::AtCall,
    ),
    Row {
        wine: Difference { also: &[], not: &[], why: NOT_CALLED },
        ..Row::new(
            "a name is missing that nobody calls",
            &[
                ("inetsrv/w3dt.dll", &[Gives("One"), Needs("iisutil.dll", "Two")]),
                ("inetsrv/iisutil.dll", &[Gives("One")]),
            ],
            &[Symbol("w3dt.dll", "iisutil.dll", "Two")],
            End::Well,
        )
    },
    Row::new(
        "ordinals are missing, before the first one and behind the last one",
        &[
            (
                "inetsrv/w3core.dll",
                &[
                    START,
                    Needs("iisutil.dll", "#3"),
                    Needs("iisutil.dll", "#2"),
                    Needs("iisutil.dll", "#6"),
                ],
            ),
            ("inetsrv/iisutil.dll", &[Gives("#3"), Gives("#5")]),
        ],
        &[Symbol("w3core.dll", "iisutil.dll", "#2"), Symbol("w3core.dll", "iisutil.dll", "#6")],
        End::AtCall,
    ),
    Row {
        wine: Difference { also: &[], not: &[], why: GAP },
        ..Row::new(
            "an ordinal is missing that stands in a gap between others",
            &[
                (
                    "inetsrv/w3core.dll",
                    &[START, Needs("iisutil.dll", "#3"), Needs("iisutil.dll", "#4")],
                ),
                ("inetsrv/iisutil.dll", &[Gives("#3"), Gives("#5")]),
            ],
            &[Symbol("w3core.dll", "iisutil.dll", "#4")],
            End::AtCall,
        )
    },
    Row::new(
        "a name and an ordinal of a DLL that exports nothing",
        &[
            (
                "inetsrv/w3core.dll",
                &[START, Needs("iisutil.dll", "One"), Needs("iisutil.dll", "#1")],
            ),
            ("inetsrv/iisutil.dll", &[]),
        ],
        &[Symbol("w3core.dll", "iisutil.dll", "One"), Symbol("w3core.dll", "iisutil.dll", "#1")],
        End::AtCall,
    ),
    Row {
        dead_forwarders: &["iisutil.dll: w3tp.Two leads to no function"],
        ..Row::new(
            "a forwarder leads to a name that is missing",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
                ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
                ("inetsrv/w3tp.dll", &[Gives("One")]),
            ],
            &[Symbol("w3core.dll", "iisutil.dll", "One")],
            End::AtCall,
        )
    },
    Row {
        dead_forwarders: &["iisutil.dll: w3tp.#9 leads to no function"],
        ..Row::new(
            "an export without name leads to an ordinal that is missing",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "#7")]),
                ("inetsrv/iisutil.dll", &[Forwards("#7", "w3tp.#9")]),
                ("inetsrv/w3tp.dll", &[Gives("#8")]),
            ],
            &[Symbol("w3core.dll", "iisutil.dll", "#7")],
            End::AtCall,
        )
    },
    Row {
        dead_forwarders: &["iisutil.dll: w3tp.Two leads to no DLL"],
        ..Row::new(
            "a forwarder leads to a DLL that is not there",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
                ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
            ],
            &[Symbol("w3core.dll", "iisutil.dll", "One")],
            End::AtCall,
        )
    },
    Row {
        dead_forwarders: &["iisutil.dll: w3tp.Two leads to no DLL"],
        not_loaded: &["w3tp.dll"],
        wine: Difference {
            also: &[Symbol("w3core.dll", "iisutil.dll", "One")],
            not: &[],
            why: "Wine takes a DLL whose own imports fail for one that a forwarder does not find, \
                  and goes on",
        },
        ..Row::new(
            "a forwarder leads to a DLL that needs a DLL that is not there",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
                ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
                ("inetsrv/w3tp.dll", &[Calls("Two"), Needs("w3cache.dll", "Three")]),
            ],
            &[Dll("w3tp.dll", "w3cache.dll")],
            End::AtCall,
        )
    },
    Row::new(
        "a forwarder leads to a function that calls a name that is missing",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
            ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
            ("inetsrv/w3tp.dll", &[Calls("Two"), Needs("w3cache.dll", "Three")]),
            ("inetsrv/w3cache.dll", &[Gives("Four")]),
        ],
        &[Symbol("w3tp.dll", "w3cache.dll", "Three")],
        End::AtCall,
    ),
    Row {
        dead_forwarders: &[
            "iisutil.dll: w3tp.Two leads to no function",
            "w3tp.dll: w3cache.#3 leads to no function",
            "w3cache.dll: w3isapi.Four leads to no function",
        ],
        ..Row::new(
            "a chain of three forwarders whose last one leads to a name that is missing",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
                ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
                ("inetsrv/w3tp.dll", &[Forwards("Two", "w3cache.#3")]),
                ("inetsrv/w3cache.dll", &[Forwards("#3", "w3isapi.Four")]),
                ("inetsrv/w3isapi.dll", &[Gives("Five")]),
            ],
            &[Symbol("w3core.dll", "iisutil.dll", "One")],
            End::AtCall,
        )
    },
    Row {
        not_loaded: &["w3core.dll"],
        wine: Difference {
            also: &[],
            not: &[Symbol("w3core.dll", "iisutil.dll", "One")],
            why: LOOP,
        },
        ..Row::new(
            "two forwarders lead to each other",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
                ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
                ("inetsrv/w3tp.dll", &[Forwards("Two", "iisutil.One")]),
            ],
            &[Symbol("w3core.dll", "iisutil.dll", "One")],
            End::NoStackLeft,
        )
    },
    Row::new(
        "two DLLs import from each other, and one of them lacks a name",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
            ("inetsrv/iisutil.dll", &[Calls("One"), Needs("w3core.dll", "Two")]),
        ],
        &[Symbol("iisutil.dll", "w3core.dll", "Two")],
        End::AtCall,
    ),
    Row {
        not_loaded: &["w3core.dll"],
        ..Row::new(
            "two things at once: a DLL that is not there, and a name",
            &[
                (
                    "inetsrv/w3core.dll",
                    &[START, Needs("iisutil.dll", "Two"), Needs("w3cache.dll", "One")],
                ),
                ("inetsrv/iisutil.dll", &[Gives("One")]),
            ],
            &[Dll("w3core.dll", "w3cache.dll"), Symbol("w3core.dll", "iisutil.dll", "Two")],
            End::SecondRefused,
        )
    },
    Row::new(
        "two names at once, in different files",
        &[
            ("inetsrv/w3dt.dll", &[Gives("One"), Needs("iisutil.dll", "Two")]),
            ("inetsrv/w3core.dll", &[START, Needs("w3dt.dll", "One"), Needs("w3dt.dll", "Three")]),
            ("inetsrv/iisutil.dll", &[Gives("One")]),
        ],
        &[Symbol("w3dt.dll", "iisutil.dll", "Two"), Symbol("w3core.dll", "w3dt.dll", "Three")],
        End::AtCall,
    ),
    Row::new(
        "a name is missing from the DLL beside the program, and is there in system32",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "Two")]),
            ("inetsrv/iisutil.dll", &[Gives("One")]),
            ("iisutil.dll", &[Gives("One"), Gives("Two")]),
        ],
        &[Symbol("w3core.dll", "iisutil.dll", "Two")],
        End::AtCall,
    ),
    Row::new(
        "a name is missing from a DLL in system32 that is none of IIS",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("other.dll", "Two")]),
            ("other.dll", &[Gives("One")]),
        ],
        &[Symbol("w3core.dll", "other.dll", "Two")],
        End::AtCall,
    ),
    Row::new(
        "a name is missing from a DLL that is imported from twice, in two letter cases",
        &[
            (
                "inetsrv/w3core.dll",
                &[START, Needs("IISUtil.dll", "One"), Needs("iisutil.DLL", "Two")],
            ),
            ("inetsrv/IisUtil.Dll", &[Gives("One")]),
        ],
        &[Symbol("w3core.dll", "iisutil.dll", "Two")],
        End::AtCall,
    ),
];
