//! The trait that every kind of rule has, and what goes in and comes out.

use crate::{Field, FileRule, Ground, RuleParts, parts::Groups};
use patchstate_detect::{Evidence, FileTree};
use patchstate_terms::{Diagnostic, SourceFile, Status, WindowsPath};
use std::{
    collections::BTreeSet,
    fmt, io,
    ops::Range,
    path::{Path, PathBuf},
};

/// The id of the detection core among rules, which no other rule can have.
pub const CORE_RULE: &str = "core";

/// What is said of a rule that has it.
pub(crate) const CORE_RULE_TAKEN: &str =
    "the id `core` is that of the detection core: a rule needs another one";

/// Anything that turns evidence into a verdict.
pub trait Rule: Send + Sync + fmt::Debug {
    /// What it is called; different rules of one run have different ids.
    fn id(&self) -> &str;

    /// What it says, in a few words.
    fn title(&self) -> &str;

    /// More about it, where its author wrote something.
    fn description(&self) -> Option<&str> {
        None
    }

    /// Where its author says that it comes from.
    fn references(&self) -> &[String] {
        &[]
    }

    /// The file that it was read from.
    fn source(&self) -> &SourceFile;

    /// The statuses that it should report: what counts as positive, of its verdict and of the
    /// truth.
    fn stands_for(&self) -> &BTreeSet<Status>;

    /// Everything that it may ask for.
    fn reads(&self) -> &Reads;

    /// Its conditions, in the order of the text.
    fn clauses(&self) -> &[Clause];

    /// Every way in which it comes to a status, in the order in which they are tried.
    fn outcomes(&self) -> Vec<Outcome>;

    /// Every status that it can say besides *inconclusive*, where that is known.
    fn says(&self) -> Option<BTreeSet<Status>> {
        let said: Option<BTreeSet<Status>> =
            self.outcomes().into_iter().map(|outcome| outcome.status).collect();
        said.map(|said| said.into_iter().filter(|one| *one != Status::Inconclusive).collect())
    }

    /// Judges a host. Never fails: what keeps it from a verdict makes it inconclusive.
    fn judge(&self, subject: &Subject<'_>) -> Judgement;

    /// What each clause amounts to on a host, also those that did not decide; empty for rules
    /// whose inside cannot be seen.
    fn clause_values(&self, _subject: &Subject<'_>) -> Vec<ClauseValue> {
        Vec::new()
    }

    /// The conditions that its verdict on a host rests on: the one that decided, where one did,
    /// and, where `truth` is among the statuses that the rule stands for and it reports none of
    /// them, those that kept it from reporting that, first of all the one to look at. Empty for
    /// rules whose inside cannot be seen.
    fn grounds(&self, _subject: &Subject<'_>, _truth: Status) -> Vec<Ground> {
        Vec::new()
    }

    /// Whether a clause is written to be the same on every host, like the `true` of a last verdict.
    fn is_constant(&self, _clause: usize) -> bool {
        false
    }

    /// Asks it about a host before it is asked about others, where that can fail for reasons of its
    /// own; whether nothing more is to be learned in that way: it answered, or is given up.
    fn try_out(&self, _subject: &Subject<'_>) -> bool {
        true
    }

    /// What keeps it from ever being asked, where that was found when it was asked first.
    fn obstacle(&self) -> Option<Diagnostic> {
        None
    }

    /// Whether what it said so far stands, now that it was asked everything. A rule that learns
    /// only then that its answers cannot be told from others takes them back by saying no, and is
    /// inconclusive about every host from then on: whoever used the answers has to ask again.
    fn settle(&self) -> bool {
        true
    }

    /// The rule in parts that each read what one group of fields has, where it can be taken apart.
    ///
    /// # Errors
    /// Why it cannot be: a clause without a full stop.
    fn parts(&self, _groups: Groups<'_>) -> Result<RuleParts, String> {
        Err("it cannot be taken apart: what it does with what it reads cannot be seen".to_owned())
    }

    /// The rule as a rule file, where it is one: only these have mutants.
    fn as_file_rule(&self) -> Option<&FileRule> {
        None
    }
}

/// What a rule looks at: one host.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What was read. Files that the rule's [`Reads`] name were looked at.
    pub evidence: &'a Evidence,
    /// The files, for rules that read bytes themselves.
    pub tree: &'a dyn FileTree,
    /// The files on disk, for rules that [need](Reads::needs_folder) them there.
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

/// What a rule may ask for. Nothing else can change what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// These fields of the evidence.
    Fields(BTreeSet<Field>),
    /// The bytes of these files.
    Files(BTreeSet<WindowsPath>),
    /// Any file, in the tree.
    Tree,
    /// Any file, in a folder on disk.
    Folder,
    /// The bytes of these files, in a folder on disk that holds no others.
    FolderOf(BTreeSet<WindowsPath>),
}

impl Reads {
    /// The files that must have been looked at.
    #[must_use]
    pub fn files(&self) -> BTreeSet<&WindowsPath> {
        match self {
            Self::Fields(fields) => fields.iter().filter_map(Field::file).collect(),
            Self::Files(files) | Self::FolderOf(files) => files.iter().collect(),
            Self::Tree | Self::Folder => BTreeSet::new(),
        }
    }

    /// Whether it is to be on disk.
    #[must_use]
    pub const fn needs_folder(&self) -> bool {
        matches!(self, Self::Folder | Self::FolderOf(_))
    }
}

/// One condition of a rule, as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The text.
    pub text: String,
    /// Where it stands in the rule's [source](Rule::source), in bytes.
    pub span: Range<usize>,
}

/// A status that a rule can give, and when it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The status; `None` for whichever the answer of a program names.
    pub status: Option<Status>,
    /// The condition as its author wrote it, or what happens, in words.
    pub when: String,
}

impl Outcome {
    pub(crate) fn new(status: Status, when: impl Into<String>) -> Self {
        Self { status: Some(status), when: when.into() }
    }

    /// The last way of all: nothing before it decided.
    pub(crate) fn otherwise(status: Status) -> Self {
        Self::new(status, "otherwise")
    }
}

/// What a clause amounts to on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClauseValue {
    /// It does not hold.
    False,
    /// It holds.
    True,
    /// What it asks for cannot be known.
    Unknown,
}

/// What a rule says about a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    /// The status.
    pub status: Status,
    /// The place in [`Rule::clauses`] of the one that decided, where one did.
    pub clause: Option<usize>,
    /// Why it is inconclusive, or what the rule itself says; a clause without a full stop.
    pub reason: Option<String>,
    /// Whether it could not be asked as it should: its program failed. What a rule itself is not
    /// sure about is no failure.
    pub failed: bool,
}

impl Judgement {
    /// A verdict that a clause decided.
    #[must_use]
    pub const fn decided(status: Status, clause: usize) -> Self {
        Self { status, clause: Some(clause), reason: None, failed: false }
    }

    /// No verdict, and why.
    #[must_use]
    pub const fn inconclusive(clause: Option<usize>, reason: String) -> Self {
        Self { status: Status::Inconclusive, clause, reason: Some(reason), failed: false }
    }
}
