//! PE files: what is read from good ones, and that bad ones are survived.

use object::read::pe::PeFile32;
use patchstate_detect::{
    ExportTarget, ImageEvidence, ImportedDll, Inspection, ProblemPart, inspect,
};
use patchstate_terms::{FileVersion, Machine};
use patchstate_test_support::image::{Export, Image, Symbol};
use proptest::prelude::*;

fn rich_image(machine: Machine) -> Image {
    Image {
        machine,
        delayed: vec![("Late.dll", vec![Symbol::Name("Later"), Symbol::Ordinal(9)])],
        ..Image::with_revision(4600)
    }
    .imports("IISUTIL.dll", &[Symbol::Name("Second"), Symbol::Ordinal(7), Symbol::Name("First")])
    .imports("kernel32.dll", &[Symbol::Name("ExitProcess")])
    .exports(&[
        Export::Named(b"?Read@W3_CONTEXT@@QAEJXZ"),
        Export::Nameless,
        Export::Forwarded("Alloc", "NTDLL.RtlAllocateHeap"),
        Export::Empty("Gone"),
        Export::Named(b"odd\xFFname"),
    ])
}

fn check_rich(image: &ImageEvidence, machine: Machine) {
    assert_eq!(image.problems, []);
    assert_eq!(image.machine, Some(machine));
    assert_eq!(image.file_version, Some(FileVersion::new(6, 0, 3790, 4600)));
    assert_eq!(image.product_version, Some(FileVersion::new(7, 2, 3791, 4601)));
    assert_eq!(image.version_string.as_deref(), Some("6.0.3790.4600 (srv03_sp2_gdr.080101-0000)"));
    assert_eq!(image.exports.count(), 4);
    let names: Vec<_> = image.exports.names().collect();
    assert_eq!(names, ["?Read@W3_CONTEXT@@QAEJXZ", "Alloc", r"odd\xFFname"]);
    assert_eq!(image.exports.ordinals().collect::<Vec<_>>(), [1, 2, 3, 5]);
    let forwarded: Vec<_> = image.exports.forwarded().into_iter().collect();
    assert_eq!(forwarded, [("Alloc".to_owned(), "NTDLL.RtlAllocateHeap")]);
    assert_eq!(image.exports.by_name("Gone"), None);
    assert_eq!(image.exports.by_ordinal(2), Some(ExportTarget::Here));
    assert_eq!(image.exports.by_ordinal(0), None);
    assert_eq!(image.exports.by_ordinal(6), None);
    let imports: Vec<_> = image.imports.iter().collect();
    let [iisutil, kernel, late] = imports.as_slice() else { panic!("three DLLs") };
    let names = |import: &ImportedDll<'_>| -> Vec<String> {
        assert_eq!(import.names.is_empty(), import.names.iter().next().is_none());
        import.names.iter().map(str::to_owned).collect()
    };
    assert_eq!((iisutil.dll, iisutil.delayed), ("IISUTIL.dll", false));
    assert_eq!(names(iisutil), ["First", "Second"]);
    assert_eq!(iisutil.ordinals, [7]);
    assert_eq!((kernel.dll, kernel.delayed), ("kernel32.dll", false));
    assert_eq!((names(kernel), kernel.ordinals), (vec!["ExitProcess".to_owned()], &[][..]));
    assert_eq!((late.dll, late.delayed), ("Late.dll", true));
    assert_eq!((names(late), late.ordinals), (vec!["Later".to_owned()], &[9][..]));
    assert!(image.has_import("iisutil.DLL", "First") && !image.has_import("iisutil.dll", "first"));
}

#[test]
fn every_fact_of_a_32_bit_image_is_read() {
    check_rich(&inspect(&rich_image(Machine::I386).build()).image, Machine::I386);
}

#[test]
fn every_fact_of_a_64_bit_image_is_read() {
    for machine in [Machine::Amd64, Machine::Ia64] {
        check_rich(&inspect(&rich_image(machine).build()).image, machine);
    }
}

