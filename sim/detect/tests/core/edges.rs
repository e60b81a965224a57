//! Where one more or one less would be another answer: the borders of what is read.

use crate::support::Judged;
use patchstate_detect::{
    Advisories, ExportTarget, FileTree, Identity, Inspection, MemoryTree, ProblemPart,
    RegistryEvidence, gather, inspect, judge,
};
use patchstate_terms::{
    Hive as HiveName, Level, Machine, RegistryPath, RegistryType, RegistryValue,
};
use patchstate_test_support::{
    hive::Key,
    host::{Host, parsed, system_hive},
    image::{Export, Image, Symbol},
};
use std::sync::Arc;

/// File offset and address of the data of test images.
const DATA: (usize, usize) = (0x400, 0x2000);
/// The last bytes of the headers, which nothing uses.
const HEADER_END: usize = 0x1F0;

fn put(bytes: &mut [u8], at: usize, number: usize) {
    bytes[at..at + 4].copy_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
}

/// An image whose one import is of a DLL that is named at a place of the file, which nothing uses,
/// and at an address.
fn named_elsewhere(place: usize, address: usize, name: &[u8]) -> Vec<u8> {
    let image = Image::with_revision(0).imports("kernel32.dll", &[Symbol::Name("ExitProcess")]);
    let mut bytes = image.build();
    let find = |wanted: &[u8]| bytes.windows(wanted.len()).position(|found| found == wanted);
    let at = find(b"kernel32.dll\0").unwrap() - DATA.0 + DATA.1;
    let descriptor = find(&u32::try_from(at).unwrap().to_le_bytes()).unwrap();
    put(&mut bytes, descriptor, address);
    assert!(bytes[place..place + name.len()].iter().all(|byte| *byte == 0));
    bytes[place..place + name.len()].copy_from_slice(name);
    bytes
}

/// The same in the last bytes of the headers.
fn named_in_headers(name: &[u8; 16]) -> Inspection {
    inspect(&named_elsewhere(HEADER_END, HEADER_END, name))
}

#[test]
fn zeros_that_the_loader_fills_in_end_a_name() {
    let name = b"zerofill.dll";
    let end = Image::with_revision(0)
        .imports("kernel32.dll", &[Symbol::Name("ExitProcess")])
        .build()
        .len();
    let place = end - name.len();
    let mut bytes = named_elsewhere(place, place - DATA.0 + DATA.1, name);
    // The second section, in memory a page long: its header is behind the signature, the file
    // header and the optional header.
    let section = 64 + 4 + 20 + 224 + 40;
    assert_eq!(bytes[section..section + 6], *b".rdata");
    put(&mut bytes, section + 8, 0x1000);
    let image = inspect(&bytes).image;
    assert_eq!(
        (image.imports.iter().map(|import| import.dll).collect(), image.problems.as_slice()),
        (vec!["zerofill.dll"], &[][..])
    );
}

#[test]
fn the_headers_are_part_of_the_image_up_to_their_end() {
    let image = named_in_headers(b"inheaders.dll\0\0\0").image;
    assert_eq!(image.problems, []);
    assert_eq!(image.imports.iter().next().unwrap().dll, "inheaders.dll");
    // What follows in the file stands elsewhere in memory.
    let image = named_in_headers(b"unending.dllunen").image;
    assert!(!image.knows(ProblemPart::Imports), "{image:?}");
}

#[test]
fn a_part_that_was_not_read_says_nothing_of_the_others() {
    let image = named_in_headers(b"unending.dllunen").image;
    assert!(!image.knows(ProblemPart::Imports) && !image.knows(ProblemPart::Image));
    assert!(image.knows(ProblemPart::Exports) && image.knows(ProblemPart::Version));
    let nothing = inspect(b"no image").image;
    for part in [ProblemPart::Image, ProblemPart::Imports, ProblemPart::Version] {
        assert!(!nothing.knows(part));
    }
}

#[test]
fn an_image_can_export_as_many_addresses_as_ordinals_can_tell_apart() {
    let with = |count: usize| {
        let image = Image::with_revision(0).exports(&vec![Export::Nameless; count.min(0x1_0000)]);
        let mut bytes = image.build();
        // The field of the export directory, which comes first.
        bytes[DATA.0 + 20..DATA.0 + 24]
            .copy_from_slice(&u32::try_from(count).unwrap().to_le_bytes());
        inspect(&bytes).image
    };
    let most = with(0x1_0000);
    assert_eq!((most.exports.count(), most.problems.as_slice()), (0x1_0000, &[][..]));
    let more = with(0x1_0001);
    assert!(!more.knows(ProblemPart::Exports), "{:?}", more.problems);
}

/// An address inside the export directory is that of a text; one behind it is code or data.
#[test]
fn an_address_behind_the_export_directory_is_no_forwarder() {
    let mut bytes = Image::with_revision(0).exports(&[Export::Named(b"One")]).build();
    let word = |bytes: &[u8], at: usize| {
        usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
    };
    // Of the data directories, which follow 96 bytes of optional header, the first.
    let directory = 64 + 4 + 20 + 96;
    let (table, size) = (word(&bytes, directory), word(&bytes, directory + 4));
    assert_eq!(table, DATA.1);
    let addresses = word(&bytes, DATA.0 + 28) - DATA.1 + DATA.0;
    for (address, is_read) in [(table + size, true), (table + size + 7, true), (table, false)] {
        put(&mut bytes, addresses, address);
        let image = inspect(&bytes).image;
        // At the table's beginning stand zeros, an empty text.
        let is_plain = image.exports.by_name("One") == Some(ExportTarget::Here);
        assert_eq!(is_plain, is_read, "{address:#x}: {image:?}");
    }
}

