//! Folders of other programs with rules beside their files: what is ours is read, and what is not
//! changes nothing.

use crate::program::{catalog, folder, run, run_in, word};
use std::fs;
use tempfile::TempDir;

/// What `cargo init`, `npm init` and `uv init` write, with what is usual beside it.
const FOREIGN: [(&str, &str); 19] = [
    (
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\n\
         [[bin]]\nname = \"a\"\npath = \"src/main.rs\"\n",
    ),
    (".cargo/config.toml", "[source.crates-io]\nreplace-with = \"vendored\"\n"),
    ("src/main.rs", "fn main() {\n    println!(\"Hello, world!\");\n}\n"),
    ("rustfmt.toml", "max_width = 100\n"),
    (
        "package.json",
        "{\n  \"name\": \"a\",\n  \"version\": \"1.0.0\",\n  \"main\": \"index.js\"\n}\n",
    ),
    ("node_modules/b/README.md", "# b\n\n```steps\nnpm install b\n```\n"),
    (
        "pyproject.toml",
        "[project]\nname = \"a\"\nversion = \"0.1.0\"\ndescription = \"Add your description\"\n\
         requires-python = \">=3.12\"\ndependencies = []\n\n[tool.ruff.lint]\nselect = [\"E\"]\n",
    ),
    ("ruff.toml", "line-length = 100\n\n[lint]\nselect = [\"E\"]\n"),
    ("main.py", "def main():\n    print(\"Hello from a!\")\n"),
    ("Pipfile.toml", "[[source]]\nurl = \"u\"\nverify_ssl = true\nname = \"pypi\"\n"),
    (
        "pom.xml",
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  \
         <modelVersion>4.0.0</modelVersion>\n</project>\n",
    ),
    ("junit.xml", "<?xml version=\"1.0\"?>\n<testsuites name=\"a\"><testsuite/></testsuites>\n"),
    ("cut.xml", "<project><a"),
    ("empty.xml", ""),
    ("empty.toml", ""),
    ("broken.toml", "this is = = no TOML\n"),
    ("README.md", "# a\n\n```sh\ncargo run\n```\n\n```toml\nx = 1\n```\n\n```step\none\n```\n"),
    ("docs/notes.md", "# Notes\n\nNothing here.\n"),
    ("CHANGELOG.md", ""),
];

const RULE: &str = r#"id = "old-files"
title = "iisutil.dll is not of Service Pack 2"

[[verdict]]
status = "mismatch"
when = 'os.level == "sp2" && file("system32/inetsrv/iisutil.dll").level != "sp2"'
"#;

const BOOK: &str = "# Hosts\n\n## Files of the first service pack\n\n```steps\nos:sp2\n+iis@sp1\n\
                    ```\n\n```expect\n[rules]\nold-files = \"mismatch\"\n```\n";

const SCOPE: [&str; 6] = ["--arch", "x64", "--components", "iis_common", "--updates", "KB973917"];

/// Files of other programs, with a rule and a scenario in the midst of them.
fn foreign(more: &[(&str, &str)]) -> TempDir {
    let ours = [("old-files.rule.toml", RULE), ("book.md", BOOK)];
    folder(&[&FOREIGN[..], &ours, more].concat())
}

#[test]
fn files_of_other_programs_change_nothing() {
    let (alone, among) =
        (folder(&[("old-files.rule.toml", RULE), ("book.md", BOOK)]), foreign(&[]));
    let verify = [&["verify", "."], &SCOPE[..]].concat();
    for words in [&["check", "."][..], &["check"], &["test", "."], &["test"], &verify] {
        let (plain, same) = (run_in(alone.path(), words), run_in(among.path(), words));
        assert_eq!(
            (same.code, &same.stdout, &same.stderr),
            (plain.code, &plain.stdout, &plain.stderr)
        );
        assert_eq!(plain.stderr, "", "{words:?}");
    }
    assert_eq!(run_in(among.path(), &["check", "."]).code, 0);
    assert_eq!(run_in(among.path(), &["test", "."]).code, 0);
}

