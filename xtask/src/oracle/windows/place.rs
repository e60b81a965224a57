//! A folder that the commands of the transcript are started in.
//!
//! **Owns** what stands there before the first command: rules that are programs, and trees of a
//! host whose names have mixed letter case, or which have links. Both systems get the same, made on
//! this one.

use crate::{checkout, command, failure::Failure};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The rule that is a program: what it is called, without the ending that Windows has.
pub(super) const PROGRAM: &str = "external_program";
/// A host that is broken, so that much is said of its files.
const BROKEN: &[&str] = &["os:sp2", "+iis@rtm", "KB973917"];
/// One of which nothing is said.
const CONSISTENT: &[&str] = &["os:sp2", "+iis"];
/// Trees with links and the like, and their hosts.
const TREES: [(&str, &[&str]); 4] =
    [("mixed", BROKEN), ("linked", BROKEN), ("escaping", CONSISTENT), ("twice", BROKEN)];
/// Where files of IIS stand.
const INETSRV: &str = "WINDOWS/system32/inetsrv";

/// Such a folder.
#[derive(Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    /// An empty one.
    pub(super) fn make(folder: &Path) -> Result<Self, Failure> {
        let place = Self(folder.to_owned());
        fs::create_dir_all(place.temporary())?;
        Ok(place)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }

    /// Where the program for Linux puts what it removes again.
    pub(super) fn temporary(&self) -> PathBuf {
        self.0.join("temporary")
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Removes a file; whether it was there.
    pub(super) fn take(&self, name: &str) -> Result<bool, Failure> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => Ok(removed.map(|()| true)?),
        }
    }

    /// Puts rules and trees there.
    pub(super) fn fill(&self, patchstate: &Path) -> Result<(), Failure> {
        let rules = checkout::root().join("xtask").join("oracles").join("windows");
        for entry in fs::read_dir(rules)? {
            let entry = entry?;
            fs::copy(entry.path(), self.0.join(entry.file_name()))?;
        }
        for (tree, host) in TREES {
            let mut build = Command::new(patchstate);
            build.args(["build", "--quiet", "--out"]).arg(self.file(tree)).args(host);
            let output = command::output(&mut build, &[])?;
            if !output.status.success() {
                let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(format!("`patchstate build` fails: {complaint}").into());
            }
        }
        mix_case(&self.file("mixed"))?;
        self.link_inside()?;
        self.link_outside()?;
        let folder = self.file("twice").join(INETSRV);
        Ok(fs::copy(folder.join("w3core.dll"), folder.join("IISUTIL.DLL")).map(drop)?)
    }

    /// A folder and a file that are links inside the tree, and a file with a second name.
    fn link_inside(&self) -> Result<(), Failure> {
        let tree = self.file("linked");
        let folder = tree.join(INETSRV);
        fs::rename(folder.join("w3core.dll"), folder.join("real.dll"))?;
        link("real.dll", &folder.join("w3core.dll"))?;
        fs::hard_link(folder.join("iisutil.dll"), tree.join("second.dll"))?;
        fs::rename(&folder, tree.join("real"))?;
        link("../../real", &folder)
    }

    /// A file that is a link out of the tree.
    fn link_outside(&self) -> Result<(), Failure> {
        let file = self.file("escaping").join(INETSRV).join("iisutil.dll");
        fs::rename(&file, self.file("outside.dll"))?;
        link("../../../../outside.dll", &file)
    }

    /// All files of the folder by their path, without trees that stood there before and programs.
    pub(super) fn written(&self) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let (mut files, mut folders) = (BTreeMap::new(), vec![self.0.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let below = path.strip_prefix(&self.0)?.to_string_lossy().into_owned();
                if TREES.iter().any(|(tree, _)| *tree == below) || below.starts_with(PROGRAM) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(below, fs::read(path)?);
                }
            }
        }
        Ok(files)
    }
}

/// A link by the program of the system: only one of the two systems has such links for everybody.
fn link(to: &str, place: &Path) -> Result<(), Failure> {
    let place = place.to_string_lossy().into_owned();
    command::text("ln", &["-s", to, &place]).map(drop)
}

/// Gives everything in a folder names in letters of both cases.
fn mix_case(folder: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()? {
        if entry.file_type()?.is_dir() {
            mix_case(&entry.path())?;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let letters = name.chars().enumerate().map(|(at, letter)| match at % 2 {
            0 => letter.to_ascii_uppercase(),
            _ => letter.to_ascii_lowercase(),
        });
        fs::rename(entry.path(), folder.join(letters.collect::<String>()))?;
    }
    Ok(())
}
