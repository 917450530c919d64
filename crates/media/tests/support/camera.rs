//! A publisher's simulcast camera: layers of VP8 at their rates, with key frames where they are asked for.

use std::time::Duration;

use exedra_media::rtcp::{Compound, Feedback, Packet};
use exedra_media::seed::Random;

use super::{ReceivedPacket, World};

pub const FRAME: Duration = Duration::from_millis(33);
const PACKET_BYTES: usize = 1000;

pub struct Camera {
    pub peer: usize,
    pub layers: Vec<Layer>,
    /// Pictures are of as many bytes as their contents take; `None`: all of one layer the same.
    pub variation: Option<Random>,
    rtcp_seen: usize,
}

pub struct Layer {
    pub source: usize,
    pub rate_bps: usize,
    pub size: (u16, u16),
    /// The encoder has switched this layer off.
    pub is_off: bool,
    picture: u16,
    wants_key: bool,
}

impl Camera {
    /// Three layers on sources 0 to 2: 150, 500 and 1,500 kbit/s.
    pub fn simulcast(peer: usize) -> Self {
        let layer = |source, rate_bps, size| Layer {
            source,
            rate_bps,
            size,
            is_off: false,
            picture: 1000 * (source as u16 + 1),
            wants_key: true,
        };
        let layers =
            vec![layer(0, 150_000, (320, 180)), layer(1, 500_000, (640, 360)), layer(2, 1_500_000, (1280, 720))];
        Self { peer, layers, variation: None, rtcp_seen: 0 }
    }

    pub fn single(peer: usize, source: usize, rate_bps: usize) -> Self {
        let mut camera = Self::simulcast(peer);
        camera.layers.truncate(1);
        camera.layers[0].source = source;
        camera.layers[0].rate_bps = rate_bps;
        camera
    }

    /// Films for so long.
    pub fn play(&mut self, world: &mut World, duration: Duration) {
        let end = world.now + duration;
        while world.now < end {
            self.frame(world);
            world.run_for(FRAME.min(end - world.now));
        }
    }

    pub fn frame(&mut self, world: &mut World) {
        self.look_for_requests(world);
        let percent = self.variation.as_mut().map_or(100, |random| 70 + random.number() as usize % 61);
        for layer in self.layers.iter_mut().filter(|layer| !layer.is_off) {
            let is_key = std::mem::take(&mut layer.wants_key);
            let bytes =
                layer.rate_bps / 8 * FRAME.as_millis() as usize / 1000 * percent / 100 * if is_key { 3 } else { 1 };
            let packets = bytes.div_ceil(PACKET_BYTES).max(1);
            for packet in 0..packets {
                let len = (bytes / packets).max(20);
                let payload = payload(is_key, packet == 0, layer.picture, layer.size, len);
                world.send(self.peer, layer.source, &payload, packet + 1 == packets);
            }
            layer.picture = (layer.picture + 1) & 0x7FFF;
            world.peers[self.peer].sources[layer.source].film();
        }
        for layer in self.layers.iter().filter(|layer| layer.is_off) {
            world.peers[self.peer].sources[layer.source].film();
        }
        world.settle();
    }

    fn look_for_requests(&mut self, world: &World) {
        let peer = &world.peers[self.peer];
        for datagram in &peer.rtcp[self.rtcp_seen..] {
            for packet in Compound::new(datagram) {
                if let Packet::Feedback { media_ssrc, feedback: Feedback::Pli } = packet {
                    for layer in &mut self.layers {
                        layer.wants_key |= peer.sources[layer.source].ssrc == media_ssrc;
                    }
                }
            }
        }
        self.rtcp_seen = peer.rtcp.len();
    }
}

fn payload(is_key: bool, is_first: bool, picture: u16, size: (u16, u16), len: usize) -> Vec<u8> {
    let mut payload = vec![0; len];
    payload[0] = if is_first { 0x90 } else { 0x80 };
    payload[1] = 0x80 | 0x40;
    payload[2..4].copy_from_slice(&(picture | 0x8000).to_be_bytes());
    payload[4] = picture as u8;
    payload[5] = u8::from(!is_key);
    if is_key && is_first {
        payload[8..11].copy_from_slice(&[0x9D, 0x01, 0x2A]);
        payload[11..13].copy_from_slice(&size.0.to_le_bytes());
        payload[13..15].copy_from_slice(&size.1.to_le_bytes());
    }
    // The layer the packet came from, for the eyes of tests.
    let at = payload.len() - 2;
    payload[at..].copy_from_slice(&size.1.to_be_bytes());
    payload
}

/// The height of the layer that a received packet came from.
pub fn height_of(packet: &ReceivedPacket) -> u16 {
    let at = packet.payload.len() - 2;
    u16::from_be_bytes([packet.payload[at], packet.payload[at + 1]])
}

pub fn picture_of(packet: &ReceivedPacket) -> u16 {
    u16::from_be_bytes([packet.payload[2], packet.payload[3]]) & 0x7FFF
}

pub fn is_key(packet: &ReceivedPacket) -> bool {
    packet.payload[0] & 0x10 != 0 && packet.payload[5] & 1 == 0
}
