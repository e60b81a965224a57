//! Statuses and findings: the table of statuses, and each way in which evidence is not enough.

use crate::support::Judged;
use patchstate_detect::{Advisories, MemoryTree, gather, judge};
use patchstate_terms::{FileVersion, FindingKind, Level, Machine, Status};
use patchstate_test_support::{
    hive::Key,
    host::{Host, image, parsed, place},
    image::{Image, Symbol},
};
use proptest::prelude::*;

/// Checks status and findings, as `kind file expected found update`.
fn check(host: &Host, status: Status, expected: &[&str]) {
    let verdict = host.verdict();
    let found: Vec<String> = verdict.findings.iter().map(|f| f.key().to_string()).collect();
    assert_eq!(found, expected);
    assert_eq!(verdict.status, status);
    for finding in &verdict.findings {
        assert!(finding.detail.ends_with('.'), "{}", finding.detail);
    }
}

/// As [`check`], with the file names only.
fn check_short(host: &Host, status: Status, expected: &[&str]) {
    let verdict = host.verdict();
    let short = |f: &patchstate_terms::Finding| format!("{} {}", f.kind, f.file.file_name());
    assert_eq!(verdict.findings.iter().map(short).collect::<Vec<_>>(), expected);
    assert_eq!(verdict.status, status);
}

#[test]
fn a_host_at_one_level_is_consistent_at_every_level() {
    for level in [Level::RTM, Level::SP1, Level::SP2] {
        let verdict = Host::new(level).verdict();
        assert_eq!((verdict.status, verdict.findings), (Status::Consistent, vec![]));
        assert_eq!(verdict.os.level, Some(level));
        assert_eq!(verdict.os.arch.as_deref(), Some("x86"));
        assert_eq!(verdict.os.product.as_deref(), Some("Windows Server 2003"));
        assert_eq!(verdict.remedy, vec![]);
    }
    let verdict = Host { machine: Machine::Amd64, ..Host::new(Level::SP2) }.verdict();
    assert_eq!((verdict.status, verdict.os.arch.as_deref()), (Status::Consistent, Some("x64")));
    assert_eq!(verdict.os.version, Some(FileVersion::new(5, 2, 3790, 3959)));
}

#[test]
fn the_incident_is_broken_and_says_why() {
    // os:rtm sp2 +iis@rtm kb973917/v1, as far as these files go.
    let host = Host::new(Level::SP2)
        .file("iisutil.dll", 0)
        .file("w3core.dll", 4600)
        .file("w3dt.dll", 4600)
        .update("KB973917", "SP3", &[("w3core.dll", 4600), ("w3dt.dll", 4600)]);
    check(
        &host,
        Status::Broken,
        &[
            "behind-os system32/inetsrv/iisutil.dll (expected 6.0.3790.3959, found 6.0.3790.0)",
            "unresolved-import system32/inetsrv/w3core.dll (iisutil.dll!TestOnlyNewFunction)",
        ],
    );
}

#[test]
fn files_of_other_lineage_are_a_mismatch_in_both_directions() {
    let host = Host::new(Level::SP1)
        .file("asp.dll", 1829)
        .file("gzip.dll", 3959)
        .file("iisutil.dll", 3304)
        // System files that updates replace one by one never count.
        .file("system32/httpapi.dll", 4693)
        .file("system32/drivers/http.sys", 0);
    check(
        &host,
        Status::Mismatch,
        &[
            "behind-os system32/inetsrv/asp.dll (expected 6.0.3790.1830, found 6.0.3790.1829)",
            "ahead-of-os system32/inetsrv/gzip.dll (expected 6.0.3790.1830, found 6.0.3790.3959)",
        ],
    );
}

#[test]
fn files_of_the_system_family_in_the_iis_folder_have_a_lineage_too() {
    let odd = Image::with_version(FileVersion::new(5, 2, 3790, 1830));
    let host = Host::new(Level::SP2).odd_file("gzip.dll", odd.build());
    check(
        &host,
        Status::Mismatch,
        &["behind-os system32/inetsrv/gzip.dll (expected 5.2.3790.3959, found 5.2.3790.1830)"],
    );
}

