//! Every diagnostic, by a small edit of the built-in catalog that plants the mistake.

use patchstate_catalog::{CODES, CatalogError, built_in_files, check, load, read_catalog};
use patchstate_source::{Diagnostic, Severity, SourceFile};
use std::{collections::BTreeSet, fs};

/// A planted mistake and what has to be said about it.
struct Planted {
    code: &'static str,
    file: &'static str,
    /// The first occurrence of this text ...
    find: &'static str,
    /// ... becomes this one.
    replace: &'static str,
    /// Stands in the line of the diagnostic: its first occurrence from the edit on, or else the
    /// last one before.
    line_with: &'static str,
    /// The bytes that the diagnostic marks.
    marked: &'static str,
    /// Help that is offered; empty where none is expected.
    help: &'static str,
}

/// A row of the table.
macro_rules! planted {
    ($code:literal, $file:literal, $find:expr => $replace:literal,
     $line_with:literal: $marked:literal $(, help $help:literal)?) => {
        Planted {
            code: concat!("catalog/", $code),
            file: concat!($file, ".toml"),
            find: $find,
            replace: $replace,
            line_with: $line_with,
            marked: $marked,
            help: concat!($($help)?),
        }
    };
}

const READING: &[Planted] = &[
    planted!("syntax", "levels", "revision = 1830" => "revision = = 1830",
        "revision = = 1830": "="),
    planted!("unknown-section", "components", "[[group]]" => "[[grup]]",
        "[[grup]]": "grup", help "did you mean `group`?"),
    planted!("wrong-section", "levels", "[catalog]" => "[[catalog]]",
        "[[catalog]]": "[[catalog]]", help "write `[catalog]`"),
    planted!("unknown-field", "components", "title = \"IIS Manager\"" => "titel = \"x\"",
        "titel": "titel", help "did you mean `title`?"),
    planted!("missing-field", "levels", "cache_folder = \"i386\"\n" => "",
        "id = \"x86\"": "[[architecture]]"),
    planted!("missing-field", "levels", "gdr_prefix = \"srv03_gdr\"\n" => "",
        "id = \"rtm\"": "[[level]]", help "add `gdr_prefix = \"...\"`"),
    planted!("wrong-type", "levels", "revision = 1830" => "revision = 70000",
        "revision = 70000": "70000"),
    planted!("duplicate-section", "symptoms",
        "# What" => "[catalog]\nname = \"x\"\ntitle = \"y\"\n# What",
        "[catalog]": "[catalog]"),
];

