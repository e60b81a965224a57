//! Inventory.

use super::{
    style::{faint, heading, neutral, neutral_name, wrapped},
    view::View,
};
use crate::json::{ListItem, ListObject};
use std::fmt::Write;

/// What there is of one kind.
#[must_use]
pub fn list(object: &ListObject, view: View) -> String {
    if view.is_quiet() {
        return String::new();
    }
    if object.items.is_empty() {
        return format!("there are no {} yet\n", object.kind);
    }
    object.items.iter().map(|one| item(one, view)).collect()
}

fn item(item: &ListItem, view: View) -> String {
    let mut text = format!("{}\n", heading(&neutral_name(&item.id)));
    text.push_str(&wrapped(&neutral(&item.title), 4, view));
    for (name, values) in &item.facts {
        text.push_str(&wrapped(&format!("{name}: {}", neutral(&values.join(", "))), 4, view));
    }
    if let Some(provenance) = item.provenance() {
        let line = wrapped(&neutral(&provenance.to_string()), 4, view);
        let _ = writeln!(text, "{}", faint(line.trim_end()));
    }
    text
}
