//! Transport-wide congestion control, both ends: what arrived from a publisher, and what a subscriber says arrived.

use crate::rtcp::{Arrivals, FeedbackWriter};
use crate::rtp::{FIRST_CYCLE, extend_sequence};

/// Packets between two feedback messages, at most: at 100 ms it covers 5,000 packets per second.
const RECORDED_MAX: usize = 512;

/// Feedback this often; a publisher's estimator adapts within one of these.
pub const FEEDBACK_INTERVAL_US: u64 = 60_000;

/// Arrival times of a publisher's packets, until they are fed back.
#[derive(Debug)]
pub struct ArrivalRecorder {
    /// Empty until the first packet: most peers only watch.
    arrivals: Box<[Option<u64>]>,
    /// The first number the next message speaks of, and the newest that arrived.
    range: Option<(u64, u64)>,
    newest: u64,
    fresh: bool,
    writer: FeedbackWriter,
}

impl ArrivalRecorder {
    pub fn new() -> Self {
        Self {
            arrivals: Box::default(),
            range: None,
            newest: FIRST_CYCLE,
            fresh: false,
            writer: FeedbackWriter::default(),
        }
    }

    pub fn record(&mut self, sequence: u16, now_us: u64) {
        let Some((base, newest)) = self.range else {
            let sequence = match self.newest {
                FIRST_CYCLE => FIRST_CYCLE + u64::from(sequence),
                newest => extend_sequence(newest, sequence),
            };
            self.newest = sequence;
            self.range = Some((sequence, sequence));
            if self.arrivals.is_empty() {
                self.arrivals = vec![None; RECORDED_MAX].into();
            }
            self.arrivals.fill(None);
            self.arrivals[sequence as usize % RECORDED_MAX] = Some(now_us);
            self.fresh = true;
            return;
        };
        let sequence = extend_sequence(self.newest, sequence);
        if sequence < base {
            // Later than its message: said in the next one, when that one can still reach back.
            if newest - sequence >= RECORDED_MAX as u64 {
                return;
            }
            for between in sequence..base {
                self.arrivals[between as usize % RECORDED_MAX] = None;
            }
            self.range = Some((sequence, newest));
        } else if sequence > newest {
            let oldest = (sequence + 1).saturating_sub(RECORDED_MAX as u64).max(base);
            for between in (newest + 1).max(oldest)..sequence {
                self.arrivals[between as usize % RECORDED_MAX] = None;
            }
            self.range = Some((oldest, sequence));
            self.newest = sequence;
        }
        self.arrivals[sequence as usize % RECORDED_MAX] = Some(now_us);
        self.fresh = true;
    }

    /// Something arrived since the last message.
    pub fn has_news(&self) -> bool {
        self.fresh
    }

    /// Writes the next message. Call until it returns `None`.
    pub fn write(&mut self, out: &mut [u8], sender_ssrc: u32, media_ssrc: u32) -> Option<usize> {
        if !self.fresh {
            return None;
        }
        let (base, newest) = self.range?;
        let mut times = [None; RECORDED_MAX];
        let count = (newest - base + 1) as usize;
        for (offset, time) in times[..count].iter_mut().enumerate() {
            *time = self.arrivals[(base as usize + offset) % RECORDED_MAX];
        }
        let (len, covered) = self.writer.write(out, sender_ssrc, media_ssrc, base as u16, &times[..count])?;
        let next = base + covered as u64;
        if next > newest {
            self.fresh = false;
            // The next message begins where this one ended.
            for sequence in base..next {
                self.arrivals[sequence as usize % RECORDED_MAX] = None;
            }
        }
        self.range = Some((next, newest.max(next - 1)));
        Some(len)
    }
}

impl Default for ArrivalRecorder {
    fn default() -> Self {
        Self::new()
    }
}

/// What became of one packet we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketResult {
    pub sequence: u64,
    pub bytes: u16,
    pub sent_us: u64,
    /// On the receiver's clock, wherever that began. `None`: lost, as far as this message knows.
    pub arrived_us: Option<i64>,
    /// The probe that the packet was part of, 0 for none.
    pub probe: u8,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    /// Microseconds, low 32 bits: 71 minutes, of which the history never covers more than seconds.
    sent_us: u32,
    bytes: u16,
    probe: u8,
    settled: bool,
}

