//! The page of all commands: the help of each.

use super::tool::{Tool, head};
use crate::{checkout::command_names, failure::Failure};
use std::collections::BTreeSet;

const SAYS: &str = "What every command has in common. What follows leaves out options that stand \
                    here, and are the same there.";

pub(super) fn page(tool: &Tool) -> Result<String, Failure> {
    let general = tool.text(&["--help"])?;
    let shared: BTreeSet<String> = options(&general).into_iter().collect();
    let mut page = head("Commands", "the help of the command");
    let names = command_names(&general);
    page += &format!("\n{SAYS}\n\n```text\n{}\n```\n", general.trim_end());
    for name in names {
        let help = tool.text(&[name, "--help"])?;
        page += &format!("\n## patchstate {name}\n\n```text\n{}\n```\n", without(&help, &shared));
    }
    Ok(page)
}

/// The title above the options that most commands have.
const COMMON: &str = "Common options:";

/// Where an option begins.
fn is_option(line: &str) -> bool {
    line.starts_with("  -") || line.starts_with("      --")
}

/// The parts of a help text behind [`COMMON`]: each an option with all that is said of it, the last
/// of them without the example below.
fn options(help: &str) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    let Some((_, common)) = help.split_once(COMMON) else { return options };
    for line in common.lines().take_while(|line| !line.starts_with("Example:")) {
        if is_option(line) {
            options.push(String::new());
        }
        if let Some(option) = options.last_mut() {
            option.push_str(line.trim_end());
            option.push('\n');
        }
    }
    options.iter().map(|option| format!("{}\n", option.trim_end())).collect()
}

/// A help text without the common options that are shared.
fn without(help: &str, shared: &BTreeSet<String>) -> String {
    let Some((before, common)) = help.split_once(COMMON) else {
        return help.trim_end().to_owned();
    };
    let own: Vec<String> =
        options(help).into_iter().filter(|option| !shared.contains(option)).collect();
    let example = common.find("Example:").and_then(|at| common.get(at..)).unwrap_or_default();
    let own =
        if own.is_empty() { String::new() } else { format!("{COMMON}\n{}\n", own.join("\n")) };
    format!("{before}{own}{}", example.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_command_has_is_told_once() {
        let general = "Usage: p\n\nCommon options:\n  -q, --quiet\n          Say less\n\n\
                       \x20     --x\n\nExample: p\n";
        let help = "Usage: p a\n\nOptions:\n  -h\n\nCommon options:\n      --y\n          One\n\n\
                    \x20         Two\n\n  -q, --quiet\n          Say less\n\nExample: p a\n";
        let shared: BTreeSet<String> = options(general).into_iter().collect();
        assert_eq!(shared.len(), 2);
        assert_eq!(
            without(help, &shared),
            "Usage: p a\n\nOptions:\n  -h\n\nCommon options:\n      --y\n          One\n\n\
             \x20         Two\n\nExample: p a"
        );
        let none = without(general, &shared);
        assert_eq!(none, "Usage: p\n\nExample: p");
    }
}
