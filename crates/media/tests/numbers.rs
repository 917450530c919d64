//! Outgoing numbers, whatever happens to the publisher's: without gaps of our own making, and each for one packet only.
//! A number is an SRTP index, so this is also what keeps the cipher's nonces apart.

use std::collections::{BTreeMap, BTreeSet};

use exedra_media::sequence::{AUDIO_SEQUENCE_HISTORY, RESERVED_RUN_MAX, SEQUENCE_HISTORY, SequenceMap, Use};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// The packet so many numbers after the newest.
    Ahead(u64),
    /// One that comes late, or again.
    Behind(u64),
    LeaveOut(u64),
    Restart(u8),
    /// One that comes late and is none for this subscriber.
    ForNobody(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Ahead(1)),
        2 => (2..2 * RESERVED_RUN_MAX).prop_map(Step::Ahead),
        3 => (0..40u64).prop_map(Step::Behind),
        2 => (1..4u64).prop_map(Step::LeaveOut),
        1 => (0..4u8).prop_map(Step::Restart),
        1 => (0..40u64).prop_map(Step::ForNobody),
    ];
    prop::collection::vec(step, 1..900)
}

proptest! {
    #[test]
    fn a_number_never_names_two_packets_and_none_is_left_out(
        steps in steps(),
        first in any::<u16>(),
        history in prop_oneof![Just(SEQUENCE_HISTORY), Just(AUDIO_SEQUENCE_HISTORY)],
    ) {
        let mut map = SequenceMap::new(first, history);
        let mut given: BTreeMap<u64, (u8, u64)> = BTreeMap::new();
        let mut empty: BTreeSet<u64> = BTreeSet::new();
        let (mut newest, mut encoding, mut arrivals) = (1u64 << 20, 0u8, 0u64);
        let mut is_fresh = true;
        for step in steps {
            let before = map.next();
            let number = match step {
                Step::Ahead(by) => {
                    newest += by;
                    let number = map.assign(newest, arrivals, false);
                    prop_assert_eq!(number, Some(map.next() - 1), "a new packet gets the next number");
                    prop_assert!(map.next() - before <= by, "never more numbers than the publisher used");
                    number.map(|number| (number, newest))
                }
                Step::Behind(by) | Step::ForNobody(by) => {
                    // The first packet after a restart is the newest there is, whatever came before.
                    newest -= if is_fresh { by } else { 0 };
                    let by = if is_fresh { 0 } else { by };
                    let number = map.assign(newest - by, arrivals, false);
                    prop_assert!(number.is_none_or(|number| number < before) || map.next() == before + 1);
                    number.map(|number| (number, newest - by))
                }
                Step::LeaveOut(by) => {
                    newest += by;
                    map.skip(newest, false);
                    prop_assert!(map.next() - before < by.max(1), "what is left out takes no number");
                    None
                }
                Step::Restart(to) => {
                    map.restart(to);
                    encoding = to;
                    None
                }
            };
            is_fresh = matches!(step, Step::Restart(_));
            arrivals += 1;
            if let Some((number, sequence)) = number {
                prop_assert!(number >= u64::from(first));
                prop_assert_eq!(given.insert(number, (encoding, sequence)), None, "{} was given before", number);
                if matches!(step, Step::ForNobody(_)) {
                    map.leave_empty(number);
                    empty.insert(number);
                }
            }
            // Whatever a NACK may name is a packet that was sent under that number, an empty one, or none yet.
            for number in map.next().saturating_sub(8).max(u64::from(first))..map.next() {
                let (named, used) = map.look_up(number as u16).expect("remembered");
                prop_assert_eq!(named, number);
                let (of, is_empty) = match used {
                    Use::Sent { encoding, .. } => (Some(encoding), false),
                    Use::Nothing { encoding, .. } => (Some(encoding), true),
                    Use::Reserved { .. } => (None, false),
                };
                prop_assert_eq!(of, given.get(&number).map(|(encoding, _)| *encoding));
                prop_assert_eq!(is_empty, empty.contains(&number));
            }
        }
    }
}
