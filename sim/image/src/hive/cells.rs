//! Bins and the cells in them.
//!
//! A cell gets its place first and its content later, so that cells can point at each other. A
//! cell never crosses the end of its bin; what a bin has left becomes a free cell.

/// Bins begin and end on multiples of this.
const BIN_ALIGNMENT: usize = 4096;
const BIN_HEADER_LENGTH: usize = 32;
/// Cells begin on multiples of this, and their lengths are multiples of it.
const CELL_ALIGNMENT: usize = 8;
/// The size in front of every cell: negative for cells in use, positive for free ones.
const CELL_SIZE_LENGTH: usize = 4;

/// The place of a cell, counted from the first bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell(pub(super) u32);

/// No cell.
pub(super) const NO_CELL: Cell = Cell(u32::MAX);

/// All bins of a hive in the making.
pub(super) struct Cells {
    bytes: Vec<u8>,
    /// Where the next cell of the last bin begins.
    next: usize,
    time: u64,
}

impl Cells {
    pub(super) const fn new(time: u64) -> Self {
        Self { bytes: Vec::new(), next: 0, time }
    }

    /// Makes room for a cell whose content has this length.
    pub(super) fn reserve(&mut self, length: usize) -> Cell {
        let size = (CELL_SIZE_LENGTH + length).next_multiple_of(CELL_ALIGNMENT);
        if self.next + size > self.bytes.len() {
            self.free_rest();
            self.add_bin(size);
        }
        let cell = Cell(number(self.next));
        // Two's complement of the size: the cell is in use.
        self.put(self.next, &number(size).wrapping_neg().to_le_bytes());
        self.next += size;
        cell
    }

    /// Puts the content into a cell.
    pub(super) fn fill(&mut self, cell: Cell, content: &[u8]) {
        self.put(cell.0 as usize + CELL_SIZE_LENGTH, content);
    }

    /// A cell with its content.
    pub(super) fn add(&mut self, content: &[u8]) -> Cell {
        let cell = self.reserve(content.len());
        self.fill(cell, content);
        cell
    }

    /// All bins.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.free_rest();
        self.bytes
    }

    fn add_bin(&mut self, cell_size: usize) {
        let start = self.bytes.len();
        let length = (BIN_HEADER_LENGTH + cell_size).next_multiple_of(BIN_ALIGNMENT);
        self.bytes.resize(start + length, 0);
        self.put(start, b"hbin");
        self.put(start + 4, &number(start).to_le_bytes());
        self.put(start + 8, &number(length).to_le_bytes());
        if start == 0 {
            self.put(start + 20, &self.time.to_le_bytes());
        }
        self.next = start + BIN_HEADER_LENGTH;
    }

    fn free_rest(&mut self) {
        let rest = self.bytes.len() - self.next;
        if rest > 0 {
            self.put(self.next, &number(rest).to_le_bytes());
            self.next = self.bytes.len();
        }
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        let field = self.bytes.get_mut(offset..).and_then(|rest| rest.get_mut(..bytes.len()));
        if let Some(field) = field {
            field.copy_from_slice(bytes);
        }
    }
}

/// A length as the format stores it. Hives that are too large for it are refused in the end.
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
