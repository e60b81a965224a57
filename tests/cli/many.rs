//! Many trees in one scan: rows in the order of the folders, whatever comes between.

use crate::program::{Ended, command, ended, folder, run, run_in, word};
use patchstate_test_support::links::link_tree;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// How many trees the list has: many times what is looked at together.
const TREE_COUNT: usize = 300;

/// A rule that stands for what it never says: it differs wherever there is a mismatch.
const BLIND: &str = "id = \"blind\"\ntitle = \"Sees nothing\"\nstands_for = [\"mismatch\"]\n\n\
    [[verdict]]\nstatus = \"consistent\"\nwhen = 'true'\n";

/// Trees with what is true of each, by name.
struct Fixtures {
    place: TempDir,
    truths: BTreeMap<String, Value>,
}

impl Fixtures {
    /// Those of the incident's update on x64, as another program would write them.
    fn new() -> Self {
        let place = folder(&[]);
        let out = place.path().join("fixtures");
        let scope = ["--arch", "x64", "--components", "iis", "--updates", "KB973917"];
        let words = [&["fixtures", "iis-fits-os", "--out", word(&out)], &scope[..]].concat();
        assert_eq!(run(&words).code, 0);
        let file = fs::read_to_string(out.join("fixtures.json")).expect("a file");
        let object: Value = serde_json::from_str(&file).expect("JSON");
        let trees = object["fixtures"].as_array().expect("a list").clone();
        let name = |tree: &Value| tree["folder"].as_str().expect("a name").to_owned();
        let truths = trees.into_iter().map(|tree| (name(&tree), tree)).collect();
        Self { place, truths }
    }

    fn tree(&self, name: &str) -> PathBuf {
        self.place.path().join("fixtures").join(name)
    }

    /// The first one that has a status.
    fn of_status(&self, status: &str) -> PathBuf {
        let found = self.truths.iter().find(|(_, tree)| tree["status"] == status);
        self.tree(found.expect("every status is shown").0)
    }

    /// So many trees, whose files are hard links to those of the fixtures in turn, with the name
    /// of the fixture that each is.
    fn linked(&self, count: usize) -> Vec<(PathBuf, &str)> {
        let hosts = self.place.path().join("hosts");
        let names = self.truths.keys().cycle().take(count).enumerate();
        let trees = names.map(|(number, name)| {
            let tree = hosts.join(format!("{number:05}"));
            link_tree(&self.tree(name), &tree);
            (tree, name.as_str())
        });
        trees.collect()
    }
}

/// The objects of a result, one in each line.
fn rows(ended: &Ended) -> Vec<Value> {
    let object = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    ended.stdout.lines().map(object).collect()
}

/// Runs the program with a text on standard input.
fn run_with(input: &str, words: &[&str]) -> Ended {
    let mut command = command(words);
    command.write_stdin(input);
    ended(command)
}

fn file_and_kind(findings: &Value) -> Vec<(&Value, &Value)> {
    findings.as_array().expect("a list").iter().map(|one| (&one["file"], &one["kind"])).collect()
}

#[test]
fn hundreds_of_trees_have_a_row_each_in_their_order_and_each_says_what_is_true() {
    let fixtures = Fixtures::new();
    let trees = fixtures.linked(TREE_COUNT);
    let missing = fixtures.place.path().join("missing");
    let mut list: Vec<&Path> = trees.iter().map(|(tree, _)| tree.as_path()).collect();
    list.insert(100, &missing);
    let lines: String = list.iter().flat_map(|tree| [word(tree), "\n"]).collect();
    let words = ["scan", "--roots-from", "-", "--format", "ndjson"];
    let ended = run_with(&lines, &words);
    assert_eq!((ended.code, ended.stderr.as_str()), (2, ""), "a folder is missing");
    let rows = rows(&ended);
    let (summary, rows) = rows.split_last().expect("a summary");
    let roots: Vec<&str> = rows.iter().filter_map(|row| row["root"].as_str()).collect();
    assert_eq!(roots, list.iter().map(|tree| word(tree)).collect::<Vec<_>>());

    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    let scanned = rows.iter().filter(|row| row["error"].is_null());
    for (row, (_, name)) in scanned.zip(&trees) {
        let truth = &fixtures.truths[*name];
        assert_eq!(row["schema"], "patchstate.scan-row/1");
        assert_eq!(row["scan"]["status"], truth["status"], "{name}");
        let (said, is) = (&row["scan"]["findings"], &truth["findings"]);
        assert_eq!(file_and_kind(said), file_and_kind(is), "{name}");
        *expected.entry(truth["status"].as_str().expect("a status")).or_default() += 1;
    }
    assert!(rows[100]["scan"].is_null());
    let error = rows[100]["error"].as_str().expect("an error");
    assert!(error.contains("cannot be read: No such file"), "{error}");
    assert_eq!(
        *summary,
        json!({
            "schema": "patchstate.scan-summary/1",
            "trees": TREE_COUNT + 1,
            "unread": 1,
            "rules": [{ "rule": "core", "by_status": expected, "differ": 0 }],
        })
    );

    // The first few as one by one, and all of them on other numbers of threads.
    for (tree, row) in list.iter().zip(rows).take(fixtures.truths.len()) {
        assert_eq!(run(&["scan", word(tree), "--json"]).json(), row["scan"]);
    }
    let file = fixtures.place.path().join("list");
    fs::write(&file, lines.replace('\n', "\r\n\r\n")).expect("a file");
    for jobs in ["1", "5"] {
        let words = ["scan", "--roots-from", word(&file), "--format", "ndjson", "--jobs", jobs];
        assert!(run(&words).stdout == ended.stdout, "--jobs {jobs}");
    }
}