#[test]
fn files_of_components_that_are_not_installed_do_not_count() {
    let mut host = Host::new(Level::SP2).component("iis_ftp", Level::RTM);
    check_short(&host, Status::Mismatch, &["behind-os ftpsvc2.dll"]);
    host.components.insert("iis_ftp", 0);
    check(&host, Status::Consistent, &[]);
}

#[test]
fn recorded_updates_that_are_not_there_are_drift() {
    let host = Host::new(Level::SP2)
        .update("KB2124261", "SP3", &[("asp.dll", 4735)])
        .update("KB942830", "SP3", &[("asp.dll", 4195)])
        .update("KB973917-v2", "SP3", &[("w3core.dll", 4667), ("w3dt.dll", 4667)])
        .file("w3core.dll", 4600)
        .file("w3dt.dll", 4667);
    check(
        &host,
        Status::Drift,
        &[
            "recorded-not-present system32/inetsrv/asp.dll (KB2124261) \
             (expected 6.0.3790.4735, found 6.0.3790.3959)",
            "recorded-not-present system32/inetsrv/asp.dll (KB942830) \
             (expected 6.0.3790.4195, found 6.0.3790.3959)",
            "recorded-not-present system32/inetsrv/w3core.dll (KB973917/v2) \
             (expected 6.0.3790.4667, found 6.0.3790.4600)",
        ],
    );
}

/// The number of KB973917's first release is on no public page: whatever it is, the record has it.
#[test]
fn where_no_number_is_public_the_record_tells_it() {
    for number in [4585, 4590, 4611] {
        let files = [("w3core.dll", number), ("w3dt.dll", number)];
        let host = Host::new(Level::SP2).update("KB973917", "SP3", &files);
        let updated = host.clone().file("w3core.dll", number).file("w3dt.dll", number);
        check(&updated, Status::Consistent, &[]);
        let older = format!(
            "recorded-not-present system32/inetsrv/w3core.dll (KB973917/v1) \
             (expected 6.0.3790.{number}, found 6.0.3790.{})",
            number - 1
        );
        check(&updated.file("w3core.dll", number - 1), Status::Drift, &[&older]);
        let remedy = host.verdict().remedy;
        assert_eq!(remedy.iter().map(ToString::to_string).collect::<Vec<_>>(), ["kb973917/v1"]);
    }
    // A record without a list leaves the lowest number that it can be.
    check(
        &Host::new(Level::SP2).update("KB973917", "SP3", &[]).file("w3dt.dll", 4585),
        Status::Drift,
        &["recorded-not-present system32/inetsrv/w3core.dll (KB973917/v1) \
           (expected 6.0.3790.4585, found 6.0.3790.3959)"],
    );
}

/// MS04-030 has adsiis.dll as 212 GDR and as 215 QFE; the record names 212.
#[test]
fn where_the_branches_have_numbers_of_their_own_the_gdr_one_is_asked_for() {
    let listed = [("adsiis.dll", 212), ("httpext.dll", 212)];
    let host = Host::new(Level::RTM).update("KB824151", "SP1", &listed);
    let host = host.file("httpext.dll", 212);
    check(&host.clone().file("adsiis.dll", 212), Status::Consistent, &[]);
    check(&host.clone().qfe_file("adsiis.dll", 215), Status::Consistent, &[]);
    check(
        &host.file("adsiis.dll", 211),
        Status::Drift,
        &["recorded-not-present system32/inetsrv/adsiis.dll (KB824151) \
           (expected 6.0.3790.212, found 6.0.3790.211)"],
    );
}

