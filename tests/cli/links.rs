//! Links below a folder that a user names: what is behind them is not read, because what is read
//! is shown where it has mistakes.

#![cfg(unix)]

use crate::program::{folder, run, word};
use std::os::unix::fs::symlink;

const SECRET: &str = "root:$6$secret:1::\n";

#[test]
fn what_is_behind_a_link_below_a_folder_is_neither_read_nor_shown() {
    let elsewhere = folder(&[("secret.txt", SECRET)]);
    let scenario = "# A\n\n```steps\nos:rtm\n```\n\n```expect\nrule.leak = \"broken\"\n\
                    status = \"not-applicable\"\n```\n";
    let place = folder(&[("book.md", scenario)]);
    for name in ["leak.rule.toml", "leak.external.toml", "leak.xml", "claims.toml", "more.md"] {
        symlink(elsewhere.path().join("secret.txt"), place.path().join(name)).expect("a link");
    }
    for command in ["check", "test", "verify"] {
        let ended = run(&[command, word(place.path())]);
        let said = ended.stdout + &ended.stderr;
        assert!(!said.contains("secret:1"), "{command}: {said}");
    }
}

#[test]
fn a_table_of_a_catalog_that_is_a_link_is_refused() {
    let elsewhere = folder(&[("secret.txt", SECRET)]);
    let place = folder(&[("catalog.toml", "[catalog]\nname = \"a\"\ntitle = \"A\"\n")]);
    symlink(elsewhere.path().join("secret.txt"), place.path().join("more.toml")).expect("a link");
    for line in [&["list", "updates", "--catalog"][..], &["check"]] {
        let ended = run(&[line, &[word(place.path())]].concat());
        assert_eq!(ended.code, 2);
        assert!(!ended.stderr.contains("secret:1"), "{}", ended.stderr);
        assert!(ended.stderr.contains("more.toml") && ended.stderr.contains("it is a link"));
    }
}
