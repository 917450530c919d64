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

/// How much one release may send when `streams` have something to send.
pub fn budget(streams: usize) -> u32 {
    PACKETS_PER_RELEASE + PACKETS_PER_STREAM * streams as u32
}

/// When a subscriber that was last released at `released_us` may be sent something again.
pub fn release_us(released_us: u64, now_us: u64) -> u64 {
    now_us.max(released_us + QUANTUM_US)
}
