//! Assumptions set by words, and what is said of words that set none.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::Catalog;
use patchstate_servicing::{SwitchError, Switches};

#[test]
fn a_setting_sets_its_assumption_and_the_last_one_counts() {
    let catalog = Catalog::built_in();
    let words = |settings: &[&str]| {
        let switches = Switches::from_settings(&catalog, settings.iter().copied());
        switches.expect("known values").words()
    };
    let usual = words(&[]);
    let changed = words(&["a3 = SP1-only"]);
    let different: Vec<_> = usual.iter().zip(&changed).filter(|(a, b)| a != b).collect();
    assert_eq!(different.len(), 1);
    assert_eq!(*different[0].1, ("A3", "sp1-only"));
    let again = format!("A3={}", different[0].0.1);
    assert_eq!(words(&["A3=sp1-only", &again]), usual);
}

fn setting(catalog: &Catalog, setting: &str) -> SwitchError {
    Switches::from_settings(catalog, [setting]).map(|_| ()).expect_err("a mistake")
}

#[test]
fn a_setting_that_names_no_assumption_is_told_what_was_meant() {
    let catalog = Catalog::built_in();
    let near = setting(&catalog, "A3X=sp1-only").to_string();
    assert!(near.contains("did you mean A3?"), "{near}");
    let far = setting(&catalog, "Zebra=1").to_string();
    assert!(!far.contains("did you mean"), "{far}");
    let value = setting(&catalog, "A3=never");
    assert!(matches!(&value, SwitchError::UnknownValue { id, .. } if id == "A3"), "{value}");
}

/// An assumption with a switch has values in the catalog; one without is named as such.
#[test]
fn an_assumption_without_a_switch_is_told_which_have_one() {
    let mut catalog = Catalog::built_in();
    let with: Vec<String> = catalog.assumptions.iter().map(|a| a.id.clone()).collect();
    let assumption = catalog.assumptions.iter_mut().find(|a| a.id == "A3");
    assumption.expect("A3").values.clear();
    let error = setting(&catalog, "A3=sp1-only");
    assert!(matches!(&error, SwitchError::NoSwitch(id) if id == "A3"), "{error}");
    let switches = Switches::default().words().map(|(id, _)| id);
    assert!(switches.iter().all(|id| with.iter().any(|known| known == id)), "{switches:?}");
    assert!(error.to_string().contains(&switches.join(", ")), "{error}");
}
