//! Compiles objects, states and variables: what is collected, and what it must be like.

use super::{
    codes,
    compare::{Comparison, Datatype, Operation},
    definitions::{NESTING_MAX, OPERATORS, check},
    incomparable::Incomparable,
    model::{
        Collection, Component, Entity, FilePlace, ItemField, Object, RegistryPlace, State,
        StateEntity, StatedValue, Usable, Variable, Wanted,
    },
    paths, patterns, sets,
    tables::Check,
    xml::{Element, Kind, Reader},
};
use patchstate_source::quoted;
use patchstate_terms::RegistryPath;

pub(super) const OPERATIONS: [(&str, Operation); 13] = [
    ("equals", Operation::Equals),
    ("not equal", Operation::NotEqual),
    ("case insensitive equals", Operation::CaseInsensitiveEquals),
    ("case insensitive not equal", Operation::CaseInsensitiveNotEqual),
    ("greater than", Operation::GreaterThan),
    ("less than", Operation::LessThan),
    ("greater than or equal", Operation::GreaterThanOrEqual),
    ("less than or equal", Operation::LessThanOrEqual),
    ("bitwise and", Operation::BitwiseAnd),
    ("bitwise or", Operation::BitwiseOr),
    ("pattern match", Operation::PatternMatch),
    ("subset of", Operation::SubsetOf),
    ("superset of", Operation::SupersetOf),
];

/// Without a datatype a value is a string; `None` is one of the language that is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Given(Option<Datatype>);

impl Default for Given {
    fn default() -> Self {
        TEXT
    }
}

const TEXT: Given = Given(Some(Datatype::Text));

const DATATYPES: [(&str, Given); 14] = [
    ("string", TEXT),
    ("int", Given(Some(Datatype::Int))),
    ("version", Given(Some(Datatype::Version))),
    ("binary", Given(Some(Datatype::Binary))),
    ("boolean", Given(Some(Datatype::Boolean))),
    ("debian_evr_string", Given(None)),
    ("evr_string", Given(None)),
    ("fileset_revision", Given(None)),
    ("fileset_version", Given(None)),
    ("float", Given(None)),
    ("ios_version", Given(None)),
    ("ipv4_address", Given(None)),
    ("ipv6_address", Given(None)),
    ("record", Given(None)),
];

/// The datatypes that are supported.
pub(super) fn datatypes() -> Vec<&'static str> {
    let supported = DATATYPES.into_iter().filter(|(_, given)| given.0.is_some());
    supported.map(|(word, _)| word).collect()
}

/// What stands beside the entities in every element.
const ASIDES: [&str; 2] = ["notes", "Signature"];

pub(super) fn object<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<Collection> {
    let known: &[&str] = match (element.platform(), element.name()) {
        (Some("independent"), "family_object") => &[],
        (Some("windows"), "file_object") => &["path", "filename", "filepath"],
        (Some("windows"), "registry_object") => &["hive", "key", "name"],
        (_, name) => {
            let message = format!("`{name}` is not supported");
            return Err(reader.unsupported(element, element, message));
        }
    };
    let (mut is_32_bit_view, mut filters, mut set) = (false, Vec::new(), None);
    for child in element.children().filter(|child| !ASIDES.contains(&child.name())) {
        match child.name() {
            "behaviors" => is_32_bit_view = behaviours(reader, element, child)?,
            "filter" => filters.push(sets::filter(reader, element, child)?),
            "set" => set = Some(sets::set(reader, element, child, 1)?),
            name if known.contains(&name) => {}
            name => {
                let message = format!("`{name}` in an object is not supported");
                return Err(reader.unsupported(element, child, message));
            }
        }
    }
    let object = match (set, element.name()) {
        (Some(set), _) => Object::Set(set),
        (None, "family_object") => Object::Family,
        (None, "file_object") => Object::File(file_object(reader, element)?),
        (None, _) => Object::Registry(registry_object(reader, element)?),
    };
    Ok(Collection { object, is_32_bit_view, filters })
}

