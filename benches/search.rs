//! The search alone, beside stateright: the same model, the same hosts, the same counts.
//!
//! Three contenders reach every host of a scope, on one thread and on two:
//!
//! - ours, as `verify` does it, compiling the catalog included;
//! - stateright, breadth first, on whole hosts by the servicing rules in their plain form: what a
//!   user of that crate would write;
//! - stateright on packed hosts by our compiled rules, handed to it with all successors at once:
//!   what is then left of the difference is the search itself.
//!
//! Ours keeps every host whole, with its predecessor, numbered in the order of a plain search.
//! Stateright keeps a hash of 64 bits for each state with that of its predecessor.
//!
//! A second table has the set of the same hosts as a decision diagram (`sim/space`) beside these
//! searches, on one thread: small, medium and large. A diagram knows how many hosts there are, not
//! how many transitions, so that hosts alone are compared. What a search needs grows with the
//! hosts, what the set needs with how they hang together.
//!
//! Each turn is a process of its own, so that one contender's memory does not show in another's.
//! What a contender needs is the growth of its process at the peak (`VmHWM` of Linux), per host.
//! The contenders take turns; a ratio is the rate of ours over that of the peer in the same round,
//! on as many threads. Without `--bench`, one round on a small scope shows that it works.

mod work {
    pub(crate) mod peers;
}

use patchstate_catalog::Catalog;
use patchstate_explore::Bounds;
use patchstate_servicing::{ActionNames, Switches};
use patchstate_space::Space;
use patchstate_study::{Facts, Reached};
use patchstate_terms::Architecture;
use rayon::ThreadPoolBuilder;
use std::{
    env, fs,
    hint::black_box,
    io::{self, Write},
    process::Command,
    str::FromStr,
    sync::Arc,
    time::Instant,
};
use work::peers::{Counts, Failure, search_hosts, search_packed};

/// The contenders; ours is the first.
const CONTENDERS: [&str; 3] = ["patchstate", "stateright on hosts", "stateright on packed hosts"];
/// The set of hosts as a decision diagram, on one thread.
const SETS: &str = "patchstate, sets";
const THREAD_COUNTS: [usize; 2] = [1, 2];

/// Two slices of the default run, the second one its largest, and how often each is timed.
const SCOPES: [(&str, usize); 2] = [("KB970483,KB3197835", 5), ("KB973917,KB982666", 3)];

/// The scopes of the second table, small, medium and large, and how often each is timed.
const SETS_SCOPES: [(&str, usize); 3] =
    [("KB973917", 5), ("KB970483,KB3197835", 5), ("KB973917,KB982666", 3)];

/// What one turn measured.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// Hosts and transitions; a diagram does not know the latter, and has none.
    counts: (usize, u64),
    seconds: f64,
    bytes: Option<f64>,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["turn", contender, threads, scope] => turn(contender, threads.parse()?, scope),
        all if all.contains(&"--bench") => {
            SCOPES.iter().try_for_each(|(scope, round_count)| compare(scope, *round_count))?;
            compare_sets(&SETS_SCOPES)
        }
        _ => {
            compare("KB973917", 1)?;
            compare_sets(&[("KB973917", 1)])
        }
    }
}

