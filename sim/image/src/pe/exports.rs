//! The export directory (PE/COFF specification, *The .edata Section*).

use super::{
    description::{ExportDescription, ExportTarget},
    layout::{Assembly, Label, Section},
};
use object::pe;
use std::collections::BTreeMap;

/// One export with the ordinal that it got and the place of its code.
pub(super) struct PlacedExport<'a> {
    pub(super) export: &'a ExportDescription,
    /// The code; `None` for a forwarder.
    pub(super) code: Option<Label>,
}

/// Gives every export its ordinal: the stated ones first, then the lowest free ones from 1.
///
/// The error says what is wrong with the list.
pub(super) fn ordinals(
    exports: &[ExportDescription],
) -> Result<BTreeMap<u16, &ExportDescription>, String> {
    let mut by_ordinal = BTreeMap::new();
    for export in exports {
        let Some(ordinal) = export.ordinal else { continue };
        if by_ordinal.insert(ordinal, export).is_some() {
            return Err(format!("exports: ordinal {ordinal} is used twice"));
        }
    }
    let mut next = 1;
    for export in exports.iter().filter(|export| export.ordinal.is_none()) {
        let free = (next..=u16::MAX).find(|ordinal| !by_ordinal.contains_key(ordinal));
        let ordinal =
            free.ok_or("exports: there are more than ordinals: expected at most 65535")?;
        by_ordinal.insert(ordinal, export);
        next = ordinal;
    }
    Ok(by_ordinal)
}

/// Writes the directory. Forwarders stand inside it, which is what makes them forwarders.
pub(super) fn write(
    assembly: &mut Assembly,
    file_name: &str,
    time_stamp: u32,
    exports: &BTreeMap<u16, PlacedExport<'_>>,
) {
    let (Some((&first, _)), Some((&last, _))) =
        (exports.first_key_value(), exports.last_key_value())
    else {
        return;
    };
    let mut names: Vec<(&str, u16)> = exports
        .iter()
        .filter_map(|(&ordinal, placed)| Some((placed.export.name.as_deref()?, ordinal)))
        .collect();
    // The loader searches the table of names as bytes.
    names.sort_unstable();
    let address_count = u32::from(last - first) + 1;

    assembly.align(Section::ReadOnly, 4, 0);
    let start = assembly.here(Section::ReadOnly);
    let [file, addresses, name_table, ordinal_table] = [(); 4].map(|()| assembly.new_label());
    let name_count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    for number in [0, time_stamp, 0] {
        assembly.bytes(Section::ReadOnly, &number.to_le_bytes()); // flags, time stamp, version
    }
    assembly.rva(Section::ReadOnly, file);
    for number in [u32::from(first), address_count, name_count] {
        assembly.bytes(Section::ReadOnly, &number.to_le_bytes());
    }
    for table in [addresses, name_table, ordinal_table] {
        assembly.rva(Section::ReadOnly, table);
    }

    let forwarders = write_addresses(assembly, addresses, first..=last, exports);
    write_name_tables(assembly, [name_table, ordinal_table], &names, first);
    assembly.place(file, Section::ReadOnly);
    write_text(assembly, file_name);
    for (label, target) in forwarders {
        assembly.place(label, Section::ReadOnly);
        write_text(assembly, target);
    }
    let end = assembly.here(Section::ReadOnly);
    assembly.directory(pe::IMAGE_DIRECTORY_ENTRY_EXPORT, start, end);
}

/// The export address table; an ordinal that is not used has address 0. Gives the forwarders,
/// whose texts are still to be written.
fn write_addresses<'a>(
    assembly: &mut Assembly,
    table: Label,
    ordinals: std::ops::RangeInclusive<u16>,
    exports: &BTreeMap<u16, PlacedExport<'a>>,
) -> Vec<(Label, &'a str)> {
    let mut forwarders = Vec::new();
    assembly.place(table, Section::ReadOnly);
    for ordinal in ordinals {
        let Some(placed) = exports.get(&ordinal) else {
            assembly.bytes(Section::ReadOnly, &[0; 4]);
            continue;
        };
        let target = match (&placed.export.target, placed.code) {
            (ExportTarget::Forwarder(target), _) => {
                let label = assembly.new_label();
                forwarders.push((label, target.as_str()));
                label
            }
            (ExportTarget::Function(_), Some(code)) => code,
            (ExportTarget::Function(_), None) => assembly.new_label(),
        };
        assembly.rva(Section::ReadOnly, target);
    }
    forwarders
}

/// The table of name addresses, the table of ordinals beside it, and the names.
fn write_name_tables(
    assembly: &mut Assembly,
    [name_table, ordinal_table]: [Label; 2],
    names: &[(&str, u16)],
    first: u16,
) {
    let labels: Vec<Label> = names.iter().map(|_| assembly.new_label()).collect();
    assembly.place(name_table, Section::ReadOnly);
    for label in &labels {
        assembly.rva(Section::ReadOnly, *label);
    }
    assembly.place(ordinal_table, Section::ReadOnly);
    for (_, ordinal) in names {
        assembly.bytes(Section::ReadOnly, &(ordinal - first).to_le_bytes());
    }
    for (label, (name, _)) in labels.into_iter().zip(names) {
        assembly.place(label, Section::ReadOnly);
        write_text(assembly, name);
    }
}

fn write_text(assembly: &mut Assembly, text: &str) {
    assembly.bytes(Section::ReadOnly, text.as_bytes());
    assembly.bytes(Section::ReadOnly, &[0]);
}
