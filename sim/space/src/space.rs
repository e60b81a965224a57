//! The space of a scope, and questions about it.

mod group;

use crate::{
    events::Translator,
    reach::{Products, reach},
    variables::Variables,
    waiting::add_waiting,
};
use patchstate_diagram::{Count, Diagrams, Relation, Set, TooLarge, random_numbers};
use patchstate_servicing::{Action, Followed, Groups, Host, Model, Part};
use std::collections::BTreeMap;

/// Nodes that nobody may need any more before they are collected: some 100 MB, and so many that
/// collecting and what has to be computed anew after it cost little.
const GARBAGE_MIN: usize = 1 << 20;

/// Exactly the hosts that some order of a scope's steps leads to.
#[derive(Debug)]
pub struct Space {
    model: Model,
    actions: Vec<Action>,
    parts: Vec<Part>,
    groups: Groups,
    variables: Variables,
    diagrams: Diagrams,
    hosts: Set,
    shown: Set,
    /// The values that the shared fields take together.
    shared: Vec<Vec<u8>>,
    /// What each step does, by itself and with the restart that it requires, where somebody has
    /// asked.
    relations: Vec<[Option<Relation>; 2]>,
    /// The hosts within each number of steps of a base, as far as somebody has asked.
    layers: Layers,
}

/// The hosts within each number of some steps of a base, as far as somebody has asked.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// Each step, and the hosts that it is not taken on.
    steps: Vec<(usize, Set)>,
    within: Vec<Set>,
}

impl Layers {
    /// By these steps, by their places among [`Space::actions`].
    #[must_use]
    pub fn by(steps: Vec<usize>) -> Self {
        Self::except(steps.into_iter().map(|step| (step, Set::EMPTY)).collect())
    }

    /// By these steps, each without the hosts that it is not taken on.
    #[must_use]
    pub fn except(steps: Vec<(usize, Set)>) -> Self {
        Self { steps, within: Vec::new() }
    }
}

/// Each combination that a set has of some parts of a host.
struct Combinations {
    /// Whether a variable is of these parts.
    kept: Vec<bool>,
    /// The values of these variables, and a host with them whose other parts are empty.
    values: Vec<Vec<u8>>,
    hosts: Vec<Host>,
}

/// A way to a host: where it begins, and the steps, by their place among [`Space::actions`].
pub type Path = (Host, Vec<usize>);

