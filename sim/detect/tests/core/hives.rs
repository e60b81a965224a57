//! Registry hives: good ones of every kind, and hostile ones.

use patchstate_detect::{HiveEvidence, RegistryEvidence, hive::Hive};
use patchstate_terms::{Hive as HiveName, Level, RegistryPath, RegistryType, RegistryValue};
use patchstate_test_support::hive::{Key, seal};
use proptest::prelude::*;

const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";

fn software() -> Key {
    let mut root = Key::new("root");
    root.at(CURRENT_VERSION)
        .text("ProductName", "Microsoft Windows Server 2003")
        .text("CurrentVersion", "5.2")
        .text("CSDVersion", "Service Pack 2")
        .text("SystemRoot", r"C:\WINDOWS")
        .raw("DigitalProductId", 3, vec![1, 2, 3, 4, 5]);
    root.at(r"Microsoft\INetStp").number("MajorVersion", 6).number("MinorVersion", 0);
    root.at(r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents")
        .number("iis_www", 1)
        .number("IIS_FTP", 0);
    let list = r"Microsoft\Updates\Windows Server 2003\SP3\KB973917-v2\Filelist\0";
    root.at(list)
        .text("FileName", "w3core.dll")
        .text("Location", r"C:\WINDOWS\system32\inetsrv")
        .text("Version", "6.0.3790.4667");
    root.at(r"Microsoft\Windows NT\CurrentVersion\HotFix\KB982666").number("Installed", 1);
    root.at(r"Microsoft\Windows NT\CurrentVersion\HotFix\KB973917").number("Installed", 1);
    root
}

fn read(bytes: Vec<u8>) -> RegistryEvidence {
    RegistryEvidence::read(Ok(Some(bytes.into())), Ok(None))
}

#[test]
fn every_value_that_detection_uses_is_read_from_every_kind_of_list() {
    for (minor, list) in [(3, b"lf"), (5, b"lh"), (5, b"li"), (6, b"ri")] {
        let registry = read(software().build_version(minor, *list));
        assert!(registry.software.is_readable(), "{:?}", registry.software);
        assert_eq!(registry.product_name.as_deref(), Some("Microsoft Windows Server 2003"));
        assert_eq!(registry.level, Some(Level::SP2));
        assert_eq!(registry.iis_version, Some((6, 0)));
        let components = registry.components.unwrap();
        assert_eq!(components.get("iis_www"), Some(&Some(true)));
        assert_eq!(components.get("iis_ftp"), Some(&Some(false)));
        let update = &registry.updates["KB973917"];
        assert_eq!((update.release, update.registered_under), (2, Some(3)));
        let paths: Vec<_> =
            update.files.iter().map(|f| f.path.clone().unwrap().to_string()).collect();
        assert_eq!(paths, ["system32/inetsrv/w3core.dll"]);
        assert_eq!(registry.updates["KB982666"].release, 1);
        assert_eq!(registry.updates.len(), 2);
    }
}

#[test]
fn any_value_can_be_asked_for_in_any_letter_case() {
    let registry = read(software().build());
    let value = |key: &str, value: &str| {
        let path = RegistryPath { hive: HiveName::Software, key: key.into(), value: value.into() };
        registry.value(&path)
    };
    let major = Some(RegistryValue::Number(6));
    assert_eq!(value(r"MICROSOFT\inetstp", "majorVERSION"), Ok(major));
    assert_eq!(value(r"Microsoft\INetStp", "Nothing"), Ok(None));
    assert_eq!(value(r"Microsoft\Nowhere", "Nothing"), Ok(None));
    let bytes = RegistryValue::Binary(vec![1, 2, 3, 4, 5]);
    assert_eq!(value(CURRENT_VERSION, "DigitalProductId"), Ok(Some(bytes)));
    let path = RegistryPath { hive: HiveName::System, key: "Select".into(), value: "x".into() };
    assert!(registry.value(&path).is_err(), "a hive that is not there cannot say no");
}

#[test]
fn the_current_control_set_is_the_selected_one() {
    let mut root = Key::new("root");
    root.at("Select").number("Current", 3);
    let environment = r"Control\Session Manager\Environment";
    root.at(&format!(r"ControlSet001\{environment}")).text("PROCESSOR_ARCHITECTURE", "x86");
    root.at(&format!(r"ControlSet003\{environment}")).text("PROCESSOR_ARCHITECTURE", "AMD64");
    let registry = RegistryEvidence::read(Ok(None), Ok(Some(root.build().into())));
    assert_eq!(registry.processor_architecture.as_deref(), Some("AMD64"));
    let path = RegistryPath {
        hive: HiveName::System,
        key: format!(r"currentcontrolset\{environment}"),
        value: "PROCESSOR_ARCHITECTURE".into(),
    };
    assert_eq!(registry.value(&path), Ok(Some(RegistryValue::Text("AMD64".into()))));
}

/// The types and their bytes as the Windows SDK describes them (*Registry Value Types*).
#[test]
fn values_of_every_type_are_read() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let raw = |kind, bytes: &[u8]| RegistryValue::Raw { kind, bytes: bytes.to_vec() };
    let texts = RegistryValue::Texts(vec!["one".to_owned(), "two".to_owned()]);
    let link = r"\Registry\Machine\System";
    let cases = [
        (1, utf16("a\0"), RegistryValue::Text("a".to_owned())),
        (2, utf16("%a%\0"), RegistryValue::ExpandableText("%a%".to_owned())),
        (3, vec![1, 2, 3], RegistryValue::Binary(vec![1, 2, 3])),
        (4, vec![1, 2, 3, 4], RegistryValue::Number(0x0403_0201)),
        (4, vec![1, 2, 3, 4, 5], raw(RegistryType::Number, &[1, 2, 3, 4, 5])),
        (5, vec![1, 2, 3, 4], RegistryValue::BigEndianNumber(0x0102_0304)),
        (6, utf16(link), RegistryValue::Link(link.to_owned())),
        (7, utf16("one\0two\0\0"), texts),
        (8, vec![8], raw(RegistryType::ResourceList, &[8])),
        (9, vec![9], raw(RegistryType::FullResourceDescriptor, &[9])),
        (10, vec![10], raw(RegistryType::ResourceRequirementsList, &[10])),
        (11, vec![1, 0, 0, 0, 0, 0, 0, 1], RegistryValue::LongNumber(0x0100_0000_0000_0001)),
        (0, vec![], raw(RegistryType::None, &[])),
        (0xffff_0000, vec![1], raw(RegistryType::Other(0xffff_0000), &[1])),
    ];
    let mut root = Key::new("root");
    for (number, (kind, bytes, _)) in cases.iter().enumerate() {
        root.at("Test").raw(&number.to_string(), *kind, bytes.clone());
    }
    let bytes = root.build();
    let key = Hive::open(&bytes).unwrap().key("Test").unwrap().unwrap();
    for (number, (kind, _, expected)) in cases.iter().enumerate() {
        let name = number.to_string();
        assert_eq!(key.value(&name).unwrap().as_ref(), Some(expected), "type {kind}");
        let found = key.value_type(&name).unwrap().map(RegistryType::number);
        assert_eq!(found, Some(*kind));
    }
    assert_eq!(key.values().unwrap().len(), cases.len());
    assert_eq!(key.name(), "Test");
}

