//! The built-in catalog: it loads, and its facts are those of the public sources.
//!
//! The expected values were typed from the sources, not from the catalog.

use patchstate_catalog::{
    Catalog, FileId, RegistryContent, RegistryScope, built_in_files, read_catalog,
};
use patchstate_source::SourceFile;
use patchstate_terms::{Architecture, Branch, Hive, Level};
use std::collections::{BTreeMap, BTreeSet};

/// A file by its path below `system32`.
fn system(catalog: &Catalog, path: &str) -> FileId {
    let found = format!("system32/{path}").parse().ok().and_then(|path| catalog.file_at(&path));
    found.unwrap_or_else(|| panic!("no file {path}"))
}

/// A file of IIS by its name.
fn iis(catalog: &Catalog, name: &str) -> FileId {
    system(catalog, &format!("inetsrv/{name}"))
}

#[test]
fn the_built_in_catalog_loads_without_a_diagnostic() {
    let files: Vec<SourceFile> =
        built_in_files().iter().map(|(name, text)| SourceFile::new(name, text)).collect();
    let (catalog, mistakes) = read_catalog("built-in", &files);
    let shown: Vec<String> = mistakes
        .iter()
        .map(|m| format!("{}:{:?} {} {}", m.source.name, m.place(), m.code, m.message))
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert_eq!(catalog, Some(Catalog::built_in()));
}

#[test]
fn the_levels_have_the_public_revisions_and_build_strings() {
    let catalog = Catalog::built_in();
    let levels = [
        (Level::RTM, 0, "srv03_rtm.030324-2048", None),
        (Level::SP1, 1830, "srv03_sp1_rtm.050324-1447", Some("Service Pack 1")),
        (Level::SP2, 3959, "srv03_sp2_rtm.070216-1710", Some("Service Pack 2")),
    ];
    for (level, revision, build_string, title) in levels {
        let facts = catalog.level(level);
        assert_eq!(facts.revision, revision);
        assert_eq!(facts.build_strings.as_ref().map(|build| &*build.untouched), Some(build_string));
        assert_eq!(facts.service_pack_title.as_deref(), title);
    }
    for (revision, level) in
        [(0, Level::RTM), (1829, Level::RTM), (1830, Level::SP1), (3304, Level::SP1)]
    {
        assert_eq!(catalog.lineage(revision), level);
    }
    assert_eq!(catalog.lineage(3958), Level::SP1);
    assert_eq!(catalog.lineage(3959), Level::SP2);
}

#[test]
fn x64_has_no_state_before_service_pack_1_and_cannot_apply_it() {
    let catalog = Catalog::built_in();
    let x86 = catalog.architecture(Architecture::X86).expect("it is covered");
    let x64 = catalog.architecture(Architecture::X64).expect("it is covered");
    assert_eq!(x86.media, [Level::RTM, Level::SP1, Level::SP2]);
    assert_eq!(x86.service_packs, [Level::SP1, Level::SP2]);
    assert_eq!((&*x86.processor, x86.cache_folder.as_deref()), ("x86", Some("i386")));
    assert_eq!(x64.media, [Level::SP1, Level::SP2]);
    assert_eq!(x64.service_packs, [Level::SP2]);
    assert_eq!((&*x64.processor, x64.cache_folder.as_deref()), ("AMD64", Some("amd64")));
}

#[test]
fn there_are_six_components_and_the_group_of_three() {
    let catalog = Catalog::built_in();
    let ids: BTreeSet<&str> = catalog.components.iter().map(|c| &*c.id).collect();
    let six = ["iis_common", "iis_ftp", "iis_inetmgr", "iis_nntp", "iis_smtp", "iis_www"];
    assert_eq!(ids, BTreeSet::from(six));
    let common = catalog.component_named("iis_common").expect("it is there");
    for component in &catalog.components {
        let expected = if component.id == "iis_common" { vec![] } else { vec![common] };
        assert_eq!(component.needs, expected, "{}", component.id);
    }
    let group = catalog.group_named("iis").expect("it is there");
    let members: BTreeSet<&str> =
        group.members.iter().map(|id| &*catalog.component(*id).id).collect();
    assert_eq!(members, BTreeSet::from(["iis_common", "iis_inetmgr", "iis_www"]));
    let extensions: BTreeSet<&str> = catalog.extensions.iter().map(|e| &*e.id).collect();
    assert_eq!(
        extensions,
        BTreeSet::from([
            "iis_asp",
            "iis_internetdataconnector",
            "iis_serversideincludes",
            "iis_webdav"
        ])
    );
}

