//! What a host shows of its files, and in its registry, as KB282784 and KB271484 tell it.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::{Catalog, Release, UpdateId};
use patchstate_servicing::{Host, Model, Switches};
use patchstate_terms::{Architecture, RegistryValue};
use std::{collections::BTreeMap, sync::Arc};

/// The model of an architecture, and the host after an install order.
fn host(architecture: Architecture, order: &str) -> (Model, Host) {
    let catalog = Arc::new(Catalog::built_in());
    let model = Model::new(catalog, architecture, Switches::default()).expect("a model");
    let words: Vec<&str> = order.split_whitespace().collect();
    let (base, actions) = model.resolve_order(&words).expect("an order");
    let mut host = model.install_os(base).expect("a host");
    for (step, action) in actions {
        let outcome = model.apply(&host, action);
        assert_eq!(outcome.as_str(), "applied", "{step}");
        host = outcome.after(&host).clone();
    }
    (model, host)
}

/// The registry after an install order, by `hive\key\value`.
fn registry(architecture: Architecture, order: &str) -> BTreeMap<String, RegistryValue> {
    registry_of(&host(architecture, order))
}

fn registry_of((model, host): &(Model, Host)) -> BTreeMap<String, RegistryValue> {
    let values = model.registry(host).into_iter();
    values
        .map(|(path, value)| (format!("{}\\{}\\{}", path.hive, path.key, path.value), value))
        .collect()
}

fn text(text: &str) -> RegistryValue {
    RegistryValue::Text(text.to_owned())
}

const WINDOWS_NT: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const SETUP: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Setup";

#[track_caller]
fn check(
    registry: &BTreeMap<String, RegistryValue>,
    folder: &str,
    expected: &[(&str, Option<RegistryValue>)],
) {
    let lower: BTreeMap<String, &RegistryValue> =
        registry.iter().map(|(path, value)| (path.to_lowercase(), value)).collect();
    for (name, value) in expected {
        let path = format!("{folder}\\{name}").to_lowercase();
        assert_eq!(lower.get(&path).copied(), value.as_ref(), "{path}\n{registry:#?}");
    }
}

