//! What is searched: a transition system, and what one state of it leads to.

use super::found::{NONE, Predecessor, Reached};
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher, Hash};

/// A transition system: states, actions by number, and what each action does.
pub trait Space: Sync {
    /// A state: a small value. Equal states are the same state, and states are stored whole.
    type State: Clone + Eq + Hash + Send + Sync;

    /// A value that is no state. It marks what is free in the table of states.
    fn vacant(&self) -> Self::State;

    /// The states to begin with.
    fn initial(&self) -> Vec<Self::State>;

    /// How many actions there are; they are numbered from 0.
    fn action_count(&self) -> usize;

    /// The state after an action, or `None` when the action leads nowhere else.
    fn next(&self, state: &Self::State, action: usize) -> Option<Self::State>;

    /// Tells every action that leads elsewhere with the state after it, in ascending order. To be
    /// overridden where work can be shared between the actions on one state.
    fn successors(&self, state: &Self::State, reach: &mut impl FnMut(usize, Self::State)) {
        for action in 0..self.action_count() {
            if let Some(next) = self.next(state, action) {
                reach(action, next);
            }
        }
    }
}

/// States that a thread remembers: so few that they stay in a cache near to the processor.
pub(super) const RECENT: usize = 1 << 12;

/// Tells the successors of a state, their hashes and whether they were not reached lately, and how
/// many there are.
#[inline]
pub(super) fn successors<T: Space>(
    space: &T,
    (number, state): (usize, &T::State),
    recent: &mut [T::State],
    mut news: impl FnMut(Reached<T::State>, u64, bool),
) -> u64 {
    let from = u32::try_from(number).unwrap_or(NONE);
    let mut transition_count = 0;
    space.successors(state, &mut |action, next| {
        transition_count += 1;
        let hash = hash_of(&next);
        let place = usize::try_from(hash % RECENT as u64).unwrap_or(0);
        let Some(recent) = recent.get_mut(place) else { return };
        let is_news = *recent != next;
        *recent = next.clone();
        let action = u32::try_from(action).unwrap_or(u32::MAX);
        let predecessor = Predecessor { from, action };
        news(Reached { state: next, predecessor }, hash, is_news);
    });
    transition_count
}

pub(super) fn hash_of<S: Hash>(state: &S) -> u64 {
    FxBuildHasher.hash_one(state)
}
