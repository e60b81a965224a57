//! Sizes at both ends, samples of sets that nobody can list, and inputs that make no sense.

#[cfg(test)]
mod tests {
    use patchstate_diagram::{
        Count, Diagrams, Relation, Set, TooLarge, VARIABLES_MAX, random_numbers,
    };
    use std::collections::BTreeMap;

    #[test]
    fn as_many_variables_as_there_may_be_fit_on_the_stack_of_a_thread() -> Result<(), TooLarge> {
        // Test threads have 2 MiB, and code that is not optimised needs more of it than any other.
        let all = 0..VARIABLES_MAX;
        let mut diagrams = Diagrams::new(vec![2; VARIABLES_MAX]);
        let zero = diagrams.tuple(all.clone(), &[0; VARIABLES_MAX])?;
        let mut steps = Vec::new();
        let mut whole = Relation::IDENTITY;
        // Each variable may be set once all later ones are: the diagram of a chain.
        for variable in 0..VARIABLES_MAX - 1 {
            let cases = [(vec![0, 1], vec![1, 1])];
            steps.push(diagrams.relation(&[variable, variable + 1], cases)?);
            let turn = [(vec![0], vec![1]), (vec![1], vec![0])];
            let turn = diagrams.relation(&[variable], turn)?;
            whole = diagrams.then(whole, turn)?;
        }
        steps.push(diagrams.relation(&[VARIABLES_MAX - 1], [(vec![0], vec![1])])?);
        let reached = diagrams.closure(zero, &steps)?;
        assert_eq!(diagrams.count(reached), Count::from(VARIABLES_MAX + 1));
        let turned = diagrams.image(reached, whole)?;
        assert_eq!(diagrams.preimage(turned, whole)?, reached);
        let both = diagrams.union(reached, turned)?;
        let parts = [
            diagrams.intersection(both, reached)?,
            diagrams.difference(both, reached)?,
            diagrams.symmetric_difference(both, reached)?,
        ];
        assert_eq!(parts[0], reached);
        assert_eq!(parts[1], parts[2]);
        assert_eq!(diagrams.union(parts[0], parts[1])?, both);
        let even = |variable: usize| variable.is_multiple_of(2);
        let flat = diagrams.project(both, even)?;
        let lifted = diagrams.lift(flat, even)?;
        assert_eq!(diagrams.is_subset(both, lifted), Ok(true));
        // Backwards, each variable may be set to 0 as long as its next one is 1: to anything.
        let back = diagrams.closure_backwards(reached, &steps)?;
        assert_eq!(back, diagrams.full(all)?);
        assert!(diagrams.sample(lifted, &mut random_numbers(1)).is_some());
        assert!(diagrams.ln_count(lifted) > 0.0);
        assert_eq!(diagrams.tuples(reached).count(), VARIABLES_MAX + 1);
        let mut kept = both;
        diagrams.collect([&mut kept], []);
        assert_eq!(diagrams.nodes_of(&[kept]), diagrams.node_count());
        Ok(())
    }

