//! JUnit of a verification.

use crate::verification::{clean, places, undecided, wrong};
use patchstate_report::junit_verification;
use patchstate_study::Verification;
use patchstate_terms::{Architecture, Status};
use std::time::Duration;

fn junit(verification: &Verification) -> String {
    junit_verification(verification, &places(), Duration::from_millis(1500)).unwrap()
}

/// The names of all cases, each behind that of its class.
fn names(text: &str) -> Vec<&str> {
    let cases = text.split("<testcase name=\"").skip(1);
    cases.map(|case| case.split_once("\" classname=").unwrap().0).collect()
}

#[test]
fn a_rule_that_is_right_has_cases_that_pass() {
    let text = junit(&clean());
    assert!(
        text.contains(
            "<testsuites name=\"patchstate verify\" tests=\"5\" failures=\"0\" errors=\"0\" \
             time=\"1.500\">"
        ),
        "{text}"
    );
    assert!(text.contains("<testcase name=\"right on every host\" classname=\"core\"/>"));
    assert!(text.contains("<testcase name=\"as-recorded\" classname=\"claims\"/>"));
    assert!(!text.contains("<failure") && !text.contains("<error"));
}

#[test]
fn each_way_of_being_wrong_is_a_case_that_fails() {
    let text = junit(&wrong());
    // A rule that is wrong in four failure classes, and a claim; a rule without a verdict and an
    // unfinished search are errors.
    assert!(text.contains("tests=\"13\" failures=\"6\" errors=\"2\" time="), "{text}");
    let suite = "<testsuite name=\"rule-of-thumb\" tests=\"7\" skipped=\"0\" errors=\"1\" \
                 failures=\"5\" file=\"my rules/a,b:50%.toml\">";
    assert!(text.contains(suite), "{text}");
    let name = "truth mismatch, verdict consistent, missed behind-os";
    let case = text.split("<testcase").find(|case| case.contains(name)).unwrap();
    assert!(case.contains("message=\"false negative on 2 hosts\" type=\"false-negative\""));
    // The condition that false negatives rest on; the rule itself begins on line 1.
    assert!(case.contains(">my rules/a,b:50%.toml:7:3\n"), "{case}");
    assert!(case.contains("run it: patchstate run os:rtm sp1 +iis@rtm"), "{case}");
    assert!(case.contains("run it: patchstate run --arch x64 os:sp1 sp2 +iis@sp1"), "{case}");
    let claim = text.split("<testcase").find(|case| case.contains("\"helps\"")).unwrap();
    assert!(claim.contains("recorded as holds, found: refuted"));
    assert!(claim.contains(">claims/mine.toml:4:6\n"), "{claim}");
    assert!(claim.contains("run it: patchstate run --arch x64 --assume A1=other os:sp1 +iis"));
}

/// A history of results knows a case by its name.
#[test]
fn names_of_cases_are_the_same_whatever_the_counts_and_the_outcome() {
    let mut wrong = wrong();
    let before = junit(&wrong);
    let judged = (Architecture::X86, Status::Drift, Status::Drift);
    wrong.rules[1].judged.insert(judged, 4321_u16.into());
    wrong.rules[1].judged.retain(|(_, _, said), _| *said != Status::Inconclusive);
    wrong.rules[1].undecided.clear();
    wrong.complete = true;
    assert_eq!(names(&junit(&wrong)), names(&before));
    wrong.rules[1].nearest.clear();
    let right = junit(&wrong);
    assert!(names(&right).iter().all(|name| names(&before).contains(name)), "{right}");
}

#[test]
fn a_rule_that_says_nothing_is_an_error_with_the_reason_and_an_order() {
    let text = junit(&undecided());
    let case = text.split("<testcase").find(|case| case.contains("<error")).unwrap();
    assert!(case.contains("name=\"a verdict on every host\" classname=\"rule-of-thumb\""));
    assert!(
        case.contains("message=\"inconclusive on 1 of 10 hosts, first because a file cannot be "),
        "{case}"
    );
    assert!(case.contains("run it: patchstate run os:sp2"), "{case}");
}

#[test]
fn what_a_baseline_accepts_is_skipped() {
    let mut verification = undecided();
    verification.rules[1].baseline = Some(patchstate_study::BaselineComparison::default());
    let text = junit(&verification);
    assert!(!text.contains("<failure") && !text.contains("<error"), "{text}");
    assert!(text.contains("<skipped message=\"inconclusive on 1 host, accepted for now\""));
}

#[test]
fn equal_results_are_equal_bytes() {
    let text = || junit(&wrong());
    assert_eq!(text(), text());
    assert!(!text().contains("timestamp") && !text().contains("uuid"));
}
