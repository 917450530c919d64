//! The frame: which macroblocks are copied, corrected or predicted anew, and the frame header, RFC 6386 section 9.

use super::bool_encoder::BoolEncoder;
use super::macroblock::{Edge, Quantizer, Residual, write_tokens};
use super::picture::Picture;
use super::predict::{Mode, copy, difference, predict};
use super::tables::{
    COEFFICIENT_UPDATE, KEY_FRAME_UV_MODE, KEY_FRAME_Y_MODE, UV_MODE, VECTOR_UPDATE, Y_MODE, ZERO_VECTOR,
};
use super::transform::Block;

/// Encodes pictures of one size. Keeps the last source picture, to see what changed, and the decoder's copy of it.
pub struct Encoder {
    quantizer_index: u8,
    quantizer: Quantizer,
    source: Option<Picture>,
    reconstructed: Picture,
}

pub struct EncodedFrame {
    pub data: Vec<u8>,
    pub key_frame: bool,
}

/// How one macroblock is coded.
#[derive(Clone, Copy)]
struct Choice {
    /// From the last frame with a zero vector; otherwise from its neighbours with `mode`.
    inter: bool,
    mode: Mode,
    chroma_mode: Mode,
    /// No coefficients follow.
    skip: bool,
}

impl Encoder {
    /// `quantizer_index`: 0 (finest) to 127 (coarsest); about 20 suits a test picture.
    pub fn new(width: usize, height: usize, quantizer_index: u8) -> Self {
        assert!(quantizer_index < 128, "quantiser indices have 7 bits");
        Self {
            quantizer_index,
            quantizer: Quantizer::new(quantizer_index),
            source: None,
            reconstructed: Picture::new(width, height),
        }
    }

    /// The next frame; a key frame when asked for, and the first time.
    ///
    /// # Panics
    /// When `picture` has not the encoder's size.
    pub fn encode(&mut self, picture: &Picture, key_frame: bool) -> EncodedFrame {
        assert!(
            (picture.width, picture.height) == (self.reconstructed.width, self.reconstructed.height),
            "the size of an encoder is fixed"
        );
        let key_frame = key_frame || self.source.is_none();
        let (columns, rows) = (picture.macroblock_columns(), picture.macroblock_rows());
        let mut tokens = BoolEncoder::new();
        let mut choices = Vec::with_capacity(columns * rows);
        let mut above = vec![Edge::default(); columns];
        for row in 0..rows {
            let mut left = Edge::default();
            for (column, above) in above.iter_mut().enumerate() {
                choices.push(self.encode_macroblock(picture, column, row, key_frame, &mut tokens, above, &mut left));
            }
        }
        let header = self.write_header_and_modes(key_frame, &choices, columns);
        match &mut self.source {
            Some(source) => source.clone_from(picture),
            None => self.source = Some(picture.clone()),
        }
        EncodedFrame { data: assemble(picture, key_frame, &header, &tokens.finish()), key_frame }
    }

    /// What a decoder shows after the last frame.
    pub fn reconstructed(&self) -> &Picture {
        &self.reconstructed
    }

