//! How the files of the built-in catalog hang together, and where its facts come from.

use patchstate_catalog::{
    Catalog, Confidence, Export, Extent, File, FileKind, Provenance, Setting,
};
use patchstate_terms::{FileVersion, ImportedSymbol, Level};
use std::collections::BTreeSet;

const PLACEHOLDER: &str = "PlaceholderForTheUnnamedSp2Function";
/// What w3dt.dll of the first release needs, where that does not start on a service pack (A28).
const OLD_PLACEHOLDER: &str = "PlaceholderForTheUnnamedRtmFunction";

fn named<'a>(catalog: &'a Catalog, name: &str) -> &'a File {
    let found = catalog.files.iter().find(|file| file.path.file_name() == name);
    found.unwrap_or_else(|| panic!("no file {name}"))
}

/// The export that a symbol of a DLL is, whichever revision has it.
fn export<'a>(catalog: &'a Catalog, dll: &str, symbol: &ImportedSymbol) -> Option<&'a Export> {
    named(catalog, dll).exports.iter().find(|export| match symbol {
        ImportedSymbol::Name(name) => export.name.as_ref() == Some(name),
        ImportedSymbol::Ordinal(ordinal) => export.ordinal == Some(*ordinal),
    })
}

/// DLLs that a file imports from, delayed ones left out.
fn imported<'a>(catalog: &'a Catalog, name: &str) -> BTreeSet<&'a str> {
    let imports = named(catalog, name).imports.iter();
    imports.filter(|import| !import.delayed).map(|import| &*import.dll).collect()
}

#[test]
fn the_worker_process_hangs_together_as_the_article_says() {
    let catalog = Catalog::built_in();
    let worker = named(&catalog, "w3wp.exe");
    let loads: Vec<&str> = worker.loads.iter().map(|load| &*load.dll).collect();
    assert_eq!(loads, ["w3dt.dll", "w3core.dll"]);
    let entry = worker.loads[1].entry.clone().expect("w3core.dll is called");
    let entry = export(&catalog, "w3core.dll", &ImportedSymbol::Name(entry));
    assert!(entry.expect("it is exported").calls_imports);
    assert_eq!(
        imported(&catalog, "w3core.dll"),
        BTreeSet::from(["iisutil.dll", "w3cache.dll", "w3dt.dll", "w3tp.dll"])
    );
    assert_eq!(imported(&catalog, "w3dt.dll"), BTreeSet::from(["httpapi.dll", "iisutil.dll"]));
    for name in ["w3isapi.dll", "iisw3adm.dll", "w3cache.dll", "w3tp.dll"] {
        assert_eq!(imported(&catalog, name), BTreeSet::from(["iisutil.dll"]), "{name}");
    }
    for name in ["infocomm.dll", "inetinfo.exe", "ftpsvc2.dll"] {
        assert!(imported(&catalog, name).contains("iisutil.dll"), "{name}");
    }
    for name in ["asp.dll", "httpext.dll", "ssinc.dll", "httpodbc.dll"] {
        let both = BTreeSet::from(["iisutil.dll", "w3isapi.dll"]);
        assert_eq!(imported(&catalog, name), both, "{name}");
    }
    let [windows] = worker.imports.as_slice() else { panic!("one DLL is imported from") };
    assert_eq!(windows.dll, "kernel32.dll");
    let needed = [
        "LoadLibraryA",
        "GetProcAddress",
        "ExitProcess",
        "AddVectoredExceptionHandler",
        "SetUnhandledExceptionFilter",
    ];
    for name in needed {
        let symbol = ImportedSymbol::Name(name.to_owned());
        assert!(windows.symbols.contains(&symbol), "{name}");
    }
}

/// Where a row holds: from and below which revision, and under which assumption.
fn extent(since: Option<u16>, before: Option<u16>, when: Option<(&str, &str)>) -> Extent {
    let setting = |(assumption, value): (&str, &str)| Setting {
        assumption: assumption.to_owned(),
        value: value.to_owned(),
    };
    Extent { since, before, when: when.map(setting) }
}

