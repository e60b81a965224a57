//! `explain`: every page, its example, and rules of a user.
//!
//! **Owns** that the examples of pages run as they say, that no mark of Markdown is left in what is
//! shown, and that names are exact in JSON.
//!
//! **Must never know** what a page says: it reads pages as anyone does.
//!
//! **Start reading** at [`every_example_runs_as_its_page_says`].

use assert_cmd::Command;
use patchstate_catalog::Catalog;
use patchstate_report::{
    explain::{Block, Kind, Page, pages},
    text::{self, View},
};
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

/// Runs the program in a folder: what it said on both outputs, and what it exited with.
fn run(folder: &Path, words: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    let output = command.current_dir(folder).args(words).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code().expect("it ends by itself"))
}

fn json(folder: &Path, topic: &str) -> Value {
    let (said, complaints, code) = run(folder, &["explain", topic, "--json"]);
    assert_eq!(code, 0, "{topic}: {complaints}");
    serde_json::from_str(&said).expect("JSON")
}

/// A folder with the files of a page's example.
fn example(page: &Value) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for file in page["files"].as_array().expect("a list") {
        let path = folder.path().join(file["name"].as_str().expect("a name"));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, file["text"].as_str().expect("a text")).expect("a file");
    }
    folder
}

/// A build without the engine says so of a mapping of YARA rules.
const WITHOUT_YARA: i32 = 2;

#[test]
fn every_example_runs_as_its_page_says() {
    let names: Vec<String> = pages(&Catalog::built_in())
        .into_iter()
        .filter(|page| page.kind == Kind::Page)
        .map(|page| page.name)
        .collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let page = json(Path::new("."), &name);
        assert_eq!((&page["topic"], &page["kind"]), (&name.as_str().into(), &"page".into()));
        let commands = page["commands"].as_array().expect("a list").clone();
        assert!(!commands.is_empty(), "{name} has no example");
        let folder = example(&page);
        for command in commands {
            let line = command["line"].as_str().expect("a line");
            let mut words = line.split_whitespace();
            assert_eq!(words.next(), Some("patchstate"), "{line}");
            let words: Vec<&str> = words.collect();
            let (said, complaints, code) = run(folder.path(), &words);
            let has_engine = name != "yara" || cfg!(feature = "yara");
            let expected = command["exit_code"].as_i64().expect("a number");
            let expected = if has_engine { expected } else { i64::from(WITHOUT_YARA) };
            assert_eq!(i64::from(code), expected, "{name}: {line}\n{said}\n{complaints}");
            assert!(has_engine || complaints.contains("feature `yara` is off"), "{complaints}");
        }
    }
}

/// What stands in files of an example is not the page's own text.
fn own_text(page: &Page) -> String {
    let is_own = |block: &&Block| !matches!(block, Block::File(..) | Block::Commands(_));
    let blocks = page.blocks.iter().filter(is_own).cloned().collect();
    let page = Page { blocks, ..page.clone() };
    page.to_text()
}

#[test]
fn no_mark_of_markdown_is_left_and_every_line_fits() {
    for page in pages(&Catalog::built_in()) {
        let own = own_text(&page);
        // Codes of mistakes quote keys with the marks that their messages have.
        assert!(!own.contains('`') || page.kind == Kind::Mistake, "{own}");
        assert!(!own.contains("**") && !own.contains("]("), "{own}");
        for line in text::explain(&page, View::default()).lines() {
            let line = anstream::adapter::strip_str(line).to_string();
            assert!(line.chars().count() <= 100, "{}: {line}", page.name);
        }
    }
}

