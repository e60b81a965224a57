//! Hives in the middle of a write, and their logs, written by hand.

use crate::hive::seal;

/// The hive as it stands on disk while a write is under way, and its log. `before` and `after` are
/// closed hives with the content before and after the write.
#[derive(Clone, Debug)]
pub struct Torn {
    /// The base block is that of the write, the rest is as before.
    pub hive: Vec<u8>,
    /// All sectors that differ.
    pub log: Vec<u8>,
    /// How many these are.
    pub sector_count: usize,
}

impl Torn {
    /// As Windows Server 2003 counts: the log is one write, and the hive the next.
    pub fn new(before: &[u8], after: &[u8]) -> Self {
        let time = 0x01CA_7800_0000_0000_u64.to_le_bytes();
        let mut after = after.to_vec();
        after[12..20].copy_from_slice(&time);
        // The first bin has the time of the write too.
        after[4096 + 20..4096 + 28].copy_from_slice(&time);
        let mut hive = after[..4096].to_vec();
        set(&mut hive, 4, 9);
        set(&mut hive, 8, 8);
        seal(&mut hive);
        hive.extend(&before[4096..]);

        let mut log = after[..512].to_vec();
        set(&mut log, 4, 8);
        set(&mut log, 8, 8);
        set(&mut log, 28, 1);
        seal(&mut log);
        log.extend(b"DIRT");
        let (old, new) = (&before[4096..], &after[4096..]);
        let mut bits = vec![0_u8; new.len() / 4096];
        let mut pages: Vec<u8> = Vec::new();
        for (number, sector) in new.chunks(512).enumerate() {
            if old.get(512 * number..512 * (number + 1)) != Some(sector) {
                bits[number / 8] |= 1 << (number % 8);
                pages.extend(sector);
            }
        }
        log.extend(bits);
        log.resize(log.len().next_multiple_of(512), 0);
        let sector_count = pages.len() / 512;
        log.extend(pages);
        Self { hive, log, sector_count }
    }
}

/// Writes a number of the base block.
pub fn set(file: &mut [u8], at: usize, number: u32) {
    file[at..at + 4].copy_from_slice(&number.to_le_bytes());
}