const WORDS: &[Planted] = &[
    planted!("unknown-word", "levels", "folder = \"WINDOWS\"" => "folder = \"WINDOW\"",
        "WINDOW\"": "\"WINDOW\"", help "did you mean `WINDOWS`?"),
    planted!("empty-text", "levels", "feature = \"IIS\"" => "feature = \"\"",
        "feature": "\"\""),
    planted!("empty-text", "components", "\"IIS Manager\"" => "\" \"", "\" \"": "\" \""),
    planted!("bad-text", "components", "\"IIS Manager\"" => "\"IIS\\u0007\"",
        "IIS\\u0007": "\"IIS\\u0007\""),
    planted!("bad-id", "components", "\"iis_asp\"" => "\"iis-asp\"", "iis-asp": "\"iis-asp\""),
    planted!("bad-id", "updates", "\"KB3197835\"" => "\"MS17-013\"", "MS17-013": "\"MS17-013\"",
        help "write `KB` and up to ten digits"),
    planted!("ambiguous-id", "components", "\"iis_asp\"" => "\"kb1\"", "kb1": "\"kb1\""),
    planted!("ambiguous-id", "components", "\"iis_asp\"" => "\"sp3\"", "sp3": "\"sp3\""),
    planted!("unknown-word", "files-web", "\"library\"" => "\"libary\"", "libary": "\"libary\"",
        help "did you mean `library`?"),
    planted!("missing-provenance", "symptoms", "source = \"iis6-events\"\n" => "",
        "event_id = 1002": "[[symptom]]", help "give it here or in `[defaults]`"),
    planted!("unknown-source", "symptoms", "\"iis6-events\"" => "\"iis6-event\"",
        "iis6-event": "\"iis6-event\"", help "did you mean `iis6-events`?"),
    planted!("duplicate-source", "sources",
        "see the assumption\"" => "see the\"\n[[source]]\nid = \"model\"\ntitle = \"again\"",
        "id = \"model\"": "\"model\""),
    planted!("unused-source", "sources",
        "see the assumption\"" => "see the\"\n[[source]]\nid = \"kb1\"\ntitle = \"one\"",
        "id = \"kb1\"": "\"kb1\""),
    planted!("unknown-assumption", "components", "\"A19\"" => "\"A199\"", "A199": "\"A199\"",
        help "did you mean `A19`?"),
    planted!("duplicate-assumption", "assumptions",
        "id = \"S4\"" => "id = \"A1\"\ntext = \"x\"\n[[assumption]]\nid = \"S4\"",
        "id = \"A1\"": "\"A1\""),
    planted!("assumed-without-assumption", "components", "assumption = \"A19\"\n" => "",
        "id = \"iis_inetmgr\"": "[[component]]",
        help "write `assumption = \"A1\"`, or whichever it is an instance of"),
    planted!("bad-switch", "assumptions", "name = \"up\"" => "name = \"Up\"", "Up": "\"Up\""),
    planted!("duplicate-value", "assumptions", "name = \"always\"" => "name = \"up\"",
        "name = \"up\"": "\"up\""),
    planted!("unknown-setting", "files-web", "\"A28=fails\"" => "\"A28=fail\"",
        "A28=fail\"": "\"A28=fail\"", help "expected runs or fails"),
    planted!("unknown-setting", "files-os", "\"A28=fails\"" => "\"A1=fails\"",
        "A1=fails": "\"A1=fails\"", help "it has no switch"),
    planted!("unknown-setting", "files-os", "\"A28=fails\"" => "\"A28\"",
        "when = \"A28\"": "\"A28\"", help "write the assumption and its value, as `A28=fails`"),
    planted!("unknown-assumption", "files-os", "\"A28=fails\"" => "\"A280=fails\"",
        "A280": "\"A280=fails\"", help "did you mean `A28`?"),
    planted!("dangling-import", "files-web", "\"A28=fails\"" => "\"A28=runs\"",
        "ForTheUnnamedRtm": "\"PlaceholderForTheUnnamedRtmFunction\"",
        help "it exports it with `when = \"A28=fails\"`"),
    planted!("bad-export", "files-os", "before = 1830" => "since = 3959, before = 1830",
        "before = 1830": "1830"),
    planted!("bad-import", "files-web", "before = 1830" => "since = 1830, before = 1830",
        "before = 1830": "1830"),
    planted!("unknown-revision", "files-os", "before = 1830" => "before = 1831",
        "before = 1831": "1831"),
];

