//! An independent decoder (image-webp; a lossy WebP holds one VP8 key frame) sees the picture that was encoded.

use std::io::Cursor;

use exedra_client::synthetic::picture::TestPicture;
use exedra_client::vp8::{Encoder, Picture};

#[test]
fn a_key_frame_shows_the_test_picture() {
    for (width, height) in [(640, 360), (320, 180), (176, 144)] {
        for quantizer_index in [0, 20, 60, 127] {
            let mut picture = TestPicture::new(width, height, "Ann");
            let mut encoder = Encoder::new(width, height, quantizer_index);
            // Frames in between, so that the key frame does not start from an empty encoder.
            for (number, key_frame) in [true, false, false, true].into_iter().enumerate() {
                let source = picture.draw(45_296_000 + number as u64 * 33);
                let frame = encoder.encode(source, key_frame);
                assert_eq!(frame.key_frame, key_frame);
                if key_frame {
                    let decoded = luma(&decode(&frame.data, source));
                    let at = format!("{width}x{height}, quantiser {quantizer_index}, frame {number}");
                    let drift = mean_error(&decoded, &visible(encoder.reconstructed()));
                    assert!(drift < 1.0, "{at}: decoder and encoder differ by {drift} on average");
                    let loss = mean_error(&decoded, &visible(source));
                    assert!(loss < 1.5 + f64::from(quantizer_index) / 12.0, "{at}: coding costs {loss} on average");
                }
            }
        }
    }
}

/// Luma (BT.601) of decoded RGB: what the decoder had before it converted, but for rounding and saturated colours.
fn luma(rgb: &[u8]) -> Vec<f64> {
    let luma = |pixel: &[u8]| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
        16.0 + 0.257 * red + 0.504 * green + 0.098 * blue
    };
    rgb.chunks_exact(3).map(luma).collect()
}

/// Luma of the visible part of a picture.
fn visible(picture: &Picture) -> Vec<f64> {
    let rows = picture.y.chunks_exact(picture.stride).take(picture.height);
    rows.flat_map(|row| &row[..picture.width]).map(|&luma| f64::from(luma)).collect()
}

fn decode(frame: &[u8], picture: &Picture) -> Vec<u8> {
    let mut webp = b"RIFF".to_vec();
    let padded = frame.len().next_multiple_of(2);
    webp.extend_from_slice(&(12 + padded as u32).to_le_bytes());
    webp.extend_from_slice(b"WEBPVP8 ");
    webp.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    webp.extend_from_slice(frame);
    webp.resize(20 + padded, 0);
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(webp)).expect("a WebP file");
    let mut rgb = vec![0; decoder.output_buffer_size().expect("a size")];
    decoder.read_image(&mut rgb).expect("a decodable key frame");
    assert_eq!(decoder.dimensions(), (picture.width as u32, picture.height as u32));
    rgb
}

fn mean_error(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
}