impl Space {
    /// Finds every host that some order of these actions leads to.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn new(model: Model, actions: Vec<Action>) -> Result<Self, TooLarge> {
        Self::collecting(model, actions, GARBAGE_MIN)
    }

    /// The same where the search collects nodes once there are twice as many as were needed last,
    /// and so many more. The space is the same with any number.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn collecting(
        model: Model,
        actions: Vec<Action>,
        garbage_min: usize,
    ) -> Result<Self, TooLarge> {
        let groups = model.groups();
        let variables = Variables::new(&model, &groups);
        let mut diagrams = variables.diagrams(&model);
        let translator = Translator::new(&model, &groups, &variables);
        let products =
            reach(&mut diagrams, translator, &variables, &actions, model.bases(), garbage_min)?;
        let mut shared: Vec<Vec<u8>> = products.iter().map(|(shared, _)| shared.clone()).collect();
        let settled = unite(&mut diagrams, &variables, products)?;
        let mut translator = Translator::new(&model, &groups, &variables);
        let mut hosts =
            add_waiting(&mut diagrams, &mut translator, &actions, &mut shared, settled)?;
        let (parts, relations) = (model.parts(), vec![[None; 2]; actions.len()]);
        let layers = Layers::by((0..actions.len()).collect());
        let is_shown = |variable: usize| parts[variables.field(variable)].shows();
        let mut shown = diagrams.project(hosts, is_shown)?;
        diagrams.collect([&mut hosts, &mut shown], []);
        Ok(Self {
            model,
            actions,
            parts,
            groups,
            variables,
            diagrams,
            hosts,
            shown,
            shared,
            relations,
            layers,
        })
    }

    /// The model of the hosts.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The steps that lead from host to host.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The set of all hosts.
    #[must_use]
    pub fn hosts(&self) -> Set {
        self.hosts
    }

    /// What hosts show in files and registry: the set of all hosts with every other part emptied.
    /// It is far smaller than that of the hosts, and what looks at nothing else is algebra on it.
    #[must_use]
    pub fn shown(&self) -> Set {
        self.shown
    }

    /// What the hosts show that are within so many steps of a base; `None` where that is what those
    /// within one step less show.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn shown_within(&mut self, steps: usize) -> Result<Option<Set>, TooLarge> {
        let mut layers = std::mem::take(&mut self.layers);
        let within = self.within(&mut layers, steps);
        self.layers = layers;
        let (parts, variables) = (&self.parts, &self.variables);
        let is_shown = |variable: usize| parts[variables.field(variable)].shows();
        within?.map(|hosts| self.diagrams.project(hosts, is_shown)).transpose()
    }

    /// Whatever shows one of these: most of it is no host that can be reached.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn like_shown(&mut self, shown: Set) -> Result<Set, TooLarge> {
        let (parts, variables) = (&self.parts, &self.variables);
        self.diagrams.lift(shown, |variable| parts[variables.field(variable)].shows())
    }

    /// The hosts that show one of these.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn showing(&mut self, shown: Set) -> Result<Set, TooLarge> {
        let like = self.like_shown(shown)?;
        self.diagrams.intersection(self.hosts, like)
    }

    /// What the hosts of a set show, each once, with the number of those that show it.
    pub fn shown_of(&self, set: Set) -> impl Iterator<Item = (Host, u128)> {
        let (parts, variables) = (&self.parts, &self.variables);
        let is_shown = |variable: usize| parts[variables.field(variable)].shows();
        let counted = self.diagrams.fibres(set, is_shown).into_iter();
        counted.filter_map(|(tuple, count)| Some((self.host(&tuple)?, count)))
    }

    /// Whether a host shows one of these.
    #[must_use]
    pub fn shows(&self, shown: Set, host: &Host) -> bool {
        let mut tuple = self.variables.tuple(host);
        for (variable, value) in tuple.iter_mut().enumerate() {
            if !self.parts[self.variables.field(variable)].shows() {
                *value = 0;
            }
        }
        self.diagrams.contains(shown, &tuple)
    }

    /// How many hosts show one of these.
    #[must_use]
    pub fn count_showing(&self, shown: Set) -> Count {
        let (parts, variables) = (&self.parts, &self.variables);
        let is_shown = |variable: usize| parts[variables.field(variable)].shows();
        self.diagrams.count_projected(self.hosts, shown, is_shown)
    }

    /// The diagrams that hold the sets of this space, for algebra on them.
    pub fn diagrams(&mut self) -> &mut Diagrams {
        &mut self.diagrams
    }

    /// Takes away what neither the space nor one of these sets needs. They are renewed in place;
    /// every other set that was made before means nothing from then on.
    pub fn collect<'s>(&'s mut self, sets: impl IntoIterator<Item = &'s mut Set>) {
        let Self { diagrams, hosts, shown, layers, relations, .. } = self;
        let except = layers.steps.iter_mut().map(|(_, set)| set);
        let own = [hosts, shown].into_iter().chain(&mut layers.within).chain(except);
        let relations = relations.iter_mut().flatten().flatten();
        diagrams.collect(own.chain(sets), relations);
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

    /// The hosts of a set, in the order of the diagrams' variables.
    pub fn hosts_of(&self, set: Set) -> impl Iterator<Item = Host> {
        let tuples = self.diagrams.tuples(set);
        tuples.filter_map(|tuple| self.variables.host(&self.model, &tuple))
    }

    /// The set of one host.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn set_of(&mut self, host: &Host) -> Result<Set, TooLarge> {
        let tuple = self.variables.tuple(host);
        self.diagrams.tuple(0..tuple.len(), &tuple)
    }

    /// Hosts of a set, each drawn by itself, each as likely as every other: the same for the same
    /// seed. None where the set is empty.
    pub fn samples(&mut self, set: Set, seed: u64, count: usize) -> Vec<Host> {
        let mut random = random_numbers(seed);
        let mut draw = || {
            let tuple = self.diagrams.sample(set, &mut random)?;
            self.variables.host(&self.model, &tuple)
        };
        (0..count).map_while(|_| draw()).collect()
    }

    /// In how many combinations the parts that are kept occur.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn combinations(&mut self, keeps: impl Fn(Part) -> bool) -> Result<Count, TooLarge> {
        let (parts, variables) = (&self.parts, &self.variables);
        let is_kept = |variable: usize| keeps(parts[variables.field(variable)]);
        let projected = self.diagrams.project(self.hosts, is_kept)?;
        Ok(self.diagrams.count(projected))
    }

    /// Divides a set by the answers to some questions that look at some parts of a host only. They
    /// are asked about each combination of these parts that the set has, all at once: about hosts
    /// whose other parts are empty. `ask` gives, for each question, an answer for each host, in
    /// their order; what comes of each question stands in the same place.
    ///
    /// # Errors
    /// Those of `ask`, and when the diagrams need more nodes than they may have.
    pub fn divide<A: Ord, E: From<TooLarge>>(
        &mut self,
        set: Set,
        looks_at: impl Fn(Part) -> bool,
        ask: impl FnOnce(&[Host]) -> Result<Vec<Vec<A>>, E>,
    ) -> Result<Vec<BTreeMap<A, Set>>, E> {
        let Combinations { kept, values, hosts } = self.combinations_of(set, looks_at)?;
        let mut divided = Vec::new();
        for answers in ask(&hosts)? {
            let mut alike: BTreeMap<A, Vec<&Vec<u8>>> = BTreeMap::new();
            for (values, answer) in values.iter().zip(answers) {
                alike.entry(answer).or_default().push(values);
            }
            divided.push(self.each_like(set, &kept, alike)?);
        }
        Ok(divided)
    }

    /// Those of a set that have each of some properties, which look at some parts of a host only.
    /// It is asked as in [`Space::divide`]: `ask` tells all properties of each host, in their
    /// order.
    ///
    /// # Errors
    /// Those of `ask`, and when the diagrams need more nodes than they may have.
    pub fn with_each<A: Ord, E: From<TooLarge>>(
        &mut self,
        set: Set,
        looks_at: impl Fn(Part) -> bool,
        ask: impl FnOnce(&[Host]) -> Result<Vec<Vec<A>>, E>,
    ) -> Result<BTreeMap<A, Set>, E> {
        let Combinations { kept, values, hosts } = self.combinations_of(set, looks_at)?;
        let mut with: BTreeMap<A, Vec<&Vec<u8>>> = BTreeMap::new();
        for (values, properties) in values.iter().zip(ask(&hosts)?) {
            for property in properties {
                with.entry(property).or_default().push(values);
            }
        }
        Ok(self.each_like(set, &kept, with)?)
    }

    /// Each combination that a set has of the parts that are looked at.
    fn combinations_of(
        &mut self,
        set: Set,
        looks_at: impl Fn(Part) -> bool,
    ) -> Result<Combinations, TooLarge> {
        let kept: Vec<bool> = (0..self.parts.len())
            .map(|variable| looks_at(self.parts[self.variables.field(variable)]))
            .collect();
        let projected = self.diagrams.project(set, |variable| kept[variable])?;
        let mut all = Combinations { kept, values: Vec::new(), hosts: Vec::new() };
        for tuple in self.diagrams.tuples(projected) {
            let Some(host) = self.host(&tuple) else { continue };
            let values = tuple.into_iter().zip(&all.kept).filter(|(_, is_kept)| **is_kept);
            all.values.push(values.map(|(value, _)| value).collect());
            all.hosts.push(host);
        }
        Ok(all)
    }

    /// Those of a set that have one of some values in the variables that are kept, for each key.
    fn each_like<A: Ord>(
        &mut self,
        set: Set,
        kept: &[bool],
        values: BTreeMap<A, Vec<&Vec<u8>>>,
    ) -> Result<BTreeMap<A, Set>, TooLarge> {
        let mut sets = BTreeMap::new();
        for (key, values) in values {
            let values = values.into_iter().cloned();
            let alike = self.diagrams.cylinder(0..kept.len(), |variable| kept[variable], values)?;
            sets.insert(key, self.diagrams.intersection(set, alike)?);
        }
        Ok(sets)
    }

    /// What a step, by its place among [`Space::actions`], does to hosts: a relation. A host on
    /// which it is refused has no image under it; one that it leaves as it is has itself, or none.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn relation(&mut self, step: usize) -> Result<Relation, TooLarge> {
        self.relation_followed(step, Followed::ByItself)
    }

    fn relation_followed(&mut self, step: usize, followed: Followed) -> Result<Relation, TooLarge> {
        let (followed, place) = match followed {
            Followed::ThroughRestart if self.model.can_wait() => (followed, 1),
            Followed::ThroughRestart | Followed::ByItself => (Followed::ByItself, 0),
        };
        if let Some(known) = self.relations.get(step).and_then(|known| known[place]) {
            return Ok(known);
        }
        let relation = self.relation_of(step, followed, |_| true)?;
        if let Some(known) = self.relations.get_mut(step) {
            known[place] = Some(relation);
        }
        Ok(relation)
    }

    /// What a step does to the shared fields and to the groups that are kept.
    fn relation_of(
        &mut self,
        step: usize,
        followed: Followed,
        keeps: impl Fn(usize) -> bool,
    ) -> Result<Relation, TooLarge> {
        let Some(action) = self.actions.get(step).copied() else {
            return Ok(self.diagrams.nothing());
        };
        let mut translator = Translator::new(&self.model, &self.groups, &self.variables);
        let (shared, taken) = (&self.shared, (action, followed));
        translator.relation(&mut self.diagrams, shared, taken, |_| true, keeps)
    }

    /// The hosts that a step makes of those of a set; for steps see [`Space::relation`].
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn image(&mut self, set: Set, step: usize) -> Result<Set, TooLarge> {
        let relation = self.relation(step)?;
        self.diagrams.image(set, relation)
    }

    /// The reachable hosts that a step makes into hosts of a set.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn preimage(&mut self, set: Set, step: usize) -> Result<Set, TooLarge> {
        self.preimage_followed(set, step, Followed::ByItself)
    }

    /// The same, with the step followed so far.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn preimage_followed(
        &mut self,
        set: Set,
        step: usize,
        followed: Followed,
    ) -> Result<Set, TooLarge> {
        let relation = self.relation_followed(step, followed)?;
        let before = self.diagrams.preimage(set, relation)?;
        self.diagrams.intersection(before, self.hosts)
    }

    /// A shortest way to a host of a set, of at most so many steps; `None` where there is none.
    ///
    /// Breadth first over all groups at once: the sets of hosts within a distance grow fast with
    /// it, since a distance couples groups that are independent otherwise. They are kept for the
    /// next question.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn shortest(&mut self, wanted: Set, steps_max: usize) -> Result<Option<Path>, TooLarge> {
        Ok(self.nearest(wanted, (steps_max, 1))?.into_iter().next())
    }

    /// The same by some steps only.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn shortest_by(
        &mut self,
        layers: &mut Layers,
        wanted: Set,
        steps_max: usize,
    ) -> Result<Option<Path>, TooLarge> {
        Ok(self.nearest_by(layers, wanted, (steps_max, 1))?.into_iter().next())
    }

    /// Shortest ways to some hosts of a set, of at most so many steps: to that many of them, the
    /// nearest first.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn nearest(&mut self, wanted: Set, at_most: (usize, usize)) -> Result<Vec<Path>, TooLarge> {
        let mut layers = std::mem::take(&mut self.layers);
        let found = self.nearest_by(&mut layers, wanted, at_most);
        self.layers = layers;
        found
    }

    /// The same by some steps only.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn nearest_by(
        &mut self,
        layers: &mut Layers,
        wanted: Set,
        (steps_max, count_max): (usize, usize),
    ) -> Result<Vec<Path>, TooLarge> {
        let (mut paths, mut known) = (Vec::new(), Set::EMPTY);
        for distance in 0..=steps_max {
            let Some(within) = self.within(layers, distance)? else { break };
            let found = self.diagrams.intersection(within, wanted)?;
            let new = self.diagrams.difference(found, known)?;
            let hosts: Vec<Host> = self.hosts_of(new).take(count_max - paths.len()).collect();
            for host in hosts {
                paths.push(self.way_back(layers, host, distance)?);
            }
            if paths.len() >= count_max {
                break;
            }
            known = found;
        }
        Ok(paths)
    }

    /// The hosts that some order of some steps leads to.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn led_to(&mut self, steps: &[usize]) -> Result<Set, TooLarge> {
        let relations = steps.iter().map(|step| self.relation(*step));
        let relations = relations.collect::<Result<Vec<Relation>, TooLarge>>()?;
        let bases = self.bases()?;
        self.diagrams.closure(bases, &relations)
    }

    /// The hosts that orders begin with.
    fn bases(&mut self) -> Result<Set, TooLarge> {
        let bases: Vec<Host> = self.model.bases().collect();
        let bases = bases.iter().map(|base| self.set_of(base));
        let bases = bases.collect::<Result<Vec<Set>, TooLarge>>()?;
        self.diagrams.union_of(bases)
    }

    /// The hosts within so many steps of a base; `None` where these are as many as within one step
    /// less.
    ///
    /// # Errors
    /// When the diagrams need more nodes than they may have.
    pub fn within(
        &mut self,
        layers: &mut Layers,
        distance: usize,
    ) -> Result<Option<Set>, TooLarge> {
        if layers.within.is_empty() {
            let within = self.bases()?;
            layers.within.push(within);
        }
        while layers.within.len() <= distance {
            let Some(last) = layers.within.last().copied() else { return Ok(None) };
            let mut next = vec![last];
            for (step, except) in &layers.steps {
                let from = self.diagrams.difference(last, *except)?;
                next.push(self.image(from, *step)?);
            }
            let grown = self.diagrams.union_of(next)?;
            if grown == last {
                return Ok(None);
            }
            layers.within.push(grown);
        }
        Ok(layers.within.get(distance).copied())
    }

    /// The steps to a host that is so far from the nearest base.
    fn way_back(
        &mut self,
        layers: &Layers,
        mut host: Host,
        distance: usize,
    ) -> Result<Path, TooLarge> {
        let mut steps = Vec::with_capacity(distance);
        for before in layers.within.iter().take(distance).rev() {
            let here = self.set_of(&host)?;
            for (step, except) in &layers.steps {
                let from = self.preimage(here, *step)?;
                let from = self.diagrams.intersection(from, *before)?;
                let from = self.diagrams.difference(from, *except)?;
                let previous = self.hosts_of(from).next();
                if let Some(previous) = previous {
                    steps.push(*step);
                    host = previous;
                    break;
                }
            }
        }
        steps.reverse();
        Ok((host, steps))
    }
}

/// The union of all products, as one set over all variables.
fn unite(
    diagrams: &mut Diagrams,
    variables: &Variables,
    products: Products,
) -> Result<Set, TooLarge> {
    let mut all = Vec::with_capacity(products.len());
    for (shared, products) in products {
        let mut products: Vec<&[Set]> = products.iter().map(Vec::as_slice).collect();
        products.sort_unstable();
        let groups = join(diagrams, &products)?;
        let shared = diagrams.tuple(variables.shared.clone(), &shared)?;
        all.push(diagrams.product(shared, groups)?);
    }
    diagrams.union_of(all)
}

/// The union of products that are sorted: those with the same first set are united behind it.
fn join(diagrams: &mut Diagrams, products: &[&[Set]]) -> Result<Set, TooLarge> {
    let mut all = Vec::new();
    for alike in products.chunk_by(|a, b| a.first() == b.first()) {
        let Some(first) = alike.first().and_then(|product| product.first()) else {
            return Ok(diagrams.unit());
        };
        let rest: Vec<&[Set]> = alike.iter().filter_map(|product| product.get(1..)).collect();
        let rest = join(diagrams, &rest)?;
        all.push(diagrams.product(*first, rest)?);
    }
    diagrams.union_of(all)
}
