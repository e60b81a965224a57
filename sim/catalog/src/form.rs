//! The form of catalog files: which tables there are, and which fields each has.
//!
//! Nothing is written down here: the names come from the structures that files are read into.

use crate::raw::{
    RawArchitecture, RawAssumption, RawComponent, RawDefaults, RawExitCodes, RawExport,
    RawExtension, RawFamily, RawFile, RawGroup, RawHead, RawImport, RawLevel, RawLoad,
    RawPackageFile, RawProduct, RawRegistry, RawRelease, RawRestart, RawSize, RawSource,
    RawSwitchValue, RawSymptom, RawSynthetic, RawUpdate,
};
use patchstate_source::{Brackets, Row, Section};

/// Every table that a catalog file can have, in alphabetical order.
#[must_use]
pub fn catalog_forms() -> Vec<Section> {
    fn form<R: Row>(name: &'static str, brackets: Brackets) -> Section {
        Section { name, brackets, fields: R::FIELDS }
    }
    vec![
        form::<RawArchitecture>("architecture", Brackets::Double),
        form::<RawAssumption>("assumption", Brackets::Double),
        form::<RawSwitchValue>("assumption.values", Brackets::Double),
        form::<RawHead>("catalog", Brackets::Single),
        form::<RawComponent>("component", Brackets::Double),
        form::<RawDefaults>("defaults", Brackets::Single),
        form::<RawExtension>("extension", Brackets::Double),
        form::<RawFamily>("family", Brackets::Double),
        form::<RawFile>("file", Brackets::Double),
        form::<RawExport>("file.exports", Brackets::Double),
        form::<RawImport>("file.imports", Brackets::Double),
        form::<RawLoad>("file.loads", Brackets::Double),
        form::<RawSize>("file.sizes", Brackets::Double),
        form::<RawGroup>("group", Brackets::Double),
        form::<RawLevel>("level", Brackets::Double),
        form::<RawProduct>("product", Brackets::Single),
        form::<RawRegistry>("registry", Brackets::Double),
        form::<RawSource>("source", Brackets::Double),
        form::<RawSymptom>("symptom", Brackets::Double),
        form::<RawSynthetic>("synthetic", Brackets::Single),
        form::<RawExitCodes>("synthetic.exit_codes", Brackets::Single),
        form::<RawUpdate>("update", Brackets::Double),
        form::<RawRelease>("update.release", Brackets::Double),
        form::<RawPackageFile>("update.release.files", Brackets::Double),
        form::<RawRestart>("update.release.restart", Brackets::Single),
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
        assert_eq!(outer.map(|form| form.name).collect::<Vec<_>>(), SECTIONS.map(|one| one.name));
        assert!(forms.iter().all(|form| !form.fields.is_empty()));
    }
}