/// The packets under transport-wide numbers that a subscriber may still report on.
#[derive(Debug)]
pub struct SentPackets {
    sent: Box<[Sent]>,
    next: u64,
    last_sent_us: u64,
    receiver_clock: ReceiverClock,
}

/// How often the reference time of a receiver's messages has come round.
#[derive(Debug, Default)]
struct ReceiverClock {
    cycles: i64,
    /// Of the newest message, of its cycle.
    reference_us: Option<i64>,
}

/// No clock comes round as often, 12 days each; what claims to must not count beyond what can be subtracted.
const CYCLES_MAX: i64 = 1 << 20;

impl ReceiverClock {
    /// What is to be added to the times of a message, so that they are close to those of the message before: an earlier one
    /// may come after it.
    fn cycles_us(&mut self, reference_us: i64) -> i64 {
        let before_us = self.reference_us.replace(reference_us).unwrap_or(reference_us);
        if reference_us - before_us < -Arrivals::CYCLE_US / 2 {
            self.cycles += 1;
        } else if reference_us - before_us > Arrivals::CYCLE_US / 2 {
            self.cycles -= 1;
        }
        self.cycles = self.cycles.clamp(-CYCLES_MAX, CYCLES_MAX);
        self.cycles * Arrivals::CYCLE_US
    }
}

/// Sent packets remembered for one subscriber in the beginning: 256 are 0.7 s of 3 Mbit/s. Who is sent more than that
/// before an answer comes has the history doubled when an answer shows it …
const SENT_PACKETS_MIN: usize = 256;

/// … up to this.
const SENT_PACKETS_MAX: usize = 4096;

/// A place of the history for a number of which nothing is known.
const NOTHING_SENT: Sent = Sent { sent_us: 0, bytes: 0, probe: 0, settled: true };

impl SentPackets {
    pub fn new() -> Self {
        Self {
            sent: vec![NOTHING_SENT; SENT_PACKETS_MIN].into(),
            next: FIRST_CYCLE,
            last_sent_us: 0,
            receiver_clock: ReceiverClock::default(),
        }
    }

    /// The number the next packet will carry.
    #[inline]
    pub fn next(&self) -> u16 {
        self.next as u16
    }

    #[inline]
    pub fn sent(&mut self, bytes: usize, probe: u8, now_us: u64) {
        // Not read before it is written: a place comes round so seldom that reading it would be a wait for memory.
        let slot = self.next as usize & (self.sent.len() - 1);
        self.sent[slot] = Sent { sent_us: now_us as u32, bytes: bytes as u16, probe, settled: false };
        self.last_sent_us = now_us;
        self.next += 1;
    }

    /// When the newest packet was sent.
    pub fn last_sent_us(&self) -> u64 {
        self.last_sent_us
    }

    /// What a feedback message says about packets of ours that no earlier one had settled, in order of sequence. A
    /// packet reported as missing stays unsettled: it may still arrive. `results` is emptied first, and holds no more than
    /// the history does.
    pub fn settle(&mut self, feedback: &Arrivals<'_>, now_us: u64, results: &mut Vec<PacketResult>) {
        results.clear();
        let cycles_us = self.receiver_clock.cycles_us(feedback.reference_us);
        let newest = self.next - 1;
        let mask = self.sent.len() - 1;
        let oldest = self.next.saturating_sub(self.sent.len() as u64).max(FIRST_CYCLE);
        let mut sequence = extend_sequence(newest, feedback.base_sequence);
        let sent = &mut self.sent;
        let results_max = sent.len();
        let mut is_too_short = false;
        feedback.for_each(|arrival| {
            let number = sequence;
            sequence += 1;
            if number < oldest || number > newest {
                is_too_short |= (FIRST_CYCLE..oldest).contains(&number) && arrival.at_us.is_some();
                return;
            }
            let packet = &mut sent[number as usize & mask];
            if packet.settled || results.len() == results_max {
                return;
            }
            packet.settled = arrival.at_us.is_some();
            let age_us = (now_us as u32).wrapping_sub(packet.sent_us);
            results.push(PacketResult {
                sequence: number,
                bytes: packet.bytes,
                sent_us: now_us.saturating_sub(u64::from(age_us)),
                arrived_us: arrival.at_us.map(|at_us| at_us + cycles_us),
                probe: packet.probe,
            });
        });
        if is_too_short && self.sent.len() < SENT_PACKETS_MAX {
            self.double();
        }
    }

