//! From entries to the catalog: names become ids, and every mistake is reported on the way.
//!
//! A fact with a mistake is kept with some value in its place, so that what refers to it is not
//! called a mistake as well; the catalog is handed out only when there was no error at all.
//!
//! Start reading at [`resolve`]; `names.rs` says what exists, `provenance.rs` where facts come
//! from, and the other modules each turn some sections into facts.

mod components;
mod copies;
mod files;
mod foundations;
mod links;
mod names;
mod provenance;
mod registry;
mod switches;
mod texts;
mod updates;

use crate::{
    codes,
    mistakes::{Mistakes, Place},
    model::Catalog,
    raw::{Entry, Raw, RawHead, Text},
};
use copies::Copies;
use names::Names;
use std::collections::{BTreeMap, BTreeSet};

/// So many entries of a kind are the most that ids and encodings of hosts can number.
const ENTRIES_MAX: usize = 65_000;

/// Releases are numbered with eight bits, from 1.
const RELEASES_MAX: usize = 255;

/// What resolving works with.
struct Resolver<'a, 'm, 's> {
    raw: &'a Raw,
    names: Names,
    copies: Copies,
    mistakes: &'m mut Mistakes<'s>,
    used_sources: BTreeSet<String>,
}

/// The catalog that the entries describe, or `None` when there were errors.
pub(crate) fn resolve(raw: &Raw, mistakes: &mut Mistakes<'_>) -> Option<Catalog> {
    if raw.unreadable || too_many(raw, mistakes) {
        return None;
    }
    let names = Names::collect(raw, mistakes);
    let copies = Copies::collect(raw);
    let mut resolver = Resolver { raw, names, copies, mistakes, used_sources: BTreeSet::new() };
    let catalog = resolver.catalog();
    resolver.links();
    resolver.unused_sources();
    catalog.filter(|_| !resolver.mistakes.any_error())
}

impl Resolver<'_, '_, '_> {
    fn catalog(&mut self) -> Option<Catalog> {
        self.sections();
        let head = self.head();
        let product = self.product();
        let levels = self.levels();
        let families = self.families();
        let architectures = self.architectures();
        let components = self.components();
        let groups = self.groups();
        let extensions = self.extensions();
        let files = self.files();
        let updates = self.updates();
        let registry = self.registry();
        let symptoms = self.symptoms();
        let assumptions = self.assumptions();
        let sources = self.sources();
        let synthetic = self.synthetic();
        let (name, title, external_dlls) = head?;
        Some(Catalog {
            name,
            title,
            product: product?,
            external_dlls,
            levels: levels?,
            families,
            architectures,
            components,
            groups,
            extensions,
            files,
            updates,
            registry,
            symptoms,
            assumptions,
            assumed: BTreeMap::new(),
            sources,
            synthetic: synthetic?,
        })
    }

    /// Sections that every catalog has.
    fn sections(&mut self) {
        let raw = self.raw;
        let present = [
            ("[catalog]", !raw.heads.is_empty()),
            ("[product]", !raw.products.is_empty()),
            ("[[family]]", !raw.families.is_empty()),
            ("[[architecture]]", !raw.architectures.is_empty()),
            ("[[component]]", !raw.components.is_empty()),
            ("[[file]]", !raw.files.is_empty()),
            ("[synthetic]", !raw.synthetic.is_empty()),
        ];
        for (section, present) in present {
            if !present {
                let message = format!("no file of the catalog has `{section}`");
                self.mistakes.report_whole(codes::MISSING_SECTION, message);
            }
        }
        second_section(&raw.heads, "[catalog]", self.mistakes);
        second_section(&raw.products, "[product]", self.mistakes);
        second_section(&raw.synthetic, "[synthetic]", self.mistakes);
    }

    fn head(&mut self) -> Option<(String, String, Vec<String>)> {
        let head: &Entry<RawHead> = self.raw.heads.first()?;
        let name = self.text(head.origin, &head.value.name);
        let title = self.text(head.origin, &head.value.title);
        let dlls = &head.value.external_dlls;
        let external_dlls = dlls.iter().map(|dll| self.dll(head.origin, dll)).collect();
        Some((name, title, external_dlls))
    }

    /// The place of a text of an entry.
    fn place(origin: usize, text: &Text) -> Place {
        Place { origin, span: text.span() }
    }
}

fn second_section<T>(entries: &[Entry<T>], section: &str, mistakes: &mut Mistakes<'_>) {
    for entry in entries.iter().skip(1) {
        let place = Place { origin: entry.origin, span: entry.span.clone() };
        let message = format!("`{section}` stands in the catalog already");
        mistakes.report(codes::DUPLICATE_SECTION, place, message);
    }
}

fn too_many(raw: &Raw, mistakes: &mut Mistakes<'_>) -> bool {
    let mut any = false;
    let mut check = |place: Option<Place>, noun: &str, most: usize| {
        if let Some(place) = place {
            any = true;
            let message = format!("there are more than {most} {noun}");
            mistakes.report(codes::TOO_MANY_ENTRIES, place, message);
        }
    };
    check(excess(&raw.components), "components", ENTRIES_MAX);
    check(excess(&raw.groups), "groups", ENTRIES_MAX);
    check(excess(&raw.extensions), "extensions", ENTRIES_MAX);
    check(excess(&raw.families), "families", ENTRIES_MAX);
    check(excess(&raw.files), "files", ENTRIES_MAX);
    check(excess(&raw.updates), "updates", ENTRIES_MAX);
    check(excess(&raw.registry), "registry values", ENTRIES_MAX);
    check(excess(&raw.symptoms), "symptoms", ENTRIES_MAX);
    check(excess(&raw.assumptions), "assumptions", ENTRIES_MAX);
    check(excess(&raw.sources), "sources", ENTRIES_MAX);
    for file in &raw.files {
        let export = file.value.exports.get(ENTRIES_MAX);
        let place = export.map(|export| Place { origin: file.origin, span: export.span() });
        check(place, "exports in one file", ENTRIES_MAX);
    }
    for update in &raw.updates {
        let release = update.value.release.get(RELEASES_MAX);
        let place = release.map(|release| Place { origin: update.origin, span: release.span() });
        check(place, "releases of one update", RELEASES_MAX);
    }
    any
}

fn excess<T>(entries: &[Entry<T>]) -> Option<Place> {
    let entry = entries.get(ENTRIES_MAX)?;
    Some(Place { origin: entry.origin, span: entry.span.clone() })
}
