//! What is said of install orders: every mistake of one that makes no sense, with its position, and
//! why Windows refuses a step; and the steps of a search.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::Catalog;
use patchstate_servicing::{ActionNames, Model, Outcome, Switches};
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

/// Why the last step of an order is refused; the steps before it are not.
#[track_caller]
fn refused(architecture: Architecture, order: &str) -> String {
    let catalog = Arc::new(Catalog::built_in());
    let model = Model::new(catalog, architecture, Switches::default()).expect("a model");
    let words: Vec<&str> = order.split_whitespace().collect();
    let (base, actions) = model.resolve_order(&words).expect("an order");
    let mut host = model.install_os(base).expect("a host");
    let last = actions.len() - 1;
    for (number, (step, action)) in actions.into_iter().enumerate() {
        match model.apply(&host, action) {
            Outcome::Refused(refusal) if number == last => return model.reason(&host, refusal),
            Outcome::Applied(after) if number < last => host = after,
            other => panic!("{step}: {}", other.as_str()),
        }
    }
    panic!("nothing is refused")
}

#[test]
fn what_is_refused_is_told_with_its_reason() {
    for (order, reason) in [
        ("os:sp2 sp1", "the host is at SP2, which is newer than SP1"),
        ("os:rtm sp1 sp2 -sp1", "SP1 is not the last service pack: the host is at SP2"),
        ("os:sp2 -sp2", "SP2 cannot be removed: there is no backup from before it"),
        (
            "os:rtm sp2 clean-cache +iis",
            "Setup asks for SP2 media: there is no service pack cache to copy from",
        ),
        ("os:sp1 +iis kb973917", "KB973917 has no files for SP1"),
        ("os:sp2 +iis kb973917 kb973917/v1", "a later release is installed: KB973917/v2"),
        ("os:sp2 -kb973917", "KB973917 is not installed"),
    ] {
        assert_eq!(refused(Architecture::X86, order), reason, "{order}");
    }
    assert_eq!(refused(Architecture::X64, "os:sp1 sp1"), "there is no SP1 for x64");
    let reason = refused(Architecture::X86, "os:rtm sp2 +iis@rtm kb973917");
    assert!(reason.starts_with("KB973917 found that system32/inetsrv/"), "{reason}");
    assert!(reason.ends_with(" is older than the operating system's SP2"), "{reason}");
}

#[test]
fn a_branch_that_an_update_does_not_have_is_refused() {
    let mut catalog = Catalog::built_in();
    let update = catalog.updates.iter_mut().find(|update| update.id == "KB973917");
    update.expect("an update").qfe_only = true;
    let model = Model::new(Arc::new(catalog), Architecture::X86, Switches::default());
    let model = model.expect("a model");
    let said = |word: &str| model.resolve_order(&["os:sp2", word]).map(|_| ());
    assert!(said("kb973917:qfe").is_ok());
    let error = said("kb973917:gdr").expect_err("no such branch").to_string();
    assert!(error.starts_with("step 2: ") && error.contains("KB973917"), "{error}");
}

/// With branches, each release is there as it comes and on each branch that the update has.
#[test]
fn a_search_with_branches_has_each_release_on_each_branch() {
    let steps = |qfe_only: bool| {
        let mut catalog = Catalog::built_in();
        let update = catalog.updates.iter_mut().find(|update| update.id == "KB982666");
        update.expect("an update").qfe_only = qfe_only;
        let model = Model::new(Arc::new(catalog), Architecture::X86, Switches::default());
        let updates = vec!["KB982666".to_owned()];
        let names = ActionNames { components: Vec::new(), updates, branches: true };
        let steps = model.expect("a model").search_steps(&names).expect("known names");
        let words = steps.iter().map(|(step, _)| step.to_string().to_lowercase());
        words.filter(|word| word.contains("kb")).collect::<Vec<_>>()
    };
    assert_eq!(steps(false), ["kb982666", "kb982666:gdr", "kb982666:qfe", "-kb982666"]);
    assert_eq!(steps(true), ["kb982666", "kb982666:qfe", "-kb982666"]);
}

/// The catalog of Windows NT 4.0: no service pack cache, and no System File Checker.
fn windows_nt() -> Model {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/catalogs/nt4-snmp");
    let loaded = patchstate_catalog::load(folder.as_ref()).expect("a catalog");
    Model::new(Arc::new(loaded.catalog), Architecture::X86, Switches::default()).expect("a model")
}

/// What the steps of an order come to, and where Setup then takes the SNMP service from.
#[test]
fn without_a_service_pack_cache_setup_takes_the_media_of_the_base() {
    let model = windows_nt();
    let words = ["os:rtm", "sp4", "clean-cache", "sfc", "+snmp", "sp4", "-sp4", "sfc"];
    let (base, actions) = model.resolve_order(&words).expect("an order");
    let mut host = model.install_os(base).expect("a host");
    let mut said = Vec::new();
    for (step, action) in actions {
        let outcome = model.apply(&host, action);
        let reason = match outcome {
            Outcome::Refused(refusal) => model.reason(&host, refusal),
            Outcome::Applied(_) | Outcome::Unchanged => String::new(),
        };
        said.push((step.to_string(), outcome.as_str(), reason));
        host = outcome.after(&host).clone();
        assert_eq!(model.view(&host).cache(), None, "{step}");
        let file = model.catalog().file_at(&"system32/snmp.exe".parse().expect("a path"));
        let copy = model.view(&host).file(file.expect("a file"));
        let expected = match step.to_string().as_str() {
            "sp4" => copy.map(|_| 133),
            "+snmp" | "-sp4" => Some(1),
            _ => copy.map(|copy| copy.revision),
        };
        assert_eq!(copy.map(|copy| copy.revision), expected, "{step}");
    }
    let none = "Windows NT 4.0 has no System File Checker";
    let expected = [
        ("sp4", "applied", ""),
        ("clean-cache", "unchanged", ""),
        ("sfc", "refused", none),
        ("+snmp", "applied", ""),
        ("sp4", "applied", ""),
        ("-sp4", "applied", ""),
        ("sfc", "refused", none),
    ];
    let said: Vec<(&str, &str, &str)> =
        said.iter().map(|(step, outcome, reason)| (&**step, *outcome, &**reason)).collect();
    assert_eq!(said, expected);
}

/// Of a search, the steps that this product has not are none.
#[test]
fn a_search_has_no_steps_that_the_product_has_not() {
    let names = ActionNames { components: vec!["snmp".to_owned()], ..ActionNames::default() };
    let steps = windows_nt().search_steps(&names).expect("known names");
    let steps: Vec<String> = steps.iter().map(|(step, _)| step.to_string()).collect();
    let packs = ["sp1", "sp2", "sp3", "sp4", "sp5", "sp6", "sp6a"];
    let removed = packs.map(|pack| format!("-{pack}"));
    let own = ["+snmp", "+snmp@rtm", "-snmp"].map(str::to_owned);
    assert_eq!(steps, [&packs.map(str::to_owned)[..], &removed, &own].concat());
}