/// Whether behaviours ask for the view of a 32-bit program. Others are supported as far as they say
/// what happens without them.
fn behaviours<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
) -> Usable<bool> {
    let view = reader.word(element, "windows_view", &[("64_bit", false), ("32_bit", true)]);
    let is_plain = |name: &str, value: &str| match name {
        // How deep to go does not matter where nothing is gone into.
        "windows_view" | "max_depth" => true,
        "recurse_direction" => value == "none",
        "recurse_file_system" => value == "all",
        _ => false,
    };
    let other = element.node.attributes().find(|found| !is_plain(found.name(), found.value()));
    let Some(other) = other else { return Ok(view) };
    let message = format!(
        "`{}=\"{}\"` in `behaviors` is not supported: folders and keys are not gone through",
        other.name(),
        quoted(other.value())
    );
    Err(reader.unsupported(owner, element, message))
}

fn file_object<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<FilePlace> {
    if let Some(whole) = element.child("filepath") {
        return Ok(FilePlace::Whole(entity(reader, element, whole)?));
    }
    let (Some(folder), Some(name)) = (element.child("path"), element.child("filename")) else {
        let message = "a file_object needs `filepath`, or `path` and `filename`";
        return Err(reader.error(codes::MISSING_ENTITY, element, message));
    };
    if name.is_nil() {
        let message = "a folder as object is not supported: evidence is of files";
        return Err(reader.unsupported(element, name, message));
    }
    if is_search(name) {
        let folder = entity(reader, element, folder);
        let name = name_like(reader, element, name);
        return Ok(FilePlace::Matching { folder: folder?, name: name? });
    }
    let (folder, name) = (entity(reader, element, folder), entity(reader, element, name));
    Ok(FilePlace::Parts { folder: folder?, name: name? })
}

/// Whether the operation on a name asks which names there are.
fn is_search(element: Element<'_>) -> bool {
    matches!(
        element.attribute("operation"),
        Some("not equal" | "case insensitive not equal" | "pattern match")
    )
}

/// What the name of a file, a registry key or a value must be like.
fn name_like<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
) -> Usable<StatedValue> {
    if reader.word(element, "datatype", &DATATYPES) != TEXT {
        let message = format!("`{}` must be a string", element.name());
        return Err(reader.unsupported(owner, element, message));
    }
    stated(reader, owner, element, Datatype::Text)
}

fn registry_object<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<RegistryPlace> {
    let (Some(hive), Some(key)) = (element.child("hive"), element.child("key")) else {
        let message = "a registry_object needs `hive` and `key`";
        return Err(reader.error(codes::MISSING_ENTITY, element, message));
    };
    if let Some(other) = other_hive(reader, element, hive, key)? {
        return Ok(other);
    }
    if key.is_nil() {
        let message = "a hive as object is not supported: its root is not in the evidence";
        return Err(reader.unsupported(element, key, message));
    }
    let name = element.child("name").filter(|name| !name.is_nil());
    if is_search(key) || name.is_some_and(is_search) {
        let key = wanted(reader, element, key)?;
        let name = name.map(|name| wanted(reader, element, name)).transpose()?;
        return Ok(RegistryPlace::Search { key, name });
    }
    let key_entity = entity(reader, element, key)?;
    let name = name.map(|name| entity(reader, element, name)).transpose()?;
    let Entity::Text(text) = &key_entity else {
        return Ok(RegistryPlace::Variable { key: key_entity, name });
    };
    let place = paths::registry_place(text);
    let (hive, key) = place.map_err(|reason| reader.unsupported(element, key, reason))?;
    Ok(match name {
        None => RegistryPlace::Key(hive, key),
        Some(Entity::Text(value)) => RegistryPlace::Value(RegistryPath { hive, key, value }),
        name => RegistryPlace::Variable { key: key_entity, name },
    })
}

/// The hive of an object, if it is none of those that are read.
fn other_hive<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    hive: Element<'a>,
    key: Element<'a>,
) -> Usable<Option<RegistryPlace>> {
    let Entity::Text(name) = entity(reader, owner, hive)? else {
        let message = "a hive from a variable is not supported";
        return Err(reader.unsupported(owner, hive, message));
    };
    let is_exact = !is_search(key) && key.attribute("var_ref").is_none();
    let key = is_exact.then(|| key.text());
    match paths::other_hive(name.trim(), key.as_deref()) {
        Ok(None) => Ok(None),
        Ok(Some((name, file))) => Ok(Some(RegistryPlace::OtherHive { name, file })),
        Err(reason) => Err(reader.unsupported(owner, hive, reason)),
    }
}

