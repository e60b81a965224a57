//! Every different set of files that hosts of the default scope have, as the example `file_sets`
//! writes them: each different image and hive once, with what it should be by the catalog.

use super::hosts::Folder;
use crate::{checkout, command, failure::Failure, screen::warn};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

/// All of them, in a folder that goes with the value.
#[derive(Debug)]
pub(crate) struct Sets {
    /// Each different image.
    pub(crate) images: Vec<Piece>,
    /// Each different registry hive.
    pub(crate) hives: Vec<Piece>,
    /// Each different set of images.
    pub(crate) all: Vec<FileSet>,
    _folder: Folder,
}

/// A file, and what it should be.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Where it stands here.
    pub(crate) path: PathBuf,
    /// What catalog and host say of it.
    pub(crate) facts: Value,
}

/// Images that stand beside each other on a host.
#[derive(Debug)]
pub(crate) struct FileSet {
    /// Architecture, assumptions and steps of the first host that has it.
    pub(crate) name: String,
    /// `x86` or `x64`.
    pub(crate) architecture: String,
    /// Which of the images.
    pub(crate) images: Vec<usize>,
    /// What does not resolve, as truth has it.
    pub(crate) truth: Value,
    /// The same, as the detection core says it.
    pub(crate) verdict: Value,
}

impl Sets {
    /// Writes them below the target folder.
    pub(crate) fn write() -> Result<Self, Failure> {
        let folder = checkout::target().join("oracle").join(format!("sets-{}", process::id()));
        let folder = Folder(folder);
        folder.0.parent().map_or(Ok(()), fs::create_dir_all)?;
        warn("writing every different set of files of the default scope");
        let place = folder.0.to_string_lossy().into_owned();
        let arguments = ["run", "--quiet", "--package", "patchstate", "--example", "file_sets"];
        command::text("cargo", &[&arguments[..], &["--", &place]].concat())?;
        let list = fs::read_to_string(folder.0.join("sets.json"))?;
        let (images, hives, all) =
            read(&folder.0, &list).ok_or("the list of file sets has another shape")?;
        Ok(Self { images, hives, all, _folder: folder })
    }

    /// How many there are.
    pub(crate) fn summary(&self) -> String {
        let count = |wanted: &str| self.all.iter().filter(|s| s.architecture == wanted).count();
        format!(
            "the default scope has {} different sets of images ({} on x86, {} on x64), made of {} \
             images, and {} different hives",
            self.all.len(),
            count("x86"),
            count("x64"),
            self.images.len(),
            self.hives.len()
        )
    }
}

fn read(folder: &Path, text: &str) -> Option<(Vec<Piece>, Vec<Piece>, Vec<FileSet>)> {
    let all: Value = serde_json::from_str(text).ok()?;
    let pieces = |kind: &str| {
        let piece = |piece: &Value| {
            let below = piece["file"].as_str()?;
            let path = below.split('/').fold(folder.to_owned(), |path, part| path.join(part));
            Some(Piece { path, facts: piece["facts"].clone() })
        };
        all[kind].as_array()?.iter().map(piece).collect::<Option<Vec<Piece>>>()
    };
    let set = |set: &Value| {
        let architecture = set["architecture"].as_str()?.to_owned();
        let assumed = set["assume"].as_array()?.iter();
        let steps = assumed.chain(set["steps"].as_array()?).map(Value::as_str);
        let number = |number: &Value| usize::try_from(number.as_u64()?).ok();
        Some(FileSet {
            name: format!("{architecture} {}", steps.collect::<Option<Vec<_>>>()?.join(" ")),
            architecture,
            images: set["images"].as_array()?.iter().map(number).collect::<Option<_>>()?,
            truth: set["imports"]["truth"].clone(),
            verdict: set["imports"]["verdict"].clone(),
        })
    };
    let sets = all["sets"].as_array()?.iter().map(set).collect::<Option<_>>()?;
    Some((pieces("images")?, pieces("hives")?, sets))
}
