//! A definition that is put together from its parts has the result that it has as a whole.

use super::{Host, document, rules};
use crate::{Field, Rule, RuleParts, Subject};
use patchstate_terms::Status;
use proptest::prelude::*;
use std::collections::BTreeSet;

const FILES: [&str; 3] = ["a.dll", "b.dll", "c.dll"];

/// Test 1 to 3: a file is there and of a version. Test 4: nobody can tell.
fn tests() -> String {
    let mut text = "<i:unknown_test id=\"oval:t:tst:4\" check=\"all\"/>\n\n".to_owned();
    for (number, name) in (1..).zip(FILES) {
        text += &format!(
            "<w:file_test id=\"oval:t:tst:{number}\" check=\"all\">\
             <w:object object_ref=\"oval:t:obj:{number}\"/>\
             <w:state state_ref=\"oval:t:ste:1\"/></w:file_test>\n\n\
             <w:file_object id=\"oval:t:obj:{number}\">\
             <w:path>C:\\WINDOWS\\system32</w:path>\
             <w:filename>{name}</w:filename></w:file_object>\n\n"
        );
    }
    text + "<w:file_state id=\"oval:t:ste:1\"><w:version datatype=\"version\" \
            operation=\"less than\">6.0.3790.100</w:version></w:file_state>\n\n"
}

fn criteria() -> impl Strategy<Value = String> {
    let leaf = (1_usize..5, any::<bool>()).prop_map(|(test, negate)| {
        format!("<criterion negate=\"{negate}\" test_ref=\"oval:t:tst:{test}\"/>")
    });
    let extend = Just("<extend_definition definition_ref=\"oval:t:def:2\"/>".to_owned());
    let leaf = prop_oneof![4 => leaf, 1 => extend];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let operator = proptest::sample::select(vec!["AND", "OR", "ONE", "XOR"]);
        let parts = proptest::collection::vec(inner, 1..4);
        (operator, any::<bool>(), parts).prop_map(|(operator, negate, parts)| {
            let parts = parts.concat();
            format!("<criteria operator=\"{operator}\" negate=\"{negate}\">{parts}</criteria>")
        })
    })
}

fn hosts() -> Vec<Host> {
    let host = || Host::new("x86", None);
    let path = |name: &str| format!("system32/{name}");
    let mut hosts = Vec::new();
    for combination in 0..27_usize {
        let mut host = host();
        for (place, name) in (0..).zip(FILES) {
            host = match combination / 3_usize.pow(place) % 3 {
                0 => host.file(&path(name), "6.0.3790.7"),
                1 => host.file(&path(name), "6.0.3790.4000"),
                _ => host.unreadable(&path(name)),
            };
        }
        hosts.push(host);
    }
    hosts.push(FILES.iter().fold(host(), |host, name| host.without(&path(name))));
    hosts
}

fn composed(parts: &RuleParts, subject: &Subject<'_>, order: &[usize]) -> Option<Status> {
    let mut left = parts.whole();
    for group in order {
        left = parts.specialise(&left, &parts.values(*group, subject));
    }
    parts.status(&left)
}

#[test]
fn a_definition_put_together_from_parts_says_what_the_definition_says() {
    let hosts = hosts();
    let classes = proptest::sample::select(vec!["vulnerability", "compliance", "inventory"]);
    let orders = Just(vec![0_usize, 1, 2]).prop_shuffle();
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() };
    proptest!(config, |(class in classes, all in criteria(), more in criteria(), order in orders)| {
        // The second definition extends none.
        let more = more.replace(
            "<extend_definition definition_ref=\"oval:t:def:2\"/>",
            "<criterion test_ref=\"oval:t:tst:3\"/>",
        );
        let definition = |number: u32, class: &str, criteria: &str| format!(
            "<definition id=\"oval:t:def:{number}\" class=\"{class}\"><metadata>\
             <title>Definition {number}</title></metadata>\
             <criteria>{criteria}</criteria></definition>\n\n"
        );
        let text = definition(1, class, &all) + &definition(2, class, &more) + &tests();
        let document = document(&text);
        let rules = rules(&document);
        let rule = rules.iter().find(|rule| rule.id() == "oval:t:def:1").expect("the first");
        let by_file = |field: &Field| -> BTreeSet<usize> {
            let name = field.file().map(|path| path.file_name().to_owned());
            let place = FILES.iter().position(|file| Some(*file) == name.as_deref());
            [place.expect("one of the files")].into()
        };
        let parts = rule.parts(&by_file).expect("every test reads one file");
        for host in &hosts {
            let (said, whole) = host.look(|subject| {
                (composed(&parts, subject, &order), rule.judge(subject).status)
            });
            prop_assert_eq!(said, Some(whole), "{}", text);
        }
    });
}

#[test]
fn a_test_that_reads_what_no_group_has_is_named() {
    let criterion = "<criteria><criterion test_ref=\"oval:t:tst:1\"/></criteria>";
    let text = format!(
        "<definition id=\"oval:t:def:1\" class=\"patch\"><metadata><title>One</title></metadata>\
         {criterion}</definition>\n\n{}",
        tests()
    );
    let document = document(&text);
    let rules = rules(&document);
    let reason = rules[0].parts(&|_| BTreeSet::new()).expect_err("no group has it");
    assert_eq!(reason, "the test `oval:t:tst:1` by itself depends on several slices");
}
