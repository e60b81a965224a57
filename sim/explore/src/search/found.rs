//! What a search found so far: states by number, and how each was first reached.

use rustc_hash::FxHashMap;
use std::{hash::Hash, sync::OnceLock};

/// Where a search stops before the fixpoint. A search that was stopped proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Stop when another state would be one too many.
    pub state_count_max: Option<usize>,
    /// Do not go on from states at this depth.
    pub depth_max: Option<usize>,
}

impl Bounds {
    /// How many states a search may have, numbers for them included.
    pub(super) fn state_limit(&self) -> usize {
        self.state_count_max.unwrap_or(usize::MAX).min(NONE as usize)
    }
}

/// What stopped a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// [`Bounds::state_count_max`].
    States(usize),
    /// [`Bounds::depth_max`].
    Depth(usize),
}

/// The number of a state, in the order in which states were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// How a state was first reached; `from` is [`NONE`] for an initial state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predecessor {
    pub(super) from: u32,
    pub(super) action: u32,
}

/// No predecessor; searches end before they have as many states.
pub(super) const NONE: u32 = u32::MAX;

/// What a search found.
#[derive(Clone, Debug)]
pub struct Exploration<S> {
    pub(super) states: Vec<S>,
    pub(super) predecessors: Vec<Predecessor>,
    /// Made when it is first asked for: searching does not need it.
    pub(super) numbers: OnceLock<FxHashMap<S, StateId>>,
    pub(super) depth: usize,
    pub(super) transition_count: u64,
    pub(super) stopped_by: Option<Bound>,
}

/// A state that was reached, and how.
#[derive(Clone)]
pub(super) struct Reached<S> {
    pub(super) state: S,
    pub(super) predecessor: Predecessor,
}

impl<S: Clone + Eq + Hash> Exploration<S> {
    /// Gives a new state its number; `false` when there would be too many.
    pub(super) fn add(&mut self, state: S, predecessor: Predecessor, bounds: &Bounds) -> bool {
        let limit = bounds.state_limit();
        if self.states.len() >= limit {
            self.stopped_by = Some(Bound::States(limit));
            return false;
        }
        self.states.push(state);
        self.predecessors.push(predecessor);
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

    /// The number of a state, if it was reached. The first call makes an index of all states.
    #[must_use]
    pub fn find(&self, state: &S) -> Option<StateId> {
        let index = || self.iter().map(|(id, state)| (state.clone(), id)).collect();
        self.numbers.get_or_init(index).get(state).copied()
    }

    /// A shortest path to a state: the initial state that it starts from, then the actions.
    #[must_use]
    pub fn path(&self, state: StateId) -> (StateId, Vec<usize>) {
        let mut actions = Vec::new();
        let mut at = state;
        while let Some((from, action)) = self.predecessor(at) {
            actions.push(action);
            at = from;
        }
        actions.reverse();
        (at, actions)
    }

    /// The state before a state on that path, and the action between the two; `None` for an initial
    /// state.
    #[must_use]
    pub fn predecessor(&self, state: StateId) -> Option<(StateId, usize)> {
        let before = self.predecessors.get(state.0 as usize).filter(|before| before.from != NONE);
        before.map(|before| (StateId(before.from), before.action as usize))
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