    #[test]
    fn a_variable_may_have_256_values_or_one() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![256, 1, 256]);
        let first = diagrams.tuple(0..3, &[0, 0, 255])?;
        let mut cases: Vec<_> =
            (0..255).map(|value| (vec![value, 0], vec![value + 1, 0])).collect();
        cases.push((vec![255, 0], vec![0, 0]));
        let around = diagrams.relation(&[0, 1], cases)?;
        let down =
            diagrams.relation(&[2], (1..=255).map(|value| (vec![value], vec![value - 1])))?;
        let reached = diagrams.closure(first, &[around, down])?;
        assert_eq!(reached, diagrams.full(0..3)?);
        assert_eq!(diagrams.count(reached), Count::from(65_536_u32));
        assert!(!diagrams.closure_backwards(first, &[around, down])?.is_empty());
        let twice = diagrams.then(around, around)?;
        let second = diagrams.image(first, twice)?;
        assert_eq!(diagrams.tuples(second).collect::<Vec<_>>(), [[2, 0, 255]]);
        let back = diagrams.inverse(twice)?;
        assert_eq!(diagrams.then(twice, back)?, Relation::IDENTITY);
        Ok(())
    }

    #[test]
    fn steps_meet_across_the_longest_run_of_variables_that_stay() -> Result<(), TooLarge> {
        // One step needs the first and the last variable; between them nothing changes.
        let mut diagrams = Diagrams::new(vec![3; 200]);
        let set = diagrams.full(0..200)?;
        let far = diagrams.relation(&[0, 199], [(vec![0, 1], vec![2, 2])])?;
        assert_eq!(diagrams.node_count(), 200 + 2);
        let image = diagrams.image(set, far)?;
        assert_eq!(diagrams.count(image), Count::from(3_u8).pow(198));
        assert!(diagrams.contains(image, &[2; 200]));
        Ok(())
    }

    #[test]
    fn counts_have_any_size() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![256; 1000]);
        let full = diagrams.full(0..1000)?;
        assert_eq!(diagrams.count(full), Count::from(1_u8) << 8000);
        assert!((diagrams.ln_count(full) - 8000.0 * std::f64::consts::LN_2).abs() < 1e-9);
        // Three quarters of the values: (192/256)^1000 of them.
        let part = diagrams.combinations(0..1000, |_, value| value < 192)?;
        assert_eq!(diagrams.count(part), Count::from(192_u8).pow(1000));
        assert!((diagrams.ln_count(part) - 1000.0 * 192_f64.ln()).abs() < 1e-8);
        assert!(diagrams.ln_count(Set::EMPTY).is_infinite());
        let unit = diagrams.unit();
        assert_eq!(diagrams.count(unit), Count::from(1_u8));
        assert!(diagrams.ln_count(unit).abs() < f64::EPSILON);
        Ok(())
    }

    #[test]
    fn samples_are_uniform() -> Result<(), TooLarge> {
        // Sizes that differ along every path, so that choosing children evenly would be wrong.
        let mut diagrams = Diagrams::new(vec![4; 3]);
        let tuples: Vec<Vec<u8>> = (0..64_u8)
            .map(|number| vec![number / 16, number / 4 % 4, number % 4])
            .filter(|tuple| tuple[0] == 0 || tuple[1] == tuple[2] && tuple[0] < 3)
            .collect();
        assert_eq!(tuples.len(), 24);
        let set = diagrams.set_of(0..3, tuples.clone())?;
        let mut random = random_numbers(2003);
        let mut counts: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
        for _ in 0..24_000 {
            let tuple = diagrams.sample(set, &mut random).expect("the set is not empty");
            *counts.entry(tuple).or_default() += 1.0;
        }
        assert!(counts.keys().eq(&tuples), "all tuples are reached, and no others");
        // Chi-square with 23 degrees of freedom: above 49.7 once in a thousand seeds.
        let chi_square: f64 = counts.values().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi_square < 49.7, "{chi_square}");
        Ok(())
    }

    #[test]
    fn samples_of_sets_that_nobody_can_list_are_uniform() -> Result<(), TooLarge> {
        // 3^100 tuples and 2^100: a sample of the union is one of the second about never.
        let mut diagrams = Diagrams::new(vec![5; 100]);
        let many = diagrams.combinations(0..100, |_, value| value < 3)?;
        let few = diagrams.combinations(0..100, |_, value| value >= 3)?;
        let both = diagrams.union(many, few)?;
        let mut random = random_numbers(7);
        let mut counts = vec![[0.0_f64; 3]; 100];
        for _ in 0..3_000 {
            let tuple = diagrams.sample(both, &mut random).expect("the set is not empty");
            for (counts, value) in counts.iter_mut().zip(tuple) {
                counts[usize::from(value)] += 1.0;
            }
        }
        for counts in counts {
            // Chi-square with two degrees of freedom: above 23 once in 100,000 variables.
            let chi_square: f64 =
                counts.iter().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
            assert!(chi_square < 23.0, "{counts:?}");
        }
        Ok(())
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_below_any_bound() {
        // The first numbers of SplitMix64 with seed 0, as its authors' program prints them.
        let mut random = random_numbers(0);
        let most = u64::MAX;
        assert_eq!([random(most), random(most)], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        for below in [1, 2, 3, 1 << 32, (1 << 63) + 1, u64::MAX] {
            assert!((0..100).all(|_| random(below) < below));
        }
        assert_eq!(random(0), 0);
    }

    #[test]
    fn a_source_that_is_not_random_ends_nevertheless() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![3; 90]);
        let full = diagrams.full(0..90)?;
        for number in [0, 1, u64::MAX] {
            let sample = diagrams.sample(full, &mut |_| number).expect("the set is not empty");
            assert!(diagrams.contains(full, &sample));
        }
        Ok(())
    }

    #[test]
    fn what_makes_no_sense_is_in_no_set() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![2, 3, 0, 2]);
        // Values and variables that do not exist, and tuples of another length.
        assert_eq!(diagrams.tuple(0..2, &[2, 0])?, Set::EMPTY);
        assert_eq!(diagrams.tuple(0..2, &[1])?, Set::EMPTY);
        assert_eq!(diagrams.tuple(0..3, &[0, 0, 0])?, Set::EMPTY);
        assert_eq!(diagrams.full(0..usize::MAX)?, Set::EMPTY);
        assert_eq!(diagrams.full(3..9)?, Set::EMPTY);
        assert_eq!(diagrams.values(0..2, 9, |_| true)?, Set::EMPTY);
        assert_eq!(diagrams.set_of(0..2, [vec![], vec![0, 0, 0], vec![0, 9]])?, Set::EMPTY);
        // The empty tuple is there, wherever it is.
        assert_eq!(diagrams.tuple(1..1, &[])?, diagrams.unit());
        assert_eq!(diagrams.full(7..7)?, diagrams.unit());
        let unit = diagrams.unit();
        assert!(diagrams.contains(unit, &[]) && !diagrams.contains(unit, &[0]));
        assert!(!diagrams.contains(Set::EMPTY, &[]));
        assert_eq!(diagrams.tuples(unit).collect::<Vec<_>>(), [Vec::<u8>::new()]);
        assert_eq!(diagrams.tuples(Set::EMPTY).count(), 0);
        assert_eq!(diagrams.sample(unit, &mut random_numbers(0)), Some(Vec::new()));
        // Cases that do not fit.
        let odd = [
            (vec![0], vec![0, 0]),
            (vec![0, 3], vec![0, 0]),
            (vec![0, 0], vec![0, 3]),
            (vec![], vec![]),
        ];
        assert_eq!(diagrams.relation(&[0, 1], odd)?, Relation::NOTHING);
        assert_eq!(diagrams.relation(&[9], [(vec![0], vec![0])])?, Relation::NOTHING);
        assert_eq!(diagrams.relation(&[1, 1], [(vec![0, 1], vec![0, 1])])?, Relation::NOTHING);
        assert_eq!(diagrams.relation(&[], [(vec![], vec![])])?, Relation::IDENTITY);
        assert_eq!(diagrams.filter(9, |_| true)?, Relation::NOTHING);
        Ok(())
    }

    #[test]
    fn operands_that_do_not_belong_together_break_nothing() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![2, 3, 2, 2]);
        let mut sets = vec![Set::EMPTY, diagrams.unit()];
        for block in [0..1, 0..2, 1..3, 2..4, 0..4] {
            sets.push(diagrams.full(block.clone())?);
            sets.push(diagrams.combinations(block, |_, value| value == 1)?);
        }
        // Blocks that do not follow one another have no product: there is a gap between them.
        let apart = (diagrams.full(0..1)?, diagrams.full(2..4)?);
        assert_eq!(diagrams.product(apart.0, apart.1)?, Set::EMPTY);
        let mut larger = Diagrams::new(vec![4; 9]);
        sets.push(larger.combinations(0..9, |variable, value| usize::from(value) != variable % 4)?);
        let step = larger.relation(&[0, 8], [(vec![0, 1], vec![3, 3])])?;
        let relations = [diagrams.relation(&[1, 3], [(vec![0, 1], vec![2, 0])])?, step];
        for a in &sets {
            for b in &sets {
                diagrams.union(*a, *b)?;
                diagrams.intersection(*a, *b)?;
                diagrams.difference(*a, *b)?;
                diagrams.symmetric_difference(*a, *b)?;
                diagrams.is_subset(*a, *b)?;
                diagrams.product(*a, *b)?;
            }
            for relation in relations {
                diagrams.image(*a, relation)?;
                diagrams.preimage(*a, relation)?;
                diagrams.then(relation, relations[0])?;
                diagrams.either(relation, relations[0])?;
            }
            diagrams.closure(*a, &relations)?;
            diagrams.project(*a, |variable| variable > 1)?;
            diagrams.lift(*a, |variable| variable > 1)?;
            diagrams.count(*a);
            diagrams.ln_count(*a);
            diagrams.sample(*a, &mut random_numbers(3));
            assert!(diagrams.tuples(*a).count() < 10_000);
            assert!(diagrams.nodes_of(&[*a]) <= diagrams.node_count());
        }
        let mut stale = sets.clone();
        diagrams.collect(&mut sets, []);
        for set in &stale {
            diagrams.union(*set, sets[2])?;
            diagrams.closure(*set, &relations)?;
        }
        diagrams.collect(&mut stale, []);
        Ok(())
    }

    #[test]
    fn closures_are_known_again_and_forgotten_when_collected() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![3; 12]);
        let mut zero = diagrams.tuple(0..12, &[0; 12])?;
        let mut steps = Vec::new();
        for variable in 0..12 {
            let cases = [(vec![0], vec![1]), (vec![1], vec![2])];
            steps.push(diagrams.relation(&[variable], cases)?);
        }
        let mut reached = diagrams.closure(zero, &steps)?;
        let count = diagrams.node_count();
        assert_eq!(diagrams.closure(zero, &steps)?, reached);
        assert_eq!(diagrams.node_count(), count);
        // After this, equal numbers stand for other sets and steps: half of the steps are left.
        let mut half = steps.split_off(6);
        diagrams.collect([&mut zero, &mut reached], &mut half);
        let less = diagrams.closure(zero, &half)?;
        assert_eq!(diagrams.count(less), Count::from(3_u8).pow(6));
        assert_eq!(diagrams.is_subset(less, reached), Ok(true));
        assert_eq!(reached, diagrams.full(0..12)?);
        Ok(())
    }

    #[test]
    fn a_bound_on_nodes_is_kept_and_told() -> Result<(), TooLarge> {
        let mut diagrams = Diagrams::new(vec![2; 20]).with_bound(20);
        let zero = diagrams.tuple(0..20, &[0; 20])?;
        assert_eq!(diagrams.node_count(), 20);
        let error = diagrams.full(0..20).expect_err("20 nodes more");
        assert_eq!(error, TooLarge { nodes_max: 20 });
        assert_eq!(error.to_string(), "the set needs more than 20 nodes");
        assert_eq!(diagrams.tuple(0..20, &[0; 20])?, zero);
        let mut none = Set::EMPTY;
        diagrams.collect([&mut none], []);
        assert_eq!(diagrams.node_count(), 0);
        assert!(diagrams.full(0..20).is_ok());
        Ok(())
    }
}