#[test]
fn pages_and_words_are_told_as_they_were_read() {
    const SAMPLES: [&str; 9] = [
        "sp2",
        "iis_www",
        "iis_asp",
        "KB973917",
        "MS10-040",
        "system32/inetsrv/asp.dll",
        "A3",
        "sp2-again-cures",
        "iis-fits-os",
    ];
    let is_general = |kind: Kind| {
        matches!(kind, Kind::Page | Kind::Status | Kind::Finding | Kind::Word | Kind::Condition)
    };
    let pages = pages(&Catalog::built_in());
    let shown = pages
        .iter()
        .filter(|page| is_general(page.kind) || SAMPLES.contains(&page.name.as_str()))
        .map(|page| text::explain(page, View::default()));
    let all = shown.collect::<Vec<_>>().join("\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let all = anstream::adapter::strip_str(&all).to_string();
    settings.bind(|| insta::assert_snapshot!("explain_pages", all));
}

#[test]
fn a_rule_of_a_user_is_explained_by_its_path() {
    let page = json(Path::new("."), "rule-files");
    let folder = example(&page);
    let rule = json(folder.path(), "mine.rule.toml");
    assert_eq!((&rule["topic"], &rule["kind"]), (&"old-iisutil".into(), &"rule".into()));
    let told = rule["text"].as_str().expect("a text");
    for part in [
        "Rule. iisutil.dll is older than Service Pack 2.",
        "The check with winver and the version tab.",
        "broken and mismatch: these it should report",
        "mismatch: os.level == \"sp2\" && file(\"system32/inetsrv/iisutil.dll\").present && ",
        "consistent: otherwise",
        "    file(\"system32/inetsrv/iisutil.dll\").version\n",
        "$ patchstate verify mine.rule.toml",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let page = json(Path::new("."), "external-rules");
    let folder = example(&page);
    let rule = json(folder.path(), "old.external.toml");
    let told = rule["text"].as_str().expect("a text");
    for part in ["mismatch: exit code 1", "consistent: exit code 0", "    system32/inetsrv/iisutil"]
    {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let page = json(Path::new("."), "oval");
    let folder = example(&page);
    let rule = json(folder.path(), "old-iisutil.xml");
    let told = rule["text"].as_str().expect("a text");
    for part in ["mismatch: the definition is true", "inconclusive: the definition is unknown"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

/// The way that names were spelled out in JSON as they are on a screen.
#[test]
fn names_are_exact_in_json_and_spelled_out_on_a_screen() {
    let page = json(Path::new("."), "catalog");
    let folder = example(&page);
    let path = folder.path().join("catalog/all.toml");
    let text = fs::read_to_string(&path).expect("the catalog");
    fs::write(&path, text.replace("Mends the web server", "Mends\u{202e}it")).expect("a file");
    let words = ["explain", "KB100001", "--catalog", "catalog"];
    let (said, complaints, code) = run(folder.path(), &words);
    assert_eq!(code, 0, "{complaints}");
    assert!(said.contains("Mends\\u{202e}it"), "{said}");
    let (said, ..) = run(folder.path(), &[&words[..], &["--json"]].concat());
    let object: Value = serde_json::from_str(&said).expect("JSON");
    assert!(object["text"].as_str().expect("a text").contains("Mends\u{202e}it"), "{said}");
}

#[test]
fn several_words_are_one_topic_and_an_unknown_one_gets_the_nearest() {
    let here = Path::new(".");
    let (several, _, code) = run(here, &["explain", "Rapid-fail", "PROTECTION"]);
    assert_eq!(code, 0);
    assert_eq!(several, run(here, &["explain", "rapid-fail-protection"]).0);
    let (said, complaints, code) = run(here, &["explain", "startWith"]);
    assert_eq!((said.as_str(), code), ("", 2));
    assert!(complaints.contains("did you mean `startsWith`?"), "{complaints}");
    let (_, complaints, _) = run(here, &["explain", "w3c"]);
    assert!(complaints.contains("`w3core.dll`"), "{complaints}");
}

#[test]
fn a_command_is_no_topic_and_its_help_is_named() {
    let (_, complaints, code) = run(Path::new("."), &["explain", "verify"]);
    assert_eq!(code, 2);
    assert!(complaints.contains("`patchstate help verify`"), "{complaints}");
    let (_, complaints, _) = run(Path::new("."), &["explain", "nosuchtopic"]);
    assert!(complaints.contains("lists all topics"), "{complaints}");
    assert!(!complaints.contains("\\u{a}") && complaints.lines().count() == 1, "{complaints}");
}

/// What stands between backticks and begins like a condition is one, as far as its grammar goes.
#[test]
fn the_conditions_that_pages_show_can_be_read() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/report/src/explain/topics");
    let text = fs::read_to_string(pages.join("conditions.md")).expect("the pages");
    let begins = ["file(", "registry(", "update(", "version(", "os."];
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("a.rule.toml");
    let mut tried = 0;
    let shown = text.split('`').skip(1).step_by(2).filter(|shown| {
        begins.iter().any(|begin| shown.starts_with(begin)) && !shown.starts_with("os.X")
    });
    for shown in shown {
        let shown = shown.replace('\n', " ").replace("PATH", "\"p\"");
        let shown = shown.replace("KEY, NAME", "\"HKLM/SOFTWARE/k\", \"n\"");
        let rule = format!(
            "id = \"a\"\ntitle = \"A\"\n[[verdict]]\nstatus = \"broken\"\n\
             when = \'\'\'\n{shown}\n\'\'\'\n"
        );
        fs::write(&path, rule).expect("a file");
        let (_, complaints, _) = run(folder.path(), &["check", "a.rule.toml"]);
        assert!(!complaints.contains("rule/syntax"), "{shown}\n{complaints}");
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
}
