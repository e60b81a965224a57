//! Files of hosts on disk, for rules that are programs.
//!
//! Images stand once in a store; the folder of a host links to them. A folder that nobody looks at
//! any more is made into that of the next host, by what the two differ in: a few files of dozens.
//!
//! What a program does to a folder is seen, and seen by nobody else. When it has answered, the
//! folder gets another name, which nobody knows, and everything in it is compared with what was put
//! there. A folder that was touched is thrown away. Since files that several folders link to may
//! have been touched through another one, by another thread, the question is then asked again, in a
//! folder that shares no file: so what is said does not depend on threads. A program that sets back
//! the times of what it wrote is not found out, and one that goes on after it has answered finds
//! nothing under the name that it was told.

mod marks;

use crate::StudyError;
use marks::Marks;
use patchstate_image::{HostTree, SharedFile};
use patchstate_rules::Folder;
use patchstate_terms::WindowsPath;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write},
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
pub(super) struct HostFolders {
    root: PathBuf,
    /// Files in the store by their number.
    stored: Mutex<BTreeMap<u64, Stored>>,
    /// Folders of hosts that nobody looks at.
    idle: Mutex<Vec<Place>>,
    next: AtomicU64,
}

/// The files of one host, which are put on disk when somebody wants them.
#[derive(Debug)]
pub(super) struct HostFolder<'a> {
    folders: &'a HostFolders,
    tree: &'a HostTree,
    failure: RefCell<Option<StudyError>>,
}

impl HostFolder<'_> {
    /// What kept the files from being put on disk, if anything did.
    pub(super) fn failure(self) -> Option<StudyError> {
        self.failure.into_inner()
    }
}

impl Folder for HostFolder<'_> {
    fn identity(&self, only: &BTreeSet<WindowsPath>) -> Option<Vec<Option<u64>>> {
        let number = |path| self.tree.files.get(path).map(|file| file.number);
        Some(only.iter().map(number).collect())
    }

    fn lend(
        &self,
        only: Option<&BTreeSet<WindowsPath>>,
        look: &mut dyn FnMut(&Path),
    ) -> io::Result<Option<String>> {
        let part = only.map(|only| {
            let files = self.tree.files.iter().filter(|(path, _)| only.contains(*path));
            HostTree { files: files.map(|(path, file)| (path.clone(), file.clone())).collect() }
        });
        let tree = part.as_ref().unwrap_or(self.tree);
        let mut change = Ok(None);
        for links in [Links::ToStore, Links::None] {
            change = self.folders.lend(tree, links, look);
            if let Ok(None) = change {
                break;
            }
        }
        change.map_err(|error| {
            let message = error.to_string();
            self.failure.borrow_mut().get_or_insert(error);
            io::Error::other(message)
        })
    }
}

/// Whether files are put into a folder as links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    /// To one file for all folders.
    ToStore,
    /// No file is that of another folder.
    None,
}

