//! Synthetic tracks in time: when the next frame is due, and what it is.

use std::time::{Duration, Instant};

use super::PictureFormat;
use crate::peer::Peer;
use crate::synthetic::picture::TestPicture;
use crate::synthetic::tone::{self, Tone};
use crate::vp8::Encoder;

/// Fine enough for crisp text, and a few hundred kbit/s at 640x360.
const QUANTIZER_INDEX: u8 = 20;

const VIDEO_CLOCK_HZ: u64 = 90_000;

/// A sender that was held up for longer than this drops what it missed instead of sending it in a burst.
const LAG_MAX: Duration = Duration::from_millis(200);

pub struct Source {
    pub mid: String,
    pub muted: bool,
    started: Instant,
    next_at: Instant,
    frames: u64,
    media: Media,
}

enum Media {
    Picture { picture: Box<TestPicture>, encoder: Box<Encoder>, key_frame: bool, frame_rate: u64 },
    Tone(Tone),
}

impl Source {
    pub fn picture(mid: String, format: PictureFormat, name: &str, now: Instant) -> Self {
        let (width, height) = (format.width as usize, format.height as usize);
        let media = Media::Picture {
            picture: Box::new(TestPicture::new(width, height, name)),
            encoder: Box::new(Encoder::new(width, height, QUANTIZER_INDEX)),
            key_frame: true,
            frame_rate: u64::from(format.frame_rate.max(1)),
        };
        Self { mid, muted: false, started: now, next_at: now, frames: 0, media }
    }

    pub fn tone(mid: String, now: Instant) -> Self {
        Self { mid, muted: false, started: now, next_at: now, frames: 0, media: Media::Tone(Tone::default()) }
    }

    pub fn next_at(&self) -> Instant {
        self.next_at
    }

    pub fn request_key_frame(&mut self) {
        if let Media::Picture { key_frame, .. } = &mut self.media {
            *key_frame = true;
        }
    }

    /// Sends what is due. `clock_ms` is what the picture's clock shows.
    pub fn run(&mut self, peer: &mut Peer, clock_ms: u64, now: Instant) {
        if now > self.next_at + LAG_MAX {
            self.skip_to(now);
        }
        while self.next_at <= now {
            if !self.muted {
                self.send(peer, clock_ms, now);
            }
            self.frames += 1;
            self.next_at = self.started + self.offset(self.frames);
        }
    }

    fn send(&mut self, peer: &mut Peer, clock_ms: u64, now: Instant) {
        match &mut self.media {
            Media::Picture { picture, encoder, key_frame, frame_rate } => {
                let timestamp = (self.frames * VIDEO_CLOCK_HZ / *frame_rate) as u32;
                let frame = encoder.encode(picture.draw(clock_ms), *key_frame);
                // What could not be sent was never seen: the receiver starts with a key frame.
                *key_frame = !peer.send_vp8(&self.mid, &frame.data, timestamp, now);
            }
            Media::Tone(tone) => {
                if let Some(frame) = tone.next() {
                    let timestamp = self.frames as u32 * tone::FRAME_TICKS;
                    peer.send_payload(&self.mid, frame, timestamp, false, now);
                }
            }
        }
    }

    fn skip_to(&mut self, now: Instant) {
        while self.next_at <= now {
            self.frames += 1;
            self.next_at = self.started + self.offset(self.frames);
        }
        self.request_key_frame();
    }

    fn offset(&self, frames: u64) -> Duration {
        match &self.media {
            Media::Picture { frame_rate, .. } => Duration::from_nanos(frames * 1_000_000_000 / frame_rate),
            Media::Tone(_) => Duration::from_millis(frames * tone::FRAME_MS),
        }
    }
}
