//! Judges that are wrong on purpose, and what is told of their mistakes.
//!
//! **Owns** what a counterexample has to be: shortest, minimal, of another failure class than the
//! others, and derived from steps. The core makes no mistakes, so these judges make them.
//!
//! **Start reading** at [`blind_to_imports`].

use crate::common::reach::{reach, words};
use patchstate_image::HostTree;
use patchstate_servicing::Outcome;
use patchstate_study::{
    Analysis, BoundaryPair, Counterexample, Derivation, Fact, FailureClass, Judge, Reached,
    Simulation, boundaries,
};
use patchstate_terms::{Architecture, Finding, FindingKind, Status};
use patchstate_test_model::scope::DEFAULT;
use std::collections::BTreeSet;

type Said = (Status, Vec<Finding>);

/// The core, but it never looks at imports: broken hosts are mismatches to it, or well.
fn blind_to_imports(simulation: &Simulation) -> impl Fn(&HostTree) -> Said + Sync + '_ {
    without(simulation, &[FindingKind::UnresolvedImport])
}

/// The core, but without some kinds of findings.
fn without<'a>(
    simulation: &'a Simulation,
    kinds: &'a [FindingKind],
) -> impl Fn(&HostTree) -> Said + Sync + 'a {
    move |tree| {
        let verdict = simulation.judge(tree);
        let mut findings = verdict.findings;
        findings.retain(|finding| !kinds.contains(&finding.kind));
        let has = |kind| findings.iter().any(|finding| finding.kind == kind);
        let status = match verdict.status {
            Status::NotApplicable => Status::NotApplicable,
            _ if has(FindingKind::UnresolvedImport) => Status::Broken,
            _ if has(FindingKind::BehindOs) || has(FindingKind::AheadOfOs) => Status::Mismatch,
            _ if has(FindingKind::RecordedNotPresent) => Status::Drift,
            _ => Status::Consistent,
        };
        (status, findings)
    }
}

fn default_scope() -> Reached {
    reach(Architecture::X86, DEFAULT)
}

fn analyse(reached: &Reached, shown: &Counterexample, judge: &dyn Judge) -> Analysis {
    reached.simulation().analyse(shown, judge).expect("the images can be written")
}

#[test]
fn the_core_has_no_counterexample() {
    let reached = default_scope();
    let core = |tree: &HostTree| {
        let verdict = reached.simulation().judge(tree);
        (verdict.status, verdict.findings)
    };
    let judged = reached.judge_with(&core, 5).expect("the images can be written");
    assert_eq!((judged.wrong, judged.counterexamples.len()), (0, 0));
    assert!(judged.failures.is_empty());
}

#[test]
fn a_judge_that_is_blind_to_imports_is_wrong_on_the_broken_hosts_and_on_no_other() {
    let reached = default_scope();
    let judge = blind_to_imports(reached.simulation());
    let judged = reached.judge_with(&judge, 5).expect("the images can be written");
    let broken = reached.statuses().iter().filter(|status| **status == Status::Broken).count();
    assert_eq!(judged.wrong, broken);
    assert_eq!(judged.failures.values().sum::<usize>(), broken);
    assert!(judged.failures.keys().all(|failure| failure.truth == Status::Broken));
    let first = judged.counterexamples.first().expect("it is wrong somewhere");
    assert_eq!(words(&first.steps), "os:sp2 +iis@rtm kb973917/v1");
}

#[test]
fn counterexamples_are_of_different_shapes_before_any_shape_comes_twice() {
    let reached = default_scope();
    let all = [
        FindingKind::UnresolvedImport,
        FindingKind::BehindOs,
        FindingKind::AheadOfOs,
        FindingKind::RecordedNotPresent,
    ];
    let judge = without(reached.simulation(), &all);
    let whole = reached.judge_with(&judge, 1000).expect("the images can be written");
    let failure = |shown: &Counterexample| FailureClass::from(&shown.disagreement);
    let failures = whole.failures.len();
    assert!(failures >= 4, "{:?}", whole.failures);
    let one_each = reached.judge_with(&judge, failures).expect("the images can be written");
    let shown: BTreeSet<FailureClass> = one_each.counterexamples.iter().map(failure).collect();
    assert_eq!((one_each.counterexamples.len(), shown.len()), (failures, failures));
    let lengths: Vec<usize> = one_each.counterexamples.iter().map(|c| c.steps.len()).collect();
    assert!(lengths.is_sorted(), "{lengths:?}");
    // Each is a shortest one of its failure class.
    for shown in &one_each.counterexamples {
        let same = whole.counterexamples.iter().filter(|other| failure(other) == failure(shown));
        assert_eq!(same.map(|other| other.steps.len()).min(), Some(shown.steps.len()));
        let analysis = analyse(&reached, shown, &judge);
        assert!(analysis.is_minimal(), "{}: {analysis:#?}", words(&shown.steps));
        assert_eq!(analysis.without.len(), shown.steps.len() - 1);
    }
}

