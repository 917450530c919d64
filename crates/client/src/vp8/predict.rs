//! Intra prediction of whole macroblocks, RFC 6386 section 12.2 and 12.3.

/// The prediction modes in use; TM_PRED and B_PRED are left to encoders with a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Dc,
    Vertical,
    Horizontal,
}

/// Predicts the `SIZE`² block at (`column`, `row`), counted in blocks, from the reconstructed pixels above and left.
pub fn predict<const SIZE: usize>(
    plane: &[u8],
    stride: usize,
    column: usize,
    row: usize,
    mode: Mode,
) -> [[u8; SIZE]; SIZE] {
    let origin = row * SIZE * stride + column * SIZE;
    let above = (row > 0).then(|| &plane[origin - stride..][..SIZE]);
    let left = (column > 0).then(|| std::array::from_fn::<u8, SIZE, _>(|line| plane[origin + line * stride - 1]));
    match mode {
        Mode::Dc => {
            let edges = above.iter().copied().flatten().chain(left.iter().flatten());
            let (sum, count) = edges.fold((0u32, 0u32), |(sum, count), &pixel| (sum + u32::from(pixel), count + 1));
            let mean = (sum + count / 2).checked_div(count).unwrap_or(128);
            [[mean as u8; SIZE]; SIZE]
        }
        // Outside the picture the format puts 127 above and 129 to the left.
        Mode::Vertical => {
            let mut line = [127; SIZE];
            if let Some(above) = above {
                line.copy_from_slice(above);
            }
            [line; SIZE]
        }
        Mode::Horizontal => left.unwrap_or([129; SIZE]).map(|pixel| [pixel; SIZE]),
    }
}

/// Sum of absolute differences between a prediction and the source.
pub fn difference<const SIZE: usize>(
    prediction: &[[u8; SIZE]; SIZE],
    source: &[u8],
    stride: usize,
    column: usize,
    row: usize,
) -> u32 {
    let origin = row * SIZE * stride + column * SIZE;
    prediction
        .iter()
        .enumerate()
        .map(|(line, predicted)| {
            let source = &source[origin + line * stride..][..SIZE];
            predicted.iter().zip(source).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum::<u32>()
        })
        .sum()
}

/// The block as it stands in `plane`: the prediction by a zero motion vector.
pub fn copy<const SIZE: usize>(plane: &[u8], stride: usize, column: usize, row: usize) -> [[u8; SIZE]; SIZE] {
    let origin = row * SIZE * stride + column * SIZE;
    std::array::from_fn(|line| std::array::from_fn(|x| plane[origin + line * stride + x]))
}
