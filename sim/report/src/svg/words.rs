//! The picture in words, for who cannot see it.

use super::strip::{Column, Strip};
use crate::text::{capitalized, counts_of_kinds, neutral_name, sentence};

/// What each step did and what the host is after it.
pub(super) fn description(strip: &Strip<'_>) -> String {
    let columns = strip.columns.iter().map(|column| of_column(strip, column));
    columns.collect::<Vec<_>>().join(" ")
}

fn of_column(strip: &Strip<'_>, column: &Column<'_>) -> String {
    let step = column.step;
    let part = if column.mends.is_some() { "repair, step" } else { "step" };
    let mut text = format!(
        "{} {}, {}, {}: {} The status is then {}",
        capitalized(part),
        column.number,
        step.step,
        step.outcome.as_str(),
        sentence(strip.model, column.before, step),
        step.truth.status
    );
    let kinds = counts_of_kinds(&step.truth.findings).into_iter();
    let kinds: Vec<String> = kinds.map(|(kind, number)| format!("{number} {kind}")).collect();
    if !kinds.is_empty() {
        text += &format!(", with {}", kinds.join(", "));
    }
    text.push('.');
    if let Some(fracture) = strip.fracture.as_ref().filter(|_| strip.is_fault(column)) {
        let findings = &step.truth.findings;
        let finding = findings.iter().find(|finding| finding.key() == fracture.why.finding);
        if let Some(finding) = finding {
            text += &format!(" It breaks here: {}.", finding.detail);
        }
    }
    neutral_name(&text).into_owned()
}
