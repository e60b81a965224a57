//! Hosts on which files wait for a restart.
//!
//! They are transient states: a step leads there from a host on which nothing waits, and from there
//! only the restart leads on. So all of them are what one step makes of the hosts on which nothing
//! waits, and the search (`reach.rs`) need not know them.
//!
//! **Owns** that they are added to the others. **Must never know** which steps let files wait.

use crate::events::Translator;
use patchstate_diagram::{Diagrams, Set, TooLarge};
use patchstate_servicing::{Action, Followed};

/// All hosts, given those on which nothing waits; what the shared fields of the others are is added
/// to those that are known.
pub(crate) fn add_waiting(
    diagrams: &mut Diagrams,
    translator: &mut Translator<'_>,
    actions: &[Action],
    shared: &mut Vec<Vec<u8>>,
    mut settled: Set,
) -> Result<Set, TooLarge> {
    if !translator.can_wait() {
        return Ok(settled);
    }
    let (before, mut waiting) = (shared.clone(), Set::EMPTY);
    for action in actions {
        let taken = (*action, Followed::ByItself);
        for shared_before in &before {
            for event in translator.events(diagrams, shared_before, taken)? {
                if event.waits && !shared.contains(&event.shared) {
                    shared.push(event.shared);
                }
            }
        }
        let relation =
            translator.relation(diagrams, &before, taken, |event| event.waits, |_| true)?;
        let image = diagrams.image(settled, relation)?;
        waiting = diagrams.union(waiting, image)?;
        diagrams.collect([&mut settled, &mut waiting], translator.relations());
    }
    diagrams.union(settled, waiting)
}
