//! Counterexamples that are accepted for now: what a rule is known to get wrong.
//!
//! **Owns** what makes two runs agree, and the text of a baseline. A counterexample is known by its
//! rule, its architecture and its [`Shape`]: truth, verdict, and the kinds of findings that were
//! missed or invented. The shortest install order stands beside it to be read and run, and does not
//! count: of several orders of the same length another one may come first when the catalog grows,
//! and nobody should have to accept the same mistake again for that.
//!
//! **Must never know** where baselines are kept: it sees texts.
//!
//! **Start reading** at [`Baseline::compare`].

mod read;

pub use read::{baseline_forms, is_baseline_file, read_baseline};

use crate::{RuleResult, Shape};
use patchstate_terms::{Architecture, Step};
use std::{collections::BTreeMap, fmt::Write};

/// What is accepted of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The rule.
    pub rule: String,
    /// What was searched, in words: what is accepted there says nothing about anything else.
    pub scope: String,
    /// The shortest order of each counterexample that is accepted; empty for a way of being wrong
    /// of which no host was found.
    pub accepted: BTreeMap<(Architecture, Shape), Vec<Step>>,
}

/// A rule against what is accepted of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineComparison {
    /// Accepted, and still so.
    pub known: Vec<(Architecture, Shape)>,
    /// Found, and not accepted.
    pub new: Vec<(Architecture, Shape)>,
    /// Neither found nor refuted where slices come together, and not accepted.
    pub open: Vec<(Architecture, Shape)>,
    /// Accepted, and no longer found, with the order that was recorded. Only a complete search
    /// can tell.
    pub gone: Vec<(Architecture, Shape, Vec<Step>)>,
}

impl BaselineComparison {
    /// Whether the rule is wrong where it is known to be, and nowhere else as far as was found.
    #[must_use]
    pub fn is_as_accepted(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty()
    }
}

impl Baseline {
    /// A baseline that accepts all that a rule gets wrong, and may get wrong where slices come
    /// together.
    #[must_use]
    pub fn of(result: &RuleResult, scope: &str) -> Self {
        let accepted = result.nearest.iter();
        let accepted = accepted.map(|(wrong, nearest)| (wrong.clone(), nearest.steps.clone()));
        let predicted = result.predicted.iter().map(|wrong| (wrong.clone(), Vec::new()));
        let accepted = accepted.chain(predicted);
        let (rule, scope) = (result.rule.clone(), scope.to_owned());
        Self { rule, scope, accepted: accepted.collect() }
    }

    /// What became of the rule. What was accepted of an architecture that was not searched is left
    /// alone, and so is what a search did not meet that a bound stopped.
    #[must_use]
    pub fn compare(
        &self,
        result: &RuleResult,
        architectures: &[Architecture],
        complete: bool,
    ) -> BaselineComparison {
        let found = result.nearest.keys().cloned();
        let (known, new) = found.partition(|wrong| self.accepted.contains_key(wrong));
        let predicted = result.predicted.iter();
        let open = predicted.filter(|wrong| !self.accepted.contains_key(wrong)).cloned().collect();
        let gone = self.accepted.iter().filter(|(wrong, _)| {
            let is_found = result.nearest.contains_key(wrong) || result.predicted.contains(wrong);
            complete && architectures.contains(&wrong.0) && !is_found
        });
        let gone = gone.map(|((arch, shape), steps)| (*arch, shape.clone(), steps.clone()));
        BaselineComparison { known, new, open, gone: gone.collect() }
    }

    /// The name of the file that holds the baseline of a rule: letters that not every system allows
    /// in names become hyphens.
    #[must_use]
    pub fn file_name(rule: &str) -> String {
        let may = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let letters = rule.chars().map(|letter| if may(letter) { letter } else { '-' });
        let name: String = letters.collect();
        format!("{}.toml", name.trim_matches('.'))
    }

    /// The text of the baseline.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "# Counterexamples of a rule that are accepted for now. `patchstate verify --baseline` \
             fails for\n# one that is not here, and for one that no longer occurs; \
             `--update-baseline` rewrites this file.\n# The orders are for reading: \
             a counterexample is known by all else. One \
             without steps\n# is predicted where slices come together, and no host was found.\n\n\
             rule = {}\nscope = {}\n",
            quoted(&self.rule),
            quoted(&self.scope)
        );
        for ((architecture, shape), steps) in &self.accepted {
            let _ = write!(
                text,
                "\n[[accepted]]\narch = \"{architecture}\"\ntruth = \"{}\"\nverdict = \"{}\"\n",
                shape.truth, shape.verdict
            );
            for (name, kinds) in [("missed", &shape.missed), ("invented", &shape.invented)] {
                if !kinds.is_empty() {
                    let _ = writeln!(text, "{name} = [{}]", list(kinds));
                }
            }
            let _ = writeln!(text, "steps = [{}]", list(steps));
        }
        text
    }
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| quoted(&item.to_string())).collect();
    items.join(", ")
}