/// Since format 1.4 a value over 16,344 bytes stands in segments of that length, the last of which
/// may be shorter (M. Suhanov, *Windows registry file format specification*, Big data).
#[test]
fn a_long_value_is_read_whole_from_one_cell_or_from_its_segments() {
    for length in [16_343, 16_344, 16_345, 32_688, 32_689, 1_000_000] {
        let content: Vec<u8> =
            (0..length).map(|at: u32| at.to_le_bytes()[at as usize % 3]).collect();
        let mut root = Key::new("root");
        root.at("Test").raw("Long", 3, content.clone()).number("After", 1);
        for minor in [3, 5] {
            let bytes = root.build_version(minor, *b"lf");
            let has_segments = bytes.windows(4).any(|found| found == b"db\x02\0");
            assert_eq!(has_segments, minor > 3 && (16_345..=32_688).contains(&length));
            let key = Hive::open(&bytes).unwrap().key("Test").unwrap().unwrap();
            let expected = RegistryValue::Binary(content.clone());
            assert_eq!(key.value("Long").unwrap(), Some(expected), "{length} 1.{minor}");
            assert_eq!(key.value("After").unwrap(), Some(RegistryValue::Number(1)));
        }
    }
}

#[test]
fn segments_that_do_not_make_the_value_are_an_error() {
    let mut root = Key::new("root");
    root.at("Test").raw("Long", 3, vec![7; 40_000]);
    let good = root.build_version(5, *b"lf");
    let db = good.windows(4).position(|found| found == b"db\x03\0").unwrap();
    let word = |at: usize| u32::from_le_bytes(good[at..at + 4].try_into().unwrap());
    let list = usize::try_from(word(db + 4)).unwrap() + 4096 + 4;
    let final_segment = usize::try_from(word(list + 8)).unwrap() + 4096;
    let check = |expected: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        let key = Hive::open(&bytes).unwrap().key("Test").unwrap().unwrap();
        let error = key.value("Long").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(key.value_type("Long").unwrap(), Some(RegistryType::Binary));
    };
    check("no list of segments", &|bytes| bytes[db] = b'x');
    check("2 segments, and its length needs 3", &|bytes| bytes[db + 2] = 2);
    check("not in use", &|bytes| {
        bytes[final_segment..final_segment + 4].copy_from_slice(&8_u32.to_le_bytes());
    });
    // In use, and with room for 12 bytes: the last has 40,000 - 2 * 16,344.
    let short = (-16_i32).to_le_bytes();
    check("segment that ends early", &|bytes| {
        bytes[final_segment..final_segment + 4].copy_from_slice(&short);
    });
}

