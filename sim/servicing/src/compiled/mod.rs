//! A model compiled for search: hosts in one machine word, steps as a few bit operations.
//!
//! The fields that all files share (levels, cache, components, records) are numbered, every
//! combination that can occur once; plans are made once for each number and action. So are the
//! fields of each slot: a program turns one number into another, and is a table. (Where a slot can
//! hold too much for that, each instruction is one.) Plans and programs are those of
//! [`Model::apply`]; only their form is another one.

mod compiler;
mod slots;

use crate::{Action, Host, Part};
use patchstate_terms::Branch;
use rustc_hash::FxHashMap;
use slots::Cell;

/// A host in one machine word. What it means is known by its [`CompiledModel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedHost(u64);

impl PackedHost {
    /// All bits set: no host, since a packed host leaves the highest bit free.
    pub const VACANT: Self = Self(u64::MAX);
}

/// A model and its actions, compiled.
#[derive(Debug)]
pub struct CompiledModel {
    actions: Vec<Action>,
    /// Every combination of shared fields, in host-sized rows whose other fields are 0.
    shared: Vec<Box<[u8]>>,
    numbers: FxHashMap<Box<[u8]>, u32>,
    shared_mask: u64,
    /// The part that each field of a host belongs to.
    parts: Vec<Part>,
    /// What actions do, combination after combination; actions that do nothing are left out.
    steps: Vec<CompiledStep>,
    /// For each combination, where its steps begin, and at last where they end.
    step_starts: Vec<u32>,
    /// Where steps look up what becomes of slots, shared by those that do the same.
    lookups: Vec<Lookup>,
    /// The same for single instructions.
    pairs: Vec<Pair>,
    /// For each table and content, the bits in which the new number differs from the old one.
    changes: Vec<u16>,
    cells: Vec<Cell>,
    guards: Guards,
    /// Whether files wait for a restart; `None` where none can.
    waiting: Option<Waiting>,
}

/// A projection of packed hosts: hosts that agree in the parts that it keeps have the same image.
#[derive(Clone, Debug)]
pub struct Projection {
    shared_mask: u64,
    /// For each combination of shared fields, the first one that agrees with it.
    shared: Vec<u32>,
    /// For each cell of which something is kept, its place and the same for its contents.
    cells: Vec<(u8, u64, Vec<u16>)>,
}

impl Projection {
    /// The image of a host: a number that stands for the parts that are kept.
    #[must_use]
    pub fn of(&self, packed: PackedHost) -> u64 {
        let number = usize::try_from(packed.0 & self.shared_mask).unwrap_or(usize::MAX);
        let shared = self.shared.get(number).copied().unwrap_or(u32::MAX);
        self.cells.iter().fold(u64::from(shared), |image, (shift, mask, first)| {
            let content = usize::try_from(packed.0 >> shift & mask).unwrap_or(usize::MAX);
            image | u64::from(first.get(content).copied().unwrap_or(u16::MAX)) << shift
        })
    }
}

/// Part of a table that many share: where it begins, and how long it is.
type Extent = (u32, u16);

/// One action on hosts with the same shared fields.
#[derive(Clone, Copy, Debug)]
struct CompiledStep {
    /// The number of the shared fields after it.
    shared: u32,
    /// The look-ups for the slots: where they begin, and how many there are.
    lookups: Extent,
    /// The same, one after the other, in slots whose fields are numbered apart.
    pairs: Extent,
    action: u16,
    /// Index of what it asks the files first, among [`Guards::asked`]; such a step is what is done
    /// on the GDR branch, and the one behind it is what is done on the QFE branch.
    guard: Option<GuardNumber>,
}

/// Where to look up something about a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Lookup {
    /// Where its table begins.
    table: u32,
    /// The bits of the number of the slot's content, before they are shifted to their place.
    mask: u16,
    shift: u8,
}

impl Lookup {
    /// The entry for a host.
    #[inline]
    fn entry(self, word: u64) -> usize {
        let content = usize::try_from(word >> self.shift & u64::from(self.mask)).unwrap_or(0);
        self.table as usize + content
    }
}

