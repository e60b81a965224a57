//! The tables of the catalog, made from `patchstate list`.

use super::tool::{Tool, head};
use crate::{failure::Failure, made::plain};
use serde_json::Value;

/// What each page is about, in a sentence.
const LISTS: [(&str, &str, &str); 4] = [
    ("updates", "Updates", "Updates of the catalog with their releases, in the order of release."),
    (
        "files",
        "Files",
        "Files of the catalog, with every version that media, service packs and updates bring.",
    ),
    (
        "assumptions",
        "Assumptions",
        "What no public page says. Where an assumption has a switch, `--assume ID=VALUE` sets it.",
    ),
    (
        "claims",
        "Claims",
        "What was said about servicing and the incident, how it is read, and what was found of it. \
         `patchstate verify` checks all of them.",
    ),
];

pub(super) fn pages(tool: &Tool) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut pages = Vec::new();
    for (name, title, says) in LISTS {
        let list = tool.json(&["list", name])?;
        let items = list["items"].as_array().ok_or("no items")?;
        let from = format!("`patchstate list {name}`");
        let mut page = format!("{}\n{says}\n", head(title, &from));
        page.extend(items.iter().map(|item| entry(tool, item)).collect::<Result<Vec<_>, _>>()?);
        pages.push((name, page));
    }
    Ok(pages)
}

/// One entry with all that is known of it.
fn entry(tool: &Tool, item: &Value) -> Result<String, Failure> {
    let id = item["id"].as_str().ok_or("an entry without a name")?;
    let mut text = format!("\n## {}\n\n", plain(id));
    let facts = item["facts"].as_object().ok_or("an entry without facts")?;
    let confidence = item["confidence"].as_str();
    if confidence.is_none() && item["source"].is_null() {
        return told(tool, id);
    }
    text += &format!("{}\n\n", plain(item["title"].as_str().unwrap_or_default()));
    for (name, values) in facts {
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        let values: Vec<String> = values.map(plain).collect();
        text += &format!("- {}: {}\n", plain(name), values.join(", "));
    }
    if let Some(source) = item["source"].as_str() {
        let assumption = item["assumption"].as_str().map(|id| {
            let heading = id.to_lowercase();
            format!(" ([{id}](assumptions.md#{heading}))")
        });
        let assumption = assumption.unwrap_or_default();
        let confidence = confidence.unwrap_or("source");
        text += &format!("- {confidence}{assumption}: {}\n", plain(source));
    }
    Ok(text)
}

/// An entry of which a topic tells more than the list does, with the values of its switch.
fn told(tool: &Tool, id: &str) -> Result<String, Failure> {
    let topic = tool.json(&["explain", id])?;
    let text = topic["markdown"].as_str().ok_or_else(|| format!("{id} has no text"))?;
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    Ok(format!("\n## {}\n{}\n", plain(id), body.trim_end()))
}
