//! The 4x4 transforms, RFC 6386 section 14. The inverse ones are exact by definition; the forward ones match their scale.

pub type Block = [i32; 16];

/// sqrt(2)·cos(pi/8) − 1 and sqrt(2)·sin(pi/8) in 16-bit fixed point.
const COS_MINUS_1: i32 = 20091;
const SIN: i32 = 35468;

fn times_cos(value: i32) -> i32 {
    value + ((value * COS_MINUS_1) >> 16)
}

fn times_sin(value: i32) -> i32 {
    (value * SIN) >> 16
}

pub fn forward_dct(residual: &Block) -> Block {
    let pass = |x: [i32; 4]| {
        let (a, b) = (x[0] + x[3], x[1] + x[2]);
        let (c, d) = (x[0] - x[3], x[1] - x[2]);
        [a + b, times_cos(c) + times_sin(d), a - b, times_sin(c) - times_cos(d)]
    };
    // Three more bits of precision between the passes; the sum of both passes is twice the format's scale.
    let mut out = residual.map(|value| value << 3);
    for row in 0..4 {
        let line = pass([out[row * 4], out[row * 4 + 1], out[row * 4 + 2], out[row * 4 + 3]]);
        out[row * 4..row * 4 + 4].copy_from_slice(&line);
    }
    for column in 0..4 {
        let line = pass([out[column], out[column + 4], out[column + 8], out[column + 12]]);
        for (row, value) in line.into_iter().enumerate() {
            out[column + row * 4] = (value + 8) >> 4;
        }
    }
    out
}

pub fn inverse_dct(coefficients: &Block) -> Block {
    let pass = |x: [i32; 4]| {
        let (a, b) = (x[0] + x[2], x[0] - x[2]);
        let c = times_sin(x[1]) - times_cos(x[3]);
        let d = times_cos(x[1]) + times_sin(x[3]);
        [a + d, b + c, b - c, a - d]
    };
    let mut out = *coefficients;
    for column in 0..4 {
        let line = pass([out[column], out[column + 4], out[column + 8], out[column + 12]]);
        for (row, value) in line.into_iter().enumerate() {
            out[column + row * 4] = value;
        }
    }
    for row in 0..4 {
        let line = pass([out[row * 4], out[row * 4 + 1], out[row * 4 + 2], out[row * 4 + 3]]);
        for (column, value) in line.into_iter().enumerate() {
            out[row * 4 + column] = (value + 4) >> 3;
        }
    }
    out
}

/// The Walsh-Hadamard matrix is symmetric and, applied twice in both directions, scales by 16.
fn hadamard(block: &Block) -> Block {
    let pass = |x: [i32; 4]| {
        let (a, b) = (x[0] + x[3], x[1] + x[2]);
        let (c, d) = (x[1] - x[2], x[0] - x[3]);
        [a + b, c + d, a - b, d - c]
    };
    let mut out = *block;
    for column in 0..4 {
        let line = pass([out[column], out[column + 4], out[column + 8], out[column + 12]]);
        for (row, value) in line.into_iter().enumerate() {
            out[column + row * 4] = value;
        }
    }
    for row in 0..4 {
        let line = pass([out[row * 4], out[row * 4 + 1], out[row * 4 + 2], out[row * 4 + 3]]);
        out[row * 4..row * 4 + 4].copy_from_slice(&line);
    }
    out
}

pub fn forward_wht(block: &Block) -> Block {
    hadamard(block).map(|value| (value + 1) >> 1)
}

pub fn inverse_wht(coefficients: &Block) -> Block {
    hadamard(coefficients).map(|value| (value + 3) >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks() -> impl Iterator<Item = Block> {
        (0..500i32).map(|seed| std::array::from_fn(|index| (seed * 7919 + index as i32 * 104_729) % 511 - 255))
    }

    #[test]
    fn a_transformed_block_comes_back_within_rounding() {
        for block in blocks() {
            for (name, back) in [("dct", inverse_dct(&forward_dct(&block))), ("wht", inverse_wht(&forward_wht(&block)))]
            {
                for (was, is) in block.iter().zip(back) {
                    assert!((was - is).abs() <= 1, "{name}: {block:?} became {back:?}");
                }
            }
        }
    }

    #[test]
    fn a_flat_block_is_one_coefficient() {
        let mut expected = [0; 16];
        expected[0] = 8 * 31;
        assert_eq!(forward_dct(&[31; 16]), expected);
    }
}
