//! Programs that are given only the files that their author names.

use super::tests::{Place, judge, reason};
use crate::{ExternalBounds, ExternalRule, Folder, KnownNames, Reads, Rule, Subject};
use patchstate_detect::{Advisories, MemoryTree, gather};
use patchstate_source::{Severity, SourceFile};
use patchstate_terms::{Status, WindowsPath};
use std::{cell::RefCell, collections::BTreeSet, io, path::Path};

const COMMAND: &str = "command = [\"sh\", \"check.sh\"]";

fn paths(paths: &[&str]) -> BTreeSet<WindowsPath> {
    paths.iter().map(|path| path.parse().unwrap()).collect()
}

/// A folder that remembers what it was asked for.
#[derive(Default)]
struct Asked(RefCell<Vec<Option<BTreeSet<WindowsPath>>>>);

impl Folder for Asked {
    fn lend(
        &self,
        only: Option<&BTreeSet<WindowsPath>>,
        look: &mut dyn FnMut(&Path),
    ) -> io::Result<Option<String>> {
        self.0.borrow_mut().push(only.cloned());
        look(Path::new("/"));
        Ok(None)
    }
}

#[test]
fn a_program_is_given_the_files_that_it_reads_and_no_others() {
    let place = Place::new("exit 0");
    let reads = "reads = [\"system32/w3core.dll\", 'System32\\inetsrv\\W3Core.dll']";
    let expected = paths(&["system32/w3core.dll", "system32/inetsrv/w3core.dll"]);
    for (rest, only) in [(reads, Some(&expected)), ("", None)] {
        let (rule, _) = place.read(&format!("{COMMAND}\n{rest}"));
        let rule = rule.unwrap();
        let folder = Asked::default();
        let tree = MemoryTree::new();
        rule.judge(&Subject {
            evidence: &gather(&tree, &Advisories::built_in()),
            tree: &tree,
            folder: Some(&folder),
        });
        assert_eq!(folder.0.into_inner(), [only.cloned()]);
        let reads = only.map_or(Reads::Folder, |files| Reads::FolderOf(files.clone()));
        assert_eq!(*rule.reads(), reads);
        assert!(rule.reads().needs_folder());
    }
}

/// A folder whose files have these numbers.
struct Numbered(std::path::PathBuf, Vec<Option<u64>>);

impl Folder for Numbered {
    fn identity(&self, only: &BTreeSet<WindowsPath>) -> Option<Vec<Option<u64>>> {
        assert_eq!(only.len(), self.1.len());
        Some(self.1.clone())
    }

    fn lend(
        &self,
        _only: Option<&BTreeSet<WindowsPath>>,
        look: &mut dyn FnMut(&Path),
    ) -> io::Result<Option<String>> {
        look(&self.0);
        Ok(None)
    }
}

/// The status that a rule gives hosts of these numbers, one after the other.
fn statuses(rule: &ExternalRule, place: &Place, numbers: &[[Option<u64>; 2]]) -> Vec<Status> {
    let (tree, host) = (MemoryTree::new(), place.host());
    let judge = |numbers: &[Option<u64>; 2]| {
        let folder = Numbered(host.clone(), numbers.to_vec());
        let subject = Subject {
            evidence: &gather(&tree, &Advisories::built_in()),
            tree: &tree,
            folder: Some(&folder),
        };
        rule.judge(&subject).status
    };
    numbers.iter().map(judge).collect()
}

#[test]
fn a_program_is_asked_once_about_equal_files() {
    // It says another thing every time that it is asked.
    let place = Place::new("echo x >> count\nexit $(wc -l < count)\n");
    let answers = "[answers]\n1 = \"broken\"\n2 = \"mismatch\"\n3 = \"drift\"\n";
    let reads = "reads = [\"system32/w3core.dll\", \"system32/ntoskrnl.exe\"]";
    let (rule, _) = place.read(&format!("{COMMAND}\n{reads}\n{answers}"));
    let rule = rule.unwrap();
    let hosts = [[Some(1), None], [Some(1), Some(2)], [Some(1), None], [None, Some(1)]];
    let expected = [Status::Broken, Status::Mismatch, Status::Broken, Status::Drift];
    assert_eq!(statuses(&rule, &place, &hosts), expected);
    assert!(rule.settle());
    assert_eq!(statuses(&rule, &place, &hosts[..1]), [Status::Broken]);
}

#[test]
fn a_failure_is_tried_again_before_it_is_remembered() {
    let place = Place::new("echo x >> count\n[ $(wc -l < count) -gt 1 ] || exit 7\nexit 1\n");
    let reads = "reads = [\"system32/w3core.dll\", \"system32/ntoskrnl.exe\"]";
    let (rule, _) = place.read(&format!("{COMMAND}\n{reads}"));
    assert_eq!(statuses(&rule.unwrap(), &place, &[[None, None]; 2]), [Status::Mismatch; 2]);
}

#[test]
fn a_reason_does_not_name_the_folder_that_was_made_for_a_host() {
    let place = Place::new("echo \"$1/WINDOWS/a.dll is not there\" >&2; exit 7");
    let reason = reason(judge(&place.rule(COMMAND), &place.host()));
    assert!(reason.contains("{folder}/WINDOWS/a.dll is not there"), "{reason}");
    assert!(!reason.contains(&*place.host().to_string_lossy()), "{reason}");
}

/// Where the Windows folder stands at the top of a disk, not every slash is the folder.
#[test]
fn a_reason_about_the_top_of_a_disk_is_left_as_it_is() {
    let place = Place::new("echo a/b >&2; exit 7");
    let reason = reason(judge(&place.rule(COMMAND), Path::new("/")));
    assert!(reason.contains("a/b"), "{reason}");
}

