//! OVAL documents from the command line: what is told of them, and which of their definitions run.

use crate::program::{folder, run, word};
use serde_json::Value;
use std::path::Path;

const CORE: &str = "http://oval.mitre.org/XMLSchema/oval-definitions-5";

/// A definition of one test, which stands in the same document or not.
fn definition(number: u32, test: u32) -> String {
    format!(
        "<definition id=\"oval:t:def:{number}\" version=\"1\" class=\"patch\"><criteria>\
         <criterion test_ref=\"oval:t:tst:{test}\"/></criteria></definition>\n"
    )
}

/// A document of definitions, and of one test that says nothing.
fn document(definitions: &str) -> String {
    format!(
        "<oval_definitions xmlns=\"{CORE}\" xmlns:i=\"{CORE}#independent\">\n\
         <definitions>\n{definitions}</definitions>\n<tests>\n\
         <i:family_test id=\"oval:t:tst:1\" version=\"1\" check=\"all\" \
         check_existence=\"none_exist\"><i:object object_ref=\"oval:t:obj:1\"/></i:family_test>\n\
         </tests>\n<objects><i:family_object id=\"oval:t:obj:1\" version=\"1\"/></objects>\n\
         </oval_definitions>\n"
    )
}

/// Code, severity, line and column of what `check` says.
fn checked(path: &str) -> (i32, Vec<(String, String, u64, u64)>) {
    let ended = run(&["check", path, "--json"]);
    let object = ended.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let number = |value: &Value| value.as_u64().expect("a number");
    let found = object["diagnostics"].as_array().expect("a list").iter();
    let found = found.map(|found| {
        let place = (number(&found["line"]), number(&found["column"]));
        (text(&found["code"]), text(&found["severity"]), place.0, place.1)
    });
    (ended.code, found.collect())
}

/// The ids of the rules that ran over a small scope.
fn verified(rule: &str) -> Result<Vec<String>, String> {
    let scope = ["--arch", "x64", "--components", "iis_common", "--updates", "KB973917", "--json"];
    let ended = run(&[&["verify", rule][..], &scope].concat());
    if ended.code == 2 {
        return Err(ended.stderr);
    }
    let object = ended.json();
    let rules = object["rules"].as_array().expect("a list").iter();
    Ok(rules.map(|rule| rule["rule"].as_str().expect("an id").to_owned()).collect())
}

fn at(place: &Path, name: &str) -> String {
    word(&place.join(name)).to_owned()
}

#[test]
fn a_reference_that_leads_nowhere_is_bad_input_unless_what_was_asked_for_is_whole() {
    let text = document(&(definition(1, 1) + &definition(2, 9)));
    let place = folder(&[("a.xml", &text)]);
    let path = at(place.path(), "a.xml");
    let (code, found) = checked(&path);
    assert_eq!(code, 2);
    let line = text.lines().nth(3).expect("the second definition");
    let column = line.find("oval:t:tst:9").expect("a reference") as u64 + 1;
    let missing = ("oval/missing-reference".to_owned(), "error".to_owned(), 4, column);
    assert_eq!(found, [missing]);
    let refused = verified(&path).expect_err("it runs");
    assert!(refused.contains("oval:t:tst:9"), "{refused}");
    assert!(refused.contains("FILE#ID"), "{refused}");
    let refused = verified(&format!("{path}#oval:t:def:2")).expect_err("it runs");
    assert!(refused.contains("oval:t:tst:9"), "{refused}");
    let ran = verified(&format!("{path}#oval:t:def:1"));
    assert_eq!(ran, Ok(vec!["core".to_owned(), "oval:t:def:1".to_owned()]));
}

#[test]
fn a_document_that_is_cut_off_is_told_with_its_end() {
    let text = document(&definition(1, 1));
    let place = folder(&[("a.xml", &text[..text.len() - 60])]);
    let (code, found) = checked(&at(place.path(), "a.xml"));
    assert_eq!(code, 2);
    let end = text[..text.len() - 60].trim_end();
    let line = end.lines().count() as u64;
    let column = end.lines().last().expect("a line").len() as u64 + 1;
    assert_eq!(found, [("oval/xml".to_owned(), "error".to_owned(), line, column)]);
}

/// A file with one element of a platform, as public repositories keep them.
fn fragment(platform: &str, element: &str, rest: &str) -> String {
    format!("<{element} xmlns=\"{CORE}{platform}\" {rest}</{element}>\n")
}

