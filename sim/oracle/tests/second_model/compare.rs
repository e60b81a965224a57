//! The two models side by side.

use patchstate_catalog::Catalog;
use patchstate_oracle::truth;
use patchstate_servicing::HostView;
use patchstate_test_model::{
    orders::Order,
    second_model::{
        beside::{copies, naive_truth, same, same_outcome},
        facts::Facts,
        host::{NaiveHost, NaiveRecord},
        rules::{Done, Flaw, Rules},
    },
};
use std::collections::BTreeMap;

/// The second model for an order.
pub(crate) fn rules(order: &Order, flaw: Option<Flaw>) -> Rules {
    let facts = Facts::of(order.catalog, order.architecture);
    Rules { facts, settings: order.settings.clone(), flaw }
}

/// Runs an order through both models; the first step after which they differ, and how.
pub(crate) fn compare(order: &Order, flaw: Option<Flaw>) -> Result<(), String> {
    let (model, rules) = (order.model(), rules(order, flaw));
    let (mut host, actions) = order.resolve(&model);
    let mut naive = rules.install(&order.words[0]);
    same_host(order.catalog, model.view(&host), (&naive, &rules))?;
    for (action, word) in actions.into_iter().zip(&order.words[1..]) {
        let outcome = model.apply(&host, action);
        let done = rules.step(&naive, word);
        same_outcome(&outcome, &done).map_err(|difference| format!("{word}: {difference}"))?;
        host = outcome.after(&host).clone();
        if let Done::Applied(after) = done {
            naive = after;
        }
        same_host(order.catalog, model.view(&host), (&naive, &rules))
            .map_err(|difference| format!("{word}: {difference}"))?;
    }
    Ok(())
}

/// Whether a host of the real model is the second model's in all that a host is made of, and
/// whether the truth about both is the same.
fn same_host(
    catalog: &'static Catalog,
    view: HostView<'_>,
    (naive, rules): (&NaiveHost, &Rules),
) -> Result<(), String> {
    same("level", &view.level(), &naive.level)?;
    same("base", &view.base(), &naive.base)?;
    same("cache", &view.cache(), &naive.cache)?;
    let components = view.components().map(|id| catalog.component(id).id.as_str()).collect();
    same("components", &components, &naive.components)?;
    same("files", &copies(catalog, view.files()), &naive.visible_files(&rules.facts))?;
    let waiting = view.files().filter_map(|(file, _)| Some((file, view.waiting(file)?)));
    same("pending", &copies(catalog, waiting), &naive.visible_pending(&rules.facts))?;
    same("whether anything is pending", &view.waits(), &!naive.pending.is_empty())?;
    let records: BTreeMap<String, NaiveRecord> = view
        .records()
        .map(|record| {
            let id = catalog.update(record.update).id.to_lowercase();
            let backup = copies(catalog, record.backup.into_iter());
            (id, NaiveRecord { release: record.release, level: record.level, backup })
        })
        .collect();
    let naive_records = naive.records.iter().map(|(id, one)| ((*id).to_owned(), one.clone()));
    same("records", &records, &naive_records.collect())?;
    let backup = view.service_pack_backup();
    let backup = backup.map(|(level, files)| (level, copies(catalog, files.into_iter())));
    same("service pack backup", &backup, &naive.pack_backup)?;
    let truth = truth(view);
    same("truth", &naive_truth(truth.status, &truth.findings), &rules.truth(naive))
}
