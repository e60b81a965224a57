//! The comparisons of all benches as a Markdown table of ratios, timed in this one process.
//!
//! The contenders of a comparison take turns, several rounds, so that whatever else the machine
//! does meets all of them. A ratio is the time of a peer over ours in the same round, per host,
//! file or byte; the table has its median and its extremes. Times go to standard error: they say
//! something about one machine only.
//!
//! Without `--bench`, as `cargo test --benches` runs it, one round shows that everything works.

mod work {
    pub(crate) mod comparison;
    pub(crate) mod end_to_end;
    pub(crate) mod explore;
    pub(crate) mod image;
    pub(crate) mod judge;
    pub(crate) mod readers;
    pub(crate) mod real_files;
    pub(crate) mod rules;
    pub(crate) mod scope;
}

use criterion::Throughput;
use std::{
    env,
    hint::black_box,
    io::{self, Write},
    time::{Duration, Instant},
};
use work::comparison::{Comparison, Contender, Failure};

const ROUND_COUNT: usize = 7;
/// A contender repeats its work until this much time is over.
const TURN: Duration = Duration::from_millis(100);

fn main() -> Result<(), Failure> {
    let is_bench = env::args().any(|argument| argument == "--bench");
    let round_count = if is_bench { ROUND_COUNT } else { 1 };
    let mut out = io::stdout().lock();
    writeln!(out, "| work | peer | peer's time ÷ ours, median | from – to |")?;
    writeln!(out, "|---|---|--:|--:|")?;
    let mut write_rows = |comparison: Comparison| -> Result<(), Failure> {
        for row in rows(&comparison, round_count)? {
            writeln!(out, "{row}")?;
        }
        Ok(())
    };
    write_rows(work::explore::comparison()?)?;
    write_rows(work::image::comparison()?)?;
    write_rows(work::judge::comparison()?)?;
    work::real_files::comparisons()?.into_iter().try_for_each(&mut write_rows)?;
    work::rules::comparisons()?.into_iter().try_for_each(&mut write_rows)?;
    if is_bench {
        write_rows(work::rules::over_the_catalog()?)?;
    }
    write_rows(work::end_to_end::comparison()?)
}

/// One row for each peer.
fn rows(comparison: &Comparison, round_count: usize) -> Result<Vec<String>, Failure> {
    comparison.check()?;
    let mut rounds: Vec<Vec<f64>> = Vec::new();
    for _ in 0..round_count {
        let turns: Result<_, Failure> = comparison.contenders.iter().map(time).collect();
        rounds.push(turns?);
    }
    let mut rows = Vec::new();
    for (number, contender) in comparison.contenders.iter().enumerate() {
        let times = rounds.iter().filter_map(|round| round.get(number).copied());
        tell(comparison, contender, &Spread::of(times.collect()))?;
        if number == 0 {
            continue;
        }
        let ratio = |round: &Vec<f64>| Some(round.get(number)? / round.first()?);
        let Spread { least, median, most } = Spread::of(rounds.iter().filter_map(ratio).collect());
        let (title, name) = (&comparison.title, contender.name);
        rows.push(format!("| {title} | {name} | {median:.2} | {least:.2} – {most:.2} |"));
    }
    Ok(rows)
}

/// Seconds for one unit of work.
#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^52")]
fn time(contender: &Contender) -> Result<f64, Failure> {
    let start = Instant::now();
    let mut run_count = 0_u64;
    while run_count == 0 || start.elapsed() < TURN {
        black_box((contender.work)()?);
        run_count += 1;
    }
    let (Throughput::Bytes(amount) | Throughput::Elements(amount)) = contender.amount else {
        return Err("amounts are bytes or elements".into());
    };
    Ok(start.elapsed().as_secs_f64() / (run_count * amount) as f64)
}

/// The median, and how far the values lie apart.
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        Self { least: at(0), median: at(values.len() / 2), most: at(last) }
    }
}

/// The rate of a contender, for whoever watches.
fn tell(comparison: &Comparison, contender: &Contender, time: &Spread) -> Result<(), Failure> {
    let rate = |seconds: f64| match contender.amount {
        Throughput::Bytes(_) => format!("{:.0} MB/s", 1e-6 / seconds),
        _ => format!("{:.1} µs each", 1e6 * seconds),
    };
    let (id, name) = (comparison.id, contender.name);
    let Spread { least, median, most } = *time;
    let (median, least, most) = (rate(median), rate(least), rate(most));
    Ok(writeln!(io::stderr().lock(), "{id}, {name}: {median} ({least} to {most})")?)
}
