//! Every mistake at its place, with what was probably meant.

use super::{file_with, mistakes_of};
use crate::{RULE_CODES, is_rule_file, read_rules};
use patchstate_source::{Diagnostic, Severity, SourceFile};

/// Code, line and column, what is marked, and help, of one diagnostic.
type Seen<'a> = (&'a str, (usize, usize), &'a str, &'a str);

fn seen(diagnostic: &Diagnostic) -> Seen<'_> {
    let place = diagnostic.place();
    let marked = diagnostic.source.text.get(diagnostic.span.clone()).unwrap();
    let help = diagnostic.help.as_deref().unwrap_or_default();
    (diagnostic.code, (place.line, place.column), marked, help)
}

/// Checks the mistakes of a condition, whose text starts at line 6, column 1.
fn check(when: &str, expected: &[Seen<'_>]) {
    let mistakes = mistakes_of(when);
    let found: Vec<Seen<'_>> = mistakes.iter().map(seen).collect();
    assert_eq!(found, expected, "{when}: {mistakes:#?}");
    for mistake in &mistakes {
        assert!(RULE_CODES.iter().any(|code| code.name == mistake.code));
        let first = mistake.message.chars().next().unwrap();
        assert!(!first.is_uppercase() || mistake.message.starts_with("KB"), "{}", mistake.message);
        assert!(!mistake.message.ends_with('.'));
    }
}

#[test]
fn eight_mistakes_are_answered_with_eight_diagnostics() {
    let files = [
        SourceFile::new("first.rule.toml", include_str!("first.rule.toml")),
        SourceFile::new("wrong.rule.toml", include_str!("eight_mistakes.rule.toml")),
    ];
    let (rules, diagnostics) = read_rules(&files);
    assert_eq!(rules.len(), 1);
    assert!(diagnostics.iter().all(|diagnostic| &*diagnostic.source.name == "wrong.rule.toml"));
    let found: Vec<Seen<'_>> = diagnostics.iter().map(seen).collect();
    assert_eq!(
        found,
        [
            (
                "rule/duplicate-id",
                (2, 6),
                "\"iis-files\"",
                "the first one is at first.rule.toml:2:6"
            ),
            ("rule/unknown-field", (8, 45), "presnt", "did you mean `present`?"),
            (
                "rule/type-mismatch",
                (14, 8),
                "file(\"system32/inetsrv/iisutil.dll\").version < \"6.0.3790.3959\"",
                "write `version(\"6.0.3790.3959\")`"
            ),
            (
                "rule/unknown-path",
                (19, 15),
                "\"system32/inetsrv/iisutl.dll\"",
                "did you mean `system32/inetsrv/iisutil.dll`?"
            ),
            (
                "rule/impossible-version",
                (23, 63),
                "\\\"6.1.3790.4693\\\"",
                "expected 5.2.3790.* or 6.0.3790.*"
            ),
            (
                "rule/missing-status",
                (25, 1),
                "[[verdict]]",
                "add `status = \"mismatch\"`, or another one"
            ),
            ("rule/syntax", (30, 30), "&&", ""),
            ("rule/unreachable-verdict", (38, 8), "'update(\"KB973917\").recorded'", ""),
        ]
    );
    let warnings: Vec<&str> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Warning)
        .map(|diagnostic| diagnostic.code)
        .collect();
    let expected = ["rule/unknown-path", "rule/impossible-version", "rule/unreachable-verdict"];
    assert_eq!(warnings, expected);
}

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    check(
        "os.levle == \"sp1\"",
        &[("rule/unknown-field", (6, 4), "levle", "did you mean `level`?")],
    );
    check("oss.level == \"sp1\"", &[("rule/unknown-field", (6, 1), "oss", "did you mean `os`?")]);
    check(
        "fil(\"system32/ntdll.dll\").present",
        &[("rule/unknown-function", (6, 1), "fil", "did you mean `file`?")],
    );
    check(
        "update(\"KB973917\").recoded",
        &[("rule/unknown-field", (6, 20), "recoded", "did you mean `recorded`?")],
    );
    check(
        "os.version.bild == 3790",
        &[("rule/unknown-field", (6, 12), "bild", "did you mean `build`?")],
    );
    check(
        "os.arch.beginsWith(\"x\")",
        &[(
            "rule/unknown-function",
            (6, 9),
            "beginsWith",
            "expected one of `contains`, `endsWith`, `matches`, `size`, `startsWith`",
        )],
    );
    check(
        "os.product.startswith(\"W\")",
        &[("rule/unknown-function", (6, 12), "startswith", "did you mean `startsWith`?")],
    );
    check(
        "file(\"system32/ntdll.dll\").export(\"a\")",
        &[("rule/unknown-function", (6, 28), "export", "did you mean `exports`?")],
    );
    check(
        "update(\"KB973918\").recorded",
        &[("rule/unknown-update", (6, 8), "\"KB973918\"", "did you mean `KB973917`?")],
    );
    check(
        "update(\"973917\").recorded",
        &[("rule/unknown-update", (6, 8), "\"973917\"", "did you mean `KB973917`?")],
    );
}

