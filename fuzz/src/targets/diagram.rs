//! Decision diagrams: bytes become a short program of operations, which runs on diagrams and on
//! sets of numbered tuples side by side.

use patchstate_diagram::{Count, Diagrams, Relation, Set, TooLarge, random_numbers};
use std::{collections::BTreeSet, iter};

/// Steps of a program: what a long one does, a shorter one does as well.
const STEP_COUNT_MAX: usize = 64;

/// Sets and relations that a program holds; newer ones take the places of older ones.
const PLACES: usize = 8;

/// A set of tuples by their numbers, and a relation of them.
type Plain = BTreeSet<usize>;
type Pairs = BTreeSet<(usize, usize)>;

/// What the bytes run on.
struct Machine {
    diagrams: Diagrams,
    sizes: Vec<u8>,
    /// All tuples, ascending.
    tuples: Vec<Vec<u8>>,
    sets: Vec<(Set, Plain)>,
    relations: Vec<(Relation, Pairs)>,
}

/// One byte after the other, and zeros after the last one.
struct Bytes<'a>(iter::Copied<std::slice::Iter<'a, u8>>);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().unwrap_or(0)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.next()) % count.max(1)
    }

    fn is_empty(&self) -> bool {
        self.0.len() == 0
    }
}

/// All operations do what they do on plain sets, and nothing that is too large breaks anything.
pub(crate) fn diagram(bytes: &[u8]) {
    let mut bytes = Bytes(bytes.iter().copied());
    let sizes: Vec<u8> = (0..=bytes.below(4)).map(|_| bytes.next() % 3 + 1).collect();
    let bound = match bytes.next() {
        few @ ..64 => usize::from(few) * 4,
        _ => usize::MAX,
    };
    let diagrams = Diagrams::new(sizes.iter().copied().map(u16::from).collect());
    let mut tuples = vec![Vec::new()];
    for size in &sizes {
        let longer = |tuple: &Vec<u8>| {
            let tuple = tuple.clone();
            (0..*size).map(move |value| [&tuple[..], &[value]].concat())
        };
        tuples = tuples.iter().flat_map(longer).collect();
    }
    let mut machine = Machine {
        diagrams: diagrams.with_bound(bound),
        sizes,
        tuples,
        sets: vec![(Set::EMPTY, Plain::new())],
        relations: vec![(Relation::IDENTITY, Pairs::new())],
    };
    machine.relations[0].1 = (0..machine.tuples.len()).map(|number| (number, number)).collect();
    for _ in 0..STEP_COUNT_MAX {
        if bytes.is_empty() {
            break;
        }
        match machine.step(&mut bytes) {
            Ok(()) => {}
            Err(TooLarge { nodes_max }) => assert_eq!(nodes_max, bound),
        }
        assert!(machine.diagrams.node_count() <= bound);
    }
    for (set, plain) in &machine.sets {
        machine.check(*set, plain);
    }
}

impl Machine {
    /// Does what a byte says.
    fn step(&mut self, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let operation = bytes.next();
        match operation % 16 {
            0 | 1 => self.make_set(bytes),
            2..=4 => self.make_relation(bytes),
            5..=7 => self.algebra(operation, bytes),
            8 => self.combine(bytes),
            9 | 10 => self.images(operation, bytes),
            11 | 12 => self.closures(operation, bytes),
            13 => self.selection(bytes),
            14 => {
                self.questions(bytes);
                Ok(())
            }
            _ => {
                self.collect(bytes);
                Ok(())
            }
        }
    }

    fn set(&self, bytes: &mut Bytes<'_>) -> (Set, Plain) {
        self.sets[bytes.below(self.sets.len())].clone()
    }

    fn relation(&self, bytes: &mut Bytes<'_>) -> (Relation, Pairs) {
        self.relations[bytes.below(self.relations.len())].clone()
    }

    fn put_set(&mut self, set: Set, plain: Plain) {
        self.check(set, &plain);
        // Equal sets are one set.
        for (other, tuples) in &self.sets {
            assert_eq!(*other == set, *tuples == plain);
        }
        if self.sets.len() == PLACES {
            self.sets.remove(0);
        }
        self.sets.push((set, plain));
    }

