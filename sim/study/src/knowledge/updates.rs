//! Updates: what the core's `updates.toml` would need.

use super::{Gaps, codes};
use patchstate_catalog::{PackageFile, Release, Update};
use patchstate_detect::advisory::{self, Brought, Revision};
use patchstate_terms::Level;
use std::{collections::BTreeMap, fmt::Write};

impl Gaps<'_> {
    pub(super) fn updates(&mut self) {
        for update in &self.catalog.updates {
            let Some((_, known)) = self.known.update(&update.id) else {
                let says = format!("the core knows no {}", update.id);
                self.push(codes::UNKNOWN, says, format!("updates.toml:\n{}", self.rows(update)));
                continue;
            };
            for says in self.differences(update, known) {
                let needs = format!("updates.toml:\n{}", self.rows(update));
                self.push(codes::OTHERWISE, format!("{}: {says}", update.id), needs);
            }
        }
        self.order();
    }

    /// What the core knows otherwise of an update.
    fn differences(&self, update: &Update, known: &advisory::Update) -> Vec<String> {
        let mut differences = Vec::new();
        if update.registered_under != known.registered_under {
            differences.push(format!(
                "it is registered under SP{}, and under SP{} for the core",
                update.registered_under, known.registered_under
            ));
        }
        if update.qfe_only != known.is_qfe_only {
            differences.push("the core differs in whether it is QFE only".to_owned());
        }
        for release in &update.releases {
            let number = release.number;
            let Some(known) = known.release(number) else {
                differences.push(format!("the core knows no release {number}"));
                continue;
            };
            if release.refuses_lower_lineage.is_some() != known.refuses_mixed_hosts {
                let what = "the core differs in whether it refuses hosts with older files";
                differences.push(format!("release {number}: {what}"));
            }
            for level in self.catalog.level_ids() {
                if !self.knows_files(known, &self.brought(release, level), level) {
                    let level = level.title();
                    differences.push(format!("release {number} brings other files at {level}"));
                }
            }
        }
        if known.releases.len() > update.releases.len() {
            differences.push("the core knows more releases".to_owned());
        }
        differences
    }

    /// Path and revisions, GDR and QFE, of each file that a release brings.
    fn brought(&self, release: &Release, level: Level) -> BTreeMap<String, [u16; 2]> {
        let table = release.table(level).iter();
        let path = |row: &PackageFile| self.catalog.file(row.file).path.to_string();
        table.map(|row| (path(row), [row.revision, row.qfe_revision])).collect()
    }

    /// Whether the core knows these files of a release, and no others. Of one without a public
    /// revision it knows only that it is above some number.
    fn knows_files(
        &self,
        release: &advisory::Release,
        brought: &BTreeMap<String, [u16; 2]>,
        level: Level,
    ) -> bool {
        let rows = release.files(level);
        let fits = |revision: Revision, own: u16| match revision {
            Revision::Known(number) => number == own,
            Revision::Above(number) => number < own,
        };
        let is_known = |row: &Brought| {
            let path = self.known.file(row.file).map(|file| file.path.as_str());
            let own = path.and_then(|path| brought.get(path));
            own.is_some_and(|[gdr, qfe]| fits(row.gdr, *gdr) && fits(row.qfe, *qfe))
        };
        rows.len() == brought.len() && rows.iter().all(is_known)
    }

    /// Of updates that both know, the order is that of release in both.
    fn order(&mut self) {
        let place = |update: &Update| Some(self.known.update(&update.id)?.0);
        let places: Vec<(usize, &str)> = self
            .catalog
            .updates
            .iter()
            .filter_map(|update| Some((place(update)?, update.id.as_str())))
            .collect();
        let later = places.windows(2).find(|pair| matches!(pair, [(a, _), (b, _)] if a > b));
        if let Some([(_, first), (_, second)]) = later {
            let says = format!("{first} came out before {second}, and after it for the core");
            let needs = "updates.toml: updates stand in the order of their release".to_owned();
            self.push(codes::OTHERWISE, says, needs);
        }
    }

    /// The entry of an update.
    fn rows(&self, update: &Update) -> String {
        let mut rows = format!(
            "[[update]]\nid = \"{}\"\nregistered_under = {}\n",
            update.id, update.registered_under
        );
        if update.qfe_only {
            rows.push_str("qfe_only = true\n");
        }
        for release in &update.releases {
            let _ = write!(
                rows,
                "[[update.release]]\nnumber = {}\nreleased = \"{}\"\n",
                release.number, release.date
            );
            if release.refuses_lower_lineage.is_some() {
                rows.push_str("refuses_mixed_hosts = true\n");
            }
            let _ = write!(rows, "{}\nfiles = [\n", self.sourced(&release.provenance));
            let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for level in self.catalog.level_ids() {
                for (path, [gdr, qfe]) in self.brought(release, level) {
                    let revision = if gdr == qfe {
                        gdr.to_string()
                    } else {
                        format!("{{ gdr = {gdr}, qfe = {qfe} }}")
                    };
                    let row = format!("{} = {revision}", level.as_str());
                    files.entry(path).or_default().push(row);
                }
            }
            for (path, revisions) in files {
                let _ = writeln!(rows, "    {{ path = \"{path}\", {} }},", revisions.join(", "));
            }
            rows.push_str("]\n");
        }
        rows
    }
}
