//! What the files are that a user names: which are ours, of what kind, and what is left alone.
//!
//! Every command finds its files here, so that all of them agree. A file is known by the end of
//! its name, or by what stands in it: the root element of XML, the sections of TOML, the fenced
//! blocks of Markdown. Below a folder, what belongs to another program is left alone; a file that
//! is named and is not what the command reads is an error.

use super::{advisories, read};
use crate::{args::Options, failure::Failure, output};
use patchstate_catalog::catalog_likeness;
use patchstate_report::text::neutral_name;
use patchstate_rules::{RootElement, is_rule_file, rule_file_likeness};
use patchstate_source::{Brackets, Likeness, Section, recover};
use patchstate_study::{baseline_likeness, claim_likeness, has_scenario_blocks};
use std::{
    collections::BTreeSet,
    fs::{self, FileType},
    io::Read,
    path::{Path, PathBuf},
};
use toml::de::DeTable;

/// Folders below a named one that are looked into.
const DEPTH_MAX: usize = 16;

/// So much of a file of XML is looked at to find its root element.
const HEAD_BYTES_MAX: u64 = 256 << 10;

/// Keys of a foreign table that are named.
const KEYS_SHOWN_MAX: usize = 3;

/// Folders of other programs that hold thousands of files. Those whose name begins with a dot are
/// not looked into either.
const FOREIGN_FOLDERS: [&str; 1] = ["node_modules"];

/// The kinds of files that commands read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    RuleFile,
    External,
    Yara,
    Oval,
    Scenarios,
    Claims,
    Baseline,
    Catalog,
    Advisories,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::RuleFile,
        Self::External,
        Self::Yara,
        Self::Oval,
        Self::Scenarios,
        Self::Claims,
        Self::Baseline,
        Self::Catalog,
        Self::Advisories,
    ];

    /// Those that hold rules.
    pub(super) const RULES: [Self; 4] = [Self::RuleFile, Self::External, Self::Yara, Self::Oval];

    /// What a file of this kind is, in words.
    const fn noun(self) -> &'static str {
        match self {
            Self::RuleFile => "a rule file",
            Self::External => "an external rule",
            Self::Yara => "a YARA rule",
            Self::Oval => "an OVAL document",
            Self::Scenarios => "a scenario file",
            Self::Claims => "a file of claims",
            Self::Baseline => "a baseline",
            Self::Catalog => "a part of a catalog",
            Self::Advisories => "a file of the core's advisories",
        }
    }

    /// The kind that the name of a file and of its folder alone tells.
    pub(super) fn by_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        match name {
            _ if is_rule_file(path) => Some(Self::RuleFile),
            name if name.ends_with(".external.toml") => Some(Self::External),
            name if name.ends_with(".yara.toml") => Some(Self::Yara),
            _ if advisories::is_part(path) => Some(Self::Advisories),
            _ => None,
        }
    }

    /// Ends of names of files that may be of this kind.
    const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Oval => &["xml"],
            Self::Scenarios => &["md", "markdown"],
            Self::RuleFile
            | Self::External
            | Self::Yara
            | Self::Claims
            | Self::Baseline
            | Self::Catalog
            | Self::Advisories => &["toml"],
        }
    }
}

/// A file that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftAlone {
    pub(super) path: PathBuf,
    /// What it was taken for.
    pub(super) taken_for: String,
    /// What it nearly is.
    pub(super) nearly: Option<Kind>,
}

/// The files that some paths stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Ours, in the order of the paths and below a folder by name, each once.
    pub(super) files: Vec<(PathBuf, Kind)>,
    /// Those that belong to something else.
    pub(super) left_alone: Vec<LeftAlone>,
    seen: BTreeSet<PathBuf>,
}

impl Found {
    /// The files of some kinds.
    pub(super) fn of<'a>(
        &'a self,
        kinds: &'a [Kind],
    ) -> impl Iterator<Item = &'a PathBuf> + use<'a> {
        self.files.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(path, _)| path)
    }

    /// Says what was left alone: all of it where everything is to be shown, else what may be a
    /// slip.
    pub(super) fn tell(&self, options: &Options) {
        tell(options, &self.left_alone);
    }
}

/// Says what was left alone.
pub(super) fn tell(options: &Options, left_alone: &[LeftAlone]) {
    // A section may be called the same by chance; a rule that has the wrong name is a slip.
    let is_slip = |left: &LeftAlone| left.nearly.is_some_and(|kind| kind != Kind::Catalog);
    for left in left_alone.iter().filter(|left| options.verbose > 0 || is_slip(left)) {
        let path = left.path.display().to_string();
        let taken_for = patchstate_report::text::neutral(&left.taken_for);
        let line = format!("left alone: {}: {taken_for}\n", neutral_name(&path));
        output::note(options, &line);
    }
}

