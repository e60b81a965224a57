//! What the core does not know of a catalog, and what its advisories would need.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops there")]

use patchstate_catalog::{Catalog, built_in_files, read_catalog};
use patchstate_detect::Advisories;
use patchstate_source::SourceFile;
use patchstate_study::{CoreGap, core_gaps};
use patchstate_test_model::made_up;

/// The built-in catalog with something replaced in some of its files.
fn changed(changes: &[(&str, &str, &str)]) -> Catalog {
    let files = built_in_files().iter().map(|(name, text)| {
        let mut text = (*text).to_owned();
        for (file, from, to) in changes.iter().filter(|(file, ..)| file == name) {
            assert!(text.contains(from), "{file} has no {from}");
            text = text.replace(from, to);
        }
        SourceFile::new(name, &text)
    });
    let (catalog, mistakes) = read_catalog("changed", &files.collect::<Vec<_>>());
    catalog.unwrap_or_else(|| panic!("{mistakes:#?}"))
}

/// Tables of advisories, by the names of their files.
type Tables = Vec<(&'static str, toml::Table)>;

fn built_in() -> Tables {
    let parsed = |text: &str| text.parse().expect("the built-in advisories are TOML");
    Advisories::BUILT_IN.iter().map(|(name, text)| (*name, parsed(text))).collect()
}

fn read(tables: &Tables) -> Advisories {
    let texts: Vec<(&str, String)> =
        tables.iter().map(|(name, table)| (*name, table.to_string())).collect();
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Advisories::read(&texts).expect("advisories without a mistake")
}

/// The entries of a section.
fn entries<'t>(tables: &'t mut Tables, file: &str, section: &str) -> &'t mut Vec<toml::Value> {
    let table = tables.iter_mut().find(|(name, _)| *name == file);
    let section = table.and_then(|(_, table)| table.get_mut(section)?.as_array_mut());
    section.expect("a section that is there")
}

/// Adds the rows that some gaps need.
fn add_rows(tables: &mut Tables, gaps: &[CoreGap]) {
    for gap in gaps {
        let (file, rows) = gap.needs.split_once(":\n").expect("a file and rows");
        let rows: toml::Table = rows.parse().expect("rows of TOML");
        for (section, more) in rows {
            let more = more.as_array().expect("entries").clone();
            entries(tables, file, &section).extend(more);
        }
    }
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
        let catalog = made_up::catalog(&[file], levels, 2);
        let gaps = core_gaps(&catalog, &Advisories::built_in());
        let says: Vec<&str> = gaps.iter().map(|gap| gap.message.as_str()).collect();
        assert_eq!(says, ["the core knows no KB9900001", "the core knows no KB9900002"]);
        assert!(gaps.iter().all(|gap| gap.code.name == "core/unknown"));
        let mut tables = built_in();
        add_rows(&mut tables, &gaps);
        assert_eq!(core_gaps(&catalog, &read(&tables)), [], "{gaps:#?}");
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
            "revision = 0\n",
            "revision = 1\n",
            "other revisions of 5.2.3790.* begin the levels",
        ),
    ];
    for (file, from, to, says) in cases {
        let gaps = core_gaps(&changed(&[(file, from, to)]), &Advisories::built_in());
        assert!(gaps.iter().any(|gap| gap.message == says), "{from}: {gaps:#?}");
    }
}

/// What holds by default is a difference, and what holds under another value is none. An entry of
/// the core has no place for a function that later copies lack.
#[test]
fn what_a_later_copy_lacks_cannot_be_told_to_the_core() {
    let (always, when) = ("before = 1830", "before = 1830, when = \"A28=fails\"");
    let both = [("files-os.toml", when, always), ("files-web.toml", when, always)];
    let gaps = core_gaps(&changed(&both), &Advisories::built_in());
    let [gap] = gaps.as_slice() else { panic!("{gaps:#?}") };
    assert_eq!(gap.code.name, "core/fixed");
    let says = "system32/inetsrv/w3dt.dll needs something of system32/httpapi.dll that revisions \
                from 1830 on lack, and the core cannot be told";
    assert_eq!(gap.message, says);
    let fails = Catalog::built_in().assuming([("A28", "fails")]);
    assert_eq!(core_gaps(&fails, &Advisories::built_in()), gaps);
}

#[test]
fn what_is_taken_out_of_the_advisories_is_what_they_need() {
    let catalog = Catalog::built_in();
    let w3core = "system32/inetsrv/w3core.dll";
    for (file, section, key, value, says) in [
        ("platform.toml", "family", "version", "6.0.3790", "no versions 6.0.3790.*"),
        ("platform.toml", "system_file", "path", "system32/ntdll.dll", "system file"),
        ("platform.toml", "service_pack", "level", "sp1", "no SP1"),
        ("platform.toml", "service_pack", "level", "sp2", "no SP2"),
        ("components.toml", "component", "id", "iis_inetmgr", "no component iis_inetmgr"),
        ("updates.toml", "update", "id", "KB3197835", "no KB3197835"),
        ("requirements.toml", "requirement", "file", w3core, "needs revision 3959"),
    ] {
        let mut tables = built_in();
        let section = entries(&mut tables, file, section);
        let count = section.len();
        section.retain(|entry| entry.get(key).and_then(toml::Value::as_str) != Some(value));
        assert_eq!(section.len(), count - 1, "{value}");
        let gaps = core_gaps(&catalog, &read(&tables));
        let [gap] = gaps.as_slice() else { panic!("{value}: {gaps:#?}") };
        assert_eq!(gap.code.name, "core/unknown");
        assert!(gap.message.contains(says), "{}", gap.message);
        add_rows(&mut tables, &gaps);
        assert_eq!(core_gaps(&catalog, &read(&tables)), [], "{}", gap.needs);
    }
}

#[test]
fn what_the_worker_loads_and_where_from_is_compared() {
    for (key, value, says) in [
        ("loads", vec!["w3core.dll"], "loads other files at run time"),
        ("folders", vec!["system32"], "searches other folders"),
    ] {
        let mut tables = built_in();
        let platform = tables.iter_mut().find(|(name, _)| *name == "platform.toml");
        let worker = platform.and_then(|(_, table)| table.get_mut("worker")?.as_table_mut());
        let worker = worker.expect("it is there");
        let built_in = worker.insert(key.to_owned(), value.into()).expect("it is there");
        let gaps = core_gaps(&Catalog::built_in(), &read(&tables));
        let [gap] = gaps.as_slice() else { panic!("{gaps:#?}") };
        assert_eq!(gap.code.name, "core/otherwise");
        assert!(gap.message.contains(says), "{}", gap.message);
        let rows = gap.needs.strip_prefix("platform.toml:\n").expect("the file");
        let rows: toml::Table = rows.parse().expect("rows of TOML");
        assert_eq!(rows["worker"][key], built_in);
    }
}
