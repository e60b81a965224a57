//! Files in memory, and how they get onto a disk.
//!
//! **Owns** the folder that a user names for output: it is written as a whole or not at all, and
//! nothing outside it is touched. **Must never know** what the files contain.
//!
//! **Start reading** at [`BuiltTree::write_to`].

use crate::ImageError;
use patchstate_terms::WindowsPath;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// The files below one Windows folder. Equal contents can share their bytes.
///
/// ```
/// use patchstate_image::BuiltTree;
///
/// let mut tree = BuiltTree::new();
/// tree.insert("system32/a.dll".parse()?, vec![1, 2, 3].into());
/// let folder = tempfile::tempdir()?;
/// tree.write_to(folder.path(), "WINDOWS")?;
/// assert_eq!(std::fs::read(folder.path().join("WINDOWS/system32/a.dll"))?, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuiltTree {
    files: BTreeMap<WindowsPath, Arc<[u8]>>,
}

impl BuiltTree {
    /// A tree without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or replaces it; gives what was there before.
    pub fn insert(&mut self, path: WindowsPath, bytes: Arc<[u8]>) -> Option<Arc<[u8]>> {
        self.files.insert(path, bytes)
    }

    /// The bytes of a file.
    #[must_use]
    pub fn get(&self, path: &WindowsPath) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&WindowsPath, &Arc<[u8]>)> {
        self.files.iter()
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Writes all files below `out/top_folder`.
    ///
    /// `out` must be empty or not exist; missing folders above it are made. The files are
    /// written into a temporary folder inside `out` first, which then gets its name in one step,
    /// so that `out/top_folder` is there with every file or not at all. After an error, what was
    /// made here is gone again.
    ///
    /// # Errors
    /// [`ImageError::NotEmpty`], [`ImageError::FileIsFolder`], [`ImageError::OutsideFolder`] for
    /// a `top_folder` that is not one plain name, [`ImageError::Io`] with the path.
    pub fn write_to(&self, out: &Path, top_folder: &str) -> Result<(), ImageError> {
        self.check(top_folder)?;
        write_whole(out, |temporary| {
            self.write_into(&temporary.join(top_folder))?;
            Ok(vec![top_folder.to_owned()])
        })
    }

    /// Whether a folder may be written to: it is empty, or not there.
    ///
    /// # Errors
    /// [`ImageError::NotEmpty`], or [`ImageError::Io`] where it cannot be read.
    pub fn check_output_folder(out: &Path) -> Result<(), ImageError> {
        is_empty_folder(out).map(|_| ())
    }

    /// Writes several trees in the same way, each as `out/folder/top_folder`, and beside them a
    /// file with this name and text, last.
    ///
    /// # Errors
    /// As with [`BuiltTree::write_to`].
    pub fn write_all(
        trees: &[(String, &Self)],
        out: &Path,
        top_folder: &str,
        (file, text): (&str, &str),
    ) -> Result<(), ImageError> {
        check_plain(file, 1)?;
        for (folder, tree) in trees {
            check_plain(folder, 1)?;
            tree.check(top_folder)?;
        }
        write_whole(out, |temporary| {
            for (folder, tree) in trees {
                let folder = temporary.join(folder);
                fs::create_dir(&folder).map_err(io_error("make the folder", &folder))?;
                tree.write_into(&folder.join(top_folder))?;
            }
            let place = temporary.join(file);
            fs::write(&place, text).map_err(io_error("write the file", &place))?;
            let folders = trees.iter().map(|(folder, _)| folder.clone());
            Ok(folders.chain([file.to_owned()]).collect())
        })
    }

    /// Whether every path stays below its folder.
    fn check(&self, top_folder: &str) -> Result<(), ImageError> {
        check_plain(top_folder, 1)?;
        for path in self.files.keys() {
            check_plain(path.as_str(), usize::MAX)?;
        }
        self.check_folders()
    }

    /// Writes all files below a folder that is not there yet.
    fn write_into(&self, staging: &Path) -> Result<(), ImageError> {
        fs::create_dir(staging).map_err(io_error("make the folder", staging))?;
        for (path, bytes) in &self.files {
            let file = path.parts().fold(staging.to_owned(), |file, part| file.join(part));
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(io_error("make the folder", folder))?;
            }
            fs::write(&file, bytes).map_err(io_error("write the file", &file))?;
        }
        Ok(())
    }

    /// No file stands where another file needs a folder.
    fn check_folders(&self) -> Result<(), ImageError> {
        for path in self.files.keys() {
            let mut folder = path.folder();
            while let Some(name) = folder {
                // A folder of a valid path is a valid path.
                if let Ok(path) = name.parse::<WindowsPath>()
                    && self.files.contains_key(&path)
                {
                    return Err(ImageError::FileIsFolder { path });
                }
                folder = name.rsplit_once('/').map(|(outer, _)| outer);
            }
        }
        Ok(())
    }
}

