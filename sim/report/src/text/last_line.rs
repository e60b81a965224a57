//! The last line of every command: how it ended, and why, with counts.
//!
//! Whoever prints it knows the exit code, and so how the command ended; the sentence tells what
//! that rests on, so that nobody has to look further up, and every code other than 0 is explained.

mod verify;

pub use verify::verify;

use super::{
    style::{bad, count, doubtful, good, neutral_name, paragraph, thousands},
    view::View,
};
use crate::json::{
    ExploreObject, FixturesObject, InspectedFileObject, ListObject, ScanRuleObject,
    ScanSummaryObject,
};
use patchstate_detect::Verdict;
use patchstate_image::BuiltTree;
use patchstate_source::{Diagnostic, Severity};
use patchstate_study::{
    Count, MutantOutcome, Mutation, Opinion, Repair, RepairSearch, RuleDiff, ScenarioFile,
    ScenarioResult, StepOutcome, Story,
};
use patchstate_terms::{FindingKind, ProductWords, Status, Step};
use std::path::Path;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was looked at, and nothing is wrong.
    Passed,
    /// What was asked for was made or shown.
    Done,
    /// Something is wrong.
    Failed,
    /// Nothing is known to be wrong, and not everything is known.
    Inconclusive,
    /// There was nothing to look at.
    NothingRan,
}

/// The last line of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLine {
    outcome: Outcome,
    sentence: String,
}

impl LastLine {
    /// A line about how a command ended; the sentence has neither a capital nor a full stop.
    pub(super) fn new(outcome: Outcome, sentence: String) -> Self {
        Self { outcome, sentence }
    }

    /// What came of the command, as a sentence that has neither a capital nor a full stop.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The line. It is broken on a screen only, so that elsewhere the last line is all of it.
    #[must_use]
    pub fn text(&self, view: View) -> String {
        let word = match self.outcome {
            Outcome::Passed => good("passed"),
            Outcome::Done => good("done"),
            Outcome::Failed => bad("FAILED"),
            Outcome::Inconclusive => doubtful("inconclusive"),
            Outcome::NothingRan => doubtful("nothing ran"),
        };
        let line = format!("{word}: {}", neutral_name(&self.sentence));
        if view.has_screen() { paragraph(&line, 2, view) } else { line + "\n" }
    }

    /// The line below what a command says, with an empty line between the two.
    #[must_use]
    pub fn below(&self, text: &str, view: View) -> String {
        let between = if text.is_empty() { "" } else { "\n" };
        format!("{text}{between}{}", self.text(view))
    }
}

/// How `test` ended.
#[must_use]
pub fn test(files: &[(&ScenarioFile, &[ScenarioResult])], outcome: Outcome) -> LastLine {
    let all = || files.iter().flat_map(|(_, results)| results.iter());
    let (number, failed) = (all().count(), all().filter(|one| !one.failures.is_empty()).count());
    let with_scenarios = files.iter().filter(|(_, results)| !results.is_empty()).count();
    let of_files = count(with_scenarios, "file", "files");
    let sentence = match failed {
        0 if number == 0 => {
            let expected = "name Markdown files with a block of steps, or folders with such files";
            format!("there is no scenario: {expected}")
        }
        0 => format!("{} in {of_files}, as expected", count(number, "scenario", "scenarios")),
        _ => format!("{} not as expected, in {of_files}", part(failed, number, "scenario")),
    };
    LastLine::new(outcome, sentence)
}

/// How `check` ended.
#[must_use]
pub fn check(file_count: usize, diagnostics: &[Diagnostic], outcome: Outcome) -> LastLine {
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    let errors = diagnostics.iter().filter(is_error).count();
    let warnings = match diagnostics.len() - errors {
        0 => String::new(),
        warnings => format!(", and {}", count(warnings, "warning", "warnings")),
    };
    let files = count(file_count, "file", "files");
    let sentence = match errors {
        0 if file_count == 0 => "there is no rule, scenario, claim or catalog".to_owned(),
        0 => format!("no mistake in {files}{warnings}"),
        errors => format!("{} in {files}{warnings}", count(errors, "mistake", "mistakes")),
    };
    LastLine::new(outcome, sentence)
}