#[test]
fn only_the_placeholders_are_not_in_every_copy() {
    let catalog = Catalog::built_in();
    let old = extent(None, Some(1830), Some(("A28", "fails")));
    for file in &catalog.files {
        for symbol in &file.exports {
            let expected = match symbol.name.as_deref() {
                Some(PLACEHOLDER) => extent(Some(3959), None, None),
                Some(OLD_PLACEHOLDER) => old.clone(),
                _ => Extent::default(),
            };
            assert_eq!(symbol.extent, expected, "{:?}", symbol.name);
        }
        for import in &file.imports {
            let has = |name: &str| import.symbols.contains(&ImportedSymbol::Name(name.to_owned()));
            let expected = match file.path.file_name() {
                "w3core.dll" if has(PLACEHOLDER) => extent(Some(4600), None, None),
                "w3dt.dll" if has(OLD_PLACEHOLDER) => old.clone(),
                _ => Extent::default(),
            };
            assert_eq!(import.extent, expected, "{}", file.path);
            if catalog.external_dlls.contains(&import.dll) {
                continue;
            }
            for symbol in &import.symbols {
                let found = export(&catalog, &import.dll, symbol);
                found.unwrap_or_else(|| panic!("{}!{symbol}", import.dll));
            }
        }
    }
    assert_eq!(catalog.level(Level::SP2).revision, 3959);
}

/// What w3dt.dll asks of httpapi.dll, and httpapi.dll has for it, by revision.
#[test]
fn a_row_is_looked_up_where_it_holds_and_under_what_it_holds() {
    let built_in = Catalog::built_in();
    let look = |catalog: &Catalog| {
        let file = |path: &str| {
            let path = path.parse().expect("a path");
            catalog.file_at(&path).expect("a file of the catalog")
        };
        let (asks, gives) = (file("system32/inetsrv/w3dt.dll"), file("system32/httpapi.dll"));
        [0, 1829, 1830, 3959, 4693].map(|revision| {
            let asked = catalog.imports(asks, revision).any(|one| one.dll == "httpapi.dll");
            let mut names = catalog.exports(gives, revision).map(|one| one.name.as_deref());
            (asked, names.any(|name| name == Some(OLD_PLACEHOLDER)))
        })
    };
    let (there, not_there) = ((true, true), (false, false));
    assert_eq!(look(&built_in), [not_there; 5]);
    let fails = built_in.assuming([("A28", "fails"), ("A3", "all")]);
    assert_eq!(look(&fails), [there, there, not_there, not_there, not_there]);
    assert_eq!(fails.assumed_value("A28"), Some("fails"));
    assert_eq!((fails.assumed_value("A3"), fails.assumed_value("A1")), (Some("all"), None));
    // What is assumed by default is the catalog as it was.
    assert_eq!(fails.assuming([("A28", "runs")]), built_in);
}

#[test]
fn every_kind_of_export_and_import_is_there() {
    let catalog = Catalog::built_in();
    let utilities = named(&catalog, "iisutil.dll");
    let decorated = |export: &Export| export.name.as_ref().is_some_and(|n| n.starts_with('?'));
    assert!(utilities.exports.iter().any(decorated));
    assert!(utilities.exports.iter().any(|export| export.name.is_none()));
    assert!(catalog.files.iter().any(|file| file.imports.iter().any(|import| import.delayed)));
    let core = named(&catalog, "w3core.dll");
    let symbols = core.imports.iter().flat_map(|import| &import.symbols);
    assert!(symbols.clone().any(|symbol| matches!(symbol, ImportedSymbol::Ordinal(_))));
    let forwarded = |symbol: &ImportedSymbol| {
        let mut dlls = core.imports.iter().filter(|import| import.symbols.contains(symbol));
        let found = dlls.find_map(|import| export(&catalog, &import.dll, symbol));
        found.is_some_and(|export| export.forward.is_some())
    };
    assert!(symbols.clone().any(forwarded), "the core imports a forwarded function");
}

