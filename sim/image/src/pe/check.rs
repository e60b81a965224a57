//! What an image description must satisfy before bytes are made of it.

use super::description::{
    ExportDescription, ExportTarget, ImageDescription, ImageKind, ImportDescription,
};
use crate::ImageError;
use patchstate_terms::{ImportedSymbol, Machine};
use std::collections::BTreeSet;

/// The longest name of a symbol or file that is written. Readers of PE files stop at such a
/// length, though the format has no limit.
const NAME_LENGTH_MAX: usize = 511;

/// Refuses descriptions that contradict themselves or that no image can hold.
pub(super) fn check(
    description: &ImageDescription,
    imports: &[ImportDescription],
) -> Result<(), ImageError> {
    if !matches!(description.machine, Machine::I386 | Machine::Amd64) {
        return Err(ImageError::Machine {
            file: description.file_name.clone(),
            machine: description.machine,
        });
    }
    check_file_name(description, "file name", &description.file_name)?;
    check_exports(description)?;
    check_imports(description, imports)?;
    check_program(description)?;
    for (key, value) in description.strings.entries() {
        if value.contains('\0') {
            return Err(name_error(description, key, value, "a text without a zero character"));
        }
    }
    Ok(())
}

/// An error of a description, with what is wrong.
pub(super) fn contradiction(description: &ImageDescription, problem: String) -> ImageError {
    ImageError::Description { file: description.file_name.clone(), problem }
}

fn check_exports(description: &ImageDescription) -> Result<(), ImageError> {
    let mut names = BTreeSet::new();
    for ExportDescription { ordinal, name, target } in &description.exports {
        if let Some(name) = name {
            check_symbol(description, "exported name", name)?;
            if !names.insert(name) {
                let problem = format!("exports: name {name:?} is used twice");
                return Err(contradiction(description, problem));
            }
        } else if ordinal.is_none() {
            let problem = "exports: an export has neither name nor ordinal".to_owned();
            return Err(contradiction(description, problem));
        }
        if let ExportTarget::Forwarder(forwarder) = target {
            let parts = forwarder.rsplit_once('.');
            if parts.is_none_or(|(dll, symbol)| dll.is_empty() || symbol.is_empty()) {
                let expected = "MODULE.NAME or MODULE.#ORDINAL";
                return Err(name_error(description, "forwarder", forwarder, expected));
            }
            check_symbol(description, "forwarder", forwarder)?;
        }
    }
    Ok(())
}

fn check_imports(
    description: &ImageDescription,
    imports: &[ImportDescription],
) -> Result<(), ImageError> {
    for import in imports {
        check_file_name(description, "imported DLL", &import.dll)?;
        if import.symbols.is_empty() {
            let problem = format!("imports: none from {}: expected at least one", import.dll);
            return Err(contradiction(description, problem));
        }
        for symbol in &import.symbols {
            if let ImportedSymbol::Name(name) = symbol {
                check_symbol(description, "imported name", name)?;
            }
        }
    }
    Ok(())
}

fn check_program(description: &ImageDescription) -> Result<(), ImageError> {
    let Some(program) = &description.program else { return Ok(()) };
    if description.kind != ImageKind::Program {
        let problem = "program: only an image of kind Program can have one".to_owned();
        return Err(contradiction(description, problem));
    }
    let load_count = u32::try_from(program.loads.len()).unwrap_or(u32::MAX);
    if program.exit_codes.load_failed.checked_add(load_count).is_none() {
        let problem = "exit code load_failed: leaves no number for each DLL".to_owned();
        return Err(contradiction(description, problem));
    }
    for load in &program.loads {
        check_file_name(description, "loaded DLL", &load.dll)?;
        if let Some(entry) = &load.entry {
            check_symbol(description, "entry", entry)?;
        }
    }
    Ok(())
}

fn check_file_name(
    description: &ImageDescription,
    field: &'static str,
    name: &str,
) -> Result<(), ImageError> {
    let valid = |c: char| matches!(c, ' '..='~') && !"\"*/:<>?\\|".contains(c);
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.chars().all(valid) {
        let expected = "1 to 511 printable ASCII characters that Windows allows in file names";
        return Err(name_error(description, field, name, expected));
    }
    Ok(())
}

fn check_symbol(
    description: &ImageDescription,
    field: &'static str,
    name: &str,
) -> Result<(), ImageError> {
    let valid = |c: char| c.is_ascii_graphic();
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.chars().all(valid) {
        let expected = "1 to 511 printable ASCII characters without spaces";
        return Err(name_error(description, field, name, expected));
    }
    Ok(())
}

fn name_error(
    description: &ImageDescription,
    field: &'static str,
    name: &str,
    expected: &'static str,
) -> ImageError {
    ImageError::Name { file: description.file_name.clone(), field, name: name.to_owned(), expected }
}
