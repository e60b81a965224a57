//! Code in the making: where a function starts, which functions there are, and the unwind
//! information of those with a frame. **Must never know** a machine's instructions.

use crate::pe::layout::{Assembly, Label, Section};

/// What Wine raises when an import is called that did not resolve (`EXCEPTION_WINE_STUB` of
/// Wine's `winternl.h`).
pub(super) const WINE_UNRESOLVED_IMPORT: u32 = 0x8000_0100;

/// `int3`: fills the space between functions and stands behind calls that do not return.
pub(super) const BREAKPOINT: u8 = 0xcc;

/// The slots of the import address table that a program calls through.
#[derive(Clone, Copy)]
pub(in crate::pe) struct ProgramSlots {
    pub(in crate::pe) add_vectored_handler: Label,
    pub(in crate::pe) exit: Label,
    pub(in crate::pe) find_symbol: Label,
    pub(in crate::pe) load_library: Label,
    pub(in crate::pe) set_unhandled_filter: Label,
}

/// One DLL that a program loads, with the places of its strings.
pub(in crate::pe) struct LoadStrings {
    pub(in crate::pe) dll: Label,
    pub(in crate::pe) entry: Option<Label>,
}

/// Code in the making.
pub(in crate::pe) struct Code<'a> {
    pub(super) assembly: &'a mut Assembly,
    functions: Vec<Label>,
    unwind: Option<Label>,
}

impl<'a> Code<'a> {
    pub(in crate::pe) const fn new(assembly: &'a mut Assembly) -> Self {
        Self { assembly, functions: Vec::new(), unwind: None }
    }

    /// The functions written so far, in the order of their addresses.
    pub(in crate::pe) fn into_functions(self) -> Vec<Label> {
        self.functions
    }

    pub(super) fn begin(&mut self) -> Label {
        self.assembly.align(Section::Code, 4, BREAKPOINT);
        let label = self.assembly.here(Section::Code);
        self.functions.push(label);
        label
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.assembly.bytes(Section::Code, bytes);
    }

    pub(super) fn number(&mut self, number: u32) {
        self.bytes(&number.to_le_bytes());
    }

    /// An absolute address inside an instruction (x86).
    pub(super) fn address(&mut self, label: Label) {
        self.assembly.address(Section::Code, label);
    }

    /// A distance at the end of an instruction (x64).
    pub(super) fn relative(&mut self, label: Label) {
        self.assembly.relative(Section::Code, label);
    }

    /// Says how to unwind the function that started at `start` and ends here. All functions with
    /// a frame share one `UNWIND_INFO`, since all have the same prologue.
    pub(super) fn end_frame(&mut self, start: Label, unwind_information: &[u8]) {
        let end = self.assembly.here(Section::Code);
        let unwind = *self.unwind.get_or_insert_with(|| {
            self.assembly.align(Section::ReadOnly, 4, 0);
            let label = self.assembly.here(Section::ReadOnly);
            self.assembly.bytes(Section::ReadOnly, unwind_information);
            label
        });
        for label in [start, end, unwind] {
            self.assembly.rva(Section::Exceptions, label);
        }
    }
}
