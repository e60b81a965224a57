//! Keys and values by what their names are like, hives that are not read, and views.

use super::{Host, document, one_test, rules, test_reason, test_result};
use crate::{
    Field, Reads, Rule,
    oval::{OvalResult as R, paths::hive_of_pattern},
};
use patchstate_terms::Hive;

/// A registry test of an object and a state, with attributes of the test.
fn test_of(attributes: &str, object: &str, state: &str) -> String {
    let reference = if state.is_empty() { "" } else { "<w:state state_ref=\"oval:t:ste:1\"/>" };
    format!(
        "<w:registry_test id=\"oval:t:tst:1\" {attributes}>\
         <w:object object_ref=\"oval:t:obj:1\"/>{reference}</w:registry_test>\n\n\
         <w:registry_object id=\"oval:t:obj:1\">{object}</w:registry_object>\n\n\
         <w:registry_state id=\"oval:t:ste:1\">{state}</w:registry_state>\n\n\
         <constant_variable id=\"oval:t:var:1\"><value>^SOFTWARE\\\\Vendor\\\\Parts\\\\T</value>\
         <value>^SOFTWARE\\\\Absent\\\\</value></constant_variable>"
    )
}

fn machine(key: &str, name: &str) -> String {
    format!("<w:hive>HKEY_LOCAL_MACHINE</w:hive>{key}{name}")
}

fn like(element: &str, pattern: &str) -> String {
    format!("<w:{element} operation=\"pattern match\">{pattern}</w:{element}>")
}

const ANY_KEY: &str = "<w:name xsi:nil=\"true\"/>";

fn host() -> Host {
    let mut host = Host::new("x86", None);
    for (name, version) in [("One", "1.0"), ("Two", "2.0"), ("Ten", "10.0")] {
        host.software.at(&format!(r"Vendor\Parts\{name}")).text("Version", version);
    }
    host.software.at(r"Vendor\Parts\Two\Inside").text("Version", "3.0");
    host.software.at(r"Vendor\Names").text("First", "a").text("Second", "b").text("Third", "a");
    host
}

const ALL: &str = "check=\"all\"";
const ONE: &str = "check=\"all\" check_existence=\"only_one_exists\"";

#[test]
fn every_key_that_a_pattern_matches_is_an_item() {
    let nil = |pattern: &str| machine(&like("key", pattern), ANY_KEY);
    for (attributes, pattern, expected) in [
        (ALL, r"^SOFTWARE\\Vendor\\Parts\\", R::True),
        (ONE, r"^SOFTWARE\\Vendor\\Parts\\", R::False),
        (ONE, r"^SOFTWARE\\Vendor\\Parts\\One$", R::True),
        // Anywhere in the path, as long as the hive is told.
        (ONE, r"^SOFTWARE\\.*\\Inside$", R::True),
        (ALL, r"^SOFTWARE\\Vendor\\Absent", R::False),
        (ONE, r"^SOFTWARE$", R::True),
        // What stands for the current control set is there beside it.
        (ONE, r"^SYSTEM\\ControlSet001\\Control\\Session Manager$", R::True),
        (ONE, r"^SYSTEM\\CurrentControlSet\\Control\\Session Manager$", R::True),
        (ONE, r"^SYSTEM\\C[a-z]+ControlSet$", R::True),
    ] {
        let test = test_of(attributes, &nil(pattern), "");
        assert_eq!(test_result(&test, &host()), expected, "{attributes} {pattern}");
    }
}

#[test]
fn values_of_all_keys_that_match_are_held_against_the_state() {
    let name = "<w:name>Version</w:name>";
    let parts = machine(&like("key", r"^SOFTWARE\\Vendor\\Parts\\[A-Z][a-z]+$"), name);
    for (check, version, expected) in [
        ("all", "0.9", R::True),
        ("all", "1.0", R::False),
        ("at least one", "9.0", R::True),
        ("only one", "9.0", R::True),
        ("none satisfy", "10.0", R::True),
    ] {
        let state =
            format!("<w:value datatype=\"version\" operation=\"greater than\">{version}</w:value>");
        let test = test_of(&format!("check=\"{check}\""), &parts, &state);
        assert_eq!(test_result(&test, &host()), expected, "{check} {version}");
    }
    // One of the values of a variable.
    let key = "<w:key operation=\"pattern match\" var_ref=\"oval:t:var:1\" \
               var_check=\"at least one\"/>";
    let state = "<w:key operation=\"pattern match\">Parts\\\\T</w:key>";
    let test = test_of(ALL, &machine(key, name), state);
    assert_eq!(test_result(&test, &host()), R::True);
    let only = test_of(ONE, &machine(key, name), "");
    assert_eq!(test_result(&only, &host()), R::False, "Two, Ten, and what is inside of Two");
}