#[test]
fn what_is_taken_back_is_not_remembered() {
    // Its second line, for which nobody asked, comes when its input ends.
    let script = "IFS= read -r f\necho \"{\\\"status\\\": \\\"broken\\\", \\\"folder\\\": \
                  \\\"$f\\\"}\"\nread -r f\necho more\n";
    let place = Place::new(script);
    let reads = "reads = [\"system32/w3core.dll\", \"system32/ntoskrnl.exe\"]";
    let (rule, _) = place.read(&format!("{COMMAND}\nprotocol = \"lines\"\n{reads}"));
    let rule = rule.unwrap();
    let host = [[Some(1), None]];
    assert_eq!(statuses(&rule, &place, &host), [Status::Broken]);
    assert!(!rule.settle());
    assert_eq!(statuses(&rule, &place, &host), [Status::Inconclusive]);
    assert!(rule.settle());
}

#[test]
fn a_folder_of_somebody_else_holds_what_it_holds() {
    let place = Place::new("ls \"$1/WINDOWS\" >&2; exit 7");
    std::fs::write(place.host().join("WINDOWS/notepad.exe"), "").unwrap();
    let rule = place.rule(&format!("{COMMAND}\nreads = [\"system32/inetsrv/w3core.dll\"]"));
    let reason = reason(judge(&rule, &place.host()));
    assert!(reason.contains("notepad.exe"), "{reason}");
}

#[test]
fn what_cannot_be_a_list_of_files_is_said_at_its_place() {
    let place = Place::new("exit 0");
    for (reads, line, code, message) in [
        ("reads = \"w3core.dll\"", 4, "external/value", "`reads` is a text, expected a list"),
        (
            "reads = []",
            4,
            "external/reads",
            "a program that reads nothing says the same of every host",
        ),
        (
            "reads = [\n  \"system32/ntoskrnl.exe\",\n  7,\n]",
            6,
            "external/value",
            "an entry of `reads` is a whole number, expected a text",
        ),
        (
            "reads = [\n  \"system32/ntoskrnl.exe\",\n  'SYSTEM32\\ntoskrnl.exe',\n]",
            6,
            "external/reads",
            "this file is named before",
        ),
    ] {
        let (rule, said) = place.read(&format!("{COMMAND}\n{reads}"));
        assert!(rule.is_none());
        let said: Vec<_> = said.iter().map(|said| (said.code, &*said.message)).collect();
        assert_eq!(said, [(code, message)]);
        let (_, said) = place.read(&format!("{COMMAND}\n{reads}"));
        assert_eq!(said[0].source.place(said[0].span.start).line, line, "{reads}");
    }
    let (rule, said) = place.read(&format!("{COMMAND}\nreads = ['C:\\WINDOWS\\notepad.exe']"));
    assert!(rule.is_none());
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].help.as_deref(), Some("write `notepad.exe`"));
}

#[test]
fn a_file_that_is_not_known_is_a_warning() {
    let place = Place::new("exit 0");
    let text = format!(
        "id = \"check\"\ntitle = \"A check\"\n{COMMAND}\nreads = [\"system32/inetsrv/w3cor.dll\"]"
    );
    let source = SourceFile::new("check.external.toml", &text);
    let (rule, said) = ExternalRule::read(&source, place.folder.path());
    assert!(rule.is_some());
    let said: Vec<_> = said.into_iter().map(|said| (said.severity, said.code, said.help)).collect();
    let near = "did you mean `system32/inetsrv/w3core.dll`?".to_owned();
    assert_eq!(said, [(Severity::Warning, "external/reads", Some(near))]);
    // Every host has the hives.
    let hives = "reads = [\"system32/config/software\", 'System32\\Config\\SYSTEM']";
    place.rule(&format!("{COMMAND}\n{hives}"));
    let known =
        KnownNames { files: paths(&["system32/inetsrv/w3cor.dll"]), ..KnownNames::default() };
    let (rule, said) = ExternalRule::read_with(&source, place.folder.path(), &known);
    assert!(rule.is_some());
    assert_eq!(said, []);
}

#[test]
fn a_command_line_can_be_given_files_by_a_list() {
    let place = Place::new("exit 0");
    let line = format!("sh {}", place.folder.path().join("check.sh").display());
    let rule = ExternalRule::from_command_line("check", &line, ExternalBounds::default()).unwrap();
    let known = KnownNames::default();
    let list = "system32/ntoskrnl.exe, system32\\inetsrv\\W3CORE.dll";
    let (read, said) = ExternalRule::files_of_list(list, &known);
    assert_eq!(said, []);
    let files = paths(&["system32/ntoskrnl.exe", "system32/inetsrv/w3core.dll"]);
    assert_eq!(read.as_ref(), Some(&files));
    assert_eq!(*rule.that_reads(files.clone()).reads(), Reads::FolderOf(files));
    for (list, column, severity) in [
        ("system32/ntoskrnl.exe,  ,", 25, Severity::Error),
        ("system32/ntoskrnl.exe, c:/a.dll ", 24, Severity::Error),
        ("system32/ntoskrnl.exe,system32/NTOSKRNL.exe", 23, Severity::Error),
        ("", 1, Severity::Error),
        ("system32/ntoskrnl.ex", 1, Severity::Warning),
    ] {
        let (read, said) = ExternalRule::files_of_list(list, &known);
        assert_eq!(read.is_none(), severity == Severity::Error, "{list}");
        let first = said.first().unwrap();
        let place = first.source.place(first.span.start);
        assert_eq!((first.severity, place.column), (severity, column), "{list}: {first:?}");
        assert!(first.span.end <= list.len());
    }
}
