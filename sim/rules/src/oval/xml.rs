//! Elements of an XML file, and diagnostics about them.
//!
//! **Owns** finding elements by id in one or many files, reading attributes as the words that they
//! must be, and saying where something is wrong. **Must never know** what an element means: that
//! is for the modules that compile one kind of element each.
//!
//! **Start reading** at [`Reader`].

use super::{
    codes,
    model::{Fault, Usable},
};
use patchstate_source::{Diagnostic, MistakeCode, Severity, SourceFile, quoted, suggestion};
use roxmltree::Node;
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    ops::Range,
};

/// The namespace of the core of the language; those of platforms append `#windows` and so on.
pub(super) const CORE: &str = "http://oval.mitre.org/XMLSchema/oval-definitions-5";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The kinds of elements that are referred to by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Definition,
    Test,
    Object,
    State,
    Variable,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Definition, Self::Test, Self::Object, Self::State, Self::Variable];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Test => "test",
            Self::Object => "object",
            Self::State => "state",
            Self::Variable => "variable",
        }
    }

    /// The kind of an element by its name, for elements that stand alone in a file.
    pub(super) fn of(element: Element<'_>) -> Option<Self> {
        let name = element.name();
        match element.platform()? {
            "" if name == "definition" => Some(Self::Definition),
            "" if name.ends_with("_variable") => Some(Self::Variable),
            _ if name.ends_with("_test") => Some(Self::Test),
            _ if name.ends_with("_object") => Some(Self::Object),
            _ if name.ends_with("_state") => Some(Self::State),
            _ => None,
        }
    }

    /// The kind of the elements in a section of a document.
    pub(super) fn of_section(name: &str) -> Option<Self> {
        Some(match name {
            "definitions" => Self::Definition,
            "tests" => Self::Test,
            "objects" => Self::Object,
            "states" => Self::State,
            "variables" => Self::Variable,
            _ => return None,
        })
    }
}

/// One element, and the file that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) node: Node<'a, 'a>,
    pub(super) source: &'a SourceFile,
}

impl<'a> Element<'a> {
    pub(super) fn name(self) -> &'a str {
        self.node.tag_name().name()
    }

    /// `windows`, `independent` and so on; empty for the core; `None` outside of the language.
    pub(super) fn platform(self) -> Option<&'a str> {
        let rest = self.node.tag_name().namespace()?.strip_prefix(CORE)?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('#') }
    }

    pub(super) fn span(self) -> Range<usize> {
        self.node.range()
    }

    pub(super) fn attribute(self, name: &str) -> Option<&'a str> {
        self.node.attribute(name)
    }

    /// The id, or the name of an element without one.
    pub(super) fn id(self) -> &'a str {
        self.attribute("id").unwrap_or_else(|| self.name())
    }

    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        let source = self.source;
        self.node.children().filter(Node::is_element).map(move |node| Self { node, source })
    }

    pub(super) fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// The text directly inside, as written.
    pub(super) fn text(self) -> String {
        self.node.children().filter(Node::is_text).filter_map(|node| node.text()).collect()
    }

    /// Whether it is marked as having no content at all.
    pub(super) fn is_nil(self) -> bool {
        matches!(self.node.attribute((INSTANCE, "nil")), Some("true" | "1"))
    }

    /// The start tag, or what of it is in its first line: enough to show the place.
    fn tag_span(self) -> Range<usize> {
        let span = self.span();
        let text = self.source.text.get(span.clone()).unwrap_or_default();
        let length = text.find(['>', '\n']).map_or(text.len(), |at| at + 1);
        span.start..span.start + length
    }

    fn attribute_span(self, name: &str) -> Range<usize> {
        self.node.attribute_node(name).map_or_else(|| self.tag_span(), |found| found.range_value())
    }
}

/// All elements of one kind.
#[derive(Debug, Default)]
struct Section<'a> {
    elements: Vec<Element<'a>>,
    numbers: BTreeMap<&'a str, usize>,
    is_queued: Vec<bool>,
}

