//! The rules of the language one by one: criteria, existence, checks, variables, references.

use super::{Host, document, outcome, read, result, test_reason, test_result};
use crate::oval::{MissingReferences, OvalResult as R};

/// Elements of which tests 1 to 6 are true, false, error, unknown, not applicable and again true.
const TESTS: &str = "\
<i:family_test id=\"oval:t:tst:1\" check=\"all\"><i:object object_ref=\"oval:t:obj:1\"/>\
</i:family_test>

<i:family_test id=\"oval:t:tst:2\" check=\"all\" check_existence=\"none_exist\">\
<i:object object_ref=\"oval:t:obj:1\"/></i:family_test>

<w:wmi_test id=\"oval:t:tst:3\" check=\"all\"/>

<i:unknown_test id=\"oval:t:tst:4\" check=\"all\"/>

<linux:rpminfo_test id=\"oval:t:tst:5\" check=\"all\"/>

<i:family_test id=\"oval:t:tst:6\" check=\"all\"><i:object object_ref=\"oval:t:obj:1\"/>\
</i:family_test>

<i:family_object id=\"oval:t:obj:1\"/>";

/// Criteria over tests by number; a minus negates.
fn criteria(operator: &str, tests: &[i32]) -> String {
    let tests = tests.iter().map(|test| {
        let negate = if *test < 0 { " negate=\"true\"" } else { "" };
        format!("<criterion test_ref=\"oval:t:tst:{}\"{negate}/>", test.abs())
    });
    format!("<criteria operator=\"{operator}\">{}</criteria>", tests.collect::<Vec<_>>().concat())
}

fn definition(number: u32, criteria: &str) -> String {
    let start = format!("<definition id=\"oval:t:def:{number}\" class=\"vulnerability\">");
    format!("{start}{criteria}</definition>\n\n")
}

#[track_caller]
fn criteria_result(criteria: &str) -> R {
    let document = document(&(definition(1, criteria) + TESTS));
    result(&document, 1, &Host::new("x86", None))
}

#[test]
fn each_kind_of_test_has_its_result() {
    for (test, expected) in [
        (1, R::True),
        (2, R::False),
        (3, R::Error),
        (4, R::Unknown),
        (5, R::NotApplicable),
        (-1, R::False),
        (-2, R::True),
        (-3, R::Error),
        (-4, R::Unknown),
        (-5, R::NotApplicable),
    ] {
        assert_eq!(criteria_result(&criteria("AND", &[test])), expected, "{test}");
    }
}

#[test]
fn criteria_combine_tests_with_every_operator() {
    for (operator, tests, expected) in [
        ("AND", [1, 6, 5], R::True),
        ("AND", [1, 3, 2], R::False),
        ("AND", [4, 1, 3], R::Error),
        ("OR", [3, 4, 1], R::True),
        ("OR", [2, 2, 4], R::Unknown),
        ("OR", [2, -1, 5], R::False),
        ("ONE", [1, 2, 2], R::True),
        ("ONE", [1, 6, 3], R::False),
        ("ONE", [1, 4, 2], R::Unknown),
        ("XOR", [1, 6, 2], R::False),
        ("XOR", [1, 6, -2], R::True),
        ("XOR", [1, 4, 3], R::Error),
    ] {
        assert_eq!(criteria_result(&criteria(operator, &tests)), expected, "{operator} {tests:?}");
    }
}

#[test]
fn criteria_nest_and_groups_can_be_negated() {
    let inner = criteria("OR", &[2, 1]).replacen("<criteria", "<criteria negate=\"true\"", 1);
    let outer = format!("<criteria operator=\"OR\">{inner}{}</criteria>", criteria("AND", &[-1]));
    assert_eq!(criteria_result(&outer), R::False);
    assert_eq!(criteria_result(&outer.replacen("<criteria", "<criteria negate=\"1\"", 1)), R::True);
}

#[test]
fn definitions_extend_others_also_negated() {
    let extend = |to, negate: bool| {
        format!(
            "<criteria><extend_definition definition_ref=\"oval:t:def:{to}\" \
             negate=\"{negate}\"/></criteria>"
        )
    };
    let text = definition(1, &extend(2, true)) + &definition(2, &extend(3, false));
    let document = document(&(text + &definition(3, &criteria("AND", &[2])) + TESTS));
    let host = Host::new("x86", None);
    assert_eq!(
        [1, 2, 3].map(|number| result(&document, number, &host)),
        [R::True, R::False, R::False]
    );
}

