//! What every command says, word for word.
//!
//! A snapshot is a command, standard output, standard error where there is any, and the exit
//! code. Each was read with the question whether somebody understands it who knows nothing yet.

use crate::program::{Ended, catalog, folder, run, run_line, word};
use std::path::Path;

/// Keeps a transcript. Folders that differ from run to run get a name.
pub(crate) fn check(name: &str, shown: &str, ended: &Ended, folders: &[(&Path, &str)]) {
    let mut text = format!("$ patchstate {shown}\n{}", ended.stdout);
    if !ended.stderr.is_empty() {
        text += &format!("--- standard error\n{}", ended.stderr);
    }
    text += &format!("--- exit code {}\n", ended.code);
    for (path, name) in folders {
        text = text.replace(word(path), name);
    }
    assert!(!text.contains('\u{1b}'), "a pipe gets no colours");
    keep(name, &without_times(&text));
}

/// Keeps a text as a snapshot.
pub(crate) fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A text in which each number of seconds in a report is the same.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" time=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let (seconds, behind) = part.split_once('"').expect("the end of an attribute");
        assert!(seconds.parse::<f64>().is_ok(), "{seconds}");
        format!("{before} time=\"SECONDS\"{behind}")
    })
}

/// The same of a command in one line.
pub(crate) fn check_line(name: &str, line: &str) {
    check(name, line, &run_line(line), &[]);
}

/// No line of what people read is wider than 100 columns.
pub(crate) fn check_width(ended: &Ended) {
    for line in ended.stdout.lines() {
        assert!(line.chars().count() <= 100, "too wide: {line}");
    }
}

#[test]
fn the_incident_is_told_from_the_first_step_to_the_remedy() {
    check_line("run_incident", "run os:rtm sp2 +iis@rtm kb973917/v1");
}

#[test]
fn the_second_release_refuses_the_same_host() {
    check_line("run_refused", "run os:rtm sp2 +iis@rtm kb973917");
}

#[test]
fn a_safe_order_is_told_as_consistent() {
    check_line("run_consistent", "run os:rtm sp2 +iis kb973917");
}

#[test]
fn the_service_pack_again_repairs_the_host() {
    check_line("run_repaired", "run os:rtm sp2 +iis@rtm kb973917/v1 sp2");
}

#[test]
fn a_repair_says_what_each_step_mends() {
    check_line("repair", "repair os:rtm sp2 +iis@rtm kb973917/v1");
    check_line("repair_two_steps", "repair --arch x64 os:sp1 +iis kb942830 sp2 -iis +iis@sp1");
    check_line("repair_not_needed", "repair os:rtm +iis sp2");
}

#[test]
fn a_repair_that_a_bound_stops_says_how_far_it_looked() {
    let order = "os:sp2 +iis kb942830 kb973917/v2 -iis +iis";
    let ended = run_line(&format!("repair {order} --max-depth 1"));
    assert_eq!(ended.code, 3);
    check("repair_stopped", &format!("repair {order} --max-depth 1"), &ended, &[]);
}

/// On x64 there is only the media of Service Pack 1, whose worker process needs what no file of
/// that level has.
fn catalog_without_a_way_out() -> tempfile::TempDir {
    catalog(&[
        ("levels.toml", "media = [\"sp1\", \"sp2\"]", "media = [\"sp1\"]"),
        ("levels.toml", "service_packs = [\"sp2\"]", "service_packs = []"),
        (
            "files-web.toml",
            "names = [\"PlaceholderForTheUnnamedSp2Function\"], since = 4600",
            "names = [\"PlaceholderForTheUnnamedSp2Function\"]",
        ),
    ])
}

#[test]
fn where_nothing_repairs_a_host_the_whole_search_says_so() {
    let catalog = catalog_without_a_way_out();
    let words = ["repair", "--arch", "x64", "os:sp1", "+iis", "--catalog", word(catalog.path())];
    let folders = [(catalog.path(), "CATALOG")];
    let ended = run(&[&words[..], &["--max-depth", "60"]].concat());
    assert_eq!(ended.code, 1);
    let shown = "repair --arch x64 os:sp1 +iis --catalog CATALOG --max-depth 60";
    check("repair_impossible", shown, &ended, &folders);
    let object = run(&[&words[..], &["--max-depth", "60", "--json"]].concat()).json();
    assert_eq!((&object["search"], &object["shortest_length"]), (&"impossible".into(), &().into()));
}

