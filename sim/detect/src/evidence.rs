//! Evidence: what was read of one host, before anyone judges it.
//!
//! **Owns** gathering it from a [`FileTree`], and asking it questions. **Must never know** what is
//! right or wrong: a rule that judges otherwise than the core reads the same evidence.
//!
//! **Start reading** at [`gather`].

use crate::{
    FileTree, HIVE_BYTES_MAX, HiveFiles, IMAGE_BYTES_MAX, Identity, ImageEvidence, Problem,
    ProblemPart, RecordedUpdate, RegistryEvidence, Unknown,
    advisory::Advisories,
    hive::{self, LOG_BYTES_MAX},
    names,
    recent::Recent,
};
use patchstate_terms::{Hive, RegistryPath, RegistryValue, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// Most DLLs that are followed from the worker process.
const LOADED_COUNT_MAX: usize = 4096;
/// What a cache may take for images, in bytes of names and tables.
const CACHED_IMAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What a cache may take for registries, in bytes of hives. Images are far fewer than hosts,
/// registries are not.
const CACHED_REGISTRY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What was found at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEvidence {
    /// No such file.
    Absent,
    /// Something is there, and its bytes could not be had.
    Unreadable(Problem),
    /// The bytes were read as a PE file, as far as they are one.
    Image(Arc<ImageEvidence>),
}

/// Everything that was read of one host.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What the core knew: which files it looked at follows from that, and it is judged by it.
    pub known: Arc<Advisories>,
    /// Every path that was looked at.
    pub files: BTreeMap<WindowsPath, FileEvidence>,
    /// The registry.
    pub registry: Arc<RegistryEvidence>,
    /// What a reader should know, though it could be read.
    pub notes: Vec<String>,
}

impl Default for Evidence {
    /// Nothing was looked at, by the built-in core.
    fn default() -> Self {
        Self::nothing(&Advisories::built_in())
    }
}

/// Images and registries by [identity](FileTree::identity), so that hosts that share a file share
/// what was read from it. It has a bound: of more than fits, what was not asked for longest goes.
#[derive(Debug)]
pub struct ImageCache {
    images: Recent<Identity, Arc<ImageEvidence>>,
    registries: Recent<[Option<Identity>; 2], Arc<RegistryEvidence>>,
}

impl Default for ImageCache {
    fn default() -> Self {
        Self {
            images: Recent::with_room(CACHED_IMAGE_BYTES_MAX),
            registries: Recent::with_room(CACHED_REGISTRY_BYTES_MAX),
        }
    }
}

impl ImageCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many images it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether it holds no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Reads everything that judging a host by this knowledge needs. Never fails: what cannot be read
/// is evidence too.
#[must_use]
pub fn gather(tree: &dyn FileTree, known: &Arc<Advisories>) -> Evidence {
    gather_with(tree, known, &ImageCache::new())
}

/// As [`gather`], sharing what was read with other hosts.
#[must_use]
pub fn gather_with(tree: &dyn FileTree, known: &Arc<Advisories>, cache: &ImageCache) -> Evidence {
    let mut evidence =
        Evidence { registry: read_registry(tree, cache), ..Evidence::nothing(known) };
    evidence.read_more(tree, cache, known.files.iter().map(|file| &file.path));
    let registry = Arc::clone(&evidence.registry);
    let recorded = registry.updates.values().flat_map(|update| &update.files);
    evidence.read_more(tree, cache, recorded.filter_map(|file| file.path.as_ref()));
    let pending = evidence.pending_copies();
    evidence.read_more(tree, cache, &pending);
    follow_imports(&mut evidence, tree, cache, known);
    evidence.notes.extend(registry.notes.iter().cloned());
    evidence.notes.extend(tree.notes());
    evidence
}

impl Evidence {
    /// Nothing was looked at yet.
    #[must_use]
    pub fn nothing(known: &Arc<Advisories>) -> Self {
        Self {
            known: Arc::clone(known),
            files: BTreeMap::new(),
            registry: Arc::default(),
            notes: Vec::new(),
        }
    }

