//! From the text of a file `*.yara.toml` and the YARA rules that it names to a rule.

use super::{
    WrittenMatch, WrittenYara, codes,
    rule::{Match, YaraRule},
};
use crate::head::{Codes, Head, Text, WrittenHead, read_file};
use patchstate_source::{
    Diagnostic, FormCodes, Mistakes, Severity, SourceFile, quoted, suggestion,
};
use patchstate_terms::{Status, WindowsPath};
use std::{collections::BTreeSet, fs, path::Path};
use yara_x::{Compiler, Rules, SourceCode};

const CODES: Codes = Codes {
    form: FormCodes {
        syntax: codes::SYNTAX,
        unknown: codes::UNKNOWN_FIELD,
        missing: codes::MISSING_FIELD,
        value: codes::VALUE,
    },
    status: codes::UNKNOWN_STATUS,
};

impl YaraRule {
    /// Reads a mapping file that stands in a folder: the rule where there is no mistake, and all
    /// mistakes, those of the YARA rules too.
    #[must_use]
    pub fn read(source: &SourceFile, folder: &Path) -> (Option<Self>, Vec<Diagnostic>) {
        let mut of_yara = Vec::new();
        let (rule, mut found) = read_file(source, &CODES, |written: WrittenYara, mistakes| {
            let WrittenYara { id, title, description, references, stands_for, .. } = written;
            let head = WrittenHead { id, title, description, references, stands_for };
            let head = Head::read(head, &CODES, mistakes);
            let otherwise = match &written.otherwise {
                Some(word) => CODES.status_of(word, mistakes),
                None => Some(Status::Consistent),
            };
            let rules = rules(&written.rules, folder, mistakes, &mut of_yara);
            let names = rules.as_ref().map(|rules| rules.iter().map(|rule| rule.identifier()));
            let names = names.map(Iterator::collect);
            if written.r#match.get_ref().is_empty() {
                let message = "a rule without `match` says the same of every host";
                let help = Some("write `[[match]]` with `rule`, `file` and `status`".to_owned());
                mistakes.report(codes::VALUE, written.r#match.span(), message, "empty", help);
            }
            let matches = written.r#match.into_inner().into_iter();
            let matches = matches.map(|entry| one_match(entry, names.as_ref(), mistakes));
            let matches = matches.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>();
            Some(Self::new(head?, rules?, matches?, otherwise?))
        });
        found.append(&mut of_yara);
        (rule, found)
    }
}

/// The YARA rules of the file that is named.
fn rules(
    name: &Text,
    folder: &Path,
    mistakes: &mut Mistakes<'_>,
    of_yara: &mut Vec<Diagnostic>,
) -> Option<Rules> {
    if !CODES.is_said("rules", name, mistakes) {
        return None;
    }
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

fn one_match(
    WrittenMatch { rule, file, status }: WrittenMatch,
    names: Option<&BTreeSet<&str>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Match> {
    let status = CODES.status_of(&status, mistakes);
    // Where the YARA rules have mistakes, which there are is not known.
    if let Some(names) = names
        && !names.contains(rule.get_ref().as_str())
    {
        let message = format!("there is no YARA rule `{}`", quoted(rule.get_ref()));
        let help = suggestion(rule.get_ref(), names.iter().copied());
        mistakes.report(codes::UNKNOWN_RULE, rule.span(), message, "unknown rule", help);
    }
    let path = file.get_ref().parse::<WindowsPath>();
    if let Err(error) = &path {
        mistakes.report(codes::VALUE, file.span(), error.to_string(), "expected a path", None);
    }
    let span = rule.span();
    Some(Match { rule: rule.into_inner(), span, file: path.ok()?, status: status? })
}