const FOUNDATIONS: &[Planted] = &[
    planted!("missing-level", "levels",
        concat!("[[level]]\nid = \"rtm\"\nrevision = 0\nbuild_string = \"srv03_rtm.030324-2048\"\n",
            "gdr_prefix = \"srv03_gdr\"\nqfe_prefix = \"srv03_qfe\"\n\n",
            "[[level]]\nid = \"sp1\"\nrevision = 1830\n",
            "build_string = \"srv03_sp1_rtm.050324-1447\"\n",
            "gdr_prefix = \"srv03_sp1_gdr\"\nqfe_prefix = \"srv03_sp1_qfe\"\n",
            "service_pack_title = \"Service Pack 1\"\n\n",
            "[[level]]\nid = \"sp2\"\nrevision = 3959\n",
            "build_string = \"srv03_sp2_rtm.070216-1710\"\n",
            "gdr_prefix = \"srv03_sp2_gdr\"\nqfe_prefix = \"srv03_sp2_qfe\"\n",
            "service_pack_title = \"Service Pack 2\"\n") => "",
        "": ""),
    planted!("unknown-level", "levels", "[\"sp1\", \"sp2\"]" => "[\"sp1\", \"sp3\"]",
        "sp3": "\"sp3\"", help "did you mean `sp1`?"),
    planted!("unknown-level", "levels", "id = \"sp2\"" => "id = \"sp2b\"",
        "sp2b": "\"sp2b\"", help "did you mean `sp2`?"),
    planted!("duplicate-level", "levels", "[\"sp1\", \"sp2\"]" => "[\"sp2\", \"sp2\"]",
        "[\"sp2\", \"sp2\"]": "\"sp2\""),
    planted!("level-order", "levels", "[\"sp1\", \"sp2\"]" => "[\"sp2\", \"sp1\"]",
        "[\"sp2\", \"sp1\"]": "\"sp1\""),
    planted!("bad-version", "levels", "\"5.2.3790.0\"" => "\"5.2.3790\"",
        "5.2.3790": "\"5.2.3790\"", help "write four numbers up to 65535, like 6.0.3790.0"),
    planted!("bad-version", "levels", "\"5.2.3790.0\"" => "\"5.2.3790.1\"",
        "5.2.3790.1": "\"5.2.3790.1\"", help "write `5.2.3790.0`"),
    planted!("duplicate-family", "levels",
        "\"6.0.3790.0\"" => "\"6.0.3790.0\"\n[[family]]\nid = \"os\"\nversion = \"1.0.0.0\"",
        "id = \"os\"": "\"os\""),
    planted!("duplicate-architecture", "levels", "id = \"x64\"" => "id = \"x86\"",
        "id = \"x86\"": "\"x86\""),
    planted!("no-media", "levels", "media = [\"rtm\", \"sp1\", \"sp2\"]" => "media = []",
        "id = \"x86\"": "\"x86\""),
    planted!("bad-service-pack", "levels",
        "service_packs = [\"sp2\"]" => "service_packs = [\"rtm\", \"sp2\"]",
        "[\"rtm\", \"sp2\"]": "\"rtm\""),
    planted!("bad-number", "symptoms", "times = 5" => "times = 0", "times = 0": "0"),
    planted!("exit-codes", "synthetic", "entry_missing = 11" => "entry_missing = 10",
        "[synthetic.exit_codes]": "[synthetic.exit_codes]"),
    planted!("product-version", "synthetic", "2003.2009.12.8" => "2003.2009.3790.8",
        "3790": "\"2003.2009.3790.8\""),
    planted!("missing-section", "synthetic", "" => "", "": ""),
];

const COMPONENTS: &[Planted] = &[
    planted!("unknown-component", "components", "[\"iis_common\"]" => "[\"iis_comon\"]",
        "iis_comon": "\"iis_comon\"", help "did you mean `iis_common`?"),
    planted!("duplicate-component", "components", "id = \"iis\"" => "id = \"iis_www\"",
        "id = \"iis_www\"": "\"iis_www\""),
    planted!("needs-cycle", "components",
        "[\"iis_common\"]" => "[\"iis_common\", \"iis_inetmgr\"]",
        "iis_inetmgr": "\"iis_inetmgr\""),
    planted!("empty-group", "components",
        "[\"iis_common\", \"iis_inetmgr\", \"iis_www\"]" => "[]",
        "id = \"iis\"": "\"iis\""),
];

