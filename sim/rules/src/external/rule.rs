//! A program as a rule: when it is asked, and what is made of its answers.
//!
//! **Must never know** how a rule is written.
//!
//! **Start reading** at [`ExternalRule::judge`](crate::Rule::judge).

use super::{
    answer::Answers,
    bounds::ExternalBounds,
    course::{Asked, Course, TIME_OVERS_MAX, TIME_OVERS_OF_ONE_THAT_STAYS_MAX},
    lines::Programs,
    obstacle::{NOT_RUN, cannot_be_started, obstacle, with_ending},
    run::{self, Ending},
};
use crate::{
    Clause, Folder, Judgement, Outcome, Reads, Rule, RuleParts, Subject, head::Head, part::Groups,
    shown::neutral,
};
use patchstate_source::Diagnostic;
use patchstate_terms::{Status, WindowsPath};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    ops::Range,
    path::{self, Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Stands for the folder in the words of a command.
pub(super) const FOLDER: &str = "{folder}";

/// A program that judges hosts.
///
/// ```
/// use patchstate_rules::{ExternalBounds, ExternalRule, Rule};
///
/// let line = "python3 check.py --root={folder}";
/// let rule = ExternalRule::from_command_line("check", line, ExternalBounds::default()).unwrap();
/// assert_eq!(rule.title(), line);
/// ```
#[derive(Clone, Debug)]
pub struct ExternalRule {
    pub(super) head: Head,
    pub(super) words: Vec<String>,
    /// Where the program is named in the source.
    pub(super) named: Range<usize>,
    /// Where the program is, and where it runs; as the caller stands where nothing is said.
    pub(super) home: Option<PathBuf>,
    /// The files that are in its folder: all, or those that its author names.
    pub(super) reads: Reads,
    pub(super) protocol: Protocol,
    pub(super) bounds: ExternalBounds,
    pub(super) said: Arc<Mutex<Said>>,
    pub(super) course: Arc<Course>,
}

/// What a program said of the files that it is given, by what tells them from others. It is asked
/// once, by whoever comes first.
pub(super) type Said = BTreeMap<Vec<Option<u64>>, Arc<OnceLock<Judgement>>>;

/// How a program is asked.
#[derive(Clone, Debug)]
pub(super) enum Protocol {
    /// It is started for each folder.
    Once(Answers),
    /// It stays, and reads and writes a line for each folder.
    Lines(Programs),
}

impl ExternalRule {
    /// The same rule, given these files alone.
    #[must_use]
    pub fn that_reads(self, files: BTreeSet<WindowsPath>) -> Self {
        Self { reads: Reads::FolderOf(files), said: Arc::default(), course: Arc::default(), ..self }
    }

    /// What its program may take.
    #[must_use]
    pub const fn bounds(&self) -> ExternalBounds {
        self.bounds
    }

    /// The program: the one beside the rule, or where the system finds it. Where programs have an
    /// ending, as on Windows, it need not be written.
    fn program(&self) -> PathBuf {
        let name = self.words.first().map(String::as_str).unwrap_or_default();
        let whole = with_ending(name);
        let beside =
            |name: &str| Some(self.home.as_ref()?.join(name)).filter(|path| path.is_file());
        beside(name).or_else(|| beside(&whole)).unwrap_or_else(|| PathBuf::from(name))
    }

    /// The program and its arguments, for one folder or for all of them.
    fn command(&self, folder: Option<&Path>) -> Command {
        let words = self.words.iter().skip(1);
        let program = self.program();
        let fill = |word: &String| match folder {
            Some(folder) => with_folder(word, folder),
            None => word.into(),
        };
        let mut arguments: Vec<OsString> = words.map(fill).collect();
        if let Some(folder) = folder
            && !self.words.iter().any(|word| word.contains(FOLDER))
        {
            arguments.push(folder.into());
        }
        run::command(&program, &arguments, self.home.as_deref(), &self.bounds)
    }
}

fn with_folder(word: &str, folder: &Path) -> OsString {
    let mut pieces = word.split(FOLDER);
    let mut filled = OsString::from(pieces.next().unwrap_or_default());
    for piece in pieces {
        filled.push(folder);
        filled.push(piece);
    }
    filled
}

impl Rule for ExternalRule {
    fn head(&self) -> &Head {
        &self.head
    }

    fn reads(&self) -> &Reads {
        &self.reads
    }

    fn clauses(&self) -> &[Clause] {
        &[]
    }

    fn outcomes(&self) -> Vec<Outcome> {
        match &self.protocol {
            Protocol::Once(answers) => answers.outcomes(),
            Protocol::Lines(_) => Answers::Json.outcomes(),
        }
    }

    fn judge(&self, subject: &Subject<'_>) -> Judgement {
        let Some(folder) = subject.folder else {
            let reason = "a program needs a folder on disk, and there is none".to_owned();
            return Judgement::inconclusive(None, reason);
        };
        if let Some(reason) = self.course.given_up() {
            return Judgement::inconclusive(None, reason);
        }
        let only = match &self.reads {
            Reads::FolderOf(files) => Some(files),
            _ => None,
        };
        let ask = || self.ask_about(folder, only);
        match only.and_then(|only| folder.identity(only)) {
            Some(identity) => {
                let said = Arc::clone(self.said().entry(identity).or_default());
                // What is remembered stands for many hosts: a failure by mischance must not. Two
                // time-outs would take too long.
                let ask_twice = || match ask() {
                    (found, _) if found.status != Status::Inconclusive => found,
                    (found, Some(Ending::TimeOver)) => found,
                    _ => ask().0,
                };
                said.get_or_init(ask_twice).clone()
            }
            None => ask().0,
        }
    }

    fn parts(&self, _groups: Groups<'_>) -> Result<RuleParts, String> {
        Err(match self.reads {
            Reads::FolderOf(_) => "what it does with files of several slices cannot be seen",
            _ => "any file can change what it says: no `reads` names those that it looks at",
        }
        .to_owned())
    }

    fn try_out(&self, subject: &Subject<'_>) -> bool {
        let asked = self.course.asked();
        let judgement = self.judge(subject);
        // Of some hosts it is known what the program says: it was asked about the same files.
        if self.course.asked() > asked {
            self.course.note_trial(&judgement, &self.name());
        }
        self.course.is_known()
    }

    fn obstacle(&self) -> Option<Diagnostic> {
        let obstacle = self.course.obstacle()?;
        Some(cannot_be_started(&self.head.source, self.named.clone(), &self.name(), &obstacle))
    }

    fn settle(&self) -> bool {
        let has_no_surplus = match &self.protocol {
            Protocol::Once(_) => true,
            Protocol::Lines(programs) => programs.settle(),
        };
        let is_settled = self.course.settle() && has_no_surplus;
        if !is_settled {
            self.said().clear();
        }
        is_settled
    }
}

impl ExternalRule {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the program says of a folder that is lent to it.
    fn ask_about(
        &self,
        folder: &dyn Folder,
        only: Option<&BTreeSet<WindowsPath>>,
    ) -> (Judgement, Option<Ending>) {
        let name = self.name();
        let mut said = None;
        let no_answer = |reason| (Judgement::inconclusive(None, reason), None);
        match folder.lend(only, &mut |path| said = Some(self.ask(&name, path))) {
            Ok(Some(change)) => {
                let change = neutral(&change);
                no_answer(format!("`{name}` changed the files that it was to judge: {change}"))
            }
            Ok(None) => said.map_or_else(
                || no_answer(format!("`{name}` was not asked")),
                |asked: Asked| (asked.judgement, asked.ending),
            ),
            Err(error) => {
                no_answer(format!("the files of the host cannot be put on disk: {error}"))
            }
        }
    }

    /// The program as messages name it.
    fn name(&self) -> String {
        self.words.first().map(|word| neutral(word)).unwrap_or_default()
    }

    /// What the program says of a folder.
    fn ask(&self, name: &str, folder: &Path) -> Asked {
        // The program may run elsewhere, and an absolute path reads like no flag.
        let folder = match path::absolute(folder) {
            Ok(folder) => folder,
            Err(error) => {
                let reason = format!("{} has no absolute path: {error}", folder.display());
                let judgement = Judgement::inconclusive(None, reason);
                return Asked { judgement, ending: None, complains: false };
            }
        };
        let (mut asked, time_overs_max) = match &self.protocol {
            Protocol::Once(answers) => {
                let run = run::run(self.command(Some(&folder)), &self.bounds);
                (answers.judgement(name, &run, &self.bounds), TIME_OVERS_MAX)
            }
            Protocol::Lines(programs) => {
                let command = || self.command(None);
                let asked = programs.judge(name, &command, &folder, &self.bounds);
                (asked, TIME_OVERS_OF_ONE_THAT_STAYS_MAX)
            }
        };
        // The folder of a simulated host has another name in every run.
        if folder.parent().is_some() {
            let named = neutral(&folder.to_string_lossy());
            let judgement = &mut asked.judgement;
            judgement.reason = judgement.reason.take().map(|why| why.replace(&named, FOLDER));
        }
        let was_not_run = match &asked.ending {
            Some(Ending::NotRun(_)) => true,
            Some(Ending::Code(code)) => NOT_RUN.contains(code),
            _ => false,
        };
        let obstacle = || obstacle(&self.program(), self.home.as_deref());
        let obstacle = was_not_run.then(obstacle).flatten();
        self.course.note(&asked, name, obstacle, time_overs_max);
        asked
    }
}
