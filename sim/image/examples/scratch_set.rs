//! Writes small sets of images for a loader to run: `cargo run -p patchstate-image --example
//! scratch_set -- FOLDER`.
//!
//! Each set is a folder with a program and its DLLs for one machine; the name of the folder says
//! what is wrong with the set. What it prints is the exit code that a loader should give which
//! links imports that do not resolve and raises an exception when they are called, as Wine does.
//! Windows refuses to load those DLLs: there the exit code is 65 in their place.

use patchstate_image::{
    BuiltTree, ExitCodes, ExportDescription, ExportTarget, FunctionBody, ImageDescription,
    ImageKind, ImportDescription, ImportedCall, ProgramDescription, RuntimeLoad, write_image,
};
use patchstate_terms::{FileVersion, ImportedSymbol, Machine};
use std::{error::Error, path::Path};

const VERSION: FileVersion = FileVersion::new(6, 0, 3790, 3959);
const DECORATED: &str = "?Lock@CFoo@@QAEXXZ";
const NEEDED: &str = "NeededFunction";
const ORDINAL_ONLY: u16 = 7;

/// What is wrong with a set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    MissingExport,
    MissingOrdinal,
    MissingDll,
    MissingEntry,
    DeadForwarder,
    WrongMachine,
    Crash,
}

/// Each fault with the name of its folder and the exit code of the program.
const FAULTS: [(Fault, &str, u32); 8] = [
    (Fault::None, "whole", EXIT_CODES.success),
    (Fault::MissingExport, "missing-export", EXIT_CODES.unresolved_call),
    (Fault::MissingOrdinal, "missing-ordinal", EXIT_CODES.unresolved_call),
    (Fault::DeadForwarder, "dead-forwarder", EXIT_CODES.unresolved_call),
    (Fault::MissingDll, "missing-dll", EXIT_CODES.load_failed + 1),
    (Fault::WrongMachine, "wrong-machine", EXIT_CODES.load_failed + 1),
    (Fault::MissingEntry, "missing-entry", EXIT_CODES.entry_missing),
    (Fault::Crash, "crash", EXIT_CODES.other_exception),
];

const EXIT_CODES: ExitCodes = ExitCodes {
    success: 11,
    load_failed: 64,
    entry_missing: 96,
    unresolved_call: 97,
    other_exception: 98,
};

#[expect(clippy::print_stdout, reason = "the list of expected exit codes is for scripts")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("expected the folder to write to")?;
    for machine in [Machine::I386, Machine::Amd64] {
        for (fault, name, exit_code) in FAULTS {
            let mut tree = BuiltTree::new();
            for image in set(machine, fault) {
                tree.insert(image.file_name.parse()?, write_image(&image)?.into());
            }
            tree.write_to(&Path::new(&folder).join(machine.to_string()).join(name), "WINDOWS")?;
            println!("{machine}/{name}/WINDOWS/scratchwp.exe {exit_code}");
        }
    }
    Ok(())
}

fn set(machine: Machine, fault: Fault) -> Vec<ImageDescription> {
    let other = if machine == Machine::I386 { Machine::Amd64 } else { Machine::I386 };
    let support_machine = if fault == Fault::WrongMachine { other } else { machine };
    let mut images = vec![program(machine), core(machine, fault), interface(machine)];
    if fault != Fault::MissingDll {
        images.push(support(support_machine, fault));
    }
    images
}

/// The worker process: loads two DLLs and calls an entry of each.
fn program(machine: Machine) -> ImageDescription {
    let load = |dll: &str, entry: &str| RuntimeLoad { dll: dll.into(), entry: Some(entry.into()) };
    ImageDescription {
        size: Some(7168),
        program: Some(ProgramDescription {
            loads: vec![
                load("scratchdt.dll", "InterfaceEntry"),
                load("scratchcore.dll", "CoreEntry"),
            ],
            exit_codes: EXIT_CODES,
        }),
        ..ImageDescription::new("scratchwp.exe", machine, ImageKind::Program, VERSION)
    }
}

/// Imports from the two others by name, by decorated name and by ordinal, and calls it all.
fn core(machine: Machine, fault: Fault) -> ImageDescription {
    let name = |name: &str| ImportedSymbol::Name(name.into());
    let symbols =
        vec![name(NEEDED), name(DECORATED), ImportedSymbol::Ordinal(ORDINAL_ONLY), name("Passed")];
    let late = ImportedCall { dll: "scratchlate.dll".into(), symbol: name("Late") };
    let break_in = ImportedCall { dll: "kernel32.dll".into(), symbol: name("DebugBreak") };
    let last = if fault == Fault::Crash { break_in } else { late };
    let calls = symbols
        .iter()
        .map(|symbol| ImportedCall { dll: "scratchutil.dll".into(), symbol: symbol.clone() })
        .chain([last])
        .collect();
    let entry = if fault == Fault::MissingEntry { "OtherEntry" } else { "CoreEntry" };
    let import =
        |dll: &str, delayed, symbols| ImportDescription { dll: dll.into(), delayed, symbols };
    ImageDescription {
        size: Some(350_000),
        exports: vec![ExportDescription {
            ordinal: None,
            name: Some(entry.into()),
            target: ExportTarget::Function(FunctionBody::CallImports(calls)),
        }],
        imports: vec![
            import("scratchutil.dll", false, symbols),
            import("scratchdt.dll", false, vec![name("InterfaceEntry")]),
            import("kernel32.dll", false, vec![name("DebugBreak")]),
            import("scratchlate.dll", true, vec![name("Late"), ImportedSymbol::Ordinal(3)]),
        ],
        ..ImageDescription::new("scratchcore.dll", machine, ImageKind::Library, VERSION)
    }
}

fn interface(machine: Machine) -> ImageDescription {
    ImageDescription {
        exports: vec![ExportDescription::function("InterfaceEntry")],
        ..ImageDescription::new("scratchdt.dll", machine, ImageKind::Library, VERSION)
    }
}

fn support(machine: Machine, fault: Fault) -> ImageDescription {
    let mut exports = vec![ExportDescription::function(DECORATED)];
    if fault != Fault::MissingExport {
        exports.push(ExportDescription::function(NEEDED));
    }
    if fault != Fault::MissingOrdinal {
        exports.push(ExportDescription {
            ordinal: Some(ORDINAL_ONLY),
            name: None,
            target: ExportTarget::Function(FunctionBody::ReturnZero),
        });
    }
    let forwarder =
        if fault == Fault::DeadForwarder { "kernel32.NoSuchName" } else { "kernel32.GetTickCount" };
    exports.push(ExportDescription {
        ordinal: Some(20),
        name: Some("Passed".into()),
        target: ExportTarget::Forwarder(forwarder.into()),
    });
    ImageDescription {
        exports,
        ..ImageDescription::new("scratchutil.dll", machine, ImageKind::Library, VERSION)
    }
}