#[test]
fn levels_are_checked_like_types() {
    for (when, column, marked, help) in [
        ("os.level == \"sp3\"", 13, "\"sp3\"", "did you mean `sp1`?"),
        ("\"SP2\" != os.level", 1, "\"SP2\"", "did you mean `sp2`?"),
        ("os.level in [\"sp1\", \"sp22\"]", 21, "\"sp22\"", "did you mean `sp2`?"),
        ("os.level == \"first\"", 13, "\"first\"", "expected one of `rtm`, `sp1`, `sp2`"),
    ] {
        check(when, &[("rule/unknown-level", (6, column), marked, help)]);
    }
    check(
        "os.level == sp2",
        &[("rule/unknown-field", (6, 13), "sp2", "write `\"sp2\"`, in quotes")],
    );
}

#[test]
fn types_that_do_not_fit_are_told_with_a_way_out() {
    let file = "file(\"system32/ntdll.dll\")";
    for (when, marked, help) in [
        ("os.level == 2", None, "levels are `\"rtm\"`, `\"sp1\"` and `\"sp2\"`"),
        ("os.version < 3790", None, "compare its `.revision`, or write `version(\"...\")`"),
        ("os.arch == 86", None, ""),
        ("os.arch == null", None, "only a registry value can be null"),
        ("(1 == 1) < (2 == 2)", None, ""),
        ("os.arch", None, "compare it with something"),
        (file, None, "ask whether it is there with `.present`"),
        ("update(\"KB973917\")", None, "ask whether it is recorded with `.recorded`"),
        (
            "registry(\"HKLM/SYSTEM/Select\", \"Current\")",
            None,
            "compare it with `==`, or with `!= null` to ask whether it is there",
        ),
        ("os == os", None, ""),
        ("!os.level", Some("os.level"), "compare it with something"),
        ("true && os.arch", Some("os.arch"), "compare it with something"),
        ("os.arch in \"x86\"", Some("\"x86\""), "use `.contains(...)` on a text"),
        ("os.arch in [\"x86\", 1]", Some("1"), ""),
        ("-os.arch == 1", Some("os.arch"), ""),
        ("1 + \"a\" == 2", Some("\"a\""), ""),
        ("os.version + 1 == 2", Some("os.version"), ""),
        ("true ? os.arch == 1 : false", Some("os.arch == 1"), ""),
        ("(true ? 1 : \"a\") == 1", Some("1 : \"a\""), ""),
        ("os.arch.contains(1)", Some("1"), ""),
        ("size(os.level) == 3", Some("os.level"), ""),
        ("[1] == [1]", None, ""),
    ] {
        let marked = marked.unwrap_or(when);
        let column = when.find(marked).unwrap() + 1;
        check(when, &[("rule/type-mismatch", (6, column), marked, help)]);
    }
}

#[test]
fn paths_and_keys_that_cannot_be_are_errors() {
    for (when, code, marked, help) in [
        (
            "file(\"C:\\\\WINDOWS\\\\system32\\\\ntdll.dll\").present",
            "rule/unknown-path",
            "\"C:\\\\WINDOWS\\\\system32\\\\ntdll.dll\"",
            "write `system32/ntdll.dll`",
        ),
        (
            "file(\"/system32/ntdll.dll\").present",
            "rule/unknown-path",
            "\"/system32/ntdll.dll\"",
            "paths are relative to the Windows folder",
        ),
        (
            "registry(\"HKCU\\\\Software\\\\A\", \"B\") == null",
            "rule/unknown-hive",
            "\"HKCU\\\\Software\\\\A\"",
            "keys start with `HKLM\\SOFTWARE\\` or `HKLM\\SYSTEM\\`",
        ),
        (
            "registry(\"HKLM/SOFTWAR/A\", \"B\") == null",
            "rule/unknown-hive",
            "\"HKLM/SOFTWAR/A\"",
            "did you mean `SOFTWARE`?",
        ),
        (
            "registry(\"HKLM/SOFTWARE\", \"B\") == null",
            "rule/unknown-hive",
            "\"HKLM/SOFTWARE\"",
            "keys start with `HKLM\\SOFTWARE\\` or `HKLM\\SYSTEM\\`",
        ),
    ] {
        let column = when.find(marked).unwrap() + 1;
        check(when, &[(code, (6, column), marked, help)]);
        let (rules, mistakes) = read_rules(&[file_with(when)]);
        assert!(rules.is_empty() && mistakes[0].severity == Severity::Error, "{when}");
    }
}

