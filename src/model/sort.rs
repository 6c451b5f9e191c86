//! Sorting in little code. The standard library's sort is compiled anew for each kind of thing and each order, 6 KB of wasm every time; here only the
//! numbers of things are sorted, by one sort, and the things are put in their places.

use std::cmp::Ordering;

/// Sorts by what things are.
pub(crate) fn sort<T: Ord>(things: &mut [T]) {
    sort_by(things, T::cmp);
}

/// Sorts by something of things.
pub(crate) fn sort_by_key<T, K: Ord>(things: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(things, |one, other| key(one).cmp(&key(other)));
}

/// Sorts by an order, in which things that are equal stay as they are.
pub(crate) fn sort_by<T>(things: &mut [T], mut order: impl FnMut(&T, &T) -> Ordering) {
    if things.is_sorted_by(|one, other| order(one, other).is_le()) {
        return;
    }
    let mut numbers = numbers_of(things);
    sort_numbers(&mut numbers, &mut |one, other| order(&things[one], &things[other]));
    put_in_place(things, &mut numbers);
}

/// Keeps the first so many in an order, sorted.
pub(crate) fn keep_first_by<T>(
    things: &mut Vec<T>,
    wanted: usize,
    mut order: impl FnMut(&T, &T) -> Ordering,
) {
    if wanted == 0 {
        things.clear();
    } else if wanted < things.len() {
        let mut numbers = numbers_of(things);
        part_numbers(&mut numbers, wanted - 1, &mut |one, other| order(&things[one], &things[other]));
        put_in_place(things, &mut numbers);
        things.truncate(wanted);
    }
    sort_by(things, order);
}

/// How the things of two numbers compare.
type Compare<'a> = &'a mut dyn FnMut(usize, usize) -> Ordering;

fn numbers_of<T>(things: &[T]) -> Vec<usize> {
    (0..things.len()).collect()
}

#[inline(never)]
fn sort_numbers(numbers: &mut [usize], compare: Compare<'_>) {
    numbers.sort_unstable_by(|&one, &other| compare(one, other).then(one.cmp(&other)));
}

/// Puts those up to `last` before those behind it.
#[inline(never)]
fn part_numbers(numbers: &mut [usize], last: usize, compare: Compare<'_>) {
    numbers.select_nth_unstable_by(last, |&one, &other| compare(one, other).then(one.cmp(&other)));
}

/// Puts at each place the thing whose number is there, round by round of those that change places with one another.
fn put_in_place<T>(things: &mut [T], numbers: &mut [usize]) {
    for start in 0..things.len() {
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut numbers[place], place);
            if from == start {
                break;
            }
            things.swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{keep_first_by, sort, sort_by_key};
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn sorting_is_that_of_the_standard_library(mut things in vec(".{0,3}", 0..100)) {
            let mut expected = things.clone();
            expected.sort();
            sort(&mut things);
            prop_assert_eq!(things, expected);
        }

        #[test]
        fn what_is_equal_stays_in_order(mut things in vec((0..5_u8, any::<u8>()), 0..100)) {
            let mut expected = things.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_by_key(&mut things, |(key, _)| *key);
            prop_assert_eq!(things, expected);
        }

        #[test]
        fn the_first_few_are_the_beginning_of_what_is_sorted(mut things in vec(any::<u8>(), 0..100), wanted in 0..120_usize) {
            let mut expected = things.clone();
            expected.sort_unstable();
            expected.truncate(wanted);
            keep_first_by(&mut things, wanted, u8::cmp);
            prop_assert_eq!(things, expected);
        }
    }
}
