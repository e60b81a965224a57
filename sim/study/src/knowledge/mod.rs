//! What the detection core knows of a catalog.
//!
//! The core has facts of its own, its advisories. A catalog that was changed without them is judged
//! by a core that does not know of the change: it is wrong about hosts with files that it does not
//! look at, and its advice is worse where it does not know an update.
//!
//! **Owns** the comparison of a catalog with advisories, and what these would need. **Must never
//! know** a host: whether a difference matters to one is for a verification to show.
//!
//! **Start reading** at [`core_gaps`].

pub(crate) mod codes;
mod requirements;
mod updates;

use patchstate_catalog::{Catalog, Component, Provenance};
use patchstate_detect::Advisories;
use patchstate_oracle::loader_folders;
use patchstate_source::MistakeCode;
use patchstate_terms::{FileVersion, Level, WindowsPath};
use std::collections::{BTreeMap, BTreeSet};

/// The code of mistakes in files of advisories.
pub const ADVISORY_MISTAKE: MistakeCode = codes::ADVISORIES;

/// Something that a catalog has and the core's advisories have not, or have otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreGap {
    /// What kind of difference it is.
    pub code: MistakeCode,
    /// What the difference is, as a sentence without a full stop.
    pub message: String,
    /// What the advisories need: the name of the file, and rows for it or what to do there.
    pub needs: String,
}

/// Every difference between what a catalog says and what the core knows, in the order of the
/// advisories' files. How the product is recognised and which files tell its level is the core's
/// own business, and not compared.
#[must_use]
pub fn core_gaps(catalog: &Catalog, known: &Advisories) -> Vec<CoreGap> {
    let mut gaps = Gaps { catalog, known, found: Vec::new() };
    gaps.product();
    gaps.families();
    gaps.system_files();
    gaps.worker();
    gaps.service_packs();
    gaps.components();
    gaps.updates();
    gaps.requirements();
    gaps.found
}

struct Gaps<'a> {
    catalog: &'a Catalog,
    known: &'a Advisories,
    found: Vec<CoreGap>,
}

