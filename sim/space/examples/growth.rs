//! What each further update of the same file costs: the built-in catalog, and made-up updates that
//! bring one file to hosts with Service Pack 2, one after the other.
//!
//! `cargo run --release -p patchstate-space --example growth -- SCOPE COUNT ARCHITECTURE`, where
//! the scope is `whole` for everything in the catalog, or names of components and updates, joined
//! by `+`, to be alone with the made-up updates.
//!
//! Processor time of one thread, on a machine that was busy with other work:
//!
//! | scope | made-up updates | hosts | seconds | peak |
//! |---|--:|--:|--:|--:|
//! | `iis_www`, x86 | 1 | 10,427 | 0.01 | 4 MB |
//! | the same | 2 | 131,159 | 0.02 | 5 MB |
//! | the same | 3 | 2,010,918 | 0.1 | 7 MB |
//! | the same | 4 | 35,904,968 | 0.9 to 1.4 | 24 MB |
//! | the same | 5 | 753,457,810 | 20 | 334 MB |
//! | `whole`, x86 | 0 | 2,389,046,470,560,529,001,328 | 1.8 to 2.5 | 43 MB |
//! | the same | 1 | not found in 126 s | | 274 MB |
//!
//! With one made-up update, most steps of the search over the whole make a set of w3core.dll's
//! group that was not met before, and its closure takes 1 to 5 s: of the 100,000 to 300,000 nodes
//! that are made for it some 10,000 stay. Nodes are collected, so that time is what is missing.

#[path = "../tests/made_up/mod.rs"]
mod made_up;

use patchstate_space::Space;
use patchstate_terms::Architecture;
use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    time::Instant,
};

const FILE: &str = "system32/inetsrv/w3core.dll";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [scope, count, architecture] = words.as_slice() else {
        return Err("expected a scope, a number of updates and an architecture".into());
    };
    let count: u16 = count.parse()?;
    let architecture = Architecture::ALL.into_iter().find(|a| a.as_str() == architecture);
    let architecture = architecture.ok_or("the architecture is x86 or x64")?;
    let catalog = made_up::catalog(FILE, &made_up::LEVELS[1..], count);
    let names = match scope.as_str() {
        "whole" => made_up::everything(&catalog),
        names => {
            let (mut components, mut updates) = (Vec::new(), made_up::ids(count));
            for name in names.split('+').map(str::to_owned) {
                let is_update = catalog.update_named(&name).is_some();
                if is_update { updates.push(name) } else { components.push(name) }
            }
            (components, updates)
        }
    };
    let (model, actions) = made_up::scope(&catalog, architecture, names).ok_or("no such scope")?;
    let start = Instant::now();
    let mut space = Space::new(model, actions)?;
    let seconds = start.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let (hosts, nodes) = (space.count(), space.diagrams().node_count());
    Ok(writeln!(io::stdout().lock(), "{hosts} hosts, {seconds:.2} s, {nodes} nodes, {peak}")?)
}
