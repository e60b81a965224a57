//! What a slot can hold, as numbers.
//!
//! **Owns** the enumeration of these *contents* and the tables that say what programs make of them.
//! A program sees nothing but the fields of its slot, and these mostly take few combinations; so it
//! is carried out once for each of them, and from then on looked up. Where there are too many, each
//! field is numbered by itself, and each instruction is a table: it sees the file and one backup.

use crate::{
    Model,
    layout::{Layout, SlotIndex},
    program::{Instruction, Program},
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Contents of a slot beyond which its fields are numbered apart. Measured: a slot of the whole
/// catalog has 170,000, and to enumerate them takes longer than to search.
const CONTENT_COUNT_MAX: usize = 1 << 12;

/// Bits for values up to `count - 1`.
fn width(count: usize) -> u8 {
    u8::try_from(usize::BITS - count.saturating_sub(1).leading_zeros()).unwrap_or(u8::MAX)
}

/// Fields of one slot, and every combination of values that they can have.
#[derive(Debug)]
pub(super) struct Cell {
    /// The fields, among those of a host.
    pub(super) fields: Vec<usize>,
    /// Their values, by number; numbered in the order in which they were reached.
    pub(super) contents: Vec<Box<[u8]>>,
    numbers: FxHashMap<Box<[u8]>, u16>,
    /// Where the number stands in a packed host.
    pub(super) shift: u8,
}

/// The cells of a slot; the file is the first field of the first one.
#[derive(Clone, Debug)]
pub(super) enum SlotForm<T> {
    /// All fields are numbered together.
    Together(T),
    /// Each field is numbered by itself.
    Apart(Vec<T>),
}

/// What a program makes of each content of its slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What it was.
    Same,
    /// For each content, the bits in which the new number differs from the old one.
    Changes(Vec<u16>),
}

/// The fields of a slot among those of a host: the file first, then the service pack's backup, last
/// what waits for a restart.
fn fields(layout: &Layout, slot: SlotIndex) -> Vec<usize> {
    let updates = layout.updates.iter().filter_map(|update| update.backup(slot));
    [layout.files.start + slot, layout.service_pack_files.start + slot]
        .into_iter()
        .chain(updates)
        .chain(layout.waiting_copy(slot))
        .collect()
}

impl SlotForm<Cell> {
    /// The cells of a slot that holds what one of these hosts has at first, and that any order of
    /// programs may change.
    pub(super) fn new(
        model: &Model,
        slot: SlotIndex,
        first: impl Iterator<Item = Box<[u8]>>,
        programs: &FxHashSet<Program>,
    ) -> Self {
        let layout = &model.layout;
        if let Some(cell) = Cell::enumerate(layout, slot, first, programs) {
            return Self::Together(cell);
        }
        let counts =
            |field: &usize| (*field, layout.value_counts.get(*field).copied().unwrap_or(1));
        let cell = |(field, count)| Cell::of_field(field, count);
        Self::Apart(fields(layout, slot).iter().map(counts).map(cell).collect())
    }
}

impl<T> SlotForm<T> {
    /// All cells, the one with the file first.
    pub(super) fn cells(&self) -> &[T] {
        match self {
            Self::Together(cell) => std::slice::from_ref(cell),
            Self::Apart(cells) => cells,
        }
    }

    /// The cell with the file.
    pub(super) fn first(&self) -> Option<&T> {
        self.cells().first()
    }

    pub(super) fn cells_mut(&mut self) -> &mut [T] {
        match self {
            Self::Together(cell) => std::slice::from_mut(cell),
            Self::Apart(cells) => cells,
        }
    }

    pub(super) fn into_cells(self) -> Vec<T> {
        match self {
            Self::Together(cell) => vec![cell],
            Self::Apart(cells) => cells,
        }
    }
}

/// What an instruction makes of each pair of a file and a backup, both by the values of their
/// fields, in so many bits for either: the bits in which they differ after it. With the field of
/// the backup; `None` where there is none, or where pairs are too large.
pub(super) fn pairs(
    layout: &Layout,
    slot: SlotIndex,
    instruction: Instruction,
    bits: u8,
) -> Option<(usize, Vec<u16>)> {
    let file = layout.files.start + slot;
    let backup = layout.beside_file(slot, instruction)?;
    if bits > 7 {
        return None;
    }
    let program = vec![instruction];
    let mut host = vec![0; layout.value_counts.len()];
    let change = |pair: u16| {
        let value = |pair: u16| u8::try_from(pair & ((1 << bits) - 1)).unwrap_or(0);
        (host[file], host[backup]) = (value(pair), value(pair >> bits));
        layout.carry_out(&program, slot, &mut host);
        pair ^ (u16::from(host[file]) | u16::from(host[backup]) << bits)
    };
    Some((backup, (0..1 << (2 * bits)).map(change).collect()))
}

