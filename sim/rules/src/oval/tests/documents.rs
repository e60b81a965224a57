//! Whole documents: repositories of single elements, which definitions are rules, what rules read.

use super::{Host, document, outcome};
use crate::{
    Field, Reads, Rule,
    oval::{MissingReferences, OvalDocument, OvalOptions, OvalResult, xml::CORE},
};
use patchstate_detect::FileTree;
use patchstate_source::{Severity, SourceFile};
use patchstate_terms::{Hive, RegistryPath, Status};
use std::collections::BTreeSet;

fn fragment(name: &str, element: &str, platform: &str, rest: &str) -> SourceFile {
    let suffix = if platform.is_empty() { String::new() } else { format!("#{platform}") };
    SourceFile::new(name, &format!("<{element} xmlns=\"{CORE}{suffix}\" {rest}</{element}>"))
}

fn fragments() -> Vec<SourceFile> {
    vec![
        fragment(
            "definitions/1.xml",
            "definition",
            "",
            "id=\"oval:t:def:1\" class=\"vulnerability\"><criteria>\
             <criterion comment=\"asp.dll  is\n old\" test_ref=\"oval:t:tst:1\"/></criteria>",
        ),
        fragment(
            "tests/1.xml",
            "file_test",
            "windows",
            "id=\"oval:t:tst:1\" check=\"all\"><object object_ref=\"oval:t:obj:1\"/>\
             <state state_ref=\"oval:t:ste:1\"/>",
        ),
        fragment(
            "objects/1.xml",
            "file_object",
            "windows",
            "id=\"oval:t:obj:1\"><path var_ref=\"oval:t:var:1\"/><filename>asp.dll</filename>",
        ),
        fragment(
            "objects/2.xml",
            "registry_object",
            "windows",
            "id=\"oval:t:obj:2\"><hive>HKEY_LOCAL_MACHINE</hive>\
             <key>SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion</key><name>SystemRoot</name>",
        ),
        fragment(
            "states/1.xml",
            "file_state",
            "windows",
            "id=\"oval:t:ste:1\"><version datatype=\"version\" operation=\"less than\">\
             6.0.3790.4195</version>",
        ),
        fragment(
            "variables/1.xml",
            "local_variable",
            "",
            "id=\"oval:t:var:1\"><concat><object_component object_ref=\"oval:t:obj:2\" \
             item_field=\"value\"/><literal_component>\\system32\\inetsrv</literal_component>\
             </concat>",
        ),
        // Nothing refers to it, so nothing is said of it.
        fragment("tests/2.xml", "wmi_test", "windows", "id=\"oval:t:tst:2\">"),
        SourceFile::new("notes.xml", "<notes/>"),
    ]
}

#[test]
fn a_repository_of_single_elements_is_one_document() {
    let (document, diagnostics) = OvalDocument::assemble(&fragments());
    assert_eq!(diagnostics, []);
    let document = document.unwrap();
    let old = Host::new("x86", Some("Service Pack 2")).iis_file("asp.dll", 4194);
    assert_eq!(outcome(&document, 1, &old).result, OvalResult::True);
    let new = Host::new("x86", Some("Service Pack 2")).iis_file("asp.dll", 4195);
    assert_eq!(outcome(&document, 1, &new).result, OvalResult::False);
    let rule = document.rule("oval:t:def:1", &OvalOptions::default()).unwrap();
    assert_eq!(rule.source().name.as_ref(), "definitions/1.xml");
    let clause = &rule.clauses()[1];
    assert_eq!(clause.text, "asp.dll is old");
    assert!(rule.source().text[clause.span.clone()].starts_with("<criterion"));
    assert!(document.rule("oval:t:def:2", &OvalOptions::default()).is_none());
}

#[test]
fn each_file_of_a_repository_that_is_missed_makes_an_error() {
    for left_out in 1..=5 {
        let mut fragments = fragments();
        let name = fragments.remove(left_out).name;
        let (document, diagnostics) = OvalDocument::assemble(&fragments);
        let codes: Vec<_> = diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["oval/missing-reference", "oval/incomplete"], "{name}");
        assert_eq!(diagnostics[1].source.name.as_ref(), "definitions/1.xml", "{name}");
        assert!(diagnostics[1].message.starts_with("`oval:t:def:1` cannot be"), "{name}");
        assert_eq!(diagnostics[0].severity, Severity::Error, "{name}");
        assert!(OvalDocument::is_about_reference(&diagnostics[0]), "{name}");
        let definitions: Vec<_> = document.as_ref().unwrap().definitions().collect();
        let incomplete = definitions[0].incomplete.unwrap();
        assert_eq!(incomplete, diagnostics[0].message, "{name}");
        let host = Host::new("x86", None).iis_file("asp.dll", 0);
        let outcome = outcome(&document.unwrap(), 1, &host);
        assert_eq!(outcome.result, OvalResult::Error, "{name}");
        assert!(outcome.reason.unwrap().contains("is not there"), "{name}");
    }
}

