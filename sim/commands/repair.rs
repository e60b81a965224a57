//! `patchstate repair`.

use super::{
    host::{simulation, words},
    picture,
};
use crate::{
    args::{Format, Options, Repair},
    failure::{Code, Failure},
    output,
};
use patchstate_explore::Bounds;
use patchstate_report::{
    json, svg,
    text::{self, last_line},
};
use patchstate_study::{RepairSearch, shortest_repair};

pub(super) fn run(options: &Options, command: &Repair) -> Result<Code, Failure> {
    let simulation = simulation(options, command.arch)?;
    picture::check(options, command.svg.as_deref())?;
    let order = words(&command.steps);
    let (steps, host) = simulation.steps(&order)?;
    let bounds = Bounds { state_count_max: command.max_states, depth_max: command.max_depth };
    let repair = shortest_repair(&simulation, &host, &bounds)?;
    let code = match repair.search {
        RepairSearch::NotNeeded => Code::Clean,
        RepairSearch::Found | RepairSearch::Impossible => Code::Findings,
        RepairSearch::Stopped { .. } => Code::Inconclusive,
    };
    let product = &simulation.model().catalog().product.words;
    let view = output::view(options);
    let last = last_line::repair(&repair, product, code.outcome());
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::RepairObject::new(&simulation, &order, &repair))?,
        Format::Text => {
            last.below(&text::repair(&simulation, (&order, &host), &repair, view), view)
        }
    };
    let draw = || svg::repair(&simulation, &steps, &repair, &last);
    picture::write(command.svg.as_deref(), draw)?;
    output::result(options, &result)?;
    output::last_line(options, &last);
    Ok(code)
}
