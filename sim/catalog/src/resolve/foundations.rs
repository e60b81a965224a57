//! What the rest stands on: the product, levels, version families, architectures; and what hosts
//! show: the symptoms of a broken one, and what synthetic images say of themselves.

use super::Resolver;
use crate::{
    codes,
    model::{
        ArchitectureFacts, BuildStrings, ExitCodes, LevelFacts, ProductFacts, Provenance, Symptom,
        SyntheticFacts, VersionFamily,
    },
    raw::{Entry, RawArchitecture, RawExitCodes, RawLevel, Sourced, Text},
};
use patchstate_source::quoted;
use patchstate_terms::{Architecture, FileVersion, Level, ProductWords};
use std::{
    collections::{BTreeMap, btree_map::Entry as Slot},
    ops::Range,
};
use toml::Spanned;

/// The highest exit code that every shell and loader passes on unchanged.
const EXIT_CODE_MAX: u32 = 255;

/// What the Windows folder is called: names under which it is looked for on a disk.
const FOLDERS: [(&str, &str); 2] = [("WINDOWS", "WINDOWS"), ("WINNT", "WINNT")];

impl Resolver<'_, '_, '_> {
    /// The levels, lowest first, or `None` when there is none.
    pub(super) fn levels(&mut self) -> Option<Vec<LevelFacts>> {
        let raw = self.raw;
        let mut found: BTreeMap<Level, LevelFacts> = BTreeMap::new();
        for entry in &raw.levels {
            let id = &entry.value.id;
            let Some(level) = self.named_level(entry.origin, id) else { continue };
            let facts = self.level_facts(level, entry);
            match found.entry(level) {
                Slot::Vacant(slot) => _ = slot.insert(facts),
                Slot::Occupied(_) => {
                    let message = format!("there are facts of the level `{level}` already");
                    let place = Self::place(entry.origin, id);
                    self.mistakes.report(codes::DUPLICATE_LEVEL, place, message);
                }
            }
        }
        self.ascending_revisions();
        if found.is_empty() {
            let message = "no file of the catalog has a level".to_owned();
            self.mistakes.report_whole(codes::MISSING_LEVEL, message);
            return None;
        }
        Some(found.into_values().collect())
    }

    fn level_facts(&mut self, level: Level, entry: &Entry<RawLevel>) -> LevelFacts {
        let (origin, value) = (entry.origin, &entry.value);
        LevelFacts {
            level,
            revision: *value.revision.get_ref(),
            build_strings: self.build_strings(entry),
            service_pack_title: self.optional_text(origin, value.service_pack_title.as_ref()),
            provenance: self.entry_provenance(entry),
        }
    }

    /// What stands behind versions: all of it or nothing, and all of it where updates tell their
    /// branches by it.
    fn build_strings(&mut self, entry: &Entry<RawLevel>) -> Option<BuildStrings> {
        let (origin, value) = (entry.origin, &entry.value);
        let fields = [
            ("build_string", &value.build_string),
            ("gdr_prefix", &value.gdr_prefix),
            ("qfe_prefix", &value.qfe_prefix),
        ];
        let is_any = fields.iter().any(|(_, text)| text.is_some());
        if is_any || !self.raw.updates.is_empty() {
            let missing = fields.iter().filter(|(_, text)| text.is_none());
            missing.for_each(|(name, _)| self.missing_text(entry, name));
        }
        let [untouched, gdr_prefix, qfe_prefix] =
            fields.map(|(_, text)| self.optional_text(origin, text.as_ref()));
        Some(BuildStrings {
            untouched: untouched?,
            gdr_prefix: gdr_prefix?,
            qfe_prefix: qfe_prefix?,
        })
    }

    /// Says that an entry lacks a text that it needs beside others.
    fn missing_text<T>(&mut self, entry: &Entry<T>, name: &str) {
        let place = Self::at(entry.origin, entry.span.clone());
        let message = format!("`{name}` is missing, expected a text");
        let help = format!("add `{name} = \"...\"`");
        self.mistakes.report_with(codes::MISSING_FIELD, place, message, Some(help));
    }

    /// A higher level has higher revisions, wherever its entry stands.
    fn ascending_revisions(&mut self) {
        let raw = self.raw;
        let mut levels: Vec<(Level, &Entry<RawLevel>)> = raw
            .levels
            .iter()
            .filter_map(|entry| Some((entry.value.id.get_ref().parse().ok()?, entry)))
            .collect();
        levels.sort_by_key(|(level, _)| *level);
        levels.dedup_by_key(|(level, _)| *level);
        for ((lower, below), (higher, entry)) in levels.iter().zip(levels.iter().skip(1)) {
            let revision = &entry.value.revision;
            if revision.get_ref() <= below.value.revision.get_ref() {
                let message = format!(
                    "the revision of {} is not above that of {}",
                    higher.title(),
                    lower.title()
                );
                let place = Self::at(entry.origin, revision.span());
                self.mistakes.report(codes::LEVEL_ORDER, place, message);
            }
        }
    }

    /// The version families.
    pub(super) fn families(&mut self) -> Vec<VersionFamily> {
        let raw = self.raw;
        let mut families = Vec::new();
        for entry in &raw.families {
            let origin = entry.origin;
            let version = self.version(origin, &entry.value.version);
            if version.revision != 0 {
                let place = Self::place(origin, &entry.value.version);
                let message = format!("the family's version `{version}` has a revision");
                let help = format!("write `{}`", version.with_revision(0));
                self.mistakes.report_with(codes::BAD_VERSION, place, message, Some(help));
            }
            families.push(VersionFamily {
                id: self.component_like_id(origin, &entry.value.id, "version family"),
                version,
                provenance: self.entry_provenance(entry),
            });
        }
        families
    }

    fn version(&mut self, origin: usize, text: &Text) -> FileVersion {
        text.get_ref().parse().unwrap_or_else(|_| {
            let message = format!("`{}` is not a version", quoted(text.get_ref()));
            let help = "write four numbers up to 65535, like 6.0.3790.0".to_owned();
            let place = Self::place(origin, text);
            self.mistakes.report_with(codes::BAD_VERSION, place, message, Some(help));
            FileVersion::default()
        })
    }

    /// What holds of the product as a whole; `None` when the section is missing.
    pub(super) fn product(&mut self) -> Option<ProductFacts> {
        let entry = self.raw.products.first()?;
        let (origin, value) = (entry.origin, &entry.value);
        let folder = self.word(origin, &value.folder, "name of the Windows folder", &FOLDERS);
        Some(ProductFacts {
            words: ProductWords {
                name: self.text(origin, &value.name),
                feature: self.text(origin, &value.feature),
                failure: self.text(origin, &value.failure),
            },
            explanation: self.text(origin, &value.explanation),
            folder: folder.unwrap_or_default().to_owned(),
            service_pack_cache: value.service_pack_cache,
            system_file_checker: value.system_file_checker,
            provenance: self.entry_provenance(entry),
        })
    }

    /// The folder of the service pack cache, which is there exactly where the product has one.
    fn cache_folder(&mut self, entry: &Entry<RawArchitecture>) -> Option<String> {
        let folder = entry.value.cache_folder.as_ref();
        let product = self.raw.products.first();
        match (folder, product.is_none_or(|product| product.value.service_pack_cache)) {
            (None, true) => self.missing_text(entry, "cache_folder"),
            (Some(folder), false) => self.without_cache(entry.origin, folder),
            (None, false) | (Some(_), true) => {}
        }
        self.optional_text(entry.origin, folder)
    }

    /// Says that something is about a service pack cache, and the product has none.
    pub(super) fn without_cache(&mut self, origin: usize, text: &Text) {
        let message =
            format!("`{}`: the product has no service pack cache", quoted(text.get_ref()));
        let help = "`service_pack_cache` of `[product]` says so".to_owned();
        self.mistakes.report_with(codes::NO_CACHE, Self::place(origin, text), message, Some(help));
    }

    /// The architectures, in the order of [`Architecture::ALL`].
    pub(super) fn architectures(&mut self) -> Vec<ArchitectureFacts> {
        let raw = self.raw;
        let mut found: Vec<ArchitectureFacts> = Vec::new();
        for entry in &raw.architectures {
            let id = &entry.value.id;
            let Some(architecture) = self.architecture(entry.origin, id) else { continue };
            if found.iter().any(|facts| facts.architecture == architecture) {
                let place = Self::place(entry.origin, id);
                let message = format!("there are facts of `{architecture}` already");
                self.mistakes.report(codes::DUPLICATE_ARCHITECTURE, place, message);
            }
            let facts = self.architecture_facts(architecture, entry);
            found.push(facts);
        }
        found.sort_by_key(|facts| facts.architecture);
        found
    }

    fn architecture_facts(
        &mut self,
        architecture: Architecture,
        entry: &Entry<RawArchitecture>,
    ) -> ArchitectureFacts {
        let (origin, value) = (entry.origin, &entry.value);
        if value.media.is_empty() {
            let message = format!("`{architecture}` has no media");
            self.mistakes.report(codes::NO_MEDIA, Self::place(origin, &value.id), message);
        }
        for pack in &value.service_packs {
            if pack.get_ref() == Level::RTM.as_str() {
                let message = format!("`{}` is not a service pack", Level::RTM);
                self.mistakes.report(codes::BAD_SERVICE_PACK, Self::place(origin, pack), message);
            }
        }
        ArchitectureFacts {
            architecture,
            media: self.ascending_levels(origin, &value.media),
            service_packs: self.ascending_levels(origin, &value.service_packs),
            processor: self.text(origin, &value.processor),
            cache_folder: self.cache_folder(entry),
            provenance: self.entry_provenance(entry),
        }
    }

    /// An architecture.
    pub(super) fn architecture(&mut self, origin: usize, text: &Text) -> Option<Architecture> {
        let words = Architecture::ALL;
        let found = words.into_iter().find(|word| word.as_str() == text.get_ref());
        if found.is_none() {
            let known = words.iter().map(|word| word.as_str());
            let place = Self::place(origin, text);
            let code = codes::UNKNOWN_ARCHITECTURE;
            self.mistakes.report_unknown(code, place, "architecture", text.get_ref(), known);
        }
        found
    }

    /// The symptoms, in the order in which they stand.
    pub(super) fn symptoms(&mut self) -> Vec<Symptom> {
        let raw = self.raw;
        let mut symptoms = Vec::new();
        for entry in &raw.symptoms {
            let (origin, value) = (entry.origin, &entry.value);
            self.placeholders(origin, &value.text, &["program", "exit_code"]);
            if *value.times.get_ref() == 0 {
                let place = Self::at(origin, value.times.span());
                self.mistakes.report(codes::BAD_NUMBER, place, "a symptom comes at least once");
            }
            symptoms.push(Symptom {
                source: self.text(origin, &value.said_by),
                log: self.optional_text(origin, value.log.as_ref()),
                event_id: value.event_id,
                severity: self.text(origin, &value.severity),
                text: self.text(origin, &value.text),
                times: *value.times.get_ref(),
                provenance: self.entry_provenance(entry),
            });
        }
        symptoms
    }

    /// What synthetic images say of themselves; `None` when the section is missing.
    pub(super) fn synthetic(&mut self) -> Option<SyntheticFacts> {
        let entry = self.raw.synthetic.first()?;
        let (origin, value) = (entry.origin, &entry.value);
        let product_version = self.version(origin, &value.product_version);
        self.product_version(origin, value.product_version.span(), product_version);
        let provenance: Provenance =
            self.provenance(&Self::at(origin, entry.span.clone()), &[value.given()]);
        Some(SyntheticFacts {
            company: self.text(origin, &value.company),
            product_name: self.text(origin, &value.product_name),
            copyright: self.text(origin, &value.copyright),
            product_version,
            time_stamp: value.time_stamp,
            waiting_suffix: value.waiting_suffix.as_ref().map(|text| self.text(origin, text)),
            exit_codes: self.exit_codes(origin, &value.exit_codes),
            provenance,
        })
    }

    fn product_version(&mut self, origin: usize, span: Range<usize>, product: FileVersion) {
        let revisions = self.copies.all();
        let raw = self.raw;
        let families =
            raw.families.iter().filter_map(|entry| entry.value.version.get_ref().parse().ok());
        let shares_number = |family: FileVersion| {
            family.major == product.major
                || family.minor == product.minor
                || family.build == product.build
        };
        if revisions.contains(&product.revision) || families.into_iter().any(shares_number) {
            let message = format!("the product version `{product}` shares a number with a file's");
            self.mistakes.report(codes::PRODUCT_VERSION, Self::at(origin, span), message);
        }
    }

    fn exit_codes(&mut self, origin: usize, value: &Spanned<RawExitCodes>) -> ExitCodes {
        let given = value.get_ref();
        let mut all = [
            given.success,
            given.load_failed,
            given.entry_missing,
            given.unresolved_call,
            given.other_exception,
        ];
        all.sort_unstable();
        let repeated = all.iter().zip(all.iter().skip(1)).any(|(left, right)| left == right);
        if repeated || all.iter().any(|code| *code > EXIT_CODE_MAX) {
            let place = Self::at(origin, value.span());
            let message = format!("exit codes are not distinct numbers up to {EXIT_CODE_MAX}");
            self.mistakes.report(codes::EXIT_CODES, place, message);
        }
        ExitCodes {
            success: given.success,
            load_failed: given.load_failed,
            entry_missing: given.entry_missing,
            unresolved_call: given.unresolved_call,
            other_exception: given.other_exception,
        }
    }
}
