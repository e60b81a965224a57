//! Whether the main job is exact, and the core right, under assumptions that change which hosts
//! there are. No test of `cargo test` asks that of the whole catalog: it takes a release build.

use crate::{command, failure::Failure};

/// What is assumed, one after the other.
const ASSUMED: [&str; 3] = ["A28=fails", "A29=at-restart", "A30=kept"];

/// Runs the main job under each; it ends well only where it is exact and nothing is found.
pub(crate) fn run() -> Result<bool, Failure> {
    let Some(program) = command::built_tool()? else { return Ok(false) };
    let passes = |assumed: &&str| {
        command::passes(&program, &["verify", "--quiet", "--assume", assumed], &[])
    };
    // Each is run, also after one has failed.
    Ok(ASSUMED.iter().filter(|assumed| !passes(assumed)).count() == 0)
}
