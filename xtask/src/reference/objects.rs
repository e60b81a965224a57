//! The page of all JSON objects, made from their schemas.

use super::tool::head;
use crate::{checkout, failure::Failure, made::plain};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

const FOLDER: &str = "schemas";
const ENDING: &str = ".schema.json";

/// Schemas of objects by their name.
type Objects<'a> = BTreeMap<&'a str, &'a Value>;

const SAYS: &str = "With `--json` (or `--format json`) a command writes one object. `schema` names \
                    its kind and its version. The schemas are in `schemas/`, and `patchstate \
                    schema COMMAND` prints them.";

pub(super) fn page() -> Result<String, Failure> {
    let mut names = Vec::new();
    for entry in fs::read_dir(checkout::root().join(FOLDER))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(ENDING).map(str::to_owned));
    }
    names.sort();
    let mut schemas = Vec::new();
    for name in names {
        let text = fs::read_to_string(checkout::root().join(format!("{FOLDER}/{name}{ENDING}")))?;
        schemas.push((name, serde_json::from_str::<Value>(&text)?));
    }
    let mut page = format!("{}\n{SAYS}\n", head("JSON", "the schemas in `schemas/`"));
    let mut parts = Objects::new();
    for (name, schema) in &schemas {
        page += &format!("\n## {name}\n\n{}", told(schema));
        for (part, inside) in schema["$defs"].as_object().into_iter().flatten() {
            if parts.insert(part, inside).is_some_and(|other| other != inside) {
                return Err(format!("there are two objects `{part}`").into());
            }
        }
    }
    page += "\n## Parts of objects\n";
    for (name, schema) in parts {
        page += &format!("\n### {name}\n\n{}", told(schema));
    }
    Ok(page)
}

/// What is said of an object, and a table of its fields.
fn told(schema: &Value) -> String {
    let mut text = format!("{}\n", said(schema));
    let fields = schema["properties"].as_object().into_iter().flatten();
    let rows: Vec<String> = fields
        .map(|(name, field)| format!("| `{name}` | {} | {} |\n", kind(field), said(field)))
        .collect();
    if !rows.is_empty() {
        text += &format!("\n| field | is | means |\n|---|---|---|\n{}", rows.concat());
    }
    text
}

/// The description of a schema, in one line; marks of code in it stay.
fn said(schema: &Value) -> String {
    let words = schema["description"].as_str().unwrap_or_default().split_whitespace();
    let text = words.collect::<Vec<_>>().join(" ");
    let pieces = text.split('`').enumerate();
    let pieces =
        pieces.map(|(at, piece)| if at % 2 == 0 { plain(piece) } else { piece.to_owned() });
    pieces.collect::<Vec<_>>().join("`")
}

/// What a value is, with a link where it is an object of its own.
fn kind(schema: &Value) -> String {
    if let Some(part) = schema["$ref"].as_str() {
        let name = part.trim_start_matches("#/$defs/");
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let named = types.iter().map(|one| match *one {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("object with values of {}", kind(&schema["additionalProperties"]))
        }
        one => one.to_owned(),
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() { "any value".to_owned() } else { named.join(" or ") }
}
