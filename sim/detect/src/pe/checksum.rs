//! The checksum of a PE file, as `CheckSumMappedFile` of imagehlp computes it.
//!
//! **Must never know** anything of the file but where its checksum stands.

use crate::bytes::u32_at;

/// Whether the checksum at this offset is that of the file. A checksum of zero, which linkers
/// leave when nobody asks for one, does not match.
pub(super) fn matches(bytes: &[u8], checksum_offset: usize) -> Option<bool> {
    let recorded = u32_at(bytes, checksum_offset)?;
    Some(u64::from(recorded) == compute(bytes, checksum_offset))
}

/// The sum of all 16-bit words but the checksum's own two, with carries folded in, plus the length.
///
/// Four bytes are added at a time; since carries are folded in at the end, that gives the same sum.
fn compute(bytes: &[u8], checksum_offset: usize) -> u64 {
    let mut sum: u64 = 0;
    let mut pieces = bytes.chunks_exact(4);
    for piece in pieces.by_ref() {
        sum += u64::from(u32_at(piece, 0).unwrap_or(0));
    }
    for (place, byte) in pieces.remainder().iter().enumerate() {
        sum += u64::from(*byte) << (8 * place);
    }
    let own = bytes.iter().enumerate().skip(checksum_offset).take(4);
    sum -= own.map(|(at, byte)| u64::from(*byte) << (8 * (at % 4))).sum::<u64>();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum + bytes.len() as u64
}
