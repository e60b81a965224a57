//! Rules over several slices, as sets of hosts of the whole, against a search of the whole.
//!
//! **Owns** that sets find a rule wrong exactly where the search of a scope as a whole does,
//! on scopes that are small enough for both; and that orders which it gives are real.
//!
//! **Start reading** at [`check`].

use patchstate_explore::Bounds;
use patchstate_rules::{ClauseValue, OvalDocument, OvalOptions, Rule, read_rules};
use patchstate_servicing::Switches;
use patchstate_source::SourceFile;
use patchstate_study::{
    Change, Count, Counterexample, Evaluator, Facts, FailureClass, Nearest, RuleDiff, RuleResult,
    Simulation, Vacuity, VerifyOptions, diff, verify,
};
use patchstate_terms::Architecture;
use patchstate_test_model::scope::{CATALOG, DEFAULT, names};
use proptest::{
    prelude::{Just, Strategy, prop},
    prop_oneof,
    sample::select,
    test_runner::{Config, TestRunner},
};
use std::collections::BTreeMap;

/// Two components with an update each, which do not see each other.
const TWO_SLICES: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];

/// The same, with the component that both bring along.
const WITH_COMMON: [&[&str]; 2] = [&["iis_common", "iis_ftp", "iis_smtp"], TWO_SLICES[1]];

const FTP: &str = "file(\"system32/inetsrv/ftpsvc2.dll\")";
const SMTP: &str = "file(\"system32/inetsrv/smtpsvc.dll\")";

fn rule(stands_for: &str, verdicts: &[(&str, String)]) -> Box<dyn Rule> {
    let mut text = format!("id = \"any\"\ntitle = \"A rule\"\nstands_for = {stands_for}\n");
    for (status, when) in verdicts {
        text += &format!("[[verdict]]\nstatus = \"{status}\"\nwhen = '''{when}'''\n");
    }
    let (mut rules, mistakes) = read_rules(&[SourceFile::new("a.rule.toml", &text)]);
    Box::new(rules.pop().unwrap_or_else(|| panic!("{mistakes:?} {text}")))
}

fn options(architecture: Architecture, scope: [&[&str]; 2], sliced: bool) -> VerifyOptions {
    VerifyOptions {
        architectures: vec![architecture],
        switches: Switches::default(),
        names: names(scope),
        sliced,
        bounds: Bounds::default(),
        boundaries: None,
        remedies: false,
        observe: false,
        counterexample_count_max: 100,
    }
}

fn judge(options: &VerifyOptions, rules: &[Box<dyn Rule>]) -> RuleResult {
    let evaluator = Evaluator::new(rules, None).expect("no rule needs a folder");
    let found = verify(&Facts::of(&CATALOG), options, &evaluator, &|_| {});
    found.expect("names of the catalog").rules.remove(1)
}

/// Most words of an order to a host that is looked for in sets: the base, and seven steps.
const WORDS_MAX: usize = 8;

/// The steps of the nearest host of each failure class; one more than that where it is too far to
/// be looked for in sets.
fn wrong(result: &RuleResult) -> BTreeMap<FailureClass, usize> {
    let steps = |nearest: &Nearest| nearest.steps.as_ref().map_or(WORDS_MAX + 1, Vec::len);
    let nearest = result.nearest.iter();
    nearest.map(|((_, failure), nearest)| (failure.clone(), steps(nearest))).collect()
}

/// An order leads to a host of this truth, on which the rule says this.
fn check_order(rules: &[Box<dyn Rule>], shown: &Counterexample) {
    let simulation = Simulation::new(&Facts::of(&CATALOG), shown.architecture, Switches::default());
    let simulation = simulation.expect("an architecture of the catalog");
    let words: Vec<String> = shown.steps.iter().map(ToString::to_string).collect();
    let host = simulation.follow(&words).expect("an order");
    let evaluator = Evaluator::new(rules, None).expect("no folder");
    let tree = simulation.tree(&host).expect("files of the catalog");
    let said = evaluator.evaluate(&simulation, &tree).expect("no folder");
    let found = (simulation.truth(&host).status, said[0].judgement.status);
    assert_eq!(found, (shown.disagreement.truth, shown.disagreement.verdict), "{words:?}");
}