/// Where an instruction looks up what becomes of a file and of a backup of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pair {
    /// Where its table begins.
    table: u32,
    /// Where the file stands in the word.
    file: u8,
    /// Where the backup stands.
    backup: u8,
    /// Bits that either takes.
    bits: u8,
}

impl Pair {
    /// The word after the instruction.
    fn apply(self, changes: &[u16], word: u64) -> u64 {
        let mask = (1 << self.bits) - 1;
        let pair = word >> self.file & mask | (word >> self.backup & mask) << self.bits;
        let entry = usize::try_from(u64::from(self.table) + pair).unwrap_or(usize::MAX);
        let change = u64::from(changes.get(entry).copied().unwrap_or(0));
        word ^ (change & mask) << self.file ^ (change >> self.bits) << self.backup
    }
}

/// Where a packed host says whether files wait for a restart.
#[derive(Debug)]
struct Waiting {
    /// The bit that says so.
    bit: u64,
    /// The look-ups among the answers of the guards, for each slot in which a copy can wait.
    lookups: Vec<Lookup>,
}

/// An index among [`Guards::asked`], from 1.
type GuardNumber = std::num::NonZeroU16;

/// An update: what makes it refuse, and what chooses its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Guard {
    /// Refused when none of the package's slots has a copy.
    needs_file: bool,
    /// The look-ups for its questions: where they begin, and how many there are.
    lookups: Extent,
}

/// Questions to the files.
#[derive(Debug, Default)]
struct Guards {
    asked: Vec<Guard>,
    lookups: Vec<Lookup>,
    /// For each table and content, its answers.
    answers: Vec<u8>,
}

/// An answer of a slot: its file is of lower lineage than the update takes.
const IS_LOWER: u8 = 1;
/// An answer of a slot: it has a file that the package brings.
const HAS_FILE: u8 = 2;
/// An answer of a slot: its file, which the package brings, is on the QFE branch.
const IS_QFE: u8 = 4;
/// An answer of a slot: a copy waits for a restart.
const WAITS: u8 = 8;

impl CompiledModel {
    /// How many actions there are.
    #[must_use]
    pub fn action_count(&self) -> usize {
        self.actions.len()
    }

    /// Packs a host; `None` for one that no sequence of the compiled actions can reach.
    #[must_use]
    pub fn pack(&self, host: &Host) -> Option<PackedHost> {
        let mut shared = host.fields.clone();
        let mut word = 0;
        for cell in &self.cells {
            word |= u64::from(cell.find(&host.fields)?) << cell.shift;
            for field in &cell.fields {
                shared[*field] = 0;
            }
        }
        self.numbers.get(&shared).map(|number| PackedHost(word | u64::from(*number)))
    }

    /// The host that was packed.
    #[must_use]
    pub fn unpack(&self, packed: PackedHost) -> Host {
        let number = usize::try_from(packed.0 & self.shared_mask).unwrap_or(usize::MAX);
        let mut fields = self.shared.get(number).cloned().unwrap_or_default();
        for cell in &self.cells {
            cell.put(cell.get(packed.0), &mut fields);
        }
        Host { fields }
    }

    /// A projection of hosts to some of their parts.
    #[must_use]
    pub fn projection(&self, keep: impl Fn(Part) -> bool) -> Projection {
        let kept: Vec<bool> = self.parts.iter().map(|part| keep(*part)).collect();
        let mut first: FxHashMap<Vec<u8>, u32> = FxHashMap::default();
        let mut shared = Vec::with_capacity(self.shared.len());
        for (number, fields) in (0..).zip(&self.shared) {
            let fields = fields.iter().zip(&kept);
            let fields = fields.map(|(field, kept)| if *kept { *field } else { 0 }).collect();
            shared.push(*first.entry(fields).or_insert(number));
        }
        let cells = self.cells.iter().filter(|cell| cell.fields.iter().any(|field| kept[*field]));
        let cells = cells.map(|cell| {
            let mut first: FxHashMap<Vec<u8>, u16> = FxHashMap::default();
            let image = |(number, content): (u16, &[u8])| {
                let fields = cell.fields.iter().zip(content);
                let fields = fields.filter(|(field, _)| kept[**field]).map(|(_, value)| *value);
                *first.entry(fields.collect()).or_insert(number)
            };
            let first =
                (0..).zip(cell.contents.iter().map(|content| &**content)).map(image).collect();
            (cell.shift, u64::from(cell.mask()), first)
        });
        Projection { shared_mask: self.shared_mask, shared, cells: cells.collect() }
    }

