//! What is written as JUnit, held against `schemas/junit.xsd` by `xmllint` of libxml2.
//!
//! **Owns** that every shape of a report is valid, and that the schema can tell right from wrong.
//! Where `xmllint` is missing (Debian: `libxml2-utils`), a line says what was not checked; with
//! `CI=true` that is a failure.
//!
//! **Start reading** at [`valid`].

use std::{
    env, fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};
use tempfile::TempDir;

static HAS_XMLLINT: LazyLock<bool> = LazyLock::new(|| {
    let found = Command::new("xmllint").arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    let is_ci = env::var_os("CI").is_some_and(|value| value == "true");
    assert!(found || !is_ci, "there is no `xmllint`: install libxml2-utils");
    if !found {
        println!("not checked: JUnit against schemas/junit.xsd; install libxml2-utils for that");
    }
    found
});

/// Whether a document is valid, and what `xmllint` says about it; nothing where there is none.
fn lint(document: &str) -> Option<Result<(), String>> {
    if !*HAS_XMLLINT {
        return None;
    }
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/junit.xsd");
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--nonet", "--schema"]).arg(schema).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("xmllint runs");
    let mut input = child.stdin.take().expect("a pipe");
    // It reads all before it writes, and both fit its pipes.
    input.write_all(document.as_bytes()).expect("xmllint reads");
    drop(input);
    let output = child.wait_with_output().expect("xmllint ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

/// Runs the program with `--format junit`, holds the output against the schema and gives it.
#[track_caller]
fn valid(code: i32, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).args(["--format", "junit"]);
    let output = command.output().expect("the program runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    let document = String::from_utf8(output.stdout).expect("UTF-8");
    if let Some(Err(said)) = lint(&document) {
        panic!("{arguments:?}: {said}\n{document}");
    }
    document
}

const SCOPE: [&str; 6] = ["--components", "iis_ftp", "--updates", "KB975254", "--arch", "x64"];

fn word(path: &Path) -> &str {
    path.to_str().expect("a name that is text")
}

#[test]
fn what_test_writes_is_valid_whatever_came_of_the_scenarios() {
    let passed = valid(0, &["test", "corpus/scenarios"]);
    assert!(passed.contains("failures=\"0\""));
    let folder = TempDir::new().expect("a folder");
    let text = "# A & B <\"x\">\n\n```steps\nos:sp2\n```\n\n```expect\nstatus = \"drift\"\n\
        refused = [1]\n```\n";
    fs::write(folder.path().join("a&b.md"), text).expect("the file can be written");
    let failed = valid(1, &["test", word(folder.path())]);
    assert!(failed.contains("<failure message=\"not as expected: "), "{failed}");
}

#[test]
fn what_verify_writes_of_the_core_and_the_claims_is_valid() {
    let whole = valid(0, &["verify", "--arch", "x64"]);
    assert!(whole.contains("<testsuite name=\"claims\""), "{whole}");
    let bounded = valid(3, &[&["verify", "--max-states", "100"], &SCOPE[..]].concat());
    assert!(bounded.contains("<error message="), "{bounded}");
}

#[test]
fn what_verify_writes_of_rules_is_valid_right_wrong_accepted_or_open() {
    let rules = ["verify", "article-rule-of-thumb", "iis-fits-os"];
    let wrong = valid(1, &[&rules[..], &SCOPE].concat());
    assert!(wrong.contains("<failure message=\"false negative on "), "{wrong}");

    let folder = TempDir::new().expect("a folder");
    let baseline = ["--baseline", word(folder.path())];
    let words = [&rules[..], &SCOPE, &baseline].concat();
    valid(0, &[&words[..], &["--update-baseline"]].concat());
    let accepted = valid(0, &words);
    assert!(accepted.contains("<skipped message=\"false negative on "), "{accepted}");
    let gone = "rule = \"core\"\nscope = \"iis_ftp KB975254\"\n\n[[accepted]]\narch = \"x64\"\n\
        truth = \"drift\"\nverdict = \"broken\"\nsteps = [\"os:sp2\"]\n";
    fs::write(folder.path().join("core.toml"), gone).expect("the file can be written");
    let gone = valid(1, &words);
    assert!(gone.contains("type=\"no-longer-occurs\""), "{gone}");
}

#[cfg(unix)]
#[test]
fn what_verify_writes_of_a_rule_that_stays_open_is_valid() {
    // Nothing in this scope is broken, and into a program nobody sees.
    let folder = TempDir::new().expect("a folder");
    let rule = folder.path().join("never.external.toml");
    let text =
        "id = \"never\"\ntitle = \"Never\"\nstands_for = [\"broken\"]\ncommand = [\"true\"]\n";
    fs::write(&rule, text).expect("the file can be written");
    let components = ["--components", "iis_common,iis_ftp,iis_smtp", "--arch", "x64"];
    let several = ["--updates", "KB975254,KB976323", "--slices"];
    let open = valid(3, &[&["verify", word(&rule)], &components[..], &several].concat());
    assert!(open.contains("name=\"asked about every host\""), "{open}");
}

#[cfg(unix)]
#[test]
fn the_words_of_a_program_cannot_make_a_report_invalid() {
    let line = "sh -c 'printf \"\\001\\033[31m<&>]]>\\377\\302\\205\\357\\277\\277\" >&2; exit 2'";
    let report = valid(3, &[&["verify", "--command", line], &SCOPE[..]].concat());
    assert!(report.contains("type=\"inconclusive\""), "{report}");
    assert!(report.contains("<error message=\"inconclusive on 322 of 322 hosts, "), "{report}");
}

#[test]
fn a_document_that_is_not_of_this_shape_is_not_valid() {
    let counts = r#"tests="1" failures="0" errors="0""#;
    let report = |suites: &str| format!("<testsuites name=\"x\" {counts}>{suites}</testsuites>");
    let suite = |cases: &str| {
        report(&format!("<testsuite name=\"s\" {counts} skipped=\"0\">{cases}</testsuite>"))
    };
    let case = r#"<testcase name="n" classname="c"/>"#;
    let with =
        |inside: &str| suite(&format!("<testcase name=\"n\" classname=\"c\">{inside}</testcase>"));
    let good = [
        report(""),
        suite(case),
        suite(&case.replace("/>", " time=\"1.000\"/>")),
        suite(case).replace("name=\"s\"", "name=\"s\" file=\"f\" time=\"0.001\""),
        with(r#"<failure message="m" type="t">why</failure>"#),
        with(r#"<skipped message="m"/>"#),
    ];
    for document in good {
        assert!(lint(&document).is_none_or(|said| said.is_ok()), "{document}");
    }
    let bad = [
        String::new(),
        suite(case).replace("</testsuites>", ""),
        suite(case).replace("testsuites", "suites"),
        suite(case).replace(" name=\"n\"", ""),
        suite(case).replace(" name=\"n\"", " name=\"\""),
        suite(case).replace(" classname=\"c\"", ""),
        suite(case).replacen("tests=\"1\"", "tests=\"-1\"", 1),
        suite(case).replacen(" errors=\"0\"", "", 1),
        suite(&case.replace("/>", " line=\"1\"/>")),
        suite(&case.replace("/>", " file=\"f\"/>")),
        suite(&case.replace("/>", " time=\"fast\"/>")),
        suite(case).replace("name=\"x\"", "name=\"x\" skipped=\"0\""),
        suite("<properties/>"),
        with("<failure>why</failure>"),
        with(r#"<failure message="m"/><error message="m"/>"#),
        with("words"),
    ];
    for document in bad {
        assert!(lint(&document).is_none_or(|said| said.is_err()), "{document}");
    }
}
