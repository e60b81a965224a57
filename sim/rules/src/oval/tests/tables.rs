//! The evaluation tables against what the language says about them in words.
//!
//! Expected results are worked out here from the descriptions of `OperatorEnumeration`,
//! `CheckEnumeration` and `ExistenceEnumeration`, not from rows: false beats everything in an
//! `AND`, true in an `OR`; otherwise an error beats what is unknown, and that beats what was not
//! evaluated; what is not applicable counts only where there is nothing else.

use crate::oval::tables::{Check, Counts, Existence, ItemStatus, Operator, OvalResult as R};

/// Every way to have up to three of each kind of result.
fn all_counts<const KINDS: usize>() -> Vec<[usize; KINDS]> {
    let mut counts = vec![[0; KINDS]];
    for kind in 0..KINDS {
        counts = counts
            .iter()
            .flat_map(|found| {
                (0..=3).map(|count| {
                    let mut next = *found;
                    next[kind] = count;
                    next
                })
            })
            .collect();
    }
    counts
}

fn results(counts: [usize; 6]) -> Counts {
    let each = R::ALL.into_iter().zip(counts);
    each.flat_map(|(result, count)| std::iter::repeat_n(result, count)).collect()
}

/// What stands in the way of a decision, the worst first.
fn obstacle([_, _, errors, unknown, left_out, _]: [usize; 6]) -> Option<R> {
    let all = [(errors, R::Error), (unknown, R::Unknown), (left_out, R::NotEvaluated)];
    all.into_iter().find(|(count, _)| *count > 0).map(|(_, result)| result)
}

/// Compares over all counts but none at all.
fn agree(combine: impl Fn(Counts) -> R, decided: impl Fn(usize, usize, bool) -> Option<R>) {
    for counts in all_counts::<6>() {
        let [holds, fails, _, _, _, not_applicable] = counts;
        let blocked = obstacle(counts);
        let expected = if holds + fails == 0 && blocked.is_none() {
            if not_applicable == 0 { R::Error } else { R::NotApplicable }
        } else {
            // A decision that holds whatever else there is, or one that all together make.
            decided(holds, fails, blocked.is_none()).or(blocked).unwrap()
        };
        assert_eq!(combine(results(counts)), expected, "{counts:?}");
    }
}

#[test]
fn and_and_all_want_every_one() {
    let decided = |_: usize, fails: usize, is_all: bool| match (fails, is_all) {
        (0, true) => Some(R::True),
        (0, false) => None,
        _ => Some(R::False),
    };
    agree(|counts| Operator::And.combine(counts), decided);
    agree(|counts| Check::All.combine(counts), decided);
}

#[test]
fn or_and_at_least_one_want_any() {
    let decided = |holds: usize, _: usize, is_all: bool| match (holds, is_all) {
        (0, true) => Some(R::False),
        (0, false) => None,
        _ => Some(R::True),
    };
    agree(|counts| Operator::Or.combine(counts), decided);
    agree(|counts| Check::AtLeastOne.combine(counts), decided);
}

#[test]
fn one_and_only_one_want_exactly_one() {
    let decided = |holds: usize, _: usize, is_all: bool| match (holds, is_all) {
        (2.., _) | (0, true) => Some(R::False),
        (1, true) => Some(R::True),
        _ => None,
    };
    agree(|counts| Operator::One.combine(counts), decided);
    agree(|counts| Check::OnlyOne.combine(counts), decided);
}

#[test]
fn exclusive_or_wants_an_odd_number_and_to_know_them_all() {
    let decided = |holds: usize, _: usize, is_all: bool| is_all.then(|| R::from(holds % 2 == 1));
    agree(|counts| Operator::Xor.combine(counts), decided);
}

#[test]
fn none_satisfy_is_at_least_one_turned_around() {
    for counts in all_counts::<6>() {
        let any = Check::AtLeastOne.combine(results(counts));
        assert_eq!(Check::NoneSatisfy.combine(results(counts)), any.negated(true), "{counts:?}");
    }
}

#[test]
fn a_result_that_decides_alone_does_so_with_any_others() {
    for counts in all_counts::<6>() {
        for operator in [Operator::And, Operator::Or, Operator::One, Operator::Xor] {
            for (result, count) in R::ALL.into_iter().zip(counts) {
                if count > 0 && operator.is_decided_by(result) {
                    assert_eq!(operator.combine(results(counts)), result, "{counts:?}");
                }
            }
        }
    }
}

#[test]
fn negation_turns_only_true_and_false() {
    for result in R::ALL {
        let expected = match result {
            R::True => R::False,
            R::False => R::True,
            other => other,
        };
        assert_eq!(result.negated(true), expected);
        assert_eq!(result.negated(false), result);
    }
}

#[test]
fn existence_counts_items_by_status() {
    for counts in all_counts::<4>() {
        let [exist, missing, errors, uncollected] = counts;
        let blocked =
            if errors > 0 { Some(R::Error) } else { (uncollected > 0).then_some(R::Unknown) };
        let expect = |existence: Existence, expected: R| {
            let statuses = [
                (ItemStatus::Exists, exist),
                (ItemStatus::DoesNotExist, missing),
                (ItemStatus::Error, errors),
                (ItemStatus::NotCollected, uncollected),
            ];
            let statuses = statuses.into_iter();
            let all = statuses.flat_map(|(status, count)| std::iter::repeat_n(status, count));
            assert_eq!(existence.combine(all), expected, "{existence:?} {counts:?}");
        };
        let one_missing = missing > 0;
        let all = if one_missing { Some(R::False) } else { blocked };
        expect(Existence::AllExist, all.unwrap_or(R::from(exist > 0)));
        let any = exist > 0 || errors == 0;
        expect(Existence::AnyExist, if any { R::True } else { R::Error });
        let some = if exist > 0 { Some(R::True) } else { blocked };
        expect(Existence::AtLeastOneExists, some.unwrap_or(R::False));
        let none = if exist > 0 { Some(R::False) } else { blocked };
        expect(Existence::NoneExist, none.unwrap_or(R::True));
        let one = if exist > 1 { Some(R::False) } else { blocked };
        expect(Existence::OnlyOneExists, one.unwrap_or(R::from(exist == 1)));
    }
}
