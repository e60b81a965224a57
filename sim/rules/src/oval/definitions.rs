//! Compiles definitions and tests: everything above what is collected.

use super::{
    codes,
    model::{
        Criteria, CriteriaKind, Definition, Fault, ItemTest, OvalClass, Test, TestKind, Usable,
    },
    tables::{Check, Existence, Operator},
    xml::{Element, Kind, Reader},
};

/// Deepest nesting of criteria.
pub(super) const NESTING_MAX: usize = 64;

pub(super) const OPERATORS: [(&str, Operator); 4] =
    [("AND", Operator::And), ("OR", Operator::Or), ("ONE", Operator::One), ("XOR", Operator::Xor)];

pub(super) const CHECKS: [(&str, Check); 4] = [
    ("all", Check::All),
    ("at least one", Check::AtLeastOne),
    ("only one", Check::OnlyOne),
    ("none satisfy", Check::NoneSatisfy),
];

pub(super) const EXISTENCES: [(&str, Existence); 5] = [
    ("at_least_one_exists", Existence::AtLeastOneExists),
    ("all_exist", Existence::AllExist),
    ("any_exist", Existence::AnyExist),
    ("none_exist", Existence::NoneExist),
    ("only_one_exists", Existence::OnlyOneExists),
];

pub(super) const CLASSES: [(&str, OvalClass); 5] = [
    ("vulnerability", OvalClass::Vulnerability),
    ("patch", OvalClass::Patch),
    ("compliance", OvalClass::Compliance),
    ("inventory", OvalClass::Inventory),
    ("miscellaneous", OvalClass::Miscellaneous),
];

/// What replaced `check="none exist"` in version 5.3, which split it in two.
const NONE_EXIST: &str = "none exist";

/// Platforms that a Windows host is not.
const OTHER_PLATFORMS: [&str; 23] = [
    "aix",
    "android",
    "apache",
    "apple_ios",
    "asa",
    "catos",
    "debian",
    "esx",
    "freebsd",
    "hpux",
    "ios",
    "iosxe",
    "junos",
    "linux",
    "macos",
    "netbsd",
    "netconf",
    "nxos",
    "openbsd",
    "pixos",
    "solaris",
    "unix",
    "vmware_infrastructure",
];

impl Default for OvalClass {
    /// The class of a definition that does not say what its result means.
    fn default() -> Self {
        Self::Miscellaneous
    }
}

pub(super) fn definition<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Definition {
    let class = reader.required_word(element, "class", &CLASSES);
    let title = element.child("metadata").and_then(|metadata| metadata.child("title"));
    let title = title.map(|title| one_line(&title.text())).unwrap_or_default();
    let criteria = element.child("criteria");
    if criteria.is_none() && !reader.flag(element, "deprecated") {
        let message = "a definition without criteria is never evaluated".to_owned();
        reader.warn(codes::NO_CRITERIA, element, message);
    }
    Definition {
        id: element.id().into(),
        title: if title.is_empty() { element.id().to_owned() } else { title },
        class,
        source: element.source.clone(),
        span: element.span(),
        criteria: criteria.map(|criteria| group(reader, criteria, 1)),
    }
}

fn group<'a>(reader: &mut Reader<'a>, element: Element<'a>, depth: usize) -> Criteria {
    let operator = reader.word(element, "operator", &OPERATORS);
    let mut parts = Vec::new();
    if depth > NESTING_MAX {
        let message = format!("criteria are nested deeper than {NESTING_MAX}");
        reader.error(codes::TOO_DEEP, element, message);
    } else {
        for child in element.children() {
            parts.extend(part(reader, child, depth));
        }
        if parts.is_empty() {
            reader.error(codes::EMPTY_CRITERIA, element, "criteria without a criterion");
        }
    }
    condition(reader, element, CriteriaKind::Group { operator, parts })
}

fn part<'a>(reader: &mut Reader<'a>, element: Element<'a>, depth: usize) -> Option<Criteria> {
    let kind = match element.name() {
        "criteria" => return Some(group(reader, element, depth + 1)),
        "criterion" => CriteriaKind::Test(reader.refer(Kind::Test, element, "test_ref")),
        "extend_definition" => {
            CriteriaKind::Extend(reader.refer(Kind::Definition, element, "definition_ref"))
        }
        "notes" => return None,
        name => {
            let message = format!("`{name}` is no part of criteria");
            reader.error(codes::UNKNOWN_ELEMENT, element, message);
            return None;
        }
    };
    Some(condition(reader, element, kind))
}

