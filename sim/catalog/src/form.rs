//! The form of catalog files: which tables there are, and which fields each has.
//!
//! Nothing is written down here: the names come from the structures that files are read into.

use crate::raw::{
    RawArchitecture, RawAssumption, RawComponent, RawDefaults, RawExitCodes, RawExport,
    RawExtension, RawFamily, RawFile, RawGroup, RawHead, RawImport, RawLevel, RawLoad,
    RawPackageFile, RawRegistry, RawRelease, RawSize, RawSource, RawSwitchValue, RawSymptom,
    RawSynthetic, RawUpdate,
};
use patchstate_terms::{TableForm, field_names};

/// Every table that a catalog file can have, in alphabetical order.
#[must_use]
pub fn catalog_forms() -> Vec<TableForm> {
    let form = |name, is_repeated, fields| TableForm { name, is_repeated, fields };
    vec![
        form("architecture", true, field_names::<RawArchitecture>()),
        form("assumption", true, field_names::<RawAssumption>()),
        form("assumption.values", true, field_names::<RawSwitchValue>()),
        form("catalog", false, field_names::<RawHead>()),
        form("component", true, field_names::<RawComponent>()),
        form("defaults", false, field_names::<RawDefaults>()),
        form("extension", true, field_names::<RawExtension>()),
        form("family", true, field_names::<RawFamily>()),
        form("file", true, field_names::<RawFile>()),
        form("file.exports", true, field_names::<RawExport>()),
        form("file.imports", true, field_names::<RawImport>()),
        form("file.loads", true, field_names::<RawLoad>()),
        form("file.sizes", true, field_names::<RawSize>()),
        form("group", true, field_names::<RawGroup>()),
        form("level", true, field_names::<RawLevel>()),
        form("registry", true, field_names::<RawRegistry>()),
        form("source", true, field_names::<RawSource>()),
        form("symptom", true, field_names::<RawSymptom>()),
        form("synthetic", false, field_names::<RawSynthetic>()),
        form("synthetic.exit_codes", false, field_names::<RawExitCodes>()),
        form("update", true, field_names::<RawUpdate>()),
        form("update.release", true, field_names::<RawRelease>()),
        form("update.release.files", true, field_names::<RawPackageFile>()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::SECTIONS;

    #[test]
    fn every_section_has_a_form_with_fields() {
        let forms = catalog_forms();
        let outer = forms.iter().filter(|form| !form.name.contains('.'));
        assert_eq!(outer.map(|form| form.name).collect::<Vec<_>>(), SECTIONS);
        assert!(forms.iter().all(|form| !form.fields.is_empty()));
    }
}
