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
