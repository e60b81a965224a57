//! Shapes of export and import tables.

use super::{
    recipe::{Recipe, changed},
    sound::{IMAGE_BASE, Plan, Sound, TABLES_RAW, at},
};

/// An address where nothing is.
const NOWHERE: u32 = 0x00F0_0000;

pub(super) const RECIPES: &[Recipe] = &[
    // Exports.
    ("export-count-huge", || changed(|it| it.table(at::EXPORTS + 20, &[u32::MAX]))),
    ("export-count-65537", || changed(|it| it.table(at::EXPORTS + 20, &[65537]))),
    ("export-count-beyond-section", || changed(|it| it.table(at::EXPORTS + 20, &[60000]))),
    ("export-name-count-huge", || changed(|it| it.table(at::EXPORTS + 24, &[u32::MAX]))),
    ("export-names-beyond-section", || changed(|it| it.table(at::EXPORTS + 24, &[60000]))),
    ("export-names-out-of-order", export_names_out_of_order),
    ("export-name-outside", || changed(|it| it.table(at::EXPORT_NAMES + 4, &[NOWHERE]))),
    ("export-name-index-outside", || {
        changed(|it| it.put16(TABLES_RAW + at::EXPORT_INDEXES + 4, 200))
    }),
    ("export-names-twice", || {
        changed(|it| {
            let one = it.rva(at::NAME_ONE);
            it.table(at::EXPORT_NAMES + 8, &[one]);
        })
    }),
    ("export-address-zero", || changed(|it| it.table(at::EXPORT_ADDRESSES + 4, &[0]))),
    ("exports-by-ordinal-only", || changed(|it| it.table(at::EXPORTS + 24, &[0]))),
    ("export-base-huge", || changed(|it| it.table(at::EXPORTS + 16, &[0xFFFF_FFFE]))),
    ("export-directory-outside", || changed(|it| it.put32(it.directory(0), NOWHERE))),
    ("export-directory-at-the-last-address", || {
        changed(|it| it.put32(it.directory(0), 0xFFFF_FFF0))
    }),
    ("export-directory-of-no-size", || changed(|it| it.put32(it.directory(0) + 4, 0))),
    ("export-name-with-escapes", || changed(|it| it.put(TABLES_RAW + at::NAME_ONE, b"\x1b[m"))),
    ("export-name-not-unicode", || changed(|it| it.put(TABLES_RAW + at::NAME_ONE, b"O\xFFe"))),
    ("export-name-empty", || changed(|it| it.put(TABLES_RAW + at::NAME_ONE, b"\0"))),
    ("export-name-long", export_name_long),
    ("forwarder-long", forwarder_long),
    ("forwarder-loop", || changed(|it| it.put(TABLES_RAW + at::FORWARDER, b"LOOP.Fwd\0"))),
    ("forwarder-without-dot", || changed(|it| it.put(TABLES_RAW + at::FORWARDER, b"nowhere\0"))),
    // Imports.
    ("imports-without-end", imports_without_end),
    ("import-thunks-without-end", thunks_without_end),
    ("import-directory-outside", || changed(|it| it.put32(it.directory(1), NOWHERE))),
    ("import-dll-outside", || changed(|it| it.table(at::IMPORTS + 12, &[NOWHERE]))),
    ("import-name-outside", || changed(|it| it.thunks(at::IMPORT_LOOKUP, &[u64::from(NOWHERE)]))),
    ("import-thunks-unaligned", thunks_unaligned),
    ("import-without-lookup-table", || changed(|it| it.table(at::IMPORTS, &[0]))),
    ("import-lookup-outside", || changed(|it| it.table(at::IMPORTS, &[NOWHERE]))),
    ("import-lookup-in-headers", || changed(|it| it.table(at::IMPORTS, &[0x10]))),
    ("import-lookup-last-in-headers", || changed(|it| it.table(at::IMPORTS, &[0x3FF]))),
    ("import-lookup-behind-headers", || changed(|it| it.table(at::IMPORTS, &[0x400]))),
    ("import-lookup-last-in-image", || changed(|it| it.table(at::IMPORTS, &[0x2FFC]))),
    ("import-lookup-behind-image", || changed(|it| it.table(at::IMPORTS, &[0x3000]))),
    ("import-names-lost-in-first-of-two", || {
        changed(|it| {
            second_descriptor(it);
            // What stands in the address table of the first is an address of another DLL.
            let place = 0x340;
            it.thunks(place, &[0x77E4_1234, 0]);
            let addresses = it.rva(place);
            it.table(at::IMPORTS, &[NOWHERE]);
            it.table(at::IMPORTS + 16, &[addresses]);
        })
    }),
    ("import-dll-outside-in-first-of-two", || {
        changed(|it| {
            second_descriptor(it);
            it.table(at::IMPORTS + 12, &[NOWHERE]);
        })
    }),
    ("import-dll-long-in-first-of-two", || {
        changed(|it| {
            second_descriptor(it);
            let name = it.append(&long_name());
            it.table(at::IMPORTS + 12, &[name]);
        })
    }),
    ("import-name-long", || {
        changed(|it| {
            let name = it.append(&long_name());
            it.thunks(at::IMPORT_LOOKUP, &[u64::from(name)]);
        })
    }),
    ("import-without-address-table", || changed(|it| it.table(at::IMPORTS + 16, &[0]))),
    ("import-high-bits-in-64-bit-thunk", high_bits),
    ("imports-twice-from-one-dll", || {
        changed(|it| {
            let again = [0, 0, 0, it.rva(at::IMPORT_DLL), it.rva(at::IMPORT_ADDRESSES)];
            it.table(at::IMPORTS + 20, &again);
        })
    }),
    ("imports-share-one-name", imports_share_one_name),
    ("bound-imports", || bound(true)),
    ("bound-imports-without-lookup-table", || bound(false)),
    ("delayed-by-address", delayed_by_address),
    ("delayed-dll-long-in-first-of-two", || {
        changed(|it| {
            let name = it.append(&long_name());
            let (dll, addresses) = (it.rva(at::DELAYED_DLL), it.rva(at::DELAYED_ADDRESSES));
            let second = [1, dll, 0, addresses, it.rva(at::DELAYED_LOOKUP), 0, 0, 0];
            it.table(at::DELAYED + 4, &[name]);
            it.table(at::DELAYED + 32, &second);
        })
    }),
    ("delayed-name-long", || {
        changed(|it| {
            let name = it.append(&long_name());
            it.thunks(at::DELAYED_LOOKUP, &[u64::from(name)]);
        })
    }),
    ("delayed-below-the-image", || changed(|it| it.table(at::DELAYED, &[0]))),
    ("delayed-without-end", delayed_without_end),
];

