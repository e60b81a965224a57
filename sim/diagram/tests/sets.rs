//! Every operation beside sets of tuples that are held one by one.

#[cfg(test)]
mod tests {
    use patchstate_diagram::{Count, Diagrams, Relation, Set, TooLarge, random_numbers};
    use proptest::{collection::vec, prelude::*, sample::Index};
    use std::{
        collections::{BTreeMap, BTreeSet},
        ops::Range,
    };

    type Tuple = Vec<u8>;
    type Plain = BTreeSet<Tuple>;

    /// A relation of some variables, as cases; everything else stays as it is.
    #[derive(Clone, Debug)]
    struct Cases {
        variables: Vec<usize>,
        cases: Vec<(Tuple, Tuple)>,
    }

    /// Variables, a block of them, sets over it and relations of any variables.
    #[derive(Clone, Debug)]
    struct World {
        sizes: Vec<u16>,
        block: Range<usize>,
        sets: Vec<Plain>,
        relations: Vec<Cases>,
    }

    /// All tuples of a block.
    fn every_tuple(sizes: &[u16], block: Range<usize>) -> Plain {
        let mut tuples = Plain::from([Vec::new()]);
        for variable in block {
            let extend = |tuple: &Tuple| {
                let tuple = tuple.clone();
                (0..sizes[variable]).map(move |value| {
                    let mut tuple = tuple.clone();
                    tuple.push(u8::try_from(value).expect("small"));
                    tuple
                })
            };
            tuples = tuples.iter().flat_map(extend).collect();
        }
        tuples
    }

    fn tuples_of(sizes: &[u16], block: Range<usize>) -> BoxedStrategy<Tuple> {
        block
            .map(|variable| 0..u8::try_from(sizes[variable]).expect("small"))
            .collect::<Vec<_>>()
            .boxed()
    }

    fn sets_of(sizes: &[u16], block: Range<usize>) -> impl Strategy<Value = Plain> + use<> {
        let tuples = tuples_of(sizes, block.clone());
        let all = every_tuple(sizes, block);
        let parts = (Just(all), any::<u64>()).prop_map(|(all, seed)| {
            // A part of everything that is not small, so that nodes have many children.
            let mut random = random_numbers(seed);
            all.into_iter().filter(|_| random(3) > 0).collect::<Plain>()
        });
        let few = vec(tuples, 0..12).prop_map(|tuples| tuples.into_iter().collect());
        prop_oneof![3 => few, 1 => parts]
    }

    fn relations_of(sizes: Vec<u16>) -> impl Strategy<Value = Cases> {
        let all: Vec<usize> = (0..sizes.len()).collect();
        let most = sizes.len().min(3);
        proptest::sample::subsequence(all, 1..=most).prop_flat_map(move |variables| {
            let value = |variable: &usize| 0..u8::try_from(sizes[*variable]).expect("small");
            let tuple: Vec<_> = variables.iter().map(value).collect();
            let cases = vec((tuple.clone(), tuple), 0..8);
            cases.prop_map(move |cases| Cases { variables: variables.clone(), cases })
        })
    }

    fn worlds() -> impl Strategy<Value = World> {
        vec(1_u16..=4, 1..=6).prop_flat_map(|sizes| {
            let count = sizes.len();
            (0..=count, 0..=count).prop_flat_map(move |(a, b)| {
                // Most often all variables are in the block.
                let block = if a < b { a..b } else { 0..count };
                let sets = vec(sets_of(&sizes, block.clone()), 3);
                let relations = vec(relations_of(sizes.clone()), 1..=5);
                (Just(sizes.clone()), Just(block), sets, relations).prop_map(
                    |(sizes, block, sets, relations)| World { sizes, block, sets, relations },
                )
            })
        })
    }

    impl World {
        fn sets(&self, diagrams: &mut Diagrams) -> Vec<Set> {
            let set = |set: &Plain| diagrams.set_of(self.block.clone(), set.iter().cloned());
            self.sets.iter().map(set).collect::<Result<_, _>>().expect("room")
        }

        fn relations(&self, diagrams: &mut Diagrams) -> Vec<Relation> {
            self.relations.iter().map(|relation| relation.made(diagrams)).collect()
        }

