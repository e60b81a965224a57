//! Files with as many mistakes as lines: every one is reported, at its place. What costs time for
//! each mistake that grows with the file would not come to an end here.

use serde_json::Value;
use std::fmt::Write;

const MISTAKES: usize = 20_000;

/// As many lines as there are to be mistakes, behind a beginning.
fn lines(beginning: &str, line: impl Fn(usize) -> String) -> String {
    (0..MISTAKES).fold(beginning.to_owned(), |mut text, number| {
        writeln!(text, "{}", line(number)).expect("a text takes everything");
        text
    })
}

/// The lines and columns at which `check` reports a code.
fn places(path: &str, folder: &std::path::Path, arguments: &[&str], code: &str) -> Vec<(u64, u64)> {
    let mut program = assert_cmd::Command::new(env!("CARGO_BIN_EXE_patchstate"));
    let program = program.current_dir(folder).args(["check", "--json"]).args(arguments);
    let output = program.output().expect("it runs");
    let object: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = object["diagnostics"].as_array().expect("mistakes").iter();
    let found = found.filter(|found| found["code"] == code);
    found
        .map(|found| {
            let line = found["line"].as_u64().expect("a line");
            let column = found["column"].as_u64().expect("a column");
            let rendered = found["rendered"].as_str().expect("a text");
            let at = format!("--> {path}:{line}:{column}\n");
            assert!(rendered.contains(&at) && rendered.len() < 2_000, "{rendered}");
            (line, column)
        })
        .collect()
}

#[test]
fn every_line_may_be_a_mistake() {
    let rule = "id = \"x\"\ntitle = \"x\"\n";
    let key = |number| format!("k{number} = 1");
    let oval = "<oval_definitions \
                xmlns=\"http://oval.mitre.org/XMLSchema/oval-definitions-5\">\n";
    let empty_definition = |number| {
        format!(
            "<definition id=\"oval:x:def:{number}\" version=\"1\" class=\"patch\"><criteria>\
             <criterion test_ref=\"oval:x:tst:{number}\"/></criteria></definition>"
        )
    };
    let steps = "# x\n\n## x\n\n```steps\nos:rtm\n";
    let end = "```\n\n```expect\nstatus = \"mismatch\"\n```\n";
    let files = [
        ("a.rule.toml", "rule/unknown-key", 3, lines(rule, key)),
        ("b.rule.toml", "rule/syntax", 1, lines("", |_| "= ".to_owned())),
        ("c.external.toml", "external/unknown-field", 3, lines(rule, key)),
        ("d.external.toml", "external/syntax", 1, lines("", |_| "= ".to_owned())),
        ("e.md", "scenario/step", 7, lines(steps, |number| format!("no{number}")) + end),
        (
            "f.xml",
            "oval/missing-reference",
            3,
            lines(&format!("{oval}<definitions>\n"), empty_definition)
                + "</definitions></oval_definitions>\n",
        ),
    ];
    let folder = tempfile::TempDir::new().expect("a folder");
    for (name, code, first, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
        let found = places(name, folder.path(), &[name], code);
        let expected: Vec<u64> = (first..).take(MISTAKES).collect();
        let found: Vec<u64> = found.into_iter().map(|(line, _)| line).collect();
        assert!(found == expected, "{name}: {} of {code}, {:?}", found.len(), found.first());
    }
}

#[test]
fn one_line_may_hold_every_mistake() {
    let reads = (0..MISTAKES).map(|number| format!("\"a{number:05}.dll\"")).collect::<Vec<_>>();
    let text =
        format!("id = \"x\"\ntitle = \"x\"\ncommand = [\"x\"]\nreads = [{}]\n", reads.join(","));
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("a.external.toml"), text).expect("a file");
    let found = places("a.external.toml", folder.path(), &["a.external.toml"], "external/reads");
    let expected: Vec<(u64, u64)> =
        (0..MISTAKES as u64).map(|number| (4, 10 + number * 13)).collect();
    assert!(found == expected, "{} {:?}", found.len(), found.first());
}
