//! Documents: from XML to numbered tables, once.
//!
//! **Owns** reading one document or many files with one element each, and what is wrong with the
//! whole: references that lead nowhere or in a circle. **Must never know** a host.
//!
//! **Start reading** at [`OvalDocument::read`].

use super::{
    codes,
    content::Content,
    definitions,
    model::{Compiled, CriteriaKind, Fault, OvalClass, Reference, Usable},
    objects,
    options::{MissingReferences, OvalOptions},
    outcome::OvalOutcome,
    parse,
    rule::OvalRule,
    xml::{Element, Kind, Reader},
};
use crate::Subject;
use patchstate_source::{Diagnostic, Severity, SourceFile, quoted};
use std::{collections::BTreeSet, ops::Range, sync::Arc};

/// A document of definitions, ready to be evaluated. Copies share what was read.
#[derive(Clone, Debug)]
pub struct OvalDocument {
    pub(super) content: Arc<Content>,
}

/// One definition of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OvalDefinition<'a> {
    /// Its id, for example `oval:org.example:def:1`.
    pub id: &'a str,
    /// Its title; the id where it has none.
    pub title: &'a str,
    /// What it is about.
    pub class: OvalClass,
    /// Whether another definition of the document extends it.
    pub is_extended: bool,
    /// The reference below it that leads nowhere or in a circle, so that it cannot be evaluated;
    /// a clause without a full stop.
    pub incomplete: Option<&'a str>,
    /// The file that it stands in.
    pub source: &'a SourceFile,
    /// Its place in that file, in bytes.
    pub span: Range<usize>,
}

impl OvalDocument {
    /// Reads an `oval_definitions` document. With a document, all diagnostics are warnings, but
    /// for those of [references](Self::is_about_reference): the definitions that need these are
    /// [incomplete](OvalDefinition::incomplete), and the others are not.
    #[must_use]
    pub fn read(source: SourceFile) -> (Option<Self>, Vec<Diagnostic>) {
        read_all(&[source], Extent::Document)
    }

    /// Puts a document together from files with one element each (a definition, test, object,
    /// state or variable) or whole documents. Every definition is read, and of the other elements
    /// those that are referred to. Files in another namespace are left out. Besides what
    /// [`read`](Self::read) says, each incomplete definition is named in a warning.
    #[must_use]
    pub fn assemble(sources: &[SourceFile]) -> (Option<Self>, Vec<Diagnostic>) {
        read_all(sources, Extent::Fragments)
    }

    /// Whether a diagnostic is about a reference that leads nowhere or in a circle.
    #[must_use]
    pub fn is_about_reference(diagnostic: &Diagnostic) -> bool {
        [codes::MISSING_REFERENCE, codes::CIRCLE].iter().any(|code| code.name == diagnostic.code)
    }

    /// Its definitions, in the order of the text.
    pub fn definitions(&self) -> impl Iterator<Item = OvalDefinition<'_>> {
        let content = &self.content;
        content.compiled.definitions.iter().enumerate().map(|(number, found)| OvalDefinition {
            id: &found.id,
            title: &found.title,
            class: found.class,
            is_extended: content.extended.contains(&number),
            incomplete: content.dangling.get(number).and_then(Option::as_deref),
            source: &found.source,
            span: found.span.clone(),
        })
    }

    /// Evaluates a definition on a host. A definition that the document does not have is an
    /// error, as is one that needs something which the document does not have.
    #[must_use]
    pub fn evaluate(&self, id: &str, subject: &Subject<'_>) -> OvalOutcome {
        self.evaluate_with(id, subject, MissingReferences::default())
    }

    /// As [`evaluate`](Self::evaluate), with a choice of what a missing reference means.
    #[must_use]
    pub fn evaluate_with(
        &self,
        id: &str,
        subject: &Subject<'_>,
        missing: MissingReferences,
    ) -> OvalOutcome {
        match self.content.numbers.get(id) {
            Some(number) => self.content.evaluate(*number, subject, missing),
            None => OvalOutcome::error(format!("there is no definition {id}")),
        }
    }

    /// The definition with this id as a rule; `None` where there is none.
    #[must_use]
    pub fn rule(&self, id: &str, options: &OvalOptions) -> Option<OvalRule> {
        let number = self.content.numbers.get(id)?;
        OvalRule::new(&self.content, *number, options)
    }

    /// The definitions that are the point of the document, as rules: those that no other one
    /// extends, and of these those that are not of the class *inventory*, if there are any. An
    /// inventory definition is nearly always there to be extended.
    #[must_use]
    pub fn rules(&self, options: &OvalOptions) -> Vec<OvalRule> {
        let definitions = &self.content.compiled.definitions;
        let tops = definitions.iter().enumerate();
        let tops = tops.filter(|(number, _)| !self.content.extended.contains(number));
        let (inventory, others): (Vec<_>, Vec<_>) =
            tops.partition(|(_, definition)| definition.class == OvalClass::Inventory);
        let chosen = if others.is_empty() { inventory } else { others };
        chosen
            .into_iter()
            .filter_map(|(number, _)| OvalRule::new(&self.content, number, options))
            .collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// One document: all of it is read.
    Document,
    /// Files: what definitions need is read.
    Fragments,
}

