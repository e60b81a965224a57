//! The space of a scope, and questions about it.

use crate::{
    events::Translator,
    reach::{Products, reach},
    variables::Variables,
};
use patchstate_diagram::{Count, Diagrams, Relation, Set, TooLarge};
use patchstate_servicing::{Action, Groups, Host, Model, Part};

/// Exactly the hosts that some order of a scope's steps leads to.
pub struct Space {
    model: Model,
    actions: Vec<Action>,
    groups: Groups,
    variables: Variables,
    diagrams: Diagrams,
    hosts: Set,
    /// The values that the shared fields take together.
    shared: Vec<Vec<u8>>,
}

impl Space {
    /// Finds every host that some order of these actions leads to.
    ///
    /// # Errors
    /// When the diagrams need more nodes than is allowed.
    pub fn new(model: Model, actions: Vec<Action>) -> Result<Self, TooLarge> {
        let groups = model.groups();
        let variables = Variables::new(&model, &groups);
        let mut diagrams = variables.diagrams(&model);
        let translator = Translator::new(&model, &groups, &variables);
        let products = reach(&mut diagrams, translator, &variables, &actions, model.bases())?;
        let shared = products.iter().map(|(shared, _)| shared.clone()).collect();
        let hosts = unite(&mut diagrams, &variables, products)?;
        Ok(Self { model, actions, groups, variables, diagrams, hosts, shared })
    }

    /// The model of the hosts.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The set of all hosts.
    #[must_use]
    pub fn hosts(&self) -> Set {
        self.hosts
    }

    /// The diagrams that hold the sets of this space.
    pub fn diagrams(&mut self) -> &mut Diagrams {
        &mut self.diagrams
    }

    /// How many hosts there are.
    pub fn count(&mut self) -> Count {
        self.diagrams.count(self.hosts)
    }

    /// Whether a host is in a set.
    #[must_use]
    pub fn contains(&self, set: Set, host: &Host) -> bool {
        self.diagrams.contains(set, &self.variables.tuple(host))
    }

    /// The hosts of a set; in the order of the diagram's variables.
    pub fn hosts_of(&self, set: Set) -> impl Iterator<Item = Host> {
        let tuples = self.diagrams.tuples(set);
        tuples.filter_map(|tuple| self.variables.host(&self.model, &tuple))
    }

    /// The hosts of a set with all parts emptied that are not kept.
    ///
    /// # Errors
    /// When the diagrams need more nodes than is allowed.
    pub fn project(&mut self, set: Set, keep: impl Fn(Part) -> bool) -> Result<Set, TooLarge> {
        let parts = self.model.parts();
        let variables = &self.variables;
        self.diagrams.project(set, |variable| keep(parts[variables.field(variable)]))
    }

    /// What a step does to hosts, as a relation; hosts on which it is refused or does nothing have
    /// no image under it.
    ///
    /// # Errors
    /// When the diagrams need more nodes than is allowed.
    pub fn relation(&mut self, action: Action) -> Result<Relation, TooLarge> {
        let mut translator = Translator::new(&self.model, &self.groups, &self.variables);
        let shared: Vec<usize> = self.variables.shared.clone().collect();
        let mut all = self.diagrams.nothing();
        for before in &self.shared {
            let Some(event) = translator.event(&mut self.diagrams, before, action)? else {
                continue;
            };
            let case = (before.clone(), event.shared);
            let mut relation = self.diagrams.relation(&shared, [case])?;
            for by in event.groups {
                relation = self.diagrams.then(relation, by)?;
            }
            all = self.diagrams.either(all, relation)?;
        }
        Ok(all)
    }

    /// The actions of the scope.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }
}

/// The union of all products, as one set over all variables.
fn unite(
    diagrams: &mut Diagrams,
    variables: &Variables,
    products: Products,
) -> Result<Set, TooLarge> {
    let mut all = Set::EMPTY;
    for (shared, products) in products {
        let mut products: Vec<&[Set]> = products.iter().map(Vec::as_slice).collect();
        products.sort_unstable();
        let groups = join(diagrams, &products)?;
        let shared = diagrams.tuple(variables.shared.clone(), &shared)?;
        let hosts = diagrams.product(shared, groups)?;
        all = diagrams.union(all, hosts)?;
    }
    Ok(all)
}

/// The union of products that are sorted: those with the same first set are united behind it.
fn join(diagrams: &mut Diagrams, products: &[&[Set]]) -> Result<Set, TooLarge> {
    let mut all = Set::EMPTY;
    for alike in products.chunk_by(|a, b| a.first() == b.first()) {
        let Some(first) = alike.first().and_then(|product| product.first()) else {
            return Ok(diagrams.unit());
        };
        let rest: Vec<&[Set]> = alike.iter().filter_map(|product| product.get(1..)).collect();
        let rest = join(diagrams, &rest)?;
        let product = diagrams.product(*first, rest)?;
        all = diagrams.union(all, product)?;
    }
    Ok(all)
}
