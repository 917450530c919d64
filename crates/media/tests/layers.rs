//! Choices of layers: whatever is chosen when, a decoder gets every frame that the frames it gets refer to.

use std::collections::BTreeSet;

use exedra_media::Codec;
use exedra_media::codec::inspect;
use exedra_media::fuzz::svc::{Scalability, SvcFrame};
use exedra_media::layers::{Layer, LayerGate};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Pictures(u8),
    KeyFrame,
    Choose(Layer),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1..9u8).prop_map(Step::Pictures),
        1 => Just(Step::KeyFrame),
        4 => (0..3u8, 0..3u8).prop_map(|(spatial, temporal)| Step::Choose(Layer { spatial, temporal })),
    ];
    prop::collection::vec(step, 1..60)
}

fn modes() -> impl Strategy<Value = Scalability> {
    (1..4u8, 1..4u8, any::<bool>()).prop_map(|(spatial, temporal, key_only)| Scalability {
        spatial,
        temporal,
        key_only,
    })
}

/// An encoder, and the decoder of one subscriber.
struct Stream {
    mode: Scalability,
    gate: LayerGate,
    picture: u32,
    since_key: u64,
    /// Pictures and spatial layers that were sent.
    sent: BTreeSet<(u32, u8)>,
}

impl Stream {
    fn new(mode: Scalability) -> Self {
        Self { mode, gate: LayerGate::new(), picture: 100, since_key: 0, sent: BTreeSet::new() }
    }

    /// Sends a picture; returns the spatial layers that passed, and how many packets were marked as the last one.
    fn picture(&mut self, is_key: bool) -> Result<(Vec<u8>, usize), TestCaseError> {
        self.since_key = if is_key { 0 } else { self.since_key + 1 };
        let (mode, temporal) = (self.mode, self.mode.temporal_of(self.since_key));
        self.picture += 1;
        let (mut passed, mut marked) = (Vec::new(), 0);
        for spatial in 0..mode.spatial {
            let frame = SvcFrame { spatial, temporal, is_key };
            for (starts, ends) in [(true, false), (false, true)] {
                let head = [mode.vp9_head(frame, self.picture as u16, starts, ends, temporal > 0), vec![0; 9]].concat();
                let facts = inspect(Codec::Vp9, &head).0;
                if !self.gate.passes(&facts, self.picture) {
                    continue;
                }
                if starts {
                    self.check_references(frame)?;
                    self.sent.insert((self.picture, spatial));
                    passed.push(spatial);
                } else {
                    prop_assert!(passed.contains(&spatial), "a frame whole or not at all");
                }
                let is_last = spatial + 1 == mode.spatial && ends;
                marked += usize::from(is_last || self.gate.current().ends_picture(&facts));
            }
        }
        Ok((passed, marked))
    }

    fn check_references(&self, frame: SvcFrame) -> Result<(), TestCaseError> {
        let SvcFrame { spatial, temporal, is_key } = frame;
        if spatial > 0 && (is_key || !self.mode.key_only) {
            prop_assert!(self.sent.contains(&(self.picture, spatial - 1)), "{frame:?} without the smaller picture");
        }
        if !is_key {
            let back = match (self.mode.temporal, temporal) {
                (3, 0) => 4,
                (2, 0) | (3, 1) => 2,
                _ => 1,
            };
            let referred = (self.picture - back, spatial);
            prop_assert!(self.sent.contains(&referred), "{frame:?} of picture {} without {referred:?}", self.picture);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn whatever_is_chosen_nothing_is_sent_whose_reference_was_left_out(mode in modes(), steps in steps()) {
        let mut stream = Stream::new(mode);
        stream.picture(true)?;
        for step in steps {
            match step {
                Step::Pictures(count) => for _ in 0..count {
                    let (_, marked) = stream.picture(false)?;
                    prop_assert!(marked <= 1);
                },
                Step::KeyFrame => {
                    let (passed, marked) = stream.picture(true)?;
                    prop_assert!(passed.len() == usize::from(stream.gate.current().spatial.min(mode.spatial - 1)) + 1);
                    prop_assert!(marked == 1 && !stream.gate.needs_key_frame());
                }
                Step::Choose(Layer { spatial, temporal }) => {
                    let existing = |layer: u8, layers: u8| layer.min(layers - 1);
                    let spatial = existing(spatial, mode.spatial);
                    stream.gate.set_target(Layer { spatial, temporal: existing(temporal, mode.temporal) });
                }
            }
        }
        // What is wanted is reached, at a key frame at the latest.
        let wanted = Layer { spatial: mode.spatial - 1, temporal: 0 };
        stream.gate.set_target(wanted);
        stream.picture(true)?;
        prop_assert_eq!(stream.gate.current(), wanted);
        let (passed, marked) = stream.picture(false)?;
        prop_assert_eq!((passed.is_empty(), marked), (mode.temporal > 1, usize::from(mode.temporal == 1)));
    }
}

fn play(mode: Scalability, choices: &[(Layer, usize)]) -> Vec<Vec<u8>> {
    let mut stream = Stream::new(mode);
    stream.picture(true).unwrap();
    let mut seen = Vec::new();
    for (layer, pictures) in choices {
        stream.gate.set_target(*layer);
        seen.extend((0..*pictures).map(|_| stream.picture(false).unwrap().0));
    }
    seen
}

const SMALL: Layer = Layer { spatial: 0, temporal: 0 };
const LARGE: Layer = Layer { spatial: 2, temporal: 0 };

#[test]
fn where_larger_pictures_refer_to_smaller_ones_less_is_had_at_once_and_more_at_a_key_frame() {
    let mode = Scalability { spatial: 3, temporal: 1, key_only: false };
    assert_eq!(play(mode, &[(LARGE, 1), (SMALL, 1), (LARGE, 1)]), [vec![0, 1, 2], vec![0], vec![0]]);
}

#[test]
fn where_they_do_so_in_key_frames_only_each_size_is_sent_alone_and_left_at_a_key_frame() {
    let mode = Scalability { spatial: 3, temporal: 1, key_only: true };
    assert_eq!(play(mode, &[(LARGE, 2), (SMALL, 1)]), [vec![2], vec![2], vec![2]]);
}

#[test]
fn more_pictures_begin_at_a_switching_point() {
    let mode = Scalability { spatial: 1, temporal: 3, key_only: false };
    let temporal = |temporal| Layer { spatial: 0, temporal };
    let seen = play(mode, &[(temporal(0), 4), (temporal(2), 8)]);
    let sent: Vec<bool> = seen.iter().map(|passed| !passed.is_empty()).collect();
    // After the key frame: 2 1 2 0, then 2 1 2 0 2 1 2 0. From 0 to 1 at a picture of 1, and on to 2 at the next one of 2.
    assert_eq!(sent, [false, false, false, true, false, true, true, true, true, true, true, true]);
}
