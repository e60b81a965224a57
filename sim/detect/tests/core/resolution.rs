//! Import resolution in the load closure of the worker process, as a table of cases.

use crate::support::Judged;
use patchstate_terms::{Level, Machine, Status};
use patchstate_test_support::{
    host::{Host, image, place},
    image::{Export, Image, Symbol},
};

/// The findings about imports, as `file: kind dll!symbol`.
fn check(host: &Host, status: Status, expected: &[&str]) {
    let verdict = host.verdict();
    let found: Vec<String> = verdict
        .findings
        .iter()
        .map(|f| match &f.import {
            Some(import) => format!("{}: {} {import}", f.file.file_name(), f.kind),
            None => format!("{}: {}", f.file.file_name(), f.kind),
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(verdict.status, status);
}

fn sp2_image(name: &str) -> Image {
    image(&place(name), 3959, "gdr", Machine::I386)
}

/// A host whose `w3tp.dll` imports something more from `iisutil.dll`, which exports these.
fn with_import(symbols: &[Symbol], exports: &[Export]) -> Host {
    let core = sp2_image("w3core.dll").imports("w3tp.dll", &[]);
    let importer = sp2_image("w3tp.dll").imports("iisutil.dll", symbols);
    let exporter = sp2_image("iisutil.dll").exports(exports);
    Host::new(Level::SP2)
        .odd_file("w3core.dll", core.build())
        .odd_file("w3tp.dll", importer.build())
        .odd_file("iisutil.dll", exporter.build())
}

#[test]
fn names_are_compared_exactly() {
    let exports = [Export::Named(b"Lock")];
    check(&with_import(&[Symbol::Name("Lock")], &exports), Status::Consistent, &[]);
    check(
        &with_import(&[Symbol::Name("LOCK"), Symbol::Name("Lock")], &exports),
        Status::Broken,
        &["w3tp.dll: unresolved-import iisutil.dll!LOCK"],
    );
}

#[test]
fn ordinals_need_an_address() {
    // `iisutil.dll` of these hosts exports three symbols; the fourth is this empty one.
    let exports = [Export::Empty("Nothing")];
    check(&with_import(&[Symbol::Ordinal(3)], &exports), Status::Consistent, &[]);
    check(
        &with_import(&[Symbol::Ordinal(4), Symbol::Ordinal(0)], &exports),
        Status::Broken,
        &[
            "w3tp.dll: unresolved-import iisutil.dll!#0",
            "w3tp.dll: unresolved-import iisutil.dll!#4",
        ],
    );
}

#[test]
fn chains_of_forwarders_are_followed_to_their_end() {
    let host = |target| {
        with_import(&[Symbol::Name("Far")], &[Export::Forwarded("Far", "w3dt.Next")]).odd_file(
            "w3dt.dll",
            sp2_image("w3dt.dll").exports(&[Export::Forwarded("Next", target)]).build(),
        )
    };
    check(&host("W3CACHE.#1"), Status::Broken, &["w3tp.dll: unresolved-import iisutil.dll!Far"]);
    let cache = sp2_image("w3cache.dll").exports(&[Export::Nameless]);
    check(&host("W3CACHE.#1").odd_file("w3cache.dll", cache.build()), Status::Consistent, &[]);
    check(&host("ntdll.RtlExit"), Status::Consistent, &[]);
    check(&host("ntdll.Nothing"), Status::Broken, &["w3tp.dll: unresolved-import iisutil.dll!Far"]);
    check(&host("noseparator"), Status::Broken, &["w3tp.dll: unresolved-import iisutil.dll!Far"]);
    check(&host("elsewhere.Unknown"), Status::Consistent, &[]);
}

/// Wine 8 takes `w3.t.Two` to lead into a file `w3.t`, `ReactOS` into `w3.dll`.
#[test]
fn a_forwarder_with_several_dots_is_not_known_to_lead_anywhere() {
    let whole = sp2_image("w3.t.dll").exports(&[Export::Named(b"Two")]).build();
    for target in ["w3.t.Two", "w3.t.#1", "w3.t.One", "no.where.Two"] {
        let host = with_import(&[Symbol::Name("A")], &[Export::Forwarded("A", target)])
            .odd_file("w3.t.dll", whole.clone());
        check(&host, Status::Inconclusive, &["iisutil.dll: unreadable"]);
        // What is known to be missing counts more.
        let host =
            with_import(&[Symbol::Name("A"), Symbol::Name("B")], &[Export::Forwarded("A", target)]);
        let broken = ["iisutil.dll: unreadable", "w3tp.dll: unresolved-import iisutil.dll!B"];
        check(&host, Status::Broken, &broken);
    }
    let unused = with_import(&[], &[Export::Forwarded("A", "w3.t.Two")]);
    check(&unused, Status::Consistent, &[]);
}

#[test]
fn a_loop_of_forwarders_resolves_to_nothing() {
    let host = with_import(
        &[Symbol::Name("A")],
        &[Export::Forwarded("A", "iisutil.B"), Export::Forwarded("B", "IISUTIL.A")],
    );
    check(&host, Status::Broken, &["w3tp.dll: unresolved-import iisutil.dll!A"]);
}

#[test]
fn a_forwarder_into_an_absent_file_of_iis_does_not_resolve() {
    let host =
        with_import(&[Symbol::Name("A")], &[Export::Forwarded("A", "gzip.A")]).without("gzip.dll");
    check(&host, Status::Broken, &["w3tp.dll: unresolved-import iisutil.dll!A"]);
}

/// Whoever replaces the file that forwards mends nothing.
#[test]
fn the_reason_names_the_file_that_a_forwarder_leads_to() {
    let host = |target| with_import(&[Symbol::Name("A")], &[Export::Forwarded("A", target)]);
    let reason = |host: &Host| {
        let findings = host.verdict().findings;
        let about = |f: &&patchstate_terms::Finding| f.import.is_some();
        findings.iter().find(about).unwrap().detail.clone()
    };
    let says = |clause: &str| {
        format!(
            "w3tp.dll imports A from iisutil.dll, and {clause}, so the worker process does not \
             start."
        )
    };
    assert_eq!(
        reason(&host("gzip.A").without("gzip.dll")),
        says("iisutil.dll forwards it to gzip.A, and gzip.dll, a file of IIS, is not there")
    );
    assert_eq!(
        reason(&host("gzip.A")),
        says("iisutil.dll forwards it to gzip.A, and gzip.dll 6.0.3790.3959 does not provide it")
    );
    assert_eq!(
        reason(&host("nowhere")),
        says("iisutil.dll forwards it to nowhere, which names nothing")
    );
    assert_eq!(reason(&host("iisutil.A")), says("iisutil.dll forwards it in a circle"));
    assert_eq!(
        reason(&with_import(&[Symbol::Name("A")], &[])),
        says("iisutil.dll 6.0.3790.3959 does not provide it")
    );
}

/// Nobody knows the DLL, and no import names it; it stands beside the worker process.
#[test]
fn a_forwarder_is_followed_into_a_file_that_nothing_else_asks_for() {
    let host = |name: &'static [u8]| {
        let strange = sp2_image("strange.dll").exports(&[Export::Named(name)]);
        with_import(&[Symbol::Name("A")], &[Export::Forwarded("A", "strange.A")])
            .odd_file("strange.dll", strange.build())
    };
    check(&host(b"A"), Status::Consistent, &[]);
    check(&host(b"B"), Status::Broken, &["w3tp.dll: unresolved-import iisutil.dll!A"]);
}

#[test]
fn delayed_imports_are_not_part_of_the_closure() {
    let mut core = sp2_image("w3core.dll");
    core.delayed = vec![("iisutil.dll", vec![Symbol::Name("Nothing")])];
    let host = Host::new(Level::SP2).odd_file("w3core.dll", core.build());
    check(&host, Status::Consistent, &[]);
}

#[test]
fn an_absent_file_of_iis_is_missing_and_any_other_is_unknown() {
    check(
        &Host::new(Level::SP2).without("iisutil.dll"),
        Status::Broken,
        &["w3core.dll: missing-dll iisutil.dll"],
    );
    check(
        &Host::new(Level::SP2).without("w3core.dll"),
        Status::Broken,
        &["w3wp.exe: missing-dll w3core.dll"],
    );
    check(
        &Host::new(Level::SP2).without("system32/kernel32.dll").without("system32/ntdll.dll"),
        Status::Consistent,
        &[],
    );
    // A file outside the closure may be absent without breaking anything.
    check(&Host::new(Level::SP2).without("asp.dll"), Status::Consistent, &[]);
}

#[test]
fn system_files_that_are_there_are_resolved_against() {
    let kernel = image("system32/kernel32.dll", 3959, "gdr", Machine::I386);
    let empty = Image { exports: vec![], ..kernel };
    let host = Host::new(Level::SP2).odd_file("system32/kernel32.dll", empty.build());
    check(
        &host,
        Status::Broken,
        &[
            "w3core.dll: unresolved-import kernel32.dll!ExitProcess",
            "w3wp.exe: unresolved-import kernel32.dll!ExitProcess",
        ],
    );
    // With a manifest, Windows may take the DLL from elsewhere.
    let program = Image { has_manifest: true, ..sp2_image("w3wp.exe") };
    check(&host.odd_file("w3wp.exe", program.build()), Status::Consistent, &[]);
}

#[test]
fn the_folder_of_the_program_is_searched_before_system32() {
    let host = Host::new(Level::SP2).without("iisutil.dll");
    let good = host.clone().odd_file("system32/iisutil.dll", sp2_image("iisutil.dll").build());
    check(&good, Status::Consistent, &[]);
    let shadowed =
        good.odd_file("iisutil.dll", image(&place("iisutil.dll"), 0, "gdr", Machine::I386).build());
    let core = image(&place("w3core.dll"), 4600, "gdr", Machine::I386);
    check(
        &shadowed.odd_file("w3core.dll", core.build()),
        Status::Broken,
        &[
            "iisutil.dll: behind-os",
            "w3core.dll: unresolved-import iisutil.dll!TestOnlyNewFunction",
        ],
    );
}

#[test]
fn a_file_for_another_machine_in_the_closure_breaks_it_without_further_findings() {
    let other = image(&place("iisutil.dll"), 3959, "gdr", Machine::Amd64);
    let host = Host::new(Level::SP2).odd_file("iisutil.dll", other.build());
    check(&host, Status::Broken, &["iisutil.dll: wrong-architecture"]);
    let asp = image(&place("asp.dll"), 3959, "gdr", Machine::Amd64);
    let outside = Host::new(Level::SP2).odd_file("asp.dll", asp.build());
    check(&outside, Status::Consistent, &["asp.dll: wrong-architecture"]);
}

#[test]
fn names_that_lead_out_of_the_folders_are_unknown() {
    let core = sp2_image("w3core.dll").imports(r"..\..\evil.dll", &[Symbol::Name("A")]);
    check(&Host::new(Level::SP2).odd_file("w3core.dll", core.build()), Status::Consistent, &[]);
}
