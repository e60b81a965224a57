//! Diagnostics as a person reads them: the line, the mark, what was expected.

mod excerpt;

use crate::text::{View, columns, in_columns, is_harmful, neutral, neutral_name};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use anstream::adapter::strip_str;
use excerpt::{BROKEN_COLUMNS_MIN, Excerpt};
use patchstate_source::{Diagnostic, Severity, SourceFile};
use std::{borrow::Cow, ops::Range};

/// So much of a mark is shown; the rest of a longer one is left out.
const MARKED_BYTES_MAX: usize = 16 * 1024;
/// So much is looked at of a line before and behind a mark, to choose from what is shown.
const BESIDE_BYTES_MAX: usize = 1024;

/// Renders diagnostics one after the other. With `colour`, the text holds terminal styles. The
/// line with the mark is shortened to what fits, so that the mark stays below what it marks;
/// sentences are broken on a screen only, so that elsewhere a search finds them.
#[must_use]
pub fn render_diagnostics(diagnostics: &[Diagnostic], colour: bool, view: View) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let blocks: Vec<String> =
        diagnostics.iter().map(|diagnostic| render(&renderer, diagnostic, view)).collect();
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn render(renderer: &Renderer, diagnostic: &Diagnostic, view: View) -> String {
    let (level, word) = match diagnostic.severity {
        Severity::Error => (Level::ERROR, "error"),
        Severity::Warning => (Level::WARNING, "warning"),
    };
    let source = &diagnostic.source;
    let shown = shown(source, &diagnostic.span);
    let text = same_length(source.text.get(shown.clone()).unwrap_or_default());
    let name = neutral_name(&source.name);
    let within = |at: usize| at.saturating_sub(shown.start);
    let marked = clamp(&text, &(within(diagnostic.span.start)..within(diagnostic.span.end)));
    let place = diagnostic.place();
    // The number of the line, a space, a bar, a space.
    let gutter = place.line.to_string().len() + 3;
    let is_whole = shown.start == source.lines_of(&diagnostic.span).start;
    let excerpt = Excerpt::new(&text, marked, view.width().saturating_sub(gutter));
    let label = excerpt.label(&neutral(&diagnostic.label), gutter, view);
    let message = sentence(&diagnostic.message, columns(word) + diagnostic.code.len() + 4, view);
    let help = diagnostic.help.as_deref().map(|help| sentence(help, gutter + 7, view));
    let snippet = Snippet::source(excerpt.text.as_ref())
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(excerpt.marked.clone()).label(label.as_str()));
    let group = Group::with_title(level.primary_title(message.as_str()).id(diagnostic.code));
    let mut group = if is_whole && !excerpt.is_shortened {
        group.element(snippet.path(name.as_ref()))
    } else {
        // The renderer counts columns in what it is given, which is not the whole line.
        let origin = Origin::path(name.as_ref()).line(place.line).char_column(place.column);
        group.element(origin).element(snippet)
    };
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    // What is one line fits already.
    let width = if excerpt.is_one_line() { usize::from(u16::MAX) } else { view.width() };
    let renderer = renderer.clone().term_width(width);
    let lines = renderer.render(&[group]);
    let mut lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    // Where the place is told apart from the lines, the renderer takes these for a second file, and
    // begins it with the sign for one, and no name.
    let is_sign = |line: &&str| strip_str(line).to_string().trim() == ":::";
    if let Some(sign) = lines.iter().position(is_sign) {
        lines.remove(sign);
    }
    lines.join("\n")
}

/// A sentence behind something that takes columns; the renderer puts further lines below its
/// beginning.
fn sentence(text: &str, columns_used: usize, view: View) -> String {
    let text = neutral(text);
    if !view.has_screen() {
        return text.into_owned();
    }
    let room = view.width().saturating_sub(columns_used).max(BROKEN_COLUMNS_MIN);
    let lines = in_columns(&text, room);
    lines.trim_end().to_owned()
}

/// The text with another character of as many bytes in place of each that is harmful, so that
/// places stay what they are. The renderer itself shows those of ASCII.
fn same_length(text: &str) -> Cow<'_, str> {
    // What ends a line on Windows is no part of it.
    if text.contains('\r') {
        let unix = text.replace("\r\n", " \n");
        let unix = unix.strip_suffix('\r').map(|line| format!("{line} ")).unwrap_or(unix);
        return Cow::Owned(same_length_of_lines(&unix).into_owned());
    }
    same_length_of_lines(text)
}

fn same_length_of_lines(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| is_harmful(c) && !c.is_ascii();
    if text.is_ascii() || !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let replacement = |c: char| match c.len_utf8() {
        2 => "\u{b7}",
        3 => "\u{fffd}",
        _ => "\u{fffd}?",
    };
    let mut same = String::with_capacity(text.len());
    for c in text.chars() {
        if harmful(c) {
            same.push_str(replacement(c));
        } else {
            same.push(c);
        }
    }
    Cow::Owned(same)
}

