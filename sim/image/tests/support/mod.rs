//! Descriptions of images in all sizes and shapes.

use patchstate_image::{
    ExitCodes, ExportDescription, ExportTarget, FunctionBody, ImageDescription, ImageKind,
    ImportDescription, ImportedCall, ProgramDescription, RuntimeLoad, VersionStrings,
};
use patchstate_terms::{FileVersion, ImportedSymbol, Machine};
use proptest::{collection, option, prelude::*};

/// Any description that is free of contradictions.
pub(crate) fn any_description() -> impl Strategy<Value = ImageDescription> {
    let head = (
        file_name(),
        prop_oneof![Just(Machine::I386), Just(Machine::Amd64)],
        prop_oneof![Just(ImageKind::Library), Just(ImageKind::Program), Just(ImageKind::Native)],
        version(),
        version(),
        strings(),
        any::<u32>(),
        option::of(0_u32..200_000),
    );
    (head, imports(), option::of(program())).prop_flat_map(|(head, imports, program)| {
        let (file_name, machine, kind, file_version, product_version, strings, time_stamp, size) =
            head;
        let program = program.filter(|_| kind == ImageKind::Program);
        exports(&imports).prop_map(move |exports| ImageDescription {
            file_name: file_name.clone(),
            machine,
            kind,
            file_version,
            product_version,
            strings: strings.clone(),
            time_stamp,
            size,
            exports,
            imports: imports.clone(),
            program: program.clone(),
        })
    })
}

fn version() -> impl Strategy<Value = FileVersion> {
    any::<(u16, u16, u16, u16)>().prop_map(|(a, b, c, d)| FileVersion::new(a, b, c, d))
}

fn file_name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{1,20}\\.(dll|exe|sys|ocx)"
}

fn symbol_name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z_][A-Za-z0-9_]{0,60}",
        1 => r"\?[A-Z][a-z]{1,9}@C[A-Z][a-z]{1,9}@@Q(AE|EAA)XXZ",
        1 => r"_[A-Za-z]{1,9}@(0|4|8|12)",
    ]
}

fn strings() -> impl Strategy<Value = VersionStrings> {
    let text = || proptest::string::string_regex("[ -~äß漢]{1,50}").expect("a valid expression");
    (text(), text(), text(), text(), text()).prop_map(|(one, two, three, four, five)| {
        VersionStrings {
            company: one.clone(),
            description: two.clone(),
            file_version: three.clone(),
            internal_name: four,
            copyright: five,
            original_file_name: format!("{one}{two}"),
            product_name: format!("{two}{three}"),
            product_version: format!("{three}{one}"),
        }
    })
}

fn imports() -> impl Strategy<Value = Vec<ImportDescription>> {
    let symbol = prop_oneof![
        4 => symbol_name().prop_map(ImportedSymbol::Name),
        1 => any::<u16>().prop_map(ImportedSymbol::Ordinal),
    ];
    let symbols = collection::btree_set(symbol, 1..12);
    let entry = (any::<bool>(), symbols);
    collection::btree_map("[a-z]{1,9}\\.dll", entry, 0..6).prop_map(|imports| {
        imports
            .into_iter()
            .map(|(dll, (delayed, symbols))| ImportDescription {
                dll,
                delayed,
                symbols: symbols.into_iter().collect(),
            })
            .collect()
    })
}

fn program() -> impl Strategy<Value = ProgramDescription> {
    let load = (file_name(), option::of(symbol_name()))
        .prop_map(|(dll, entry)| RuntimeLoad { dll, entry });
    (collection::vec(load, 0..4), 0_u32..255).prop_map(|(loads, success)| ProgramDescription {
        loads,
        exit_codes: ExitCodes { success, ..ExitCodes::default() },
    })
}

fn exports(imports: &[ImportDescription]) -> impl Strategy<Value = Vec<ExportDescription>> + use<> {
    let calls: Vec<ImportedCall> = imports
        .iter()
        .flat_map(|import| {
            let call = |symbol: &ImportedSymbol| ImportedCall {
                dll: import.dll.to_uppercase(),
                symbol: symbol.clone(),
            };
            import.symbols.iter().map(call).collect::<Vec<_>>()
        })
        .collect();
    let calls_max = calls.len().min(4);
    let target = prop_oneof![
        4 => Just(ExportTarget::Function(FunctionBody::ReturnZero)),
        2 => proptest::sample::subsequence(calls, 0..=calls_max)
            .prop_map(|calls| ExportTarget::Function(FunctionBody::CallImports(calls))),
        1 => "[A-Z]{1,8}\\.[A-Za-z]{1,20}".prop_map(ExportTarget::Forwarder),
        1 => "[A-Z]{1,8}\\.#[1-9][0-9]{0,3}".prop_map(ExportTarget::Forwarder),
    ];
    let named = collection::btree_map(symbol_name(), (any::<bool>(), target.clone()), 0..25);
    let by_ordinal = collection::btree_map(1_u16..3000, target, 0..25);
    (named, by_ordinal).prop_map(|(named, by_ordinal)| {
        // Some names get one of the stated ordinals, the others are left to the writer.
        let mut stated = by_ordinal.into_iter();
        let mut exports = Vec::new();
        for (name, (has_ordinal, target)) in named {
            let ordinal =
                if has_ordinal { stated.next().map(|(ordinal, _)| ordinal) } else { None };
            exports.push(ExportDescription { ordinal, name: Some(name), target });
        }
        let nameless =
            |(ordinal, target)| ExportDescription { ordinal: Some(ordinal), name: None, target };
        exports.extend(stated.map(nameless));
        exports
    })
}
