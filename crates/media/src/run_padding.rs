//! Padding that makes the packets of a frame equally long, so that they leave as one run (see [`crate::egress`]).
//!
//! A browser divides a frame evenly, and what is left over makes its last packets a byte longer: a longer datagram begins
//! another run, and most frames are two. Here it is found out, once for all subscribers, which packets lack little to be as
//! long as one that follows them. Must not know what a subscriber is sent; it holds that packets which are alike here are
//! written alike, and are sent or left out together.

use crate::arena::{Arena, PacketMeta};

/// The most that is added, as a share of the payload: a byte in most packets that are padded at all.
const PADDING_SHARE_MAX: u16 = 128;

/// Notes the padding of the packets that came from arrival `from` on. A run may end with a shorter one, so the last of a frame
/// has none.
pub fn even_out(arena: &mut Arena, from: u64) {
    let Some(mut longest) = arena.arrivals().checked_sub(1) else { return };
    for arrival in (from..longest).rev() {
        let (Some((meta, _)), Some((longer, _))) = (arena.get(arrival), arena.get(longest)) else { return };
        match missing(meta, longer) {
            Some(padding) => arena.set_padding(arrival, padding),
            None => longest = arrival,
        }
    }
}

/// What a packet lacks to be as long as another one of its frame, if that is little.
fn missing(meta: &PacketMeta, longer: &PacketMeta) -> Option<u8> {
    let is_alike = meta.timestamp == longer.timestamp
        && meta.payload == longer.payload
        && meta.facts.layer == longer.facts.layer
        && meta.elements.layout().eq(longer.elements.layout());
    let missing = longer.payload_len.checked_sub(meta.payload_len)?;
    let is_little = missing <= meta.payload_len / PADDING_SHARE_MAX;
    u8::try_from(missing).ok().filter(|_| is_alike && is_little)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension::ExtensionKind;
    use crate::layers::Layer;

    /// The padding of packets of one frame with payloads of these lengths, each of which `amend` may change.
    fn padding(lengths: &[u16], amend: impl Fn(usize, &mut PacketMeta)) -> Vec<u8> {
        let mut arena = Arena::new(64 * 1024, 32);
        for (at, payload_len) in lengths.iter().enumerate() {
            let mut meta = PacketMeta { sequence: at as u64, payload_len: *payload_len, ..PacketMeta::default() };
            amend(at, &mut meta);
            arena.push(&vec![0; usize::from(*payload_len)], meta);
        }
        even_out(&mut arena, 0);
        (0..arena.arrivals()).map(|arrival| arena.get(arrival).unwrap().0.padding).collect()
    }

    #[test]
    fn what_lacks_little_of_a_longer_packet_after_it_is_padded() {
        for (lengths, expected) in [
            (&[1100, 1100, 1101, 1101][..], &[1, 1, 0, 0][..]),
            (&[1100, 1100, 1100], &[0, 0, 0]),
            (&[1100, 1100, 1093], &[0, 0, 0]),
            (&[1100, 1101, 1093], &[1, 0, 0]),
            (&[12, 1100, 1101], &[0, 1, 0]),
            (&[1280, 1290], &[10, 0]),
            (&[1280, 1291], &[0, 0]),
            (&[127, 128], &[0, 0]),
            (&[0, 1], &[0, 0]),
            (&[1100], &[0]),
            (&[], &[]),
        ] {
            assert_eq!(padding(lengths, |_, _| ()), expected, "{lengths:?}");
        }
    }

    #[test]
    fn packets_that_need_not_be_written_alike_or_leave_together_are_none_of_each_others_business() {
        let of_second = |amend: fn(&mut PacketMeta)| {
            move |at: usize, meta: &mut PacketMeta| {
                if at == 1 {
                    amend(meta)
                }
            }
        };
        for amend in [
            of_second(|meta| meta.timestamp += 3000),
            of_second(|meta| meta.payload = 1),
            of_second(|meta| meta.facts.layer = Layer { spatial: 1, temporal: 0 }),
            of_second(|meta| meta.elements.push(ExtensionKind::VideoOrientation, &(20..21))),
        ] {
            assert_eq!(padding(&[1100, 1101], amend), [0, 0]);
        }
        let same = |_: usize, meta: &mut PacketMeta| meta.elements.push(ExtensionKind::VideoOrientation, &(20..21));
        assert_eq!(padding(&[1100, 1101], same), [1, 0]);
    }
}