fn repository() -> tempfile::TempDir {
    let definition = |number: u32, test: u32| {
        let criteria = format!("<criteria><criterion test_ref=\"oval:t:tst:{test}\"/></criteria>");
        let rest = format!("id=\"oval:t:def:{number}\" version=\"1\" class=\"patch\">{criteria}");
        fragment("", "definition", &rest)
    };
    let family = "id=\"oval:t:tst:1\" version=\"1\" check=\"all\" check_existence=\"none_exist\">\
                  <object object_ref=\"oval:t:obj:1\"/>";
    let object = fragment("#independent", "family_object", "id=\"oval:t:obj:1\" version=\"1\">");
    folder(&[
        ("repository/definitions/patch/oval_t_def_1.xml", &definition(1, 1)),
        ("repository/definitions/patch/oval_t_def_2.xml", &definition(2, 9)),
        ("repository/tests/oval_t_tst_1.xml", &fragment("#independent", "family_test", family)),
        ("repository/objects/oval_t_obj_1.xml", &object),
        // Nothing needs it, so nothing is said of it.
        ("repository/states/oval_t_ste_1.xml", &fragment("#windows", "wmi_state", "id=\"x\">")),
        ("repository/pom.xml", "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"/>"),
    ])
}

#[test]
fn a_folder_of_fragments_is_one_document_of_which_whole_definitions_run() {
    let place = repository();
    let path = at(place.path(), "repository");
    let ended = run(&["check", &path, "--json"]);
    assert_eq!(ended.code, 2);
    let object = ended.json();
    assert_eq!(object["files"].as_array().map(Vec::len), Some(5), "{object:#}");
    let found = object["diagnostics"].as_array().expect("a list").iter();
    let found: Vec<_> = found
        .map(|found| (found["code"].clone(), found["severity"].clone(), found["file"].clone()))
        .collect();
    let incomplete = format!("{path}/definitions/patch/oval_t_def_2.xml");
    let expected = [("oval/missing-reference", "error"), ("oval/incomplete", "warning")]
        .map(|(code, severity)| (code.into(), severity.into(), incomplete.clone().into()));
    assert_eq!(found, expected);

    let one = vec!["core".to_owned(), "oval:t:def:1".to_owned()];
    assert_eq!(verified(&path), Ok(one.clone()));
    assert_eq!(verified(&format!("{path}#oval:t:def:1")), Ok(one));
    let refused = verified(&format!("{path}#oval:t:def:2")).expect_err("it runs");
    assert!(refused.contains("oval:t:tst:9"), "{refused}");
    let refused = verified(&format!("{path}#oval:t:def:3")).expect_err("it runs");
    assert!(refused.contains("did you mean `oval:t:def:1`"), "{refused}");
    // By itself a fragment lacks what stands beside it.
    let alone = at(place.path(), "repository/definitions/patch/oval_t_def_1.xml");
    let refused = verified(&alone).expect_err("it runs");
    assert!(refused.contains("name the folder that holds it"), "{refused}");
}

#[test]
fn documents_are_read_in_the_encodings_that_they_say_they_have() {
    let text =
        document(&definition(1, 1).replace("class=", "class='patch' comment='Gr\u{f6}\u{df}e' x="));
    let text = text.replace(" x=\"patch\"", "");
    let latin = |name: &str| {
        let line = format!("<?xml version=\"1.0\" encoding=\"{name}\"?>\n");
        let letters = line.chars().chain(text.chars());
        letters.map(|letter| u8::try_from(u32::from(letter)).expect("a letter")).collect::<Vec<_>>()
    };
    let little: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let place = folder(&[]);
    for (name, bytes) in [
        ("mark.xml", format!("\u{feff}{text}").into_bytes()),
        ("little.xml", little),
        ("big.xml", big),
        ("latin.xml", latin("ISO-8859-1")),
        ("windows.xml", latin("windows-1252")),
    ] {
        let path = at(place.path(), name);
        std::fs::write(&path, bytes).expect("a file");
        assert_eq!(checked(&path), (0, vec![]), "{name}");
    }
    let path = at(place.path(), "unsaid.xml");
    let bytes: Vec<u8> = latin("UTF-8");
    std::fs::write(&path, bytes).expect("a file");
    let (code, found) = checked(&path);
    assert_eq!(code, 2);
    // The line behind the declaration, the root element and `definitions`.
    let column = text.lines().nth(2).and_then(|line| line.find('\u{f6}')).expect("a letter") + 1;
    assert_eq!(found, [("oval/encoding".to_owned(), "error".to_owned(), 4, column as u64)]);
}

/// A definition that is true where a key is, once by its place and once by a pattern.
fn about_key(key: &str) -> String {
    let definition = definition(1, 1);
    format!(
        "<oval_definitions xmlns=\"{CORE}\" xmlns:w=\"{CORE}#windows\"><definitions>{definition}\
         </definitions><tests><w:registry_test id=\"oval:t:tst:1\" version=\"1\" check=\"all\">\
         <w:object object_ref=\"oval:t:obj:1\"/></w:registry_test></tests><objects>\
         <w:registry_object id=\"oval:t:obj:1\" version=\"1\"><w:hive>HKEY_LOCAL_MACHINE</w:hive>\
         {key}<w:name xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"/>\
         </w:registry_object></objects></oval_definitions>"
    )
}

/// A search sees what asking for the one key sees; over the whole scope it is left open,
/// since it may look at any key.
#[test]
fn a_search_for_a_key_is_judged_like_the_key_and_never_proved_by_slices() {
    let place = folder(&[
        (
            "exact.xml",
            &about_key(
                r"<w:key>SOFTWARE\Microsoft\Updates\Windows Server 2003\SP3\KB973917-v2</w:key>",
            ),
        ),
        (
            "pattern.xml",
            &about_key(
                "<w:key operation=\"pattern match\">\
                 ^SOFTWARE\\\\Microsoft\\\\Updates\\\\.*\\\\KB\\d{6}-v2$</w:key>",
            ),
        ),
    ]);
    let of = |name: &str, flags: &[&str]| {
        let file = at(place.path(), name);
        let scope = ["--arch", "x64", "--components", "iis_common", "--updates", "KB973917"];
        run(&[&["verify", &file, "--json"][..], &scope, flags].concat()).json()["rules"][1].clone()
    };
    let (exact, pattern) = (of("exact.xml", &[]), of("pattern.xml", &[]));
    assert_ne!(exact["false_positive"], "0", "{exact:#}");
    for count in ["hosts", "true_positive", "false_positive", "true_negative", "false_negative"] {
        assert_eq!(exact[count], pattern[count], "{count}");
    }
    assert_eq!(pattern["inconclusive"], "0");
    let sliced = of("pattern.xml", &["--slices"]);
    assert!(sliced["open"][0]["reason"].is_string(), "{sliced:#}");
}