impl HostFolders {
    /// An empty store below an existing folder.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(super) fn new(root: &Path) -> Result<Self, StudyError> {
        for folder in ["store", "hosts"] {
            let folder = root.join(folder);
            make_below(&folder).map_err(|error| StudyError::folder(&folder, error))?;
        }
        let root = root.to_owned();
        Ok(Self { root, stored: Mutex::default(), idle: Mutex::default(), next: AtomicU64::new(0) })
    }

    /// The files of a host, for somebody to look at.
    pub(super) const fn of<'a>(&'a self, tree: &'a HostTree) -> HostFolder<'a> {
        HostFolder { folders: self, tree, failure: RefCell::new(None) }
    }

    /// Puts the files of a host into a folder, tells it to `look`, and says what was changed there.
    fn lend(
        &self,
        tree: &HostTree,
        links: Links,
        look: &mut dyn FnMut(&Path),
    ) -> Result<Option<String>, StudyError> {
        let mut place = match links {
            Links::ToStore => self.written(tree)?,
            Links::None => self.empty_place()?,
        };
        let written = match links {
            Links::ToStore => Ok(()),
            Links::None => place.become_host(self, tree, links),
        };
        let change = written.map(|()| {
            look(&place.path);
            place.take_back(self.new_path())
        });
        if let (Ok(None), Links::ToStore) = (&change, links) {
            locked(&self.idle).push(place);
        } else {
            self.throw_away(place);
        }
        change
    }

    /// A folder with the files of a host, which was that of another one where there is one.
    fn written(&self, tree: &HostTree) -> Result<Place, StudyError> {
        let idle = locked(&self.idle).pop();
        if let Some(mut place) = idle {
            if place.become_host(self, tree, Links::ToStore).is_ok() {
                return Ok(place);
            }
            // Somebody who had it still changes it.
            self.throw_away(place);
        }
        let mut place = self.empty_place()?;
        match place.become_host(self, tree, Links::ToStore) {
            Ok(()) => Ok(place),
            Err(error) => {
                self.throw_away(place);
                Err(error)
            }
        }
    }

    /// The path of a folder that there never was.
    fn new_path(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.root.join("hosts").join(number.to_string())
    }

    fn empty_place(&self) -> Result<Place, StudyError> {
        let path = self.new_path();
        let windows = path.join(TOP);
        let made = make_below(&path)
            .and_then(|()| make_below(&windows))
            .and_then(|()| marks::rights(&windows));
        let rights = made.map_err(|error| StudyError::folder(&windows, error))?;
        Ok(Place { path, rights, files: BTreeMap::new() })
    }

    /// Removes a folder, and from the store what was changed through it.
    fn throw_away(&self, place: Place) {
        // What is left goes with the folder that holds all of them.
        if fs::remove_dir_all(&place.path).is_err() {
            place.allow_all();
            drop(fs::remove_dir_all(&place.path));
        }
        let mut stored = locked(&self.stored);
        for Placed { file, .. } in place.files.into_values().filter(|placed| placed.file.is_image) {
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
        write(&path, &file.bytes)?;
        // One program's mistake must not change what the next one sees.
        marks::protect(&path)?;
        let new = Stored { stamp: Stamp::of(&path, Links::ToStore)?, path };
        stored.insert(file.number, new.clone());
        Ok(new)
    }
}

/// Makes a folder, where it is not there yet, in one that is. Not the folders that hold it: where a
/// signal ends the program, these are removed, and have to stay so.
fn make_below(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
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
        Stamp::of(&self.path, Links::ToStore).is_ok_and(|stamp| stamp == self.stamp)
    }
}

/// What changes when a file is written to, replaced, or no longer what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    is_file: bool,
    marks: Marks,
}

impl Stamp {
    fn of(path: &Path, links: Links) -> io::Result<Self> {
        let found = fs::symlink_metadata(path)?;
        let marks = Marks::of(&found, links == Links::ToStore);
        Ok(Self { length: found.len(), is_file: found.is_file(), marks })
    }
}

/// A folder, and what was put into it.
#[derive(Debug, Default)]
struct Place {
    path: PathBuf,
    /// What every folder of it allows, as it was made.
    rights: Option<u32>,
    files: BTreeMap<WindowsPath, Placed>,
}

/// A file that was put into a folder.
#[derive(Debug)]
struct Placed {
    file: SharedFile,
    links: Links,
    stamp: Stamp,
}

impl Place {
    fn path_of(&self, path: &str) -> PathBuf {
        let mut place = self.path.join(TOP);
        place.push(path);
        place
    }

    /// Makes the folder that of another host.
    fn become_host(
        &mut self,
        folders: &HostFolders,
        tree: &HostTree,
        links: Links,
    ) -> Result<(), StudyError> {
        let is_same = |path: &WindowsPath, file: &SharedFile| {
            tree.files.get(path).is_some_and(|wanted| wanted.number == file.number)
        };
        let wanted = folders_of(tree.files.keys());
        let had: BTreeSet<String> =
            folders_of(self.files.keys()).into_iter().map(str::to_owned).collect();
        let gone: Vec<WindowsPath> = self
            .files
            .iter()
            .filter(|(path, placed)| !is_same(path, &placed.file))
            .map(|(path, _)| path.clone())
            .collect();
        for path in gone {
            let place = self.path_of(path.as_str());
            fs::remove_file(&place).map_err(|error| StudyError::folder(&place, error))?;
            self.files.remove(&path);
        }
        // Inner folders come after those that hold them.
        for folder in had.iter().rev().filter(|folder| !wanted.contains(folder.as_str())) {
            let place = self.path_of(folder);
            fs::remove_dir(&place).map_err(|error| StudyError::folder(&place, error))?;
        }
        for folder in wanted.into_iter().filter(|folder| !had.contains(*folder)) {
            let place = self.path_of(folder);
            fs::create_dir(&place).map_err(|error| StudyError::folder(&place, error))?;
        }
        for (path, file) in &tree.files {
            if !self.files.contains_key(path) {
                let place = self.path_of(path.as_str());
                let placed = put(folders, file, &place, links);
                let placed = placed.map_err(|error| StudyError::folder(&place, error))?;
                self.files.insert(path.clone(), placed);
            }
        }
        Ok(())
    }