/// A catalog without Service Pack 2 for x64, whose media are there: files of it are ahead of a host
/// at Service Pack 1 until their component is removed.
#[test]
fn where_only_a_removal_repairs_a_host_that_is_said() {
    let catalog = catalog(&[("levels.toml", "service_packs = [\"sp2\"]", "service_packs = []")]);
    let folders = [(catalog.path(), "CATALOG")];
    let words = ["repair", "--arch", "x64", "os:sp1", "+iis_ftp@sp2", "--catalog"];
    let words = [&words[..], &[word(catalog.path())]].concat();
    let ended = run(&words);
    check("repair_by_removal", &words.join(" "), &ended, &folders);
    let object = run(&[&words[..], &["--json"]].concat()).json();
    assert_eq!((&object["repair_removes"], &object["additive_repair"]), (&true.into(), &().into()));
    assert_eq!(object["shortest_length"], 2);
}

#[test]
fn a_removal_that_is_shorter_than_the_remedy_has_a_line_with_the_reason() {
    let scope = "--components iis_common --updates KB942831";
    check_line("verify_removal", &format!("verify --arch x64 {scope}"));
}

/// Under this assumption a service pack that is applied again installs all updates again.
#[test]
fn remedies_that_are_too_long_are_shown_with_an_order_and_the_reason() {
    let scope = "--components iis_ftp,iis_smtp --updates KB975254,KB976323";
    check_line("verify_too_long", &format!("verify --arch x64 --assume A27=always {scope}"));
}

#[test]
fn a_host_without_iis_is_not_applicable() {
    check_line("run_not_applicable", "run os:sp2");
}

#[test]
fn a_component_added_again_after_an_update_is_in_drift() {
    check_line("run_drift", "run os:sp2 +iis kb2124261 -iis +iis");
}

#[test]
fn a_service_pack_that_goes_leaves_a_newer_file_beside_an_older_one() {
    check_line("run_service_pack_removed", "run os:rtm +iis_common sp2 +iis_www kb973917 -sp2");
}

#[test]
fn updates_migrate_with_a_service_pack_or_are_contained_in_it() {
    check_line("run_migration", "run os:sp1 +iis kb913441 kb942830 sp2");
}

#[test]
fn an_update_is_removed_and_its_backup_comes_back() {
    check_line("run_update_removed", "run --arch x64 os:sp2 +iis kb973917 -kb973917");
}

#[test]
fn steps_that_do_nothing_say_why() {
    let steps =
        "os:rtm sfc restart clean-cache -iis +iis +iis sp1 sp1 clean-cache +iis_ftp -sp2 -kb973917";
    check_line("run_nothing_to_do", &format!("run {steps}"));
}

#[test]
fn files_that_wait_for_a_restart_are_told_and_everything_else_refused() {
    let order = "os:rtm sp2 +iis@rtm kb973917/v1 sfc";
    check_line("run_pending", &format!("run --assume A29=at-restart {order}"));
    check_line("repair_pending", "repair --assume A29=at-restart os:sp2 +iis_ftp kb975254");
}

#[test]
fn assumptions_change_the_story_and_stand_in_its_commands() {
    check_line(
        "run_assumption",
        "run --arch x64 --assume A3=sp1-only os:sp1 sp2 +iis@sp1 kb973917/v1",
    );
    check_line("run_first_release", "run --assume A28=fails os:sp1 +iis@rtm");
}

#[test]
fn everything_is_told_when_it_is_asked_for() {
    check_line("run_verbose", "run -v os:rtm +iis_ftp");
}

#[test]
fn verify_ends_with_the_proof() {
    check_line("verify", "verify --components iis --updates KB973917");
}

const OWN_CLAIMS: &str = "[[claim]]\nid = \"mine\"\ntext = \"Nothing ever breaks.\"\n\
    source = \"A colleague\"\nreading = \"No host is broken.\"\nrecorded = \"holds\"\n\
    scope = { components = [\"iis\"], updates = [\"KB973917\"] }\n\
    property = { kind = \"always\", then = [\"not broken\"] }\n\n\
    [[claim]]\nid = \"also-mine\"\ntext = \"FTP never breaks.\"\n\
    source = \"A colleague\"\nreading = \"No host with FTP is broken.\"\nrecorded = \"holds\"\n\
    scope = { components = [\"iis_common\", \"iis_ftp\"] }\n\
    property = { kind = \"always\", when = [\"component iis_ftp\"], then = [\"not broken\"] }\n";