#[test]
fn names_in_a_hive_that_are_not_ascii_are_found_in_any_letter_case() {
    let mut root = Key::new("root");
    // Two bytes, each of which is a character of Latin-1.
    root.at("Test").number("\u{e9}", 5).number("other", 6);
    let registry = RegistryEvidence::read(Ok(Some(root.build().into())), Ok(None));
    let value = |value: &str| {
        let (hive, key) = (HiveName::Software, "Test".to_owned());
        registry.value(&RegistryPath { hive, key, value: value.to_owned() })
    };
    for name in ["\u{c3}\u{a9}", "\u{e3}\u{a9}"] {
        assert_eq!(value(name), Ok(Some(RegistryValue::Number(5))), "{name}");
    }
    assert_eq!(value("\u{c3}\u{aa}"), Ok(None));
}

/// Windows compares letter by letter, so a sigma is the same in every place of a word.
#[test]
fn names_in_a_hive_are_compared_letter_by_letter() {
    let mut root = Key::new("root");
    root.at(r"ΟΔΟΣ\Žaß").number("ΤΕΛΟΣ", 5);
    let registry = RegistryEvidence::read(Ok(Some(root.build().into())), Ok(None));
    let value = |key: &str, value: &str| {
        let (hive, key, value) = (HiveName::Software, key.to_owned(), value.to_owned());
        registry.value(&RegistryPath { hive, key, value })
    };
    for key in [r"οδος\žaß", r"οδοσ\ŽAß", r"ΟΔΟΣ\Žaß"] {
        for name in ["τελος", "τελοσ", "ΤΕΛΟΣ"] {
            assert_eq!(value(key, name), Ok(Some(RegistryValue::Number(5))), r"{key}\{name}");
        }
    }
    // A letter without a capital is itself, and nothing else.
    assert_eq!(value(r"ΟΔΟΣ\ŽASS", "ΤΕΛΟΣ"), Ok(None));
}

#[test]
fn imports_are_found_by_the_dll_s_name_as_the_loader_compares_it() {
    let bytes = Image::with_revision(0).imports("ΟΔΟΣ.DLL", &[Symbol::Name("Open")]).build();
    let image = inspect(&bytes).image;
    assert!(image.has_import("οδος.dll", "Open") && image.has_import("ΟΔΟΣ.dll", "Open"));
    assert!(!image.has_import("οδος.dll", "open"), "names of functions are compared exactly");
}

#[test]
fn a_value_whose_content_cannot_be_read_is_there_with_its_type_all_the_same() {
    let mut root = Key::new("root");
    root.at("Test").raw("Odd", 3, vec![1, 2, 3, 4, 5]);
    let mut bytes = root.build();
    // The place of the content stands 12 bytes before the name; it leads behind the end.
    let name = bytes.windows(3).position(|found| found == b"Odd").unwrap();
    bytes[name - 12..name - 8].copy_from_slice(&0x7fff_0000_u32.to_le_bytes());
    let registry = RegistryEvidence::read(Ok(Some(bytes.into())), Ok(None));
    let path = |value: &str| {
        let (hive, key) = (HiveName::Software, "Test".to_owned());
        RegistryPath { hive, key, value: value.to_owned() }
    };
    assert!(registry.value(&path("Odd")).is_err());
    assert_eq!(registry.value_type(&path("Odd")), Ok(Some(RegistryType::Binary)));
    assert_eq!(registry.value_type(&path("Nothing")), Ok(None));
}

#[test]
fn of_two_releases_that_are_recorded_the_later_one_counts() {
    for (first, second) in [("KB973917", "KB973917-v2"), ("KB973917-v2", "KB973917")] {
        let host = Host::new(Level::SP2);
        let files = [("w3core.dll", 4667)];
        let host = host.update(first, "SP3", &files).update(second, "SP3", &files);
        let registry = gather(&host.tree(), &Advisories::built_in()).registry;
        assert_eq!(registry.updates["KB973917"].release, 2, "{first} {second}");
    }
}

#[test]
fn a_tree_in_memory_gives_files_up_to_the_limit_and_what_is_known_of_them() {
    let (shared, own) = (parsed("system32/a.dll"), parsed("system32/b.dll"));
    let mut tree = MemoryTree::new();
    tree.insert_shared(shared.clone(), Arc::from([1, 2, 3]), 7);
    tree.insert(own.clone(), [4, 5, 6].as_slice());
    assert_eq!((tree.identity(&shared), tree.identity(&own)), (Some(Identity::Number(7)), None));
    assert_eq!(tree.read(&shared, 3).unwrap().as_deref(), Some(&[1, 2, 3][..]));
    assert!(tree.read(&shared, 2).is_err() && tree.read(&own, 2).is_err());
    assert!(tree.read(&parsed("system32/c.dll"), 3).unwrap().is_none());
}

#[test]
fn an_architecture_that_is_not_known_is_not_taken_for_another() {
    let word = |word: &str| {
        let mut tree = MemoryTree::new();
        tree.insert(parsed("system32/config/system"), system_hive(word).build());
        judge(&gather(&tree, &Advisories::built_in())).os.arch
    };
    assert_eq!(word("ALPHA"), None);
    assert_eq!(word("amd64").as_deref(), Some("x64"));
    assert_eq!(word("X86").as_deref(), Some("x86"));
    let host = Host { machine: Machine::Ia64, ..Host::new(Level::SP2) };
    // Files outweigh the registry, which says AMD64 here.
    assert_eq!(host.verdict().os.arch.as_deref(), Some("ia64"));
}
