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
        check_plain(top_folder, 1)?;
        for path in self.files.keys() {
            check_plain(path.as_str(), usize::MAX)?;
        }
        self.check_folders()?;
        let made = make_output_folder(out)?;
        let written = self.write_whole(out, top_folder);
        if written.is_err() {
            for folder in made.iter().rev() {
                // The first error is the one to report; a folder that stays behind is empty.
                let _ = fs::remove_dir(folder);
            }
        }
        written
    }

    fn write_whole(&self, out: &Path, top_folder: &str) -> Result<(), ImageError> {
        let temporary = tempfile::Builder::new()
            .prefix(".unfinished-")
            .tempdir_in(out)
            .map_err(io_error("make a temporary folder in it", out))?;
        let staging = temporary.path().join(top_folder);
        fs::create_dir(&staging).map_err(io_error("make the folder", &staging))?;
        for (path, bytes) in &self.files {
            let file = path.parts().fold(staging.clone(), |file, part| file.join(part));
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(io_error("make the folder", folder))?;
            }
            fs::write(&file, bytes).map_err(io_error("write the file", &file))?;
        }
        let target = out.join(top_folder);
        fs::rename(&staging, &target).map_err(io_error("put the finished folder in place", &target))
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
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(Vec::new()),
            Some(Ok(_)) => Err(ImageError::NotEmpty { path: out.to_owned() }),
            Some(Err(error)) => Err(io_error("read the output folder", out)(error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_folders(out),
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
