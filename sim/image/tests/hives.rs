//! A walker that knows the format only finds in a hive what was put in, and every count, length
//! and hash as the format wants it.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_image::{
    HiveDescription, ImageError, UnfinishedWrite, write_hive, write_unfinished,
};
use patchstate_terms::{RegistryType, RegistryValue};
use proptest::{collection, prelude::*};
use std::collections::{BTreeMap, BTreeSet};

const NONE: u32 = u32::MAX;

/// `O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CI;KR;;;BU)`, as the Windows SDK lays it out.
#[rustfmt::skip]
const SECURITY: [u8; 124] = [
    // SECURITY_DESCRIPTOR_RELATIVE: revision 1, list present and self-relative, then the offsets
    // of owner, group, system list (none) and list.
    1, 0, 0x04, 0x80, 96, 0, 0, 0, 112, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0,
    // ACL: revision 2, 76 bytes, 3 entries.
    2, 0, 76, 0, 3, 0, 0, 0,
    // Allowed, also for subkeys, 24 bytes: KEY_ALL_ACCESS for S-1-5-32-544.
    0, 2, 24, 0, 0x3f, 0, 0x0f, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
    // 20 bytes: KEY_ALL_ACCESS for S-1-5-18.
    0, 2, 20, 0, 0x3f, 0, 0x0f, 0, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
    // 24 bytes: KEY_READ for S-1-5-32-545.
    0, 2, 24, 0, 0x19, 0, 0x02, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0,
    // Owner S-1-5-32-544, group S-1-5-18.
    1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0,
];

/// All keys and values of a hive, with what the walk has seen on its way.
#[derive(Default)]
struct Walk {
    keys: BTreeSet<String>,
    values: BTreeMap<(String, String), RegistryValue>,
    used_cells: BTreeSet<u32>,
    security: BTreeSet<u32>,
}

struct Hive<'a>(&'a [u8]);

impl<'a> Hive<'a> {
    fn short(bytes: &[u8], at: usize) -> u16 {
        u16::from_le_bytes(bytes[at..at + 2].try_into().expect("2 bytes"))
    }

    fn long(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"))
    }

