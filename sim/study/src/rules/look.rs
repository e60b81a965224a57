//! What rules read of a host, as one value.

use patchstate_detect::Evidence;
use patchstate_rules::{Field, FieldValue, Reads, Rule};
use std::{cmp::Ordering, collections::BTreeSet};

/// The values of some fields on a host; `None` for what cannot be known. Hosts with equal looks are
/// the same host to every rule that reads only these fields.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) values: Vec<Option<FieldValue>>,
    /// The evidence of the first host that looked so.
    pub(crate) evidence: Evidence,
}

impl Look {
    pub(crate) fn new(fields: &[Field], evidence: &Evidence) -> Self {
        Self { values: values(fields, evidence), evidence: evidence.clone() }
    }
}

/// The values of fields; `None` for what cannot be known.
pub(crate) fn values(fields: &[Field], evidence: &Evidence) -> Vec<Option<FieldValue>> {
    fields.iter().map(|field| field.value(evidence).ok()).collect()
}

/// Every field that some rules read.
pub(crate) fn fields_of<'r>(rules: impl Iterator<Item = &'r dyn Rule>) -> BTreeSet<Field> {
    let fields = rules.map(Rule::reads).filter_map(|reads| match reads {
        Reads::Fields(fields) => Some(fields),
        Reads::Files(_) | Reads::Tree | Reads::Folder | Reads::FolderOf(_) => None,
    });
    fields.flatten().cloned().collect()
}

impl PartialEq for Look {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Eq for Look {}

impl PartialOrd for Look {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Look {
    fn cmp(&self, other: &Self) -> Ordering {
        self.values.cmp(&other.values)
    }
}