/// By sets, a rule is found wrong in the same ways and on as many hosts as by a search host by
/// host, by real orders that are no shorter than the shortest.
fn check(
    architecture: Architecture,
    scope: [&[&str]; 2],
    rule: Box<dyn Rule>,
) -> (RuleResult, RuleResult) {
    let rules = [rule];
    let judge = |sliced| judge(&options(architecture, scope, sliced), &rules);
    let (sliced, whole) = (judge(true), judge(false));
    check_clauses(&sliced, &whole);
    let (of_sliced, of_whole) = (wrong(&sliced), wrong(&whole));
    let text = &rules[0].source().text;
    let says = format!("{architecture} {scope:?} {:?}\n{text}", sliced.open);
    if sliced.is_covered() {
        assert_eq!(sliced.judged, whole.judged, "{says}");
        let hosts = |result: &RuleResult| -> BTreeMap<FailureClass, Count> {
            let nearest = result.nearest.iter();
            nearest.map(|((_, failure), found)| (failure.clone(), found.hosts.clone())).collect()
        };
        assert_eq!(hosts(&sliced), hosts(&whole), "{says}");
        let silent = |result: &RuleResult| -> BTreeMap<FailureClass, Count> {
            let undecided = result.undecided.iter();
            undecided.map(|((_, failure), found)| (failure.clone(), found.hosts.clone())).collect()
        };
        assert_eq!(silent(&sliced), silent(&whole), "{says}");
    }
    for (failure, steps) in &of_sliced {
        let of_whole = of_whole.get(failure);
        let Some(of_whole) = of_whole else { panic!("{failure:?} is on no host\n{says}") };
        assert!(steps >= of_whole.min(&(WORDS_MAX + 1)), "{failure:?}: {steps}\n{says}");
        let is_too_far = *steps > WORDS_MAX;
        assert!(!is_too_far || *of_whole > WORDS_MAX, "{failure:?}: nearer is {of_whole}\n{says}");
    }
    for shown in &sliced.counterexamples {
        check_order(&rules, shown);
        let failure = FailureClass::from(&shown.disagreement);
        let (found, nearest) = (shown.steps.len(), of_whole[&failure]);
        let order = &whole.nearest[&(architecture, failure.clone())].steps;
        assert!(!shown.is_shortest || found == nearest, "{failure:?} {found}: {order:?}\n{says}");
    }
    for failure in of_whole.keys().filter(|_| sliced.is_covered()) {
        assert!(of_sliced.contains_key(failure), "{failure:?} is missed\n{says}");
    }
    (sliced, whole)
}

/// What is said of a clause that is the same on every host is so, and is said wherever it is so
/// unless the rule could not be asked about every host.
fn check_clauses(sliced: &RuleResult, whole: &RuleResult) {
    for (of_sliced, of_whole) in sliced.clauses.iter().zip(&whole.clauses) {
        let text = &of_sliced.clause.text;
        assert!(of_sliced.values.is_subset(&of_whole.values), "{text}");
        if [ClauseValue::False, ClauseValue::True].iter().all(|v| of_sliced.values.contains(v)) {
            // It decides something, whatever else it is: no more is asked.
            continue;
        }
        assert!(of_sliced.is_open || of_sliced.values == of_whole.values, "{text}");
    }
}