/// `Two` before `One`: a search by halves can miss one, a reader of the whole table does not.
fn export_names_out_of_order() -> Vec<u8> {
    changed(|it| {
        let names = [it.rva(at::NAME_TWO), it.rva(at::NAME_ONE), it.rva(at::NAME_FWD)];
        it.table(at::EXPORT_NAMES, &names);
        for (index, value) in [1, 0, 2].into_iter().enumerate() {
            it.put16(TABLES_RAW + at::EXPORT_INDEXES + 2 * index, value);
        }
    })
}

/// A name of 20,000 letters, longer than any linker writes.
fn long_name() -> Vec<u8> {
    let mut name = vec![b'A'; 20_000];
    name.resize(0x5000, 0);
    name
}

fn export_name_long() -> Vec<u8> {
    changed(|it| {
        let place = it.append(&long_name());
        it.table(at::EXPORT_NAMES + 4, &[place]);
    })
}

/// The directory reaches up to the end of the image, so that it holds what `Fwd` leads to.
fn forwarder_long() -> Vec<u8> {
    changed(|it| {
        let place = it.append(&long_name());
        it.table(at::EXPORT_ADDRESSES + 8, &[place]);
        let size = place - it.rva(at::EXPORTS) + 0x5000;
        it.put32(it.directory(0) + 4, size);
    })
}

/// A second descriptor, with everything that the first has in the sound image.
fn second_descriptor(it: &mut Sound) {
    let lookup = it.rva(at::IMPORT_LOOKUP);
    let second = [lookup, 0, 0, it.rva(at::IMPORT_DLL), it.rva(at::IMPORT_ADDRESSES)];
    it.table(at::IMPORTS + 20, &second);
}