/// The files of some kinds that paths stand for, and what is wrong with the paths. `expected` is
/// what to say of a file that is named and is of no such kind.
pub(super) fn find(paths: &[PathBuf], wanted: &[Kind], expected: &str) -> (Found, Vec<Failure>) {
    let (mut found, mut failures) = (Found::default(), Vec::new());
    for path in paths {
        let result = match fs::metadata(path) {
            Err(error) => Err(read::failure(path, &error)),
            Ok(kind) if kind.is_dir() => found.below(path, wanted, DEPTH_MAX),
            Ok(_) => found.named(path, wanted, expected),
        };
        failures.extend(result.err());
    }
    (found, failures)
}

/// The files of some kinds that stand in a folder itself.
pub(super) fn find_in(folder: &Path, wanted: &[Kind]) -> Result<Found, Failure> {
    let mut found = Found::default();
    found.below(folder, wanted, 0)?;
    Ok(found)
}

impl Found {
    fn named(&mut self, path: &Path, wanted: &[Kind], expected: &str) -> Result<(), Failure> {
        let taken_for = match sort(path)? {
            Ok(kind) if wanted.contains(&kind) => {
                self.push(path.to_owned(), kind);
                return Ok(());
            }
            Ok(kind) => kind.noun().to_owned(),
            Err(foreign)
                if foreign.nearly == Some(Kind::Catalog) && wanted.contains(&Kind::Catalog) =>
            {
                self.push(path.to_owned(), Kind::Catalog);
                return Ok(());
            }
            Err(foreign) => foreign.taken_for,
        };
        Err(Failure::path(path, format!("it is {taken_for}: {expected}")))
    }

    fn below(&mut self, folder: &Path, wanted: &[Kind], depth: usize) -> Result<(), Failure> {
        let mut entries: Vec<(PathBuf, FileType)> = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| Failure::path(folder, error))? {
            let entry = entry.map_err(|error| Failure::path(folder, error))?;
            let kind = entry.file_type().map_err(|error| Failure::path(entry.path(), error))?;
            entries.push((entry.path(), kind));
        }
        entries.sort_by(|left, right| left.0.cmp(&right.0));
        for (path, file_type) in entries {
            let may_be = wanted.iter().any(|kind| has_suffix(&path, kind.suffixes()));
            if file_type.is_dir() {
                if is_foreign_folder(&path) {
                    self.leave(path, "a folder that other programs keep");
                } else if depth > 0 {
                    self.below(&path, wanted, depth - 1)?;
                }
            } else if file_type.is_symlink() && may_be {
                // Not followed, so that a loop of links cannot be entered.
                self.leave(path, "a link, which is not followed");
            } else if file_type.is_file() && may_be {
                match sort(&path)? {
                    Ok(kind) if wanted.contains(&kind) => self.push(path, kind),
                    Ok(_) => {}
                    Err(foreign) => self.left_alone.push(foreign),
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, path: PathBuf, kind: Kind) {
        let place = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if self.seen.insert(place) {
            self.files.push((path, kind));
        }
    }

    fn leave(&mut self, path: PathBuf, taken_for: &str) {
        self.left_alone.push(LeftAlone { path, taken_for: taken_for.to_owned(), nearly: None });
    }
}

fn is_foreign_folder(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with('.') || FOREIGN_FOLDERS.contains(&name)
}

fn has_suffix(path: &Path, suffixes: &[&str]) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| suffixes.iter().any(|suffix| suffix.eq_ignore_ascii_case(end)))
}

