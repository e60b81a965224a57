//! Rules over several slices, composed from what they read in each, against a search of the whole.
//!
//! **Owns** that composing finds a rule wrong exactly where the search of a scope as a whole does,
//! on scopes that are small enough for both; and that orders which it gives are real.
//!
//! **Start reading** at [`check`].

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

#[path = "common/scope.rs"]
mod common;

use common::{CATALOG, DEFAULT, names};
use patchstate_explore::Bounds;
use patchstate_harness::{
    Counterexample, Courtroom, Coverage, RuleResult, Shape, Simulation, VerifyOptions, diff, verify,
};
use patchstate_rules::{OvalDocument, OvalOptions, Rule, read_rules};
use patchstate_servicing::Switches;
use patchstate_terms::{Architecture, SourceFile, Status};
use proptest::{
    prelude::{Just, Strategy, prop},
    prop_oneof,
    sample::select,
    test_runner::{Config, TestRunner},
};
use std::collections::{BTreeMap, BTreeSet};

/// Two components with an update each, which do not see each other.
const TWO_SLICES: [&[&str]; 2] = [&["iis_ftp", "iis_smtp"], &["KB975254", "KB976323"]];

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

fn options(architecture: Architecture, sliced: bool) -> VerifyOptions {
    VerifyOptions {
        architectures: vec![architecture],
        switches: Switches::default(),
        names: names(TWO_SLICES),
        sliced,
        bounds: Bounds::default(),
        boundaries: false,
        remedies: false,
        counterexample_count_max: 20,
    }
}

fn judge(architecture: Architecture, rules: &[Box<dyn Rule>], sliced: bool) -> RuleResult {
    let room = Courtroom::new(rules, None).expect("no rule needs a folder");
    let found = verify(&CATALOG, &options(architecture, sliced), &room, &|_| {});
    found.expect("names of the catalog").rules.remove(1)
}

/// Each truth with the verdict that is wrong about it, and the steps of the nearest such host.
fn wrong(result: &RuleResult) -> BTreeMap<(Status, Status), usize> {
    let mut wrong = BTreeMap::new();
    for ((_, shape), nearest) in &result.nearest {
        let steps = wrong.entry((shape.truth, shape.verdict)).or_insert(usize::MAX);
        *steps = nearest.steps.len().min(*steps);
    }
    wrong
}

/// An order leads to a host of this truth, on which the rule says this.
fn check_order(rules: &[Box<dyn Rule>], shown: &Counterexample) {
    let simulation = Simulation::new(&CATALOG, shown.architecture, Switches::default());
    let simulation = simulation.expect("an architecture of the catalog");
    let words: Vec<String> = shown.steps.iter().map(ToString::to_string).collect();
    let host = simulation.follow(&words).expect("an order");
    let room = Courtroom::new(rules, None).expect("no folder");
    let tree = simulation.tree(&host).expect("files of the catalog");
    let said = room.hear(&simulation, &tree).expect("no folder");
    let found = (simulation.truth(&host).status, said[0].judgement.status);
    assert_eq!(found, (shown.disagreement.truth, shown.disagreement.verdict), "{words:?}");
}

/// In slices a rule is found wrong in the same ways as by a search of the whole, by real orders
/// that are no shorter than the shortest.
fn check(architecture: Architecture, rule: Box<dyn Rule>) -> (RuleResult, RuleResult) {
    let rules = [rule];
    let (sliced, whole) = (judge(architecture, &rules, true), judge(architecture, &rules, false));
    let (of_sliced, of_whole) = (wrong(&sliced), wrong(&whole));
    if !sliced.covered {
        // Nothing else may leave it open: what it reads is not there where slices come together.
        assert!(sliced.inconclusive > 0 || whole.inconclusive > 0, "{:?}", sliced.coverage);
        return (sliced, whole);
    }
    let ways = |wrong: &BTreeMap<(Status, Status), usize>| wrong.keys().copied().collect();
    let (sliced_ways, whole_ways): (BTreeSet<_>, BTreeSet<_>) = (ways(&of_sliced), ways(&of_whole));
    let text = &rules[0].source().text;
    let says =
        format!("{architecture} {:?} {sliced_ways:?} {whole_ways:?}\n{text}", sliced.coverage);
    // Where one slice has all that the rule reads, another one can still add to the truth about a
    // host on which it is wrong: that is another way, not another answer.
    assert_eq!(sliced_ways.is_empty(), whole_ways.is_empty(), "{says}");
    assert!(sliced_ways.is_subset(&whole_ways), "{says}");
    if sliced.coverage.values().all(|coverage| *coverage == Coverage::Composed) {
        assert_eq!(sliced_ways, whole_ways, "{says}");
    }
    for (way, steps) in &of_sliced {
        assert!(steps >= &of_whole[way], "{way:?}: {steps}");
    }
    for shown in &sliced.counterexamples {
        check_order(&rules, shown);
        let way = (shown.disagreement.truth, shown.disagreement.verdict);
        assert!(shown.steps.len() >= of_whole[&way]);
        // The nearest of its kind, if it is said to be the shortest, is.
        let shape = (architecture, Shape::from(&shown.disagreement));
        let is_nearest = sliced.nearest[&shape].steps.len() == shown.steps.len();
        if let Some(nearest) = whole.nearest.get(&shape)
            && shown.is_shortest
            && is_nearest
        {
            assert_eq!(shown.steps.len(), nearest.steps.len(), "{says}\n{:?}", nearest.steps);
        }
    }
    (sliced, whole)
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
    let architectures = select(vec![Architecture::X64, Architecture::X86]);
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(
        &(architectures, stands_for, verdicts),
        |(architecture, stands_for, verdicts)| {
            check(architecture, rule(stands_for, &verdicts));
            Ok(())
        },
    );
    run.expect("slices together say what the whole says");
}

