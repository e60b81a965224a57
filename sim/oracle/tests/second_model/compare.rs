//! The two models side by side.

use crate::{
    facts::{Facts, Name},
    host::{NaiveCopy, NaiveHost, NaiveRecord},
    orders::{CATALOG, Order},
    rules::{Done, Flaw, Rules},
    truth::{NaiveFinding, NaiveTruth},
};
use patchstate_catalog::FileId;
use patchstate_oracle::truth;
use patchstate_servicing::{FileCopy, HostView, Outcome};
use patchstate_terms::{Branch, Finding};
use std::{collections::BTreeMap, fmt::Debug};

/// The second model for an order.
pub(crate) fn rules(order: &Order, flaw: Option<Flaw>) -> Rules {
    let facts = Facts::of(&CATALOG, order.architecture);
    Rules { facts, settings: order.settings.clone(), flaw }
}

/// Runs an order through both models; the first step after which they differ, and how.
pub(crate) fn compare(order: &Order, flaw: Option<Flaw>) -> Result<(), String> {
    let (model, rules) = (order.model(), rules(order, flaw));
    let (mut host, actions) = order.resolve(&model);
    let mut naive = rules.install(&order.words[0]);
    same_host(model.view(&host), &naive, &rules)?;
    for (action, word) in actions.into_iter().zip(&order.words[1..]) {
        let outcome = model.apply(&host, action);
        let done = rules.step(&naive, word);
        same_outcome(&outcome, &done).map_err(|difference| format!("{word}: {difference}"))?;
        host = outcome.after(&host).clone();
        if let Done::Applied(after) = done {
            naive = after;
        }
        same_host(model.view(&host), &naive, &rules)
            .map_err(|difference| format!("{word}: {difference}"))?;
    }
    Ok(())
}

fn same<T: PartialEq + Debug>(what: &str, real: &T, naive: &T) -> Result<(), String> {
    if real == naive { Ok(()) } else { Err(format!("{what}: {real:?} and {naive:?}")) }
}

pub(crate) fn same_outcome(outcome: &Outcome, done: &Done) -> Result<(), String> {
    let real = match outcome {
        Outcome::Applied(_) => ("applied", None),
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Refused(refusal) => ("refused", refusal.exit_code()),
    };
    let naive = match done {
        Done::Applied(_) => ("applied", None),
        Done::Unchanged => ("unchanged", None),
        Done::Refused(exit_code) => ("refused", *exit_code),
    };
    same("outcome", &real, &naive)
}

/// Whether a host of the real model is the second model's in all that a host is made of, and
/// whether the truth about both is the same.
pub(crate) fn same_host(
    view: HostView<'_>,
    naive: &NaiveHost,
    rules: &Rules,
) -> Result<(), String> {
    same("level", &view.level(), &naive.level)?;
    same("base", &view.base(), &naive.base)?;
    same("cache", &view.cache(), &naive.cache)?;
    let components = view.components().map(|id| CATALOG.component(id).id.as_str()).collect();
    same("components", &components, &naive.components)?;
    same("files", &copies(view.files()), &naive.visible_files(&rules.facts))?;
    let records: BTreeMap<String, NaiveRecord> = view
        .records()
        .map(|record| {
            let id = CATALOG.update(record.update).id.to_lowercase();
            let backup = copies(record.backup.into_iter());
            (id, NaiveRecord { release: record.release, level: record.level, backup })
        })
        .collect();
    let naive_records = naive.records.iter().map(|(id, one)| ((*id).to_owned(), one.clone()));
    same("records", &records, &naive_records.collect())?;
    let backup = view.service_pack_backup();
    let backup = backup.map(|(level, files)| (level, copies(files.into_iter())));
    same("service pack backup", &backup, &naive.pack_backup)?;
    same("truth", &real_truth(view), &rules.truth(naive))
}

/// Copies of files by path.
pub(crate) fn copies(files: impl Iterator<Item = (FileId, FileCopy)>) -> BTreeMap<Name, NaiveCopy> {
    let copy =
        |copy: FileCopy| NaiveCopy { revision: copy.revision, qfe: copy.branch == Branch::Qfe };
    files.map(|(file, found)| (CATALOG.file(file).path.as_str(), copy(found))).collect()
}

pub(crate) fn real_truth(view: HostView<'_>) -> NaiveTruth {
    let truth = truth(view);
    let text = |finding: &Finding| NaiveFinding {
        file: finding.file.to_string(),
        kind: finding.kind.to_string(),
        update: finding.update.as_ref().map(ToString::to_string),
        import: finding.import.as_ref().map(ToString::to_string),
        expected: finding.expected.map(|version| version.to_string()),
        found: finding.found.map(|version| version.to_string()),
    };
    let findings = truth.findings.iter().map(text).collect();
    NaiveTruth { status: truth.status.as_str(), findings }
}
