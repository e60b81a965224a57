//! Where catalogs come from: the files built into this crate, or a user's folder.
//!
//! The reading of a folder is all the input that happens here, and it is bounded; everything else
//! is a function from texts to a catalog and diagnostics.

use crate::{
    mistakes::Mistakes,
    model::Catalog,
    read::{catalog_likeness, read},
    resolve::resolve,
};
use patchstate_source::{Diagnostic, Likeness, Severity, SourceFile, recover};
use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};
use toml::de::DeTable;

/// A folder with more files is no catalog.
const FILES_MAX: usize = 256;

/// All files of a catalog together; the built-in one has less than 100 KiB.
const FOLDER_BYTES_MAX: u64 = 32 << 20;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../corpus/catalog/", $name)))),*]
    };
}

/// The files of the built-in catalog, sorted by name.
const BUILT_IN: &[(&str, &str)] = built_in![
    "assumptions.toml",
    "components.toml",
    "files-common.toml",
    "files-os.toml",
    "files-other.toml",
    "files-web.toml",
    "levels.toml",
    "registry.toml",
    "sources.toml",
    "symptoms.toml",
    "synthetic.toml",
    "updates.toml",
];

/// A catalog without errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The catalog.
    pub catalog: Catalog,
    /// What probably was not meant, but does no harm.
    pub warnings: Vec<Diagnostic>,
    /// Tables in the folder that belong to something else.
    pub left_alone: Vec<PathBuf>,
}

/// What was found in a folder that holds a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The files that are parts of the catalog.
    pub files: Vec<SourceFile>,
    /// Every mistake in them.
    pub mistakes: Vec<Diagnostic>,
    /// The catalog, where there is no error.
    pub catalog: Option<Catalog>,
    /// Tables in the folder that belong to something else.
    pub left_alone: Vec<PathBuf>,
}

/// A catalog cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The folder cannot be listed.
    #[error("cannot read the catalog folder {}: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The folder has no file whose name ends in `.toml` and that has a section of a catalog.
    #[error(
        "no catalog in the folder {}: expected files that end in .toml, with sections such as \
         `[catalog]` and `[[component]]`",
        path.display()
    )]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has too many files, or too large ones.
    #[error(
        "the catalog in the folder {} is too large: expected at most {FILES_MAX} files with \
         {FOLDER_BYTES_MAX} bytes together",
        path.display()
    )]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read the catalog file {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file is not text.
    #[error("the catalog file {} is not UTF-8 from byte {offset} on", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where it stops being text.
        offset: usize,
    },
    /// The catalog has mistakes: all of them, warnings too.
    #[error("the catalog has {} mistakes", .0.len())]
    Invalid(Vec<Diagnostic>),
}

/// The files of the built-in catalog, name and text, as a starting point for one's own.
#[must_use]
pub fn built_in_files() -> &'static [(&'static str, &'static str)] {
    BUILT_IN
}

/// Reads a catalog from texts: the catalog if there is no error, and every mistake in either case.
///
/// `name` is what a mistake names that no line is to blame for, such as a missing section.
#[must_use]
pub fn read_catalog(name: &str, files: &[SourceFile]) -> (Option<Catalog>, Vec<Diagnostic>) {
    let mut mistakes = Mistakes::new(name, files);
    let raw = read(files, &mut mistakes);
    let catalog = resolve(&raw, &mut mistakes);
    let catalog = catalog.filter(|_| !mistakes.any_error());
    (catalog, mistakes.finish())
}

/// Loads the catalog from a folder: all files there that end in `.toml` and have something of a
/// catalog, in the order of names.
pub fn load(folder: &Path) -> Result<Loaded, CatalogError> {
    let (files, left_alone) = read_folder(folder)?;
    match read_catalog(&folder.display().to_string(), &files) {
        (Some(catalog), warnings) => Ok(Loaded { catalog, warnings, left_alone }),
        (None, mistakes) => Err(CatalogError::Invalid(mistakes)),
    }
}

