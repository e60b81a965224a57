//! Definitions about IIS 6 and Windows Server 2003, written from the public facts: which products
//! there are, where the registry names them, and the versions that fixes brought. Judged on hosts
//! that they are about and on hosts that they are not.

use super::{Host, document, outcome, result, rules};
use crate::{
    ClauseValue::{False, True, Unknown},
    Rule,
    oval::OvalResult as R,
};
use patchstate_terms::Status;

/// A registry value, a state and a test of it.
fn registry(number: u32, key: &str, name: &str, state: &str) -> String {
    let state_ref = if state.is_empty() {
        String::new()
    } else {
        format!("<w:state state_ref=\"oval:t:ste:{number}\"/>")
    };
    let test = format!(
        "<w:registry_test id=\"oval:t:tst:{number}\" check=\"at least one\" \
         check_existence=\"at_least_one_exists\">\
         <w:object object_ref=\"oval:t:obj:{number}\"/>{state_ref}</w:registry_test>\n\n\
         <w:registry_object id=\"oval:t:obj:{number}\"><w:hive>HKEY_LOCAL_MACHINE</w:hive>\
         <w:key>{key}</w:key><w:name>{name}</w:name></w:registry_object>\n\n"
    );
    if state.is_empty() {
        return test;
    }
    format!("{test}<w:registry_state id=\"oval:t:ste:{number}\">{state}</w:registry_state>\n\n")
}

/// A file of inetsrv and a test that its version is such.
fn file(number: u32, name: &str, operation: &str, version: &str) -> String {
    format!(
        "<w:file_test id=\"oval:t:tst:{number}\" check=\"at least one\">\
         <w:object object_ref=\"oval:t:obj:{number}\"/><w:state state_ref=\"oval:t:ste:{number}\"/>\
         </w:file_test>\n\n\
         <w:file_object id=\"oval:t:obj:{number}\">\
         <w:path var_ref=\"oval:t:var:1\" var_check=\"all\"/><w:filename>{name}</w:filename>\
         </w:file_object>\n\n\
         <w:file_state id=\"oval:t:ste:{number}\">\
         <w:version datatype=\"version\" operation=\"{operation}\">{version}</w:version>\
         </w:file_state>\n\n"
    )
}

fn definition(number: u32, class: &str, criteria: &str) -> String {
    format!(
        "<definition id=\"oval:t:def:{number}\" class=\"{class}\"><metadata>\
         <title>Definition {number}</title></metadata>{criteria}</definition>\n\n"
    )
}

fn product(number: u32, architecture: u32, pack: &str) -> String {
    let criteria = format!(
        "<criteria><criterion test_ref=\"oval:t:tst:1\"/><criterion test_ref=\"oval:t:tst:2\"/>\
         <criterion test_ref=\"oval:t:tst:{architecture}\"/>{pack}</criteria>"
    );
    definition(number, "inventory", &criteria)
}