const FILES: &[Planted] = &[
    planted!("unknown-family", "files-os", "family = \"os\"" => "family = \"oss\"",
        "oss": "\"oss\"", help "did you mean `os`?"),
    planted!("unknown-architecture", "files-os", "\"x86\"" => "\"x68\"", "x68": "\"x68\"",
        help "did you mean `x64`?"),
    planted!("bad-path", "files-other",
        "inetsrv/nntpadm.dll" => "../../nntpadm.dll",
        "nntpadm": "\"system32/../../nntpadm.dll\""),
    planted!("duplicate-file", "files-other",
        "\"system32/inetsrv/nntpadm.dll\"" => "'SYSTEM32\\inetsrv\\NNTPSVC.dll'",
        "NNTPSVC": "'SYSTEM32\\inetsrv\\NNTPSVC.dll'"),
    planted!("file-owner", "files-os", "operating_system = true\n" => "",
        "system32/ntoskrnl.exe": "\"system32/ntoskrnl.exe\"",
        help "write `component = \"...\"` or `operating_system = true`"),
    planted!("size-limit", "files-web", "bytes = 7168" => "bytes = 12", "bytes = 12": "12",
        help "expected 1024 to 67108864"),
    planted!("missing-size", "files-web",
        "    { bytes = 10752, architecture = \"x64\" },\n" => "",
        "path = \"system32/inetsrv/w3wp.exe\"": "\"system32/inetsrv/w3wp.exe\""),
    planted!("bad-export", "files-web", "{ ordinal = 9 }" => "{ ordinal = 0 }",
        "{ ordinal = 0 }": "{ ordinal = 0 }"),
    planted!("duplicate-export", "files-web",
        "name = \"QueryModuleCount\"" => "name = \"StartWorkerCore\"",
        "StartWorkerCore": "\"StartWorkerCore\""),
    planted!("duplicate-ordinal", "files-web",
        "{ ordinal = 9 }" => "{ ordinal = 8 }, { name = \"Eight\", ordinal = 8 }",
        "Eight": "8"),
    planted!("bad-import", "files-web",
        ", names = [\"ProcessIsapiRequest\"], ordinals = [12]" => "",
        "dll = \"w3isapi.dll\", delayed": "{ dll = \"w3isapi.dll\", delayed = true }"),
    planted!("bad-import", "files-web", "ordinals = [12], delayed" => "ordinals = [0], delayed",
        "ordinals = [0]": "0"),
    planted!("unknown-dll", "files-web", "\"w3cache.dll\"" => "\"w3cach.dll\"",
        "w3cach.dll": "\"w3cach.dll\"", help "did you mean `w3cache.dll`?"),
    planted!("dangling-import", "files-web", "\"FlushCaches\"]" => "\"FlushCache\"]",
        "FlushCache\"": "\"FlushCache\"", help "did you mean `FlushCaches`?"),
    planted!("dangling-import", "files-web", "[40, 41]" => "[40, 42]", "[40, 42]": "42"),
    planted!("dangling-forward", "files-web", "IISUTIL.#40" => "IISUTIL.#99",
        "IISUTIL.#99": "\"IISUTIL.#99\"",
        help "write `DLL.Symbol` or `DLL.#ordinal`, the DLL without `.dll`"),
    planted!("dangling-forward", "files-web", "IISUTIL.PuDbgPrint" => "W3TP.ThreadPoolTrace",
        "W3TP.": "\"W3TP.ThreadPoolTrace\"",
        help "write `DLL.Symbol` or `DLL.#ordinal`, the DLL without `.dll`"),
    planted!("dangling-forward", "files-web", "IISUTIL.PuDbgPrint" => "PuDbgPrint",
        "forward = \"PuDbgPrint": "\"PuDbgPrint\"",
        help "write `DLL.Symbol` or `DLL.#ordinal`, the DLL without `.dll`"),
    planted!("dangling-load", "files-web", "entry = \"StartWorkerCore\"" => "entry = \"StartCore\"",
        "StartCore": "\"StartCore\""),
    planted!("unknown-revision", "files-web", "since = 4600" => "since = 4601",
        "since = 4601": "4601", help "there are 0, 1830, 3959, 4600, 4667, 4693"),
];

