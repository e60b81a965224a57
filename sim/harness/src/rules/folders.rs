//! Files of hosts on disk, for rules that are programs.
//!
//! Images stand once in a store; the folder of a host links to them, so that thousands of hosts
//! cost little more than their names. A folder goes when nobody looks at it any more.

use crate::HarnessError;
use patchstate_image::{HostTree, SharedFile};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
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
    stored: Mutex<BTreeMap<u64, PathBuf>>,
    next: AtomicU64,
}

/// The folder of one host: it holds a Windows folder, and goes when this value does.
#[derive(Debug)]
pub struct HostFolder(PathBuf);

impl HostFolder {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for HostFolder {
    fn drop(&mut self) {
        // What is left goes with the folder that holds all of them.
        drop(fs::remove_dir_all(&self.0));
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
        let (stored, next) = (Mutex::default(), AtomicU64::new(0));
        Ok(Self { root: root.to_owned(), stored, next })
    }

    /// Writes the files of a host into a folder of its own.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, tree: &HostTree) -> Result<HostFolder, HarnessError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let folder = HostFolder(self.root.join("hosts").join(number.to_string()));
        let windows = folder.path().join(TOP);
        let failure = |path: &Path| {
            let path = path.to_owned();
            move |error| HarnessError::folder(&path, error)
        };
        let mut made: Option<PathBuf> = None;
        for (path, file) in &tree.files {
            let place = path.parts().fold(windows.clone(), |place, part| place.join(part));
            let parent = place.parent().map(Path::to_owned);
            if made != parent
                && let Some(parent) = &parent
            {
                fs::create_dir_all(parent).map_err(failure(parent))?;
                made = Some(parent.clone());
            }
            if !file.is_image {
                // Hives are nearly as many as hosts.
                fs::write(&place, &file.bytes).map_err(failure(&place))?;
                continue;
            }
            let stored = self.store(file).map_err(failure(&place))?;
            let link = fs::hard_link(&stored, &place);
            // Not every file system has links.
            link.or_else(|_| fs::copy(&stored, &place).map(drop)).map_err(failure(&place))?;
        }
        Ok(folder)
    }

    /// The file in the store, written if it is not there yet.
    fn store(&self, file: &SharedFile) -> io::Result<PathBuf> {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = stored.get(&file.number) {
            return Ok(path.clone());
        }
        let path = self.root.join("store").join(file.number.to_string());
        fs::write(&path, &file.bytes)?;
        // One program's mistake must not change what the next one sees.
        let mut rights = fs::metadata(&path)?.permissions();
        rights.set_readonly(true);
        fs::set_permissions(&path, rights)?;
        stored.insert(file.number, path.clone());
        Ok(path)
    }
}
