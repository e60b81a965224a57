//! What is said of an install order that makes no sense: every mistake, with its position.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::Catalog;
use patchstate_servicing::{Model, Switches};
use patchstate_terms::Architecture;
use std::sync::Arc;

/// What is wrong with an order.
fn said(words: &[&str]) -> String {
    let catalog = Arc::new(Catalog::built_in());
    let model = Model::new(catalog, Architecture::X64, Switches::default()).expect("a model");
    model.resolve_order(words).map(|_| ()).expect_err("it makes no sense").to_string()
}

const NO_OS: &str =
    "an install order begins with the base operating system: expected os:LEVEL first";
const OS_AGAIN: &str = "the base operating system is installed once, at the beginning";

#[test]
fn every_mistake_is_told_with_its_position() {
    assert_eq!(said(&[]), format!("step 1: {NO_OS}"));
    assert_eq!(said(&["sp2", "os:sp1"]), format!("step 1: {NO_OS}; step 2: {OS_AGAIN}"));
    assert_eq!(said(&["os:sp1", "sp2", "os:sp2"]), format!("step 3: {OS_AGAIN}"));
    let wrong = "there is no component `iis_wwww`; did you mean `iis_www`?";
    assert_eq!(said(&["sp2", "+iis_wwww"]), format!("step 1: {NO_OS}; step 2: {wrong}"));
}

#[test]
fn where_no_name_is_near_all_are_listed() {
    let said = said(&["os:sp1", "+zzzzzzzzzzzz"]);
    let (begin, names) = said.split_once(": expected one of ").expect("a list");
    assert_eq!(begin, "step 2: there is no component `zzzzzzzzzzzz`");
    for id in ["iis", "iis_www", "iis_ftp", "iis_common"] {
        assert!(names.split(", ").any(|name| name == id), "{said}");
    }
}

#[test]
fn x64_has_no_rtm_media() {
    let expected = "there is no RTM media for x64: expected sp1 or sp2";
    assert_eq!(
        said(&["os:rtm", "+iis_www@rtm"]),
        format!("step 1: {expected}; step 2: {expected}")
    );
}