const UPDATES: &[Planted] = &[
    planted!("duplicate-update", "updates", "\"KB3197835\"" => "\"KB2124261\"",
        "KB2124261": "\"KB2124261\""),
    planted!("registered-too-low", "updates", "registered_under = 3" => "registered_under = 2",
        "level = \"sp2\"": "\"sp2\""),
    planted!("missing-release", "updates",
        concat!("number = 1\ndate = \"2010-04-13\"\nbuild_date = \"100413-0000\"\n",
            "restart = { required = true, confidence = \"documented\" }\nfiles = [\n",
            "    { level = \"sp2\", file = \"system32/inetsrv/smtpsvc.dll\", revision = 4675, ",
            "source = \"scanners\" },\n]")
            => "number = 1\ndate = \"2010-04-13\"\nbuild_date = \"100413\"\nfiles = []",
        "number = 1": "1"),
    planted!("release-number", "updates", "number = 2" => "number = 3", "number = 3": "3"),
    planted!("duplicate-release", "updates", "number = 2" => "number = 1", "number = 1": "1"),
    planted!("bad-date", "updates", "2009-10-13" => "2009-13-10", "2009-13-10": "\"2009-13-10\"",
        help "write 2009-12-08, 2009-12 or 2009"),
    planted!("date-order", "updates", "2009-10-13" => "2009-01-13", "2009-01-13": "\"2009-01-13\""),
    planted!("unknown-file", "updates", "system32/httpapi.dll" => "system32/httpapi2.dll",
        "httpapi2": "\"system32/httpapi2.dll\"", help "did you mean `system32/httpapi.dll`?"),
    planted!("duplicate-package-file", "updates",
        "system32/inetsrv/iisext.dll" => "system32/inetsrv/ADSIIS.dll",
        "ADSIIS": "\"system32/inetsrv/ADSIIS.dll\""),
    planted!("package-revision", "updates",
        "iisext.dll\", revision = 2620" => "iisext.dll\", revision = 3959",
        "revision = 3959": "3959", help "expected 1830 to 3958"),
    planted!("release-revision", "updates",
        "w3dt.dll\", revision = 4667" => "w3dt.dll\", revision = 4599", "4599": "4599"),
    planted!("qfe-revision", "updates", "smtpsvc.dll\", revision = 211" =>
        "smtpsvc.dll\", revision = 211, qfe_revision = 211", "qfe_revision": "211"),
    planted!("qfe-revision", "updates",
        "iisext.dll\", revision = 2620" => "iisext.dll\", revision = 2620, qfe_revision = 2621",
        "qfe_revision = 2621": "2621"),
    planted!("package-revision", "updates", "smtpsvc.dll\", revision = 211" =>
        "smtpsvc.dll\", revision = 211, qfe_revision = 1830", "qfe_revision": "1830",
        help "expected 0 to 1829"),
];

const REGISTRY: &[Planted] = &[
    planted!("bad-key", "registry", "'Microsoft\\INetStp'" => "'HKLM\\Microsoft\\INetStp'",
        "HKLM": "'HKLM\\Microsoft\\INetStp'",
        help "write it like Microsoft\\Windows NT\\CurrentVersion"),
    planted!("registry-content", "registry", "number = \"6\"" => "number = \"six\"",
        "six": "\"six\""),
    planted!("registry-content", "registry", "number = \"6\"" => "text = \"6\"\nnumber = \"6\"",
        "\"MajorVersion\"": "\"MajorVersion\"",
        help "write one of `text`, `expandable_text`, `number` and `texts`"),
    planted!("duplicate-registry-value", "registry", "\"MinorVersion\"" => "\"majorversion\"",
        "majorversion": "\"majorversion\""),
    planted!("unknown-placeholder", "registry", "{processor}" => "{procesor}",
        "{procesor}": "\"{procesor}\"", help "did you mean `processor`?"),
    planted!("missing-placeholder", "registry", "value = \"{component}\"" => "value = \"iis\"",
        "Subcomponents": "'Microsoft\\Windows\\CurrentVersion\\Setup\\OC Manager\\Subcomponents'"),
];

/// Codes that a table row cannot plant; each has a test of its own below.
const APART: [&str; 3] = ["catalog/too-many-entries", "catalog/name-too-long", "catalog/no-cache"];

fn tables() -> impl Iterator<Item = &'static Planted> {
    [READING, WORDS, FOUNDATIONS, COMPONENTS, FILES, UPDATES, REGISTRY].into_iter().flatten()
}

/// The built-in catalog with an edit, and where in the file the edit begins.
fn edited(file: &str, find: &str, replace: &str) -> (Vec<SourceFile>, usize) {
    let mut at = None;
    let files = built_in_files().iter().map(|(name, text)| {
        if *name != file {
            return SourceFile::new(name, text);
        }
        at = text.find(find);
        // An empty file stands for one that is missing.
        let text = if find.is_empty() { String::new() } else { text.replacen(find, replace, 1) };
        SourceFile::new(name, &text)
    });
    let files = files.collect();
    (files, at.unwrap_or_else(|| panic!("{file} has no {find:?}")))
}

fn shown(mistakes: &[Diagnostic]) -> String {
    let line = |m: &Diagnostic| {
        let marked = m.source.text.get(m.span.clone()).unwrap_or("(outside)");
        let place = m.place();
        let (code, message, help) = (m.code, &m.message, &m.help);
        let (name, line, column) = (&m.source.name, place.line, place.column);
        format!("{name}:{line}:{column}: {code}: {message} [{marked}] {help:?}\n")
    };
    mistakes.iter().map(line).collect()
}

