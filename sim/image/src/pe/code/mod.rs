//! The machine code of synthetic images, written by hand.
//!
//! Each machine has a module with the same functions; this one keeps what they share: where a
//! function starts, which functions there are, and the unwind information of those with a frame.
//! The code calls imports through their slots and otherwise only returns constants: it reads no
//! argument but the exception record that an exception handler is given.

mod x64;
mod x86;

use super::{
    description::ExitCodes,
    layout::{Assembly, Label, Section},
};

/// What Wine raises when an import is called that did not resolve (`EXCEPTION_WINE_STUB` of
/// Wine's `winternl.h`).
const WINE_UNRESOLVED_IMPORT: u32 = 0x8000_0100;

/// `int3`: fills the space between functions and stands behind calls that do not return.
const BREAKPOINT: u8 = 0xcc;

/// The slots of the import address table that a program calls through.
#[derive(Clone, Copy)]
pub(super) struct ProgramSlots {
    pub(super) add_vectored_handler: Label,
    pub(super) exit: Label,
    pub(super) find_symbol: Label,
    pub(super) load_library: Label,
    pub(super) set_unhandled_filter: Label,
}

/// One DLL that a program loads, with the places of its strings.
pub(super) struct LoadStrings {
    pub(super) dll: Label,
    pub(super) entry: Option<Label>,
}

/// Code in the making.
pub(super) struct Code<'a> {
    assembly: &'a mut Assembly,
    functions: Vec<Label>,
    unwind: Option<Label>,
}

impl<'a> Code<'a> {
    pub(super) const fn new(assembly: &'a mut Assembly) -> Self {
        Self { assembly, functions: Vec::new(), unwind: None }
    }

    /// The functions written so far, in the order of their addresses.
    pub(super) fn into_functions(self) -> Vec<Label> {
        self.functions
    }

    /// The entry point of a DLL: returns TRUE.
    pub(super) fn library_entry(&mut self) -> Label {
        if self.assembly.is_64_bit() { x64::library_entry(self) } else { x86::library_entry(self) }
    }

    /// The entry point of a driver: returns `STATUS_SUCCESS`.
    pub(super) fn native_entry(&mut self) -> Label {
        if self.assembly.is_64_bit() { x64::return_zero(self) } else { x86::native_entry(self) }
    }

    /// A function without arguments that returns 0.
    pub(super) fn return_zero(&mut self) -> Label {
        if self.assembly.is_64_bit() { x64::return_zero(self) } else { x86::return_zero(self) }
    }

    /// A function without arguments that calls through each slot, then returns 0.
    pub(super) fn call_slots(&mut self, slots: &[Label]) -> Label {
        if self.assembly.is_64_bit() {
            x64::call_slots(self, slots)
        } else {
            x86::call_slots(self, slots)
        }
    }

    /// The entry point of a program that loads DLLs and calls their entries.
    pub(super) fn program(
        &mut self,
        slots: ProgramSlots,
        loads: &[LoadStrings],
        exit_codes: ExitCodes,
    ) -> Label {
        if self.assembly.is_64_bit() {
            x64::program(self, slots, loads, exit_codes)
        } else {
            x86::program(self, slots, loads, exit_codes)
        }
    }

    fn begin(&mut self) -> Label {
        self.assembly.align(Section::Code, 4, BREAKPOINT);
        let label = self.assembly.here(Section::Code);
        self.functions.push(label);
        label
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.assembly.bytes(Section::Code, bytes);
    }

    fn number(&mut self, number: u32) {
        self.bytes(&number.to_le_bytes());
    }

    /// An absolute address inside an instruction (x86).
    fn address(&mut self, label: Label) {
        self.assembly.address(Section::Code, label);
    }

    /// A distance at the end of an instruction (x64).
    fn relative(&mut self, label: Label) {
        self.assembly.relative(Section::Code, label);
    }

    /// Says how to unwind the function that started at `start` and ends here. All functions with
    /// a frame share one `UNWIND_INFO`, since all have the same prologue.
    fn end_frame(&mut self, start: Label, unwind_information: &[u8]) {
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
