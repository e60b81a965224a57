//! Opening a file of a tree that somebody may be changing at the same moment.
//!
//! **Owns** that no link is followed that was not there when the path was looked at, and that
//! opening never waits. **Must never know** why a file is read.

use std::{fs::File, io, path::Path};

#[cfg(unix)]
mod unix {
    use super::{File, Path, io};
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use std::path::Component;

    /// Opens a file below a folder step by step. Both paths are without links; where one of the
    /// folders has become a link since, or the file itself, it is not followed.
    pub(in super::super) fn below(boundary: &Path, place: &Path) -> io::Result<File> {
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "it is outside the tree");
        let inside = place.strip_prefix(boundary).map_err(|_| outside())?;
        let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut here = openat(CWD, boundary, folder, Mode::empty())?;
        let mut parts = inside.components().peekable();
        while let Some(part) = parts.next() {
            let Component::Normal(name) = part else { return Err(outside()) };
            if parts.peek().is_none() {
                let file = openat(&here, name, FILE | OFlags::NOFOLLOW, Mode::empty())?;
                return Ok(File::from(file));
            }
            here = openat(&here, name, folder | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Err(outside())
    }

    /// Opens a file that a person named.
    pub(in super::super) fn named(place: &Path) -> io::Result<File> {
        Ok(File::from(openat(CWD, place, FILE, Mode::empty())?))
    }

    /// Not blocking: a pipe in place of the file would wait for somebody who writes.
    const FILE: OFlags =
        OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
}

#[cfg(unix)]
pub(super) use unix::{below, named};

#[cfg(windows)]
mod windows {
    use super::{File, Path, io};
    use std::os::windows::fs::OpenOptionsExt;

    /// A link itself and not what it leads to (`FILE_FLAG_OPEN_REPARSE_POINT`).
    const NO_FOLLOW: u32 = 0x0020_0000;

    /// Opens a file below a folder. Where the file has become a link since its path was looked at,
    /// the link itself is opened, which is no regular file. That one of the folders has become one
    /// is not noticed: nothing safe opens a file from an open folder here.
    pub(in super::super) fn below(_boundary: &Path, place: &Path) -> io::Result<File> {
        File::options().read(true).custom_flags(NO_FOLLOW).open(place)
    }

    /// Opens a file that a person named.
    pub(in super::super) fn named(place: &Path) -> io::Result<File> {
        File::open(place)
    }
}

#[cfg(windows)]
pub(super) use windows::{below, named};

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::below;
    use std::{fs, os::unix::fs::symlink};

    #[test]
    fn a_link_that_came_after_the_look_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (tree, outside) = (root.path().join("tree"), root.path().join("outside"));
        fs::create_dir_all(tree.join("folder")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "secret").unwrap();
        fs::write(tree.join("folder/file"), "own").unwrap();
        let place = tree.join("folder/file");
        assert!(below(&tree, &place).is_ok());
        fs::remove_file(&place).unwrap();
        symlink(outside.join("file"), &place).unwrap();
        assert!(below(&tree, &place).is_err(), "the file has become a link");
        fs::remove_dir_all(tree.join("folder")).unwrap();
        symlink(&outside, tree.join("folder")).unwrap();
        assert!(below(&tree, &place).is_err(), "the folder has become a link");
    }

    #[test]
    fn nothing_outside_the_tree_is_opened() {
        let root = tempfile::tempdir().unwrap();
        let tree = root.path().join("tree");
        fs::create_dir(&tree).unwrap();
        fs::write(root.path().join("file"), "secret").unwrap();
        for place in [root.path().join("file"), tree.join("../file"), tree.clone()] {
            assert!(below(&tree, &place).is_err(), "{}", place.display());
        }
    }
}