#[test]
fn the_table_for_the_level_counts_and_else_the_recorded_list() {
    // Recorded at SP1; the host is at SP2, for which MS08-006 brings 4195.
    let lifted = Host::new(Level::SP2).update("KB942830", "SP3", &[("asp.dll", 3050)]);
    check(
        &lifted,
        Status::Drift,
        &["recorded-not-present system32/inetsrv/asp.dll (KB942830) \
           (expected 6.0.3790.4195, found 6.0.3790.3959)"],
    );
    // KB913441 has files for SP1 only: on an RTM host its own list counts.
    let lowered = Host::new(Level::RTM).update("KB913441", "SP2", &[("adsiis.dll", 2620)]);
    check(
        &lowered,
        Status::Drift,
        &["recorded-not-present system32/inetsrv/adsiis.dll (KB913441) \
           (expected 6.0.3790.2620, found 6.0.3790.0)"],
    );
    // An update that the core does not know, and a file that it does not know either.
    let unknown_update = Host::new(Level::SP2)
        .update("KB999999", "SP3", &[("other.dll", 4000)])
        .odd_file("other.dll", Image::with_revision(3999).build());
    check(
        &unknown_update,
        Status::Drift,
        &["recorded-not-present system32/inetsrv/other.dll (KB999999) \
           (expected 6.0.3790.4000, found 6.0.3790.3999)"],
    );
    // Files that are not there are not drift.
    check(
        &Host::new(Level::SP2).update("KB975254", "SP3", &[("ftpsvc2.dll", 4584)]),
        Status::Consistent,
        &[],
    );
}

#[test]
fn hosts_that_are_something_else_are_not_applicable() {
    let mut xp = Host::new(Level::SP2).file("asp.dll", 0);
    xp.software
        .at(r"Microsoft\Windows NT\CurrentVersion")
        .text("ProductName", "Microsoft Windows XP");
    check(&xp, Status::NotApplicable, &[]);
    let mut none = Host::new(Level::SP2);
    none.components.values_mut().for_each(|state| *state = 0);
    check(&none, Status::NotApplicable, &[]);
    // A later Windows, by its files alone.
    let mut later = Host { has_hives: false, ..Host::new(Level::SP2) };
    for name in ["ntoskrnl.exe", "kernel32.dll", "ntdll.dll"] {
        let image = Image::with_version(FileVersion::new(6, 1, 7601, 17514));
        later = later.odd_file(&format!("system32/{name}"), image.build());
    }
    check(&later, Status::NotApplicable, &[]);
}

/// A host of which no file of IIS is left.
fn without_files_of_iis(level: Level) -> Host {
    let mut host = Host::new(level);
    host.files.retain(|path, _| !path.contains("/inetsrv/"));
    host
}

#[test]
fn losing_the_registry_does_not_make_a_host_without_its_files_not_applicable() {
    let software = "unreadable system32/config/software";
    // Setup recorded that IIS is there, and its files are gone.
    let host = without_files_of_iis(Level::SP2);
    assert_eq!(host.verdict().status, Status::Inconclusive);
    // The same host, of which the registry cannot be read any more.
    let cut = "truncated system32/config/software";
    check(&host.clone().odd_file("system32/config/software", []), Status::Inconclusive, &[cut]);
    let half = host.software_hive().build();
    let cut = host.clone().odd_file("system32/config/software", &half[..half.len() / 2]);
    assert_eq!(cut.verdict().status, Status::Inconclusive);
    check(&Host { has_hives: false, ..host }, Status::Inconclusive, &[software]);
    // Nothing at all is known of an empty folder.
    let verdict = judge(&gather(&MemoryTree::new(), &Advisories::built_in()));
    let keys: Vec<String> = verdict.findings.iter().map(|f| f.key().to_string()).collect();
    assert_eq!((verdict.status, keys), (Status::Inconclusive, vec![software.to_owned()]));
}

