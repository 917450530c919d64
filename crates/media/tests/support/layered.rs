//! A publisher's camera with layers inside of one encoding: temporal ones of VP8, both kinds of VP9 and AV1.

use std::collections::BTreeSet;
use std::time::Duration;

use exedra_media::Codec;
use exedra_media::fuzz::svc::{SMALLEST, Scalability, SvcFrame};
use exedra_media::rtcp::{Compound, Feedback, Packet};

use super::camera::FRAME;
use super::{ReceivedPacket, World};

pub struct LayeredCamera {
    pub peer: usize,
    pub source: usize,
    pub codec: Codec,
    pub mode: Scalability,
    /// Bytes of a frame of the smallest layer; each one doubles it.
    pub frame_bytes: usize,
    pub picture: u32,
    /// The next picture states what layers there are (VP9), be it a key frame or not.
    pub states_layers: bool,
    frame_number: u16,
    since_key: u64,
    tl0: u8,
    wants_key: bool,
    rtcp_seen: usize,
}

/// What a packet of this camera says at its end, for the eyes of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    pub picture: u32,
    pub spatial: u8,
    pub temporal: u8,
    pub since_key: u8,
    pub starts: bool,
}

const TAG_BYTES: usize = 8;
const PACKET_BYTES: usize = 1000;

impl LayeredCamera {
    pub fn new(peer: usize, source: usize, codec: Codec, mode: Scalability) -> Self {
        Self {
            peer,
            source,
            codec,
            mode,
            frame_bytes: 400,
            picture: 0x7FF0,
            states_layers: false,
            frame_number: 65_500,
            since_key: 0,
            tl0: 250,
            wants_key: true,
            rtcp_seen: 0,
        }
    }

    pub fn play(&mut self, world: &mut World, duration: Duration) {
        let end = world.now + duration;
        while world.now < end {
            self.frame(world);
            world.run_for(FRAME.min(end - world.now));
        }
    }

    pub fn frame(&mut self, world: &mut World) {
        for mut datagram in self.datagrams(world) {
            world.deliver(self.peer, &mut datagram);
        }
        world.settle();
    }

    /// The packets of the next picture, for a test that has plans with them.
    pub fn datagrams(&mut self, world: &mut World) -> Vec<Vec<u8>> {
        self.look_for_requests(world);
        let is_key = std::mem::take(&mut self.wants_key);
        self.since_key = if is_key { 0 } else { self.since_key + 1 };
        self.picture += 1;
        let temporal = self.mode.temporal_of(self.since_key);
        let mut datagrams = Vec::new();
        for spatial in 0..self.mode.spatial {
            let frame = SvcFrame { spatial, temporal, is_key };
            self.frame_number = self.frame_number.wrapping_add(1);
            self.tl0 = self.tl0.wrapping_add(u8::from(temporal == 0));
            let packets = ((self.frame_bytes << spatial) / PACKET_BYTES).max(2);
            for packet in 0..packets {
                let (starts, ends) = (packet == 0, packet + 1 == packets);
                let peer = &mut world.peers[self.peer];
                peer.descriptor =
                    (self.codec == Codec::Av1).then(|| self.mode.descriptor(frame, self.frame_number, starts, ends));
                let payload = self.payload(frame, starts, ends, packets);
                datagrams.push(peer.rtp(self.source, &payload, ends && spatial + 1 == self.mode.spatial));
            }
        }
        self.states_layers = false;
        world.peers[self.peer].sources[self.source].film();
        datagrams
    }

