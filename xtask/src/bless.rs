//! Snapshots that changed: looked at one by one, where the reviewer is installed.

use crate::{command, failure::Failure, screen::say};

/// Reviews changed snapshots, or rewrites them and says what is then left to do.
pub(crate) fn run() -> Result<bool, Failure> {
    if command::find("cargo-insta").is_some() {
        return Ok(command::passes("cargo", &["insta", "test", "--workspace", "--review"], &[]));
    }
    let passed = command::passes("cargo", &["test", "--workspace"], &[("INSTA_UPDATE", "always")]);
    say("`cargo insta` is not installed: the snapshots were rewritten, nobody has read them.");
    say("Read the change before you commit it: every line is something that a user can see.");
    passed_with_diff(passed)
}

fn passed_with_diff(passed: bool) -> Result<bool, Failure> {
    let changed = command::text("git", &["status", "--short", "--", "*.snap"])?;
    say(changed.trim_end());
    Ok(passed)
}
