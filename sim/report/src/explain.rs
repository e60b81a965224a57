//! Long explanations of the words that reports use, and of the files that people write.
//!
//! **Owns** the topics: pages that are written in `explain/topics`, pages made from the catalog,
//! from rules and from the codes of mistakes, and finding the one that somebody means. **Must never
//! know** how a page is shown.
//!
//! **Start reading** at [`page`], then `explain/written.rs`.

mod facts;
mod kind;
mod page;
mod rules;
mod written;

pub use kind::Kind;
pub use page::{Block, Command, Page};
pub(crate) use rules::of_mistake;
pub use rules::of_rule;

use page::normal;
use patchstate_catalog::Catalog;
use patchstate_source::nearest;

/// Every page, in the order in which topics are listed. Several pages can have one name; the first
/// is meant then.
#[must_use]
pub fn pages(catalog: &Catalog) -> Vec<Page> {
    let mut pages = written::pages(catalog);
    pages.extend(facts::pages(catalog));
    pages.extend(rules::pages());
    pages.extend(rules::mistakes());
    pages.sort_by_key(|page| page.kind);
    pages
}

/// The page of a topic, or `None` when there is no such topic. Letter case and what stands between
/// words do not matter.
#[must_use]
pub fn page(catalog: &Catalog, topic: &str) -> Option<Page> {
    let wanted = normal(topic);
    let mut pages = pages(catalog);
    // Its own name counts more than another one's second name.
    let at = pages.iter().position(|page| normal(&page.name) == wanted);
    let at = at.or_else(|| pages.iter().position(|page| page.is_called(&wanted)))?;
    Some(pages.swap_remove(at))
}

/// Most topics that are offered in place of one that does not exist.
const OFFERED_MAX: usize = 5;

/// The topics that may be meant by a word that is none: the nearest name, then those that the word
/// is a part of.
#[must_use]
pub fn nearest_topics(catalog: &Catalog, word: &str) -> Vec<String> {
    let pages = pages(catalog);
    let wanted = normal(word);
    let is_long = wanted.chars().count() > 2;
    let all = || pages.iter().flat_map(Page::names);
    let near = nearest(word.trim(), all());
    // Of the names of one page the shortest will do.
    let holding = pages.iter().filter_map(|page| {
        let holding = page.names().filter(|name| is_long && normal(name).contains(&wanted));
        holding.min_by_key(|name| name.len())
    });
    let mut offered: Vec<String> = Vec::new();
    for name in near.into_iter().chain(holding) {
        if offered.len() < OFFERED_MAX && !offered.iter().any(|known| known == name) {
            offered.push(name.to_owned());
        }
    }
    offered
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchstate_catalog::Confidence;
    use patchstate_study::{Conclusion, PropertyKind};
    use patchstate_terms::{Architecture, Branch, FindingKind, Status};
    use std::collections::BTreeSet;

    #[test]
    fn every_name_is_one_topic_only() {
        let pages = pages(&Catalog::built_in());
        let mut seen = BTreeSet::new();
        for page in &pages {
            assert!(seen.insert(normal(&page.name)), "{} twice", page.name);
            assert!(!page.summary().is_empty(), "{}", page.name);
        }
        assert!(pages.len() > 250, "{}", pages.len());
    }

    #[test]
    fn every_word_that_the_program_prints_of_a_host_is_a_topic() {
        let mut words: Vec<String> = Vec::new();
        words.extend(Status::ALL.map(|status| status.to_string()));
        words.extend(FindingKind::ALL.map(|kind| kind.to_string()));
        words.extend(Catalog::built_in().level_ids().map(|level| level.to_string()));
        words.extend(Architecture::ALL.map(|one| one.to_string()));
        words.extend([Branch::Gdr, Branch::Qfe].map(|branch| branch.to_string()));
        words.extend(Conclusion::ALL.map(|conclusion| conclusion.as_str().to_owned()));
        let confidences = [Confidence::Documented, Confidence::Inferred, Confidence::Assumed];
        words.extend(confidences.map(|confidence| confidence.as_str().to_owned()));
        let told = page(&Catalog::built_in(), "claims").map(|page| page.to_text());
        let told = told.unwrap_or_default();
        assert!(PropertyKind::ALL.iter().all(|kind| told.contains(kind.as_str())));
        let general = "truth verdict level branch GDR QFE sfc restart scope claim lineage finding \
             witness counterexample mutant remedy additive install-order load-closure drift \
             rapid-fail-protection service-pack-cache baseline slice assumption host status \
             reads symptoms step outcome applied unchanged refused media slipstream release \
             revision record recorded backup migration registry hive import export forwarder \
             core agree false-positive false-negative true-positive true-negative open killed \
             equivalent vacuous boundary scenario expectation transitions depth image catalog \
             confidence source architecture group component update bulletin worker-process \
             would-break exit-codes rule stands-for complete incomplete distinct-sets \
             distinct-images slices evidence pass fail known passed failed done nothing-ran \
             oracle arch";
        words.extend(general.split_whitespace().map(str::to_owned));
        let pages = pages(&Catalog::built_in());
        for word in words {
            let found = pages.iter().any(|page| page.is_called(&normal(&word)));
            assert!(found, "`{word}` is no topic");
        }
    }

    #[test]
    fn everything_in_the_catalog_is_a_topic() {
        let catalog = Catalog::built_in();
        let pages = pages(&catalog);
        let mut names: Vec<&str> = Vec::new();
        for update in &catalog.updates {
            names.push(&update.id);
            names.extend(update.bulletin.as_deref());
        }
        for file in &catalog.files {
            names.extend([file.path.as_str(), file.path.file_name()]);
        }
        names.extend(catalog.components.iter().map(|component| component.id.as_str()));
        names.extend(catalog.groups.iter().map(|group| group.id.as_str()));
        names.extend(catalog.extensions.iter().map(|extension| extension.id.as_str()));
        names.extend(catalog.assumptions.iter().map(|assumption| assumption.id.as_str()));
        for name in names {
            let found = pages.iter().any(|page| page.is_called(&normal(name)));
            assert!(found, "`{name}` is no topic");
        }
    }

    #[test]
    fn a_topic_is_found_in_any_letter_case_and_with_any_sign_between_words() {
        let catalog = Catalog::built_in();
        for (word, name) in [
            ("STARTSWITH", "startsWith"),
            ("Rapid fail protection", "Rapid-Fail Protection"),
            ("load_closure", "load closure"),
            ("W3CORE.DLL", "system32/inetsrv/w3core.dll"),
            ("system32\\inetsrv\\w3core.dll", "system32/inetsrv/w3core.dll"),
            ("ms10-040", "MS10-040"),
            ("kb973917/V1", "KB973917"),
            ("a3=SP1-only", "A3"),
            ("os:SP2", "sp2"),
            ("has", "has"),
            ("exists_one", "has"),
        ] {
            let found = page(&catalog, word).map(|page| page.name);
            assert_eq!(found.as_deref(), Some(name), "{word}");
        }
    }

    #[test]
    fn a_word_that_is_no_topic_gets_the_nearest_and_those_that_have_it() {
        let catalog = Catalog::built_in();
        assert_eq!(nearest_topics(&catalog, "brokn"), ["broken"]);
        assert_eq!(nearest_topics(&catalog, "iisutil"), ["iisutil.dll"]);
        assert_eq!(nearest_topics(&catalog, "zzzzz"), [""; 0]);
        assert_eq!(nearest_topics(&catalog, "unknown-").len(), OFFERED_MAX);
    }
}
