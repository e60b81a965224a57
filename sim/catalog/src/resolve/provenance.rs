//! Where facts come from: what an entry does not say itself it inherits.

use super::Resolver;
use crate::{
    codes,
    mistakes::Place,
    model::{Confidence, Provenance, Source},
    raw::{Entry, Given, Sourced},
};
use patchstate_source::quoted;

const CONFIDENCES: [Confidence; 3] =
    [Confidence::Documented, Confidence::Inferred, Confidence::Assumed];

impl Resolver<'_, '_, '_> {
    /// Provenance of an entry.
    pub(super) fn entry_provenance<T: Sourced>(&mut self, entry: &Entry<T>) -> Provenance {
        let place = Place { origin: entry.origin, span: entry.span.clone() };
        self.provenance(&place, &[entry.value.given()])
    }

    /// Provenance of a fact that says of itself what the first element holds, and inherits from
    /// those after it, then from the defaults of its file.
    ///
    /// An assumption belongs to the confidence that it stands beside: who states a confidence
    /// inherits no assumption from further out.
    pub(super) fn provenance(&mut self, place: &Place, chain: &[Given<'_>]) -> Provenance {
        let raw = self.raw;
        let defaults = raw.defaults.get(place.origin).map(Sourced::given);
        let chain = || chain.iter().copied().chain(defaults);
        let source = chain().find_map(|given| given.source);
        let confidence = chain().find_map(|given| given.confidence);
        let near = chain().position(|given| given.confidence.is_some()).unwrap_or(usize::MAX);
        let assumption = chain().take(near.saturating_add(1)).find_map(|given| given.assumption);
        let (Some(source), Some(confidence)) = (source, confidence) else {
            let missing = if source.is_none() { "source" } else { "confidence" };
            let message = format!("the fact has no {missing}");
            let help = "give it here or in `[defaults]`".to_owned();
            self.mistakes.report_with(
                codes::MISSING_PROVENANCE,
                place.clone(),
                message,
                Some(help),
            );
            return nothing_known();
        };
        let words = CONFIDENCES.map(|confidence| (confidence.as_str(), confidence));
        let known = self.word(place.origin, confidence, "confidence", &words);
        self.source(place.origin, source);
        if let Some(assumption) = assumption {
            self.assumption(place.origin, assumption);
        } else if known == Some(Confidence::Assumed) {
            let message = "the fact is assumed and names no assumption";
            let help = "write `assumption = \"A1\"`, or whichever it is an instance of".to_owned();
            self.mistakes.report_with(
                codes::ASSUMED_WITHOUT_ASSUMPTION,
                place.clone(),
                message,
                Some(help),
            );
        }
        Provenance {
            source: source.get_ref().clone(),
            confidence: known.unwrap_or(Confidence::Assumed),
            assumption: assumption.map(|assumption| assumption.get_ref().clone()),
        }
    }

    fn source(&mut self, origin: usize, source: &crate::raw::Text) {
        let name = source.get_ref();
        if self.names.sources.contains_key(name) {
            self.used_sources.insert(name.clone());
        } else {
            let known = self.names.sources.keys().map(String::as_str);
            let place = Self::place(origin, source);
            self.mistakes.report_unknown(codes::UNKNOWN_SOURCE, place, "source", name, known);
        }
    }

    fn assumption(&mut self, origin: usize, assumption: &crate::raw::Text) {
        let name = assumption.get_ref();
        if !self.names.assumptions.contains_key(name) {
            let known = self.names.assumptions.keys().map(String::as_str);
            let place = Self::place(origin, assumption);
            let code = codes::UNKNOWN_ASSUMPTION;
            self.mistakes.report_unknown(code, place, "assumption", name, known);
        }
    }

    /// The sources themselves.
    pub(super) fn sources(&mut self) -> Vec<Source> {
        let raw = self.raw;
        let mut sources = Vec::new();
        for entry in &raw.sources {
            let id = self.id(entry.origin, &entry.value.id, "source", |c| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
            });
            let title = self.text(entry.origin, &entry.value.title);
            sources.push(Source { id, title });
        }
        sources
    }

    /// Sources that no fact names.
    pub(super) fn unused_sources(&mut self) {
        // What stands in a section that nobody knows may name any.
        if self.raw.has_unknown_section {
            return;
        }
        for entry in &self.raw.sources {
            let id = entry.value.id.get_ref();
            if !self.used_sources.contains(id) {
                let place = Self::place(entry.origin, &entry.value.id);
                let message = format!("no fact comes from the source `{}`", quoted(id));
                self.mistakes.warn(codes::UNUSED_SOURCE, place, message);
            }
        }
    }
}

/// Stands in for a provenance that is missing, in a catalog that is not handed out.
fn nothing_known() -> Provenance {
    Provenance { source: String::new(), confidence: Confidence::Assumed, assumption: None }
}
