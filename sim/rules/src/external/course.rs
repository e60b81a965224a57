//! How asking a program goes, and when it is given up.
//!
//! A program that fails again and again would cost its whole time for every host, and say nothing.
//! So it is given up when it failed in the same way a few times in a row before the search, when
//! one host after the other is tried; and when so many hosts were met about which it was not heard
//! in time, whichever they are. That number does not depend on which thread asked first; and since
//! what was said before does, giving up later than before the search takes everything back.

use super::run::Ending;
use crate::Judgement;
use patchstate_terms::Status;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So often in a row a program fails in the same way before it is given up.
pub(super) const EQUAL_FAILURES_MAX: usize = 5;

/// After so many time-outs a program that is started for each folder is given up.
pub(super) const TIME_OVERS_MAX: usize = 3;

/// The same for one that stays. One time-out more is not counted: that of a program that was asked
/// about other folders before, and is asked again for that.
pub(super) const TIME_OVERS_OF_ONE_THAT_STAYS_MAX: usize = TIME_OVERS_MAX - 1;

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
    /// How it failed last, and how often in a row.
    row: Option<(String, usize)>,
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
        let Some(reason) = judgement.reason.clone().filter(|_| failed) else {
            state.row = None;
            return;
        };
        let before = match state.row.take() {
            Some((last, count)) if last == reason => count,
            _ => 0,
        };
        let count = before + 1;
        if count >= EQUAL_FAILURES_MAX && state.given_up.is_none() {
            state.given_up = Some(given_up_after_failures(name, count, &reason));
        }
        state.row = Some((reason, count));
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

/// Why a program is not asked any more that failed in the same way so often.
pub(super) fn given_up_after_failures(name: &str, count: usize, reason: &str) -> String {
    format!("`{name}` is not asked any more after {count} equal failures in a row: {reason}")
}