#[test]
fn only_a_list_of_components_that_was_read_shows_that_none_is_installed() {
    let mut host = without_files_of_iis(Level::SP2);
    // A list that names none of IIS: Setup never added one.
    host.components.clear();
    host.components.insert("notepad", 1);
    check(&host, Status::NotApplicable, &[]);
    // A hive without the list, which every Windows has.
    let list = r"Microsoft\Windows\CurrentVersion\Setup\OC Manager";
    let software = "unreadable system32/config/software";
    let mut hive = host.software_hive();
    hive.at(list).subkeys.clear();
    let without_list = host.clone().odd_file("system32/config/software", hive.build());
    check(&without_list, Status::Inconclusive, &[software]);
    // A list in which the state of a component is no number.
    let mut odd = host.software_hive();
    odd.at(&format!(r"{list}\Subcomponents")).text("iis_www", "1");
    let odd = host.odd_file("system32/config/software", odd.build());
    check(&odd, Status::Inconclusive, &[software]);
}

#[test]
fn one_odd_system_file_or_an_empty_name_does_not_make_another_system() {
    // The kernel alone is of a later Windows; nothing but files tells the product.
    let kernel = Image::with_version(FileVersion::new(6, 1, 7601, 17514)).build();
    let by_files = Host { has_hives: false, ..Host::new(Level::SP2) };
    let odd = by_files.clone().odd_file("system32/ntoskrnl.exe", kernel.clone());
    assert_eq!(odd.verdict().status, Status::Inconclusive);
    // The one that is of a later Windows beside two that cannot be read.
    let mut unread = by_files.odd_file("system32/ntoskrnl.exe", kernel);
    for name in ["kernel32.dll", "ntdll.dll"] {
        unread = unread.odd_file(&format!("system32/{name}"), *b"MZ");
    }
    assert_eq!(unread.verdict().status, Status::Inconclusive);
    let mut nameless = Host::new(Level::SP2);
    nameless.software.at(r"Microsoft\Windows NT\CurrentVersion").text("ProductName", " ");
    assert_eq!(nameless.verdict().status, Status::Consistent);
}

#[test]
fn a_host_without_the_web_server_has_no_worker_process() {
    let mut host = Host::new(Level::SP2);
    host.components.remove("iis_www");
    host.files.retain(|path, _| !path.contains("/w3"));
    host.components.insert("iis_www", 0);
    check(
        &host.file("iisutil.dll", 0),
        Status::Mismatch,
        &["behind-os system32/inetsrv/iisutil.dll (expected 6.0.3790.3959, found 6.0.3790.0)"],
    );
}

#[test]
fn a_disagreement_of_versions_is_a_finding_and_no_status() {
    let mut odd = image(&place("asp.dll"), 3959, "gdr", Machine::I386);
    odd.text = Some("6.0.3790.0 (srv03_rtm.030324-2048)".to_owned());
    check(
        &Host::new(Level::SP2).odd_file("asp.dll", odd.build()),
        Status::Consistent,
        &["version-disagreement system32/inetsrv/asp.dll \
              (expected 6.0.3790.3959, found 6.0.3790.0)"],
    );
    // Most system files decide the level, here against the registry and the kernel.
    let host = Host { level: Level::SP2, ..Host::new(Level::SP1) };
    check(
        &host.clone(),
        Status::Consistent,
        &["version-disagreement system32/ntoskrnl.exe \
              (expected 5.2.3790.3959, found 5.2.3790.1830)"],
    );
    let tied = host.without("system32/ntdll.dll").file("system32/ntoskrnl.exe", 3959);
    assert_eq!(tied.verdict().os.level, Some(Level::SP2), "the registry breaks the tie");
}

#[test]
fn an_unreadable_file_forbids_consistent_and_hides_no_mismatch_outside_the_closure() {
    let host = Host::new(Level::SP2).odd_file("asp.dll", "this is no PE file");
    check_short(&host, Status::Inconclusive, &["unreadable asp.dll"]);
    check_short(
        &host.file("gzip.dll", 0),
        Status::Mismatch,
        &["unreadable asp.dll", "behind-os gzip.dll"],
    );
}