    /// The content of a cell in use, remembered as such.
    fn cell(&self, walk: &mut Walk, cell: u32) -> &'a [u8] {
        assert_eq!(cell % 8, 0, "cells stand on multiples of 8");
        let at = 4096 + cell as usize;
        let size = Self::long(self.0, at).cast_signed();
        assert!(size < 0, "the cell at {cell:#x} is in use");
        assert!(walk.used_cells.insert(cell) || walk.security.contains(&cell));
        &self.0[at + 4..at + size.unsigned_abs() as usize]
    }

    fn name(bytes: &[u8], is_compressed: bool) -> String {
        if is_compressed {
            return String::from_utf8(bytes.to_vec()).expect("ASCII");
        }
        let units: Vec<u16> = bytes.chunks(2).map(|unit| Self::short(unit, 0)).collect();
        String::from_utf16(&units).expect("UTF-16")
    }

    /// Walks a key, and gives its name.
    fn walk(&self, walk: &mut Walk, cell: u32, parent: u32, path: Option<&str>) -> String {
        let key = self.cell(walk, cell);
        assert_eq!(&key[..2], b"nk");
        let flags = Self::short(key, 2);
        let name_length = usize::from(Self::short(key, 72));
        let name = Self::name(&key[76..76 + name_length], flags & 0x20 != 0);
        let path = match path {
            None => {
                assert_eq!(flags, 0x2c, "the root of a hive that cannot be deleted");
                String::new()
            }
            Some("") => name.clone(),
            Some(path) => format!("{path}\\{name}"),
        };
        assert_eq!(Self::long(key, 16), parent);
        walk.security.insert(Self::long(key, 44));

        let subkeys = self.subkeys(walk, Self::long(key, 28));
        assert_eq!(subkeys.len(), Self::long(key, 20) as usize);
        let names: Vec<String> = subkeys
            .iter()
            .map(|(subkey, hash)| {
                let name = self.walk(walk, *subkey, cell, Some(&path));
                let folded = upper_case(&name);
                let expected = folded
                    .iter()
                    .fold(0_u32, |hash, unit| hash.wrapping_mul(37).wrapping_add(u32::from(*unit)));
                assert_eq!(*hash, expected, "{name}");
                name
            })
            .collect();
        assert!(names.is_sorted_by_key(|name| upper_case(name)));
        let longest = names.iter().map(|name| 2 * name.encode_utf16().count()).max();
        assert_eq!(Self::long(key, 52) as usize, longest.unwrap_or(0));
        self.values(walk, key, &path);
        walk.keys.insert(path);
        name
    }

    fn subkeys(&self, walk: &mut Walk, list: u32) -> Vec<(u32, u32)> {
        if list == NONE {
            return Vec::new();
        }
        let cell = self.cell(walk, list);
        assert!(cell.len() + 4 <= 4096 - 32, "a list fits into a bin of the least size");
        let count = usize::from(Self::short(cell, 2));
        match &cell[..2] {
            b"lh" => (0..count)
                .map(|at| (Self::long(cell, 4 + 8 * at), Self::long(cell, 8 + 8 * at)))
                .collect(),
            b"ri" => {
                assert!(count > 1, "one list needs no list of lists");
                (0..count).flat_map(|at| self.subkeys(walk, Self::long(cell, 4 + 4 * at))).collect()
            }
            other => panic!("{other:?} is not a list"),
        }
    }

    fn values(&self, walk: &mut Walk, key: &[u8], path: &str) {
        let count = Self::long(key, 36) as usize;
        let list = Self::long(key, 40);
        assert_eq!(list == NONE, count == 0);
        let cells: Vec<u32> = if count == 0 {
            Vec::new()
        } else {
            let list = self.cell(walk, list);
            (0..count).map(|at| Self::long(list, 4 * at)).collect()
        };
        let (mut longest_name, mut longest_content) = (0, 0);
        for cell in cells {
            let (name, content, length) = self.value(walk, cell);
            longest_name = longest_name.max(2 * name.encode_utf16().count());
            longest_content = longest_content.max(length);
            assert!(walk.values.insert((path.to_owned(), name), content).is_none());
        }
        assert_eq!(Self::long(key, 60) as usize, longest_name);
        assert_eq!(Self::long(key, 64) as usize, longest_content);
    }

    fn value(&self, walk: &mut Walk, cell: u32) -> (String, RegistryValue, usize) {
        let value = self.cell(walk, cell);
        assert_eq!(&value[..2], b"vk");
        let name_length = usize::from(Self::short(value, 2));
        let name = Self::name(&value[20..20 + name_length], Self::short(value, 16) & 1 != 0);
        let length = Self::long(value, 4);
        let content = if length & 0x8000_0000 == 0 {
            assert!(length > 4, "short values stand in place");
            self.content(walk, Self::long(value, 8), length as usize)
        } else {
            value[8..8 + (length & 0xff) as usize].to_vec()
        };
        let text = || {
            let text = Self::name(&content, false);
            text.strip_suffix('\0').expect("a zero behind the text").to_owned()
        };
        let read = match Self::long(value, 12) {
            1 => RegistryValue::Text(text()),
            2 => RegistryValue::ExpandableText(text()),
            3 => RegistryValue::Binary(content.clone()),
            4 => RegistryValue::Number(Self::long(&content, 0)),
            5 => RegistryValue::BigEndianNumber(Self::long(&content, 0).swap_bytes()),
            6 => RegistryValue::Link(Self::name(&content, false)),
            7 => {
                let texts = text();
                let each = texts.split_terminator('\0').map(str::to_owned);
                RegistryValue::Texts(each.collect())
            }
            11 => {
                let (low, high) = (Self::long(&content, 0), Self::long(&content, 4));
                RegistryValue::LongNumber(u64::from(high) << 32 | u64::from(low))
            }
            other => {
                let kind = RegistryType::of_number(other);
                RegistryValue::Raw { kind, bytes: content.clone() }
            }
        };
        (name, read, content.len())
    }

    /// Up to 16,344 bytes in one cell, more in full segments that a list names.
    fn content(&self, walk: &mut Walk, place: u32, length: usize) -> Vec<u8> {
        let cell = self.cell(walk, place);
        if length <= 16_344 {
            return cell[..length].to_vec();
        }
        assert_eq!(&cell[..2], b"db");
        let count = usize::from(Self::short(cell, 2));
        assert_eq!(count, length.div_ceil(16_344));
        let list = self.cell(walk, Self::long(cell, 4));
        let mut content: Vec<u8> = Vec::new();
        for number in 0..count {
            let segment = self.cell(walk, Self::long(list, 4 * number));
            content.extend(&segment[..16_344.min(length - content.len())]);
        }
        content
    }

    fn check_base_block(&self) {
        let base = &self.0[..4096];
        assert_eq!(&base[..4], b"regf");
        assert_eq!(Self::long(base, 4), Self::long(base, 8), "nothing is pending");
        assert_eq!((Self::long(base, 20), Self::long(base, 24)), (1, 5));
        assert_eq!(Self::long(base, 40) as usize, self.0.len() - 4096);
        let checksum = (0..127).fold(0, |sum, at| sum ^ Self::long(base, 4 * at));
        assert_eq!(Self::long(base, 508), checksum);
    }

    /// Bins and cells fill the hive without a gap; gives the cells in use.
    fn cells(&self) -> BTreeSet<u32> {
        let bins = &self.0[4096..];
        let mut used = BTreeSet::new();
        let mut bin = 0;
        while bin < bins.len() {
            assert_eq!(&bins[bin..bin + 4], b"hbin");
            assert_eq!(Self::long(bins, bin + 4) as usize, bin);
            let end = bin + Self::long(bins, bin + 8) as usize;
            assert_eq!(end % 4096, 0);
            let mut at = bin + 32;
            while at < end {
                let size = Self::long(bins, at).cast_signed();
                assert!(size != 0 && size % 8 == 0);
                if size < 0 {
                    used.insert(u32::try_from(at).expect("small"));
                }
                at += size.unsigned_abs() as usize;
            }
            assert_eq!(at, end, "no cell crosses the end of its bin");
            let first = Self::long(bins, bin + 32).cast_signed().unsigned_abs() as usize;
            let needed = (32 + first).next_multiple_of(4096);
            assert_eq!(end - bin, needed, "no bin is larger than its first cell needs");
            bin = end;
        }
        used
    }
}

