//! The targets: one function each, which takes any bytes and returns, or panics where a promise is
//! broken.

mod catalog;
mod diagram;
mod hive;
mod image;
mod known;
mod oval;
mod resolution;
mod rule_file;
mod scenario;

pub(crate) use catalog::catalog;
pub(crate) use diagram::diagram;
pub(crate) use hive::hive;
pub(crate) use image::image;
pub(crate) use oval::oval;
pub(crate) use resolution::resolution;
pub(crate) use rule_file::rule_file;
pub(crate) use scenario::scenario;

use patchstate_report::text::{Detail, View};
use patchstate_source::{Diagnostic, SourceFile};

/// A line that begins like this begins another file of the same input; its name follows.
const NEXT_FILE: &str = "=== ";

/// Inputs that are longer say nothing new, and a fuzzer makes them long where it may.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Input as text, as the command line reads it: nothing where it is no text.
fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes.get(..TEXT_BYTES_MAX.min(bytes.len()))?).ok()
}

/// The files of an input, each with its name; what stands before the first name is a file, too.
fn files_of<'a>(text: &'a str, first: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut files = Vec::new();
    let (mut name, mut start, mut at) = (first, 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix(NEXT_FILE) {
            files.push((name, text.get(start..at).unwrap_or_default()));
            (name, start) = (next.trim(), at + line.len());
        }
        at += line.len();
    }
    files.push((name, text.get(start..).unwrap_or_default()));
    files
}

/// What a person would see of mistakes can be shown, and stands inside the text that it is about.
fn check_diagnostics(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let text = &diagnostic.source.text;
        let span = &diagnostic.span;
        assert!(span.start <= span.end && span.end <= text.len(), "{diagnostic:?}");
        assert!(text.is_char_boundary(span.start), "{diagnostic:?}");
        assert!(text.is_char_boundary(span.end), "{diagnostic:?}");
        assert!(!diagnostic.message.is_empty() && !diagnostic.code.is_empty());
    }
    // Rendering takes as long as the text is, for each of them.
    let few = diagnostics.get(..diagnostics.len().min(8)).unwrap_or_default();
    for view in [View::default(), View::new(Some(40), Detail::Usual)] {
        check_harmless(&patchstate_report::render_diagnostics(few, false, view));
    }
}

/// Nothing that a terminal would obey, nothing that turns the order of letters around, and no mark
/// or space that nobody sees.
fn check_harmless(text: &str) {
    let harmful = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || ('\u{200b}'..='\u{200f}').contains(&c)
            || ('\u{2028}'..='\u{202e}').contains(&c)
            || ('\u{2060}'..='\u{206f}').contains(&c)
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{3164}' | '\u{feff}')
            || ('\u{e0000}'..='\u{e007f}').contains(&c)
    };
    assert!(!text.contains(harmful), "{text:?}");
}

/// One file with any name.
fn source(name: &str, text: &str) -> SourceFile {
    SourceFile::new(name, text)
}
