//! Questions about rules: mutants, differences, vacuous conditions, and what a rule cannot see.
//!
//! **Owns** that the answers are those of a plain walk over every host of small scopes, where each
//! host is shown to each rule, and those of reasoning by hand.
//!
//! **Start reading** at [`plain`], the walk that every answer is compared with.

use patchstate_explore::Bounds;
use patchstate_rules::{Field, FileRule, Rule, read_rules};
use patchstate_servicing::Switches;
use patchstate_source::SourceFile;
use patchstate_study::{
    Change, ClauseResult, Count, DiffKind, Evaluator, Facts, Killer, MutantOutcome, Mutation,
    Reached, Right, RuleResult, RuleScope, Vacuity, VerifyOptions, diff, mutate, verify,
};
use patchstate_terms::{Architecture, Status, Step};
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use proptest::{
    prelude::{Strategy, prop},
    sample::select,
    test_runner::{Config, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};

const UTIL: &str = "file(\"system32/inetsrv/iisutil.dll\").version";

fn rule(id: &str, when: &str) -> FileRule {
    let text = format!(
        "id = \"{id}\"\ntitle = \"A rule\"\n\
         [[verdict]]\nstatus = \"mismatch\"\nwhen = '''{when}'''\n"
    );
    let (mut rules, mistakes) = read_rules(&[SourceFile::new("a.rule.toml", &text)]);
    rules.pop().unwrap_or_else(|| panic!("{mistakes:?}"))
}

fn scope(architecture: Architecture, scope: [&[&str]; 2], sliced: bool) -> RuleScope {
    RuleScope {
        architectures: vec![architecture],
        switches: Switches::default(),
        names: names(scope),
        sliced,
        bounds: Bounds::default(),
    }
}

fn reach(scope: &RuleScope) -> Reached {
    let named = (scope.switches, &scope.names);
    let reached =
        Reached::new(&Facts::of(&CATALOG), scope.architectures[0], named, &scope.bounds, &|_| {});
    reached.expect("only names of the catalog")
}

/// Every host by itself, nothing shared: the number of steps to it, the truth, and what each rule
/// says.
fn plain(scope: &RuleScope, rules: &[Box<dyn Rule>]) -> Vec<(usize, Status, Vec<Status>)> {
    let reached = reach(scope);
    let evaluator = Evaluator::new(rules, None).expect("no rule needs a folder");
    let simulation = reached.simulation();
    let look = |(id, host)| {
        let tree = simulation.tree(&host).expect("files of the catalog");
        let said = evaluator.evaluate(simulation, &tree).expect("no rule needs a folder");
        let said = said.into_iter().map(|answer| answer.judgement.status).collect();
        (reached.order(id).len(), simulation.truth(&host).status, said)
    };
    reached.hosts().map(look).collect()
}

fn run_mutants(scope: &RuleScope, rule: &FileRule) -> Mutation {
    mutate(&Facts::of(&CATALOG), scope, rule, &|_| {}).expect("only names of the catalog")
}

/// A mutant is killed if and only if some host tells it from the rule; the host that is given is a
/// nearest one, and as many as there are were counted.
fn check_against_all_hosts(scope: &RuleScope, rule: &FileRule) -> Mutation {
    let found = run_mutants(scope, rule);
    let mutants = rule.mutants();
    assert_eq!(found.mutants.len(), mutants.len());
    let mut rules: Vec<Box<dyn Rule>> = vec![Box::new(rule.clone())];
    rules.extend(mutants.iter().map(|mutant| Box::new(mutant.rule.clone()) as Box<dyn Rule>));
    let whole = RuleScope { sliced: false, ..scope.clone() };
    let hosts = plain(&whole, &rules);
    for (number, mutant) in found.mutants.iter().enumerate() {
        let telling: Vec<_> =
            hosts.iter().filter(|(_, _, said)| said[number + 1] != said[0]).collect();
        let nearest = telling.iter().map(|(steps, ..)| *steps).min();
        let what = format!("{} {}", mutant.id, mutant.description);
        match &mutant.outcome {
            MutantOutcome::Equivalent => assert_eq!(nearest, None, "{what}"),
            MutantOutcome::Undecided => panic!("{what} is undecided"),
            MutantOutcome::Killed(kill) => {
                assert_eq!(kill.hosts, Count::from(telling.len()), "{what}");
                let Some(Killer { host, rule_says, mutant_says }) = &kill.nearest else {
                    panic!("{what}: no host is too far in so small a scope");
                };
                assert_eq!(Some(host.steps.len()), nearest, "{what}");
                let (truth, steps) = (host.truth, host.steps.iter().map(ToString::to_string));
                let steps: Vec<String> = steps.collect();
                let reached = reach(&whole);
                let simulation = reached.simulation();
                let host = simulation.follow(&steps).expect("an order");
                assert_eq!(simulation.truth(&host).status, truth, "{what}");
                let evaluator = Evaluator::new(&rules, None).expect("no folder");
                let tree = simulation.tree(&host).expect("files of the catalog");
                let said = evaluator.evaluate(simulation, &tree).expect("no folder");
                let said = |place: usize| said[place].judgement.status;
                assert_eq!((said(0), said(number + 1)), (*rule_says, *mutant_says));
                assert_ne!(rule_says, mutant_says, "{what}");
            }
        }
    }
    let killed: BTreeSet<usize> = (0..found.mutants.len())
        .filter(|place| matches!(found.mutants[*place].outcome, MutantOutcome::Killed(_)))
        .collect();
    let of_suite: BTreeSet<usize> =
        found.suite.iter().flat_map(|scenario| scenario.kills.iter().copied()).collect();
    assert_eq!(of_suite, killed, "the suite kills all that can be killed");
    found
}

fn outcomes(found: &Mutation) -> BTreeMap<&str, String> {
    let outcome = |outcome: &MutantOutcome| match outcome {
        MutantOutcome::Killed(kill) => match &kill.nearest {
            Some(Killer { host, rule_says, mutant_says }) => {
                let steps: Vec<String> = host.steps.iter().map(ToString::to_string).collect();
                format!("{mutant_says} not {rule_says}: {}", steps.join(" "))
            }
            None => "too far".to_owned(),
        },
        MutantOutcome::Equivalent => "equivalent".to_owned(),
        MutantOutcome::Undecided => "undecided".to_owned(),
    };
    found.mutants.iter().map(|mutant| (mutant.id.as_str(), outcome(&mutant.outcome))).collect()
}

/// The file that the rule reads comes with no update of the scope, so hosts have it as it was at
/// RTM (0), SP1 (1830) or SP2 (3959). A bound of 3000 lies between, and a step aside changes
/// nothing; a bound of another build is below all or above all.
#[test]
fn a_bound_between_what_hosts_have_can_move_and_one_beyond_them_cannot() {
    let scope = scope(Architecture::X86, DEFAULT, false);
    let rule = rule("util", &format!("{UTIL} < version(\"6.0.3790.3000\")"));
    let found = check_against_all_hosts(&scope, &rule);
    assert!(found.complete);
    let outcomes = outcomes(&found);
    for equivalent in ["bound-off-by-one/1", "bound-off-by-one/2", "bound-inclusion/1"] {
        assert_eq!(outcomes[equivalent], "equivalent");
    }
    // 6.0.3790.0 is not below 6.0.3789.3000, and SP2's file is below 6.0.3791.3000. Of hosts that
    // are as near, the one with the worse truth is named: not RTM on RTM, but RTM on SP1.
    assert_eq!(outcomes["build-off-by-one/1"], "consistent not mismatch: os:sp1 +iis@rtm");
    assert_eq!(outcomes["build-off-by-one/2"], "mismatch not consistent: os:rtm +iis@sp2");
    assert_eq!(outcomes["negation-added/1"], "consistent not mismatch: os:sp1 +iis@rtm");
    assert_eq!(outcomes["status-changed/1"], "broken not mismatch: os:sp1 +iis@rtm");
    // One host with a file below the bound and one with a file above it do.
    assert_eq!((found.suite.len(), found.suite_is_smallest), (2, true));
    assert!(found.suite.iter().all(|scenario| scenario.host.steps.len() == 2));
}

#[test]
fn a_bound_on_what_hosts_have_cannot_move() {
    let scope = scope(Architecture::X64, [&["iis"], &[]], false);
    let rule = rule("util", &format!("{UTIL} < version(\"6.0.3790.3959\")"));
    let found = check_against_all_hosts(&scope, &rule);
    let outcomes = outcomes(&found);
    // SP2's own file is 3959, and there is none between 1830 and it.
    assert_eq!(outcomes["bound-off-by-one/1"], "equivalent");
    assert_eq!(outcomes["bound-off-by-one/2"], "mismatch not consistent: os:sp1 +iis@sp2");
    assert_eq!(outcomes["bound-inclusion/1"], "mismatch not consistent: os:sp1 +iis@sp2");
    // With the bound of SP1 nothing is below it: there is no RTM on x64.
    assert_eq!(outcomes["level-changed/1"], "consistent not mismatch: os:sp2 +iis@sp1");
}

/// A condition with what hosts of the scope have and what they have not.
fn condition() -> impl Strategy<Value = String> {
    let atom = select(vec![
        "os.level == \"sp2\"".to_owned(),
        "os.level >= \"sp1\"".to_owned(),
        "os.arch == \"x64\"".to_owned(),
        "update(\"KB973917\").recorded".to_owned(),
        "update(\"KB973917\").release == 1".to_owned(),
        "file(\"system32/inetsrv/w3core.dll\").present".to_owned(),
        "file(\"system32/inetsrv/w3core.dll\").version >= version(\"6.0.3790.4600\")".to_owned(),
        "file(\"system32/inetsrv/w3core.dll\").version_string.contains(\"_qfe\")".to_owned(),
        format!("{UTIL} < version(\"6.0.3790.3959\")"),
        format!("{UTIL}.revision < 3000"),
        "file(\"system32/inetsrv/iisutil.dll\").level == os.level".to_owned(),
    ]);
    let inner = prop::collection::vec((atom, prop::bool::ANY), 1..4);
    (inner, select(vec![" && ", " || "])).prop_map(|(atoms, sign)| {
        let atom = |(text, negated)| if negated { format!("!({text})") } else { text };
        atoms.into_iter().map(atom).collect::<Vec<_>>().join(sign)
    })
}

#[test]
fn mutants_of_any_rule_are_killed_by_the_hosts_that_tell_them_apart_and_by_no_others() {
    let scope = scope(Architecture::X64, DEFAULT, false);
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let run = runner.run(&condition(), |when| {
        check_against_all_hosts(&scope, &rule("any", &when));
        check_as_sets(&RuleScope { sliced: true, ..scope.clone() }, &rule("any", &when));
        Ok(())
    });
    run.expect("as many hosts tell mutants apart as were found");
}

const TWO_SLICES: [&[&str]; 2] =
    [&["iis_common", "iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];

/// As sets and host by host the same comes out, in the numbers of hosts too.
#[test]
fn mutants_over_sets_are_what_they_are_host_by_host() {
    let when = "file(\"system32/inetsrv/ftpsvc2.dll\").version < version(\"6.0.3790.4584\")";
    check_as_sets(&scope(Architecture::X64, TWO_SLICES, true), &rule("ftp", when));
}

/// SP1 with files of updates for SP2 and without the record of one of them: its hosts are up to
/// nine steps from a bare system, and no slice has both files.
#[test]
fn mutants_that_only_far_hosts_of_two_slices_kill_are_told_with_nearest_ones() {
    let when = "!update(\"KB975254\").recorded && os.level == \"sp1\" \
                && file(\"system32/inetsrv/ftpsvc2.dll\").version >= version(\"6.0.3790.4584\") \
                && file(\"system32/inetsrv/smtpsvc.dll\").version >= version(\"6.0.3790.4000\")";
    let scope = scope(Architecture::X64, TWO_SLICES, true);
    let found = check_against_all_hosts(&scope, &rule("far", when));
    let steps = |mutant: &patchstate_study::MutantResult| match &mutant.outcome {
        MutantOutcome::Killed(kill) => kill.nearest.as_ref().map(|killer| killer.host.steps.len()),
        MutantOutcome::Equivalent | MutantOutcome::Undecided => None,
    };
    assert!(found.mutants.iter().filter_map(steps).max() > Some(8));
}

/// What is said by sets holds over all hosts. A suite of which it is said that fewer scenarios do
/// not kill all mutants is as small as one that is chosen among all hosts.
fn check_as_sets(sets: &RuleScope, rule: &FileRule) {
    let found = check_against_all_hosts(sets, rule);
    let all = run_mutants(&RuleScope { sliced: false, ..sets.clone() }, rule);
    assert!(all.suite_is_smallest);
    assert_eq!((found.complete, &found.hosts), (true, &all.hosts));
    assert!(found.suite.len() >= all.suite.len());
    assert!(!found.suite_is_smallest || found.suite.len() == all.suite.len());
}

/// No slice has both files; only over the whole scope are both there.
#[test]
fn a_rule_that_reads_files_of_two_slices_is_tried_where_they_come_together() {
    let when = "file(\"system32/inetsrv/ftpsvc2.dll\").present \
                && file(\"system32/inetsrv/smtpsvc.dll\").present";
    let rule = rule("both", when);
    let sliced = scope(Architecture::X64, TWO_SLICES, true);
    let found = check_against_all_hosts(&sliced, &rule);
    let outcomes = outcomes(&found);
    let Some(negated) = outcomes.get("status-changed/1") else { panic!("{outcomes:?}") };
    // The base system, and both components; iis_common comes with each.
    assert!(negated.starts_with("broken not mismatch: os:"), "{negated}");
    let (covered, _) = verify_clauses(&sliced, &rule);
    assert!(covered, "what it says is composed");
}

fn verify_clauses(scope: &RuleScope, rule: &FileRule) -> (bool, Vec<Option<Vacuity>>) {
    let found = verified(scope, std::slice::from_ref(rule));
    let result = &found[0];
    (result.is_covered(), result.clauses.iter().map(ClauseResult::vacuity).collect())
}

/// What a verification finds of each rule.
fn verified(scope: &RuleScope, rules: &[FileRule]) -> Vec<RuleResult> {
    let rules: Vec<Box<dyn Rule>> =
        rules.iter().map(|rule| Box::new(rule.clone()) as Box<dyn Rule>).collect();
    let evaluator = Evaluator::new(&rules, None).expect("no folder");
    let RuleScope { architectures, switches, names, sliced, bounds } = scope.clone();
    let options = VerifyOptions {
        architectures,
        switches,
        names,
        sliced,
        bounds,
        boundaries: None,
        remedies: false,
        observe: true,
        counterexample_count_max: 0,
    };
    let found =
        verify(&Facts::of(&CATALOG), &options, &evaluator, &|_| {}).expect("names of the catalog");
    found.rules.into_iter().skip(1).collect()
}

#[test]
fn conditions_that_no_host_meets_or_misses_are_found_and_constants_are_meant() {
    let text = format!(
        "id = \"vacuous\"\ntitle = \"A rule\"\n\
         [[verdict]]\nstatus = \"mismatch\"\nwhen = '''os.level == \"rtm\" || {UTIL}.build == 3790 \
         && update(\"KB973917\").recorded'''\n\
         [[verdict]]\nstatus = \"consistent\"\nwhen = 'true'\n"
    );
    let (rules, mistakes) = read_rules(&[SourceFile::new("a.rule.toml", &text)]);
    assert_eq!(mistakes, []);
    let scope = scope(Architecture::X64, [&["iis"], &[]], false);
    let (covered, vacuous) = verify_clauses(&scope, &rules[0]);
    assert!(covered);
    assert_eq!(
        vacuous,
        [
            // The whole: no update is in the scope, and there is no RTM on x64.
            Some(Vacuity::NeverTrue),
            Some(Vacuity::NeverTrue),
            Some(Vacuity::NeverTrue),
            // Where the file is not there, its version cannot be known.
            Some(Vacuity::NeverFalse),
            Some(Vacuity::NeverTrue),
            // The `true` of the last verdict is written to be so.
            None,
        ]
    );
}

#[test]
fn two_rules_differ_on_as_many_hosts_as_say_different_things() {
    let scope = scope(Architecture::X86, DEFAULT, false);
    let old = format!("{UTIL} < version(\"6.0.3790.3000\")");
    let new = format!("os.level == \"sp2\" && {old}");
    let rules: [Box<dyn Rule>; 2] = [Box::new(rule("old", &old)), Box::new(rule("new", &new))];
    let found =
        diff(&Facts::of(&CATALOG), &scope, &rules, None, &|_| {}).expect("names of the catalog");
    assert!(found.complete);
    let hosts = plain(&scope, &rules);
    let mut expected: BTreeMap<(Status, Status, Status), (usize, usize)> = BTreeMap::new();
    for (steps, truth, said) in &hosts {
        if said[0] != said[1] {
            let entry = expected.entry((said[0], said[1], *truth)).or_insert((0, usize::MAX));
            *entry = (entry.0 + 1, entry.1.min(*steps));
        }
    }
    let changes = found.changes.iter().map(|change| {
        let key = (change.kind.old, change.kind.new, change.kind.truth);
        (key, (change.hosts.clone(), nearest(change).len()))
    });
    let expected = expected.into_iter().map(|(key, (hosts, steps))| (key, (hosts.into(), steps)));
    assert_eq!(changes.collect::<BTreeMap<_, _>>(), expected.collect());
    assert_eq!(&found.same + found.count(|_| true), Count::from(hosts.len()));
    let change = |old, new, truth| {
        let mut changes = found.changes.iter();
        changes.find(|c| c.kind == DiffKind { old, new, truth }).expect("a change")
    };
    let steps = |change: &Change| {
        nearest(change).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    // IIS of the system's own media: the old rule flags it wrongly.
    let better = change(Status::Mismatch, Status::Consistent, Status::Consistent);
    assert_eq!((steps(better).as_str(), better.right), ("os:rtm +iis", Right::New));
    // IIS that is ahead of the system: only the old rule reports it.
    let worse = change(Status::Mismatch, Status::Consistent, Status::Mismatch);
    assert_eq!((steps(worse).as_str(), worse.right), ("os:rtm +iis@sp1", Right::Old));
    // Without IIS the old rule cannot know; the new one need not.
    let known = change(Status::Inconclusive, Status::Consistent, Status::NotApplicable);
    assert_eq!((steps(known).as_str(), known.right), ("os:rtm", Right::New));
}

/// The order to the nearest host of a difference.
fn nearest(change: &Change) -> &[Step] {
    &change.nearest.as_ref().expect("it is near").host.steps
}

#[test]
fn rules_that_are_the_same_on_every_host_do_not_differ() {
    let scope = scope(Architecture::X86, DEFAULT, false);
    let old = rule("old", &format!("{UTIL} < version(\"6.0.3790.3000\")"));
    let new = rule("new", &format!("{UTIL} < version(\"6.0.3790.3959\")"));
    let rules: [Box<dyn Rule>; 2] = [Box::new(old), Box::new(new)];
    let found =
        diff(&Facts::of(&CATALOG), &scope, &rules, None, &|_| {}).expect("names of the catalog");
    assert_eq!((found.changes.len(), found.complete), (0, true));
    assert_eq!(found.same, found.hosts);
    let bounds = Bounds { state_count_max: None, depth_max: Some(2) };
    let bounded = RuleScope { bounds, ..scope };
    let found =
        diff(&Facts::of(&CATALOG), &bounded, &rules, None, &|_| {}).expect("names of the catalog");
    assert_eq!((found.changes.len(), found.complete), (0, false));
}

/// With no updates and IIS as one group, all files of IIS are of one level: the level of one file
/// and that of the system say all.
#[test]
fn the_level_of_the_system_is_what_a_rule_over_one_file_lacks() {
    let scope = scope(Architecture::X64, [&["iis"], &[]], false);
    let one = rule("one", &format!("{UTIL} < version(\"6.0.3790.3959\")"));
    let both = rule("both", &format!("os.level == \"sp2\" && {UTIL} < version(\"6.0.3790.3959\")"));
    let found = verified(&scope, &[one, both]);
    let seen: Vec<_> = found.iter().map(|result| result.observability.as_ref()).collect();
    let [Some(one_seen), Some(both_seen)] = seen[..] else { panic!("both are wrong: {seen:?}") };
    assert_eq!(both_seen.blind, None, "what it reads is enough");
    let blind = one_seen.blind.as_ref().expect("one file is not enough");
    let words = |host: &patchstate_study::HostWitness| {
        host.steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    // Files of SP1 on SP2 and on SP1, or of SP2 on SP1 and on SP2.
    let pair = (words(&blind.positive), words(&blind.negative));
    let pairs = [("os:sp2 +iis@sp1", "os:sp1 +iis"), ("os:sp1 +iis@sp2", "os:sp2 +iis")];
    assert!(pairs.contains(&(pair.0.as_str(), pair.1.as_str())), "{pair:?}");
    assert_eq!(blind.classes, 2);
    let separator = blind.separator.as_ref().expect("the level");
    assert_eq!((&separator.field, separator.left_wrong), (&Field::OsLevel, 0));
    assert_ne!(separator.on_positive, separator.on_negative);
    assert_eq!((&blind.together, blind.left_wrong), (&vec![Field::OsLevel], 0));
    // Of each observation class, whichever kind has fewer hosts is wrong.
    let reached = reach(&scope);
    let simulation = reached.simulation();
    let util = CATALOG.file_at(&"system32/inetsrv/iisutil.dll".parse().expect("a path"));
    let mut kinds: BTreeMap<Option<u16>, [usize; 2]> = BTreeMap::new();
    for (_, host) in reached.hosts() {
        let copy = simulation.model().view(&host).file(util.expect("a file"));
        let wrong = simulation.truth(&host).status == Status::Mismatch;
        kinds.entry(copy.map(|copy| copy.revision)).or_default()[usize::from(wrong)] += 1;
    }
    let least: usize = kinds.values().map(|[right, wrong]| *right.min(wrong)).sum();
    assert_eq!(blind.wrong_at_least, least);
}

/// What is said of any rule about what it cannot see holds of the hosts that are shown.
#[test]
fn hosts_that_look_the_same_do_so_and_the_field_that_is_named_tells_them_apart() {
    let scope = scope(Architecture::X64, DEFAULT, false);
    let reached = reach(&scope);
    let simulation = reached.simulation();
    let config = Config { cases: 6, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&condition(), |when| {
        let rule = rule("any", &when);
        let found = verified(&scope, std::slice::from_ref(&rule));
        let seen = found[0].observability.as_ref();
        let rules: Vec<Box<dyn Rule>> = vec![Box::new(rule.clone())];
        let wrong = plain(&scope, &rules).into_iter().filter(|(_, truth, said)| {
            let stands_for = rule.stands_for();
            stands_for.contains(truth) != stands_for.contains(&said[0])
        });
        let wrong = wrong.count();
        assert_eq!(seen.is_some(), found[0].is_wrong(), "asked of wrong rules: {when}");
        let Some(seen) = seen else { return Ok(()) };
        let Some(blind) = &seen.blind else { return Ok(()) };
        assert!(blind.wrong_at_least <= wrong, "{} {wrong}", blind.wrong_at_least);
        assert!(rule.stands_for().contains(&blind.positive.truth));
        assert!(!rule.stands_for().contains(&blind.negative.truth));
        let mut fields = seen.fields.clone();
        fields.extend(blind.separator.iter().map(|separator| separator.field.clone()));
        let values = [&blind.positive, &blind.negative].map(|witness| {
            let steps: Vec<String> = witness.steps.iter().map(ToString::to_string).collect();
            let host = simulation.follow(&steps).expect("an order");
            assert_eq!(simulation.truth(&host).status, witness.truth);
            let tree = simulation.tree(&host).expect("files of the catalog");
            let evaluator = Evaluator::new(&rules, None).expect("no folder");
            let values = evaluator.show(simulation, &tree, |subject| {
                let value = |field: &Field| field.value(subject.evidence).ok();
                fields.iter().map(value).collect::<Vec<_>>()
            });
            values.expect("no folder")
        });
        let own = seen.fields.len();
        assert_eq!(values[0][..own], values[1][..own], "{when}");
        assert!(blind.separator.is_some() && values[0][own] != values[1][own], "{when}");
        Ok(())
    });
    run.expect("what is said holds");
}
