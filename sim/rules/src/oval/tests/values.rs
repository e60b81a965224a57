//! Datatypes and operations, and paths.

use crate::oval::{
    compare::{Actual, Comparison, Datatype, Operation},
    incomparable::Incomparable,
    paths,
    patterns::{self, Patterns},
};
use patchstate_terms::{FileVersion, Hive};
use std::cmp::Ordering;

const ORDERED: [Operation; 6] = [
    Operation::Equals,
    Operation::NotEqual,
    Operation::GreaterThan,
    Operation::LessThan,
    Operation::GreaterThanOrEqual,
    Operation::LessThanOrEqual,
];

#[track_caller]
fn holds(datatype: Datatype, operation: Operation, stated: &str, actual: &Actual<'_>) -> bool {
    let comparison = Comparison::new(datatype, operation, stated).unwrap();
    comparison.holds(actual, &mut Patterns::default()).unwrap()
}

/// All six operations say what an order of the value on the host to the stated one means.
#[track_caller]
fn is_ordered(datatype: Datatype, actual: &Actual<'_>, stated: &str, order: Ordering) {
    let expected = [
        order == Ordering::Equal,
        order != Ordering::Equal,
        order == Ordering::Greater,
        order == Ordering::Less,
        order != Ordering::Less,
        order != Ordering::Greater,
    ];
    for (operation, expected) in ORDERED.into_iter().zip(expected) {
        let found = holds(datatype, operation, stated, actual);
        assert_eq!(found, expected, "{actual:?} {operation:?} {stated}");
    }
}

#[test]
fn versions_are_compared_number_by_number_with_zeros_for_missing_ones() {
    let file = Actual::Version(FileVersion::new(6, 0, 3790, 3959));
    let text = |text: &'static str| Actual::Text(text.into());
    for (actual, stated, order) in [
        (&file, "6.0.3790.4693", Ordering::Less),
        (&file, "6.0.3790.3959", Ordering::Equal),
        (&file, "6.0.3790.400", Ordering::Greater),
        (&file, "6.0.3790", Ordering::Greater),
        (&file, "6", Ordering::Greater),
        (&file, "6.0.3790.3959.0.0", Ordering::Equal),
        (&file, "6.0.3790.3959.0.1", Ordering::Less),
        (&file, "6,0,3790,3959", Ordering::Equal),
        (&file, " 10.0 ", Ordering::Less),
        (&text("5.2"), "5.10", Ordering::Less),
        (&text("5.2"), "5.2.0", Ordering::Equal),
        (&Actual::Number(6), "6.0", Ordering::Equal),
    ] {
        is_ordered(Datatype::Version, actual, stated, order);
    }
}

#[test]
fn integers_are_compared_as_numbers() {
    let text = |text: &'static str| Actual::Text(text.into());
    is_ordered(Datatype::Int, &Actual::Number(21), "123", Ordering::Less);
    is_ordered(Datatype::Int, &text("123"), "21", Ordering::Greater);
    is_ordered(Datatype::Int, &text("007"), "7", Ordering::Equal);
    is_ordered(Datatype::Int, &Actual::Number(0), "-1", Ordering::Greater);
}

/// The examples of the language: 6 has the bit 4, 1 does not; 6 has no bit outside of 14, 1 has.
#[test]
fn bitwise_operations_compare_with_the_mask() {
    let bit =
        |operation, mask, number| holds(Datatype::Int, operation, mask, &Actual::Number(number));
    assert!(bit(Operation::BitwiseAnd, "4", 6));
    assert!(!bit(Operation::BitwiseAnd, "4", 1));
    assert!(bit(Operation::BitwiseOr, "14", 6));
    assert!(!bit(Operation::BitwiseOr, "14", 1));
}

#[test]
fn strings_are_compared_with_and_without_letter_case_and_by_pattern() {
    let actual = Actual::Text("Service Pack 2".into());
    let is = |operation, stated| holds(Datatype::Text, operation, stated, &actual);
    assert!(is(Operation::Equals, "Service Pack 2"));
    assert!(!is(Operation::Equals, "service pack 2"));
    assert!(is(Operation::NotEqual, "service pack 2"));
    assert!(is(Operation::CaseInsensitiveEquals, "SERVICE pack 2"));
    assert!(!is(Operation::CaseInsensitiveEquals, "SERVICE pack 1"));
    assert!(is(Operation::CaseInsensitiveNotEqual, "SERVICE pack 1"));
    assert!(!is(Operation::CaseInsensitiveNotEqual, "SERVICE pack 2"));
    assert!(is(Operation::PatternMatch, "Pack [12]$"));
    assert!(!is(Operation::PatternMatch, "^Pack"));
    let version = Actual::Version(FileVersion::new(6, 0, 3790, 3959));
    assert!(holds(Datatype::Text, Operation::Equals, "6.0.3790.3959", &version));
    assert!(!holds(Datatype::Text, Operation::Equals, "6.0.3790.3959.0", &version));
    assert!(holds(Datatype::Text, Operation::PatternMatch, r"^6\.0\.3790\.3\d+$", &version));
}