#[test]
fn every_file_belongs_to_the_component_that_the_assumption_says() {
    let owners = [
        (
            "iis_common",
            "inetinfo.exe infocomm.dll iisutil.dll metadata.dll wamreg.dll coadmin.dll adsiis.dll \
             iisext.dll iislog.dll iisres.dll rpcref.dll svcext.dll isatq.dll",
        ),
        (
            "iis_www",
            "w3wp.exe w3core.dll w3dt.dll w3isapi.dll w3cache.dll w3tp.dll w3comlog.dll \
             w3ctrlps.dll w3ctrs.dll w3ext.dll iisw3adm.dll gzip.dll urlauth.dll wam.dll \
             wamps.dll isapips.dll asp.dll httpext.dll ssinc.dll httpodbc.dll",
        ),
        ("iis_ftp", "ftpsvc2.dll"),
        ("iis_smtp", "smtpsvc.dll smtpadm.dll smtpsnap.dll seo.dll"),
        ("iis_nntp", "nntpsvc.dll nntpadm.dll nntpsnap.dll"),
        (
            "iis_inetmgr",
            "inetmgr.dll inetmgr.exe iisui.dll logui.ocx certmap.ocx certwiz.ocx cnfgprts.ocx",
        ),
    ];
    let catalog = Catalog::built_in();
    let mut seen = 0;
    for (owner, names) in owners {
        let owner = catalog.component_named(owner).expect("it is there");
        let files: BTreeSet<FileId> =
            names.split_whitespace().map(|name| iis(&catalog, name)).collect();
        assert_eq!(files, catalog.component(owner).files.iter().copied().collect());
        for id in files {
            assert_eq!(catalog.file(id).component, Some(owner));
            assert_eq!(catalog.version(id, 3959).to_string(), "6.0.3790.3959");
            seen += 1;
        }
    }
    for path in ["ntoskrnl.exe", "kernel32.dll", "ntdll.dll", "httpapi.dll", "drivers/http.sys"] {
        let id = system(&catalog, path);
        assert_eq!(catalog.file(id).component, None);
        assert_eq!(catalog.version(id, 1830).to_string(), "5.2.3790.1830");
        seen += 1;
    }
    assert_eq!(seen, catalog.files.len());
}

#[test]
fn every_update_brings_the_public_revisions() {
    // Id, release, level, file, revision; the revisions of KB973917's first release and of
    // w3core.dll are assumed.
    let table = [
        ("KB824151", 1, Level::RTM, "inetsrv/adsiis.dll", 212),
        ("KB824151", 1, Level::RTM, "inetsrv/httpext.dll", 212),
        ("KB885881", 1, Level::RTM, "inetsrv/smtpsvc.dll", 211),
        ("KB883935", 1, Level::RTM, "inetsrv/nntpsvc.dll", 206),
        ("KB913441", 1, Level::SP1, "inetsrv/adsiis.dll", 2620),
        ("KB913441", 1, Level::SP1, "inetsrv/iisext.dll", 2620),
        ("KB917537", 1, Level::RTM, "inetsrv/asp.dll", 520),
        ("KB917537", 1, Level::SP1, "inetsrv/asp.dll", 2684),
        ("KB942831", 1, Level::SP1, "inetsrv/infocomm.dll", 3068),
        ("KB942831", 1, Level::SP2, "inetsrv/infocomm.dll", 4215),
        ("KB942830", 1, Level::SP1, "inetsrv/asp.dll", 3050),
        ("KB942830", 1, Level::SP2, "inetsrv/asp.dll", 4195),
        ("KB970483", 1, Level::SP2, "inetsrv/httpext.dll", 4518),
        ("KB975254", 1, Level::SP2, "inetsrv/ftpsvc2.dll", 4584),
        ("KB973917", 1, Level::SP2, "inetsrv/w3core.dll", 4600),
        ("KB973917", 1, Level::SP2, "inetsrv/w3dt.dll", 4600),
        ("KB973917", 2, Level::SP2, "inetsrv/w3core.dll", 4667),
        ("KB973917", 2, Level::SP2, "inetsrv/w3dt.dll", 4667),
        ("KB976323", 1, Level::SP2, "inetsrv/smtpsvc.dll", 4675),
        ("KB982666", 1, Level::SP2, "inetsrv/w3core.dll", 4693),
        ("KB982666", 1, Level::SP2, "inetsrv/w3dt.dll", 4693),
        ("KB982666", 1, Level::SP2, "httpapi.dll", 4693),
        ("KB982666", 1, Level::SP2, "drivers/http.sys", 4693),
        ("KB2124261", 1, Level::SP2, "inetsrv/asp.dll", 4735),
        ("KB3197835", 1, Level::SP2, "inetsrv/httpext.dll", 5955),
    ];
    let catalog = Catalog::built_in();
    let expected: Vec<_> = table
        .into_iter()
        .map(|(id, release, level, path, revision)| {
            (id.to_owned(), release, level, system(&catalog, path), revision)
        })
        .collect();
    let adsiis = iis(&catalog, "adsiis.dll");
    let mut found = Vec::new();
    for update in &catalog.updates {
        for release in &update.releases {
            for level in Level::all() {
                found.extend(release.table(level).iter().map(|package| {
                    // One file of all has a revision of its own on each branch.
                    let is_odd = package.revision == 212 && package.file == adsiis;
                    let qfe_revision = if is_odd { 215 } else { package.revision };
                    assert_eq!(package.qfe_revision, qfe_revision, "{}", update.id);
                    (update.id.clone(), release.number, level, package.file, package.revision)
                }));
            }
        }
    }
    assert_eq!(found, expected);
}

