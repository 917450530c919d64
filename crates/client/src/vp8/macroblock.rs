//! One macroblock: residual, transform, quantisation, tokens, and the same reconstruction as a decoder's.

use super::bool_encoder::BoolEncoder;
use super::tables::{AC_STEPS, DC_STEPS, PLANE_CHROMA, PLANE_Y_AFTER_Y2, PLANE_Y2};
use super::tokens::write_block;
use super::transform::{Block, forward_dct, forward_wht, inverse_dct, inverse_wht};

/// Quantiser steps of one index for the three kinds of blocks, section 14.1.
pub struct Quantizer {
    y: Steps,
    y2: Steps,
    chroma: Steps,
}

#[derive(Clone, Copy)]
struct Steps {
    dc: i32,
    ac: i32,
}

impl Quantizer {
    /// `index`: 0 (finest) to 127.
    pub fn new(index: u8) -> Self {
        let (dc, ac) = (DC_STEPS[usize::from(index)], AC_STEPS[usize::from(index)]);
        Self {
            y: Steps { dc, ac },
            y2: Steps { dc: dc * 2, ac: (ac * 155 / 100).max(8) },
            chroma: Steps { dc: dc.min(132), ac },
        }
    }
}

impl Steps {
    fn quantize(self, block: &Block) -> Block {
        std::array::from_fn(|index| {
            let (step, value) = (if index == 0 { self.dc } else { self.ac }, block[index]);
            // Rounding AC down a little saves most of the tokens that nobody sees.
            let rounding = if index == 0 { step / 2 } else { step * 3 / 8 };
            let magnitude = ((value.abs() + rounding) / step).min(2048);
            if value < 0 { -magnitude } else { magnitude }
        })
    }

    fn dequantize(self, block: &Block) -> Block {
        std::array::from_fn(|index| block[index] * if index == 0 { self.dc } else { self.ac })
    }
}

/// The quantised coefficients of a macroblock with a Y2 block.
pub struct Residual {
    y2: Block,
    y: [Block; 16],
    u: [Block; 4],
    v: [Block; 4],
}

impl Residual {
    pub fn new(
        quantizer: &Quantizer,
        y: impl Fn(usize, usize) -> i32,
        u: impl Fn(usize, usize) -> i32,
        v: impl Fn(usize, usize) -> i32,
    ) -> Self {
        let mut luma = [[0; 16]; 16];
        let mut dc = [0; 16];
        for (index, block) in luma.iter_mut().enumerate() {
            let coefficients = forward_dct(&gather(&y, index, 4));
            dc[index] = coefficients[0];
            *block = quantizer.y.quantize(&coefficients);
            block[0] = 0;
        }
        let chroma = |difference: &dyn Fn(usize, usize) -> i32| {
            std::array::from_fn(|index| quantizer.chroma.quantize(&forward_dct(&gather(difference, index, 2))))
        };
        Self { y2: quantizer.y2.quantize(&forward_wht(&dc)), y: luma, u: chroma(&u), v: chroma(&v) }
    }

    pub fn is_zero(&self) -> bool {
        let zero = |block: &Block| block.iter().all(|&value| value == 0);
        zero(&self.y2) && self.y.iter().chain(&self.u).chain(&self.v).all(zero)
    }

    /// The differences a decoder will add to its prediction, block by block.
    pub fn reconstruct(&self, quantizer: &Quantizer) -> (Vec<Block>, Vec<Block>, Vec<Block>) {
        let dc = inverse_wht(&quantizer.y2.dequantize(&self.y2));
        let luma = self.y.iter().zip(dc).map(|(block, dc)| {
            let mut coefficients = quantizer.y.dequantize(block);
            coefficients[0] = dc;
            inverse_dct(&coefficients)
        });
        let chroma =
            |blocks: &[Block; 4]| blocks.iter().map(|block| inverse_dct(&quantizer.chroma.dequantize(block))).collect();
        (luma.collect(), chroma(&self.u), chroma(&self.v))
    }
}

/// The 4x4 block number `index` of a plane with `columns` blocks in a row.
fn gather(difference: impl Fn(usize, usize) -> i32, index: usize, columns: usize) -> Block {
    let (x, y) = (index % columns * 4, index / columns * 4);
    std::array::from_fn(|pixel| difference(x + pixel % 4, y + pixel / 4))
}

/// Which of the last blocks of one side of a macroblock had coefficients: 4 of Y, 2 of U, 2 of V, and Y2.
#[derive(Clone, Copy, Default)]
pub struct Edge {
    y: [bool; 4],
    u: [bool; 2],
    v: [bool; 2],
    y2: bool,
}

pub fn write_tokens(out: &mut BoolEncoder, residual: &Residual, above: &mut Edge, left: &mut Edge) {
    let context = |above: bool, left: bool| usize::from(above) + usize::from(left);
    let some = write_block(out, PLANE_Y2, 0, context(above.y2, left.y2), &residual.y2);
    (above.y2, left.y2) = (some, some);
    for (index, block) in residual.y.iter().enumerate() {
        let (a, l) = (&mut above.y[index % 4], &mut left.y[index / 4]);
        let some = write_block(out, PLANE_Y_AFTER_Y2, 1, context(*a, *l), block);
        (*a, *l) = (some, some);
    }
    for (blocks, above, left) in [(&residual.u, &mut above.u, &mut left.u), (&residual.v, &mut above.v, &mut left.v)] {
        for (index, block) in blocks.iter().enumerate() {
            let (a, l) = (&mut above[index % 2], &mut left[index / 2]);
            let some = write_block(out, PLANE_CHROMA, 0, context(*a, *l), block);
            (*a, *l) = (some, some);
        }
    }
}
