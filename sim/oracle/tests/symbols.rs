//! Truth on catalogs in which one symbol is other than in the built-in one.

#[cfg(test)]
mod tests {
    use patchstate_catalog::{Catalog, built_in_files, read_catalog};
    use patchstate_oracle::truth;
    use patchstate_servicing::{ActionNames, Model, Outcome, Scope, Switches};
    use patchstate_source::SourceFile;
    use patchstate_terms::{Architecture, Level, Status};
    use std::sync::Arc;

    /// The built-in catalog, its files changed.
    fn catalog_with(change: impl Fn(&str) -> String) -> Arc<Catalog> {
        let changed = |(name, text): &(&str, &str)| SourceFile::new(name, &change(text));
        let files: Vec<SourceFile> = built_in_files().iter().map(changed).collect();
        let same = files.iter().zip(built_in_files()).all(|(file, (_, text))| &*file.text == *text);
        assert!(!same, "there is nothing to change");
        let (catalog, mistakes) = read_catalog("changed", &files);
        let messages: Vec<&String> = mistakes.iter().map(|mistake| &mistake.message).collect();
        Arc::new(catalog.unwrap_or_else(|| panic!("{messages:?}")))
    }

    /// As [`imports_in`], with one piece of text replaced.
    fn imports_with(components: &str, from: &str, to: &str) -> (Status, Vec<String>) {
        imports_in(components, |text| text.replace(from, to))
    }

    /// What the truth says of imports on a host at SP2 with these components from RTM media, where
    /// the built-in catalog finds every import resolved.
    fn imports_in(components: &str, change: impl Fn(&str) -> String) -> (Status, Vec<String>) {
        let catalog = catalog_with(change);
        let scope = Scope {
            components: catalog.component_ids().collect(),
            updates: Vec::new(),
            share_slots: true,
        };
        let model = Model::with_scope(catalog, Architecture::X86, Switches::default(), scope);
        let model = model.expect("a model");
        let names =
            ActionNames { components: vec![components.to_owned()], ..ActionNames::default() };
        let steps = model.search_steps(&names).expect("names of the catalog");
        let wanted = format!("+{components}@rtm");
        let (_, add) = steps.iter().find(|(step, _)| step.to_string() == wanted).expect("a step");
        let host = model.install_os(Level::SP2).expect("media");
        let Outcome::Applied(host) = model.apply(&host, *add) else { panic!("{wanted}") };
        let truth = truth(model.view(&host));
        let of_imports = truth.findings.iter().filter_map(|finding| {
            let import = finding.import.as_ref()?;
            let symbol = import.symbol.as_ref().map_or_else(String::new, ToString::to_string);
            Some(format!("{} {} {} {symbol}", finding.kind, finding.file.file_name(), import.dll))
        });
        (truth.status, of_imports.collect())
    }

    /// A function that iisutil.dll exports since SP2, not as it is on RTM media.
    const SINCE_SP2: &str = "PlaceholderForTheUnnamedSp2Function";

    #[test]
    fn only_what_the_worker_process_loads_is_asked() {
        // Nothing that the worker process loads imports from infocomm.dll.
        let imports = r#"names = ["PuDbgPrint"], ordinals = [40] },"#;
        let found = imports_with("iis", imports, &imports.replace("PuDbgPrint", SINCE_SP2));
        assert_eq!(found, (Status::Mismatch, vec![]));
        // It does load w3cache.dll.
        let imports = r#"names = ["?HashNumber@@YAKK@Z"]"#;
        let found = imports_with("iis", imports, &format!("names = [\"{SINCE_SP2}\"]"));
        let expected = format!("unresolved-import w3cache.dll iisutil.dll {SINCE_SP2}");
        assert_eq!(found, (Status::Broken, vec![expected]));
    }

    #[test]
    fn an_ordinal_must_be_exported_as_such() {
        let exports = format!("{{ name = \"{SINCE_SP2}\", since = 3959,");
        let with_ordinal = exports.replace("since", "ordinal = 43, since");
        let imports = r#"{ dll = "iisutil.dll", names = ["?HashNumber@@YAKK@Z"] }"#;
        for (ordinal, is_there) in [(40, true), (41, true), (43, false)] {
            let catalog = |text: &str| {
                let wanted = format!("{{ dll = \"iisutil.dll\", ordinals = [{ordinal}] }}");
                text.replace(imports, &wanted).replace(&exports, &with_ordinal)
            };
            let (status, found) = imports_in("iis", catalog);
            assert_eq!(
                status,
                if is_there { Status::Mismatch } else { Status::Broken },
                "{ordinal}"
            );
            assert_eq!(found.is_empty(), is_there, "{found:?}");
        }
    }

    #[test]
    fn a_forwarder_must_lead_to_a_symbol_that_is_there() {
        // w3core.dll imports the name from w3tp.dll, which forwards it to iisutil.dll.
        let forward = r#"name = "ThreadPoolTrace", forward = "IISUTIL.PuDbgPrint""#;
        let (status, found) =
            imports_with("iis", forward, &forward.replace("PuDbgPrint", SINCE_SP2));
        let expected = "unresolved-import w3core.dll w3tp.dll ThreadPoolTrace";
        assert_eq!((status, found), (Status::Broken, vec![expected.to_owned()]));
    }

    #[test]
    fn a_dll_of_a_component_that_is_not_there_is_missed() {
        let imports = r#"{ dll = "iisutil.dll", names = ["?HashNumber@@YAKK@Z"] }"#;
        let other = r#"{ dll = "smtpsvc.dll", names = ["ServiceEntry"] }"#;
        let (status, found) = imports_with("iis_www", imports, other);
        let expected = "missing-dll w3cache.dll smtpsvc.dll ";
        assert_eq!((status, found), (Status::Broken, vec![expected.to_owned()]));
    }
}