/// Whether an update requires a restart.
#[derive(Debug, PartialEq, Eq)]
enum Restart {
    Documented(bool),
    Assumed(bool),
}

#[test]
fn updates_have_their_dates_service_packs_branches_and_restarts() {
    use Restart::{Assumed, Documented};
    let table = [
        ("KB824151", Some("MS04-030"), 1, "2004-10-12", Assumed(false)),
        ("KB885881", Some("MS04-035"), 1, "2004-10-12", Assumed(false)),
        ("KB883935", Some("MS04-036"), 1, "2004-10-12", Assumed(false)),
        ("KB913441", None, 2, "2006-01", Assumed(false)),
        ("KB917537", Some("MS06-034"), 2, "2006-07-11", Documented(false)),
        ("KB942831", Some("MS08-005"), 3, "2008-02-12", Documented(true)),
        ("KB942830", Some("MS08-006"), 3, "2008-02-12", Documented(false)),
        ("KB970483", Some("MS09-020"), 3, "2009-06", Documented(true)),
        ("KB975254", Some("MS09-053"), 3, "2009-10", Documented(true)),
        ("KB973917", None, 3, "2009-12-08", Assumed(true)),
        ("KB976323", Some("MS10-024"), 3, "2010-04", Documented(true)),
        ("KB982666", Some("MS10-040"), 3, "2010-06-08", Assumed(true)),
        ("KB2124261", Some("MS10-065"), 3, "2010-09-14", Assumed(false)),
        ("KB3197835", None, 3, "2017-06", Assumed(false)),
    ];
    // Dates of files that public tables give; of all others the date of release stands in.
    let of_files = BTreeMap::from([
        ("KB913441", "060118"),
        ("KB917537", "060418"),
        ("KB942831", "080109"),
        ("KB942830", "071127"),
    ]);
    let catalog = Catalog::built_in();
    assert_eq!(catalog.updates.len(), table.len());
    for (update, (id, bulletin, under, date, restart)) in catalog.updates.iter().zip(table) {
        assert_eq!(update.id, id);
        assert_eq!(update.bulletin.as_deref(), bulletin);
        assert_eq!(update.registered_under, under, "{id}");
        assert_eq!(update.qfe_only, id == "KB913441");
        assert!(update.releases[0].date.starts_with(date), "{id}");
        for release in &update.releases {
            let digits: String = release.date.chars().skip(2).filter(|c| *c != '-').collect();
            let digits = of_files.get(id).map_or(digits, |date| (*date).to_owned());
            assert!(release.build_date.starts_with(&digits), "{id}");
            let said = release.restart.as_ref().expect("every release says it");
            let is_assumed = said.provenance.assumption.as_deref() == Some("A29");
            let said = if is_assumed { Assumed(said.required) } else { Documented(said.required) };
            assert_eq!(said, restart, "{id}");
            let refuses = (id == "KB973917" && release.number == 2).then_some(0xF0F4);
            assert_eq!(release.refuses_lower_lineage, refuses, "{id}");
        }
    }
    let kb973917 = catalog.update(catalog.update_named("KB973917").expect("it is there"));
    assert_eq!(kb973917.latest().date, "2010-03-09");
}

