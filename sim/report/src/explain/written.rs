//! Pages that a person wrote, with what the catalog and the code know filled in.
//!
//! **Owns** the texts in `topics/`, and the words in double braces in them: lists and numbers that
//! would go stale if they were written down. **Must never know** a fact of the catalog by itself.

use super::{
    kind::Kind,
    page::{Block, Page, normal, read_pages},
};
use crate::text::{and, meaning, or};
use patchstate_catalog::{Catalog, LevelFacts};
use patchstate_rules::{ExternalBounds, RuleLanguage, oval_language, rule_language};
use patchstate_study::{Conclusion, PropertyKind};
use patchstate_terms::{FindingKind, Status};
use std::collections::BTreeSet;

const TEXTS: [(Kind, &str); 13] = [
    (Kind::Page, include_str!("topics/pages/rule-files.md")),
    (Kind::Page, include_str!("topics/pages/oval.md")),
    (Kind::Page, include_str!("topics/pages/yara.md")),
    (Kind::Page, include_str!("topics/pages/external-rules.md")),
    (Kind::Page, include_str!("topics/pages/steps.md")),
    (Kind::Page, include_str!("topics/pages/scenarios.md")),
    (Kind::Page, include_str!("topics/pages/baselines.md")),
    (Kind::Page, include_str!("topics/pages/claims.md")),
    (Kind::Page, include_str!("topics/pages/catalog.md")),
    (Kind::Status, include_str!("topics/statuses.md")),
    (Kind::Finding, include_str!("topics/findings.md")),
    (Kind::Word, include_str!("topics/words.md")),
    (Kind::Condition, include_str!("topics/conditions.md")),
];

/// All of them, filled in.
pub(super) fn pages(catalog: &Catalog) -> Vec<Page> {
    let raw: Vec<Page> = TEXTS.iter().flat_map(|(kind, text)| read_pages(*kind, text)).collect();
    let language = rule_language();
    let filler = Filler { catalog, raw: &raw, language: &language };
    raw.iter().map(|page| filler.page(page)).collect()
}

/// What words in double braces stand for.
struct Filler<'a> {
    catalog: &'a Catalog,
    raw: &'a [Page],
    language: &'a RuleLanguage,
}