/// An entity that names places, or says what their names are like.
fn wanted<'a>(reader: &mut Reader<'a>, owner: Element<'a>, element: Element<'a>) -> Usable<Wanted> {
    if is_search(element) {
        return Ok(Wanted::Like(name_like(reader, owner, element)?));
    }
    Ok(Wanted::Equal(entity(reader, owner, element)?))
}

/// One entity of an object: names of files and of registry keys do not depend on letter case, so
/// that both kinds of equality are one.
fn entity<'a>(reader: &mut Reader<'a>, owner: Element<'a>, element: Element<'a>) -> Usable<Entity> {
    let operation = reader.word(element, "operation", &OPERATIONS);
    if !matches!(operation, Operation::Equals | Operation::CaseInsensitiveEquals) {
        let name = element.name();
        let message = format!("`{}` on `{name}` of an object is not supported", operation.as_str());
        return Err(reader.unsupported(owner, element, message));
    }
    let datatype = reader.word(element, "datatype", &DATATYPES);
    if datatype != TEXT {
        let message = format!("`{}` of an object must be a string", element.name());
        return Err(reader.unsupported(owner, element, message));
    }
    if element.attribute("var_ref").is_none() {
        return Ok(Entity::Text(element.text()));
    }
    let check = check(reader, element, "var_check");
    let variable = reader.refer(Kind::Variable, element, "var_ref")?;
    if check == Check::NoneSatisfy {
        let message = "`none satisfy` in an object is not supported: it names no place";
        return Err(reader.unsupported(owner, element, message));
    }
    Ok(Entity::Variable { variable, check })
}

pub(super) fn state<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<State> {
    let operator = reader.word(element, "operator", &OPERATORS);
    let mut entities = Vec::new();
    let mut fault = None;
    for child in element.children().filter(|child| !ASIDES.contains(&child.name())) {
        match state_entity(reader, element, child) {
            Ok(entity) => entities.push(entity),
            Err(found) => fault = fault.or(Some(found)),
        }
    }
    fault.map_or(Ok(State { operator, entities }), Err)
}

fn state_entity<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
) -> Usable<StateEntity> {
    let field = match (owner.platform(), owner.name(), element.name()) {
        (Some("independent"), "family_state", "family") => ItemField::Family,
        (Some("windows"), "file_state", "filename") => ItemField::FileName,
        (Some("windows"), "file_state", "version") => ItemField::FileVersion,
        (Some("windows"), "registry_state", "hive") => ItemField::RegistryHive,
        (Some("windows"), "registry_state", "key") => ItemField::RegistryKey,
        (Some("windows"), "registry_state", "name") => ItemField::RegistryName,
        (Some("windows"), "registry_state", "type") => ItemField::RegistryType,
        (Some("windows"), "registry_state", "value") => ItemField::RegistryValue,
        (_, state, name) => {
            let message = format!("`{name}` in a {state} is not supported");
            return Err(reader.unsupported(owner, element, message));
        }
    };
    if element.is_nil() {
        let message = format!("`{}` without a value is not supported", element.name());
        return Err(reader.unsupported(owner, element, message));
    }
    let check = check(reader, element, "entity_check");
    if matches!(field, ItemField::FileName | ItemField::RegistryKey | ItemField::RegistryName) {
        return Ok(StateEntity { field, check, stated: name_like(reader, owner, element)? });
    }
    let Given(Some(datatype)) = reader.word(element, "datatype", &DATATYPES) else {
        let datatype = element.attribute("datatype").unwrap_or_default();
        let message = format!("the datatype `{datatype}` is not supported");
        return Err(reader.unsupported(owner, element, message));
    };
    Ok(StateEntity { field, check, stated: stated(reader, owner, element, datatype)? })
}