fn line_of(text: &str, words: &str, from: usize) -> usize {
    let after = text[from..].find(words).map(|at| from + at);
    let at = after.or_else(|| text.rfind(words)).unwrap_or_else(|| panic!("no {words:?}"));
    text[..at].matches('\n').count() + 1
}

fn check_planted(planted: &Planted) -> Result<(), String> {
    let (files, from) = edited(planted.file, planted.find, planted.replace);
    let (catalog, mistakes) = read_catalog("the catalog", &files);
    let describe = |what: &str| {
        let Planted { code, find, replace, .. } = planted;
        format!("{code}: {find:?} -> {replace:?}: {what}\n{}", shown(&mistakes))
    };
    let [mistake] = mistakes.as_slice() else { return Err(describe("not one diagnostic")) };
    if mistake.code != planted.code {
        return Err(describe("another code"));
    }
    if catalog.is_some() != (mistake.severity == Severity::Warning) {
        return Err(describe("a catalog is handed out exactly when there is no error"));
    }
    if planted.marked.is_empty() {
        let whole = &*mistake.source.name == "the catalog" && mistake.span == (0..0);
        return if whole { Ok(()) } else { Err(describe("it is about the whole catalog")) };
    }
    let text = &*mistake.source.text;
    if &*mistake.source.name != planted.file || text[mistake.span.clone()] != *planted.marked {
        return Err(describe("something else is marked"));
    }
    let line = line_of(text, planted.line_with, from);
    let header = text[mistake.span.clone()].starts_with('[');
    // The header of an entry stands some lines above the words that tell it from others.
    let near = if header { line.saturating_sub(3)..=line } else { line..=line };
    if !near.contains(&mistake.place().line) {
        return Err(describe(&format!("expected line {line}")));
    }
    if mistake.help.as_deref().unwrap_or_default() != planted.help && !planted.help.is_empty() {
        return Err(describe(&format!("expected help {:?}", planted.help)));
    }
    Ok(())
}

