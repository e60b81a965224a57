//! Sets of items, filters, and data of registry values.

use super::{Host, one_test, outcome, read, test_reason, test_result};
use crate::oval::OvalResult as R;

/// A registry test of object 1, whose elements are given, with these attributes.
fn test_of(attributes: &str, elements: &str) -> String {
    format!(
        "<w:registry_test id=\"oval:t:tst:1\" {attributes}>\
         <w:object object_ref=\"oval:t:obj:1\"/></w:registry_test>\n\n{elements}\n\n{OBJECTS}"
    )
}

/// Objects 2 to 7: a and b; b and c; nothing; a hive that is not there; unknown; b or unknown.
const OBJECTS: &str = r#"<w:registry_object id="oval:t:obj:2"><w:hive>HKEY_LOCAL_MACHINE</w:hive>
<w:key>SOFTWARE\Names</w:key><w:name operation="pattern match">^[ab]$</w:name></w:registry_object>

<w:registry_object id="oval:t:obj:3"><w:hive>HKEY_LOCAL_MACHINE</w:hive>
<w:key>SOFTWARE\names</w:key><w:name operation="pattern match">^[bc]$</w:name></w:registry_object>

<w:registry_object id="oval:t:obj:4"><w:hive>HKEY_LOCAL_MACHINE</w:hive>
<w:key>SOFTWARE\Names</w:key><w:name>Absent</w:name></w:registry_object>

<w:registry_object id="oval:t:obj:5"><w:hive>HKEY_CURRENT_USER</w:hive>
<w:key>SOFTWARE\Names</w:key><w:name>a</w:name></w:registry_object>

<w:registry_object id="oval:t:obj:6"><w:hive>HKEY_CLASSES_ROOT</w:hive>
<w:key>SOFTWARE\Names</w:key><w:name>a</w:name></w:registry_object>

<w:registry_object id="oval:t:obj:7"><w:hive>HKEY_LOCAL_MACHINE</w:hive>
<w:key operation="pattern match">Names$</w:key><w:name>b</w:name></w:registry_object>

<w:registry_state id="oval:t:ste:1"><w:value>1</w:value></w:registry_state>

<w:registry_state id="oval:t:ste:2"><w:value datatype="int">1</w:value></w:registry_state>"#;

fn host() -> Host {
    let mut host = Host::new("x86", None);
    host.software.at("Names").text("a", "1").text("b", "2").text("c", "three");
    host
}

/// Object 1 as a set.
fn set(operator: &str, content: &str) -> String {
    format!(
        "<w:registry_object id=\"oval:t:obj:1\"><set set_operator=\"{operator}\">{content}</set>\
         </w:registry_object>"
    )
}

fn of(objects: &[u32]) -> String {
    let reference = |number| format!("<object_reference>oval:t:obj:{number}</object_reference>");
    objects.iter().map(reference).collect::<Vec<_>>().concat()
}

/// The result of "there is something", "there is exactly one" and "there is nothing".
#[track_caller]
fn existence(elements: &str) -> [R; 3] {
    ["at_least_one_exists", "only_one_exists", "none_exist"].map(|existence| {
        let attributes = format!("check=\"all\" check_existence=\"{existence}\"");
        test_result(&test_of(&attributes, elements), &host())
    })
}

const NOTHING: [R; 3] = [R::False, R::False, R::True];
const SINGLE: [R; 3] = [R::True, R::True, R::False];
const SEVERAL: [R; 3] = [R::True, R::False, R::False];
const ERROR: [R; 3] = [R::Error; 3];

/// The charts of `SetOperatorEnumeration` in `oval-definitions-schema.xsd` 5.11, for complete (2
/// and 3), does not exist (4), not applicable (5) and error (6).
#[test]
fn sets_are_combined_as_the_charts_of_the_schema_say() {
    let not_applicable = [R::NotApplicable; 3];
    for (objects, union, intersection, complement) in [
        ([2, 3], SEVERAL, SINGLE, SINGLE),
        ([2, 2], SEVERAL, SEVERAL, NOTHING),
        ([2, 4], SEVERAL, NOTHING, SEVERAL),
        ([4, 2], SEVERAL, NOTHING, NOTHING),
        ([4, 4], NOTHING, NOTHING, NOTHING),
        ([2, 5], SEVERAL, SEVERAL, ERROR),
        ([5, 2], SEVERAL, SEVERAL, ERROR),
        ([4, 5], NOTHING, NOTHING, ERROR),
        ([5, 4], NOTHING, NOTHING, ERROR),
        ([5, 5], not_applicable, not_applicable, ERROR),
        ([2, 6], ERROR, ERROR, ERROR),
        ([6, 2], ERROR, ERROR, ERROR),
        ([4, 6], ERROR, NOTHING, NOTHING),
        ([6, 4], ERROR, NOTHING, ERROR),
        ([5, 6], ERROR, ERROR, ERROR),
    ] {
        for (operator, expected) in
            [("UNION", union), ("INTERSECTION", intersection), ("COMPLEMENT", complement)]
        {
            let found = existence(&set(operator, &of(&objects)));
            assert_eq!(found, expected, "{operator} {objects:?}");
        }
    }
}

