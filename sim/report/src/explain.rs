//! Long explanations of the words that reports use.

mod inventory;
mod rules;

use crate::{json::property_lines, text::neutral};
use patchstate_catalog::{Assumption, Catalog};
use patchstate_harness::{Claim, built_in_claims};
use std::fmt::Write;

/// A topic and what it means.
struct Topic {
    name: &'static str,
    text: &'static str,
}

/// What does not come from the catalog: statuses, kinds of findings, steps, exit codes.
const TOPICS: &[Topic] = &[
    Topic {
        name: "broken",
        text: "Status. An import in the load closure of the worker process (w3wp.exe and all that \
               it loads) does not resolve: the DLL is missing, or does not export what another \
               one imports from it. The worker process cannot start, Rapid-Fail Protection \
               disables the application pool, and requests are answered with 503.",
    },
    Topic {
        name: "mismatch",
        text: "Status. The worker process loads, but a file of an installed component is of \
               another lineage than the operating system: behind it, or ahead of it. Such a host \
               works until an update replaces one file that needs another one of its own level. \
               Applying the service pack again repairs it.",
    },
    Topic {
        name: "drift",
        text: "Status. All files are of the operating system's lineage, but the registry records \
               an update, and a file that it brings is present in an older version. A component \
               that is added after an update arrives at service pack level, and no update is \
               applied to it; so the registry says installed, and the file says not.",
    },
    Topic {
        name: "consistent",
        text: "Status. None of broken, mismatch and drift, and everything that would decide could \
               be read.",
    },
    Topic {
        name: "not-applicable",
        text: "Status. The tree is not of Windows Server 2003, or no component of IIS is present.",
    },
    Topic {
        name: "inconclusive",
        text: "Status of verdicts only. Evidence that could have made the status worse could not \
               be read: a file is truncated, locked or damaged, or a registry hive is missing. A \
               verdict never calls consistent what it could not read. Exit code 3.",
    },
    Topic {
        name: "unresolved-import",
        text: "Finding. A file in the load closure of the worker process imports a symbol that \
               the DLL it names does not export. `file` is the importing file, `import` names \
               DLL and symbol. Windows refuses to load such a file. Makes the host broken.",
    },
    Topic {
        name: "missing-dll",
        text: "Finding. A file in the load closure of the worker process needs a DLL that \
               belongs to IIS and is not there. `file` is the importing file. DLLs that do not \
               belong to IIS may be outside the tree, so their absence says nothing. Makes the \
               host broken.",
    },
    Topic {
        name: "behind-os",
        text: "Finding. A file of an installed component is of a lower lineage than the \
               operating system: typically it was copied from media older than the service pack. \
               `expected` is the untouched version of the operating system's level. Makes the \
               host a mismatch.",
    },
    Topic {
        name: "ahead-of-os",
        text: "Finding. A file of an installed component is of a higher lineage than the \
               operating system: it came from newer media, or stayed when a service pack was \
               removed. Makes the host a mismatch.",
    },
    Topic {
        name: "recorded-not-present",
        text: "Finding. The registry records an update, and a file that its package has for this \
               level is present in an older version. `update` names the record. Two recorded \
               updates can each report the same file. Makes the host drift.",
    },
    Topic {
        name: "version-disagreement",
        text: "Finding. The fixed version of a file and the version in its version string differ \
               in the first four numbers; the fixed one decides. On system32/ntoskrnl.exe: the \
               registry and the system files disagree on the level of the operating system. Not \
               a status by itself.",
    },
    Topic {
        name: "unreadable",
        text: "Finding. The file, or a part of it that matters, could not be read; `detail` says \
               why. Makes the verdict inconclusive where it could have decided.",
    },
    Topic {
        name: "truncated",
        text: "Finding. The file is shorter than its own headers say. Makes the verdict \
               inconclusive where it could have decided.",
    },
    Topic {
        name: "wrong-architecture",
        text: "Finding. The file is for another machine than the operating system. In the load \
               closure of the worker process it makes the host broken, since it cannot be loaded.",
    },
    Topic {
        name: "would-break",
        text: "Part of a verdict. Updates whose package would install on this host as it is now, \
               and leave it broken. Empty on a host that is broken already.",
    },
    Topic {
        name: "remedy",
        text: "Part of a verdict. The shortest steps known to the detection core that make the \
               host consistent with the components it has. Among equally short ones: service \
               packs, then updates.",
    },
    Topic {
        name: "lineage",
        text: "Which service pack a file belongs to by the last number of its version. Each \
               level has an untouched baseline, and fixes for it have numbers from there up to \
               the next level's baseline; `list media` shows them.",
    },
    Topic {
        name: "branch",
        text: "An update can carry each file twice with the same version: as GDR, with security \
               fixes and widely needed ones only, and as QFE, with every hotfix. A host that has \
               a QFE copy of one of the files gets QFE copies of all. Only the version string \
               tells them apart.",
    },
    Topic {
        name: "update",
        text: "A package that replaces files by newer ones. It has a table of files for each \
               level that it is for, replaces only files that are there, and adds a record to the \
               registry. Later releases of the same update have the same id. `list updates` shows \
               all, `explain KB973917` one, `explain steps` how to install it, and in rule files \
               update(\"KB973917\") asks for its record, by .recorded and .release.",
    },
    Topic {
        name: "component",
        text: "A part of IIS that Setup adds and removes as a whole, with an id of the Optional \
               Component Manager. `list components` shows all, and the groups that stand for \
               several; `explain iis_www` one; `explain steps` how to add it.",
    },
    Topic {
        name: "steps",
        text: "What a step on the command line and in scenarios can be. Letter case does not \
               matter; the names are those of `list components` and `list updates`.\n\
               \n    os:rtm os:sp1 os:sp2   install the system from that media; first, once\
               \n    sp1 sp2                apply the service pack, or apply it again\
               \n    -sp1 -sp2              remove it\
               \n    +NAME                  add a component or group by Setup's own route: from the\
               \n                           service pack cache, else from the media of the system\
               \n    +NAME@rtm @sp1 @sp2    add it from that media, whatever Setup would choose\
               \n    -NAME                  remove it\
               \n    kb973917               install the latest release of an update\
               \n    kb973917/v1            install that release of it\
               \n    kb973917:gdr :qfe      force the branch of its copies\
               \n    -kb973917              remove it\
               \n    sfc                    run sfc /scannow\
               \n    clean-cache            delete the service pack cache\
               \n\nA step that Windows would refuse is no mistake: it is told as refused, and the \
               host stays as it was.",
    },
    Topic {
        name: "exit-codes",
        text: "What the numbers mean that the program exits with.\n\
               \n    0   every expectation holds, nothing found\
               \n    1   findings\
               \n    2   bad usage or bad input\
               \n    3   inconclusive: a bound was hit, or evidence could not be read\
               \n    4   nothing ran\
               \n    70  an internal error\
               \n\nThe last line says the same in words, and why: it begins with passed or done \
               for 0, FAILED for 1 and 2, inconclusive for 3, nothing ran for 4. Bad input that \
               stops a command before it has a result ends with an error on standard error \
               instead. --exit-zero makes 1 and 3 into 0; the line stays as it is.",
    },
];