    #[allow(clippy::too_many_arguments)]
    fn encode_macroblock(
        &mut self,
        picture: &Picture,
        column: usize,
        row: usize,
        key_frame: bool,
        tokens: &mut BoolEncoder,
        above: &mut Edge,
        left: &mut Edge,
    ) -> Choice {
        let last = (!key_frame).then_some(self.source.as_ref()).flatten();
        if last.is_some_and(|last| picture.macroblock_equals(last, column, row)) {
            (*above, *left) = (Edge::default(), Edge::default());
            return Choice { inter: true, mode: Mode::Dc, chroma_mode: Mode::Dc, skip: true };
        }
        let (stride, half) = (picture.stride, picture.stride / 2);
        let recon = &mut self.reconstructed;

        let candidates = [Mode::Dc, Mode::Vertical, Mode::Horizontal];
        let luma = candidates.map(|mode| predict::<16>(&recon.y, stride, column, row, mode));
        let costs = luma.each_ref().map(|prediction| difference(prediction, &picture.y, stride, column, row));
        let best = (0..candidates.len()).min_by_key(|&index| costs[index]).unwrap_or(0);
        let unmoved = copy::<16>(&recon.y, stride, column, row);
        let inter = !key_frame && difference(&unmoved, &picture.y, stride, column, row) <= costs[best];

        // Luma's direction is chroma's as well: an edge in a test picture has both.
        let mode = candidates[best];
        let (y, u, v) = if inter {
            (unmoved, copy::<8>(&recon.u, half, column, row), copy::<8>(&recon.v, half, column, row))
        } else {
            let u = predict::<8>(&recon.u, half, column, row, mode);
            (luma[best], u, predict::<8>(&recon.v, half, column, row, mode))
        };

        let (luma_origin, chroma_origin) = (row * 16 * stride + column * 16, row * 8 * half + column * 8);
        let residual = Residual::new(
            &self.quantizer,
            |x, line| i32::from(picture.y[luma_origin + line * stride + x]) - i32::from(y[line][x]),
            |x, line| i32::from(picture.u[chroma_origin + line * half + x]) - i32::from(u[line][x]),
            |x, line| i32::from(picture.v[chroma_origin + line * half + x]) - i32::from(v[line][x]),
        );
        let skip = residual.is_zero();
        if skip {
            (*above, *left) = (Edge::default(), Edge::default());
        } else {
            write_tokens(tokens, &residual, above, left);
        }
        let (y_add, u_add, v_add) = residual.reconstruct(&self.quantizer);
        add(&mut recon.y[luma_origin..], stride, &y, &y_add);
        add(&mut recon.u[chroma_origin..], half, &u, &u_add);
        add(&mut recon.v[chroma_origin..], half, &v, &v_add);
        Choice { inter, mode, chroma_mode: mode, skip }
    }

    /// The first partition: frame header, then the choices of all macroblocks.
    fn write_header_and_modes(&self, key_frame: bool, choices: &[Choice], columns: usize) -> Vec<u8> {
        let mut out = BoolEncoder::new();
        if key_frame {
            out.flag(false); // colour space BT.601
            out.flag(false); // decoders clamp pixels
        }
        out.flag(false); // no segments
        out.flag(false); // loop filter: normal type, level 0 (off), sharpness 0
        out.literal(0, 6);
        out.literal(0, 3);
        out.flag(false); // no loop filter adjustments
        out.literal(0, 2); // one token partition
        out.literal(u32::from(self.quantizer_index), 7);
        for _ in 0..5 {
            out.flag(false); // all steps use that index
        }
        if !key_frame {
            out.flag(false); // golden and alternate frames stay: neither refreshed, nor copied, no sign bias
            out.flag(false);
            out.literal(0, 2);
            out.literal(0, 2);
            out.flag(false);
            out.flag(false);
        }
        out.flag(false); // probabilities are this frame's alone, and they are the defaults
        if !key_frame {
            out.flag(true); // the last frame is refreshed
        }
        for probability in COEFFICIENT_UPDATE.as_flattened().as_flattened().as_flattened() {
            out.bool(false, *probability);
        }
        let skip_false = probability_of_false(choices, |choice| choice.skip);
        out.flag(true); // macroblocks may be skipped
        out.literal(u32::from(skip_false), 8);
        let intra = probability_of_false(choices, |choice| choice.inter);
        if !key_frame {
            out.literal(u32::from(intra), 8);
            out.literal(255, 8); // always the last frame, never golden or alternate
            out.literal(128, 8);
            out.flag(false); // default intra modes, luma and chroma
            out.flag(false);
            for probability in VECTOR_UPDATE.as_flattened() {
                out.bool(false, *probability);
            }
        }
        for (index, choice) in choices.iter().enumerate() {
            out.bool(choice.skip, skip_false);
            if key_frame {
                write_key_frame_modes(&mut out, choice);
                continue;
            }
            out.bool(choice.inter, intra);
            if choice.inter {
                out.bool(false, 255);
                out.bool(false, ZERO_VECTOR[zero_vector_weight(choices, index, columns)]);
            } else {
                write_inter_frame_modes(&mut out, choice);
            }
        }
        out.finish()
    }
}

