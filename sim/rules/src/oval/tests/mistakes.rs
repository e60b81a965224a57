//! What is wrong with a document: found when it is read, with its place; and hostile input.

use super::{Host, document, document_text, one_test, outcome, read};
use crate::oval::{OvalDocument, OvalResult, model::OvalClass, xml::CORE};
use patchstate_source::{Severity, SourceFile};
use proptest::prelude::*;

/// The codes of all diagnostics of a document, in order, with what each marks.
fn found(content: &str) -> Vec<(&'static str, String)> {
    let (_, diagnostics) = read(content);
    let marked = diagnostics.iter().map(|found| {
        let text = found.source.text.get(found.span.clone()).unwrap().to_owned();
        (found.code, text)
    });
    marked.collect()
}

fn definition(content: &str) -> String {
    format!("<definition id=\"oval:t:def:1\" class=\"patch\">{content}</definition>\n\n")
}

#[test]
fn all_mistakes_are_reported_at_once_with_what_is_wrong() {
    let content = "\
<definition id=\"oval:t:def:1\" class=\"vulnerabilty\"><criteria operator=\"NAND\">\
<criterion test_ref=\"oval:t:tst:1\" negate=\"maybe\"/><criterion/><criterium/></criteria>\
</definition>

<definition id=\"oval:t:def:1\" class=\"patch\"/>

<w:file_test id=\"oval:t:tst:1\" check_existence=\"exists\">\
<w:object object_ref=\"oval:t:obj:1\"/><w:state state_ref=\"oval:t:ste:1\"/></w:file_test>

<w:registry_object id=\"oval:t:obj:1\"/>

<w:file_state id=\"oval:t:ste:1\"><w:version datatype=\"version\">six</w:version></w:file_state>";
    let expected = [
        ("oval/duplicate-id", "oval:t:def:1"),
        ("oval/bad-value", "vulnerabilty"),
        ("oval/bad-value", "NAND"),
        ("oval/bad-value", "maybe"),
        ("oval/missing-attribute", "<criterion/>"),
        ("oval/unknown-element", "<criterium/>"),
        ("oval/bad-value", "exists"),
        ("oval/missing-attribute", "<w:file_test id=\"oval:t:tst:1\" check_existence=\"exists\">"),
        ("oval/wrong-kind", "<w:object object_ref=\"oval:t:obj:1\"/>"),
        ("oval/missing-entity", "<w:registry_object id=\"oval:t:obj:1\"/>"),
        ("oval/bad-value", "<w:version datatype=\"version\">"),
    ];
    let mut found = found(content);
    let mut expected = expected.map(|(code, text)| (code, text.to_owned()));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let (document, diagnostics) = read(content);
    assert!(document.is_none());
    let help: Vec<_> = diagnostics.iter().filter_map(|found| found.help.as_deref()).collect();
    assert!(help.contains(&"did you mean `vulnerability`?"), "{help:?}");
    assert!(help.contains(&"did you mean `AND`?"), "{help:?}");
}

/// A file test about the one object that there is, and one state.
fn file(object: &str, state: &str) -> String {
    format!(
        "<w:file_test id=\"oval:t:tst:1\" check=\"all\">\
         <w:object object_ref=\"oval:t:obj:1\"/><w:state state_ref=\"oval:t:ste:1\"/>\
         </w:file_test>\n\n<w:file_object id=\"oval:t:obj:1\">{object}</w:file_object>\n\n\
         <w:file_state id=\"oval:t:ste:1\">{state}</w:file_state>"
    )
}

/// What is not supported is named when it is read, and what needs it is an error that says so.
#[track_caller]
fn check_named(test: &str, expected: &str) {
    let (document, diagnostics) = read(&one_test(test));
    assert!(diagnostics.iter().all(|found| found.severity == Severity::Warning));
    let named = diagnostics.iter().filter(|found| found.code == "oval/unsupported");
    let named: Vec<_> = named.map(|found| found.message.as_str()).collect();
    assert!(named.iter().any(|message| message.contains(expected)), "{expected}: {named:?}");
    let outcome = outcome(&document.unwrap(), 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error, "{expected}");
    let reason = outcome.reason.unwrap();
    assert!(reason.contains(expected), "{expected}: {reason}");
}