/// All mistakes of the catalog in a folder; an error only when its files cannot be read.
pub fn check(folder: &Path) -> Result<Checked, CatalogError> {
    let (files, left_alone) = read_folder(folder)?;
    let (catalog, mistakes) = read_catalog(&folder.display().to_string(), &files);
    Ok(Checked { files, mistakes, catalog, left_alone })
}

impl Catalog {
    /// The catalog that is built in.
    ///
    /// # Panics
    /// Never: a test loads it without a diagnostic.
    #[must_use]
    pub fn built_in() -> Self {
        let files: Vec<SourceFile> =
            BUILT_IN.iter().map(|(name, text)| SourceFile::new(name, text)).collect();
        let (catalog, mistakes) = read_catalog("the built-in catalog", &files);
        catalog.unwrap_or_else(|| {
            let errors = mistakes.iter().filter(|mistake| mistake.severity == Severity::Error);
            let lines: Vec<String> = errors
                .map(|mistake| {
                    let (name, line) = (&mistake.source.name, mistake.place().line);
                    format!("{name}:{line}: {} ({})", mistake.message, mistake.code)
                })
                .collect();
            panic!("the built-in catalog has mistakes:\n{}", lines.join("\n"))
        })
    }
}

/// The files of the catalog in a folder, and those that belong to something else.
fn read_folder(folder: &Path) -> Result<(Vec<SourceFile>, Vec<PathBuf>), CatalogError> {
    let unreadable = |error| CatalogError::Folder { path: folder.to_owned(), error };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
            // What a catalog holds is shown with its mistakes: nothing from elsewhere.
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                let says = "it is a link, and only files that stand in the folder are read";
                let error = io::Error::new(io::ErrorKind::InvalidInput, says);
                return Err(CatalogError::File { path, error });
            }
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            return Err(CatalogError::TooLarge { path: folder.to_owned() });
        }
    }
    paths.sort();
    let mut budget = FOLDER_BYTES_MAX;
    let mut files = Vec::with_capacity(paths.len());
    let (mut left_alone, mut unread, mut first_no_text) = (Vec::new(), Vec::new(), None);
    for path in paths {
        let bytes = read_bounded(&path, budget)
            .map_err(|error| CatalogError::File { path: path.clone(), error })?;
        budget = budget
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| CatalogError::TooLarge { path: folder.to_owned() })?;
        let name = path.display().to_string();
        let file = SourceFile::new(&name, &String::from_utf8_lossy(&bytes));
        let no_text = std::str::from_utf8(&bytes)
            .err()
            .map(|error| CatalogError::NotText { path: path.clone(), offset: error.valid_up_to() });
        match (part_of_catalog(&file.text), no_text) {
            (Some(true), None) => files.push(file),
            (Some(true), Some(error)) => return Err(error),
            (Some(false), error) => {
                left_alone.push(path);
                first_no_text = first_no_text.or(error);
            }
            (None, error) => {
                unread.push(file);
                first_no_text = first_no_text.or(error);
            }
        }
    }
    if files.is_empty() {
        // Of a folder that was named as a catalog, this says more than that it is none.
        return Err(first_no_text.unwrap_or(CatalogError::Empty { path: folder.to_owned() }));
    }
    // Beside a catalog, what cannot be read at all may be a part of it.
    files.append(&mut unread);
    files.sort_by(|left, right| left.name.cmp(&right.name));
    Ok((files, left_alone))
}

/// Whether a text has something of a catalog; unknown where it is no TOML, and nothing in it could
/// be read.
fn part_of_catalog(text: &str) -> Option<bool> {
    let recovered = recover(text);
    let (table, _) = DeTable::parse_recoverable(&recovered.text);
    let table = table.into_inner();
    let is_unread = table.is_empty() && !recovered.errors.is_empty();
    (!is_unread).then(|| catalog_likeness(&table) != Likeness::None)
}

/// Reads a file, but not more than one byte beyond the limit.
fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