impl Gaps<'_> {
    /// The two fields that every entry of the advisories has.
    fn sourced(&self, provenance: &Provenance) -> String {
        let source = self.catalog.source(&provenance.source);
        let source = source.map_or(provenance.source.as_str(), |source| &source.title);
        let confidence = provenance.confidence.as_str();
        format!("confidence = \"{confidence}\"\nsource = {}", toml::Value::from(source))
    }

    fn push(&mut self, code: MistakeCode, message: String, needs: String) {
        self.found.push(CoreGap { code, message, needs });
    }

    /// What texts call the product.
    fn product(&mut self) {
        let (words, known) = (&self.catalog.product.words, &self.known.product.words);
        if words != known {
            let says = format!("the core calls the product otherwise: {}", known.name);
            let text = |text: &String| toml::Value::from(text.as_str());
            let needs = format!(
                "platform.toml:\n[product]\ntitle = {}\nfeature = {}\nfailure = {}",
                text(&words.name),
                text(&words.feature),
                text(&words.failure)
            );
            self.push(codes::OTHERWISE, says, needs);
        }
    }

    /// Versions, and the revisions that levels start with.
    fn families(&mut self) {
        let levels = self.catalog.levels.iter();
        let baselines: BTreeMap<Level, u16> = levels.map(|l| (l.level, l.revision)).collect();
        let rows: Vec<String> =
            baselines.iter().map(|(level, revision)| format!("{level} = {revision}")).collect();
        let rows = rows.join(", ");
        for family in &self.catalog.families {
            let FileVersion { major, minor, build, .. } = family.version;
            let shown = format!("{major}.{minor}.{build}");
            let needs = format!(
                "platform.toml:\n[[family]]\nversion = \"{shown}\"\n\
                 baselines = {{ {rows} }}\n{}",
                self.sourced(&family.provenance)
            );
            let known = self.known.families.iter().find(|known| known.version == family.version);
            match known {
                None => {
                    let says = format!("the core knows no versions {shown}.*");
                    self.push(codes::UNKNOWN, says, needs);
                }
                Some(known) if known.baselines != baselines => {
                    let says = format!("other revisions of {shown}.* begin the levels");
                    self.push(codes::OTHERWISE, says, needs);
                }
                Some(_) => {}
            }
        }
    }

    fn system_files(&mut self) {
        for file in self.catalog.files.iter().filter(|file| file.component.is_none()) {
            let number = self.known.number(&file.path);
            let known = number.and_then(|number| self.known.file(number));
            if known.is_none_or(|known| known.component.is_some()) {
                let says = format!("the core knows no system file {}", file.path);
                let needs = format!(
                    "platform.toml:\n[[system_file]]\npath = \"{}\"\ntells_level = false\n{}",
                    file.path,
                    self.sourced(&file.provenance)
                );
                self.push(codes::UNKNOWN, says, needs);
            }
        }
    }

    /// The core follows one program; the catalog may have several that load files at run time.
    fn worker(&mut self) {
        for id in self.catalog.file_ids() {
            let (program, worker) = (self.catalog.file(id), &self.known.worker);
            if program.loads.is_empty() {
                continue;
            }
            let loads: Vec<&str> = program.loads.iter().map(|load| load.dll.as_str()).collect();
            if program.path != worker.program {
                let says = format!(
                    "{} loads files at run time (`loads`), and the core follows one program, {}",
                    program.path, worker.program
                );
                let needs = "platform.toml: `program` of `[worker]` names the one program that the \
                             core follows";
                self.push(codes::FIXED, says, needs.to_owned());
                continue;
            }
            if worker.loads != loads {
                let says = format!("{} loads other files at run time", program.path);
                let needs = format!("platform.toml:\n[worker]\nloads = {}", list(&loads));
                self.push(codes::OTHERWISE, says, needs);
            }
            // The advisories write the Windows folder itself as an empty name.
            let folders = loader_folders(self.catalog, id).into_iter();
            let folders: Vec<String> = folders.map(Option::unwrap_or_default).collect();
            if worker.folders != folders {
                let says = format!("the loader of {} searches other folders", program.path);
                let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
                let needs = format!("platform.toml:\n[worker]\nfolders = {}", list(&folders));
                self.push(codes::OTHERWISE, says, needs);
            }
        }
    }

    fn service_packs(&mut self) {
        for level in self.catalog.service_packs() {
            let missing: Vec<String> = self
                .catalog
                .architectures
                .iter()
                .filter(|facts| !facts.service_packs.contains(&level))
                .map(|facts| facts.architecture.to_string())
                .collect();
            let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
            let needs = format!(
                "platform.toml:\n[[service_pack]]\nlevel = \"{}\"\nnot_for = {}\n{}",
                level.as_str(),
                list(&missing),
                self.sourced(&self.catalog.level(level).provenance)
            );
            let known = self.known.service_packs.iter().find(|known| known.level == level);
            match known {
                None => {
                    let says = format!("the core knows no {}", level.title());
                    self.push(codes::UNKNOWN, says, needs);
                }
                Some(known) if known.not_for != missing => {
                    let says = format!("{} is for other architectures", level.title());
                    self.push(codes::OTHERWISE, says, needs);
                }
                Some(_) => {}
            }
        }
    }

    fn components(&mut self) {
        for component in &self.catalog.components {
            let known = self.known.components.iter().find(|known| known.id == component.id);
            let Some(known) = known else {
                let says = format!("the core knows no component {}", component.id);
                self.push(codes::UNKNOWN, says, self.component_rows(component));
                continue;
            };
            let path = |number: &usize| self.known.file(*number).map(|file| file.path.as_str());
            let of_core: BTreeSet<&str> = known.files.iter().filter_map(path).collect();
            let own = component.files.iter().map(|file| self.catalog.file(*file).path.as_str());
            let own: BTreeSet<&str> = own.collect();
            let more: Vec<&str> = own.difference(&of_core).copied().collect();
            let less: Vec<&str> = of_core.difference(&own).copied().collect();
            if !more.is_empty() {
                let says = format!("the core knows no {} of {}", more.join(", "), component.id);
                self.push(codes::UNKNOWN, says, self.component_rows(component));
            }
            if !less.is_empty() {
                let says =
                    format!("{} has no {}, as the core thinks", component.id, less.join(", "));
                self.push(codes::OTHERWISE, says, self.component_rows(component));
            }
        }
    }

    /// The entry of a component; what its files have in common is their folder.
    fn component_rows(&self, component: &Component) -> String {
        let paths = component.files.iter().map(|file| &self.catalog.file(*file).path);
        let folders: BTreeSet<&str> = paths.clone().filter_map(|path| path.folder()).collect();
        let names: Vec<&str> = paths.map(WindowsPath::file_name).collect();
        let folders: Vec<&str> = folders.into_iter().collect();
        format!(
            "components.toml:\n[[component]]\nid = \"{}\"\nfolder = \"{}\"\nfiles = {}\n{}",
            component.id,
            folders.join(", "),
            list(&names),
            self.sourced(&component.provenance)
        )
    }
}

/// A list of texts in TOML.
fn list(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", quoted.join(", "))
}