#[test]
fn paths_that_nothing_known_has_are_warnings() {
    for (path, near) in [
        ("system32/inetsrv/w3cor.dll", "did you mean `system32/inetsrv/w3core.dll`?"),
        ("system32/w3core.dll", "did you mean `system32/inetsrv/w3core.dll`?"),
        ("windows/system32/ntdll.dll", "did you mean `system32/ntdll.dll`?"),
        ("system32/inetsrv/somebody-elses.dll", ""),
    ] {
        let when = format!("file(\"{path}\").present && file(\"{path}\").machine != \"\"");
        let marked = format!("\"{path}\"");
        let (rules, mistakes) = read_rules(&[file_with(&when)]);
        assert_eq!(seen(&mistakes[0]), ("rule/unknown-path", (6, 6), marked.as_str(), near));
        assert_eq!((rules.len(), mistakes[0].severity), (1, Severity::Warning));
        let again = mistakes.iter().filter(|mistake| mistake.code == "rule/unknown-path");
        assert_eq!(again.count(), 1, "{path} is told once");
    }
}

#[test]
fn versions_that_cannot_be_are_told_apart_from_those_that_nobody_has() {
    let file = "file(\"system32/inetsrv/iisutil.dll\").version";
    for (version, severity, help) in [
        ("6.0.3790", Severity::Error, "expected 5.2.3790.* or 6.0.3790.*"),
        ("6.0.3959", Severity::Error, "did you mean `6.0.3790.3959`?"),
        ("6.0.3790.65536", Severity::Error, "expected 5.2.3790.* or 6.0.3790.*"),
        ("sp2", Severity::Error, "expected 5.2.3790.* or 6.0.3790.*"),
        ("7.0.6000.16386", Severity::Warning, "expected 5.2.3790.* or 6.0.3790.*"),
        // The operating system's own files have these, and IIS files do not.
        ("5.2.3790.3959", Severity::Warning, "expected 6.0.3790.*"),
    ] {
        let when = format!("{file} < version(\"{version}\")");
        let mistakes = mistakes_of(&when);
        let [mistake] = mistakes.as_slice() else { panic!("{version}: {mistakes:#?}") };
        assert_eq!((mistake.code, mistake.severity), ("rule/impossible-version", severity));
        assert_eq!(mistake.help.as_deref(), Some(help), "{version}");
    }
    check(
        "os.version == version(\"6.0.3790.3959\")",
        &[(
            "rule/impossible-version",
            (6, 15),
            "version(\"6.0.3790.3959\")",
            "expected 5.2.3790.*",
        )],
    );
    check(
        "os.version.revision > 65536",
        &[("rule/impossible-version", (6, 23), "65536", "it is a number from 0 to 65535")],
    );
    check(
        "os.arch == \"amd64\"",
        &[("rule/impossible-value", (6, 12), "\"amd64\"", "expected one of `x86`, `x64`, `ia64`")],
    );
}

#[test]
fn arguments_must_be_texts_in_quotes() {
    for (when, marked) in [
        ("file(os.product).present", "os.product"),
        ("update(\"KB\" + \"1\").recorded", "\"KB\" + \"1\""),
        ("os.version < version(1)", "1"),
        ("file(\"system32/ntdll.dll\").exports(os.arch)", "os.arch"),
        ("os.arch.matches(os.product)", "os.product"),
        ("file().present", "file()"),
        ("file(\"a\", \"b\").present", "file(\"a\", \"b\")"),
        ("registry(\"HKLM/SYSTEM/Select\") == 1", "registry(\"HKLM/SYSTEM/Select\")"),
        (
            "file(\"system32/ntdll.dll\").imports(\"a\")",
            "file(\"system32/ntdll.dll\").imports(\"a\")",
        ),
        ("os.arch.contains()", "os.arch.contains()"),
        ("os.arch.size(1) == 1", "os.arch.size(1)"),
    ] {
        let column = when.find(marked).unwrap() + 1;
        check(when, &[("rule/wrong-argument", (6, column), marked, "")]);
    }
    let mistakes = mistakes_of("os.arch.matches(\"(\")");
    assert_eq!((mistakes[0].code, mistakes[0].place().column), ("rule/invalid-pattern", 17));
}

