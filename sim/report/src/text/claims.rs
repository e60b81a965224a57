//! Claims: what was found, and the orders that show it.

use super::{
    style::{
        bad, command_lines, count, doubtful, faint, good, hanging, heading, is_narrow, neutral,
        neutral_name, run_command, wrapped,
    },
    view::View,
};
use patchstate_study::{ClaimResult, Conclusion, UncheckedClaim, Witness};
use std::collections::BTreeMap;

/// A table of claims: those that are not as recorded first; then why others were not checked.
pub(super) fn claims(results: &[ClaimResult], unchecked: &[UncheckedClaim], view: View) -> String {
    match (results, unchecked) {
        ([], []) => String::new(),
        ([], _) => format!("\n{}  none checked\n{}", heading("claims"), reasons(unchecked, view)),
        _ => table(results, view) + &reasons(unchecked, view),
    }
}

/// Those that are not as recorded, where the others are of no interest.
pub(super) fn wrong_claims(results: &[ClaimResult], view: View) -> String {
    let wrong: Vec<ClaimResult> =
        results.iter().filter(|result| !result.as_recorded).cloned().collect();
    if wrong.is_empty() { String::new() } else { table(&wrong, view) }
}

/// Why claims were not checked, with how many for each reason.
fn reasons(unchecked: &[UncheckedClaim], view: View) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for claim in unchecked {
        *counts.entry(&claim.reason).or_default() += 1;
    }
    let line = |(reason, number): (&str, usize)| {
        let line = format!("{number} not checked: {}", neutral(reason));
        wrapped(&faint(&line), 5, view)
    };
    counts.into_iter().map(line).collect()
}

fn table(results: &[ClaimResult], view: View) -> String {
    let wrong = results.iter().filter(|result| !result.as_recorded).count();
    let of = |wanted| results.iter().filter(|result| result.found == wanted).count();
    let (holds, refuted) = (of(Conclusion::Holds), of(Conclusion::Refuted));
    let verdict = match wrong {
        0 => "as recorded".to_owned(),
        wrong => bad(&format!("{wrong} not as recorded")),
    };
    let line = format!(
        "{}, {verdict}: {holds} hold, {refuted} refuted, {} on assumptions",
        results.len(),
        count(of(Conclusion::Depends), "depends", "depend"),
    );
    let mut text = format!("\n{}", hanging(&heading("claims"), &line, 8, view));
    let mut ordered: Vec<&ClaimResult> = results.iter().collect();
    ordered.sort_by_key(|result| result.as_recorded);
    for result in ordered {
        text.push_str(&self::line(result, view));
    }
    text
}

fn line(result: &ClaimResult, view: View) -> String {
    let word = result.found.as_str();
    let styled = match (result.as_recorded, result.found) {
        (false, _) => bad(word),
        (true, Conclusion::Holds) => good(word),
        (true, Conclusion::Refuted | Conclusion::Depends) => doubtful(word),
    };
    let indent = if is_narrow(view) { 7 } else { 14 };
    let mut named = neutral_name(&result.id).into_owned();
    if !result.decided_by.is_empty() {
        let decided_by = result.decided_by.join(", ");
        named += &format!(" {}", faint(&format!("on {}", neutral_name(&decided_by))));
    }
    let mut text = hanging(&format!("     {styled}"), &named, indent, view);
    if !result.as_recorded {
        let recorded = format!("recorded as {}; {}", result.recorded, result.detail);
        text.push_str(&wrapped(&neutral(&recorded), indent, view));
    }
    // That something holds needs no order to look at; where it ends does.
    let shows = result.found != Conclusion::Holds || !result.as_recorded;
    if let Some(witness) = result.witness.as_ref().filter(|_| shows) {
        text.push_str(&command_lines("", &command(witness), indent, view));
    }
    text
}

/// The command that tells a witness.
fn command(witness: &Witness) -> String {
    let assume: Vec<(&str, &str)> =
        witness.assume.iter().filter_map(|setting| setting.split_once('=')).collect();
    let steps = witness.steps.iter().map(ToString::to_string);
    run_command(witness.architecture, &assume, steps)
}
