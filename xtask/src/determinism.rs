//! Whether the main job prints the same, byte for byte, whatever number of threads does it.

use crate::{command, failure::Failure, screen::say};

/// What is run: the whole catalog on every architecture, on one thread and on two.
const RUNS: [&[&str]; 3] =
    [&["verify", "--json", "-j", "1"], &["verify", "--json", "-j", "2"], &["verify", "--json"]];

/// Runs the main job several times and compares.
pub(crate) fn run() -> Result<bool, Failure> {
    let Some(program) = command::built_tool()? else { return Ok(false) };
    let mut first: Option<String> = None;
    for arguments in RUNS {
        let printed = command::text(&program, arguments)?;
        say(&format!("patchstate {}: {} bytes", arguments.join(" "), printed.len()));
        if first.get_or_insert_with(|| printed.clone()) != &printed {
            say("which are not those of the first run");
            return Ok(false);
        }
    }
    Ok(true)
}
