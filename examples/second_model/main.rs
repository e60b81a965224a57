//! The second model of servicing beside the real one, on the hosts of the default scope:
//! `cargo run --release --example second_model -- x86=1 x64=1`.
//!
//! **Owns** the walk over the scope, in slices as `verify` searches it. Base hosts must be equal;
//! then every step from every host must have the same outcome in both models, lead to equal hosts,
//! and be what the search has found. So, step by step, both models reach the same hosts. The truth
//! about each host must be the same, too.
//!
//! **Must never know** how either model works.
//!
//! **Start reading** at [`main`]. The number behind an architecture says that of large slices each
//! so-manieth host is compared; of the others it is every host. Words such as `A29=at-restart` say
//! what is assumed, of all but the component store (A24), which hosts here do not have. Prints a
//! JSON object a slice.

#![expect(clippy::print_stdout, reason = "a program that prints its result")]
#![expect(clippy::expect_used, reason = "a comparison that cannot go on stops there")]

mod convert;

use convert::naive_of;
use patchstate_explore::{Bounds, StateId};
use patchstate_oracle::truth;
use patchstate_servicing::{ActionNames, Outcome, Switches};
use patchstate_study::{self as study, Reached, Slicing};
use patchstate_terms::{Architecture, Step};
use patchstate_test_model::{
    CATALOG,
    orders::{SWITCHES, Settings},
    second_model::{
        beside::{naive_truth, same_outcome},
        facts::Facts,
        rules::{Done, Rules},
    },
};
use rayon::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, error::Error};

/// Slices with more hosts than this are large.
const LARGE: usize = 100_000;
/// Differences that are printed of a slice.
const SHOWN_MAX: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut asked, mut settings) = (Vec::new(), Settings::new());
    for word in std::env::args().skip(1) {
        let (name, value) = word.split_once('=').ok_or("ARCHITECTURE=NUMBER or ID=VALUE")?;
        let named = |one: &Architecture| one.to_string() == name;
        if let Some(architecture) = Architecture::ALL.into_iter().find(named) {
            asked.push((architecture, value.parse::<usize>()?.max(1)));
        } else {
            let known = SWITCHES.into_iter().find(|(id, _)| *id == name && name != "A24");
            let (id, values) = known.ok_or("x86, x64, or an assumption with a switch")?;
            let value = values.iter().find(|one| **one == value).ok_or("a value of the switch")?;
            settings.insert(id, *value);
        }
    }
    for (architecture, every) in asked {
        compare_architecture(architecture, &settings, every)?;
    }
    Ok(())
}

fn compare_architecture(
    architecture: Architecture,
    settings: &Settings,
    every: usize,
) -> Result<(), Box<dyn Error>> {
    let names = ActionNames {
        components: CATALOG.components.iter().map(|component| component.id.clone()).collect(),
        updates: CATALOG.updates.iter().map(|update| update.id.clone()).collect(),
        branches: false,
    };
    let rules =
        Rules { facts: Facts::of(&CATALOG, architecture), settings: settings.clone(), flaw: None };
    let words: Vec<String> = settings.iter().map(|(id, value)| format!("{id}={value}")).collect();
    let switches = Switches::from_settings(&CATALOG, words.iter().map(String::as_str))?;
    for slice in Slicing::new(&CATALOG, architecture, switches, &names)?.slices {
        let scope = (switches, &slice);
        let reached = Reached::new(
            &study::Facts::of(&CATALOG),
            architecture,
            scope,
            &Bounds::default(),
            &|_| {},
        )?;
        if !reached.is_complete() {
            return Err("a slice was not searched to its end".into());
        }
        let count = reached.host_count();
        let every = if count > LARGE { every } else { 1 };
        let numbers: Vec<u32> = (0..u32::try_from(count)?).step_by(every).collect();
        let compared: Vec<Result<usize, String>> =
            numbers.par_iter().map(|id| compare_host(&reached, &rules, StateId(*id))).collect();
        let mut differences = different_bases(&reached, &rules);
        let (mut hosts, mut steps) = (0, 0);
        for result in compared {
            hosts += 1;
            match result {
                Ok(count) => steps += count,
                Err(difference) => {
                    steps += reached.steps().len();
                    differences.push(difference);
                }
            }
        }
        let shown: Vec<&String> = differences.iter().take(SHOWN_MAX).collect();
        let line = json!({
            "architecture": architecture.to_string(), "assumed": words,
            "components": slice.components, "updates": slice.updates,
            "hosts": count, "compared": hosts, "steps": steps,
            "different": differences.len(), "differences": shown,
        });
        println!("{line}");
    }
    Ok(())
}

fn different_bases(reached: &Reached, rules: &Rules) -> Vec<String> {
    let model = reached.simulation().model();
    let mut different = Vec::new();
    for base in model.bases() {
        let view = model.view(&base);
        let word = Step::InstallOs(view.level()).to_string();
        if rules.install(&word) != naive_of(view, rules) || reached.find(&base).is_none() {
            different.push(word);
        }
    }
    different
}

/// Compares the truth about a host, and every step from it; gives how many steps there were.
fn compare_host(reached: &Reached, rules: &Rules, id: StateId) -> Result<usize, String> {
    let order = || reached.order(id).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let model = reached.simulation().model();
    let host = reached.host(id).expect("a host of the search");
    let naive = naive_of(model.view(&host), rules);
    let truth = truth(model.view(&host));
    if naive_truth(truth.status, &truth.findings) != rules.truth(&naive) {
        return Err(format!("{}: the truth differs", order()));
    }
    let mut found = BTreeMap::new();
    reached.successors(id, &mut |step, next| _ = found.insert(step, next));
    for (number, (step, action)) in reached.steps().iter().enumerate() {
        let word = step.to_string();
        let (outcome, done) = (model.apply(&host, *action), rules.step(&naive, &word));
        same_outcome(&outcome, &done).map_err(|says| format!("{} {word}: {says}", order()))?;
        let next = found.get(&number).and_then(|next| reached.host(*next));
        let agrees = match (&outcome, &done) {
            (Outcome::Applied(after), Done::Applied(naive_after)) => {
                next.as_ref() == Some(after) && naive_of(model.view(after), rules) == *naive_after
            }
            _ => next.is_none(),
        };
        if !agrees {
            return Err(format!("{} {word}: another host comes of it", order()));
        }
    }
    Ok(reached.steps().len())
}
