//! Who is asked about the hosts that are looked at one by one.

/// Whether the core is asked, and which of some rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked(Vec<bool>);

impl Asked {
    /// Nobody, where there are so many rules.
    pub(super) fn nobody(rules: usize) -> Self {
        Self(vec![false; rules + 1])
    }

    /// The core and so many rules.
    pub(crate) fn all(rules: usize) -> Self {
        Self(vec![true; rules + 1])
    }

    /// The core by itself.
    pub(super) fn core(rules: usize) -> Self {
        Self((0..=rules).map(|number| number == 0).collect())
    }

    /// Those that need it: the core first, then each rule.
    pub(super) fn of(needs: impl Iterator<Item = bool>) -> Self {
        Self(needs.collect())
    }

    /// Asks those, too, that another one asks.
    pub(super) fn extend(&mut self, other: &Self) {
        for (known, more) in self.0.iter_mut().zip(&other.0) {
            *known |= more;
        }
    }

    pub(super) fn is_nobody(&self) -> bool {
        !self.0.contains(&true)
    }

    /// Whether it is asked, by its number: 0 is the core, the rules follow.
    pub(super) fn has(&self, number: usize) -> bool {
        self.0.get(number) == Some(&true)
    }

    /// Whether the core is.
    pub(super) fn has_core(&self) -> bool {
        self.has(0)
    }

    /// Whether a rule is, by its place among the rules.
    pub(super) fn has_rule(&self, place: usize) -> bool {
        self.has(place + 1)
    }
}
