//! Counterexamples that are accepted for now: what a rule is known to get wrong.
//!
//! **Owns** what makes two runs agree, and the text of a baseline. A counterexample is known by its
//! rule, its architecture and its [`Shape`]: truth, verdict, and the kinds of findings that were
//! missed or invented. The shortest install order stands beside it to be read and run, and does not
//! count: of several orders of the same length another one may come first when the catalog grows,
//! and nobody should have to accept the same mistake again for that. The number of hosts does: more
//! of them than were accepted are new, though they are wrong in a known way.
//!
//! **Must never know** where baselines are kept: it sees texts.
//!
//! **Start reading** at [`Baseline::compare`].

pub(crate) mod codes;
mod comparison;
mod read;

pub use comparison::BaselineComparison;
pub use read::{baseline_forms, baseline_likeness, read_baseline};

use crate::{Nearest, RuleResult, Shape, Undecided};
use patchstate_terms::{Architecture, Step};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// What is accepted of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The rule.
    pub rule: String,
    /// What was searched, in words: what is accepted there says nothing about anything else.
    pub scope: String,
    /// What is accepted: ways of being wrong, and, with the verdict *inconclusive*, of saying
    /// nothing about hosts of some truth.
    pub accepted: BTreeMap<(Architecture, Shape), Accepted>,
    /// The architectures on which it is accepted that the rule is not proved where slices come
    /// together.
    pub unproved: BTreeSet<Architecture>,
}

/// What is written beside a way of being wrong, or of saying nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// On how many hosts at most; `None` for any number, as where it is only predicted.
    pub hosts: Option<usize>,
    /// The shortest order; empty where no host was found.
    pub steps: Vec<Step>,
    /// Why the rule is inconclusive.
    pub reason: Option<String>,
}

