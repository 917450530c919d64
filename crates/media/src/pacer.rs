//! When a subscriber is sent what waits for it.
//!
//! A subscriber that was left alone for a quantum gets a packet at once; then what comes within the quantum leaves
//! together at its end, in one run. So a single frame is not delayed, a burst costs few system calls, and nothing waits
//! longer than a quantum. What a release may not send stays where it is, in the arenas.

/// Length of a quantum.
pub const QUANTUM_US: u64 = 5_000;

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

/// When a subscriber that was last released at `released_us` may be sent something again.
pub fn release_us(released_us: u64, now_us: u64) -> u64 {
    now_us.max(released_us + QUANTUM_US)
}