#[test]
fn claims_of_ones_own_are_checked_where_the_scope_covers_them() {
    let claims = folder(&[("mine.toml", OWN_CLAIMS)]);
    let line = "verify --arch x64 --components iis --updates KB973917 --claims";
    let words: Vec<&str> = line.split(' ').chain([word(claims.path())]).collect();
    let ended = run(&words);
    assert_eq!(ended.code, 1, "a claim is not as recorded");
    check("verify_claims", &format!("{line} CLAIMS"), &ended, &[(claims.path(), "CLAIMS")]);
    let file = claims.path().join("mine.toml");
    let words = ["verify", "--components", "iis_common,iis_ftp", "--json", "--claims", word(&file)];
    let object = run(&words).json();
    let own = &object["claims"][0];
    assert_eq!((&own["id"], &own["found"]), (&"also-mine".into(), &"holds".into()));
    let unchecked = object["claims_not_checked"].as_array().expect("a list");
    let mine = unchecked.iter().find(|claim| claim["id"] == "mine").expect("it is named");
    assert_eq!(mine["reason"], "the scope lacks iis, KB973917");
}

#[test]
fn mistakes_in_claims_of_ones_own_stop_the_run_and_all_are_shown() {
    let wrong =
        OWN_CLAIMS.replace("\"mine\"", "\"sp2-again-cures\"").replace("iis_ftp\"]", "iis_fpt\"]");
    let claims = folder(&[("mine.toml", &wrong)]);
    let ended = run(&["verify", "--arch", "x64", "--claims", word(claims.path())]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    for text in
        ["mine.toml:2:6", "there are two claims `sp2-again-cures`", "mine.toml:16:", "iis_ftp"]
    {
        assert!(ended.stderr.contains(text), "{text}\n{}", ended.stderr);
    }
    assert!(ended.stderr.contains("one that is built in has this id"), "{}", ended.stderr);
    let twice = folder(&[("mine.toml", &format!("{OWN_CLAIMS}{OWN_CLAIMS}"))]);
    let ended = run(&["check", word(twice.path())]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("mine.toml:2:6"), "{}", ended.stderr);
    let empty = folder(&[]);
    let ended = run(&["verify", "--claims", word(empty.path())]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("there are no claims in it"), "{}", ended.stderr);
}

#[test]
fn built_in_claims_that_name_what_a_catalog_lacks_are_reported() {
    let catalog = catalog(&[("components.toml", "id = \"iis\"", "id = \"web\"")]);
    let words = ["verify", "--arch", "x64", "--components", "web", "--updates", "KB973917"];
    let words = [&words[..], &["--json", "--catalog", word(catalog.path())]].concat();
    let object = run(&words).json();
    let unchecked = object["claims_not_checked"].as_array().expect("a list");
    let offer = unchecked.iter().find(|claim| claim["id"] == "windows-update-offers-sp2-again");
    let reason = offer.expect("it is named")["reason"].as_str().expect("a reason");
    assert!(reason.contains("there is no component `iis`"), "{reason}");
}

#[test]
fn verify_within_a_bound_proves_nothing() {
    check_line(
        "verify_incomplete",
        "verify --arch x64 --components iis --updates KB973917 --max-depth 2",
    );
}

#[test]
fn verify_names_what_was_assumed() {
    check_line("verify_assumption", "verify --arch x64 --components iis --assume A5=refused");
}

const FAILING: &str = "# A book with mistakes\n\n## The incident, misremembered\n\n\
                       ```steps\nos:sp1  # there is no older media on x64\nsp2\n+iis@sp1\n\
                       kb973917/v1\n```\n\n\
                       ```expect\narch = \"x64\"\nstatus = \"mismatch\"\nrefused = [4]\n\
                       files = { \"system32/inetsrv/iisutil.dll\" = \"6.0.3790.3959\" }\n```\n\n\
                       ## Nothing is wrong here\n\n```steps\nos:sp2\n+iis\n```\n\n\
                       ```expect\nstatus = \"consistent\"\n```\n";

#[test]
fn a_failing_scenario_says_what_differs_and_how_to_see_it() {
    let book = folder(&[("book.md", FAILING)]);
    let ended = run(&["test", word(book.path())]);
    check("test_failing", "test BOOK", &ended, &[(book.path(), "BOOK")]);
    let ended = run(&["test", word(book.path()), "--format", "junit"]);
    let shown = "test BOOK --format junit";
    check("test_failing_junit", shown, &ended, &[(book.path(), "BOOK")]);
}

#[test]
fn the_scenario_book_holds() {
    check_line("test", "test");
}

#[test]
fn without_scenarios_nothing_ran() {
    let book = folder(&[("notes.md", "# Notes\n\nNo scenario here.\n")]);
    let ended = run(&["test", word(book.path())]);
    check("test_nothing", "test BOOK", &ended, &[(book.path(), "BOOK")]);
}

const MISTAKEN: &str = "# Mistakes\n\n## One\n\n```steps\nos:rtm\n+iis_wwww\nkb973918\n```\n\n\
                        ```expect\nstatsu = \"broken\"\nfindings = [\"behind system32/a.dll\"]\n\
                        would_break = [\"KB973917\"]\nremedy = [\"sp3\"]\nrefused = [7]\n```\n\n\
                        ## Two\n\n```steps\nos:rtm\n```\n";

#[test]
fn check_reports_every_mistake_of_a_scenario_with_its_line() {
    let book = folder(&[("book.md", MISTAKEN)]);
    let ended = run(&["check", word(book.path())]);
    check("check_scenarios", "check BOOK", &ended, &[(book.path(), "BOOK")]);
}

#[test]
fn check_reports_every_mistake_of_a_catalog_with_its_line() {
    let catalog = catalog(&[
        ("components.toml", "needs = [\"iis_common\"]", "needs = [\"iis_comon\"]"),
        ("components.toml", "title = \"IIS common files\"", "titel = \"IIS common files\""),
        ("files-web.toml", "path = \"system32/inetsrv/w3wp.exe\"", "path = \"../w3wp.exe\""),
    ]);
    let ended = run(&["check", word(catalog.path())]);
    check("check_catalog", "check CATALOG", &ended, &[(catalog.path(), "CATALOG")]);
}

#[test]
fn check_finds_no_mistake_in_the_corpus() {
    check_line("check", "check");
}

#[test]
fn built_trees_are_scanned_and_inspected() {
    let out = folder(&[]);
    let folders = [(out.path(), "OUT")];
    for (name, steps) in [
        ("broken", "os:rtm sp2 +iis@rtm kb973917/v1"),
        ("mismatch", "os:rtm sp2 +iis@rtm"),
        ("consistent", "os:sp2 +iis"),
        ("not_applicable", "os:sp2"),
    ] {
        let tree = out.path().join(name);
        let words: Vec<&str> = steps.split(' ').chain(["--out", word(&tree)]).collect();
        let built = run(&[["build"].as_slice(), &words].concat());
        let shown = format!("build {steps} --out OUT/{name}");
        check(&format!("build_{name}"), &shown, &built, &folders);
        let scanned = run(&["scan", word(&tree)]);
        check_width(&scanned);
        check(&format!("scan_{name}"), &format!("scan OUT/{name}"), &scanned, &folders);
    }
    let file = out.path().join("broken/WINDOWS/system32/inetsrv/w3core.dll");
    let inspected = run(&["inspect", word(&file)]);
    let shown = "inspect OUT/broken/WINDOWS/system32/inetsrv/w3core.dll";
    check("inspect", shown, &inspected, &folders);
}

#[test]
fn files_that_are_no_images_are_unreadable() {
    let files = folder(&[("text.dll", "This is no image.\n"), ("empty.dll", "")]);
    let (text, empty) = (files.path().join("text.dll"), files.path().join("empty.dll"));
    let ended = run(&["inspect", word(&text), word(&empty), word(files.path())]);
    let shown = "inspect FILES/text.dll FILES/empty.dll FILES";
    check("inspect_unreadable", shown, &ended, &[(files.path(), "FILES")]);
}

#[test]
fn every_kind_of_thing_is_listed() {
    for kind in ["components", "media", "updates", "files", "claims", "assumptions", "rules"] {
        let line = format!("list {kind}");
        check_width(&run_line(&line));
        check_line(&format!("list_{kind}"), &line);
    }
}

#[test]
fn every_topic_is_explained() {
    let topics = run_line("explain");
    check_width(&topics);
    check("explain", "explain", &topics, &[]);
    let names = run_line("explain --json").json();
    let names = names["topics"].as_array().expect("topics").clone();
    // A word of each kind; what each page says is told in `explain.rs`.
    for topic in ["rule-files", "broken", "behind-os", "lineage", "startsWith", "iis-fits-os"] {
        assert!(names.iter().any(|name| name == topic), "{topic}");
        let ended = run(&["explain", topic]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
        assert!(ended.stdout.starts_with(topic), "{}", ended.stdout);
    }
}

#[test]
fn the_stories_fit_on_the_screen() {
    for line in [
        "run os:rtm sp2 +iis@rtm kb973917/v1",
        "run -v os:sp1 +iis sp2 kb973917 -sp2",
        "verify --arch x64 --components iis --updates KB973917 --max-depth 1",
        "test",
        "check",
    ] {
        check_width(&run_line(line));
    }
}