/// How `scan` ended, where so many of the files that are there could not be read whole. That
/// decides nothing about a host that is not applicable.
#[must_use]
pub fn scan(
    verdict: &Verdict,
    words: &ProductWords,
    unread: usize,
    rules: &[ScanRuleObject],
    outcome: Outcome,
) -> LastLine {
    let mut sentence = host(verdict.status, verdict.findings.len(), words);
    if unread > 0 && verdict.status != Status::NotApplicable {
        sentence += &format!("; {} not be read whole", count(unread, "file could", "files could"));
    }
    let differing = rules.iter().filter(|rule| {
        rule.reports.zip(rule.core_reports).is_some_and(|(own, of_core)| own != of_core)
    });
    let differing = differing.count();
    if differing > 0 {
        let differ = if differing == 1 { "differs" } else { "differ" };
        let rules = of(differing, rules.len(), "rule");
        sentence += &format!("; {rules} {differ} from the detection core");
    }
    let silent = |rule: &&ScanRuleObject| rule.status == Status::Inconclusive.as_str();
    let silent = rules.iter().filter(silent).count();
    if silent > 0 {
        sentence += &format!("; {} could not judge it", of(silent, rules.len(), "rule"));
    }
    let wrong: Vec<&str> = rules.iter().map(|rule| rule.status.as_str()).collect();
    let wrong = wrong.iter().find(|status| {
        let harmless = [Status::Consistent, Status::NotApplicable, Status::Inconclusive];
        !harmless.iter().any(|harmless| harmless.as_str() == **status)
    });
    let is_clean = matches!(verdict.status, Status::Consistent | Status::NotApplicable);
    if let Some(status) = wrong.filter(|_| is_clean && differing == 0) {
        sentence += &format!("; a rule says {status}");
    }
    LastLine::new(outcome, sentence)
}

/// How `scan` of several trees ended.
#[must_use]
pub fn scan_trees(summary: &ScanSummaryObject, outcome: Outcome) -> LastLine {
    let Some(core) = summary.rules.first().filter(|_| summary.trees > 0) else {
        let expected = "name folders that hold a WINDOWS or WINNT folder, or a list of them";
        return LastLine::new(outcome, format!("there is no tree: {expected}"));
    };
    let mut parts = Vec::new();
    for status in Status::ALL {
        if let Some(number) = core.by_status.get(status.as_str()) {
            parts.push(format!("{} {status}", thousands(number)));
        }
    }
    if summary.unread > 0 {
        parts.push(format!("{} not read", thousands(summary.unread)));
    }
    let mut sentence = format!("{}: {}", count(summary.trees, "tree", "trees"), parts.join(", "));
    for rule in summary.rules.iter().filter(|rule| rule.differ > 0) {
        let trees = count(rule.differ, "tree", "trees");
        sentence += &format!("; {} differs from the detection core on {trees}", rule.rule);
    }
    LastLine::new(outcome, sentence)
}

/// A host in a sentence, with how many findings there are.
fn host(status: Status, finding_count: usize, words: &ProductWords) -> String {
    let what = match status {
        Status::Broken => "the host is broken",
        Status::Mismatch => "the host is a mismatch",
        Status::Drift => "the host is in drift",
        Status::Consistent => "the host is consistent",
        Status::NotApplicable => {
            let feature = &words.feature;
            return format!(
                "the host is not-applicable: it has no component of {feature}, or is another system"
            );
        }
        Status::Inconclusive => "what the host is could not be told",
    };
    match finding_count {
        0 => what.to_owned(),
        number => format!("{what}, with {}", count(number, "finding", "findings")),
    }
}

/// How `inspect` ended.
#[must_use]
pub fn inspect(files: &[InspectedFileObject], outcome: Outcome) -> LastLine {
    let findings: usize = files.iter().map(|file| file.findings.len()).sum();
    let unread = |file: &&InspectedFileObject| {
        let unread = [FindingKind::Unreadable, FindingKind::Truncated].map(FindingKind::as_str);
        !file.readable || file.findings.iter().any(|found| unread.contains(&found.kind.as_str()))
    };
    let unread = files.iter().filter(unread).count();
    let number = count(files.len(), "file", "files");
    let sentence = match (unread, findings) {
        (0, 0) => format!("{number} read, nothing found"),
        (0, findings) => format!("{} in {number}", count(findings, "finding", "findings")),
        (unread, 0) => format!("{} not be read whole", could(unread, files.len())),
        (unread, findings) => {
            let unread = format!("{} not be read whole", could(unread, files.len()));
            format!("{unread}; {}", count(findings, "finding", "findings"))
        }
    };
    LastLine::new(outcome, sentence)
}