#[test]
fn what_is_not_supported_is_named_and_gives_an_error() {
    let registry = |object: &str| {
        format!(
            "<w:registry_test id=\"oval:t:tst:1\" check=\"all\">\
             <w:object object_ref=\"oval:t:obj:1\"/></w:registry_test>\n\n\
             <w:registry_object id=\"oval:t:obj:1\">{object}</w:registry_object>"
        )
    };
    let place = "<w:path>C:\\WINDOWS</w:path><w:filename>a.dll</w:filename>";
    let variable = |content: &str| {
        let place = "<w:path var_ref=\"oval:t:var:1\"/><w:filename>a.dll</w:filename>";
        let object = file(place, "");
        format!("{object}\n\n<local_variable id=\"oval:t:var:1\">{content}</local_variable>")
    };
    for (test, expected) in [
        (
            file(&format!("<w:behaviors max_depth=\"1\" recurse_direction=\"down\"/>{place}"), ""),
            "`behaviors`",
        ),
        (file("<w:path>C:\\</w:path><w:filename xsi:nil=\"true\"/>", ""), "folder"),
        (file(place, "<w:company>Example</w:company>"), "`company`"),
        (file(place, "<w:version operation=\"less than\">6.0</w:version>"), "`less than`"),
        (file(place, "<w:version datatype=\"evr_string\">6.0</w:version>"), "`evr_string`"),
        (file(place, "<w:version operation=\"pattern match\">(?=6)</w:version>"), "look-around"),
        (
            registry("<w:hive>HKEY_CLASSES_ROOT</w:hive><w:key>A</w:key><w:name>B</w:name>"),
            r"of a user: name HKEY_LOCAL_MACHINE and the key SOFTWARE\Classes",
        ),
        (
            registry("<w:hive>HKEY_CURRENT_CONFIG</w:hive><w:key>A</w:key><w:name>B</w:name>"),
            r"and the key SYSTEM\CurrentControlSet\Hardware Profiles\Current",
        ),
        (
            registry("<w:hive>HKEY_LOCAL_MACHINE</w:hive><w:key>BCD\\A</w:key><w:name>B</w:name>"),
            "BCD",
        ),
        (
            registry(
                "<w:hive>HKEY_LOCAL_MACHINE</w:hive><w:key operation=\"less than\">S</w:key>\
                 <w:name>B</w:name>",
            ),
            "`less than` on `key`",
        ),
        (variable("<substring substring_start=\"1\" substring_length=\"2\"/>"), "`substring`"),
        ("<w:wmi_test id=\"oval:t:tst:1\" check=\"all\"/>".to_owned(), "`wmi_test`"),
        (
            variable("<literal_component>a</literal_component>")
                .replace("local_variable", "external_variable"),
            "a `constant_variable` states them",
        ),
    ] {
        check_named(&test, expected);
    }
}

#[test]
fn what_is_not_supported_of_names_is_named_and_gives_an_error() {
    let place = "<w:path>C:\\WINDOWS</w:path><w:filename>a.dll</w:filename>";
    for (test, expected) in [
        (
            file("<w:path operation=\"pattern match\">a</w:path><w:filename>a</w:filename>", ""),
            "`pattern match` on `path`",
        ),
        (
            file("<w:filepath operation=\"not equal\">C:\\WINDOWS\\a.dll</w:filepath>", ""),
            "`not equal` on `filepath`",
        ),
        (
            file(
                "<w:path>C:\\</w:path><w:filename operation=\"pattern match\">a(?!b)</w:filename>",
                "",
            ),
            "look-around",
        ),
        (
            file("<w:path>C:\\</w:path><w:filename operation=\"less than\">a</w:filename>", ""),
            "`less than` on `filename`",
        ),
        (file(place, "<w:filename operation=\"subset of\">a</w:filename>"), "`subset of`"),
        (file(place, "<w:filename datatype=\"int\">1</w:filename>"), "`filename` must be"),
        (file(place, "<w:filename xsi:nil=\"true\"/>"), "without a value"),
    ] {
        check_named(&test, expected);
    }
}

#[test]
fn circles_of_variables_are_errors() {
    let test = "\
<w:file_test id=\"oval:t:tst:1\" check=\"all\"><w:object object_ref=\"oval:t:obj:1\"/></w:file_test>

<w:file_object id=\"oval:t:obj:1\"><w:filepath var_ref=\"oval:t:var:1\"/></w:file_object>

<local_variable id=\"oval:t:var:1\"><variable_component var_ref=\"oval:t:var:2\"/></local_variable>

<local_variable id=\"oval:t:var:2\"><object_component object_ref=\"oval:t:obj:1\" \
item_field=\"filepath\"/></local_variable>";
    let (document, diagnostics) = read(&one_test(test));
    assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["oval/circle"]);
    assert_eq!(diagnostics[0].severity, Severity::Error, "the document cannot be evaluated");
    let outcome = outcome(&document.unwrap(), 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error);
    assert!(outcome.reason.unwrap().contains("circle"));
}

