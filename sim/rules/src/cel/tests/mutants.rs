//! Mutants: which there are, and that each is a rule of its own.

use super::{rule_from, rule_with};
use crate::{FileRule, Rule, read_rules};
use patchstate_source::SourceFile;
use std::collections::BTreeSet;

/// Id, clause and condition of every mutant of a rule with one condition.
fn mutants_of(when: &str) -> Vec<(String, usize, String)> {
    let rule = rule_with(when);
    let mutants = rule.mutants();
    let conditions = mutants.iter().map(|mutant| {
        let text = mutant.rule.clauses()[0].text.clone();
        (mutant.id.clone(), mutant.clause, text)
    });
    conditions.collect()
}

fn check(when: &str, expected: &[(&str, usize, &str)]) {
    let found = mutants_of(when);
    let found: Vec<(&str, usize, &str)> = found
        .iter()
        .filter(|(id, _, _)| !id.starts_with("status-changed"))
        .map(|(id, clause, text)| (id.as_str(), *clause, text.as_str()))
        .collect();
    assert_eq!(found, expected, "{when}");
}

#[test]
fn bounds_move_by_one_and_comparisons_take_their_bound_in_or_out() {
    check(
        r#"file("system32/ntdll.dll").version < version("5.2.3790.3959")"#,
        &[
            (
                "negation-added/1",
                0,
                r#"!(file("system32/ntdll.dll").version < version("5.2.3790.3959"))"#,
            ),
            (
                "bound-inclusion/1",
                0,
                r#"file("system32/ntdll.dll").version <= version("5.2.3790.3959")"#,
            ),
            (
                "path-changed/1",
                0,
                r#"file("system32/httpapi.dll").version < version("5.2.3790.3959")"#,
            ),
            (
                "bound-off-by-one/1",
                0,
                r#"file("system32/ntdll.dll").version < version("5.2.3790.3958")"#,
            ),
            (
                "bound-off-by-one/2",
                0,
                r#"file("system32/ntdll.dll").version < version("5.2.3790.3960")"#,
            ),
            (
                "build-off-by-one/1",
                0,
                r#"file("system32/ntdll.dll").version < version("5.2.3789.3959")"#,
            ),
            (
                "build-off-by-one/2",
                0,
                r#"file("system32/ntdll.dll").version < version("5.2.3791.3959")"#,
            ),
            // SP2 begins with 3959; the level before it with 1830, and there is none after it.
            (
                "level-changed/1",
                0,
                r#"file("system32/ntdll.dll").version < version("5.2.3790.1830")"#,
            ),
        ],
    );
}

#[test]
fn operands_are_dropped_and_their_signs_exchanged() {
    check(
        "os.arch == \"x86\" // and\n && (os.level == \"sp1\" || !update(\"KB1\").recorded)",
        &[
            (
                "and-to-or/1",
                0,
                "os.arch == \"x86\" // and\n || (os.level == \"sp1\" || !update(\"KB1\").recorded)",
            ),
            ("conjunct-dropped/1", 0, "os.level == \"sp1\" || !update(\"KB1\").recorded"),
            ("conjunct-dropped/2", 0, "os.arch == \"x86\""),
            (
                "negation-added/1",
                1,
                "!(os.arch == \"x86\") // and\n \
                 && (os.level == \"sp1\" || !update(\"KB1\").recorded)",
            ),
            (
                "or-to-and/1",
                2,
                "os.arch == \"x86\" // and\n \
                 && (os.level == \"sp1\" && !update(\"KB1\").recorded)",
            ),
            ("disjunct-dropped/1", 2, "os.arch == \"x86\" // and\n && (!update(\"KB1\").recorded)"),
            ("disjunct-dropped/2", 2, "os.arch == \"x86\" // and\n && (os.level == \"sp1\")"),
            (
                "negation-added/2",
                3,
                "os.arch == \"x86\" // and\n \
                 && (!(os.level == \"sp1\") || !update(\"KB1\").recorded)",
            ),
            (
                "level-changed/1",
                3,
                "os.arch == \"x86\" // and\n \
                 && (os.level == \"rtm\" || !update(\"KB1\").recorded)",
            ),
            (
                "level-changed/2",
                3,
                "os.arch == \"x86\" // and\n \
                 && (os.level == \"sp2\" || !update(\"KB1\").recorded)",
            ),
            (
                "negation-dropped/1",
                4,
                "os.arch == \"x86\" // and\n && (os.level == \"sp1\" || update(\"KB1\").recorded)",
            ),
            (
                "update-changed/1",
                4,
                "os.arch == \"x86\" // and\n \
                 && (os.level == \"sp1\" || !update(\"KB824151\").recorded)",
            ),
        ],
    );
}

