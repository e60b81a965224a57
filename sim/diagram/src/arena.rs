//! Where nodes live: flat arrays, and one table that finds equal nodes.

/// The level of both terminals: below every variable.
pub(crate) const TERMINAL: u16 = u16::MAX;

/// The terminal that stands for nothing: the empty set, the relation without a pair.
pub(crate) const ZERO: u32 = 0;

/// The terminal that stands for the empty tuple in sets, and for the identity in relations.
pub(crate) const ONE: u32 = 1;

/// The two terminals.
const TERMINALS: usize = 2;

/// What is kept of a node besides its words.
#[derive(Clone, Copy, Debug)]
struct Head {
    start: u32,
    level: u16,
    first: u8,
    is_full: bool,
}

impl Head {
    /// Of what has no words.
    const fn empty(start: u32) -> Self {
        Self { start, level: TERMINAL, first: 0, is_full: false }
    }
}

/// A node, ready to be read: where its words stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) start: usize,
    pub(crate) len: usize,
    /// The variable that the node decides.
    pub(crate) level: u16,
    /// The value that the first word belongs to, in nodes of sets.
    pub(crate) first: u8,
    /// Whether it is known to hold every tuple of its block.
    pub(crate) is_full: bool,
}

impl Node {
    /// One more than the last value that has a child.
    pub(crate) fn end(&self) -> usize {
        usize::from(self.first) + self.len
    }
}

/// Nodes, each held once ("hash-consed"): two nodes are equal exactly if their numbers are.
///
/// A node is made after its children, so that its number is greater than theirs.
///
/// Numbers from outside may be of another arena, or of before nodes were taken away: they are
/// looked up with care. Elsewhere indexing is safe: words stand where heads say, there is one head
/// more than nodes, where the words of the last one end, and children were there before their
/// parents.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    heads: Vec<Head>,
    words: Vec<u32>,
    /// Open addressing over hashes and numbers of nodes (`hash << 32 | number`); 0 is vacant. A
    /// power of two, at most two thirds full.
    table: Vec<u64>,
}

/// There is no room for another node.
pub(crate) struct Full;

impl Arena {
    pub(crate) fn new() -> Self {
        let mut heads = vec![Head::empty(0); TERMINALS + 1];
        heads[ONE as usize].is_full = true;
        Self { heads, words: Vec::new(), table: vec![0; 1 << 10] }
    }

    /// Nodes apart from the terminals.
    pub(crate) fn len(&self) -> usize {
        self.heads.len() - 1 - TERMINALS
    }

    /// A node by its number; a number that no node has gets one without words.
    #[inline]
    pub(crate) fn node(&self, id: u32) -> Node {
        let at = id as usize;
        let Some([head, next]) = self.heads.get(at..).and_then(<[Head]>::first_chunk) else {
            return Node { start: 0, len: 0, level: TERMINAL, first: 0, is_full: false };
        };
        let Head { level, first, is_full, .. } = *head;
        let start = head.start as usize;
        Node { start, len: next.start as usize - start, level, first, is_full }
    }

    /// Notes that a node holds every tuple of its block.
    pub(crate) fn note_full(&mut self, id: u32) {
        if let Some(head) = self.heads.get_mut(id as usize) {
            head.is_full = true;
        }
    }

    #[inline]
    pub(crate) fn level(&self, id: u32) -> u16 {
        self.heads.get(id as usize).map_or(TERMINAL, |head| head.level)
    }

    #[inline]
    pub(crate) fn words(&self, node: &Node) -> &[u32] {
        &self.words[node.start..node.start + node.len]
    }

    #[inline]
    pub(crate) fn word(&self, node: &Node, at: usize) -> u32 {
        self.words[node.start + at]
    }

    /// The child of a value, in nodes of sets.
    #[inline]
    pub(crate) fn child(&self, node: &Node, value: usize) -> u32 {
        let at = value.wrapping_sub(usize::from(node.first));
        if at < node.len { self.words[node.start + at] } else { ZERO }
    }

