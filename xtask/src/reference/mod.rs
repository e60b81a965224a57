//! The reference of the book: pages made from what the `patchstate` command says.
//!
//! **Owns** which page is made from what, and how it reads. What stands on it is what the command
//! prints: its help, its explanations, its lists, and the schemas of its objects.
//!
//! **Must never know** a fact of Windows, or an option of the command.
//!
//! **Start reading** at [`run`].

mod commands;
mod lists;
mod objects;
mod tool;
mod topics;

use crate::{failure::Failure, made, made::Pages, reading, screen::say};
use tool::Tool;

const FOLDER: &str = "docs/reference";

/// Writes the pages anew, or, with `is_check`, only says which are out of date.
pub(crate) fn run(is_check: bool) -> Result<bool, Failure> {
    let pages = pages()?;
    if !is_check {
        made::write(&pages)?;
        return Ok(true);
    }
    let stale = made::stale(&pages, FOLDER, "docs")?;
    for line in &stale {
        say(line);
    }
    Ok(stale.is_empty())
}

/// Every page.
fn pages() -> Result<Pages, Failure> {
    let tool = Tool::new(&reading::patchstate()?);
    let mut pages = Pages::new();
    let mut add = |name: &str, text: String| {
        pages.insert(format!("{FOLDER}/{name}.md"), made::wrapped_page(&text));
    };
    add("commands", commands::page(&tool)?);
    add("json", objects::page()?);
    for (name, text) in lists::pages(&tool)? {
        add(name, text);
    }
    for (name, text) in topics::pages(&tool)? {
        add(&name, text);
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_current() {
        let pages = pages().expect("the command says everything");
        let stale = made::stale(&pages, FOLDER, "docs").expect("the folder");
        assert!(stale.is_empty(), "\n{}", stale.join("\n"));
    }
}