    /// Reads further files, for rules that ask about them. Files that were read stay as they are.
    pub fn read_more<'a>(
        &mut self,
        tree: &dyn FileTree,
        cache: &ImageCache,
        paths: impl IntoIterator<Item = &'a WindowsPath>,
    ) {
        for path in paths {
            if !self.files.contains_key(path) {
                self.files.insert(path.clone(), read_file(tree, cache, path));
            }
        }
    }

    /// The image at a path; `None` where no file is there. Unknown where it could not be read or
    /// was not looked at.
    pub fn file(&self, path: &WindowsPath) -> Result<Option<&ImageEvidence>, Unknown> {
        match self.files.get(path) {
            None => Err(Unknown { reason: format!("{path} was not looked at") }),
            Some(FileEvidence::Absent) => Ok(None),
            Some(FileEvidence::Unreadable(problem)) => {
                Err(Unknown { reason: problem.reason.clone() })
            }
            Some(FileEvidence::Image(image)) => Ok(Some(image)),
        }
    }

    /// The image at a path, where it is there and is one.
    #[must_use]
    pub fn image(&self, path: &WindowsPath) -> Option<&ImageEvidence> {
        self.files.get(path)?.image()
    }

    /// Whether something is at a path, readable or not.
    #[must_use]
    pub fn is_present(&self, path: &WindowsPath) -> bool {
        self.files.get(path).is_some_and(FileEvidence::is_present)
    }

    /// Where the copies stand that a restart puts in the place of files that were looked at.
    fn pending_copies(&self) -> Vec<WindowsPath> {
        let is_asked = |target: &WindowsPath| self.files.contains_key(target);
        let pending = self.registry.pending.iter();
        let pending = pending.filter(|one| one.target_path.as_ref().is_some_and(is_asked));
        pending.filter_map(|rename| rename.source_path.clone()).collect()
    }

    /// What was found at each known file, by its number. Both are in the order of paths, so that
    /// one walk over both is enough.
    pub(crate) fn known_files(&self) -> Vec<&FileEvidence> {
        let mut found = self.files.iter().peekable();
        let mut files = Vec::with_capacity(self.known.files.len());
        for file in &self.known.files {
            while found.next_if(|(path, _)| **path < file.path).is_some() {}
            let here = found.next_if(|(path, _)| **path == file.path);
            files.push(here.map_or(&FileEvidence::Absent, |(_, evidence)| evidence));
        }
        files
    }

    /// How many files are there of which not all could be read, hives among them.
    #[must_use]
    pub fn unread_file_count(&self) -> usize {
        let files = self.files.values().filter(|file| !file.problems().is_empty()).count();
        let hives = [&self.registry.software, &self.registry.system];
        files + hives.into_iter().filter(|hive| hive.problem().is_some()).count()
    }

    /// What could not be read of the file at a path.
    #[must_use]
    pub fn problems(&self, path: &WindowsPath) -> &[Problem] {
        self.files.get(path).map_or(&[], FileEvidence::problems)
    }

    /// A registry value; `None` where it is not there.
    pub fn registry(&self, path: &RegistryPath) -> Result<Option<RegistryValue>, Unknown> {
        self.registry.value(path)
    }

    /// A recorded update, by its id in any letter case; `None` where it is not recorded.
    pub fn update(&self, id: &str) -> Result<Option<&RecordedUpdate>, Unknown> {
        match self.registry.updates.get(&id.to_ascii_uppercase()) {
            Some(update) => Ok(Some(update)),
            None if self.registry.software.is_readable() => Ok(None),
            None => {
                let why = match self.registry.software.problem() {
                    Some(problem) => problem.reason.as_str(),
                    None => "the hive SOFTWARE is not there",
                };
                Err(Unknown { reason: format!("the recorded updates are not known: {why}") })
            }
        }
    }
}

impl FileEvidence {
    /// The image, where it is one.
    #[must_use]
    pub fn image(&self) -> Option<&ImageEvidence> {
        match self {
            Self::Image(image) if image.is_image() => Some(image),
            _ => None,
        }
    }

    /// Whether something is there, readable or not.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// What could not be read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Absent => &[],
            Self::Unreadable(problem) => std::slice::from_ref(problem),
            Self::Image(image) => &image.problems,
        }
    }
}

