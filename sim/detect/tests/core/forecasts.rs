//! Which updates would break a host, and remedies; expectations worked out by hand from the rules
//! of update.exe.

use crate::support::Judged;
use patchstate_terms::{Level, Machine, Status};
use patchstate_test_support::{
    host::{Host, image},
    image::Symbol,
};

fn words<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn check(host: &Host, status: Status, would_break: &[&str], remedy: &[&str]) {
    let verdict = host.verdict();
    assert_eq!(verdict.status, status, "{:#?}", verdict.findings);
    assert_eq!(words(&verdict.would_break), would_break);
    assert_eq!(words(&verdict.remedy), remedy);
}

/// os:rtm sp2 +iis@L
fn mixed(level: Level) -> Host {
    Host::new(Level::SP2).component("iis_common", level).component("iis_www", level)
}

#[test]
fn on_a_mixed_host_v1_and_ms10_040_would_break_and_v2_refuses() {
    let breaking = ["KB973917/v1", "KB982666"];
    check(&mixed(Level::RTM), Status::Mismatch, &breaking, &["sp2"]);
    check(&mixed(Level::SP1), Status::Mismatch, &breaking, &["sp2"]);
}

#[test]
fn a_broken_host_names_no_further_breaking_updates_and_is_cured_by_the_service_pack() {
    let host = mixed(Level::RTM).file("w3core.dll", 4600).file("w3dt.dll", 4600).update(
        "KB973917",
        "SP3",
        &[("w3core.dll", 4600), ("w3dt.dll", 4600)],
    );
    check(&host, Status::Broken, &[], &["sp2"]);
}

#[test]
fn a_recorded_later_release_refuses_the_earlier_one() {
    // One old file elsewhere makes a mismatch; `w3core.dll` is back at RTM with v2 recorded.
    let host = mixed(Level::RTM).update("KB973917-v2", "SP3", &[("w3core.dll", 4667)]);
    check(&host, Status::Mismatch, &["KB982666"], &["sp2", "kb973917/v2"]);
}

#[test]
fn updates_break_nothing_on_a_consistent_host_or_without_a_worker_process() {
    check(&Host::new(Level::SP2), Status::Consistent, &[], &[]);
    check(&Host::new(Level::RTM), Status::Consistent, &[], &[]);
    let mut common = Host::new(Level::SP2).component("iis_common", Level::RTM);
    common.components.insert("iis_www", 0);
    common.files.retain(|path, _| !path.contains("/w3") && !path.contains("asp.dll"));
    check(&common, Status::Mismatch, &[], &["sp2"]);
}

#[test]
fn an_update_that_would_not_replace_w3core_breaks_nothing() {
    let host = Host::new(Level::SP2).file("iisutil.dll", 3304).file("w3core.dll", 3959);
    check(&host, Status::Mismatch, &["KB973917/v1", "KB982666"], &["sp2"]);
    let absent = host.without("w3core.dll");
    // A file that is not there is neither replaced nor brought back.
    check(&absent, Status::Broken, &[], &[]);
}

#[test]
fn drift_is_cured_by_the_recorded_release_itself() {
    let asp = Host::new(Level::SP2).update("KB2124261", "SP3", &[("asp.dll", 4735)]);
    check(&asp, Status::Drift, &[], &["kb2124261"]);
    let first = Host::new(Level::SP2).update("KB973917", "SP3", &[("w3core.dll", 4600)]);
    check(&first, Status::Drift, &[], &["kb973917/v1"]);
}

#[test]
fn one_cumulative_update_cures_several_drifts() {
    // Both bring asp.dll; the higher one alone is enough.
    let host = Host::new(Level::SP2).update("KB942830", "SP3", &[("asp.dll", 4195)]).update(
        "KB2124261",
        "SP3",
        &[("asp.dll", 4735)],
    );
    check(&host, Status::Drift, &[], &["kb2124261"]);
    // A QFE copy pulls the higher QFE copy from the migration folder.
    check(&host.qfe_file("asp.dll", 3959), Status::Drift, &[], &["kb942830"]);
}

