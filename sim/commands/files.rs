//! `patchstate scan` and `patchstate inspect`: real files.

use super::read::is_missing;
use crate::{
    args::{Format, Inspect, Options, Scan},
    failure::{Code, Failure},
    output,
};
use patchstate_detect::{
    DirectoryTree, Evidence, ImageCache, Inspection, gather_with, inspect_file, judge,
};
use patchstate_report::{
    json::{self, InspectObject, InspectedFileObject, ScanObject, ScanRuleObject},
    text::{self, last_line},
};
use patchstate_rules::{Folder, Rule, Subject};
use patchstate_study::CORE_RULE;
use patchstate_terms::{FindingKind, Status};
use std::{fs, path::Path};

pub(super) fn scan(options: &Options, command: &Scan) -> Result<Code, Failure> {
    let rules = match command.rules.as_slice() {
        // Without rules a scan needs no catalog.
        [] => Vec::new(),
        words => super::rules::load(options, &super::model::facts(options)?, words)?,
    };
    let tree = DirectoryTree::open(&command.folder)?;
    let cache = ImageCache::new();
    let mut evidence = gather_with(&tree, &super::model::known(options)?, &cache);
    let (verdict, unread) = (judge(&evidence), evidence.unread_file_count());
    for note in &evidence.notes {
        output::note(options, &format!("note: {}\n", text::neutral(note)));
    }
    let folder = command.folder.display().to_string();
    let said = hear(command, &rules, (&tree, &mut evidence, &cache), verdict.status);
    super::programs::started(&rules)?;
    let code = said.iter().map(code_of_rule).fold(code_of_status(verdict.status), worse);
    let said: Vec<_> = said.into_iter().map(|said| said.object).collect();
    let (view, product) = (output::view(options), &evidence.known.product.words);
    let last = last_line::scan(&verdict, product, unread, &said, code.outcome());
    let result = match command.format.chosen() {
        Format::Json => {
            let mut object = ScanObject::from(&verdict);
            object.rules = said;
            json::write(&object)?
        }
        Format::Text => {
            let rules = text::scan_rules(&said, verdict.status, view);
            last.below(&format!("{}{rules}", text::scan(&folder, &verdict, product, view)), view)
        }
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// What one rule says about a tree, and how that stands to what the core says.
struct Said {
    status: Status,
    comparison: Option<bool>,
    object: ScanRuleObject,
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

/// What each rule says about a tree, of which more is read where a rule asks for it. The core is
/// named too where that was asked for.
fn hear(
    command: &Scan,
    rules: &[Box<dyn Rule>],
    (tree, evidence, cache): (&DirectoryTree, &mut Evidence, &ImageCache),
    status: Status,
) -> Vec<Said> {
    let core = command.rules.iter().any(|rule| rule == CORE_RULE);
    let core = core.then(|| Said {
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
    // A program is told the folder that holds the Windows folder, whichever of the two was named.
    let windows = fs::canonicalize(tree.windows_folder()).ok();
    let holder = windows.as_deref().and_then(Path::parent).map(Path::to_owned);
    let holder = holder.unwrap_or_else(|| command.folder.clone());
    let said = rules.iter().map(|rule| {
        evidence.read_more(tree, cache, rule.reads().files());
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

pub(super) fn inspect(options: &Options, command: &Inspect) -> Result<Code, Failure> {
    let mut objects = Vec::new();
    let mut code = Code::Clean;
    for path in &command.files {
        if is_missing(path) {
            return Err(Failure::path(path, "there is no such file"));
        }
        let inspection = inspect_file(path);
        code = worse(code, code_of(&inspection));
        objects.push(InspectedFileObject::new(&path.display().to_string(), &inspection));
    }
    let (view, last) = (output::view(options), last_line::inspect(&objects, code.outcome()));
    let result = match command.format.chosen() {
        Format::Json => {
            json::write(&InspectObject { schema: "patchstate.inspect/1", files: objects })?
        }
        Format::Text => last.below(&text::inspect(&objects, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

fn code_of(inspection: &Inspection) -> Code {
    let file = match "file".parse() {
        Ok(file) => inspection.findings(&file),
        Err(_) => Vec::new(),
    };
    let unread = |kind| matches!(kind, FindingKind::Unreadable | FindingKind::Truncated);
    if !inspection.is_readable() || file.iter().any(|finding| unread(finding.kind)) {
        Code::Inconclusive
    } else if file.is_empty() {
        Code::Clean
    } else {
        Code::Findings
    }
}

/// Findings go over what could not be read: they are certain.
fn worse(a: Code, b: Code) -> Code {
    let order = |code| match code {
        Code::Findings => 2,
        Code::Inconclusive => 1,
        _ => 0,
    };
    if order(b) > order(a) { b } else { a }
}
