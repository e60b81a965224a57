//! How `verify` ended.

use super::{super::verify::names_rules, LastLine, Outcome, count, of, part};
use crate::verdicts;
use patchstate_study::{CORE_RULE, RuleResult, Verification};

/// How `verify` ended.
#[must_use]
pub fn verify(verification: &Verification, outcome: Outcome) -> LastLine {
    let mut parts = match outcome {
        Outcome::Passed | Outcome::Done => passed(verification),
        Outcome::Failed => wrong(verification),
        Outcome::Inconclusive => unknown(verification),
        Outcome::NothingRan => vec!["there is no host in the scope".to_owned()],
    };
    match (outcome, verification.complete) {
        // Said already.
        (Outcome::NothingRan, _) | (Outcome::Inconclusive, false) => {}
        (_, true) => parts.push("every install order was searched".to_owned()),
        (_, false) => parts.push("a bound stopped the search".to_owned()),
    }
    LastLine::new(outcome, parts.join("; "))
}

/// The rules that were named, or the core, where none was.
fn asked(verification: &Verification) -> impl Iterator<Item = &RuleResult> {
    let names_rules = names_rules(verification);
    verification.rules.iter().filter(move |rule| (rule.rule == CORE_RULE) != names_rules)
}

/// The rule, where it is the only one.
fn only(verification: &Verification) -> Option<&RuleResult> {
    let mut asked = asked(verification);
    asked.next().filter(|_| asked.next().is_none())
}

/// What a sentence calls a rule that is the only one.
fn subject(rule: &RuleResult) -> &'static str {
    if rule.rule == CORE_RULE { "the detection core" } else { "the rule" }
}

fn passed(verification: &Verification) -> Vec<String> {
    let is_partial = |rule: &&RuleResult| rule.is_wrong() || rule.is_silent() || !rule.is_covered();
    let accepted = asked(verification).filter(is_partial).count();
    let number = asked(verification).count();
    vec![match only(verification) {
        Some(rule) if rule.is_wrong() => format!("{}, as accepted", wrong_on(rule)),
        Some(rule) if rule.is_silent() => format!("{}, as accepted", silent_on(rule)),
        Some(rule) if !rule.is_covered() => format!(
            "{} is right on all {} that it was asked about and not proved over the whole scope, \
             as accepted",
            subject(rule),
            count(rule.hosts(), "host", "hosts")
        ),
        Some(rule) => {
            format!("{} is right on all {}", subject(rule), count(rule.hosts(), "host", "hosts"))
        }
        None if accepted > 0 => {
            format!("{} wrong or not proved right, as accepted", part(accepted, number, "rule"))
        }
        None => {
            let hosts = asked(verification).map(RuleResult::hosts).max().unwrap_or_default();
            format!("{number} rules are right on all {}", count(hosts, "host", "hosts"))
        }
    }]
}

/// About how many hosts a rule says nothing.
fn silent_on(rule: &RuleResult) -> String {
    format!("{} could not judge {}", subject(rule), of(rule.inconclusive(), rule.hosts(), "host"))
}

/// On how many hosts a rule is wrong.
fn wrong_on(rule: &RuleResult) -> String {
    format!("{} is wrong on {}", subject(rule), of(rule.wrong(), rule.hosts(), "host"))
}