#[test]
fn a_definition_without_criteria_is_not_evaluated() {
    let document = document(&(definition(1, "") + TESTS));
    let outcome = outcome(&document, 1, &Host::new("x86", None));
    assert_eq!(outcome.result, R::NotEvaluated);
    assert!(outcome.reason.unwrap().contains("no criteria"));
}

#[test]
fn circles_of_definitions_are_errors_for_all_that_lead_there() {
    let extend = |to| {
        format!("<criteria><extend_definition definition_ref=\"oval:t:def:{to}\"/></criteria>")
    };
    let text = definition(1, &extend(2)) + &definition(2, &extend(3)) + &definition(3, &extend(2));
    let (document, diagnostics) = read(&(text + &definition(4, &extend(4)) + TESTS));
    let circles = diagnostics.iter().filter(|found| found.code == "oval/circle");
    assert_eq!(circles.count(), 2);
    let document = document.unwrap();
    for number in 1..=4 {
        let outcome = outcome(&document, number, &Host::new("x86", None));
        assert_eq!(outcome.result, R::Error);
        assert!(outcome.reason.unwrap().contains("circle"));
    }
}

#[test]
fn a_missing_reference_makes_the_definition_an_error_unless_told_otherwise() {
    let document = document(&(definition(1, &criteria("OR", &[1, 77])) + TESTS));
    let host = Host::new("x86", None);
    let found = outcome(&document, 1, &host);
    assert_eq!(found.result, R::Error);
    assert!(found.reason.unwrap().contains("oval:t:tst:77"));
    let local = MissingReferences::Reference;
    let found = host.look(|subject| document.evaluate_with("oval:t:def:1", subject, local));
    assert_eq!(found.result, R::True, "what the table of OR says of true and error");
    let none = host.look(|subject| document.evaluate("oval:t:def:2", subject));
    assert_eq!(none.result, R::Error);
    assert!(none.reason.unwrap().contains("no definition oval:t:def:2"));
}

