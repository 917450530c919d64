//! When a subscriber is sent what waits for it.
//!
//! The packets of a frame leave together, in one run, when the last of them has come: a decoder can do nothing with the
//! others before. A subscriber may be sent something once in a quantum, and once more in advance, so a sound and a frame
//! that come at the same time do not wait for each other; what comes faster leaves together at the end of the quantum. So a
//! burst costs few system calls and nothing waits longer than a quantum. What a release may not send stays where it is, in the
//! arenas.

/// Length of a quantum.
pub const QUANTUM_US: u64 = 5_000;

/// How long the beginning of a frame waits for its end, which the publisher's own pacer or a loss may hold up.
pub const FRAME_WAIT_US: u64 = 2_000;

/// Packets of one release: 77 Mbit/s in packets of 1,200 bytes, so that a replayed key frame does not hit the subscriber's
/// access link as one burst …
const PACKETS_PER_RELEASE: u32 = 40;

/// … and a frame more for each stream that has something to send: who takes a hundred pictures has a link to match.
const PACKETS_PER_STREAM: u32 = 8;

/// Where a path's limit is known, a release may exceed it this much: frames are bursts, and a key frame must get through.
const OVER_ESTIMATE: u64 = 4;
const PACKETS_PER_RELEASE_MIN: u32 = 4;
const PACKET_BITS: u64 = 1_200 * 8;

/// How much one release may send when `streams` have something to send, on a path of `estimate_bps`.
pub fn budget(streams: usize, estimate_bps: Option<u64>) -> u32 {
    let by_streams = PACKETS_PER_RELEASE + PACKETS_PER_STREAM * streams as u32;
    let Some(estimate_bps) = estimate_bps else { return by_streams };
    let by_path = OVER_ESTIMATE * estimate_bps * QUANTUM_US / 1_000_000 / PACKET_BITS;
    (by_path as u32).clamp(PACKETS_PER_RELEASE_MIN, by_streams)
}

/// From when on a subscriber that is released now may be released again; `paced_us` is what this was before.
pub fn released(paced_us: u64, now_us: u64) -> u64 {
    paced_us.max(now_us.saturating_sub(QUANTUM_US)) + QUANTUM_US
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_releases_are_free_after_a_pause_and_then_there_is_one_in_each_quantum() {
        let now_us = 1_000_000;
        let (mut paced_us, mut released_us) = (0, Vec::new());
        for _ in 0..4 {
            let at_us = now_us.max(paced_us);
            released_us.push(at_us - now_us);
            paced_us = released(paced_us, at_us);
        }
        assert_eq!(released_us, [0, 0, QUANTUM_US, 2 * QUANTUM_US]);
    }
}
