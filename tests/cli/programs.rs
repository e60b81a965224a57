//! Programs as rules, through the whole command: which files they get, and that staying changes
//! nothing.

use crate::program::{folder, run, word};
use serde_json::Value;
use std::process::Command;

const SCOPE: [&str; 4] = ["--components", "iis_common", "--updates", "KB973917"];

/// The counts of the rule that was verified beside the core.
fn counts(words: &[&str]) -> [u64; 5] {
    let ended = run(&[&["verify"], words, &SCOPE, &["--json"]].concat());
    let object = ended.json();
    let keys =
        ["true_positive", "false_positive", "true_negative", "false_negative", "inconclusive"];
    keys.map(|key| object["rules"][1][key].as_u64().unwrap_or_else(|| panic!("{key}: {object}")))
}

/// How many hosts an architecture has in the scope.
fn states(arch: &str) -> u64 {
    let object: Value = run(&[&["verify", "--arch", arch, "--json"], &SCOPE[..]].concat()).json();
    object["arches"][0]["states"].as_u64().expect("a number")
}

/// In a run over both architectures, images of x64 hosts were once those of x86 hosts.
#[cfg(unix)]
#[test]
fn a_program_gets_the_files_of_the_host_that_it_is_asked_about() {
    // The machine stands behind the signature of a PE file: 8664 is x64.
    let is_x64 = "LC_ALL=C grep -aqP 'PE\\x00\\x00\\x64\\x86' \"$1/WINDOWS/system32/ntoskrnl.exe\"";
    let once = format!(
        "id = \"once\"\ntitle = \"It is for x86\"\n\
         command = [\"sh\", \"-c\", '''{is_x64}''', \"x\"]\n"
    );
    let each = format!(
        "while IFS= read -r f; do set -- \"$f\"\nif {is_x64}; then s=consistent; else s=mismatch; \
         fi\necho \"{{\\\"status\\\": \\\"$s\\\"}}\"; done\n"
    );
    let lines = "id = \"lines\"\ntitle = \"It is for x86\"\ncommand = [\"sh\", \"check.sh\"]\n\
        protocol = \"lines\"\n";
    let files = [("a.external.toml", &*once), ("b.external.toml", lines), ("check.sh", &*each)];
    let place = folder(&files);
    let (x86, x64) = (states("x86"), states("x64"));
    for name in ["a.external.toml", "b.external.toml"] {
        let [tp, fp, tn, fn_, inconclusive] = counts(&[word(&place.path().join(name))]);
        assert_eq!((tp + fp, tn + fn_, inconclusive), (x86, x64, 0), "{name}");
    }
}

#[test]
fn the_example_says_the_same_whether_it_stays_or_not() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        println!("not checked: examples/older_than_os.py; there is no python3");
        return;
    }
    // Started dozens of times on a busy machine, Python may take longer than ten seconds once.
    let text = std::fs::read_to_string("examples/older-than-os.external.toml").expect("a rule");
    let text = text.replace("timeout_seconds = 10", "timeout_seconds = 120");
    let script = std::fs::read_to_string("examples/older_than_os.py").expect("a script");
    let place = folder(&[("once.external.toml", &*text), ("older_than_os.py", &*script)]);
    let once = counts(&[word(&place.path().join("once.external.toml"))]);
    let lines = counts(&["examples/older-than-os-lines.external.toml"]);
    assert_eq!(once, lines);
    let [found, _, right, missed, inconclusive] = lines;
    // It sees what is older than the system, and not what is newer.
    assert!(found > 0 && right > 0 && missed > 0 && inconclusive == 0, "{lines:?}");
}
