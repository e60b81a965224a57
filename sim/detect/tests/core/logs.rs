//! Hives that were not closed cleanly, with and without their logs.

use crate::support::Judged;
use patchstate_detect::{
    Advisories, FileTree, HiveEvidence, HiveFiles, ImageCache, MemoryTree, RegistryEvidence,
    gather, gather_with, hive, judge,
};
use patchstate_terms::{FindingKind, Hive as HiveName, Level, RegistryPath, RegistryValue, Status};
use patchstate_test_support::{
    hive::{Key, seal},
    host::{Host, parsed, system_hive},
    log::{Torn, set},
};
use proptest::prelude::*;

const SOFTWARE: &str = "system32/config/software";
const LOG: &str = "system32/config/software.log";

/// A consistent host; its hive when KB982666, which brings a later `w3dt.dll`, is recorded too;
/// and the hive in the middle of recording it.
fn recording() -> (MemoryTree, Vec<u8>, Torn) {
    let host = Host::new(Level::SP2);
    let before = host.software_hive().build();
    let after =
        host.clone().update("KB982666", "SP3", &[("w3dt.dll", 4752)]).software_hive().build();
    let torn = Torn::new(&before, &after);
    (host.tree(), after, torn)
}

fn with(tree: &MemoryTree, hive: &[u8], log: Option<&[u8]>) -> MemoryTree {
    let mut tree = tree.clone();
    tree.insert(parsed(SOFTWARE), hive);
    if let Some(log) = log {
        tree.insert(parsed(LOG), log);
    }
    tree
}

#[test]
fn a_hive_in_the_middle_of_a_write_is_read_with_what_its_log_holds() {
    let (tree, after, torn) = recording();
    // What it is when the write is finished.
    assert_eq!(
        judge(&gather(&with(&tree, &after, None), &Advisories::built_in())).status,
        Status::Drift
    );
    let evidence = gather(&with(&tree, &torn.hive, Some(&torn.log)), &Advisories::built_in());
    let verdict = judge(&evidence);
    assert_eq!(verdict.status, Status::Drift);
    assert_eq!(evidence.registry.updates.keys().collect::<Vec<_>>(), ["KB982666"]);
    let note = format!(
        "SOFTWARE: the hive was not closed cleanly; {} sectors of 512 bytes were taken from its \
         log, {LOG}",
        torn.sector_count
    );
    assert_eq!(verdict.notes, [note]);
    let is_of_the_record = |kind| kind == FindingKind::RecordedNotPresent;
    assert!(verdict.findings.iter().all(|finding| is_of_the_record(finding.kind)));
}

/// Where the log is, the bytes are those of the finished write, but for the numbers of the base
/// block and its checksum.
#[test]
fn hive_and_log_make_the_bytes_of_the_finished_write() {
    let (_, after, torn) = recording();
    let recovered = hive::recover(&torn.hive, &torn.log).unwrap();
    assert_eq!(recovered.sector_count, torn.sector_count);
    let mut expected = after;
    set(&mut expected, 4, 8);
    set(&mut expected, 8, 8);
    expected[12..20].copy_from_slice(&torn.log[12..20]);
    expected[4096 + 20..4096 + 28].copy_from_slice(&torn.log[12..20]);
    seal(&mut expected);
    assert!(recovered.bytes == expected);
    assert!(!hive::needs_log(&recovered.bytes) && hive::needs_log(&torn.hive));
}

