//! Traffic: VP8 payloads of a fixed size that look right to a router and show nothing to a decoder.
//!
//! Each payload ends with the time at which it was sent, so that whoever decrypts it knows how long it took.

use std::time::Duration;

/// Descriptor with a 15-bit picture id (RFC 7741).
const DESCRIPTOR: usize = 4;

/// Frame tag, start code and size of a key frame (RFC 6386 section 9.1).
const KEY_FRAME_HEAD: [u8; 10] = [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];

/// The same of an inter frame: only the tag.
const INTER_FRAME_HEAD: [u8; 3] = [0x11, 0x02, 0x00];

const STAMP: usize = 8;

/// What a publisher of the load sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficShape {
    /// 0: audio only.
    pub frames_per_second: u64,
    pub packets_per_frame: usize,
    /// RTP payload.
    pub video_payload_bytes: usize,
    /// Frames are of any size, as a browser's are: what is left over when one is divided into packets makes the last of them a
    /// byte longer, none in one frame, one in the next, and so on.
    pub leaves_a_remainder: bool,
    pub audio_payload_bytes: usize,
    /// Sound in one packet.
    pub audio_packet_ms: u64,
}

impl TrafficShape {
    /// 30 frames a second of 5 packets of 1,100 bytes, and Opus: 200 packets a second.
    pub const VIDEO: Self = Self {
        frames_per_second: 30,
        packets_per_frame: 5,
        video_payload_bytes: 1_100,
        leaves_a_remainder: false,
        audio_payload_bytes: 100,
        audio_packet_ms: 20,
    };

    pub const BROWSER: Self = Self { leaves_a_remainder: true, ..Self::VIDEO };

    pub const AUDIO_ONLY: Self = Self { frames_per_second: 0, ..Self::VIDEO };

    /// A participant of a large meeting, small in everybody's grid: 10 frames a second of 2 packets of 900 bytes
    /// (144 kbit/s), and Opus in packets of 60 ms (16 kbit/s).
    pub const MEETING: Self = Self {
        frames_per_second: 10,
        packets_per_frame: 2,
        video_payload_bytes: 900,
        leaves_a_remainder: false,
        audio_payload_bytes: 120,
        audio_packet_ms: 60,
    };

    pub fn packets_per_second(&self) -> f64 {
        1_000.0 / self.audio_packet_ms as f64 + (self.frames_per_second * self.packets_per_frame as u64) as f64
    }
}

/// Payloads of a video track, frame by frame.
#[derive(Debug, Clone)]
pub struct TrafficVideo {
    shape: TrafficShape,
    picture_id: u16,
    key_frame: bool,
    payload: Vec<u8>,
}

impl TrafficVideo {
    /// `picture_id` is that of the first frame, which is a key frame.
    pub fn new(shape: TrafficShape, picture_id: u16) -> Self {
        let bytes = shape.video_payload_bytes.max(DESCRIPTOR + KEY_FRAME_HEAD.len() + STAMP);
        Self { shape, picture_id: picture_id & 0x7FFF, key_frame: true, payload: vec![0xA5; bytes + 1] }
    }

    /// The next frame will be a key frame.
    pub fn request_key_frame(&mut self) {
        self.key_frame = true;
    }

    /// Calls `send` with each payload of the next frame and whether it is the last. `stamp` is a time of the sender's
    /// choice, to be read by [`sent_at`].
    pub fn frame(&mut self, stamp: Duration, mut send: impl FnMut(&[u8], bool)) {
        let packets = self.shape.packets_per_frame;
        let longer = if self.shape.leaves_a_remainder { usize::from(self.picture_id) % packets } else { 0 };
        for packet in 0..packets {
            let starts = packet == 0;
            let end = self.payload.len() - usize::from(packet < packets - longer);
            self.payload[end - STAMP..end].copy_from_slice(&(stamp.as_nanos() as u64).to_be_bytes());
            self.payload[0] = if starts { 0x90 } else { 0x80 };
            self.payload[1] = 0x80;
            self.payload[2] = 0x80 | (self.picture_id >> 8) as u8;
            self.payload[3] = self.picture_id as u8;
            let head = if self.key_frame { &KEY_FRAME_HEAD[..] } else { &INTER_FRAME_HEAD };
            if starts {
                self.payload[DESCRIPTOR..DESCRIPTOR + head.len()].copy_from_slice(head);
            }
            send(&self.payload[..end], packet + 1 == packets);
        }
        self.picture_id = (self.picture_id + 1) & 0x7FFF;
        self.key_frame = false;
    }
}

/// A payload of an audio track. The first byte looks like Opus (CELT, 20 ms).
pub fn audio_payload(shape: &TrafficShape, stamp: Duration) -> Vec<u8> {
    let mut payload = vec![0xA5; shape.audio_payload_bytes.max(1 + STAMP)];
    payload[0] = 0xF8;
    let end = payload.len() - STAMP;
    payload[end..].copy_from_slice(&(stamp.as_nanos() as u64).to_be_bytes());
    payload
}

/// When a payload of ours was sent.
pub fn sent_at(payload: &[u8]) -> Option<Duration> {
    payload.last_chunk::<STAMP>().map(|stamp| Duration::from_nanos(u64::from_be_bytes(*stamp)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_its_packets_its_size_and_its_time() {
        let mut video = TrafficVideo::new(TrafficShape::VIDEO, 0x7FFF);
        for (key_frame, picture_id) in [(true, [0xFF, 0xFF]), (false, [0x80, 0]), (true, [0x80, 1])] {
            let mut packets = Vec::new();
            let stamp = Duration::from_nanos(1_234_567_890_123);
            video.frame(stamp, |payload, last| packets.push((payload.to_vec(), last)));
            assert_eq!(packets.len(), 5);
            for (index, (payload, last)) in packets.iter().enumerate() {
                assert_eq!((payload.len(), sent_at(payload)), (1_100, Some(stamp)));
                assert_eq!(*last, index == 4);
                assert_eq!(payload[2..4], picture_id);
            }
            assert_eq!(packets[0].0[DESCRIPTOR] & 1 == 0, key_frame);
            if picture_id == [0x80, 0] {
                video.request_key_frame();
            }
        }
    }

    #[test]
    fn what_a_browsers_frame_leaves_over_makes_its_last_packets_a_byte_longer() {
        let mut video = TrafficVideo::new(TrafficShape::BROWSER, 3);
        let sizes = [(); 4].map(|()| {
            let mut sizes = Vec::new();
            video.frame(Duration::from_nanos(7), |payload, _| {
                assert_eq!(sent_at(payload), Some(Duration::from_nanos(7)));
                sizes.push(payload.len() - 1_100);
            });
            sizes
        });
        assert_eq!(sizes, [[0, 0, 1, 1, 1], [0, 1, 1, 1, 1], [0; 5], [0, 0, 0, 0, 1]]);
    }

    #[test]
    fn the_load_is_200_packets_a_second() {
        assert_eq!(TrafficShape::VIDEO.packets_per_second(), 200.0);
        assert_eq!(TrafficShape::AUDIO_ONLY.packets_per_second(), 50.0);
    }
}
