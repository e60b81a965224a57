//! The vocabulary of patchstate as types.
//!
//! **Owns** the words that every other crate uses: file versions, levels, branches,
//! architectures, names as Windows compares them, paths below the Windows folder, steps as a person
//! writes them, statuses and findings, and registry values.
//!
//! **Must never know** a fact of Windows: no version number, file name, component or KB number
//! stands here (those are data of the catalog and of the detection core), and no other crate of
//! this project is a dependency.
//!
//! **Start reading** at [`FileVersion`] and [`Step`], then [`Finding`].
//!
//! ```
//! use patchstate_terms::{FileVersion, Level, Step};
//!
//! let iisutil: FileVersion = "6.0.3790.1830".parse()?;
//! assert!(iisutil < "6.0.3790.3959".parse()?);
//! assert_eq!("SP2".parse::<Step>()?, Step::ApplyServicePack(Level::SP2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod finding;
mod level;
mod name;
mod path;
mod product;
mod registry;
mod step;
mod version;
mod words;

pub use finding::{Finding, FindingKey, FindingKind, Import, ImportedSymbol, Status, UpdateLabel};
pub use level::{Architecture, Branch, Level, Machine, ParseLevelError};
pub use name::{folded, is_same_name, upper_case};
pub use path::{ParsePathError, WindowsPath};
pub use product::ProductWords;
pub use registry::{Hive, RegistryPath, RegistryType, RegistryValue, hexadecimal};
pub use step::{ParseStepError, Step};
pub use version::{FileVersion, ParseVersionError};