#[test]
fn a_rule_reads_the_places_that_its_document_tells() {
    let (document, _) = OvalDocument::assemble(&fragments());
    let rule = document.unwrap().rule("oval:t:def:1", &OvalOptions::default()).unwrap();
    let path: patchstate_terms::WindowsPath = "system32/inetsrv/asp.dll".parse().unwrap();
    let root = RegistryPath {
        hive: Hive::Software,
        key: r"Microsoft\Windows NT\CurrentVersion".to_owned(),
        value: "SystemRoot".to_owned(),
    };
    let expected =
        [Field::FilePresent(path.clone()), Field::FileVersion(path), Field::Registry(root)];
    assert_eq!(*rule.reads(), Reads::Fields(BTreeSet::from(expected)));
}

#[test]
fn a_place_that_depends_on_other_values_is_read_when_it_is_judged() {
    let mut fragments = fragments();
    let text = fragments[3].text.replace("SystemRoot", "PathName");
    fragments[3] = SourceFile::new("objects/2.xml", &text);
    let (document, _) = OvalDocument::assemble(&fragments);
    let document = document.unwrap();
    let rule = document.rule("oval:t:def:1", &OvalOptions::default()).unwrap();
    assert_eq!(*rule.reads(), Reads::Tree);
    let mut host = Host::new("x86", None);
    host.software.at(super::CURRENT_VERSION).text("PathName", r"C:\WINDOWS\Folder");
    let path: patchstate_terms::WindowsPath = "folder/system32/inetsrv/asp.dll".parse().unwrap();
    assert_eq!(outcome(&document, 1, &host).result, OvalResult::False, "no such file");
    host.tree.insert(path.clone(), b"MZ".as_slice());
    assert!(host.tree.read(&path, 10).unwrap().is_some());
    let found = outcome(&document, 1, &host);
    assert_eq!(found.result, OvalResult::Error, "there, and no image");
}

#[test]
fn a_class_says_what_its_results_mean() {
    let body = |test| format!("<criteria><criterion test_ref=\"oval:t:tst:{test}\"/></criteria>");
    let elements = "\
<i:family_test id=\"oval:t:tst:1\" check=\"all\"><i:object object_ref=\"oval:t:obj:1\"/>\
</i:family_test>

<i:family_test id=\"oval:t:tst:2\" check=\"all\" check_existence=\"none_exist\">\
<i:object object_ref=\"oval:t:obj:1\"/></i:family_test>

<linux:rpminfo_test id=\"oval:t:tst:3\" check=\"all\"/>

<i:unknown_test id=\"oval:t:tst:4\" check=\"all\"/>

<i:family_object id=\"oval:t:obj:1\"/>";
    let host = Host::new("x86", None);
    let options = OvalOptions {
        stands_for: BTreeSet::from([Status::Drift]),
        positive: Status::Drift,
        missing_references: MissingReferences::default(),
    };
    for (class, [holds, fails]) in [
        ("vulnerability", [Status::Drift, Status::Consistent]),
        ("patch", [Status::Drift, Status::Consistent]),
        ("miscellaneous", [Status::Drift, Status::Consistent]),
        ("compliance", [Status::Consistent, Status::Drift]),
        ("inventory", [Status::Consistent, Status::NotApplicable]),
    ] {
        for (test, expected) in
            [(1, holds), (2, fails), (3, Status::NotApplicable), (4, Status::Inconclusive)]
        {
            let definition = format!(
                "<definition id=\"oval:t:def:1\" class=\"{class}\">{}</definition>\n\n{elements}",
                body(test)
            );
            let rules = document(&definition).rules(&options);
            let [rule] = rules.as_slice() else { panic!("{rules:?}") };
            assert_eq!(*rule.stands_for(), options.stands_for);
            let judgement = host.look(|subject| rule.judge(subject));
            assert_eq!(judgement.status, expected, "{class} {test}");
            if expected == Status::Inconclusive {
                assert!(judgement.reason.unwrap().starts_with("unknown: "));
                assert_eq!(judgement.clause, Some(1));
            }
        }
    }
}

#[test]
fn inventory_definitions_are_rules_where_there_are_no_others() {
    let definition = |number, class: &str| {
        format!("<definition id=\"oval:t:def:{number}\" class=\"{class}\"/>\n\n")
    };
    let ids = |text: &str| -> Vec<String> {
        super::rules(&document(text)).iter().map(|rule| rule.id().to_owned()).collect()
    };
    assert_eq!(ids(&(definition(1, "inventory") + &definition(2, "patch"))), ["oval:t:def:2"]);
    assert_eq!(
        ids(&(definition(1, "inventory") + &definition(2, "inventory"))),
        ["oval:t:def:1", "oval:t:def:2"]
    );
}