impl Filler<'_> {
    fn page(&self, page: &Page) -> Page {
        let aliases = page.aliases.iter().flat_map(|alias| match alias.as_str() {
            "{{absent}}" => self.language.absent.iter().map(|name| (*name).to_owned()).collect(),
            alias => vec![alias.to_owned()],
        });
        let aliases = aliases.filter(|alias| *alias != page.name).collect();
        let blocks = page.blocks.iter().flat_map(|block| self.block(block)).collect();
        Page { name: page.name.clone(), aliases, kind: page.kind, blocks }
    }

    fn block(&self, block: &Block) -> Vec<Block> {
        match block {
            Block::Text(text) => {
                let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
                name.and_then(|name| self.list(name))
                    .unwrap_or_else(|| vec![Block::Text(self.filled(text))])
            }
            Block::Item(name, text) => vec![Block::Item(name.clone(), self.filled(text))],
            Block::Heading(_) | Block::Lines(_) | Block::File(..) | Block::Commands(_) => {
                vec![block.clone()]
            }
        }
    }

    /// A text with every word in double braces filled in; one that stands for nothing stays.
    fn filled(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else { break };
            filled.push_str(before);
            filled.push_str(&self.value(name).unwrap_or_else(|| format!("{{{{{name}}}}}")));
            rest = after;
        }
        filled + rest
    }

    /// What a word within a sentence stands for.
    fn value(&self, name: &str) -> Option<String> {
        let catalog = self.catalog;
        let oval = oval_language();
        Some(match name {
            "absent" => self.language.absent.join(", "),
            "architectures" => {
                let names = catalog.architectures.iter().map(|facts| facts.architecture.as_str());
                or(&names.collect::<Vec<_>>())
            }
            "baselines" => {
                let baseline = |facts: &LevelFacts| format!("{} ({})", facts.revision, facts.level);
                and(&catalog.levels.iter().map(baseline).collect::<Vec<_>>())
            }
            "builds" => {
                let builds = catalog.families.iter().map(|family| family.version.build.to_string());
                and(&builds.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>())
            }
            "catalog-title" => format!("{} ({})", catalog.title, catalog.name),
            "conclusions" => or(&Conclusion::ALL.map(Conclusion::as_str)),
            "failure" => catalog.product.explanation.clone(),
            "feature" => catalog.product.words.feature.clone(),
            "memory-megabytes" => (ExternalBounds::default().memory_bytes_max >> 20).to_string(),
            "oval-checks" => oval.checks.join(", "),
            "oval-classes" => oval.classes.join(", "),
            "oval-datatypes" => oval.datatypes.join(", "),
            "oval-existences" => oval.existences.join(", "),
            "oval-operations" => oval.operations.join(", "),
            "oval-operators" => and(&oval.operators),
            "product" => catalog.product.words.name.clone(),
            "programs" => {
                let programs = catalog.files.iter().filter(|file| !file.loads.is_empty());
                and(&programs.map(|file| file.path.file_name()).collect::<Vec<_>>())
            }
            "property-kinds" => or(&PropertyKind::ALL.map(PropertyKind::as_str)),
            "status-names" => or(&Status::ALL.map(Status::as_str)),
            "timeout-seconds" => ExternalBounds::default().time_max.as_secs().to_string(),
            _ => return None,
        })
    }

    /// What a word that is a paragraph of its own stands for.
    fn list(&self, name: &str) -> Option<Vec<Block>> {
        let catalog = self.catalog;
        let item = |name: &str, text: &str| Block::Item(name.to_owned(), text.to_owned());
        Some(match name {
            "statuses" => Status::ALL
                .iter()
                .map(|status| item(status.as_str(), &meaning(*status, &catalog.product.words)))
                .collect(),
            "findings" => FindingKind::ALL.iter().map(|kind| self.topic(kind.as_str())).collect(),
            "symptoms" => catalog
                .symptoms
                .iter()
                .map(|symptom| {
                    let event = symptom.event_id.map(|id| format!(" {id}")).unwrap_or_default();
                    item(&format!("{}{event}", symptom.source), &symptom.text)
                })
                .collect(),
            "levels" => catalog.levels.iter().map(|facts| self.level(facts)).collect(),
            "components" => {
                catalog.components.iter().map(|known| item(&known.id, &known.title)).collect()
            }
            "groups" => catalog
                .groups
                .iter()
                .map(|group| {
                    let members = group.members.iter().map(|id| catalog.component(*id).id.as_str());
                    item(&group.id, &and(&members.collect::<Vec<_>>()))
                })
                .collect(),
            "rule-fields" => self.rule_fields(),
            "rule-text-functions" => self.topics(&self.language.text_functions),
            "rule-operators" => self.topics(&self.language.operators),
            _ => return None,
        })
    }

    fn level(&self, facts: &LevelFacts) -> Block {
        let versions = self.catalog.families.iter().map(|family| {
            format!("{} ({})", family.version.with_revision(facts.revision), family.id)
        });
        Block::Item(facts.level.to_string(), and(&versions.collect::<Vec<_>>()))
    }

    /// What a condition can ask, in the order in which one would.
    fn rule_fields(&self) -> Vec<Block> {
        let language = self.language;
        let of = |owner: &str, fields: &[&str]| -> Vec<String> {
            fields.iter().map(|field| format!("{owner}.{field}")).collect()
        };
        let is_of_text = |name: &&&str| !language.text_functions.contains(*name);
        let functions = language.functions.iter().filter(is_of_text);
        let mut names = of("os", &language.os_fields);
        names.extend(functions.map(|name| (*name).to_owned()));
        names.extend(of("file", &language.file_fields));
        names.extend(of("update", &language.update_fields));
        names.extend(of("version", &language.version_fields));
        self.topics(&names)
    }

    fn topics(&self, names: &[impl AsRef<str>]) -> Vec<Block> {
        names.iter().map(|name| self.topic(name.as_ref())).collect()
    }

    /// A topic with what its page says first; without the words for what kind of topic it is.
    fn topic(&self, name: &str) -> Block {
        let wanted = normal(name);
        let found = self.raw.iter().find(|page| page.is_called(&wanted));
        let text = found.map(|page| page.sentences(2)).unwrap_or_default();
        let kind = ["Rule ", "Finding. "].into_iter().find_map(|kind| text.strip_prefix(kind));
        // What it is as a word is told on its own page.
        let text = kind.unwrap_or(&text).split(" As a word:").next().unwrap_or_default();
        Block::Item(name.to_owned(), self.filled(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchstate_catalog::catalog_forms;
    use patchstate_rules::{external_keys, yara_keys};
    use patchstate_study::{CONDITION_WORDS, EXPECTATION_KEYS, baseline_forms, claim_forms};
    use std::collections::{BTreeMap, BTreeSet};

    fn page(name: &str) -> Page {
        let mut pages = pages(&Catalog::built_in()).into_iter();
        pages.find(|page| page.is_called(name)).unwrap_or_else(|| panic!("no page {name}"))
    }

    /// The names of the items below each heading of a page. An item may have several names.
    fn items(name: &str) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut heading = String::new();
        for block in page(name).blocks {
            match block {
                Block::Heading(text) => heading = text,
                Block::Item(names, text) => {
                    assert!(!text.is_empty(), "{name}: {names} says nothing");
                    let names = names.split(' ').map(str::to_owned);
                    found.entry(heading.clone()).or_default().extend(names);
                }
                _ => {}
            }
        }
        found
    }

    fn check(page: &str, heading: &str, keys: &[&str]) {
        let found: BTreeSet<String> =
            items(page).remove(heading).unwrap_or_default().into_iter().collect();
        let expected: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(found, expected, "{page}: {heading}");
    }

    #[test]
    fn pages_name_exactly_the_keys_that_their_readers_take() {
        let language = rule_language();
        check("rule-files", "Keys", &language.keys);
        check("rule-files", "Keys of a verdict", &language.verdict_keys);
        check("external-rules", "Keys", &external_keys());
        check("yara", "Keys", &yara_keys().0);
        check("yara", "Keys of a match", &yara_keys().1);
        check("scenarios", "Keys of an expectation", &EXPECTATION_KEYS);
        let names = ["Keys of a baseline", "Keys of what is accepted"];
        for (form, name) in baseline_forms().iter().zip(names) {
            check("baselines", name, form.fields);
        }
        let names = ["Keys of a claim", "Keys of a scope", "Keys of a property"];
        for (form, name) in claim_forms().iter().zip(names) {
            check("claims", name, form.fields);
        }
    }

    #[test]
    fn the_page_of_catalogs_names_exactly_their_tables_and_fields() {
        const PROVENANCE: [&str; 3] = ["source", "confidence", "assumption"];
        let forms = catalog_forms();
        for form in &forms {
            let is_sourced = PROVENANCE.iter().all(|field| form.fields.contains(field));
            // What nearly every table has is told once.
            let is_told = |field: &&&str| {
                form.name == "defaults" || !is_sourced || !PROVENANCE.contains(*field)
            };
            let fields: Vec<&str> = form.fields.iter().filter(is_told).copied().collect();
            check("catalog", form.name, &fields);
        }
        let headings = items("catalog").into_keys().collect::<BTreeSet<_>>();
        let names = forms.iter().map(|form| form.name.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(headings, names);
    }

    #[test]
    fn the_page_of_claims_names_every_condition() {
        let conditions = items("claims").remove("Conditions").unwrap_or_default();
        let told = page("claims").to_text();
        for word in CONDITION_WORDS {
            let is_status = Status::ALL.iter().any(|status| status.as_str() == word);
            assert!(conditions.contains(&word.to_owned()) || is_status && told.contains(word));
        }
    }

    #[test]
    fn every_word_of_rule_files_is_a_topic_that_the_page_lists() {
        let language = rule_language();
        let listed: BTreeSet<String> = items("rule-files").into_values().flatten().collect();
        let topics = pages(&Catalog::built_in());
        let owned = |owner: &str, fields: &[&str]| -> Vec<String> {
            fields.iter().map(|field| format!("{owner}.{field}")).collect()
        };
        let plain = [&language.functions, &language.text_functions, &language.operators];
        let mut names: Vec<String> =
            plain.into_iter().flatten().map(|name| (*name).to_owned()).collect();
        names.extend(owned("os", &language.os_fields));
        names.extend(owned("file", &language.file_fields));
        names.extend(owned("update", &language.update_fields));
        names.extend(owned("version", &language.version_fields));
        for name in &names {
            assert!(listed.contains(name), "{name} is not listed");
        }
        let absent = language.absent.iter().map(|name| (*name).to_owned());
        for name in names.into_iter().chain(absent) {
            let found = topics.iter().any(|page| page.is_called(&normal(&name)));
            assert!(found, "{name} is no topic");
        }
        // And no topic is about a field that there is not.
        for page in topics.iter().filter(|page| page.kind == Kind::Condition) {
            assert!(listed.contains(&page.name) || page.name == "has", "{}", page.name);
        }
    }

    #[test]
    fn nothing_is_left_to_be_filled_in() {
        for page in pages(&Catalog::built_in()) {
            let text = page.to_text();
            assert!(!text.contains("{{") && !text.contains("}}"), "{text}");
            assert!(!text.contains('`') || page.blocks.iter().any(has_fence), "{text}");
        }
    }

    /// Whether it is a file of an example that is Markdown itself.
    fn has_fence(block: &Block) -> bool {
        matches!(block, Block::File(_, content) if content.contains("```"))
    }
}
