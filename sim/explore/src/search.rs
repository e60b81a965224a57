//! The search.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// A transition system: states, actions by number, and what each action does.
pub trait Space: Sync {
    /// A state. Equal states are the same state; states are stored whole.
    type State: Clone + Eq + Hash + Send + Sync;

    /// The states to begin with.
    fn initial(&self) -> Vec<Self::State>;

    /// How many actions there are; they are numbered from 0.
    fn action_count(&self) -> usize;

    /// The state after an action, or `None` when the action leads nowhere else.
    fn next(&self, state: &Self::State, action: usize) -> Option<Self::State>;
}

/// Where a search stops before the fixpoint. A search that was stopped proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Stop when another state would be one too many.
    pub state_count_max: Option<usize>,
    /// Do not go on from states at this depth.
    pub depth_max: Option<usize>,
}

/// What stopped a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// [`Bounds::state_count_max`].
    States(usize),
    /// [`Bounds::depth_max`].
    Depth(usize),
}

/// How far a search is, told after each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Actions from an initial state to the level that was just reached.
    pub depth: usize,
    /// States so far.
    pub states: usize,
    /// States in the level that was just reached.
    pub frontier: usize,
}

/// The number of a state, in the order in which states were reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// What a search found.
#[derive(Clone, Debug)]
pub struct Exploration<S> {
    states: Vec<S>,
    /// For each state, the state and the action that first led to it.
    predecessors: Vec<Option<(StateId, u32)>>,
    numbers: FxHashMap<S, StateId>,
    depth: usize,
    transition_count: u64,
    stopped_by: Option<Bound>,
}

/// States whose successors are computed at one go, so that memory stays bounded.
const CHUNK: usize = 1 << 14;

/// Reaches every state that any sequence of actions can reach.
///
/// Breadth first, level by level: the first path to a state is a shortest one, and among these the
/// first in the order of actions. Threads only compute successors; states are numbered in one
/// order, so the result does not depend on how many there are.
pub fn explore<T: Space>(
    space: &T,
    bounds: &Bounds,
    progress: &(dyn Fn(Progress) + Sync),
) -> Exploration<T::State> {
    let mut found = Exploration::new();
    for state in space.initial() {
        found.add(state, None);
    }
    let mut frontier = 0..found.states.len();
    while !frontier.is_empty() {
        progress(Progress {
            depth: found.depth,
            states: found.states.len(),
            frontier: frontier.len(),
        });
        let end = frontier.end;
        let at_limit = bounds.depth_max == Some(found.depth);
        for start in frontier.step_by(CHUNK) {
            let chunk = start..end.min(start + CHUNK);
            let reached = found.successors(space, chunk);
            if !found.take(reached, bounds, at_limit) {
                return found;
            }
        }
        frontier = end..found.states.len();
        if !frontier.is_empty() {
            found.depth += 1;
        }
    }
    found
}

/// A state that was reached, from where, and by which action.
type Reached<S> = (StateId, u32, S);

impl<S: Clone + Eq + Hash + Send + Sync> Exploration<S> {
    fn new() -> Self {
        Self {
            states: Vec::new(),
            predecessors: Vec::new(),
            numbers: FxHashMap::default(),
            depth: 0,
            transition_count: 0,
            stopped_by: None,
        }
    }

    fn add(&mut self, state: S, predecessor: Option<(StateId, u32)>) {
        let id = StateId(u32::try_from(self.states.len()).unwrap_or(u32::MAX));
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.numbers.entry(state) {
            self.states.push(vacant.key().clone());
            self.predecessors.push(predecessor);
            vacant.insert(id);
        }
    }

    fn successors<T: Space<State = S>>(
        &self,
        space: &T,
        chunk: std::ops::Range<usize>,
    ) -> Vec<Vec<Reached<S>>> {
        let states = self.states.get(chunk.clone()).unwrap_or_default();
        let from_state = |(number, state): (usize, &S)| {
            let from = StateId(u32::try_from(chunk.start + number).unwrap_or(u32::MAX));
            let reach = |action: usize| {
                let number = u32::try_from(action).unwrap_or(u32::MAX);
                space.next(state, action).map(|next| (from, number, next))
            };
            (0..space.action_count()).filter_map(reach).collect()
        };
        states.par_iter().enumerate().map(from_state).collect()
    }

    /// Numbers what is new; `false` when a bound stops the search.
    fn take(&mut self, reached: Vec<Vec<Reached<S>>>, bounds: &Bounds, at_limit: bool) -> bool {
        for (from, action, state) in reached.into_iter().flatten() {
            self.transition_count += 1;
            if self.numbers.contains_key(&state) {
                continue;
            }
            if at_limit {
                self.stopped_by = bounds.depth_max.map(Bound::Depth);
                continue;
            }
            if bounds.state_count_max.is_some_and(|limit| self.states.len() >= limit) {
                self.stopped_by = bounds.state_count_max.map(Bound::States);
                return false;
            }
            self.add(state, Some((from, action)));
        }
        true
    }

