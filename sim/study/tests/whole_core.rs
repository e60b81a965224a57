//! The detection core over scopes of several interaction groups: what the groups say together is
//! what it says of a whole host.

#![expect(clippy::expect_used, reason = "what is not there fails the test")]

use patchstate_catalog::{Catalog, built_in_files, read_catalog};
use patchstate_explore::Bounds;
use patchstate_oracle::compare;
use patchstate_servicing::{ActionNames, Host, Switches};
use patchstate_source::SourceFile;
use patchstate_study::{
    Count, Evaluator, Exact, Facts, RuleResult, SharedFiles, Simulation, VerifyOptions, verify,
};
use patchstate_terms::{Architecture, Status};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use rayon::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// Two groups that meet in the level and in `iis_common`.
const TWO_GROUPS: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];

fn core(
    catalog: &Arc<Catalog>,
    architecture: Architecture,
    names: ActionNames,
    sliced: bool,
) -> RuleResult {
    let options = VerifyOptions {
        architectures: vec![architecture],
        switches: Switches::default(),
        names,
        sliced,
        bounds: Bounds::default(),
        boundaries: None,
        remedies: false,
        observe: false,
        counterexample_count_max: 3,
    };
    let evaluator = Evaluator::new(&[], None).expect("there is no rule");
    let found =
        verify(&Facts::of(catalog), &options, &evaluator, &|_| {}).expect("names of the catalog");
    found.rules.into_iter().next().expect("the core is always there")
}

/// Hosts that are wrong in each way.
fn wrong(result: &RuleResult) -> BTreeMap<String, Count> {
    let nearest = result.nearest.iter();
    nearest.map(|((_, shape), found)| (format!("{shape:?}"), found.hosts.clone())).collect()
}

#[test]
fn by_sets_the_core_is_right_on_as_many_hosts_as_host_by_host() {
    let (x86, x64) = (Architecture::X86, Architecture::X64);
    for (architecture, scope) in
        [(x86, TWO_GROUPS), (x64, TWO_GROUPS), (x86, DEFAULT), (x64, DEFAULT)]
    {
        let [sliced, whole] =
            [true, false].map(|by_sets| core(&CATALOG, architecture, names(scope), by_sets));
        assert_eq!(sliced.judged, whole.judged);
        assert!(!sliced.is_wrong() && sliced.is_covered(), "{sliced:?}");
        let drift = (architecture, Status::Drift, Status::Drift);
        assert!(sliced.judged[&drift] > Count::ZERO);
    }
}

/// The built-in catalog with texts put in place of others, everywhere.
fn edited(edits: &[(&str, &str)]) -> Arc<Catalog> {
    let edit = |(name, text): &(&str, &str)| {
        let edit = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
        SourceFile::new(name, &edits.iter().fold((*text).to_owned(), edit))
    };
    let files: Vec<SourceFile> = built_in_files().iter().map(edit).collect();
    let (catalog, mistakes) = read_catalog("the catalog", &files);
    Arc::new(catalog.unwrap_or_else(|| panic!("{mistakes:?}")))
}

/// By sets and host by host the core is wrong in the same ways, on as many hosts.
#[track_caller]
fn is_wrong_alike(catalog: &Arc<Catalog>, names: &ActionNames) {
    let judge = |by_sets| core(catalog, Architecture::X64, names.clone(), by_sets);
    let [sliced, whole] = [true, false].map(judge);
    assert!(whole.is_wrong(), "the core knows that");
    assert_eq!(wrong(&sliced), wrong(&whole));
    assert_eq!(sliced.judged, whole.judged);
    assert_eq!((sliced.wrong(), sliced.is_covered()), (whole.wrong(), true));
}

/// The update brings an older file than the core knows of, so that the core misses it everywhere.
#[test]
fn by_sets_a_core_that_knows_other_facts_is_wrong_on_as_many_hosts_as_host_by_host() {
    let fact = "file = \"system32/inetsrv/ftpsvc2.dll\", revision = 4584";
    let catalog = edited(&[(fact, &fact.replace("4584", "4500"))]);
    is_wrong_alike(&catalog, &names(TWO_GROUPS));
}

/// Components and folders have names that the core does not know, so that it takes every host for
/// one without IIS.
#[test]
fn by_sets_a_core_that_knows_no_component_is_wrong_on_as_many_hosts_as_host_by_host() {
    let catalog = edited(&[("iis_", "web_"), ("inetsrv", "websrv")]);
    let components = ["web_ftp", "web_smtp"].map(str::to_owned).to_vec();
    is_wrong_alike(&catalog, &ActionNames { components, ..names(TWO_GROUPS) });
}

/// Hosts that are drawn from the whole catalog, each as likely as every other, and built whole.
#[test]
fn on_ten_thousand_hosts_of_the_whole_the_core_is_right_on_all_of_their_bytes() {
    for architecture in [Architecture::X86, Architecture::X64] {
        let all = ActionNames {
            components: CATALOG.components.iter().map(|known| known.id.clone()).collect(),
            updates: CATALOG.updates.iter().map(|known| known.id.clone()).collect(),
            branches: false,
        };
        let exact = Exact::new(&CATALOG, architecture, Switches::default(), &all);
        let mut exact = exact.expect("it fits");
        let simulation = Simulation::of(
            exact.space.model().clone(),
            SharedFiles::new(&Facts::of(&CATALOG), Switches::default()),
        );
        let hosts = exact.space.hosts();
        let drawn = exact.space.samples(hosts, 20_091_208, 10_000);
        assert_eq!(drawn.len(), 10_000);
        let judge = |host: &Host| {
            let truth = simulation.truth(host);
            let tree = simulation.tree(host).expect("images can be written");
            let verdict = simulation.assess(&tree);
            let advised = simulation.judge(&tree);
            assert_eq!((verdict.status, &verdict.findings), (advised.status, &advised.findings));
            assert!(verdict.would_break.is_empty() && verdict.remedy.is_empty());
            assert_eq!(compare(&truth, verdict.status, &verdict.findings), None, "{host:?}");
            truth.findings.len()
        };
        let findings: usize = drawn.par_iter().map(judge).sum();
        assert!(findings > drawn.len(), "most hosts of the whole have several findings");
    }
}
