//! Every reachable state of a transition system, with shortest paths.
//!
//! **Owns** the search: breadth first, level by level, to the fixpoint or to a bound.
//!
//! **Must never know** Windows, files or hosts: a state is any small value that can be
//! compared and hashed, and an action is its number.
//!
//! **Start reading** at [`Space`], then [`explore`].
//!
//! ```
//! use patchstate_explore::{Bounds, Space, explore};
//!
//! /// A counter that can be doubled or lowered, up to ten.
//! struct Counter;
//!
//! impl Space for Counter {
//!     type State = u8;
//!     fn vacant(&self) -> u8 { u8::MAX }
//!     fn initial(&self) -> Vec<u8> { vec![1] }
//!     fn action_count(&self) -> usize { 2 }
//!     fn next(&self, state: &u8, action: usize) -> Option<u8> {
//!         let next = if action == 0 { state * 2 } else { state.checked_sub(1)? };
//!         (next <= 10 && next != *state).then_some(next)
//!     }
//! }
//!
//! let found = explore(&Counter, &Bounds::default(), &|_| {});
//! assert!(found.is_complete());
//! assert_eq!(found.states().len(), 11);
//! let seven = found.find(&7).expect("8 less 1");
//! assert_eq!(found.path(seven).1, [0, 0, 0, 1]);
//! ```

mod search;
mod table;

pub use search::{Bound, Bounds, Exploration, Progress, Space, StateId, explore};
