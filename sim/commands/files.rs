//! `patchstate inspect`: single files.

use super::read::is_missing;
use crate::{
    args::{Format, Inspect, Options},
    failure::{Code, Failure},
    output,
};
use patchstate_detect::{Inspection, inspect_file};
use patchstate_report::{
    json::{self, InspectObject, InspectedFileObject},
    text::{self, last_line},
};
use patchstate_terms::FindingKind;

pub(super) fn inspect(options: &Options, command: &Inspect) -> Result<Code, Failure> {
    let mut objects = Vec::new();
    let mut code = Code::Clean;
    for path in &command.files {
        if is_missing(path) {
            return Err(Failure::path(path, "there is no such file"));
        }
        let inspection = inspect_file(path);
        code = code.worse(code_of(&inspection));
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