/// What a file is, or what it was taken for. An error where it cannot be read.
pub(super) fn sort(path: &Path) -> Result<Result<Kind, LeftAlone>, Failure> {
    if let Some(kind) = Kind::by_name(path) {
        return Ok(Ok(kind));
    }
    let left =
        |taken_for: String| Ok(Err(LeftAlone { path: path.to_owned(), taken_for, nearly: None }));
    let head = head(path)?;
    let begins = String::from_utf8_lossy(&head);
    let begins = begins.trim_start_matches('\u{feff}').trim_start();
    if has_suffix(path, Kind::Oval.suffixes()) || begins.starts_with("<?xml") {
        return match RootElement::of(&head) {
            Some(root) if root.is_oval() => Ok(Ok(Kind::Oval)),
            Some(root) => left(format!("XML with the root element `{}`", root.name)),
            None if begins.is_empty() => left("an empty file".to_owned()),
            None => left("no XML: it has no root element".to_owned()),
        };
    }
    let bytes = match read::bytes(path) {
        Ok(bytes) => bytes,
        Err(read::Unread::TooLarge(problem)) => return left(format!("a large file: {problem}")),
        Err(read::Unread::Failed(failure)) => return Err(failure),
    };
    let text = String::from_utf8_lossy(&bytes);
    let is_blank = text.trim_start_matches('\u{feff}').trim().is_empty();
    match () {
        () if is_blank => left("an empty file".to_owned()),
        () if has_suffix(path, &["toml"]) => {
            let table = of_table(&text);
            let path = path.to_owned();
            Ok(table.map_err(|(taken_for, nearly)| LeftAlone { path, taken_for, nearly }))
        }
        () if has_scenario_blocks(&text) => Ok(Ok(Kind::Scenarios)),
        () if has_suffix(path, Kind::Scenarios.suffixes()) => {
            let taken_for = "Markdown without a scenario, which has a heading, a block `steps` and \
                             a block `expect`";
            left(taken_for.to_owned())
        }
        () => left(by_suffix(path)),
    }
}

fn by_suffix(path: &Path) -> String {
    match path.extension().and_then(|end| end.to_str()) {
        Some(end) => format!("a file whose name ends in `.{end}`"),
        None => "a file whose name has no ending".to_owned(),
    }
}

fn head(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::path(path, error);
    // Opening a pipe would wait for a writer.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Failure::path(path, "it is not a file"));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(HEAD_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The section by which a YARA rule is known. Such rules, and external ones, need their ending,
/// since they read other files or start a program.
const YARA: Section =
    Section { name: "match", brackets: Brackets::Double, fields: &["rule", "file", "status"] };

/// The fields by which an external rule is known.
const EXTERNAL: [&str; 3] = ["command", "id", "title"];

/// What a file of TOML is by its tables; else what it was taken for, and what it nearly is.
fn of_table(text: &str) -> Result<Kind, (String, Option<Kind>)> {
    let recovered = recover(text);
    let (table, _) = DeTable::parse_recoverable(&recovered.text);
    let table = table.into_inner();
    let kinds = [
        (claim_likeness(&table), Kind::Claims),
        (baseline_likeness(&table), Kind::Baseline),
        (rule_file_likeness(&table), Kind::RuleFile),
        (catalog_likeness(&table), Kind::Catalog),
    ];
    let best = kinds.iter().map(|(likeness, _)| *likeness).max().unwrap_or(Likeness::None);
    let kind = kinds.iter().find(|(likeness, _)| *likeness == best).map(|(_, kind)| *kind);
    match (best, kind) {
        (Likeness::Sure | Likeness::Near, Some(kind)) => return Ok(kind),
        (Likeness::Name, Some(kind)) => {
            let taken_for = format!(
                "TOML with {}: a section is called as in {}, and the rest is of something else",
                keys(&table),
                kind.noun()
            );
            return Err((taken_for, Some(kind).filter(|kind| *kind == Kind::Catalog)));
        }
        (Likeness::None, _) | (_, None) => {}
    }
    if Likeness::of(&table, &[YARA]) >= Likeness::Near {
        let taken_for = "TOML that reads like a YARA rule, which is named `*.yara.toml`";
        return Err((taken_for.to_owned(), Some(Kind::Yara)));
    }
    if EXTERNAL.iter().all(|field| table.contains_key(*field)) {
        let taken_for = "TOML that reads like an external rule, which is named `*.external.toml`";
        return Err((taken_for.to_owned(), Some(Kind::External)));
    }
    if let Some(error) = recovered.errors.first() {
        let line = text.get(..error.span.start).unwrap_or_default().matches('\n').count() + 1;
        return Err((format!("no TOML (line {line}: {})", error.message), None));
    }
    if table.is_empty() {
        return Err(("a file without a table".to_owned(), None));
    }
    Err((format!("TOML with {}", keys(&table)), None))
}

/// The first keys of a table, in words.
fn keys(table: &DeTable<'_>) -> String {
    let names: Vec<String> =
        table.keys().take(KEYS_SHOWN_MAX).map(|key| format!("`{}`", key.get_ref())).collect();
    let more = if table.len() > KEYS_SHOWN_MAX { ", ..." } else { "" };
    format!("{}{more}", names.join(", "))
}