/// Nothing but descriptors up to the end of the last section.
fn imports_without_end() -> Vec<u8> {
    changed(|it| {
        let (dll, addresses) = (it.rva(at::IMPORT_DLL), it.rva(at::IMPORT_ADDRESSES));
        let descriptor = [0, 0, 0, dll, addresses];
        let words = descriptor.into_iter().cycle().take(1024);
        let page: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        let place = it.append(&page);
        it.put32(it.directory(1), place);
    })
}

/// Nothing but ordinals up to the end of the last section.
fn thunks_without_end() -> Vec<u8> {
    changed(|it| {
        let page: Vec<u8> =
            [0x8000_0007_u32; 1024].into_iter().flat_map(u32::to_le_bytes).collect();
        let place = it.append(&page);
        it.table(at::IMPORTS, &[place]);
    })
}

fn thunks_unaligned() -> Vec<u8> {
    changed(|it| {
        let from = TABLES_RAW + at::IMPORT_LOOKUP;
        let thunks = it.bytes.get(from..from + 12).unwrap_or_default().to_vec();
        it.put(from, &[0; 16]);
        it.put(from + 3, &thunks);
        let place = it.rva(at::IMPORT_LOOKUP + 3);
        it.table(at::IMPORTS, &[place]);
    })
}

/// A name's address with bits set that must be zero: 31 to 62 (PE/COFF, *Import Lookup Table*).
fn high_bits() -> Vec<u8> {
    let mut it = Sound::new(Plan::X64);
    let thunk = u64::from(it.rva(at::IMPORT_HINT)) | 1 << 40;
    it.thunks(at::IMPORT_LOOKUP, &[thunk]);
    it.bytes
}

/// 4,000 descriptors that all have the same 1,000 thunks: small in the file, four million imports.
fn imports_share_one_name() -> Vec<u8> {
    changed(|it| {
        let hint = it.rva(at::IMPORT_HINT);
        let mut thunks: Vec<u8> = [hint; 1000].into_iter().flat_map(u32::to_le_bytes).collect();
        thunks.resize(0x1000, 0);
        let thunks = it.append(&thunks);
        let descriptor = [thunks, 0, 0, it.rva(at::IMPORT_DLL), thunks];
        let words = descriptor.into_iter().cycle().take(5 * 4000);
        let mut table: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        table.resize(0x14000, 0);
        let table = it.append(&table);
        it.put32(it.directory(1), table);
    })
}

/// The address table holds addresses of another DLL, as binding writes them.
fn bound(has_lookup: bool) -> Vec<u8> {
    changed(|it| {
        it.table(at::IMPORTS + 4, &[u32::MAX, u32::MAX]);
        it.thunks(at::IMPORT_ADDRESSES, &[0x77E4_1234, 0x77E4_5678, 0]);
        if !has_lookup {
            it.table(at::IMPORTS, &[0]);
        }
        // One bound import: time, place of the name behind the directory, no forwarders.
        let header = 0x300;
        it.put32(header, 0x3E80_0000);
        it.put16(header + 4, 16);
        it.put(header + 16, b"KERNEL32.dll");
        it.put32(it.directory(11), 0x300);
        it.put32(it.directory(11) + 4, 32);
    })
}

/// Virtual addresses in place of relative ones, as linkers before Visual C++ 7 wrote them.
fn delayed_by_address() -> Vec<u8> {
    changed(|it| {
        let descriptor = [
            0,
            IMAGE_BASE + it.rva(at::DELAYED_DLL),
            IMAGE_BASE + it.rva(0x500),
            IMAGE_BASE + it.rva(at::DELAYED_ADDRESSES),
            IMAGE_BASE + it.rva(at::DELAYED_LOOKUP),
        ];
        let hint = u64::from(IMAGE_BASE + it.rva(at::DELAYED_HINT));
        it.table(at::DELAYED, &descriptor);
        it.thunks(at::DELAYED_LOOKUP, &[hint, 0]);
    })
}

fn delayed_without_end() -> Vec<u8> {
    changed(|it| {
        let (dll, lookup) = (it.rva(at::DELAYED_DLL), it.rva(at::DELAYED_LOOKUP));
        let descriptor = [1, dll, 0, lookup, lookup, 0, 0, 0];
        let words = descriptor.into_iter().cycle().take(1024);
        let page: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        let place = it.append(&page);
        it.put32(it.directory(13), place);
    })
}
