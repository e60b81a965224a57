//! Writes registry hives for other readers to walk: `cargo run -p patchstate-image --example
//! scratch_hives -- FOLDER`.
//!
//! `hives.json` says of each what a reader must find: the number of keys, and every value by key
//! and name. Texts are strings and numbers are numbers, lists of texts are lists, and bytes are an
//! object with the type and hexadecimal digits. One hive was not closed cleanly; beside it stands
//! its log, with which it has these values.

use patchstate_image::{HiveDescription, write_hive, write_unfinished};
use patchstate_terms::{RegistryType, RegistryValue, hexadecimal};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("expected the folder to write to")?;
    let folder = Path::new(&folder);
    let mut list = Vec::new();
    for (name, hive) in [
        ("empty", HiveDescription::new("")),
        ("software", software()),
        ("large", large()),
        ("types", types()),
    ] {
        fs::write(folder.join(name), write_hive(&hive)?)?;
        list.push(expected(name, None, &hive));
    }
    let before = HiveDescription { time: 1, ..types() };
    let mut after = HiveDescription { time: 2, ..before.clone() };
    let numbers = after.values.values_mut().filter(|v| matches!(v, RegistryValue::Number(_)));
    numbers.for_each(|value| *value = RegistryValue::Number(77));
    let written = write_unfinished(&before, &after)?;
    fs::write(folder.join("unfinished"), written.hive)?;
    fs::write(folder.join("unfinished.LOG"), written.log)?;
    list.push(expected("unfinished", Some("unfinished.LOG"), &after));
    fs::write(folder.join("hives.json"), serde_json::to_string_pretty(&list)?)?;
    Ok(())
}

/// A value of every type, and long ones.
fn types() -> HiveDescription {
    let mut hive = HiveDescription::new("types");
    let texts = ["one", "two words"].map(str::to_owned).to_vec();
    let raw = |kind, bytes: &[u8]| RegistryValue::Raw { kind, bytes: bytes.to_vec() };
    let long = |length: u32| (0..length).map(|at| at.to_le_bytes()[0]).collect::<Vec<u8>>();
    for (name, value) in [
        ("text", RegistryValue::Text("text".to_owned())),
        ("expandable text", RegistryValue::ExpandableText("%path%".to_owned())),
        ("number", RegistryValue::Number(1)),
        ("big-endian number", RegistryValue::BigEndianNumber(0x0102_0304)),
        ("long number", RegistryValue::LongNumber(0x0102_0304_0506_0708)),
        ("texts", RegistryValue::Texts(texts)),
        ("binary", RegistryValue::Binary(vec![1, 2, 3, 4, 5])),
        ("none", raw(RegistryType::None, &[9, 8, 7, 6, 5])),
        ("resources", raw(RegistryType::ResourceList, &[1; 24])),
        ("16344", RegistryValue::Binary(long(16_344))),
        ("16345", RegistryValue::Binary(long(16_345))),
        ("100000", RegistryValue::Binary(long(100_000))),
        ("long text", RegistryValue::Text("long text. ".repeat(4000))),
    ] {
        hive.values.insert(("types".to_owned(), name.to_owned()), value);
    }
    hive
}

fn software() -> HiveDescription {
    let mut hive = HiveDescription::new(r"\SystemRoot\System32\Config\SOFTWARE");
    hive.time = 127_000_000_000_000_000;
    let current = r"Microsoft\Windows NT\CurrentVersion";
    let text = |text: &str| RegistryValue::Text(text.to_owned());
    for (key, name, value) in [
        (current, "ProductName", text("Microsoft Windows Server 2003")),
        (current, "CSDVersion", text("Service Pack 2")),
        (current, "SystemRoot", RegistryValue::ExpandableText(r"%SystemDrive%\WINDOWS".to_owned())),
        (r"Microsoft\INetStp", "MajorVersion", RegistryValue::Number(6)),
        (r"Microsoft\INetStp", "MinorVersion", RegistryValue::Number(0)),
        (r"Microsoft\INetStp", "", text("")),
        ("", "at the root", RegistryValue::Number(u32::MAX)),
    ] {
        hive.values.insert((key.to_owned(), name.to_owned()), value);
    }
    hive.keys.insert(r"Microsoft\Updates".to_owned());
    hive
}

/// Enough subkeys for an index of lists, names that are not ASCII, values longer than a bin.
fn large() -> HiveDescription {
    let mut hive = HiveDescription::new("large");
    for number in 0..1700_u32 {
        let key = format!(r"many\Key{number}");
        hive.values.insert((key, "number".to_owned()), RegistryValue::Number(number));
    }
    for name in ["Schlüssel", "ключ", "鍵", "\u{1f511}", "Åre", "zebra", "_score", "Zone"] {
        let value = RegistryValue::Text(name.to_owned());
        hive.values.insert((format!(r"unicode\{name}"), name.to_owned()), value);
    }
    let long = RegistryValue::Text("long text. ".repeat(700));
    hive.values.insert(("long".to_owned(), "text".to_owned()), long);
    for number in 0..3000_u32 {
        let name = format!("value {number}");
        hive.values.insert(("long".to_owned(), name), RegistryValue::Number(number));
    }
    hive.keys.insert(["deep"; 60].join("\\"));
    hive
}

fn expected(name: &str, log: Option<&str>, hive: &HiveDescription) -> Value {
    let mut keys = BTreeSet::from([String::new()]);
    for path in hive.keys.iter().chain(hive.values.keys().map(|(key, _)| key)) {
        let parts: Vec<&str> = path.split('\\').filter(|part| !part.is_empty()).collect();
        for length in 1..=parts.len() {
            keys.insert(parts.iter().take(length).copied().collect::<Vec<_>>().join("\\"));
        }
    }
    let values = hive.values.iter().map(|((key, name), value)| {
        let path = if key.is_empty() { name.clone() } else { format!(r"{key}\{name}") };
        (path, content(value))
    });
    let values: Map<String, Value> = values.collect();
    json!({ "name": name, "log": log, "keys": keys.len(), "values": values })
}

fn content(value: &RegistryValue) -> Value {
    let bytes = |bytes: &[u8]| json!({ value.kind().to_string(): hexadecimal(bytes) });
    match value {
        RegistryValue::Text(text)
        | RegistryValue::ExpandableText(text)
        | RegistryValue::Link(text) => json!(text),
        RegistryValue::Number(number) | RegistryValue::BigEndianNumber(number) => json!(number),
        RegistryValue::LongNumber(number) => json!(number),
        RegistryValue::Texts(texts) => json!(texts),
        RegistryValue::Binary(content) | RegistryValue::Raw { bytes: content, .. } => {
            bytes(content)
        }
    }
}