    /// The number of a node: that of an equal one, or a new one as long as there is room for it.
    pub(crate) fn intern(
        &mut self,
        level: u16,
        first: u8,
        words: &[u32],
        has_room: bool,
    ) -> Result<u32, Full> {
        let hash = hash(level, first, words);
        let mask = self.table.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let entry = self.table[place];
            if entry == 0 {
                break;
            }
            if entry >> 32 == u64::from(hash) {
                #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
                let id = entry as u32;
                let node = self.node(id);
                if node.level == level && node.first == first && self.words(&node) == words {
                    return Ok(id);
                }
            }
            place = (place + 1) & mask;
        }
        let end = u32::try_from(self.words.len() + words.len()).map_err(|_| Full)?;
        let id = u32::try_from(self.heads.len() - 1).map_err(|_| Full)?;
        if !has_room || id == u32::MAX {
            return Err(Full);
        }
        self.words.extend_from_slice(words);
        if let Some(head) = self.heads.last_mut() {
            (head.level, head.first) = (level, first);
        }
        self.heads.push(Head::empty(end));
        self.table[place] = u64::from(hash) << 32 | u64::from(id);
        if self.heads.len() * 3 > self.table.len() * 2 {
            self.grow();
        }
        Ok(id)
    }

    /// Doubles the table; hashes are kept in it, so that no node is read.
    fn grow(&mut self) {
        let larger = vec![0; self.table.len() * 2];
        let smaller = std::mem::replace(&mut self.table, larger);
        for entry in smaller.into_iter().filter(|entry| *entry != 0) {
            self.place(entry);
        }
    }

    /// Makes the table anew.
    fn index(&mut self) {
        self.table.clear();
        let places = (self.heads.len() * 2).next_power_of_two().max(1 << 10);
        self.table.resize(places, 0);
        self.table.shrink_to(places);
        for at in TERMINALS..self.heads.len() - 1 {
            // Every node has a number of 32 bits: `intern` gave it.
            let id = u32::try_from(at).unwrap_or(ZERO);
            let node = self.node(id);
            let hash = hash(node.level, node.first, self.words(&node));
            self.place(u64::from(hash) << 32 | u64::from(id));
        }
    }

    /// Puts an entry that is not there into the first vacant place.
    fn place(&mut self, entry: u64) {
        let mask = self.table.len() - 1;
        let mut place = (entry >> 32) as usize & mask;
        while self.table[place] != 0 {
            place = (place + 1) & mask;
        }
        self.table[place] = entry;
    }

    /// Marks what the marked nodes need, and what these need. `is_child` says of which words it is
    /// that they are nodes, by their place inside their node.
    pub(crate) fn mark(&self, marks: &mut [bool], is_child: impl Fn(usize) -> bool) {
        for at in (TERMINALS..marks.len()).rev() {
            if !marks[at] {
                continue;
            }
            let words = self.heads[at].start as usize..self.heads[at + 1].start as usize;
            for (place, child) in self.words[words].iter().enumerate() {
                if is_child(place) {
                    // Children have smaller numbers than their parents.
                    marks[*child as usize] = true;
                }
            }
        }
    }

    /// A mark for each node, terminals included; only these are marked.
    pub(crate) fn marks(&self) -> Vec<bool> {
        let mut marks = vec![false; self.heads.len() - 1];
        marks[..TERMINALS].fill(true);
        marks
    }

    /// Keeps the marked nodes, in their order; returns the new number of each.
    pub(crate) fn keep(
        &mut self,
        marks: &[bool],
        is_child: impl Fn(usize) -> bool,
    ) -> Vec<Option<u32>> {
        let mut numbers: Vec<Option<u32>> = vec![None; marks.len()];
        let (mut count, mut end) = (0_usize, 0_usize);
        for (at, _) in marks.iter().enumerate().filter(|(_, is_kept)| **is_kept) {
            let from = self.heads[at].start as usize;
            let to = self.heads[at + 1].start as usize;
            for place in 0..to - from {
                let word = self.words[from + place];
                // Children come before their parents, so that they have their number by now.
                let renamed = if is_child(place) { numbers[word as usize] } else { Some(word) };
                self.words[end + place] = renamed.unwrap_or(ZERO);
            }
            // What is written never overtakes what is read.
            let start = u32::try_from(end).unwrap_or(u32::MAX);
            self.heads[count] = Head { start, ..self.heads[at] };
            numbers[at] = u32::try_from(count).ok();
            (count, end) = (count + 1, end + to - from);
        }
        self.heads.truncate(count);
        let start = u32::try_from(end).unwrap_or(u32::MAX);
        self.heads.push(Head::empty(start));
        self.words.truncate(end);
        self.heads.shrink_to(count * 2);
        self.words.shrink_to(end * 2);
        self.index();
        numbers
    }
}

/// Multiplicative hashing, as in `rustc-hash`, word by word. The upper half is mixed best.
#[inline]
fn hash(level: u16, first: u8, words: &[u32]) -> u32 {
    const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;
    let mut hash = (u64::from(level) << 16 | u64::from(first)).wrapping_mul(FACTOR);
    for word in words {
        hash = (hash.rotate_left(23) ^ u64::from(*word)).wrapping_mul(FACTOR);
    }
    let hash = (hash >> 32) as u32;
    hash ^ hash >> 15
}
