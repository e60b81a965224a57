//! A rule that is put together from its parts says what the rule says.

use super::{AsTree, judge, rule_from};
use crate::{Field, PartValue, Rule, RuleParts, Subject};
use patchstate_detect::{Advisories, Evidence, MemoryTree, gather};
use patchstate_terms::{Level, Status};
use patchstate_test_support::host::Host;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Conditions that read one field, two, or none; true, false and unknown on some of the hosts.
const ATOMS: [&str; 14] = [
    "os.level == \"sp2\"",
    "os.level != \"sp1\"",
    "file(\"system32/inetsrv/w3core.dll\").present",
    "file(\"system32/inetsrv/w3core.dll\").version.major == 6",
    "file(\"system32/inetsrv/w3core.dll\").level == os.level",
    "file(\"system32/inetsrv/iisutil.dll\").version < version(\"6.0.3790.3959\")",
    "file(\"system32/inetsrv/iisutil.dll\").version == file(\"system32/inetsrv/w3dt.dll\").version",
    "file(\"system32/inetsrv/w3dt.dll\").version.revision \
     - file(\"system32/inetsrv/iisutil.dll\").version.revision == 0",
    "file(\"system32/inetsrv/w3dt.dll\").version_string.contains(\"srv03_sp\")",
    "update(\"KB973917\").recorded",
    "update(\"KB973917\").release == 2",
    "registry(\"HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion\", \"CSDVersion\") == 7",
    "1 / 0 == 1",
    "true",
];

fn condition() -> impl Strategy<Value = String> {
    let atom = proptest::sample::select(&ATOMS[..]).prop_map(str::to_owned);
    atom.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) && ({b}))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) || ({b}))")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

fn hosts() -> Vec<Evidence> {
    let trees = [
        Host::new(Level::SP2).tree(),
        Host::new(Level::SP1).without("w3core.dll").update("KB973917-v2", "SP3", &[]).tree(),
        Host::new(Level::SP2).without("iisutil.dll").without("w3dt.dll").tree(),
        Host::new(Level::SP2).odd_file("w3dt.dll", b"MZ, and then nothing".as_slice()).tree(),
    ];
    trees
        .iter()
        .map(|tree| gather(tree, &Advisories::built_in()))
        .chain([Evidence::default()])
        .collect()
}

/// Puts a rule together in an order of its groups: what it says, and whether it was clear before
/// all was known.
fn composed(parts: &RuleParts, evidence: &Evidence, order: &[usize]) -> (Option<Status>, bool) {
    let tree = MemoryTree::new();
    let subject = Subject { evidence, tree: &tree, folder: None };
    let mut left = parts.whole();
    let mut early = parts.status(&left);
    for group in order {
        let own = parts.values(*group, &subject);
        left = parts.specialise(&left, &own);
        let now = parts.status(&left);
        assert!(early.is_none() || early == now, "what is decided stays so: {left:?}");
        early = now;
    }
    (early, left == parts.specialise(&left, &[]))
}

#[test]
fn a_rule_put_together_from_parts_in_any_order_says_what_the_rule_says() {
    let hosts = hosts();
    let statuses = proptest::sample::select(vec!["broken", "mismatch", "drift"]);
    let verdicts = proptest::collection::vec((statuses, condition()), 1..4);
    // The group of a field by the number of the field, some with a second one.
    let groups = proptest::collection::vec((0_usize..3, 0_usize..6), 12);
    let orders = Just(vec![0_usize, 1, 2]).prop_shuffle();
    let config = ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() };
    proptest!(config, |(verdicts in verdicts, groups in groups, order in orders)| {
        let mut text = "id = \"any\"\ntitle = \"Any\"\n".to_owned();
        for (status, when) in &verdicts {
            text += &format!("[[verdict]]\nstatus = \"{status}\"\nwhen = '''{when}'''\n");
        }
        let rule = rule_from(&text);
        let crate::Reads::Fields(fields) = rule.reads() else { panic!("fields") };
        let fields: Vec<&Field> = fields.iter().collect();
        let groups_of = |field: &Field| -> BTreeSet<usize> {
            let number = fields.iter().position(|known| *known == field);
            let (first, second) = groups[number.expect("a field of the rule") % groups.len()];
            [first].into_iter().chain((second < 3).then_some(second)).collect()
        };
        let parts = rule.parts(&groups_of).expect("every field is of some group");
        for evidence in &hosts {
            let (said, is_stable) = composed(&parts, evidence, &order);
            prop_assert_eq!(said, Some(judge(&rule, evidence).status), "{}", text);
            prop_assert!(is_stable);
        }
    });
}

#[test]
fn parts_are_the_largest_conditions_that_one_group_has() {
    let rule = rule_from(
        "id = \"two\"\ntitle = \"Two\"\n[[verdict]]\nstatus = \"mismatch\"\nwhen = '''\n\
         file(\"a.dll\").present && file(\"a.dll\").version.major == 6 \
         || file(\"b.dll\").present'''\n",
    );
    let by_file = |field: &Field| match field.file().map(|path| path.file_name().to_owned()) {
        Some(name) if name == "a.dll" => BTreeSet::from([0]),
        _ => BTreeSet::from([1]),
    };
    let parts = rule.parts(&by_file).expect("two files in two groups");
    assert_eq!(parts.groups(), [0, 1]);
    let truth = |truth| PartValue::Value(crate::FieldValue::Truth(truth));
    let (one, other) = (
        parts.specialise(&parts.whole(), &[(0, truth(true))]),
        parts.specialise(&parts.whole(), &[(0, truth(false))]),
    );
    assert_eq!((parts.status(&one), parts.status(&other)), (Some(Status::Mismatch), None));
    // What is left of it is unknown in one way only, whatever could not be known.
    let unknown = parts.specialise(&parts.whole(), &[(0, PartValue::Unknown)]);
    let both = parts.specialise(&unknown, &[(1, truth(false))]);
    assert_eq!(parts.status(&both), Some(Status::Inconclusive));
    assert_eq!(
        parts.status(&parts.specialise(&unknown, &[(1, truth(true))])),
        Some(Status::Mismatch)
    );
}

#[test]
fn a_field_that_no_group_has_all_of_is_named() {
    let rule = rule_from(
        "id = \"one\"\ntitle = \"One\"\n[[verdict]]\nstatus = \"mismatch\"\n\
         when = 'update(\"KB1\").recorded'\n",
    );
    let reason = rule.parts(&|_| BTreeSet::new()).expect_err("no group has it");
    assert_eq!(reason, "`update(\"KB1\").recorded` by itself depends on several slices");
}