#[test]
fn an_unreadable_file_in_the_closure_hides_everything_but_a_broken_host() {
    let whole = image(&place("w3tp.dll"), 3959, "gdr", Machine::I386).build();
    let core = image(&place("w3core.dll"), 3959, "gdr", Machine::I386).imports("w3tp.dll", &[]);
    let host = Host::new(Level::SP2)
        .odd_file("w3core.dll", core.build())
        .odd_file("w3tp.dll", &whole[..300])
        .file("gzip.dll", 0);
    check_short(&host, Status::Inconclusive, &["behind-os gzip.dll", "truncated w3tp.dll"]);
    let broken = host.without("w3dt.dll");
    assert_eq!(broken.verdict().status, Status::Broken);
}

/// Places of the export and the import directory in the optional header of a 32-bit image.
const DIRECTORIES: [usize; 2] = [64 + 4 + 20 + 96, 64 + 4 + 20 + 96 + 8];

#[test]
fn one_unreadable_table_in_the_closure_is_enough_to_leave_it_open() {
    let [exports, imports] = DIRECTORIES;
    // `w3core.dll` imports from both; what is behind an unreadable table is not called missing.
    for (name, directory) in
        [("w3dt.dll", imports), ("w3dt.dll", exports), ("iisutil.dll", exports)]
    {
        let image = image(&place(name), 3959, "gdr", Machine::I386);
        let image = image.imports("kernel32.dll", &[Symbol::Name("ExitProcess")]);
        let mut bytes = image.build();
        bytes[directory..directory + 4].copy_from_slice(&0x7000_0000_u32.to_le_bytes());
        let host = Host::new(Level::SP2).odd_file(name, bytes).file("gzip.dll", 0);
        let expected = ["behind-os gzip.dll".to_owned(), format!("unreadable {name}")];
        let expected = expected.each_ref().map(String::as_str);
        check_short(&host, Status::Inconclusive, &expected);
    }
}

#[test]
fn an_unreadable_program_leaves_open_whether_it_loads() {
    let host = Host::new(Level::SP2).odd_file("w3wp.exe", "MZ").file("gzip.dll", 0);
    check_short(&host, Status::Inconclusive, &["behind-os gzip.dll", "truncated w3wp.exe"]);
}

#[test]
fn a_component_without_its_files_is_inconclusive() {
    check_short(
        &Host::new(Level::SP2).without("w3wp.exe"),
        Status::Inconclusive,
        &["unreadable w3wp.exe"],
    );
    let mut host = Host::new(Level::SP2);
    host.components.insert("iis_ftp", 1);
    check_short(&host, Status::Inconclusive, &["unreadable ftpsvc2.dll"]);
}

#[test]
fn a_file_without_a_known_level_is_inconclusive() {
    let none = Host::new(Level::SP2).odd_file("asp.dll", Image::default().build());
    check_short(&none, Status::Inconclusive, &["unreadable asp.dll"]);
    let later = Image::with_version(FileVersion::new(7, 0, 6000, 16386));
    let other = Host::new(Level::SP2).odd_file("asp.dll", later.build());
    check_short(&other, Status::Inconclusive, &["unreadable asp.dll"]);
    let verdict = other.verdict();
    assert_eq!(verdict.findings[0].found, Some(FileVersion::new(7, 0, 6000, 16386)));
}

#[test]
fn without_a_registry_a_mismatch_is_seen_and_consistent_is_not_claimed() {
    let host = Host { has_hives: false, ..Host::new(Level::SP2) };
    check_short(&host, Status::Inconclusive, &["unreadable software"]);
    check_short(&host.file("asp.dll", 0), Status::Mismatch, &["behind-os asp.dll"]);
}

#[test]
fn a_damaged_registry_could_hide_drift() {
    let host = Host::new(Level::SP2);
    let hive = host.software_hive().build();
    let cut = host.clone().odd_file("system32/config/software", &hive[..hive.len() - 8]);
    check_short(&cut, Status::Inconclusive, &["truncated software"]);
    let torn = host.clone().odd_file("system32/config/software", "not a hive");
    check_short(&torn, Status::Inconclusive, &["unreadable software"]);
    check_short(
        &torn.file("asp.dll", 0),
        Status::Mismatch,
        &["unreadable software", "behind-os asp.dll"],
    );
    let system = host.odd_file("system32/config/system", "not a hive");
    check_short(&system, Status::Inconclusive, &["unreadable system"]);
}