    /// Tells every action whose outcome is *applied*, with the host after it.
    pub fn successors(&self, packed: PackedHost, reach: &mut impl FnMut(usize, PackedHost)) {
        self.successors_where(packed, |_| true, reach);
    }

    /// The same of the actions that are wanted: others cost next to nothing.
    #[inline]
    pub fn successors_where(
        &self,
        packed: PackedHost,
        is_wanted: impl Fn(usize) -> bool,
        reach: &mut impl FnMut(usize, PackedHost),
    ) {
        let word = packed.0;
        let shared = usize::try_from(word & self.shared_mask).unwrap_or(usize::MAX);
        let bounds = self.step_starts.get(shared..).and_then(|starts| starts.first_chunk::<2>());
        let [start, end] = bounds.map_or([0, 0], |bounds| bounds.map(|bound| bound as usize));
        let mut steps = self.steps.get(start..end).unwrap_or_default().iter();
        let waits = self.waiting.as_ref().is_some_and(|waiting| word & waiting.bit != 0);
        while let Some(mut step) = steps.next() {
            if let Some(guard) = step.guard {
                let Some(qfe) = steps.next() else { return };
                if waits || !is_wanted(step.action.into()) {
                    continue;
                }
                match self.guards.branch(guard, word) {
                    Some(Branch::Gdr) => {}
                    Some(Branch::Qfe) => step = qfe,
                    None => continue,
                }
            }
            if waits && !self.is_restart(step) || !is_wanted(step.action.into()) {
                continue;
            }
            let after = self.carry_out(step, word);
            if after != word {
                reach(step.action.into(), PackedHost(after));
            }
        }
    }

    #[inline]
    fn carry_out(&self, step: &CompiledStep, word: u64) -> u64 {
        let after = word & !self.shared_mask | u64::from(step.shared);
        let after = part(&self.lookups, step.lookups).iter().fold(after, |after, lookup| {
            let change = self.changes.get(lookup.entry(word)).copied().unwrap_or(0);
            after ^ u64::from(change) << lookup.shift
        });
        let pairs = part(&self.pairs, step.pairs).iter();
        let after = pairs.fold(after, |after, pair| pair.apply(&self.changes, after));
        match &self.waiting {
            None => after,
            Some(waiting) if self.guards.any(&waiting.lookups, WAITS, after) => after | waiting.bit,
            Some(waiting) => after & !waiting.bit,
        }
    }

    /// Whether a step is the only one that is possible where files wait for a restart.
    fn is_restart(&self, step: &CompiledStep) -> bool {
        self.actions.get(usize::from(step.action)) == Some(&Action::Restart)
    }
}

impl Guards {
    /// Whether any of some slots has an answer.
    fn any(&self, lookups: &[Lookup], answer: u8, word: u64) -> bool {
        lookups.iter().any(|lookup| {
            self.answers.get(lookup.entry(word)).is_some_and(|answers| answers & answer != 0)
        })
    }

    /// The branch that an update takes on a host; `None` when it refuses.
    #[inline]
    fn branch(&self, number: GuardNumber, word: u64) -> Option<Branch> {
        let guard = self.asked.get(usize::from(number.get()) - 1)?;
        let answers = part(&self.lookups, guard.lookups).iter().fold(0, |answers, lookup| {
            answers | self.answers.get(lookup.entry(word)).copied().unwrap_or(0)
        });
        if answers & IS_LOWER != 0 || guard.needs_file && answers & HAS_FILE == 0 {
            return None;
        }
        Some(if answers & IS_QFE == 0 { Branch::Gdr } else { Branch::Qfe })
    }
}

/// Part of a table that many share.
#[inline]
fn part<T>(all: &[T], (start, count): Extent) -> &[T] {
    let start = start as usize;
    all.get(start..start + usize::from(count)).unwrap_or_default()
}