fn could(number: usize, all: usize) -> String {
    format!("{} could", of(number, all, "file"))
}

/// How `run` ended.
#[must_use]
pub fn run(
    story: &Story,
    words: &ProductWords,
    opinions: &[Opinion],
    outcome: Outcome,
) -> LastLine {
    let examination = &story.examination;
    let truth = &examination.truth;
    let mut sentence = host(truth.status, truth.findings.len(), words);
    if !story.remedy.is_empty() {
        let steps: Vec<&Step> = story.remedy.iter().map(|step| &step.step).collect();
        let then = match story.status_after_remedy {
            Status::Consistent => "repairs it".to_owned(),
            status => format!("is advised, and leaves it {status}"),
        };
        sentence += &format!("; {} {then}", order(&steps));
    }
    if examination.disagreement.is_some() {
        let verdict = examination.verdict.status;
        sentence += &if verdict == truth.status {
            "; the detection core has other findings".to_owned()
        } else {
            format!("; the detection core says {verdict}")
        };
    }
    for (is_right, does) in [(Some(false), "wrong about it"), (None, "inconclusive about it")] {
        let number = opinions.iter().filter(|opinion| opinion.is_right == is_right).count();
        if number > 0 {
            sentence += &match opinions.len() {
                1 => format!("; the rule is {does}"),
                all => format!("; {} {does}", part(number, all, "rule")),
            };
        }
    }
    let refused = story.steps.iter().filter(|step| step.outcome == StepOutcome::Refused).count();
    if refused > 0 {
        let was = if refused == 1 { "was" } else { "were" };
        sentence += &format!("; {} {was} refused", of(refused, story.steps.len(), "step"));
    }
    LastLine::new(outcome, sentence)
}

/// How `repair` ended.
#[must_use]
pub fn repair(repair: &Repair, words: &ProductWords, outcome: Outcome) -> LastLine {
    let host = host(repair.truth.status, repair.truth.findings.len(), words);
    let sentence = match repair.search {
        RepairSearch::NotNeeded => format!("{host}, so there is nothing to repair"),
        RepairSearch::Found => {
            let steps: Vec<&Step> = repair.steps.iter().map(|step| &step.told.step).collect();
            format!("{host}; {} repairs it, and nothing shorter does", order(&steps))
        }
        RepairSearch::Impossible => format!("{host}; no sequence of steps repairs it"),
        RepairSearch::Stopped { .. } => {
            format!("{host}; a bound stopped the search for a repair")
        }
    };
    LastLine::new(outcome, sentence)
}

fn order(steps: &[&Step]) -> String {
    let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
    words.join(" ")
}

/// How `mutate` ended.
#[must_use]
pub fn mutate(mutation: &Mutation, outcome: Outcome) -> LastLine {
    let number = mutation.mutants.len();
    let killed = mutation.count(|outcome| matches!(outcome, MutantOutcome::Killed(_)));
    let equivalent = mutation.count(|outcome| *outcome == MutantOutcome::Equivalent);
    let undecided = mutation.count(|outcome| *outcome == MutantOutcome::Undecided);
    let mutants = count(number, "mutant", "mutants");
    let told = format!("hosts tell {killed} of {mutants} from the rule");
    let sentence = match (number, undecided, equivalent) {
        _ if mutation.hosts == Count::ZERO => "there is no host in the scope".to_owned(),
        (0, ..) => "the rule has no condition that can be changed".to_owned(),
        (_, 0, 0) => format!("hosts tell every one of {mutants} from the rule"),
        (_, 0, equivalent) => format!("{told}, and no host can tell the other {equivalent}"),
        (_, left, 0) => format!("{told}; a bound stopped the search for the other {left}"),
        (_, left, equivalent) => format!(
            "{told}, no host can tell {equivalent}, and a bound stopped the search for {left}"
        ),
    };
    LastLine::new(outcome, sentence)
}

