//! How many panels stand beside each other, and how wide all is.

/// What is free at each edge of the picture.
pub(super) const MARGIN: usize = 20;
/// What is free between the edge of a panel and what stands in it.
pub(super) const PAD: usize = 9;
/// Where the labels of the lanes stand, at the left of each row.
pub(super) const LABELS: usize = 118;
/// What is free between two panels.
pub(super) const GAP: usize = 8;
/// Most panels of a row: with more, a page would make the letters too small.
const COLUMNS_MAX: usize = 5;
/// What the panels of a full row share.
const ROW_WIDTH: usize = 810;
/// What one of few has at the most.
const COLUMN_WIDTH_MAX: usize = 225;
/// The picture is never narrower than that: its sentence would take many lines.
const WIDTH_MIN: usize = 620;

/// The measures of a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    /// Panels of a row at the most.
    pub(super) per_row: usize,
    /// The width of a column: of a panel and the gap behind it.
    column: usize,
}

impl Sheet {
    /// For so many steps, in rows that are about as long.
    pub(super) fn new(count: usize) -> Self {
        let rows = count.div_ceil(COLUMNS_MAX).max(1);
        let per_row = count.div_ceil(rows).max(1);
        Self { per_row, column: COLUMN_WIDTH_MAX.min(ROW_WIDTH / per_row) }
    }

    /// The width of the picture.
    pub(super) fn width(self) -> usize {
        WIDTH_MIN.max(2 * MARGIN + LABELS + self.per_row * self.column - GAP)
    }

    /// The width between its margins.
    pub(super) fn text_width(self) -> usize {
        self.width() - 2 * MARGIN
    }

    /// Where the panel at a place of its row begins.
    pub(super) fn left(self, place: usize) -> usize {
        MARGIN + LABELS + place * self.column
    }

    /// The width of a panel.
    pub(super) fn panel(self) -> usize {
        self.column - GAP
    }

    /// What there is room for in a panel.
    pub(super) fn inner(self) -> usize {
        self.panel() - 2 * PAD
    }
}
