//! The fixpoint on binary decision diagrams, whoever makes them: values in binary, a second
//! variable for what comes next beside each bit, one relation for each event over the bits that it
//! touches.

use crate::model::Model;
use num_bigint::BigUint;

/// What a package has to offer.
pub(crate) trait Binary {
    type Set: Clone + PartialEq;
    /// Bits, ready to be quantified and renamed.
    type Bits;

    fn new(variables: usize) -> Self;
    fn constant(&self, value: bool) -> Self::Set;
    fn literal(&self, variable: usize, value: bool) -> Self::Set;
    fn and(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;
    fn or(&self, a: &Self::Set, b: &Self::Set) -> Self::Set;
    /// For each bit its variable and the one for what comes next.
    fn bits(&self, bits: &[(usize, usize)]) -> Self::Bits;
    /// What comes next: of a set and a relation over these bits.
    fn image(&self, set: &Self::Set, relation: &Self::Set, bits: &Self::Bits) -> Self::Set;
    /// Assignments of all variables, those for what comes next included.
    fn count(&self, set: &Self::Set) -> BigUint;
    fn nodes(&self, set: &Self::Set) -> usize;
}

/// Where the bits of each variable begin, and where those of the last one end.
fn starts(model: &Model) -> Vec<usize> {
    let mut starts = vec![0];
    for size in &model.sizes {
        let bits = (u16::BITS - (size - 1).leading_zeros()) as usize;
        starts.push(starts[starts.len() - 1] + bits);
    }
    starts
}

/// The set in which a variable has a value, now or next.
fn cube<B: Binary>(package: &B, bits: (usize, usize), value: u8, is_next: bool) -> B::Set {
    let (start, end) = bits;
    (start..end).fold(package.constant(true), |cube, bit| {
        let is_set = value >> (end - 1 - bit) & 1 == 1;
        let literal = package.literal(2 * bit + usize::from(is_next), is_set);
        package.and(&cube, &literal)
    })
}

/// The reachable set: how many tuples, and how many nodes they take.
///
/// Events are chained, deepest first; whenever one brings something new, it begins again with the
/// deepest: what comes closest to saturation without touching a package's inside.
pub(crate) fn reach<B: Binary>(model: &Model) -> (BigUint, usize) {
    let starts = starts(model);
    let bits_of = |variable: usize| (starts[variable], starts[variable + 1]);
    let bit_count = starts[model.sizes.len()];
    let package = B::new(2 * bit_count);
    let tuple = |variables: &[usize], values: &[u8], is_next: bool| {
        variables.iter().zip(values).fold(package.constant(true), |set, (variable, value)| {
            package.and(&set, &cube(&package, bits_of(*variable), *value, is_next))
        })
    };
    let mut events = Vec::new();
    for event in &model.events {
        let mut relation = package.constant(true);
        let mut bits = Vec::new();
        for part in event {
            let mut cases = package.constant(false);
            for (before, after) in &part.cases {
                let before = tuple(&part.variables, before, false);
                let after = tuple(&part.variables, after, true);
                cases = package.or(&cases, &package.and(&before, &after));
            }
            relation = package.and(&relation, &cases);
            let touched = part.variables.iter().flat_map(|variable| {
                let (start, end) = bits_of(*variable);
                start..end
            });
            bits.extend(touched.map(|bit| (2 * bit, 2 * bit + 1)));
        }
        bits.sort_unstable();
        events.push((bits[0].0, relation, package.bits(&bits)));
    }
    events.sort_by_key(|(first, _, _)| std::cmp::Reverse(*first));
    let all: Vec<usize> = (0..model.sizes.len()).collect();
    let mut set = tuple(&all, &model.initial, false);
    let (mut at, mut unchanged) = (0, 0);
    while unchanged < events.len() {
        let (_, relation, bits) = &events[at];
        let next = package.or(&set, &package.image(&set, relation, bits));
        if next == set {
            unchanged += 1;
            at = (at + 1) % events.len();
        } else {
            set = next;
            unchanged = 0;
            at = 0;
        }
    }
    (package.count(&set) >> bit_count, package.nodes(&set))
}