/// A list that names one segment again and again would make a small file fill the memory.
#[test]
fn a_value_is_not_longer_than_its_hive() {
    let mut root = Key::new("root");
    root.at("Test").raw("Long", 3, vec![7; 40_000]);
    let mut bytes = root.build_version(5, *b"lf");
    let name = bytes.windows(4).position(|found| found == b"Long").unwrap();
    bytes[name - 16..name - 12].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let key = Hive::open(&bytes).unwrap().key("Test").unwrap().unwrap();
    assert!(key.value("Long").unwrap_err().to_string().contains("ends early"));
}

/// A name is in UTF-16 where the flag of one byte a character is not set.
#[test]
fn names_in_utf_16_are_read() {
    let mut root = Key::new("root");
    root.at("AB").number("CD", 7);
    let mut bytes = root.build();
    let find = |bytes: &[u8], wanted: &[u8]| bytes.windows(2).position(|found| found == wanted);
    let (key, value) = (find(&bytes, b"AB").unwrap(), find(&bytes, b"CD").unwrap());
    // The name of a key is at offset 76 behind its flags at 2, that of a value at 20 behind 16.
    bytes[key - 76 + 2] &= !0x20;
    bytes[value - 20 + 16] &= !1;
    let hive = Hive::open(&bytes).unwrap();
    let key = hive.key("\u{4241}").unwrap().unwrap();
    let number = RegistryValue::Number(7);
    assert_eq!(key.value("\u{4443}").unwrap(), Some(number));
    assert!(hive.key("AB").unwrap().is_none());
}

/// A checksum of 0 is stored as 1, one of -1 as -2.
#[test]
fn two_checksums_are_avoided() {
    let word = |bytes: &[u8], at: usize| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"))
    };
    for (sum, stored) in [(0, 1), (u32::MAX, u32::MAX - 1)] {
        let mut bytes = software().build();
        // The time of last writing, which nothing here reads.
        let time = word(&bytes, 12) ^ word(&bytes, 508) ^ sum;
        bytes[12..16].copy_from_slice(&time.to_le_bytes());
        for (checksum, is_right) in [(stored, true), (sum, false)] {
            bytes[508..512].copy_from_slice(&checksum.to_le_bytes());
            assert_eq!(read(bytes.clone()).software.is_readable(), is_right, "{checksum:#x}");
        }
    }
}

#[test]
fn a_hive_that_was_not_closed_is_not_read() {
    let mut bytes = software().build();
    bytes[4] += 1;
    seal(&mut bytes);
    let registry = read(bytes);
    let problem = registry.software.problem().unwrap();
    assert!(!problem.is_truncated && problem.reason.contains("not closed cleanly"), "{problem:?}");
    assert_eq!((registry.level, registry.product_name), (None, None));
}

#[test]
fn a_hive_cut_short_is_truncated_wherever_it_was_cut() {
    let bytes = software().build();
    for length in [0, 3, 4, 100, 4095, 4096, 4200, bytes.len() - 1] {
        let registry = read(bytes[..length].to_vec());
        let problem = registry.software.problem().unwrap();
        assert!(problem.is_truncated, "{length}: {problem:?}");
    }
}

#[test]
fn other_versions_signatures_and_checksums_are_refused() {
    let good = software().build();
    let broken = |at: usize, byte: u8, sealed: bool| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        if sealed {
            seal(&mut bytes);
        }
        match read(bytes).software {
            HiveEvidence::Unreadable(problem) => problem.reason,
            other => panic!("readable: {other:?}"),
        }
    };
    assert!(broken(0, b'x', true).contains("regf"));
    assert!(broken(20, 2, true).contains("version"));
    assert!(broken(24, 2, true).contains("1.2"));
    assert!(broken(100, 1, false).contains("checksum"));
}

