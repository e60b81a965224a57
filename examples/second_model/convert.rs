//! From a host of the real model to one of the second.

use patchstate_servicing::{HostView, Record};
use patchstate_test_model::{
    CATALOG,
    second_model::{
        beside::copies,
        host::{NaiveHost, NaiveRecord},
        rules::Rules,
    },
};

/// A host of the real model as one of the second: everything that a host is made of, with every
/// file in sight, as there is no component store.
pub(crate) fn naive_of(view: HostView<'_>, rules: &Rules) -> NaiveHost {
    let record = |record: Record| {
        let id = rules.facts.update(&CATALOG.update(record.update).id.to_lowercase()).id;
        let backup = copies(&CATALOG, record.backup.into_iter());
        (id, NaiveRecord { release: record.release, level: record.level, backup })
    };
    let backup = view.service_pack_backup();
    NaiveHost {
        level: view.level(),
        base: view.base(),
        cache: view.cache(),
        components: view.components().map(|id| CATALOG.component(id).id.as_str()).collect(),
        files: copies(&CATALOG, view.files()),
        records: view.records().map(record).collect(),
        pending: copies(&CATALOG, view.waiting_files()),
        pack_backup: backup.map(|(level, files)| (level, copies(&CATALOG, files.into_iter()))),
    }
}