#[test]
fn without_any_step_of_the_incident_the_blind_judge_is_right() {
    let reached = default_scope();
    let simulation = reached.simulation();
    let judge = blind_to_imports(simulation);
    let judged = reached.judge_with(&judge, 1).expect("the images can be written");
    let analysis = analyse(&reached, &judged.counterexamples[0], &judge);
    assert!(analysis.is_minimal());
    let agree: Vec<(usize, bool)> =
        analysis.without.iter().map(|changed| (changed.number, changed.agree)).collect();
    assert_eq!(agree, [(2, true), (3, true)]);
    // The update before IIS finds nothing to patch.
    let exchanged: Vec<usize> = analysis.exchanges.iter().map(|changed| changed.number).collect();
    assert_eq!(exchanged, [2]);
    assert!(analysis.exchanges.iter().all(|changed| changed.agree));
}

#[test]
fn an_order_with_steps_that_do_nothing_is_made_minimal() {
    let reached = default_scope();
    let simulation = reached.simulation();
    let judge = blind_to_imports(simulation);
    let judged = reached.judge_with(&judge, 1).expect("the images can be written");
    let least = &judged.counterexamples[0];
    let mut padded = least.clone();
    padded.steps.insert(1, "sfc".parse().expect("a step"));
    padded.steps.insert(3, "clean-cache".parse().expect("a step"));
    assert!(!analyse(&reached, &padded, &judge).is_minimal());
    let minimal = simulation.minimise(&padded, &judge).expect("the images can be written");
    assert_eq!(words(&minimal.steps), words(&least.steps));
}

#[test]
fn the_incident_is_derived_from_its_steps() {
    let reached = default_scope();
    let simulation = reached.simulation();
    let words = ["os:rtm", "sp2", "+iis@rtm", "kb973917/v1"];
    let story = simulation.tell(&words).expect("steps of the scope");
    let findings = &story.examination.truth.findings;
    let import = findings.iter().find(|finding| finding.kind == FindingKind::UnresolvedImport);
    let import = import.expect("the host is broken");
    let derived = Derivation::new(simulation.model(), &story.steps, import);
    assert_eq!(derived.finding, import.key());
    let by: Vec<Option<usize>> = derived.facts.iter().map(|f| f.by().map(|by| by.number)).collect();
    // The level by the service pack, iisutil.dll by Setup, w3core.dll by the update, which left
    // iisutil.dll alone; then the import and the lack.
    assert_eq!(by, [Some(2), Some(3), Some(4), Some(4), None, None]);
    let [_, Fact::File { file, version, from, .. }, Fact::File { file: importer, .. }, ..] =
        &derived.facts[..]
    else {
        panic!("{derived:#?}")
    };
    assert_eq!(file.as_str(), "system32/inetsrv/iisutil.dll");
    assert_eq!((version.to_string().as_str(), *from), ("6.0.3790.0", None));
    assert_eq!(importer.as_str(), "system32/inetsrv/w3core.dll");
    let Some(Fact::Lacks { file: lacking, import, .. }) = derived.facts.last() else {
        panic!("{derived:#?}")
    };
    assert_eq!((lacking, Some(import)), (file, derived.finding.import.as_ref()));
}

/// A pair is real when the step leads from the one status to the other.
fn check(reached: &Reached, pair: &BoundaryPair) {
    let simulation = reached.simulation();
    let order: Vec<String> = pair.order.iter().map(ToString::to_string).collect();
    let host = simulation.follow(&order).expect("steps of the scope");
    assert_eq!(simulation.truth(&host).status, pair.from);
    let action = simulation.model().resolve(&pair.step).expect("a step of the scope");
    let Outcome::Applied(after) = simulation.model().apply(&host, action) else {
        panic!("{} does nothing", pair.step)
    };
    assert_eq!(simulation.truth(&after).status, pair.to);
    assert!(pair.count > 0 && pair.from != pair.to);
}

#[test]
fn every_two_statuses_that_are_one_step_apart_have_a_shortest_pair() {
    let reached = default_scope();
    let pairs = boundaries(&reached);
    for pair in &pairs {
        check(&reached, pair);
    }
    let across = |from, to| pairs.iter().find(|pair| (pair.from, pair.to) == (from, to));
    let breaks = across(Status::Mismatch, Status::Broken).expect("the incident");
    assert_eq!(words(&breaks.order), "os:sp2 +iis@rtm");
    assert_eq!(breaks.step.to_string(), "kb973917/v1");
    let mends = across(Status::Broken, Status::Consistent).expect("the service pack again");
    assert_eq!(mends.step.to_string(), "sp2");
    let statuses: BTreeSet<(Status, Status)> = pairs.iter().map(|p| (p.from, p.to)).collect();
    assert_eq!(statuses.len(), pairs.len());
}