fn upper_case(name: &str) -> Vec<u16> {
    name.encode_utf16().map(patchstate_terms::upper_case).collect()
}

fn check(hive: &HiveDescription) -> Walk {
    let bytes = write_hive(hive).expect("a hive");
    assert_eq!(bytes, write_hive(hive).expect("a hive"));
    let reader = Hive(&bytes);
    reader.check_base_block();
    let mut walk = Walk::default();
    let root = Hive::long(&bytes, 36);
    reader.walk(&mut walk, root, NONE, None);
    assert_eq!(walk.values, hive.values);
    for key in hive.keys.iter().chain(hive.values.keys().map(|(key, _)| key)) {
        assert!(walk.keys.contains(key), "{key}");
    }

    let security = walk.security.first().copied().expect("one descriptor");
    assert_eq!(walk.security.len(), 1);
    let cell = reader.cell(&mut walk, security);
    assert_eq!(&cell[..2], b"sk");
    assert_eq!((Hive::long(cell, 4), Hive::long(cell, 8)), (security, security));
    assert_eq!(Hive::long(cell, 12) as usize, walk.keys.len(), "every key refers to it");
    assert_eq!(cell.get(20..20 + Hive::long(cell, 16) as usize), Some(&SECURITY[..]));
    assert_eq!(reader.cells(), walk.used_cells, "no cell is lost");
    walk
}

#[test]
fn a_hive_without_keys_has_a_root() {
    let walk = check(&HiveDescription::new(""));
    assert_eq!(walk.keys, BTreeSet::from([String::new()]));
}

#[test]
fn more_subkeys_than_one_list_holds_are_all_found() {
    for count in [507_u32, 508, 1014, 1015, 3000] {
        let mut hive = HiveDescription::new("large");
        for number in 0..count {
            hive.keys.insert(format!(r"many\Key{number}"));
        }
        assert_eq!(check(&hive).keys.len(), count as usize + 2);
    }
}

