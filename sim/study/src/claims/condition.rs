//! Conditions on a host, as a claim writes them.
//!
//! A condition is one string: alternatives with ` or ` between them, each with `not` before it or
//! not. A list of conditions means all of them. The alternatives are
//!
//! ```text
//! broken, mismatch, drift, consistent, not-applicable   the true status
//! finding KIND [FILE]            the truth has such a finding (about that file)
//! level sp2 | below sp2 | above sp1 | above base        the level of the operating system
//! base sp2                       the level of the base media
//! cache                          there is a service pack cache
//! component ID                   the component is installed
//! update KB[/vN]                 the update is recorded (with that release)
//! file NAME present              the file is there
//! file NAME revision N | below N the last number of the file's version
//! file NAME lineage LEVEL        the level that the file's version belongs to
//! offered LEVEL                  Windows Update offers that service pack (A8)
//! same components | same files   as before the step; in `then` only
//! ```

use super::entry::{Problem, named};
use patchstate_catalog::{Catalog, ComponentId, FileId, UpdateId};
use patchstate_oracle::presence;
use patchstate_servicing::{HostView, Model, Part};
use patchstate_terms::{FindingKind, Level, Status, folded};
use std::{cmp::Ordering, collections::BTreeSet};

/// One condition: alternatives of which at least one must be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub(super) alternatives: Vec<Literal>,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) negated: bool,
    pub(super) atom: Atom,
}

/// A statement about a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// The truth has this status.
    Status(Status),
    /// The truth has a finding of this kind, about this file or about any.
    Finding(FindingKind, Option<FileId>),
    /// Some parts of the host say so.
    Field(Field),
    /// Windows Update offers this service pack.
    Offered(Level),
    /// The components are those from before the step.
    SameComponents,
    /// The files that are there are those from before the step.
    SameFiles,
}