    fn put_relation(&mut self, relation: Relation, pairs: Pairs) {
        for (other, others) in &self.relations {
            assert_eq!(*other == relation, *others == pairs);
        }
        if self.relations.len() == PLACES {
            self.relations.remove(0);
        }
        self.relations.push((relation, pairs));
    }

    fn check(&self, set: Set, plain: &Plain) {
        let wanted = plain.iter().map(|number| &self.tuples[*number]);
        assert!(self.diagrams.tuples(set).eq(wanted.cloned()));
    }

    fn make_set(&mut self, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let block = 0..self.sizes.len();
        let count = bytes.below(8);
        let plain: Plain = (0..count).map(|_| bytes.below(self.tuples.len())).collect();
        let tuples: Vec<_> = plain.iter().map(|number| self.tuples[*number].clone()).collect();
        let set = self.diagrams.set_of(block, tuples)?;
        self.put_set(set, plain);
        Ok(())
    }

    fn make_relation(&mut self, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let choice = bytes.next();
        let is_named = |variable: &usize| choice >> variable & 1 == 1;
        let variables: Vec<usize> = (0..self.sizes.len()).filter(is_named).collect();
        let mut cases = Vec::new();
        for _ in 0..bytes.below(6) {
            let value = |variable: &usize| bytes.next() % self.sizes[*variable];
            let before: Vec<u8> = variables.iter().map(value).collect();
            let value = |variable: &usize| bytes.next() % self.sizes[*variable];
            let after: Vec<u8> = variables.iter().map(value).collect();
            cases.push((before, after));
        }
        let mut pairs = Pairs::new();
        for (from, tuple) in self.tuples.iter().enumerate() {
            for (before, after) in &cases {
                let mut next = tuple.clone();
                let holds = |(variable, value): (&usize, &u8)| tuple[*variable] == *value;
                if variables.iter().zip(before).all(holds) {
                    variables.iter().zip(after).for_each(|(at, value)| next[*at] = *value);
                    pairs.insert((from, self.number(&next)));
                }
            }
        }
        let relation = self.diagrams.relation(&variables, cases)?;
        self.put_relation(relation, pairs);
        Ok(())
    }

    fn number(&self, tuple: &[u8]) -> usize {
        self.tuples.iter().position(|other| other == tuple).expect("every tuple has a number")
    }

    fn algebra(&mut self, operation: u8, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let ((a, x), (b, y)) = (self.set(bytes), self.set(bytes));
        assert_eq!(self.diagrams.is_subset(a, b)?, x.is_subset(&y));
        let (set, plain) = match operation / 16 % 4 {
            0 => (self.diagrams.union(a, b)?, &x | &y),
            1 => (self.diagrams.intersection(a, b)?, &x & &y),
            2 => (self.diagrams.difference(a, b)?, &x - &y),
            _ => (self.diagrams.symmetric_difference(a, b)?, &x ^ &y),
        };
        self.put_set(set, plain);
        Ok(())
    }

    fn combine(&mut self, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let ((a, x), (b, y)) = (self.relation(bytes), self.relation(bytes));
        let (relation, pairs) = match bytes.next() % 3 {
            0 => (self.diagrams.either(a, b)?, &x | &y),
            1 => {
                let next = |(from, through): &(usize, usize)| {
                    let from = *from;
                    let ends = y.range((*through, 0)..=(*through, usize::MAX));
                    ends.map(move |(_, to)| (from, *to)).collect::<Vec<_>>()
                };
                (self.diagrams.then(a, b)?, x.iter().flat_map(next).collect())
            }
            _ => (self.diagrams.inverse(a)?, x.iter().map(|(from, to)| (*to, *from)).collect()),
        };
        self.put_relation(relation, pairs);
        Ok(())
    }