#[test]
fn every_planted_mistake_is_reported_once_where_it_stands() {
    let failed: Vec<String> = tables().filter_map(|row| check_planted(row).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_code_has_a_planted_mistake() {
    let planted: BTreeSet<&str> = tables().map(|row| row.code).chain(APART).collect();
    let codes: BTreeSet<&str> = CODES.iter().map(|code| code.name).collect();
    assert_eq!(planted, codes);
    assert_eq!(codes.len(), CODES.len(), "a code stands there twice");
}

#[test]
fn mistakes_of_all_files_are_reported_together() {
    let edits = [
        ("components.toml", "[\"iis_common\"]", "[\"iis_comon\"]"),
        ("files-other.toml", "inetsrv/nntpadm.dll", "../../nntpadm.dll"),
        ("files-web.toml", "\"FlushCaches\"]", "\"FlushCache\"]"),
        ("registry.toml", "{processor}", "{procesor}"),
        ("symptoms.toml", "times = 5", "times = \"five\""),
        ("updates.toml", "2009-10-13", "2009-13-10"),
    ];
    let files: Vec<SourceFile> = built_in_files()
        .iter()
        .map(|(name, text)| {
            let edit = edits.iter().find(|(file, ..)| file == name);
            let text = edit.map(|(_, find, replace)| text.replacen(find, replace, 1));
            SourceFile::new(name, &text.unwrap_or_else(|| (*built_in(name)).to_owned()))
        })
        .collect();
    let (catalog, mistakes) = read_catalog("the catalog", &files);
    let codes: Vec<&str> = mistakes.iter().map(|mistake| mistake.code).collect();
    assert_eq!(catalog, None);
    assert_eq!(
        codes,
        [
            "catalog/unknown-component",
            "catalog/bad-path",
            "catalog/dangling-import",
            "catalog/unknown-placeholder",
            "catalog/wrong-type",
            "catalog/bad-date",
        ],
        "{}",
        shown(&mistakes)
    );
}

fn built_in(file: &str) -> &'static str {
    let found = built_in_files().iter().find(|(name, _)| *name == file);
    found.map_or_else(|| panic!("{file} is not built in"), |(_, text)| text)
}

#[test]
fn an_entry_that_cannot_be_read_is_still_known_by_its_name() {
    let (files, _) = edited(
        "files-common.toml",
        "path = \"system32/inetsrv/iisutil.dll\"\n",
        "path = \"system32/inetsrv/iisutil.dll\"\nfamly = \"iis\"\n",
    );
    let mistakes = read_catalog("the catalog", &files).1;
    let codes: Vec<&str> = mistakes.iter().map(|mistake| mistake.code).collect();
    assert_eq!(codes, ["catalog/unknown-field"], "{}", shown(&mistakes));
}

#[test]
fn a_cycle_of_needs_is_told_with_its_way() {
    let title = "title = \"IIS common files\"";
    let (files, _) = edited("components.toml", title, &format!("{title}\nneeds = [\"iis_nntp\"]"));
    let mistakes = read_catalog("the catalog", &files).1;
    let messages: Vec<&str> = mistakes.iter().map(|mistake| &*mistake.message).collect();
    assert_eq!(
        messages,
        ["the component needs itself: iis_common -> iis_nntp -> iis_common"],
        "{}",
        shown(&mistakes)
    );
}

#[test]
fn a_level_whose_revision_is_not_above_the_lower_one_is_marked_at_the_revision() {
    let (files, _) = edited("levels.toml", "revision = 1830", "revision = 0");
    let mistakes = read_catalog("the catalog", &files).1;
    let order = mistakes.iter().find(|mistake| mistake.code == "catalog/level-order");
    let order = order.unwrap_or_else(|| panic!("{}", shown(&mistakes)));
    assert_eq!(&order.source.text[order.span.clone()], "0");
    assert_eq!(order.message, "the revision of SP1 is not above that of RTM");
}

#[test]
fn a_text_that_is_too_long_is_marked() {
    let long = format!("title = \"{}\"", "x".repeat(2001));
    let (files, _) = edited("components.toml", "title = \"IIS Manager\"", &long);
    let mistakes = read_catalog("the catalog", &files).1;
    let codes: Vec<&str> = mistakes.iter().map(|mistake| mistake.code).collect();
    assert_eq!(codes, ["catalog/name-too-long"], "{}", shown(&mistakes));
}

/// So many groups, each with a member that does not exist.
fn groups(count: usize) -> String {
    let group = |n| format!("[[group]]\nid=\"g{n}\"\ntitle=\"g\"\nmembers=[\"m{n}\"]\n");
    (0..count).map(group).collect::<Vec<_>>().concat()
}

#[test]
fn more_entries_than_ids_can_number_are_refused() {
    let groups = groups(65_001);
    let (mut files, _) = edited("synthetic.toml", "[synthetic]", "[synthetic]");
    files.push(SourceFile::new("many.toml", &groups));
    let (catalog, mistakes) = read_catalog("the catalog", &files);
    let codes: Vec<&str> = mistakes.iter().map(|mistake| mistake.code).collect();
    assert_eq!(catalog, None);
    assert_eq!(codes, ["catalog/too-many-entries"]);
}

#[test]
fn thousands_of_mistakes_are_reported_in_bounded_time() {
    let groups = groups(20_000);
    let (mut files, _) = edited("synthetic.toml", "[synthetic]", "[synthetic]");
    files.push(SourceFile::new("many.toml", &groups));
    let mistakes = read_catalog("the catalog", &files).1;
    let unknown = mistakes.iter().filter(|m| m.code == "catalog/unknown-component").count();
    assert_eq!(unknown, 20_000);
}

/// A folder of its own below the target folder, empty at first.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    if let Err(error) = fs::create_dir_all(&folder) {
        panic!("{}: {error}", folder.display());
    }
    folder
}

#[test]
fn the_built_in_files_can_be_written_out_and_loaded_from_a_folder() {
    let folder = folder("catalog-copy");
    for (name, text) in built_in_files() {
        fs::write(folder.join(name), text).expect("the folder can be written");
    }
    fs::write(folder.join("README.md"), "not a part of it").expect("the folder can be written");
    let loaded = load(&folder).expect("it is the built-in catalog");
    assert_eq!(loaded.catalog, patchstate_catalog::Catalog::built_in());
    assert_eq!(loaded.warnings, []);
    assert_eq!(check(&folder).expect("it can be read").mistakes, []);
}

