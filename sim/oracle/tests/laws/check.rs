//! How a law is checked: random orders lead to hosts, and the law looks at what happens there.
//!
//! A law is a function that says what is wrong. A law that never met a case proves nothing, so
//! every check counts the cases and fails when there were none.

use crate::snapshot::Snapshot;
use patchstate_servicing::{Host, Model, Outcome};
use patchstate_terms::{Architecture, Step};
use patchstate_test_model::{
    CATALOG,
    orders::{Order, Vocabulary, cases, model, orders, orders_under_any_assumption},
};
use proptest::{
    strategy::{BoxedStrategy, Strategy},
    test_runner::{Config, TestCaseError, TestRunner},
};
use std::{cell::Cell, collections::BTreeSet, sync::Arc};

/// What a law says: `Err` names what is wrong.
pub(crate) type Verdict = Result<(), String>;

/// Fails a law unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
pub(crate) use ensure;

/// Which assumptions a law is stated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Under {
    /// The default ones.
    Defaults,
    /// Any of them.
    AnyAssumption,
}

impl Under {
    fn orders(self) -> BoxedStrategy<Order> {
        match self {
            Self::Defaults => orders().boxed(),
            Self::AnyAssumption => orders_under_any_assumption().boxed(),
        }
    }
}

/// A host that was reached, with the model that knows it. Laws are about hosts on which everything
/// is in place: each step is followed by the restart that it requires.
pub(crate) struct Place {
    /// The model.
    pub(crate) model: Arc<Model>,
    /// The host.
    pub(crate) host: Host,
}

impl Place {
    /// Where an order ends.
    pub(crate) fn of(order: &Order) -> Self {
        let mut all = Self::along(order);
        all.pop().expect("an order reaches a host")
    }

    /// Every place that an order passes, the base operating system first.
    pub(crate) fn along(order: &Order) -> Vec<Self> {
        let model = order.model();
        let (host, actions) = order.resolve(&model);
        let mut places = vec![Self { model: model.clone(), host }];
        for action in actions {
            let host = &places[places.len() - 1].host;
            let host = model.restarted(model.apply(host, action).after(host));
            places.push(Self { model: model.clone(), host });
        }
        places
    }

    /// The place where an order under the default assumptions ends.
    pub(crate) fn after(architecture: Architecture, words: &str) -> Self {
        let words = words.split_whitespace().map(str::to_owned).collect();
        let settings = std::collections::BTreeMap::new();
        Self::of(&Order { catalog: &CATALOG, architecture, settings, words })
    }

    /// What a step does here.
    pub(crate) fn outcome(&self, word: &str) -> Outcome {
        let step: Step = word.parse().expect("a step");
        let action = self.model.resolve(&step).expect("names of the catalog");
        self.model.apply(&self.host, action)
    }

    /// The place where a step leads; `None` when it is refused.
    pub(crate) fn step(&self, word: &str) -> Option<Self> {
        match self.outcome(word) {
            Outcome::Refused(_) => None,
            outcome => {
                let host = self.model.restarted(outcome.after(&self.host));
                Some(Self { model: self.model.clone(), host })
            }
        }
    }

    /// The place where some steps lead; `None` when one of them is refused.
    pub(crate) fn steps<S: AsRef<str>>(&self, words: &[S]) -> Option<Self> {
        let here = Self { model: self.model.clone(), host: self.host.clone() };
        words.iter().try_fold(here, |at, word| at.step(word.as_ref()))
    }

    /// The host in readable form.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.model.view(&self.host))
    }
}

/// One step that was tried.
pub(crate) struct Taken {
    /// The step.
    pub(crate) word: String,
    /// The architecture.
    pub(crate) architecture: Architecture,
    /// `applied`, `unchanged` or `refused`.
    pub(crate) outcome: &'static str,
    /// The host before.
    pub(crate) before: Snapshot,
    /// The host after.
    pub(crate) after: Snapshot,
    /// Whether files of absent components are kept in a store.
    pub(crate) has_store: bool,
}

impl Taken {
    fn from(place: &Place, before: &Snapshot, word: &str) -> Self {
        let outcome = place.outcome(word);
        let after = match &outcome {
            Outcome::Applied(host) => Snapshot::of(place.model.view(&place.model.restarted(host))),
            Outcome::Unchanged | Outcome::Refused(_) => before.clone(),
        };
        Self {
            word: word.to_owned(),
            architecture: place.model.architecture(),
            outcome: outcome.as_str(),
            before: before.clone(),
            after,
            has_store: place.model.switches().store != patchstate_servicing::Store::Present,
        }
    }

    /// Whether the step was refused.
    pub(crate) fn refused(&self) -> bool {
        self.outcome == "refused"
    }

    /// Update (in capitals) and release that the step installs.
    pub(crate) fn installs(&self) -> Option<(String, u8)> {
        match self.word.parse::<Step>().expect("a step") {
            Step::InstallUpdate { update, release, .. } => {
                let id = CATALOG.update_named(&update).expect("an update");
                let latest = CATALOG.update(id).latest().number;
                Some((update, release.unwrap_or(latest)))
            }
            _ => None,
        }
    }
}

/// The steps that a law is about.
pub(crate) type Words = fn(Vocabulary) -> Vec<String>;

/// Applying service packs.
pub(crate) fn packs(words: Vocabulary) -> Vec<String> {
    words.packs.into_iter().filter(|word| !word.starts_with('-')).collect()
}

/// Removing service packs.
pub(crate) fn pack_removals(words: Vocabulary) -> Vec<String> {
    words.packs.into_iter().filter(|word| word.starts_with('-')).collect()
}

