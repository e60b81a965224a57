//! The pictures of the documents: what `patchstate` draws of a few install orders.

use crate::{checkout, command, failure::Failure, screen::say};
use std::fs;

const FOLDER: &str = "docs/pictures";

/// Each picture with the command that draws it.
const PICTURES: [(&str, &str); 2] = [
    ("incident.svg", "repair os:rtm sp2 +iis@rtm kb973917/v1"),
    ("order.svg", "run os:rtm +iis sp2 kb973917/v1"),
];

/// Draws the pictures anew, or, with `is_check`, only says which are out of date.
pub(crate) fn run(is_check: bool) -> Result<bool, Failure> {
    let Some(program) = command::built_tool()? else { return Ok(false) };
    let (kept, drawn) = (checkout::root().join(FOLDER), checkout::target().join("pictures"));
    fs::create_dir_all(&kept)?;
    fs::create_dir_all(&drawn)?;
    let mut is_good = true;
    for (name, line) in PICTURES {
        let path = drawn.join(name);
        let path = path.to_str().ok_or("the target folder's path is no text")?;
        let words: Vec<&str> =
            line.split(' ').chain(["--exit-zero", "--quiet", "--svg", path]).collect();
        command::text(&program, &words)?;
        let picture = fs::read_to_string(path)?;
        if !is_check {
            fs::write(kept.join(name), picture)?;
            say(&format!("{FOLDER}/{name} written"));
        } else if fs::read_to_string(kept.join(name)).ok() != Some(picture) {
            say(&format!("{FOLDER}/{name} is out of date: `cargo xtask pictures` draws it"));
            is_good = false;
        }
    }
    for entry in fs::read_dir(kept)? {
        let name = entry?.file_name();
        if PICTURES.iter().all(|(known, _)| name != *known) {
            say(&format!("{FOLDER}/{} is drawn by no command", name.to_string_lossy()));
            is_good = false;
        }
    }
    Ok(is_good)
}
