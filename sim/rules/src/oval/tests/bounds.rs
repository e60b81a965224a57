//! Documents that would take all memory, or all time there is, were there no bounds.

use super::{Host, document, one_test, outcome, read, rules};
use crate::{
    Reads, Rule,
    oval::{OvalDocument, OvalResult},
};
use patchstate_source::SourceFile;

/// Variables that each take the next one twice, down to a text.
fn doubled(depth: usize, text: &str) -> String {
    let mut elements = "<w:file_test id=\"oval:t:tst:1\" check=\"all\">\
         <w:object object_ref=\"oval:t:obj:1\"/></w:file_test>\n\n\
         <w:file_object id=\"oval:t:obj:1\"><w:filepath var_ref=\"oval:t:var:0\"/>\
         </w:file_object>\n\n"
        .to_owned();
    for number in 0..depth {
        let next = format!("<variable_component var_ref=\"oval:t:var:{}\"/>", number + 1);
        elements.push_str(&format!(
            "<local_variable id=\"oval:t:var:{number}\"><concat>{next}{next}</concat>\
             </local_variable>\n\n"
        ));
    }
    elements
        + &format!(
            "<local_variable id=\"oval:t:var:{depth}\">\
             <literal_component>{text}</literal_component></local_variable>"
        )
}

#[test]
fn texts_that_double_are_bounded() {
    let document = document(&one_test(&doubled(60, "a")));
    assert_eq!(*rules(&document)[0].reads(), Reads::Tree);
    let outcome = outcome(&document, 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error);
    assert!(outcome.reason.unwrap().contains("more than 1000000 bytes"));
}

#[test]
fn each_variable_is_worked_out_once() {
    let document = document(&one_test(&doubled(60, "")));
    assert!(matches!(rules(&document)[0].reads(), Reads::Fields(fields) if fields.is_empty()));
    let outcome = outcome(&document, 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error);
}

/// A test of one file whose name must be like each of some states.
fn states(states: &[String]) -> String {
    let mut elements = String::new();
    let mut references = String::new();
    for (number, state) in states.iter().enumerate() {
        references.push_str(&format!("<w:state state_ref=\"oval:t:ste:{number}\"/>"));
        elements.push_str(&format!(
            "\n\n<w:file_state id=\"oval:t:ste:{number}\">{state}</w:file_state>"
        ));
    }
    format!(
        "<w:file_test id=\"oval:t:tst:1\" check=\"all\">\
         <w:object object_ref=\"oval:t:obj:1\"/>{references}</w:file_test>\n\n\
         <w:file_object id=\"oval:t:obj:1\"><w:filepath>C:\\WINDOWS\\a.dll</w:filepath>\
         </w:file_object>{elements}"
    )
}

fn pattern(text: &str) -> String {
    format!("<w:filename operation=\"pattern match\">{text}</w:filename>")
}

#[test]
fn a_pattern_that_stands_for_megabytes_is_not_supported() {
    let (document, diagnostics) = read(&one_test(&states(&[pattern(r"\w{200}")])));
    let codes: Vec<_> = diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["oval/unsupported"]);
    let host = Host::new("x86", None).file("a.dll", "6.0.0.0");
    let outcome = outcome(&document.unwrap(), 1, &host);
    assert_eq!(outcome.result, OvalResult::Error);
    assert!(outcome.reason.unwrap().contains("more than 1048576 bytes"));
}

#[test]
fn patterns_are_bounded_all_together() {
    let all: Vec<_> = (0..200).map(|number| pattern(&format!(r"^\w{{8}}{number}|a"))).collect();
    let host = Host::new("x86", None).file("a.dll", "6.0.0.0");
    let whole = outcome(&document(&one_test(&states(&all))), 1, &host);
    assert_eq!(whole.result, OvalResult::Error);
    assert!(whole.reason.unwrap().contains("all patterns together"));
    let some = outcome(&document(&one_test(&states(&all[..8]))), 1, &host);
    assert_eq!(some.result, OvalResult::True);
}