#[test]
fn sets_nest_and_one_part_is_the_set_itself() {
    assert_eq!(existence(&set("UNION", &of(&[2]))), SEVERAL);
    assert_eq!(existence(&set("COMPLEMENT", &of(&[2]))), SEVERAL);
    let inner = |operator: &str, objects: &[u32]| {
        format!("<set set_operator=\"{operator}\">{}</set>", of(objects))
    };
    // a, and then b and c less b.
    let both = inner("COMPLEMENT", &[2, 3]) + &inner("COMPLEMENT", &[3, 2]);
    assert_eq!(existence(&set("UNION", &both)), SEVERAL);
    assert_eq!(existence(&set("INTERSECTION", &both)), NOTHING);
    // The default is the union.
    let plain = set("UNION", &of(&[2, 3])).replace(" set_operator=\"UNION\"", "");
    assert_eq!(existence(&plain), SEVERAL);
}

/// An item that may or may not be in a set is an error wherever it decides.
#[test]
fn what_cannot_be_known_of_one_part_stays_unknown() {
    // Object 7 is b, and whatever keys of other hives have.
    assert_eq!(existence(&set("UNION", &of(&[4, 7]))), [R::True, R::Error, R::False]);
    assert_eq!(existence(&set("INTERSECTION", &of(&[2, 7]))), [R::True, R::Error, R::False]);
    assert_eq!(existence(&set("COMPLEMENT", &of(&[2, 7]))), ERROR);
    assert_eq!(existence(&set("COMPLEMENT", &of(&[7, 2]))), ERROR);
}

#[test]
fn filters_leave_out_or_keep_what_is_like_a_state() {
    let filter = |action: &str, state| format!("<filter{action}>oval:t:ste:{state}</filter>");
    let exclude = filter("", 1);
    let include = filter(" action=\"include\"", 1);
    assert_eq!(existence(&set("UNION", &(of(&[2]) + &exclude))), SINGLE);
    assert_eq!(existence(&set("UNION", &(of(&[2]) + &include))), SINGLE);
    assert_eq!(existence(&set("UNION", &(of(&[2]) + &include + &exclude))), NOTHING);
    // Before the operator: b and c less b, and not b and c less a.
    assert_eq!(existence(&set("COMPLEMENT", &(of(&[3, 2]) + &include))), NOTHING);
    // `three` is no int, so that it cannot be told of c.
    let unknown = set("UNION", &(of(&[3]) + &filter("", 2)));
    assert_eq!(existence(&unknown), [R::True, R::Error, R::False]);
    // Also on an object that is no set.
    let plain = OBJECTS.split("\n\n").next().unwrap().replace("obj:2", "obj:1");
    let filtered = plain.replace("</w:registry_object>", &(exclude + "</w:registry_object>"));
    assert_eq!(existence(&plain), SEVERAL);
    assert_eq!(existence(&filtered), SINGLE);
}

#[test]
fn what_is_wrong_with_a_set_is_named() {
    for (content, code) in [
        (String::new(), "oval/bad-set"),
        (of(&[2, 3, 4]), "oval/bad-set"),
        (of(&[99]), "oval/missing-reference"),
        (of(&[2]) + "<filter>oval:t:ste:99</filter>", "oval/missing-reference"),
        (of(&[2]) + "<filter>oval:t:ste:9</filter>", "oval/wrong-kind"),
        (of(&[9]), "oval/wrong-kind"),
        (of(&[2]) + "<objects/>", "oval/unknown-element"),
        (of(&[1]), "oval/circle"),
    ] {
        let others =
            "<w:file_state id=\"oval:t:ste:9\"/>\n\n<i:family_object id=\"oval:t:obj:9\"/>";
        let elements = set("UNION", &content) + "\n\n" + others;
        let (_, diagnostics) = read(&one_test(&test_of("check=\"all\"", &elements)));
        let codes: Vec<_> = diagnostics.iter().map(|found| found.code).collect();
        assert!(codes.contains(&code), "{content}: {codes:?}");
    }
}

/// A filter leads to a state, that to a variable, and that to the object again.
#[test]
fn a_circle_through_a_filter_is_an_error() {
    let elements = set("UNION", &(of(&[2]) + "<filter>oval:t:ste:8</filter>"))
        + "\n\n<w:registry_state id=\"oval:t:ste:8\"><w:value var_ref=\"oval:t:var:1\"/>\
           </w:registry_state>\n\n<local_variable id=\"oval:t:var:1\"><object_component \
           object_ref=\"oval:t:obj:1\" item_field=\"value\"/></local_variable>";
    let (document, diagnostics) = read(&one_test(&test_of("check=\"all\"", &elements)));
    assert!(diagnostics.iter().any(|found| found.code == "oval/circle"), "{diagnostics:?}");
    assert_eq!(outcome(&document.unwrap(), 1, &host()).result, R::Error);
}