#[test]
fn nothing_is_known_of_a_hive_in_the_middle_of_a_write_without_its_log() {
    let (tree, _, torn) = recording();
    let evidence = gather(&with(&tree, &torn.hive, None), &Advisories::built_in());
    let verdict = judge(&evidence);
    assert_eq!(verdict.status, Status::Inconclusive);
    let [finding] = verdict.findings.as_slice() else { panic!("{:?}", verdict.findings) };
    assert_eq!((finding.kind, finding.file.as_str()), (FindingKind::Unreadable, SOFTWARE));
    assert_eq!(
        finding.detail,
        "The registry hive software cannot be read: it was not closed cleanly, so that what was \
         last written may stand only in its log; its log system32/config/software.log is not there."
    );
    assert!(evidence.update("KB982666").is_err() && evidence.update("KB1").is_err());
    let path = |key: &str, value: &str| RegistryPath {
        hive: HiveName::Software,
        key: key.to_owned(),
        value: value.to_owned(),
    };
    let current = path(r"Microsoft\Windows NT\CurrentVersion", "CurrentVersion");
    assert!(evidence.registry(&current).is_err());
    assert!(evidence.registry(&path("Nowhere", "Nothing")).is_err());
    assert!(evidence.registry.value_type(&current).is_err());
    assert!(evidence.registry.has_key(HiveName::Software, "Microsoft").is_err());
}

/// The same holds for either hive; and what is certain from files stays.
#[test]
fn a_torn_system_hive_is_unknown_too_and_hides_no_mismatch() {
    let host = Host::new(Level::SP2);
    let before = system_hive("x86").build();
    let mut changed = system_hive("x86");
    changed.at("Select").number("LastKnownGood", 1);
    let torn = Torn::new(&before, &changed.build());
    let place = parsed("system32/config/system");
    for (host, alone, with_log) in [
        (host.clone(), Status::Inconclusive, Status::Consistent),
        (host.file("w3dt.dll", 1830), Status::Mismatch, Status::Mismatch),
    ] {
        let mut tree = host.tree();
        tree.insert(place.clone(), torn.hive.as_slice());
        let verdict = judge(&gather(&tree, &Advisories::built_in()));
        assert_eq!(verdict.status, alone);
        assert!(verdict.findings.iter().any(|finding| finding.file == place));
        tree.insert(parsed("system32/config/system.log"), torn.log.as_slice());
        assert_eq!(judge(&gather(&tree, &Advisories::built_in())).status, with_log);
    }
}

/// Vista and Windows 7 give log and hive the same number, Windows 2000 its logs another type.
#[test]
fn logs_of_windows_2000_to_7_are_applied() {
    let (tree, _, torn) = recording();
    for (number, file_type) in [(8, 1), (9, 1), (8, 2)] {
        let mut log = torn.log.clone();
        set(&mut log, 4, number);
        set(&mut log, 8, number);
        set(&mut log, 28, file_type);
        seal(&mut log);
        let verdict = judge(&gather(&with(&tree, &torn.hive, Some(&log)), &Advisories::built_in()));
        assert_eq!(verdict.status, Status::Drift, "{number} {file_type}");
    }
}

#[test]
fn a_damaged_base_block_is_taken_from_the_log_if_the_first_bin_has_its_time() {
    let (tree, _, torn) = recording();
    let status = |hive: &[u8]| {
        judge(&gather(&with(&tree, hive, Some(&torn.log)), &Advisories::built_in())).status
    };
    let mut hive = torn.hive.clone();
    // Any byte of the first sector: the signature, a number, the checksum.
    for at in [0, 40, 300, 510] {
        let mut broken = hive.clone();
        broken[at] ^= 0xFF;
        assert_eq!(status(&broken), Status::Inconclusive, "{at}: the bin is of the write before");
        broken[4096 + 20..4096 + 28].copy_from_slice(&torn.log[12..20]);
        assert_eq!(status(&broken), Status::Drift, "{at}");
    }
    hive[..512].fill(0);
    hive[4096 + 20..4096 + 28].copy_from_slice(&torn.log[12..20]);
    assert_eq!(status(&hive), Status::Drift);
}

