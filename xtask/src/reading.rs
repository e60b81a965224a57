//! Reading the checkout: the files that git lists, and what the `patchstate` command prints.

use crate::{
    checkout::{Checkout, command_names, root, target},
    command,
    failure::Failure,
};
use std::{collections::BTreeMap, env, fs, path::PathBuf};

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