/// What is given to the renderer: the lines of the mark and not the whole file, because there may
/// be as many mistakes as lines; of a very long line what stands beside the mark.
fn shown(source: &SourceFile, span: &Range<usize>) -> Range<usize> {
    let lines = source.lines_of(span);
    let start = span.start.clamp(lines.start, lines.end);
    let end = span.end.clamp(start, lines.end).min(start + MARKED_BYTES_MAX);
    let from = border(&source.text, start.saturating_sub(BESIDE_BYTES_MAX));
    let to = border(&source.text, end + BESIDE_BYTES_MAX);
    from.max(lines.start)..to.min(lines.end)
}

/// The span, moved onto character borders inside the text: the renderer insists on that.
fn clamp(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = border(text, span.start);
    start..border(text, span.end).max(start)
}

/// The last character border at or before a place.
fn border(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_reaches_the_terminal_as_a_command() {
        // CSI of eight bits, a byte order mark, an override, and a tag that nobody sees.
        let text = "a\u{9b}31m\u{feff}\u{202e}\u{e0041}b = \u{1b}[2J";
        let diagnostic = Diagnostic {
            code: "x/y",
            severity: Severity::Error,
            message: "\u{9b}2J is no key".to_owned(),
            source: SourceFile::new("a\u{1b}\nb.toml", text),
            span: text.find('b').map(|at| at..at + 1).unwrap_or_default(),
            label: "\u{1b}]0;here".to_owned(),
            help: Some("\u{2066}try \u{7}".to_owned()),
        };
        let shown = render_diagnostics(&[diagnostic], false, View::default());
        assert!(!shown.contains(is_harmful), "{shown:?}");
        assert!(shown.contains("\\u{9b}2J is no key"), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let column =
            |line: Option<&&str>, c| line.and_then(|line| line.chars().position(|l| l == c));
        let line = lines.iter().find(|line| line.starts_with("1 |"));
        let mark = lines.iter().find(|line| line.contains('^'));
        assert_eq!(column(line, 'b'), column(mark, '^'), "{shown}");
    }

    fn mistake(text: &str, span: Range<usize>) -> Diagnostic {
        Diagnostic {
            code: "x/y",
            severity: Severity::Error,
            message: "wrong".to_owned(),
            source: SourceFile::new("a.toml", text),
            span,
            label: "here".to_owned(),
            help: None,
        }
    }

    #[test]
    fn the_end_of_a_line_of_windows_is_not_shown() {
        let shown =
            render_diagnostics(&[mistake("a = 1\r\nb = 2\r\n", 7..8)], false, View::default());
        assert!(shown.contains("2 | b = 2"), "{shown}");
        assert!(!shown.contains(['\r', '\u{240d}']), "{shown}");
    }

    #[test]
    fn a_mark_far_into_a_long_line_has_the_place_of_the_file() {
        let filler = "é,".repeat(5_000);
        let text = format!("one\n{filler}WRONG{filler}\nthree");
        let start = text.find("WRONG").unwrap_or_default();
        let shown = render_diagnostics(&[mistake(&text, start..start + 5)], false, View::default());
        assert!(shown.contains("--> a.toml:2:10001\n"), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let line = lines.iter().find(|line| line.starts_with("2 |")).expect("the line");
        let mark = lines.iter().find(|line| line.contains("^^^^^ here")).expect("the mark");
        let column = |line: &str, part| line.find(part).map(|at| line[..at].chars().count());
        assert_eq!(column(line, "WRONG"), column(mark, "^^^^^"), "{shown}");
        assert!(shown.len() < 1_000, "{shown}");
    }

    #[test]
    fn a_long_line_is_shown_below_its_place_without_a_sign_for_a_second_file() {
        let text = format!("{}WRONG", "ab, ".repeat(40));
        let shown = render_diagnostics(&[mistake(&text, 160..165)], false, View::default());
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.get(..3), Some(&["error[x/y]: wrong", " --> a.toml:1:161", "  |"][..]));
        assert!(lines.get(3).is_some_and(|line| line.starts_with("1 | ...")), "{shown}");
        let coloured = render_diagnostics(&[mistake(&text, 160..165)], true, View::default());
        assert!(!coloured.contains(":::"), "{coloured}");
    }

    #[test]
    fn marks_anywhere_are_shown_with_their_line() {
        let long = "x".repeat(5_000);
        let text = format!("first\n\n{long}\nlast é\n");
        for start in 0..=text.len() + 1 {
            for end in [start, start + 1, start + 7, text.len(), text.len() + 3] {
                let shown =
                    render_diagnostics(&[mistake(&text, start..end)], false, View::default());
                let place = mistake(&text, start..end).place();
                let at = format!("--> a.toml:{}:{}\n", place.line, place.column);
                assert!(shown.contains(&at), "{start}..{end}: {shown}");
                assert!(shown.contains("here"), "{start}..{end}: {shown}");
                assert!(shown.contains(&format!("\n{} |", place.line)), "{start}..{end}: {shown}");
            }
        }
    }
}