/// A statement about a few parts of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    /// How the host's level compares with another one.
    Level(Ordering, LevelOf),
    Base(Level),
    Cache,
    Component(ComponentId),
    Update(UpdateId, Option<u8>),
    File(FileId, FileTest),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LevelOf {
    Base,
    Fixed(Level),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileTest {
    Present,
    Revision(u16),
    RevisionBelow(u16),
    Lineage(Level),
}

impl Condition {
    /// Reads a condition.
    pub(super) fn parse(catalog: &Catalog, text: &str) -> Result<Self, Problem> {
        let alternatives: Result<_, _> =
            text.split(" or ").map(|literal| parse_literal(catalog, literal)).collect();
        Ok(Self { alternatives: alternatives?, text: text.trim().to_owned() })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it compares a host with the one before a step.
    pub(super) fn looks_back(&self) -> bool {
        let looks_back =
            |literal: &Literal| matches!(literal.atom, Atom::SameComponents | Atom::SameFiles);
        self.alternatives.iter().any(looks_back)
    }
}

impl Field {
    /// The parts of a host that it looks at.
    pub(super) fn parts(self, model: &Model) -> BTreeSet<Part> {
        match self {
            Self::Level(_, LevelOf::Base) => [Part::Level, Part::Base].into(),
            Self::Level(_, LevelOf::Fixed(_)) => [Part::Level].into(),
            Self::Base(_) => [Part::Base].into(),
            Self::Cache => [Part::Cache].into(),
            Self::Component(component) => [Part::Component(component)].into(),
            Self::Update(update, _) => [Part::Record(update)].into(),
            Self::File(file, _) => {
                let slot = model.slots().find(|slot| slot.contains(&file));
                slot.map(|slot| presence(model, slot)).unwrap_or_default()
            }
        }
    }

    /// Whether it is so on a host.
    pub(super) fn is_met(self, host: HostView<'_>) -> bool {
        match self {
            Self::Level(ordering, LevelOf::Base) => host.level().cmp(&host.base()) == ordering,
            Self::Level(ordering, LevelOf::Fixed(level)) => host.level().cmp(&level) == ordering,
            Self::Base(level) => host.base() == level,
            Self::Cache => host.cache().is_some(),
            Self::Component(component) => host.has(component),
            Self::Update(update, release) => host.records().any(|record| {
                record.update == update && release.is_none_or(|release| record.release == release)
            }),
            Self::File(file, test) => host.file(file).is_some_and(|copy| match test {
                FileTest::Present => true,
                FileTest::Revision(revision) => copy.revision == revision,
                FileTest::RevisionBelow(revision) => copy.revision < revision,
                FileTest::Lineage(level) => host.model().catalog().lineage(copy.revision) == level,
            }),
        }
    }
}

/// The first words of the conditions of claims.
pub const CONDITION_WORDS: [&str; 14] = [
    "broken",
    "mismatch",
    "drift",
    "consistent",
    "not-applicable",
    "finding",
    "level",
    "base",
    "cache",
    "component",
    "update",
    "file",
    "offered",
    "same",
];

fn parse_literal(catalog: &Catalog, text: &str) -> Result<Literal, Problem> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let negated = words.first() == Some(&"not");
    if negated {
        words.remove(0);
    }
    Ok(Literal { negated, atom: parse_atom(catalog, &words)? })
}

fn parse_atom(catalog: &Catalog, words: &[&str]) -> Result<Atom, Problem> {
    Ok(match words {
        ["finding", kind] => Atom::Finding(finding_kind(kind)?, None),
        ["finding", kind, file] => {
            Atom::Finding(finding_kind(kind)?, Some(file_named(catalog, file)?))
        }
        ["level", "below", other] => level_is(catalog, Ordering::Less, other)?,
        ["level", "above", other] => level_is(catalog, Ordering::Greater, other)?,
        ["level", other] => level_is(catalog, Ordering::Equal, other)?,
        ["base", level] => Atom::Field(Field::Base(parse_level(catalog, level)?)),
        ["cache"] => Atom::Field(Field::Cache),
        ["component", id] => {
            let component = catalog.component_named(id).ok_or_else(|| {
                Problem::unknown("component", id, catalog.components.iter().map(|c| c.id.as_str()))
            })?;
            Atom::Field(Field::Component(component))
        }
        ["update", label] => {
            let (update, release) = update_named(catalog, label)?;
            Atom::Field(Field::Update(update, release))
        }
        ["file", file, test @ ..] => {
            Atom::Field(Field::File(file_named(catalog, file)?, file_test(catalog, test)?))
        }
        ["offered", level] => Atom::Offered(parse_level(catalog, level)?),
        ["same", "components"] => Atom::SameComponents,
        ["same", "files"] => Atom::SameFiles,
        [word] => Atom::Status(status_named(word)?),
        [word, ..] if CONDITION_WORDS.contains(word) => {
            return Err(Problem::malformed(&format!("cannot read what follows `{word}`")));
        }
        [word, ..] => return Err(Problem::unknown("condition", word, CONDITION_WORDS.into_iter())),
        [] => return Err(Problem::malformed("a condition is empty")),
    })
}

/// A status that truth can have.
fn status_named(word: &str) -> Result<Status, Problem> {
    let statuses = Status::ALL.into_iter().filter(|status| *status != Status::Inconclusive);
    let mut statuses = statuses.filter(|status| status.as_str() == word);
    statuses.next().ok_or_else(|| Problem::unknown("condition", word, CONDITION_WORDS.into_iter()))
}

fn finding_kind(word: &str) -> Result<FindingKind, Problem> {
    named("kind of finding", word, &FindingKind::ALL, FindingKind::as_str)
}

pub(super) fn parse_level(catalog: &Catalog, word: &str) -> Result<Level, Problem> {
    let levels: Vec<Level> = catalog.level_ids().collect();
    named("level", word, &levels, Level::as_str)
}

fn level_is(catalog: &Catalog, ordering: Ordering, word: &str) -> Result<Atom, Problem> {
    let other =
        if word == "base" { LevelOf::Base } else { LevelOf::Fixed(parse_level(catalog, word)?) };
    Ok(Atom::Field(Field::Level(ordering, other)))
}

/// A file by its name, or by its path where several have the same name.
fn file_named(catalog: &Catalog, name: &str) -> Result<FileId, Problem> {
    let name = folded(name).replace('\\', "/");
    let fits = |file: &FileId| {
        let path = &catalog.file(*file).path;
        path.as_str() == name || path.file_name() == name
    };
    let found: Vec<FileId> = catalog.file_ids().filter(fits).collect();
    match found[..] {
        [file] => Ok(file),
        [] => {
            Err(Problem::unknown("file", &name, catalog.files.iter().map(|f| f.path.file_name())))
        }
        _ => Err(Problem::malformed(&format!("several files are named `{name}`: give the path"))),
    }
}

/// An update, with a release after a slash or without.
pub(super) fn update_named(
    catalog: &Catalog,
    label: &str,
) -> Result<(UpdateId, Option<u8>), Problem> {
    let (id, release) = label.split_once('/').map_or((label, None), |(id, r)| (id, Some(r)));
    let id = id.to_uppercase();
    let update = catalog.update_named(&id).ok_or_else(|| {
        Problem::unknown("update", &id, catalog.updates.iter().map(|update| update.id.as_str()))
    })?;
    let Some(release) = release else { return Ok((update, None)) };
    let number = release.to_lowercase().strip_prefix('v').and_then(|number| number.parse().ok());
    let number = number.filter(|number| catalog.update(update).release(*number).is_some());
    let last = catalog.update(update).latest().number;
    let problem = || Problem::malformed(&format!("{id} has no release `{release}`: v1 to v{last}"));
    Ok((update, Some(number.ok_or_else(problem)?)))
}

fn file_test(catalog: &Catalog, words: &[&str]) -> Result<FileTest, Problem> {
    let number = |word: &str| {
        let wrong = || Problem::malformed(&format!("`{word}` is not a revision: 0 to 65535"));
        word.parse().map_err(|_| wrong())
    };
    match words {
        ["present"] => Ok(FileTest::Present),
        ["revision", "below", revision] => Ok(FileTest::RevisionBelow(number(revision)?)),
        ["revision", revision] => Ok(FileTest::Revision(number(revision)?)),
        ["lineage", level] => Ok(FileTest::Lineage(parse_level(catalog, level)?)),
        _ => Err(Problem::malformed(
            "after a file, expected `present`, `revision N`, `revision below N` or `lineage LEVEL`",
        )),
    }
}
