//! What the test of malformed input is made of: the call that must not notice, and those who try to disturb it.

pub mod call;
pub mod intruder;
pub mod web;

use exedra_malformed::{Damage, Parser};

/// Damaged input of one kind: the samples of a parser, or others, and a seed for each door.
pub fn cases(samples: Vec<Vec<u8>>, seed: u64, count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut damage = Damage::new(seed, samples);
    (0..count).map(move |_| damage.next_case())
}

pub fn samples_of(name: &str) -> Vec<Vec<u8>> {
    let all: Vec<Parser> = [exedra_contract::fuzz::PARSERS, exedra_media::fuzz::PARSERS].concat();
    (all.iter().find(|parser| parser.name == name).expect("a parser of that name").samples)()
}
