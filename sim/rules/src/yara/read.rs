//! From the text of a file `*.yara.toml` and the YARA rules that it names to a rule.

use super::{
    MATCH_FIELDS, OWN_FIELDS, codes,
    rule::{Match, YaraRule},
};
use crate::{
    shown::{nearest_or_all, shown},
    written::{Codes, Fields, Mistakes, read_file},
};
use patchstate_source::{Diagnostic, Severity, SourceFile};
use patchstate_terms::{Status, WindowsPath};
use std::{collections::BTreeSet, fs, path::Path};
use toml::de::DeValue;
use yara_x::{Compiler, Rules, SourceCode};

const CODES: Codes = Codes {
    syntax: codes::SYNTAX,
    field: codes::UNKNOWN_FIELD,
    missing: codes::MISSING_FIELD,
    value: codes::VALUE,
    status: codes::UNKNOWN_STATUS,
};

impl YaraRule {
    /// Reads a mapping file that stands in a folder: the rule where there is no mistake, and all
    /// mistakes, those of the YARA rules too.
    #[must_use]
    pub fn read(source: &SourceFile, folder: &Path) -> (Option<Self>, Vec<Diagnostic>) {
        let mut of_yara = Vec::new();
        let (rule, mut found) = read_file(source, &CODES, &OWN_FIELDS, |fields, head, mistakes| {
            let otherwise = otherwise(fields, mistakes);
            let rules = rules(fields, folder, mistakes, &mut of_yara);
            let matches = matches(fields, rules.as_ref(), mistakes);
            Some(Self::new(head?, source.clone(), rules?, matches?, otherwise?))
        });
        found.append(&mut of_yara);
        (rule, found)
    }
}

fn otherwise(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Status> {
    match fields.raw("otherwise") {
        Some(value) => mistakes.status_of(value, "`otherwise` is not a status"),
        None => Some(Status::Consistent),
    }
}

/// The YARA rules of the file that is named.
fn rules(
    fields: &mut Fields<'_>,
    folder: &Path,
    mistakes: &mut Mistakes<'_>,
    of_yara: &mut Vec<Diagnostic>,
) -> Option<Rules> {
    let name = fields.text("rules", "write `rules = \"rules.yar\"`", mistakes)?;
    let path = folder.join(name.get_ref());
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the YARA rules {} cannot be read: {error}", path.display());
            let help = Some("the path counts from the folder of this file".to_owned());
            mistakes.report(codes::RULES_FILE, name.span(), message, "cannot be read", help);
            return None;
        }
    };
    let source = SourceFile::new(&path.to_string_lossy(), &text);
    let mut compiler = Compiler::new();
    // A rule is one file, so that what it says does not depend on where it is read.
    compiler.enable_includes(false);
    // Errors are collected below; the first alone is what is returned here.
    let _ = compiler.add_source(SourceCode::from(text.as_str()));
    for error in compiler.errors() {
        let span = error.labels().next().map(|label| label.span().range()).unwrap_or_default();
        of_yara.push(Diagnostic {
            severity: Severity::Error,
            code: codes::COMPILE.name,
            message: format!("{} ({} of YARA)", error.title(), error.code()),
            source: source.clone(),
            span,
            label: "YARA cannot compile this".to_owned(),
            help: None,
        });
    }
    of_yara.is_empty().then(|| compiler.build())
}

fn matches(
    fields: &mut Fields<'_>,
    rules: Option<&Rules>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Vec<Match>> {
    let example = "write `[[match]]` with `rule`, `file` and `status`";
    let Some(value) = fields.raw("match") else {
        mistakes.missing(fields.span(), "match", example);
        return None;
    };
    let span = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        let help = Some(example.to_owned());
        mistakes.report(CODES.value, span, "`match` is not a list", "expected `[[match]]`", help);
        return None;
    };
    let names = rules.map(|rules| rules.iter().map(|rule| rule.identifier()).collect());
    let count = entries.len();
    let read = entries.into_iter().filter_map(|entry| {
        let mut entry = Fields::of_entry(entry, &MATCH_FIELDS, mistakes)?;
        one_match(&mut entry, names.as_ref(), mistakes)
    });
    let matches: Vec<Match> = read.collect();
    (matches.len() == count).then_some(matches)
}

fn one_match(
    entry: &mut Fields<'_>,
    names: Option<&BTreeSet<&str>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Match> {
    let rule = entry.text("rule", "write `rule = \"name\"`", mistakes);
    let file = entry.text("file", "write `file = \"system32/...\"`", mistakes);
    let status = entry.text("status", "write `status = \"mismatch\"`", mistakes);
    let status = status.and_then(|status| mistakes.status(&status));
    // Where the YARA rules have mistakes, which there are is not known.
    if let (Some(rule), Some(names)) = (&rule, names)
        && !names.contains(rule.get_ref().as_str())
    {
        let message = format!("there is no YARA rule `{}`", shown(rule.get_ref()));
        let all: Vec<&str> = names.iter().copied().collect();
        let help = Some(nearest_or_all(rule.get_ref(), &all));
        mistakes.report(codes::UNKNOWN_RULE, rule.span(), message, "unknown rule", help);
    }
    let file = file.and_then(|file| match file.get_ref().parse::<WindowsPath>() {
        Ok(path) => Some(path),
        Err(error) => {
            mistakes.value(file.span(), error.to_string(), "expected a path");
            None
        }
    });
    let rule = rule?;
    let span = rule.span();
    Some(Match { rule: rule.into_inner(), span, file: file?, status: status? })
}
