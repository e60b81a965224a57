//! Hives as `image` writes them and `detect` reads them: every type of value, long values, and
//! writes that were not finished.

use patchstate_detect::hive::{Hive, HiveKey, needs_log, recover};
use patchstate_image::{HiveDescription, write_hive, write_unfinished};
use patchstate_terms::{RegistryType, RegistryValue};
use proptest::{collection, prelude::*};
use std::collections::BTreeMap;

type Values = BTreeMap<(String, String), RegistryValue>;

fn any_values() -> impl Strategy<Value = Values> {
    let bytes = || collection::vec(any::<u8>(), 0..40);
    let value = prop_oneof![
        "[ -~é漢]{0,40}".prop_map(RegistryValue::Text),
        "%[A-Z]{1,9}%".prop_map(RegistryValue::ExpandableText),
        any::<u32>().prop_map(RegistryValue::Number),
        any::<u32>().prop_map(RegistryValue::BigEndianNumber),
        any::<u64>().prop_map(RegistryValue::LongNumber),
        collection::vec("[ -~漢]{0,9}", 0..5).prop_map(RegistryValue::Texts),
        bytes().prop_map(RegistryValue::Binary),
        (16_000..60_000_usize, any::<u8>())
            .prop_map(|(length, byte)| RegistryValue::Binary(vec![byte; length])),
        "[ -~]{0,30}".prop_map(RegistryValue::Link),
        (prop_oneof![Just(0), 8..11_u32, 12..u32::MAX], bytes()).prop_map(|(number, bytes)| {
            RegistryValue::Raw { kind: RegistryType::of_number(number), bytes }
        }),
    ];
    collection::btree_map(("[a-c]{1,2}(\\\\[a-c]{1,2}){0,2}", "[a-z]{0,6}"), value, 0..20)
}

fn described(time: u64, values: &Values) -> HiveDescription {
    HiveDescription { time, values: values.clone(), ..HiveDescription::new("software") }
}

/// Every value of a hive.
fn values_of(bytes: &[u8]) -> Values {
    fn walk(key: &HiveKey<'_>, path: &str, found: &mut Values) {
        for (name, value) in key.values().expect("values that can be read") {
            assert_eq!(key.value_type(&name), Ok(Some(value.kind())));
            found.insert((path.to_owned(), name), value);
        }
        for below in key.subkeys().expect("keys that can be read") {
            let name = below.name();
            let path = if path.is_empty() { name } else { format!(r"{path}\{name}") };
            walk(&below, &path, found);
        }
    }
    let mut found = Values::new();
    let hive = Hive::open(bytes).expect("a hive");
    walk(&hive.root().expect("a root"), "", &mut found);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_hive_is_read_as_it_was_described(values in any_values()) {
        let bytes = write_hive(&described(1, &values)).expect("a hive");
        prop_assert_eq!(values_of(&bytes), values);
    }

    /// Whether the hive grows or shrinks, and however far the write of its sectors had come.
    #[test]
    fn a_write_that_was_not_finished_is_finished_from_its_log(
        before in any_values(),
        after in any_values(),
        come_far in 0_usize..40,
    ) {
        let written = write_unfinished(&described(1, &before), &described(2, &after));
        let written = written.expect("a hive");
        let whole = write_hive(&described(2, &after)).expect("a hive");
        let mut hive = written.hive;
        let done = (4096 + 512 * come_far).min(whole.len());
        hive.resize(hive.len().max(done), 0);
        hive[4096..done].copy_from_slice(&whole[4096..done]);
        prop_assert!(needs_log(&hive) && Hive::open(&hive).is_err());
        let recovered = recover(&hive, &written.log).expect("the log fits").bytes;
        prop_assert!(recovered[4096..] == whole[4096..]);
        prop_assert_eq!(values_of(&recovered), after);
    }
}
