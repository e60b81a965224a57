//! A model compiled for search: hosts in one machine word, steps as a few bit operations.
//!
//! The fields that all files share (levels, cache, components, records) are numbered, every
//! combination that can occur once; plans are made once for each number and action. What is left
//! of a step is carrying out the programs of the slots, on fields inside the word. Plans and
//! programs are those of [`Model::apply`]; only their form is another one.

mod compiler;

use crate::{Action, Host, Model, ModelError, Part};
use patchstate_terms::Level;
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
    /// For each combination and action, what to do.
    steps: Vec<CompiledStep>,
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
#[derive(Clone, Copy, Debug)]
struct FieldPlace {
    field: usize,
    shift: u8,
    width: u8,
}

/// One action on hosts with the same shared fields.
#[derive(Clone, Copy, Debug)]
enum CompiledStep {
    /// It is refused, or changes nothing.
    Nothing,
    /// It does the same on all of them.
    Plain(Effect),
    /// It asks the files first.
    Guarded(Guard),
}

/// Shared fields after a step, and the operations on the others.
#[derive(Clone, Copy, Debug)]
struct Effect {
    shared: u32,
    operations: (u32, u32),
}

/// An update: what makes it refuse, and what it does on either branch.
#[derive(Clone, Copy, Debug)]
struct Guard {
    /// Refused when a file is of lower lineage than this level.
    lower_than: Option<Level>,
    /// Refused when none of the package's slots has a copy.
    needs_file: bool,
    /// Index of the package's slots in [`Guards::packages`].
    package: u32,
    gdr: Effect,
    qfe: Effect,
}

/// Questions to the files.
#[derive(Debug, Default)]
struct Guards {
    /// For each slot of a component: where its copy stands, and per level the copies that count
    /// as lower lineage, as bits by field value.
    lineage: Vec<(FieldPlace, [u64; 3])>,
    /// Slots of packages: where the copy stands, and which copies are QFE.
    packages: Vec<Vec<(FieldPlace, u64)>>,
}

/// An instruction with its places resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Operation {
    kind: OperationKind,
    file: u8,
    backup: u8,
    width: u8,
    copy: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum OperationKind {
    Place,
    LiftAnew,
    LiftAdd,
    LiftKeep,
    Restore,
    LayDown,
    Clear,
}

impl Operation {
    fn apply(self, word: u64) -> u64 {
        let mask = (1_u64 << self.width) - 1;
        let copy = u64::from(self.copy);
        let present = word >> self.file & mask;
        let backup = word >> self.backup & mask;
        let is_older = present != 0 && present < copy;
        let (file, backup) = match self.kind {
            OperationKind::Place => (copy, backup),
            OperationKind::Restore if backup != 0 && present != 0 => (backup, 0),
            OperationKind::LiftAnew if is_older => (copy, present),
            OperationKind::Restore | OperationKind::LiftAnew | OperationKind::Clear => (present, 0),
            OperationKind::LiftAdd | OperationKind::LayDown if is_older && backup == 0 => {
                (copy, present)
            }
            OperationKind::LiftAdd | OperationKind::LayDown | OperationKind::LiftKeep
                if is_older =>
            {
                (copy, backup)
            }
            _ => return word,
        };
        let cleared = word & !(mask << self.file);
        if self.kind == OperationKind::Place || self.kind == OperationKind::LiftKeep {
            return cleared | file << self.file;
        }
        cleared & !(mask << self.backup) | file << self.file | backup << self.backup
    }
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
        let count = self.actions.len();
        let steps = self.steps.get(shared * count..(shared + 1) * count).unwrap_or_default();
        for (action, step) in steps.iter().enumerate() {
            let effect = match step {
                CompiledStep::Nothing => continue,
                CompiledStep::Plain(effect) => effect,
                CompiledStep::Guarded(guard) => match self.guards.effect(guard, word) {
                    Some(effect) => effect,
                    None => continue,
                },
            };
            let after = self.carry_out(effect, word);
            if after != word {
                reach(action, PackedHost(after));
            }
        }
    }

    fn carry_out(&self, effect: &Effect, word: u64) -> u64 {
        let (start, end) = effect.operations;
        let operations = self.operations.get(start as usize..end as usize).unwrap_or_default();
        let word = word & !self.shared_mask | u64::from(effect.shared);
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
    /// What an update does on a host; `None` when it refuses.
    fn effect<'a>(&self, guard: &'a Guard, word: u64) -> Option<&'a Effect> {
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
        Some(if any_qfe { &guard.qfe } else { &guard.gdr })
    }
}
