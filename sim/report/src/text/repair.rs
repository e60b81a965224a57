//! The shortest way to a consistent host, with what each step does for it.

use super::{
    step,
    story::changed_switches,
    style::{
        self, LINE, bad, count, doubtful, good, heading, neutral, neutral_name, run_command,
        wrapped,
    },
};
use patchstate_harness::{Repair, RepairSearch, RepairStep, Simulation};
use patchstate_servicing::{Host, Model};
use patchstate_terms::Step;
use std::fmt::Write;

/// A repair for the host at the end of an install order. With `all`, every finding has a line.
#[must_use]
pub fn repair(
    simulation: &Simulation,
    (order, host): (&[String], &Host),
    repair: &Repair,
    all: bool,
) -> String {
    let model = simulation.model();
    let status = repair.truth.status;
    let mut text = format!("{} {}\n", heading("The host is"), style::status_phrase(status));
    let _ = writeln!(text, "  {}", style::meaning(status));
    text.push_str(&style::findings(&repair.truth.findings, all));
    text.push_str(&outcome(repair));
    let mut before = host;
    for (number, step) in (1..).zip(&repair.steps) {
        text.push_str(&tell(model, number, before, step, all));
        before = &step.told.after;
    }
    if repair.search == RepairSearch::Found {
        text.push_str("  Then the host is consistent, with the components it has. See it:\n");
        let steps = repair.steps.iter().map(|step| step.told.step.to_string());
        let steps = order.iter().cloned().chain(steps);
        let changed = changed_switches(model.switches());
        let _ = writeln!(text, "  {}", run_command(model.architecture(), &changed, steps));
    }
    text.push_str(&core(repair));
    text
}

fn outcome(repair: &Repair) -> String {
    match repair.search {
        RepairSearch::NotNeeded => format!("\n{}\n", good("Nothing has to be repaired.")),
        RepairSearch::Found => {
            let steps = count(repair.steps.len(), "step", "steps");
            format!("\n{}\n", heading(&format!("The shortest repair: {steps}")))
        }
        RepairSearch::Impossible => format!(
            "\n{}\n",
            bad("No sequence of steps makes this host consistent with the components it has.")
        ),
        RepairSearch::Stopped { step_count, host_count } => {
            let within = format!(
                "within {}; {} were looked at, and a longer one may exist.",
                count(step_count, "step", "steps"),
                count(host_count, "host", "hosts")
            );
            format!("\n{} {within}\n", doubtful("No repair was found"))
        }
    }
}

/// One step and why it helps.
fn tell(model: &Model, number: usize, before: &Host, step: &RepairStep, all: bool) -> String {
    let word = step.told.step.to_string();
    let mut text = format!("{number:>3}  {}\n", heading(&neutral_name(&word)));
    text.push_str(&wrapped(&neutral(&step::sentence(model, Some(before), &step.told)), 5, LINE));
    let files = count(step.told.changes.files.len(), "file", "files");
    let removes = count(step.removes.len(), "finding", "findings");
    let _ = writeln!(text, "     It changes {files} and so removes {removes}:");
    text.push_str(&style::findings(&step.removes, all));
    if !step.brings.is_empty() {
        let brings = count(step.brings.len(), "other finding", "other findings");
        let _ = writeln!(text, "     What it brings: {brings}:");
        text.push_str(&style::findings(&step.brings, all));
    }
    text
}

/// What the detection core advises instead.
fn core(repair: &Repair) -> String {
    let words = |steps: &[Step]| {
        let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
        neutral_name(&words.join(" ")).into_owned()
    };
    let advice = &repair.core_remedy;
    let own: Vec<Step> = repair.steps.iter().map(|step| step.told.step.clone()).collect();
    let says = match (advice.is_empty(), repair.core_remedy_works) {
        (true, true) => "advises nothing, and is right".to_owned(),
        (true, false) => format!("{} advice", bad("has no")),
        (false, _) if *advice == own => "advises the same".to_owned(),
        (false, false) => format!("advises {}, which {}", words(advice), bad("does not work")),
        (false, true) => {
            let longer = advice.len().saturating_sub(own.len());
            let than = match (repair.search, longer) {
                (RepairSearch::Found, 0) => "as short".to_owned(),
                (RepairSearch::Found, more) => format!("{} longer", count(more, "step", "steps")),
                _ => count(advice.len(), "step", "steps"),
            };
            format!("advises {}, which works: {than}", words(advice))
        }
    };
    let says = format!("The detection core, which sees only the host's files, {says}.");
    format!("\n{}", wrapped(&says, 0, LINE))
}
