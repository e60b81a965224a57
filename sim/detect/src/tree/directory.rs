//! A Windows folder on disk, perhaps one that Windows never mounts on this machine.
//!
//! **Owns** the defences: names are found by listing folders (so letter case does not matter on
//! any file system), links are followed only inside the tree, and nothing but regular files is
//! opened.

use super::{FileNames, FileTree, Identity, TreeError, open, shown};
use patchstate_terms::{WindowsPath, folded};
use std::{
    collections::BTreeMap,
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Most names of one folder that are listed.
const NAME_COUNT_MAX: usize = 1_000_000;
const TOO_MANY_NAMES: &str = "it has more names than are listed";

/// What stands in a folder; or why it could not be listed.
type Listing = Arc<Result<Names, String>>;

/// What stands in a folder.
#[derive(Debug, Default)]
struct Names {
    /// Real names by their lower case, and what they are names of, where the system says.
    real: BTreeMap<String, (String, Option<FileType>)>,
    /// Why some names are missing.
    left_out: Option<&'static str>,
    /// Whether the list ends before the folder does.
    is_cut: bool,
}

/// Something that stands in a folder whose own path is without links.
struct Found {
    path: PathBuf,
    /// What it is, where the listing says so.
    kind: Option<FileType>,
}

impl Found {
    /// Whether it may lead elsewhere.
    fn may_be_link(&self) -> bool {
        self.kind.is_none_or(|kind| kind.is_symlink())
    }

    /// Whether it is a folder, or leads to this place and that is one.
    fn leads_to_folder(&self, place: &Path) -> bool {
        if self.may_be_link() {
            place.is_dir()
        } else {
            self.kind.is_some_and(|kind| kind.is_dir())
        }
    }
}

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
    /// folder itself, which is told by its `system32`. Of several, the one that has a `system32`
    /// is read, and a note names what is left alone; where both have one, that is an error.
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
        tree.windows = tree.choose(dir)?;
        Ok(tree)
    }

    /// The Windows folder among those that stand here, or this one.
    fn choose(&self, dir: &Path) -> Result<PathBuf, TreeError> {
        let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
        for name in ["windows", "winnt"] {
            let Some(named) = self.find(&self.boundary, name)? else { continue };
            match self.inside(&named) {
                // One of the two names may be a link to the other.
                Ok(real) if real.is_dir() && found.iter().all(|(_, other)| *other != real) => {
                    found.push((named.path, real));
                }
                Ok(_) => {}
                Err(error) if found.is_empty() => return Err(error),
                Err(error) => self.note(format!("{error}; it was not read")),
            }
        }
        // A folder that cannot be listed may hold a system.
        let has_system =
            |folder: &Path| self.find(folder, "system32").map_or(true, |f| f.is_some());
        let (with_system, without): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(_, real)| has_system(real));
        let leave_alone = |left: &[(PathBuf, PathBuf)], chosen: &Path| {
            for (named, _) in left {
                self.note(format!(
                    "{} has no system32 folder and was not read; {} was",
                    shown(named),
                    shown(chosen)
                ));
            }
        };
        match with_system.as_slice() {
            [(first, _), (second, _), ..] => Err(TreeError::TwoWindowsFolders {
                folder: dir.to_owned(),
                first: name_of(first),
                second: name_of(second),
            }),
            [(named, real)] => {
                leave_alone(&without, named);
                Ok(real.clone())
            }
            [] if self.is_windows_folder()? => {
                leave_alone(&without, &self.boundary);
                Ok(self.boundary.clone())
            }
            [] => match without.as_slice() {
                [(named, real), rest @ ..] => {
                    leave_alone(rest, named);
                    Ok(real.clone())
                }
                [] => Err(TreeError::NoWindowsFolder { folder: dir.to_owned() }),
            },
        }
    }

    /// Whether this folder has a folder `system32`.
    fn is_windows_folder(&self) -> Result<bool, TreeError> {
        let found = self.find(&self.boundary, "system32")?;
        found.map_or(Ok(false), |found| Ok(self.inside(&found)?.is_dir()))
    }

    /// The Windows folder that is read.
    #[must_use]
    pub fn windows_folder(&self) -> &Path {
        &self.windows
    }

    /// What has a name in a folder, whatever its letter case.
    fn find(&self, folder: &Path, name: &str) -> Result<Option<Found>, TreeError> {
        let unknown = |reason: &str| TreeError::Io {
            path: folder.to_owned(),
            source: io::Error::other(reason.to_owned()),
        };
        let listing = self.listing(folder);
        let names = listing.as_ref().as_ref().map_err(|reason| unknown(reason))?;
        match names.real.get(name) {
            Some((real, kind)) => Ok(Some(Found { path: folder.join(real), kind: *kind })),
            // It may be among the names that were not listed.
            None if names.is_cut => Err(unknown(TOO_MANY_NAMES)),
            None => Ok(None),
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

    fn list(&self, folder: &Path) -> io::Result<Names> {
        let mut names = Names::default();
        for (number, entry) in fs::read_dir(folder)?.enumerate() {
            if number >= NAME_COUNT_MAX {
                (names.left_out, names.is_cut) = (Some(TOO_MANY_NAMES), true);
                break;
            }
            let entry = entry?;
            let kind = entry.file_type().ok();
            // A name that is not Unicode is none that Windows or this core asks for.
            let Ok(name) = entry.file_name().into_string() else {
                names.left_out = Some("it has a name that is not Unicode");
                continue;
            };
            let lower = folded(&name);
            let chosen = match names.real.get(&lower) {
                None => (name, kind),
                Some((other, other_kind)) => {
                    let other = (other.clone(), *other_kind);
                    let (chosen, (ignored, _)) =
                        if name < other.0 { ((name, kind), other) } else { (other, (name, kind)) };
                    self.note(format!(
                        "{} has two names that differ only in letter case: {chosen} was read, \
                         {ignored} was not",
                        shown(folder),
                        chosen = chosen.0
                    ));
                    chosen
                }
            };
            names.real.insert(lower, chosen);
        }
        Ok(names)
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// The path without links, where it stays inside the tree. Only a link leads elsewhere; what
    /// becomes one after it was listed is [not followed](open) when it is opened.
    fn inside(&self, found: &Found) -> Result<PathBuf, TreeError> {
        let path = &found.path;
        if !found.may_be_link() {
            return Ok(path.clone());
        }
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
            if parts.peek().is_some() && !found.leads_to_folder(&place) {
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

    fn names(&self, folder: Option<&WindowsPath>) -> Result<FileNames, TreeError> {
        let place = match folder {
            None => Some(self.windows.clone()),
            Some(folder) => self.locate(folder)?.filter(|place| place.is_dir()),
        };
        let Some(place) = place else {
            return Ok(FileNames { names: Vec::new(), are_spelled: true });
        };
        let unknown = |reason: &str| TreeError::Io {
            path: place.clone(),
            source: io::Error::other(reason.to_owned()),
        };
        let listing = self.listing(&place);
        let listed = listing.as_ref().as_ref().map_err(|reason| unknown(reason))?;
        if let Some(reason) = listed.left_out {
            return Err(unknown(reason));
        }
        let mut names = Vec::new();
        for (name, kind) in listed.real.values() {
            let is_folder = match kind {
                Some(kind) if !kind.is_symlink() => kind.is_dir(),
                // Of a link, what it leads to counts, as far as that may be looked at.
                _ => self.inside(&Found { path: place.join(name), kind: *kind })?.is_dir(),
            };
            if !is_folder {
                names.push(name.clone());
            }
        }
        names.sort();
        Ok(FileNames { names, are_spelled: true })
    }

    fn identity(&self, path: &WindowsPath) -> Option<Identity> {
        let place = self.locate(path).ok()??;
        let metadata = fs::symlink_metadata(place).ok().filter(Metadata::is_file)?;
        identity_of(&metadata)
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
    // One more than it has, so that its end is seen without more room being made.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len() + 1).unwrap_or(0));
    // The file may grow while it is read.
    let mut file = file.take(limit.saturating_add(1));
    file.read_to_end(&mut bytes).map_err(error)?;
    let length = bytes.len() as u64;
    if length > limit { Err(too_large(length)) } else { Ok(bytes) }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere nothing is known")]
fn identity_of(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some(Identity::File {
        place: (metadata.dev(), metadata.ino()),
        length: metadata.len(),
        changed: [
            (metadata.mtime(), metadata.mtime_nsec()),
            (metadata.ctime(), metadata.ctime_nsec()),
        ],
    })
}

#[cfg(not(unix))]
fn identity_of(_: &Metadata) -> Option<Identity> {
    None
}

/// The name of a folder in its own spelling.
fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
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
