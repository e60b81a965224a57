//! The files of the project, as text in memory, so that a check can be tried on files that do not
//! exist.

use crate::{command, failure::Failure};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
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
    /// The files that git knows or would know, and the help of the `patchstate` command.
    pub(crate) fn read() -> Result<Self, Failure> {
        let mut checkout = Self::default();
        for path in &listed()? {
            // A file that was removed and not yet committed is still listed.
            let Ok(bytes) = fs::read(root().join(path)) else { continue };
            checkout.paths.insert(path.to_owned());
            if let Ok(text) = String::from_utf8(bytes) {
                checkout.texts.insert(path.to_owned(), text);
            }
        }
        checkout.outputs = help_texts()?;
        Ok(checkout)
    }

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

/// Every file by its path below the root: those that git lists, or without git all but what is
/// built.
fn listed() -> Result<Vec<String>, Failure> {
    let known = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    if let Ok(listed) = command::text("git", &known) {
        return Ok(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect());
    }
    let (mut files, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder))? {
            let entry = entry?;
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            if !entry.file_type()?.is_dir() {
                files.push(path);
            } else if path != "target" && path != ".git" {
                folders.push(format!("{path}/"));
            }
        }
    }
    Ok(files)
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

/// The `patchstate` command, built if it is not up to date.
pub(crate) fn patchstate() -> Result<PathBuf, Failure> {
    // With a test beside it, cargo chooses the features of `cargo test --workspace`, and takes what
    // that has built: the command alone would be another build of nearly everything.
    let arguments = ["build", "--quiet", "--workspace", "--bin", "patchstate", "--test", "cli"];
    command::text("cargo", &arguments)?;
    Ok(target().join("debug").join(format!("patchstate{}", env::consts::EXE_SUFFIX)))
}

/// The help of the command and of each of its commands, and the manual.
fn help_texts() -> Result<BTreeMap<String, String>, Failure> {
    let program = patchstate()?.to_string_lossy().into_owned();
    let mut outputs = BTreeMap::new();
    let help = command::text(&program, &["--help"])?;
    for name in command_names(&help) {
        outputs.insert(format!("{name} --help"), command::text(&program, &[name, "--help"])?);
    }
    outputs.insert("--help".to_owned(), help);
    outputs.insert("man".to_owned(), command::text(&program, &["man"])?);
    Ok(outputs)
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