/// One file of the trees is another one each time, under the same name, and some of them are links
/// to the same one.
#[test]
fn what_is_shared_by_trees_is_told_from_what_is_not() {
    let fixtures = Fixtures::new();
    let (broken, consistent) = (fixtures.of_status("broken"), fixtures.of_status("consistent"));
    let file = "WINDOWS/system32/inetsrv/iisutil.dll";
    let mut trees = Vec::new();
    for (name, base, other) in [
        ("a", &broken, None),
        ("b", &broken, Some(&consistent)),
        ("c", &consistent, None),
        ("d", &consistent, Some(&broken)),
        ("e", &broken, None),
    ] {
        let tree = fixtures.place.path().join(name);
        link_tree(base, &tree);
        if let Some(other) = other {
            fs::remove_file(tree.join(file)).expect("it was there");
            fs::hard_link(other.join(file), tree.join(file)).expect("a link");
        }
        trees.push(tree);
    }
    let words: Vec<&str> = trees.iter().map(|tree| word(tree)).collect();
    let ended = run(&[&["scan", "--format", "ndjson"], &words[..]].concat());
    let together: Vec<Value> = rows(&ended).iter().map(|row| row["scan"].clone()).take(5).collect();
    let alone: Vec<Value> =
        trees.iter().map(|tree| run(&["scan", word(tree), "--json"]).json()).collect();
    assert_eq!(together, alone);
    assert_eq!(alone[0], alone[4]);
    assert!(alone[0] != alone[1] && alone[2] != alone[3], "the file is another one");
}

#[test]
fn the_exit_code_is_the_worst_and_what_could_not_be_scanned_is_never_overlooked() {
    let fixtures = Fixtures::new();
    let [fine, broken] = ["consistent", "broken"].map(|status| fixtures.of_status(status));
    let nothing = folder(&[("WINDOWS/system32/a.txt", "")]);
    let (fine, broken, open) = (word(&fine), word(&broken), word(nothing.path()));
    let missing = fixtures.place.path().join("missing");
    let missing = word(&missing);
    for (words, code, last) in [
        (vec![fine, fine], 0, "passed: 2 trees: 2 consistent"),
        (vec![fine, broken], 1, "FAILED: 2 trees: 1 broken, 1 consistent"),
        (vec![open, fine], 3, "inconclusive: 2 trees: 1 consistent, 1 inconclusive"),
        (vec![open, broken], 1, "FAILED: 2 trees: 1 broken, 1 inconclusive"),
        (vec![broken, missing], 2, "FAILED: 2 trees: 1 broken, 1 not read"),
        (vec![broken, fine, "--exit-zero"], 0, "FAILED: 2 trees: 1 broken, 1 consistent"),
        (vec![missing, fine, "--exit-zero"], 2, "FAILED: 2 trees: 1 consistent, 1 not read"),
    ] {
        let ended = run(&[&["scan"], &words[..]].concat());
        assert_eq!(ended.stdout.lines().last(), Some(last), "{}", ended.stderr);
        assert_eq!(ended.code, code, "{words:?}");
    }
    let ended = run_with("\n\n", &["scan", "--roots-from", "-"]);
    assert_eq!(ended.code, 4);
    assert!(ended.stdout.contains("nothing ran: there is no tree"), "{}", ended.stdout);
}