/// Lets something be written into a temporary folder inside an empty one, and then puts what it
/// names in place, in this order; after an error, what was made here is gone again.
fn write_whole(
    out: &Path,
    write: impl FnOnce(&Path) -> Result<Vec<String>, ImageError>,
) -> Result<(), ImageError> {
    let made = make_output_folder(out)?;
    let mut placed = Vec::new();
    let written = write_and_place(out, write, &mut placed);
    if written.is_err() {
        // The first error is the one to report; a folder that stays behind is empty.
        for target in &placed {
            let _ =
                if target.is_dir() { fs::remove_dir_all(target) } else { fs::remove_file(target) };
        }
        for folder in made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
    written
}

fn write_and_place(
    out: &Path,
    write: impl FnOnce(&Path) -> Result<Vec<String>, ImageError>,
    placed: &mut Vec<PathBuf>,
) -> Result<(), ImageError> {
    let temporary = tempfile::Builder::new()
        .prefix(".unfinished-")
        .tempdir_in(out)
        .map_err(io_error("make a temporary folder in it", out))?;
    for name in write(temporary.path())? {
        let target = out.join(&name);
        fs::rename(temporary.path().join(name), &target)
            .map_err(io_error("put what is finished in place", &target))?;
        placed.push(target);
    }
    Ok(())
}

/// A second look at what the type of the path promises already, since it guards other people's
/// files: every part is a plain name here, on the system that writes.
fn check_plain(path: &str, part_count_max: usize) -> Result<(), ImageError> {
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |part: &&str| {
        let mut components = Path::new(part).components();
        matches!(components.next(), Some(Component::Normal(name)) if name == *part)
            && components.next().is_none()
            && !part.contains(['\\', '\0'])
    };
    if parts.len() <= part_count_max && parts.iter().all(plain) {
        Ok(())
    } else {
        Err(ImageError::OutsideFolder { path: path.to_owned() })
    }
}

/// Makes sure that `out` is an empty folder. Gives the folders that were made, outermost first.
fn make_output_folder(out: &Path) -> Result<Vec<PathBuf>, ImageError> {
    if is_empty_folder(out)? { Ok(Vec::new()) } else { make_folders(out) }
}

/// Whether there is a folder with nothing in it; not, where there is nothing.
fn is_empty_folder(out: &Path) -> Result<bool, ImageError> {
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(true),
            Some(Ok(_)) => Err(ImageError::NotEmpty { path: out.to_owned() }),
            Some(Err(error)) => Err(io_error("read the output folder", out)(error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(io_error("read the output folder", out)(error)),
    }
}

fn make_folders(out: &Path) -> Result<Vec<PathBuf>, ImageError> {
    let missing: Vec<&Path> = out
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    let mut made = Vec::new();
    for folder in missing.into_iter().rev() {
        if let Err(error) = fs::create_dir(folder) {
            for folder in made.iter().rev() {
                let _: Result<(), io::Error> = fs::remove_dir(folder);
            }
            return Err(io_error("make the output folder", folder)(error));
        }
        made.push(folder.to_owned());
    }
    Ok(made)
}

fn io_error<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> ImageError + 'a {
    move |source| ImageError::Io { action, path: path.to_owned(), source }
}
