//! What the catalog has a name for: levels, components, updates, bulletins, files, assumptions and
//! claims.

use super::{
    kind::Kind,
    page::{Block, Page},
};
use crate::{
    json::{ListItem, Provenanced, list_items, property_lines, provenanced, versions},
    text::and,
};
use patchstate_catalog::{
    Assumption, Catalog, Extent, File, FileId, FileKind, ImportFact, LevelFacts,
};
use patchstate_study::{Claim, built_in_claims};
use patchstate_terms::{Architecture, Level};
use std::collections::BTreeMap;

/// A page for each of them.
pub(super) fn pages(catalog: &Catalog) -> Vec<Page> {
    let mut pages: Vec<Page> = catalog.levels.iter().map(|facts| level(catalog, facts)).collect();
    pages.extend(entries(catalog, "components", Kind::Component, "Component"));
    pages.extend(extensions(catalog));
    pages.extend(entries(catalog, "updates", Kind::Update, "Update"));
    pages.extend(bulletins(catalog));
    pages.extend(catalog.file_ids().map(|id| file(catalog, id)));
    pages.extend(catalog.assumptions.iter().map(assumption));
    pages.extend(built_in_claims(catalog).iter().map(claim));
    pages
}

fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

fn item(name: impl Into<String>, text: impl Into<String>) -> Block {
    Block::Item(name.into(), text.into())
}

fn level(catalog: &Catalog, facts: &LevelFacts) -> Page {
    let level = facts.level;
    let title = match &facts.service_pack_title {
        Some(title) => format!("Level. The operating system, or a file, with {title}."),
        None => "Level. The operating system, or a file, as first released.".to_owned(),
    };
    let on = |has: &dyn Fn(&patchstate_catalog::ArchitectureFacts) -> bool| {
        let having = catalog.architectures.iter().filter(|facts| has(facts));
        let names: Vec<&str> = having.map(|facts| facts.architecture.as_str()).collect();
        if names.is_empty() { "no architecture".to_owned() } else { and(&names) }
    };
    let mut blocks = vec![text(title)];
    for family in &catalog.families {
        let version = family.version.with_revision(facts.revision);
        blocks.push(item(format!("untouched {} files", family.id), version.to_string()));
    }
    if let Some(build) = &facts.build_strings {
        blocks.push(item("build string", &build.untouched));
        let branches = format!("begin with {} and {}", build.gdr_prefix, build.qfe_prefix);
        blocks.push(item("build strings of updates", branches));
    }
    blocks.push(item("installation media", format!("on {}", on(&|a| a.media.contains(&level)))));
    if facts.service_pack_title.is_some() {
        let packs = on(&|a| a.service_packs.contains(&level));
        blocks.push(item("service pack", format!("can be applied on {packs}")));
    }
    blocks.push(source(&provenanced(catalog, &facts.provenance)));
    let page = Page::new(level.as_str(), Kind::Level, blocks);
    page.with_aliases([format!("os:{level}"), format!("-{level}")])
}

/// Where a fact comes from, as a paragraph.
fn source(provenance: &Provenanced) -> Block {
    text(format!("{provenance}."))
}

/// The entries of a list. An update has one item for each of its releases.
fn entries(catalog: &Catalog, list: &str, kind: Kind, word: &str) -> Vec<Page> {
    let mut entries: BTreeMap<usize, (String, Vec<ListItem>)> = BTreeMap::new();
    for item in list_items(catalog, list).map(|list| list.items).unwrap_or_default() {
        // The releases of an update have its id before a slash.
        let id = item.id.split('/').next().unwrap_or_default().to_owned();
        let known = entries.iter().find(|(_, (known, _))| *known == id).map(|(at, _)| *at);
        let at = known.unwrap_or(entries.len());
        entries.entry(at).or_insert((id, Vec::new())).1.push(item);
    }
    entries.into_values().map(|(id, items)| entry(&id, &items, kind, word)).collect()
}