fn condition<'a>(reader: &mut Reader<'a>, element: Element<'a>, kind: CriteriaKind) -> Criteria {
    let negate = reader.flag(element, "negate");
    let text = ["comment", "test_ref", "definition_ref"].iter();
    let mut text = text.filter_map(|name| element.attribute(name)).map(one_line);
    let text = text.find(|text| !text.is_empty()).unwrap_or_default();
    let text = if negate { format!("not: {text}") } else { text };
    Criteria { negate, kind, span: element.span(), text }
}

pub(super) fn test<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<Test> {
    let kind = match (element.platform(), element.name()) {
        (Some("independent"), "unknown_test") => TestKind::Unknown,
        (Some("independent"), "family_test") | (Some("windows"), "file_test" | "registry_test") => {
            TestKind::Items(item_test(reader, element)?)
        }
        (Some(platform), _) if OTHER_PLATFORMS.contains(&platform) => {
            TestKind::OtherPlatform(platform.to_owned())
        }
        (platform, name) => return Err(no_such_test(reader, element, platform, name)),
    };
    Ok(Test { id: element.id().into(), kind })
}

fn no_such_test<'a>(
    reader: &mut Reader<'a>,
    element: Element<'a>,
    platform: Option<&str>,
    name: &str,
) -> Fault {
    match platform {
        None | Some("") => {
            let message = format!("`{name}` has no platform in its namespace");
            reader.error(codes::NO_PLATFORM, element, message)
        }
        Some(platform) => {
            let message = format!("`{name}` of the platform {platform} is not supported");
            reader.unsupported(element, element, message)
        }
    }
}

fn item_test<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<ItemTest> {
    let stem = element.name().trim_end_matches("_test");
    let object = element.child("object");
    let states: Vec<_> = element.children().filter(|child| child.name() == "state").collect();
    let mut existence = reader.word(element, "check_existence", &EXISTENCES);
    if element.attribute("check") == Some(NONE_EXIST) {
        existence = none_exist(existence, states.is_empty());
    }
    if element.attribute("check").is_none() {
        reader.missing_attribute(element, "check");
    }
    let check = check(reader, element, "check");
    let operator = reader.word(element, "state_operator", &OPERATORS);
    let Some(object) = object else {
        return Err(reader.error(codes::NO_OBJECT, element, "the test names no object"));
    };
    let object = refer_like(reader, Kind::Object, object, "object_ref", stem);
    let states: Vec<_> = states
        .into_iter()
        .map(|state| refer_like(reader, Kind::State, state, "state_ref", stem))
        .collect();
    let states = states.into_iter().collect::<Result<_, _>>()?;
    Ok(ItemTest { existence, check, operator, object: object?, states })
}

/// How many items must exist for the old `check="none exist"`, which was about existence too: no
/// item that satisfies the states; without states, no item. What the document says of existence
/// beside it was said to newer readers, and the default may be written out or left out.
const fn none_exist(written: Existence, is_without_states: bool) -> Existence {
    if is_without_states || matches!(written, Existence::NoneExist) {
        return Existence::NoneExist;
    }
    Existence::AnyExist
}

/// How many of several must be true, as an attribute says; all of them where it is absent.
pub(super) fn check<'a>(reader: &mut Reader<'a>, element: Element<'a>, attribute: &str) -> Check {
    if element.attribute(attribute) != Some(NONE_EXIST) {
        return reader.word(element, attribute, &CHECKS);
    }
    let message = match attribute {
        "check" => {
            "`none exist` went out of use in OVAL 5.3; it is read as: no item is like the states, \
             or, without a state, there is none"
        }
        _ => "`none exist` went out of use in OVAL 5.3; it is read as `none satisfy`",
    };
    reader.warn(codes::DEPRECATED, element, message.to_owned());
    Check::NoneSatisfy
}

/// A reference to an element that must be of the test's own kind.
fn refer_like<'a>(
    reader: &mut Reader<'a>,
    kind: Kind,
    element: Element<'a>,
    attribute: &str,
    stem: &str,
) -> Usable<usize> {
    let number = reader.refer(kind, element, attribute)?;
    like(reader, kind, element, number, (stem, "test"))
}

/// The number of an element, if it is of the same kind as what refers to it, a stem and the kind of
/// element.
pub(super) fn like<'a>(
    reader: &mut Reader<'a>,
    kind: Kind,
    element: Element<'a>,
    number: usize,
    (stem, from): (&str, &str),
) -> Usable<usize> {
    let Some(found) = reader.element(kind, number) else { return Ok(number) };
    let found_stem = found.name().rsplit_once('_').map_or("", |(stem, _)| stem);
    if found_stem == stem {
        return Ok(number);
    }
    let message = format!("a {stem}_{from} refers to the {} {}", found.name(), found.id());
    Err(reader.error(codes::WRONG_KIND, element, message))
}

/// A text in one line, as a comment or title may be wrapped.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