/// Everything that is wrong.
fn wrong(verification: &Verification) -> Vec<String> {
    let mut parts = Vec::new();
    let failing: Vec<&RuleResult> = asked(verification).filter(|rule| rule.is_failing()).collect();
    let worst = failing.iter().max_by_key(|rule| rule.wrong());
    match (only(verification), worst) {
        (_, None) => {}
        (Some(rule), Some(_)) => parts.push(how_wrong(rule)),
        (None, Some(worst)) if failing.iter().any(|rule| rule.baseline.is_some()) => {
            let number = asked(verification).count();
            let rules = part(failing.len(), number, "rule");
            parts.push(format!("{rules} not as accepted, {}", how_wrong(worst)));
        }
        (None, Some(worst)) => {
            let rules = part(failing.len(), asked(verification).count(), "rule");
            let up_to = if failing.len() == 1 { "" } else { "up to " };
            let hosts = of(worst.wrong(), worst.hosts(), "host");
            parts.push(format!("{rules} wrong on {up_to}{hosts}"));
        }
    }
    let core = verification.rules.iter().find(|rule| rule.rule == CORE_RULE);
    if let Some(core) = core.filter(|core| names_rules(verification) && core.is_failing()) {
        parts.push(how_wrong(core));
    }
    let claims = verification.claims.len();
    let wrong = verification.claims.iter().filter(|claim| !claim.as_recorded).count();
    if wrong > 0 {
        parts.push(format!("{} not as recorded", part(wrong, claims, "claim")));
    }
    let remedies = verification.architectures.iter().flat_map(|result| &result.remedies);
    let failing = remedies.filter(|report| report.is_failing());
    if let Some(report) = failing.max_by_key(|report| report.failing()) {
        let hosts = of(report.failing(), report.checked.clone(), "host");
        parts.push(format!("the core's remedy does not work on {hosts} that need one"));
    }
    parts
}

/// How a rule is wrong: beside what is accepted of it, or on how many hosts.
fn how_wrong(rule: &RuleResult) -> String {
    let Some(compared) = &rule.baseline else { return wrong_on(rule) };
    let mut parts = Vec::new();
    let grown = compared.new.iter().filter(|way| compared.grown.contains_key(way)).count();
    let new = compared.new.len() - grown;
    if new > 0 {
        let ways = count(new, "way", "ways");
        parts.push(format!("is wrong in {ways} that nobody accepted"));
    }
    if grown > 0 {
        let ways = count(grown, "accepted way", "accepted ways");
        parts.push(format!("is wrong in {ways} on more hosts than accepted"));
    }
    if !compared.gone.is_empty() {
        let ways = count(compared.gone.len(), "accepted way", "accepted ways");
        parts.push(format!("is no longer wrong in {ways}"));
    }
    format!("{} {}", subject(rule), parts.join(" and "))
}

/// Everything that is not known.
fn unknown(verification: &Verification) -> Vec<String> {
    let mut parts = Vec::new();
    if !verification.complete {
        let is_known = verification.architectures.iter().all(|result| result.hosts.is_some());
        let hosts = asked(verification).map(RuleResult::hosts).max().unwrap_or_default();
        let hosts = count(hosts, "host", "hosts");
        parts.push(if is_known {
            format!("a bound stopped the search after {hosts}; nothing is wrong on these")
        } else {
            "the set of all hosts is too large to be held".to_owned()
        });
    }
    let is_silent = |rule: &&RuleResult| rule.new_undecided().next().is_some();
    parts.extend(verification.rules.iter().filter(is_silent).map(silent_on));
    let untested: Vec<_> =
        asked(verification).filter_map(|r| Some((r, verdicts::untested(r)?))).collect();
    match (only(verification), untested.as_slice()) {
        (_, []) => {}
        (Some(_), [(rule, why), ..]) => {
            let hosts = count(rule.hosts(), "host", "hosts");
            parts.push(format!("the rule is right on all {hosts}, and {why}"));
        }
        (None, several) => {
            let rules = part(several.len(), asked(verification).count(), "rule");
            parts.push(format!("{rules} not tested: no host of the scope has what they stand for"));
        }
    }
    let open = verification.rules.iter().filter(|rule| verdicts::open(rule).is_some()).count();
    if open > 0 {
        let rules = match only(verification) {
            Some(rule) => format!("{} is", subject(rule)),
            None => part(open, asked(verification).count(), "rule"),
        };
        parts.push(format!("{rules} not proved right over the whole scope"));
    }
    let claims = verification.claims.len();
    let open = verification.unchecked_claims.iter().filter(|claim| claim.is_open).count();
    if open > 0 {
        parts.push(format!("{} could not be checked", of(open, claims + open, "claim")));
    }
    let mut remedies = verification.architectures.iter().flat_map(|result| &result.remedies);
    if remedies.any(patchstate_study::RemedyReport::is_open) {
        let not_known = "is not known to work on all hosts";
        parts.push(format!("the core's remedy {not_known}"));
    }
    parts
}
