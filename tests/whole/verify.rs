//! `verify` on whole scopes: the core is right on every host, and the numbers are facts.
//!
//! **Owns** the exact numbers of hosts of the default scope, and what a bound and the number of
//! threads may and may not change.
//!
//! **Start reading** at the first test.

use patchstate_explore::Bounds;
use patchstate_report::json;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_study::{
    ArchitectureResult, Count, Evaluator, Facts, HostCounts, Verification, VerifyOptions, verify,
};
use patchstate_terms::{Architecture, Status, Step};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};

fn options(architectures: &[Architecture], names: ActionNames) -> VerifyOptions {
    VerifyOptions {
        architectures: architectures.to_vec(),
        switches: Switches::default(),
        names,
        sliced: false,
        bounds: Bounds::default(),
        boundaries: None,
        remedies: false,
        observe: false,
        counterexample_count_max: 3,
    }
}

fn run(options: &VerifyOptions) -> Verification {
    let evaluator = Evaluator::new(&[], None).expect("no rule needs a folder");
    verify(&Facts::of(&CATALOG), options, &evaluator, &|_| {}).expect("only names of the catalog")
}

/// Every host was reached, and on every one of them verdict and truth are the same.
fn all_right(verification: &Verification) {
    assert!(verification.complete);
    let [core] = &verification.rules[..] else { panic!("{:?}", verification.rules) };
    assert_eq!(core.counterexamples, []);
    assert!(!core.is_wrong() && !core.is_silent() && core.is_covered(), "{core:?}");
    assert_eq!((core.false_positive(), core.false_negative()), (Count::ZERO, Count::ZERO));
    let hosts = || verification.architectures.iter().map(hosts);
    let all: Count = hosts().map(|hosts| &hosts.all).sum();
    let count = |status| hosts().map(|hosts| hosts.of_status(status)).sum::<Count>();
    let positive = count(Status::Broken) + count(Status::Mismatch);
    assert_eq!(core.true_positive(), positive);
    assert_eq!((core.true_negative(), core.hosts()), (&all - positive, all));
}

fn hosts(found: &ArchitectureResult) -> &HostCounts {
    found.hosts.as_ref().expect("they are counted")
}

fn number(count: &Count) -> usize {
    count.to_string().parse().expect("not too many")
}

/// Hosts, transitions, depth, and hosts by status, worst first.
type Numbers = (usize, u64, usize, [usize; 5]);

fn numbers(found: &ArchitectureResult) -> Numbers {
    let statuses = [
        Status::Broken,
        Status::Mismatch,
        Status::Drift,
        Status::Consistent,
        Status::NotApplicable,
    ];
    let by_status = statuses.map(|status| number(&hosts(found).of_status(status)));
    let all = number(&hosts(found).all);
    assert_eq!(by_status.iter().sum::<usize>(), all, "each host has one status");
    let (transitions, depth) = (found.transitions, found.depth);
    (all, transitions.expect("counted"), depth.expect("known"), by_status)
}

/// The second model, which shares no code with the first, counts the same.
const DEFAULT_X86: Numbers = (6636, 32847, 17, [1278, 2620, 772, 1125, 841]);
/// As [`DEFAULT_X86`].
const DEFAULT_X64: Numbers = (615, 2842, 16, [86, 167, 94, 163, 105]);

#[test]
fn the_core_is_right_on_every_host_of_the_default_scope() {
    let found = run(&options(&[Architecture::X86, Architecture::X64], names(DEFAULT)));
    all_right(&found);
    let [x86, x64] = &found.architectures[..] else { panic!("{:?}", found.architectures) };
    assert_eq!((x86.architecture, x64.architecture), (Architecture::X86, Architecture::X64));
    assert_eq!(numbers(x86), DEFAULT_X86);
    assert_eq!(numbers(x64), DEFAULT_X64);
    // 45 files at each level; two of them in two revisions of KB973917 on two branches.
    assert_eq!((x86.distinct_images, x64.distinct_images), (45 * 3 + 8, 45 * 2 + 8));
}

#[test]
fn a_bound_that_hides_a_host_makes_the_answer_incomplete() {
    let (states, _, depth, _) = DEFAULT_X64;
    let bounded = |bounds| {
        let options = options(&[Architecture::X64], names(DEFAULT));
        let found = run(&VerifyOptions { bounds, ..options });
        let (reached, _, depth, _) = numbers(&found.architectures[0]);
        (found.complete, reached, depth)
    };
    let limit = |limit| bounded(Bounds { state_count_max: Some(limit), depth_max: None });
    assert_eq!(limit(states), (true, states, depth));
    let (complete, reached, _) = limit(states - 1);
    assert_eq!((complete, reached), (false, states - 1));
    let limit = |limit| bounded(Bounds { state_count_max: None, depth_max: Some(limit) });
    assert_eq!(limit(depth), (true, states, depth));
    let (complete, reached, deepest) = limit(depth - 1);
    assert!(!complete && reached < states && deepest == depth - 1, "{reached} {deepest}");
}

/// The result of `verify` as it is printed, found with so many threads.
fn printed(threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let options = VerifyOptions {
        boundaries: Some(usize::MAX),
        remedies: true,
        observe: false,
        ..options(&[Architecture::X64], names(DEFAULT))
    };
    let verification = pool.install(|| run(&options));
    json::write(&json::VerifyObject::new(&verification)).expect("JSON")
}

#[test]
fn the_result_is_the_same_bytes_with_any_number_of_threads_and_in_every_run() {
    let first = printed(1);
    assert!(first.contains("\"hosts\": \"615\""), "{first}");
    assert_eq!(printed(2), first);
    assert_eq!(printed(2), first);
}

