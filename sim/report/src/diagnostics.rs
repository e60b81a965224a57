//! Diagnostics as a person reads them: the line, the mark, what was expected.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use patchstate_terms::{Diagnostic, Severity};

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
    let span = clamp(&source.text, &diagnostic.span);
    let snippet = Snippet::source(source.text.as_ref())
        .path(source.name.as_ref())
        .annotation(AnnotationKind::Primary.span(span).label(diagnostic.label.as_str()));
    let mut group =
        Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code))
            .element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
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
