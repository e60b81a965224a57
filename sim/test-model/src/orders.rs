//! Random install orders over a whole catalog, on each of its architectures; where nothing else is
//! said, over the built-in one.
//!
//! Shared by the laws and by the second model. Orders are words as a person writes them; most are
//! nonsense, which is the point. Shrinking goes towards short orders and towards the default
//! assumptions.

use crate::CATALOG;
use patchstate_catalog::Catalog;
use patchstate_servicing::{Action, Host, Model, Switches};
use patchstate_terms::{Architecture, Branch, Level};
use proptest::{prelude::*, sample::select, strategy::Union, test_runner::Config};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// Every assumption that has a switch, with its values; the default first.
pub const SWITCHES: [(&str, &[&str]); 10] = [
    ("A3", &["all", "sp1-only"]),
    ("A5", &["records", "refused"]),
    ("A8", &["not-offered", "offered"]),
    ("A15", &["forgotten", "listed"]),
    ("A17", &["adds", "replaces", "keeps"]),
    ("A24", &["present", "component-store"]),
    ("A27", &["up", "always"]),
    ("A28", &["runs", "fails"]),
    ("A29", &["at-once", "at-restart"]),
    ("A30", &["anew", "kept"]),
];

/// Those that a catalog has.
pub fn switches_of(catalog: &Catalog) -> Vec<(&'static str, &'static [&'static str])> {
    let is_there = |id: &str| catalog.assumptions.iter().any(|one| one.id == id);
    SWITCHES.into_iter().filter(|(id, _)| is_there(id)).collect()
}

/// The value of every switch that is not at its default.
pub type Settings = BTreeMap<&'static str, &'static str>;

/// An install order with what it runs on.
#[derive(Clone)]
pub struct Order {
    /// What it is an order of.
    pub catalog: &'static Arc<Catalog>,
    /// The architecture of the host.
    pub architecture: Architecture,
    /// What is assumed, where it is not the default.
    pub settings: Settings,
    /// The steps; the first one installs the base operating system.
    pub words: Vec<String>,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.architecture, self.settings, self.words.join(" "))
    }
}

impl Order {
    /// The real model of this order's hosts.
    pub fn model(&self) -> Arc<Model> {
        model(self.catalog, self.architecture, &self.settings)
    }

    /// The base operating system, then what each step asks for.
    pub fn resolve(&self, model: &Model) -> (Host, Vec<Action>) {
        let (base, steps) = model.resolve_order(&self.words).expect("only words that can be read");
        let host = model.install_os(base).expect("only media that exist");
        (host, steps.into_iter().map(|(_, action)| action).collect())
    }
}

/// The real model of a whole catalog; each is compiled once.
pub fn model(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    settings: &Settings,
) -> Arc<Model> {
    type Models = Mutex<BTreeMap<(String, Architecture, Settings), Arc<Model>>>;
    static MODELS: LazyLock<Models> = LazyLock::new(Models::default);
    let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (catalog.name.clone(), architecture, settings.clone());
    let compiled = models.entry(key).or_insert_with(|| {
        let words: Vec<String> =
            settings.iter().map(|(id, value)| format!("{id}={value}")).collect();
        let switches = Switches::from_settings(catalog, words.iter().map(String::as_str));
        let switches = switches.expect("only switches of the catalog");
        Arc::new(Model::new(Arc::clone(catalog), architecture, switches).expect("a model"))
    });
    compiled.clone()
}

/// The levels for which an architecture of the built-in catalog has media.
pub fn media(architecture: Architecture) -> &'static [Level] {
    media_of(&CATALOG, architecture)
}

/// The levels for which an architecture has media.
pub fn media_of(catalog: &Catalog, architecture: Architecture) -> &[Level] {
    &catalog.architecture(architecture).expect("an architecture of the catalog").media
}

/// All steps that can be written for an architecture, by kind.
pub struct Vocabulary {
    /// Service packs and their removal.
    pub packs: Vec<String>,
    /// Adding and removing groups of components.
    pub groups: Vec<String>,
    /// Adding and removing single components.
    pub components: Vec<String>,
    /// Installing updates, the branch left to the package.
    pub installs: Vec<String>,
    /// Installing updates with a forced branch.
    pub forced: Vec<String>,
    /// Removing updates.
    pub removals: Vec<String>,
    /// Everything else.
    pub others: Vec<String>,
}

impl Vocabulary {
    /// The words for an architecture of the built-in catalog.
    pub fn of(architecture: Architecture) -> Self {
        Self::of_catalog(&CATALOG, architecture)
    }

