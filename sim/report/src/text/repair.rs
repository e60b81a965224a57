//! The shortest way to a consistent host, with what each step does for it.

use super::{
    settings, step,
    style::{
        self, and, bad, command_lines, count, counts_of_kinds, doubtful, good, heading, in_words,
        neutral, neutral_name, run_command, wrapped,
    },
    view::View,
};
use patchstate_servicing::{Host, Model};
use patchstate_study::{Repair, RepairSearch, RepairStep, Simulation};
use patchstate_terms::{Finding, Step};

/// A repair for the host at the end of an install order. Each finding is told once, where it
/// appears; a step tells how many of each kind it removes.
#[must_use]
pub fn repair(
    simulation: &Simulation,
    (order, host): (&[String], &Host),
    repair: &Repair,
    view: View,
) -> String {
    let model = simulation.model();
    let status = repair.truth.status;
    if view.is_quiet() {
        return style::findings(&repair.truth.findings, view);
    }
    let mut text = format!("{} {}\n", heading("The host is"), style::status_phrase(status));
    text.push_str(&wrapped(&style::meaning(status, &model.catalog().product.words), 2, view));
    text.push_str(&style::findings(&repair.truth.findings, view));
    text.push_str(&outcome(repair, view));
    let mut before = host;
    for (number, step) in (1..).zip(&repair.steps) {
        text.push_str(&tell(model, number, before, step, view));
        before = &step.told.after;
    }
    if repair.search == RepairSearch::Found {
        let line = "Then the host is consistent, with the components it has. See it:";
        text.push_str(&wrapped(line, 2, view));
        let steps = repair.steps.iter().map(|step| step.told.step.to_string());
        let steps = order.iter().cloned().chain(steps);
        let changed = settings(model.switches());
        let command = run_command(model.architecture(), &changed, steps);
        text.push_str(&command_lines("", &command, 2, view));
    }
    text.push_str(&additive(repair, view));
    text.push_str(&core(repair, view));
    text
}

/// What the repair takes away, and the shortest one that takes nothing away.
fn additive(repair: &Repair, view: View) -> String {
    let removing = repair.steps.iter().map(|step| &step.told.step).filter(|step| step.removes());
    let removing: Vec<Step> = removing.cloned().collect();
    let takes = match (repair.search, removing.as_slice()) {
        (RepairSearch::Found, []) | (RepairSearch::NotNeeded | RepairSearch::Impossible, _) => {
            return String::new();
        }
        (_, []) => String::new(),
        (_, [_]) => format!("A step of it takes something away: {}. ", in_words(&removing)),
        (_, _) => format!("Steps of it take something away: {}. ", in_words(&removing)),
    };
    let other = match &repair.additive {
        Some(steps) => {
            let length = count(steps.len(), "step", "steps");
            let steps = in_words(steps);
            format!(
                "The shortest additive repair, one that removes nothing, has {length}: {steps}."
            )
        }
        // Where a bound stopped the search, that is said already.
        None if removing.is_empty() => return String::new(),
        None => "No additive repair, one that removes nothing, was found.".to_owned(),
    };
    format!("\n{}", wrapped(&format!("{takes}{other}"), 0, view))
}

fn outcome(repair: &Repair, view: View) -> String {
    let line = match repair.search {
        RepairSearch::NotNeeded => good("Nothing has to be repaired."),
        RepairSearch::Found => {
            let steps = count(repair.steps.len(), "step", "steps");
            heading(&format!("The shortest repair: {steps}"))
        }
        RepairSearch::Impossible => {
            bad("No sequence of steps makes this host consistent with the components it has.")
        }
        RepairSearch::Stopped { step_count, host_count } => {
            let within = format!(
                "within {}; {} {} looked at, and a longer one may exist.",
                count(step_count, "step", "steps"),
                count(host_count, "host", "hosts"),
                if host_count == 1 { "was" } else { "were" }
            );
            format!("{} {within}", doubtful("No repair was found"))
        }
    };
    format!("\n{}", wrapped(&line, 0, view))
}

/// One step and why it helps.
fn tell(model: &Model, number: usize, before: &Host, step: &RepairStep, view: View) -> String {
    let word = step.told.step.to_string();
    let mut text = format!("{number:>3}  {}\n", heading(&neutral_name(&word)));
    text.push_str(&wrapped(&neutral(&step::sentence(model, Some(before), &step.told)), 5, view));
    let files = count(step.told.changes.files.len(), "file", "files");
    let removes = count(step.removes.len(), "finding", "findings");
    let line = format!("It changes {files} and so removes {removes}{}.", kinds(&step.removes));
    text.push_str(&wrapped(&line, 5, view));
    if !step.brings.is_empty() {
        let brings = count(step.brings.len(), "other finding", "other findings");
        text.push_str(&wrapped(&format!("What it brings: {brings}:"), 5, view));
        text.push_str(&style::findings(&step.brings, view));
    }
    text
}

/// How many findings there are of each kind, behind their number.
fn kinds(findings: &[Finding]) -> String {
    let counts = counts_of_kinds(findings).into_iter();
    let counts: Vec<String> = counts.map(|(kind, number)| format!("{number} {kind}")).collect();
    if counts.is_empty() { String::new() } else { format!(": {}", and(&counts)) }
}

/// What the detection core advises instead.
fn core(repair: &Repair, view: View) -> String {
    let advice = &repair.core_remedy;
    let own: Vec<Step> = repair.steps.iter().map(|step| step.told.step.clone()).collect();
    let says = match (advice.is_empty(), repair.core_remedy_works) {
        (true, true) => "advises nothing, and is right".to_owned(),
        (true, false) => format!("{} advice", bad("has no")),
        (false, _) if *advice == own => "advises the same".to_owned(),
        (false, false) => format!("advises {}, which {}", in_words(advice), bad("does not work")),
        (false, true) => {
            let longer = advice.len().saturating_sub(own.len());
            let than = match (repair.search, longer) {
                (RepairSearch::Found, 0) => "as short".to_owned(),
                (RepairSearch::Found, more) => format!("{} longer", count(more, "step", "steps")),
                _ => count(advice.len(), "step", "steps"),
            };
            // It never removes anything, which matters where the shortest repair does.
            let is_shortest =
                repair.additive.as_ref().is_some_and(|additive| additive.len() == advice.len());
            let removes_nothing = match (repair.removes(), is_shortest) {
                (true, true) => ", and no additive repair is shorter",
                (true, false) => ", and removes nothing",
                (false, _) => "",
            };
            format!("advises {}, which works: {than}{removes_nothing}", in_words(advice))
        }
    };
    let says = format!("The detection core, which sees only the host's files, {says}.");
    format!("\n{}", wrapped(&says, 0, view))
}
