//! Conditions that are never true together, and values that nothing has.

use super::{file_with, mistakes_of};
use crate::{KnownNames, read_rules, read_rules_with};
use patchstate_source::{Diagnostic, Severity, SourceFile};

const OLD: &str = "file(\"system32/inetsrv/iisutil.dll\").version";

/// A version that files of IIS have.
fn version(revision: u16) -> String {
    format!("version(\"6.0.3790.{revision}\")")
}

/// The marked text and the help of the one warning that there is.
#[track_caller]
fn warning(when: &str) -> (String, String) {
    let mistakes = mistakes_of(when);
    let [mistake] = mistakes.as_slice() else { panic!("{when}: {mistakes:#?}") };
    assert_eq!((mistake.code, mistake.severity), ("rule/contradiction", Severity::Warning));
    let marked = mistake.source.text[mistake.span.clone()].to_owned();
    (marked, mistake.help.clone().unwrap_or_default())
}

#[test]
fn two_values_of_one_field_exclude_each_other() {
    let (marked, help) =
        warning("os.level == \"sp1\" &&\n os.arch == \"x86\" && os.level == \"sp2\"");
    assert_eq!(marked, "os.level == \"sp2\"");
    assert_eq!(help, "`os.level == \"sp1\"` excludes `os.level == \"sp2\"`: did you mean `||`?");
    for (when, marked) in [
        ("\"x86\" == os.arch && \"x64\" == os.arch", "\"x64\" == os.arch"),
        ("os.level in [\"rtm\", \"sp1\"] && os.level == \"sp2\"", "os.level == \"sp2\""),
        ("os.level == \"sp1\" && !(os.level == \"sp1\")", "!(os.level == \"sp1\")"),
        // No level is below the first one.
        ("os.level < \"sp1\" && os.level > \"rtm\"", "os.level > \"rtm\""),
        (
            "os.arch == \"x86\" && (os.level == \"sp1\" && os.arch == \"x64\")",
            "os.level == \"sp1\" && os.arch == \"x64\"",
        ),
        (
            "update(\"KB973917\").recorded && !update(\"KB973917\").recorded",
            "!update(\"KB973917\").recorded",
        ),
    ] {
        assert_eq!(warning(when).0, marked);
    }
}

#[test]
fn ranges_without_a_common_version_exclude_each_other() {
    for (below, above) in [
        (format!("{OLD} < {}", version(1830)), format!("{OLD} > {}", version(3959))),
        (format!("{OLD} < {}", version(1830)), format!("{OLD} >= {}", version(1830))),
        (format!("{OLD} <= {}", version(1830)), format!("{OLD} > {}", version(1830))),
        (format!("{OLD} <= {}", version(0)), format!("{} == {OLD}", version(1830))),
        (format!("{OLD}.revision < 1830"), format!("{OLD}.revision > 3000")),
    ] {
        assert_eq!(warning(&format!("{below} && {above}")).0, above);
        assert_eq!(warning(&format!("{above} && {below}")).0, below);
    }
}

#[test]
fn what_can_be_true_together_is_no_contradiction() {
    for when in [
        "os.level == \"sp1\" || os.level == \"sp2\"".to_owned(),
        "os.level == \"sp1\" && os.level == \"sp1\"".to_owned(),
        "os.level != \"sp1\" && os.level != \"sp2\"".to_owned(),
        "os.level >= \"sp1\" && os.level <= \"sp1\"".to_owned(),
        format!("{OLD} <= {} && {OLD} >= {}", version(1830), version(1830)),
        format!("{OLD} > {} && {OLD} < {}", version(0), version(1830)),
        // Another file.
        format!(
            "{OLD} == {} && file(\"system32/inetsrv/w3core.dll\").version == {}",
            version(0),
            version(1830)
        ),
    ] {
        assert_eq!(mistakes_of(&when), [], "{when}");
    }
}

#[test]
fn releases_that_nobody_knows_are_told_with_those_that_there_are() {
    let found = |when: &str| {
        let mistakes = mistakes_of(when);
        let [mistake] = mistakes.as_slice() else { panic!("{when}: {mistakes:#?}") };
        (mistake.code, mistake.help.clone().unwrap_or_default())
    };
    let releases = "KB973917 has the releases 1 to 2";
    assert_eq!(
        found("update(\"KB973917\").release == 9"),
        ("rule/impossible-value", releases.to_owned())
    );
    assert_eq!(
        found("update(\"KB973917\").release == \"v9\""),
        ("rule/type-mismatch", format!("releases are numbers: {releases}"))
    );
    assert_eq!(mistakes_of("update(\"KB973917\").release < 3"), []);
}

#[test]
fn names_of_a_catalog_of_ones_own_are_known() {
    let when = "file(\"system32/own.dll\").version < version(\"7.1.2.3\") && \
                update(\"KB1234567\").release == 3";
    let codes = |mistakes: &[Diagnostic]| mistakes.iter().map(|one| one.code).collect::<Vec<_>>();
    let file = file_with(when);
    let (_, unknown) = read_rules(std::slice::from_ref(&file));
    let expected = ["rule/unknown-path", "rule/impossible-version", "rule/unknown-update"];
    assert_eq!(codes(&unknown), expected);
    let known = KnownNames {
        files: [("system32/own.dll").parse().unwrap()].into(),
        updates: [("KB1234567".to_owned(), 3)].into(),
        builds: vec!["7.1.2.0".parse().unwrap()],
        ..KnownNames::default()
    };
    assert_eq!(read_rules_with(&[file], &known).1, []);
    // A near name of one's own is offered too.
    let (_, near) = read_rules_with(&[file_with("file(\"system32/owm.dll\").present")], &known);
    assert_eq!(near[0].help.as_deref(), Some("did you mean `system32/own.dll`?"));
}

#[test]
fn the_id_of_the_core_and_ids_of_others_are_taken_whatever_else_is_wrong() {
    let text = |id: &str, title: &str| {
        format!("id = \"{id}\"\ntitle = {title}\n[[verdict]]\nstatus = \"broken\"\nwhen = 'true'\n")
    };
    let files = [
        SourceFile::new("a.rule.toml", &text("one", "\"A\"")),
        SourceFile::new("b.rule.toml", &text("one", "not TOML")),
        SourceFile::new("c.rule.toml", &text("core", "\"C\"")),
    ];
    let (rules, mistakes) = read_rules(&files);
    assert_eq!(rules.len(), 1);
    let found: Vec<(&str, &str, usize)> =
        mistakes.iter().map(|one| (one.source.name.as_ref(), one.code, one.place().line)).collect();
    assert_eq!(
        found,
        [
            ("b.rule.toml", "rule/duplicate-id", 1),
            ("b.rule.toml", "rule/syntax", 2),
            ("c.rule.toml", "rule/duplicate-id", 1),
        ]
    );
    assert_eq!(mistakes[0].help.as_deref(), Some("the first one is at a.rule.toml:1:6"));
}
