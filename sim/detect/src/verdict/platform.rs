//! Which operating system a host has: product, level and architecture.
//!
//! **Owns** weighing registry against system files. The level is that of most of the system files
//! that carry it; where they are tied or absent, the registry decides. Files come first because
//! they are what runs, while `CSDVersion` is a text that anything can write. The architecture is
//! weighed in the same way.

use crate::{
    Evidence, FileEvidence, RegistryEvidence,
    advisory::{Advisories, ServicePack},
};
use patchstate_terms::{FileVersion, Level, Machine, RegistryPath, RegistryValue, WindowsPath};
use std::collections::BTreeMap;

/// What the evidence says about the operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsEvidence {
    /// The product, for example `Windows Server 2003`.
    pub product: Option<String>,
    /// The architecture: `x86`, `x64` or `ia64`.
    pub arch: Option<String>,
    /// The level that most of the system files have, else that of the registry.
    pub level: Option<Level>,
    /// The version of the kernel, or of the next system file that could be read.
    pub version: Option<FileVersion>,
}

/// What was found out about the operating system.
#[derive(Debug)]
pub(super) struct Platform {
    pub(super) os: OsEvidence,
    /// Whether it is the product that this core knows; `None` where nothing says.
    pub(super) is_product: Option<bool>,
    /// The level that the registry says, if the product has it.
    pub(super) registry_level: Option<Level>,
    /// The level, where there is one to judge by.
    pub(super) level: Option<Level>,
    /// Whether files that could not be read might change the level.
    pub(super) level_is_firm: bool,
    /// The machine of the operating system's own files.
    pub(super) machine: Option<Machine>,
    /// The file that findings about the level name.
    pub(super) level_file: WindowsPath,
    pub(super) votes: Vec<Vote>,
}

/// What one system file says about the level.
#[derive(Debug)]
pub(super) struct Vote {
    pub(super) path: WindowsPath,
    pub(super) version: Option<FileVersion>,
    pub(super) level: Option<Level>,
    pub(super) machine: Option<Machine>,
}

/// Weighs the evidence.
pub(super) fn identify(
    evidence: &Evidence,
    known: &Advisories,
    files: &[&FileEvidence],
) -> Platform {
    let registry = &evidence.registry;
    let votes = votes(known, files);
    let registry_level = registry_level(known, registry);
    let (level, level_is_firm) = weigh_level(known, &votes, registry_level);
    let version = votes.iter().find_map(|vote| vote.version);
    let machine = weigh_machine(evidence, &votes);
    let product = registry.product_name.as_deref().map(|name| {
        name.trim().trim_start_matches("Microsoft ").replace("(R)", "").trim().to_owned()
    });
    let is_product = is_product(evidence, known, &votes);
    // A product that writes no name is called by the one that it is known by.
    let is_nameless = known.product.name.is_none() && is_product == Some(true);
    let product = product.or_else(|| is_nameless.then(|| known.product.words.name.clone()));
    Platform {
        is_product,
        registry_level,
        os: OsEvidence { product, arch: machine.and_then(architecture), level, version },
        level,
        level_is_firm,
        machine,
        level_file: level_file(known, &votes),
        votes,
    }
}

/// The level that the registry says, if the product has it. A service pack may have the name of
/// another one, and a mark of its own.
fn registry_level(known: &Advisories, registry: &RegistryEvidence) -> Option<Level> {
    let said = known.level(registry.level)?;
    let is_one = |mark: &RegistryPath| match registry.value(mark) {
        Ok(Some(RegistryValue::Number(number))) => number == 1,
        Ok(Some(value)) => value.text() == Some("1"),
        Ok(None) | Err(_) => false,
    };
    let is_marked = |pack: &&ServicePack| {
        let told = pack.told_apart.as_ref().filter(|told| told.called == said);
        told.is_some_and(|told| is_one(&told.mark))
    };
    let marked = known.service_packs.iter().filter(is_marked).map(|pack| pack.level).max();
    marked.or(Some(said))
}

