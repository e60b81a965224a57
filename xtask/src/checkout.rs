//! The files of the project, as text in memory, so that a check can be tried on files that do not
//! exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
};

/// What the checks look at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checkout {
    /// Text files by their path below the root, with forward slashes.
    pub(crate) texts: BTreeMap<String, String>,
    /// Every file, those included that are no text.
    pub(crate) paths: BTreeSet<String>,
    /// What the `patchstate` command prints, by its arguments.
    pub(crate) outputs: BTreeMap<String, String>,
}

impl Checkout {
    /// Files that exist only here.
    pub(crate) fn imagined(files: &[(&str, &str)], outputs: &[(&str, &str)]) -> Self {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let texts: BTreeMap<String, String> = files.iter().map(owned).collect();
        let paths = texts.keys().cloned().collect();
        Self { texts, paths, outputs: outputs.iter().map(owned).collect() }
    }

    /// Text files whose name ends in one of `endings`.
    pub(crate) fn ending_in(&self, endings: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let wanted = |path: &str| endings.iter().any(|ending| path.ends_with(ending));
        let files = self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        files.filter(move |(path, _)| wanted(path))
    }

    /// Source files in Rust.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ending_in(&[".rs"])
    }
}

/// Whether a file is a document.
pub(crate) fn is_markdown(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "md")
}

/// What a file means by a relative path, as a path below the root.
pub(crate) fn beside(from: &str, target: &str) -> String {
    let mut pieces: Vec<&str> = from.split('/').collect();
    pieces.pop();
    for piece in target.split('/') {
        match piece {
            "." | "" => {}
            ".." => drop(pieces.pop()),
            name => pieces.push(name),
        }
    }
    pieces.join("/")
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// The folder that everything built goes to.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |path| root().join(path))
}

/// The commands that a help text lists below `Commands:`.
pub(crate) fn command_names(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| line.trim() != "Commands:").skip(1);
    let listed = lines.take_while(|line| line.starts_with("  ") || line.trim().is_empty());
    let names = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}