/// Neighbours with a zero vector: above and left count twice, the corner once. All our vectors are zero.
fn zero_vector_weight(choices: &[Choice], index: usize, columns: usize) -> usize {
    let (has_above, has_left) = (index >= columns, !index.is_multiple_of(columns));
    let inter = |exists: bool, back: usize| exists && choices[index - back].inter;
    2 * usize::from(inter(has_above, columns))
        + 2 * usize::from(inter(has_left, 1))
        + usize::from(inter(has_above && has_left, columns + 1))
}

fn write_key_frame_modes(out: &mut BoolEncoder, choice: &Choice) {
    let p = KEY_FRAME_Y_MODE;
    out.bool(true, p[0]); // not B_PRED
    match choice.mode {
        Mode::Dc | Mode::Vertical => {
            out.bool(false, p[1]);
            out.bool(choice.mode == Mode::Vertical, p[2]);
        }
        Mode::Horizontal => {
            out.bool(true, p[1]);
            out.bool(false, p[3]);
        }
    }
    write_chroma_mode(out, choice.chroma_mode, KEY_FRAME_UV_MODE);
}

fn write_inter_frame_modes(out: &mut BoolEncoder, choice: &Choice) {
    let p = Y_MODE;
    out.bool(choice.mode != Mode::Dc, p[0]);
    if choice.mode != Mode::Dc {
        out.bool(false, p[1]);
        out.bool(choice.mode == Mode::Horizontal, p[2]);
    }
    write_chroma_mode(out, choice.chroma_mode, UV_MODE);
}

fn write_chroma_mode(out: &mut BoolEncoder, mode: Mode, p: [u8; 3]) {
    out.bool(mode != Mode::Dc, p[0]);
    if mode != Mode::Dc {
        out.bool(mode != Mode::Vertical, p[1]);
        if mode != Mode::Vertical {
            out.bool(false, p[2]); // horizontal, not TM_PRED
        }
    }
}

/// The share of macroblocks without a property, as a probability of 256 that is neither never nor always.
fn probability_of_false(choices: &[Choice], property: impl Fn(&Choice) -> bool) -> u8 {
    let without = choices.iter().filter(|choice| !property(choice)).count();
    (without * 256 / choices.len().max(1)).clamp(1, 255) as u8
}

/// Prediction plus reconstructed residual, into the plane from its `origin` on.
fn add<const SIZE: usize>(origin: &mut [u8], stride: usize, prediction: &[[u8; SIZE]; SIZE], blocks: &[Block]) {
    for (line, predicted) in prediction.iter().enumerate() {
        for (x, &pixel) in predicted.iter().enumerate() {
            let block = &blocks[line / 4 * (SIZE / 4) + x / 4];
            let value = i32::from(pixel) + block[line % 4 * 4 + x % 4];
            origin[line * stride + x] = value.clamp(0, 255) as u8;
        }
    }
}

/// The uncompressed data chunk of section 9.1 before both partitions.
fn assemble(picture: &Picture, key_frame: bool, header: &[u8], tokens: &[u8]) -> Vec<u8> {
    const SHOWN: u32 = 1 << 4;
    let mut frame = Vec::with_capacity(10 + header.len() + tokens.len());
    let tag = u32::from(!key_frame) | SHOWN | (header.len() as u32) << 5;
    frame.extend_from_slice(&tag.to_le_bytes()[..3]);
    if key_frame {
        frame.extend_from_slice(&[0x9d, 0x01, 0x2a]);
        frame.extend_from_slice(&(picture.width as u16).to_le_bytes());
        frame.extend_from_slice(&(picture.height as u16).to_le_bytes());
    }
    frame.extend_from_slice(header);
    frame.extend_from_slice(tokens);
    frame
}