#[test]
fn sizes_are_those_of_the_listing_and_of_the_bulletin() {
    let catalog = Catalog::built_in();
    let x86 = Architecture::X86;
    let listed = [
        ("w3core.dll", 349_696),
        ("iisutil.dll", 167_936),
        ("w3wp.exe", 7_168),
        ("certmap.ocx", 102_400),
        ("nntpsnap.dll", 2_663_424),
        ("rpcref.dll", 4_096),
        ("wamreg.dll", 55_808),
        ("asp.dll", 388_096),
    ];
    for (name, bytes) in listed {
        let id = iis(&catalog, name);
        assert_eq!(catalog.size(id, x86, 3959, Branch::Gdr), Some(bytes), "{name}");
    }
    let asp = iis(&catalog, "asp.dll");
    let bulletin = [
        (x86, 520, Branch::Gdr, 341_504),
        (x86, 520, Branch::Qfe, 344_576),
        (x86, 2684, Branch::Gdr, 418_304),
        (x86, 2684, Branch::Qfe, 379_392),
        (Architecture::X64, 2684, Branch::Gdr, 610_304),
        (Architecture::X64, 2684, Branch::Qfe, 611_328),
        (x86, 3050, Branch::Gdr, 378_368),
        (x86, 3050, Branch::Qfe, 379_904),
        (x86, 4195, Branch::Gdr, 388_608),
        (x86, 4195, Branch::Qfe, 388_608),
        (Architecture::X64, 3050, Branch::Gdr, 610_816),
        (Architecture::X64, 3050, Branch::Qfe, 611_840),
        (Architecture::X64, 4195, Branch::Gdr, 621_568),
        (Architecture::X64, 4195, Branch::Qfe, 622_080),
        // What no bulletin gives is that of the listing.
        (x86, 4735, Branch::Qfe, 388_096),
    ];
    for (architecture, revision, branch, bytes) in bulletin {
        assert_eq!(catalog.size(asp, architecture, revision, branch), Some(bytes));
    }
    let infocomm = iis(&catalog, "infocomm.dll");
    let bulletin = [
        (x86, 3068, Branch::Gdr, 238_592),
        (x86, 3068, Branch::Qfe, 235_520),
        (x86, 4215, Branch::Gdr, 235_520),
        (x86, 4215, Branch::Qfe, 235_520),
        (Architecture::X64, 3068, Branch::Gdr, 344_064),
        (Architecture::X64, 3068, Branch::Qfe, 338_944),
        (Architecture::X64, 4215, Branch::Gdr, 338_944),
        (Architecture::X64, 4215, Branch::Qfe, 338_944),
    ];
    for (architecture, revision, branch, bytes) in bulletin {
        assert_eq!(catalog.size(infocomm, architecture, revision, branch), Some(bytes));
    }
}

#[test]
fn version_strings_tell_the_branch() {
    let catalog = Catalog::built_in();
    let infocomm = iis(&catalog, "infocomm.dll");
    let text = |revision, branch| catalog.version_string(infocomm, revision, branch);
    assert_eq!(text(0, Branch::Gdr), "6.0.3790.0 (srv03_rtm.030324-2048)");
    assert_eq!(text(4215, Branch::Gdr), "6.0.3790.4215 (srv03_sp2_gdr.080109-0000)");
    assert_eq!(text(4215, Branch::Qfe), "6.0.3790.4215 (srv03_sp2_qfe.080109-0000)");
    let asp = iis(&catalog, "asp.dll");
    assert_eq!(
        catalog.version_string(asp, 520, Branch::Qfe),
        "6.0.3790.520 (srv03_qfe.060418-0000)"
    );
}

