//! What strangers may send.
//!
//! Owns the inventory of all parsers of foreign bytes, and the generator that damages valid input. Each parser's crate says
//! how it is fed ([`Parser`], in its `fuzz.rs`, compiled with the crate); its unit tests, the coverage-guided targets in
//! `fuzz/` and the test against the running server all use the same feeds and samples. Must not know what the bytes mean.

mod damage;
mod inventory;

pub use damage::Damage;
pub use inventory::{Entry, Home, INVENTORY};

/// How one parser is fed. Implementations must not panic, whatever the input; they may assert what a caller relies on.
#[derive(Clone, Copy)]
pub struct Parser {
    /// Its name in the [`INVENTORY`], and that of its fuzz target.
    pub name: &'static str,
    /// Parses the input as far as its caller would; `true` if it was understood.
    pub feed: fn(&[u8]) -> bool,
    /// Valid input of every kind.
    pub samples: fn() -> Vec<Vec<u8>>,
}

/// How often a parser understood what it was fed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub understood: usize,
    pub refused: usize,
}

/// Feeds a parser all its samples, which it must understand, then `cases` damaged ones. A panic names its input.
pub fn exercise(parser: &Parser, seed: u64, cases: usize) -> Tally {
    let samples = (parser.samples)();
    assert!(!samples.is_empty(), "{} has no samples", parser.name);
    for sample in &samples {
        let _witness = Witness { parser: parser.name, input: sample };
        assert!((parser.feed)(sample), "{} does not understand its own sample", parser.name);
    }
    let mut damage = Damage::new(seed, samples);
    let mut tally = Tally::default();
    for _ in 0..cases {
        let input = damage.next_case();
        let _witness = Witness { parser: parser.name, input: &input };
        match (parser.feed)(&input) {
            true => tally.understood += 1,
            false => tally.refused += 1,
        }
    }
    tally
}

/// Says which input it was when a parser panics.
struct Witness<'a> {
    parser: &'static str,
    input: &'a [u8],
}

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} panicked at this input: {}", self.parser, self.input.escape_ascii());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n`, then n bytes, then a checksum: the kind of format that real ones are made of.
    const TOY: Parser = Parser {
        name: "toy",
        feed: |input| {
            let Some((&len, rest)) = input.split_first() else { return false };
            let Some((body, [sum])) = rest.split_at_checked(usize::from(len)) else { return false };
            body.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)) == *sum
        },
        samples: || vec![vec![3, 1, 2, 3, 6], vec![0, 0], vec![2, 255, 1, 0]],
    };

    #[test]
    fn damage_leaves_some_input_valid_and_makes_most_invalid() {
        let tally = exercise(&TOY, 1, 2_000);
        assert!(tally.understood > 20 && tally.refused > 1_000, "{tally:?}");
    }

    #[test]
    fn one_seed_is_one_series_and_another_seed_another() {
        let series = |seed| {
            let mut damage = Damage::new(seed, (TOY.samples)());
            (0..200).map(|_| damage.next_case()).collect::<Vec<_>>()
        };
        assert_eq!(series(5), series(5));
        assert_ne!(series(5), series(6));
    }

    #[test]
    #[should_panic(expected = "off the edge")]
    fn a_parser_that_trusts_a_length_is_caught() {
        let careless = Parser {
            feed: |input| {
                let len = usize::from(*input.first().unwrap_or(&0));
                assert!(input.len() > len, "off the edge");
                true
            },
            samples: || vec![vec![1, 2]],
            ..TOY
        };
        exercise(&careless, 1, 2_000);
    }

    #[test]
    fn the_inventory_names_each_parser_once() {
        let mut names: Vec<_> = INVENTORY.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), INVENTORY.len());
    }
}