#[test]
fn operations_that_are_not_the_datatypes_own_are_refused() {
    for (datatype, operation) in [
        (Datatype::Text, Operation::LessThan),
        (Datatype::Text, Operation::BitwiseAnd),
        (Datatype::Text, Operation::SubsetOf),
        (Datatype::Int, Operation::PatternMatch),
        (Datatype::Int, Operation::CaseInsensitiveEquals),
        (Datatype::Version, Operation::PatternMatch),
        (Datatype::Version, Operation::BitwiseOr),
        (Datatype::Version, Operation::SupersetOf),
    ] {
        let refused = Comparison::new(datatype, operation, "1").unwrap_err();
        assert!(matches!(refused, Incomparable::Unsupported(_)), "{datatype:?} {operation:?}");
    }
}

#[test]
fn texts_that_are_no_value_of_the_datatype_are_told_from_each_other() {
    for (datatype, text) in [
        (Datatype::Int, "six"),
        (Datatype::Int, ""),
        (Datatype::Int, "1.0"),
        (Datatype::Version, ""),
        (Datatype::Version, "6.0.x"),
        (Datatype::Version, "6..0"),
        (Datatype::Version, "6.0.99999999999999999999"),
    ] {
        let stated = Comparison::new(datatype, Operation::Equals, text).unwrap_err();
        assert!(matches!(stated, Incomparable::Stated(_)), "{text}");
        let right = Comparison::new(datatype, Operation::Equals, "1").unwrap();
        let actual = right.holds(&Actual::Text(text.into()), &mut Patterns::default()).unwrap_err();
        assert!(matches!(actual, Incomparable::Actual(_)), "{text}");
    }
}

#[test]
fn patterns_that_only_perl_knows_are_named() {
    for pattern in ["(?=x)", r"(a)\1", "(", "(?<!x)y", r"\Qa"] {
        let error = patterns::check(pattern).unwrap_err();
        assert!(error.to_string().contains(pattern), "{error}");
        assert!(matches!(error, Incomparable::Unsupported(_)));
    }
}

#[test]
fn paths_are_read_below_the_hosts_own_windows_folder() {
    let path = |path, root| paths::below_windows(path, root).map(|path| path.to_string());
    let expected = Ok("system32/inetsrv/asp.dll".to_owned());
    assert_eq!(path(r"C:\WINDOWS\system32\inetsrv\ASP.dll", Some(r"C:\WINDOWS")), expected);
    assert_eq!(path(r"c:\windows\System32\inetsrv\asp.dll", Some(r"C:\WINDOWS\")), expected);
    assert_eq!(path(r"E:\W2K3\system32\inetsrv\asp.dll", Some(r"E:\W2K3")), expected);
    assert_eq!(path(r"%SystemRoot%\system32\inetsrv\asp.dll", Some(r"E:\W2K3")), expected);
    assert_eq!(path(r"%windir%\system32\inetsrv\asp.dll", None), expected);
    assert_eq!(path(r"D:\WINNT\system32\inetsrv\asp.dll", None), expected);
    for (path, root) in [
        (r"C:\Program Files\x.dll", Some(r"C:\WINDOWS")),
        (r"C:\WINDOWS\x.dll", Some(r"E:\W2K3")),
        (r"C:\WINDOWS2\x.dll", Some(r"C:\WINDOWS")),
        (r"C:\WINDOWS", Some(r"C:\WINDOWS")),
        (r"C:\WINDOWS\..\x.dll", Some(r"C:\WINDOWS")),
        (r"system32\x.dll", None),
        (r"é:\WINDOWS\x", None),
        (r"C:\Temp\x.dll", None),
        ("", Some("")),
    ] {
        assert!(paths::below_windows(path, root).is_err(), "{path}");
    }
}

#[test]
fn names_of_files_name_no_folder() {
    assert_eq!(paths::joined(r"C:\WINDOWS\", "a.dll").unwrap(), r"C:\WINDOWS\a.dll");
    assert_eq!(paths::joined(r"C:\WINDOWS", "a.dll").unwrap(), r"C:\WINDOWS\a.dll");
    assert!(paths::joined(r"C:\WINDOWS", r"system32\a.dll").is_err());
    assert!(paths::joined(r"C:\WINDOWS", "system32/a.dll").is_err());
}

#[test]
fn registry_keys_belong_to_the_two_hives() {
    let software = paths::registry_place(r"SOFTWARE\Microsoft\INetStp").unwrap();
    assert_eq!(software, (Hive::Software, r"Microsoft\INetStp".to_owned()));
    let system = paths::registry_place(r"System\CurrentControlSet\Control").unwrap();
    assert_eq!(system, (Hive::System, r"CurrentControlSet\Control".to_owned()));
    assert_eq!(paths::registry_place("SOFTWARE").unwrap(), (Hive::Software, String::new()));
    assert!(paths::registry_place(r"HARDWARE\DESCRIPTION").unwrap_err().contains("HARDWARE"));
}
