//! `patchstate run` and `patchstate build`: one install order.

use super::{
    model::{facts, facts_for_core, switches},
    picture,
    programs::{self, folder_for},
};
use crate::{
    args::{Arch, Build, Format, Options, Run},
    failure::{Code, Failure},
    output,
};
use patchstate_report::{
    json, svg,
    text::{self, last_line},
};
use patchstate_rules::Rule;
use patchstate_study::{Evaluator, Facts, Opinion, Simulation, Story};
use patchstate_terms::Status;
use tempfile::TempDir;

pub(super) fn run(options: &Options, command: &Run) -> Result<Code, Failure> {
    let facts = facts_for_core(options)?;
    let (simulation, rules) = Failure::both(
        simulation_of(options, &facts, command.arch),
        super::rules::load(options, &facts, &command.rules),
    )?;
    picture::check(options, command.svg.as_deref())?;
    let story = simulation.tell(&words(&command.steps))?;
    let opinions = opinions(&simulation, &story, &rules)?;
    let examination = &story.examination;
    let code = match (examination.truth.status, &examination.disagreement) {
        (Status::Consistent | Status::NotApplicable, None) => code_of(&opinions),
        _ => Code::Findings,
    };
    let product = &facts.catalog.product.words;
    let view = output::view(options);
    let last = last_line::run(&story, product, &opinions, code.outcome());
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::RunObject::new(&simulation, &story, &opinions))?,
        Format::Text => {
            let story = text::story(&simulation, &story, view);
            last.below(&format!("{story}{}", text::opinions(&opinions, view)), view)
        }
    };
    picture::write(command.svg.as_deref(), || svg::order(&simulation, &story, &last))?;
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}

/// What each rule says of the host at the end.
fn opinions(
    simulation: &Simulation,
    story: &Story,
    rules: &[Box<dyn Rule>],
) -> Result<Vec<Opinion>, Failure> {
    // It goes with this value, whatever happens.
    let folder = folder_for(rules)?;
    let evaluator = Evaluator::new(rules, folder.as_ref().map(TempDir::path))?;
    let tree = simulation.tree(&story.host)?;
    let opinions = evaluator.opinions(simulation, &tree, &story.examination.truth)?;
    programs::started(rules)?;
    Ok(opinions)
}

/// What rules say of a host with which all is well.
fn code_of(opinions: &[Opinion]) -> Code {
    let is = |wanted| opinions.iter().any(|opinion| opinion.is_right == wanted);
    match (is(Some(false)), is(None)) {
        (true, _) => Code::Findings,
        (false, true) => Code::Inconclusive,
        (false, false) => Code::Clean,
    }
}

pub(super) fn build(options: &Options, command: &Build) -> Result<Code, Failure> {
    let simulation = simulation_of(options, &facts(options)?, command.arch)?;
    let host = simulation.follow(&words(&command.steps))?;
    let tree = simulation.tree(&host)?.to_built_tree();
    let top = &simulation.model().catalog().product.folder;
    tree.write_to(&command.out, top)?;
    let folder = command.out.join(top);
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
    simulation_of(options, &facts_for_core(options)?, arch)
}

fn simulation_of(options: &Options, facts: &Facts, arch: Arch) -> Result<Simulation, Failure> {
    let switches = switches(options, &facts.catalog)?;
    Ok(Simulation::new(facts, arch.into(), switches)?)
}

/// Steps as they were typed; a minus sign stood in for a hyphen.
pub(super) fn words(steps: &[String]) -> Vec<String> {
    steps.iter().map(|step| step.replace('\u{2212}', "-")).collect()
}
