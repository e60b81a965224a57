//! The log of a hive, in the format of Windows 2000 to 7: a copy of the base block, `DIRT`, one bit
//! for each sector of the bins, and the sectors whose bit is set.
//!
//! **Owns** when a log belongs to a hive, and what the two make together. Windows writes the log
//! first, then marks the hive as being written, then writes the same sectors into it; so while the
//! hive is marked, the log has all that the write would have changed, and the rest stands in the
//! hive. What Windows checks is told by M. Suhanov, *Windows registry file format specification*
//! (Format of transaction log files, Old format), and by the loader of `ReactOS`.
//!
//! **Must never know** where logs stand, nor keys. Logs of Windows 8.1 and later (`HvLE`) are told
//! by their type and not read: Windows Server 2003 writes none.
//!
//! **Start reading** at [`recover`].

use super::{
    BASE_BYTES, HIVE_BYTES_MAX, HiveError,
    base::{BaseBlock, SECTOR_BYTES},
};
use crate::bytes::{index, u32_at, u64_at};

/// Bins begin on multiples of this.
const BIN_ALIGNMENT: usize = 4096;
/// Where the bits begin: behind the copy of the base block and `DIRT`.
const BITS_START: usize = SECTOR_BYTES + 4;
/// Types of a log as Windows 2000, and as Windows XP to 7 write it.
const LOG_TYPES: [u32; 2] = [2, 1];
/// That of Windows 8.1 and later.
const LATER_LOG_TYPE: u32 = 6;

/// A hive as its log makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The bytes of a hive that was closed cleanly.
    pub bytes: Vec<u8>,
    /// How many sectors of 512 bytes came from the log.
    pub sector_count: usize,
}

/// Whether a file was not closed cleanly, so that what it should hold is known only with its log:
/// its base block is damaged, or says that a write was begun and not finished.
#[must_use]
pub fn needs_log(hive: &[u8]) -> bool {
    BaseBlock::of(hive).is_some_and(|base| !is_sound(base) || !base.is_closed())
}

/// Finishes the write that a hive was in the middle of.
///
/// # Errors
/// A clause about the log where it is damaged, was being written itself, belongs to another write,
/// or does not hold all that the hive lacks. Nothing is taken from such a log.
pub fn recover(hive: &[u8], log: &[u8]) -> Result<Recovered, HiveError> {
    let copy = usable(hive, log)?;
    let length = copy.bins_length();
    let bits = log.get(BITS_START..BITS_START + length / BIN_ALIGNMENT);
    let bits = bits.ok_or_else(|| HiveError::new("it ends before its list of sectors does"))?;
    let mut page = (BITS_START + bits.len()).next_multiple_of(SECTOR_BYTES);

    let end = BASE_BYTES + length;
    let mut bytes = hive.get(..end).unwrap_or(hive).to_vec();
    let present = bytes.len();
    bytes.resize(end, 0);
    let mut sector_count = 0;
    let sectors = bytes.get_mut(BASE_BYTES..).unwrap_or_default().chunks_exact_mut(SECTOR_BYTES);
    for (number, sector) in sectors.enumerate() {
        let is_changed = bits.get(number / 8).is_some_and(|byte| byte >> (number % 8) & 1 == 1);
        if is_changed {
            let content = log.get(page..page + SECTOR_BYTES);
            let missing = || HiveError::new("it ends before the last of its sectors does");
            sector.copy_from_slice(content.ok_or_else(missing)?);
            page += SECTOR_BYTES;
            sector_count += 1;
        } else if BASE_BYTES + SECTOR_BYTES * (number + 1) > present {
            return Err(HiveError::new(format!(
                "the hive ends at {present}, before {end}, and it does not hold all that is missing"
            )));
        }
    }
    if sector_count == 0 {
        return Err(HiveError::new("it holds no sector"));
    }
    if let Some(place) = bytes.get_mut(..SECTOR_BYTES) {
        place.copy_from_slice(&copy.as_of_hive());
    }
    check_bins(bytes.get(BASE_BYTES..).unwrap_or_default())?;
    Ok(Recovered { bytes, sector_count })
}

fn is_sound(base: BaseBlock<'_>) -> bool {
    base.is_signed() && base.is_whole()
}

/// The base block of a log that can be applied to a hive.
fn usable<'a>(hive: &[u8], log: &'a [u8]) -> Result<BaseBlock<'a>, HiveError> {
    let error = |reason: &str| Err(HiveError::new(reason));
    let Some(copy) = BaseBlock::of(log) else {
        return error("it is shorter than the copy of a base block");
    };
    if !copy.is_signed() {
        return error("it does not begin with regf");
    }
    if copy.file_type() == LATER_LOG_TYPE {
        return error("it is of the format of Windows 8.1 and later, which is not read");
    }
    if !copy.is_whole() {
        return error("the checksum of its base block does not match");
    }
    if !LOG_TYPES.contains(&copy.file_type()) {
        return error(&format!("its type is {}, expected 1", copy.file_type()));
    }
    if let Some(problem) = copy.version_problem() {
        return error(&problem);
    }
    if !copy.is_closed() {
        return error("it was being written itself");
    }
    if log.get(SECTOR_BYTES..BITS_START) != Some(b"DIRT") {
        return error("its list of sectors does not begin with DIRT");
    }
    check_write(hive, copy)?;
    let length = copy.bins_length();
    // All bytes come from the hive or the log, so that memory follows the two.
    let room = hive.len().max(BASE_BYTES) + log.len();
    let is_too_long = (BASE_BYTES + length) as u64 > HIVE_BYTES_MAX || BASE_BYTES + length > room;
    if length == 0 || !length.is_multiple_of(BIN_ALIGNMENT) || is_too_long {
        return error(&format!("it describes bins of {length} bytes"));
    }
    Ok(copy)
}

/// A log is of the write that the hive is in the middle of if it has its time. The number is also
/// that of the write: Windows 2000 to Server 2003 count on between log and hive, later ones do not.
fn check_write(hive: &[u8], copy: BaseBlock<'_>) -> Result<(), HiveError> {
    let [number, _] = copy.sequences();
    let another = || HiveError::new("it is of another write than the one that was not finished");
    match BaseBlock::of(hive).filter(|base| is_sound(*base)) {
        Some(base) if base.time() == copy.time() && base.sequences().contains(&number) => Ok(()),
        Some(_) => Err(another()),
        None => {
            // Where the base block is damaged, the first bin has the time too.
            let bin = hive.get(BASE_BYTES..).filter(|bin| bin.starts_with(b"hbin"));
            let time = bin.and_then(|bin| u64_at(bin, 20));
            if time == Some(copy.time()) { Ok(()) } else { Err(another()) }
        }
    }
}

/// Every bin begins where the one before it ends, and says so.
fn check_bins(bins: &[u8]) -> Result<(), HiveError> {
    let mut at = 0;
    while at < bins.len() {
        let bin = bins.get(at..).unwrap_or_default();
        let field = |place| u32_at(bin, place).map(index);
        let length = field(8).filter(|length| {
            bin.starts_with(b"hbin")
                && field(4) == Some(at)
                && *length >= BIN_ALIGNMENT
                && length.is_multiple_of(BIN_ALIGNMENT)
                && *length <= bin.len()
        });
        let broken = || HiveError::new(format!("with it, no bin begins at offset {at:#x}"));
        at += length.ok_or_else(broken)?;
    }
    Ok(())
}