/// Adding components and groups.
pub(crate) fn additions(words: Vocabulary) -> Vec<String> {
    let all = words.groups.into_iter().chain(words.components);
    all.filter(|word| word.starts_with('+')).collect()
}

/// Removing components and groups.
pub(crate) fn component_removals(words: Vocabulary) -> Vec<String> {
    let all = words.groups.into_iter().chain(words.components);
    all.filter(|word| word.starts_with('-')).collect()
}

/// Installing updates, with and without a forced branch.
pub(crate) fn installs(words: Vocabulary) -> Vec<String> {
    [words.installs, words.forced].concat()
}

/// Installing updates, the branch left to the package.
pub(crate) fn free_installs(words: Vocabulary) -> Vec<String> {
    words.installs
}

/// Removing updates.
pub(crate) fn update_removals(words: Vocabulary) -> Vec<String> {
    words.removals
}

/// Repair and the cache.
pub(crate) fn others(words: Vocabulary) -> Vec<String> {
    words.others
}

/// Everything.
pub(crate) fn all(words: Vocabulary) -> Vec<String> {
    let kinds = [
        words.packs,
        words.groups,
        words.components,
        words.installs,
        words.forced,
        words.removals,
        words.others,
    ];
    kinds.concat()
}

/// Checks a law about single steps: on random hosts, every one of these steps is tried.
pub(crate) fn at_every_step(words: Words, under: Under, law: impl Fn(&Taken) -> Verdict) {
    until_a_case_is_met(|| search(TestRunner::new(cases(40)), words, under, &law, |_| {}));
}

/// As many random cases, or more where `PROPTEST_CASES` asks for more: for a test that counts what
/// it met, which fewer cases may not meet.
pub(crate) fn cases_at_least(count: u32) -> Config {
    let config = cases(count);
    Config { cases: config.cases.max(count), ..config }
}

/// Looks for a breach of a law about single steps when a step's result is tampered with. The same
/// orders every time, so that a canary sings or does not.
pub(crate) fn breach_when(
    words: Words,
    law: impl Fn(&Taken) -> Verdict,
    tamper: impl Fn(&mut Taken),
) -> Option<String> {
    let mut runner = TestRunner::deterministic();
    let config = Config { max_shrink_iters: 0, ..cases_at_least(200) };
    let rng = runner.new_rng();
    let runner = TestRunner::new_with_rng(config, rng);
    search(runner, words, Under::Defaults, &law, tamper).err()
}

/// Looks for a breach of a law about single steps; gives how many steps were taken.
fn search(
    mut runner: TestRunner,
    words: Words,
    under: Under,
    law: &impl Fn(&Taken) -> Verdict,
    tamper: impl Fn(&mut Taken),
) -> Result<usize, String> {
    let met = Cell::new(0_usize);
    let result = runner.run(&under.orders(), |order| {
        let place = Place::of(&order);
        let before = place.snapshot();
        for word in words(Vocabulary::of(order.architecture)) {
            let mut taken = Taken::from(&place, &before, &word);
            tamper(&mut taken);
            met.set(met.get() + usize::from(!taken.refused()));
            law(&taken).map_err(|wrong| TestCaseError::fail(format!("{word}: {wrong}")))?;
        }
        Ok(())
    });
    result.map(|()| met.get()).map_err(|error| error.to_string())
}

/// Checks random cases of a law and counts those that it is about. Of some laws they are so rare
/// that a round of random orders may have none; then there are more rounds.
fn until_a_case_is_met(mut round: impl FnMut() -> Result<usize, String>) {
    for _ in 0..ROUNDS_MAX {
        match round() {
            Ok(0) => {}
            Ok(_) => return,
            Err(breach) => panic!("{breach}"),
        }
    }
    panic!("the law never met a case");
}

/// Rounds of random orders until a law meets a case: as many as are enough also where
/// `PROPTEST_CASES` leaves one order to a round.
const ROUNDS_MAX: usize = 200;

/// Checks a law about hosts and what can be done with them. The law says how many cases it met.
pub(crate) fn on_every_host(under: Under, law: impl Fn(&Place) -> Result<usize, String>) {
    on_every(&under.orders(), |order| law(&Place::of(order)));
}

/// Checks a law about all hosts that an order passes.
pub(crate) fn along_every_order(under: Under, law: impl Fn(&Place) -> Verdict) {
    on_every(&under.orders(), |order| {
        let places = Place::along(order);
        places.iter().try_for_each(&law).map(|()| places.len())
    });
}

/// Checks a law about orders. The law says how many cases it met.
pub(crate) fn on_every(
    orders: &impl Strategy<Value = Order>,
    law: impl Fn(&Order) -> Result<usize, String>,
) {
    until_a_case_is_met(|| {
        let met = Cell::new(0_usize);
        let result = TestRunner::new(cases(60)).run(orders, |order| {
            met.set(met.get() + law(&order).map_err(TestCaseError::fail)?);
            Ok(())
        });
        result.map(|()| met.get()).map_err(|error| error.to_string())
    });
}

/// Every word for a place's architecture, of some kinds.
pub(crate) fn words_at(place: &Place, words: Words) -> BTreeSet<String> {
    words(Vocabulary::of(place.model.architecture())).into_iter().collect()
}

/// The whole-catalog model for an architecture under the default assumptions.
pub(crate) fn default_model(architecture: Architecture) -> Arc<Model> {
    model(&CATALOG, architecture, &std::collections::BTreeMap::new())
}