#[test]
fn a_folder_that_is_missing_empty_or_not_text_is_an_error_with_its_path() {
    let missing = folder("catalog-missing").join("not-there");
    let error = load(&missing).expect_err("it is not there");
    assert!(matches!(error, CatalogError::Folder { .. }));
    assert!(error.to_string().contains("not-there"), "{error}");

    let empty = folder("catalog-empty");
    let error = load(&empty).expect_err("it is empty");
    assert!(matches!(error, CatalogError::Empty { .. }));
    assert!(error.to_string().contains("catalog-empty"), "{error}");

    let binary = folder("catalog-binary");
    fs::write(binary.join("a.toml"), b"# \xff").expect("the folder can be written");
    let error = load(&binary).expect_err("it is not text");
    assert!(matches!(error, CatalogError::NotText { offset: 2, .. }));
    assert!(error.to_string().contains("a.toml"), "{error}");

    let nested = folder("catalog-nested");
    fs::create_dir(nested.join("a.toml")).expect("the folder can be written");
    let error = load(&nested).expect_err("it is a folder");
    assert!(matches!(error, CatalogError::File { .. }), "{error}");

    let large = folder("catalog-large");
    let file = fs::File::create(large.join("a.toml")).expect("the folder can be written");
    file.set_len(4 << 30).expect("sparse files are possible");
    let error = load(&large).expect_err("it is too large");
    assert!(matches!(error, CatalogError::TooLarge { .. }), "{error}");
}

#[test]
fn an_invalid_folder_is_refused_with_all_its_mistakes() {
    let folder = folder("catalog-invalid");
    for (name, text) in built_in_files() {
        let text = text.replace("times = 5", "times = 0").replace("[40, 41]", "[40, 42]");
        fs::write(folder.join(name), text).expect("the folder can be written");
    }
    let Err(CatalogError::Invalid(mistakes)) = load(&folder) else { panic!("it has mistakes") };
    assert_eq!(mistakes.len(), 2, "{}", shown(&mistakes));
    assert_eq!(mistakes, check(&folder).expect("it can be read").mistakes);
}

/// What a product without a service pack cache has of one is said where it stands: a folder for
/// each architecture, and two values of the registry for hosts that keep it or have lost it.
#[test]
fn a_product_without_a_service_pack_cache_has_nothing_that_is_about_one() {
    let edit = ("service_pack_cache = true", "service_pack_cache = false");
    let (files, _) = edited("levels.toml", edit.0, edit.1);
    let mistakes = read_catalog("the catalog", &files).1;
    let found: Vec<(&str, &str)> = mistakes
        .iter()
        .map(|mistake| (mistake.code, &mistake.source.text[mistake.span.clone()]))
        .collect();
    let code = "catalog/no-cache";
    let marked = ["\"i386\"", "\"amd64\"", "\"cache\"", "\"gone\"", "\"cache\"", "\"gone\""];
    assert_eq!(found, marked.map(|text| (code, text)), "{}", shown(&mistakes));
}

/// Build strings are there together: without updates none of them has to be.
#[test]
fn build_strings_may_be_left_out_where_no_update_is_told_by_its_branch() {
    let lines = ["build_string", "gdr_prefix", "qfe_prefix"];
    let is_left = |line: &&str| !lines.iter().any(|name| line.starts_with(name));
    let without = |with_updates: bool| {
        let text = |(name, text): &(&str, &str)| match *name {
            "levels.toml" => {
                let text: Vec<&str> = text.lines().filter(is_left).collect();
                Some(SourceFile::new(name, &text.join("\n")))
            }
            "updates.toml" if !with_updates => None,
            _ => Some(SourceFile::new(name, text)),
        };
        let files: Vec<SourceFile> = built_in_files().iter().filter_map(text).collect();
        read_catalog("the catalog", &files).1
    };
    let with_updates = without(true);
    let missing = with_updates.iter().filter(|mistake| mistake.code == "catalog/missing-field");
    assert_eq!(missing.count(), 9, "{}", shown(&with_updates));
    let none = without(false);
    assert!(none.iter().all(|mistake| mistake.code != "catalog/missing-field"), "{}", shown(&none));
}