#[test]
fn a_level_that_nothing_tells_is_inconclusive() {
    let mut host = Host { has_hives: false, ..Host::new(Level::SP2) };
    host.files.retain(|path, _| path.contains("inetsrv"));
    check_short(&host, Status::Inconclusive, &["unreadable ntoskrnl.exe"]);
    // The closure needs no level.
    assert_eq!(host.without("iisutil.dll").verdict().status, Status::Broken);
}

#[test]
fn a_level_that_an_unreadable_file_could_change_is_inconclusive() {
    let host = Host::new(Level::SP2).file("asp.dll", 0);
    let kernel = host.clone().odd_file("system32/ntoskrnl.exe", "no PE file");
    // Two of three agree, so the kernel could not change it.
    check_short(&kernel, Status::Mismatch, &["behind-os asp.dll", "unreadable ntoskrnl.exe"]);
    let two = kernel.odd_file("system32/ntdll.dll", "no PE file");
    assert_eq!(two.verdict().status, Status::Inconclusive);
}

#[test]
fn findings_name_the_hive_as_a_file() {
    let mut root = Key::new("root");
    root.at("Select").number("Current", 1);
    let host = Host::new(Level::SP2).odd_file("system32/config/system", &root.build()[..5000]);
    let verdict = host.verdict();
    assert_eq!(verdict.findings[0].file, parsed("system32/config/system"));
    assert_eq!(verdict.findings[0].kind, FindingKind::Truncated);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Wherever a file of the host is cut, nothing is called consistent.
    #[test]
    fn a_host_with_a_file_cut_short_is_never_consistent(
        file in any::<prop::sample::Index>(),
        length in any::<prop::sample::Index>(),
    ) {
        let mut tree = Host::new(Level::SP2).tree();
        let files: Vec<_> = tree.iter().map(|(p, bytes)| (p.clone(), bytes.clone())).collect();
        let (path, bytes) = file.get(&files);
        tree.insert(path.clone(), &bytes[..length.index(bytes.len())]);
        let verdict = judge(&gather(&tree, &Advisories::built_in()));
        prop_assert_ne!(verdict.status, Status::Consistent, "{}", path);
        prop_assert!(verdict.findings.iter().any(|finding| &finding.file == path));
    }
}

/// What is wrong with a file of a component that is not installed hides no mismatch.
#[test]
fn an_unreadable_file_that_does_not_count_hides_no_drift() {
    let mut host = Host::new(Level::SP2).update("KB2124261", "SP3", &[("asp.dll", 4735)]);
    host.components.insert("iis_ftp", 0);
    let host = host.odd_file("ftpsvc2.dll", "no image");
    assert_eq!(host.verdict().status, Status::Drift);
    let known = patchstate_detect::advisory::Advisories::built_in();
    let path = "system32/inetsrv/ftpsvc2.dll".parse().unwrap();
    assert!(known.number(&path).is_some(), "a file of iis_ftp");
}

/// A DLL that nobody knows is asked for by one file or more: what is wrong with it is told once.
#[test]
fn what_is_wrong_with_a_file_in_the_closure_is_told_once() {
    let mut host = Host::new(Level::SP2).odd_file("strange.dll", "no image");
    for name in ["w3core.dll", "w3dt.dll"] {
        let asking = image(&format!("x/inetsrv/{name}"), 3959, "gdr", Machine::I386)
            .imports("strange.dll", &[]);
        host = host.odd_file(name, asking.build());
        let verdict = host.verdict();
        assert_eq!(verdict.status, Status::Inconclusive);
        let told = verdict.findings.iter().filter(|f| f.file.file_name() == "strange.dll").count();
        assert_eq!(told, 1, "{:#?}", verdict.findings);
    }
}
