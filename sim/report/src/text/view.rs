//! How a text is shown: how wide, and how much of it.

/// Columns of a line where nobody knows how wide the screen is.
const USUAL_WIDTH: usize = 100;
/// Text is not broken at fewer columns: words would stand alone.
const WIDTH_MIN: usize = 40;
/// Longer lines are hard to read, on however wide a screen.
const WIDTH_MAX: usize = 120;

/// How a text is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Columns of the screen, where that is known.
    columns: Option<usize>,
    detail: Detail,
}

/// How much of a result is told. The last line, its verdict, always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What is wrong or not known, and nothing else.
    Problems,
    /// What most readers want to know.
    #[default]
    Usual,
    /// Everything.
    Full,
}

impl View {
    /// A view on a screen of so many columns; `None` where there is no screen, as in a pipe.
    #[must_use]
    pub const fn new(columns: Option<usize>, detail: Detail) -> Self {
        Self { columns, detail }
    }

    /// How many columns a line has at most: as many as the screen, from 40 to 120, and 100 where
    /// there is none.
    #[must_use]
    pub fn width(self) -> usize {
        self.columns.map_or(USUAL_WIDTH, |columns| columns.clamp(WIDTH_MIN, WIDTH_MAX))
    }

    /// Whether there is a screen, so that also what is best kept in one line is broken.
    pub(crate) const fn has_screen(self) -> bool {
        self.columns.is_some()
    }

    /// The same screen, with everything told.
    pub(super) const fn in_full(self) -> Self {
        Self { detail: Detail::Full, ..self }
    }

    /// Whether nothing is told but what is wrong or not known.
    pub(super) fn is_quiet(self) -> bool {
        self.detail == Detail::Problems
    }

    /// Whether everything is told.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.detail == Detail::Full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_columns_of_the_screen_within_reason() {
        let width = |columns| View::new(columns, Detail::Usual).width();
        for (columns, expected) in [(1, 40), (39, 40), (40, 40), (80, 80), (120, 120), (300, 120)] {
            assert_eq!(width(Some(columns)), expected, "{columns}");
        }
        assert_eq!(width(None), 100);
    }
}