        /// All tuples of the block after one of a set. What is outside the block may be anything.
        fn image(&self, set: &Plain, by: &Cases) -> Plain {
            self.neighbours(set, by, |(before, after)| (before, after))
        }

        fn preimage(&self, set: &Plain, by: &Cases) -> Plain {
            self.neighbours(set, by, |(before, after)| (after, before))
        }

        fn neighbours(
            &self,
            set: &Plain,
            by: &Cases,
            sides: fn((Tuple, Tuple)) -> (Tuple, Tuple),
        ) -> Plain {
            let mut image = Plain::new();
            for tuple in set {
                for case in &by.cases {
                    let (before, after) = sides(case.clone());
                    let mut next = tuple.clone();
                    let mut fits = true;
                    for (place, variable) in by.variables.iter().enumerate() {
                        if self.block.contains(variable) {
                            let value = &mut next[variable - self.block.start];
                            fits &= *value == before[place];
                            *value = after[place];
                        }
                    }
                    if fits {
                        image.insert(next);
                    }
                }
            }
            image
        }

        fn closure(&self, set: &Plain, image: impl Fn(&Plain, &Cases) -> Plain) -> Plain {
            let mut closed = set.clone();
            loop {
                let images: Vec<Plain> =
                    self.relations.iter().map(|by| image(&closed, by)).collect();
                let count = closed.len();
                closed.extend(images.into_iter().flatten());
                if closed.len() == count {
                    return closed;
                }
            }
        }
    }

    impl Cases {
        fn made(&self, diagrams: &mut Diagrams) -> Relation {
            diagrams.relation(&self.variables, self.cases.iter().cloned()).expect("room")
        }
    }

    /// The set of these tuples, made in another way than `set_of`: one by one.
    fn one_by_one(diagrams: &mut Diagrams, block: &Range<usize>, tuples: &Plain) -> Set {
        let mut set = diagrams.empty();
        for tuple in tuples {
            let one = diagrams.tuple(block.clone(), tuple).expect("room");
            set = diagrams.union(set, one).expect("room");
        }
        set
    }

    /// The tuples of a set, and whether it is the canonical one.
    fn held(diagrams: &mut Diagrams, block: &Range<usize>, set: Set) -> Plain {
        let tuples: Vec<Tuple> = diagrams.tuples(set).collect();
        assert!(tuples.is_sorted_by(|a, b| a < b), "ascending, and each once");
        let plain: Plain = tuples.into_iter().collect();
        assert_eq!(one_by_one(diagrams, block, &plain), set, "equal sets have equal handles");
        plain
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn a_set_holds_its_tuples_and_no_others(world in worlds()) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            for (set, plain) in world.sets(&mut diagrams).into_iter().zip(&world.sets) {
                prop_assert_eq!(&held(&mut diagrams, &world.block, set), plain);
                prop_assert_eq!(set.is_empty(), plain.is_empty());
                for tuple in every_tuple(&world.sizes, world.block.clone()) {
                    prop_assert_eq!(diagrams.contains(set, &tuple), plain.contains(&tuple));
                    prop_assert!(!diagrams.contains(set, &[&tuple[..], &[0]].concat()));
                }
            }
        }