fn votes(known: &Advisories, files: &[&FileEvidence]) -> Vec<Vote> {
    let mut votes: Vec<Vote> = known
        .files
        .iter()
        .zip(files)
        .filter(|(file, found)| file.tells_level && found.is_present())
        .map(|(file, found)| {
            let version = found.image().and_then(|image| image.file_version);
            let is_system = version.is_some_and(|version| {
                known.families.first().is_some_and(|family| family.version.same_build(version))
            });
            let level = version.filter(|_| is_system).and_then(|v| known.lineage(v));
            Vote {
                path: file.path.clone(),
                version,
                level,
                machine: found.image().and_then(|image| image.machine),
            }
        })
        .collect();
    // The kernel first, then the other files by name.
    votes.sort_by_key(|vote| (!is_kernel(&vote.path), vote.path.clone()));
    votes
}

fn is_kernel(path: &WindowsPath) -> bool {
    path.file_name().starts_with("ntoskrnl")
}

fn level_file(known: &Advisories, votes: &[Vote]) -> WindowsPath {
    let kernel = known.files.iter().map(|file| &file.path).find(|path| is_kernel(path));
    let path = kernel.or_else(|| votes.first().map(|vote| &vote.path));
    path.unwrap_or(&known.worker.program).clone()
}

/// The level, and whether votes that could not be read leave it certain.
fn weigh_level(
    known: &Advisories,
    votes: &[Vote],
    registry: Option<Level>,
) -> (Option<Level>, bool) {
    let count = |level| votes.iter().filter(|vote| vote.level == Some(level)).count();
    let unknown = votes.iter().filter(|vote| vote.level.is_none()).count();
    let most = known.levels().map(count).max().unwrap_or(0);
    if most == 0 {
        return (registry, unknown == 0);
    }
    let first: Vec<Level> = known.levels().filter(|level| count(*level) == most).collect();
    let level = match (first.as_slice(), registry) {
        ([level], _) => Some(*level),
        (_, Some(level)) if first.contains(&level) => Some(level),
        _ => None,
    };
    let others = known.levels().filter(|l| Some(*l) != level).map(count).max();
    let is_firm = unknown == 0 || most > others.unwrap_or(0) + unknown;
    (level, is_firm)
}

fn weigh_machine(evidence: &Evidence, votes: &[Vote]) -> Option<Machine> {
    let registry = match evidence.registry.processor_architecture.as_deref() {
        Some(text) if text.eq_ignore_ascii_case("x86") => Some(Machine::I386),
        Some(text) if text.eq_ignore_ascii_case("amd64") => Some(Machine::Amd64),
        Some(text) if text.eq_ignore_ascii_case("ia64") => Some(Machine::Ia64),
        _ => None,
    };
    let mut counts: BTreeMap<Machine, usize> = BTreeMap::new();
    for machine in votes.iter().filter_map(|vote| vote.machine) {
        *counts.entry(machine).or_default() += 2;
    }
    // The registry breaks ties between files, and never outweighs one.
    if let Some(machine) = registry {
        *counts.entry(machine).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(machine, _)| machine)
}

fn architecture(machine: Machine) -> Option<String> {
    let name = match machine {
        Machine::I386 => "x86",
        Machine::Amd64 => "x64",
        Machine::Ia64 => "ia64",
        Machine::Other(_) => return None,
    };
    Some(name.to_owned())
}

fn is_product(evidence: &Evidence, known: &Advisories, votes: &[Vote]) -> Option<bool> {
    let registry = &evidence.registry;
    // A value without any text says nothing.
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    if let Some(name) = said(&registry.product_name) {
        // Trade marks stand between the words on some editions.
        let name = name.to_lowercase().replace("(r)", "");
        let own = known.product.name.as_ref();
        return Some(own.is_some_and(|own| name.contains(&own.to_lowercase())));
    }
    if let Some(current) = said(&registry.current_version) {
        let build = said(&registry.current_build);
        let is_build = build.is_none_or(|build| build.trim() == known.product.build.to_string());
        return Some(current == known.product.version && is_build);
    }
    // One odd file beside others does not make another system, and neither do files of which some
    // cannot be read.
    let family = known.families.first()?;
    let is_of_family = |version: FileVersion| family.version.same_build(version);
    if votes.iter().filter_map(|vote| vote.version).any(is_of_family) {
        return Some(true);
    }
    let is_other = !votes.is_empty() && votes.iter().all(|vote| vote.version.is_some());
    is_other.then_some(false)
}
