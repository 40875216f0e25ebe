//! Fifths: who stands where among all, from 1 to 5. Pure.

/// The class of each value: one more than five times the share of values that are less, cut to whole numbers. Equals are of one class, and whoever is
/// alone is of the first.
#[must_use]
pub fn classes<T: Ord>(values: &[T]) -> Vec<i64> {
    let mut sorted: Vec<&T> = values.iter().collect();
    sorted.sort();
    let class = |value: &T| 1 + (5 * sorted.partition_point(|other| *other < value) / sorted.len().max(1)) as i64;
    values.iter().map(class).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fifths_are_fifths_and_equals_are_equal() {
        assert_eq!(classes(&[10, 20, 30, 40, 50]), [1, 2, 3, 4, 5]);
        assert_eq!(classes(&[50, 10, 40, 20, 30, 60, 70, 80, 90, 100]), [3, 1, 2, 1, 2, 3, 4, 4, 5, 5]);
        assert_eq!(classes(&[7, 7, 7, 9]), [1, 1, 1, 4]);
        assert_eq!(classes(&[7]), [1]);
        assert_eq!(classes::<i64>(&[]), Vec::<i64>::new());
    }

    proptest! {
        #[test]
        fn more_is_never_a_lower_class(values in proptest::collection::vec(0_i64..40, 0..60)) {
            let told = classes(&values);
            for (a, class_a) in values.iter().zip(&told) {
                prop_assert!((1..=5).contains(class_a));
                // As the sentence above has it, counted one by one.
                prop_assert_eq!(*class_a, 1 + (values.iter().filter(|other| *other < a).count() * 5 / values.len()) as i64);
                prop_assert!(values.iter().zip(&told).all(|(b, class_b)| (a < b) <= (class_a <= class_b) && (a != b || class_a == class_b)));
            }
        }
    }
}
