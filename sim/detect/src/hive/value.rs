//! What the bytes of a value mean by its type.
//!
//! **Owns** the way from bytes to a [`RegistryValue`]. Bytes that do not fit the type are kept as
//! they are. **Must never know** where the bytes stood.

use crate::bytes::{array_at, u16_at, utf16_text};
use patchstate_terms::{RegistryType, RegistryValue};

/// The value of a type with these bytes.
pub(super) fn typed(kind: RegistryType, bytes: Vec<u8>) -> RegistryValue {
    let four = |bytes: &[u8]| if bytes.len() == 4 { array_at(bytes, 0) } else { None };
    let eight = |bytes: &[u8]| if bytes.len() == 8 { array_at(bytes, 0) } else { None };
    let known = match kind {
        RegistryType::Text => Some(RegistryValue::Text(utf16_text(&bytes))),
        RegistryType::ExpandableText => Some(RegistryValue::ExpandableText(utf16_text(&bytes))),
        RegistryType::Number => four(&bytes).map(u32::from_le_bytes).map(RegistryValue::Number),
        RegistryType::BigEndianNumber => {
            four(&bytes).map(u32::from_be_bytes).map(RegistryValue::BigEndianNumber)
        }
        RegistryType::LongNumber => {
            eight(&bytes).map(u64::from_le_bytes).map(RegistryValue::LongNumber)
        }
        RegistryType::Texts => Some(RegistryValue::Texts(texts(&bytes))),
        RegistryType::Link => Some(RegistryValue::Link(whole_text(&bytes))),
        RegistryType::Binary => return RegistryValue::Binary(bytes),
        RegistryType::None
        | RegistryType::ResourceList
        | RegistryType::FullResourceDescriptor
        | RegistryType::ResourceRequirementsList
        | RegistryType::Other(_) => None,
    };
    known.unwrap_or(RegistryValue::Raw { kind, bytes })
}

/// The texts of a `REG_MULTI_SZ`. Each ends in a zero, and so does the list, as if an empty text
/// stood behind it. Empty texts between others are real: `PendingFileRenameOperations` has them.
fn texts(bytes: &[u8]) -> Vec<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect();
    let mut texts: Vec<String> = units
        .split_inclusive(|unit| *unit == 0)
        .map(|text| decoded(text.strip_suffix(&[0]).unwrap_or(text)))
        .collect();
    if texts.last().is_some_and(String::is_empty) {
        texts.pop();
    }
    texts
}

/// All of a text: a link ends where its bytes end.
fn whole_text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| u16_at(pair, 0)).collect();
    decoded(units.strip_suffix(&[0]).unwrap_or(&units))
}

fn decoded(units: &[u16]) -> String {
    let characters = char::decode_utf16(units.iter().copied());
    characters.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// A list ends in an empty text (Windows SDK, *Registry Value Types*); writers forget it.
    #[test]
    fn lists_of_texts_end_in_an_empty_one_that_is_not_of_them() {
        for (stored, expected) in [
            ("a\0bb\0\0", vec!["a", "bb"]),
            ("a\0\0b\0\0", vec!["a", "", "b"]),
            ("a\0", vec!["a"]),
            ("a", vec!["a"]),
            ("\0", vec![]),
            ("", vec![]),
            ("\0\0", vec![""]),
        ] {
            let value = typed(RegistryType::Texts, utf16(stored));
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(value, RegistryValue::Texts(expected), "{stored:?}");
        }
    }

    #[test]
    fn numbers_have_the_order_of_bytes_and_the_length_of_their_type() {
        let four = vec![1, 2, 3, 4];
        let little = typed(RegistryType::Number, four.clone());
        assert_eq!(little, RegistryValue::Number(0x0403_0201));
        let big = typed(RegistryType::BigEndianNumber, four.clone());
        assert_eq!(big, RegistryValue::BigEndianNumber(0x0102_0304));
        let long = typed(RegistryType::LongNumber, vec![1, 0, 0, 0, 0, 0, 0, 0x80]);
        assert_eq!(long, RegistryValue::LongNumber(0x8000_0000_0000_0001));
        for kind in [RegistryType::LongNumber, RegistryType::None, RegistryType::Other(99)] {
            let raw = RegistryValue::Raw { kind, bytes: four.clone() };
            assert_eq!(typed(kind, four.clone()), raw);
        }
        for kind in [RegistryType::Number, RegistryType::BigEndianNumber] {
            let raw = RegistryValue::Raw { kind, bytes: vec![1, 2, 3, 4, 5] };
            assert_eq!(typed(kind, vec![1, 2, 3, 4, 5]), raw);
        }
    }

    #[test]
    fn a_link_is_the_whole_text_and_binary_the_bytes() {
        let link = r"\Registry\Machine\System\ControlSet001";
        let value = typed(RegistryType::Link, utf16(link));
        assert_eq!(value, RegistryValue::Link(link.to_owned()));
        assert_eq!(typed(RegistryType::Binary, vec![0]), RegistryValue::Binary(vec![0]));
    }
}