impl Cell {
    /// Enumerates what any order of programs can make of a slot; `None` when it is too much.
    fn enumerate(
        layout: &Layout,
        slot: SlotIndex,
        first: impl Iterator<Item = Box<[u8]>>,
        programs: &FxHashSet<Program>,
    ) -> Option<Self> {
        let mut cell = Self::new(fields(layout, slot));
        for host in first {
            cell.number(&host);
        }
        // The order of the programs must not show in the numbers.
        let mut programs: Vec<&Program> = programs.iter().collect();
        programs.sort_unstable();
        let mut next = 0;
        let mut host = vec![0; layout.value_counts.len()];
        while let Some(content) = cell.contents.get(next).cloned() {
            cell.put(&content, &mut host);
            // Where a copy waits for a restart, that is the only step.
            let waits = layout.waiting_copy(slot).is_some_and(|field| host[field] != 0);
            let puts_in_place = |program: &Program| program.contains(&Instruction::PutInPlace);
            for program in programs.iter().filter(|one| !waits || puts_in_place(one)) {
                cell.put(&content, &mut host);
                layout.carry_out(program, slot, &mut host);
                cell.number(&host);
            }
            next += 1;
            if cell.contents.len() > CONTENT_COUNT_MAX {
                return None;
            }
        }
        Some(cell)
    }

    /// A field by itself, with every value that it has.
    pub(super) fn of_field(field: usize, count: u16) -> Self {
        let mut cell = Self::new(vec![field]);
        for value in (0..=u8::MAX).take(count.into()) {
            cell.add([value].into());
        }
        cell
    }

    fn new(fields: Vec<usize>) -> Self {
        Self { fields, contents: Vec::new(), numbers: FxHashMap::default(), shift: 0 }
    }

    /// Bits that the number takes.
    pub(super) fn width(&self) -> u8 {
        width(self.contents.len())
    }

    /// The bits of the number, before they are shifted to their place.
    pub(super) fn mask(&self) -> u16 {
        u16::try_from((1_u32 << self.width()) - 1).unwrap_or(u16::MAX)
    }

    /// The number of what a host holds here; `None` for what is never there.
    pub(super) fn find(&self, host: &[u8]) -> Option<u16> {
        self.numbers.get(&self.content(host)).copied()
    }

    /// What a packed host holds here.
    pub(super) fn get(&self, word: u64) -> &[u8] {
        let number = usize::try_from(word >> self.shift & u64::from(self.mask()));
        number.ok().and_then(|number| self.contents.get(number)).map_or(&[], |content| &**content)
    }

    /// Where in the contents a field stands; `None` where it is not in the cell.
    pub(super) fn place(&self, field: usize) -> Option<usize> {
        self.fields.iter().position(|known| *known == field)
    }

    /// The first field of each content: in the first cell of a slot, the copy of the file.
    pub(super) fn first_fields(&self) -> impl Iterator<Item = u8> {
        self.contents.iter().map(|content| content.first().copied().unwrap_or(0))
    }

    /// What a program makes of each content of a slot whose fields are numbered together.
    pub(super) fn outcome(&self, layout: &Layout, slot: SlotIndex, program: &Program) -> Outcome {
        let mut host = vec![0; layout.value_counts.len()];
        let mut after = Vec::with_capacity(self.contents.len());
        for content in &self.contents {
            self.put(content, &mut host);
            layout.carry_out(program, slot, &mut host);
            after.push(self.find(&host).unwrap_or(0));
        }
        if (0..).zip(&after).all(|(before, after)| before == *after) {
            Outcome::Same
        } else {
            let change = |(before, after): (u16, u16)| before ^ after;
            Outcome::Changes((0..).zip(after).map(change).collect())
        }
    }

    /// Puts a content among the fields of a host.
    pub(super) fn put(&self, content: &[u8], host: &mut [u8]) {
        for (field, value) in self.fields.iter().zip(content) {
            if let Some(place) = host.get_mut(*field) {
                *place = *value;
            }
        }
    }

    /// What a host holds here.
    fn content(&self, host: &[u8]) -> Box<[u8]> {
        self.fields.iter().map(|field| host.get(*field).copied().unwrap_or(0)).collect()
    }

    /// Numbers what a host holds here.
    fn number(&mut self, host: &[u8]) {
        self.add(self.content(host));
    }

    fn add(&mut self, content: Box<[u8]>) {
        let next = u16::try_from(self.contents.len()).unwrap_or(u16::MAX);
        if *self.numbers.entry(content.clone()).or_insert(next) == next {
            self.contents.push(content);
        }
    }
}
