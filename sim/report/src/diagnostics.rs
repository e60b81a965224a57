//! Diagnostics as a person reads them: the line, the mark, what was expected.

use crate::text::{is_harmful, neutral, neutral_name};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use patchstate_terms::{Diagnostic, Severity};
use std::borrow::Cow;

/// Renders diagnostics one after the other. With `colour`, the text holds terminal styles.
#[must_use]
pub fn render_diagnostics(diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let blocks: Vec<String> =
        diagnostics.iter().map(|diagnostic| render(&renderer, diagnostic)).collect();
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

fn render(renderer: &Renderer, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let source = &diagnostic.source;
    let (name, text) = (neutral_name(&source.name), same_length(&source.text));
    let (message, label) = (neutral(&diagnostic.message), neutral(&diagnostic.label));
    let help = diagnostic.help.as_deref().map(neutral);
    let snippet = Snippet::source(text.as_ref()).path(name.as_ref()).annotation(
        AnnotationKind::Primary.span(clamp(&text, &diagnostic.span)).label(label.as_ref()),
    );
    let mut group = Group::with_title(level.primary_title(message.as_ref()).id(diagnostic.code))
        .element(snippet);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_ref()));
    }
    renderer.render(&[group])
}

/// The text with another character of as many bytes in place of each that is harmful, so that
/// places stay what they are. The renderer itself shows those of ASCII.
fn same_length(text: &str) -> Cow<'_, str> {
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

/// The span, moved onto character borders inside the text: the renderer insists on that.
fn clamp(text: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(span.start);
    start..border(span.end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchstate_terms::SourceFile;

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
        let shown = render_diagnostics(&[diagnostic], false);
        assert!(!shown.contains(is_harmful), "{shown:?}");
        assert!(shown.contains("\\u{9b}2J is no key"), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let column =
            |line: Option<&&str>, c| line.and_then(|line| line.chars().position(|l| l == c));
        let line = lines.iter().find(|line| line.starts_with("1 |"));
        let mark = lines.iter().find(|line| line.contains('^'));
        assert_eq!(column(line, 'b'), column(mark, '^'), "{shown}");
    }
}
