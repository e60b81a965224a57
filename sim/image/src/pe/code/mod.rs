//! The machine code of synthetic images, written by hand.
//!
//! Each machine has a module with the same functions, and this one chooses between them; what they
//! share is in `written`. The code calls imports through their slots and otherwise only returns
//! constants: it reads no argument but the exception record that an exception handler is given.

mod written;
mod x64;
mod x86;

pub(super) use written::{Code, LoadStrings, ProgramSlots};

use super::{description::ExitCodes, layout::Label};

impl Code<'_> {
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
}