    fn payload(&self, frame: SvcFrame, starts: bool, ends: bool, packets: usize) -> Vec<u8> {
        let SvcFrame { spatial, temporal, is_key } = frame;
        let mut payload = match self.codec {
            Codec::Vp8 => {
                let picture = (self.picture as u16 | 0x8000).to_be_bytes();
                let layer = temporal << 6 | u8::from(temporal > 0) << 5;
                let start = if starts { 0x10 } else { 0 };
                vec![0x80 | start, 0xE0, picture[0], picture[1], self.tl0, layer, u8::from(!is_key)]
            }
            Codec::H264 => {
                let flag = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
                vec![0x7C, flag(starts, 0x80) | flag(ends, 0x40) | if is_key { 5 } else { 1 }]
            }
            Codec::Vp9 => {
                let head = |frame| self.mode.vp9_head(frame, self.picture as u16, starts, ends, temporal > 0);
                let mut delta = head(frame);
                if self.states_layers && !is_key && spatial == 0 && starts {
                    let key = head(SvcFrame { is_key: true, ..frame });
                    delta[0] |= key[0] & 0x02;
                    delta.extend(&key[4..]);
                }
                delta
            }
            _ => vec![0x10 | if is_key && starts && spatial == 0 { 0x08 } else { 0 }],
        };
        payload.resize(payload.len() + (self.frame_bytes << spatial) / packets, 0x55);
        payload.extend(self.picture.to_be_bytes());
        payload.extend([spatial, temporal, self.since_key.min(200) as u8, u8::from(starts)]);
        payload
    }

    fn look_for_requests(&mut self, world: &World) {
        let peer = &world.peers[self.peer];
        for datagram in &peer.rtcp[self.rtcp_seen..] {
            for packet in Compound::new(datagram) {
                if let Packet::Feedback { media_ssrc, feedback: Feedback::Pli } = packet {
                    self.wants_key |= peer.sources[self.source].ssrc == media_ssrc;
                }
            }
        }
        self.rtcp_seen = peer.rtcp.len();
    }
}

pub fn tag_of(packet: &ReceivedPacket) -> Tag {
    let [.., a, b, c, d, spatial, temporal, since_key, starts] = packet.payload[..] else { panic!("a payload") };
    assert!(packet.payload.len() > TAG_BYTES);
    Tag { picture: u32::from_be_bytes([a, b, c, d]), spatial, temporal, since_key, starts: starts == 1 }
}

/// Where a decoder can begin.
pub fn begins_key_frame(packet: &ReceivedPacket) -> bool {
    let tag = tag_of(packet);
    (tag.since_key, tag.spatial, tag.starts) == (0, 0, true)
}

/// What a decoder needs of a stream of which nothing was lost on the way to it.
pub fn assert_decodable(mode: Scalability, video: &[&ReceivedPacket]) {
    let mut seen = BTreeSet::new();
    assert_eq!(tag_of(video[0]).since_key, 0, "begins with a key frame");
    for (at, packet) in video.iter().enumerate() {
        let tag = tag_of(packet);
        let Tag { picture, spatial, temporal, since_key, starts } = tag;
        let next = video.get(at + 1);
        if let Some(next) = next {
            assert_eq!(next.sequence, packet.sequence.wrapping_add(1), "no gap after {tag:?}");
            let is_last = tag_of(next).picture != picture;
            assert_eq!(is_last, next.timestamp != packet.timestamp);
            assert!(is_last || !packet.marker, "{tag:?} is marked, and more of the picture comes");
        }
        if !starts {
            assert!(seen.contains(&(picture, spatial)), "{tag:?} without its beginning");
            continue;
        }
        seen.insert((picture, spatial));
        let is_key = since_key == 0;
        if spatial > 0 && (is_key || !mode.key_only) {
            assert!(seen.contains(&(picture, spatial - 1)), "{tag:?} without the smaller picture");
        }
        if !is_key {
            let back = match (mode.temporal, temporal) {
                (3, 0) => 4,
                (2, 0) | (3, 1) => 2,
                _ => 1,
            };
            assert!(seen.contains(&(picture - back, spatial)), "{tag:?} without what it refers to");
        }
    }
}

/// The height of what was sent last.
pub fn height_of(packet: &ReceivedPacket) -> u16 {
    SMALLEST.1 << tag_of(packet).spatial
}