/// A hive grows in the write: the file may end where the old bins did, or anywhere behind.
#[test]
fn a_hive_that_was_cut_in_the_middle_of_growing_is_made_whole() {
    let mut host = Host::new(Level::SP2);
    // Written first, so that it stands in the same place before and after.
    host.software.at("First").raw("Filler", 3, vec![5; 3000]);
    let before = host.software_hive().build();
    let mut grown = host.software_hive();
    let record = r"Microsoft\Windows NT\CurrentVersion\HotFix\KB982666";
    grown.at(record).number("Installed", 1);
    grown.at("Later").raw("Long", 3, vec![7; 20_000]);
    let after = grown.build();
    assert!(after.len() > before.len() + 8192);
    let torn = Torn::new(&before, &after);
    let tree = Host::new(Level::SP2).tree();
    for length in [torn.hive.len(), torn.hive.len() + 100, after.len() - 1] {
        let mut hive = torn.hive.clone();
        hive.resize(length, 0xAA);
        let evidence = gather(&with(&tree, &hive, Some(&torn.log)), &Advisories::built_in());
        assert_eq!(judge(&evidence).status, Status::Drift, "{length}");
        let path = RegistryPath {
            hive: HiveName::Software,
            key: "Later".to_owned(),
            value: "Long".to_owned(),
        };
        let long = RegistryValue::Binary(vec![7; 20_000]);
        assert_eq!(evidence.registry(&path), Ok(Some(long)), "{length}");
    }
    // What the log leaves out must stand in the hive.
    let sectors = torn.hive.chunks(512).zip(after.chunks(512)).enumerate().skip(8);
    let kept = sectors.filter(|(_, (old, new))| old == new).map(|(number, _)| number).max();
    let cut = torn.hive.get(..512 * kept.unwrap()).unwrap();
    let evidence = gather(&with(&tree, cut, Some(&torn.log)), &Advisories::built_in());
    assert_eq!(judge(&evidence).status, Status::Inconclusive);
    let reason = &evidence.registry.software.problem().unwrap().reason;
    assert!(reason.contains("does not hold all that is missing"), "{reason}");
}

#[test]
fn a_log_that_does_not_fit_is_not_applied_at_all() {
    let (tree, _, torn) = recording();
    let check = |expected: &str, change: &dyn Fn(&mut Vec<u8>), is_sealed: bool| {
        let mut log = torn.log.clone();
        change(&mut log);
        if is_sealed {
            seal(&mut log);
        }
        let evidence = gather(&with(&tree, &torn.hive, Some(&log)), &Advisories::built_in());
        let verdict = judge(&evidence);
        assert_eq!(verdict.status, Status::Inconclusive, "{expected}");
        let detail = &verdict.findings[0].detail;
        assert!(detail.contains("its log system32/config/software.log does not help"), "{detail}");
        assert!(detail.contains(expected), "{detail}");
    };
    let write = |at, number| move |log: &mut Vec<u8>| set(log, at, number);
    check("shorter than the copy", &|log| log.truncate(511), false);
    check("shorter than the copy", &|log| log.clear(), false);
    check("does not begin with regf", &|log| log[0] = b'x', true);
    check("the checksum of its base block", &|log| log[100] ^= 1, false);
    check("of the format of Windows 8.1", &write(28, 6), true);
    check("its type is 0, expected 1", &write(28, 0), true);
    check("its format version is 1.2", &write(24, 2), true);
    check("it was being written itself", &write(8, 7), true);
    check("of another write", &write(12, 1), true);
    let older = |log: &mut Vec<u8>| {
        set(log, 4, 6);
        set(log, 8, 6);
    };
    check("of another write", &older, true);
    check("does not begin with DIRT", &|log| log[512] = b'X', false);
    check("it describes bins of 0 bytes", &write(40, 0), true);
    check("it describes bins of 4097 bytes", &write(40, 4097), true);
    check("it describes bins of 4294963200 bytes", &write(40, 0xFFFF_F000), true);
    check("it ends before the last of its sectors", &|log| log.truncate(log.len() - 1), false);
    check("it ends before its list of sectors", &|log| log.truncate(516), false);
    let bits = torn.hive.len() / 4096 - 1;
    check("it holds no sector", &|log| log[516..516 + bits].fill(0), false);
    // The first sector of the first bin, which has the signature.
    check("no bin begins at offset 0x0", &|log| log[1024] = b'x', false);
}