#[test]
fn what_cel_has_and_rules_do_not_is_refused_by_name() {
    for (when, marked) in [
        ("has(os.level)", "has"),
        ("[1, 2].exists(x, x == 1)", "exists"),
        ("os.arch.all(x, x == 1)", "all"),
        ("int(\"1\") == 1", "int"),
        ("{\"a\": 1} == 1", "{"),
        ("[1][0] == 1", "["),
        ("1.5 < 2", "1.5"),
        ("1u == 1", "1u"),
        ("b\"a\" == \"a\"", "b\"a\""),
        ("os.?level == \"sp1\"", "?"),
    ] {
        let mistakes = mistakes_of(when);
        let [mistake] = mistakes.as_slice() else { panic!("{when}: {mistakes:#?}") };
        let (code, _, found, _) = seen(mistake);
        assert_eq!((code, found), ("rule/unsupported", marked), "{when}");
    }
}

#[test]
fn syntax_is_answered_where_it_breaks() {
    for (when, column, marked, help) in [
        ("os.level = \"sp1\"", 10, "=", "write `==` to compare"),
        ("true and true", 6, "and", "write `&&`"),
        ("true or true", 6, "or", "write `||`"),
        ("not true", 1, "not", "write `!`"),
        ("true & true", 6, "&", "write `&&` for and"),
        ("(true", 6, "", ""),
        ("true)", 5, ")", ""),
        ("os.version < 6.0.3790.3959", 14, "6.0.3790.3959", "write `version(\"6.0.3790.3959\")`"),
        ("os.arch == \"x86", 12, "\"", ""),
        (
            "file(\"system32\\inetsrv\").present",
            15,
            "\\i",
            "write `/` in paths, or put an `r` before the quotes: r\"a\\b\"",
        ),
        (
            "99999999999999999999 == 1",
            1,
            "99999999999999999999",
            "the largest is 9223372036854775807",
        ),
        ("true && if", 9, "if", ""),
        ("os.", 4, "", ""),
        ("// nothing", 11, "", ""),
        ("!-1 == 1", 2, "-", ""),
    ] {
        check(when, &[("rule/syntax", (6, column), marked, help)]);
    }
}

#[test]
fn all_mistakes_of_a_condition_are_found_at_once() {
    check(
        "os.levl == \"sp1\" && os.arch < 3\n || file(\"system32/ntdll.dll\").versoin == oss",
        &[
            ("rule/unknown-field", (6, 4), "levl", "did you mean `level`?"),
            ("rule/type-mismatch", (6, 21), "os.arch < 3", ""),
            ("rule/unknown-field", (7, 32), "versoin", "did you mean `version`?"),
            ("rule/unknown-field", (7, 43), "oss", "did you mean `os`?"),
        ],
    );
}

