//! The moving test picture: a name, a running clock, a bouncing ball and a marker that sweeps over colour bars.
//!
//! Everything that moves follows from the time passed in, so that equal times give equal pictures.

use super::font::{GLYPH_HEIGHT, GLYPH_WIDTH, glyph};
use crate::vp8::{Colour, Picture};

const BACKGROUND: Colour = Colour::rgb(22, 27, 45);
const TEXT: Colour = Colour::rgb(236, 240, 248);
const CLOCK: Colour = Colour::rgb(122, 214, 255);
const BALL: Colour = Colour::rgb(255, 122, 89);
const BARS: [Colour; 8] = [
    Colour::rgb(236, 240, 248),
    Colour::rgb(240, 208, 72),
    Colour::rgb(64, 200, 216),
    Colour::rgb(72, 196, 104),
    Colour::rgb(196, 88, 196),
    Colour::rgb(216, 72, 72),
    Colour::rgb(72, 96, 216),
    Colour::rgb(40, 48, 72),
];

/// A trip of the ball across the picture, and of the marker across the bars.
const BALL_ACROSS_MS: u64 = 3_000;
const BALL_DOWN_MS: u64 = 1_300;
const MARKER_ACROSS_MS: u64 = 4_000;

pub struct TestPicture {
    /// All that stands still.
    background: Picture,
    picture: Picture,
}

impl TestPicture {
    pub fn new(width: usize, height: usize, name: &str) -> Self {
        let mut background = Picture::new(width, height);
        background.fill(0, 0, width + 16, height + 16, BACKGROUND);
        let bars = bars_top(height);
        for (index, colour) in BARS.into_iter().enumerate() {
            let (left, right) = (even(width * index / 8), even(width * (index + 1) / 8));
            background.fill(left, bars, right - left, height + 16 - bars, colour);
        }
        let margin = even(width / 20);
        let scale = even(width / 128).max(2);
        let letters = (width - 2 * margin) / ((GLYPH_WIDTH + 1) * scale);
        let name: String = name.chars().take(letters).collect();
        write(&mut background, margin, even(height / 12), scale, TEXT, &name);
        Self { picture: background.clone(), background }
    }

    /// The picture at `clock_ms`, milliseconds of a day that the clock shows as hours, minutes, seconds and tenths.
    pub fn draw(&mut self, clock_ms: u64) -> &Picture {
        self.picture.clone_from(&self.background);
        let (width, height) = (self.picture.width, self.picture.height);
        let bars = bars_top(height);

        let radius = height / 14;
        let x = radius + bounce(clock_ms, BALL_ACROSS_MS, width - 2 * radius);
        let y = radius + bounce(clock_ms, BALL_DOWN_MS, bars - 2 * radius);
        disc(&mut self.picture, x, y, radius, BALL);

        let seconds = clock_ms / 1_000;
        let clock =
            format!("{:02}:{:02}:{:02}.{}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60, clock_ms / 100 % 10);
        let scale = even(width / 80).max(2);
        write(&mut self.picture, even(width / 20), even(height * 2 / 5), scale, CLOCK, &clock);

        let marker = even(bounce(clock_ms, MARKER_ACROSS_MS, width - 8));
        self.picture.fill(marker, bars, 8, height - bars, TEXT);
        &self.picture
    }
}

fn bars_top(height: usize) -> usize {
    even(height * 3 / 4)
}

fn even(value: usize) -> usize {
    value & !1
}

/// There and back again between 0 and `range`, one way in `period_ms`.
fn bounce(clock_ms: u64, period_ms: u64, range: usize) -> usize {
    let phase = clock_ms % (2 * period_ms);
    let way = if phase < period_ms { phase } else { 2 * period_ms - phase };
    range * way as usize / period_ms as usize
}

fn disc(picture: &mut Picture, x: usize, y: usize, radius: usize, colour: Colour) {
    for row in y - radius..y + radius {
        let dy = row.abs_diff(y);
        let half = (radius * radius - dy * dy).isqrt();
        picture.fill(x - half, row, 2 * half, 1, colour);
    }
}

fn write(picture: &mut Picture, x: usize, y: usize, scale: usize, colour: Colour, text: &str) {
    for (position, character) in text.chars().enumerate() {
        let left = x + position * (GLYPH_WIDTH + 1) * scale;
        let rows = glyph(character);
        for (row, column) in (0..GLYPH_HEIGHT).flat_map(|row| (0..GLYPH_WIDTH).map(move |column| (row, column))) {
            if rows[row] >> (GLYPH_WIDTH - 1 - column) & 1 == 1 {
                picture.fill(left + column * scale, y + row * scale, scale, scale, colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_and_the_ball_run() {
        let mut picture = TestPicture::new(640, 360, "Ann");
        let first = picture.draw(1_000).y.clone();
        assert_ne!(picture.draw(1_100).y, first, "a tenth of a second later");
        assert_eq!(picture.draw(1_000).y, first, "the same time");
    }

    #[test]
    fn any_name_and_size_can_be_drawn() {
        let long = "a name that is far longer than the picture is wide, 名前 ".repeat(20);
        for (width, height) in [(640, 360), (320, 180), (176, 144), (64, 64), (1279, 719)] {
            let mut picture = TestPicture::new(width, height, &long);
            for clock_ms in (0..20_000).step_by(333) {
                picture.draw(clock_ms);
            }
        }
    }
}
