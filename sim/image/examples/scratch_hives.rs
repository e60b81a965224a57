//! Writes registry hives for other readers to walk: `cargo run -p patchstate-image --example
//! scratch_hives -- FOLDER`.
//!
//! Beside each hive stands a list of what a reader must find: one line per key, and one per value
//! with its type and content.

use patchstate_image::{HiveDescription, write_hive};
use patchstate_terms::RegistryValue;
use std::{collections::BTreeSet, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("expected the folder to write to")?;
    for (name, hive) in
        [("empty", HiveDescription::new("")), ("software", software()), ("large", large())]
    {
        fs::write(Path::new(&folder).join(name), write_hive(&hive)?)?;
        fs::write(Path::new(&folder).join(name).with_extension("expected"), expected(&hive)?)?;
    }
    Ok(())
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

fn expected(hive: &HiveDescription) -> Result<String, std::fmt::Error> {
    let mut keys = BTreeSet::new();
    for path in hive.keys.iter().chain(hive.values.keys().map(|(key, _)| key)) {
        let parts: Vec<&str> = path.split('\\').filter(|part| !part.is_empty()).collect();
        for length in 0..=parts.len() {
            keys.insert(parts.iter().take(length).copied().collect::<Vec<_>>().join("\\"));
        }
    }
    keys.insert(String::new());
    let mut list = String::new();
    for key in keys {
        writeln!(list, "{key}")?;
    }
    for ((key, name), value) in &hive.values {
        let (kind, content) = match value {
            RegistryValue::Text(text) => ("REG_SZ", text.clone()),
            RegistryValue::ExpandableText(text) => ("REG_EXPAND_SZ", text.clone()),
            RegistryValue::Number(number) => ("REG_DWORD", number.to_string()),
        };
        writeln!(list, "{key}\t{name}\t{kind}\t{content}")?;
    }
    Ok(list)
}
