//! A bounded reader of registry hives (the `regf` format, versions 1.3 to 1.6).
//!
//! **Owns** the way from a hive's bytes to keys and values, without ever following a loop for ever
//! or asking for memory that the bytes do not fill. **Must never know** which keys matter.
//!
//! The format has no public specification from its maker; what is read here is what several
//! independent readers agree on. A hive that was not closed cleanly ([`needs_log`]) is not opened:
//! it may lack a part of what was last written, and only with its log ([`recover`]) it is whole.
//!
//! **Start reading** at [`Hive::open`], then `cell`; `log` for hives that were being written.

mod base;
mod cell;
mod error;
mod log;
mod value;

pub use error::HiveError;
pub use log::{Recovered, needs_log, recover};

use crate::{Problem, ProblemPart};
use base::BaseBlock;
use cell::{Cells, KeyCell, ValueCell};
use patchstate_terms::{RegistryType, RegistryValue};

/// Largest hive that is read, in bytes.
pub const HIVE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Largest log of a hive that is read: all sectors of the largest hive, and a bit for each.
pub const LOG_BYTES_MAX: u64 = HIVE_BYTES_MAX + HIVE_BYTES_MAX / 4096 + 4096;
/// Where cells begin; every offset inside a hive counts from here.
const BASE_BYTES: usize = 4096;

/// A hive that was opened.
#[derive(Clone, Debug)]
pub struct Hive<'a> {
    cells: Cells<'a>,
    root: u32,
    /// How long the file is by its base block.
    described: usize,
    bytes: &'a [u8],
}

/// One key of a hive.
#[derive(Clone, Debug)]
pub struct HiveKey<'a> {
    cells: Cells<'a>,
    cell: KeyCell<'a>,
}

impl<'a> Hive<'a> {
    /// Opens a hive: checks signature, version and checksum of its base block, and that it was
    /// closed cleanly.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let problem = |reason: &str| Problem::unreadable(ProblemPart::Registry, reason.to_owned());
        if !b"regf".starts_with(bytes.get(..4).unwrap_or(bytes)) {
            return Err(problem("it does not begin with regf"));
        }
        let whole = bytes.get(..BASE_BYTES).and_then(BaseBlock::of);
        let base = whole.ok_or_else(|| {
            let reason = format!("it has {} bytes, a hive has at least 4096", bytes.len());
            Problem::truncated(ProblemPart::Registry, reason)
        })?;
        if let Some(reason) = base.version_problem() {
            return Err(problem(&reason));
        }
        if !base.is_whole() {
            return Err(problem("the checksum of its base block does not match"));
        }
        if !base.is_closed() {
            return Err(problem(
                "it was not closed cleanly, so that what was last written may stand only in its \
                 log",
            ));
        }
        let (_, minor) = base.version();
        let cells = Cells::new(bytes.get(BASE_BYTES..).unwrap_or_default(), minor);
        Ok(Self { cells, root: base.root(), described: BASE_BYTES + base.bins_length(), bytes })
    }

    /// Why the file is shorter than its base block says, if it is.
    #[must_use]
    pub fn cut_short(&self) -> Option<Problem> {
        let Self { described, bytes, .. } = self;
        (bytes.len() < *described).then(|| {
            let reason =
                format!("it has {} bytes, its base block describes {described}", bytes.len());
            Problem::truncated(ProblemPart::Registry, reason)
        })
    }

    /// The key at the root.
    pub fn root(&self) -> Result<HiveKey<'a>, HiveError> {
        Ok(HiveKey { cells: self.cells.clone(), cell: self.cells.key(self.root)? })
    }

    /// The key at a path below the root, parts separated by backslashes, in any letter case.
    pub fn key(&self, path: &str) -> Result<Option<HiveKey<'a>>, HiveError> {
        let mut key = self.root()?;
        for part in path.split('\\').filter(|part| !part.is_empty()) {
            match key.subkey(part)? {
                Some(next) => key = next,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }
}

impl<'a> HiveKey<'a> {
    /// The key's own name.
    #[must_use]
    pub fn name(&self) -> String {
        self.cell.name()
    }

    /// The keys directly below, in the order of the hive.
    pub fn subkeys(&self) -> Result<Vec<HiveKey<'a>>, HiveError> {
        let mut keys = Vec::new();
        self.cells.subkeys(&self.cell, &mut |cell| {
            keys.push(HiveKey { cells: self.cells.clone(), cell });
            true
        })?;
        Ok(keys)
    }

    /// The key directly below with this name, in any letter case.
    pub fn subkey(&self, name: &str) -> Result<Option<HiveKey<'a>>, HiveError> {
        let mut found = None;
        self.cells.subkeys(&self.cell, &mut |cell| {
            if cell.is_named(name) {
                found = Some(HiveKey { cells: self.cells.clone(), cell });
            }
            found.is_none()
        })?;
        Ok(found)
    }

    /// The value with this name, in any letter case; the empty name is the default value.
    pub fn value(&self, name: &str) -> Result<Option<RegistryValue>, HiveError> {
        let found = self.value_cell(name)?;
        found.map(|cell| self.cells.content(&cell)).transpose()
    }

    /// The type of the value with this name, also where its content cannot be read.
    pub fn value_type(&self, name: &str) -> Result<Option<RegistryType>, HiveError> {
        Ok(self.value_cell(name)?.map(|cell| cell.kind()))
    }

    fn value_cell(&self, name: &str) -> Result<Option<ValueCell<'a>>, HiveError> {
        for cell in self.cells.values(&self.cell)? {
            let cell = cell?;
            if cell.is_named(name) {
                return Ok(Some(cell));
            }
        }
        Ok(None)
    }

    /// All values with their names, in the order of the hive.
    pub fn values(&self) -> Result<Vec<(String, RegistryValue)>, HiveError> {
        self.cells
            .values(&self.cell)?
            .map(|cell| {
                let cell = cell?;
                Ok((cell.name(), self.cells.content(&cell)?))
            })
            .collect()
    }
}