#[test]
fn variables_that_multiply_are_bounded() {
    let ten: Vec<_> = (0..10).map(|number| format!("<value>{number}</value>")).collect();
    let ten = ten.concat();
    let parts = "<variable_component var_ref=\"oval:t:var:2\"/>".repeat(20);
    let test = format!(
        "<w:file_test id=\"oval:t:tst:1\" check=\"all\"><w:object object_ref=\"oval:t:obj:1\"/>\
         </w:file_test>\n\n<w:file_object id=\"oval:t:obj:1\">\
         <w:filepath var_ref=\"oval:t:var:1\"/></w:file_object>\n\n\
         <local_variable id=\"oval:t:var:1\"><concat>{parts}</concat></local_variable>\n\n\
         <constant_variable id=\"oval:t:var:2\">{ten}</constant_variable>"
    );
    let outcome = outcome(&document(&one_test(&test)), 1, &Host::new("x86", None));
    assert_eq!(outcome.result, OvalResult::Error);
    assert!(outcome.reason.unwrap().contains("more than 4096"));
}

#[test]
fn criteria_and_chains_of_definitions_that_are_too_deep_are_no_overflow() {
    let deep = format!("{}{}", "<criteria>".repeat(100_000), "</criteria>".repeat(100_000));
    let codes = found(&definition(&deep));
    assert!(codes.iter().any(|(code, _)| *code == "oval/too-deep"), "{codes:?}");
    let chain: Vec<_> = (1..5000)
        .map(|number| {
            format!(
                "<definition id=\"oval:t:def:{number}\" class=\"patch\"><criteria>\
                 <extend_definition definition_ref=\"oval:t:def:{}\"/></criteria></definition>\n\n",
                number + 1
            )
        })
        .collect();
    let end = "<definition id=\"oval:t:def:5000\" class=\"patch\"><criteria>\
               <criterion test_ref=\"oval:t:tst:1\"/></criteria></definition>\n\n\
               <i:unknown_test id=\"oval:t:tst:1\" check=\"all\"/>";
    let document = document(&(chain.concat() + end));
    let host = Host::new("x86", None);
    let first = outcome(&document, 1, &host);
    assert_eq!(first.result, OvalResult::Error);
    assert!(first.reason.unwrap().contains("deeper than"));
    assert_eq!(outcome(&document, 4990, &host).result, OvalResult::Unknown);
}

#[test]
fn other_files_are_no_documents() {
    for (text, code) in [
        ("", "oval/xml"),
        ("<a>", "oval/xml"),
        ("<oval_definitions/>", "oval/not-oval"),
        ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "oval/entity"),
        ("<!DOCTYPE a SYSTEM \"a.dtd\"><a>&x;</a>", "oval/xml"),
        (&document_text(""), "oval/no-definition"),
    ] {
        let (document, diagnostics) = OvalDocument::read(SourceFile::new("a.xml", text));
        assert!(document.is_none(), "{text}");
        let codes: Vec<_> = diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, [code], "{text}");
    }
}

#[test]
fn a_place_in_broken_xml_is_counted_in_bytes() {
    let text = "<a>\n  <é></b>\n</a>";
    let (_, diagnostics) = OvalDocument::read(SourceFile::new("a.xml", text));
    assert_eq!(diagnostics[0].place().line, 2);
    assert!(text.is_char_boundary(diagnostics[0].span.start));
}

/// Wherever a document is cut, the end of the file is the place, not its beginning.
#[test]
fn a_document_that_is_cut_off_anywhere_is_marked_at_its_end() {
    let text = document_text(&one_test(&file(
        "<w:path>C:\\WINDOWS</w:path><!-- a > b --><w:filename><![CDATA[a>.dll]]></w:filename>",
        "<w:version datatype=\"version\" operation='less than'>6.0</w:version>",
    )));
    let text = format!("<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ELEMENT x ANY>]>\n{text}");
    for cut in (1..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        let source = SourceFile::new("a.xml", &text[..cut]);
        let (document, diagnostics) = OvalDocument::read(source);
        assert!(document.is_none(), "{cut}");
        let [found] = diagnostics.as_slice() else { panic!("{cut}: {diagnostics:?}") };
        assert_eq!(found.code, "oval/xml", "{cut}");
        let end = text[..cut].trim_end().len();
        assert_eq!(found.span, end..end, "{cut}: {} {}", &text[..cut], found.message);
    }
}

