//! What a rule looks at: the evidence of one host, its files, and a folder with them.

use patchstate_detect::{Evidence, FileTree};
use patchstate_terms::WindowsPath;
use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
};

/// What a rule looks at: one host.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What was read. Files that the rule's [`Reads`](crate::Reads) name were looked at.
    pub evidence: &'a Evidence,
    /// The files, for rules that read bytes themselves.
    pub tree: &'a dyn FileTree,
    /// The files on disk, for rules that [need](crate::Reads::needs_folder) them there.
    pub folder: Option<&'a dyn Folder>,
}

/// The files of a host on disk, lent to whoever has to look at them.
pub trait Folder {
    /// A number for each of some files, or none where it is not there, which any two files have in
    /// common only if they are equal; `None` where that is not known. Who was told of equal files
    /// need not look at them again.
    fn identity(&self, _only: &BTreeSet<WindowsPath>) -> Option<Vec<Option<u64>>> {
        None
    }

    /// Tells `look` the folder that holds the Windows folder, with all files of the host, or with
    /// those alone that are named. Says what was changed in it since, such as "WINDOWS/notepad.exe
    /// was removed"; nobody else ever sees that. Where that cannot be told from what others did,
    /// `look` is called a second time.
    ///
    /// # Errors
    /// When the files cannot be put there.
    fn lend(
        &self,
        only: Option<&BTreeSet<WindowsPath>>,
        look: &mut dyn FnMut(&Path),
    ) -> io::Result<Option<String>>;
}

/// A folder that is not ours: it holds what it holds, and what changes in it is the business of
/// whoever has it.
impl Folder for PathBuf {
    fn lend(
        &self,
        _only: Option<&BTreeSet<WindowsPath>>,
        look: &mut dyn FnMut(&Path),
    ) -> io::Result<Option<String>> {
        look(self);
        Ok(None)
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_folder = self.folder.is_some();
        f.debug_struct("Subject").field("has_folder", &has_folder).finish_non_exhaustive()
    }
}