#[test]
fn the_registry_has_the_values_that_detectors_read() {
    use {Hive::Software, Hive::System, RegistryScope as Scope};

    let catalog = Catalog::built_in();
    let version = r"Microsoft\Windows NT\CurrentVersion";
    let update = r"Microsoft\Updates\Windows Server 2003\SP{registered_under}\{update_key}";
    let list = format!(r"{update}\Filelist\{{index}}");
    let subcomponents = r"Microsoft\Windows\CurrentVersion\Setup\OC Manager\Subcomponents";
    let windows = r"ControlSet001\Control\Windows";
    let of_sp2 = r"Microsoft\Windows NT\CurrentVersion\HotFix\KB914961";
    let environment = r"ControlSet001\Control\Session Manager\Environment";
    let hotfix = r"Microsoft\Windows NT\CurrentVersion\HotFix\{update_key}";
    let text = |text: &str| RegistryContent::Text(text.to_owned());
    let number = |text: &str| RegistryContent::Number(text.to_owned());
    let expected = [
        (Software, Scope::Host, version, "ProductName", text("Microsoft Windows Server 2003")),
        (Software, Scope::Host, version, "CurrentVersion", text("5.2")),
        (Software, Scope::Host, version, "CurrentBuildNumber", text("3790")),
        (Software, Scope::Host, version, "CSDVersion", text("{service_pack_title}")),
        (Software, Scope::Host, version, "SystemRoot", text(r"C:\WINDOWS")),
        (Software, Scope::Host, r"Microsoft\INetStp", "MajorVersion", number("6")),
        (Software, Scope::Host, r"Microsoft\INetStp", "MinorVersion", number("0")),
        (Software, Scope::Component, subcomponents, "{component}", number("{installed}")),
        (Software, Scope::Update, update, "Description", text("{title}")),
        (Software, Scope::UpdateFile, &list, "FileName", text("{file_name}")),
        (Software, Scope::UpdateFile, &list, "Location", text(r"C:\WINDOWS\{folder}")),
        (Software, Scope::UpdateFile, &list, "Version", text("{version}")),
        (Software, Scope::Update, hotfix, "Installed", number("1")),
        (System, Scope::Host, "Select", "Current", number("1")),
        (Software, Scope::Host, of_sp2, "Fix Description", text("Service Pack")),
        (System, Scope::Host, windows, "CSDVersion", number("{service_pack_word}")),
        (System, Scope::Host, environment, "PROCESSOR_ARCHITECTURE", text("{processor}")),
    ];
    for (hive, scope, key, value, content) in expected {
        let fact = catalog.registry.iter().find(|fact| fact.key == key && fact.value == value);
        let fact = fact.unwrap_or_else(|| panic!("no {key} {value}"));
        assert_eq!((fact.hive, fact.scope), (hive, scope), "{value}");
        assert_eq!(fact.content, content, "{value}");
        let of_iis = key == r"Microsoft\INetStp";
        assert_eq!(fact.component.is_some(), of_iis, "{value}");
    }
    for fact in &catalog.registry {
        let of_sp2 = fact.key == of_sp2;
        assert_eq!(fact.level, of_sp2.then_some(Level::SP2), "{}", fact.value);
    }
}

#[test]
fn assumptions_have_the_switches_that_the_command_line_takes() {
    let switches: [(&str, &[&str]); 10] = [
        ("A3", &["all", "sp1-only"]),
        ("A5", &["records", "refused"]),
        ("A8", &["not-offered", "offered"]),
        ("A15", &["forgotten", "listed"]),
        ("A17", &["adds", "replaces", "keeps"]),
        ("A24", &["present", "component-store"]),
        ("A27", &["up", "always"]),
        ("A28", &["runs", "fails"]),
        ("A29", &["at-once", "at-restart"]),
        ("A30", &["anew", "kept"]),
    ];
    let catalog = Catalog::built_in();
    for number in (1..=30).filter(|number| ![20, 26].contains(number)) {
        let id = format!("A{number}");
        let assumption = catalog.assumption(&id).unwrap_or_else(|| panic!("no {id}"));
        let values: Vec<&str> = assumption.values.iter().map(|value| &*value.name).collect();
        let expected = switches.iter().find(|(switch, _)| *switch == id);
        assert_eq!(values, expected.map_or(&[][..], |(_, values)| values), "{id}");
    }
    assert_eq!(catalog.assumption("a3"), catalog.assumption("A3"));
    assert_eq!(catalog.assumption("A20"), None);
}

#[test]
fn a_broken_host_shows_1009_five_times_then_1002_then_503() {
    let catalog = Catalog::built_in();
    let symptoms: Vec<_> =
        catalog.symptoms.iter().map(|s| (&*s.source, s.event_id, &*s.severity, s.times)).collect();
    assert_eq!(symptoms[0], ("W3SVC", Some(1009), "warning", 5));
    assert_eq!(symptoms[1], ("W3SVC", Some(1002), "error", 1));
    assert_eq!(symptoms[2].1, None);
    assert_eq!(symptoms.len(), 3);
    assert!(catalog.symptoms[0].text.contains("0xffffffff"));
    // The log is the one that the article of the incident names; the text of 1002 has no number.
    let logs: Vec<_> = catalog.symptoms.iter().map(|symptom| symptom.log.as_deref()).collect();
    assert_eq!(logs, [Some("System"), Some("System"), None]);
    let ending = "due to a series of failures in the process(es) serving that application pool.";
    assert!(catalog.symptoms[1].text.ends_with(ending));
    assert!(catalog.symptoms[2].text.contains("503"));
}