#[test]
fn a_bare_system_has_no_service_pack_and_no_cache_of_its_files() {
    let registry = registry(Architecture::X86, "os:rtm");
    check(
        &registry,
        WINDOWS_NT,
        &[
            ("ProductName", Some(text("Microsoft Windows Server 2003"))),
            ("CurrentBuildNumber", Some(text("3790"))),
            ("CSDVersion", None),
        ],
    );
    check(
        &registry,
        SETUP,
        &[
            ("SourcePath", Some(text(r"D:\"))),
            ("ServicePackSourcePath", None),
            ("ServicePackCachePath", None),
            (r"OC Manager\Subcomponents\iis_www", Some(RegistryValue::Number(0))),
        ],
    );
    check(&registry, r"SOFTWARE\Microsoft\INetStp", &[("MajorVersion", None)]);
    let of_updates = |path: &String| path.contains("Updates") || path.contains("HotFix");
    assert!(!registry.keys().any(of_updates), "{registry:#?}");
}

/// Where the service pack came with the media, Setup looks for its files there; the value outlives
/// the cache, since KB271484 tells how to change it after the folder was deleted.
#[test]
fn setup_looks_for_service_pack_files_in_the_cache_or_on_the_media() {
    let (media, cache) = (r"D:\", r"C:\WINDOWS\ServicePackFiles");
    for (order, source) in [
        ("os:rtm", None),
        ("os:sp1", Some(media)),
        ("os:sp2", Some(media)),
        ("os:sp1 sp2", Some(cache)),
        ("os:sp1 sp2 clean-cache", Some(cache)),
        ("os:sp1 sp2 -sp2", Some(media)),
        ("os:rtm sp1 sp2 -sp2", Some(cache)),
        ("os:rtm sp2 -sp2", None),
        ("os:sp2 sp2", Some(cache)),
    ] {
        let registry = registry(Architecture::X86, order);
        let expected = [("ServicePackSourcePath", source.map(text))];
        check(&registry, SETUP, &expected);
        check(&registry, SETUP, &[("SourcePath", Some(text(media)))]);
    }
}

/// `CSDVersion` of the kernel is 256 times the number of the service pack; Service Pack 2 has an
/// entry of its own among the hotfixes.
#[test]
fn the_service_pack_shows_as_a_number_and_service_pack_2_as_a_hotfix() {
    let windows = r"SYSTEM\ControlSet001\Control\Windows";
    let entry = r"HotFix\KB914961\Fix Description";
    for (order, number, is_sp2) in
        [("os:rtm", 0, false), ("os:rtm sp1", 256, false), ("os:rtm sp1 sp2", 512, true)]
    {
        let registry = registry(Architecture::X86, order);
        check(&registry, windows, &[("CSDVersion", Some(RegistryValue::Number(number)))]);
        check(&registry, WINDOWS_NT, &[(entry, is_sp2.then(|| text("Service Pack")))]);
    }
    let removed = registry(Architecture::X86, "os:rtm sp2 -sp2");
    check(&removed, WINDOWS_NT, &[(entry, None)]);
    check(&removed, windows, &[("CSDVersion", Some(RegistryValue::Number(0)))]);
}

/// The list of a record names the GDR copies, also where the QFE copies came in.
#[test]
fn the_record_of_a_fix_whose_branches_differ_names_the_gdr_copy() {
    let registry = registry(Architecture::X86, "os:rtm +iis kb824151:qfe");
    let files = [
        (r"Filelist\0\FileName", Some(text("adsiis.dll"))),
        (r"Filelist\0\Version", Some(text("6.0.3790.212"))),
        (r"Filelist\1\Version", Some(text("6.0.3790.212"))),
    ];
    check(&registry, r"SOFTWARE\Microsoft\Updates\Windows Server 2003\SP1\KB824151", &files);
}

/// A higher revision goes over a lower one, whatever its branch, and removal puts back what was
/// there when the update first went in.
#[test]
fn where_branches_differ_the_copy_of_the_branch_comes_in() {
    for (order, revision) in [
        ("os:rtm +iis kb824151", 212),
        ("os:rtm +iis kb824151:qfe", 215),
        ("os:rtm +iis kb824151 kb824151:qfe", 215),
        ("os:rtm +iis kb824151 kb824151:qfe -kb824151", 0),
        ("os:rtm +iis kb824151:qfe -iis +iis", 0),
        ("os:rtm +iis kb824151:qfe -iis +iis kb824151:gdr", 212),
    ] {
        let (model, host) = host(Architecture::X86, order);
        let adsiis = "system32/inetsrv/adsiis.dll".parse().expect("a path");
        let file = model.catalog().file_at(&adsiis).expect("it is there");
        let copy = model.view(&host).file(file).expect("it is present");
        assert_eq!(copy.revision, revision, "{order}");
    }
}

#[test]
fn a_service_pack_a_component_and_an_update_show() {
    let registry = registry(Architecture::X86, "os:rtm sp2 +iis_www kb973917/v2");
    check(&registry, WINDOWS_NT, &[("CSDVersion", Some(text("Service Pack 2")))]);
    check(
        &registry,
        SETUP,
        &[
            ("ServicePackSourcePath", Some(text(r"C:\WINDOWS\ServicePackFiles"))),
            ("ServicePackCachePath", Some(text(r"C:\WINDOWS\ServicePackFiles\i386"))),
            (r"OC Manager\Subcomponents\iis_www", Some(RegistryValue::Number(1))),
            (r"OC Manager\Subcomponents\iis_common", Some(RegistryValue::Number(1))),
            (r"OC Manager\Subcomponents\iis_ftp", Some(RegistryValue::Number(0))),
        ],
    );
    let major = [("MajorVersion", Some(RegistryValue::Number(6)))];
    check(&registry, r"SOFTWARE\Microsoft\INetStp", &major);
    // It is registered under the service pack that will have it.
    let update = r"SOFTWARE\Microsoft\Updates\Windows Server 2003\SP3\KB973917-v2";
    let files = [
        (r"Filelist\0\FileName", Some(text("w3core.dll"))),
        (r"Filelist\0\Location", Some(text(r"C:\WINDOWS\system32\inetsrv"))),
        (r"Filelist\0\Version", Some(text("6.0.3790.4667"))),
        (r"Filelist\1\FileName", Some(text("w3dt.dll"))),
        (r"Filelist\1\Version", Some(text("6.0.3790.4667"))),
        (r"Filelist\2\FileName", None),
    ];
    check(&registry, update, &files);
    check(
        &registry,
        WINDOWS_NT,
        &[(r"HotFix\KB973917-v2\Installed", Some(RegistryValue::Number(1)))],
    );
    // Another release is another key.
    let others = |path: &String| path.contains("KB973917\\");
    assert!(!registry.keys().any(others), "{registry:#?}");
}

#[test]
fn the_processor_and_the_folder_of_the_cache_are_those_of_the_architecture() {
    let environment = r"SYSTEM\ControlSet001\Control\Session Manager\Environment";
    for (architecture, order, processor, folder) in [
        (Architecture::X86, "os:sp1 sp2", "x86", "i386"),
        (Architecture::X64, "os:sp1 sp2", "AMD64", "amd64"),
    ] {
        let registry = registry(architecture, order);
        check(&registry, environment, &[("PROCESSOR_ARCHITECTURE", Some(text(processor)))]);
        let cache = text(&format!(r"C:\WINDOWS\ServicePackFiles\{folder}"));
        check(&registry, SETUP, &[("ServicePackCachePath", Some(cache))]);
    }
}

#[test]
fn servicing_sees_what_is_on_disk() {
    let (model, host) = host(Architecture::X86, "os:rtm sp2 +iis_www@rtm kb973917/v1 +iis_ftp");
    let view = model.view(&host);
    let files = model.catalog().file_ids().filter(|file| view.file(*file).is_some());
    let files: Vec<_> = files.collect();
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        assert_eq!(
            view.serviced_file(file),
            view.file(file),
            "{}",
            model.catalog().file(file).path
        );
    }
}

#[test]
fn the_updates_of_a_file_are_those_that_bring_it_at_any_level() {
    let (model, _) = host(Architecture::X86, "os:rtm");
    let catalog = model.catalog();
    let mut several = 0;
    for file in catalog.file_ids() {
        let brings = |update: &UpdateId| {
            let releases = &catalog.update(*update).releases;
            releases.iter().flat_map(Release::all_files).any(|f| f.file == file)
        };
        let expected: Vec<UpdateId> = catalog.update_ids().filter(brings).collect();
        several += usize::from(expected.len() > 1);
        assert_eq!(model.updates_of(&[file]), expected, "{}", catalog.file(file).path);
    }
    assert!(several > 0);
}

/// Each copy that waits, then the file whose place it takes, as `MoveFileEx` notes it.
#[test]
fn files_that_wait_for_a_restart_stand_in_the_system_hive() {
    let catalog = Arc::new(Catalog::built_in());
    let switches = Switches::from_settings(&catalog, ["A29=at-restart"]).expect("a switch");
    let model = Model::new(catalog, Architecture::X86, switches).expect("a model");
    let (base, actions) =
        model.resolve_order(&["os:sp2", "+iis", "kb982666", "restart"]).expect("an order");
    let mut host = model.install_os(base).expect("a host");
    let mut lists = Vec::new();
    for (_, action) in actions {
        host = model.apply(&host, action).after(&host).clone();
        let registry = registry_of(&(model.clone(), host.clone()));
        let key = r"SYSTEM\ControlSet001\Control\Session Manager\PendingFileRenameOperations";
        lists.push(registry.get(key).cloned());
    }
    let files = [
        r"system32\httpapi.dll",
        r"system32\drivers\http.sys",
        r"system32\inetsrv\w3core.dll",
        r"system32\inetsrv\w3dt.dll",
    ];
    let place = |file: &str| format!(r"\??\C:\WINDOWS\{file}");
    let pairs = files.map(|file| [place(&format!("{file}.tmp")), place(file)]);
    let Some(Some(RegistryValue::Texts(found))) = lists.get(1) else { panic!("{lists:?}") };
    let mut found: Vec<&[String]> = found.chunks(2).collect();
    found.sort_unstable();
    let mut expected: Vec<&[String]> = pairs.iter().map(<[String; 2]>::as_slice).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!([&lists[0], &lists[2]], [&None, &None]);
}
