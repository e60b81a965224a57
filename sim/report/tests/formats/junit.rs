//! JUnit of a verification.

use crate::verification::{clean, locate, wrong};
use patchstate_report::junit_verification;

#[test]
fn a_rule_that_is_right_is_one_case_that_passes() {
    let text = junit_verification(&clean(), &locate).unwrap();
    assert!(text.contains(
        "<testsuites name=\"patchstate verify\" tests=\"3\" skipped=\"0\" \
         failures=\"0\" errors=\"0\""
    ));
    assert!(text.contains("<testcase name=\"right on all 10 hosts\" classname=\"core\"/>"));
    assert!(text.contains("<testcase name=\"as-recorded\" classname=\"claims\"/>"));
    assert!(!text.contains("<failure") && !text.contains("<error"));
}

#[test]
fn each_way_of_being_wrong_is_a_case_that_fails() {
    let text = junit_verification(&wrong(), &locate).unwrap();
    // Four shapes and a claim; two rules without a verdict and an unfinished search are errors.
    assert!(text.contains("tests=\"9\" skipped=\"0\" failures=\"5\" errors=\"3\""), "{text}");
    assert!(text.contains("<testsuite name=\"rule-of-thumb\" tests=\"5\" skipped=\"0\""));
    let name = "truth mismatch, verdict consistent, missed behind-os";
    let case = text.split("<testcase").find(|case| case.contains(name)).unwrap();
    assert!(case.contains("message=\"false negative on 2 hosts\" type=\"false-negative\""));
    // The condition that false negatives rest on; the rule itself begins on line 1.
    assert!(case.contains("file=\"my rules/a,b:50%.toml\" line=\"7\""), "{case}");
    assert!(case.contains("run it: patchstate run os:rtm sp1 +iis@rtm"), "{case}");
    assert!(case.contains("run it: patchstate run --arch x64 os:sp1 sp2 +iis@sp1"), "{case}");
    let claim = text.split("<testcase").find(|case| case.contains("\"helps\"")).unwrap();
    assert!(claim.contains("recorded as holds, found: refuted"));
    assert!(claim.contains("run it: patchstate run --arch x64 --assume A1=other os:sp1 +iis"));
}

#[test]
fn equal_results_are_equal_bytes() {
    let text = || junit_verification(&wrong(), &locate).unwrap();
    assert_eq!(text(), text());
    assert!(!text().contains("timestamp") && !text().contains("uuid"));
}
