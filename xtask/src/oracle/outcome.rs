//! What came of the comparison with one oracle.

/// What came of the comparison with one oracle.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The oracle.
    pub(crate) name: String,
    /// What was compared.
    pub(crate) of: &'static str,
    /// How many comparisons there were.
    pub(crate) cases: usize,
    /// What the two sides say differently, in words; one entry a case.
    pub(crate) disagreements: Vec<String>,
    /// Cases that differ as well and of which nothing is told.
    pub(crate) untold: usize,
    /// What was left out and why; how to get it.
    pub(crate) skipped: Vec<String>,
    /// Whether a machine may well be without it.
    pub(crate) optional: bool,
    /// What else there is to know.
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    pub(crate) fn new(name: &str, of: &'static str) -> Self {
        Self { name: name.to_owned(), of, ..Self::default() }
    }

    /// An oracle that is not there.
    pub(crate) fn skipped(name: &str, of: &'static str, why: String) -> Self {
        Self { skipped: vec![why], ..Self::new(name, of) }
    }

    /// Counts a case, and what was found different in it.
    pub(crate) fn case(&mut self, name: &str, differences: &[String]) {
        self.cases += 1;
        if !differences.is_empty() {
            self.disagreements.push(format!("{name}: {}", differences.join("; ")));
        }
    }

    pub(super) fn disagreement_count(&self) -> usize {
        self.disagreements.len() + self.untold
    }

    /// Whether the oracle agrees in every case, and there were any.
    pub(super) fn agrees(&self, skipping_fails: bool) -> bool {
        let ran = self.cases > 0 || !self.skipped.is_empty();
        let may_skip = self.optional || !skipping_fails;
        ran && self.disagreement_count() == 0 && (self.skipped.is_empty() || may_skip)
    }
}