    /// The words for an architecture.
    pub fn of_catalog(catalog: &Catalog, architecture: Architecture) -> Self {
        let packs: Vec<Level> = catalog.service_packs().collect();
        let high_to_low = || packs.iter().rev();
        let removed = high_to_low().map(|pack| format!("-{pack}"));
        let mut words = Self {
            packs: high_to_low().map(ToString::to_string).chain(removed).collect(),
            groups: Vec::new(),
            components: Vec::new(),
            installs: Vec::new(),
            forced: Vec::new(),
            removals: Vec::new(),
            others: ["clean-cache", "sfc", "restart"].map(str::to_owned).to_vec(),
        };
        let setup = |name: &str| {
            let from = |level: &Level| format!("+{name}@{level}");
            let media = media_of(catalog, architecture).iter().map(from);
            [format!("+{name}"), format!("-{name}")].into_iter().chain(media).collect::<Vec<_>>()
        };
        words.groups.extend(catalog.groups.iter().flat_map(|group| setup(&group.id)));
        words.components.extend(catalog.components.iter().flat_map(|one| setup(&one.id)));
        for update in &catalog.updates {
            let id = update.id.to_lowercase();
            words.installs.push(id.clone());
            for release in &update.releases {
                words.installs.push(format!("{id}/v{}", release.number));
                for branch in Branch::ALL {
                    if branch == Branch::Qfe || !update.qfe_only {
                        words.forced.push(format!("{id}/v{}:{branch}", release.number));
                    }
                }
            }
            words.removals.push(format!("-{id}"));
        }
        words
    }
}

fn step(catalog: &Catalog, architecture: Architecture) -> impl Strategy<Value = String> {
    let words = Vocabulary::of_catalog(catalog, architecture);
    let kinds = [
        (6, words.packs),
        (5, words.groups),
        (4, words.components),
        (7, words.installs),
        (3, words.forced),
        (3, words.removals),
        (1, words.others),
    ];
    let there = kinds.into_iter().filter(|(_, words)| !words.is_empty());
    Union::new_weighted(there.map(|(weight, words)| (weight, select(words))).collect())
}

/// Any value of every switch that a catalog has.
pub fn any_settings(catalog: &Catalog) -> impl Strategy<Value = Settings> {
    let switches = switches_of(catalog);
    let choices: Vec<_> = switches.iter().map(|(_, values)| select(values.to_vec())).collect();
    choices.prop_map(move |values| {
        let chosen = switches.iter().zip(values);
        chosen
            .filter(|((_, all), value)| all[0] != *value)
            .map(|((id, _), value)| (*id, value))
            .collect()
    })
}

fn orders_with(
    catalog: &'static Arc<Catalog>,
    settings: BoxedStrategy<Settings>,
) -> impl Strategy<Value = Order> {
    let architectures: Vec<_> = catalog.architectures.iter().map(|one| one.architecture).collect();
    (select(architectures), settings).prop_flat_map(move |(architecture, settings)| {
        let media = media_of(catalog, architecture).to_vec();
        let base = select(media).prop_map(|level| format!("os:{level}"));
        let steps = prop::collection::vec(step(catalog, architecture), 0..=18);
        (base, steps).prop_map(move |(base, steps)| Order {
            catalog,
            architecture,
            settings: settings.clone(),
            words: std::iter::once(base).chain(steps).collect(),
        })
    })
}

/// Orders under the default assumptions.
pub fn orders() -> impl Strategy<Value = Order> {
    orders_of(&CATALOG)
}

/// Orders of a catalog under the default assumptions.
pub fn orders_of(catalog: &'static Arc<Catalog>) -> impl Strategy<Value = Order> {
    orders_with(catalog, Just(Settings::new()).boxed())
}

/// Orders under any assumptions; half of them under the defaults.
pub fn orders_under_any_assumption() -> impl Strategy<Value = Order> {
    orders_of_under_any_assumption(&CATALOG)
}

/// Orders of a catalog under any assumptions; half of them under the defaults.
pub fn orders_of_under_any_assumption(
    catalog: &'static Arc<Catalog>,
) -> impl Strategy<Value = Order> {
    let settings = prop_oneof![Just(Settings::new()), any_settings(catalog)];
    orders_with(catalog, settings.boxed())
}

/// A number of random cases. `PROPTEST_CASES` scales it: 256 stands for the number itself.
pub fn cases(count: u32) -> Config {
    let defaults = Config::default();
    let cases = u64::from(count) * u64::from(defaults.cases) / 256;
    Config {
        cases: u32::try_from(cases.max(1)).unwrap_or(u32::MAX),
        failure_persistence: None,
        ..defaults
    }
}