#[test]
fn an_independent_reader_sees_the_same_exports_and_imports() {
    let bytes = rich_image(Machine::I386).build();
    let file = PeFile32::parse(&*bytes).unwrap();
    let image = inspect(&bytes).image;
    let table = file.export_table().unwrap().unwrap();
    let exports = table.exports().unwrap();
    assert_eq!(image.exports.count(), exports.iter().filter(|e| has_address(e)).count());
    let imports = file.import_table().unwrap().unwrap();
    let mut descriptors = imports.descriptors().unwrap();
    let mut dlls = Vec::new();
    while let Some(descriptor) = descriptors.next().unwrap() {
        let name = imports.name(descriptor.name.get(object::LittleEndian)).unwrap();
        dlls.push(String::from_utf8(name.to_vec()).unwrap());
    }
    let bound: Vec<_> =
        image.imports.iter().filter(|i| !i.delayed).map(|i| i.dll.to_owned()).collect();
    assert_eq!(bound, dlls);
}

fn has_address(export: &object::read::pe::Export<'_>) -> bool {
    !matches!(export.target, object::read::pe::ExportTarget::Address(0))
}

/// Linkers sort names. Of a table that is not sorted every name is found, and of equal names the
/// one whose address stands first.
#[test]
fn every_name_is_found_whatever_the_order_and_however_it_begins() {
    let mut exports = vec![
        Export::Named(b"Zeta"),
        Export::Named(b"AlphaBetaGamma"),
        Export::Named(b"AlphaBetaDelta"),
        Export::Named(b"AlphaBet"),
        Export::Named(b"Alpha"),
        Export::Named(b"A"),
        Export::Named(b"odd\xFF"),
        Export::Named(b"back\\slash"),
        Export::Forwarded("Alpha", "NTDLL.RtlAlpha"),
    ];
    let sorted = [
        "A",
        "Alpha",
        "Alpha",
        "AlphaBet",
        "AlphaBetaDelta",
        "AlphaBetaGamma",
        "Zeta",
        r"back\\slash",
        r"odd\xFF",
    ];
    let here = Some(ExportTarget::Here);
    for alpha in [here, Some(ExportTarget::Forwarder("NTDLL.RtlAlpha"))] {
        let image = inspect(&Image::default().exports(&exports).build()).image;
        assert_eq!(image.problems, []);
        assert_eq!(image.exports.names().collect::<Vec<_>>(), sorted);
        for name in sorted {
            let expected = if name == "Alpha" { alpha } else { here };
            assert_eq!(image.exports.by_name(name), expected, "{name}");
        }
        for name in ["", "AlphaB", "AlphaBeta", "AlphaBetaGamm", "AlphaBetaGammas", "A\0", "a"] {
            assert_eq!(image.exports.by_name(name), None, "{name:?}");
        }
        exports.reverse();
    }
}

#[test]
fn delayed_imports_of_old_linkers_hold_virtual_addresses() {
    let image = Image { delayed_by_address: true, ..rich_image(Machine::I386) };
    check_rich(&inspect(&image.build()).image, Machine::I386);
}

#[test]
fn a_manifest_is_noticed_beside_the_version() {
    let image = Image { has_manifest: true, ..Image::with_revision(0) };
    let evidence = inspect(&image.build()).image;
    assert!(evidence.has_manifest);
    assert_eq!(evidence.file_version, Some(FileVersion::new(6, 0, 3790, 0)));
    assert!(!inspect(&Image::with_revision(0).build()).image.has_manifest);
}

#[test]
fn an_image_without_tables_is_readable_and_empty() {
    let inspection = inspect(&Image::default().build());
    assert!(inspection.is_readable());
    assert_eq!(inspection.error(), None);
    assert_eq!(inspection.image.file_version, None);
    assert_eq!(inspection.image.exports.count(), 0);
}