#[test]
fn libraries_export_something_and_programs_nothing() {
    let catalog = Catalog::built_in();
    for file in &catalog.files {
        match file.kind {
            FileKind::Library => assert!(!file.exports.is_empty(), "{}", file.path),
            FileKind::Program => assert!(file.exports.is_empty(), "{}", file.path),
            FileKind::Native => {}
        }
        assert!(file.description.contains("synthetic"), "{}", file.path);
    }
}

#[test]
fn what_synthetic_images_say_is_told_apart_from_every_file_version() {
    let catalog = Catalog::built_in();
    let synthetic = &catalog.synthetic;
    assert_eq!(synthetic.product_version, FileVersion::new(2003, 2009, 12, 8));
    for text in [&synthetic.company, &synthetic.product_name, &synthetic.copyright] {
        assert!(text.to_lowercase().contains("synthetic"), "{text}");
    }
    // 2009-12-08 is 14586 days after 1970-01-01.
    assert_eq!(synthetic.time_stamp, 14_586 * 86_400);
    let codes = synthetic.exit_codes;
    let codes = [
        codes.success,
        codes.load_failed,
        codes.entry_missing,
        codes.unresolved_call,
        codes.other_exception,
    ];
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 5);
    assert_eq!(codes[0], 0);
}

/// The provenance of every fact of the catalog.
fn provenances(catalog: &Catalog) -> Vec<&Provenance> {
    let mut all: Vec<&Provenance> = vec![&catalog.synthetic.provenance];
    all.extend(catalog.levels.iter().map(|fact| &fact.provenance));
    all.extend(catalog.families.iter().map(|fact| &fact.provenance));
    all.extend(catalog.architectures.iter().map(|fact| &fact.provenance));
    all.extend(catalog.components.iter().map(|fact| &fact.provenance));
    all.extend(catalog.groups.iter().map(|fact| &fact.provenance));
    all.extend(catalog.extensions.iter().map(|fact| &fact.provenance));
    all.extend(catalog.registry.iter().map(|fact| &fact.provenance));
    all.extend(catalog.symptoms.iter().map(|fact| &fact.provenance));
    for file in &catalog.files {
        all.push(&file.provenance);
        all.extend(file.sizes.iter().map(|fact| &fact.provenance));
        all.extend(file.exports.iter().map(|fact| &fact.provenance));
        all.extend(file.imports.iter().map(|fact| &fact.provenance));
        all.extend(file.loads.iter().map(|fact| &fact.provenance));
    }
    for update in &catalog.updates {
        all.push(&update.provenance);
        for release in &update.releases {
            all.push(&release.provenance);
            all.extend(release.all_files().map(|fact| &fact.provenance));
        }
    }
    all
}

#[test]
fn every_fact_has_a_source_and_every_assumed_one_an_assumption() {
    let catalog = Catalog::built_in();
    for provenance in provenances(&catalog) {
        assert!(catalog.source(&provenance.source).is_some(), "{provenance:?}");
        if provenance.confidence == Confidence::Assumed {
            assert!(provenance.assumption.is_some(), "{provenance:?}");
        }
        if provenance.confidence == Confidence::Documented {
            assert_eq!(provenance.assumption, None);
            assert_ne!(provenance.source, "model");
        }
        if let Some(assumption) = &provenance.assumption {
            assert!(catalog.assumption(assumption).is_some(), "{provenance:?}");
        }
    }
}

#[test]
fn an_entry_inherits_no_assumption_past_a_confidence_of_its_own() {
    let catalog = Catalog::built_in();
    let core = named(&catalog, "w3core.dll");
    // The file says nothing of itself, its listed size does, its other size inherits another.
    assert_eq!(core.provenance.assumption.as_deref(), Some("A14"));
    assert_eq!(core.sizes[0].provenance.source, "lab-listing");
    assert_eq!(core.sizes[0].provenance.confidence, Confidence::Documented);
    assert_eq!(core.sizes[0].provenance.assumption, None);
    assert_eq!(core.sizes[1].provenance.assumption.as_deref(), Some("S1"));
}