/// The explanation of a topic, or `None` when there is no such topic.
#[must_use]
pub fn explain(catalog: &Catalog, topic: &str) -> Option<String> {
    let wanted = topic.trim().to_lowercase().replace('_', "-");
    if let Some(topic) = TOPICS.iter().find(|known| known.name == wanted) {
        return Some(format!("{}\n\n{}\n", topic.name, topic.text));
    }
    let mut assumptions = catalog.assumptions.iter();
    let assumption = assumptions.find(|known| known.id.eq_ignore_ascii_case(&wanted));
    assumption
        .map(self::assumption)
        .or_else(|| built_in_claims(catalog).iter().find(|known| known.id == wanted).map(claim))
        .or_else(|| rules::explain(&wanted))
        .or_else(|| inventory::explain(catalog, topic))
}

/// Every topic, for a list and for the nearest name.
#[must_use]
pub fn topics(catalog: &Catalog) -> Vec<String> {
    let fixed = TOPICS.iter().map(|topic| topic.name.to_owned());
    let assumptions = catalog.assumptions.iter().map(|assumption| assumption.id.clone());
    let claims = built_in_claims(catalog).into_iter().map(|claim| claim.id);
    let rules = rules::entries().into_iter().map(|(name, _)| name);
    let inventory = inventory::summaries(catalog).into_iter().map(|(name, _)| name);
    fixed.chain(assumptions).chain(claims).chain(rules).chain(inventory).collect()
}

/// The topics that are neither in the catalog nor in the corpus: few enough for a message.
pub fn general_topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|topic| topic.name).chain(rules::fields())
}

/// Every topic with its first sentence.
#[must_use]
pub fn summaries(catalog: &Catalog) -> Vec<(String, String)> {
    let fixed = TOPICS.iter().map(|topic| (topic.name.to_owned(), summary(topic.text)));
    let assumptions = catalog.assumptions.iter();
    let assumptions = assumptions
        .map(|known| (known.id.clone(), format!("Assumption. {}", summary(&known.text))));
    let claims = built_in_claims(catalog).into_iter();
    let claims = claims.map(|claim| (claim.id, format!("Claim. {}", claim.text)));
    let rules = rules::entries().into_iter().map(|(name, text)| (name, summary(&text)));
    let inventory = inventory::summaries(catalog);
    fixed.chain(assumptions).chain(claims).chain(rules).chain(inventory).collect()
}

/// The first sentence, and the next one where the first says only what kind of word it is.
fn summary(text: &str) -> String {
    let first_line = text.lines().next().unwrap_or_default();
    let sentences: Vec<&str> = first_line.split_inclusive(". ").collect();
    let kind_only = sentences.first().is_some_and(|first| first.split_whitespace().count() < 6);
    sentences
        .iter()
        .take(if kind_only { 2 } else { 1 })
        .map(|s| s.trim_end())
        .collect::<Vec<_>>()
        .join(" ")
}

fn claim(claim: &Claim) -> String {
    let mut text = format!(
        "{}\n\n{}\n\nSource: {}\n\nRead as: {}\n",
        neutral(&claim.id),
        neutral(&claim.text),
        neutral(&claim.source),
        neutral(&claim.reading)
    );
    if let Some(note) = &claim.note {
        let _ = write!(text, "\n{}\n", neutral(note));
    }
    let _ = write!(text, "\nRecorded: {}.\n\n", claim.recorded);
    for (name, values) in property_lines(claim) {
        let _ = writeln!(text, "    {name}: {}", neutral(&values.join(", ")));
    }
    text
}

fn assumption(assumption: &Assumption) -> String {
    let mut text = format!("{}\n\n{}\n", neutral(&assumption.id), neutral(&assumption.text));
    for (index, value) in assumption.values.iter().enumerate() {
        let default = if index == 0 { " (default)" } else { "" };
        let _ = write!(
            text,
            "\n--assume {}={}{default}\n    {}\n",
            assumption.id,
            value.name,
            neutral(&value.text)
        );
    }
    if assumption.values.is_empty() {
        text.push_str("\nThere is nothing to switch: it is a value of the catalog.\n");
    }
    text
}
