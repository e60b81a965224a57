//! What conditions amount to: tables of values, with all that cannot be known.

use super::{AsTree, clause_values, judge, mistakes_of, rule_from, rule_with};
use crate::{ClauseValue, Rule};
use patchstate_detect::{Advisories, Evidence, gather};
use patchstate_terms::{Level, Status};
use patchstate_test_support::host::Host;

/// True, false and unknown on [`without_w3core`], none of them a constant.
const ATOMS: [(&str, ClauseValue); 3] = [
    ("file('system32/ntoskrnl.exe').present", ClauseValue::True),
    ("file('system32/inetsrv/w3core.dll').present", ClauseValue::False),
    ("(file('system32/inetsrv/w3core.dll').version.major == 6)", ClauseValue::Unknown),
];

fn without_w3core() -> Evidence {
    gather(&Host::new(Level::SP2).without("w3core.dll").tree(), &Advisories::built_in())
}

fn double_quoted(when: &str) -> String {
    when.replace('\'', "\"")
}

fn value(when: &str, evidence: &Evidence) -> ClauseValue {
    clause_values(&rule_with(&double_quoted(when)), evidence)[0]
}

#[test]
fn what_cannot_be_known_is_absorbed_on_either_side() {
    use ClauseValue::{False, True, Unknown};
    let evidence = without_w3core();
    // Rows and columns in the order true, false, unknown.
    let and = [[True, False, Unknown], [False, False, False], [Unknown, False, Unknown]];
    let or = [[True, True, True], [True, False, Unknown], [True, Unknown, Unknown]];
    for (row, (left, _)) in ATOMS.iter().enumerate() {
        for (column, (right, _)) in ATOMS.iter().enumerate() {
            let both = format!("{left} && {right}");
            assert_eq!(value(&both, &evidence), and[row][column], "{both}");
            let either = format!("{left} || {right}");
            assert_eq!(value(&either, &evidence), or[row][column], "{either}");
        }
    }
}

/// Letter by letter, `6.0.3790.520` stands behind `6.0.3790.4600`; as versions it does not.
#[test]
fn a_text_of_the_registry_compares_with_a_version_as_the_version_that_it_is() {
    let key = "HKLM/SOFTWARE/Microsoft/Updates/Windows Server 2003/SP2/KB917537/Filelist/0";
    let host = Host::new(Level::SP2).update("KB917537", "SP2", &[("asp.dll", 520)]);
    let evidence = gather(&host.tree(), &Advisories::built_in());
    for (when, expected) in [
        (format!("registry('{key}', 'Version') < version('6.0.3790.4600')"), ClauseValue::True),
        (format!("version('6.0.3790.520') == registry('{key}', 'Version')"), ClauseValue::True),
        (format!("version('6.0.3790.519') != registry('{key}', 'Version')"), ClauseValue::True),
        (format!("version('6.0.3790.520') < registry('{key}', 'Version')"), ClauseValue::False),
        (format!("version('6.0.3790.521') < registry('{key}', 'Version')"), ClauseValue::False),
        // No version, no text, and nothing at all: these equal no version, and are neither lower
        // nor higher.
        (format!("registry('{key}', 'FileName') == version('6.0.3790.0')"), ClauseValue::False),
        (format!("registry('{key}', 'FileName') < version('6.0.3790.0')"), ClauseValue::Unknown),
        (
            "registry('HKLM/SYSTEM/Select', 'Current') < version('6.0.3790.0')".to_owned(),
            ClauseValue::Unknown,
        ),
        (format!("registry('{key}', 'None') < version('6.0.3790.0')"), ClauseValue::Unknown),
    ] {
        assert_eq!(value(&when, &evidence), expected, "{when}");
    }
}

#[test]
fn constants_are_absorbed_like_fields() {
    let evidence = without_w3core();
    let unknown = ATOMS[2].0;
    for (when, expected) in [
        (format!("false && {unknown}"), ClauseValue::False),
        (format!("{unknown} && false"), ClauseValue::False),
        (format!("true || {unknown}"), ClauseValue::True),
        (format!("{unknown} || true"), ClauseValue::True),
        (format!("true && {unknown}"), ClauseValue::Unknown),
        (format!("{unknown} || false"), ClauseValue::Unknown),
        ("1 / 0 == 1 || true".to_owned(), ClauseValue::True),
        ("true || 1 / 0 == 1".to_owned(), ClauseValue::True),
        ("1 / 0 == 1".to_owned(), ClauseValue::Unknown),
    ] {
        assert_eq!(value(&when, &evidence), expected, "{when}");
    }
}

