//! Counterexamples that are accepted for now: what a rule is known to get wrong.
//!
//! **Owns** what makes two runs agree, and the text of a baseline. A counterexample is known by its
//! rule, its architecture and its [`FailureClass`]: truth, verdict, and the kinds of findings that
//! were missed or invented. The shortest install order stands beside it to be read and run, and
//! does not count: of several orders of the same length another one may come first when the catalog
//! grows, and nobody should have to accept the same mistake again for that. The number of hosts
//! does: more of them than were accepted are new, though they are wrong in a known way.
//!
//! **Must never know** where baselines are kept: it sees texts.
//!
//! **Start reading** at [`Baseline::compare`].

pub(crate) mod codes;
mod comparison;
mod read;

pub use comparison::BaselineComparison;
pub use read::{baseline_forms, baseline_likeness, read_baseline};

use crate::{FailureClass, Nearest, RuleResult, Undecided};
use patchstate_space::Count;
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
    pub accepted: BTreeMap<(Architecture, FailureClass), Accepted>,
    /// The architectures on which it is accepted that the rule is not proved over the whole scope.
    pub unproved: BTreeSet<Architecture>,
}

/// What is written beside a way of being wrong, or of saying nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// On how many hosts at most; `None` for any number.
    pub hosts: Option<Count>,
    /// The shortest order; empty where no host was found.
    pub steps: Vec<Step>,
    /// Why the rule is inconclusive.
    pub reason: Option<String>,
}

