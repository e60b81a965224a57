//! What YARA rules say about images, and what a mapping makes of it.

use patchstate_detect::{Advisories, FileNames, FileTree, Identity, MemoryTree, TreeError, gather};
use patchstate_rules::{ClauseValue, Judgement, Rule, Subject, YaraRule, read_yara_rule};
use patchstate_source::{Diagnostic, SourceFile};
use patchstate_terms::{Status, WindowsPath};
use patchstate_test_support::image::{Export, Image, Symbol};
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

const YARA: &str = r#"
import "pe"

rule old_version {
    condition: pe.version_info["FileVersion"] startswith "6.0.3790.0 "
}

rule needs_helper {
    condition: pe.imports("helper.dll", "Assist")
}

rule gives_help {
    condition: pe.exports("Assist")
}

private rule is_image {
    condition: uint16(0) == 0x5a4d
}

rule is_dll_of_x86 {
    condition: is_image and pe.machine == pe.MACHINE_I386
}
"#;

const HEAD: &str = "id = \"check\"\ntitle = \"A check\"\nrules = \"check.yar\"\n";

fn read(yara: &str, mapping: &str) -> (Option<YaraRule>, Vec<Diagnostic>) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("check.yar"), yara).unwrap();
    let source = SourceFile::new("check.yara.toml", mapping);
    YaraRule::read(&source, folder.path())
}

fn rule(entries: &[(&str, &str, &str)], rest: &str) -> YaraRule {
    let mut mapping = format!("{HEAD}{rest}");
    for (rule, file, status) in entries {
        mapping.push_str(&format!(
            "[[match]]\nrule = \"{rule}\"\nfile = \"{file}\"\nstatus = \"{status}\"\n"
        ));
    }
    let (rule, mistakes) = read(YARA, &mapping);
    assert_eq!(mistakes, []);
    rule.unwrap()
}

fn judge(rule: &dyn Rule, tree: &dyn FileTree) -> Judgement {
    rule.judge(&Subject {
        evidence: &gather(&MemoryTree::new(), &Advisories::built_in()),
        tree,
        folder: None,
    })
}

fn path(text: &str) -> WindowsPath {
    text.parse().unwrap()
}

fn tree(image: &Image) -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.insert(path("system32/a.dll"), image.build());
    tree
}

#[test]
fn version_imports_exports_and_machine_can_be_asked_for() {
    let old = Image::with_revision(0);
    let new = Image::with_revision(3959);
    let needs = Image::with_revision(0).imports("HELPER.dll", &[Symbol::Name("Assist")]);
    let gives = Image::with_revision(0).exports(&[Export::Named(b"Assist")]);
    for (name, fits, fits_not) in
        [("old_version", &old, &new), ("needs_helper", &needs, &old), ("gives_help", &gives, &old)]
    {
        let rule = rule(&[(name, "system32/a.dll", "mismatch")], "");
        assert_eq!(judge(&rule, &tree(fits)), Judgement::decided(Status::Mismatch, 0), "{name}");
        assert_eq!(judge(&rule, &tree(fits_not)).status, Status::Consistent, "{name}");
    }
    let rule = rule(&[("is_dll_of_x86", "system32/a.dll", "mismatch")], "");
    assert_eq!(judge(&rule, &tree(&old)).status, Status::Mismatch);
}

#[test]
fn the_first_entry_that_fits_decides_and_all_entries_have_a_value() {
    let rule = rule(
        &[
            ("gives_help", "system32/a.dll", "broken"),
            ("old_version", "system32/a.dll", "drift"),
            ("is_dll_of_x86", "system32/a.dll", "mismatch"),
        ],
        "otherwise = \"not-applicable\"\n",
    );
    let tree = tree(&Image::with_revision(0));
    assert_eq!(judge(&rule, &tree), Judgement::decided(Status::Drift, 1));
    let evidence = gather(&MemoryTree::new(), &Advisories::built_in());
    let values = rule.clause_values(&Subject { evidence: &evidence, tree: &tree, folder: None });
    assert_eq!(values, [ClauseValue::False, ClauseValue::True, ClauseValue::True]);
    assert_eq!(rule.clauses()[1].text, "old_version on system32/a.dll");
    assert_eq!(&rule.source().text[rule.clauses()[1].span.clone()], "\"old_version\"");
    assert_eq!(rule.reads().files().into_iter().collect::<Vec<_>>(), [&path("system32/a.dll")]);
}

#[test]
fn an_absent_file_fits_nothing() {
    let rule =
        rule(&[("old_version", "system32/a.dll", "mismatch")], "otherwise = \"not-applicable\"\n");
    assert_eq!(judge(&rule, &MemoryTree::new()).status, Status::NotApplicable);
}

/// A tree that cannot be read, or that counts how often it is.
struct Watched {
    inner: MemoryTree,
    is_readable: bool,
    read_count: AtomicUsize,
}

impl FileTree for Watched {
    fn read(&self, path: &WindowsPath, limit: u64) -> Result<Option<Arc<[u8]>>, TreeError> {
        self.read_count.fetch_add(1, Ordering::Relaxed);
        if self.is_readable {
            return self.inner.read(path, limit);
        }
        Err(TreeError::TooLarge { path: path.as_str().into(), length: limit + 1, limit })
    }

    fn names(&self, folder: Option<&WindowsPath>) -> Result<FileNames, TreeError> {
        self.inner.names(folder)
    }