#[test]
fn patterns_of_a_variable_are_bounded_all_together() {
    let values: Vec<_> =
        (0..200).map(|number| format!(r"<value>^\w{{8}}{number}|a</value>")).collect();
    let entity = "<w:filename operation=\"pattern match\" var_ref=\"oval:t:var:1\"/>";
    let test = format!(
        "{}\n\n<constant_variable id=\"oval:t:var:1\">{}</constant_variable>",
        states(&[entity.to_owned()]),
        values.concat()
    );
    let host = Host::new("x86", None).file("a.dll", "6.0.0.0");
    let outcome = outcome(&document(&one_test(&test)), 1, &host);
    assert_eq!(outcome.result, OvalResult::Error);
    assert!(outcome.reason.unwrap().contains("all patterns together"));
}

#[track_caller]
fn check_too_large(text: &str, expected: &str) {
    let (document, diagnostics) = OvalDocument::read(SourceFile::new("a.xml", text));
    assert!(document.is_none());
    let found: Vec<_> = diagnostics.iter().map(|found| (found.code, &found.message)).collect();
    assert!(matches!(found[..], [("oval/too-large", message)] if message.contains(expected)));
}

#[test]
fn markup_for_which_the_parser_takes_too_long_is_not_read() {
    let nested = (0..5000).map(|number| format!("<a xmlns:n{number}=\"u{number}\">"));
    let nested = nested.collect::<Vec<_>>().concat() + &"</a>".repeat(5000);
    check_too_large(&nested, "too many prefixes");
    let attributes: Vec<_> = (0..200_000).map(|number| format!("a{number}='>'")).collect();
    check_too_large(&format!("<a {}/>", attributes.join(" ")), "too many attributes");
}

#[test]
fn the_same_namespace_may_be_declared_by_every_element() {
    let again = "<criterion xmlns=\"http://oval.mitre.org/XMLSchema/oval-definitions-5\" \
                 xmlns:x=\"x\" test_ref=\"oval:t:tst:1\"/>";
    let test = "<i:unknown_test id=\"oval:t:tst:1\" check=\"all\"/>";
    let definition = format!(
        "<definition id=\"oval:t:def:1\" class=\"patch\"><criteria>{}</criteria></definition>",
        again.repeat(5000)
    );
    let document = document(&format!("{definition}\n\n{test}"));
    let outcome = outcome(&document, 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Unknown);
}

#[test]
fn a_circle_is_named_once() {
    let again = "<extend_definition definition_ref=\"oval:t:def:1\"/>".repeat(20_000);
    let definition = format!(
        "<definition id=\"oval:t:def:1\" class=\"patch\"><criteria>{again}</criteria></definition>"
    );
    let codes: Vec<_> = read(&definition).1.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["oval/circle"]);
}

#[test]
fn all_values_of_a_variable_may_be_places() {
    let values: Vec<_> =
        (0..200_000).map(|number| format!("<value>C:\\WINDOWS\\{number}</value>")).collect();
    let test = format!(
        "{}\n\n<constant_variable id=\"oval:t:var:1\">{}</constant_variable>",
        states(&[]).replace(
            "<w:filepath>C:\\WINDOWS\\a.dll",
            "<w:filepath var_ref=\"oval:t:var:1\" var_check=\"at least one\">"
        ),
        values.concat()
    );
    let host = Host::new("x86", None).file("7", "6.0.0.0");
    assert_eq!(outcome(&document(&one_test(&test)), 1, &host).result, OvalResult::True);
}

#[test]
fn a_long_id_is_cut_where_it_is_quoted() {
    let long = "s".repeat(10_000);
    let state = format!("<w:file_state id=\"{long}\"><w:x/><w:x/></w:file_state>");
    let unknown = "<i:unknown_test id=\"oval:t:tst:1\" check=\"all\"/>";
    let (_, diagnostics) = read(&one_test(&format!("{unknown}\n\n{state}")));
    assert_eq!(diagnostics.len(), 2);
    assert!(diagnostics.iter().all(|found| found.help.as_ref().unwrap().len() < 200));
}