#[test]
fn files_ahead_need_the_service_pack_that_they_came_from() {
    // os:rtm +iis_common sp2 +iis_www kb973917 -sp2
    let host = Host::new(Level::RTM)
        .component("iis_www", Level::SP2)
        .file("w3core.dll", 4667)
        .file("w3dt.dll", 4667)
        .update("KB973917-v2", "SP3", &[("w3core.dll", 4667), ("w3dt.dll", 4667)]);
    check(&host, Status::Broken, &[], &["sp2"]);
    check(&Host::new(Level::RTM).file("asp.dll", 1830), Status::Mismatch, &[], &["sp1"]);
    let x64 = Host { machine: Machine::Amd64, ..Host::new(Level::RTM).file("asp.dll", 1830) };
    check(&x64, Status::Mismatch, &[], &["sp2"]);
}

#[test]
fn a_service_pack_that_migrates_recorded_updates_cures_their_drift() {
    // KB913441 recorded for SP1, then -sp1.
    let host = Host::new(Level::RTM).update("KB913441", "SP2", &[("adsiis.dll", 2620)]);
    check(&host, Status::Drift, &[], &["sp1"]);
}

#[test]
fn what_a_record_lists_counts_at_levels_for_which_the_update_is_not() {
    // SP1 would cure the one file that is ahead; but it would leave the update's files older than
    // the record says, which is for SP2.
    let ahead = Host::new(Level::RTM).file("asp.dll", 1830);
    check(&ahead, Status::Mismatch, &[], &["sp1"]);
    let files = [("w3core.dll", 4600), ("w3dt.dll", 4600)];
    let verdict = ahead.update("KB973917", "SP3", &files).verdict();
    assert_eq!(verdict.status, Status::Mismatch);
    assert_eq!(words(&verdict.remedy).first().map(String::as_str), Some("sp2"), "{verdict:#?}");
}

#[test]
fn an_update_that_the_core_does_not_know_is_installed_again() {
    let host = Host::new(Level::SP2).update("KB999999", "SP3", &[("asp.dll", 5000)]);
    check(&host, Status::Drift, &[], &["kb999999"]);
}

#[test]
fn an_inconclusive_host_names_what_would_break_it_and_no_remedy() {
    let host = mixed(Level::RTM).odd_file("w3cache.dll", "no PE file");
    let core =
        image("x/inetsrv/w3core.dll", 0, "gdr", Machine::I386).imports("w3cache.dll", &[]).build();
    let host = host.odd_file("w3core.dll", core);
    check(&host, Status::Inconclusive, &["KB973917/v1", "KB982666"], &[]);
}

/// Its own file is older than its record says, and no other step brings that file.
#[test]
fn an_update_that_the_core_does_not_know_is_the_remedy_for_files_that_it_alone_has() {
    let other = |revision: u16| {
        let path = "system32/inetsrv/other.dll";
        image(path, revision, "gdr", Machine::I386).build()
    };
    let host = Host::new(Level::SP2).update("KB999999-v2", "SP3", &[("other.dll", 5000)]);
    check(&host.clone().odd_file("other.dll", other(4999)), Status::Drift, &[], &["kb999999/v2"]);
    check(&host.clone().odd_file("other.dll", other(5000)), Status::Consistent, &[], &[]);
    check(&host.clone().odd_file("other.dll", other(5001)), Status::Consistent, &[], &[]);
    // Where its files are as it says, it is no remedy for what another update lacks.
    let drift = host.update("KB2124261", "SP3", &[("asp.dll", 4735)]);
    check(&drift.odd_file("other.dll", other(5000)), Status::Drift, &[], &["kb2124261"]);
}

/// An update is registered under the service pack that will contain it.
#[test]
fn a_service_pack_settles_the_unknown_updates_that_it_contains() {
    let files = [("w3core.dll", 5000)];
    let ahead = Host::new(Level::RTM).file("asp.dll", 3959);
    // The first service pack would leave the file ahead.
    check(&ahead, Status::Mismatch, &[], &["sp2"]);
    let contained = ahead.clone().update("KB999999", "SP2", &files);
    check(&contained, Status::Mismatch, &[], &["sp2"]);
    let later = ahead.update("KB999999", "SP3", &files);
    check(&later, Status::Mismatch, &[], &["sp2", "kb999999"]);
}

