//! What a member of the load publishes: traffic of a fixed shape, sent when it is due.

use std::time::{Duration, Instant};

use super::unix_time;
use crate::peer::Peer;
use crate::synthetic::traffic::{TrafficShape, TrafficVideo, audio_payload};

/// Ticks of the RTP clock of Opus in a millisecond.
const AUDIO_TICKS_PER_MS: u64 = 48;

pub struct Source {
    shape: TrafficShape,
    audio_mid: String,
    video: Option<(String, TrafficVideo)>,
    /// When the first packets could be sent; everything later is counted from there.
    started: Option<Instant>,
    frames: u64,
    sounds: u64,
    packets: u64,
}

impl Source {
    pub fn new(shape: TrafficShape, audio_mid: String, video_mid: Option<String>) -> Self {
        Self {
            shape,
            audio_mid,
            video: video_mid.map(|mid| (mid, TrafficVideo::new(shape, 0))),
            started: None,
            frames: 0,
            sounds: 0,
            packets: 0,
        }
    }

    /// Media packets sent so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    pub fn request_key_frame(&mut self) {
        if let Some((_, video)) = &mut self.video {
            video.request_key_frame();
        }
    }

    /// Hands `peer` what is due at `now`; returns whether that was anything.
    pub fn send_due(&mut self, peer: &mut Peer, now: Instant) -> bool {
        if !peer.is_connected() {
            return false;
        }
        let before = self.packets;
        let running = now - *self.started.get_or_insert(now);
        while self.video.is_some() && self.frame_at(self.frames) <= running {
            self.send_frame(peer, now);
        }
        while self.sound_at(self.sounds) <= running {
            let payload = audio_payload(&self.shape, unix_time());
            let timestamp = (self.sounds * self.shape.audio_packet_ms * AUDIO_TICKS_PER_MS) as u32;
            self.packets += u64::from(peer.send_payload(&self.audio_mid, &payload, timestamp, false, now));
            self.sounds += 1;
        }
        self.packets > before
    }

    fn frame_at(&self, number: u64) -> Duration {
        Duration::from_nanos(number * 1_000_000_000 / self.shape.frames_per_second)
    }

    fn sound_at(&self, number: u64) -> Duration {
        Duration::from_millis(number * self.shape.audio_packet_ms)
    }

    fn send_frame(&mut self, peer: &mut Peer, now: Instant) {
        let Some((mid, video)) = &mut self.video else { return };
        let timestamp = (self.frames * 90_000 / self.shape.frames_per_second) as u32;
        video.frame(unix_time(), |payload, last| {
            self.packets += u64::from(peer.send_payload(mid, payload, timestamp, last, now));
        });
        self.frames += 1;
    }
}
