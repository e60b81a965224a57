//! From text to a tree of XML.
//!
//! **Owns** the bounds on one file, and the place of what is wrong with its markup: a parser that
//! comes to the end of a file does not say what was open there. **Must never know** the language.
//!
//! **Start reading** at [`tree`].

use super::{codes, markup};
use patchstate_source::{Diagnostic, MistakeCode, Severity, SourceFile, quoted};
use roxmltree::{Document, Error, ParsingOptions};
use std::ops::Range;

/// Largest file that is read, in bytes.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most elements, texts and comments of one file.
const NODE_COUNT_MAX: u32 = 4 * 1024 * 1024;

/// The tree of a file; else what is wrong with it.
///
/// A document type declaration is passed over: nothing that it names is ever fetched, and one that
/// declares entities is refused.
pub(super) fn tree(source: &SourceFile) -> Result<Document<'_>, Box<Diagnostic>> {
    let text = &*source.text;
    let length = text.len();
    if length > DOCUMENT_BYTES_MAX {
        let message = format!("the file has {length} bytes, at most {DOCUMENT_BYTES_MAX} are read");
        return Err(problem(source, codes::TOO_LARGE, message, 0..0));
    }
    if let Some((message, at)) = markup::too_much(text) {
        return Err(problem(source, codes::TOO_LARGE, message, at..at));
    }
    if let Some(declaration) = markup::entity_declaration(text) {
        let message = "entities that a document declares are not read".to_owned();
        let help = "write their text in the place of each `&name;`, and take the declaration out";
        let found = problem(source, codes::ENTITY, message, declaration);
        return Err(Box::new(Diagnostic { help: Some(help.to_owned()), ..*found }));
    }
    let options = ParsingOptions {
        nodes_limit: NODE_COUNT_MAX,
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| not_well_formed(source, &error))
}

fn not_well_formed(source: &SourceFile, error: &Error) -> Box<Diagnostic> {
    let text = &*source.text;
    match error {
        Error::UnexpectedEndOfStream | Error::UnclosedRootNode => cut_off(source),
        Error::NoRootNode if markup::open_at_end(text).is_some() => cut_off(source),
        Error::NoRootNode => {
            let message = "not well-formed XML: the file has no element".to_owned();
            let end = text.trim_end().len();
            problem(source, codes::XML, message, end..end)
        }
        Error::NodesLimitReached => {
            let message = format!("the file has more than {NODE_COUNT_MAX} elements and texts");
            problem(source, codes::TOO_LARGE, message, 0..0)
        }
        _ => {
            let place = error.pos();
            let at = offset(text, place.row, place.col);
            if is_cut_off(text, at) {
                return cut_off(source);
            }
            // The place is the diagnostic's own.
            let message = error.to_string();
            let message = message.rsplit_once(" at ").map_or(message.as_str(), |(text, _)| text);
            problem(source, codes::XML, format!("not well-formed XML: {message}"), at..at)
        }
    }
}

/// Whether what a parser complains of at a place is that the file ends there: behind its last
/// letter, or in a tag, a comment or the like that has no end. A tag in which another one begins
/// is not cut off: it lacks a quote.
fn is_cut_off(text: &str, at: usize) -> bool {
    let is_inside = |(what, start): (&str, usize)| {
        let is_aside = what.starts_with("<!") || what.starts_with("<?");
        let rest = text.get(start + 1..).unwrap_or_default();
        at >= start && what.starts_with('<') && (is_aside || !rest.contains('<'))
    };
    at >= text.trim_end().len() || markup::open_at_end(text).is_some_and(is_inside)
}

/// What is said of a file that ends too early: the end, and what is open there.
fn cut_off(source: &SourceFile) -> Box<Diagnostic> {
    let text = &*source.text;
    let end = text.trim_end().len();
    let message = match markup::open_at_end(text) {
        Some((what, start)) => {
            let line = source.place(start).line;
            format!("the file ends before `{}` of line {line} does", quoted(what))
        }
        None => "the file ends too early".to_owned(),
    };
    let message = format!("not well-formed XML: {message}");
    let found = problem(source, codes::XML, message, end..end);
    let help = "a part of the file is missing: fetch or save it again".to_owned();
    Box::new(Diagnostic { label: "the end".to_owned(), help: Some(help), ..*found })
}

fn problem(
    source: &SourceFile,
    code: MistakeCode,
    message: String,
    span: Range<usize>,
) -> Box<Diagnostic> {
    Box::new(Diagnostic {
        severity: Severity::Error,
        code: code.name,
        message,
        source: source.clone(),
        span,
        label: "here".to_owned(),
        help: None,
    })
}

/// The byte at a line and column, both counted from 1; columns count characters.
fn offset(text: &str, line: u32, column: u32) -> usize {
    let skipped = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column).map(char::len_utf8).sum::<usize>()
}
