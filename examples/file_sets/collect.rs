//! Different images, hives and sets, in the order in which they were met.

use crate::expected;
use patchstate_detect::Verdict;
use patchstate_explore::StateId;
use patchstate_image::HostTree;
use patchstate_servicing::Host;
use patchstate_study::{Reached, Simulation};
use patchstate_terms::{Finding, FindingKind, ImportedSymbol, RegistryValue, WindowsPath};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    error::Error,
    fs,
    path::Path,
    sync::Arc,
};

/// Hosts that are looked at in one go, so that memory stays bounded.
const CHUNK: usize = 4096;

type Bytes = Arc<[u8]>;
/// Path and number of each image of a set.
type Images = Vec<(WindowsPath, usize)>;

/// A file to write, and what is said of it.
struct Piece {
    name: String,
    bytes: Bytes,
    facts: Value,
}

/// Everything that was met so far.
#[derive(Default)]
pub(crate) struct Collection {
    images: Vec<Piece>,
    hives: Vec<Piece>,
    /// For the bytes of an image, and for where they stand and what they should be, its number.
    image_numbers: BTreeMap<(Bytes, String), usize>,
    known_hives: BTreeSet<(Bytes, String)>,
    sets: Vec<Value>,
    set_numbers: BTreeMap<Images, usize>,
}

/// What was seen of one host.
struct Seen {
    id: StateId,
    host: Host,
    tree: HostTree,
    truth: Vec<Value>,
    verdict: Verdict,
}

impl Collection {
    /// Adds what the hosts of a slice look like under some assumptions.
    pub(crate) fn add(
        &mut self,
        reached: &Reached,
        settings: &[String],
    ) -> Result<(), Box<dyn Error>> {
        for chunk in reached.observation_classes().first.chunks(CHUNK) {
            let seen: Result<Vec<Seen>, _> =
                chunk.par_iter().filter_map(|id| look(reached, *id).transpose()).collect();
            for seen in seen.map_err(|error| error.to_string())? {
                self.add_host((reached, settings), &seen)?;
            }
        }
        Ok(())
    }

    fn add_host(
        &mut self,
        (reached, settings): (&Reached, &[String]),
        seen: &Seen,
    ) -> Result<(), Box<dyn Error>> {
        let simulation = reached.simulation();
        let mut images = Images::new();
        for (path, file) in &seen.tree.files {
            if file.is_image {
                let facts = expected::image(simulation.model(), &seen.host, path);
                let facts = facts.ok_or_else(|| format!("no host has {path}"))?;
                images.push((path.clone(), self.image(path, &file.bytes, facts)));
            } else {
                self.hive(simulation, seen, path, &file.bytes);
            }
        }
        let imports = json!({
            "truth": { "findings": seen.truth },
            "verdict": { "findings": imports_of(&seen.verdict.findings) },
        });
        let numbers: Vec<usize> = images.iter().map(|(_, number)| *number).collect();
        match self.set_numbers.entry(images) {
            Entry::Vacant(vacant) => {
                vacant.insert(self.sets.len());
                let steps: Vec<String> =
                    reached.order(seen.id).iter().map(ToString::to_string).collect();
                self.sets.push(json!({
                    "architecture": simulation.model().architecture().to_string(),
                    "assume": settings, "steps": steps, "images": numbers, "imports": imports,
                }));
            }
            // What does not resolve is decided by the images alone.
            Entry::Occupied(known) => {
                let known = self.sets.get(*known.get()).map(|set| &set["imports"]);
                if known != Some(&imports) {
                    let said = format!("{imports} and {known:?} of equal images");
                    return Err(said.into());
                }
            }
        }
        Ok(())
    }

    fn image(&mut self, path: &WindowsPath, bytes: &Bytes, facts: Value) -> usize {
        let next = self.images.len();
        let key = (Arc::clone(bytes), format!("{path} {facts}"));
        let number = *self.image_numbers.entry(key).or_insert(next);
        if number == next {
            let name = format!("images/{next}/{}", path.file_name());
            self.images.push(Piece { name, bytes: Arc::clone(bytes), facts });
        }
        number
    }

    fn hive(&mut self, simulation: &Simulation, seen: &Seen, path: &WindowsPath, bytes: &Bytes) {
        let registry = simulation.model().registry(&seen.host);
        let mut values = Map::new();
        for (at, value) in registry {
            if at.hive.file_name() == path.file_name() {
                values.insert(format!(r"{}\{}", at.key, at.value), content(&value));
            }
        }
        let facts = json!({ "hive": path.file_name(), "values": values });
        if self.known_hives.insert((Arc::clone(bytes), facts.to_string())) {
            let name = format!("hives/{}/{}", self.hives.len(), path.file_name());
            self.hives.push(Piece { name, bytes: Arc::clone(bytes), facts });
        }
    }

    /// Writes all of it into a folder that does not exist yet.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Box<dyn Error>> {
        fs::create_dir(folder)?;
        let mut described = Vec::new();
        for pieces in [&self.images, &self.hives] {
            for piece in pieces {
                let path = folder.join(&piece.name);
                path.parent().map_or(Ok(()), fs::create_dir_all)?;
                fs::write(path, &piece.bytes)?;
            }
            let facts = pieces.iter().map(|p| json!({ "file": p.name, "facts": p.facts }));
            described.push(facts.collect::<Vec<_>>());
        }
        let [images, hives] = &described[..] else { return Err("two kinds of files".into()) };
        let all = json!({ "images": images, "hives": hives, "sets": self.sets });
        fs::write(folder.join("sets.json"), all.to_string())?;
        Ok(())
    }
}

fn look(reached: &Reached, id: StateId) -> Result<Option<Seen>, patchstate_study::StudyError> {
    let Some(host) = reached.host(id) else { return Ok(None) };
    let simulation = reached.simulation();
    let tree = simulation.tree(&host)?;
    let truth = imports_of(&simulation.truth(&host).findings);
    let verdict = simulation.judge(&tree);
    Ok(Some(Seen { id, host, tree, truth, verdict }))
}

/// The findings that are about imports.
fn imports_of(findings: &[Finding]) -> Vec<Value> {
    let about_imports = |finding: &&Finding| {
        matches!(finding.kind, FindingKind::UnresolvedImport | FindingKind::MissingDll)
    };
    let object = |finding: &Finding| {
        let import = finding.import.as_ref();
        let symbol = import.and_then(|import| import.symbol.as_ref());
        let (name, ordinal) = match symbol {
            Some(ImportedSymbol::Name(name)) => (Some(name), None),
            Some(ImportedSymbol::Ordinal(ordinal)) => (None, Some(ordinal)),
            None => (None, None),
        };
        let dll = import.map(|import| &import.dll);
        json!({
            "kind": finding.kind.to_string(), "file": finding.file.to_string(),
            "import": { "dll": dll, "name": name, "ordinal": ordinal },
        })
    };
    findings.iter().filter(about_imports).map(object).collect()
}

fn content(value: &RegistryValue) -> Value {
    match value {
        RegistryValue::Text(text) | RegistryValue::ExpandableText(text) => json!(text),
        RegistryValue::Number(number) => json!(number),
        // No host of the catalog has one.
        RegistryValue::BigEndianNumber(_)
        | RegistryValue::LongNumber(_)
        | RegistryValue::Texts(_)
        | RegistryValue::Binary(_)
        | RegistryValue::Link(_)
        | RegistryValue::Raw { .. } => json!(value.to_string()),
    }
}
