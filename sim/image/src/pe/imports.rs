//! The import directory and the delay import directory (PE/COFF specification, *The .idata
//! Section* and *Delay-Load Import Tables*).

use super::{
    description::ImportDescription,
    layout::{Assembly, Label, Section},
};
use object::pe;
use patchstate_terms::{ImportedSymbol, is_same_name};

/// `Attributes` of a delay import descriptor whose addresses are relative to the image base.
const DELAY_ATTRIBUTES_RELATIVE: u32 = 1;

/// Where the address of each imported symbol stands when the image runs.
pub(super) struct ImportSlots<'a> {
    imports: &'a [ImportDescription],
    slots: Vec<Vec<Label>>,
}

impl ImportSlots<'_> {
    /// The slot of a symbol; of a symbol that is imported twice, the first.
    pub(super) fn find(&self, dll: &str, symbol: &ImportedSymbol) -> Option<Label> {
        self.imports
            .iter()
            .zip(&self.slots)
            .filter(|(import, _)| is_same_name(&import.dll, dll))
            .find_map(|(import, slots)| {
                let at = import.symbols.iter().position(|imported| imported == symbol)?;
                slots.get(at).copied()
            })
    }
}

/// The tables of one DLL that do not depend on whether it is delayed.
struct Tables {
    name: Label,
    lookup: Label,
    addresses: Label,
    entries: Vec<Option<Label>>,
}

/// Writes both directories. Slots of delayed imports hold the address of `delay_thunk`.
pub(super) fn write<'a>(
    assembly: &mut Assembly,
    imports: &'a [ImportDescription],
    delay_thunk: Label,
) -> ImportSlots<'a> {
    let mut all_tables = Vec::new();
    for import in imports {
        all_tables.push(write_names(assembly, import));
    }
    let mut slots = write_address_tables(assembly, imports, &all_tables);
    for ((import, tables), slots) in imports.iter().zip(&all_tables).zip(&mut slots) {
        write_thunks(assembly, tables.lookup, import, tables);
        if import.delayed {
            *slots = write_delayed_addresses(assembly, import, tables, delay_thunk);
        }
    }
    write_descriptors(assembly, imports, &all_tables);
    write_delay_descriptors(assembly, imports, &all_tables);
    ImportSlots { imports, slots }
}

/// The DLL's name, and hint and name of each symbol.
fn write_names(assembly: &mut Assembly, import: &ImportDescription) -> Tables {
    let entry = |symbol: &ImportedSymbol| match symbol {
        ImportedSymbol::Ordinal(_) => None,
        ImportedSymbol::Name(name) => {
            assembly.align(Section::ReadOnly, 2, 0);
            let label = assembly.here(Section::ReadOnly);
            assembly.bytes(Section::ReadOnly, &[0, 0]); // hint
            assembly.bytes(Section::ReadOnly, name.as_bytes());
            assembly.bytes(Section::ReadOnly, &[0]);
            Some(label)
        }
    };
    let entries = import.symbols.iter().map(entry).collect();
    assembly.align(Section::ReadOnly, 2, 0);
    let name = assembly.here(Section::ReadOnly);
    assembly.bytes(Section::ReadOnly, import.dll.as_bytes());
    assembly.bytes(Section::ReadOnly, &[0]);
    Tables { name, lookup: assembly.new_label(), addresses: assembly.new_label(), entries }
}

/// The import address tables of all DLLs that are not delayed, as one directory. The loader makes
/// what the directory spans writable while it fills the tables.
fn write_address_tables(
    assembly: &mut Assembly,
    imports: &[ImportDescription],
    all_tables: &[Tables],
) -> Vec<Vec<Label>> {
    assembly.align(Section::ReadOnly, 16, 0);
    let start = assembly.here(Section::ReadOnly);
    let slots = imports
        .iter()
        .zip(all_tables)
        .map(|(import, tables)| {
            if import.delayed {
                return Vec::new();
            }
            write_thunks(assembly, tables.addresses, import, tables)
        })
        .collect();
    let end = assembly.here(Section::ReadOnly);
    if imports.iter().any(|import| !import.delayed) {
        assembly.directory(pe::IMAGE_DIRECTORY_ENTRY_IAT, start, end);
    }
    slots
}

