//! The base block: the first sector of a hive, and its copy at the beginning of a log.
//!
//! **Owns** its fields and its checksum. **Must never know** what stands behind it.

use crate::bytes::{index, u32_at, u64_at};

/// Bytes of a sector; fields of the base block stand in the first one.
pub(super) const SECTOR_BYTES: usize = 512;
/// Where the checksum of the bytes before it stands.
const CHECKSUM: usize = 508;
/// Where it says whether the file is a hive or a log.
const FILE_TYPE: usize = 28;

/// The sector with the fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct BaseBlock<'a> {
    sector: &'a [u8],
}

impl<'a> BaseBlock<'a> {
    /// That of a file, where it is long enough.
    pub(super) fn of(file: &'a [u8]) -> Option<Self> {
        Some(Self { sector: file.get(..SECTOR_BYTES)? })
    }

    fn field(self, at: usize) -> u32 {
        u32_at(self.sector, at).unwrap_or(0)
    }

    /// Whether it has the signature of a hive.
    pub(super) fn is_signed(self) -> bool {
        self.sector.starts_with(b"regf")
    }

    /// Whether it is as it was written.
    pub(super) fn is_whole(self) -> bool {
        self.field(CHECKSUM) == checksum(self.sector)
    }

    /// The numbers of the write that was begun last, and of the one that was finished last.
    pub(super) fn sequences(self) -> [u32; 2] {
        [self.field(4), self.field(8)]
    }

    /// Whether every write that was begun was finished.
    pub(super) fn is_closed(self) -> bool {
        let [begun, finished] = self.sequences();
        begun == finished
    }

    /// When the last write was begun.
    pub(super) fn time(self) -> u64 {
        u64_at(self.sector, 12).unwrap_or(0)
    }

    /// The version of the format, major and minor.
    pub(super) fn version(self) -> (u32, u32) {
        (self.field(20), self.field(24))
    }

    /// Why the version is not one that is read.
    pub(super) fn version_problem(self) -> Option<String> {
        let (major, minor) = self.version();
        (major != 1 || !(3..=6).contains(&minor))
            .then(|| format!("its format version is {major}.{minor}, expected 1.3 to 1.6"))
    }

    /// 0 for a hive, others for logs.
    pub(super) fn file_type(self) -> u32 {
        self.field(FILE_TYPE)
    }

    /// The cell of the root key.
    pub(super) fn root(self) -> u32 {
        self.field(36)
    }

    /// The length of the bins, in bytes.
    pub(super) fn bins_length(self) -> usize {
        index(self.field(40))
    }

    /// The sector as that of a hive: the copy in a log differs in type and checksum.
    pub(super) fn as_of_hive(self) -> Vec<u8> {
        let mut sector = self.sector.to_vec();
        put(&mut sector, FILE_TYPE, 0);
        let sum = checksum(&sector);
        put(&mut sector, CHECKSUM, sum);
        sector
    }
}

fn put(sector: &mut [u8], at: usize, number: u32) {
    if let Some(place) = sector.get_mut(at..at + 4) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

/// All double words before the checksum, combined with exclusive or; 0 and -1 are avoided.
fn checksum(sector: &[u8]) -> u32 {
    let words = (0..CHECKSUM).step_by(4);
    match words.fold(0, |sum, at| sum ^ u32_at(sector, at).unwrap_or(0)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}
