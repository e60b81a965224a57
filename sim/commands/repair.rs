//! `patchstate repair`.

use super::host::{simulation, words};
use crate::{
    args::{Format, Options, Repair},
    failure::{Code, Failure},
    output,
};
use patchstate_explore::Bounds;
use patchstate_harness::{RepairSearch, shortest_repair};
use patchstate_report::{json, text};

pub(super) fn run(options: &Options, command: &Repair) -> Result<Code, Failure> {
    let simulation = simulation(options, command.arch)?;
    let order = words(&command.steps);
    let host = simulation.follow(&order)?;
    let bounds = Bounds { state_count_max: command.max_states, depth_max: command.max_depth };
    let repair = shortest_repair(&simulation, &host, &bounds)?;
    let result = match command.format.chosen() {
        Format::Json => json::write(&json::RepairObject::new(&simulation, &order, &repair))?,
        Format::Text => text::repair(&simulation, (&order, &host), &repair, options.verbose > 0),
    };
    output::result(options, &result)?;
    Ok(match repair.search {
        RepairSearch::NotNeeded | RepairSearch::Found => Code::Clean,
        RepairSearch::Impossible => Code::Findings,
        RepairSearch::Stopped { .. } => Code::Inconclusive,
    })
}