/// Definitions 1 to 4: Server 2003 x86 without service pack, with SP1, with SP2, and x64 with SP2.
/// 5: IIS 6. 6: MS10-040 (w3dt.dll below 4693, where 4667 or later shows that KB973917 is there).
/// 7: MS08-005 (infocomm.dll below 3068 on SP1, below 4215 on SP2).
fn corpus() -> String {
    let current = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    let session = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
    let server = r"SOFTWARE\Microsoft\INetStp";
    let criterion = |number| format!("<criterion test_ref=\"oval:t:tst:{number}\"/>");
    let extend = |number| format!("<extend_definition definition_ref=\"oval:t:def:{number}\"/>");
    let either =
        |parts: &[String]| format!("<criteria operator=\"OR\">{}</criteria>", parts.concat());
    let equals =
        |text: &str| format!("<w:value operation=\"case insensitive equals\">{text}</w:value>");
    let int = |number| format!("<w:value datatype=\"int\">{number}</w:value>");
    let infocomm = either(&[
        format!("<criteria>{}{}</criteria>", extend(2), criterion(30)),
        format!("<criteria>{}{}</criteria>", either(&[extend(3), extend(4)]), criterion(31)),
    ]);
    [
        product(1, 3, "<criterion negate=\"true\" test_ref=\"oval:t:tst:5\"/>"),
        product(2, 3, &criterion(6)),
        product(3, 3, &criterion(7)),
        product(4, 4, &criterion(7)),
        definition(
            5,
            "inventory",
            &format!("<criteria>{}{}</criteria>", criterion(8), criterion(9)),
        ),
        definition(
            6,
            "vulnerability",
            &format!(
                "<criteria>{}{}{}{}</criteria>",
                either(&[extend(3), extend(4)]),
                extend(5),
                criterion(20),
                criterion(21)
            ),
        ),
        definition(7, "vulnerability", &format!("<criteria>{}{infocomm}</criteria>", extend(5))),
        "<i:family_test id=\"oval:t:tst:1\" check=\"only one\">\
         <i:object object_ref=\"oval:t:obj:1\"/><i:state state_ref=\"oval:t:ste:1\"/>\
         </i:family_test>\n\n<i:family_object id=\"oval:t:obj:1\"/>\n\n\
         <i:family_state id=\"oval:t:ste:1\"><i:family>windows</i:family></i:family_state>\n\n"
            .to_owned(),
        registry(
            2,
            current,
            "ProductName",
            "<w:value operation=\"pattern match\">^[A-Za-z\\s]*Server 2003$</w:value>",
        ),
        registry(3, session, "PROCESSOR_ARCHITECTURE", &equals("X86")),
        registry(4, session, "PROCESSOR_ARCHITECTURE", &equals("amd64")),
        registry(5, current, "CSDVersion", ""),
        registry(6, current, "CSDVersion", &equals("service pack 1")),
        registry(7, current, "CSDVersion", &equals("service pack 2")),
        registry(8, server, "MajorVersion", &int(6)),
        registry(9, server, "MinorVersion", &int(0)),
        file(20, "W3dt.dll", "less than", "6.0.3790.4693"),
        file(21, "W3dt.dll", "greater than or equal", "6.0.3790.4667"),
        file(30, "infocomm.dll", "less than", "6.0.3790.3068"),
        file(31, "infocomm.dll", "less than", "6.0.3790.4215"),
        format!(
            "<w:registry_object id=\"oval:t:obj:99\"><w:hive>HKEY_LOCAL_MACHINE</w:hive>\
             <w:key>{current}</w:key><w:name>SystemRoot</w:name></w:registry_object>\n\n"
        ),
        "<local_variable id=\"oval:t:var:1\" datatype=\"string\"><concat>\
         <object_component object_ref=\"oval:t:obj:99\" item_field=\"value\"/>\
         <literal_component>\\system32\\inetsrv</literal_component></concat></local_variable>"
            .to_owned(),
    ]
    .concat()
}

const RTM: Option<&str> = None;
const SP1: Option<&str> = Some("Service Pack 1");
const SP2: Option<&str> = Some("Service Pack 2");

fn host(architecture: &str, pack: Option<&str>, w3dt: u16, infocomm: u16) -> Host {
    let host = Host::new(architecture, pack).with_iis();
    host.iis_file("w3dt.dll", w3dt).iis_file("infocomm.dll", infocomm)
}

#[test]
fn products_are_recognised_by_architecture_and_service_pack() {
    let document = document(&corpus());
    for (host, expected) in [
        (host("x86", RTM, 0, 0), 1),
        (host("x86", SP1, 1830, 1830), 2),
        (host("x86", SP2, 3959, 3959), 3),
        (host("AMD64", SP2, 3959, 3959), 4),
    ] {
        for number in 1..=4 {
            assert_eq!(result(&document, number, &host), R::from(number == expected), "{number}");
        }
    }
    assert_eq!(result(&document, 5, &host("x86", SP1, 0, 0)), R::True);
    assert_eq!(result(&document, 5, &Host::new("x86", SP1)), R::False);
}

#[test]
fn ms10_040_is_between_the_marker_of_kb973917_and_its_own_version() {
    let document = document(&corpus());
    for (revision, expected) in [
        (0, R::False),
        (3959, R::False),
        // The first release of KB973917 is below the marker, if its assumed number is right.
        (4600, R::False),
        (4666, R::False),
        (4667, R::True),
        (4692, R::True),
        (4693, R::False),
        (u16::MAX, R::False),
    ] {
        for architecture in ["x86", "AMD64"] {
            let host = host(architecture, SP2, revision, 3959);
            assert_eq!(result(&document, 6, &host), expected, "{architecture} {revision}");
        }
        assert_eq!(result(&document, 6, &host("x86", SP1, revision, 3959)), R::False);
        assert_eq!(result(&document, 6, &host("IA64", SP2, revision, 3959)), R::False);
    }
}