#[test]
fn values_can_be_found_by_their_names() {
    let key = r"<w:key>SOFTWARE\Vendor\Names</w:key>";
    let not = |name: &str| format!("<w:name operation=\"not equal\">{name}</w:name>");
    for (attributes, name, state, expected) in [
        (ONE, like("name", "^Fi"), "", R::True),
        (ONE, like("name", "ir"), "", R::False),
        (ALL, like("name", "ir"), "<w:value>a</w:value>", R::True),
        (ALL, not("SECOND"), "<w:value>a</w:value>", R::True),
        (ALL, like("name", "^x"), "", R::False),
        (ALL, like("name", "^Second"), "<w:name>second</w:name>", R::True),
    ] {
        let test = test_of(attributes, &machine(key, &name), state);
        assert_eq!(test_result(&test, &host()), expected, "{name}");
    }
    let both = machine(&like("key", r"^SOFTWARE\\Vendor\\N"), &like("name", "^T"));
    assert_eq!(test_result(&test_of(ONE, &both, ""), &host()), R::True);
}

#[test]
fn where_letter_case_decides_or_other_hives_may_match_the_item_is_an_error() {
    for (pattern, expected) in [
        (r"^software\\Vendor\\Names", "depends on its letter case"),
        (r"^SOFTWARE\\Vendor\\names", "depends on its letter case"),
        (r"Absent", "hives that are not read"),
        (r"^SOFTWARE\\Absent|Absent", "hives that are not read"),
    ] {
        let test = test_of(ALL, &machine(&like("key", pattern), ANY_KEY), "");
        let reason = test_reason(&test, &host());
        assert!(reason.contains(expected), "{pattern}: {reason}");
    }
    let folded = like("key", r"(?i)^software\\vendor\\NAMES$");
    assert_eq!(test_result(&test_of(ONE, &machine(&folded, ANY_KEY), ""), &host()), R::True);
    // What there is decides where one is enough.
    let open = machine(&like("key", "Names"), ANY_KEY);
    assert_eq!(test_result(&test_of(ALL, &open, ""), &host()), R::True);
    let others = machine(r"<w:key operation='not equal'>SOFTWARE\Vendor</w:key>", ANY_KEY);
    let none = test_of("check=\"all\" check_existence=\"none_exist\"", &others, "");
    assert_eq!(test_result(&none, &host()), R::False, "there are others");
    let mut without = host();
    without.has_software = false;
    let test = test_of(ALL, &machine(&like("key", r"^SOFTWARE\\Vendor"), ANY_KEY), "");
    assert!(test_reason(&test, &without).contains("is not there"));
}

#[test]
fn the_hive_of_a_pattern_is_told_only_where_nothing_else_can_match() {
    for (pattern, expected) in [
        (r"^SOFTWARE\\a", Some(Hive::Software)),
        (r"(?i)^system\\a|b", None),
        (r"^(?i)system\\(a|b)[|]", None),
        (r"^(?i)system\\(a|b)", Some(Hive::System)),
        (r"^SYSTEM$", Some(Hive::System)),
        (r"^SYSTEM", None),
        (r"^SOFTWARE\\*a", None),
        (r"^SOFTWARE\\?", None),
        (r"SOFTWARE\\a", None),
        (r"^.*\\a", None),
        (r"^SOFTWARE\\a\|b", Some(Hive::Software)),
        ("", None),
        ("^", None),
        ("^é", None),
    ] {
        assert_eq!(hive_of_pattern(pattern), expected, "{pattern}");
    }
}

/// A search can look at any key, so that it must not be taken for one that looks at less.
#[test]
fn a_rule_that_searches_the_registry_may_read_anything() {
    let key = like("key", r"^SOFTWARE\\Vendor");
    let name = "<w:key>SOFTWARE\\Vendor</w:key>".to_owned() + &like("name", "a");
    for object in [machine(&key, ANY_KEY), machine(&name, "")] {
        let document = document(&one_test(&test_of(ALL, &object, "")));
        assert_eq!(*rules(&document)[0].reads(), Reads::Tree);
    }
}

