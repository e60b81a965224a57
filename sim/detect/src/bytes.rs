//! Little-endian numbers and text out of bytes that nobody vouches for.
//!
//! **Owns** reading without panicking: each function says `None` where the bytes end. **Must never
//! know** what the numbers mean.

/// The `N` bytes at an offset.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..offset.checked_add(N)?)?.try_into().ok()
}

/// A 16-bit number at an offset.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    array_at(bytes, offset).map(u16::from_le_bytes)
}

/// A 32-bit number at an offset.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array_at(bytes, offset).map(u32::from_le_bytes)
}

/// A 64-bit number at an offset.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    array_at(bytes, offset).map(u64::from_le_bytes)
}

/// A 32-bit number as an index. Every platform that Rust's standard library serves well has at
/// least 32 address bits, and a reader that meets fewer gets an offset behind every end.
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// UTF-16 text up to the first NUL; unpaired surrogates become U+FFFD.
pub(crate) fn utf16_text(bytes: &[u8]) -> String {
    let units =
        bytes.chunks_exact(2).map_while(|pair| u16_at(pair, 0)).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Bytes as text that can be turned back: UTF-8 stays, any other byte becomes `\xNN`, and a
/// backslash is doubled so that no two byte strings give the same text.
pub(crate) fn lossless_text(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '\\' {
                text.push('\\');
            }
            text.push(c);
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_behind_the_end_says_none() {
        assert_eq!(u16_at(&[1], 0), None);
        assert_eq!(u32_at(&[1, 0, 0, 0], usize::MAX), None);
        assert_eq!(u32_at(&[0, 1, 0, 0, 0], 1), Some(1));
        assert_eq!(u64_at(&[0; 7], 0), None);
    }

    #[test]
    fn different_bytes_give_different_text() {
        assert_eq!(lossless_text(b"?Read@W3_CONTEXT@@QAEJXZ"), "?Read@W3_CONTEXT@@QAEJXZ");
        assert_eq!(lossless_text(b"a\xFFb"), r"a\xFFb");
        assert_eq!(lossless_text(br"a\xFFb"), r"a\\xFFb");
        assert_eq!(lossless_text("Größe".as_bytes()), "Größe");
    }

    #[test]
    fn utf16_text_ends_at_the_first_nul() {
        assert_eq!(utf16_text(&[b'A', 0, 0x3D, 0xD8, 0, 0, b'B', 0]), "A\u{FFFD}");
    }
}
