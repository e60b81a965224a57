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
//! | the same | 4 | 35,904,968 | 1.2 | 43 MB |
//! | the same | 5 | 753,457,810 | 14 | 330 MB |
//! | `whole`, x64 | 0 | 145,403,734,412,390,096 | 0.1 | 14 MB |
//! | the same | 1 | 495,703,916,024,180,928,066 | 66 | 272 MB |
//! | `whole`, x86 | 0 | 5,303,586,377,460,478,034,016 | 1.5 to 1.8 | 42 MB |
//! | the same | 1 | not found in 278 s | | |
//!
//! With one made-up update the group of w3core.dll has some 50 million tuples of values on x64,
//! and the set of them 10,000 to 20,000 nodes. What is slow is a closure under the group's local
//! steps, wherever a set has not been met before: up to 1.5 million nodes are made for it. Breadth
//! first it takes up to 52 rounds, and more nodes than by saturation.

use patchstate_space::Space;
use patchstate_terms::Architecture;
use patchstate_test_model::made_up;
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