#[test]
fn ms08_005_has_a_threshold_for_each_level_of_the_operating_system() {
    let document = document(&corpus());
    for (pack, revision, expected) in [
        (RTM, 0, R::False),
        (SP1, 1830, R::True),
        (SP1, 3067, R::True),
        (SP1, 3068, R::False),
        (SP2, 3959, R::True),
        (SP2, 4214, R::True),
        (SP2, 4215, R::False),
        // Patched for SP1, on SP2: flagged, though the hole is closed.
        (SP2, 3068, R::True),
    ] {
        let found = result(&document, 7, &host("x86", pack, 0, revision));
        assert_eq!(found, expected, "{pack:?} {revision}");
    }
}

#[test]
fn without_the_file_nothing_is_vulnerable() {
    let document = document(&corpus());
    let path = "system32/inetsrv/w3dt.dll";
    let absent = Host::new("x86", SP2).with_iis().without(path);
    assert_eq!(result(&document, 6, &absent), R::False);
    let locked = Host::new("x86", SP2).with_iis().unreadable(path);
    let outcome = outcome(&document, 6, &locked);
    assert_eq!(outcome.result, R::Error);
    let reason = outcome.reason.unwrap();
    assert!(reason.contains("oval:t:tst:20") && reason.contains("it is locked"), "{reason}");
}

#[test]
fn a_hive_that_is_not_there_is_an_error_where_it_matters() {
    let document = document(&corpus());
    let mut host = host("x86", SP2, 4667, 3959);
    host.has_software = false;
    let found = outcome(&document, 3, &host);
    assert_eq!(found.result, R::Error);
    assert!(found.reason.unwrap().contains("SOFTWARE is not there"));
    // The architecture, in the other hive, already says no.
    assert_eq!(result(&document, 4, &host), R::False);
}

#[test]
fn files_are_found_below_the_windows_folder_that_the_registry_names() {
    let document = document(&corpus());
    for root in [r"D:\W2K3", r"c:\winnt", r"C:\WINDOWS"] {
        let mut host = host("x86", SP2, 4667, 3959);
        let version = host.software.at(super::CURRENT_VERSION);
        version.values.retain(|(name, _, _)| name != "SystemRoot");
        version.text("SystemRoot", root);
        assert_eq!(result(&document, 6, &host), R::True, "{root}");
    }
    let mut host = host("x86", SP2, 4667, 3959);
    host.software.at(super::CURRENT_VERSION).values.retain(|(name, _, _)| name != "SystemRoot");
    let outcome = outcome(&document, 6, &host);
    assert_eq!(outcome.result, R::Error, "a variable without a value");
}

#[test]
fn rules_report_statuses_and_say_which_clause_could_not_be_known() {
    let document = document(&corpus());
    let rules = rules(&document);
    let ids: Vec<_> = rules.iter().map(Rule::id).collect();
    assert_eq!(ids, ["oval:t:def:6", "oval:t:def:7"], "what is extended is no rule");
    let rule = &rules[0];
    let status = |host: &Host| host.look(|subject| rule.judge(subject).status);
    assert_eq!(status(&host("x86", SP2, 4667, 3959)), Status::Mismatch);
    assert_eq!(status(&host("x86", SP2, 4693, 3959)), Status::Consistent);
    let locked = Host::new("x86", SP2).with_iis().unreadable("system32/inetsrv/w3dt.dll");
    locked.look(|subject| {
        let judgement = rule.judge(subject);
        assert_eq!(judgement.status, Status::Inconclusive);
        let clause = &rule.clauses()[judgement.clause.unwrap()];
        assert_eq!(clause.text, "oval:t:tst:20");
        assert!(rule.source().text[clause.span.clone()].contains("oval:t:tst:20"));
        let values = rule.clause_values(subject);
        assert_eq!(values, [Unknown, True, False, True, Unknown, Unknown]);
        assert_eq!(values.len(), rule.clauses().len());
    });
}
