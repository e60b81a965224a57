//! `patchstate scan` and `patchstate inspect`: real files.

use super::read::is_missing;
use crate::{
    args::{Format, Inspect, Options, Scan},
    failure::{Code, Failure},
    output,
};
use patchstate_detect::{
    DirectoryTree, ImageCache, Inspection, gather, gather_with, inspect_file, judge,
};
use patchstate_harness::CORE_RULE;
use patchstate_report::{
    json::{self, InspectObject, InspectedFileObject, ScanObject, ScanRuleObject},
    text,
};
use patchstate_rules::{Folder, Rule, Subject};
use patchstate_terms::{FindingKind, Status};

pub(super) fn scan(options: &Options, command: &Scan) -> Result<Code, Failure> {
    let rules = match command.rules.as_slice() {
        // Without rules a scan needs no catalog.
        [] => Vec::new(),
        words => super::rules::load(options, super::catalog(options)?.as_ref(), words, &[])?,
    };
    let tree = DirectoryTree::open(&command.folder)?;
    let evidence = gather(&tree);
    let verdict = judge(&evidence);
    for note in &evidence.notes {
        output::note(options, &format!("note: {}\n", text::neutral(note)));
    }
    let folder = command.folder.display().to_string();
    let said = hear(command, &rules, &tree, verdict.status);
    let result = match options.format() {
        Format::Json => {
            let mut object = ScanObject::from(&verdict);
            object.rules = said;
            json::write(&object)?
        }
        Format::Text | Format::Junit | Format::Sarif | Format::Github => {
            let rules = text::scan_rules(&said);
            format!("{}{rules}", text::scan(&folder, &verdict, options.verbose > 0))
        }
    };
    output::result(options, &result)?;
    Ok(match verdict.status {
        Status::Consistent | Status::NotApplicable => Code::Clean,
        Status::Inconclusive => Code::Inconclusive,
        Status::Broken | Status::Mismatch | Status::Drift => Code::Findings,
    })
}

/// What each rule says about a tree. The core is named too where that was asked for.
fn hear(
    command: &Scan,
    rules: &[Box<dyn Rule>],
    tree: &DirectoryTree,
    status: Status,
) -> Vec<ScanRuleObject> {
    let core = command.rules.iter().any(|rule| rule == CORE_RULE);
    let core = core.then(|| ScanRuleObject {
        rule: CORE_RULE.to_owned(),
        status: status.to_string(),
        agrees: true,
        reason: None,
    });
    let cache = ImageCache::new();
    let mut evidence = gather_with(tree, &cache);
    let said = rules.iter().map(|rule| {
        evidence.read_more(tree, &cache, rule.reads().files());
        let folder = Some(&command.folder as &dyn Folder);
        let subject = Subject { evidence: &evidence, tree, folder };
        let mut judgement = rule.judge(&subject);
        while !rule.settle() {
            judgement = rule.judge(&subject);
        }
        let stands_for = rule.stands_for();
        let agrees = judgement.status != Status::Inconclusive
            && stands_for.contains(&judgement.status) == stands_for.contains(&status);
        ScanRuleObject {
            rule: rule.id().to_owned(),
            status: judgement.status.to_string(),
            agrees,
            reason: judgement.reason,
        }
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
    let result = match options.format() {
        Format::Json => {
            json::write(&InspectObject { schema: "patchstate.inspect/1", files: objects })?
        }
        Format::Text | Format::Junit | Format::Sarif | Format::Github => {
            text::inspect(&objects, options.verbose > 0)
        }
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