fn read_file(tree: &dyn FileTree, cache: &ImageCache, path: &WindowsPath) -> FileEvidence {
    let identity = tree.identity(path);
    if let Some(image) = identity.and_then(|identity| cache.images.get(&identity)) {
        return FileEvidence::Image(image);
    }
    let image = match tree.read(path, IMAGE_BYTES_MAX) {
        Ok(None) => return FileEvidence::Absent,
        Ok(Some(bytes)) => Arc::new(ImageEvidence::read(&bytes)),
        Err(error) => {
            let problem = Problem::unreadable(ProblemPart::Image, error.to_string());
            return FileEvidence::Unreadable(problem);
        }
    };
    // A file may be replaced while it is read.
    if let Some(identity) = identity.filter(|_| tree.identity(path) == identity) {
        cache.images.insert(identity, Arc::clone(&image), image.kept_bytes());
    }
    FileEvidence::Image(image)
}

fn read_registry(tree: &dyn FileTree, cache: &ImageCache) -> Arc<RegistryEvidence> {
    let paths = Hive::ALL.map(names::hive_path);
    let identify = || paths.each_ref().map(|path| tree.identity(path));
    let identities = identify();
    let is_shared = identities.iter().any(Option::is_some);
    if is_shared && let Some(registry) = cache.registries.get(&identities) {
        return registry;
    }
    let [software, system] = Hive::ALL.map(|hive| hive_files(tree, hive));
    // A hive that is there without an identity may differ between hosts, and so may the log of one
    // that needs it.
    let is_shared = is_shared
        && [&software, &system].into_iter().zip(&identities).all(|(files, identity)| match &files
            .hive
        {
            Ok(None) => true,
            Ok(Some(bytes)) => identity.is_some() && !hive::needs_log(bytes),
            Err(_) => identity.is_some(),
        });
    let length = |files: &HiveFiles| match &files.hive {
        Ok(Some(bytes)) => bytes.len(),
        Ok(None) | Err(_) => 0,
    };
    let kept_bytes = length(&software) + length(&system);
    let registry = Arc::new(RegistryEvidence::read_with_logs(software, system));
    if is_shared && identify() == identities {
        cache.registries.insert(identities, Arc::clone(&registry), kept_bytes);
    }
    registry
}

/// A hive, and where it was not closed cleanly its log.
fn hive_files(tree: &dyn FileTree, hive: Hive) -> HiveFiles {
    let read = |path: &WindowsPath, limit| tree.read(path, limit).map_err(|e| e.to_string());
    let content = read(&names::hive_path(hive), HIVE_BYTES_MAX);
    let mut files = HiveFiles::without_log(content);
    if matches!(&files.hive, Ok(Some(bytes)) if hive::needs_log(bytes)) {
        files.log = read(&names::log_path(hive), LOG_BYTES_MAX);
        // Nothing is read of them: more than no bytes is too many.
        let mut later = names::later_log_paths(hive).into_iter().flatten();
        files.has_later_logs = later.any(|path| !matches!(read(&path, 0), Ok(None)));
    }
    files
}

/// Reads every DLL that the worker process could load, wherever the loader would find it.
fn follow_imports(
    evidence: &mut Evidence,
    tree: &dyn FileTree,
    cache: &ImageCache,
    known: &Advisories,
) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut waiting: VecDeque<String> = VecDeque::new();
    // Each name waits once: a file can name many, and many files can.
    let mut ask = |names: BTreeSet<String>, waiting: &mut VecDeque<String>| {
        for name in names {
            if seen.len() < LOADED_COUNT_MAX && seen.insert(name.clone()) {
                waiting.push_back(name);
            }
        }
    };
    let Some(program) = evidence.image(&known.worker.program) else { return };
    ask(known.worker.loads.iter().cloned().collect(), &mut waiting);
    ask(names::asked_for(program), &mut waiting);
    for image in evidence.pending_copies().iter().filter_map(|path| evidence.image(path)) {
        ask(names::asked_for(image), &mut waiting);
    }
    while let Some(dll) = waiting.pop_front() {
        for path in names::candidates(known, &dll) {
            evidence.read_more(tree, cache, [&path]);
            if evidence.is_present(&path) {
                if let Some(image) = evidence.image(&path) {
                    ask(names::asked_for(image), &mut waiting);
                }
                break;
            }
        }
    }
}
