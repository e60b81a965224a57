//! `patchstate init`: a folder to begin with.

use super::new_files::write_new;
use crate::{
    args::{Init, Options},
    failure::{Code, Failure},
};

const RULE: &str = "iis-cannot-start.rule.toml";

/// The files of a new folder, by their path below it.
const FILES: [(&str, &str); 3] = [
    (RULE, include_str!("init/iis-cannot-start.rule.toml")),
    ("iis-cannot-start.md", include_str!("init/iis-cannot-start.md")),
    (".github/workflows/patchstate.yml", include_str!("init/patchstate.yml")),
];

/// Where GitHub has repositories: an action is named by what stands behind it.
const FORGE: &str = "https://github.com/";

pub(super) fn run(options: &Options, command: &Init) -> Result<Code, Failure> {
    let action = env!("CARGO_PKG_REPOSITORY").trim_start_matches(FORGE);
    let filled = |text: &str| {
        text.replace("{action}", action).replace("{version}", env!("CARGO_PKG_VERSION"))
    };
    let files = FILES.map(|(name, text)| (name.to_owned(), filled(text)));
    let next = ["check .", "test .", &format!("verify {RULE}"), &format!("mutate {RULE}")];
    let next = next.map(str::to_owned);
    write_new(options, ("init", command.format), &command.folder, &files, &next)
}
