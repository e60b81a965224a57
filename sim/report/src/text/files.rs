//! Files that were written or checked.

use super::{
    style::{heading, neutral_name},
    view::View,
};

/// Files to go on from, and the words of commands to go on with.
#[must_use]
pub fn written(
    folder: &str,
    files: &[String],
    left: &[String],
    next: &[String],
    view: View,
) -> String {
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
    text.push_str("\nnext, in that folder:\n");
    for command in next {
        text.push_str(&format!("  patchstate {command}\n"));
    }
    text
}
