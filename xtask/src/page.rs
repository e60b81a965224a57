//! The explorer page: whether what is committed is what its source builds, and whether a browser
//! shows what the `patchstate` command says.
//!
//! **Owns** building the page and starting its tests. **Must never know** what a page shows.

use crate::{checkout, command, failure::Failure, gate::Gate, reading, screen::say};
use std::{env, fs};

/// The folder with the source of the page.
const FOLDER: &str = "sim/report/explorer";
/// What is built of it, and committed.
const PAGE: &str = "sim/report/explorer/dist/page.html";
/// Browsers that can show it in a test, by the names of their programs.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Builds the page, compares it with the one that is committed, and runs its tests.
pub(crate) fn run() -> Result<Gate, Failure> {
    if let Some(missing) = ["node", "npm"].into_iter().find(|name| command::find(name).is_none()) {
        return Ok(left_out(&format!("explorer page: no {missing}: apt-get install nodejs npm")));
    }
    let page = checkout::root().join(PAGE);
    let committed = fs::read(&page)?;
    for words in [&["ci"][..], &["run", "build"]] {
        if !npm(words, &[]) {
            return Ok(Gate::whole(false));
        }
    }
    if fs::read(&page)? != committed {
        say(&format!("{PAGE} is not what its source builds: look at the new one, and commit it"));
        return Ok(Gate::whole(false));
    }
    say(&format!("{PAGE}: {} bytes, as its source builds it", committed.len()));
    let browser = env::var("CHROMIUM").ok();
    let found = || BROWSERS.into_iter().find_map(command::find);
    let browser = browser.or_else(|| found().map(|path| path.to_string_lossy().into_owned()));
    let Some(browser) = browser else {
        return Ok(left_out("explorer page in a browser: apt-get install chromium"));
    };
    let program = reading::patchstate()?.to_string_lossy().into_owned();
    Ok(Gate::whole(npm(&["test"], &[("CHROMIUM", &browser), ("PATCHSTATE", &program)])))
}

fn npm(words: &[&str], variables: &[(&str, &str)]) -> bool {
    command::passes("npm", &[&["--prefix", FOLDER], words].concat(), variables)
}

/// A step that could not look at everything. Where everything has to be there, that is a failure.
fn left_out(what: &str) -> Gate {
    say(&format!("skipped: {what}"));
    let is_ci = env::var("CI").is_ok_and(|value| value == "true");
    Gate { passed: !is_ci, left_out: vec![what.to_owned()] }
}
