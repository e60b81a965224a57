//! Code for x64. Addresses are relative to the instruction; functions that call others have a
//! frame and unwind information.

use super::written::{BREAKPOINT, Code, LoadStrings, ProgramSlots, WINE_UNRESOLVED_IMPORT};
use crate::pe::{description::ExitCodes, layout::Label};

/// `sub rsp, 40`: 32 bytes that every callee may use, 8 to align the stack to 16.
const PROLOGUE: [u8; 4] = [0x48, 0x83, 0xec, 40];
/// `add rsp, 40; ret`.
const EPILOGUE: [u8; 5] = [0x48, 0x83, 0xc4, 40, 0xc3];
/// `UNWIND_INFO` of functions with [`PROLOGUE`]: version 1, prologue of 4 bytes, one code, no
/// frame register; at offset 4, `UWOP_ALLOC_SMALL` (2) of (4 + 1) * 8 bytes; padding.
const UNWIND_INFORMATION: [u8; 8] = [0x01, 4, 1, 0, 4, 0x42, 0, 0];

pub(super) fn library_entry(code: &mut Code<'_>) -> Label {
    let start = code.begin();
    code.bytes(&[0xb8, 1, 0, 0, 0]); // mov eax, 1
    code.bytes(&[0xc3]); //             ret
    start
}

pub(super) fn return_zero(code: &mut Code<'_>) -> Label {
    let start = code.begin();
    code.bytes(&[0x33, 0xc0]); //       xor eax, eax
    code.bytes(&[0xc3]); //             ret
    start
}

pub(super) fn call_slots(code: &mut Code<'_>, slots: &[Label]) -> Label {
    let start = code.begin();
    code.bytes(&PROLOGUE);
    for slot in slots {
        call(code, *slot);
    }
    code.bytes(&[0x33, 0xc0]); //       xor eax, eax
    code.bytes(&EPILOGUE);
    code.end_frame(start, &UNWIND_INFORMATION);
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
    code.bytes(&PROLOGUE);
    code.bytes(&[0xb9, 1, 0, 0, 0]); //         mov ecx, 1: first of all handlers
    code.bytes(&[0x48, 0x8d, 0x15]); //         lea rdx, [handler]
    code.relative(handler);
    call(code, slots.add_vectored_handler);
    load_first_argument(code, filter);
    call(code, slots.set_unhandled_filter);
    for (load, load_failed) in loads.iter().zip(exit_codes.load_failed..) {
        load_first_argument(code, load.dll);
        call(code, slots.load_library);
        exit_if_null(code, slots.exit, load_failed);
        if let Some(entry) = load.entry {
            code.bytes(&[0x48, 0x8b, 0xc8]); // mov rcx, rax: the module
            code.bytes(&[0x48, 0x8d, 0x15]); // lea rdx, [entry]
            code.relative(entry);
            call(code, slots.find_symbol);
            exit_if_null(code, slots.exit, exit_codes.entry_missing);
            code.bytes(&[0xff, 0xd0]); //       call rax
        }
    }
    exit(code, slots.exit, exit_codes.success);
    code.bytes(&[BREAKPOINT]);
    code.end_frame(start, &UNWIND_INFORMATION);
    start
}

/// Ends the program when an unresolved import is called; leaves other exceptions alone.
fn vectored_handler(code: &mut Code<'_>, slots: ProgramSlots, exit_codes: ExitCodes) -> Label {
    let start = code.begin();
    code.bytes(&PROLOGUE);
    code.bytes(&[0x48, 0x8b, 0x01]); // mov rax, [rcx]: EXCEPTION_RECORD of EXCEPTION_POINTERS
    code.bytes(&[0x81, 0x38]); //       cmp dword ptr [rax], ...: ExceptionCode
    code.number(WINE_UNRESOLVED_IMPORT);
    code.bytes(&[0x74, 7]); //          je to the exit
    code.bytes(&[0x33, 0xc0]); //       xor eax, eax: EXCEPTION_CONTINUE_SEARCH
    code.bytes(&EPILOGUE);
    exit(code, slots.exit, exit_codes.unresolved_call);
    code.bytes(&[BREAKPOINT]);
    code.end_frame(start, &UNWIND_INFORMATION);
    start
}

/// Ends the program when no handler took an exception.
fn unhandled_filter(code: &mut Code<'_>, slots: ProgramSlots, exit_codes: ExitCodes) -> Label {
    let start = code.begin();
    code.bytes(&PROLOGUE);
    exit(code, slots.exit, exit_codes.other_exception);
    code.bytes(&[BREAKPOINT]);
    code.end_frame(start, &UNWIND_INFORMATION);
    start
}

fn exit_if_null(code: &mut Code<'_>, exit_slot: Label, exit_code: u32) {
    code.bytes(&[0x48, 0x85, 0xc0]); // test rax, rax
    code.bytes(&[0x75, 11]); //         jnz over the exit
    exit(code, exit_slot, exit_code);
}

/// 11 bytes.
fn exit(code: &mut Code<'_>, exit_slot: Label, exit_code: u32) {
    code.bytes(&[0xb9]); //             mov ecx, exit_code
    code.number(exit_code);
    call(code, exit_slot);
}

/// 6 bytes.
fn call(code: &mut Code<'_>, slot: Label) {
    code.bytes(&[0xff, 0x15]); //       call qword ptr [slot]
    code.relative(slot);
}

fn load_first_argument(code: &mut Code<'_>, label: Label) {
    code.bytes(&[0x48, 0x8d, 0x0d]); // lea rcx, [label]
    code.relative(label);
}