#[test]
fn what_is_open_where_a_document_is_cut_off_is_named_with_its_line() {
    for (text, open) in [
        ("<a>\n<b>\n<c/><d></d>x", "`b` of line 2"),
        ("<a>\n<b x='>'></b>\n<!-- <c>", "`<!--` of line 3"),
        ("<a>\n<b x='", "`<b` of line 2"),
        ("<a>\n</", "`</` of line 2"),
        ("<!DOCTYPE a [\n<!ELEMENT a ANY>", "`<!DOCTYPE` of line 1"),
        ("<a><![CDATA[ </a>", "`<![CDATA[` of line 1"),
    ] {
        let (_, diagnostics) = OvalDocument::read(SourceFile::new("a.xml", text));
        let [found] = diagnostics.as_slice() else { panic!("{text}: {diagnostics:?}") };
        let expected = format!("the file ends before {open} does");
        assert!(found.message.ends_with(&expected), "{text}: {}", found.message);
    }
}

/// Nothing that a document type names is fetched, and no entity stands for anything.
#[test]
fn a_document_type_without_entities_is_passed_over() {
    let text = document_text(&one_test("<i:unknown_test id=\"oval:t:tst:1\" check=\"all\"/>"));
    for document_type in [
        "<!DOCTYPE oval_definitions>",
        "<!DOCTYPE oval_definitions SYSTEM \"http://example.invalid/oval.dtd\">",
        "<!DOCTYPE oval_definitions PUBLIC \"-//X//Y//EN\" \"oval.dtd\" [\n\
         <!-- it's > here ] --><!ELEMENT x (#PCDATA)><!ATTLIST x y CDATA \"z\">]>",
    ] {
        let source = SourceFile::new("a.xml", &format!("{document_type}\n{text}"));
        let (document, diagnostics) = OvalDocument::read(source);
        assert_eq!(diagnostics, [], "{document_type}");
        assert_eq!(document.unwrap().definitions().count(), 1);
    }
    for entity in ["<!ENTITY a \"b\">", "<!ENTITY % a \"b\">", "<!ENTITY a SYSTEM \"/etc/hosts\">"]
    {
        let source = SourceFile::new("a.xml", &format!("<!DOCTYPE x [ {entity} ]>\n{text}"));
        let (document, diagnostics) = OvalDocument::read(source);
        assert!(document.is_none());
        let [found] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        assert_eq!((found.code, found.span.clone()), ("oval/entity", 14..22), "{entity}");
        assert!(found.help.as_ref().unwrap().contains("take the declaration out"));
    }
}

#[test]
fn every_class_is_known() {
    for (word, class) in [
        ("compliance", OvalClass::Compliance),
        ("inventory", OvalClass::Inventory),
        ("miscellaneous", OvalClass::Miscellaneous),
        ("patch", OvalClass::Patch),
        ("vulnerability", OvalClass::Vulnerability),
    ] {
        let text = format!("<definition id=\"oval:t:def:1\" class=\"{word}\"/>");
        assert_eq!(document(&text).definitions().next().unwrap().class, class);
    }
}

/// Pieces of documents, put together at random.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<criteria operator=\"OR\">".to_owned()),
        Just("<criteria negate=\"true\">".to_owned()),
        Just("</criteria>".to_owned()),
        Just("<criterion test_ref=\"oval:t:tst:1\"/>".to_owned()),
        Just("<extend_definition definition_ref=\"oval:t:def:1\"/>".to_owned()),
        Just("<definition id=\"oval:t:def:1\" class=\"patch\">".to_owned()),
        Just("</definition>".to_owned()),
        Just(
            "<w:file_object id=\"oval:t:obj:1\"><w:filepath var_ref=\"oval:t:var:1\"/>".to_owned()
        ),
        Just("</w:file_object>".to_owned()),
        Just("<local_variable id=\"oval:t:var:1\"><concat>".to_owned()),
        Just("</concat></local_variable>".to_owned()),
        Just("<object_component object_ref=\"oval:t:obj:1\" item_field=\"path\"/>".to_owned()),
        Just("\n\n".to_owned()),
        ".{0,8}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_reading_or_evaluating_panic(text in ".*", pieces in pieces()) {
        let host = Host::new("x86", None);
        let sources = [
            text.clone(),
            document_text(&pieces),
            format!("<definition xmlns=\"{CORE}\" id=\"{pieces}"),
        ];
        for text in sources {
            let source = SourceFile::new("a.xml", &text);
            for (document, diagnostics) in
                [OvalDocument::read(source.clone()), OvalDocument::assemble(&[source])]
            {
                for found in diagnostics {
                    prop_assert!(found.source.text.get(found.span.clone()).is_some());
                }
                let ids: Vec<_> = document.iter().flat_map(OvalDocument::definitions)
                    .map(|definition| definition.id.to_owned()).collect();
                for id in ids {
                    host.look(|subject| document.as_ref().unwrap().evaluate(&id, subject));
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = OvalDocument::read(SourceFile::new("a.xml", &text));
    }
}
