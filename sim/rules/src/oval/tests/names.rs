//! Names of files that a document does not state: patterns, and all names but one.

use super::{Host, document, one_test, outcome, rules, test_reason, test_result};
use crate::{
    Reads, Rule,
    oval::OvalResult::{self, Error, False, True},
};
use std::collections::BTreeSet;

const FOLDER: &str = r"<w:path>C:\WINDOWS\system32\inetsrv</w:path>";
const OLD: &str =
    "<w:version datatype=\"version\" operation=\"less than\">6.0.3790.4195</w:version>";

/// One file is old, one is new, one has another name; two stand elsewhere.
fn host() -> Host {
    Host::new("x86", Some("Service Pack 2"))
        .listed("system32/inetsrv/asp.dll", "6.0.3790.4194")
        .listed("system32/inetsrv/aspperf.dll", "6.0.3790.4195")
        .listed("system32/inetsrv/w3core.dll", "6.0.3790.4195")
        .listed("system32/inetsrv/history/asp.dll", "6.0.3790.0")
        .listed("system32/asphalt.dll", "6.0.3790.0")
}

/// A file test with attributes, an object's name, and a state.
fn test(attributes: &str, name: &str, state: &str) -> String {
    let reference = match state {
        "" => "",
        _ => "<w:state state_ref=\"oval:t:ste:1\"/>",
    };
    format!(
        "<w:file_test id=\"oval:t:tst:1\" {attributes}><w:object object_ref=\"oval:t:obj:1\"/>\
         {reference}</w:file_test>\n\n\
         <w:file_object id=\"oval:t:obj:1\">{FOLDER}{name}</w:file_object>\n\n\
         <w:file_state id=\"oval:t:ste:1\">{state}</w:file_state>"
    )
}

fn like(operation: &str, text: &str) -> String {
    format!("<w:filename operation=\"{operation}\">{text}</w:filename>")
}

fn pattern(text: &str) -> String {
    like("pattern match", text)
}

#[track_caller]
fn check(attributes: &str, name: &str, state: &str, expected: OvalResult) {
    let found = test_result(&test(attributes, name, state), &host());
    assert_eq!(found, expected, "{attributes} {name} {state}");
}

#[test]
fn every_file_that_a_pattern_matches_is_held_against_the_state() {
    let name = pattern(r"^asp.*\.dll$");
    for (check_word, expected) in
        [("all", False), ("at least one", True), ("only one", True), ("none satisfy", False)]
    {
        check(&format!("check=\"{check_word}\""), &name, OLD, expected);
    }
    check("check=\"all\"", &pattern(r"^asp\.dll$"), OLD, True);
    check("check=\"none satisfy\"", &pattern(r"^w3"), OLD, True);
}

#[test]
fn existence_counts_the_files_that_a_pattern_matches() {
    for (existence, of_two, of_one, of_none) in [
        ("all_exist", True, True, False),
        ("any_exist", True, True, True),
        ("at_least_one_exists", True, True, False),
        ("none_exist", False, False, True),
        ("only_one_exists", False, True, False),
    ] {
        let attributes = format!("check=\"all\" check_existence=\"{existence}\"");
        check(&attributes, &pattern("^asp"), "", of_two);
        check(&attributes, &pattern("^w3"), "", of_one);
        check(&attributes, &pattern("^iis"), "", of_none);
    }
}

/// `sp` is in the middle of two names; files of folders above and below do not count.
#[test]
fn a_pattern_is_looked_for_anywhere_in_the_names_of_one_folder() {
    let two = "check=\"only one\"";
    check(two, &pattern("sp"), OLD, True);
    check("check=\"all\" check_existence=\"only_one_exists\"", &pattern("perf"), "", True);
    check("check=\"all\" check_existence=\"only_one_exists\"", &pattern("halt"), "", False);
    check("check=\"all\" check_existence=\"none_exist\"", &pattern("history"), "", True);
}

#[test]
fn not_equal_is_every_other_file_whatever_the_letter_case() {
    for operation in ["not equal", "case insensitive not equal"] {
        check("check=\"none satisfy\"", &like(operation, "ASP.dll"), OLD, True);
        check("check=\"only one\"", &like(operation, "w3core.dll"), OLD, True);
        let existence = "check=\"all\" check_existence=\"only_one_exists\"";
        check(existence, &like(operation, "asp.dll"), "", False);
    }
}