    fn double(&mut self) {
        let mut doubled = vec![NOTHING_SENT; 2 * self.sent.len()].into_boxed_slice();
        let oldest = self.next.saturating_sub(self.sent.len() as u64);
        for number in oldest..self.next {
            doubled[number as usize & (doubled.len() - 1)] = self.sent[number as usize & (self.sent.len() - 1)];
        }
        self.sent = doubled;
    }
}

impl Default for SentPackets {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::{Compound, FEEDBACK_PACKETS_MAX, Feedback, Packet};

    fn feedback(datagram: &[u8]) -> Arrivals<'_> {
        match Compound::new(datagram).next() {
            Some(Packet::Feedback { feedback: Feedback::TransportCc(arrivals), .. }) => arrivals,
            other => panic!("{other:?}"),
        }
    }

    fn said(recorder: &mut ArrivalRecorder) -> Vec<(u16, Option<i64>)> {
        let mut said = Vec::new();
        let mut out = [0; 1200];
        while let Some(len) = recorder.write(&mut out, 1, 2) {
            feedback(&out[..len]).for_each(|arrival| said.push((arrival.sequence, arrival.at_us)));
        }
        said
    }

    #[test]
    fn every_arrival_is_said_once_to_a_quarter_millisecond() {
        let mut recorder = ArrivalRecorder::new();
        for (sequence, at_us) in [(65_534, 1_000_000), (65_535, 1_000_300), (2, 1_020_000), (0, 1_021_000)] {
            recorder.record(sequence, at_us);
        }
        let expected = [
            (65_534, Some(1_000_000)),
            (65_535, Some(1_000_250)),
            (0, Some(1_021_000)),
            (1, None),
            (2, Some(1_020_000)),
        ];
        assert_eq!(said(&mut recorder), expected);
        assert_eq!(said(&mut recorder), []);
        recorder.record(4, 1_030_000);
        assert_eq!(said(&mut recorder), [(3, None), (4, Some(1_030_000))], "a loss at the seam is said too");
    }

    #[test]
    fn a_silence_too_long_for_one_message_becomes_two() {
        let mut recorder = ArrivalRecorder::new();
        recorder.record(1, 0);
        recorder.record(2, 20_000_000);
        assert_eq!(said(&mut recorder), [(1, Some(0)), (2, Some(20_000_000))]);
    }

    #[test]
    fn one_packet_past_the_limit_forgets_the_oldest() {
        let mut recorder = ArrivalRecorder::new();
        for sequence in 0..=RECORDED_MAX as u16 {
            recorder.record(sequence, u64::from(sequence) * 1000);
        }
        let said = said(&mut recorder);
        assert_eq!((said.len(), said[0]), (RECORDED_MAX, (1, Some(1000))));
    }

    #[test]
    fn an_outage_longer_than_a_message_is_said_and_holds_up_nothing() {
        let mut recorder = ArrivalRecorder::new();
        recorder.record(9, 0);
        assert_eq!(said(&mut recorder), [(9, Some(0))]);
        let back = 10 + FEEDBACK_PACKETS_MAX as u16 + 50;
        recorder.record(back, 2_000_000);
        let mut expected: Vec<_> = (10..back).map(|sequence| (sequence, None)).collect();
        expected.push((back, Some(2_000_000)));
        assert_eq!(said(&mut recorder), expected);
        assert!(!recorder.has_news());
    }

    #[test]
    fn any_pattern_of_arrivals_is_read_back_as_written() {
        let mut state = 9u64;
        for _ in 0..300 {
            let mut recorder = ArrivalRecorder::new();
            let mut expected = Vec::new();
            let mut at_us = 0;
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let loss = state >> 60;
            for sequence in 0..300u16 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if state >> 60 < loss && sequence > 0 {
                    expected.push((sequence, None));
                    continue;
                }
                at_us += (state >> 33) % (1 << (state >> 59)).min(3_000_000) / 250 * 250;
                recorder.record(sequence, at_us);
                expected.push((sequence, Some(at_us as i64)));
            }
            while expected.last().is_some_and(|(_, at)| at.is_none()) {
                expected.pop();
            }
            assert_eq!(said(&mut recorder), expected);
        }
    }

    #[test]
    fn the_history_grows_until_it_reaches_back_to_what_is_answered() {
        let mut sent = SentPackets::new();
        let mut recorder = ArrivalRecorder::new();
        let (mut out, mut results) = ([0; 1200], Vec::new());
        let in_flight = 1500;
        for number in 0..10_000_u64 {
            sent.sent(1000, 0, number);
            if let Some(arrived) = number.checked_sub(in_flight) {
                recorder.record(arrived as u16, 50_000 + arrived);
                let len = recorder.write(&mut out, 1, 2).unwrap();
                sent.settle(&feedback(&out[..len]), 60_000 + number, &mut results);
                if number > 2 * in_flight {
                    assert_eq!((results.len(), results[0].sent_us), (1, arrived));
                }
            }
        }
        assert_eq!(sent.sent.len(), 2048);
    }

    #[test]
    fn feedback_settles_packets_once_and_lost_ones_may_still_arrive() {
        let mut sent = SentPackets::new();
        for number in 0..10 {
            sent.sent(1000, 0, 1000 + number);
        }
        let mut recorder = ArrivalRecorder::new();
        recorder.record(0, 50_000);
        recorder.record(2, 51_000);
        let mut out = [0; 1200];
        let len = recorder.write(&mut out, 1, 2).unwrap();
        let mut results = Vec::new();
        sent.settle(&feedback(&out[..len]), 60_000, &mut results);
        assert_eq!(
            results.iter().map(|result| result.arrived_us).collect::<Vec<_>>(),
            [Some(50_000), None, Some(51_000)]
        );
        assert_eq!(results[2].sent_us, 1002);
        recorder.record(1, 52_000);
        let len = recorder.write(&mut out, 1, 2).unwrap();
        sent.settle(&feedback(&out[..len]), 60_000, &mut results);
        assert_eq!(results.len(), 1);
    }

    #[test]
    fn a_receivers_clock_goes_on_where_its_reference_time_wraps() {
        let wraps_us = Arrivals::CYCLE_US as u64;
        for is_overtaken in [false, true] {
            let (mut sent, mut recorder) = (SentPackets::new(), ArrivalRecorder::new());
            let mut messages = Vec::new();
            for number in 0..6_u64 {
                sent.sent(1000, 0, 1000 + 50_000 * number);
                recorder.record(number as u16, wraps_us - 150_000 + 50_000 * number);
                let mut out = [0; 1200];
                let len = recorder.write(&mut out, 1, 2).unwrap();
                messages.push(out[..len].to_vec());
            }
            if is_overtaken {
                // The last one before the wrap comes behind the first one after it.
                messages.swap(2, 3);
            }
            let mut arrived = Vec::new();
            let mut results = Vec::new();
            for message in &messages {
                sent.settle(&feedback(message), 500_000, &mut results);
                arrived.extend(results.iter().map(|result| (result.sequence, result.arrived_us.unwrap())));
            }
            arrived.sort_unstable();
            let (first, first_us) = arrived[0];
            let expected: Vec<_> = (0..6).map(|number| (first + number, first_us + 50_000 * number as i64)).collect();
            assert_eq!(arrived, expected, "overtaken: {is_overtaken}");
        }
    }

    #[test]
    fn feedback_about_packets_never_sent_is_ignored() {
        let mut sent = SentPackets::new();
        sent.sent(1000, 0, 0);
        let mut recorder = ArrivalRecorder::new();
        recorder.record(500, 0);
        recorder.record(65_000, 0);
        let mut out = [0; 1200];
        while let Some(len) = recorder.write(&mut out, 1, 2) {
            let mut results = Vec::new();
            sent.settle(&feedback(&out[..len]), 0, &mut results);
            assert_eq!(results, []);
        }
    }
}
