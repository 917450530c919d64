//! A picture in I420: a luma plane and two chroma planes of half its size.

/// The planes are as large as the macroblocks that cover the picture; what lies beyond `width` and `height` is coded
/// but not shown.
#[derive(Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// Bytes of a luma row; a chroma row has half of it.
    pub stride: usize,
    pub y: Vec<u8>,
    pub u: Vec<u8>,
    pub v: Vec<u8>,
}

/// A colour as luma and chroma (BT.601, limited range).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    pub y: u8,
    pub u: u8,
    pub v: u8,
}

impl Colour {
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        let (r, g, b) = (red as i32, green as i32, blue as i32);
        Self {
            y: (16 + ((66 * r + 129 * g + 25 * b + 128) >> 8)) as u8,
            u: (128 + ((-38 * r - 74 * g + 112 * b + 128) >> 8)) as u8,
            v: (128 + ((112 * r - 94 * g - 18 * b + 128) >> 8)) as u8,
        }
    }
}

impl Picture {
    /// Black, `width` by `height` pixels, each 1 to 16,383.
    pub fn new(width: usize, height: usize) -> Self {
        assert!((1..1 << 14).contains(&width) && (1..1 << 14).contains(&height), "VP8 sizes have 14 bits");
        let stride = width.next_multiple_of(16);
        let rows = height.next_multiple_of(16);
        let chroma = stride / 2 * (rows / 2);
        Self { width, height, stride, y: vec![16; stride * rows], u: vec![128; chroma], v: vec![128; chroma] }
    }

    pub fn macroblock_columns(&self) -> usize {
        self.stride / 16
    }

    pub fn macroblock_rows(&self) -> usize {
        self.height.div_ceil(16)
    }

    /// Fills a rectangle, clipped to the planes. Chroma has half the resolution: give even numbers for crisp edges.
    pub fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, colour: Colour) {
        let rows = self.macroblock_rows() * 16;
        let (right, bottom) = ((x + width).min(self.stride), (y + height).min(rows));
        if x >= right {
            return;
        }
        for row in y..bottom {
            self.y[row * self.stride..][x..right].fill(colour.y);
        }
        let half = self.stride / 2;
        for row in y / 2..bottom.div_ceil(2) {
            self.u[row * half..][x / 2..right.div_ceil(2)].fill(colour.u);
            self.v[row * half..][x / 2..right.div_ceil(2)].fill(colour.v);
        }
    }

    /// Is the macroblock at (`column`, `row`) the same in both pictures?
    pub(super) fn macroblock_equals(&self, other: &Picture, column: usize, row: usize) -> bool {
        let same = |a: &[u8], b: &[u8], stride: usize, size: usize| {
            (0..size).all(|line| {
                let start = (row * size + line) * stride + column * size;
                a[start..start + size] == b[start..start + size]
            })
        };
        same(&self.y, &other.y, self.stride, 16)
            && same(&self.u, &other.u, self.stride / 2, 8)
            && same(&self.v, &other.v, self.stride / 2, 8)
    }
}