fn entry(id: &str, items: &[ListItem], kind: Kind, word: &str) -> Page {
    let title = items.first().map(|item| item.title.as_str()).unwrap_or_default();
    let mut blocks = vec![text(format!("{word}. {title}."))];
    for one in items {
        if one.id != id {
            blocks.push(Block::Heading(one.id.clone()));
        }
        for (name, values) in &one.facts {
            blocks.push(item(name.clone(), values.join(", ")));
        }
        blocks.extend(one.provenance().as_ref().map(source));
    }
    let others = items.iter().filter(|item| item.id != id).map(|item| item.id.clone());
    Page::new(id, kind, blocks).with_aliases(others)
}

fn extensions(catalog: &Catalog) -> impl Iterator<Item = Page> {
    catalog.extensions.iter().map(|extension| {
        let owner = &catalog.component(extension.comes_with).id;
        let says = format!(
            "No component. An id that only allows or forbids a web service extension, whose file \
             comes with {owner}. It cannot be added or removed as a step."
        );
        let blocks = vec![text(says), source(&provenanced(catalog, &extension.provenance))];
        Page::new(&extension.id, Kind::Component, blocks)
    })
}

/// A bulletin can announce several updates.
fn bulletins(catalog: &Catalog) -> impl Iterator<Item = Page> {
    let mut announced: BTreeMap<&str, Vec<Block>> = BTreeMap::new();
    for update in &catalog.updates {
        if let Some(bulletin) = &update.bulletin {
            let dates: Vec<&str> = update.releases.iter().map(|one| one.date.as_str()).collect();
            let says = format!("{}, released {}", update.title, and(&dates));
            announced.entry(bulletin).or_default().push(item(&update.id, says));
        }
    }
    announced.into_iter().map(|(bulletin, updates)| {
        let ids: Vec<String> = updates
            .iter()
            .filter_map(|block| match block {
                Block::Item(id, _) => Some(id.clone()),
                _ => None,
            })
            .collect();
        let says = format!("Security bulletin. It announces {}.", and(&ids));
        let see: Vec<String> = ids.iter().map(|id| format!("patchstate explain {id}")).collect();
        let more = text(format!("More: {}.", and(&see)));
        let blocks = std::iter::once(text(says)).chain(updates).chain([more]);
        Page::new(bulletin, Kind::Bulletin, blocks.collect())
    })
}

fn file(catalog: &Catalog, id: FileId) -> Page {
    let known = catalog.file(id);
    let kind = match known.kind {
        FileKind::Library => "Library",
        FileKind::Program => "Program",
        FileKind::Native => "Native program or driver",
    };
    let owner = match known.component {
        Some(component) => {
            let component = catalog.component(component);
            format!("It comes with {}, {}.", component.id, component.title)
        }
        None => "It is part of the operating system.".to_owned(),
    };
    let mut blocks = vec![
        text(format!("{kind}. {}. {owner}", known.description)),
        Block::Heading("Versions".to_owned()),
    ];
    blocks.push(Block::Lines(version_lines(catalog, id)));
    blocks.push(Block::Heading("Sizes".to_owned()));
    blocks.extend(sizes(catalog, known));
    blocks.extend(links(catalog, known));
    blocks.push(source(&provenanced(catalog, &known.provenance)));
    let aliases = [known.path.file_name().to_owned()];
    Page::new(known.path.as_str(), Kind::File, blocks).with_aliases(aliases)
}

/// The architectures on which there are hosts of a level, where these are not all.
fn only_on(catalog: &Catalog, level: Level) -> String {
    let has = |facts: &&patchstate_catalog::ArchitectureFacts| {
        facts.media.contains(&level) || facts.service_packs.contains(&level)
    };
    let names = catalog.architectures.iter().filter(has).map(|facts| facts.architecture.as_str());
    let names: Vec<&str> = names.collect();
    if names.len() == catalog.architectures.len() {
        String::new()
    } else {
        format!(", {} only", and(&names))
    }
}

fn version_lines(catalog: &Catalog, id: FileId) -> Vec<String> {
    let versions = versions(catalog, id);
    let width = versions.iter().map(|one| one.version.len()).max().unwrap_or(0);
    let line = |one: &crate::json::FileVersionObject| {
        let from = match &one.update {
            Some(update) => {
                let branches: Vec<String> =
                    one.branches.iter().map(|branch| branch.to_uppercase()).collect();
                format!("{update}, {}", and(&branches))
            }
            None => "untouched".to_owned(),
        };
        let level = one.level.parse().map(|level| only_on(catalog, level)).unwrap_or_default();
        format!("{:<4} {:<width$}  {from}{level}", one.level, one.version)
    };
    versions.iter().map(line).collect()
}

