//! The tone: two seconds of two soft notes as Opus frames, made to be repeated without a seam.
//!
//! `assets/tone.opus-frames` holds 100 frames of 20 ms, each as one byte of length and that many bytes of Opus
//! (RFC 6716, CELT, mono, about 20 kbit/s). The sound was computed for this file (440 Hz, then 554 Hz, each with its
//! octave, with an envelope of sin² that is silent at the seam) and encoded once by libopus; the frames were taken
//! from the middle of three repetitions, so that the decoder's state fits at the seam too.

/// Length of a frame.
pub const FRAME_MS: u64 = 20;

/// The same in ticks of Opus' RTP clock of 48 kHz.
pub const FRAME_TICKS: u32 = 960;

static FRAMES: &[u8] = include_bytes!("../../assets/tone.opus-frames");

/// The frames from the first on, endlessly.
#[derive(Clone, Default)]
pub struct Tone {
    offset: usize,
}

impl Iterator for Tone {
    type Item = &'static [u8];

    fn next(&mut self) -> Option<&'static [u8]> {
        let length = usize::from(*FRAMES.get(self.offset)?);
        let start = self.offset + 1;
        let frame = FRAMES.get(start..start + length)?;
        self.offset = if start + length < FRAMES.len() { start + length } else { 0 };
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_is_two_seconds_of_20_ms_frames_and_repeats() {
        let frames: Vec<_> = Tone::default().take(250).collect();
        assert_eq!(frames.len(), 250);
        assert_eq!(frames[..100], frames[100..200]);
        for frame in frames {
            // RFC 6716 section 3.1: configurations 16 to 31 are CELT, each fourth from 19 on lasts 20 ms; one frame per packet.
            let (configuration, stereo, count) = (frame[0] >> 3, frame[0] >> 2 & 1, frame[0] & 3);
            assert!(configuration >= 16 && configuration % 4 == 3, "configuration {configuration}");
            assert_eq!((stereo, count), (0, 0));
        }
    }
}