    fn identity(&self, path: &WindowsPath) -> Option<Identity> {
        self.inner.identity(path)
    }
}

#[test]
fn a_file_that_cannot_be_read_makes_the_rule_inconclusive() {
    let rule = rule(
        &[("gives_help", "system32/a.dll", "broken"), ("old_version", "system32/a.dll", "drift")],
        "",
    );
    let inner = tree(&Image::with_revision(0));
    let tree = Watched { inner, is_readable: false, read_count: AtomicUsize::new(0) };
    let judgement = judge(&rule, &tree);
    assert_eq!((judgement.status, judgement.clause), (Status::Inconclusive, Some(0)));
    assert!(judgement.reason.unwrap().starts_with("system32/a.dll could not be scanned: "));
}

#[test]
fn an_image_is_scanned_once_wherever_it_stands() {
    let rule = rule(
        &[("gives_help", "system32/a.dll", "broken"), ("old_version", "system32/b.dll", "drift")],
        "",
    );
    let bytes: Arc<[u8]> = Image::with_revision(0).build().into();
    let mut inner = MemoryTree::new();
    inner.insert_shared(path("system32/a.dll"), Arc::clone(&bytes), 7);
    inner.insert_shared(path("system32/b.dll"), bytes, 7);
    let tree = Watched { inner, is_readable: true, read_count: AtomicUsize::new(0) };
    for _ in 0..3 {
        assert_eq!(judge(&rule, &tree).status, Status::Drift);
    }
    assert_eq!(tree.read_count.load(Ordering::Relaxed), 1);
    assert_eq!(rule.remembered_count(), 1);
    let mut other = MemoryTree::new();
    let image = Image::with_revision(3959).build();
    other.insert_shared(path("system32/b.dll"), image.into(), 8);
    assert_eq!(judge(&rule, &other).status, Status::Consistent);
    assert_eq!(rule.remembered_count(), 2);
}

#[test]
fn a_file_that_is_no_image_fits_no_rule_about_images() {
    let rule = rule(&[("is_dll_of_x86", "system32/a.dll", "mismatch")], "");
    for bytes in [&b""[..], b"MZ", b"MZ\xff\xff\xff\xff"] {
        let mut tree = MemoryTree::new();
        tree.insert(path("system32/a.dll"), bytes);
        assert_eq!(judge(&rule, &tree).status, Status::Consistent);
    }
}

#[test]
fn mistakes_of_mapping_and_yara_rules_are_reported_together_at_their_places() {
    let yara = "rule a {\n  condition: nonsense\n}\nrule b {\n  condition: also_nonsense\n}\n";
    let mapping = format!(
        "{HEAD}othrwise = \"drift\"\n[[match]]\nrule = \"x\"\nfile = \"/etc/../x\"\n\
         status = \"borken\"\n[[match]]\nfile = \"a.dll\"\n"
    );
    let (rule, mistakes) = read(yara, &mapping);
    assert!(rule.is_none());
    let found: Vec<_> =
        mistakes.iter().map(|mistake| (mistake.place().line, mistake.code)).collect();
    assert_eq!(
        found,
        [
            (4, "yara/unknown-field"),
            (7, "yara/value"),
            (8, "yara/unknown-status"),
            (9, "yara/missing-field"),
            (9, "yara/missing-field"),
            (2, "yara/compile"),
            (5, "yara/compile"),
        ]
    );
    let compile = &mistakes[5];
    assert!(compile.source.name.ends_with("check.yar"));
    assert_eq!(&compile.source.text[compile.span.clone()], "nonsense");
    assert!(compile.message.contains("unknown identifier"), "{}", compile.message);
}

#[test]
fn a_mapping_names_rules_that_exist_in_a_file_that_exists() {
    let entry = "[[match]]\nrule = \"old_versoin\"\nfile = \"a.dll\"\nstatus = \"drift\"\n";
    let (rule, mistakes) = read(YARA, &format!("{HEAD}{entry}"));
    assert!(rule.is_none());
    assert_eq!(mistakes[0].code, "yara/unknown-rule");
    assert_eq!(mistakes[0].help.as_deref(), Some("did you mean `old_version`?"));
    let (rule, mistakes) = read(YARA, &HEAD.replace("check.yar", "none.yar"));
    assert!(rule.is_none());
    let codes: Vec<_> = mistakes.iter().map(|mistake| mistake.code).collect();
    assert_eq!(codes, ["yara/missing-field", "yara/rules-file"]);
    let (rule, mistakes) = read("include \"/etc/passwd\"", HEAD);
    assert!(rule.is_none());
    assert!(mistakes.iter().any(|mistake| mistake.code == "yara/compile"), "{mistakes:?}");
}

#[test]
fn a_mapping_can_be_read_as_any_rule() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("check.yar"), YARA).unwrap();
    let entry = "[[match]]\nrule = \"old_version\"\nfile = \"system32/a.dll\"\nstatus = \"drift\"";
    let source = SourceFile::new("check.yara.toml", &format!("{HEAD}{entry}"));
    let (rule, mistakes) = read_yara_rule(&source, folder.path());
    assert_eq!(mistakes, []);
    let judgement = judge(&*rule.unwrap(), &tree(&Image::with_revision(0)));
    assert_eq!(judgement.status, Status::Drift);
}