    fn images(&mut self, operation: u8, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let ((set, plain), (by, pairs)) = (self.set(bytes), self.relation(bytes));
        let (set, plain) = if operation.is_multiple_of(2) {
            (self.diagrams.image(set, by)?, image(&plain, &pairs))
        } else {
            (self.diagrams.preimage(set, by)?, image(&plain, &turned(&pairs)))
        };
        self.put_set(set, plain);
        Ok(())
    }

    fn closures(&mut self, operation: u8, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let (set, mut plain) = self.set(bytes);
        let chosen: Vec<_> = (0..bytes.below(5)).map(|_| self.relation(bytes)).collect();
        let steps: Vec<Relation> = chosen.iter().map(|(relation, _)| *relation).collect();
        let is_forwards = operation.is_multiple_of(2);
        let closed = if is_forwards {
            self.diagrams.closure(set, &steps)?
        } else {
            self.diagrams.closure_backwards(set, &steps)?
        };
        let pairs: Pairs = chosen.into_iter().flat_map(|(_, pairs)| pairs).collect();
        let pairs = if is_forwards { pairs } else { turned(&pairs) };
        loop {
            let count = plain.len();
            plain.append(&mut image(&plain, &pairs));
            if plain.len() == count {
                break;
            }
        }
        self.put_set(closed, plain);
        Ok(())
    }

    fn selection(&mut self, bytes: &mut Bytes<'_>) -> Result<(), TooLarge> {
        let (set, plain) = self.set(bytes);
        let choice = bytes.next();
        let is_kept = |variable: usize| choice >> variable & 1 == 1;
        let flat = |number: usize| {
            let values = self.tuples[number].iter().enumerate();
            let values: Vec<u8> =
                values.map(|(at, value)| if is_kept(at) { *value } else { 0 }).collect();
            self.number(&values)
        };
        let (projected, lifted): (Plain, Plain) = (
            plain.iter().map(|number| flat(*number)).collect(),
            (0..self.tuples.len()).filter(|number| plain.contains(&flat(*number))).collect(),
        );
        let (set, plain) = if choice < 128 {
            (self.diagrams.project(set, is_kept)?, projected)
        } else {
            (self.diagrams.lift(set, is_kept)?, lifted)
        };
        self.put_set(set, plain);
        Ok(())
    }

    fn questions(&mut self, bytes: &mut Bytes<'_>) {
        let (set, plain) = self.set(bytes);
        assert_eq!(self.diagrams.count(set), Count::from(plain.len()));
        for (number, tuple) in self.tuples.iter().enumerate() {
            assert_eq!(self.diagrams.contains(set, tuple), plain.contains(&number));
        }
        let sample = self.diagrams.sample(set, &mut random_numbers(u64::from(bytes.next())));
        let number = sample.map(|tuple| self.number(&tuple));
        assert_eq!(number.is_none(), plain.is_empty());
        assert!(number.is_none_or(|number| plain.contains(&number)));
        // What does not fit is an answer, too.
        let odd: Vec<u8> = (0..bytes.below(8)).map(|_| bytes.next()).collect();
        let is_there = plain.iter().any(|number| self.tuples[*number] == odd);
        assert_eq!(self.diagrams.contains(set, &odd), is_there);
    }

    fn collect(&mut self, bytes: &mut Bytes<'_>) {
        let choice = bytes.next();
        let mut place = 0;
        self.sets.retain(|_| {
            place += 1;
            place == 1 || choice >> (place % 8) & 1 == 1
        });
        self.relations.truncate(usize::from(choice % 4) + 1);
        let sets = self.sets.iter_mut().map(|(set, _)| set);
        let relations = self.relations.iter_mut().map(|(relation, _)| relation);
        self.diagrams.collect(sets, relations);
        for (set, plain) in &self.sets {
            self.check(*set, plain);
        }
    }
}

fn image(plain: &Plain, pairs: &Pairs) -> Plain {
    pairs.iter().filter(|(from, _)| plain.contains(from)).map(|(_, to)| *to).collect()
}

fn turned(pairs: &Pairs) -> Pairs {
    pairs.iter().map(|(from, to)| (*to, *from)).collect()
}