/// Either update by itself is fine; no slice has both.
#[test]
fn a_rule_that_is_wrong_only_where_slices_come_together_is_found_with_its_order() {
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
    let (sliced, whole) = check(Architecture::X64, spoiled);
    assert_eq!((sliced.wrong, sliced.wrong_together), (1, 1));
    assert_eq!(sliced.coverage[&Architecture::X64], Coverage::Composed);
    assert!(whole.wrong > 1, "{}", whole.wrong);
    let [shown] = sliced.counterexamples.as_slice() else { panic!("{sliced:?}") };
    // The base, a component of other media, and both updates: none of them can be left out.
    assert_eq!(shown.steps.len(), 4, "{:?}", shown.steps);
    assert!(shown.analysis.is_minimal());
}

/// A slice shows it at five steps; three are enough where another one comes in, and what is missed
/// there is something else.
#[test]
fn a_nearer_host_where_slices_come_together_is_found_beside_one_of_a_slice() {
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
    let (sliced, whole) = check(Architecture::X86, spoiled);
    let way = (Status::Mismatch, Status::Consistent);
    assert_eq!((wrong(&sliced)[&way], wrong(&whole)[&way]), (3, 3));
    assert!(sliced.shapes.len() > 1, "what a baseline knows it by: {:?}", sliced.shapes);
    let of_slices = sliced.counterexamples.iter().filter(|shown| shown.steps.len() > 3);
    assert!(of_slices.into_iter().all(|shown| !shown.is_shortest));
}

/// Of a host that is a mismatch as well, drift is not the status: a rule that reads one slice and
/// stands for drift is wrong there, and in no slice by itself.
#[test]
fn another_slice_can_make_wrong_what_a_rule_says_that_reads_one_slice() {
    let when = format!(
        "update(\"KB975254\").recorded && {FTP}.present \
         && {FTP}.version < version(\"6.0.3790.4584\") && {FTP}.level == os.level"
    );
    check(Architecture::X64, rule("[\"drift\"]", &[("drift", when)]));
}

#[test]
fn two_rules_that_differ_only_where_slices_come_together_differ_on_a_host() {
    let both = "update(\"KB975254\").recorded && update(\"KB976323\").recorded";
    let old = rule("[\"mismatch\"]", &[("mismatch", both.to_owned())]);
    let new = rule("[\"mismatch\"]", &[("mismatch", format!("{both} && os.level != \"sp2\""))]);
    let rules = [old, new];
    let scope = options(Architecture::X64, true).scope();
    let found = diff(&CATALOG, &scope, &rules, None, &|_| {}).expect("names of the catalog");
    assert!(found.complete);
    let of_whole = options(Architecture::X64, false).scope();
    let whole = diff(&CATALOG, &of_whole, &rules, None, &|_| {}).expect("names of the catalog");
    let ways = |changes: &[patchstate_harness::Change]| {
        let way = |c: &patchstate_harness::Change| ((c.old, c.new, c.host.truth), c.right);
        changes.iter().map(way).collect::<BTreeMap<_, _>>()
    };
    assert!(!found.changes.is_empty());
    assert_eq!(ways(&found.changes), ways(&whole.changes));
    let hosts: usize = found.changes.iter().map(|change| change.host.hosts).sum();
    assert_eq!(found.same + hosts, found.hosts);
    // With a level that no host has, there is no difference, and that is proved.
    let none = rule("[\"mismatch\"]", &[("mismatch", format!("{both} && os.level != \"rtm\""))]);
    let [old, _] = rules;
    let found = diff(&CATALOG, &scope, &[old, none], None, &|_| {}).expect("names of the catalog");
    assert_eq!((found.changes.len(), found.complete), (0, true));
}

/// Everything in the scope hangs together, so that one slice has all that the rule reads.
#[test]
fn a_rule_that_one_slice_has_all_of_is_covered_by_it() {
    let util = "file(\"system32/inetsrv/iisutil.dll\")";
    let when = format!("{util}.present && {util}.level != os.level");
    let rules = [rule("[\"mismatch\", \"broken\"]", &[("mismatch", when)])];
    let room = Courtroom::new(&rules, None).expect("no rule needs a folder");
    let options = VerifyOptions { names: names(DEFAULT), ..options(Architecture::X64, true) };
    let found = verify(&CATALOG, &options, &room, &|_| {}).expect("names of the catalog");
    assert_eq!(found.rules[1].coverage[&Architecture::X64], Coverage::Slice);
    assert!(found.rules[1].covered);
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
    let (sliced, _) = check(Architecture::X64, Box::new(rule));
    // Only where both components are there it flags anything: a host whose files are old and fit.
    assert!(sliced.wrong_together > 0);
    assert_eq!(sliced.coverage[&Architecture::X64], Coverage::Composed);
}