/// Runs one contender in this process, and prints what it found and needed.
fn turn(contender: &str, threads: usize, scope: &str) -> Result<(), Failure> {
    let catalog = Arc::new(Catalog::built_in());
    let names = ActionNames {
        components: vec!["iis_common".to_owned(), "iis_www".to_owned()],
        updates: scope.split(',').map(str::to_owned).collect(),
        branches: false,
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    let scope = (Switches::default(), &names);
    // The peers need a model to begin with; it has no hosts but the bases.
    let bounds = Bounds { state_count_max: None, depth_max: Some(0) };
    let model = Reached::new(&Facts::of(&catalog), Architecture::X86, scope, &bounds, &|_| {})?;
    let actions = model.steps().iter().map(|(_, action)| *action).collect();
    let before = resident("VmRSS:");
    let start = Instant::now();
    let counts = if contender == CONTENDERS[0] {
        let whole = Bounds::default();
        let search =
            || Reached::new(&Facts::of(&catalog), Architecture::X86, scope, &whole, &|_| {});
        let reached = black_box(pool.install(search)?);
        counts(&reached)
    } else if contender == SETS {
        let model = model.simulation().model().clone();
        let mut space = Space::new(model, actions)?;
        Counts { states: space.count().to_string().parse()?, transitions: 0, depth: 0 }
    } else if contender == CONTENDERS[1] {
        search_hosts(&model, threads, |_| {})?
    } else {
        search_packed(&model, threads)?
    };
    let seconds = start.elapsed().as_secs_f64();
    let bytes = resident("VmHWM:").zip(before).map(|(peak, before)| peak - before);
    let bytes = bytes.map_or(-1.0, |bytes| bytes * 1024.0);
    let Counts { states, transitions, .. } = counts;
    Ok(writeln!(io::stdout().lock(), "{states} {transitions} {seconds} {bytes}")?)
}

fn counts(reached: &Reached) -> Counts {
    let (states, transitions) = (reached.host_count(), reached.transition_count());
    Counts { states, transitions, depth: reached.depth() }
}

/// A figure of this process in kilobytes, where the system tells it.
fn resident(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Lets all contenders take turns, and prints a table.
fn compare(scope: &str, round_count: usize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let mut counts = None;
    let mut rows = Vec::new();
    for threads in THREAD_COUNTS {
        let mut rounds: Vec<Vec<Turn>> = Vec::new();
        for _ in 0..round_count {
            let turns = CONTENDERS.iter().map(|contender| take_turn(contender, threads, scope));
            rounds.push(turns.collect::<Result<_, _>>()?);
        }
        for turn in rounds.iter().flatten() {
            let expected = *counts.get_or_insert(turn.counts);
            if turn.counts != expected {
                return Err(format!("{:?} found, expected {expected:?}", turn.counts).into());
            }
        }
        for (number, contender) in CONTENDERS.iter().enumerate() {
            rows.push(row(contender, number, threads, &rounds));
        }
    }
    let Some((states, transitions)) = counts else { return Ok(()) };
    writeln!(out, "x86, iis_common and iis_www with {scope}:")?;
    writeln!(out, "{states} hosts, {transitions} transitions\n")?;
    writeln!(
        out,
        "| search | threads | million hosts a second | bytes a host | ours is faster by |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|")?;
    rows.iter().try_for_each(|row| writeln!(out, "{row}"))?;
    Ok(writeln!(out)?)
}

/// Lets sets and searches take turns on one thread, and prints how many times the time and memory
/// of the set each search takes.
fn compare_sets(scopes: &[(&str, usize)]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "| x86, iis_common and iis_www with | hosts | search | seconds | MB | time | memory |"
    )?;
    writeln!(out, "|---|--:|---|--:|--:|--:|--:|")?;
    for (scope, round_count) in scopes {
        let mut rounds: Vec<Vec<Turn>> = Vec::new();
        for _ in 0..*round_count {
            let contenders = [SETS].into_iter().chain(CONTENDERS);
            let turns: Vec<Turn> = contenders
                .map(|contender| take_turn(contender, 1, scope))
                .collect::<Result<_, _>>()?;
            let hosts = turns.iter().map(|turn| turn.counts.0);
            if hosts.clone().max() != hosts.clone().min() {
                return Err(format!("{scope}: {:?} hosts", hosts.collect::<Vec<_>>()).into());
            }
            rounds.push(turns);
        }
        for (number, contender) in [SETS].into_iter().chain(CONTENDERS).enumerate() {
            let of = |figure: &dyn Fn(&Turn, &Turn) -> Option<f64>| {
                median(rounds.iter().filter_map(|round| figure(round.get(number)?, &round[0])))
            };
            let seconds = of(&|turn, _| Some(turn.seconds));
            let megabytes = of(&|turn, _| Some(turn.bytes? / 1e6));
            let time = of(&|turn, sets| Some(turn.seconds / sets.seconds));
            let memory = of(&|turn, sets| Some(turn.bytes? / sets.bytes?));
            let hosts = rounds[0][number].counts.0;
            writeln!(
                out,
                "| {scope} | {hosts} | {contender} | {seconds:.3} | {megabytes:.1} | {time:.1} | \
                 {memory:.1} |"
            )?;
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn row(contender: &str, number: usize, threads: usize, rounds: &[Vec<Turn>]) -> String {
    let turns: Vec<&Turn> = rounds.iter().filter_map(|round| round.get(number)).collect();
    let states = |turn: &Turn| turn.counts.0 as f64;
    let rate = median(turns.iter().map(|turn| states(turn) / turn.seconds / 1e6));
    let bytes = median(turns.iter().filter_map(|turn| Some(turn.bytes? / states(turn))));
    let faster =
        rounds.iter().filter_map(|round| Some(round.get(number)?.seconds / round[0].seconds));
    let faster = match number {
        0 => String::new(),
        _ => format!("{:.1}", median(faster)),
    };
    format!("| {contender} | {threads} | {rate:.2} | {bytes:.0} | {faster} |")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs a contender in a process of its own.
fn take_turn(contender: &str, threads: usize, scope: &str) -> Result<Turn, Failure> {
    let program = env::current_exe()?;
    let output =
        Command::new(program).args(["turn", contender, &threads.to_string(), scope]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace();
    if !output.status.success() {
        return Err(format!("{contender}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let counts = (next(&mut words)?, next(&mut words)?);
    let (seconds, bytes): (f64, f64) = (next(&mut words)?, next(&mut words)?);
    Ok(Turn { counts, seconds, bytes: Some(bytes).filter(|bytes| *bytes >= 0.0) })
}

fn next<'a, T: FromStr>(words: &mut impl Iterator<Item = &'a str>) -> Result<T, Failure>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(words.next().unwrap_or_default().parse::<T>()?)
}
