//! Files of hosts on disk, for rules that are programs.
//!
//! Images stand once in a store; the folder of a host links to them. A folder that nobody looks at
//! any more is made into that of the next host, by what the two differ in: a few files of dozens.
//! What a program did to a folder is never seen in the next: before one is used again, everything
//! in it is compared with what was put there, and a folder that was touched is thrown away.

use crate::HarnessError;
use patchstate_image::{HostTree, SharedFile};
use patchstate_terms::WindowsPath;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The name of the Windows folder in the folder of a host.
const TOP: &str = "WINDOWS";

/// A store of files, and the folders that link to them.
#[derive(Debug)]
pub struct HostFolders {
    root: PathBuf,
    /// Files in the store by their number.
    stored: Mutex<BTreeMap<u64, Stored>>,
    /// Folders of hosts that nobody looks at.
    idle: Mutex<Vec<Place>>,
    next: AtomicU64,
}

/// The folder of one host: it holds a Windows folder, and belongs to whoever has this value.
#[derive(Debug)]
pub struct HostFolder<'a> {
    folders: &'a HostFolders,
    place: Place,
}

impl HostFolder<'_> {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.path
    }
}

impl Drop for HostFolder<'_> {
    fn drop(&mut self) {
        locked(&self.folders.idle).push(std::mem::take(&mut self.place));
    }
}

impl HostFolders {
    /// An empty store below an existing folder.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn new(root: &Path) -> Result<Self, HarnessError> {
        for folder in ["store", "hosts"] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).map_err(|error| HarnessError::folder(&folder, error))?;
        }
        let root = root.to_owned();
        Ok(Self { root, stored: Mutex::default(), idle: Mutex::default(), next: AtomicU64::new(0) })
    }

    /// Writes the files of a host into a folder of its own.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, tree: &HostTree) -> Result<HostFolder<'_>, HarnessError> {
        let idle = locked(&self.idle).pop();
        let mut place = match idle {
            Some(place) if place.is_untouched() => place,
            Some(place) => {
                self.throw_away(place);
                self.empty_place()?
            }
            None => self.empty_place()?,
        };
        if let Err(error) = place.become_host(self, tree) {
            self.throw_away(place);
            return Err(error);
        }
        Ok(HostFolder { folders: self, place })
    }

    fn empty_place(&self) -> Result<Place, HarnessError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("hosts").join(number.to_string());
        let windows = path.join(TOP);
        fs::create_dir_all(&windows).map_err(|error| HarnessError::folder(&windows, error))?;
        Ok(Place { path, files: BTreeMap::new() })
    }

    /// Removes a folder, and from the store what was changed through it.
    fn throw_away(&self, place: Place) {
        // What is left goes with the folder that holds all of them.
        drop(fs::remove_dir_all(&place.path));
        let mut stored = locked(&self.stored);
        for (file, _) in place.files.into_values().filter(|(file, _)| file.is_image) {
            if stored.get(&file.number).is_some_and(|stored| !stored.is_untouched()) {
                stored.remove(&file.number);
            }
        }
    }

    /// The file in the store, written if it is not there yet.
    fn store(&self, file: &SharedFile) -> io::Result<Stored> {
        let mut stored = locked(&self.stored);
        if let Some(stored) = stored.get(&file.number) {
            return Ok(stored.clone());
        }
        // A name that was never used: folders may still link to a file that was changed.
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("store").join(number.to_string());
        fs::write(&path, &file.bytes)?;
        // One program's mistake must not change what the next one sees.
        let mut rights = fs::metadata(&path)?.permissions();
        rights.set_readonly(true);
        fs::set_permissions(&path, rights)?;
        let new = Stored { stamp: Stamp::of(&path)?, path };
        stored.insert(file.number, new.clone());
        Ok(new)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file in the store, as it was written.
#[derive(Clone, Debug)]
struct Stored {
    path: PathBuf,
    stamp: Stamp,
}

impl Stored {
    fn is_untouched(&self) -> bool {
        Stamp::of(&self.path).is_ok_and(|stamp| stamp == self.stamp)
    }
}

/// What changes when a file is written to, replaced, or no longer what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    is_file: bool,
    #[cfg(unix)]
    inode: u64,
    #[cfg(unix)]
    mode: u32,
    #[cfg(unix)]
    written: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        let found = fs::symlink_metadata(path)?;
        Ok(Self {
            length: found.len(),
            is_file: found.is_file(),
            #[cfg(unix)]
            inode: found.ino(),
            #[cfg(unix)]
            mode: found.mode(),
            #[cfg(unix)]
            written: (found.mtime(), found.mtime_nsec()),
        })
    }
}

/// A folder, and what was put into it.
#[derive(Debug, Default)]
struct Place {
    path: PathBuf,
    files: BTreeMap<WindowsPath, (SharedFile, Stamp)>,
}