fn check_file(text: &str, expected: &[Seen<'_>]) {
    let (_, mistakes) = read_rules(&[SourceFile::new("a.rule.toml", text)]);
    let found: Vec<Seen<'_>> = mistakes.iter().map(seen).collect();
    assert_eq!(found, expected, "{text}: {mistakes:#?}");
}

#[test]
fn keys_are_checked_one_by_one() {
    check_file(
        "id = \"a b\"\ntitel = \"A\"\nreferences = \"x\"\nstands_for = [\"brocken\", 1, \"drift\", \
         \"drift\", \"inconclusive\"]\n[[verdict]]\nstatsu = \"drift\"\nwhen = 1\n[other]\n",
        &[
            ("rule/wrong-value", (1, 6), "\"a b\"", ""),
            ("rule/unknown-key", (2, 1), "titel", "did you mean `title`?"),
            ("rule/wrong-value", (3, 14), "\"x\"", ""),
            ("rule/unknown-status", (4, 15), "\"brocken\"", "did you mean `broken`?"),
            ("rule/wrong-value", (4, 26), "1", ""),
            ("rule/wrong-value", (4, 38), "\"drift\"", ""),
            ("rule/unknown-status", (4, 47), "\"inconclusive\"", ""),
            ("rule/unknown-key", (6, 1), "statsu", "did you mean `status`?"),
            ("rule/wrong-value", (7, 8), "1", ""),
            (
                "rule/unknown-key",
                (8, 2),
                "other",
                "expected one of `id`, `title`, `description`, `references`, `stands_for`, \
                 `verdict`",
            ),
        ],
    );
    check_file(
        "# nothing\n",
        &[
            ("rule/missing-key", (1, 1), "# nothing", ""),
            ("rule/missing-key", (1, 1), "# nothing", ""),
            ("rule/missing-key", (1, 1), "# nothing", ""),
        ],
    );
    check_file(
        "id = \"a\"\ntitle = \"A\"\nverdict = [{ status = \"broken\" }]\n",
        &[(
            "rule/missing-key",
            (3, 12),
            "{ status = \"broken\" }",
            "for a verdict that always holds, add `when = \"true\"`",
        )],
    );
}

#[test]
fn verdicts_that_never_decide_are_warned_of() {
    let rule = |verdicts: &str| format!("id = \"a\"\ntitle = \"A\"\nverdict = [{verdicts}]\n");
    let verdict =
        |status: &str, when: &str| format!("{{ status = \"{status}\", when = '{when}' }}");
    let same = "os.level == \"sp1\" && true";
    check_file(
        &rule(&[verdict("broken", same), verdict("mismatch", "os.level == \"sp1\"")].join(", ")),
        &[("rule/unreachable-verdict", (3, 101), "'os.level == \"sp1\"'", "")],
    );
    check_file(
        &rule(&verdict("broken", "os.level == \"sp1\" && 1 > 2")),
        &[("rule/unreachable-verdict", (3, 40), "'os.level == \"sp1\" && 1 > 2'", "")],
    );
    check_file(
        &rule(&verdict("drift", "os.level == \"sp1\"")),
        &[(
            "rule/never-reports",
            (1, 6),
            "\"a\"",
            "list the statuses of its verdicts in `stands_for`",
        )],
    );
}

/// A rule with a line about what it stands for, and one verdict.
fn rule_that(stands_for: &str, status: &str, when: &str) -> String {
    format!(
        "id = \"a\"\ntitle = \"A\"\n{stands_for}\n\
         verdict = [{{ status = \"{status}\", when = '{when}' }}]\n"
    )
}

/// What a rule says where no verdict decides is `consistent`, so it can stand for that.
#[test]
fn a_rule_that_stands_for_consistent_reports_it_where_no_verdict_decides() {
    let rule = |when| rule_that("stands_for = [\"consistent\"]", "mismatch", when);
    check_file(&rule("os.level == \"sp1\""), &[]);
    let help = "list the statuses of its verdicts in `stands_for`";
    check_file(&rule("true"), &[("rule/never-reports", (3, 14), "[\"consistent\"]", help)]);
}

/// What a rule stands for is not known then, and no more can be said about it.
#[test]
fn a_mistake_in_stands_for_is_the_only_thing_said_of_it() {
    let near = ["did you mean `drift`?", "did you mean `stands_for`?"];
    for (stands_for, expected) in [
        (
            "stands_for = [\"inconclusive\"]",
            ("rule/unknown-status", (3, 15), "\"inconclusive\"", ""),
        ),
        ("stands_for = [\"drifft\"]", ("rule/unknown-status", (3, 15), "\"drifft\"", near[0])),
        ("stands_for = [drift]", ("rule/syntax", (3, 15), "drift", "")),
        ("stand_for = [\"drift\"]", ("rule/unknown-key", (3, 1), "stand_for", near[1])),
    ] {
        check_file(&rule_that(stands_for, "drift", "os.level == \"sp1\""), &[expected]);
    }
}

#[test]
fn a_mistake_of_toml_hides_no_other() {
    check_file(
        "id = \"a\"\ntitle = A rule\n[[verdict]]\nstatus = \"brokn\"\nwhen = 'os.levl == \"sp1\"'\n\
         [[verdict]]\nstatus = mismatch\nwhen = 'true'\n",
        &[
            ("rule/syntax", (2, 9), "A rule", ""),
            ("rule/unknown-status", (4, 10), "\"brokn\"", "did you mean `broken`?"),
            ("rule/unknown-field", (5, 12), "levl", "did you mean `level`?"),
            ("rule/syntax", (7, 10), "mismatch", ""),
        ],
    );
}

#[test]
fn rule_files_are_known_by_their_names() {
    assert!(is_rule_file("corpus/rules/a.rule.toml") && is_rule_file("B.RULE.TOML"));
    assert!(!is_rule_file("a.toml") && !is_rule_file("rule.toml/a") && !is_rule_file(""));
}
