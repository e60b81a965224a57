//! Evidence and verdict for the sets of files of the scope of the incident, and reading of real PE
//! files, beside `goblin`, `object` and `pelite`.
//!
//! `work/judge.rs` and `work/real_files.rs` say what is measured and what the peers do; `ratios`
//! prints the same as a table. `PATCHSTATE_BENCH_PE_DIR` names a folder of PE files to read.

mod work {
    pub(crate) mod comparison;
    pub(crate) mod judge;
    pub(crate) mod measure;
    pub(crate) mod readers;
    pub(crate) mod real_files;
    pub(crate) mod scope;
}

fn main() -> Result<(), work::comparison::Failure> {
    let mut comparisons = vec![work::judge::comparison()?];
    comparisons.extend(work::real_files::comparisons()?);
    work::measure::measure(&comparisons)
}
