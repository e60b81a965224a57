//! What came of one step of the gate: whether it is good, and what it did not look at.

/// The result of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Nothing was found.
    pub(crate) passed: bool,
    /// What could not be looked at, and how to get what it needs. It is for the step to decide
    /// whether it passes all the same.
    pub(crate) left_out: Vec<String>,
}

impl Gate {
    /// A step that looked at everything.
    pub(crate) const fn whole(passed: bool) -> Self {
        Self { passed, left_out: Vec::new() }
    }

    /// The result in a table.
    pub(crate) fn shown(&self) -> String {
        let result = if self.passed { "passed" } else { "FAILED" };
        match self.left_out.as_slice() {
            [] => result.to_owned(),
            left_out => format!("{result}, without {}", left_out.join("; without ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_stands_beside_the_result() {
        assert_eq!(Gate::whole(true).shown(), "passed");
        let left_out = vec!["a: no b".to_owned(), "c: no d".to_owned()];
        let shown = Gate { passed: false, left_out }.shown();
        assert_eq!(shown, "FAILED, without a: no b; without c: no d");
    }
}
