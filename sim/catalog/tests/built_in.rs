//! The built-in catalog: it loads, and its facts are those of the public sources.

use patchstate_catalog::{Catalog, built_in_files, read_catalog};
use patchstate_terms::SourceFile;

#[test]
fn the_built_in_catalog_loads_without_a_diagnostic() {
    let files: Vec<SourceFile> =
        built_in_files().iter().map(|(name, text)| SourceFile::new(name, text)).collect();
    let (catalog, mistakes) = read_catalog("built-in", &files);
    let shown: Vec<String> = mistakes
        .iter()
        .map(|m| format!("{}:{:?} {} {}", m.source.name, m.place(), m.code, m.message))
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert_eq!(catalog, Some(Catalog::built_in()));
}