fn read_all(sources: &[SourceFile], extent: Extent) -> (Option<OvalDocument>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut documents = Vec::new();
    for source in sources {
        match parse::tree(source) {
            Ok(document) => documents.push((source, document)),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    let mut reader = Reader::new(diagnostics);
    for (source, document) in &documents {
        add(&mut reader, Element { node: document.root_element(), source }, extent);
    }
    let mut compiled = compile(&mut reader, extent);
    let order = break_circles(&mut compiled, &mut reader);
    let mut diagnostics = reader.diagnostics;
    let first = sources.first().filter(|_| diagnostics.is_empty() || extent == Extent::Fragments);
    if let (true, Some(source)) = (compiled.definitions.is_empty(), first) {
        diagnostics.push(Diagnostic {
            severity: Severity::Error,
            code: codes::NO_DEFINITION.name,
            message: "there is no definition".to_owned(),
            source: source.clone(),
            span: 0..0,
            label: "no definition".to_owned(),
            help: Some("expected an element `definition`".to_owned()),
        });
    }
    let is_harmless = |found: &Diagnostic| {
        found.severity == Severity::Warning || OvalDocument::is_about_reference(found)
    };
    let is_usable = diagnostics.iter().all(is_harmless) && !compiled.definitions.is_empty();
    if !is_usable {
        return (None, diagnostics);
    }
    let document = OvalDocument { content: Arc::new(Content::new(compiled, &order)) };
    if extent == Extent::Fragments {
        tell_of_fragments(&document, &mut diagnostics);
    }
    (Some(document), diagnostics)
}

/// Of fragments, what is missing may be in a folder that was not named, and each definition that
/// needs it is named.
fn tell_of_fragments(document: &OvalDocument, diagnostics: &mut Vec<Diagnostic>) {
    for found in diagnostics.iter_mut().filter(|found| found.code == codes::MISSING_REFERENCE.name)
    {
        let help = "name the folder that holds it as well; see `oval/incomplete` for what needs it";
        found.help = Some(help.to_owned());
    }
    diagnostics.extend(document.definitions().filter_map(|definition| {
        let reason = definition.incomplete?;
        let start = definition.span.start;
        let tag = definition.source.text.get(start..).unwrap_or_default();
        let length = tag.find(|c: char| c.is_whitespace() || c == '>').unwrap_or_default();
        Some(Diagnostic {
            severity: Severity::Warning,
            code: codes::INCOMPLETE.name,
            message: format!("`{}` cannot be evaluated: {reason}", quoted(definition.id)),
            source: definition.source.clone(),
            span: start..start + length,
            label: "left out".to_owned(),
            help: None,
        })
    }));
}

fn add<'a>(reader: &mut Reader<'a>, root: Element<'a>, extent: Extent) {
    if root.platform() == Some("") && root.name() == "oval_definitions" {
        for section in root.children() {
            if let Some(kind) = Kind::of_section(section.name()) {
                section.children().for_each(|element| reader.add(kind, element));
            }
        }
    } else if extent == Extent::Fragments {
        if let Some(kind) = Kind::of(root) {
            reader.add(kind, root);
        }
    } else {
        let message = format!(
            "`{}` is not `oval_definitions` in the namespace {}",
            root.name(),
            super::xml::CORE
        );
        reader.error(codes::NOT_OVAL, root, message);
    }
}

fn compile(reader: &mut Reader<'_>, extent: Extent) -> Compiled {
    for kind in Kind::ALL {
        if kind == Kind::Definition || extent == Extent::Document {
            (0..reader.count(kind)).for_each(|number| reader.queue(kind, number));
        }
    }
    let mut compiled = Compiled {
        definitions: Vec::new(),
        tests: unread(reader.count(Kind::Test)),
        objects: unread(reader.count(Kind::Object)),
        states: unread(reader.count(Kind::State)),
        variables: unread(reader.count(Kind::Variable)),
        known: Vec::new(),
    };
    while let Some((kind, number)) = reader.next_queued() {
        let Some(element) = reader.element(kind, number) else { continue };
        match kind {
            // All are queued before anything else, in order.
            Kind::Definition => {
                compiled.definitions.push(definitions::definition(reader, element));
            }
            Kind::Test => put(&mut compiled.tests, number, definitions::test(reader, element)),
            Kind::Object => put(&mut compiled.objects, number, objects::object(reader, element)),
            Kind::State => put(&mut compiled.states, number, objects::state(reader, element)),
            Kind::Variable => {
                put(&mut compiled.variables, number, objects::variable(reader, element));
            }
        }
    }
    compiled
}

fn unread<T>(count: usize) -> Vec<Usable<T>> {
    (0..count).map(|_| Err(Fault::new("nothing refers to it"))).collect()
}

fn put<T>(place: &mut [Usable<T>], number: usize, value: Usable<T>) {
    if let Some(place) = place.get_mut(number) {
        *place = value;
    }
}

/// Replaces each reference that closes a circle by what is wrong with it. Gives all elements, what
/// is referred to before what refers.
fn break_circles(compiled: &mut Compiled, reader: &mut Reader<'_>) -> Vec<Reference> {
    let (circles, order) = circles(compiled);
    // Once each, however often the reference stands there.
    for (from, to) in circles.into_iter().collect::<BTreeSet<_>>() {
        let kind = match from {
            Reference::Definition(number) => (Kind::Definition, number),
            Reference::Object(number) => (Kind::Object, number),
            Reference::Variable(number) => (Kind::Variable, number),
            Reference::State(number) => (Kind::State, number),
            // Nothing refers to a test but definitions.
            Reference::Test(_) => continue,
        };
        let Some(element) = reader.element(kind.0, kind.1) else { continue };
        let message = format!("`{}` refers to itself in a circle", element.id());
        let fault = Fault::reference(message.as_str());
        reader.error(codes::CIRCLE, element, message);
        match (from, to) {
            (Reference::Definition(from), Reference::Definition(to)) => {
                let definition = compiled.definitions.get_mut(from);
                if let Some(criteria) = definition.and_then(|found| found.criteria.as_mut()) {
                    criteria.break_extension(to, &fault);
                }
            }
            (Reference::Object(from), _) => put(&mut compiled.objects, from, Err(fault)),
            (Reference::State(from), _) => put(&mut compiled.states, from, Err(fault)),
            (Reference::Variable(from), _) => put(&mut compiled.variables, from, Err(fault)),
            _ => {}
        }
    }
    order
}

impl super::model::Criteria {
    fn break_extension(&mut self, to: usize, fault: &Fault) {
        match &mut self.kind {
            CriteriaKind::Group { parts, .. } => {
                for part in parts {
                    part.break_extension(to, fault);
                }
            }
            CriteriaKind::Extend(extended) if extended.as_ref().is_ok_and(|found| *found == to) => {
                *extended = Err(fault.clone());
            }
            _ => {}
        }
    }
}

/// The references that lead back to an element on the way to them, depth first; and all elements
/// in the order in which they were left.
fn circles(compiled: &Compiled) -> (Vec<(Reference, Reference)>, Vec<Reference>) {
    let follow = |from| compiled.references(from).into_iter().flatten().collect::<Vec<_>>();
    let (mut found, mut order) = (Vec::new(), Vec::new());
    let mut done = BTreeSet::new();
    let roots = (0..compiled.definitions.len()).map(Reference::Definition);
    let roots = roots.chain((0..compiled.tests.len()).map(Reference::Test));
    let roots = roots.chain((0..compiled.variables.len()).map(Reference::Variable));
    for root in roots.chain((0..compiled.objects.len()).map(Reference::Object)) {
        if done.contains(&root) {
            continue;
        }
        let mut open = BTreeSet::from([root]);
        let mut way = vec![(root, follow(root).into_iter())];
        while let Some((here, rest)) = way.last_mut() {
            let here = *here;
            match rest.next() {
                Some(next) if open.contains(&next) => found.push((here, next)),
                Some(next) if done.contains(&next) => {}
                Some(next) => {
                    open.insert(next);
                    way.push((next, follow(next).into_iter()));
                }
                None => {
                    open.remove(&here);
                    done.insert(here);
                    order.push(here);
                    way.pop();
                }
            }
        }
    }
    (found, order)
}
