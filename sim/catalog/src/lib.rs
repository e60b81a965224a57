//! Facts of Windows Server 2003 servicing, each with its source and its confidence.
//!
//! **Owns** the catalog: levels, media, components, files, updates, registry values, symptoms and
//! assumptions, as read from TOML files (the ones built into the binary, or a user's folder), and
//! every diagnostic about a mistake in such a file.
//!
//! **Must never know** how servicing works: what a step does to a host is the business of the
//! servicing crate. Nothing here prints, and no fact stands in code.
//!
//! **Start reading** at [`Catalog`] in `model.rs`, then `load.rs`; `raw.rs` is the form of the
//! files, and `codes.rs` lists the mistakes that are found in them.
//!
//! ```
//! use patchstate_catalog::Catalog;
//! use patchstate_terms::{Architecture, Branch, Level};
//!
//! let catalog = Catalog::built_in();
//! let file = catalog.file_at(&"system32/inetsrv/iisutil.dll".parse()?).expect("it is listed");
//! let revision = catalog.level(Level::SP2).revision;
//! assert_eq!(
//!     catalog.version_string(file, revision, Branch::Gdr),
//!     "6.0.3790.3959 (srv03_sp2_rtm.070216-1710)",
//! );
//! assert_eq!(catalog.size(file, Architecture::X86, revision, Branch::Gdr), Some(167_936));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codes;
mod form;
mod load;
mod look_up;
mod mistakes;
mod model;
mod raw;
mod read;
mod resolve;

pub use codes::{CODES, Code};
pub use form::catalog_forms;
pub use load::{CatalogError, Checked, Loaded, built_in_files, check, load, read_catalog};

pub use model::{
    ArchitectureFacts, Assumption, BuildStrings, Catalog, Component, ComponentId, Confidence,
    ExitCodes, Export, Extent, File, FileId, FileKind, FileSize, Group, ImportFact, LevelFacts,
    PackageFile, ProductFacts, Provenance, RegistryContent, RegistryFact, RegistryScope, Release,
    Restart, RuntimeLoad, ServicePackFiles, Setting, Source, SwitchValue, Symptom, SyntheticFacts,
    Update, UpdateId, VersionFamily, WebServiceExtension,
};
pub use read::catalog_likeness;