#[test]
fn logs_of_later_versions_of_windows_are_named() {
    let (mut tree, _, torn) = recording();
    tree.insert(parsed("system32/config/software.log2"), b"regf".as_slice());
    let verdict = judge(&gather(&with(&tree, &torn.hive, None), &Advisories::built_in()));
    assert_eq!(verdict.status, Status::Inconclusive);
    assert!(verdict.findings[0].detail.contains("logs of a later Windows"), "{verdict:?}");
}

/// Also where the log is of a later write: the hive as a whole is older, and whole.
#[test]
fn a_closed_hive_is_read_as_it_is_whatever_its_log_holds() {
    let (tree, _, torn) = recording();
    let closed = Host::new(Level::SP2).software_hive().build();
    let verdict = judge(&gather(&with(&tree, &closed, Some(&torn.log)), &Advisories::built_in()));
    assert_eq!((verdict.status, verdict.notes), (Status::Consistent, Vec::new()));
}

#[test]
fn hosts_that_share_a_torn_hive_do_not_share_its_log() {
    let (tree, _, torn) = recording();
    let cache = ImageCache::new();
    let mut alone = tree;
    alone.insert_shared(parsed(SOFTWARE), torn.hive.clone().into(), 1);
    let system = alone.read(&parsed("system32/config/system"), 1 << 20).unwrap().unwrap();
    alone.insert_shared(parsed("system32/config/system"), system, 2);
    let mut logged = alone.clone();
    logged.insert(parsed(LOG), torn.log.as_slice());
    for _ in 0..2 {
        let unknown = gather_with(&alone, &Advisories::built_in(), &cache);
        assert!(matches!(unknown.registry.software, HiveEvidence::Unreadable(_)));
        assert!(
            gather_with(&logged, &Advisories::built_in(), &cache).registry.software.is_readable()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever became of hive and log: what is read is the finished write, or nothing.
    #[test]
    fn damaged_logs_never_give_half_of_a_write(
        changes in prop::collection::vec((0_usize..1024, any::<u8>()), 0..4),
        length in prop::option::of(0_usize..20_000),
    ) {
        let mut root = Key::new("root");
        root.at("Test").number("One", 1).raw("Long", 3, vec![1; 5000]);
        let before = root.build();
        let mut root = Key::new("root");
        root.at("Test").number("One", 2).raw("Long", 3, vec![2; 5000]);
        let torn = Torn::new(&before, &root.build());
        let mut log = torn.log.clone();
        for (at, byte) in changes {
            log[at] = byte;
        }
        seal(&mut log);
        log.truncate(length.unwrap_or(usize::MAX));
        if let Ok(recovered) = hive::recover(&torn.hive, &log) {
            prop_assert!(recovered.bytes.len() <= torn.hive.len() + log.len());
            prop_assert!(!hive::needs_log(&recovered.bytes));
            // Within the bits any change is another write; elsewhere none changes the outcome.
            let is_as_written = log[516..1024] == torn.log[516..1024];
            let whole = hive::recover(&torn.hive, &torn.log).unwrap();
            if is_as_written && log[36..44] == torn.log[36..44] {
                prop_assert_eq!(&recovered.bytes[4096..], &whole.bytes[4096..]);
            }
        }
        let files = HiveFiles {
            hive: Ok(Some(torn.hive.into())),
            log: Ok(Some(log.into())),
            has_later_logs: false,
        };
        let nothing = HiveFiles::without_log(Ok(None));
        let _ = RegistryEvidence::read_with_logs(files, nothing);
    }
}
