//! Code for x86. Addresses are absolute, so that every use of one has a base relocation.

use super::written::{BREAKPOINT, Code, LoadStrings, ProgramSlots, WINE_UNRESOLVED_IMPORT};
use crate::pe::{description::ExitCodes, layout::Label};

pub(super) fn library_entry(code: &mut Code<'_>) -> Label {
    let start = code.begin();
    code.bytes(&[0xb8, 1, 0, 0, 0]); // mov eax, 1
    code.bytes(&[0xc2, 12, 0]); //      ret 12: instance, reason, reserved
    start
}

pub(super) fn native_entry(code: &mut Code<'_>) -> Label {
    let start = code.begin();
    code.bytes(&[0x33, 0xc0]); //   xor eax, eax
    code.bytes(&[0xc2, 8, 0]); //   ret 8: driver object, registry path
    start
}

pub(super) fn return_zero(code: &mut Code<'_>) -> Label {
    let start = code.begin();
    code.bytes(&[0x33, 0xc0]); //   xor eax, eax
    code.bytes(&[0xc3]); //         ret
    start
}

pub(super) fn call_slots(code: &mut Code<'_>, slots: &[Label]) -> Label {
    let start = code.begin();
    code.bytes(&[0x55]); //         push ebp
    code.bytes(&[0x8b, 0xec]); //   mov ebp, esp
    for slot in slots {
        call(code, *slot);
    }
    code.bytes(&[0x33, 0xc0]); //   xor eax, eax
    code.bytes(&[0xc9]); //         leave: whatever a callee took from the stack is put right
    code.bytes(&[0xc3]); //         ret
    start
}

pub(super) fn program(
    code: &mut Code<'_>,
    slots: ProgramSlots,
    loads: &[LoadStrings],
    exit_codes: ExitCodes,
) -> Label {
    let handler = vectored_handler(code, slots, exit_codes);
    let filter = unhandled_filter(code, slots, exit_codes);
    let start = code.begin();
    push_address(code, handler);
    code.bytes(&[0x6a, 1]); //              push 1: first of all handlers
    call(code, slots.add_vectored_handler);
    push_address(code, filter);
    call(code, slots.set_unhandled_filter);
    for (load, load_failed) in loads.iter().zip(exit_codes.load_failed..) {
        push_address(code, load.dll);
        call(code, slots.load_library);
        exit_if_null(code, slots.exit, load_failed);
        if let Some(entry) = load.entry {
            push_address(code, entry);
            code.bytes(&[0x50]); //         push eax: the module
            call(code, slots.find_symbol);
            exit_if_null(code, slots.exit, exit_codes.entry_missing);
            code.bytes(&[0xff, 0xd0]); //   call eax
        }
    }
    exit(code, slots.exit, exit_codes.success);
    code.bytes(&[BREAKPOINT]);
    start
}

/// Ends the program when an unresolved import is called; leaves other exceptions alone.
fn vectored_handler(code: &mut Code<'_>, slots: ProgramSlots, exit_codes: ExitCodes) -> Label {
    let start = code.begin();
    code.bytes(&[0x8b, 0x44, 0x24, 4]); //  mov eax, [esp+4]: EXCEPTION_POINTERS
    code.bytes(&[0x8b, 0x00]); //           mov eax, [eax]: EXCEPTION_RECORD
    code.bytes(&[0x81, 0x38]); //           cmp dword ptr [eax], ...: ExceptionCode
    code.number(WINE_UNRESOLVED_IMPORT);
    code.bytes(&[0x74, 5]); //              je to the exit
    code.bytes(&[0x33, 0xc0]); //           xor eax, eax: EXCEPTION_CONTINUE_SEARCH
    code.bytes(&[0xc2, 4, 0]); //           ret 4
    exit(code, slots.exit, exit_codes.unresolved_call);
    code.bytes(&[BREAKPOINT]);
    start
}

/// Ends the program when no handler took an exception.
fn unhandled_filter(code: &mut Code<'_>, slots: ProgramSlots, exit_codes: ExitCodes) -> Label {
    let start = code.begin();
    exit(code, slots.exit, exit_codes.other_exception);
    code.bytes(&[BREAKPOINT]);
    start
}

fn exit_if_null(code: &mut Code<'_>, exit_slot: Label, exit_code: u32) {
    code.bytes(&[0x85, 0xc0]); //   test eax, eax
    code.bytes(&[0x75, 11]); //     jnz over the exit
    exit(code, exit_slot, exit_code);
}

/// 11 bytes.
fn exit(code: &mut Code<'_>, exit_slot: Label, exit_code: u32) {
    code.bytes(&[0x68]); //         push exit_code
    code.number(exit_code);
    call(code, exit_slot);
}

/// 6 bytes.
fn call(code: &mut Code<'_>, slot: Label) {
    code.bytes(&[0xff, 0x15]); //   call dword ptr [slot]
    code.address(slot);
}

fn push_address(code: &mut Code<'_>, label: Label) {
    code.bytes(&[0x68]); //         push offset label
    code.address(label);
}