        #[test]
        fn algebra_is_that_of_sets(world in worlds()) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let sets = world.sets(&mut diagrams);
            let block = &world.block;
            for (a, x) in sets.iter().zip(&world.sets) {
                for (b, y) in sets.iter().zip(&world.sets) {
                    let made = [
                        diagrams.union(*a, *b),
                        diagrams.intersection(*a, *b),
                        diagrams.difference(*a, *b),
                        diagrams.symmetric_difference(*a, *b),
                    ];
                    let wanted: [Plain; 4] = [x | y, x & y, x - y, x ^ y];
                    for (made, wanted) in made.into_iter().zip(wanted) {
                        let made = made.expect("room");
                        prop_assert_eq!(held(&mut diagrams, block, made), wanted);
                    }
                    prop_assert_eq!(diagrams.is_subset(*a, *b), Ok(x.is_subset(y)));
                }
            }
            let all = diagrams.union_of(sets).expect("room");
            let plain = world.sets.iter().flatten().cloned().collect();
            prop_assert_eq!(held(&mut diagrams, block, all), plain);
        }

        #[test]
        fn values_and_combinations_are_what_is_wanted(world in worlds(), wanted in 0_u8..16) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let all = every_tuple(&world.sizes, world.block.clone());
            let full = diagrams.full(world.block.clone()).expect("room");
            prop_assert_eq!(held(&mut diagrams, &world.block, full), all.clone());
            let is_wanted = |value: u8| wanted >> value & 1 == 1;
            for variable in world.block.clone() {
                let set = diagrams.values(world.block.clone(), variable, is_wanted);
                let mut plain = all.clone();
                plain.retain(|tuple| is_wanted(tuple[variable - world.block.start]));
                prop_assert_eq!(held(&mut diagrams, &world.block, set.expect("room")), plain);
            }
            let is_wanted = |variable: usize, value: u8| {
                wanted >> (variable % 3 + usize::from(value)) & 1 == 1
            };
            let set = diagrams.combinations(world.block.clone(), is_wanted).expect("room");
            let mut plain = all;
            plain.retain(|tuple| {
                world.block.clone().zip(tuple).all(|(at, value)| is_wanted(at, *value))
            });
            prop_assert_eq!(held(&mut diagrams, &world.block, set), plain);
        }

        #[test]
        fn a_product_joins_what_follows(world in worlds(), cut in any::<Index>()) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let cut = world.block.start + cut.index(world.block.len() + 1);
            let (first, second) = (world.block.start..cut, cut..world.block.end);
            let part = |range: Range<usize>, set: &Plain| -> Plain {
                set.iter().map(|tuple| tuple[range.clone()].to_vec()).collect()
            };
            let x = part(0..first.len(), &world.sets[0]);
            let y = part(first.len()..world.block.len(), &world.sets[1]);
            let a = diagrams.set_of(first.clone(), x.iter().cloned()).expect("room");
            let b = diagrams.set_of(second.clone(), y.iter().cloned()).expect("room");
            let product = diagrams.product(a, b).expect("room");
            let with_each = |a: &Tuple| {
                let a = a.clone();
                y.iter().map(move |b| [&a[..], b].concat())
            };
            let plain: Plain = x.iter().flat_map(with_each).collect();
            prop_assert_eq!(held(&mut diagrams, &world.block, product), plain);
            // The other way round they do not follow one another.
            if !first.is_empty() && !second.is_empty() {
                prop_assert_eq!(diagrams.product(b, a), Ok(Set::EMPTY));
            }
        }

        #[test]
        fn images_and_preimages_follow_the_cases(world in worlds()) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let relations = world.relations(&mut diagrams);
            for (set, plain) in world.sets(&mut diagrams).into_iter().zip(&world.sets) {
                for (by, cases) in relations.iter().zip(&world.relations) {
                    let image = diagrams.image(set, *by).expect("room");
                    let wanted = world.image(plain, cases);
                    prop_assert_eq!(held(&mut diagrams, &world.block, image), wanted);
                    let before = diagrams.preimage(set, *by).expect("room");
                    let wanted = world.preimage(plain, cases);
                    prop_assert_eq!(held(&mut diagrams, &world.block, before), wanted);
                }
            }
        }

        #[test]
        fn relations_combine_as_their_images_do(world in worlds()) {
            // Over all variables, so that nothing is unknown.
            let world = World { block: 0..world.sizes.len(), sets: Vec::new(), ..world };
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let relations = world.relations(&mut diagrams);
            for (a, x) in relations.iter().zip(&world.relations) {
                for (b, y) in relations.iter().zip(&world.relations) {
                    let either = diagrams.either(*a, *b).expect("room");
                    let then = diagrams.then(*a, *b).expect("room");
                    let inverse = diagrams.inverse(then).expect("room");
                    for tuple in every_tuple(&world.sizes, world.block.clone()) {
                        let one = diagrams.tuple(world.block.clone(), &tuple).expect("room");
                        let plain = Plain::from([tuple]);
                        let image = diagrams.image(one, either).expect("room");
                        prop_assert_eq!(
                            held(&mut diagrams, &world.block, image),
                            &world.image(&plain, x) | &world.image(&plain, y)
                        );
                        let image = diagrams.image(one, then).expect("room");
                        prop_assert_eq!(
                            held(&mut diagrams, &world.block, image),
                            world.image(&world.image(&plain, x), y)
                        );
                        let image = diagrams.image(one, inverse).expect("room");
                        prop_assert_eq!(
                            held(&mut diagrams, &world.block, image),
                            world.preimage(&world.preimage(&plain, y), x)
                        );
                    }
                    prop_assert_eq!(diagrams.either(*b, *a), Ok(either));
                    prop_assert_eq!(diagrams.then(*a, Relation::IDENTITY), Ok(*a));
                    prop_assert_eq!(diagrams.then(Relation::IDENTITY, *a), Ok(*a));
                    prop_assert_eq!(diagrams.then(*a, Relation::NOTHING), Ok(Relation::NOTHING));
                }
            }
            let all = diagrams.either_of(relations.iter().copied()).expect("room");
            let nothing = Relation::NOTHING;
            let folded = relations.iter().try_fold(nothing, |a, b| diagrams.either(a, *b));
            prop_assert_eq!(folded, Ok(all));
        }

        #[test]
        fn equal_relations_have_equal_handles(world in worlds(), keep in 0_u8..16) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let relations = world.relations(&mut diagrams);
            for (relation, cases) in relations.into_iter().zip(&world.relations) {
                // The same cases in another order, with their variables in another order and twice.
                let turn = |tuple: &Tuple| -> Tuple {
                    tuple.iter().rev().chain(tuple.first()).copied().collect()
                };
                let names: Vec<usize> =
                    cases.variables.iter().rev().chain(cases.variables.first()).copied().collect();
                let turned = cases.cases.iter().rev().map(|(a, b)| (turn(a), turn(b)));
                prop_assert_eq!(diagrams.relation(&names, turned), Ok(relation));
            }
            for variable in 0..world.sizes.len() {
                let size = u8::try_from(world.sizes[variable]).expect("small");
                let kept: Vec<u8> = (0..size).filter(|value| keep >> value & 1 == 1).collect();
                let filter = diagrams.filter(variable, |value| kept.contains(&value));
                let cases = kept.iter().map(|value| (vec![*value], vec![*value]));
                prop_assert_eq!(diagrams.relation(&[variable], cases), filter);
                if kept.len() == usize::from(size) {
                    prop_assert_eq!(filter, Ok(Relation::IDENTITY));
                }
            }
        }

        #[test]
        fn a_closure_is_the_least_fixpoint(world in worlds()) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let relations = world.relations(&mut diagrams);
            for (set, plain) in world.sets(&mut diagrams).into_iter().zip(&world.sets) {
                let closed = diagrams.closure(set, &relations).expect("room");
                let wanted = world.closure(plain, |set, by| world.image(set, by));
                prop_assert_eq!(held(&mut diagrams, &world.block, closed), wanted);
                prop_assert_eq!(diagrams.closure(closed, &relations), Ok(closed));
                let back = diagrams.closure_backwards(set, &relations).expect("room");
                let wanted = world.closure(plain, |set, by| world.preimage(set, by));
                prop_assert_eq!(held(&mut diagrams, &world.block, back), wanted);
                // Fewer steps are another list.
                let fewer = World { relations: world.relations[1..].to_vec(), ..world.clone() };
                let closed = diagrams.closure(set, &relations[1..]).expect("room");
                let wanted = fewer.closure(plain, |set, by| world.image(set, by));
                prop_assert_eq!(held(&mut diagrams, &world.block, closed), wanted);
            }
        }

        #[test]
        fn a_projection_forgets_and_a_lift_frees(world in worlds(), keep in 0_u8..64) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let is_kept = |variable: usize| keep >> variable & 1 == 1;
            let flat = |tuple: &Tuple| -> Tuple {
                let values = world.block.clone().zip(tuple);
                values.map(|(variable, value)| if is_kept(variable) { *value } else { 0 }).collect()
            };
            let sets = world.sets(&mut diagrams);
            for (set, plain) in sets.iter().copied().zip(&world.sets) {
                let projected = diagrams.project(set, is_kept).expect("room");
                let wanted: Plain = plain.iter().map(flat).collect();
                prop_assert_eq!(held(&mut diagrams, &world.block, projected), wanted.clone());
                let mut fibres: BTreeMap<Tuple, u128> = BTreeMap::new();
                for tuple in plain {
                    *fibres.entry(flat(tuple)).or_default() += 1;
                }
                let counted = diagrams.fibres(set, is_kept);
                prop_assert_eq!(counted, fibres.into_iter().collect::<Vec<_>>());
                // Of the first set: those whose projection this set has.
                let first = world.sets.first().into_iter().flatten();
                let counted = first.filter(|tuple| wanted.contains(&flat(tuple))).count();
                let first = sets.first().copied().expect("a world has sets");
                let projected_alike = diagrams.count_projected(first, projected, is_kept);
                prop_assert_eq!(projected_alike, Count::from(counted));
                let lifted = diagrams.lift(projected, is_kept).expect("room");
                let mut all = every_tuple(&world.sizes, world.block.clone());
                all.retain(|tuple| wanted.contains(&flat(tuple)));
                prop_assert_eq!(held(&mut diagrams, &world.block, lifted), all);
                let values = |tuple: &Tuple| -> Tuple {
                    let kept = world.block.clone().zip(tuple).filter(|(place, _)| is_kept(*place));
                    kept.map(|(_, value)| *value).collect()
                };
                let values = plain.iter().map(values);
                let cylinder = diagrams.cylinder(world.block.clone(), is_kept, values);
                prop_assert_eq!(cylinder, Ok(lifted));
                // Of any set, only what is 0 where nothing is kept can be a projection.
                let lifted = diagrams.lift(set, is_kept).expect("room");
                let mut all = every_tuple(&world.sizes, world.block.clone());
                all.retain(|tuple| plain.contains(&flat(tuple)));
                prop_assert_eq!(held(&mut diagrams, &world.block, lifted), all);
            }
        }

        #[test]
        fn counts_numbers_and_samples_are_of_the_tuples(world in worlds(), seed in any::<u64>()) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let mut random = random_numbers(seed);
            for (set, plain) in world.sets(&mut diagrams).into_iter().zip(&world.sets) {
                prop_assert_eq!(diagrams.count(set), Count::from(plain.len()));
                let ln = f64::from(u32::try_from(plain.len()).expect("few")).ln();
                let counted = diagrams.ln_count(set);
                let is_none = counted.is_infinite() && counted.is_sign_negative();
                prop_assert!((counted - ln).abs() < 1e-12 || plain.is_empty() && is_none);
                for (number, tuple) in plain.iter().enumerate() {
                    let found = diagrams.nth(set, Count::from(number));
                    prop_assert_eq!(found.as_ref(), Some(tuple));
                }
                prop_assert_eq!(diagrams.nth(set, Count::from(plain.len())), None);
                let sample = diagrams.sample(set, &mut random);
                prop_assert_eq!(sample.is_none(), plain.is_empty());
                prop_assert!(sample.is_none_or(|tuple| plain.contains(&tuple)));
            }
        }

        #[test]
        fn what_is_kept_means_the_same_after_collecting(
            world in worlds(),
            keep in vec(any::<bool>(), 8)
        ) {
            let mut diagrams = Diagrams::new(world.sizes.clone());
            let sets = world.sets(&mut diagrams);
            let relations = world.relations(&mut diagrams);
            // Something for the caches to remember wrongly.
            for set in &sets {
                diagrams.closure(*set, &relations).expect("room");
                diagrams.project(*set, |variable| variable % 2 == 0).expect("room");
                diagrams.count(*set);
                diagrams.ln_count(*set);
            }
            let is_kept = |place: usize| keep[place];
            let mut places = 0..;
            let mut is_next_kept = || places.next().is_some_and(is_kept);
            let mut kept: Vec<(Set, Plain)> = sets.into_iter().zip(world.sets.clone()).collect();
            kept.retain(|_| is_next_kept());
            let mut steps: Vec<(Relation, Cases)> =
                relations.iter().copied().zip(world.relations.clone()).collect();
            steps.retain(|_| is_next_kept());
            let pairs = |kept: &[(Set, Plain)], steps: &[(Relation, Cases)]| {
                let with_each = |(set, _): &(Set, Plain)| {
                    let set = *set;
                    steps.iter().map(move |(step, _)| (set, *step))
                };
                kept.iter().flat_map(with_each).collect::<Vec<_>>()
            };
            let before = pairs(&kept, &steps);
            let held_before = diagrams.node_count();
            let renumbered = diagrams.collect(
                kept.iter_mut().map(|(set, _)| set),
                steps.iter_mut().map(|(step, _)| step),
            );
            prop_assert!(diagrams.node_count() <= held_before);
            let handles: Vec<Set> = kept.iter().map(|(set, _)| *set).collect();
            if steps.is_empty() {
                prop_assert_eq!(diagrams.nodes_of(&handles), diagrams.node_count());
            }
            let after = pairs(&kept, &steps);
            for ((set, step), (new_set, new_step)) in before.into_iter().zip(after) {
                prop_assert_eq!(renumbered.set(set), Some(new_set));
                prop_assert_eq!(renumbered.relation(step), Some(new_step));
            }
            let relations = steps.iter().map(|(_, cases)| cases.clone()).collect();
            let part = World { relations, ..world };
            let steps: Vec<Relation> = steps.iter().map(|(step, _)| *step).collect();
            for (set, plain) in kept {
                prop_assert_eq!(&held(&mut diagrams, &part.block, set), &plain);
                prop_assert_eq!(diagrams.count(set), Count::from(plain.len()));
                let closed = diagrams.closure(set, &steps).expect("room");
                let wanted = part.closure(&plain, |set, by| part.image(set, by));
                prop_assert_eq!(held(&mut diagrams, &part.block, closed), wanted);
                let flat = diagrams.project(set, |variable| variable % 2 == 1).expect("room");
                let wanted: Plain = plain.iter().map(|tuple| {
                    let values = part.block.clone().zip(tuple);
                    values.map(|(variable, value)| value * u8::from(variable % 2 == 1)).collect()
                }).collect();
                prop_assert_eq!(held(&mut diagrams, &part.block, flat), wanted);
            }
        }

        #[test]
        fn what_is_too_large_leaves_everything_as_it_was(world in worlds(), bound in 0_usize..60) {
            let mut free = Diagrams::new(world.sizes.clone());
            let mut diagrams = Diagrams::new(world.sizes.clone()).with_bound(bound);
            let too_large = TooLarge { nodes_max: bound };
            let mut held_sets: Vec<(Set, Plain)> = Vec::new();
            for plain in &world.sets {
                match diagrams.set_of(world.block.clone(), plain.iter().cloned()) {
                    Ok(set) => held_sets.push((set, plain.clone())),
                    Err(error) => prop_assert_eq!(error, too_large),
                }
            }
            let mut steps = Vec::new();
            let mut cases = Vec::new();
            for relation in &world.relations {
                match diagrams.relation(&relation.variables, relation.cases.iter().cloned()) {
                    Ok(step) => {
                        steps.push(step);
                        cases.push(relation.clone());
                    }
                    Err(error) => prop_assert_eq!(error, too_large),
                }
            }
            let part = World { relations: cases, ..world };
            for (set, plain) in held_sets.clone() {
                match diagrams.closure(set, &steps) {
                    Ok(closed) => {
                        let wanted = part.closure(&plain, |set, by| part.image(set, by));
                        prop_assert!(diagrams.tuples(closed).eq(wanted.iter().cloned()));
                    }
                    Err(error) => prop_assert_eq!(error, too_large),
                }
                prop_assert!(diagrams.node_count() <= bound);
            }
            for (set, plain) in held_sets {
                prop_assert!(diagrams.tuples(set).eq(plain.iter().cloned()));
                prop_assert_eq!(diagrams.union(set, set), Ok(set));
                let same = one_by_one(&mut free, &part.block, &plain);
                prop_assert_eq!(free.nodes_of(&[same]), diagrams.nodes_of(&[set]));
            }
        }
    }
}
