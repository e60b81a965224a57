//! What steps do, as relations on diagrams.
//!
//! **Owns** the translation of a step's parts ([`Model::factor`]) into one relation for each
//! interaction group.

use crate::variables::Variables;
use patchstate_diagram::{Diagrams, Relation, TooLarge};
use patchstate_servicing::{Case, GroupChange, Groups, Model, SlotProgram, Taken};
use rustc_hash::FxHashMap;

/// What a step does to the hosts that agree in the shared fields.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The shared fields after it.
    pub(crate) shared: Vec<u8>,
    /// What it does to each group, or to each cluster of groups.
    pub(crate) groups: Vec<Relation>,
    /// Whether files wait for a restart after it.
    pub(crate) waits: bool,
}

/// Makes events; equal programs and cases are translated once.
pub(crate) struct Translator<'a> {
    model: &'a Model,
    groups: &'a Groups,
    variables: &'a Variables,
    programs: FxHashMap<SlotProgram, Relation>,
}

impl<'a> Translator<'a> {
    pub(crate) fn new(model: &'a Model, groups: &'a Groups, variables: &'a Variables) -> Self {
        Self { model, groups, variables, programs: FxHashMap::default() }
    }

    /// The relations that are remembered.
    pub(crate) fn relations(&mut self) -> impl Iterator<Item = &mut Relation> {
        self.programs.values_mut()
    }

    /// The events of a step on hosts with these shared fields: one for each way in which the shared
    /// fields can end. None where it is refused on all of the hosts, or changes none.
    pub(crate) fn events(
        &mut self,
        diagrams: &mut Diagrams,
        shared: &[u8],
        taken: Taken,
    ) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        for parts in self.model.factor(self.groups, shared, taken) {
            let mut groups = Vec::with_capacity(parts.groups.len());
            for change in &parts.groups {
                groups.push(match change {
                    GroupChange::Same => diagrams.identity(),
                    GroupChange::Cases(cases) => self.cases(diagrams, cases)?,
                });
            }
            let waits = self.model.waits(self.groups, &parts.shared);
            events.push(Event { shared: parts.shared, groups, waits });
        }
        Ok(events)
    }

    /// The same, with what each event does to each cluster of groups. Events that differ in one
    /// cluster only are one.
    pub(crate) fn events_of_clusters(
        &mut self,
        diagrams: &mut Diagrams,
        shared: &[u8],
        taken: Taken,
    ) -> Result<Vec<Event>, TooLarge> {
        let mut all: Vec<Event> = Vec::new();
        for mut event in self.events(diagrams, shared, taken)? {
            event.groups = self.clustered(diagrams, &event.groups)?;
            let mut known = all.iter_mut().filter(|known| known.shared == event.shared);
            let like = known.find_map(|known| {
                let pairs = known.groups.iter_mut().zip(&event.groups);
                let mut different = pairs.filter(|(a, b)| a != b);
                let first = different.next();
                different.next().is_none().then_some(first)
            });
            match like {
                Some(Some((known, by))) => *known = diagrams.either_of([*known, *by])?,
                Some(None) => {}
                None => all.push(event),
            }
        }
        Ok(all)
    }

    /// What is done to each cluster, given what is done to each group.
    fn clustered(
        &self,
        diagrams: &mut Diagrams,
        groups: &[Relation],
    ) -> Result<Vec<Relation>, TooLarge> {
        let mut clusters = Vec::with_capacity(self.groups.clusters.len());
        for places in &self.groups.clusters {
            let mut all = diagrams.identity();
            for by in groups.get(places.clone()).unwrap_or_default() {
                all = diagrams.then(all, *by)?;
            }
            clusters.push(all);
        }
        Ok(clusters)
    }

    /// What a step does to the hosts that have one of these combinations of shared fields, as one
    /// relation: to the shared fields and the groups that are kept, by the events that are kept.
    pub(crate) fn relation(
        &mut self,
        diagrams: &mut Diagrams,
        of: &[Vec<u8>],
        taken: Taken,
        keeps_event: impl Fn(&Event) -> bool,
        keeps_group: impl Fn(usize) -> bool,
    ) -> Result<Relation, TooLarge> {
        let shared: Vec<usize> = self.variables.shared.clone().collect();
        let mut relations = Vec::with_capacity(of.len());
        for before in of {
            for event in self.events(diagrams, before, taken)?.into_iter().filter(&keeps_event) {
                let case = (before.clone(), event.shared);
                let mut relation = diagrams.relation(&shared, [case])?;
                let groups = event.groups.into_iter().enumerate();
                for (_, by) in groups.filter(|(group, _)| keeps_group(*group)) {
                    relation = diagrams.then(relation, by)?;
                }
                relations.push(relation);
            }
        }
        diagrams.either_of(relations)
    }

    /// Whether files can wait for a restart at all.
    pub(crate) fn can_wait(&self) -> bool {
        self.model.can_wait()
    }

    fn cases(&mut self, diagrams: &mut Diagrams, cases: &[Case]) -> Result<Relation, TooLarge> {
        let mut relations = Vec::with_capacity(cases.len());
        for case in cases {
            relations.push(self.case(diagrams, case)?);
        }
        diagrams.either_of(relations)
    }

    fn case(&mut self, diagrams: &mut Diagrams, case: &Case) -> Result<Relation, TooLarge> {
        let heads: Vec<usize> = case.heads.iter().map(|field| self.variables.of(*field)).collect();
        let mut relation = if heads.is_empty() {
            diagrams.identity()
        } else {
            diagrams.relation(&heads, case.values.iter().cloned())?
        };
        relation = self.only(diagrams, relation, &case.conditions)?;
        for program in &case.programs {
            let program = self.program(diagrams, program)?;
            relation = diagrams.then(relation, program)?;
        }
        self.only(diagrams, relation, &case.results)
    }

    /// A relation, as far as what it ends with has one of some values in each of some fields.
    fn only(
        &self,
        diagrams: &mut Diagrams,
        mut relation: Relation,
        fields: &[(usize, Vec<u8>)],
    ) -> Result<Relation, TooLarge> {
        for (field, values) in fields {
            let filter =
                diagrams.filter(self.variables.of(*field), |value| values.contains(&value))?;
            relation = diagrams.then(relation, filter)?;
        }
        Ok(relation)
    }

    fn program(
        &mut self,
        diagrams: &mut Diagrams,
        program: &SlotProgram,
    ) -> Result<Relation, TooLarge> {
        if let Some(known) = self.programs.get(program) {
            return Ok(*known);
        }
        let mut relation = diagrams.identity();
        for function in self.model.functions(program) {
            let variables = function.fields.map(|field| self.variables.of(field));
            let cases = function.cases.iter().map(|(from, to)| (from.to_vec(), to.to_vec()));
            let instruction = diagrams.relation(&variables, cases)?;
            relation = diagrams.then(relation, instruction)?;
        }
        self.programs.insert(program.clone(), relation);
        Ok(relation)
    }
}