/// The algorithm as commonly described: 16 bits at a time, the checksum's own words left out.
fn plain_checksum(bytes: &[u8], at: usize) -> u32 {
    let mut sum = 0_u32;
    for offset in (0..bytes.len()).step_by(2) {
        if (at..at + 4).contains(&offset) {
            continue;
        }
        let high = bytes.get(offset + 1).copied().unwrap_or(0);
        sum += u32::from(u16::from_le_bytes([bytes[offset], high]));
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum + u32::try_from(bytes.len()).unwrap()
}

#[test]
fn the_checksum_is_the_one_that_windows_computes() {
    for extra in 0..6 {
        let mut bytes = rich_image(Machine::I386).build();
        bytes.extend(vec![0xA5; extra]);
        let header =
            usize::try_from(u32::from_le_bytes(bytes[60..64].try_into().unwrap())).unwrap();
        let at = header + 24 + 64;
        assert_eq!(inspect(&bytes).checksum_ok, Some(false), "zero is no checksum");
        let sum = plain_checksum(&bytes, at);
        bytes[at..at + 4].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(inspect(&bytes).checksum_ok, Some(true), "{extra} bytes behind the sections");
        bytes[at + 8] ^= 1;
        assert_eq!(inspect(&bytes).checksum_ok, Some(false));
    }
}

fn single_problem(inspection: &Inspection) -> (ProblemPart, bool) {
    let [problem] = inspection.image.problems.as_slice() else {
        panic!("one problem, not {:?}", inspection.image.problems)
    };
    (problem.part, problem.is_truncated)
}

#[test]
fn files_that_are_no_pe_files_are_unreadable_and_short_ones_truncated() {
    let whole = rich_image(Machine::I386).build();
    assert_eq!(single_problem(&inspect(b"#!/bin/sh\n")), (ProblemPart::Image, false));
    assert_eq!(single_problem(&inspect(b"")), (ProblemPart::Image, true));
    for length in [2, 63, 64, 130, 200, 300] {
        let inspection = inspect(&whole[..length]);
        assert_eq!(single_problem(&inspection), (ProblemPart::Image, true), "{length}");
        assert!(!inspection.is_readable());
    }
    let mut dos = whole.clone();
    dos[60..64].copy_from_slice(&2_u32.to_le_bytes());
    assert_eq!(single_problem(&inspect(&dos)), (ProblemPart::Image, false));
}

#[test]
fn a_file_without_its_last_byte_is_truncated_and_keeps_what_can_be_read() {
    let whole = rich_image(Machine::I386).build();
    let inspection = inspect(&whole[..whole.len() - 1]);
    assert_eq!(single_problem(&inspection), (ProblemPart::Image, true));
    assert_eq!(inspection.image.file_version, Some(FileVersion::new(6, 0, 3790, 4600)));
    let path = "system32/inetsrv/a.dll".parse().unwrap();
    let kinds: Vec<_> = inspection.findings(&path).iter().map(|f| f.kind.as_str()).collect();
    assert_eq!(kinds, ["truncated"]);
}

#[test]
fn bytes_behind_the_sections_are_no_problem() {
    let mut bytes = rich_image(Machine::I386).build();
    bytes.extend([1, 2, 3]);
    check_rich(&inspect(&bytes).image, Machine::I386);
}

#[test]
fn a_table_that_claims_more_than_an_ordinal_can_name_is_refused() {
    let mut bytes = Image::default().exports(&[Export::Nameless]).build();
    // The count of addresses stands at 20 in the export directory, which begins its section.
    let section = bytes.len() - 0x200;
    bytes[section + 20..section + 24].copy_from_slice(&0x00FF_FFFF_u32.to_le_bytes());
    assert_eq!(single_problem(&inspect(&bytes)), (ProblemPart::Exports, false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever the bytes, reading ends without a panic, and what it keeps stays below its limits.
    #[test]
    fn mutated_images_are_survived(
        changes in prop::collection::vec((0_usize..4096, any::<u32>(), 0_usize..4), 1..12),
        length in prop::option::of(0_usize..4096),
        is_64: bool,
    ) {
        let machine = if is_64 { Machine::Amd64 } else { Machine::I386 };
        let mut bytes = rich_image(machine).build();
        for (at, value, width) in changes {
            let at = at % bytes.len();
            for (place, byte) in bytes[at..].iter_mut().zip(value.to_le_bytes()).take(width + 1) {
                *place = byte;
            }
        }
        if let Some(length) = length {
            bytes.truncate(length);
        }
        let inspection = inspect(&bytes);
        let image = inspection.image;
        prop_assert!(image.is_image() || !image.problems.is_empty());
        prop_assert!(image.exports.count() <= 65536);
        let imported: usize = image.imports.iter().map(|i| i.names.len() + i.ordinals.len()).sum();
        prop_assert!(imported <= 262_144);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
        let _ = inspect(&[b"MZ", bytes.as_slice()].concat());
        let _ = inspect(&bytes);
    }
}
