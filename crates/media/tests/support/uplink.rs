//! The way from a peer to the plane: late and lossy, with a sender that repeats what it is asked for.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use exedra_media::rtcp::{Compound, Feedback, Packet, is_rtcp};
use exedra_media::rtp::RtpHeader;
use exedra_media::seed::Random;

pub struct Uplink {
    pub loss: f64,
    /// From the plane's request to its answer, and for everything else.
    pub latency: Duration,
    random: Random,
    sent: HashMap<(u32, u16), Vec<u8>>,
    under_way: VecDeque<(Instant, Vec<u8>)>,
    rtcp_seen: usize,
    pub repeated: usize,
}

impl Uplink {
    pub fn new(loss: f64, latency: Duration, seed: u64) -> Self {
        let random = Random::new(seed);
        Self { loss, latency, random, sent: HashMap::new(), under_way: VecDeque::new(), rtcp_seen: 0, repeated: 0 }
    }

    pub fn enter(&mut self, datagram: &[u8], now: Instant) {
        if !is_rtcp(datagram) {
            let header = RtpHeader::parse(datagram).expect("RTP");
            self.sent.insert((header.ssrc, header.sequence), datagram.to_vec());
        }
        self.transmit(datagram.to_vec(), now);
    }

    /// Repeats what the plane asked for since the last call.
    pub fn answer(&mut self, rtcp: &[Vec<u8>], now: Instant) {
        for packet in rtcp[self.rtcp_seen..].iter().flat_map(|datagram| Compound::new(datagram)) {
            if let Packet::Feedback { media_ssrc, feedback: Feedback::Nack(missing) } = packet {
                missing.for_each(|sequence| {
                    if let Some(datagram) = self.sent.get(&(media_ssrc, sequence)).cloned() {
                        self.repeated += 1;
                        self.transmit(datagram, now);
                    }
                });
            }
        }
        self.rtcp_seen = rtcp.len();
    }

    pub fn leave(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.under_way.pop_front_if(|(at, _)| *at <= now).map(|(_, datagram)| datagram)
    }

    pub fn next(&self) -> Option<Instant> {
        self.under_way.front().map(|(at, _)| *at)
    }

    fn transmit(&mut self, datagram: Vec<u8>, now: Instant) {
        let is_unlucky = (self.random.number() % 10_000) as f64 / 10_000.0 < self.loss;
        if !is_unlucky {
            self.under_way.push_back((now + self.latency, datagram));
        }
    }
}
