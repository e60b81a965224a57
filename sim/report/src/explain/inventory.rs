//! What the catalog has a name for: updates, components and groups.

use crate::{
    json::{ListItem, list_items},
    text::neutral,
};
use patchstate_catalog::Catalog;
use std::fmt::Write;

/// The lists whose entries are topics, and what an entry is.
const LISTS: [(&str, &str); 2] = [("updates", "Update"), ("components", "Component")];

/// One entry of the catalog. An update has one item for each of its releases.
struct Entry {
    id: String,
    kind: &'static str,
    items: Vec<ListItem>,
}

fn entries(catalog: &Catalog) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (list, kind) in LISTS {
        for item in list_items(catalog, list).map(|list| list.items).unwrap_or_default() {
            // `KB973917/v1` is a release of `KB973917`.
            let id = item.id.split('/').next().unwrap_or_default().to_owned();
            match entries.iter_mut().find(|known| known.id == id) {
                Some(known) => known.items.push(item),
                None => entries.push(Entry { id, kind, items: vec![item] }),
            }
        }
    }
    entries
}

/// The explanation of an entry, by its id or by that of one release.
pub(super) fn explain(catalog: &Catalog, wanted: &str) -> Option<String> {
    let is_wanted = |id: &str| id.eq_ignore_ascii_case(wanted.trim());
    let found = entries(catalog)
        .into_iter()
        .find(|entry| is_wanted(&entry.id) || entry.items.iter().any(|item| is_wanted(&item.id)))?;
    let first = found.items.first()?;
    let mut text =
        format!("{}\n\n{}. {}.\n", neutral(&found.id), found.kind, neutral(&first.title));
    for item in &found.items {
        text.push('\n');
        if item.id != found.id {
            let _ = writeln!(text, "{}", neutral(&item.id));
        }
        for (name, values) in &item.facts {
            let _ = writeln!(text, "    {name}: {}", neutral(&values.join(", ")));
        }
        if let (Some(confidence), Some(source)) = (item.confidence, &item.source) {
            let _ = writeln!(text, "    {confidence}: {}", neutral(source));
        }
    }
    Some(text)
}

/// Every entry in a line, for a list.
pub(super) fn summaries(catalog: &Catalog) -> Vec<(String, String)> {
    let summary = |entry: Entry| {
        let title = entry.items.first().map(|item| item.title.clone()).unwrap_or_default();
        (entry.id, format!("{}. {title}.", entry.kind))
    };
    entries(catalog).into_iter().map(summary).collect()
}
