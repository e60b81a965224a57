//! Which variable of a diagram stands for which field of a host.
//!
//! **Owns** the order: the shared fields first, then group after group, so that the fields of a
//! group are a block of variables.

use patchstate_diagram::Diagrams;
use patchstate_servicing::{Groups, Host, Model};
use std::ops::Range;

/// The order of the fields.
#[derive(Clone, Debug)]
pub(crate) struct Variables {
    /// The field of each variable.
    fields: Vec<usize>,
    /// The variable of each field.
    of_fields: Vec<usize>,
    /// The variables of the shared fields.
    pub(crate) shared: Range<usize>,
    /// The variables of each group.
    pub(crate) groups: Vec<Range<usize>>,
    /// The variables of each cluster of groups.
    pub(crate) clusters: Vec<Range<usize>>,
}

impl Variables {
    pub(crate) fn new(model: &Model, groups: &Groups) -> Self {
        let mut fields = groups.shared.clone();
        let mut blocks = Vec::new();
        for group in &groups.groups {
            blocks.push(fields.len()..fields.len() + group.fields.len());
            fields.extend(&group.fields);
        }
        let cluster = |places: &Range<usize>| {
            let (first, last) =
                (blocks.get(places.start)?, blocks.get(places.end.checked_sub(1)?)?);
            Some(first.start..last.end)
        };
        let clusters = groups.clusters.iter().filter_map(cluster).collect();
        let mut of_fields = vec![0; model.value_counts().len()];
        for (variable, field) in fields.iter().enumerate() {
            of_fields[*field] = variable;
        }
        Self { fields, of_fields, shared: 0..groups.shared.len(), groups: blocks, clusters }
    }

    /// Diagrams over these variables.
    pub(crate) fn diagrams(&self, model: &Model) -> Diagrams {
        let counts = model.value_counts();
        Diagrams::new(self.fields.iter().map(|field| counts[*field]).collect())
    }

    /// The variable of a field.
    pub(crate) fn of(&self, field: usize) -> usize {
        self.of_fields[field]
    }

    /// The field of a variable.
    pub(crate) fn field(&self, variable: usize) -> usize {
        self.fields[variable]
    }

    /// A host as a tuple.
    pub(crate) fn tuple(&self, host: &Host) -> Vec<u8> {
        self.fields.iter().filter_map(|field| host.values().get(*field)).copied().collect()
    }

    /// The host that a tuple stands for.
    pub(crate) fn host(&self, model: &Model, tuple: &[u8]) -> Option<Host> {
        let value = |variable: &usize| tuple.get(*variable).copied();
        model.host_of(&self.of_fields.iter().map(value).collect::<Option<Vec<u8>>>()?)
    }
}
