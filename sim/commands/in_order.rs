//! Work on many things by several threads, with results in the order of the things.
//!
//! **Owns** that no more than a window of things is under way or waits to be told, however many
//! there are. **Must never know** what the work is.

use std::{
    any::Any,
    collections::BTreeMap,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

/// How many results may wait for an earlier one, for each thread.
const WINDOW_OF_THREAD: usize = 16;

/// Results that came before they could be told.
struct Waiting<R> {
    /// By the number of the thing; or the panic that there was instead.
    results: BTreeMap<usize, Result<R, Box<dyn Any + Send>>>,
    /// How many results were told.
    told: usize,
    /// How many things there are, once that is known.
    count: Option<usize>,
    /// Whether nobody wants any more.
    is_stopped: bool,
}

/// Where things come from.
struct Source<I> {
    things: I,
    /// How many were taken.
    taken: usize,
}

struct Desk<R> {
    waiting: Mutex<Waiting<R>>,
    changed: Condvar,
}

impl<R> Desk<R> {
    fn look(&self) -> MutexGuard<'_, Waiting<R>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something holds, which is looked at after every change.
    fn wait(&self, holds: impl Fn(&Waiting<R>) -> bool) -> MutexGuard<'_, Waiting<R>> {
        let seen = self.changed.wait_while(self.look(), |waiting| !holds(waiting));
        seen.unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Waiting<R>)) {
        change(&mut self.look());
        self.changed.notify_all();
    }
}

/// Does the work on each thing and tells the results in the order of the things. `tell` may stop
/// it all; a panic of the work goes on here.
pub(super) fn each<T, R: Send>(
    thread_count: usize,
    things: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut tell: impl FnMut(R) -> ControlFlow<()>,
) {
    let desk = Desk {
        waiting: Mutex::new(Waiting {
            results: BTreeMap::new(),
            told: 0,
            count: None,
            is_stopped: false,
        }),
        changed: Condvar::new(),
    };
    let source = Mutex::new(Source { things: things.fuse(), taken: 0 });
    let window = WINDOW_OF_THREAD.saturating_mul(thread_count.max(1));
    thread::scope(|scope| {
        for _ in 0..thread_count.max(1) {
            scope.spawn(|| take_part(&desk, &source, window, &work));
        }
        // Nobody goes on where this ends, however it does.
        let _stop = Stop(&desk);
        loop {
            let is_next = |waiting: &Waiting<R>| waiting.results.contains_key(&waiting.told);
            let is_over = |waiting: &Waiting<R>| waiting.count == Some(waiting.told);
            let mut waiting = desk.wait(|waiting| is_next(waiting) || is_over(waiting));
            let number = waiting.told;
            let Some(result) = waiting.results.remove(&number) else { return };
            drop(waiting);
            match result.map(&mut tell) {
                Ok(ControlFlow::Continue(())) => desk.change(|waiting| waiting.told += 1),
                Ok(ControlFlow::Break(())) => return,
                Err(panic) => resume_unwind(panic),
            }
        }
    });
}

/// Stops the work when it goes out of scope.
struct Stop<'a, R>(&'a Desk<R>);

impl<R> Drop for Stop<'_, R> {
    fn drop(&mut self) {
        self.0.change(|waiting| waiting.is_stopped = true);
    }
}

/// What one thread does: things in their order, none too far ahead of what was told.
fn take_part<T, R>(
    desk: &Desk<R>,
    source: &Mutex<Source<impl Iterator<Item = T>>>,
    window: usize,
    work: &impl Fn(T) -> R,
) {
    let next = || {
        // Whoever waits for a thing, or until it may be taken, lets the others wait too.
        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
        let number = source.taken;
        let goes_on =
            desk.wait(|waiting| waiting.is_stopped || number < waiting.told.saturating_add(window));
        let is_stopped = goes_on.is_stopped;
        drop(goes_on);
        let thing = if is_stopped { None } else { source.things.next() };
        match thing {
            Some(_) => source.taken += 1,
            None => desk.change(|waiting| waiting.count = Some(number)),
        }
        Some((number, thing?))
    };
    while let Some((number, thing)) = next() {
        let result = catch_unwind(AssertUnwindSafe(|| work(thing)));
        desk.change(|waiting| {
            waiting.results.insert(number, result);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    /// Every seventh thing takes longer than the others.
    fn slow(number: usize) -> usize {
        if number.is_multiple_of(7) {
            thread::sleep(Duration::from_millis(2));
        }
        number * number
    }

    #[test]
    fn results_come_in_the_order_of_the_things_on_any_number_of_threads() {
        let expected: Vec<usize> = (0..300).map(|number| number * number).collect();
        for thread_count in [1, 2, 7] {
            let mut told = Vec::new();
            each(thread_count, 0..300, slow, |result| {
                told.push(result);
                ControlFlow::Continue(())
            });
            assert_eq!(told, expected, "{thread_count} threads");
        }
        each(3, 0..0, slow, |_| panic!("there is nothing to tell"));
    }

    #[test]
    fn no_more_than_a_window_is_taken_ahead_of_what_was_told() {
        let taken = AtomicUsize::new(0);
        let things = (0..1000).inspect(|_| {
            taken.fetch_add(1, Ordering::SeqCst);
        });
        let mut told = 0;
        each(
            2,
            things,
            |number| number,
            |_| {
                let ahead = taken.load(Ordering::SeqCst) - told;
                assert!(ahead <= 2 * WINDOW_OF_THREAD + 1, "{ahead} ahead of {told}");
                told += 1;
                if told == 500 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(told, 500);
        assert!(taken.load(Ordering::SeqCst) < 600, "the rest is left alone");
    }

    #[test]
    fn a_panic_of_the_work_goes_on_where_the_result_would_be_told() {
        let mut told = Vec::new();
        let work = |number: usize| {
            assert_ne!(number, 5, "five");
            number
        };
        let ended = catch_unwind(AssertUnwindSafe(|| {
            each(2, 0..100, work, |result| {
                told.push(result);
                ControlFlow::Continue(())
            });
        }));
        assert!(ended.is_err());
        assert_eq!(told, [0, 1, 2, 3, 4]);
    }
}