#[test]
fn a_hive_that_a_tree_does_not_have_makes_the_test_not_applicable() {
    let object = |hive: &str, key: &str| {
        format!("<w:hive>{hive}</w:hive><w:key>{key}</w:key><w:name>B</w:name>")
    };
    let any = "check=\"all\" check_existence=\"any_exist\"";
    for (hive, key, file) in [
        ("HKEY_CURRENT_USER", r"Software\A", None),
        ("HKEY_USERS", r"S-1-5-21-1\Software", None),
        ("HKEY_LOCAL_MACHINE", r"HARDWARE\A", None),
        ("HKEY_USERS", r".DEFAULT\Software", Some("system32/config/default")),
        ("HKEY_LOCAL_MACHINE", r"SAM\A", Some("system32/config/sam")),
        ("HKEY_LOCAL_MACHINE", r"Security\A", Some("system32/config/security")),
    ] {
        let test = test_of(ALL, &object(hive, key), "");
        assert_eq!(test_result(&test, &host()), R::NotApplicable, "{hive} {key}");
        let negated =
            test_of("check=\"all\" check_existence=\"none_exist\"", &object(hive, key), "");
        assert_eq!(test_result(&negated, &host()), R::NotApplicable, "{hive} {key}");
        assert_eq!(test_result(&test_of(any, &object(hive, key), ""), &host()), R::True);
        let state = test_of(any, &object(hive, key), "<w:value>1</w:value>");
        assert_eq!(test_result(&state, &host()), R::NotApplicable);
        // Where it is there, it would have to be read.
        let document = document(&one_test(&test));
        let Reads::Fields(fields) = rules(&document)[0].reads().clone() else { panic!() };
        let path = file.map(|path| path.parse().unwrap());
        assert_eq!(fields, path.clone().into_iter().map(Field::FilePresent).collect());
        if let Some(path) = path {
            let mut host = host();
            host.tree.insert(path, b"regf".as_slice());
            assert!(test_reason(&test, &host).contains("is not read"), "{hive} {key}");
        }
    }
}

#[test]
fn the_view_of_a_32_bit_program_is_known_of_x86_windows_only() {
    let place = "<w:key>SOFTWARE\\Vendor</w:key><w:name xsi:nil=\"true\"/>";
    let object = |view: &str| {
        let behaviors = format!("<w:behaviors windows_view=\"{view}\"/>");
        format!("{behaviors}{}", machine(place, ""))
    };
    let kernel = |host: Host| host.file("system32/kernel32.dll", "5.2.3790.3959");
    let (narrow, wide) = (test_of(ALL, &object("32_bit"), ""), test_of(ALL, &object("64_bit"), ""));
    assert_eq!(test_result(&narrow, &kernel(host())), R::True);
    assert_eq!(test_result(&wide, &kernel(host())), R::True);
    let mut x64 = Host::new("AMD64", Some("Service Pack 2"));
    x64.software.at("Vendor");
    assert_eq!(test_result(&wide, &x64), R::True);
    let reason = test_reason(&narrow, &x64);
    assert!(reason.contains("Wow6432Node"), "{reason}");
    let document = document(&one_test(&narrow));
    let Reads::Fields(fields) = rules(&document)[0].reads().clone() else { panic!() };
    assert!(fields.contains(&Field::OsArchitecture), "{fields:?}");
}

#[test]
fn a_search_through_many_keys_is_bounded_and_never_partly_told() {
    let pattern = like("key", r"^SOFTWARE\\(a?){20}$");
    let mut host = host();
    for number in 0..3000 {
        host.software.at(&format!(r"Many\{number}")).text("Version", "1");
    }
    let test = test_of(ALL, &machine(&pattern, ANY_KEY), "");
    assert_eq!(test_result(&test, &host), R::False);
    // More items than are kept: an error, not a part of them.
    for number in 3000..4200 {
        host.software.at(&format!(r"Many\{number}"));
    }
    let many = test_of(ALL, &machine(&like("key", r"^SOFTWARE\\Many\\"), ANY_KEY), "");
    assert!(test_reason(&many, &host).contains("more than 4096"));
}
