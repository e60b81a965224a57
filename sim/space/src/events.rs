//! What steps do, as relations on diagrams.
//!
//! **Owns** the translation of a step's parts ([`Model::factor`]) into one relation for each
//! interaction group.

use crate::variables::Variables;
use patchstate_diagram::{Diagrams, Relation, TooLarge};
use patchstate_servicing::{Action, Case, GroupChange, Groups, Model, SlotProgram};
use rustc_hash::FxHashMap;

/// What a step does to the hosts that agree in the shared fields.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The shared fields after it.
    pub(crate) shared: Vec<u8>,
    /// What it does to each group.
    pub(crate) groups: Vec<Relation>,
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

    /// The event of a step on hosts with these shared fields; `None` where it is refused on all of
    /// them, or changes none.
    pub(crate) fn event(
        &mut self,
        diagrams: &mut Diagrams,
        shared: &[u8],
        action: Action,
    ) -> Result<Option<Event>, TooLarge> {
        let Some(parts) = self.model.factor(self.groups, shared, action) else { return Ok(None) };
        let mut groups = Vec::with_capacity(parts.groups.len());
        for change in &parts.groups {
            groups.push(match change {
                GroupChange::Same => diagrams.identity(),
                GroupChange::Cases(cases) => self.cases(diagrams, cases)?,
            });
        }
        Ok(Some(Event { shared: parts.shared, groups }))
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
        for (field, values) in &case.conditions {
            let filter =
                diagrams.filter(self.variables.of(*field), |value| values.contains(&value))?;
            relation = diagrams.then(relation, filter)?;
        }
        for program in &case.programs {
            let program = self.program(diagrams, program)?;
            relation = diagrams.then(relation, program)?;
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