#[test]
fn the_base_block_keeps_the_end_of_a_long_name() {
    let hive = HiveDescription::new(r"\SystemRoot\System32\Config\SOFTWARE");
    let bytes = write_hive(&hive).expect("a hive");
    // 31 UTF-16 units and a zero, as hives of Windows have it.
    assert_eq!(Hive::name(&bytes[48..112], false), "emRoot\\System32\\Config\\SOFTWARE\0");
}

#[test]
fn keys_in_two_spellings_are_one_key() {
    let mut hive = HiveDescription::new("");
    for (key, name) in [(r"Software\One", "a"), (r"SOFTWARE\one", "b")] {
        let value = RegistryValue::Number(1);
        hive.values.insert((key.to_owned(), name.to_owned()), value);
    }
    let bytes = write_hive(&hive).expect("a hive");
    let mut walk = Walk::default();
    Hive(&bytes).walk(&mut walk, Hive::long(&bytes, 36), NONE, None);
    assert_eq!(walk.keys, ["", "SOFTWARE", r"SOFTWARE\one"].map(str::to_owned).into());
    assert_eq!(walk.values.len(), 2);
}

#[test]
fn what_a_hive_cannot_hold_is_refused_by_name() {
    let with = |key: &str, name: &str, value| HiveDescription {
        values: BTreeMap::from([((key.to_owned(), name.to_owned()), value)]),
        ..HiveDescription::new("software")
    };
    let number = RegistryValue::Number(1);
    let text = |text: &str| RegistryValue::Text(text.to_owned());
    let mut twice = with("key", "name", number.clone());
    twice.values.insert(("key".to_owned(), "NAME".to_owned()), number.clone());
    let cases = [
        (with(r"a\\b", "name", number.clone()), "cannot name a key"),
        (with(&"x".repeat(256), "name", number.clone()), "cannot name a key"),
        (with(&["x"; 513].join("\\"), "name", number.clone()), "513 deep"),
        (with("key", &"x".repeat(16_384), number.clone()), "cannot name a value"),
        (with("key", "name", text("a\0b")), "zero character"),
        (with("key", "name", RegistryValue::Texts(vec!["a\0b".to_owned()])), "zero character"),
        (twice, "there twice"),
    ];
    for (hive, part) in cases {
        let error: ImageError = write_hive(&hive).expect_err(part);
        let message = error.to_string();
        assert!(message.contains(part) && message.contains("software"), "{message}");
    }
    check(&with(&["x"; 512].join("\\"), "name", number));
    check(&with(&"x".repeat(255), &"x".repeat(16_383), text(&"x".repeat(8171))));
}

/// The checksum is the exclusive or of the words before it; 0 is stored as 1, -1 as -2.
#[test]
fn two_checksums_are_avoided() {
    let written = |time: u64| {
        let hive = HiveDescription { time, ..HiveDescription::new("software") };
        Hive::long(&write_hive(&hive).expect("a hive"), 508)
    };
    let any = written(0);
    assert_eq!(written(u64::from(any)), 1);
    assert_eq!(written(u64::from(!any)), u32::MAX - 1);
    assert_eq!(written(u64::from(any ^ 0x0102_0304)), 0x0102_0304);
}

#[test]
fn long_values_stand_in_segments() {
    let mut hive = HiveDescription::new("software");
    for length in [16_344, 16_345, 32_688, 32_689, 500_000] {
        let bytes: Vec<u8> = (0..length).map(|at: u32| at.to_le_bytes()[0]).collect();
        hive.values.insert(("key".to_owned(), length.to_string()), RegistryValue::Binary(bytes));
    }
    check(&hive);
}