    /// Takes the folder from whoever had it, under another name; what was changed in it, if
    /// anything: the first change in the order of the files.
    fn take_back(&mut self, path: PathBuf) -> Option<String> {
        if fs::rename(&self.path, &path).is_err() {
            return Some("the folder was removed, or is held open".to_owned());
        }
        self.path = path;
        if !fs::symlink_metadata(&self.path).is_ok_and(|found| found.is_dir()) {
            return Some("the folder was replaced".to_owned());
        }
        let file = self.files.iter().find_map(|(path, placed)| {
            let change = match Stamp::of(&self.path_of(path.as_str()), placed.links) {
                Ok(found) if found == placed.stamp => return None,
                Ok(_) => "was written to or replaced",
                Err(_) => "was removed",
            };
            Some(format!("{TOP}/{path} {change}"))
        });
        file.or_else(|| self.change_of_folders())
    }

    /// Lets everything in it be removed, whatever somebody forbade.
    fn allow_all(&self) {
        if let Some(rights) = self.rights {
            let folders = folders_of(self.files.keys());
            let places = folders.iter().map(|folder| self.path_of(folder));
            // The outer ones first.
            let places = [self.path.clone(), self.path.join(TOP)].into_iter().chain(places);
            for place in places {
                if fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir()) {
                    marks::allow(&place, rights);
                }
            }
        }
    }

    /// The first folder that is gone, or no longer what it was, and the first thing that was added.
    fn change_of_folders(&self) -> Option<String> {
        let folders = folders_of(self.files.keys());
        let mut expected: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        expected.insert(String::new(), BTreeSet::from([TOP]));
        expected.insert(TOP.to_owned(), BTreeSet::new());
        let all = folders.iter().copied().chain(self.files.keys().map(WindowsPath::as_str));
        for path in all {
            let (folder, name) = match path.rsplit_once('/') {
                Some((folder, name)) => (format!("{TOP}/{folder}"), name),
                None => (TOP.to_owned(), path),
            };
            expected.entry(folder).or_default().insert(name);
        }
        let name_of = |folder: &str| {
            if folder.is_empty() { "the folder".to_owned() } else { folder.to_owned() }
        };
        expected.iter().find_map(|(folder, names)| {
            let place = self.path.join(folder);
            match fs::symlink_metadata(&place) {
                Err(_) => return Some(format!("{} was removed", name_of(folder))),
                Ok(found) if !found.is_dir() => {
                    return Some(format!("{} was replaced", name_of(folder)));
                }
                Ok(_) => {}
            }
            if marks::rights(&place).is_ok_and(|found| found != self.rights) {
                return Some(format!("{} was given other rights", name_of(folder)));
            }
            let Ok(entries) = fs::read_dir(&place) else {
                return Some(format!("{} cannot be read", name_of(folder)));
            };
            let is_more = |entry: &fs::DirEntry| {
                entry.file_name().to_str().is_none_or(|name| !names.contains(name))
            };
            let more = entries.flatten().filter(is_more).map(|entry| entry.file_name());
            let first = more.min()?;
            let name = first.to_string_lossy();
            let place = if folder.is_empty() { "" } else { "/" };
            Some(format!("{folder}{place}{name} was added"))
        })
    }
}

/// Puts a file into the folder of a host.
fn put(folders: &HostFolders, file: &SharedFile, place: &Path, links: Links) -> io::Result<Placed> {
    let placed = |links, stamp| Placed { file: file.clone(), links, stamp };
    // Hives are nearly as many as hosts.
    if file.is_image && links == Links::ToStore {
        let stored = folders.store(file)?;
        if fs::hard_link(&stored.path, place).is_ok() {
            return Ok(placed(links, stored.stamp));
        }
        // Not every file system has links, or as many to one file.
    }
    write(place, &file.bytes)?;
    if file.is_image {
        marks::protect(place)?;
    }
    Ok(placed(Links::None, Stamp::of(place, Links::None)?))
}

/// Writes a file, and says that it is old: what is written to it later is later than that, however
/// coarse the times of files are.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(bytes)?;
    // Where there is no such time, the one that it has must do.
    let _ = file.set_modified(std::time::UNIX_EPOCH);
    Ok(())
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

#[cfg(test)]
mod tests;
