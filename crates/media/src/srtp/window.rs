//! Which of the last `64 × WORDS` packet indices have been seen. Used on both sides: against replay when receiving, against
//! reuse of a nonce when sending.

#[derive(Clone, Debug)]
pub(super) struct IndexWindow<const WORDS: usize> {
    /// One above the highest index seen; 0 while none was.
    end: u64,
    /// A ring: the bit of an index is at `index mod (64 × WORDS)`.
    seen: [u64; WORDS],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fresh,
    Seen,
    TooOld,
}

impl<const WORDS: usize> IndexWindow<WORDS> {
    const WIDTH: u64 = 64 * WORDS as u64;

    pub(super) const fn new() -> Self {
        Self { end: 0, seen: [0; WORDS] }
    }

    pub(super) fn highest(&self) -> Option<u64> {
        self.end.checked_sub(1)
    }

    #[inline]
    pub(super) fn check(&self, index: u64) -> Verdict {
        if index >= self.end {
            Verdict::Fresh
        } else if index + Self::WIDTH < self.end {
            Verdict::TooOld
        } else if self.seen[Self::word(index)] & Self::bit(index) != 0 {
            Verdict::Seen
        } else {
            Verdict::Fresh
        }
    }

    /// Marks an index that [`check`](Self::check) found fresh.
    #[inline]
    pub(super) fn mark(&mut self, index: u64) {
        if index >= self.end {
            if index - self.end >= Self::WIDTH {
                self.seen = [0; WORDS];
            } else {
                for passed in self.end..index {
                    self.seen[Self::word(passed)] &= !Self::bit(passed);
                }
            }
            self.end = index + 1;
        }
        self.seen[Self::word(index)] |= Self::bit(index);
    }

    fn word(index: u64) -> usize {
        (index / 64) as usize % WORDS
    }

    fn bit(index: u64) -> u64 {
        1 << (index % 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    type Small = IndexWindow<2>;

    #[test]
    fn each_index_is_fresh_once() {
        let mut window = Small::new();
        for index in [5, 4, 0, 100, 90, 127] {
            assert_eq!(window.check(index), Verdict::Fresh, "{index}");
            window.mark(index);
            assert_eq!(window.check(index), Verdict::Seen, "{index}");
        }
    }

    #[test]
    fn the_window_reaches_exactly_its_width_back() {
        let mut window = Small::new();
        window.mark(1_000);
        assert_eq!(window.check(1_001 - 128), Verdict::Fresh);
        assert_eq!(window.check(1_000 - 128), Verdict::TooOld);
    }

    /// Against the obvious model, over jumps of every size around the width.
    #[test]
    fn agrees_with_a_set_of_all_indices() {
        let mut window = Small::new();
        let mut model = BTreeSet::new();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut centre = 300_u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let roll = state >> 33;
            centre += if roll.is_multiple_of(50) { roll % 300 } else { roll % 3 };
            let index = centre - (roll >> 8) % 200;
            let highest = model.last().copied();
            let expected = if model.contains(&index) && highest.unwrap() - index < 128 {
                Verdict::Seen
            } else if highest.is_some_and(|highest| index + 128 <= highest) {
                Verdict::TooOld
            } else {
                Verdict::Fresh
            };
            assert_eq!(window.check(index), expected);
            if expected == Verdict::Fresh {
                window.mark(index);
                model.insert(index);
            }
        }
    }
}
