//! Which frames of a VP8 stream a decoder could show: every packet there, and every frame since a key frame.

use std::collections::BTreeMap;

use super::vp8_payload::PayloadFacts;

/// Packets waiting behind a hole. Beyond it the oldest hole is given up.
const WAITING_MAX: usize = 2_048;

#[derive(Debug, Clone, Copy)]
struct Packet {
    facts: Option<PayloadFacts>,
    ends_frame: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chain {
    /// A frame is missing since the last key frame, or there was none yet.
    Broken,
    Intact,
}

#[derive(Debug)]
pub struct Frames {
    waiting: BTreeMap<u64, Packet>,
    /// The first number not consumed yet.
    next: Option<u64>,
    chain: Chain,
    /// A frame whose start was consumed and whose end was not: could it be shown?
    open: Option<bool>,
    stats: FrameStats,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameStats {
    /// Frames a decoder could show.
    pub decodable: u64,
    pub key_frames: u64,
    /// Complete frames without the frames they build upon.
    pub undecodable: u64,
    /// Holes given up; each cost at least one frame.
    pub holes: u64,
}

impl Default for Frames {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), next: None, chain: Chain::Broken, open: None, stats: FrameStats::default() }
    }
}

impl Frames {
    /// `facts` is `None` for a packet without payload, which keeps the count but belongs to no frame.
    pub fn arrived(&mut self, index: u64, facts: Option<PayloadFacts>, marker: bool) {
        let next = *self.next.get_or_insert(index);
        if index < next {
            return;
        }
        self.waiting.insert(index, Packet { facts, ends_frame: marker && facts.is_some() });
        if self.waiting.len() > WAITING_MAX
            && let Some(oldest) = self.waiting.keys().next().copied()
        {
            self.give_up(oldest);
        }
        self.consume();
    }

    /// Nothing below `upto` will come any more.
    pub fn give_up(&mut self, upto: u64) {
        // What arrived behind several holes is consumed hole by hole.
        while let Some(next) = self.next
            && next < upto
        {
            self.stats.holes += 1;
            self.chain = Chain::Broken;
            self.open = None;
            let behind = self.waiting.keys().next().copied().unwrap_or(upto);
            self.next = Some(behind.min(upto));
            self.consume();
        }
    }

    /// Only a key frame helps.
    pub fn needs_key_frame(&self) -> bool {
        self.chain == Chain::Broken && self.open != Some(true)
    }

    pub fn stats(&self) -> FrameStats {
        self.stats
    }

    fn consume(&mut self) {
        while let Some(next) = self.next
            && let Some(packet) = self.waiting.remove(&next)
        {
            self.next = Some(next + 1);
            let Some(facts) = packet.facts else { continue };
            if facts.starts_frame {
                let shown = facts.key_frame || self.chain == Chain::Intact;
                self.open = Some(shown);
                if facts.key_frame {
                    self.stats.key_frames += 1;
                }
            }
            if packet.ends_frame {
                match self.open.take() {
                    Some(true) => {
                        self.stats.decodable += 1;
                        self.chain = Chain::Intact;
                    }
                    Some(false) => self.stats.undecodable += 1,
                    None => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of three packets; `K` starts a key frame, `s` another, `m` is in the middle, `e` at the end, `p` padding.
    fn arrive(frames: &mut Frames, packets: &[(u64, char)]) {
        for &(index, what) in packets {
            let facts = PayloadFacts { starts_frame: what == 'K' || what == 's', key_frame: what == 'K' };
            frames.arrived(index, (what != 'p').then_some(facts), what == 'e');
        }
    }

    #[test]
    fn frames_in_any_order_of_packets_are_decodable() {
        let mut frames = Frames::default();
        arrive(&mut frames, &[(0, 'K'), (2, 'e'), (1, 'm'), (5, 'e'), (3, 's'), (4, 'p')]);
        assert_eq!(frames.stats(), FrameStats { decodable: 2, key_frames: 1, ..FrameStats::default() });
        assert!(!frames.needs_key_frame());
    }

    #[test]
    fn a_hole_breaks_the_chain_until_the_next_key_frame() {
        let mut frames = Frames::default();
        arrive(&mut frames, &[(0, 'K'), (1, 'e'), (3, 'e'), (4, 's'), (5, 'e')]);
        assert_eq!(frames.stats().decodable, 1, "the second frame is still waited for");
        frames.give_up(3);
        assert!(frames.needs_key_frame());
        arrive(&mut frames, &[(6, 'K'), (7, 'e'), (8, 's'), (9, 'e')]);
        assert!(!frames.needs_key_frame());
        assert_eq!(frames.stats(), FrameStats { decodable: 3, key_frames: 2, undecodable: 1, holes: 1 });
    }

    #[test]
    fn several_holes_are_given_up_one_by_one() {
        let mut frames = Frames::default();
        arrive(&mut frames, &[(0, 'K'), (1, 'e'), (3, 'K'), (4, 'e'), (6, 's'), (7, 'e')]);
        frames.give_up(6);
        assert_eq!(frames.stats(), FrameStats { decodable: 2, key_frames: 2, undecodable: 1, holes: 2 });
    }

    #[test]
    fn a_stream_that_begins_in_the_middle_needs_a_key_frame() {
        let mut frames = Frames::default();
        arrive(&mut frames, &[(10, 's'), (11, 'e')]);
        assert!(frames.needs_key_frame());
        assert_eq!(frames.stats().undecodable, 1);
    }
}
