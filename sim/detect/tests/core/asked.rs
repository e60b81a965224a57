//! What others than the verdict ask of the evidence, and what hosts with equal files share of it.

use crate::support::Judged;
use patchstate_detect::{
    Advisories, FileNames, FileTree, ImageCache, MemoryTree, ProblemPart, TreeError, gather,
    gather_with, identify_os, inspect, judge,
};
use patchstate_terms::{
    FileVersion, Hive as HiveName, Level, RegistryPath, RegistryValue, WindowsPath,
};
use patchstate_test_support::{
    host::{Host, parsed, system_hive},
    image::{Export, Image, Symbol},
};
use std::sync::Arc;

fn version_name() -> RegistryPath {
    RegistryPath {
        hive: HiveName::Software,
        key: r"Microsoft\Windows NT\CurrentVersion".to_owned(),
        value: "CurrentVersion".to_owned(),
    }
}

#[test]
fn a_file_is_an_image_or_absent_or_it_is_not_known_what_it_is() {
    let host = Host::new(Level::SP2).odd_file("asp.dll", "no image").without("w3dt.dll");
    let evidence = gather(&host.tree(), &Advisories::built_in());
    let file = |name: &str| evidence.file(&parsed(&format!("system32/inetsrv/{name}")));
    let image = file("w3core.dll").expect("it was read").expect("it is there");
    assert_eq!(image.file_version, Some(FileVersion::new(6, 0, 3790, 3959)));
    assert_eq!(file("w3dt.dll"), Ok(None));
    let odd = file("asp.dll").expect("it was read").expect("it is there");
    assert!(!odd.is_image() && !odd.problems.is_empty());
    let unknown = file("never-looked-at.dll").expect_err("nobody asked for it");
    assert!(unknown.reason.contains("never-looked-at.dll"), "{unknown:?}");
    for name in ["asp.dll", "w3dt.dll", "never-looked-at.dll"] {
        assert_eq!(evidence.image(&parsed(&format!("system32/inetsrv/{name}"))), None, "{name}");
    }
}

/// A part that could not be read says less about a file than that the file is no image.
#[test]
fn the_error_of_a_file_is_what_is_wrong_with_it_as_a_whole() {
    let image = Image::with_revision(0).exports(&[Export::Named(b"One")]);
    let mut bytes = image.imports("kernel32.dll", &[Symbol::Name("ExitProcess")]).build();
    // Of the second section, the first bytes are left.
    bytes.truncate(0x410);
    let inspection = inspect(&bytes);
    let of_all = inspection.image.problems.iter();
    let mut of_all = of_all.filter(|p| p.part == ProblemPart::Image);
    let reason = of_all.next().map(|problem| problem.reason.as_str());
    assert!(reason.is_some() && inspection.image.problems.len() > 1, "{inspection:?}");
    assert_eq!(inspection.error(), reason);
}

#[test]
fn recorded_updates_are_found_in_any_letter_case_where_the_registry_was_read() {
    let host = Host::new(Level::SP2).update("KB973917-v2", "SP3", &[("w3core.dll", 4667)]);
    let evidence = gather(&host.tree(), &Advisories::built_in());
    for id in ["KB973917", "kb973917"] {
        let update = evidence.update(id).expect("it was read").expect("it is recorded");
        assert_eq!(update.release, 2);
    }
    assert_eq!(evidence.update("KB982666"), Ok(None));
    let text = RegistryValue::Text("5.2".to_owned());
    assert_eq!(evidence.registry(&version_name()), Ok(Some(text)));
    let missing = RegistryPath { value: "Nothing".to_owned(), ..version_name() };
    assert_eq!(evidence.registry(&missing), Ok(None));

    let without = gather(&Host { has_hives: false, ..host }.tree(), &Advisories::built_in());
    assert!(without.update("KB982666").is_err());
}

