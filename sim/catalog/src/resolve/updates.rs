//! Updates, their releases and what each package brings.

use super::{Resolver, names::comparable_path, texts::narrow};
use crate::{
    codes,
    model::{FileId, PackageFile, Release, Restart, Update},
    raw::{Entry, Given, RawPackageFile, RawRelease, RawUpdate, Sourced, Text},
};
use patchstate_source::quoted;
use patchstate_terms::Level;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The highest revision that earlier releases of an update brought, by level and file.
type Brought = BTreeMap<(Level, String), u16>;

impl Resolver<'_, '_, '_> {
    /// The updates, which have to stand in the order of their release.
    pub(super) fn updates(&mut self) -> Vec<Update> {
        let raw = self.raw;
        let mut updates = Vec::new();
        let mut latest: Option<&str> = None;
        for entry in &raw.updates {
            let first = entry.value.release.first();
            if let Some(date) = first.map(|release| &release.get_ref().date) {
                self.date_after(entry.origin, date, latest);
                latest = Some(date.get_ref());
            }
            updates.push(self.update(entry));
        }
        updates
    }

    fn update(&mut self, entry: &Entry<RawUpdate>) -> Update {
        let (origin, value) = (entry.origin, &entry.value);
        self.update_id(origin, &value.id);
        if value.release.is_empty() {
            let message = format!("the update `{}` has no release", quoted(value.id.get_ref()));
            self.mistakes.report(codes::MISSING_RELEASE, Self::place(origin, &value.id), message);
        }
        let mut brought = Brought::new();
        let mut releases: Vec<Release> = Vec::new();
        for release in &value.release {
            self.number_after(origin, &release.get_ref().number, &releases);
            self.date_after(origin, &release.get_ref().date, releases.last().map(|r| &*r.date));
            let release = self.release(entry, release, &mut brought);
            releases.push(release);
        }
        Update {
            id: value.id.get_ref().clone(),
            bulletin: self.optional_text(origin, value.bulletin.as_ref()),
            title: self.text(origin, &value.title),
            registered_under: *value.registered_under.get_ref(),
            qfe_only: value.qfe_only,
            releases,
            provenance: self.entry_provenance(entry),
        }
    }

    /// The id is `KB` and a number, as steps write it.
    fn update_id(&mut self, origin: usize, id: &Text) {
        let number = id.get_ref().strip_prefix("KB").unwrap_or_default();
        if !(1..=10).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("`{}` cannot be the id of an update", quoted(id.get_ref()));
            let help = "write `KB` and up to ten digits".to_owned();
            let place = Self::place(origin, id);
            self.mistakes.report_with(codes::BAD_ID, place, message, Some(help));
        }
    }

    fn number_after(&mut self, origin: usize, number: &Spanned<u8>, earlier: &[Release]) {
        let place = Self::at(origin, number.span());
        let given = *number.get_ref();
        if earlier.iter().any(|release| release.number == given) {
            let message = format!("the update has a release {given} already");
            self.mistakes.report(codes::DUPLICATE_RELEASE, place, message);
        } else if usize::from(given) != earlier.len() + 1 {
            let message = format!("release {given} stands where {} should", earlier.len() + 1);
            self.mistakes.report(codes::RELEASE_NUMBER, place, message);
        }
    }

    /// Checks a date, also against the one before it, as far as both are known.
    fn date_after(&mut self, origin: usize, date: &Text, before: Option<&str>) {
        let place = Self::place(origin, date);
        let given = date.get_ref();
        if !is_date(given) {
            let message = format!("`{}` is not a date", quoted(given));
            let help = "write 2009-12-08, 2009-12 or 2009".to_owned();
            self.mistakes.report_with(codes::BAD_DATE, place, message, Some(help));
            return;
        }
        let Some(before) = before.filter(|before| is_date(before)) else { return };
        let known = given.len().min(before.len());
        if given.get(..known) < before.get(..known) {
            let message = format!("{given} stands after {before}");
            self.mistakes.report(codes::DATE_ORDER, place, message);
        }
    }

    fn release(
        &mut self,
        entry: &Entry<RawUpdate>,
        release: &Spanned<RawRelease>,
        brought: &mut Brought,
    ) -> Release {
        let (origin, value) = (entry.origin, release.get_ref());
        if value.files.is_empty() {
            let message = format!("release {} has no files", value.number.get_ref());
            let place = Self::at(origin, value.number.span());
            self.mistakes.report(codes::MISSING_RELEASE, place, message);
        }
        let chain = [value.given(), entry.value.given()];
        let mut files: BTreeMap<Level, Vec<PackageFile>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let earlier = brought.clone();
        for package in &value.files {
            let Some((level, file)) = self.package_file(entry, chain, package) else { continue };
            self.lineage(origin, level, &package.get_ref().revision);
            self.qfe_revision(entry, level, package);
            self.not_lower(origin, level, package, &earlier, brought);
            self.not_contained(entry, level, package);
            if !seen.insert((level, file.file)) {
                let path = &package.get_ref().file;
                let message = format!("the table for {} has this file already", level.title());
                let place = Self::place(origin, path);
                self.mistakes.report(codes::DUPLICATE_PACKAGE_FILE, place, message);
            }
            files.entry(level).or_default().push(file);
        }
        let place = Self::at(origin, release.span());
        let restart = value.restart.as_ref().map(|restart| {
            let place = Self::at(origin, restart.span());
            let required = restart.get_ref().required;
            let chain = [restart.get_ref().given(), value.given(), entry.value.given()];
            Restart { required, provenance: self.provenance(&place, &chain) }
        });
        Release {
            number: *value.number.get_ref(),
            date: value.date.get_ref().clone(),
            build_date: self.text(origin, &value.build_date),
            files,
            restart,
            refuses_lower_lineage: value.refuses_lower_lineage,
            provenance: self.provenance(&place, &chain),
        }
    }

    /// One line of a package's table; `None` when its level or its file does not exist.
    fn package_file(
        &mut self,
        entry: &Entry<RawUpdate>,
        [release, update]: [Given<'_>; 2],
        package: &Spanned<RawPackageFile>,
    ) -> Option<(Level, PackageFile)> {
        let (origin, value) = (entry.origin, package.get_ref());
        let level = self.level(origin, &value.level);
        let path = comparable_path(value.file.get_ref());
        let file = self.names.files.get(&path).copied();
        if file.is_none() {
            let known = self.names.files.keys().map(String::as_str);
            let place = Self::place(origin, &value.file);
            let code = codes::UNKNOWN_FILE;
            self.mistakes.report_unknown(code, place, "file", value.file.get_ref(), known);
        }
        let place = Self::at(origin, package.span());
        let provenance = self.provenance(&place, &[value.given(), release, update]);
        let revision = *value.revision.get_ref();
        let of_qfe = value.qfe_revision.as_ref().map(|revision| *revision.get_ref());
        let qfe_revision = of_qfe.unwrap_or(revision);
        let file = FileId(narrow(file?));
        Some((level?, PackageFile { file, revision, qfe_revision, provenance }))
    }

    /// A revision of the QFE copy is of the same lineage, above that of the GDR copy, and stands
    /// only where there are both.
    fn qfe_revision(
        &mut self,
        entry: &Entry<RawUpdate>,
        level: Level,
        package: &Spanned<RawPackageFile>,
    ) {
        let value = package.get_ref();
        let Some(revision) = &value.qfe_revision else { return };
        self.lineage(entry.origin, level, revision);
        let (gdr, qfe) = (*value.revision.get_ref(), *revision.get_ref());
        let message = if entry.value.qfe_only {
            "the package has QFE copies only, whose revision is `revision`".to_owned()
        } else if qfe <= gdr {
            format!("the QFE copy has revision {qfe}, not above that of the GDR copy, {gdr}")
        } else {
            return;
        };
        let place = Self::at(entry.origin, revision.span());
        self.mistakes.report(codes::QFE_REVISION, place, message);
    }

    /// The revision belongs to the level: not below its baseline, below that of the next.
    fn lineage(&mut self, origin: usize, level: Level, revision: &Spanned<u16>) {
        let baseline = |level: Level| {
            let levels = &self.raw.levels;
            let found = levels.iter().find(|entry| entry.value.id.get_ref() == level.as_str());
            found.map(|entry| *entry.value.revision.get_ref())
        };
        let given = *revision.get_ref();
        let next = Level::all().filter(|next| *next > level).find_map(baseline);
        let own = baseline(level);
        if own.is_some_and(|own| given < own) || next.is_some_and(|next| given >= next) {
            let message = format!("revision {given} is not of the lineage of {}", level.title());
            let help = match (own, next) {
                (Some(own), Some(next)) if own < next => {
                    Some(format!("expected {own} to {}", next - 1))
                }
                (Some(own), None) => Some(format!("expected {own} or more")),
                _ => None,
            };
            let place = Self::at(origin, revision.span());
            self.mistakes.report_with(codes::PACKAGE_REVISION, place, message, help);
        }
    }

    fn not_lower(
        &mut self,
        origin: usize,
        level: Level,
        package: &Spanned<RawPackageFile>,
        earlier: &Brought,
        brought: &mut Brought,
    ) {
        let package = package.get_ref();
        let key = (level, comparable_path(package.file.get_ref()));
        let revision = *package.revision.get_ref();
        if let Some(before) = earlier.get(&key).filter(|before| revision < **before) {
            let message = format!("an earlier release brings revision {before}, this {revision}");
            let place = Self::at(origin, package.revision.span());
            self.mistakes.report(codes::RELEASE_REVISION, place, message);
        }
        let highest = brought.entry(key).or_insert(revision);
        *highest = revision.max(*highest);
    }

    /// A package has no files for a level whose service pack contains it.
    fn not_contained(
        &mut self,
        entry: &Entry<RawUpdate>,
        level: Level,
        package: &Spanned<RawPackageFile>,
    ) {
        let under = *entry.value.registered_under.get_ref();
        if under <= level.number() {
            let message = format!(
                "the update is registered under service pack {under} and has files for {}",
                level.title()
            );
            let place = Self::place(entry.origin, &package.get_ref().level);
            self.mistakes.report(codes::REGISTERED_TOO_LOW, place, message);
        }
    }
}

/// Whether a text is a date with as many parts as are known.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |digits: usize, range: std::ops::RangeInclusive<u16>| {
        let part = parts.next()?;
        let fits = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        Some(fits && part.parse().is_ok_and(|value| range.contains(&value)))
    };
    let year = number(4, 1..=9999).unwrap_or(false);
    let month = number(2, 1..=12).unwrap_or(true);
    let day = number(2, 1..=31).unwrap_or(true);
    year && month && day && parts.next().is_none()
}