fn sizes(catalog: &Catalog, file: &File) -> Vec<Block> {
    let architecture = |one: Option<Architecture>| one.map(|one| one.to_string());
    let lines = file.sizes.iter().map(|size| {
        let revision = size.revision.map(|revision| format!("revision {revision}"));
        let branch = size.branch.map(|branch| branch.as_str().to_uppercase());
        let of = [architecture(size.architecture), revision, branch];
        let of: Vec<String> = of.into_iter().flatten().collect();
        let of = if of.is_empty() { "all".to_owned() } else { of.join(" ") };
        item(of, format!("{} bytes; {}", size.bytes, provenanced(catalog, &size.provenance)))
    });
    lines.collect()
}

/// What it imports and loads, and who imports from it.
fn links(catalog: &Catalog, file: &File) -> Vec<Block> {
    let name = file.path.file_name();
    let by_file = |imports: &[ImportFact]| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for import in imports {
            let shown = format!("{}{}", import.dll, how(import));
            if !names.contains(&shown) {
                names.push(shown);
            }
        }
        names
    };
    let loads: Vec<&str> = file.loads.iter().map(|load| load.dll.as_str()).collect();
    let users = catalog.files.iter().filter_map(|other| {
        let mut imports = other.imports.iter().filter(|import| import.dll == name);
        let loads = other.loads.iter().any(|load| load.dll == name);
        let first = imports.next();
        // Under which assumption it does, where it does under no other.
        let when = first.and_then(|import| import.extent.when.as_ref()).filter(|_| !loads);
        let when = when.filter(|when| imports.all(|i| i.extent.when.as_ref() == Some(when)));
        let under = when.map(|when| format!(" (under {when})")).unwrap_or_default();
        (loads || first.is_some()).then(|| format!("{}{under}", other.path.file_name()))
    });
    let users: Vec<String> = users.collect();
    let mut blocks = vec![Block::Heading("Links".to_owned())];
    for (what, names) in [
        ("imports from", by_file(&file.imports)),
        ("loads when it starts", loads.iter().map(|name| (*name).to_owned()).collect()),
        ("needed by", users),
    ] {
        let names = if names.is_empty() { "no file".to_owned() } else { names.join(", ") };
        blocks.push(item(what, names));
    }
    blocks
}

/// In which copies of the file an import is, and under which assumption.
fn how(import: &ImportFact) -> String {
    let Extent { since, before, when } = &import.extent;
    let mut words = Vec::new();
    if import.delayed {
        words.push("delayed".to_owned());
    }
    words.extend(since.map(|since| format!("more from revision {since} on")));
    words.extend(before.map(|before| format!("below revision {before}")));
    words.extend(when.as_ref().map(|when| format!("under {when}")));
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

fn assumption(assumption: &Assumption) -> Page {
    let mut blocks = vec![text(format!("Assumption. {}", assumption.text))];
    for (index, value) in assumption.values.iter().enumerate() {
        let default = if index == 0 { " (default)" } else { "" };
        let flag = format!("--assume {}={}{default}", assumption.id, value.name);
        blocks.push(item(flag, &value.text));
    }
    if assumption.values.is_empty() {
        blocks.push(text("There is nothing to switch: it is a value of the catalog."));
    }
    let settings = assumption.values.iter();
    let settings = settings.map(|value| format!("{}={}", assumption.id, value.name));
    Page::new(&assumption.id, Kind::Assumption, blocks).with_aliases(settings)
}

fn claim(claim: &Claim) -> Page {
    let mut blocks = vec![
        text(format!("Claim. {}", claim.text)),
        text(format!("Source: {}", claim.source)),
        text(format!("Read as: {}", claim.reading)),
    ];
    blocks.extend(claim.note.as_ref().map(text));
    blocks.push(text(format!("Recorded: {}.", claim.recorded)));
    let lines = property_lines(claim).into_iter();
    blocks.extend(lines.map(|(name, values)| item(name, values.join(", "))));
    Page::new(&claim.id, Kind::Claim, blocks)
}