#[test]
fn negations_comparisons_and_conditionals_of_the_unknown_are_unknown() {
    let evidence = without_w3core();
    let [(yes, _), (no, _), (unknown, _)] = ATOMS;
    for (when, expected) in [
        (format!("!{unknown}"), ClauseValue::Unknown),
        (format!("!!{unknown}"), ClauseValue::Unknown),
        (format!("!{yes}"), ClauseValue::False),
        (format!("!{no}"), ClauseValue::True),
        (format!("{unknown} == {unknown}"), ClauseValue::Unknown),
        (format!("{unknown} != {yes}"), ClauseValue::Unknown),
        (format!("{unknown} ? {yes} : {yes}"), ClauseValue::Unknown),
        (format!("{yes} ? {no} : {unknown}"), ClauseValue::False),
        (format!("{no} ? {unknown} : {yes}"), ClauseValue::True),
        (format!("{yes} ? {unknown} : {yes}"), ClauseValue::Unknown),
        (format!("{yes} in [{unknown}, {yes}]"), ClauseValue::Unknown),
        (format!("{yes} in [{yes}, {unknown}]"), ClauseValue::Unknown),
        (format!("{yes} in [{unknown}, {no}]"), ClauseValue::Unknown),
        (format!("{unknown} in [{yes}]"), ClauseValue::Unknown),
        (format!("{yes} in []"), ClauseValue::False),
    ] {
        assert_eq!(value(&when, &evidence), expected, "{when}");
    }
}

#[test]
fn every_field_can_be_asked_for() {
    let host = Host::new(Level::SP2).qfe_file("w3core.dll", 4600).update(
        "KB973917-v2",
        "SP3",
        &[("w3core.dll", 4667)],
    );
    let evidence = gather(&host.tree(), &Advisories::built_in());
    for when in [
        "os.product == 'Windows Server 2003' || os.product.contains('2003')",
        "os.arch == 'x86'",
        "os.level == 'sp2' && 'sp2' == os.level && os.level != 'sp1' && os.level > 'rtm'",
        "os.level in ['sp1', 'sp2'] && !(os.level in ['rtm'])",
        "os.version == version('5.2.3790.3959') && os.version.build == 3790",
        "file('System32\\\\inetsrv\\\\W3CORE.dll').present",
        "file('system32/inetsrv/w3core.dll').version == version('6.0.3790.4600')",
        "file('system32/inetsrv/w3core.dll').version > version('6.0.3790.4599')",
        "file('system32/inetsrv/w3core.dll').version.revision - 600 == 4 * 1000",
        "file('system32/inetsrv/w3core.dll').version_string.contains('_qfe.')",
        "file('system32/inetsrv/w3core.dll').version_string.startsWith('6.0.3790')",
        "file('system32/inetsrv/w3core.dll').version_string.endsWith('-0000)')",
        "file('system32/inetsrv/w3core.dll').version_string.matches('srv03_sp[12]_(gdr|qfe)')",
        "size(file('system32/inetsrv/w3core.dll').version_string) == 41",
        "file('system32/inetsrv/w3core.dll').level == os.level",
        "file('system32/inetsrv/w3core.dll').machine == 'i386'",
        "file('system32/inetsrv/iisutil.dll').exports('TestOnlyNewFunction')",
        "!file('system32/inetsrv/iisutil.dll').exports('testonlynewfunction')",
        "file('system32/inetsrv/w3core.dll').imports('iisutil.dll', 'Common')",
        "!file('system32/inetsrv/w3core.dll').imports('iisutil.dll', 'Nothing')",
        "update('kb973917').recorded && update('KB973917').release == 2",
        "!update('KB982666').recorded",
        r"registry(r'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion', 'CSDVersion')
            == 'Service Pack 2'",
        "registry('hkey_local_machine/Software/Microsoft/Windows/CurrentVersion', 'None') == null",
        "registry('HKLM/SYSTEM/Select', 'Current') == 2",
        "registry('HKLM/SYSTEM/Select', 'Current') != null",
        "registry('HKLM/SYSTEM/Select', 'Current') in [null, 2]",
        "registry('HKLM/SYSTEM/Select', 'Current') != 'two'",
        "registry('HKLM/SYSTEM/Select', 'Current') < 3",
        "file('system32/inetsrv/w3core.dll').version \
         < registry('HKLM/SOFTWARE/Microsoft/Updates/Windows Server 2003/SP3/KB973917-v2/\
         Filelist/0', 'Version')",
        "registry('HKLM/SOFTWARE/Microsoft/Updates/Windows Server 2003/SP3/KB973917-v2/\
         Filelist/0', 'Version') == version('6.0.3790.4667')",
        "registry('HKLM/SOFTWARE/Microsoft/Updates/Windows Server 2003/SP3/KB973917-v2/\
         Filelist/0', 'Version') in [version('6.0.3790.4667')]",
        "(os.level == 'sp2' ? version('6.0.3790.4000') : version('6.0.3790.0')) \
         < file('system32/inetsrv/w3core.dll').version",
    ] {
        let rule = rule_with(&double_quoted(when));
        let judgement = judge(&rule, &evidence);
        assert_eq!(judgement.status, Status::Mismatch, "{when}: {judgement:?}");
        assert_eq!(judgement.clause, Some(0));
        assert!(mistakes_of(&double_quoted(when)).is_empty(), "{when}");
    }
}

