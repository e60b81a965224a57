//! A Windows folder on disk, perhaps one that Windows never mounts on this machine.
//!
//! **Owns** the defences: names are found by listing folders (so letter case does not matter on
//! any file system), links are followed only inside the tree, and nothing but regular files is
//! opened.

use super::{FileTree, TreeError, open};
use patchstate_terms::WindowsPath;
use std::{
    collections::BTreeMap,
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Most names of one folder that are listed.
const NAME_COUNT_MAX: usize = 1_000_000;

/// Real names of a folder by their lower case; or why the folder could not be listed.
type Listing = Arc<Result<BTreeMap<String, String>, String>>;

/// A folder on disk that is a Windows folder.
#[derive(Debug)]
pub struct DirectoryTree {
    /// The folder that was given, without links: nothing outside is read.
    boundary: PathBuf,
    /// The Windows folder.
    windows: PathBuf,
    listings: Mutex<BTreeMap<PathBuf, Listing>>,
    notes: Mutex<Vec<String>>,
}

impl DirectoryTree {
    /// Opens a folder that holds `WINDOWS` or `WINNT` in any letter case, or that is a Windows
    /// folder itself, which is told by its `system32`.
    pub fn open(dir: &Path) -> Result<Self, TreeError> {
        let error = |source| TreeError::Io { path: dir.to_owned(), source };
        let boundary = fs::canonicalize(dir).map_err(error)?;
        // Listing says at once whether this is a folder that can be read.
        fs::read_dir(&boundary).map_err(error)?;
        let mut tree = Self {
            windows: boundary.clone(),
            boundary,
            listings: Mutex::default(),
            notes: Mutex::default(),
        };
        for name in ["windows", "winnt", "system32"] {
            let Some(found) = tree.find(&tree.boundary, name)? else { continue };
            let found = tree.inside(&found)?;
            if !found.is_dir() {
                continue;
            }
            if name != "system32" {
                tree.windows = found;
            }
            return Ok(tree);
        }
        Err(TreeError::NoWindowsFolder { folder: dir.to_owned() })
    }

    /// The Windows folder that is read.
    #[must_use]
    pub fn windows_folder(&self) -> &Path {
        &self.windows
    }

    /// The path of a name in a folder, whatever its letter case.
    fn find(&self, folder: &Path, name: &str) -> Result<Option<PathBuf>, TreeError> {
        match &*self.listing(folder) {
            Ok(names) => Ok(names.get(name).map(|real| folder.join(real))),
            Err(reason) => Err(TreeError::Io {
                path: folder.to_owned(),
                source: io::Error::other(reason.clone()),
            }),
        }
    }

    fn listing(&self, folder: &Path) -> Listing {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = listings.get(folder) {
            return Arc::clone(listing);
        }
        let listing = Arc::new(self.list(folder).map_err(|error| error.to_string()));
        listings.insert(folder.to_owned(), Arc::clone(&listing));
        listing
    }

    fn list(&self, folder: &Path) -> io::Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(folder)?.take(NAME_COUNT_MAX) {
            // A name that is not Unicode is none that Windows or this core asks for.
            let Ok(name) = entry?.file_name().into_string() else { continue };
            let lower = name.to_lowercase();
            let chosen = match names.get(&lower) {
                None => name,
                Some(other) => {
                    let (chosen, ignored) =
                        if &name < other { (name, other.clone()) } else { (other.clone(), name) };
                    self.note(format!(
                        "{} has two names that differ only in letter case: {chosen} was read, \
                         {ignored} was not",
                        folder.display()
                    ));
                    chosen
                }
            };
            names.insert(lower, chosen);
        }
        Ok(names)
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// The path without links, where it stays inside the tree.
    fn inside(&self, path: &Path) -> Result<PathBuf, TreeError> {
        let target = fs::canonicalize(path)
            .map_err(|source| TreeError::Io { path: path.to_owned(), source })?;
        if target.starts_with(&self.boundary) {
            Ok(target)
        } else {
            Err(TreeError::LeavesTree { path: path.to_owned(), target })
        }
    }

    /// The real path of a file, or `None` where a part of the way is not there.
    fn locate(&self, path: &WindowsPath) -> Result<Option<PathBuf>, TreeError> {
        let mut place = self.windows.clone();
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let Some(found) = self.find(&place, part)? else { return Ok(None) };
            place = self.inside(&found)?;
            if parts.peek().is_some() && !place.is_dir() {
                return Ok(None);
            }
        }
        Ok(Some(place))
    }
}

impl FileTree for DirectoryTree {
    fn read(&self, path: &WindowsPath, limit: u64) -> Result<Option<Arc<[u8]>>, TreeError> {
        match self.locate(path)? {
            Some(place) => {
                let file = || open::below(&self.boundary, &place);
                read_from(&place, limit, file).map(|bytes| Some(bytes.into()))
            }
            None => Ok(None),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        notes.sort();
        notes
    }
}

/// Reads a regular file of at most `limit` bytes that a person named; links are followed.
pub(crate) fn read_regular(place: &Path, limit: u64) -> Result<Vec<u8>, TreeError> {
    read_from(place, limit, || open::named(place))
}

/// Reads a regular file. Nothing else is opened, since opening a pipe or a device can have effects
/// or wait for ever; and what was opened is looked at again, since it may be another one by then.
fn read_from(
    place: &Path,
    limit: u64,
    open: impl FnOnce() -> io::Result<File>,
) -> Result<Vec<u8>, TreeError> {
    let error = |source| TreeError::Io { path: place.to_owned(), source };
    let regular = |metadata: Metadata| {
        if metadata.is_file() {
            return Ok(metadata);
        }
        let kind = kind_of(metadata.file_type());
        Err(TreeError::NotAFile { path: place.to_owned(), kind })
    };
    regular(fs::metadata(place).map_err(error)?)?;
    let file = open().map_err(error)?;
    let metadata = regular(file.metadata().map_err(error)?)?;
    let too_large = |length| TreeError::TooLarge { path: place.to_owned(), length, limit };
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    let mut file = file.take(limit.saturating_add(1));
    file.read_to_end(&mut bytes).map_err(error)?;
    let length = bytes.len() as u64;
    if length > limit { Err(too_large(length)) } else { Ok(bytes) }
}

fn kind_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}