/// All files are of one level; one of them asks for a function that its neighbour does not have.
#[test]
fn an_import_that_does_not_resolve_is_mended_by_an_update_that_replaces_the_file() {
    let core = image("x/inetsrv/w3core.dll", 3959, "gdr", Machine::I386)
        .imports("iisutil.dll", &[Symbol::Name("NobodyHasThis")])
        .build();
    // Of the updates that bring `w3core.dll` the first, and of its releases the latest.
    let host = Host::new(Level::SP2).odd_file("w3core.dll", core);
    check(&host, Status::Broken, &[], &["kb973917/v2"]);
}

/// Whether the worker process loads now is open; what the updates would do to its files is not.
#[test]
fn a_host_whose_worker_process_cannot_be_read_names_what_would_break_it() {
    let host = mixed(Level::RTM).odd_file("w3wp.exe", "no PE file");
    check(&host, Status::Inconclusive, &["KB973917/v1", "KB982666"], &[]);
}

/// What the registry says after all of these were installed on Service Pack 2.
fn recorded(host: Host) -> Host {
    host.update("KB942831", "SP3", &[("infocomm.dll", 4215)])
        .update("KB982666", "SP3", &[("w3core.dll", 4693), ("w3dt.dll", 4693)])
        .update("KB3197835", "SP3", &[("httpext.dll", 5955)])
}

/// Each of the three updates has files of its own, and all of them have to be lifted first: four
/// steps are the fewest that remove nothing. `-sp2 sp2` has two, where there is a backup.
#[test]
fn a_remedy_is_the_service_pack_and_each_update_whose_files_nothing_else_brings() {
    let breaking = ["KB973917/v1", "KB982666"];
    let remedy = ["sp2", "kb942831", "kb982666", "kb3197835"];
    check(&recorded(mixed(Level::RTM)), Status::Mismatch, &breaking, &remedy);
}

/// os:sp2 +iis, the three updates, and one component removed and added again.
#[test]
fn an_update_whose_files_are_in_place_is_no_part_of_a_remedy() {
    let host = recorded(Host::new(Level::SP2)).file("infocomm.dll", 4215);
    check(&host, Status::Drift, &[], &["kb982666", "kb3197835"]);
    let host = host.file("httpext.dll", 5955);
    check(&host, Status::Drift, &[], &["kb982666"]);
}

/// KB982666 brings both files of KB973917 in a higher revision, KB2124261 the file of KB942830.
#[test]
fn an_update_that_a_later_one_of_the_remedy_replaces_is_no_part_of_it() {
    let both = |host: Host| {
        recorded(host)
            .update("KB973917-v2", "SP3", &[("w3core.dll", 4667), ("w3dt.dll", 4667)])
            .update("KB942830", "SP3", &[("asp.dll", 4195)])
            .update("KB2124261", "SP3", &[("asp.dll", 4735)])
    };
    let remedy = ["kb942831", "kb982666", "kb2124261", "kb3197835"];
    check(&both(Host::new(Level::SP2)), Status::Drift, &[], &remedy);
    let remedy = ["sp2", "kb942831", "kb982666", "kb2124261", "kb3197835"];
    // The first release of a recorded second one is refused, so that it breaks nothing.
    check(&both(mixed(Level::RTM)), Status::Mismatch, &["KB982666"], &remedy);
}

/// It is installed anew on the way to Service Pack 2: KB942830 and KB917537 on Service Pack 1, with
/// IIS added again from its media. Service Pack 2 contains KB917537 and installs KB942830 again.
#[test]
fn a_service_pack_of_a_higher_level_is_advised_where_it_does_what_updates_would_do() {
    let host = Host::new(Level::SP1)
        .update("KB917537", "SP2", &[("asp.dll", 2684)])
        .update("KB942831", "SP3", &[("infocomm.dll", 3068)])
        .update("KB942830", "SP3", &[("asp.dll", 3050)]);
    check(&host, Status::Drift, &[], &["sp2"]);
    // A single update is as short, but service packs come first among equals.
    let one = Host::new(Level::SP1).update("KB942830", "SP3", &[("asp.dll", 3050)]);
    check(&one, Status::Drift, &[], &["sp2"]);
}