#[test]
fn a_key_that_is_its_own_child_does_not_hold_the_reader() {
    let mut root = Key::new("root");
    root.at("Loop").number("x", 1);
    let mut bytes = root.build();
    // The only list of keys has one element; it shall point at the root itself.
    let root_offset: [u8; 4] = bytes[36..40].try_into().unwrap();
    let list = bytes.windows(2).rposition(|pair| pair == b"lf").unwrap();
    bytes[list + 4..list + 8].copy_from_slice(&root_offset);
    let hive = Hive::open(&bytes).unwrap();
    assert!(hive.key(r"Loop\Loop").unwrap().is_none());
    assert!(hive.key(r"root\root\root\root").unwrap().is_some());
    let registry = read(bytes);
    assert_eq!(registry.updates.len(), 0);
}

#[test]
fn a_list_that_lists_itself_is_an_error() {
    let mut bytes = software().build_version(5, *b"ri");
    let list = bytes.windows(2).position(|pair| pair == b"ri").unwrap();
    let offset = u32::try_from(list - 4096 - 4).unwrap();
    bytes[list + 4..list + 8].copy_from_slice(&offset.to_le_bytes());
    assert!(read(bytes).software.problem().is_some());
}

/// A hive of a megabyte in which lists name the same cells again and again.
fn check_repeating(root: &Key) {
    let bytes = root.build();
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let registry = read(bytes);
    let problem = registry.software.problem().expect("it repeats too often");
    assert!(problem.reason.contains("repeat"), "{}", problem.reason);
    assert!(!registry.software.is_readable());
}

#[test]
fn one_long_name_in_a_long_list_does_not_fill_the_memory() {
    let mut root = software();
    let components = root.at(r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents");
    components.number(&"a".repeat(60_000), 1);
    components.repeats = 20_000;
    check_repeating(&root);
}

#[test]
fn keys_in_long_lists_whose_values_are_in_long_lists_do_not_take_for_ever() {
    let mut root = software();
    let list = r"Microsoft\Updates\Windows Server 2003\SP3\KB973917-v2\Filelist";
    root.at(list).repeats = 30_000;
    // None of its values is what is looked for, so each look goes through all of them.
    let file = root.at(&format!(r"{list}\0"));
    file.values.clear();
    file.number("Other", 1).repeats = 60_000;
    check_repeating(&root);
}

#[test]
fn products_in_long_lists_whose_packs_are_in_long_lists_do_not_take_for_ever() {
    let mut root = software();
    root.at(r"Microsoft\Updates").repeats = 30_000;
    root.at(r"Microsoft\Updates\Windows Server 2003").repeats = 30_000;
    check_repeating(&root);
}

/// The 64-bit Windows XP has updates with Windows Server 2003 in common.
#[test]
fn an_update_counts_whatever_product_its_record_stands_under() {
    let mut root = software();
    root.at(r"Microsoft\Updates\Windows XP Version 2003\SP2\KB914961").number("IsInstalled", 1);
    let registry = read(root.build());
    let under = |id: &str| registry.updates[id].registered_under;
    assert_eq!((under("KB914961"), under("KB973917")), (Some(2), Some(3)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mutated_hives_are_survived(
        changes in prop::collection::vec((0_usize..8192, any::<u32>(), 0_usize..4), 1..10),
        length in prop::option::of(0_usize..8192),
        list in prop::sample::select(vec![b"lf", b"lh", b"li", b"ri"]),
    ) {
        let mut bytes = software().build_version(5, *list);
        for (at, value, width) in changes {
            let at = at % bytes.len();
            for (place, byte) in bytes[at..].iter_mut().zip(value.to_le_bytes()).take(width + 1) {
                *place = byte;
            }
        }
        // Without this nearly all changes to the base block end at its checksum.
        seal(&mut bytes);
        bytes.truncate(length.unwrap_or(usize::MAX));
        let registry = read(bytes);
        if registry.software.is_readable() {
            let path = RegistryPath {
                hive: HiveName::Software,
                key: CURRENT_VERSION.into(),
                value: "ProductName".into(),
            };
            prop_assert_eq!(
                registry.value(&path).ok().flatten().and_then(|v| v.text().map(str::to_owned)),
                registry.product_name
            );
        }
    }
}