/// One table of names and ordinals, with its end mark. Gives the label of each entry.
fn write_thunks(
    assembly: &mut Assembly,
    table: Label,
    import: &ImportDescription,
    tables: &Tables,
) -> Vec<Label> {
    let width = if assembly.is_64_bit() { 8 } else { 4 };
    assembly.align(Section::ReadOnly, width, 0);
    assembly.place(table, Section::ReadOnly);
    let mut labels = Vec::new();
    for (symbol, name) in import.symbols.iter().zip(&tables.entries) {
        labels.push(assembly.here(Section::ReadOnly));
        match (symbol, name) {
            (ImportedSymbol::Ordinal(ordinal), _) if assembly.is_64_bit() => {
                let entry = pe::IMAGE_ORDINAL_FLAG64 | u64::from(*ordinal);
                assembly.bytes(Section::ReadOnly, &entry.to_le_bytes());
            }
            (ImportedSymbol::Ordinal(ordinal), _) => {
                let entry = pe::IMAGE_ORDINAL_FLAG32 | u32::from(*ordinal);
                assembly.bytes(Section::ReadOnly, &entry.to_le_bytes());
            }
            (ImportedSymbol::Name(_), Some(name)) => {
                assembly.rva(Section::ReadOnly, *name);
                assembly.align(Section::ReadOnly, width, 0);
            }
            (ImportedSymbol::Name(_), None) => {}
        }
    }
    assembly.bytes(Section::ReadOnly, [0; 8].get(..width).unwrap_or_default());
    labels
}

/// The address table of a delayed DLL: writable, and filled with the thunk from the start.
fn write_delayed_addresses(
    assembly: &mut Assembly,
    import: &ImportDescription,
    tables: &Tables,
    delay_thunk: Label,
) -> Vec<Label> {
    let width = if assembly.is_64_bit() { 8 } else { 4 };
    assembly.align(Section::Variables, width, 0);
    assembly.place(tables.addresses, Section::Variables);
    let mut labels = Vec::new();
    for _ in &import.symbols {
        labels.push(assembly.here(Section::Variables));
        assembly.address(Section::Variables, delay_thunk);
    }
    assembly.bytes(Section::Variables, [0; 8].get(..width).unwrap_or_default());
    labels
}

fn write_descriptors(
    assembly: &mut Assembly,
    imports: &[ImportDescription],
    all_tables: &[Tables],
) {
    if !imports.iter().any(|import| !import.delayed) {
        return;
    }
    assembly.align(Section::ReadOnly, 4, 0);
    let start = assembly.here(Section::ReadOnly);
    for (_, tables) in imports.iter().zip(all_tables).filter(|(import, _)| !import.delayed) {
        assembly.rva(Section::ReadOnly, tables.lookup); //      OriginalFirstThunk
        assembly.bytes(Section::ReadOnly, &[0; 8]); //          TimeDateStamp, ForwarderChain
        assembly.rva(Section::ReadOnly, tables.name); //        Name
        assembly.rva(Section::ReadOnly, tables.addresses); //   FirstThunk
    }
    assembly.bytes(Section::ReadOnly, &[0; 20]);
    let end = assembly.here(Section::ReadOnly);
    assembly.directory(pe::IMAGE_DIRECTORY_ENTRY_IMPORT, start, end);
}

fn write_delay_descriptors(
    assembly: &mut Assembly,
    imports: &[ImportDescription],
    all_tables: &[Tables],
) {
    if !imports.iter().any(|import| import.delayed) {
        return;
    }
    assembly.align(Section::ReadOnly, 4, 0);
    let start = assembly.here(Section::ReadOnly);
    for (_, tables) in imports.iter().zip(all_tables).filter(|(import, _)| import.delayed) {
        assembly.align(Section::Variables, 8, 0);
        let module = assembly.here(Section::Variables);
        assembly.bytes(Section::Variables, &[0; 8]);
        assembly.bytes(Section::ReadOnly, &DELAY_ATTRIBUTES_RELATIVE.to_le_bytes());
        assembly.rva(Section::ReadOnly, tables.name); //        DllNameRVA
        assembly.rva(Section::ReadOnly, module); //             ModuleHandleRVA
        assembly.rva(Section::ReadOnly, tables.addresses); //   ImportAddressTableRVA
        assembly.rva(Section::ReadOnly, tables.lookup); //      ImportNameTableRVA
        assembly.bytes(Section::ReadOnly, &[0; 12]); // bound table, unload table, time stamp
    }
    assembly.bytes(Section::ReadOnly, &[0; 32]);
    let end = assembly.here(Section::ReadOnly);
    assembly.directory(pe::IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, start, end);
}
