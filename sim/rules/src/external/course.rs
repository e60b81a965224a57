//! How asking a program goes, and when it is given up.
//!
//! A program that fails again and again would cost its whole time for every host, and say nothing.
//! So it is given up when it failed in the same way a few times in a row before the search, when
//! one host after the other is tried; and when so many hosts were met about which it was not heard
//! in time, whichever they are. That number does not depend on which thread asked first; and since
//! what was said before does, giving up later than before the search takes everything back.

use super::run::{COMPLAINT, Ending};
use crate::Judgement;
use patchstate_terms::Status;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So often in a row a program fails in the same way before it is given up.
const EQUAL_FAILURES_MAX: usize = 5;

/// After so many time-outs a program that is started for each folder is given up.
pub(super) const TIME_OVERS_MAX: usize = 3;

/// The same for one that stays. One time-out more is not counted: that of a program that was asked
/// about other folders before, and is asked again for that.
pub(super) const TIME_OVERS_OF_ONE_THAT_STAYS_MAX: usize = TIME_OVERS_MAX - 1;

/// How a program failed lately, in the order in which it was asked.
#[derive(Clone, Debug, Default)]
pub struct EqualFailures(Option<(String, usize)>);

impl EqualFailures {
    /// Notes why the program failed, or that it did not; gives why it is not to be asked any more
    /// once it has failed in the same way too often in a row.
    pub fn note(&mut self, failure: Option<&str>) -> Option<String> {
        let before = self.0.take();
        let reason = failure?;
        let count = before.filter(|(last, _)| last == reason).map_or(1, |(_, count)| count + 1);
        self.0 = Some((reason.to_owned(), count));
        (count >= EQUAL_FAILURES_MAX)
            .then(|| format!("not asked any more after {count} equal failures in a row: {reason}"))
    }
}

/// What came of asking.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) judgement: Judgement,
    /// How the program ended that gave no answer.
    pub(super) ending: Option<Ending>,
    /// Whether the program itself says that it cannot tell, and also complains: it may be one that
    /// was called in a wrong way.
    pub(super) complains: bool,
}

/// How asking a program goes.
#[derive(Debug, Default)]
pub(super) struct Course(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What keeps the program from being started.
    obstacle: Option<String>,
    asked: usize,
    has_answered: bool,
    time_overs: usize,
    /// How it failed when it was tried.
    failures: EqualFailures,
    /// Why it is not asked any more.
    given_up: Option<String>,
    /// Whether what it said before has to be taken back.
    is_to_take_back: bool,
}

impl Course {
    /// Why the program is not asked any more, if it is not.
    pub(super) fn given_up(&self) -> Option<String> {
        self.state().given_up.clone()
    }

    /// What keeps the program from being started, if that was found.
    pub(super) fn obstacle(&self) -> Option<String> {
        self.state().obstacle.clone()
    }

    /// How often the program was asked.
    pub(super) fn asked(&self) -> usize {
        self.state().asked
    }

    /// Whether it is known how asking goes: the program answered, or is not asked any more.
    pub(super) fn is_known(&self) -> bool {
        let state = self.state();
        state.has_answered || state.given_up.is_some()
    }

    /// Notes what came of asking.
    pub(super) fn note(&self, asked: &Asked, name: &str, obstacle: Option<String>, most: usize) {
        let mut state = self.state();
        state.asked += 1;
        if asked.ending == Some(Ending::TimeOver) {
            state.time_overs += 1;
        }
        let reason = asked.judgement.reason.clone().unwrap_or_default();
        if let Some(obstacle) = obstacle {
            state.given_up.get_or_insert(reason);
            state.obstacle = Some(obstacle);
        } else if state.time_overs >= most && state.given_up.is_none() {
            let count = state.time_overs;
            // What it complained about may be of the host, and which that is hangs on threads.
            let reason = reason.split(COMPLAINT).next().unwrap_or_default();
            state.given_up =
                Some(format!("`{name}` is not asked any more after {count} time-outs: {reason}"));
            state.is_to_take_back = true;
        }
        state.has_answered |= !(asked.judgement.failed || asked.complains);
    }

    /// Notes how a host went that was tried before the search.
    pub(super) fn note_trial(&self, judgement: &Judgement, name: &str) {
        let mut state = self.state();
        let failed = judgement.status == Status::Inconclusive && !state.has_answered;
        let reason = judgement.reason.as_deref().filter(|_| failed);
        if let Some(why) = state.failures.note(reason) {
            state.given_up.get_or_insert(format!("`{name}` is {why}"));
        }
        // Nothing was made of what was said so far.
        state.is_to_take_back = false;
    }

    /// Whether what was said so far stands; no is said once.
    pub(super) fn settle(&self) -> bool {
        !std::mem::take(&mut self.state().is_to_take_back)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_equal_failures_in_a_row_are_enough_and_four_or_others_are_not() {
        let mut failures = EqualFailures::default();
        let said = |failures: &mut EqualFailures, words: &[Option<&str>]| {
            words.iter().map(|word| failures.note(*word)).collect::<Vec<_>>()
        };
        let four = [Some("a"); 4];
        assert_eq!(said(&mut failures, &four), vec![None; 4]);
        // An answer, or another failure, begins the row anew.
        assert_eq!(said(&mut failures, &[None]), [None]);
        assert_eq!(said(&mut failures, &four), vec![None; 4]);
        assert_eq!(said(&mut failures, &[Some("b")]), [None]);
        assert_eq!(said(&mut failures, &four), vec![None; 4]);
        let why = "not asked any more after 5 equal failures in a row: a";
        assert_eq!(failures.note(Some("a")).as_deref(), Some(why));
    }
}
