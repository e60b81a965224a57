//! Registry against system files: which of them says what the operating system is.

use crate::support::Judged;
use patchstate_detect::{Advisories, MemoryTree, gather, identify_os};
use patchstate_terms::{FindingKind, Level, Machine, Status};
use patchstate_test_support::{
    hive::Key,
    host::{Host, image, parsed, system_hive},
    image::Image,
};

/// A host whose registry says one level, and two of whose system files are of two others.
fn tied(registry: Level, levels: [u16; 2]) -> Host {
    Host::new(registry)
        .without("system32/ntdll.dll")
        .file("system32/ntoskrnl.exe", levels[0])
        .file("system32/kernel32.dll", levels[1])
}

#[test]
fn of_two_levels_with_as_many_files_the_registry_chooses() {
    for registry in [Level::RTM, Level::SP2] {
        for levels in [[0, 3959], [3959, 0]] {
            let os = identify_os(&gather(&tied(registry, levels).tree(), &Advisories::built_in()));
            assert_eq!(os.level, Some(registry));
        }
    }
    // It does not bring in a third.
    let verdict = tied(Level::SP1, [0, 3959]).verdict();
    assert_eq!((verdict.os.level, verdict.status), (None, Status::Inconclusive));
}

/// A mismatch is said where a file that cannot be read would leave the level what it is.
#[test]
fn an_unreadable_system_file_counts_for_every_level() {
    let mixed = Host::new(Level::SP2).component("iis_common", Level::RTM);
    let two = mixed.odd_file("system32/ntoskrnl.exe", "no image");
    assert_eq!(two.verdict().status, Status::Mismatch);
    let one = two.without("system32/ntdll.dll");
    assert_eq!(one.verdict().status, Status::Inconclusive);
    // Where it was read, one is enough.
    let read = Host { odd_files: [].into(), ..one }.without("system32/ntoskrnl.exe");
    assert_eq!(read.verdict().status, Status::Mismatch);
}

fn hives(version: &[(&str, &str)], word: &str) -> MemoryTree {
    let mut software = Key::new("root");
    for (name, text) in version {
        software.at(r"Microsoft\Windows NT\CurrentVersion").text(name, text);
    }
    let mut tree = MemoryTree::new();
    tree.insert(parsed("system32/config/software"), software.build());
    tree.insert(parsed("system32/config/system"), system_hive(word).build());
    tree
}

#[test]
fn of_two_architectures_with_as_many_files_the_registry_chooses() {
    for (word, arch) in [("x86", "x86"), ("AMD64", "x64")] {
        let mut tree = hives(&[("CurrentVersion", "5.2")], word);
        for (name, machine) in
            [("system32/ntdll.dll", Machine::I386), ("system32/kernel32.dll", Machine::Amd64)]
        {
            let image = image(name, 3959, "gdr", machine);
            tree.insert(parsed(name), image.build());
        }
        assert_eq!(
            identify_os(&gather(&tree, &Advisories::built_in())).arch.as_deref(),
            Some(arch)
        );
    }
    let alone = hives(&[("CurrentVersion", "5.2")], "ia64");
    assert_eq!(identify_os(&gather(&alone, &Advisories::built_in())).arch.as_deref(), Some("ia64"));
}

/// Windows Server 2003 and XP for x64 are 5.2 with build 3790; 5.1 with 2600 is Windows XP.
#[test]
fn without_a_name_version_and_build_say_which_product_it_is() {
    for (version, build, applies) in [
        ("5.2", Some("3790"), true),
        ("5.2", Some(" 3790 "), true),
        ("5.2", None, true),
        ("5.2", Some("2600"), false),
        ("5.1", Some("3790"), false),
        ("5.1", None, false),
    ] {
        let mut texts = vec![("CurrentVersion", version)];
        texts.extend(build.map(|build| ("CurrentBuildNumber", build)));
        let host = Host::new(Level::SP2);
        let mut software = host.software_hive();
        software.at(r"Microsoft\Windows NT\CurrentVersion").values.clear();
        for (name, text) in texts {
            software.at(r"Microsoft\Windows NT\CurrentVersion").text(name, text);
        }
        let verdict = host.odd_file("system32/config/software", software.build()).verdict();
        let is_applicable = verdict.status != Status::NotApplicable;
        assert_eq!(is_applicable, applies, "{version} {build:?}: {:?}", verdict.status);
    }
}

#[test]
fn a_recorded_file_without_a_version_leaves_drift_open_and_is_told() {
    let host = Host::new(Level::SP2).update("KB999999", "SP3", &[("other.dll", 5000)]);
    assert_eq!(host.verdict().status, Status::Consistent);
    let image = Image::default().build();
    let verdict = host.odd_file("other.dll", image).verdict();
    assert_eq!(verdict.status, Status::Inconclusive);
    let told = verdict.findings.iter().find(|finding| finding.kind == FindingKind::Unreadable);
    let told = told.expect("a finding");
    assert!(told.detail.contains("other.dll has no version resource"), "{told:?}");
}
