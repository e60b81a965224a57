//! Files that were written or checked.

use super::{
    style::{heading, neutral_name},
    view::View,
};

/// A folder to begin with, and what to do with it.
#[must_use]
pub fn init(folder: &str, files: &[String], left: &[String], view: View) -> String {
    if view.is_quiet() {
        return String::new();
    }
    let mut text = format!("{}\n", heading(&neutral_name(folder)));
    for file in files {
        text.push_str(&format!("  {}\n", neutral_name(file)));
    }
    for file in left {
        text.push_str(&format!(
            "  {}  was there already, and is left as it is\n",
            neutral_name(file)
        ));
    }
    let rule = files.iter().chain(left).find(|file| file.ends_with(".rule.toml"));
    let rule = neutral_name(rule.map(String::as_str).unwrap_or_default());
    text.push_str("\nnext, in that folder:\n");
    for command in [
        "check .".to_owned(),
        "test .".to_owned(),
        format!("verify {rule}"),
        format!("mutate {rule}"),
    ] {
        text.push_str(&format!("  patchstate {command}\n"));
    }
    text
}
