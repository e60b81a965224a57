//! `patchstate run` and `patchstate build`: one install order.

use super::{catalog, switches};
use crate::{
    args::{Arch, Build, Format, Options, Run},
    failure::{Code, Failure},
    output,
};
use patchstate_harness::Simulation;
use patchstate_report::{
    json,
    text::{self, last_line},
};
use patchstate_terms::Status;

pub(super) fn run(options: &Options, command: &Run) -> Result<Code, Failure> {
    let simulation = simulation(options, command.arch)?;
    let story = simulation.tell(&words(&command.steps))?;
    let examination = &story.examination;
    let code = match (examination.truth.status, &examination.disagreement) {
        (Status::Consistent | Status::NotApplicable, None) => Code::Clean,
        _ => Code::Findings,
    };
    let (view, last) = (output::view(options), last_line::run(&story, code.outcome()));
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::RunObject::new(&simulation, &story))?,
        Format::Text => last.below(&text::story(&simulation, &story, view), view),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

pub(super) fn build(options: &Options, command: &Build) -> Result<Code, Failure> {
    let simulation = simulation(options, command.arch)?;
    let host = simulation.follow(&words(&command.steps))?;
    let tree = simulation.tree(&host)?.to_built_tree();
    tree.write_to(&command.out, "WINDOWS")?;
    let folder = command.out.join("WINDOWS");
    let last = last_line::build(&folder, &tree);
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::BuildObject::new(&folder, &tree))?,
        Format::Text => last.text(output::view(options)),
    };
    output::result(options, &result)?;
    output::last_line(options, &last);
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
