//! Coding of quantised coefficients as tokens, RFC 6386 section 13.

use super::bool_encoder::BoolEncoder;
use super::tables::{BANDS, CATEGORIES, COEFFICIENT_DEFAULT, ZIGZAG};
use super::transform::Block;

/// Writes one block from coefficient `first` on. `context` counts the neighbours (above, left) with coefficients.
/// Returns whether this block has any.
pub fn write_block(out: &mut BoolEncoder, plane: usize, first: usize, context: usize, block: &Block) -> bool {
    let last = (first..16).rev().find(|&index| block[ZIGZAG[index]] != 0);
    let mut context = context;
    let mut after_zero = false;
    let end = last.map_or(first, |index| index + 1);
    for index in first..end {
        let probabilities = &COEFFICIENT_DEFAULT[plane][BANDS[index]][context];
        let value = block[ZIGZAG[index]];
        if !after_zero {
            out.bool(true, probabilities[0]);
        }
        after_zero = value == 0;
        if value == 0 {
            out.bool(false, probabilities[1]);
            context = 0;
            continue;
        }
        out.bool(true, probabilities[1]);
        write_magnitude(out, probabilities, value.abs());
        out.flag(value < 0);
        context = if value.abs() == 1 { 1 } else { 2 };
    }
    if end < 16 {
        out.bool(false, COEFFICIENT_DEFAULT[plane][BANDS[end]][context][0]);
    }
    last.is_some()
}

/// The part of the token tree below "not zero", and the extra bits.
fn write_magnitude(out: &mut BoolEncoder, probabilities: &[u8; 11], magnitude: i32) {
    out.bool(magnitude > 1, probabilities[2]);
    if magnitude == 1 {
        return;
    }
    out.bool(magnitude > 4, probabilities[3]);
    if magnitude <= 4 {
        out.bool(magnitude > 2, probabilities[4]);
        if magnitude > 2 {
            out.bool(magnitude == 4, probabilities[5]);
        }
        return;
    }
    let category = CATEGORIES.iter().rposition(|&(base, _)| magnitude >= base).unwrap_or(0);
    out.bool(category >= 2, probabilities[6]);
    match category {
        0 | 1 => out.bool(category == 1, probabilities[7]),
        _ => {
            out.bool(category >= 4, probabilities[8]);
            out.bool(category % 2 == 1, probabilities[if category < 4 { 9 } else { 10 }]);
        }
    }
    let (base, extra) = CATEGORIES[category];
    for (index, &probability) in extra.iter().enumerate() {
        let bit = extra.len() - 1 - index;
        out.bool((magnitude - base) >> bit & 1 == 1, probability);
    }
}
