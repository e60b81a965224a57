//! The pictures of the documents: what `patchstate` draws of a few install orders.

use crate::{checkout, command, failure::Failure, made, made::Pages};
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
    let drawn = checkout::target().join("pictures");
    fs::create_dir_all(&drawn)?;
    fs::create_dir_all(checkout::root().join(FOLDER))?;
    let mut pictures = Pages::new();
    for (name, line) in PICTURES {
        let path = drawn.join(name);
        let path = path.to_str().ok_or("the target folder's path is no text")?;
        let words: Vec<&str> =
            line.split(' ').chain(["--exit-zero", "--quiet", "--svg", path]).collect();
        command::text(&program, &words)?;
        pictures.insert(format!("{FOLDER}/{name}"), fs::read_to_string(path)?);
    }
    made::renew(&pictures, (FOLDER, "pictures"), is_check)
}
