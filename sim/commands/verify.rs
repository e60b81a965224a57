//! `patchstate verify`.

use super::{catalog, switches};
use crate::{
    args::{Format, Options, Verify},
    failure::{Code, Failure},
    output,
    progress::ProgressLine,
};
use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_harness::{CORE_RULE, Verification, VerifyOptions, verify};
use patchstate_report::{json, text};
use patchstate_servicing::ActionNames;
use patchstate_terms::Architecture;

pub(super) fn run(options: &Options, command: &Verify) -> Result<Code, Failure> {
    super::files::check_rules(&command.rules)?;
    let catalog = catalog(options)?;
    let verify_options = VerifyOptions {
        architectures: architectures(&catalog, command),
        switches: switches(options, &catalog)?,
        names: ActionNames {
            components: names(&command.components).map(|name| name.to_lowercase()).collect(),
            updates: names(&command.updates).map(|name| name.to_uppercase()).collect(),
            branches: command.branches,
        },
        bounds: Bounds { state_count_max: command.max_states, depth_max: command.max_depth },
        counterexample_count_max: command.max_counterexamples,
    };
    let line = ProgressLine::new(options);
    let verification = verify(&catalog, &verify_options, &|progress| line.show(progress));
    line.finish();
    let verification = verification?;
    let result = match options.format() {
        Format::Json => json::write(&json::VerifyObject::new(&verification))?,
        Format::Text | Format::Junit => text::verify(&verification),
    };
    output::result(options, &result)?;
    Ok(code(&verification))
}

/// The architectures that were named, each once, or all that the catalog covers.
fn architectures(catalog: &Catalog, command: &Verify) -> Vec<Architecture> {
    if command.arch.is_empty() {
        return catalog.architectures.iter().map(|facts| facts.architecture).collect();
    }
    let mut named: Vec<Architecture> = command.arch.iter().map(|arch| (*arch).into()).collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn names(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|name| name.trim()).filter(|name| !name.is_empty())
}

fn code(verification: &Verification) -> Code {
    let wrong = verification.rules.iter().any(|rule| rule.wrong > 0);
    let states: usize = verification.architectures.iter().map(|result| result.states).sum();
    debug_assert!(verification.rules.iter().any(|rule| rule.rule == CORE_RULE));
    match (wrong, verification.complete) {
        _ if states == 0 => Code::NothingRan,
        (true, _) => Code::Findings,
        (false, false) => Code::Inconclusive,
        (false, true) => Code::Clean,
    }
}