#[test]
fn keys_are_there_or_not() {
    let evidence = gather(&Host::new(Level::SP2).tree(), &Advisories::built_in());
    let has = |hive, key| evidence.registry.has_key(hive, key);
    assert_eq!(has(HiveName::Software, r"microsoft\WINDOWS nt"), Ok(true));
    assert_eq!(has(HiveName::Software, r"Microsoft\Windows 95"), Ok(false));
    assert_eq!(has(HiveName::System, "CurrentControlSet"), Ok(true));
    assert_eq!(has(HiveName::System, "ControlSet007"), Ok(false));
}

#[test]
fn the_operating_system_alone_can_be_asked_for() {
    let evidence = gather(&Host::new(Level::SP1).tree(), &Advisories::built_in());
    let os = identify_os(&evidence);
    assert_eq!(os, judge(&evidence).os);
    assert_eq!((os.level, os.arch.as_deref()), (Some(Level::SP1), Some("x86")));
    assert_eq!(os.version, Some(FileVersion::new(5, 2, 3790, 1830)));
}

#[test]
fn a_cache_holds_each_image_that_has_an_identity_once() {
    let cache = ImageCache::new();
    assert!(cache.is_empty());
    let mut tree = Host::new(Level::SP2).tree();
    let bytes: Arc<[u8]> = Image::with_revision(3959).build().into();
    for name in ["asp.dll", "w3dt.dll"] {
        tree.insert_shared(parsed(&format!("system32/inetsrv/{name}")), Arc::clone(&bytes), 5);
    }
    let core = parsed("system32/inetsrv/w3core.dll");
    tree.insert_shared(core.clone(), Image::with_revision(4667).build().into(), 6);
    let evidence = gather_with(&tree, &Advisories::built_in(), &cache);
    assert_eq!((cache.len(), cache.is_empty()), (2, false));
    assert_eq!(evidence.files, gather(&tree, &Advisories::built_in()).files);
    tree.remove(&core);
    assert_eq!(gather_with(&tree, &Advisories::built_in(), &cache).file(&core), Ok(None));
}

#[test]
fn a_registry_is_shared_where_both_hives_have_an_identity_and_only_there() {
    let software: Arc<[u8]> = Host::new(Level::SP2).software_hive().build().into();
    let places = ["software", "system"].map(|name| parsed(&format!("system32/config/{name}")));
    let cache = ImageCache::new();
    let read = |word: &str, identity: Option<u64>| {
        let mut tree = MemoryTree::new();
        tree.insert_shared(places[0].clone(), Arc::clone(&software), 1);
        let system = system_hive(word).build();
        match identity {
            Some(identity) => tree.insert_shared(places[1].clone(), system.into(), identity),
            None => tree.insert(places[1].clone(), system),
        }
        let evidence = gather_with(&tree, &Advisories::built_in(), &cache);
        assert_eq!(evidence.registry.processor_architecture.as_deref(), Some(word));
        evidence.registry
    };
    let first = read("x86", Some(2));
    assert!(Arc::ptr_eq(&first, &read("x86", Some(2))));
    // The same software hive beside others.
    read("AMD64", Some(3));
    read("IA64", None);
    read("x86", None);
    // A hive that is not there is the same everywhere.
    let mut tree = MemoryTree::new();
    tree.insert_shared(places[0].clone(), software, 1);
    let [once, again] =
        [&tree, &tree].map(|tree| gather_with(tree, &Advisories::built_in(), &cache).registry);
    assert!(Arc::ptr_eq(&once, &again));
}

/// A tree that knows nothing but what it must.
struct Bare;

impl FileTree for Bare {
    fn read(&self, _: &WindowsPath, _: u64) -> Result<Option<Arc<[u8]>>, TreeError> {
        Ok(None)
    }

    fn names(&self, _: Option<&WindowsPath>) -> Result<FileNames, TreeError> {
        Ok(FileNames::default())
    }
}

#[test]
fn a_tree_that_says_nothing_of_identities_and_notes_has_none() {
    assert_eq!(Bare.identity(&parsed("system32/a.dll")), None);
    assert_eq!(Bare.notes(), Vec::<String>::new());
    assert_eq!(gather(&Bare, &Advisories::built_in()).notes, Vec::<String>::new());
}
