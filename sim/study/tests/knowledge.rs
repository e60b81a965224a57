//! What the core does not know of a catalog, and what its advisories would need.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::{Catalog, built_in_files, read_catalog};
use patchstate_detect::Advisories;
use patchstate_source::SourceFile;
use patchstate_study::{CoreGap, core_gaps};
use patchstate_test_model::made_up;

/// The built-in catalog with something replaced in one of its files.
fn changed(file: &str, from: &str, to: &str) -> Catalog {
    let files: Vec<SourceFile> = built_in_files()
        .iter()
        .map(|(name, text)| {
            let is_it = *name == file;
            assert!(!is_it || text.contains(from), "{file} has no {from}");
            let text = if is_it { text.replace(from, to) } else { (*text).to_owned() };
            SourceFile::new(name, &text)
        })
        .collect();
    let (catalog, mistakes) = read_catalog("changed", &files);
    catalog.unwrap_or_else(|| panic!("{mistakes:#?}"))
}

/// The built-in advisories with the rows of some gaps more.
fn with_rows(gaps: &[CoreGap]) -> Advisories {
    let files: Vec<(&str, String)> = Advisories::BUILT_IN
        .iter()
        .map(|(name, text)| {
            let rows = gaps.iter().filter_map(|gap| gap.needs.strip_prefix(&format!("{name}:")));
            (*name, rows.fold((*text).to_owned(), |text, rows| format!("{text}\n{rows}\n")))
        })
        .collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Advisories::read(&files).expect("rows that can be read")
}

#[test]
fn the_built_in_core_knows_the_built_in_catalog() {
    assert_eq!(core_gaps(&Catalog::built_in(), &Advisories::built_in()), []);
}

#[test]
fn with_the_rows_that_it_needs_the_core_knows_new_updates() {
    for (file, levels) in [
        ("system32/inetsrv/w3core.dll", &made_up::LEVELS[..]),
        ("system32/httpapi.dll", &made_up::LEVELS[1..]),
    ] {
        let catalog = made_up::catalog(file, levels, 2);
        let gaps = core_gaps(&catalog, &Advisories::built_in());
        let says: Vec<&str> = gaps.iter().map(|gap| gap.message.as_str()).collect();
        assert_eq!(says, ["the core knows no KB9900001", "the core knows no KB9900002"]);
        assert!(gaps.iter().all(|gap| gap.code.name == "core/unknown"));
        assert_eq!(core_gaps(&catalog, &with_rows(&gaps)), [], "{gaps:#?}");
    }
}

#[test]
fn every_difference_is_said() {
    let cases = [
        (
            "updates.toml",
            "revision = 4584",
            "revision = 4585",
            "KB975254: release 1 brings other files at SP2",
        ),
        (
            "updates.toml",
            "qfe_only = true",
            "qfe_only = false",
            "KB913441: the core differs in whether it is QFE only",
        ),
        (
            "updates.toml",
            "refuses_lower_lineage = 0xF0F4\n",
            "",
            "KB973917: release 2: the core differs in whether it refuses hosts with older files",
        ),
        ("updates.toml", "KB976323", "KB976324", "the core knows no KB976324"),
        (
            "levels.toml",
            "revision = 1830",
            "revision = 1829",
            "other revisions of 5.2.3790.* begin the levels",
        ),
    ];
    for (file, from, to, says) in cases {
        let gaps = core_gaps(&changed(file, from, to), &Advisories::built_in());
        assert!(gaps.iter().any(|gap| gap.message == says), "{from}: {gaps:#?}");
    }
}
