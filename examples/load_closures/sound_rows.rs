//! The table, second half: nothing is missing when the worker process is loaded, though some of it
//! looks so.
//!
//! **Owns** the answers, as the first half does.

use crate::row::{End, Has, Row};
use Has::{Calls, Forwards, Gives, Needs, NeedsLater};

const START: Has = Calls("StartWorkerCore");

const fn sound(what: &'static str, files: crate::row::Files) -> Row {
    Row::new(what, files, &[], End::Well)
}

/// The rows.
pub(crate) const ROWS: &[Row] = &[
    sound(
        "everything resolves, a DLL that two others need among it",
        &[
            ("inetsrv/w3dt.dll", &[Gives("One"), Needs("iisutil.dll", "One")]),
            ("inetsrv/w3core.dll", &[START, Needs("w3dt.dll", "One"), Needs("w3tp.dll", "One")]),
            ("inetsrv/w3tp.dll", &[Calls("One"), Needs("iisutil.dll", "Two")]),
            ("inetsrv/iisutil.dll", &[Gives("One"), Gives("Two")]),
        ],
    ),
    sound(
        "ordinals without name, the second one behind a gap",
        &[
            (
                "inetsrv/w3core.dll",
                &[START, Needs("iisutil.dll", "#3"), Needs("iisutil.dll", "#7")],
            ),
            ("inetsrv/iisutil.dll", &[Gives("#3"), Gives("#7")]),
        ],
    ),
    sound(
        "forwarders to a name and to an ordinal, one of them without a name itself",
        &[
            (
                "inetsrv/w3core.dll",
                &[START, Needs("iisutil.dll", "One"), Needs("iisutil.dll", "#9")],
            ),
            ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.#4"), Forwards("#9", "w3tp.Two")]),
            ("inetsrv/w3tp.dll", &[Gives("Two"), Gives("#4")]),
        ],
    ),
    sound(
        "a chain of three forwarders",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
            ("inetsrv/iisutil.dll", &[Forwards("One", "w3tp.Two")]),
            ("inetsrv/w3tp.dll", &[Forwards("Two", "w3cache.#3")]),
            ("inetsrv/w3cache.dll", &[Forwards("#3", "w3isapi.Four")]),
            ("inetsrv/w3isapi.dll", &[Gives("Four")]),
        ],
    ),
    Row {
        not_loaded: &["w3tp.dll"],
        ..sound(
            "forwarders that lead nowhere or to each other, and nobody asks for them",
            &[
                ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
                (
                    "inetsrv/iisutil.dll",
                    &[
                        Gives("One"),
                        Forwards("Two", "w3tp.Two"),
                        Forwards("Three", "w3tp.Three"),
                        Forwards("Four", "w3cache.Four"),
                    ],
                ),
                ("inetsrv/w3tp.dll", &[Forwards("Two", "iisutil.Two")]),
            ],
        )
    },
    sound(
        "two DLLs import from each other",
        &[
            ("inetsrv/w3core.dll", &[START, Gives("Two"), Needs("iisutil.dll", "One")]),
            ("inetsrv/iisutil.dll", &[Calls("One"), Needs("w3core.dll", "Two")]),
        ],
    ),
    sound(
        "names of DLLs in other letter cases than their files, and one without its ending",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("IISUTIL.dll", "One"), Needs("W3Cache", "Two")]),
            ("inetsrv/IisUtil.Dll", &[Forwards("One", "W3TP.One")]),
            ("inetsrv/w3Tp.dLL", &[Gives("One")]),
            ("inetsrv/w3cache.dll", &[Gives("Two")]),
        ],
    ),
    sound(
        "DLLs that stand in system32: one of IIS, and one that is not",
        &[
            ("inetsrv/w3core.dll", &[START, Needs("iisutil.dll", "One")]),
            ("iisutil.dll", &[Calls("One"), Needs("other.dll", "Two")]),
            ("other.dll", &[Gives("Two")]),
        ],
    ),
    Row {
        not_loaded: &["w3isapi.dll"],
        ..sound(
            "delayed imports of a DLL that is not there, and of a name and an ordinal that are not",
            &[
                (
                    "inetsrv/w3core.dll",
                    &[
                        START,
                        NeedsLater("w3cache.dll", "One"),
                        NeedsLater("w3isapi.dll", "Two"),
                        NeedsLater("w3isapi.dll", "#5"),
                    ],
                ),
                ("inetsrv/w3isapi.dll", &[Gives("One")]),
            ],
        )
    },
];