/// A file test on `files` (`path` entity, `filename` entity) with the state's content.
fn file_test(attributes: &str, folder: &str, name: &str, states: &[&str]) -> String {
    let references = (1..=states.len())
        .map(|number| format!("<w:state state_ref=\"oval:t:ste:{number}\"/>"))
        .collect::<Vec<_>>()
        .concat();
    let states = states
        .iter()
        .zip(1..)
        .map(|(state, number)| {
            format!("<w:file_state id=\"oval:t:ste:{number}\">{state}</w:file_state>\n\n")
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<w:file_test id=\"oval:t:tst:1\" {attributes}>\
         <w:object object_ref=\"oval:t:obj:1\"/>{references}</w:file_test>\n\n\
         <w:file_object id=\"oval:t:obj:1\">{folder}{name}</w:file_object>\n\n\
         {states}{VARIABLES}"
    )
}

const VARIABLES: &str = "\
<constant_variable id=\"oval:t:var:1\" datatype=\"string\"><value>asp.dll</value>\
<value>w3dt.dll</value></constant_variable>

<constant_variable id=\"oval:t:var:2\" datatype=\"string\"><value>asp.dll</value>\
<value>ASP.DLL</value></constant_variable>

<constant_variable id=\"oval:t:var:3\" datatype=\"version\"><value>6.0.3790.3959</value>\
<value>6.0.3790.4195</value></constant_variable>

<local_variable id=\"oval:t:var:4\" datatype=\"string\"><concat>\
<literal_component>C:\\WINDOWS\\</literal_component><variable_component var_ref=\"oval:t:var:5\"/>\
</concat></local_variable>

<constant_variable id=\"oval:t:var:5\" datatype=\"string\"><value>system32\\inetsrv</value>\
<value>system32</value></constant_variable>";

const FOLDER: &str = "<w:path>C:\\WINDOWS\\system32\\inetsrv</w:path>";

fn variable_name(variable: u32, check: &str) -> String {
    format!("<w:filename var_ref=\"oval:t:var:{variable}\" var_check=\"{check}\"/>")
}

fn version(operation: &str, version: &str) -> String {
    format!("<w:version datatype=\"version\" operation=\"{operation}\">{version}</w:version>")
}

/// asp.dll at 4195 and w3dt.dll at 3959; infocomm.dll is not there, metadata.dll is locked.
fn files() -> Host {
    let host = Host::new("x86", Some("Service Pack 2"));
    let host = host.iis_file("asp.dll", 4195).iis_file("w3dt.dll", 3959);
    let host = host.without("system32/asp.dll").without("system32/w3dt.dll");
    host.without("system32/inetsrv/infocomm.dll").unreadable("system32/inetsrv/metadata.dll")
}

#[test]
fn existence_is_checked_before_states() {
    let state = version("less than", "1.0");
    for (existence, asp, infocomm) in [
        ("all_exist", R::True, R::False),
        ("any_exist", R::True, R::True),
        ("at_least_one_exists", R::True, R::False),
        ("none_exist", R::False, R::True),
        ("only_one_exists", R::True, R::False),
    ] {
        let attributes = format!("check=\"all\" check_existence=\"{existence}\"");
        let name = |name| format!("<w:filename>{name}</w:filename>");
        let test = |file, states: &[&str]| file_test(&attributes, FOLDER, &name(file), states);
        assert_eq!(test_result(&test("asp.dll", &[]), &files()), asp, "{existence}");
        assert_eq!(test_result(&test("infocomm.dll", &[]), &files()), infocomm, "{existence}");
        // With a state that nothing satisfies, whatever had to exist fails.
        assert_eq!(test_result(&test("asp.dll", &[&state]), &files()), R::False, "{existence}");
        let without = test_result(&test("infocomm.dll", &[&state]), &files());
        assert_eq!(without, infocomm, "{existence}");
    }
}

#[test]
fn several_items_are_checked_together() {
    let state = version("greater than", "6.0.3790.3959");
    for (check, expected) in [
        ("all", R::False),
        ("at least one", R::True),
        ("only one", R::True),
        ("none satisfy", R::False),
    ] {
        let attributes = format!("check=\"{check}\"");
        let name = variable_name(1, "at least one");
        let test = file_test(&attributes, FOLDER, &name, &[&state]);
        assert_eq!(test_result(&test, &files()), expected, "{check}");
    }
    let two = variable_name(1, "at least one");
    let only = file_test("check=\"all\" check_existence=\"only_one_exists\"", FOLDER, &two, &[]);
    assert_eq!(test_result(&only, &files()), R::False, "both exist");
}

/// `oval-common-schema.xsd` 5.11, `CheckEnumeration`: a test with `none exist` "evaluates to true
/// if no matching object exists that satisfy the data requirements". ovaldi's `Test.cpp` puts
/// `none_exist` and `none satisfy` in the place of whatever the test says of existence, so that an
/// absent item is true and one that is there without a state false. (It makes an item that is there
/// and satisfies no state false as well; here the text of the schema counts.)
#[test]
fn the_deprecated_check_none_exist_means_that_nothing_matches() {
    let state = version("greater than", "6.0.3790.4195");
    let satisfied = version("equals", "6.0.3790.4195");
    for (name, states, expected) in [
        ("infocomm.dll", [].as_slice(), R::True),
        ("asp.dll", &[], R::False),
        ("infocomm.dll", &[state.as_str()], R::True),
        ("asp.dll", &[state.as_str()], R::True),
        ("asp.dll", &[satisfied.as_str()], R::False),
        // It is there, though it cannot be read.
        ("metadata.dll", &[], R::False),
        ("metadata.dll", &[state.as_str()], R::Error),
    ] {
        let name = format!("<w:filename>{name}</w:filename>");
        // The default of the schema written out or left out, and what it is read as: all the same.
        for existence in ["", " check_existence=\"at_least_one_exists\""] {
            let check = format!("check=\"none exist\"{existence}");
            let test = file_test(&check, FOLDER, &name, states);
            let result = test_result(&test, &files());
            assert_eq!(result, expected, "{name} {existence} {states:?}");
        }
    }
    let none = "check=\"none exist\" check_existence=\"none_exist\"";
    let test = file_test(none, FOLDER, "<w:filename>asp.dll</w:filename>", &[&state]);
    assert_eq!(test_result(&test, &files()), R::False, "it asks for no item at all");
}

#[test]
fn none_exist_is_read_as_none_satisfy_also_of_entities_and_variables() {
    let name = "<w:filename>asp.dll</w:filename>";
    for (attribute, expected) in [
        ("entity_check=\"none exist\" var_check=\"at least one\"", R::False),
        ("entity_check=\"all\" var_check=\"none exist\"", R::False),
        ("entity_check=\"none exist\" var_check=\"none exist\"", R::True),
    ] {
        let state =
            format!("<w:version datatype=\"version\" var_ref=\"oval:t:var:3\" {attribute}/>");
        let test = file_test("check=\"all\"", FOLDER, name, &[&state]);
        assert_eq!(test_result(&test, &files()), expected, "{attribute}");
    }
}

#[test]
fn several_states_are_combined_by_the_state_operator() {
    let (above, below) = (version("greater than", "6.0"), version("less than", "6.0"));
    let name = "<w:filename>asp.dll</w:filename>";
    for (operator, expected) in
        [("AND", R::False), ("OR", R::True), ("ONE", R::True), ("XOR", R::True)]
    {
        let attributes = format!("check=\"all\" state_operator=\"{operator}\"");
        let test = file_test(&attributes, FOLDER, name, &[&above, &below]);
        assert_eq!(test_result(&test, &files()), expected, "{operator}");
    }
}

#[test]
fn the_values_of_a_variable_are_places_as_its_check_says() {
    for (variable, check, expected) in [
        (1, "at least one", R::True),
        // No name is both.
        (1, "all", R::False),
        (1, "only one", R::True),
        // Names do not depend on letter case: both values are one name.
        (2, "all", R::True),
        (2, "only one", R::False),
    ] {
        let name = variable_name(variable, check);
        let test = file_test("check=\"all\"", FOLDER, &name, &[]);
        assert_eq!(test_result(&test, &files()), expected, "{variable} {check}");
    }
    let folder = "<w:path var_ref=\"oval:t:var:4\" var_check=\"at least one\"/>";
    let name = "<w:filename>asp.dll</w:filename>";
    let one = file_test("check=\"all\" check_existence=\"only_one_exists\"", folder, name, &[]);
    assert_eq!(test_result(&one, &files()), R::True, "in one of two folders");
    let all = file_test("check=\"all\" check_existence=\"all_exist\"", folder, name, &[]);
    assert_eq!(test_result(&all, &files()), R::False, "not in both");
}

#[test]
fn states_take_values_from_variables() {
    let name = "<w:filename>asp.dll</w:filename>";
    for (check, entity, expected) in [
        ("all", "all", R::False),
        ("at least one", "all", R::True),
        ("only one", "all", R::True),
        ("none satisfy", "all", R::False),
        ("all", "none satisfy", R::True),
        ("at least one", "none satisfy", R::False),
    ] {
        let state = format!(
            "<w:version datatype=\"version\" var_ref=\"oval:t:var:3\" var_check=\"{check}\" \
             entity_check=\"{entity}\"/>"
        );
        let test = file_test("check=\"all\"", FOLDER, name, &[&state]);
        assert_eq!(test_result(&test, &files()), expected, "{check} {entity}");
    }
}

#[test]
fn a_file_by_its_whole_path_and_a_file_without_a_version() {
    let whole = "<w:filepath>c:\\windows\\System32\\inetsrv\\ASP.DLL</w:filepath>";
    let state = version("equals", "6.0.3790.4195");
    let test = file_test("check=\"all\"", whole, "", &[&state]);
    assert_eq!(test_result(&test, &files()), R::True);
    // A file that nobody looked at beforehand is read from the tree; this one has no version.
    let whole = "<w:filepath>%SystemRoot%\\readme.txt</w:filepath>";
    let mut host = files();
    host.tree.insert("readme.txt".parse().unwrap(), b"no image".as_slice());
    assert_eq!(test_result(&file_test("check=\"all\"", whole, "", &[]), &host), R::True);
    let reason = test_reason(&file_test("check=\"all\"", whole, "", &[&state]), &host);
    assert!(reason.contains("readme.txt cannot be read"), "{reason}");
    assert_eq!(test_result(&file_test("check=\"all\"", whole, "", &[]), &files()), R::False);
}

#[test]
fn what_cannot_be_known_is_an_error_that_says_why() {
    let state = version("equals", "1.0");
    let name = |name| format!("<w:filename>{name}</w:filename>");
    let outside = "<w:path>C:\\Program Files</w:path>";
    let cases = [
        (file_test("check=\"all\"", FOLDER, &name("metadata.dll"), &[&state]), "it is locked"),
        (file_test("check=\"all\"", outside, &name("a.dll"), &[]), "outside of the Windows folder"),
        (file_test("check=\"all\"", FOLDER, &name("a\\b.dll"), &[]), "no file name"),
    ];
    for (test, expected) in cases {
        let reason = test_reason(&test, &files());
        assert!(reason.contains(expected) && reason.contains("oval:t:tst:1"), "{reason}");
    }
    // That the locked file exists is known.
    let exists = file_test("check=\"all\"", FOLDER, &name("metadata.dll"), &[]);
    assert_eq!(test_result(&exists, &files()), R::True);
}

fn registry_test(object: &str, state: &str) -> String {
    let reference = if state.is_empty() { "" } else { "<w:state state_ref=\"oval:t:ste:1\"/>" };
    format!(
        "<w:registry_test id=\"oval:t:tst:1\" check=\"all\">\
         <w:object object_ref=\"oval:t:obj:1\"/>{reference}</w:registry_test>\n\n\
         <w:registry_object id=\"oval:t:obj:1\"><w:hive>HKEY_LOCAL_MACHINE</w:hive>{object}\
         </w:registry_object>\n\n\
         <w:registry_state id=\"oval:t:ste:1\">{state}</w:registry_state>\n\n\
         <constant_variable id=\"oval:t:var:1\" datatype=\"string\">\
         <value>SOFTWARE\\Microsoft\\Absent</value><value>SOFTWARE\\Microsoft\\INetStp</value>\
         </constant_variable>"
    )
}

fn registry_host() -> Host {
    let mut host = Host::new("x86", None).with_iis();
    let path = "%SystemRoot%\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let key = host.software.at(r"Microsoft\INetStp");
    key.raw("InstallPath", 2, path).raw("Odd", 3, vec![1, 2, 3]).text("Text", "6");
    host.software.at(r"Microsoft\Empty");
    host
}

#[test]
fn registry_keys_and_values_exist_or_not() {
    let key = |key: &str| format!("<w:key>{key}</w:key><w:name xsi:nil=\"true\"/>");
    let value =
        |name: &str| format!("<w:key>SOFTWARE\\Microsoft\\INetStp</w:key><w:name>{name}</w:name>");
    let any = "<w:key var_ref=\"oval:t:var:1\" var_check=\"at least one\"/>\
               <w:name>MajorVersion</w:name>";
    for (object, expected) in [
        (key("SOFTWARE\\Microsoft\\Empty"), R::True),
        (key("SOFTWARE\\Microsoft\\Absent"), R::False),
        (key("SYSTEM\\CurrentControlSet\\Control"), R::True),
        (key("SYSTEM\\CurrentControlSet"), R::True),
        (key("SOFTWARE"), R::True),
        (value("majorversion"), R::True),
        (value("Absent"), R::False),
        (value(""), R::False),
        // Of a type that is not compared, but there.
        (value("Odd"), R::True),
        (any.to_owned(), R::True),
    ] {
        assert_eq!(
            test_result(&registry_test(&object, ""), &registry_host()),
            expected,
            "{object}"
        );
    }
}

#[test]
fn registry_values_have_types_and_contents() {
    let test = |name: &str, state: &str| {
        let object = format!("<w:key>SOFTWARE\\Microsoft\\INetStp</w:key><w:name>{name}</w:name>");
        registry_test(&object, state)
    };
    for (name, state, expected) in [
        ("MajorVersion", "<w:type>reg_dword</w:type>", R::True),
        ("MajorVersion", "<w:type>reg_sz</w:type>", R::False),
        ("Text", "<w:type>reg_sz</w:type>", R::True),
        ("InstallPath", "<w:type>reg_expand_sz</w:type>", R::True),
        ("InstallPath", "<w:value>%SystemRoot%</w:value>", R::True),
        ("MajorVersion", "<w:value datatype=\"int\">6</w:value>", R::True),
        ("MajorVersion", "<w:value>6</w:value>", R::True),
        ("Text", "<w:value datatype=\"int\" operation=\"less than\">10</w:value>", R::True),
        ("Text", "<w:value datatype=\"version\">6.0.0</w:value>", R::True),
        ("Text", "<w:value datatype=\"int\">7</w:value><w:type>reg_sz</w:type>", R::False),
    ] {
        assert_eq!(test_result(&test(name, state), &registry_host()), expected, "{name} {state}");
    }
    let unlike = test("InstallPath", "<w:value datatype=\"int\">6</w:value>");
    assert!(test_reason(&unlike, &registry_host()).contains("`%SystemRoot%` is no int"));
    let odd = test("Odd", "<w:value>6</w:value>");
    assert!(test_reason(&odd, &registry_host()).contains("REG_BINARY"));
}