impl Place {
    fn path_of(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.path.join(TOP), |place, part| place.join(part))
    }

    /// Makes the folder that of another host.
    fn become_host(&mut self, folders: &HostFolders, tree: &HostTree) -> Result<(), HarnessError> {
        let is_same = |path: &WindowsPath, file: &SharedFile| {
            tree.files.get(path).is_some_and(|wanted| wanted.number == file.number)
        };
        let wanted = folders_of(tree.files.keys());
        let had: BTreeSet<String> =
            folders_of(self.files.keys()).into_iter().map(str::to_owned).collect();
        let gone: Vec<WindowsPath> = self
            .files
            .iter()
            .filter(|(path, (file, _))| !is_same(path, file))
            .map(|(path, _)| path.clone())
            .collect();
        for path in gone {
            let place = self.path_of(path.as_str());
            fs::remove_file(&place).map_err(|error| HarnessError::folder(&place, error))?;
            self.files.remove(&path);
        }
        // Inner folders come after those that hold them.
        for folder in had.iter().rev().filter(|folder| !wanted.contains(folder.as_str())) {
            let place = self.path_of(folder);
            fs::remove_dir(&place).map_err(|error| HarnessError::folder(&place, error))?;
        }
        for folder in wanted.into_iter().filter(|folder| !had.contains(*folder)) {
            let place = self.path_of(folder);
            fs::create_dir(&place).map_err(|error| HarnessError::folder(&place, error))?;
        }
        for (path, file) in &tree.files {
            if !self.files.contains_key(path) {
                let place = self.path_of(path.as_str());
                let stamp = put(folders, file, &place);
                let stamp = stamp.map_err(|error| HarnessError::folder(&place, error))?;
                self.files.insert(path.clone(), (file.clone(), stamp));
            }
        }
        Ok(())
    }

    /// Whether the folder holds what was put into it, and nothing else.
    fn is_untouched(&self) -> bool {
        let are_there = self.files.iter().all(|(path, (file, stamp))| {
            let place = self.path_of(path.as_str());
            // Hives are small, and written as late as a moment before a program can change them,
            // which is less than the times of files tell apart.
            Stamp::of(&place).is_ok_and(|found| found == *stamp)
                && (file.is_image || fs::read(&place).is_ok_and(|bytes| *bytes == *file.bytes))
        });
        are_there && self.holds_no_more()
    }

    /// Whether every folder has as many files and folders as were put there.
    fn holds_no_more(&self) -> bool {
        let folders = folders_of(self.files.keys());
        let mut expected: BTreeMap<Option<&str>, (usize, usize)> = BTreeMap::from([(None, (0, 0))]);
        for path in self.files.keys() {
            expected.entry(path.folder()).or_default().0 += 1;
        }
        for folder in &folders {
            expected.entry(Some(folder)).or_default();
            expected.entry(folder.rsplit_once('/').map(|(parent, _)| parent)).or_default().1 += 1;
        }
        let windows = self.path.join(TOP);
        let holds = |folder: Option<&str>, count: (usize, usize)| {
            let place = folder.map_or_else(|| windows.clone(), |folder| self.path_of(folder));
            count_of(&place).is_ok_and(|found| found == count)
        };
        count_of(&self.path).is_ok_and(|found| found == (0, 1))
            && expected.iter().all(|(folder, count)| holds(*folder, *count))
    }
}

/// Puts a file into the folder of a host.
fn put(folders: &HostFolders, file: &SharedFile, place: &Path) -> io::Result<Stamp> {
    if !file.is_image {
        // Hives are nearly as many as hosts.
        fs::write(place, &file.bytes)?;
        return Stamp::of(place);
    }
    let stored = folders.store(file)?;
    if fs::hard_link(&stored.path, place).is_ok() {
        return Ok(stored.stamp);
    }
    // Not every file system has links, or as many to one file.
    fs::copy(&stored.path, place)?;
    Stamp::of(place)
}

/// The folders that hold some files, and those that hold these, the outer ones first.
fn folders_of<'a>(paths: impl Iterator<Item = &'a WindowsPath>) -> BTreeSet<&'a str> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let mut folder = path.folder();
        while let Some(name) = folder {
            if !folders.insert(name) {
                break;
            }
            folder = name.rsplit_once('/').map(|(parent, _)| parent);
        }
    }
    folders
}

/// How many files and how many folders a folder has; a link is an error, for none was put there.
fn count_of(folder: &Path) -> io::Result<(usize, usize)> {
    let (mut files, mut folders) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let kind = entry?.file_type()?;
        if kind.is_file() {
            files += 1;
        } else if kind.is_dir() {
            folders += 1;
        } else {
            return Err(io::Error::other("neither a file nor a folder"));
        }
    }
    Ok((files, folders))
}

#[cfg(test)]
mod tests;