fn condition() -> impl Strategy<Value = String> {
    let atom = select(vec![
        "os.level == \"sp2\"".to_owned(),
        "update(\"KB975254\").recorded".to_owned(),
        "update(\"KB976323\").recorded".to_owned(),
        "update(\"KB975254\").recorded && update(\"KB976323\").recorded".to_owned(),
        format!("{FTP}.present"),
        format!("{SMTP}.present"),
        format!("{FTP}.present && {FTP}.version < version(\"6.0.3790.4584\")"),
        format!("{SMTP}.present && {SMTP}.version < version(\"6.0.3790.4675\")"),
        format!("{FTP}.present && {FTP}.level != os.level"),
        format!("{SMTP}.present && {SMTP}.level != os.level"),
        format!("{FTP}.present && {SMTP}.present && {FTP}.level != {SMTP}.level"),
        format!("{FTP}.version.revision < {SMTP}.version.revision"),
    ]);
    let atom = (atom, prop::bool::ANY);
    let atom = atom.prop_map(|(text, no)| if no { format!("!({text})") } else { text });
    prop_oneof![
        (atom.clone(), atom.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
        (atom.clone(), atom.clone(), atom.clone())
            .prop_map(|(a, b, c)| format!("({a}) || ({b}) && ({c})")),
        (atom.clone(), atom.clone(), atom).prop_map(|(a, b, c)| format!("({a}) ? ({b}) : ({c})")),
    ]
}

#[test]
fn any_rule_is_wrong_in_slices_in_the_ways_in_which_it_is_wrong_on_the_whole() {
    let statuses = || select(vec!["broken", "mismatch", "drift", "consistent"]);
    let verdict = (statuses(), condition());
    let verdicts = prop::collection::vec(verdict, 1..3);
    let stands_for = prop_oneof![
        Just("[\"mismatch\", \"broken\"]"),
        Just("[\"drift\"]"),
        Just("[\"mismatch\"]"),
        Just("[\"consistent\"]"),
    ];
    let scopes = select(vec![
        (Architecture::X64, TWO_SLICES),
        (Architecture::X86, TWO_SLICES),
        (Architecture::X64, WITH_COMMON),
    ]);
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(
        &(scopes, stands_for, verdicts),
        |((architecture, scope), stands_for, verdicts)| {
            check(architecture, scope, rule(stands_for, &verdicts));
            Ok(())
        },
    );
    run.expect("slices together say what the whole says");
}

/// Either update by itself is fine; no slice has both.
#[test]
fn a_rule_that_is_wrong_only_over_the_whole_scope_is_found_with_its_order() {
    let both = "update(\"KB975254\").recorded && update(\"KB976323\").recorded";
    let level = format!("{FTP}.present && {FTP}.level != os.level");
    let other = format!("{SMTP}.present && {SMTP}.level != os.level");
    // Files that no update of the scope brings: one of each component stands for the others.
    let rest = ["iisutil.dll", "smtpadm.dll"].map(|name| {
        let file = format!("file(\"system32/inetsrv/{name}\")");
        format!("{file}.present && {file}.level != os.level")
    });
    let when = format!("!({both}) && ({level} || {other} || {})", rest.join(" || "));
    let spoiled = rule("[\"mismatch\", \"broken\"]", &[("mismatch", when)]);
    let (sliced, whole) = check(Architecture::X64, TWO_SLICES, spoiled);
    assert!(sliced.is_covered(), "{:?}", sliced.open);
    assert!(whole.wrong() > Count::from(1_u8), "{}", whole.wrong());
    let Some(shown) = sliced.counterexamples.first() else { panic!("{sliced:?}") };
    // The base, a component of other media, and both updates: none of them can be left out.
    assert_eq!(shown.steps.len(), 4, "{:?}", shown.steps);
    assert!(shown.analysis.is_minimal());
}

/// A slice shows it at five steps; three are enough where another one comes in, and what is missed
/// there is something else.
#[test]
fn a_nearer_host_over_the_whole_scope_is_found_beside_one_of_a_slice() {
    let levels = ["ftpsvc2.dll", "smtpsvc.dll", "smtpadm.dll", "iisutil.dll"].map(|name| {
        let file = format!("file(\"system32/inetsrv/{name}\")");
        format!("{file}.present && {file}.level != os.level")
    });
    let when = format!(
        "({}) && !(os.level == \"rtm\" && update(\"KB975254\").recorded) && !({FTP}.present && \
         {FTP}.level == \"sp1\" && {SMTP}.present && {SMTP}.level == \"rtm\")",
        levels.join(" || ")
    );
    let spoiled = rule("[\"mismatch\", \"broken\"]", &[("mismatch", when)]);
    let (sliced, whole) = check(Architecture::X86, TWO_SLICES, spoiled);
    let nearest = |result: &RuleResult| wrong(result).into_values().min();
    assert_eq!((nearest(&sliced), nearest(&whole)), (Some(3), Some(3)));
    assert!(sliced.nearest.len() > 1, "what a baseline knows it by: {:?}", sliced.nearest);
}

/// `+iis_ftp` brings `iis_common` along, which the slice of `iis_smtp` has to add and can only
/// remove with it: seven steps there, six on the whole.
#[test]
fn a_shorter_order_is_found_where_another_slice_brings_a_component_along() {
    let when = format!(
        "({SMTP}.present && {SMTP}.version < version(\"6.0.3790.4675\")) ? \
         (!(update(\"KB976323\").recorded)) : (!({SMTP}.present && {SMTP}.level != os.level))"
    );
    let spoiled = || rule("[\"mismatch\", \"broken\"]", &[("broken", when.clone())]);
    let (sliced, whole) = check(Architecture::X86, TWO_SLICES, spoiled());
    let is_farther = |(failure, steps): (FailureClass, usize)| wrong(&whole)[&failure] < steps;
    assert!(!wrong(&sliced).into_iter().any(is_farther), "the nearer one is looked for");
    // What is called shortest is compared with the whole by `check`.
    assert!(sliced.counterexamples.iter().any(|shown| shown.is_shortest && shown.steps.len() > 3));
    let (sliced, _) = check(Architecture::X64, WITH_COMMON, spoiled());
    assert!(sliced.counterexamples.iter().any(|shown| shown.is_shortest && shown.steps.len() > 3));
}

/// What one slice has is told by it, what several have by their combinations; a clause that is
/// true of a combination, and of no host of a slice, stays open, and no other one with it.
/// Once, the slice of the update had no step that brings `iis_common`, and such rules passed.
#[test]
fn a_rule_is_wrong_in_slices_where_a_component_only_comes_along() {
    let (ftp, manager) = (["KB942831", "KB975254"], ["KB942831", "KB913441"]);
    for (component, updates, condition) in [
        ("iis_ftp", ftp, "os.level == \"rtm\"".to_owned()),
        ("iis_ftp", ftp, format!("{FTP}.present && !update(\"KB942831\").recorded")),
        ("iis_inetmgr", manager, "!file(\"system32/inetsrv/infocomm.dll\").present".to_owned()),
    ] {
        let misses = rule("[\"drift\"]", &[("drift", condition)]);
        let (sliced, _) = check(Architecture::X64, [&[component], &updates], misses);
        assert!(sliced.is_wrong() && sliced.is_covered(), "{:?}", sliced.open);
    }
}

#[test]
fn clauses_that_are_the_same_on_every_host_are_told_over_the_whole_scope() {
    let both = "update(\"KB975254\").recorded && update(\"KB976323\").recorded";
    let level = format!("{FTP}.level == \"rtm\"");
    let chain = format!("{FTP}.present && {level} && {SMTP}.present");
    let when = format!("({both}) || ({chain})");
    let reads_two = rule("[\"mismatch\"]", &[("mismatch", when.clone())]);
    let (sliced, whole) = check(Architecture::X64, TWO_SLICES, reads_two);
    let vacuity = |result: &RuleResult, text: &str| {
        let mut clauses = result.clauses.iter();
        let same = clauses.find(|found| found.clause.text.trim_matches(['(', ')']) == text);
        same.unwrap_or_else(|| panic!("{text}: {:?}", result.clauses)).vacuity()
    };
    // There are no media of RTM for x64, and every service pack is newer.
    for text in [level.as_str(), chain.as_str()] {
        assert_eq!(vacuity(&sliced, text), Some(Vacuity::NeverTrue), "{text}");
        assert_eq!(vacuity(&whole, text), Some(Vacuity::NeverTrue), "{text}");
    }
    // Each update is recorded in its slice, and both together on hosts of the whole.
    assert_eq!((vacuity(&sliced, both), vacuity(&whole, both)), (None, None));
    assert_eq!(vacuity(&sliced, &format!("{SMTP}.present")), None);
}

/// Of a host that is a mismatch as well, drift is not the status: a rule that reads one slice and
/// stands for drift is wrong there, and in no slice by itself.
#[test]
fn another_slice_can_make_wrong_what_a_rule_says_that_reads_one_slice() {
    let when = format!(
        "update(\"KB975254\").recorded && {FTP}.present \
         && {FTP}.version < version(\"6.0.3790.4584\") && {FTP}.level == os.level"
    );
    check(Architecture::X64, TWO_SLICES, rule("[\"drift\"]", &[("drift", when)]));
}

#[test]
fn two_rules_that_differ_only_over_the_whole_scope_differ_on_a_host() {
    let both = "update(\"KB975254\").recorded && update(\"KB976323\").recorded";
    let old = rule("[\"mismatch\"]", &[("mismatch", both.to_owned())]);
    let new = rule("[\"mismatch\"]", &[("mismatch", format!("{both} && os.level != \"sp2\""))]);
    let rules = [old, new];
    let scope = options(Architecture::X64, TWO_SLICES, true).scope();
    let found =
        diff(&Facts::of(&CATALOG), &scope, &rules, None, &|_| {}).expect("names of the catalog");
    assert!(found.complete);
    let of_whole = options(Architecture::X64, TWO_SLICES, false).scope();
    let whole =
        diff(&Facts::of(&CATALOG), &of_whole, &rules, None, &|_| {}).expect("names of the catalog");
    // Sets of hosts count as hosts one by one do, and orders are as short.
    let counted = |found: &RuleDiff| {
        let change = |c: &Change| {
            let steps = c.nearest.as_ref().map(|nearest| nearest.host.steps.len());
            (c.kind, (c.hosts.clone(), c.right, steps))
        };
        found.changes.iter().map(change).collect::<BTreeMap<_, _>>()
    };
    assert!(!found.changes.is_empty());
    assert_eq!(counted(&found), counted(&whole));
    assert_eq!((&found.hosts, &found.same), (&whole.hosts, &whole.same));
    assert_eq!(&found.same + found.count(|_| true), found.hosts);
    // With a level that no host has, there is no difference, and that is proved.
    let none = rule("[\"mismatch\"]", &[("mismatch", format!("{both} && os.level != \"rtm\""))]);
    let [old, _] = rules;
    let found = diff(&Facts::of(&CATALOG), &scope, &[old, none], None, &|_| {})
        .expect("names of the catalog");
    assert_eq!((found.changes.len(), found.complete), (0, true));
}

/// Everything in the scope hangs together, so that one slice has all that the rule reads.
#[test]
fn a_rule_that_one_slice_has_all_of_is_covered_by_it() {
    let util = "file(\"system32/inetsrv/iisutil.dll\")";
    let when = format!("{util}.present && {util}.level != os.level");
    let rules = [rule("[\"mismatch\", \"broken\"]", &[("mismatch", when)])];
    let evaluator = Evaluator::new(&rules, None).expect("no rule needs a folder");
    let options = options(Architecture::X64, DEFAULT, true);
    let found =
        verify(&Facts::of(&CATALOG), &options, &evaluator, &|_| {}).expect("names of the catalog");
    assert!(found.rules[1].is_covered());
}

#[test]
fn an_oval_definition_over_two_slices_is_composed_as_well() {
    let core = "http://oval.mitre.org/XMLSchema/oval-definitions-5";
    let test = |number: u32, file: &str, version: &str| {
        [
            format!(
                "<w:file_test id=\"oval:t:tst:{number}\" check=\"at least one\">\
                 <w:object object_ref=\"oval:t:obj:{number}\"/>\
                 <w:state state_ref=\"oval:t:ste:{number}\"/></w:file_test>"
            ),
            format!(
                "<w:file_object id=\"oval:t:obj:{number}\">\
                 <w:path>C:\\WINDOWS\\system32\\inetsrv</w:path><w:filename>{file}</w:filename>\
                 </w:file_object>"
            ),
            format!(
                "<w:file_state id=\"oval:t:ste:{number}\"><w:version datatype=\"version\" \
                 operation=\"less than\">{version}</w:version></w:file_state>"
            ),
        ]
    };
    let [ftp, smtp] =
        [test(1, "ftpsvc2.dll", "6.0.3790.4584"), test(2, "smtpsvc.dll", "6.0.3790.4675")];
    let section =
        |name: &str, place: usize| format!("<{name}>{}{}</{name}>", ftp[place], smtp[place]);
    let document = format!(
        "<oval_definitions xmlns=\"{core}\" xmlns:w=\"{core}#windows\"><definitions>\
         <definition id=\"oval:t:def:1\" class=\"vulnerability\"><metadata><title>Both</title>\
         </metadata><criteria operator=\"AND\"><criterion test_ref=\"oval:t:tst:1\"/>\
         <criterion test_ref=\"oval:t:tst:2\"/></criteria></definition></definitions>{}{}{}\
         </oval_definitions>",
        section("tests", 0),
        section("objects", 1),
        section("states", 2)
    );
    let (document, mistakes) = OvalDocument::read(SourceFile::new("a.xml", &document));
    let document = document.unwrap_or_else(|| panic!("{mistakes:?}"));
    let rule = document.rules(&OvalOptions::default()).remove(0);
    let (sliced, _) = check(Architecture::X64, TWO_SLICES, Box::new(rule));
    // Only where both components are there it flags anything: a host whose files are old and fit.
    assert!(sliced.is_wrong() && sliced.is_covered(), "{:?}", sliced.open);
}
