//! A hive in the middle of a write, as a power cut or a copy of a running machine's disk leaves it,
//! and the log of that write.
//!
//! Windows writes the log first: a copy of the base block, `DIRT`, a bit for each sector of the
//! bins, the changed sectors. Then it writes the base block with a number for the write that is
//! begun, then the sectors, then the base block with the same number for the write that is
//! finished. Windows Server 2003 counts one further between log and hive.

use super::{
    HiveDescription,
    write::{BASE_BLOCK_LENGTH, seal},
    write_hive,
};
use crate::ImageError;

const SECTOR_LENGTH: usize = 512;
/// Changes are tracked in blocks of eight sectors.
const BLOCK_LENGTH: usize = 4096;
/// The number of the write before, which [`write_hive`] gives both times.
const NUMBER_BEFORE: u32 = 1;
/// The file type of a log.
const LOG: u32 = 1;
/// Places in the base block.
const NUMBERS: [usize; 2] = [4, 8];
const FILE_TYPE: usize = 28;

/// The two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedWrite {
    /// The hive: the base block is that of the write, all else is as it was before.
    pub hive: Vec<u8>,
    /// The log, `software.LOG` for example.
    pub log: Vec<u8>,
}

/// Writes a hive that was being changed from one content to another, and the log of that.
///
/// ```
/// use patchstate_image::{HiveDescription, write_unfinished};
///
/// let before = HiveDescription::new("software");
/// let after = HiveDescription { time: before.time + 1, ..before.clone() };
/// let written = write_unfinished(&before, &after)?;
/// assert_eq!(written.log.get(512..516), Some(&b"DIRT"[..]));
/// # Ok::<(), patchstate_image::ImageError>(())
/// ```
///
/// # Errors
/// As [`write_hive`].
pub fn write_unfinished(
    before: &HiveDescription,
    after: &HiveDescription,
) -> Result<UnfinishedWrite, ImageError> {
    let (before, after) = (write_hive(before)?, write_hive(after)?);
    let (block, bins) = after.split_at(BASE_BLOCK_LENGTH.min(after.len()));
    let old = before.get(BASE_BLOCK_LENGTH..).unwrap_or_default();
    let logged = NUMBER_BEFORE + 1;

    let mut hive = block.to_vec();
    number(&mut hive, [logged + 1, logged]);
    seal(&mut hive);
    hive.extend(old);

    let mut log = block.get(..SECTOR_LENGTH).unwrap_or_default().to_vec();
    number(&mut log, [logged, logged]);
    put(&mut log, FILE_TYPE, LOG);
    seal(&mut log);
    log.extend(b"DIRT");
    let mut sectors: Vec<u8> = Vec::new();
    for (block, place) in bins.chunks(BLOCK_LENGTH).zip((0..).step_by(BLOCK_LENGTH)) {
        let is_changed = old.get(place..place + BLOCK_LENGTH) != Some(block);
        log.push(if is_changed { 0xFF } else { 0 });
        sectors.extend(if is_changed { block } else { &[] });
    }
    log.resize(log.len().next_multiple_of(SECTOR_LENGTH), 0);
    log.extend(sectors);
    Ok(UnfinishedWrite { hive, log })
}

fn number(block: &mut [u8], numbers: [u32; 2]) {
    for (place, number) in NUMBERS.into_iter().zip(numbers) {
        put(block, place, number);
    }
}

fn put(block: &mut [u8], place: usize, number: u32) {
    if let Some(field) = block.get_mut(place..place + 4) {
        field.copy_from_slice(&number.to_le_bytes());
    }
}
