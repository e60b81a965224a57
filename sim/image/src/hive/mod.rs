//! Registry hives in the format `regf`, version 1.5, as Windows Server 2003 writes its
//! `software` and `system` hives.
//!
//! **Owns** the bytes of a hive: base block, bins, cells. **Must never know** which keys mean
//! what. Field names and meanings follow the public description of the format by M. Suhanov
//! (*Windows registry file format specification*) and that of the libregf project.
//!
//! **Start reading** at [`HiveDescription`], then [`write_hive`]; `keys.rs` turns paths into a
//! tree, `cells.rs` gives cells their places, `write.rs` fills them; `unfinished.rs` for hives that
//! were not closed cleanly.
//!
//! ```
//! use patchstate_image::{HiveDescription, write_hive};
//! use patchstate_terms::RegistryValue;
//!
//! let mut hive = HiveDescription::new(r"\SystemRoot\System32\Config\SOFTWARE");
//! let key = r"Microsoft\Windows NT\CurrentVersion".to_owned();
//! hive.values.insert((key, "CurrentVersion".to_owned()), RegistryValue::Text("5.2".to_owned()));
//! assert!(write_hive(&hive)?.starts_with(b"regf"));
//! # Ok::<(), patchstate_image::ImageError>(())
//! ```

mod cells;
mod keys;
mod security;
mod unfinished;
mod write;

pub use unfinished::{UnfinishedWrite, write_unfinished};
pub use write::write_hive;

use patchstate_terms::RegistryValue;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the bytes of a hive depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HiveDescription {
    /// The name in the base block; its last 31 UTF-16 units are kept, as Windows does, for
    /// example of `\SystemRoot\System32\Config\SOFTWARE`.
    pub name: String,
    /// Last written time of the hive and of every key: 100 nanoseconds since 1 January 1601.
    pub time: u64,
    /// The values, by key and value name. Keys are paths below the root with backslashes between
    /// their parts; `""` is the root, and the value name `""` is the default value of a key.
    /// Letter case does not tell keys or values apart; of two spellings of a key the first in
    /// order stands in the hive.
    pub values: BTreeMap<(String, String), RegistryValue>,
    /// Keys that must exist even where they have no value.
    pub keys: BTreeSet<String>,
}

impl HiveDescription {
    /// A hive with nothing but its root key.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}
