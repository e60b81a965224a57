//! What each further update of the same files costs: the built-in catalog, and made-up updates that
//! bring one or two files to hosts with Service Pack 2, one after the other.
//!
//! `cargo run --release -p patchstate-space --example growth -- SCOPE FILES COUNT ARCHITECTURE`,
//! where the scope is `whole` for everything in the catalog, or names of components and updates,
//! joined by `+`, to be alone with the made-up updates; and files are names in `system32/inetsrv`,
//! joined by `+`.
//!
//! Processor time of one thread, on a machine that was busy with other work:
//!
//! | scope | files of the made-up updates | how many | hosts | seconds | peak |
//! |---|---|--:|--:|--:|--:|
//! | `iis_www`, x86 | `w3core.dll` | 1 | 10,427 | 0.01 | 4 MB |
//! | the same | | 2 | 131,159 | 0.02 | 5 MB |
//! | the same | | 3 | 2,010,918 | 0.1 | 7 MB |
//! | the same | | 4 | 35,904,968 | 0.7 to 1.2 | 43 MB |
//! | the same | | 5 | 753,457,810 | 14 | 330 MB |
//! | `whole`, x64 | | 0 | 145,403,734,412,390,096 | 0.1 | 14 MB |
//! | the same | `w3core.dll`, `w3dt.dll` | 1 | 3,014,765,445,568,709,998 | 0.6 | 28 MB |
//! | the same | | 2 | 63,785,939,841,450,099,846 | 9 | 167 MB |
//! | the same | `w3core.dll` | 1 | 495,703,916,024,180,928,066 | 35 to 66 | 272 MB |
//! | `whole`, x86 | | 0 | 31,044,978,527,230,965,617,392 | 2.3 | 75 MB |
//! | `whole`, x86, without KB824151 | | 0 | 5,303,586,377,460,478,034,016 | 1.1 to 1.8 | 42 MB |
//! | the same | `w3core.dll`, `w3dt.dll` | 1 | 118,876,068,424,504,741,084,848 | 5 | 99 MB |
//! | the same | | 2 | 2,665,939,136,735,698,623,508,584 | 178 | 276 MB |
//! | the same | `w3core.dll` | 1 | not found in 30 minutes | | |
//!
//! KB824151 brings files of two interaction groups. With a record of its group's own it makes them
//! one, and the default run took 50 seconds; with a shared record, and a set for each of both
//! groups, the space takes 6.1 seconds and 6,794 products of sets; with one set for both, 2.3
//! seconds and 1,576 products, where it takes 1,140 without the update.
//!
//! KB973917 brings both files, so that they are alike until an update brings one of them alone.
//! Then each has backups of its own, which depend on those of the other: the group of `w3core.dll`
//! has some 50 million tuples of values on x64, and the set of them 10,000 to 20,000 nodes. What is
//! slow is a closure under the group's local steps, wherever a set has not been met before: up to
//! 1.5 million nodes are made for it. Breadth first it takes up to 52 rounds, and more nodes than
//! by saturation. Fields in other orders, records as shared fields, the removals of updates last,
//! and the transitive closure of the steps as one relation were tried, and are slower.

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

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [scope, files, count, architecture] = words.as_slice() else {
        return Err("expected a scope, files, a number of updates and an architecture".into());
    };
    let files: Vec<String> =
        files.split('+').map(|name| format!("system32/inetsrv/{name}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let count: u16 = count.parse()?;
    let architecture = Architecture::ALL.into_iter().find(|a| a.as_str() == architecture);
    let architecture = architecture.ok_or("the architecture is x86 or x64")?;
    let catalog = made_up::catalog(&files, &made_up::LEVELS[1..], count);
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
