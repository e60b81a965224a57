//! `patchstate scan`: real files of one host, or of many.

use super::{in_order, read};
use crate::{
    args::{Options, RowFormat, Scan},
    failure::{Code, Failure},
    output::{self, Rows},
};
use patchstate_detect::{
    Advisories, DirectoryTree, Evidence, ImageCache, Verdict, gather_with, judge,
};
use patchstate_report::{
    json::{self, ScanObject, ScanRowObject, ScanRuleObject, ScanSummaryObject},
    text::{self, View, last_line},
};
use patchstate_rules::{Folder, Rule, Subject};
use patchstate_study::CORE_RULE;
use patchstate_terms::{ProductWords, Status};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) fn run(options: &Options, command: &Scan) -> Result<Code, Failure> {
    let format = command.format.chosen();
    let only = match (command.folders.as_slice(), &command.roots_from) {
        ([folder], None) => Some(folder),
        _ => None,
    };
    if only.is_none() && format == RowFormat::Json {
        let problem = "JSON is one object, about one folder; of several folders ask for rows, with \
                       `--format ndjson`";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let scanner = Scanner::new(options, command)?;
    match only {
        Some(folder) if format != RowFormat::Ndjson => one(options, format, &scanner, folder),
        Some(_) | None => many(options, command, &scanner),
    }
}

/// What looks at each tree: the detection core and rules.
struct Scanner {
    known: Arc<Advisories>,
    rules: Vec<Box<dyn Rule>>,
    /// Whether the core was asked for by name, among the rules.
    names_core: bool,
    cache: ImageCache,
}

/// What was found in a tree.
struct Found {
    verdict: Verdict,
    notes: Vec<String>,
    unread: usize,
    rules: Vec<Said>,
    code: Code,
}

/// What one rule says about a tree, and how that stands to what the core says.
struct Said {
    status: Status,
    comparison: Option<bool>,
    object: ScanRuleObject,
}

impl Scanner {
    fn new(options: &Options, command: &Scan) -> Result<Self, Failure> {
        let rules = match command.rules.as_slice() {
            // Without rules a scan needs no catalog.
            [] => Vec::new(),
            words => super::rules::load(options, &super::model::facts(options)?, words)?,
        };
        Ok(Self {
            known: super::model::known(options)?,
            rules,
            names_core: command.rules.iter().any(|rule| rule == CORE_RULE),
            cache: ImageCache::new(),
        })
    }

    /// The names of all that say something besides the core itself.
    fn rule_names(&self) -> impl Iterator<Item = &str> {
        let core = self.names_core.then_some(CORE_RULE);
        core.into_iter().chain(self.rules.iter().map(|rule| rule.id()))
    }

    /// Whether several trees may be looked at together. A program may not expect that.
    fn is_shared(&self) -> bool {
        !self.rules.iter().any(|rule| rule.reads().needs_folder())
    }

    fn scan(&self, folder: &Path) -> Result<Found, Failure> {
        let tree = DirectoryTree::open(folder)?;
        let mut evidence = gather_with(&tree, &self.known, &self.cache);
        let (verdict, unread) = (judge(&evidence), evidence.unread_file_count());
        let notes = evidence.notes.clone();
        let rules = self.hear(folder, &tree, &mut evidence, verdict.status);
        super::programs::started(&self.rules)?;
        let code = rules.iter().map(code_of_rule).fold(code_of_status(verdict.status), Code::worse);
        Ok(Found { verdict, notes, unread, rules, code })
    }

    /// What each rule says about a tree, of which more is read where a rule asks for it. The core
    /// is named too where that was asked for.
    fn hear(
        &self,
        named: &Path,
        tree: &DirectoryTree,
        evidence: &mut Evidence,
        status: Status,
    ) -> Vec<Said> {
        let core = self.names_core.then(|| Said {
            status,
            comparison: Some(true),
            object: ScanRuleObject {
                rule: CORE_RULE.to_owned(),
                status: status.to_string(),
                stands_for: Vec::new(),
                reports: None,
                core_reports: None,
                agrees: true,
                reason: None,
            },
        });
        // A program is told the folder that holds the Windows folder, whichever of the two was
        // named.
        let windows = dunce::canonicalize(tree.windows_folder()).ok();
        let holder = windows.as_deref().and_then(Path::parent).map(Path::to_owned);
        let holder = holder.unwrap_or_else(|| named.to_owned());
        let said = self.rules.iter().map(|rule| {
            evidence.read_more(tree, &self.cache, rule.reads().files());
            let folder = Some(&holder as &dyn Folder);
            let subject = Subject { evidence, tree, folder };
            let mut judgement = rule.judge(&subject);
            while !rule.settle() {
                judgement = rule.judge(&subject);
            }
            let stands_for = rule.stands_for();
            // What is inconclusive neither reports something nor denies it.
            let reports =
                |status| (status != Status::Inconclusive).then(|| stands_for.contains(&status));
            let (own, of_core) = (reports(judgement.status), reports(status));
            let comparison = own.zip(of_core).map(|(own, of_core)| own == of_core);
            let object = ScanRuleObject {
                rule: rule.id().to_owned(),
                status: judgement.status.to_string(),
                stands_for: stands_for.iter().map(ToString::to_string).collect(),
                reports: own,
                core_reports: of_core,
                agrees: comparison == Some(true),
                reason: judgement.reason,
            };
            Said { status: judgement.status, comparison, object }
        });
        core.into_iter().chain(said).collect()
    }

    /// What the core calls the product that it knows.
    fn product(&self) -> &ProductWords {
        &self.known.product.words
    }

    /// Everything about one tree, as text.
    fn in_full(
        &self,
        folder: &Path,
        verdict: &Verdict,
        rules: &[ScanRuleObject],
        view: View,
    ) -> String {
        let folder = folder.display().to_string();
        let of_rules = text::scan_rules(rules, verdict.status, view);
        text::scan(&folder, verdict, self.product(), view) + &of_rules
    }
}

/// What a status of a host, whoever says it, means for the exit code.
const fn code_of_status(status: Status) -> Code {
    match status {
        Status::Consistent | Status::NotApplicable => Code::Clean,
        Status::Inconclusive => Code::Inconclusive,
        Status::Broken | Status::Mismatch | Status::Drift => Code::Findings,
    }
}

/// A rule that differs from the core is a finding, whatever it says.
fn code_of_rule(said: &Said) -> Code {
    let differs = said.comparison == Some(false);
    if differs { Code::Findings } else { code_of_status(said.status) }
}

/// One tree, of which everything is told.
fn one(
    options: &Options,
    format: RowFormat,
    scanner: &Scanner,
    folder: &Path,
) -> Result<Code, Failure> {
    let Found { verdict, notes, unread, rules, code } = scanner.scan(folder)?;
    for note in &notes {
        output::note(options, &format!("note: {}\n", text::neutral(note)));
    }
    let rules: Vec<_> = rules.into_iter().map(|said| said.object).collect();
    let view = output::view(options);
    let last = last_line::scan(&verdict, scanner.product(), unread, &rules, code.outcome());
    let result = match format {
        RowFormat::Json | RowFormat::Ndjson => {
            let mut object = ScanObject::from(&verdict);
            object.rules = rules;
            json::write(&object)?
        }
        RowFormat::Text => last.below(&scanner.in_full(folder, &verdict, &rules, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// One of several trees, as it is told and counted.
struct Row {
    text: String,
    notes: Vec<String>,
    /// The status and what each rule says with whether it differs; `None` where the tree could not
    /// be scanned.
    statuses: Option<(Status, Vec<(Status, bool)>)>,
    code: Code,
}

/// Any number of trees: a row for each, in their order, then what was found in all of them.
fn many(options: &Options, command: &Scan, scanner: &Scanner) -> Result<Code, Failure> {
    let (format, view) = (command.format.chosen(), output::view(options));
    let listed = command.roots_from.as_deref().map(read::listed_paths).transpose()?;
    let named = command.folders.iter().cloned().map(Ok);
    let folders = named.chain(listed.into_iter().flatten());
    let mut rows = Rows::open(options)?;
    let mut summary = ScanSummaryObject::new(scanner.rule_names());
    let mut code = None;
    let mut ended = Ok(());
    let thread_count = if scanner.is_shared() { rayon::current_num_threads() } else { 1 };
    let work = |folder: Result<PathBuf, Failure>| row(scanner, &folder?, format, view);
    in_order::each(thread_count, folders, work, |scanned| {
        let told = scanned.and_then(|row| {
            for note in &row.notes {
                output::note(options, &format!("note: {}\n", text::neutral(note)));
            }
            match &row.statuses {
                Some((status, others)) => summary.count(*status, others),
                None => summary.count_unread(),
            }
            code = Some(code.map_or(row.code, |code| Code::worse(code, row.code)));
            rows.write(&row.text)
        });
        match told {
            Ok(flow) => flow,
            Err(failure) => {
                ended = Err(failure);
                ControlFlow::Break(())
            }
        }
    });
    ended?;
    let code = code.unwrap_or(Code::NothingRan);
    let last = last_line::scan_trees(&summary, code.outcome());
    let end = match format {
        RowFormat::Json | RowFormat::Ndjson => json::write_row(&summary)?,
        RowFormat::Text => last.below(&text::scan_summary(&summary, view), view),
    };
    // Nobody reads on behind a closed pipe, and that is no error.
    let _ = rows.write(&end)?;
    rows.finish()?;
    output::last_line(options, &last);
    Ok(code)
}

/// The row of one tree. What only this tree has is told in its row, and ends nothing.
fn row(scanner: &Scanner, folder: &Path, format: RowFormat, view: View) -> Result<Row, Failure> {
    let named = folder.display().to_string();
    let found = match scanner.scan(folder) {
        Ok(found) => found,
        Err(Failure::Tree(error)) => {
            let error = error.to_string();
            let text = match format {
                RowFormat::Json | RowFormat::Ndjson => {
                    json::write_row(&ScanRowObject::new(named, Err(error)))?
                }
                RowFormat::Text => text::unread_tree(&named, &error),
            };
            return Ok(Row { text, notes: Vec::new(), statuses: None, code: Code::BadInput });
        }
        Err(failure) => return Err(failure),
    };
    let Found { verdict, notes, rules, code, unread: _ } = found;
    let status_of = |said: &Said| (said.status, said.comparison == Some(false));
    let statuses = Some((verdict.status, rules.iter().map(status_of).collect()));
    let rules: Vec<_> = rules.into_iter().map(|said| said.object).collect();
    let (text, notes) = match format {
        RowFormat::Json | RowFormat::Ndjson => {
            let mut object = ScanObject::from(&verdict);
            object.rules = rules;
            // Notes are in the object.
            (json::write_row(&ScanRowObject::new(named, Ok(object)))?, Vec::new())
        }
        RowFormat::Text => {
            let text = if view.is_full() {
                scanner.in_full(folder, &verdict, &rules, view) + "\n"
            } else {
                text::scanned_tree(&named, &verdict, &rules, view)
            };
            (text, notes.iter().map(|note| format!("{named}: {note}")).collect())
        }
    };
    Ok(Row { text, notes, statuses, code })
}
