//! A model compiled for search: hosts in one machine word, steps as a few bit operations.
//!
//! The fields that all files share (levels, cache, components, records) are numbered, every
//! combination that can occur once; plans are made once for each number and action. What is left
//! of a step is carrying out the programs of the slots, on fields inside the word. Plans and
//! programs are those of [`Model::apply`]; only their form is another one.

mod compiler;
mod operation;

use crate::{Action, Host, Model, ModelError, Part};
use operation::Operation;
use patchstate_terms::{Branch, Level};
use rustc_hash::FxHashMap;

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
    /// Operations of all steps, shared by those that do the same.
    operations: Vec<Operation>,
    places: Vec<FieldPlace>,
    guards: Guards,
}

/// A projection of packed hosts: hosts that agree in the parts that it keeps have the same image.
#[derive(Clone, Debug)]
pub struct Projection {
    /// For each combination of shared fields, the first one that agrees with it.
    shared: Vec<u32>,
    shared_mask: u64,
    mask: u64,
}

impl Projection {
    /// The image of a host: a number that stands for the parts that are kept.
    #[must_use]
    pub fn of(&self, packed: PackedHost) -> u64 {
        let number = usize::try_from(packed.0 & self.shared_mask).unwrap_or(usize::MAX);
        let shared = self.shared.get(number).copied().unwrap_or(u32::MAX);
        packed.0 & self.mask | u64::from(shared)
    }
}

/// Where a field of a host stands in the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FieldPlace {
    field: usize,
    shift: u8,
    width: u8,
}

/// One action on hosts with the same shared fields.
#[derive(Clone, Copy, Debug)]
struct CompiledStep {
    /// The bits that it leaves as they are, for its operations to work on.
    keep: u64,
    /// What it writes into the others, whatever they were: shared fields, and files and backups
    /// whose new values depend on no old ones.
    set: u64,
    /// The operations on what is left: where they begin, and how many there are.
    operations: (u32, u16),
    action: u16,
    /// Index of what it asks the files first, among [`Guards::asked`]; such a step is what is done
    /// on the GDR branch, and the one behind it is what is done on the QFE branch.
    guard: Option<GuardNumber>,
}

/// An index among [`Guards::asked`], from 1.
type GuardNumber = std::num::NonZeroU16;

/// An update: what makes it refuse, and what chooses its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Guard {
    /// Refused when a file is of lower lineage than this level.
    lower_than: Option<Level>,
    /// Refused when none of the package's slots has a copy.
    needs_file: bool,
    /// Index of the package's slots in [`Guards::packages`].
    package: u32,
}

/// Questions to the files.
#[derive(Debug, Default)]
struct Guards {
    asked: Vec<Guard>,
    /// For each slot of a component: where its copy stands, and per level the copies that count
    /// as lower lineage, as bits by field value.
    lineage: Vec<(FieldPlace, [u64; 3])>,
    /// Slots of packages: where the copy stands, and which copies are QFE.
    packages: Vec<Vec<(FieldPlace, u64)>>,
}

impl CompiledModel {
    /// Compiles a model for the actions of a search.
    ///
    /// # Errors
    /// [`ModelError::TooWide`] when hosts of the scope do not fit into a word, or when there are
    /// too many combinations of shared fields. [`Model::apply`] has no such limits.
    pub fn new(model: &Model, actions: Vec<Action>) -> Result<Self, ModelError> {
        compiler::compile(model, actions)
    }

    /// How many actions there are.
    #[must_use]
    pub fn action_count(&self) -> usize {
        self.actions.len()
    }

    /// Bits that a packed host takes.
    #[must_use]
    pub fn host_bits(&self) -> u32 {
        self.places.iter().map(|place| u32::from(place.width)).sum::<u32>()
            + self.shared_mask.count_ones()
    }

    /// Packs a host; `None` for one that no sequence of the compiled actions can reach.
    #[must_use]
    pub fn pack(&self, host: &Host) -> Option<PackedHost> {
        let mut shared = host.fields.clone();
        let mut word = 0;
        for place in &self.places {
            word |= u64::from(host.fields[place.field]) << place.shift;
            shared[place.field] = 0;
        }
        self.numbers.get(&shared).map(|number| PackedHost(word | u64::from(*number)))
    }

    /// The host that was packed.
    #[must_use]
    pub fn unpack(&self, packed: PackedHost) -> Host {
        let number = usize::try_from(packed.0 & self.shared_mask).unwrap_or(usize::MAX);
        let mut fields = self.shared.get(number).cloned().unwrap_or_default();
        for place in &self.places {
            if let Some(field) = fields.get_mut(place.field) {
                *field = place.get(packed.0);
            }
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
        let places = self.places.iter().filter(|place| kept[place.field]);
        let mask = places.fold(0, |mask, place| mask | ((1 << place.width) - 1) << place.shift);
        Projection { shared, shared_mask: self.shared_mask, mask }
    }

    /// Tells every action whose outcome is *applied*, with the host after it.
    pub fn successors(&self, packed: PackedHost, reach: &mut impl FnMut(usize, PackedHost)) {
        let word = packed.0;
        let shared = usize::try_from(word & self.shared_mask).unwrap_or(usize::MAX);
        let bounds = self.step_starts.get(shared..).and_then(|starts| starts.first_chunk::<2>());
        let [start, end] = bounds.map_or([0, 0], |bounds| bounds.map(|bound| bound as usize));
        let mut steps = self.steps.get(start..end).unwrap_or_default().iter();
        while let Some(mut step) = steps.next() {
            if let Some(guard) = step.guard {
                let Some(qfe) = steps.next() else { return };
                match self.guards.branch(guard, word) {
                    Some(Branch::Gdr) => {}
                    Some(Branch::Qfe) => step = qfe,
                    None => continue,
                }
            }
            let after = self.carry_out(step, word);
            if after != word {
                reach(step.action.into(), PackedHost(after));
            }
        }
    }

    #[inline]
    fn carry_out(&self, step: &CompiledStep, word: u64) -> u64 {
        let (start, count) = (step.operations.0 as usize, usize::from(step.operations.1));
        let operations = self.operations.get(start..start + count).unwrap_or_default();
        let word = word & step.keep | step.set;
        operations.iter().fold(word, |word, operation| operation.apply(word))
    }
}

impl FieldPlace {
    fn get(self, word: u64) -> u8 {
        u8::try_from(word >> self.shift & ((1 << self.width) - 1)).unwrap_or(u8::MAX)
    }

    /// Whether the field's value is among those of a set of bits.
    fn is_in(self, word: u64, values: u64) -> bool {
        values >> (word >> self.shift & ((1 << self.width) - 1)) & 1 == 1
    }
}

impl Guards {
    /// The branch that an update takes on a host; `None` when it refuses.
    #[inline]
    fn branch(&self, number: GuardNumber, word: u64) -> Option<Branch> {
        let guard = self.asked.get(usize::from(number.get()) - 1)?;
        if let Some(level) = guard.lower_than {
            let lower =
                |(place, levels): &(FieldPlace, [u64; 3])| place.is_in(word, levels[level.index()]);
            if self.lineage.iter().any(lower) {
                return None;
            }
        }
        let package = self.packages.get(guard.package as usize).map_or(&[][..], Vec::as_slice);
        if guard.needs_file && package.iter().all(|(place, _)| place.get(word) == 0) {
            return None;
        }
        let any_qfe = package.iter().any(|(place, qfe)| place.is_in(word, *qfe));
        Some(if any_qfe { Branch::Qfe } else { Branch::Gdr })
    }
}