impl Baseline {
    /// A baseline that accepts all that a rule gets wrong, and all that it says nothing about.
    #[must_use]
    pub fn of(result: &RuleResult, scope: &str) -> Self {
        let wrong = result.nearest.iter().map(|(wrong, nearest)| {
            let Nearest { hosts, steps } = nearest;
            let (hosts, steps) = (Some(hosts.clone()), steps.clone().unwrap_or_default());
            (wrong.clone(), Accepted { hosts, steps, reason: None })
        });
        let undecided = result.undecided.iter().map(|(way, found)| {
            let Undecided { hosts, steps, reason } = found.clone();
            let (hosts, steps) = (Some(hosts), steps.unwrap_or_default());
            (way.clone(), Accepted { hosts, steps, reason })
        });
        let accepted = wrong.chain(undecided).collect();
        let unproved = result.open.keys().copied().collect();
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
        let wrong = result.nearest.iter().map(|(wrong, found)| (wrong, &found.hosts));
        let undecided = result.undecided.iter().map(|(way, found)| (way, &found.hosts));
        let counts: Vec<_> = wrong.clone().chain(undecided.clone()).collect();
        let other = |is_other: fn(&Count, &Count) -> bool| -> BTreeMap<_, _> {
            let told = |(way, hosts): &(&(Architecture, FailureClass), &Count)| {
                let accepted = self.accepted.get(*way)?.hosts.as_ref()?;
                is_other(hosts, accepted).then(|| ((*way).clone(), accepted.clone()))
            };
            counts.iter().filter_map(told).collect()
        };
        let grown = other(Count::gt);
        let shrunk = if complete { other(Count::lt) } else { BTreeMap::new() };
        let is_known = |way: &(Architecture, FailureClass)| {
            self.accepted.contains_key(way) && !grown.contains_key(way)
        };
        let found = wrong.map(|(wrong, _)| wrong.clone());
        let (known, new) = found.partition(|wrong| is_known(wrong));
        let undecided = undecided.filter(|(way, _)| !is_known(way));
        let undecided = undecided.map(|(way, _)| way.clone()).collect();
        let unproved = result.open.keys().copied();
        let unproved = unproved.filter(|of| !self.unproved.contains(of)).collect();
        let gone = self.accepted.iter().filter(|(wrong, _)| {
            let is_found =
                result.nearest.contains_key(wrong) || result.undecided.contains_key(wrong);
            complete && architectures.contains(&wrong.0) && !is_found
        });
        let gone =
            gone.map(|((arch, failure), found)| (*arch, failure.clone(), found.steps.clone()));
        let gone = gone.collect();
        BaselineComparison { known, new, undecided, grown, shrunk, unproved, gone }
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
        for ((architecture, failure), Accepted { hosts, steps, reason }) in &self.accepted {
            let _ = write!(
                text,
                "\n[[accepted]]\narch = \"{architecture}\"\ntruth = \"{}\"\nverdict = \"{}\"\n",
                failure.truth, failure.verdict
            );
            for (name, kinds) in [("missed", &failure.missed), ("invented", &failure.invented)] {
                if !kinds.is_empty() {
                    let _ = writeln!(text, "{name} = [{}]", list(kinds));
                }
            }
            if let Some(hosts) = hosts {
                let _ = writeln!(text, "hosts = \"{hosts}\"");
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
    use patchstate_source::SourceFile;
    use patchstate_terms::{FindingKind, Status};

    fn failure(truth: Status, missed: &[FindingKind]) -> FailureClass {
        let missed = missed.iter().copied().collect();
        FailureClass { truth, verdict: Status::Consistent, missed, invented: BTreeSet::new() }
    }

    /// A rule that is wrong in two ways on x86 and in one of them on x64.
    fn wrong() -> RuleResult {
        let mut result = RuleResult::core();
        "oval:a:def:1".clone_into(&mut result.rule);
        let behind = failure(Status::Mismatch, &[FindingKind::BehindOs]);
        let ahead = failure(Status::Mismatch, &[FindingKind::AheadOfOs]);
        for (architecture, failure, order) in [
            (Architecture::X86, &behind, "os:rtm sp1 +iis@rtm"),
            (Architecture::X86, &ahead, "os:rtm +iis@sp1"),
            (Architecture::X64, &behind, "os:sp1 sp2 +iis@sp1"),
        ] {
            let steps = order.split(' ').map(|word| word.parse().unwrap()).collect();
            result.nearest.insert(
                (architecture, failure.clone()),
                Nearest { hosts: Count::from(7_u8), steps: Some(steps) },
            );
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
        let new = (Architecture::X64, failure(Status::Broken, &[FindingKind::MissingDll]));
        result.nearest.insert(new.clone(), nearest.clone());
        let compared = baseline.compare(&result, &BOTH, true);
        assert_eq!(compared.new, [new]);
        assert_eq!(compared.gone, [(gone.0, gone.1, nearest.steps.unwrap())]);
        assert!(!compared.is_as_accepted());
    }

    /// The hosts are known exactly, whether or not an order to one of them is.
    #[test]
    fn what_is_farther_than_orders_are_looked_for_is_accepted_without_steps() {
        let mut result = wrong();
        let new = (Architecture::X64, failure(Status::Broken, &[FindingKind::MissingDll]));
        let far = Nearest { hosts: "12345678901234567890123".parse().unwrap(), steps: None };
        result.nearest.insert(new.clone(), far);
        let baseline = Baseline::of(&result, "the whole catalog");
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &baseline.to_text()));
        assert_eq!((read, mistakes), (Some(baseline.clone()), Vec::new()));
        assert!(baseline.compare(&result, &BOTH, true).is_as_accepted());
        result.nearest.get_mut(&new).unwrap().hosts += 1_u8;
        assert_eq!(baseline.compare(&result, &BOTH, true).new, [new]);
    }

    /// A rule that says nothing about mismatches on x86, and is not proved on x64.
    fn undecided() -> RuleResult {
        let mut result = RuleResult::core();
        let way = (Architecture::X86, FailureClass::undecided(Status::Mismatch));
        let steps = vec!["os:rtm".parse().unwrap(), "+iis@sp1".parse().unwrap()];
        let reason = Some("it ended with exit code 2: \"why\"".to_owned());
        let hosts = Count::from(3_u8);
        let judged = (Architecture::X86, Status::Mismatch, Status::Inconclusive);
        result.judged.insert(judged, hosts.clone());
        result.undecided.insert(way, Undecided { hosts, steps: Some(steps), reason });
        result.open.insert(Architecture::X64, "any file can change what it says".to_owned());
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
        let new = (Architecture::X86, FailureClass::undecided(Status::Broken));
        result.undecided.insert(new.clone(), found.clone());
        result.open.insert(Architecture::X86, "b".to_owned());
        let compared = baseline.compare(&result, &BOTH, true);
        assert_eq!(compared.undecided, [new]);
        assert_eq!(compared.unproved, [Architecture::X86]);
        assert_eq!(compared.gone, [(known.0, known.1, found.steps.unwrap())]);
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
        let with = |hosts: u8| {
            let mut result = wrong();
            let mut first = result.nearest.first_entry().unwrap();
            first.get_mut().hosts = hosts.into();
            result
        };
        let way = with(7).nearest.first_key_value().unwrap().0.clone();
        let more = baseline.compare(&with(8), &BOTH, true);
        assert_eq!(
            (&more.new, &more.grown),
            (&vec![way.clone()], &[(way.clone(), Count::from(7_u8))].into())
        );
        assert!(!more.is_as_accepted() && more.known.len() == 2);
        let fewer = baseline.compare(&with(6), &BOTH, true);
        assert_eq!(
            (fewer.new.len(), &fewer.shrunk),
            (0, &[(way.clone(), Count::from(7_u8))].into())
        );
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
        result.undecided.first_entry().unwrap().get_mut().hosts += 1_u8;
        result.baseline = Some(baseline.compare(&result, &BOTH, true));
        assert!(result.is_open() && !result.is_failing());
        assert_eq!(result.new_undecided().count(), 1);
    }

    #[test]
    fn another_order_of_the_same_shape_is_nothing_new() {
        let mut result = wrong();
        let baseline = Baseline::of(&result, "the whole catalog");
        for nearest in result.nearest.values_mut() {
            nearest.steps = Some(vec!["os:sp2".parse().unwrap()]);
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
    fn a_number_of_hosts_may_stand_without_quotes_and_nothing_else_may_stand_there() {
        let read = |hosts: &str| {
            let entry = "arch = \"x86\"\ntruth = \"broken\"\nverdict = \"drift\"\nsteps = []";
            let text = format!("rule = \"a\"\nscope = \"b\"\n[[accepted]]\n{entry}\n{hosts}\n");
            let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", &text));
            let hosts = read.and_then(|read| read.accepted.into_values().next()?.hosts);
            (hosts, mistakes.into_iter().map(|mistake| mistake.message).collect::<Vec<_>>())
        };
        assert_eq!(read("hosts = 12"), (Some(Count::from(12_u8)), vec![]));
        assert_eq!(read("hosts = \"12\""), (Some(Count::from(12_u8)), vec![]));
        for wrong in
            ["hosts = \"\"", "hosts = \"-1\"", "hosts = \"1_0\"", "hosts = -1", "hosts = []"]
        {
            let (hosts, mistakes) = read(wrong);
            assert_eq!((hosts, mistakes.len()), (None, 1), "{wrong}");
            let expected = "expected a number of hosts, its digits in quotes";
            assert!(mistakes[0].ends_with(expected), "{mistakes:?}");
        }
    }

    #[test]
    fn every_mistake_in_a_baseline_is_reported_at_its_place() {
        let text = "scope = \"b\"\nruel = 1\n\n[[accepted]]\narch = \"x68\"\n\
                    truth = \"mismatched\"\nverdict = \"consistent\"\nmissed = [\"behind\"]\n\
                    steps = [\"os:rtm\", \"sp12\"]\n\
                    \n[[accepted]]\narch = \"x86\"\n";
        let (read, mistakes) = read_baseline(&SourceFile::new("a.toml", text));
        assert_eq!(read, None);
        let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.place().line).collect();
        assert_eq!(lines, [2, 2, 5, 6, 8, 9, 11, 11, 11], "{mistakes:#?}");
    }
}
