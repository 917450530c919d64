//! How many bits per second a stream has lately, and what its layers come to.

use crate::codec::PayloadFacts;
use crate::layers::{LAYERS_MAX, Layer, LayerSet};

/// A window long enough to cover several frames and short enough to follow a layer that starts or stops.
const WINDOW_US: u64 = 500_000;

/// What nothing came of for this long is not being sent. A shared screen may have a frame a second.
const SILENCE_US: u64 = 2_500_000;

/// … or for this long while others of the same camera go on: then the encoder has switched it off.
const BEHIND_US: u64 = 1_000_000;

/// A spatial layer that so many pictures on end came without is switched off, too, however fast they came: who is sent
/// nothing but this layer waits.
const PICTURES_WITHOUT_MAX: u8 = 10;

/// Whether an encoding or a layer that was heard last at `heard_us` is being sent; of all, one was heard at `newest_us`.
pub fn is_arriving(heard_us: u64, newest_us: u64, now_us: u64) -> bool {
    heard_us > 0 && now_us < heard_us + SILENCE_US && newest_us < heard_us + BEHIND_US
}

#[derive(Debug, Clone, Copy, Default)]
pub struct RateMeter {
    window_started_us: u64,
    window_bytes: u64,
    rate_bps: u64,
}

impl RateMeter {
    #[inline]
    pub fn packet(&mut self, bytes: usize, now_us: u64) {
        let elapsed_us = now_us.saturating_sub(self.window_started_us);
        if elapsed_us >= WINDOW_US {
            // What stopped and began again is measured anew.
            self.rate_bps = match elapsed_us < SILENCE_US {
                true => self.window_bytes * 8_000_000 / elapsed_us,
                false => 0,
            };
            self.window_started_us = now_us;
            self.window_bytes = 0;
        }
        self.window_bytes += bytes as u64;
    }

    /// 0 once it is no longer being sent. A pause is none of that: it will take as much again.
    pub fn bps(&self, now_us: u64) -> u64 {
        match now_us.saturating_sub(self.window_started_us) < SILENCE_US {
            true => self.rate_bps,
            false => 0,
        }
    }
}

/// What the layers of one encoding come to.
#[derive(Debug, Clone, Default)]
pub struct LayerMeter {
    layers: [LayerRate; LAYERS_MAX * LAYERS_MAX],
    /// Pictures of each temporal layer, counted as a byte each.
    pictures: [RateMeter; LAYERS_MAX],
    /// Pictures on end that came without a spatial layer, the present one included.
    without: [u8; LAYERS_MAX],
    picture: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct LayerRate {
    rate: RateMeter,
    heard_us: u64,
    needed_by: LayerSet,
}

impl LayerMeter {
    #[inline]
    pub fn packet(&mut self, facts: &PayloadFacts, timestamp: u32, bytes: usize, is_key_picture: bool, now_us: u64) {
        let layer = &mut self.layers[facts.layer.index()];
        layer.rate.packet(bytes, now_us);
        layer.heard_us = now_us;
        // The picture of a key frame is needed by more than those that follow it.
        if !is_key_picture {
            layer.needed_by = facts.needed_by;
        }
        if self.picture.replace(timestamp) != Some(timestamp) {
            self.pictures[usize::from(facts.layer.temporal)].packet(1, now_us);
            self.without = self.without.map(|pictures| pictures.saturating_add(1));
        }
        self.without[usize::from(facts.layer.spatial)] = 0;
    }

    /// Bits per second of what a choice gets.
    pub fn bps(&self, choice: Layer, now_us: u64) -> u64 {
        let needed = self.layers.iter().filter(|layer| layer.needed_by.contains(choice));
        needed.map(|layer| layer.rate.bps(now_us)).sum()
    }

    /// The largest spatial and the highest temporal layer that are being sent.
    pub fn highest(&self, now_us: u64) -> Layer {
        let newest_us = self.layers.iter().map(|layer| layer.heard_us).max().unwrap_or(0);
        let mut highest = Layer::default();
        for (index, layer) in self.layers.iter().enumerate() {
            let (spatial, temporal) = (index / LAYERS_MAX, index % LAYERS_MAX);
            let is_left_out = self.without[spatial] > PICTURES_WITHOUT_MAX;
            if !is_left_out && is_arriving(layer.heard_us, newest_us, now_us) {
                highest.spatial = highest.spatial.max(spatial as u8);
                highest.temporal = highest.temporal.max(temporal as u8);
            }
        }
        highest
    }

    /// The highest temporal layer with which there are no more than so many pictures per second, or the lowest there is.
    pub fn temporal_within(&self, frame_rate_max: u32, now_us: u64) -> u8 {
        let mut pictures = 0;
        let mut is_within = |meter: &RateMeter| {
            pictures += meter.bps(now_us) / 8;
            pictures * 100 <= u64::from(frame_rate_max) * FRAME_RATE_TOLERANCE_PERCENT
        };
        (self.pictures.iter().map_while(|meter| is_within(meter).then_some(())).count().max(1) - 1) as u8
    }
}

/// Cameras do not keep time, and half a second of pictures is not many.
const FRAME_RATE_TOLERANCE_PERCENT: u64 = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_is_measured_and_a_silent_one_is_nothing() {
        let mut meter = RateMeter::default();
        for packet in 0..300 {
            meter.packet(1250, packet * 10_000);
        }
        let rate = meter.bps(3_000_000);
        assert!((990_000..=1_010_000).contains(&rate), "{rate}");
        assert_eq!(meter.bps(4_000_000), rate);
        assert_eq!(meter.bps(3_000_000 + SILENCE_US), 0);
    }

    #[test]
    fn a_screen_of_a_picture_a_second_is_measured_too() {
        let mut meter = RateMeter::default();
        for picture in 1..5 {
            (0..25).for_each(|packet| meter.packet(1000, picture * 1_000_000 + packet * 1_000));
        }
        let rate = meter.bps(5_000_000);
        assert!((199_000..=201_000).contains(&rate), "{rate}");
    }
}
