//! Facts of Windows Server 2003 servicing, each with its source and its confidence.
//!
//! **Owns** the catalog: levels, media, components, files, updates, registry values, symptoms and
//! assumptions, as read from TOML files (the ones built into the binary, or a user's folder), and
//! every diagnostic about a mistake in such a file.
//!
//! **Must never know** how servicing works: what a step does to a host is the business of the
//! servicing crate. Nothing here prints, and no fact stands in code.
//!
//! **Start reading** at [`Catalog`] in `model.rs`, then `load.rs`.

mod model;

pub use model::{
    ArchitectureFacts, Assumption, Catalog, Component, ComponentId, Confidence, ExitCodes, Export,
    File, FileId, FileKind, FileSize, Group, ImportFact, LevelFacts, PackageFile, Provenance,
    RegistryContent, RegistryFact, RegistryScope, Release, RuntimeLoad, Source, SwitchValue,
    Symptom, SyntheticFacts, Update, UpdateId, VersionFamily, WebServiceExtension,
};
