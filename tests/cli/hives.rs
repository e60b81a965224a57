//! Registry hives that were not closed cleanly: what the core, a rule file and an OVAL definition
//! say of them, and that JSON tells why.

use crate::program::{Ended, run, word};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const HIVE: &str = "WINDOWS/system32/config/software";

/// Says that KB982666 is recorded.
const RULE: &str = r#"
id = "recorded"
title = "KB982666 is recorded"
stands_for = ["drift"]
[[verdict]]
status = "drift"
when = 'update("KB982666").recorded'
"#;

/// The same in OVAL.
const OVAL: &str = r#"<oval_definitions
  xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"
  xmlns:w="http://oval.mitre.org/XMLSchema/oval-definitions-5#windows">
<definitions><definition id="oval:test:def:1" version="1" class="vulnerability">
  <metadata><title>KB982666 is recorded</title><description>It is.</description></metadata>
  <criteria><criterion test_ref="oval:test:tst:1"/></criteria></definition></definitions>
<tests><w:registry_test id="oval:test:tst:1" version="1" check="all" comment="recorded">
  <w:object object_ref="oval:test:obj:1"/></w:registry_test></tests>
<objects><w:registry_object id="oval:test:obj:1" version="1"><w:hive>HKEY_LOCAL_MACHINE</w:hive>
  <w:key>SOFTWARE\Microsoft\Windows NT\CurrentVersion\HotFix\KB982666</w:key>
  <w:name>Installed</w:name></w:registry_object></objects>
</oval_definitions>"#;

/// Two hives of one host: without a record of KB982666, and with it; its files are there in
/// neither.
struct Host {
    folder: TempDir,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Host {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let build = |name: &str, steps: &[&str]| {
            let place = folder.path().join(name);
            let words = [&["build", "-q"], steps, &["--out", word(&place)]].concat();
            assert_eq!(run(&words).code, 0);
            fs::read(place.join(HIVE)).expect("a hive")
        };
        let before = build("host", &["os:sp2", "+iis"]);
        let after = build("recorded", &["os:sp2", "+iis", "kb982666"]);
        fs::write(folder.path().join("mine.rule.toml"), RULE).expect("a file");
        fs::write(folder.path().join("mine.xml"), OVAL).expect("a file");
        Self { folder, before, after }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("host").join(name)
    }

    /// The hive as in the middle of the write that brings the record.
    fn tear(&self) {
        let mut torn = self.before.clone();
        set(&mut torn, 4, 3);
        set(&mut torn, 8, 2);
        seal(&mut torn);
        fs::write(self.file(HIVE), torn).expect("a hive");
    }

    /// The log of that write, which holds every sector.
    fn log(&self) -> Vec<u8> {
        let mut log = self.after[..512].to_vec();
        set(&mut log, 4, 2);
        set(&mut log, 8, 2);
        set(&mut log, 28, 1);
        seal(&mut log);
        log.extend(b"DIRT");
        log.resize(log.len() + (self.after.len() - 4096) / 4096, 0xFF);
        log.resize(log.len().next_multiple_of(512), 0);
        log.extend(&self.after[4096..]);
        log
    }

    /// What the core, the rule file and the definition say.
    fn statuses(&self) -> (Ended, [String; 3]) {
        let rule = |name: &str| self.folder.path().join(name);
        let (rule_file, oval) = (rule("mine.rule.toml"), rule("mine.xml"));
        let host = self.folder.path().join("host");
        let words = ["scan", word(&host), "--json", "--rule", word(&rule_file), "--rule"];
        let ended = run(&[&words[..], &[word(&oval)]].concat());
        let object = ended.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rules = object["rules"].as_array().expect("a list");
        let of = |id: &str| {
            let said = rules.iter().find(|said| said["rule"] == id).expect("a rule");
            text(&said["status"])
        };
        let statuses = [text(&object["status"]), of("recorded"), of("oval:test:def:1")];
        (ended, statuses)
    }
}

fn set(file: &mut [u8], at: usize, number: u32) {
    file[at..at + 4].copy_from_slice(&number.to_le_bytes());
}

/// The checksum of the base block: exclusive or of the words before it.
fn seal(file: &mut [u8]) {
    let words = file[..508].chunks_exact(4);
    let sum = words.fold(0, |sum, word| sum ^ u32::from_le_bytes(word.try_into().expect("four")));
    set(file, 508, sum);
}

#[test]
fn a_hive_in_the_middle_of_a_write_is_unknown_to_every_rule_and_json_says_why() {
    let host = Host::new();
    let (_, clean) = host.statuses();
    assert_eq!(clean, ["consistent"; 3]);
    host.tear();
    let (ended, statuses) = host.statuses();
    assert_eq!(statuses, ["inconclusive"; 3], "{}", ended.stdout);
    assert_eq!(ended.code, 3);
    let object = ended.json();
    let finding = &object["findings"][0];
    assert_eq!(finding["kind"], "unreadable");
    assert_eq!(finding["file"], "system32/config/software");
    let says = |value: &Value, what: &str| value.as_str().is_some_and(|text| text.contains(what));
    assert!(says(&finding["detail"], "not closed cleanly"), "{finding}");
    assert!(says(&finding["detail"], "software.log is not there"), "{finding}");
    assert_eq!(object["notes"], json!([]));
    for said in object["rules"].as_array().expect("a list") {
        assert!(says(&said["reason"], "not closed cleanly"), "{said}");
    }
    let text = run(&["scan", word(&host.folder.path().join("host"))]);
    assert_eq!(text.code, 3);
    let flowed = text.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flowed.contains("it was not closed cleanly"), "{}", text.stdout);
}

/// The log can be spelled in any letter case, as everything in a Windows folder.
#[test]
fn with_its_log_the_hive_is_that_of_the_finished_write_and_a_note_says_so() {
    for name in ["software.LOG", "SOFTWARE.log"] {
        let host = Host::new();
        host.tear();
        let config = host.file(HIVE);
        fs::write(config.with_file_name(name), host.log()).expect("a log");
        let (ended, statuses) = host.statuses();
        // A definition of a vulnerability that is true.
        assert_eq!(statuses, ["drift", "drift", "mismatch"], "{name}: {}", ended.stdout);
        assert_eq!(ended.code, 1);
        let sectors = (host.after.len() - 4096) / 512;
        let note = format!(
            "SOFTWARE: the hive was not closed cleanly; {sectors} sectors of 512 bytes were taken \
             from its log, system32/config/software.log"
        );
        assert_eq!(ended.json()["notes"], json!([note]));
        // Nothing is written: the folder stays as it is.
        assert_eq!(names(config.parent().expect("a folder")), [name, "software", "system"].len());
    }
}

fn names(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count()
}
