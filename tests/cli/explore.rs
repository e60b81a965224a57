//! `explore`: the page, its data, and what it does not make a page of.

use crate::{
    program::{command, ended, folder, run, run_line, word},
    transcripts::{check, check_line},
};
use serde_json::json;
use std::fs;

/// Small enough for every test.
const SCOPE: [&str; 6] = ["--arch", "x64", "--components", "iis", "--updates", "kb973917"];

#[test]
fn a_page_is_one_file_with_the_same_bytes_on_any_number_of_threads() {
    let place = folder(&[]);
    let page = |name: &str, jobs: &str| {
        let path = place.path().join(name);
        let words = ["explore", "os:rtm", "sp2", "--html", word(&path), "-j", jobs];
        let done = run(&words);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{}", done.stdout);
        (fs::read(&path).expect("the page"), path, done)
    };
    let (first, path, done) = page("first.html", "1");
    let (second, ..) = page("second.html", "4");
    assert!(first == second, "pages of one thread and of four differ");
    assert!(first.len() < 1_000_000, "{} bytes", first.len());
    // How many bytes there are depends on the page around the data.
    let shown = without_size(&done.stdout, first.len());
    let done = crate::program::Ended { stdout: shown, ..done };
    let shown = "explore os:rtm sp2 --html PAGE -j 1";
    check("explore", shown, &done, &[(&path, "PAGE")]);
}

/// A text without the size of a page.
fn without_size(text: &str, bytes: usize) -> String {
    let size = format!("({} KB)", bytes.div_ceil(1000));
    assert!(text.contains(&size), "{text} has no {size}");
    text.replace(&size, "(SIZE)")
}

#[test]
fn a_page_is_written_over_an_older_one_and_json_is_told_beside_it() {
    let place = folder(&[("page.html", "older")]);
    let path = place.path().join("page.html");
    let words = [&["explore", "--json", "--html", word(&path)][..], &SCOPE].concat();
    let told = run(&words);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(told.json()["start"], json!(null));
    let page = fs::read_to_string(&path).expect("the page");
    assert!(page.to_lowercase().starts_with("<!doctype html>"));
}

#[test]
fn the_order_is_told_in_the_words_of_the_page() {
    // Capitals, a minus sign of typeset text, and another word for the latest release.
    let order = ["OS:SP2", "+IIS", "KB973917", "\u{2212}iis", "restart", "kb973917/V1"];
    let object = run(&[&["explore", "--json"][..], &order, &SCOPE].concat()).json();
    let steps = ["os:sp2", "+iis", "kb973917/v2", "-iis", "restart", "kb973917/v1"];
    assert_eq!(object["start"], json!({ "arch": "x64", "steps": steps }));
}

#[test]
fn mistakes_in_an_order_are_told_with_their_place_and_what_was_meant() {
    let told = |line: &str| {
        let ended = run_line(line);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{line}");
        ended.stderr
    };
    check_line("explore_mistakes", "explore --json os:rtm sp2 +iss kb973917/v3");
    // Steps that are none of the scope's, and a base that its architecture does not have.
    let said = told("explore --json os:sp2 +iis kb982666 +iis_ftp@sp2");
    assert!(said.contains("step 3: `kb982666` is no step of this scope"), "{said}");
    assert!(said.contains("step 4: `+iis_ftp@sp2` is no step of this scope"), "{said}");
    assert!(said.contains("did you mean `+iis@sp2`?"), "{said}");
    let said = told("explore --json --arch x64 os:rtm sp2");
    assert!(said.contains("step 1: there is no RTM media for x64"), "{said}");
}

#[test]
fn a_scope_that_is_too_large_is_told_with_smaller_ones_that_are_not() {
    let ended = run_line("explore --json --components iis --updates kb973917,kb982666");
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    let said = ended.stderr;
    assert!(said.starts_with("error: the scope has more than 300000 hosts on x86"), "{said}");
    // The second of these was searched by itself: it has so many hosts.
    assert!(said.contains("`--components iis --updates kb973917` with 6636"), "{said}");
    let offered = said.split('`').nth(3).expect("a second scope");
    let line = format!("explore --json --arch x86 {offered}");
    let hosts = run_line(&line).json()["arches"][0]["hosts"]["from"].as_array().map(Vec::len);
    assert!(hosts.is_some_and(|hosts| said.contains(&format!("{offered}` with {hosts}"))));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_searched() {
    let refused = |words: &[&str], why: &str| {
        let ended = run(words);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{words:?}");
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    };
    refused(&["explore"], "name the file for the page with `--html FILE`");
    refused(&["explore", "--open", "--json"], "--html <FILE>");
    refused(&["explore", "--json", "--updates", "kb973918"], "did you mean `kb973917`?");
    refused(&["explore", "--json", "--components", ","], "nothing is named");
    let place = folder(&[("mine.rule.toml", RULE)]);
    let rule = place.path().join("mine.rule.toml");
    let over = ["explore", "--rule", word(&rule), "--html", word(&rule)];
    refused(&over, "it was read, and `--html` would replace it");
    assert_eq!(fs::read_to_string(&rule).expect("the rule"), RULE);
    let mut none = command(&["explore", "--html", "no/such/folder/page.html"]);
    none.args(SCOPE);
    assert_eq!(ended(none).code, 2);
}

const RULE: &str = "id = \"mine\"\ntitle = \"Mine\"\n\n[[verdict]]\nstatus = \"mismatch\"\n\
    when = 'file(\"system32/inetsrv/iisutil.dll\").level != os.level'\n";

#[test]
fn a_rule_comes_into_the_page_with_its_mutants() {
    let place = folder(&[("mine.rule.toml", RULE)]);
    let rule = place.path().join("mine.rule.toml");
    let object = run(&[&["explore", "--json", "--rule", word(&rule)][..], &SCOPE].concat()).json();
    let (rule, said) = (&object["rules"][0], &object["arches"][0]["rules"][0]);
    assert_eq!((&rule["id"], said.as_array().map(Vec::len)), (&json!("mine"), Some(615)));
    assert!(rule["mutants"].as_array().is_some_and(|mutants| !mutants.is_empty()));
}
