//! H.264 NAL units in RTP (RFC 6184 section 5).

use super::PayloadFacts;

const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

pub(super) fn inspect(payload: &[u8]) -> Option<PayloadFacts> {
    let indicator = payload.first()? & 0x1F;
    let (starts_unit, begins) = match indicator {
        STAP_A => (true, units(&payload[1..]).any(begins_decoding)),
        FU_A => {
            let header = payload.get(1)?;
            let starts = header & 0x80 != 0;
            (starts, starts && begins_decoding(header & 0x1F))
        }
        unit => (true, begins_decoding(unit)),
    };
    Some(PayloadFacts { starts_frame: starts_unit, starts_key_frame: begins, ..Default::default() })
}

fn begins_decoding(unit: u8) -> bool {
    matches!(unit, IDR | SPS)
}

/// Types of the units of an aggregation packet.
fn units(mut rest: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (size, tail) = rest.split_first_chunk::<2>()?;
        let size = usize::from(u16::from_be_bytes(*size));
        let unit = tail.first()? & 0x1F;
        rest = tail.get(size.max(1)..).unwrap_or(&[]);
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_are_found_in_single_units_aggregates_and_fragments() {
        let begins = |payload: &[u8]| inspect(payload).unwrap().starts_key_frame;
        assert!(begins(&[0x65, 0x88]));
        assert!(begins(&[0x67, 0x42]));
        assert!(begins(&[0x78, 0x00, 0x02, 0x67, 0x42, 0x00, 0x01, 0x68]));
        assert!(begins(&[0x7C, 0x85, 0x88]));
        assert!(!begins(&[0x7C, 0x05, 0x88]), "a later fragment");
        assert!(!begins(&[0x41, 0x9A]), "a delta frame");
        assert!(!begins(&[0x78, 0xFF, 0xFF, 0x41]), "an aggregate that lies about its sizes");
    }
}