/// In memory names have no letter case, so what depends on it cannot be told.
#[test]
fn a_pattern_that_depends_on_letter_case_is_an_error_and_says_so() {
    let reason = test_reason(&test("check=\"all\"", &pattern("^ASP"), OLD), &host());
    assert!(reason.contains("whether `^ASP` matches the name asp.dll"), "{reason}");
    assert!(reason.contains("`(?i)`"), "{reason}");
    check("check=\"at least one\"", &pattern("(?i)^ASP"), OLD, True);
    check("check=\"at least one\"", &pattern("^[Aa]sp"), OLD, True);
    check("check=\"all\" check_existence=\"none_exist\"", &pattern("^ZZ"), "", True);
    // What is known for certain is enough.
    check("check=\"all\" check_existence=\"at_least_one_exists\"", &pattern("^ASP|^w3"), "", True);
    check("check=\"all\" check_existence=\"only_one_exists\"", &pattern("^ASP|^w3"), "", Error);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_unless_others_decide() {
    let mut host = host().unreadable("system32/inetsrv/asp.dll");
    let said =
        |attributes: &str, host: &Host| test_result(&test(attributes, &pattern("^asp"), OLD), host);
    assert_eq!(said("check=\"all\"", &host), False, "the other one is new");
    assert_eq!(said("check=\"at least one\"", &host), Error);
    host = host.listed("system32/inetsrv/aspold.dll", "6.0.3790.0");
    assert_eq!(said("check=\"at least one\"", &host), True, "one is old for certain");
}

#[test]
fn files_outside_of_the_windows_folder_cannot_be_known() {
    let outside = test("check=\"all\" check_existence=\"none_exist\"", &pattern("a"), "")
        .replace(r"C:\WINDOWS\system32\inetsrv", r"C:\Program Files");
    let reason = test_reason(&outside, &host());
    assert!(reason.contains(r"C:\Program Files is outside of the Windows folder"), "{reason}");
}

/// `hosts.exe` stands in the Windows folder itself, and nowhere else.
#[test]
fn the_windows_folder_itself_can_be_looked_into() {
    let host = host().listed("hosts.exe", "6.0.3790.0");
    for folder in [r"C:\WINDOWS", r"c:\windows\"] {
        let test = test("check=\"all\" check_existence=\"only_one_exists\"", &pattern("."), "")
            .replace(r"C:\WINDOWS\system32\inetsrv", folder);
        assert_eq!(test_result(&test, &host), True, "{folder}");
    }
}

#[test]
fn patterns_can_be_values_of_a_variable() {
    let name = |check: &str| {
        format!(
            "<w:filename operation=\"pattern match\" var_ref=\"oval:t:var:1\" \
             var_check=\"{check}\"/>"
        )
    };
    let test = |check: &str, values: &[&str]| {
        let values: Vec<_> = values.iter().map(|text| format!("<value>{text}</value>")).collect();
        let values = values.concat();
        let existence = "check=\"all\" check_existence=\"only_one_exists\"";
        format!(
            "{}\n\n<constant_variable id=\"oval:t:var:1\">{values}</constant_variable>",
            test(existence, &name(check), "")
        )
    };
    for (check, values, expected) in [
        ("all", ["^asp", "perf"], True),
        ("at least one", ["perf", "core"], False),
        ("at least one", ["perf", "nothing"], True),
        ("none satisfy", ["asp", "nothing"], True),
    ] {
        assert_eq!(test_result(&test(check, &values), &host()), expected, "{check} {values:?}");
    }
    let empty = Host::new("x86", None);
    assert!(test_reason(&test("all", &[]), &empty).contains("has no value"));
    assert!(test_reason(&test("all", &["a(?=b)"]), &empty).contains("look-around"));
}

#[test]
fn a_state_can_be_about_the_name() {
    let exact = "<w:filename>Asp.dll</w:filename>";
    for (state, expected) in [
        (like("equals", "ASP.DLL"), True),
        (like("case insensitive equals", "asp.dll"), True),
        (like("not equal", "ASP.DLL"), False),
        (like("case insensitive not equal", "w3core.dll"), True),
        (pattern("^asp"), True),
        (pattern("perf"), False),
        (pattern("^A"), Error),
    ] {
        check("check=\"all\"", exact, &state, expected);
    }
    let other = like("not equal", "aspperf.dll");
    check("check=\"all\"", &pattern("^asp"), &other, False);
    check("check=\"only one\"", &pattern("^asp"), &other, True);
    // Both entities of a state are about the same file.
    let old_one = other + OLD;
    check("check=\"at least one\"", &pattern("^asp"), &old_one, True);
    let new_one = like("equals", "aspperf.dll") + OLD;
    check("check=\"at least one\"", &pattern("^asp"), &new_one, False);
}

#[test]
fn a_rule_with_a_pattern_may_read_any_file_and_cannot_be_taken_apart() {
    let document = document(&one_test(&test("check=\"all\"", &pattern("^asp"), OLD)));
    let rules = rules(&document);
    assert_eq!(*rules[0].reads(), Reads::Tree);
    let reason = rules[0].parts(&|_| BTreeSet::from([0])).expect_err("any file");
    assert_eq!(reason, "`oval:t:tst:1` may read any file");
    assert_eq!(outcome(&document, 1, &host()).result, False);
    // What stands in a state needs no other file.
    let exact = "<w:filename>asp.dll</w:filename>";
    let text = one_test(&test("check=\"all\"", exact, &pattern("^asp")));
    let document = super::document(&text);
    let rules = super::rules(&document);
    assert!(matches!(rules[0].reads(), Reads::Fields(fields) if fields.len() == 2));
}