#[test]
fn what_is_left_alone_is_listed_on_request_with_what_it_was_taken_for() {
    let place = foreign(&[]);
    let said = run_in(place.path(), &["check", ".", "-v"]).stderr;
    for told in [
        "./.cargo: a folder that other programs keep",
        "./Cargo.toml: TOML with `bin`, `dependencies`, `package`",
        "./README.md: Markdown without a scenario",
        "./broken.toml: no TOML (line 1: ",
        "./cut.xml: XML with the root element `project`",
        "./docs/notes.md: Markdown without a scenario",
        "./empty.toml: an empty file",
        "./empty.xml: an empty file",
        "./junit.xml: XML with the root element `testsuites`",
        "./node_modules: a folder that other programs keep",
        "./pom.xml: XML with the root element `project`",
        "./pyproject.toml: TOML with `project`, `tool`",
        "./Pipfile.toml: TOML with `source`",
    ] {
        assert!(said.contains(&format!("left alone: {told}")), "{told}\n{said}");
    }
    assert!(!said.contains("old-files") && !said.contains("book.md"), "{said}");
}

#[test]
fn a_file_that_is_named_and_is_not_ours_is_an_error_that_says_what_it_was_taken_for() {
    let place = foreign(&[]);
    for (words, told) in [
        (&["check", "pyproject.toml"][..], "it is TOML with `project`, `tool`: expected a rule, a"),
        (&["check", "pom.xml"], "it is XML with the root element `project`: expected a rule"),
        (&["check", "README.md"], "it is Markdown without a scenario"),
        (&["check", "main.py"], "it is a file whose name ends in `.py`: expected a rule"),
        (&["check", "empty.toml"], "it is an empty file: expected"),
        (&["check", "book.md", "ruff.toml"], "ruff.toml: it is TOML with `line-length`, `lint`"),
        (&["test", "old-files.rule.toml"], "it is a rule file: expected a scenario file"),
        (&["test", "docs/notes.md"], "it is Markdown without a scenario"),
        (&["test", "Cargo.toml"], "it is TOML with `bin`, `dependencies`, `package`: expected"),
        (&["verify", "junit.xml"], "it is XML with the root element `testsuites`: expected a name"),
        (&["verify", "book.md"], "it is a scenario file: expected a name"),
        (&["verify", "docs"], "there is no rule in it"),
        (&["verify", "--claims", "ruff.toml"], "it is TOML with `line-length`, `lint`: expected"),
        (&["verify", "--claims", "docs"], "there are no claims in it: expected a file of"),
        (&["mutate", "main.py"], "it is a file whose name ends in `.py`"),
        (&["list", "media", "--catalog", "."], "no catalog in the folder .: expected files"),
    ] {
        let ended = run_in(place.path(), words);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{words:?}\n{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{words:?} lacks: {told}\n{}", ended.stderr);
    }
}

#[test]
fn a_folder_holds_a_catalog_by_what_stands_in_its_files() {
    let tables = catalog(&[]);
    for (name, text) in FOREIGN.iter().filter(|(name, _)| !name.contains('/')) {
        fs::write(tables.path().join(name), text).expect("a file");
    }
    let path = word(tables.path());
    // A file that cannot be read at all may be a part of the catalog.
    let told = run(&["check", path]);
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("broken.toml:1:"), "{}", told.stderr);
    assert_eq!(told.stderr.matches("error[").count(), 1, "{}", told.stderr);
    fs::remove_file(tables.path().join("broken.toml")).expect("a file");
    for words in [["check", path, "-q"], ["list", "media", "--catalog"]] {
        let words = if words[0] == "list" {
            vec!["list", "media", "--catalog", path]
        } else {
            words.to_vec()
        };
        let ended = run(&words);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{words:?}");
    }
    // So it does where it is found below a folder.
    let below = folder(&[]);
    fs::rename(tables.path(), below.path().join("tables")).expect("a move");
    let ended = run(&["check", word(below.path())]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.contains("12 files"), "{}", ended.stdout);
}

