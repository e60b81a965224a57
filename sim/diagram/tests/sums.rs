//! Sums of weights beside tuples that are weighed one by one.

#[cfg(test)]
mod tests {
    use patchstate_diagram::{Count, Diagrams, TooLarge};
    use proptest::{collection::vec, prelude::*};
    use std::collections::{BTreeMap, BTreeSet};

    type Tuple = Vec<u8>;

    /// A set of tuples, divisions of it, and where numbers are put together.
    #[derive(Clone, Debug)]
    struct World {
        sizes: Vec<u16>,
        set: BTreeSet<Tuple>,
        divisions: Vec<Vec<(BTreeSet<Tuple>, u32)>>,
        cuts: Vec<usize>,
    }

    fn tuples(sizes: &[u16], count: usize) -> impl Strategy<Value = BTreeSet<Tuple>> + use<> {
        let value = |size: &u16| 0..u8::try_from(*size).expect("small");
        let tuple: Vec<_> = sizes.iter().map(value).collect();
        vec(tuple, 0..count).prop_map(|tuples| tuples.into_iter().collect())
    }

    fn worlds() -> impl Strategy<Value = World> {
        vec(1_u16..=3, 1..=5).prop_flat_map(|sizes| {
            let set = tuples(&sizes, 40);
            let divisions = vec(vec((tuples(&sizes, 60), 0_u32..8), 0..4), 0..4);
            let cuts = vec(0..sizes.len(), 0..3);
            (Just(sizes), set, divisions, cuts).prop_map(|(sizes, set, divisions, cuts)| World {
                sizes,
                set,
                divisions,
                cuts,
            })
        })
    }

    /// Numbers by sum, and an example of each.
    type Found = (BTreeMap<u32, Count>, BTreeMap<u32, Option<Tuple>>);

    impl World {
        fn weight(&self, tuple: &Tuple) -> Option<u32> {
            let weight = |sets: &Vec<(BTreeSet<Tuple>, u32)>| {
                sets.iter().find(|(set, _)| set.contains(tuple)).map(|(_, weight)| *weight)
            };
            self.divisions.iter().map(weight).sum()
        }

        fn one_by_one(&self) -> BTreeMap<u32, Count> {
            let mut sums = BTreeMap::new();
            for weight in self.set.iter().filter_map(|tuple| self.weight(tuple)) {
                *sums.entry(weight).or_default() += 1_u8;
            }
            sums
        }

        /// With the sets behind as many variables of another block as are said; a tuple of each
        /// sum beside the numbers.
        fn at_once(&self, before: usize) -> Result<Found, TooLarge> {
            let mut sizes = vec![2; before];
            sizes.extend(&self.sizes);
            let block = before..sizes.len();
            let mut diagrams = Diagrams::new(sizes);
            let mut set =
                |tuples: &BTreeSet<Tuple>| diagrams.set_of(block.clone(), tuples.iter().cloned());
            let whole = set(&self.set)?;
            let mut divisions = Vec::new();
            for division in &self.divisions {
                let mut sets = Vec::new();
                for (tuples, weight) in division {
                    sets.push((set(tuples)?, *weight));
                }
                divisions.push(sets);
            }
            let cuts: Vec<usize> = self.cuts.iter().map(|cut| cut + before).collect();
            let add = |a, b| a + b;
            let mut weighed = diagrams.weigh((block, whole), &divisions, &cuts, (0, add))?;
            let counts = weighed.counts()?;
            let mut examples = BTreeMap::new();
            for sum in counts.keys() {
                examples.insert(*sum, weighed.tuple(*sum)?);
            }
            assert_eq!(weighed.tuple(1_000)?, None);
            Ok((counts, examples))
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_tuples_one_by_one(world in worlds(), before in 0_usize..3) {
            let (counts, examples) = world.at_once(before).expect("room");
            prop_assert_eq!(counts, world.one_by_one());
            for (sum, tuple) in examples {
                let tuple = tuple.expect("there is one");
                prop_assert!(world.set.contains(&tuple));
                prop_assert_eq!(world.weight(&tuple), Some(sum));
            }
        }
    }

    /// Sixty switches, of which each weighs what it says: binomial coefficients.
    #[test]
    fn many_divisions_of_everything_are_counted_without_a_look_at_each_tuple() {
        let mut diagrams = Diagrams::new(vec![2; 60]);
        let all = diagrams.full(0..60).expect("room");
        let mut divisions = Vec::new();
        for variable in 0..60 {
            let on = diagrams.values(0..60, variable, |value| value == 1).expect("room");
            divisions.push(vec![(on, 1), (all, 0)]);
        }
        let cuts: Vec<usize> = (0..60).collect();
        let add = |a, b| a + b;
        let weighed = diagrams.weigh((0..60, all), &divisions, &cuts, (0, add));
        let sums = weighed.expect("room").counts().expect("room");
        assert_eq!(sums.len(), 61);
        assert_eq!(sums[&2], Count::from(60_u32 * 59 / 2));
        assert_eq!(sums.values().sum::<Count>(), Count::from(1_u64 << 60));
    }

    #[test]
    fn a_tuple_that_a_division_does_not_hold_is_left_out() {
        let mut diagrams = Diagrams::new(vec![3]);
        let all = diagrams.full(0..1).expect("room");
        let zero = diagrams.tuple(0..1, &[0]).expect("room");
        let sums = |diagrams: &mut Diagrams, divisions: &[Vec<_>]| {
            let add = |a, b| a + b;
            let weighed = diagrams.weigh((0..1, all), divisions, &[], (0, add));
            weighed.expect("room").counts().expect("room")
        };
        assert_eq!(sums(&mut diagrams, &[vec![(zero, 5)]]), BTreeMap::from([(5, 1_u8.into())]));
        assert!(sums(&mut diagrams, &[Vec::new()]).is_empty());
        assert_eq!(sums(&mut diagrams, &[]), BTreeMap::from([(0, 3_u8.into())]));
    }
}
