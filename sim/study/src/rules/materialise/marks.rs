//! What a system keeps of files and folders beside their bytes, by which a touch is seen.
//!
//! **Owns** what systems do differently there. **Must never know** whose files these are.

use std::{fs, io, path::Path};

/// What changes about a file when it is written to, replaced or given other rights. Where other
/// names of the same file come and go, what changes by that alone is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks(system::Marks);

impl Marks {
    /// The marks of a file; `is_shared` where it has, or may get, other names.
    pub(super) fn of(found: &fs::Metadata, is_shared: bool) -> Self {
        Self(system::marks(found, is_shared))
    }
}

pub(super) use system::{allow, protect, rights};

#[cfg(unix)]
mod system {
    use super::{Path, fs, io};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Marks {
        inode: u64,
        mode: u32,
        written: (i64, i64),
        /// When anything about it changed; that it got another name, too.
        changed: Option<(i64, i64)>,
    }

    pub(super) fn marks(found: &fs::Metadata, is_shared: bool) -> Marks {
        Marks {
            inode: found.ino(),
            mode: found.mode(),
            written: (found.mtime(), found.mtime_nsec()),
            changed: (!is_shared).then(|| (found.ctime(), found.ctime_nsec())),
        }
    }

    /// What a folder allows to whom, where there is such a thing.
    pub(in super::super) fn rights(folder: &Path) -> io::Result<Option<u32>> {
        fs::symlink_metadata(folder).map(|found| Some(found.mode() & 0o7777))
    }

    /// Has a folder allow that again.
    pub(in super::super) fn allow(folder: &Path, rights: u32) {
        drop(fs::set_permissions(folder, fs::Permissions::from_mode(rights)));
    }

    /// Has nobody write to a file.
    pub(in super::super) fn protect(file: &Path) -> io::Result<()> {
        let mut rights = fs::metadata(file)?.permissions();
        rights.set_readonly(true);
        fs::set_permissions(file, rights)
    }
}

#[cfg(windows)]
mod system {
    use super::{Path, fs, io};
    use std::os::windows::fs::MetadataExt;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Marks {
        attributes: u32,
        made: u64,
        written: u64,
    }

    pub(super) fn marks(found: &fs::Metadata, _is_shared: bool) -> Marks {
        Marks {
            attributes: found.file_attributes(),
            made: found.creation_time(),
            written: found.last_write_time(),
        }
    }

    /// Lists of who may do what are not read here.
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(in super::super) fn rights(_folder: &Path) -> io::Result<Option<u32>> {
        Ok(None)
    }

    /// Nothing: no rights were read.
    pub(in super::super) fn allow(_folder: &Path, _rights: u32) {}

    /// Nothing: not every file system there lets a file be removed that nobody may write to. That
    /// one was written to is seen all the same.
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub(in super::super) fn protect(_file: &Path) -> io::Result<()> {
        Ok(())
    }
}