/// How `diff` ended.
#[must_use]
pub fn diff(diff: &RuleDiff, outcome: Outcome) -> LastLine {
    let hosts = count(diff.hosts.clone(), "host", "hosts");
    let different = diff.count(|_| true);
    let sentence = match (diff.changes.is_empty(), diff.complete) {
        _ if diff.hosts == Count::ZERO => "there is no host in the scope".to_owned(),
        (false, _) => format!("the rules differ on {}", of(different, diff.hosts.clone(), "host")),
        (true, true) => format!("both rules say the same on all {hosts}"),
        (true, false) => {
            format!("both rules say the same on {hosts}, and not all there are were looked at")
        }
    };
    LastLine::new(outcome, sentence)
}

/// How `build` ended.
#[must_use]
pub fn build(folder: &Path, tree: &BuiltTree) -> LastLine {
    let bytes: usize = tree.iter().map(|(_, bytes)| bytes.len()).sum();
    let (files, bytes) = (count(tree.len(), "file", "files"), count(bytes, "byte", "bytes"));
    LastLine::new(Outcome::Done, format!("{files}, {bytes}, written to {}", folder.display()))
}

/// How `fixtures` ended.
#[must_use]
pub fn fixtures(folder: &str, object: &FixturesObject, outcome: Outcome) -> LastLine {
    let hosts = count(object.states, "host", "hosts");
    let trees = count(object.fixtures.len(), "tree", "trees");
    let written = format!("{trees} of {hosts}, and fixtures.json, written to {folder}");
    let sentence = match (object.fixtures.is_empty(), object.complete) {
        (true, _) => "there is no host in the scope, so nothing was written".to_owned(),
        (false, true) => return LastLine::new(Outcome::Done, written),
        (false, false) => {
            format!("{written}; a bound stopped the search, so there may be more to show")
        }
    };
    LastLine::new(outcome, sentence)
}

/// How `explore` ended: a page of so many bytes was written to a file, or none was asked for.
#[must_use]
pub fn explore(object: &ExploreObject, page: Option<(&str, usize)>, outcome: Outcome) -> LastLine {
    let number: usize = object.arches.iter().map(|arch| arch.hosts.from.len()).sum();
    if number == 0 {
        return LastLine::new(outcome, "there is no host in the scope".to_owned());
    }
    let hosts = count(number, "host", "hosts");
    let sentence = match page {
        Some((file, bytes)) => {
            format!("a page of {hosts} ({} KB) written to {file}", thousands(bytes.div_ceil(1000)))
        }
        None => format!("{hosts}, and no page asked for"),
    };
    LastLine::new(Outcome::Done, sentence)
}

/// How a command ended that wrote files to go on from.
#[must_use]
pub fn written(folder: &str, files: &[String], left: &[String]) -> LastLine {
    let files = count(files.len(), "file", "files");
    let left = match left.len() {
        0 => String::new(),
        1 => "; 1 file left as it was".to_owned(),
        left => format!("; {} left as they were", count(left, "file", "files")),
    };
    LastLine::new(Outcome::Done, format!("{files} written to {folder}{left}"))
}

/// How `list` ended.
#[must_use]
pub fn list(object: &ListObject) -> LastLine {
    let kind = object.kind.as_str();
    let one = if kind == "media" { kind } else { kind.trim_end_matches('s') };
    LastLine::new(Outcome::Done, format!("{} listed", count(object.items.len(), one, kind)))
}

/// So many of all, where these are more than one.
pub(super) fn of(number: impl Into<Count>, all: impl Into<Count>, one: &str) -> String {
    let (number, all, many) = (number.into(), all.into(), format!("{one}s"));
    if all == Count::from(1_u8) {
        return format!("1 {one}");
    }
    format!("{} of {}", thousands(number), count(all, one, &many))
}

/// The same before a predicate with its verb.
pub(super) fn part(number: usize, all: usize, one: &str) -> String {
    format!("{} {}", of(number, all, one), if number == 1 { "is" } else { "are" })
}