#[test]
fn a_line_for_each_tree_and_a_table_of_all_are_for_people() {
    let fixtures = Fixtures::new();
    let place = folder(&[("blind.rule.toml", BLIND)]);
    for (name, status) in [("fine", "consistent"), ("bad", "broken"), ("mixed", "mismatch")] {
        link_tree(&fixtures.of_status(status), &place.path().join(name));
    }
    let findings = |tree: &str| {
        let object = run_in(place.path(), &["scan", tree, "--json"]).json();
        object["findings"].as_array().expect("a list").len()
    };
    let (bad, mixed) = (findings("bad"), findings("mixed"));
    let trees = ["scan", "fine", "bad", "missing", "mixed", "--rule", "blind.rule.toml"];
    let ended = run_in(place.path(), &trees);
    let head: Vec<&str> = ended.stdout.lines().take(4).collect();
    assert_eq!(head[0], "fine: consistent; blind says consistent");
    assert!(head[1].starts_with(&format!("bad: broken, {bad} findings, remedy ")), "{}", head[1]);
    assert!(head[2].starts_with("missing: not read: missing cannot be read: "), "{}", head[2]);
    assert!(head[3].starts_with(&format!("mixed: mismatch, {mixed} findings")), "{}", head[3]);
    let table = "\nAll trees\n  status      rule   trees\n  broken      core       1\n  \
                 mismatch    core       1\n  consistent  core       1\n  consistent  blind      3\n\
               \x20 not read               1\n\nFAILED: 4 trees: 1 broken, 1 mismatch, 1 \
                 consistent, 1 not read; blind differs from the detection core on 1 tree\n";
    assert!(ended.stdout.ends_with(table), "{}", ended.stdout);

    let quiet = run_in(place.path(), &[&trees[..], &["--quiet"]].concat());
    assert!(!quiet.stdout.contains("fine:") && quiet.stdout.contains("bad:"), "{}", quiet.stdout);
    let full = run_in(place.path(), &[&trees[..], &["--verbose"]].concat());
    let alone = run_in(place.path(), &["scan", "bad", "--verbose"]);
    let (everything, _) = alone.stdout.rsplit_once("\nFAILED").expect("a last line");
    assert!(full.stdout.contains(everything), "{}", full.stdout);
}

#[test]
fn one_object_is_about_one_tree_and_rows_are_about_any_number() {
    let fixtures = Fixtures::new();
    let tree = fixtures.of_status("consistent");
    let several = run(&["scan", word(&tree), word(&tree), "--json"]);
    assert_eq!((several.code, several.stdout.as_str()), (2, ""));
    assert!(several.stderr.contains("--format ndjson"), "{}", several.stderr);
    let listed = run_with(word(&tree), &["scan", "--roots-from", "-", "--json"]);
    assert_eq!(listed.code, 2, "a list may have one line today and two tomorrow");
    let alone = rows(&run(&["scan", word(&tree), "--format", "ndjson"]));
    assert_eq!(alone.len(), 2);
    assert_eq!(alone[0]["scan"], run(&["scan", word(&tree), "--json"]).json());
    assert_eq!(run(&["scan"]).code, 2, "no folder and no list");
}

#[test]
fn a_result_in_a_file_is_there_as_a_whole_and_never_in_place_of_the_list() {
    let fixtures = Fixtures::new();
    let tree = fixtures.of_status("consistent");
    let place = folder(&[("list", &format!("{}\n", tree.display()))]);
    let words = ["scan", "--roots-from", "list", "--format", "ndjson", "--output"];
    let ended = run_in(place.path(), &[&words[..], &["result"]].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
    assert_eq!(ended.stderr, "passed: 1 tree: 1 consistent\n");
    let written = fs::read_to_string(place.path().join("result")).expect("a file");
    assert_eq!(written.lines().count(), 2);
    let ended = run_in(place.path(), &[&words[..], &["list"]].concat());
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("it was read"), "{}", ended.stderr);
    let ended = run_in(place.path(), &["scan", "--roots-from", "lits"]);
    assert!(ended.stderr.contains("did you mean `list`?"), "{}", ended.stderr);
    assert_eq!(ended.code, 2);
    fs::write(place.path().join("list"), vec![b'x'; 70_000]).expect("a file");
    let ended = run_in(place.path(), &words[..5]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("line 1: it is too long for a path"), "{}", ended.stderr);
}

/// A result in a file takes as long as its list; ended before, it leaves nothing.
#[cfg(unix)]
#[test]
fn a_scan_that_a_signal_ends_leaves_no_half_of_a_file() {
    use std::{
        process::{Command, Stdio},
        thread,
        time::{Duration, Instant},
    };
    let place = folder(&[]);
    let count = || fs::read_dir(place.path()).expect("a folder").count();
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchstate"));
    command.args(["scan", "--roots-from", "-", "--format", "ndjson", "--output", "result"]);
    command.current_dir(place.path()).stdin(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let start = Instant::now();
    while count() == 0 && start.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(count(), 1, "the file is there under another name");
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.expect("kill starts").success());
    assert!(!child.wait().expect("it ends").success());
    assert_eq!(count(), 0, "nothing is left");
}
