//! `patchstate scan` and `patchstate inspect`: real files.

use super::read::is_missing;
use crate::{
    args::{Format, Inspect, Options, Scan},
    failure::{Code, Failure},
    output,
};
use patchstate_detect::{DirectoryTree, Inspection, gather, inspect_file, judge};
use patchstate_harness::CORE_RULE;
use patchstate_report::{
    json::{self, InspectObject, InspectedFileObject, ScanObject, ScanRuleObject},
    text,
};
use patchstate_terms::{FindingKind, Status, nearest};

pub(super) fn scan(options: &Options, command: &Scan) -> Result<Code, Failure> {
    check_rules(&command.rules)?;
    let tree = DirectoryTree::open(&command.folder)?;
    let evidence = gather(&tree);
    let verdict = judge(&evidence);
    for note in &evidence.notes {
        output::note(options, &format!("note: {}\n", text::neutral(note)));
    }
    let folder = command.folder.display().to_string();
    let result = match options.format() {
        Format::Json => {
            let mut object = ScanObject::from(&verdict);
            object.rules.extend(command.rules.iter().map(|rule| ScanRuleObject {
                rule: rule.clone(),
                status: verdict.status.to_string(),
                agrees: true,
            }));
            json::write(&object)?
        }
        Format::Text | Format::Junit => text::scan(&folder, &verdict, options.verbose > 0),
    };
    output::result(options, &result)?;
    Ok(match verdict.status {
        Status::Consistent | Status::NotApplicable => Code::Clean,
        Status::Inconclusive => Code::Inconclusive,
        Status::Broken | Status::Mismatch | Status::Drift => Code::Findings,
    })
}

/// Rules that can be named so far.
pub(super) fn check_rules(rules: &[String]) -> Result<(), Failure> {
    match rules.iter().find(|rule| *rule != CORE_RULE) {
        None => Ok(()),
        Some(rule) => {
            let hint = nearest(rule, [CORE_RULE]).map(|name| format!("; did you mean `{name}`?"));
            let hint = hint.unwrap_or_else(|| format!(": expected `{CORE_RULE}`"));
            Err(Failure::Usage(format!("there is no rule `{rule}`{hint}")))
        }
    }
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
    let result = match options.format() {
        Format::Json => {
            json::write(&InspectObject { schema: "patchstate.inspect/1", files: objects })?
        }
        Format::Text | Format::Junit => text::inspect(&objects, options.verbose > 0),
    };
    output::result(options, &result)?;
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
