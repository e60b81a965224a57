//! Files that wait for a restart; expectations worked out by hand.

use crate::support::Judged;
use patchstate_detect::{Advisories, gather};
use patchstate_terms::{Level, Status};
use patchstate_test_support::host::Host;

/// Checks status, findings, what would break, and the remedy.
fn check(host: &Host, status: Status, findings: &[&str], remedy: &[&str]) {
    let verdict = host.verdict();
    let found: Vec<String> = verdict.findings.iter().map(|f| f.key().to_string()).collect();
    assert_eq!(found, findings);
    let words: Vec<String> = verdict.remedy.iter().map(ToString::to_string).collect();
    assert_eq!(
        (verdict.status, words.iter().map(String::as_str).collect()),
        (status, remedy.to_vec())
    );
    // Until the restart every package refuses.
    let waits = findings.iter().any(|finding| finding.starts_with("pending-restart"));
    assert!(!waits || verdict.would_break.is_empty(), "{:?}", verdict.would_break);
}

/// An update that is recorded, and whose files wait.
fn with_waiting_update(host: Host) -> Host {
    let files = [("w3core.dll", 4600), ("w3dt.dll", 4600)];
    host.update("KB973917", "SP3", &files).waiting("w3core.dll", 4600).waiting("w3dt.dll", 4600)
}

#[test]
fn files_that_wait_are_drift_and_a_restart_is_all_they_need() {
    let host = with_waiting_update(Host::new(Level::SP2));
    let findings = [
        "pending-restart system32/inetsrv/w3core.dll (expected 6.0.3790.4600, found \
         6.0.3790.3959)",
        "pending-restart system32/inetsrv/w3dt.dll (expected 6.0.3790.4600, found 6.0.3790.3959)",
    ];
    check(&host, Status::Drift, &findings, &["restart"]);
}

/// The host of the incident between the update and the restart: it breaks with that, and the
/// service pack repairs it then.
#[test]
fn what_a_restart_would_break_is_repaired_behind_it() {
    let old = ["iisutil.dll", "w3core.dll", "w3dt.dll"];
    let host = old.into_iter().fold(Host::new(Level::SP2), |host, name| host.file(name, 0));
    let findings = [
        "behind-os system32/inetsrv/iisutil.dll (expected 6.0.3790.3959, found 6.0.3790.0)",
        "behind-os system32/inetsrv/w3core.dll (expected 6.0.3790.3959, found 6.0.3790.0)",
        "pending-restart system32/inetsrv/w3core.dll (expected 6.0.3790.4600, found 6.0.3790.0)",
        "behind-os system32/inetsrv/w3dt.dll (expected 6.0.3790.3959, found 6.0.3790.0)",
        "pending-restart system32/inetsrv/w3dt.dll (expected 6.0.3790.4600, found 6.0.3790.0)",
    ];
    check(&with_waiting_update(host), Status::Mismatch, &findings, &["restart", "sp2"]);
}

/// Every machine has such entries: what some installer leaves, files of other programs, and files
/// of Windows that the core knows nothing of.
#[test]
fn what_else_waits_makes_no_host_drift() {
    let host = Host::new(Level::SP2)
        .pending(r"\??\C:\Program Files\Setup\old.dll", "")
        .pending(r"\??\D:\temp\new.dll", r"!\??\D:\program\new.dll")
        .pending(r"\??\C:\WINDOWS\system32\SET12.tmp", r"!\??\C:\WINDOWS\system32\shell32.dll")
        .pending("nonsense", "")
        .pending(r"\??\C:\WINDOWS\system32\inetsrv\w3core.dll.bak", "");
    check(&host, Status::Consistent, &[], &[]);
    let evidence = gather(&host.tree(), &Advisories::built_in());
    assert_eq!(evidence.registry.is_restart_pending(), Ok(true));
    assert_eq!(evidence.registry.pending.len(), 5);
}

#[test]
fn a_copy_that_is_not_there_takes_no_place() {
    let from = r"\??\C:\WINDOWS\system32\inetsrv\SET3F.tmp";
    let host = Host::new(Level::SP2).pending(from, r"!\??\C:\WINDOWS\system32\inetsrv\asp.dll");
    check(&host, Status::Consistent, &[], &[]);
    let recorded = host.update("KB2124261", "SP3", &[("asp.dll", 4735)]);
    let finding = "recorded-not-present system32/inetsrv/asp.dll (KB2124261) (expected \
                   6.0.3790.4735, found 6.0.3790.3959)";
    check(&recorded, Status::Drift, &[finding], &["kb2124261"]);
}

/// Where the copy stands outside of the Windows folder, nothing is known of it.
#[test]
fn a_copy_that_cannot_be_looked_at_waits_all_the_same() {
    let host = Host::new(Level::SP2)
        .pending(r"\??\D:\temp\asp.dll", r"!\??\C:\WINDOWS\System32\Inetsrv\ASP.DLL");
    let finding = "pending-restart system32/inetsrv/asp.dll (found 6.0.3790.3959)";
    check(&host, Status::Drift, &[finding], &[]);
}

/// Deleted with the next restart: nothing that the core knows brings it back.
#[test]
fn a_file_that_a_restart_deletes_waits_for_it() {
    let host = Host::new(Level::SP2).pending(r"\??\C:\WINDOWS\system32\inetsrv\iisutil.dll", "");
    let finding = "pending-restart system32/inetsrv/iisutil.dll (found 6.0.3790.3959)";
    check(&host, Status::Drift, &[finding], &[]);
}

#[test]
fn whether_a_restart_is_pending_is_not_known_without_the_hive() {
    let pending = |host: &Host| {
        let evidence = gather(&host.tree(), &Advisories::built_in());
        evidence.registry.is_restart_pending().ok()
    };
    assert_eq!(pending(&Host::new(Level::SP2)), Some(false));
    assert_eq!(pending(&Host { has_hives: false, ..Host::new(Level::SP2) }), None);
    assert_eq!(pending(&Host::new(Level::SP2).odd_file("system32/config/system", "MZ")), None);
}
