//! From TOML text to entries, without understanding them.
//!
//! Every entry is read on its own, so that a mistake in one field costs one entry and hides no
//! mistake in another.

use crate::{
    codes,
    mistakes::{Mistakes, Place},
    raw::{
        Entry, Raw, RawArchitecture, RawAssumption, RawComponent, RawDefaults, RawExtension,
        RawFamily, RawFile, RawGroup, RawHead, RawLevel, RawProduct, RawRegistry, RawSource,
        RawSymptom, RawSynthetic, RawUpdate,
    },
};
use patchstate_source::{
    Brackets, Likeness, Problem, ProblemKind, Row, Section, SourceFile, nearest, read_row, recover,
};
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The sections of a catalog.
pub(crate) const SECTIONS: [Section; 16] = [
    many::<RawArchitecture>("architecture"),
    many::<RawAssumption>("assumption"),
    one::<RawHead>("catalog"),
    many::<RawComponent>("component"),
    one::<RawDefaults>("defaults"),
    many::<RawExtension>("extension"),
    many::<RawFamily>("family"),
    many::<RawFile>("file"),
    many::<RawGroup>("group"),
    many::<RawLevel>("level"),
    one::<RawProduct>("product"),
    many::<RawRegistry>("registry"),
    many::<RawSource>("source"),
    many::<RawSymptom>("symptom"),
    one::<RawSynthetic>("synthetic"),
    many::<RawUpdate>("update"),
];

/// Sections whose entries are compared with those of others: where a value of one could not be
/// read, complaints that compare follow from it.
const COMPARED: [&str; 10] = [
    "architecture",
    "component",
    "defaults",
    "family",
    "file",
    "group",
    "level",
    "product",
    "registry",
    "update",
];

/// Sections whose entries nothing refers to.
const NAMELESS: [&str; 5] = ["catalog", "product", "registry", "symptom", "synthetic"];

const fn many<R: Row>(name: &'static str) -> Section {
    Section { name, brackets: Brackets::Double, fields: R::FIELDS }
}

const fn one<R: Row>(name: &'static str) -> Section {
    Section { name, brackets: Brackets::Single, fields: R::FIELDS }
}

/// Reads all files of a catalog.
pub(crate) fn read(sources: &[SourceFile], mistakes: &mut Mistakes<'_>) -> Raw {
    let mut raw = Raw::default();
    for (origin, source) in sources.iter().enumerate() {
        raw.defaults.push(RawDefaults::default());
        let recovered = recover(&source.text);
        for error in recovered.errors {
            let place = Place { origin, span: error.span };
            mistakes.report(codes::SYNTAX, place, error.message);
        }
        // What could not be read may have had any name.
        let is_whole = recovered.blanked.is_empty();
        raw.unreadable |= !is_whole;
        let (table, _) = DeTable::parse_recoverable(&recovered.text);
        let mut reader = Reader { raw: &mut raw, mistakes, origin, is_whole };
        for (key, value) in table.into_inner() {
            reader.section(key.get_ref(), key.span(), value);
        }
    }
    raw
}

/// How much a table looks like a part of a catalog.
#[must_use]
pub fn catalog_likeness(table: &DeTable<'_>) -> Likeness {
    Likeness::of_all_sections(table, &SECTIONS)
}

/// Reads the sections of one file.
struct Reader<'r, 'm, 's> {
    raw: &'r mut Raw,
    mistakes: &'m mut Mistakes<'s>,
    origin: usize,
    /// Whether the file has no mistake of syntax, so that what is missing was never there.
    is_whole: bool,
}