/// A text in quotes, as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Nearest;
    use patchstate_terms::{FindingKind, SourceFile, Status};
    use std::collections::BTreeSet;

    fn shape(truth: Status, missed: &[FindingKind]) -> Shape {
        let missed = missed.iter().copied().collect();
        Shape { truth, verdict: Status::Consistent, missed, invented: BTreeSet::new() }
    }

    /// A rule that is wrong in two ways on x86 and in one of them on x64.
    fn wrong() -> RuleResult {
        let mut result = RuleResult::core();
        "oval:a:def:1".clone_into(&mut result.rule);
        let behind = shape(Status::Mismatch, &[FindingKind::BehindOs]);
        let ahead = shape(Status::Mismatch, &[FindingKind::AheadOfOs]);
        for (architecture, shape, order) in [
            (Architecture::X86, &behind, "os:rtm sp1 +iis@rtm"),
            (Architecture::X86, &ahead, "os:rtm +iis@sp1"),
            (Architecture::X64, &behind, "os:sp1 sp2 +iis@sp1"),
        ] {
            let steps = order.split(' ').map(|word| word.parse().unwrap()).collect();
            result.nearest.insert((architecture, shape.clone()), Nearest { hosts: 7, steps });
        }
        result
    }

    const BOTH: [Architecture; 2] = [Architecture::X86, Architecture::X64];

    #[test]
    fn what_was_written_is_read_again_and_accepts_all_that_was_wrong() {
        let result = wrong();
        let baseline = Baseline::of(&result, "the whole catalog");
        let text = baseline.to_text();
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &text));
        assert_eq!((read, mistakes), (Some(baseline.clone()), Vec::new()));
        let compared = baseline.compare(&result, &BOTH, true);
        assert!(compared.is_as_accepted());
        assert_eq!(compared.known.len(), 3);
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    }

    #[test]
    fn a_new_shape_is_told_from_one_that_is_accepted_and_from_one_that_is_gone() {
        let mut result = wrong();
        let baseline = Baseline::of(&result, "the whole catalog");
        let (gone, nearest) = result.nearest.pop_first().unwrap();
        let new = (Architecture::X64, shape(Status::Broken, &[FindingKind::MissingDll]));
        result.nearest.insert(new.clone(), nearest.clone());
        let compared = baseline.compare(&result, &BOTH, true);
        assert_eq!(compared.new, [new]);
        assert_eq!(compared.gone, [(gone.0, gone.1, nearest.steps)]);
        assert!(!compared.is_as_accepted());
    }

    /// Where slices come together, what was accepted may no longer be found and still be predicted.
    #[test]
    fn what_is_predicted_is_open_unless_it_is_accepted_and_is_not_gone() {
        let mut result = wrong();
        let before = Baseline::of(&result, "the whole catalog");
        let (known, _) = result.nearest.pop_first().unwrap();
        let new = (Architecture::X64, shape(Status::Broken, &[FindingKind::MissingDll]));
        result.predicted = BTreeSet::from([known, new.clone()]);
        let compared = before.compare(&result, &BOTH, true);
        assert_eq!((compared.open, compared.gone), (vec![new.clone()], vec![]));
        let after = Baseline::of(&result, "the whole catalog");
        assert_eq!(after.accepted.get(&new), Some(&Vec::new()));
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &after.to_text()));
        assert_eq!((read, mistakes), (Some(after.clone()), Vec::new()));
        assert_eq!(after.compare(&result, &BOTH, true).open, []);
        // It was accepted before there was a host, and is not new with one.
        let nearest = Nearest { hosts: 1, steps: vec!["os:sp2".parse().unwrap()] };
        result.predicted.remove(&new);
        result.nearest.insert(new, nearest);
        assert!(after.compare(&result, &BOTH, true).is_as_accepted());
    }

    #[test]
    fn another_order_of_the_same_shape_is_nothing_new() {
        let mut result = wrong();
        let baseline = Baseline::of(&result, "the whole catalog");
        for nearest in result.nearest.values_mut() {
            nearest.steps = vec!["os:sp2".parse().unwrap()];
        }
        assert!(baseline.compare(&result, &BOTH, true).is_as_accepted());
    }

    #[test]
    fn what_was_not_searched_is_not_gone() {
        let mut result = wrong();
        let baseline = Baseline::of(&result, "the whole catalog");
        result.nearest.retain(|(architecture, _), _| *architecture == Architecture::X64);
        assert!(baseline.compare(&result, &[Architecture::X64], true).is_as_accepted());
        assert_eq!(baseline.compare(&result, &BOTH, true).gone.len(), 2);
        assert!(baseline.compare(&result, &BOTH, false).is_as_accepted());
    }

    #[test]
    fn names_of_files_have_no_letter_that_a_system_forbids() {
        assert_eq!(Baseline::file_name("oval:a.b:def:1"), "oval-a.b-def-1.toml");
        assert_eq!(Baseline::file_name("my-rule"), "my-rule.toml");
        assert_eq!(Baseline::file_name("../x"), "-x.toml");
    }

    #[test]
    fn every_mistake_in_a_baseline_is_reported_at_its_place() {
        let text = "scope = \"b\"\nruel = 1\n\n[[accepted]]\narch = \"x68\"\n\
                    truth = \"mismatched\"\nverdict = \"consistent\"\nmissed = [\"behind\"]\n\
                    steps = [\"os:rtm\", \"sp9\"]\n\
                    \n[[accepted]]\narch = \"x86\"\n";
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", text));
        assert_eq!(read, None);
        let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.place().line).collect();
        assert_eq!(lines, [1, 2, 5, 6, 8, 9, 11], "{mistakes:#?}");
    }
}
