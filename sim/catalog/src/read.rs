//! From TOML text to entries, without understanding them.
//!
//! Every entry is read on its own, so that a mistake in one field costs one entry and hides no
//! mistake in another.

use crate::{
    codes,
    mistakes::{Mistakes, Place},
    raw::{Entry, Raw, RawDefaults},
};
use patchstate_terms::SourceFile;
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error, ValueDeserializer},
};

/// The sections of a catalog.
pub(crate) const SECTIONS: [&str; 15] = [
    "architecture",
    "assumption",
    "catalog",
    "component",
    "defaults",
    "extension",
    "family",
    "file",
    "group",
    "level",
    "registry",
    "source",
    "symptom",
    "synthetic",
    "update",
];

/// Reads all files of a catalog.
pub(crate) fn read(sources: &[SourceFile], mistakes: &mut Mistakes<'_>) -> Raw {
    let mut raw = Raw::default();
    for (origin, source) in sources.iter().enumerate() {
        raw.defaults.push(RawDefaults::default());
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        raw.unreadable |= !errors.is_empty();
        syntax(source, origin, &errors, mistakes);
        // What a parser recovers after a syntax error is no ground for further complaints.
        if errors.is_empty() {
            let mut reader = Reader { raw: &mut raw, mistakes, origin };
            for (key, value) in table.into_inner() {
                reader.section(key.get_ref(), key.span(), value);
            }
        }
    }
    raw
}

/// Reports syntax errors: of each line the first, because the others follow from it.
fn syntax(source: &SourceFile, origin: usize, errors: &[Error], mistakes: &mut Mistakes<'_>) {
    let mut last = None;
    for error in errors {
        let span = error.span().unwrap_or_default();
        let line = source.place(span.start).line;
        if last.replace(line) != Some(line) {
            mistakes.report(codes::SYNTAX, Place { origin, span }, one_line(error.message()));
        }
    }
}

/// Whether a table has a section of a catalog, or cannot be read, so that it has to be looked at as
/// part of one.
#[must_use]
pub fn is_catalog_file(source: &SourceFile) -> bool {
    let Ok(table) = source.text.parse::<toml::Table>() else { return true };
    SECTIONS.iter().any(|section| table.contains_key(*section))
}

/// Reads the sections of one file.
struct Reader<'r, 'm, 's> {
    raw: &'r mut Raw,
    mistakes: &'m mut Mistakes<'s>,
    origin: usize,
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
            "registry" => self.many(name, value, |raw| &mut raw.registry),
            "source" => self.many(name, value, |raw| &mut raw.sources),
            "symptom" => self.many(name, value, |raw| &mut raw.symptoms),
            "synthetic" => self.one(name, value, |raw| &mut raw.synthetic),
            "update" => self.many(name, value, |raw| &mut raw.updates),
            _ => {
                self.raw.broken.insert(format!("[{name}]"));
                let place = Place { origin: self.origin, span };
                let sections = SECTIONS.into_iter();
                let code = codes::UNKNOWN_SECTION;
                self.mistakes.report_unknown(code, place, "section", name, sections);
            }
        }
    }

    /// A section that stands in double brackets, once for each entry.
    fn many<T: DeserializeOwned>(
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
    fn one<T: DeserializeOwned>(
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

    fn entry<T: DeserializeOwned>(
        &mut self,
        section: &str,
        value: Spanned<DeValue<'_>>,
    ) -> Option<Entry<T>> {
        let span = value.span();
        let names: Vec<String> = ["id", "path"]
            .into_iter()
            .filter_map(|field| value.get_ref().as_table()?.get(field)?.get_ref().as_str())
            .map(|name| name.replace('\\', "/"))
            .collect();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(Entry { origin: self.origin, span, value }),
            Err(error) => {
                let nameless = matches!(section, "catalog" | "registry" | "symptom" | "synthetic");
                // An entry without a name could have had any; defaults, anything.
                self.raw.unreadable |= names.is_empty() && !nameless;
                self.raw.broken.extend(names);
                self.raw.broken.insert(format!("[{section}]"));
                self.field(&error, span);
                None
            }
        }
    }

    fn field(&mut self, error: &Error, entry: Range<usize>) {
        let message = one_line(error.message());
        let mut quoted = message.split('`').skip(1).step_by(2);
        let (code, help) = if message.starts_with("unknown field") {
            let name = quoted.next().unwrap_or_default();
            (codes::UNKNOWN_FIELD, self.mistakes.nearest(name, quoted))
        } else if message.starts_with("missing field") {
            (codes::MISSING_FIELD, None)
        } else {
            (codes::WRONG_TYPE, None)
        };
        let place = Place { origin: self.origin, span: error.span().unwrap_or(entry) };
        let short = message.split(", expected one of").next().unwrap_or(&message).to_owned();
        self.mistakes.report_with(code, place, short, help);
    }

    fn wrong_section(&mut self, span: Range<usize>, help: String) {
        // Nobody knows which names it was to bring.
        self.raw.unreadable = true;
        let place = Place { origin: self.origin, span };
        let message = "the section has the wrong shape";
        self.mistakes.report_with(codes::WRONG_SECTION, place, message, Some(help));
    }
}

/// The messages of the TOML parser may have several lines.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}
