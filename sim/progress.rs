//! Progress on standard error: nothing in a pipe, nothing in the first half second.

use crate::args::Options;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use patchstate_study::{ClaimProgress, VerifyProgress};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Work that takes less is not worth a word.
const QUIET_TIME: Duration = Duration::from_millis(500);

/// A line that changes faster cannot be read.
const SHOWN_TIME: Duration = Duration::from_millis(50);

/// What a long run shows of itself.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
    start: Instant,
    /// When it showed something last.
    shown: Mutex<Instant>,
}

impl ProgressLine {
    /// A line that shows itself only on a terminal, and not with `--quiet`.
    pub(crate) fn new(options: &Options) -> Self {
        let target =
            if options.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        let start = Instant::now();
        Self { bar, start, shown: Mutex::new(start) }
    }

    /// Shows how far a verification is.
    pub(crate) fn show(&self, progress: VerifyProgress) {
        let elapsed = self.start.elapsed();
        if !self.is_due() {
            return;
        }
        match progress {
            VerifyProgress::Exploring(architecture, level) => {
                self.bar.set_message(format!(
                    "{architecture}: {} hosts, depth {}, {} to go on from, {:.0} a second",
                    level.states,
                    level.depth,
                    level.frontier,
                    rate(level.states, elapsed)
                ));
                self.bar.tick();
            }
            VerifyProgress::Judging { architecture, done, total, sets } => {
                let message = format!("{architecture}: {sets} sets of files judged");
                self.show_bar(&message, done, total);
            }
        }
    }

    /// Shows how far the checking of claims is.
    pub(crate) fn show_claims(&self, progress: ClaimProgress) {
        if self.is_due() {
            self.show_bar("claims", progress.done, progress.total);
        }
    }

    /// Whether somebody sees it, and has had the time to read what was shown before.
    fn is_due(&self) -> bool {
        if self.bar.is_hidden() || self.start.elapsed() < QUIET_TIME {
            return false;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = shown.elapsed() >= SHOWN_TIME;
        if is_due {
            *shown = Instant::now();
        }
        is_due
    }

    fn show_bar(&self, message: &str, done: usize, total: usize) {
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            self.bar.set_style(style);
        }
        self.bar.set_message(message.to_owned());
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// States a second, for people.
#[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
fn rate(states: usize, elapsed: Duration) -> f64 {
    states as f64 / elapsed.as_secs_f64().max(0.001)
}