/// The specification of the format of logs: base block, `DIRT`, a bit for each sector, sectors.
#[test]
fn a_log_has_the_blocks_that_a_write_changes() {
    let mut before = HiveDescription { time: 5, ..HiveDescription::new("software") };
    let long = RegistryValue::Binary(vec![1; 10_000]);
    before.values.insert(("a".to_owned(), "long".to_owned()), long);
    let mut after = HiveDescription { time: 6, ..before.clone() };
    after.values.insert(("b".to_owned(), "new".to_owned()), RegistryValue::Number(1));
    let UnfinishedWrite { hive, log } = write_unfinished(&before, &after).expect("a hive");
    let (old, new) = (write_hive(&before).expect("a hive"), write_hive(&after).expect("a hive"));
    assert_eq!([Hive::long(&hive, 4), Hive::long(&hive, 8), Hive::long(&hive, 28)], [3, 2, 0]);
    assert_eq!([Hive::long(&log, 4), Hive::long(&log, 8), Hive::long(&log, 28)], [2, 2, 1]);
    assert_eq!(hive[4096..], old[4096..]);
    assert_eq!(hive[12..20], new[12..20], "the time is that of the write");
    for block in [&hive, &log] {
        let sum = (0..127).fold(0, |sum, at| sum ^ Hive::long(block, 4 * at));
        assert_eq!(Hive::long(block, 508), sum);
    }
    assert_eq!(&log[512..516], b"DIRT");
    let count = (new.len() - 4096) / 4096;
    let mut next = 1024;
    for (number, bits) in log[516..516 + count].iter().enumerate() {
        let block = &new[4096 * (number + 1)..4096 * (number + 2)];
        let is_same = old.get(4096 * (number + 1)..4096 * (number + 2)) == Some(block);
        assert_eq!(*bits, if is_same { 0 } else { 0xFF });
        if !is_same {
            assert_eq!(&log[next..next + 4096], block);
            next += 4096;
        }
    }
    assert_eq!(log.len(), next);
    assert!(log[516..516 + count].contains(&0) && next > 1024, "some change, and some do not");
}

fn any_hive() -> impl Strategy<Value = HiveDescription> {
    let part = || prop_oneof![3 => "[a-z0-9 _.]{1,12}", 1 => "[a-zà-ÿа-я漢-漣𐐨-𐐯]{1,8}"];
    let key = collection::vec(part(), 0..5).prop_map(|parts| parts.join("\\"));
    let value = prop_oneof![
        any::<u32>().prop_map(RegistryValue::Number),
        "[ -~à-ÿ漢𐐨]{0,300}".prop_map(RegistryValue::Text),
        "%[A-Z]{1,9}%.{0,9}"
            .prop_filter("no zero character", |text| !text.contains('\0'))
            .prop_map(RegistryValue::ExpandableText),
        any::<u32>().prop_map(RegistryValue::BigEndianNumber),
        any::<u64>().prop_map(RegistryValue::LongNumber),
        collection::vec("[ -~漢]{0,9}", 0..4).prop_map(RegistryValue::Texts),
        collection::vec(any::<u8>(), 0..60).prop_map(RegistryValue::Binary),
        (16_300..40_000_usize).prop_map(|length| RegistryValue::Binary(vec![7; length])),
        "[ -~漢]{0,30}".prop_map(RegistryValue::Link),
        (12..u32::MAX, collection::vec(any::<u8>(), 0..9)).prop_map(|(number, bytes)| {
            RegistryValue::Raw { kind: RegistryType::of_number(number), bytes }
        }),
        collection::vec(any::<u8>(), 0..9)
            .prop_map(|bytes| RegistryValue::Raw { kind: RegistryType::None, bytes }),
    ];
    let name = "[a-z0-9 \\\\_à-ÿ]{0,12}";
    let values = collection::btree_map((key.clone(), name), value, 0..60);
    let keys = collection::btree_set(key, 0..40);
    ("[ -~]{0,60}", 0..u64::MAX, values, keys)
        .prop_map(|(name, time, values, keys)| HiveDescription { name, time, values, keys })
        // Letters of other scripts can be equal in upper case.
        .prop_filter("names differ in more than letter case", |hive| {
            let keys = hive.keys.iter().chain(hive.values.keys().map(|(key, _)| key));
            let parts: BTreeSet<&str> = keys.flat_map(|key| key.split('\\')).collect();
            let folded: BTreeSet<_> = parts.iter().map(|part| upper_case(part)).collect();
            let names = hive.values.keys().map(|(key, name)| (key, upper_case(name)));
            folded.len() == parts.len() && names.collect::<BTreeSet<_>>().len() == hive.values.len()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_hive_holds_what_was_put_in(hive in any_hive()) {
        check(&hive);
    }
}
