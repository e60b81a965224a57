//! What tells the files of a host from those of others, without their bytes.

use patchstate_image::HostTree;
use patchstate_terms::WindowsPath;

/// The files of a tree: their paths, and the numbers of their bytes. It tells equal from unequal
/// and nothing else: the numbers depend on the order in which hosts were asked for.
pub(crate) type FileSet = Vec<(WindowsPath, u64)>;

/// The set of a tree's files.
pub(crate) fn file_set(tree: &HostTree) -> FileSet {
    tree.files.iter().map(|(path, file)| (path.clone(), file.number)).collect()
}
