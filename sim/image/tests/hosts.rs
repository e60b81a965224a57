//! Every file of a host, read back by goblin: what host and catalog say, and nothing else.

#[cfg(test)]
mod tests {
    use goblin::pe::PE;
    use patchstate_catalog::{Catalog, FileId};
    use patchstate_image::{BuiltTree, ExportTarget, FunctionBody, HostTree, ImageStore, describe};
    use patchstate_servicing::{ActionNames, Host, Model, Outcome, Scope, Switches};
    use patchstate_terms::{Architecture, ImportedSymbol, Level};
    use std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    };

    fn model(architecture: Architecture) -> Model {
        let catalog = Arc::new(Catalog::built_in());
        let scope = Scope {
            components: catalog.component_ids().collect(),
            updates: catalog.update_ids().collect(),
            share_slots: true,
        };
        Model::with_scope(catalog, architecture, Switches::default(), scope).expect("a model")
    }

    /// The host after each of these steps.
    fn hosts(model: &Model, base: Level, words: &[&str]) -> Vec<Host> {
        let catalog = model.catalog();
        let names = ActionNames {
            components: vec!["iis".to_owned()],
            updates: catalog.updates.iter().map(|update| update.id.clone()).collect(),
            branches: false,
        };
        let steps = model.search_steps(&names).expect("names of the catalog");
        let mut hosts = vec![model.install_os(base).expect("media")];
        for word in words {
            let step = steps.iter().find(|(step, _)| step.to_string().eq_ignore_ascii_case(word));
            let (_, action) = step.expect("a step");
            let before = hosts.last().expect("a host");
            let Outcome::Applied(after) = model.apply(before, *action) else { panic!("{word}") };
            hosts.push(after);
        }
        hosts
    }

    fn names_of(catalog: &Catalog, file: FileId, revision: u16) -> BTreeSet<String> {
        let exports = catalog.exports(file, revision);
        exports.filter_map(|export| export.name.clone()).collect()
    }

    fn check(model: &Model, host: &Host, tree: &HostTree) {
        let catalog = model.catalog();
        let view = model.view(host);
        let (images, hives): (BTreeMap<_, _>, BTreeMap<_, _>) =
            tree.files.iter().partition(|(_, file)| file.is_image);
        let expected: BTreeSet<_> =
            view.files().map(|(file, _)| catalog.file(file).path.clone()).collect();
        assert_eq!(images.keys().map(|path| (*path).clone()).collect::<BTreeSet<_>>(), expected);
        let hives: Vec<&str> = hives.keys().map(|path| path.as_str()).collect();
        assert_eq!(hives, ["system32/config/software", "system32/config/system"]);
        for (file, copy) in view.files() {
            let facts = catalog.file(file);
            let bytes = &tree.files[&facts.path].bytes;
            let read = PE::parse(bytes).expect("goblin reads the image");
            assert_eq!(read.is_64, view.architecture() == Architecture::X64, "{}", facts.path);
            let exports: BTreeSet<String> =
                read.exports.iter().filter_map(|export| Some(export.name?.to_owned())).collect();
            assert_eq!(exports, names_of(catalog, file, copy.revision), "{}", facts.path);
            let resources = read.resource_data.as_ref().expect("resources");
            let texts = &resources.version_info.as_ref().expect("a version").string_info;
            let expected = [
                Some(catalog.synthetic.company.clone()),
                Some(facts.description.clone()),
                Some(catalog.synthetic.copyright.clone()),
                Some(catalog.synthetic.product_name.clone()),
            ];
            let found = [
                texts.company_name(),
                texts.file_description(),
                texts.legal_copyright(),
                texts.product_name(),
            ];
            assert_eq!(found, expected, "{}", facts.path);
            let mut wanted = BTreeSet::new();
            for import in catalog.imports(file, copy.revision).filter(|import| !import.delayed) {
                for symbol in &import.symbols {
                    if let ImportedSymbol::Name(name) = symbol {
                        wanted.insert((import.dll.clone(), name.clone()));
                    }
                }
            }
            let imports = read.imports.iter().filter(|import| !import.name.starts_with("ORDINAL "));
            let imports: BTreeSet<_> =
                imports.map(|import| (import.dll.to_owned(), import.name.to_string())).collect();
            assert!(imports.is_superset(&wanted), "{}: {imports:?}", facts.path);
        }
    }

    /// Names in hives are ASCII as they stand; each hive has its own and none of the other's.
    fn check_hives(tree: &HostTree) {
        let has = |hive: &str, name: &str| {
            let path = format!("system32/config/{hive}").parse().expect("a path");
            let bytes = &tree.files[&path].bytes;
            bytes.windows(name.len()).any(|found| found == name.as_bytes())
        };
        for (name, own, other) in [
            ("ProductName", "software", "system"),
            ("PROCESSOR_ARCHITECTURE", "system", "software"),
        ] {
            assert!(has(own, name) && !has(other, name), "{name}");
        }
    }

    /// The function that starts the worker calls what the image itself imports at once from other
    /// files of IIS: Windows' own functions take arguments, and a delayed import may be missing.
    #[test]
    fn only_imports_from_components_that_are_bound_at_once_are_called() {
        let model = model(Architecture::X86);
        let catalog = model.catalog();
        let mut calling = 0;
        for host in hosts(&model, Level::RTM, &["sp2", "+iis", "kb973917/v1"]) {
            for (file, copy) in model.view(&host).files() {
                let image = describe(catalog, Architecture::X86, file, copy);
                for export in &image.exports {
                    let ExportTarget::Function(FunctionBody::CallImports(calls)) = &export.target
                    else {
                        continue;
                    };
                    calling += 1;
                    assert!(!calls.is_empty());
                    for call in calls {
                        let known = catalog.files.iter().find(|f| f.path.file_name() == call.dll);
                        assert!(known.is_some_and(|file| file.component.is_some()), "{call:?}");
                        let facts = catalog.imports(file, copy.revision);
                        let mut facts = facts.filter(|import| import.dll == call.dll);
                        assert!(facts.any(|import| !import.delayed), "{call:?}");
                    }
                }
            }
        }
        assert!(calling > 0, "some function calls something");
    }

    #[test]
    fn a_tree_has_the_images_and_hives_of_its_host() {
        for architecture in Architecture::ALL {
            let model = model(architecture);
            let store = ImageStore::new(Arc::clone(model.catalog()));
            let (base, words): (_, &[&str]) = match architecture {
                Architecture::X86 => (Level::RTM, &["sp2", "+iis@rtm", "kb973917/v1", "-iis"]),
                Architecture::X64 => (Level::SP1, &["sp2", "+iis@sp1", "kb973917/v1", "-iis"]),
            };
            for host in hosts(&model, base, words) {
                let tree = store.tree(model.view(&host)).expect("images");
                check(&model, &host, &tree);
                let written = tree.to_built_tree();
                let paths: Vec<_> = written.iter().map(|(path, _)| path.clone()).collect();
                assert_eq!(paths, tree.files.keys().cloned().collect::<Vec<_>>());
                assert!(!written.is_empty() && BuiltTree::new().is_empty());
                assert_eq!(written.len(), tree.files.len());
                check_hives(&tree);
            }
        }
    }

    #[test]
    fn an_image_is_made_once() {
        let model = model(Architecture::X86);
        let store = ImageStore::new(Arc::clone(model.catalog()));
        let hosts = hosts(&model, Level::RTM, &["+iis@rtm", "-iis"]);
        let trees: Vec<HostTree> =
            hosts.iter().map(|host| store.tree(model.view(host)).expect("images")).collect();
        let images = |tree: &HostTree| {
            let images = tree.files.iter().filter(|(_, file)| file.is_image);
            images.map(|(path, file)| (path.clone(), file.number)).collect::<BTreeMap<_, _>>()
        };
        let [first, with, after] = [0, 1, 2].map(|number| images(&trees[number]));
        // Removing what was added leaves what was there before: the same bytes by number.
        assert_eq!(first, after);
        assert!(first.iter().all(|(path, number)| with.get(path) == Some(number)));
        assert!(with.len() > first.len());
        // A number stands for bytes: as many numbers as there are different files.
        let different: BTreeSet<_> = trees[1].files.values().map(|file| &file.bytes).collect();
        let numbers: BTreeSet<u64> = trees[1].files.values().map(|file| file.number).collect();
        assert_eq!(numbers.len(), different.len());
        let numbers: BTreeSet<u64> = with.into_values().collect();
        assert_eq!(store.distinct_images(), numbers.len());
    }

    /// 1 January 1970 is 11,644,473,600 seconds after the beginning of Windows' time, which counts
    /// in steps of 100 nanoseconds; the time of last writing is at offset 12 of a hive and at
    /// offset 20 of its first bin, which begins at 4096.
    #[test]
    fn hives_are_written_at_the_time_of_the_catalog() {
        let model = model(Architecture::X64);
        let store = ImageStore::new(Arc::clone(model.catalog()));
        let host = model.install_os(Level::SP1).expect("media");
        let tree = store.tree(model.view(&host)).expect("hives");
        let seconds = u64::from(model.catalog().synthetic.time_stamp);
        for hive in tree.files.values().filter(|file| !file.is_image) {
            for at in [12, 4096 + 20] {
                let time = hive.bytes[at..at + 8].try_into().expect("8 bytes");
                let time = u64::from_le_bytes(time);
                assert_eq!(time, seconds * 10_000_000 + 116_444_736_000_000_000);
            }
        }
    }

    /// The worker process is the only file that loads others while it runs.
    #[test]
    fn the_worker_process_is_a_program_that_loads_what_the_catalog_says() {
        let model = model(Architecture::X86);
        let catalog = model.catalog();
        let hosts = hosts(&model, Level::SP2, &["+iis"]);
        let mut programs = 0;
        for (file, copy) in model.view(&hosts[1]).files() {
            let facts = catalog.file(file);
            let program = describe(catalog, Architecture::X86, file, copy).program;
            assert_eq!(program.is_some(), facts.path.file_name() == "w3wp.exe", "{}", facts.path);
            let Some(program) = program else { continue };
            programs += 1;
            let loads: Vec<&str> = program.loads.iter().map(|load| load.dll.as_str()).collect();
            let wanted: Vec<&str> = facts.loads.iter().map(|load| load.dll.as_str()).collect();
            assert_eq!(loads, wanted);
            assert!(!loads.is_empty());
        }
        assert_eq!(programs, 1);
    }

    /// Until the restart the old copy is in its place, and the new one beside it.
    #[test]
    fn a_copy_that_waits_stands_beside_its_file() {
        let catalog = Arc::new(Catalog::built_in());
        let switches = Switches::from_settings(&catalog, ["A29=at-restart"]).expect("a switch");
        let model = Model::new(catalog, Architecture::X86, switches).expect("a model");
        let store = ImageStore::new(Arc::clone(model.catalog()));
        let hosts = hosts(&model, Level::SP2, &["+iis", "kb973917/v1", "restart"]);
        let trees: Vec<HostTree> =
            hosts[1..].iter().map(|host| store.tree(model.view(host)).expect("images")).collect();
        let bytes = |tree: &HostTree, name: &str| {
            let path = format!("system32/inetsrv/{name}").parse().expect("a path");
            tree.files.get(&path).map(|file| file.number)
        };
        for name in ["w3core.dll", "w3dt.dll"] {
            let copy = format!("{name}.tmp");
            let [before, waiting, after] = &trees[..] else { panic!("three hosts") };
            assert_eq!(bytes(before, name), bytes(waiting, name));
            assert!(bytes(waiting, &copy).is_some() && bytes(waiting, &copy) == bytes(after, name));
            assert_ne!(bytes(before, name), bytes(after, name));
            assert_eq!([bytes(before, &copy), bytes(after, &copy)], [None; 2]);
        }
        let temporary = |tree: &HostTree| {
            tree.files.keys().filter(|path| path.as_str().contains(".tmp")).count()
        };
        assert_eq!(trees.iter().map(temporary).collect::<Vec<_>>(), [0, 2, 0]);
    }
}