#[test]
fn what_is_nearly_a_catalog_is_not_passed_over() {
    let text = "[[componnet]]\nid = \"iis_common\"\ntitle = \"IIS common files\"\n";
    let place = folder(&[("below/components.toml", text)]);
    for path in [
        place.path().to_owned(),
        place.path().join("below"),
        place.path().join("below/components.toml"),
    ] {
        let ended = run(&["check", word(&path)]);
        assert_eq!(ended.code, 2, "{}", ended.stdout);
        for told in ["there is no section `componnet`", "did you mean `component`?"] {
            assert!(ended.stderr.contains(told), "{}", ended.stderr);
        }
    }
}

#[test]
fn files_are_known_by_what_stands_in_them_whatever_their_name() {
    let oval = fs::read_to_string("corpus/rules/ms10-040-w3dt.xml").expect("a document");
    let external = "id = \"x\"\ntitle = \"X\"\ncommand = [\"true\"]\n";
    let place = folder(&[
        ("mine.toml", RULE),
        ("w3dt.XML", &oval),
        ("w3dt.oval", &oval),
        ("book.txt", BOOK),
        ("UPPER.RULE.TOML", &RULE.replace("old-files", "upper")),
        ("folder.rule.toml/a.md", BOOK),
        ("program.toml", external),
    ]);
    // A program is started only for a rule that has its ending, and that it was not is said.
    let ended = run_in(place.path(), &["check", "."]);
    assert_eq!(ended.code, 2, "the folder below has no rule `old-files`");
    assert!(ended.stderr.contains("left alone: ./program.toml: TOML that reads like an external"));
    fs::remove_dir_all(place.path().join("folder.rule.toml")).expect("a folder");
    let ended = run_in(place.path(), &["check", "."]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("3 files"), "{}", ended.stdout);
    for name in ["mine.toml", "w3dt.oval", "w3dt.XML"] {
        let ended = run_in(place.path(), &["check", name]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{name}");
    }
    let ended = run_in(place.path(), &["test", "book.txt"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = run_in(place.path(), &["check", "program.toml"]);
    assert!(ended.stderr.contains("which is named `*.external.toml`"), "{}", ended.stderr);
}

#[test]
fn the_first_commands_in_a_new_folder_go_well_one_after_the_other() {
    let place = folder(&[]);
    assert_eq!(run_in(place.path(), &["init", "new"]).code, 0);
    let new = place.path().join("new");
    let report = ["--format", "junit", "--output", "junit.xml"];
    for _ in 0..2 {
        assert_eq!(run_in(&new, &["check", "."]).code, 0);
        assert_eq!(run_in(&new, &[&["test", "."], &report[..]].concat()).code, 0);
        // A scope with hosts that are broken, for which the rule stands.
        let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
        let verified = run_in(&new, &[&["verify", "."], &scope[..], &report].concat());
        assert!(verified.code < 2, "{}", verified.stderr);
        let checked = run_in(&new, &["check", "."]);
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    }
}

#[test]
fn init_writes_into_folders_and_takes_a_file_for_none() {
    let place = folder(&[("a", "text\n"), ("b/.github", "text\n")]);
    for (target, told) in [
        ("a", "a: this is a file, expected a folder"),
        ("b", "b/.github: this is a file, expected a folder"),
    ] {
        let ended = run_in(place.path(), &["init", target]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{target}");
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    let names: Vec<_> = fs::read_dir(place.path().join("b")).expect("a folder").collect();
    assert_eq!(names.len(), 1, "nothing is written where one file cannot be");
}

/// A manifest of Spin, of its first version.
#[test]
fn a_section_that_is_called_as_in_a_catalog_makes_none_of_a_file_that_is_mostly_something_else() {
    let spin = "spin_manifest_version = \"1\"\nname = \"a\"\nversion = \"0.1.0\"\n\
                trigger = { type = \"http\", base = \"/\" }\n\n[[component]]\nid = \"a\"\n\
                source = \"a.wasm\"\n[component.trigger]\nroute = \"/\"\n";
    let place = foreign(&[("spin.toml", spin)]);
    let ended = run_in(place.path(), &["check", "."]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    let said = run_in(place.path(), &["check", ".", "-v"]).stderr;
    let told = "left alone: ./spin.toml: TOML with `component`, `name`, `spin_manifest_version`, \
                ...: a section is called as in a part of a catalog";
    assert!(said.contains(told), "{said}");
}
