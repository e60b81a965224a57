//! `patchstate run` and `patchstate build`: one install order.

use super::{catalog, switches};
use crate::{
    args::{Arch, Build, Format, Options, Run},
    failure::{Code, Failure},
    output,
};
use patchstate_harness::Simulation;
use patchstate_report::{json, text};
use patchstate_terms::Status;

pub(super) fn run(options: &Options, command: &Run) -> Result<Code, Failure> {
    let simulation = simulation(options, command.arch)?;
    let story = simulation.tell(&words(&command.steps))?;
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::RunObject::new(&simulation, &story))?,
        Format::Text => text::story(&simulation, &story, options.verbose > 0),
    };
    output::result(options, &result)?;
    let examination = &story.examination;
    Ok(match (examination.truth.status, &examination.disagreement) {
        (Status::Consistent | Status::NotApplicable, None) => Code::Clean,
        _ => Code::Findings,
    })
}

pub(super) fn build(options: &Options, command: &Build) -> Result<Code, Failure> {
    let simulation = simulation(options, command.arch)?;
    let host = simulation.follow(&words(&command.steps))?;
    let tree = simulation.tree(&host)?.to_built_tree();
    tree.write_to(&command.out, "WINDOWS")?;
    let folder = command.out.join("WINDOWS");
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::BuildObject::new(&folder, &tree))?,
        Format::Text => text::build(&folder, &tree),
    };
    output::result(options, &result)?;
    Ok(Code::Clean)
}

pub(super) fn simulation(options: &Options, arch: Arch) -> Result<Simulation, Failure> {
    let catalog = catalog(options)?;
    let switches = switches(options, &catalog)?;
    Ok(Simulation::new(&catalog, arch.into(), switches)?)
}

/// Steps as they were typed; a minus sign stood in for a hyphen.
pub(super) fn words(steps: &[String]) -> Vec<String> {
    steps.iter().map(|step| step.replace('\u{2212}', "-")).collect()
}