/// A value as a document states it: by itself, or those of a variable.
fn stated<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
    datatype: Datatype,
) -> Usable<StatedValue> {
    let operation = reader.word(element, "operation", &OPERATIONS);
    if element.attribute("var_ref").is_some() {
        let check = check(reader, element, "var_check");
        let variable = reader.refer(Kind::Variable, element, "var_ref")?;
        return Ok(StatedValue::Variable { variable, check, datatype, operation });
    }
    let text = match (element.name(), element.text().as_str()) {
        // By the schema, two names of one type.
        ("type", "reg_dword_little_endian") => "reg_dword".to_owned(),
        ("type", "reg_qword_little_endian") => "reg_qword".to_owned(),
        (_, text) => text.to_owned(),
    };
    let comparison = Comparison::new(datatype, operation, &text);
    let comparison = comparison.and_then(|comparison| {
        comparison.pattern().map_or(Ok(()), |pattern| patterns::check(pattern))?;
        Ok(comparison)
    });
    Ok(StatedValue::Literal(comparison.map_err(|wrong| match wrong {
        Incomparable::Unsupported(reason) => reader.unsupported(owner, element, reason),
        other => reader.error(codes::BAD_VALUE, element, other),
    })?))
}

pub(super) fn variable<'a>(reader: &mut Reader<'a>, element: Element<'a>) -> Usable<Variable> {
    let content = match (element.platform(), element.name()) {
        (Some(""), "constant_variable") => {
            let values = element.children().filter(|child| child.name() == "value");
            Component::Values(values.map(Element::text).collect())
        }
        (Some(""), "local_variable") => {
            let mut parts = element.children().filter(|child| !ASIDES.contains(&child.name()));
            let (Some(part), None) = (parts.next(), parts.next()) else {
                let message = "a local_variable has exactly one component or function";
                return Err(reader.error(codes::BAD_VARIABLE, element, message));
            };
            component(reader, element, part, 1)?
        }
        (_, name) => {
            let hint = match name {
                "external_variable" => {
                    ": its values come from outside; a `constant_variable` states them"
                }
                _ => "",
            };
            let message = format!("`{name}` is not supported{hint}");
            return Err(reader.unsupported(element, element, message));
        }
    };
    Ok(Variable { id: element.id().into(), content })
}

fn component<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
    depth: usize,
) -> Usable<Component> {
    if depth > NESTING_MAX {
        let message = format!("functions are nested deeper than {NESTING_MAX}");
        return Err(reader.error(codes::TOO_DEEP, element, message));
    }
    match element.name() {
        "literal_component" => Ok(Component::Literal(element.text())),
        "variable_component" => {
            Ok(Component::Variable(reader.refer(Kind::Variable, element, "var_ref")?))
        }
        "object_component" => object_component(reader, owner, element),
        "concat" => {
            let parts: Vec<_> =
                element.children().map(|part| component(reader, owner, part, depth + 1)).collect();
            Ok(Component::Concat(parts.into_iter().collect::<Result<_, _>>()?))
        }
        name => {
            let message = format!("the function `{name}` is not supported");
            Err(reader.unsupported(owner, element, message))
        }
    }
}

fn object_component<'a>(
    reader: &mut Reader<'a>,
    owner: Element<'a>,
    element: Element<'a>,
) -> Usable<Component> {
    let object = reader.refer(Kind::Object, element, "object_ref")?;
    let kind = reader.element(Kind::Object, object).map_or("", Element::name);
    let Some(name) = element.attribute("item_field") else {
        reader.missing_attribute(element, "item_field");
        let message = "an object_component names the field of items";
        return Err(reader.error(codes::MISSING_ATTRIBUTE, element, message));
    };
    let field = match (kind, name) {
        ("file_object", "filepath") => ItemField::FilePath,
        ("file_object", "path") => ItemField::FileFolder,
        ("file_object", "filename") => ItemField::FileName,
        ("file_object", "version") => ItemField::FileVersion,
        ("registry_object", "hive") => ItemField::RegistryHive,
        ("registry_object", "key") => ItemField::RegistryKey,
        ("registry_object", "name") => ItemField::RegistryName,
        ("registry_object", "type") => ItemField::RegistryType,
        ("registry_object", "value") => ItemField::RegistryValue,
        ("family_object", "family") => ItemField::Family,
        _ => {
            let message = format!("the field `{name}` of a {kind} is not supported");
            return Err(reader.unsupported(owner, element, message));
        }
    };
    Ok(Component::Field { object, field })
}