    /// Every state, in the order in which they were reached.
    #[must_use]
    pub fn states(&self) -> &[S] {
        &self.states
    }

    /// Every state with its number.
    pub fn iter(&self) -> impl Iterator<Item = (StateId, &S)> {
        (0..).map(StateId).zip(&self.states)
    }

    /// The number of a state, if it was reached.
    #[must_use]
    pub fn find(&self, state: &S) -> Option<StateId> {
        self.numbers.get(state).copied()
    }

    /// A shortest path to a state: the initial state that it starts from, then the actions.
    #[must_use]
    pub fn path(&self, state: StateId) -> (StateId, Vec<usize>) {
        let mut actions = Vec::new();
        let mut at = state;
        while let Some(Some((from, action))) = self.predecessors.get(at.0 as usize).copied() {
            actions.push(action as usize);
            at = from;
        }
        actions.reverse();
        (at, actions)
    }

    /// Length of the longest shortest path.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// How many pairs of state and action lead to another state.
    #[must_use]
    pub fn transition_count(&self) -> u64 {
        self.transition_count
    }

    /// What stopped the search, if not the fixpoint.
    #[must_use]
    pub fn stopped_by(&self) -> Option<Bound> {
        self.stopped_by
    }

    /// Whether every reachable state was reached.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stopped_by.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug)]
    /// A graph by its edges: `edges[state][action]`.
    struct Graph {
        initial: Vec<u8>,
        edges: Vec<Vec<Option<u8>>>,
    }

    impl Space for Graph {
        type State = u8;
        fn initial(&self) -> Vec<u8> {
            self.initial.clone()
        }
        fn action_count(&self) -> usize {
            3
        }
        fn next(&self, state: &u8, action: usize) -> Option<u8> {
            self.edges[usize::from(*state)][action]
        }
    }

    fn graphs() -> impl Strategy<Value = Graph> {
        let edges = prop::collection::vec(prop::option::of(0_u8..20), 3);
        (prop::collection::vec(0_u8..20, 1..3), prop::collection::vec(edges, 20))
            .prop_map(|(initial, edges)| Graph { initial, edges })
    }

    /// Distances by the textbook: relax all edges until nothing changes.
    fn distances(graph: &Graph) -> Vec<Option<usize>> {
        let mut distances = vec![None; 20];
        for state in &graph.initial {
            distances[usize::from(*state)] = Some(0);
        }
        for _ in 0..20 {
            for (from, edges) in graph.edges.iter().enumerate() {
                for to in edges.iter().flatten() {
                    let through = distances[from].map(|d: usize| d + 1);
                    let to = &mut distances[usize::from(*to)];
                    *to = match (*to, through) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                }
            }
        }
        distances
    }

    proptest! {
        #[test]
        fn every_reachable_state_is_reached_by_a_shortest_path(graph in graphs()) {
            let found = explore(&graph, &Bounds::default(), &|_| {});
            let distances = distances(&graph);
            let reachable = distances.iter().flatten().count();
            prop_assert_eq!(found.states().len(), reachable);
            prop_assert_eq!(Some(found.depth()), distances.iter().flatten().copied().max());
            let mut transitions = 0;
            for (id, state) in found.iter() {
                let (start, actions) = found.path(id);
                prop_assert_eq!(Some(actions.len()), distances[usize::from(*state)]);
                let mut at = found.states()[start.0 as usize];
                prop_assert!(graph.initial.contains(&at));
                for action in actions {
                    at = graph.next(&at, action).unwrap();
                }
                prop_assert_eq!(at, *state);
                transitions += graph.edges[usize::from(*state)].iter().flatten().count() as u64;
            }
            prop_assert_eq!(found.transition_count(), transitions);
            prop_assert!(found.is_complete());
        }

        #[test]
        fn a_bound_that_hides_a_state_is_reported(graph in graphs(), limit in 1_usize..20) {
            let whole = explore(&graph, &Bounds::default(), &|_| {});
            let bounds = Bounds { state_count_max: Some(limit.max(2)), depth_max: None };
            let bounded = explore(&graph, &bounds, &|_| {});
            prop_assert_eq!(bounded.is_complete(), whole.states().len() <= limit.max(2));
            let bounds = Bounds { state_count_max: None, depth_max: Some(limit) };
            let bounded = explore(&graph, &bounds, &|_| {});
            prop_assert_eq!(bounded.is_complete(), whole.depth() <= limit);
            prop_assert!(bounded.depth() <= limit);
        }
    }

    #[test]
    fn progress_is_told_for_every_level() {
        let edges = (1..=20).map(|to| vec![Some(to % 20), None, None]).collect();
        let graph = Graph { initial: vec![0], edges };
        let told = std::sync::Mutex::new(Vec::new());
        explore(&graph, &Bounds::default(), &|p| told.lock().unwrap().push((p.depth, p.states)));
        let expected: Vec<_> = (0..20).map(|depth| (depth, depth + 1)).collect();
        assert_eq!(told.into_inner().unwrap(), expected);
    }
}