/// Elements by id, what is still to be compiled, and what was found wrong.
#[derive(Debug, Default)]
pub(super) struct Reader<'a> {
    sections: [Section<'a>; 5],
    queue: VecDeque<(Kind, usize)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader without elements, with what was found wrong so far.
    pub(super) fn new(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..Self::default() }
    }

    fn section(&mut self, kind: Kind) -> &mut Section<'a> {
        let [definitions, tests, objects, states, variables] = &mut self.sections;
        match kind {
            Kind::Definition => definitions,
            Kind::Test => tests,
            Kind::Object => objects,
            Kind::State => states,
            Kind::Variable => variables,
        }
    }

    /// Adds an element that can be referred to.
    pub(super) fn add(&mut self, kind: Kind, element: Element<'a>) {
        let Some(id) = element.attribute("id") else {
            self.missing_attribute(element, "id");
            return;
        };
        let section = self.section(kind);
        let number = section.elements.len();
        if section.numbers.contains_key(id) {
            let span = element.attribute_span("id");
            let message = format!("the {} `{id}` is there twice", kind.as_str());
            let diagnostic = diagnostic(Severity::Error, codes::DUPLICATE_ID, element, message);
            self.diagnostics.push(Diagnostic { span, label: "the second".into(), ..diagnostic });
            return;
        }
        section.numbers.insert(id, number);
        section.elements.push(element);
        section.is_queued.push(false);
    }

    pub(super) fn count(&mut self, kind: Kind) -> usize {
        self.section(kind).elements.len()
    }

    /// The element with a number.
    pub(super) fn element(&mut self, kind: Kind, number: usize) -> Option<Element<'a>> {
        self.section(kind).elements.get(number).copied()
    }

    /// Sees to it that an element will be compiled.
    pub(super) fn queue(&mut self, kind: Kind, number: usize) {
        if let Some(is_queued) = self.section(kind).is_queued.get_mut(number)
            && !std::mem::replace(is_queued, true)
        {
            self.queue.push_back((kind, number));
        }
    }

    /// The next element to be compiled.
    pub(super) fn next_queued(&mut self) -> Option<(Kind, usize)> {
        self.queue.pop_front()
    }

    /// The number of the element that an attribute refers to.
    pub(super) fn refer(
        &mut self,
        kind: Kind,
        element: Element<'a>,
        attribute: &str,
    ) -> Usable<usize> {
        let Some(id) = element.attribute(attribute) else {
            self.missing_attribute(element, attribute);
            return Err(Fault::new(format!("{} has no {attribute}", element.id())));
        };
        self.number_of(kind, element, id, element.attribute_span(attribute))
    }

    /// The number of the element that the text of an element refers to.
    pub(super) fn refer_by_text(&mut self, kind: Kind, element: Element<'a>) -> Usable<usize> {
        self.number_of(kind, element, element.text().trim(), element.tag_span())
    }

    fn number_of(
        &mut self,
        kind: Kind,
        element: Element<'a>,
        id: &str,
        span: Range<usize>,
    ) -> Usable<usize> {
        if let Some(number) = self.section(kind).numbers.get(id).copied() {
            self.queue(kind, number);
            return Ok(number);
        }
        let message =
            format!("the {} `{}` is referred to and is not there", kind.as_str(), quoted(id));
        let fault = Fault::reference(message.as_str());
        self.diagnostics.push(Diagnostic {
            span,
            label: "not there".to_owned(),
            help: Some(format!(
                "no definition that needs this {} can be evaluated: add it, or name others by \
                 `FILE#ID`",
                kind.as_str()
            )),
            ..diagnostic(Severity::Error, codes::MISSING_REFERENCE, element, message)
        });
        Err(fault)
    }

    /// The value of an attribute that must be one of some words; the default where it is absent
    /// or wrong.
    pub(super) fn word<T: Copy + Default>(
        &mut self,
        element: Element<'a>,
        attribute: &str,
        words: &[(&'static str, T)],
    ) -> T {
        let Some(text) = element.attribute(attribute) else { return T::default() };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let names = words.iter().map(|(word, _)| *word);
        let help = suggestion(text, names);
        let message = format!("`{text}` is no value of the attribute `{attribute}`");
        self.diagnostics.push(Diagnostic {
            span: element.attribute_span(attribute),
            label: "not a value".to_owned(),
            help,
            ..diagnostic(Severity::Error, codes::BAD_VALUE, element, message)
        });
        T::default()
    }

    /// As [`word`](Self::word), for an attribute that must be there.
    pub(super) fn required_word<T: Copy + Default>(
        &mut self,
        element: Element<'a>,
        attribute: &str,
        words: &[(&'static str, T)],
    ) -> T {
        if element.attribute(attribute).is_none() {
            self.missing_attribute(element, attribute);
        }
        self.word(element, attribute, words)
    }

    pub(super) fn flag(&mut self, element: Element<'a>, attribute: &str) -> bool {
        self.word(
            element,
            attribute,
            &[("true", true), ("false", false), ("1", true), ("0", false)],
        )
    }

    pub(super) fn missing_attribute(&mut self, element: Element<'a>, attribute: &str) {
        let message = format!("`{}` has no attribute `{attribute}`", element.name());
        self.error(codes::MISSING_ATTRIBUTE, element, message);
    }

    /// Notes a mistake; the document cannot be used.
    pub(super) fn error(
        &mut self,
        code: MistakeCode,
        element: Element<'a>,
        message: impl fmt::Display,
    ) -> Fault {
        self.diagnostics.push(diagnostic(Severity::Error, code, element, message.to_string()));
        Fault::new(format!("{}: {message}", element.id()))
    }

    /// Notes something that is right but not supported; `owner` is the element with the id.
    pub(super) fn unsupported(
        &mut self,
        owner: Element<'a>,
        element: Element<'a>,
        message: impl fmt::Display,
    ) -> Fault {
        let diagnostic =
            diagnostic(Severity::Warning, codes::UNSUPPORTED, element, message.to_string());
        let help = format!(
            "whatever needs {} is an error, so that rules with it are inconclusive; a rule file \
             can often say the same",
            quoted(owner.id())
        );
        self.diagnostics.push(Diagnostic { help: Some(help), ..diagnostic });
        Fault::new(format!("{}: {message}", quoted(owner.id())))
    }

    /// Notes something that works, and should not be written so.
    pub(super) fn warn(&mut self, code: MistakeCode, element: Element<'a>, message: String) {
        self.diagnostics.push(diagnostic(Severity::Warning, code, element, message));
    }
}

fn diagnostic(
    severity: Severity,
    code: MistakeCode,
    element: Element<'_>,
    message: String,
) -> Diagnostic {
    Diagnostic {
        severity,
        code: code.name,
        message,
        source: element.source.clone(),
        span: element.tag_span(),
        label: "here".to_owned(),
        help: None,
    }
}
