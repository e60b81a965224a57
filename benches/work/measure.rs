//! Comparisons under criterion.

use super::comparison::{Comparison, Failure};
use criterion::{Criterion, SamplingMode};
use std::{
    hint::black_box,
    io::{self, Write},
    time::Duration,
};

/// Times every contender of every comparison. Ten samples each: a run is long and its work is the
/// same every time.
pub(crate) fn measure(comparisons: &[Comparison]) -> Result<(), Failure> {
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for comparison in comparisons {
        comparison.check()?;
        writeln!(io::stderr().lock(), "{}", comparison.title)?;
        let mut group = criterion.benchmark_group(comparison.id);
        group.sampling_mode(SamplingMode::Flat);
        for contender in &comparison.contenders {
            group.throughput(contender.amount.clone());
            group.bench_function(contender.name, |bencher| {
                bencher.iter(|| black_box((contender.work)()));
            });
        }
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}
