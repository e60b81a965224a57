//! A Windows folder in memory.

use super::{FileNames, FileTree, Identity, TreeError};
use patchstate_terms::WindowsPath;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Files by path, each with an optional identity.
///
/// ```
/// use patchstate_detect::{FileTree, MemoryTree};
///
/// let mut tree = MemoryTree::new();
/// tree.insert("system32/inetsrv/iisutil.dll".parse()?, b"MZ".as_slice());
/// let path = r"System32\inetsrv\IISUTIL.DLL".parse()?;
/// assert!(tree.read(&path, 100)?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<WindowsPath, (Arc<[u8]>, Option<u64>)>,
}

impl MemoryTree {
    /// A folder without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file there, in place of any that was.
    pub fn insert(&mut self, path: WindowsPath, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path, (bytes.into(), None));
    }

    /// Puts a file there whose bytes are shared with others of the same identity.
    pub fn insert_shared(&mut self, path: WindowsPath, bytes: Arc<[u8]>, identity: u64) {
        self.files.insert(path, (bytes, Some(identity)));
    }

    /// Takes a file away.
    pub fn remove(&mut self, path: &WindowsPath) {
        self.files.remove(path);
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&WindowsPath, &Arc<[u8]>)> {
        self.files.iter().map(|(path, (bytes, _))| (path, bytes))
    }
}

impl<B: Into<Arc<[u8]>>> FromIterator<(WindowsPath, B)> for MemoryTree {
    fn from_iter<I: IntoIterator<Item = (WindowsPath, B)>>(files: I) -> Self {
        let mut tree = Self::new();
        for (path, bytes) in files {
            tree.insert(path, bytes);
        }
        tree
    }
}

impl FileTree for MemoryTree {
    fn read(&self, path: &WindowsPath, limit: u64) -> Result<Option<Arc<[u8]>>, TreeError> {
        let Some((bytes, _)) = self.files.get(path) else { return Ok(None) };
        let length = bytes.len() as u64;
        if length > limit {
            return Err(TreeError::TooLarge { path: PathBuf::from(path.as_str()), length, limit });
        }
        Ok(Some(Arc::clone(bytes)))
    }

    fn names(&self, folder: Option<&WindowsPath>) -> Result<FileNames, TreeError> {
        let folder = folder.map(WindowsPath::as_str);
        let here = self.files.keys().filter(|path| path.folder() == folder);
        let mut names: Vec<String> = here.map(|path| path.file_name().to_owned()).collect();
        names.sort();
        Ok(FileNames { names, are_spelled: false })
    }

    fn identity(&self, path: &WindowsPath) -> Option<Identity> {
        self.files.get(path)?.1.map(Identity::Number)
    }
}
