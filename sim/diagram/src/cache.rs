//! What was computed before: one array for all operations, in which a newer entry may overwrite an
//! older one ("lossy, direct-mapped").

/// What an entry is the result of. The numbers fit into four bits, and none is 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operation {
    Union = 1,
    Intersection,
    Difference,
    SymmetricDifference,
    IsSubset,
    Product,
    Project,
    Lift,
    Either,
    Then,
    Inverse,
    Image,
    /// Of a set and a list of steps.
    Saturate,
    /// The closure of an image: of a set, a relation and a list of steps.
    SaturatedImage,
}

/// An operation, with a further operand where it has three.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Tag(u32);

impl Operation {
    pub(crate) const fn tag(self) -> Tag {
        Tag(self as u32)
    }

    /// With a third operand of 28 bits.
    pub(crate) const fn with(self, operand: u32) -> Tag {
        Tag(operand << 4 | self as u32)
    }
}

/// The third operand stays below this.
pub(crate) const OPERANDS_MAX: u32 = 1 << 28;

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// 0 in an entry that was never written: no tag is 0.
    tag: u32,
    a: u32,
    b: u32,
    result: u32,
}

/// The smallest and the largest array; the largest has 128 MB.
const ENTRIES_MIN: usize = 1 << 12;
const ENTRIES_MAX: usize = 1 << 23;

#[derive(Clone, Debug)]
pub(crate) struct Cache {
    /// A power of two.
    entries: Vec<Entry>,
    /// How many entries were overwritten by others since the array has this size.
    lost: usize,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { entries: vec![Entry::default(); ENTRIES_MIN], lost: 0 }
    }

    #[inline]
    pub(crate) fn get(&self, tag: Tag, a: u32, b: u32) -> Option<u32> {
        // The place is below the length.
        let entry = &self.entries[self.place(tag.0, a, b)];
        (entry.tag == tag.0 && entry.a == a && entry.b == b).then_some(entry.result)
    }

    /// The array grows once as many entries were lost as it has: what is computed anew costs more
    /// than room. The number of nodes is no measure: a set of few nodes can be asked for the images
    /// of many relations.
    #[inline]
    pub(crate) fn put(&mut self, tag: Tag, (a, b): (u32, u32), result: u32) {
        let place = self.place(tag.0, a, b);
        let new = Entry { tag: tag.0, a, b, result };
        let old = std::mem::replace(&mut self.entries[place], new);
        if old.tag != 0 && (old.tag, old.a, old.b) != (tag.0, a, b) {
            self.lost += 1;
            if self.lost > self.entries.len() && self.entries.len() < ENTRIES_MAX {
                self.grow();
            }
        }
    }

    /// What is known stays known.
    fn grow(&mut self) {
        let larger = vec![Entry::default(); self.entries.len() * 2];
        let smaller = std::mem::replace(&mut self.entries, larger);
        self.lost = 0;
        for entry in smaller.into_iter().filter(|entry| entry.tag != 0) {
            let place = self.place(entry.tag, entry.a, entry.b);
            self.entries[place] = entry;
        }
    }

    /// Forgets everything: numbers of nodes mean something else now.
    pub(crate) fn clear(&mut self) {
        self.entries.fill(Entry::default());
        self.lost = 0;
    }

    #[inline]
    fn place(&self, tag: u32, a: u32, b: u32) -> usize {
        let mut hash = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(0xf135_7aea_2e62_a9c5);
        hash = (hash ^ hash >> 32).wrapping_add(u64::from(tag)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (hash >> 32) as usize;
        place & (self.entries.len() - 1)
    }
}