impl Baseline {
    /// A baseline that accepts all that a rule gets wrong and may get wrong where slices come
    /// together, and all that it says nothing about.
    #[must_use]
    pub fn of(result: &RuleResult, scope: &str) -> Self {
        let wrong = result.nearest.iter().map(|(wrong, nearest)| {
            let Nearest { hosts, steps } = nearest;
            (wrong.clone(), Accepted { hosts: Some(*hosts), steps: steps.clone(), reason: None })
        });
        let undecided = result.undecided.iter().map(|(way, found)| {
            let Undecided { hosts, steps, reason } = found.clone();
            (way.clone(), Accepted { hosts: Some(hosts), steps, reason })
        });
        let predicted = result.predicted.iter().map(|way| (way.clone(), Accepted::default()));
        let accepted = wrong.chain(undecided).chain(predicted).collect();
        let unproved = result.unproved().map(|(architecture, _)| architecture).collect();
        Self { rule: result.rule.clone(), scope: scope.to_owned(), accepted, unproved }
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
        let wrong = result.nearest.iter().map(|(wrong, found)| (wrong, found.hosts));
        let undecided = result.undecided.iter().map(|(way, found)| (way, found.hosts));
        let counts: Vec<_> = wrong.clone().chain(undecided.clone()).collect();
        let other = |is_other: fn(&usize, &usize) -> bool| -> BTreeMap<_, _> {
            let told = |(way, hosts): &(&(Architecture, Shape), usize)| {
                let accepted = self.accepted.get(*way)?.hosts?;
                is_other(hosts, &accepted).then(|| ((*way).clone(), accepted))
            };
            counts.iter().filter_map(told).collect()
        };
        let grown = other(usize::gt);
        let shrunk = if complete { other(usize::lt) } else { BTreeMap::new() };
        let is_known = |way: &(Architecture, Shape)| {
            self.accepted.contains_key(way) && !grown.contains_key(way)
        };
        let found = wrong.map(|(wrong, _)| wrong.clone());
        let (known, new) = found.partition(|wrong| is_known(wrong));
        let predicted = result.predicted.iter();
        let open = predicted.filter(|wrong| !self.accepted.contains_key(wrong)).cloned().collect();
        let undecided = undecided.filter(|(way, _)| !is_known(way));
        let undecided = undecided.map(|(way, _)| way.clone()).collect();
        let unproved = result.unproved().map(|(architecture, _)| architecture);
        let unproved = unproved.filter(|of| !self.unproved.contains(of)).collect();
        let gone = self.accepted.iter().filter(|(wrong, _)| {
            let is_found = result.nearest.contains_key(wrong)
                || result.undecided.contains_key(wrong)
                || result.predicted.contains(wrong);
            complete && architectures.contains(&wrong.0) && !is_found
        });
        let gone = gone.map(|((arch, shape), found)| (*arch, shape.clone(), found.steps.clone()));
        let gone = gone.collect();
        BaselineComparison { known, new, open, undecided, grown, shrunk, unproved, gone }
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
             fails for\n# one that is not here or is on more `hosts`, and for one that no longer \
             occurs;\n# `--update-baseline` rewrites this file. Orders and reasons are for \
             reading: a counterexample is\n# known by all else. One without steps is on hosts \
             that are farther than orders are looked for.\n# With the verdict inconclusive the \
             rule says nothing about hosts of that truth; `unproved`\n# are the architectures \
             where it is not proved over the whole scope.\n\n\
             rule = {}\nscope = {}\n",
            quoted(&self.rule),
            quoted(&self.scope)
        );
        if !self.unproved.is_empty() {
            let _ = writeln!(text, "unproved = [{}]", list(&self.unproved));
        }
        for ((architecture, shape), Accepted { hosts, steps, reason }) in &self.accepted {
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
            if let Some(hosts) = hosts {
                let _ = writeln!(text, "hosts = {hosts}");
            }
            if let Some(reason) = reason {
                let _ = writeln!(text, "reason = {}", quoted(reason));
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
    use crate::Coverage;
    use patchstate_terms::{FindingKind, SourceFile, Status};

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

    /// What was accepted may no longer be found near enough, and still be predicted.
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
        assert_eq!(after.accepted.get(&new), Some(&Accepted::default()));
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &after.to_text()));
        assert_eq!((read, mistakes), (Some(after.clone()), Vec::new()));
        assert_eq!(after.compare(&result, &BOTH, true).open, []);
        // It was accepted before there was a host, and is not new with one.
        let nearest = Nearest { hosts: 1, steps: vec!["os:sp2".parse().unwrap()] };
        result.predicted.remove(&new);
        result.nearest.insert(new, nearest);
        assert!(after.compare(&result, &BOTH, true).is_as_accepted());
    }

    /// A rule that says nothing about mismatches on x86, and is not proved on x64.
    fn undecided() -> RuleResult {
        let mut result = RuleResult::core();
        let way = (Architecture::X86, Shape::undecided(Status::Mismatch));
        let steps = vec!["os:rtm".parse().unwrap(), "+iis@sp1".parse().unwrap()];
        let reason = Some("it ended with exit code 2: \"why\"".to_owned());
        result.undecided.insert(way, Undecided { hosts: 3, steps, reason });
        let open = Coverage::Open("any file can change what it says".to_owned());
        result.coverage.insert(Architecture::X64, open);
        (result.inconclusive, result.covered) = (3, false);
        result
    }

    #[test]
    fn hosts_about_which_a_rule_says_nothing_are_accepted_and_read_again() {
        let mut result = undecided();
        assert!(result.is_open());
        let baseline = Baseline::of(&result, "the whole catalog");
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &baseline.to_text()));
        assert_eq!((read, mistakes), (Some(baseline.clone()), Vec::new()));
        assert!(baseline.to_text().contains("unproved = [\"x64\"]"), "{}", baseline.to_text());
        result.baseline = Some(baseline.compare(&result, &BOTH, true));
        assert!(!result.is_open() && !result.is_failing(), "{:?}", result.baseline);
        assert_eq!(result.new_undecided().count(), 0);
    }

    #[test]
    fn what_a_baseline_lacks_of_saying_nothing_stays_open_and_what_it_has_too_much_is_gone() {
        let mut result = undecided();
        let baseline = Baseline::of(&result, "the whole catalog");
        let (known, found) = result.undecided.pop_first().unwrap();
        let new = (Architecture::X86, Shape::undecided(Status::Broken));
        result.undecided.insert(new.clone(), found.clone());
        result.coverage.insert(Architecture::X86, Coverage::Open("b".to_owned()));
        let compared = baseline.compare(&result, &BOTH, true);
        assert_eq!(compared.undecided, [new]);
        assert_eq!(compared.unproved, [Architecture::X86]);
        assert_eq!(compared.gone, [(known.0, known.1, found.steps)]);
        result.baseline = Some(compared);
        assert!(result.is_open() && result.is_failing());
        assert_eq!(result.new_undecided().count(), 1);
        let none = Baseline::default().compare(&undecided(), &BOTH, true);
        result = RuleResult { baseline: Some(none), ..undecided() };
        assert!(result.is_open() && !result.is_failing());
    }

    #[test]
    fn a_known_way_of_being_wrong_on_more_hosts_is_new_and_on_fewer_is_told() {
        let baseline = Baseline::of(&wrong(), "the whole catalog");
        // Written of 7 hosts each.
        let with = |hosts: usize| {
            let mut result = wrong();
            let mut first = result.nearest.first_entry().unwrap();
            first.get_mut().hosts = hosts;
            result
        };
        let way = with(7).nearest.first_key_value().unwrap().0.clone();
        let more = baseline.compare(&with(8), &BOTH, true);
        assert_eq!((&more.new, &more.grown), (&vec![way.clone()], &[(way.clone(), 7)].into()));
        assert!(!more.is_as_accepted() && more.known.len() == 2);
        let fewer = baseline.compare(&with(6), &BOTH, true);
        assert_eq!((fewer.new.len(), &fewer.shrunk), (0, &[(way.clone(), 7)].into()));
        assert!(fewer.is_as_accepted() && fewer.known.len() == 3);
        // A search that a bound stopped has not counted all.
        assert_eq!(baseline.compare(&with(6), &BOTH, false).shrunk, BTreeMap::new());
        // What does not say on how many hosts is accepted on any number.
        let mut any = baseline;
        any.accepted.get_mut(&way).unwrap().hosts = None;
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &any.to_text()));
        assert_eq!((read.as_ref(), mistakes), (Some(&any), Vec::new()));
        assert!(any.compare(&with(8), &BOTH, true).is_as_accepted());
    }

    #[test]
    fn saying_nothing_about_more_hosts_than_accepted_stays_open() {
        let mut result = undecided();
        let baseline = Baseline::of(&result, "the whole catalog");
        result.undecided.first_entry().unwrap().get_mut().hosts += 1;
        result.baseline = Some(baseline.compare(&result, &BOTH, true));
        assert!(result.is_open() && !result.is_failing());
        assert_eq!(result.new_undecided().count(), 1);
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
        assert_eq!(lines, [2, 2, 5, 6, 8, 9, 11, 11, 11], "{mistakes:#?}");
    }
}
