//! Laws of files that wait for a restart (A29).

use crate::{check::ensure, snapshot::Snapshot};
use patchstate_servicing::{Action, Outcome, Refusal};
use patchstate_test_model::orders::{Order, cases, orders_under_any_assumption};
use proptest::test_runner::{TestCaseError, TestRunner};
use std::cell::Cell;

/// The same order, with files in place at once and after a restart.
fn both(mut order: Order) -> [Order; 2] {
    order.words.retain(|word| word != "restart");
    order.settings.remove("A29");
    let mut later = order.clone();
    later.settings.insert("A29", "at-restart");
    [order, later]
}

/// Walks along an order under either assumption, with a restart behind every step of the second.
/// Counts the steps behind which something waited.
fn follow(order: Order) -> Result<usize, String> {
    let [at_once, at_restart] = both(order);
    let models = [at_once.model(), at_restart.model()];
    let (mut first, actions) = at_once.resolve(&models[0]);
    let (mut second, _) = at_restart.resolve(&models[1]);
    let mut waited = 0;
    for action in actions {
        let outcomes = [models[0].apply(&first, action), models[1].apply(&second, action)];
        ensure!(outcomes[0].as_str() == outcomes[1].as_str(), "{outcomes:?}");
        first = outcomes[0].after(&first).clone();
        let after = outcomes[1].after(&second).clone();
        let (was, is) = (models[1].view(&second), models[1].view(&after));
        if is.waits() {
            waited += 1;
            ensure!(was.files().eq(is.files()), "files changed before the restart");
            ensure!(is.records().eq(models[0].view(&first).records()), "records wait too");
            for other in [action, Action::CheckSystemFiles, Action::CleanCache] {
                let refused = Outcome::Refused(Refusal::PendingRestart);
                ensure!(models[1].apply(&after, other) == refused, "{other:?}");
            }
        }
        let restarted = models[1].apply(&after, Action::Restart);
        let expected = if is.waits() { "applied" } else { "unchanged" };
        ensure!(restarted.as_str() == expected, "{restarted:?}");
        second = restarted.after(&after).clone();
        let hosts = [models[0].view(&first), models[1].view(&second)].map(Snapshot::of);
        ensure!(hosts[0] == hosts[1] && !models[1].view(&second).waits(), "{hosts:?}");
    }
    Ok(waited)
}

#[test]
fn a_step_and_the_restart_that_it_requires_lead_where_it_leads_at_once() {
    let waited = Cell::new(0);
    let result = TestRunner::new(cases(400)).run(&orders_under_any_assumption(), |order| {
        waited.set(waited.get() + follow(order).map_err(TestCaseError::fail)?);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(waited.get() > 0);
}