#[test]
fn a_revision_that_a_level_begins_with_is_confused_with_those_beside_it() {
    let found = mutants_of("file(\"system32/ntdll.dll\").version.revision >= 1830");
    let levels = found.iter().filter(|(id, _, _)| id.starts_with("level-changed"));
    let bounds: Vec<&str> = levels.filter_map(|(_, _, text)| text.rsplit(' ').next()).collect();
    assert_eq!(bounds, ["0", "3959"]);
    // No level begins with 4600, and no other number is a revision.
    let others = mutants_of(
        "file(\"system32/ntdll.dll\").version.revision >= 4600 \
         && file(\"system32/ntdll.dll\").version.major >= 1830",
    );
    assert!(others.iter().all(|(id, _, _)| !id.starts_with("level-changed")), "{others:?}");
}

#[test]
fn an_update_is_confused_with_the_known_one_whose_number_is_nearest() {
    let found = mutants_of("update(\"KB973917\").recorded");
    let (_, _, text) = found.iter().find(|(id, _, _)| id == "update-changed/1").unwrap();
    // 970483 is 3434 away, 975254 only 1337.
    assert_eq!(text, "update(\"KB975254\").recorded");
}

#[test]
fn releases_and_branches_are_confused() {
    let found = mutants_of(
        "update(\"KB973917\").release == 1 \
         || file(\"system32/ntdll.dll\").version_string.contains(\"_QFE.\")",
    );
    let ids: Vec<&str> = found.iter().map(|(id, _, _)| id.as_str()).collect();
    assert!(ids.contains(&"release-changed/1"), "{ids:?}");
    assert!(found.iter().any(|(_, _, text)| text.contains("release == 2")));
    assert!(!found.iter().any(|(_, _, text)| text.contains("release == 0")));
    let (_, clause, text) = found.iter().find(|(id, _, _)| id == "branch-confused/1").unwrap();
    assert!(text.contains("\"_GDR.\"") && *clause == 2);
}

const RULES: [&str; 2] = [
    r#"
id = "two"
title = "Two"
[[verdict]] # first
status = "broken"
when = "file(\"system32/inetsrv/w3core.dll\").version >= version(\"6.0.3790.4600\")"
# between
[[verdict]]
when = """
os.level == \
   "sp2" """
status = 'mismatch'
"#,
    r#"
id = "braces"
title = "Braces"
verdict = [
    { status = "broken", when = 'os.level == "sp2"' },
    { status = "drift", when = 'os.level == "sp1"' },
    { status = "consistent", when = 'true' },
]
"#,
];

#[test]
fn verdicts_are_dropped_exchanged_and_given_other_statuses() {
    for text in RULES {
        let rule = rule_from(text);
        let mutants = rule.mutants();
        let of_kind = |kind: &str| -> Vec<Vec<String>> {
            let fits = mutants.iter().filter(|mutant| mutant.id.starts_with(kind));
            fits.map(|mutant| statuses(&mutant.rule)).collect()
        };
        if rule.id() == "two" {
            assert_eq!(of_kind("verdict-dropped"), [vec!["mismatch"], vec!["broken"]]);
            assert_eq!(of_kind("verdicts-exchanged"), [vec!["mismatch", "broken"]]);
            assert_eq!(
                of_kind("status-changed"),
                [
                    // The one above the first would be worse than all.
                    vec!["mismatch", "mismatch"],
                    vec!["broken", "broken"],
                    vec!["broken", "drift"],
                ]
            );
        } else {
            assert_eq!(
                of_kind("verdict-dropped"),
                [
                    vec!["drift", "consistent"],
                    vec!["broken", "consistent"],
                    vec!["broken", "drift"]
                ]
            );
        }
    }
}

fn statuses(rule: &FileRule) -> Vec<String> {
    rule.verdicts().map(|(status, _)| status.to_string()).collect()
}

#[test]
fn every_mutant_is_a_rule_of_its_own() {
    for text in RULES {
        let rule = rule_from(text);
        let mutants = rule.mutants();
        assert!(mutants.len() > 8);
        let ids: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.id.as_str()).collect();
        assert_eq!(ids.len(), mutants.len());
        for (number, mutant) in mutants.iter().enumerate() {
            assert!(mutant.clause < rule.clauses().len());
            assert_ne!(mutant.rule.program, rule.program, "{}", mutant.id);
            for other in &mutants[..number] {
                assert_ne!(mutant.rule.program, other.rule.program, "{} {}", mutant.id, other.id);
            }
            let (rules, _) = read_rules(&[SourceFile::new("a.rule.toml", &mutant.text)]);
            assert_eq!(rules[0].program, mutant.rule.program, "{}", mutant.id);
        }
        // Made from the same text twice, they are the same.
        let again: Vec<String> = rule.mutants().into_iter().map(|mutant| mutant.text).collect();
        let texts: Vec<String> = mutants.into_iter().map(|mutant| mutant.text).collect();
        assert_eq!(again, texts);
    }
}