/// Slices that are too large for it are left out of what is told of borders, and of nothing else.
#[test]
fn borders_are_looked_for_in_slices_that_are_not_too_large() {
    let components = ["iis_common", "iis_ftp", "iis_smtp"];
    let scope = names([&components, &["KB975254", "KB976323"]]);
    let within = |hosts_max| {
        let options = options(&[Architecture::X64], scope.clone());
        let found = run(&VerifyOptions { sliced: true, boundaries: Some(hosts_max), ..options });
        all_right(&found);
        let [x64] = found.architectures.try_into().expect("one architecture");
        (hosts(&x64).clone(), x64.boundaries, x64.without_boundaries)
    };
    let (hosts, all, without) = within(usize::MAX);
    assert!(!all.is_empty() && without == 0);
    let (same, none, without) = within(100);
    assert_eq!((same, none.len(), without), (hosts, 0, 2));
}

/// Everything that the catalog has, in slices.
fn whole_catalog(architecture: Architecture) -> VerifyOptions {
    let names = ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    VerifyOptions {
        sliced: true,
        boundaries: Some(usize::MAX),
        remedies: true,
        observe: false,
        ..options(&[architecture], names)
    }
}

#[test]
fn over_the_whole_catalog_the_remedy_is_followed_on_every_host_that_needs_one() {
    let found = run(&whole_catalog(Architecture::X64));
    all_right(&found);
    let [x64] = &found.architectures[..] else { panic!("{:?}", found.architectures) };
    // Counted by decision diagrams, and held to a second engine of sets and to explicit search.
    assert_eq!(hosts(x64).all, "145403734412390096".parse().expect("digits"));
    let remedies = x64.remedies.as_ref().expect("remedies were asked for");
    // Truth counts the hosts that need one in another way.
    let need_one = [Status::Broken, Status::Mismatch, Status::Drift];
    let need_one: Count = need_one.map(|status| hosts(x64).of_status(status)).into_iter().sum();
    assert_eq!(remedies.checked, need_one);
    assert_eq!(hosts(x64).by_status.values().sum::<Count>(), hosts(x64).all);
    assert_eq!(remedies.working, remedies.checked);
    assert_eq!((&remedies.beyond_repair, &remedies.open), (&Count::ZERO, &Count::ZERO));
    assert_eq!(remedies.by_length.values().sum::<Count>(), remedies.checked);
    assert_eq!(remedies.by_lengths.values().sum::<Count>(), remedies.checked);
    // No additive repair of any host is shorter than its remedy.
    assert_eq!((&remedies.longer, &remedies.only_by_removal), (&Count::ZERO, &Count::ZERO));
    assert!(remedies.by_lengths.keys().all(|(remedy, additive)| remedy == additive));
    assert!(remedies.failing_cases.is_empty() && remedies.longer_cases.is_empty());
    // Removing the service pack and applying it again installs several updates at once.
    assert!(remedies.shorter_by_removal > Count::ZERO);
    let case = remedies.removal_case.as_ref().expect("one of these hosts is near");
    let shortest = case.shortest.as_ref().expect("there is a repair");
    assert!(shortest.len() < case.remedy.len() && shortest.iter().any(Step::removes), "{case:?}");
    assert!(case.hosts <= remedies.shorter_by_removal);
    assert!(x64.boundaries.iter().all(|pair| pair.count > 0));
}

/// Checks a scope: the core is right, and there was something to be right about. Gives how many
/// hosts there are.
fn scope(architecture: Architecture, scope: [&[&str]; 2], branches: bool) -> usize {
    let names = ActionNames { branches, ..names(scope) };
    let found = run(&options(&[architecture], names));
    all_right(&found);
    let [found] = &found.architectures[..] else { panic!("{:?}", found.architectures) };
    let (states, _, _, [_, mismatch, drift, consistent, not_applicable]) = numbers(found);
    assert!(mismatch > 0 && drift > 0 && consistent > 0 && not_applicable > 0, "{found:?}");
    states
}

#[test]
fn the_core_is_right_on_every_host_of_web_and_ftp_with_an_update_of_asp() {
    let all =
        scope(Architecture::X64, [&["iis_common", "iis_www", "iis_ftp"], &["KB942830"]], false);
    let web = scope(Architecture::X64, [&["iis_common", "iis_www"], &["KB942830"]], false);
    assert!(all > 2 * web, "{all} hosts, {web} without FTP");
}

#[test]
fn the_core_is_right_on_every_host_of_an_ftp_server_with_either_branch_forced() {
    let names = [&["iis_ftp"][..], &["KB975254"]];
    let forced = scope(Architecture::X86, names, true);
    // The second model counts 3000 where packages choose; forced steps only add hosts.
    assert_eq!(scope(Architecture::X86, names, false), 3000);
    assert!(forced > 3000, "{forced}");
}

#[test]
fn the_core_is_right_on_every_host_with_system_files_in_an_update() {
    let names = [&["iis"][..], &["KB982666"]];
    let [forced, chosen] = [true, false].map(|branches| scope(Architecture::X64, names, branches));
    assert!(forced > chosen, "{forced} hosts, {chosen} where packages choose");
}

#[test]
fn the_core_is_right_on_every_host_with_a_hotfix_that_a_service_pack_contains() {
    let names = [&["iis_common"][..], &["KB913441"]];
    // There is only one branch to force, and the package chooses it anyway.
    let [forced, chosen] = [true, false].map(|branches| scope(Architecture::X86, names, branches));
    assert_eq!(forced, chosen);
}
