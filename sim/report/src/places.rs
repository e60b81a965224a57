//! Where what a report tells of is written.

use patchstate_source::{LineColumn, SourceFile};
use patchstate_study::{Counterexample, RuleResult};
use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLocation {
    /// The file, as a path that its reader understands.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl FileLocation {
    /// The beginning of a file.
    #[must_use]
    pub fn start_of(file: String) -> Self {
        Self { file, line: 1, column: 1 }
    }
}

/// What is known of files beside what the results say. Whoever reads files fills it in.
#[derive(Clone, Debug)]
pub struct Places {
    /// The folder that relative paths are told from.
    pub folder: PathBuf,
    /// The files of rules, by the id of the rule; a rule that is in no file is not among them.
    pub rules: BTreeMap<String, FileOfRule>,
    /// Where claims stand, by their id; one that is in no file is not among them.
    pub claims: BTreeMap<String, FileLocation>,
    /// The file that stands for what is in no file, in a format where everything must be in one.
    pub elsewhere: String,
}

/// The file of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOfRule {
    /// It holds the rule, with its conditions.
    Text(String),
    /// It is the program that a command line names.
    Program(String),
}

impl Places {
    /// Where a rule stands, or the condition that a verdict rests on first of all: the one that
    /// should have been otherwise, or that decided.
    pub(crate) fn of_rule(
        &self,
        rule: &RuleResult,
        counterexample: Option<&Counterexample>,
    ) -> Option<FileLocation> {
        let file = match self.rules.get(&rule.rule)? {
            FileOfRule::Program(file) => return Some(FileLocation::start_of(self.shown(file))),
            FileOfRule::Text(file) => self.shown(file),
        };
        let clause = counterexample.and_then(|shown| {
            let ground = shown.grounds.first().map(|ground| ground.clause);
            rule.clauses.get(ground.or(shown.clause)?)
        });
        // Where none decided, that the first one did not is what there is to look at.
        let clause = clause.or(rule.clauses.first());
        let start = clause.map_or(0, |found| found.clause.span.start);
        let LineColumn { line, column } = rule.source.as_ref()?.place(start);
        Some(FileLocation { file, line, column })
    }

    /// Where a claim stands.
    pub(crate) fn of_claim(&self, id: &str) -> Option<FileLocation> {
        let found = self.claims.get(id)?;
        Some(FileLocation { file: self.shown(&found.file), ..found.clone() })
    }

    /// A place in a text that was read.
    pub(crate) fn of_text(&self, source: &SourceFile, offset: usize) -> FileLocation {
        let LineColumn { line, column } = source.place(offset);
        FileLocation { file: self.shown(&source.name), line, column }
    }

    /// The place of what is in no file.
    pub(crate) fn elsewhere(&self) -> FileLocation {
        FileLocation::start_of(self.shown(&self.elsewhere))
    }

    /// A path as readers of a report know it: from the folder, where it is below that.
    pub(crate) fn shown(&self, path: &str) -> String {
        let below = Path::new(path).strip_prefix(&self.folder).unwrap_or(Path::new(path));
        let mut parts: Vec<Component<'_>> = Vec::new();
        for part in below.components() {
            match (part, parts.last()) {
                (Component::CurDir, _) => {}
                (Component::ParentDir, Some(Component::Normal(_))) => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        let path: PathBuf = parts.into_iter().collect();
        path.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_the_folder_where_they_are_below_it() {
        let places = Places {
            folder: PathBuf::from("/srv/rules"),
            rules: BTreeMap::new(),
            claims: BTreeMap::new(),
            elsewhere: "README.md".to_owned(),
        };
        for (path, shown) in [
            ("a.toml", "a.toml"),
            ("./a.toml", "a.toml"),
            ("b/./../a.toml", "a.toml"),
            ("/srv/rules/b/a.toml", "b/a.toml"),
            ("/srv/other/a.toml", "/srv/other/a.toml"),
            ("../a.toml", "../a.toml"),
        ] {
            assert_eq!(places.shown(path), shown);
        }
    }
}