impl Reader<'_, '_, '_> {
    fn section(&mut self, name: &str, span: Range<usize>, value: Spanned<DeValue<'_>>) {
        match name {
            "architecture" => self.many(name, value, |raw| &mut raw.architectures),
            "assumption" => self.many(name, value, |raw| &mut raw.assumptions),
            "catalog" => self.one(name, value, |raw| &mut raw.heads),
            "component" => self.many(name, value, |raw| &mut raw.components),
            "defaults" => self.defaults(name, value),
            "extension" => self.many(name, value, |raw| &mut raw.extensions),
            "family" => self.many(name, value, |raw| &mut raw.families),
            "file" => self.many(name, value, |raw| &mut raw.files),
            "group" => self.many(name, value, |raw| &mut raw.groups),
            "level" => self.many(name, value, |raw| &mut raw.levels),
            "product" => self.one(name, value, |raw| &mut raw.products),
            "registry" => self.many(name, value, |raw| &mut raw.registry),
            "source" => self.many(name, value, |raw| &mut raw.sources),
            "symptom" => self.many(name, value, |raw| &mut raw.symptoms),
            "synthetic" => self.one(name, value, |raw| &mut raw.synthetic),
            "update" => self.many(name, value, |raw| &mut raw.updates),
            _ => {
                let place = Place { origin: self.origin, span: span.clone() };
                let sections = SECTIONS.iter().map(|section| section.name);
                let code = codes::UNKNOWN_SECTION;
                self.mistakes.report_unknown(code, place, "section", name, sections.clone());
                match nearest(name, sections) {
                    // Read as the one that was meant.
                    Some(meant) => self.section(meant, span, value),
                    None => self.raw.has_unknown_section = true,
                }
            }
        }
    }

    /// A section that stands in double brackets, once for each entry.
    fn many<T: Row>(
        &mut self,
        name: &str,
        value: Spanned<DeValue<'_>>,
        list: fn(&mut Raw) -> &mut Vec<Entry<T>>,
    ) {
        let span = value.span();
        let DeValue::Array(elements) = value.into_inner() else {
            return self.wrong_section(span, format!("write `[[{name}]]`, once for each"));
        };
        for element in elements {
            if !element.get_ref().is_table() {
                self.wrong_section(element.span(), format!("write `[[{name}]]`, once for each"));
            } else if let Some(entry) = self.entry(name, element) {
                list(self.raw).push(entry);
            }
        }
    }

    /// A section that stands in single brackets.
    fn one<T: Row>(
        &mut self,
        name: &str,
        value: Spanned<DeValue<'_>>,
        list: fn(&mut Raw) -> &mut Vec<Entry<T>>,
    ) {
        if !value.get_ref().is_table() {
            return self.wrong_section(value.span(), format!("write `[{name}]`"));
        }
        if let Some(entry) = self.entry(name, value) {
            list(self.raw).push(entry);
        }
    }

    fn defaults(&mut self, name: &str, value: Spanned<DeValue<'_>>) {
        if !value.get_ref().is_table() {
            return self.wrong_section(value.span(), format!("write `[{name}]`"));
        }
        if let Some(entry) = self.entry(name, value)
            && let Some(defaults) = self.raw.defaults.last_mut()
        {
            *defaults = entry.value;
        }
    }

    /// An entry as far as it can be read: placeholders stand where a mistake was reported, so that
    /// the rest is looked at too.
    fn entry<T: Row>(&mut self, section: &str, value: Spanned<DeValue<'_>>) -> Option<Entry<T>> {
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else { return None };
        let name = ["id", "path"].iter().find(|name| T::FIELDS.contains(name));
        let is_named = name.is_none_or(|name| {
            table.iter().any(|(key, value)| {
                let meant = nearest(key.get_ref(), T::FIELDS.iter().copied());
                meant == Some(name) && value.get_ref().is_str()
            })
        });
        // An entry without a name could have had any.
        self.raw.unreadable |= !is_named && !NAMELESS.contains(&section);
        let mut problems = Vec::new();
        let value = read_row(table, span.clone(), &mut problems);
        for problem in problems {
            self.problem(section, problem);
        }
        Some(Entry { origin: self.origin, span, value })
    }

    fn problem(&mut self, section: &str, problem: Problem) {
        let place = Place { origin: self.origin, span: problem.span };
        let code = match problem.kind {
            ProblemKind::UnknownField => codes::UNKNOWN_FIELD,
            // It may have stood in a line that is no TOML.
            ProblemKind::MissingField if !self.is_whole => return,
            ProblemKind::MissingField => codes::MISSING_FIELD,
            ProblemKind::WrongType => codes::WRONG_TYPE,
        };
        let has_placeholder = problem.kind != ProblemKind::UnknownField;
        self.mistakes.report_with(code, place.clone(), problem.message, problem.help);
        if has_placeholder {
            self.mistakes.set_placeholder(&place, COMPARED.contains(&section));
        }
    }

    fn wrong_section(&mut self, span: Range<usize>, help: String) {
        // Nobody knows which names it was to bring.
        self.raw.unreadable = true;
        let place = Place { origin: self.origin, span };
        let message = "the section has the wrong shape";
        self.mistakes.report_with(codes::WRONG_SECTION, place, message, Some(help));
    }
}