#[test]
fn a_registry_value_of_another_kind_is_not_what_was_asked_for() {
    let evidence = gather(&Host::new(Level::SP2).tree(), &Advisories::built_in());
    let rule = rule_with(r#"registry("HKLM/SYSTEM/Select", "Current").startsWith("2")"#);
    let judgement = judge(&rule, &evidence);
    assert_eq!(judgement.status, Status::Inconclusive);
    let reason = judgement.reason.unwrap();
    assert_eq!(reason, r"registry HKLM\SYSTEM\Select\Current is 2, which the rule does not expect");
}

/// What a rule can say of values of each type, and that all of them are there.
#[test]
fn registry_values_of_every_type_are_there_and_those_with_a_meaning_are_compared() {
    let host = Host::new(Level::SP2);
    let mut software = host.software_hive();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    software
        .at("Types")
        .raw("None", 0, vec![1])
        .raw("Binary", 3, vec![0x0A, 0xFF])
        .raw("BigEndian", 5, vec![0, 0, 1, 0])
        .raw("Link", 6, utf16("there"))
        .raw("Texts", 7, utf16("first\0second\0\0"))
        .raw("Resources", 8, vec![1, 2, 3, 4, 5])
        .raw("Long", 11, vec![0, 0, 0, 0, 1, 0, 0, 0])
        .raw("Huge", 11, vec![0xFF; 8])
        .raw("Own", 77, vec![1]);
    let mut tree = host.tree();
    tree.insert("system32/config/software".parse().unwrap(), software.build());
    let evidence = gather(&tree, &Advisories::built_in());
    let types = |when: &str| when.replace('$', "registry('HKLM/SOFTWARE/Types', '");
    for when in [
        "$Binary') == '0aff'",
        "$BigEndian') == 256",
        "$Link') == 'there'",
        "$Texts').contains('second') && $Texts').startsWith('first') && $Texts').size() == 12",
        "$Long') == 4294967296",
        "$None') != null && $Resources') != null && $Huge') != null && $Own') != null",
        "!($None') == null)",
        "$Nothing') == null",
        "$Binary') in ['00', '0aff']",
    ] {
        assert_eq!(value(&double_quoted(&types(when)), &evidence), ClauseValue::True, "{when}");
    }
    for (when, kind) in [
        ("$None') == 'x'", "REG_NONE"),
        ("$Resources').contains('x')", "REG_RESOURCE_LIST"),
        ("$Huge') > 5", "REG_QWORD"),
        ("$Own') == $Own')", "type 77"),
        ("$None') in ['x', null]", "REG_NONE"),
    ] {
        let judgement = judge(&rule_with(&double_quoted(&types(when))), &evidence);
        assert_eq!(judgement.status, Status::Inconclusive, "{when}");
        assert!(judgement.reason.as_ref().unwrap().contains(kind), "{:?}", judgement.reason);
    }
}

/// A reason is one line that somebody reads, and a value can have a million characters.
#[test]
fn long_values_are_shown_by_their_beginning_and_their_length() {
    use crate::FieldValue;
    let long = FieldValue::Text("ä".repeat(201)).to_string();
    assert_eq!(long, format!("\"{}...\" (201 characters)", "ä".repeat(200)));
    assert_eq!(FieldValue::Text("ä".repeat(200)).to_string(), format!("\"{}\"", "ä".repeat(200)));
}

const THREE_VERDICTS: &str = r#"
id = "three"
title = "Three"
[[verdict]]
status = "broken"
when = 'file("system32/inetsrv/w3core.dll").version >= version("6.0.3790.4600")'
[[verdict]]
status = "mismatch"
when = 'file("system32/inetsrv/iisutil.dll").version < version("6.0.3790.3959")'
[[verdict]]
status = "not-applicable"
when = 'file("system32/inetsrv/w3dt.dll").version < version("6.0.3790.1830")'
"#;

#[test]
fn the_first_verdict_that_holds_decides() {
    let rule = rule_from(THREE_VERDICTS);
    let host = Host::new(Level::SP2);
    let status = |host: &Host| judge(&rule, &gather(&host.tree(), &Advisories::built_in()));
    let broken = host.clone().file("w3core.dll", 4600).file("iisutil.dll", 0);
    assert_eq!(status(&broken).status, Status::Broken);
    assert_eq!(status(&broken).clause, Some(0));
    let mismatch = host.clone().file("iisutil.dll", 0).file("w3dt.dll", 0);
    assert_eq!(status(&mismatch).clause, Some(1));
    let old = host.clone().file("w3dt.dll", 0);
    assert_eq!(status(&old).status, Status::NotApplicable);
    let none = status(&host);
    assert_eq!((none.status, none.clause, none.reason), (Status::Consistent, None, None));
}

#[test]
fn an_unknown_condition_stops_the_rule_unless_an_earlier_one_held() {
    let rule = rule_from(THREE_VERDICTS);
    let host = Host::new(Level::SP2).without("iisutil.dll");
    let judgement =
        judge(&rule, &gather(&host.clone().file("w3dt.dll", 0).tree(), &Advisories::built_in()));
    assert_eq!(judgement.status, Status::Inconclusive);
    assert_eq!(judgement.clause, Some(1));
    assert_eq!(judgement.reason.unwrap(), "system32/inetsrv/iisutil.dll is not there");
    let judgement =
        judge(&rule, &gather(&host.file("w3core.dll", 4600).tree(), &Advisories::built_in()));
    assert_eq!(judgement.status, Status::Broken);
}

#[test]
fn clauses_are_the_parts_of_a_condition_from_the_outside_in() {
    let rule = rule_with(
        "(os.level == \"sp2\" || !(os.arch == \"x64\" && os.level == \"sp1\"))\n \
         && !(os.arch == \"ia64\")",
    );
    let texts: Vec<&str> = rule.clauses().iter().map(|clause| clause.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "(os.level == \"sp2\" || !(os.arch == \"x64\" && os.level == \"sp1\"))\n \
             && !(os.arch == \"ia64\")",
            "os.level == \"sp2\" || !(os.arch == \"x64\" && os.level == \"sp1\")",
            "os.level == \"sp2\"",
            "!(os.arch == \"x64\" && os.level == \"sp1\")",
            "os.arch == \"x64\"",
            "os.level == \"sp1\"",
            "!(os.arch == \"ia64\")",
        ]
    );
    for clause in rule.clauses() {
        assert_eq!(rule.source().text.get(clause.span.clone()), Some(clause.text.as_str()));
    }
    let evidence = gather(&Host::new(Level::SP1).tree(), &Advisories::built_in());
    let holds = [true, true, false, true, false, true, true];
    let expected = holds.map(|h| if h { ClauseValue::True } else { ClauseValue::False });
    assert_eq!(clause_values(&rule, &evidence), expected);
}