#[test]
fn sets_of_sets_that_double_are_bounded() {
    let mut elements = set("UNION", &of(&[10, 10]));
    for number in 10..400 {
        let next = set("INTERSECTION", &of(&[number + 1, number + 1]));
        let next = next.replace("\"oval:t:obj:1\"", &format!("\"oval:t:obj:{number}\""));
        elements.push_str(&format!("\n\n{next}"));
    }
    let end = OBJECTS.split("\n\n").nth(5).unwrap().replace("obj:7", "obj:400");
    elements.push_str(&format!("\n\n{end}"));
    let reason = test_reason(&test_of("check=\"all\"", &elements), &host());
    assert!(reason.contains("too deep"), "{reason}");
}

/// The data of a registry value by its type, as `registry_state` in
/// `windows-definitions-schema.xsd` 5.11 has it.
#[test]
fn values_are_compared_by_the_datatype_of_their_registry_type() {
    let mut host = Host::new("x86", None);
    let texts: Vec<u8> = "one\0two\0\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let key = host.software.at("Data");
    key.raw("binary", 3, vec![0x0a, 0xff]).raw("big", 5, vec![0, 0, 1, 0]);
    key.raw("long", 11, 0x1_0000_0000_u64.to_le_bytes().to_vec()).raw("texts", 7, texts);
    key.raw("none", 0, vec![1]).number("one", 1).text("yes", "true").number("two", 2);
    let test = |name: &str, state: &str| {
        format!(
            "<w:registry_test id=\"oval:t:tst:1\" check=\"all\">\
             <w:object object_ref=\"oval:t:obj:1\"/><w:state state_ref=\"oval:t:ste:1\"/>\
             </w:registry_test>\n\n<w:registry_object id=\"oval:t:obj:1\">\
             <w:hive>HKEY_LOCAL_MACHINE</w:hive><w:key>SOFTWARE\\Data</w:key>\
             <w:name>{name}</w:name></w:registry_object>\n\n\
             <w:registry_state id=\"oval:t:ste:1\">{state}</w:registry_state>"
        )
    };
    let value = |rest: &str, text: &str| format!("<w:value {rest}>{text}</w:value>");
    let kind = |text: &str| format!("<w:type>{text}</w:type>");
    for (name, state, expected) in [
        ("binary", value("datatype=\"binary\"", "0AfF"), R::True),
        ("binary", value("datatype=\"binary\"", "0a"), R::False),
        ("binary", value("datatype=\"binary\" operation=\"not equal\"", "0a"), R::True),
        ("binary", kind("reg_binary"), R::True),
        ("big", value("datatype=\"int\"", "256"), R::True),
        ("big", kind("reg_dword_big_endian"), R::True),
        ("long", value("datatype=\"int\" operation=\"greater than\"", "4294967295"), R::True),
        ("long", kind("reg_qword_little_endian"), R::True),
        ("none", kind("reg_none"), R::True),
        ("one", kind("reg_dword_little_endian"), R::True),
        ("one", value("datatype=\"boolean\"", "true"), R::True),
        ("yes", value("datatype=\"boolean\"", "1"), R::True),
        ("yes", value("datatype=\"boolean\" operation=\"not equal\"", "false"), R::True),
        ("texts", kind("reg_multi_sz"), R::True),
        // Each text is a value: `entity_check` says how many must be right.
        ("texts", value("", "one"), R::False),
        ("texts", value("entity_check=\"at least one\"", "two"), R::True),
        ("texts", value("entity_check=\"only one\"", "one"), R::True),
        ("texts", value("entity_check=\"none satisfy\"", "three"), R::True),
        ("texts", value("operation=\"pattern match\"", "^(one|two)$"), R::True),
    ] {
        assert_eq!(test_result(&test(name, &state), &host), expected, "{name} {state}");
    }
    for (name, state, expected) in [
        ("binary", value("", "0aff"), "with the datatype `binary`"),
        ("two", value("datatype=\"boolean\"", "true"), "`2` is no boolean"),
        ("one", value("datatype=\"binary\"", "01"), "`1` is no binary"),
        ("none", value("", "1"), "REG_NONE"),
    ] {
        let reason = test_reason(&test(name, &state), &host);
        assert!(reason.contains(expected), "{name} {state}: {reason}");
    }
    for (rest, text) in [("binary", "0"), ("binary", "0g"), ("boolean", "yes")] {
        let state = value(&format!("datatype=\"{rest}\""), text);
        let (document, diagnostics) = read(&one_test(&test("one", &state)));
        assert!(document.is_none());
        assert_eq!(diagnostics[0].code, "oval/bad-value");
    }
}
