//! Repair: what is missing from a publisher, and how much is repaired for a subscriber.

use crate::limits::MISSING_PACKETS_MAX;

/// A packet is asked for this often at most.
const REQUESTS_MAX: u8 = 10;

/// After this long the picture has gone on without the packet.
const AGE_MAX_US: u64 = 1_500_000;

/// Reordering on real paths is mostly shorter than this; asking sooner would double what is only late.
const REORDER_US: u64 = 5_000;

/// Before a repair has shown how long one takes.
const RTT_DEFAULT_US: u64 = 100_000;
const RTT_MIN_US: u64 = 10_000;

#[derive(Debug, Clone, Copy)]
struct Missing {
    sequence: u64,
    since_us: u64,
    asked_us: u64,
    requests: u8,
}

/// The holes in what a publisher sent of one encoding.
#[derive(Debug)]
pub struct MissingPackets {
    /// By sequence, ascending.
    missing: Vec<Missing>,
    newest: Option<u64>,
    rtt_us: u64,
}

/// What a packet's number said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noticed {
    InOrder,
    /// Packets before it are missing now.
    Gap,
    /// So many are missing that asking is pointless; a key frame is needed.
    Lost,
    /// It fills a hole, or is older than all of them.
    Late,
}

impl MissingPackets {
    pub fn new() -> Self {
        Self { missing: Vec::with_capacity(MISSING_PACKETS_MAX), newest: None, rtt_us: RTT_DEFAULT_US }
    }

    pub fn notice(&mut self, sequence: u64, now_us: u64) -> Noticed {
        let Some(newest) = self.newest else {
            self.newest = Some(sequence);
            return Noticed::InOrder;
        };
        if sequence <= newest {
            self.fill(sequence, now_us);
            return Noticed::Late;
        }
        self.newest = Some(sequence);
        let gap = (sequence - newest - 1) as usize;
        if gap == 0 {
            return Noticed::InOrder;
        }
        if self.missing.len() + gap > MISSING_PACKETS_MAX {
            self.missing.clear();
            return Noticed::Lost;
        }
        self.missing.extend((newest + 1..sequence).map(|sequence| Missing {
            sequence,
            since_us: now_us,
            asked_us: 0,
            requests: 0,
        }));
        Noticed::Gap
    }

    /// Forgets everything: what comes next has no past.
    pub fn restart(&mut self) {
        self.missing.clear();
        self.newest = None;
    }

    /// The sequence numbers to ask for now, ascending, into `out`; how many.
    pub fn due(&mut self, now_us: u64, out: &mut [u16]) -> usize {
        let retry_us = self.rtt_us + self.rtt_us / 4;
        self.missing.retain(|missing| missing.requests < REQUESTS_MAX && now_us < missing.since_us + AGE_MAX_US);
        let mut count = 0;
        for missing in &mut self.missing {
            if now_us < due_at(missing, retry_us) {
                continue;
            }
            let Some(place) = out.get_mut(count) else { break };
            *place = missing.sequence as u16;
            missing.asked_us = now_us;
            missing.requests += 1;
            count += 1;
        }
        count
    }

    /// When [`Self::due`] next has something to say.
    pub fn next_due_us(&self) -> Option<u64> {
        let retry_us = self.rtt_us + self.rtt_us / 4;
        self.missing.iter().map(|missing| due_at(missing, retry_us)).min()
    }

    pub fn len(&self) -> usize {
        self.missing.len()
    }

    pub fn is_empty(&self) -> bool {
        self.missing.is_empty()
    }

    fn fill(&mut self, sequence: u64, now_us: u64) {
        let Ok(at) = self.missing.binary_search_by_key(&sequence, |missing| missing.sequence) else { return };
        let filled = self.missing.remove(at);
        // Only the first request tells how long a repair takes; a later one may be answered by an earlier repair.
        if filled.requests == 1 {
            let sample = (now_us - filled.asked_us).max(RTT_MIN_US);
            self.rtt_us = (7 * self.rtt_us + sample) / 8;
        }
    }
}

impl Default for MissingPackets {
    fn default() -> Self {
        Self::new()
    }
}

fn due_at(missing: &Missing, retry_us: u64) -> u64 {
    match missing.requests {
        0 => missing.since_us + REORDER_US,
        _ => missing.asked_us + retry_us,
    }
}

/// How many bytes of repair one subscriber may cause: a share of what it is sent, so that a storm of NACKs (broken,
/// malicious, or a path that loses everything) cannot multiply the load; and what its path has room for beside that, or what
/// a full queue has dropped would come back and keep it full.
#[derive(Debug)]
pub struct RepairBudget {
    bytes: u64,
    refilled_us: u64,
    /// Sent since, other than repairs.
    media_bytes: u64,
}

/// Repair that is granted without any traffic to take a share of, bytes per second.
const REPAIR_FLOOR_BYTES_PER_S: u64 = 64_000;
/// Repair may be this share of the traffic: 1/REPAIR_SHARE.
const REPAIR_SHARE: u64 = 3;
/// Bytes that can be saved up.
const REPAIR_BURST_BYTES: u64 = 128_000;

/// Of what a path takes, what repairs may take when media takes all of it: 1/REPAIR_SHARE_FULL.
const REPAIR_SHARE_FULL: u64 = 8;
/// Of what a path takes in a second, what can be saved up for it: 1/REPAIR_BURST_SHARE.
const REPAIR_BURST_SHARE: u64 = 4;

impl RepairBudget {
    pub fn new(now_us: u64) -> Self {
        Self { bytes: REPAIR_BURST_BYTES / 2, refilled_us: now_us, media_bytes: 0 }
    }

    #[inline]
    pub fn sent(&mut self, bytes: usize) {
        self.media_bytes += bytes as u64;
    }

    /// Takes `bytes` out when they are there, on a path of `estimate_bps`.
    pub fn take(&mut self, bytes: usize, estimate_bps: Option<u64>, now_us: u64) -> bool {
        self.refill(estimate_bps, now_us);
        if self.bytes < bytes as u64 {
            return false;
        }
        self.bytes -= bytes as u64;
        true
    }

    fn refill(&mut self, estimate_bps: Option<u64>, now_us: u64) {
        let elapsed_us = now_us.saturating_sub(std::mem::replace(&mut self.refilled_us, now_us));
        let media_bytes = std::mem::take(&mut self.media_bytes);
        let by_traffic = media_bytes / REPAIR_SHARE + REPAIR_FLOOR_BYTES_PER_S * elapsed_us.min(1_000_000) / 1_000_000;
        let (granted, burst_bytes) = match estimate_bps {
            None => (by_traffic, REPAIR_BURST_BYTES),
            Some(estimate_bps) => {
                let path_bytes = estimate_bps / 8 * elapsed_us / 1_000_000;
                let room = path_bytes.saturating_sub(media_bytes).max(path_bytes / REPAIR_SHARE_FULL);
                (by_traffic.min(room), REPAIR_BURST_BYTES.min(estimate_bps / 8 / REPAIR_BURST_SHARE))
            }
        };
        self.bytes = (self.bytes + granted).min(burst_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(missing: &mut MissingPackets, now_us: u64) -> Vec<u16> {
        let mut out = [0; 64];
        let count = missing.due(now_us, &mut out);
        out[..count].to_vec()
    }

    #[test]
    fn a_gap_is_asked_for_after_the_reordering_time_and_again_after_a_round_trip() {
        let mut missing = MissingPackets::new();
        assert_eq!(missing.notice(65_534, 0), Noticed::InOrder);
        assert_eq!(missing.notice(65_537, 1000), Noticed::Gap);
        assert_eq!(ask(&mut missing, 1000), []);
        assert_eq!(missing.next_due_us(), Some(6000));
        assert_eq!(ask(&mut missing, 6000), [65_535, 0]);
        assert_eq!(ask(&mut missing, 50_000), []);
        assert_eq!(missing.notice(65_536, 46_000), Noticed::Late);
        assert_eq!(ask(&mut missing, 131_000), [65_535]);
    }

    #[test]
    fn asking_ends() {
        let mut missing = MissingPackets::new();
        missing.notice(1, 0);
        missing.notice(3, 0);
        let asked = (0..100).filter(|tick| !ask(&mut missing, tick * 50_000).is_empty()).count();
        assert!((5..=usize::from(REQUESTS_MAX)).contains(&asked), "{asked}");
        assert!(missing.is_empty() && missing.next_due_us().is_none());
    }

    #[test]
    fn one_missing_packet_past_the_limit_gives_all_up() {
        let mut missing = MissingPackets::new();
        missing.notice(0, 0);
        assert_eq!(missing.notice(MISSING_PACKETS_MAX as u64 + 1, 0), Noticed::Gap);
        assert_eq!(missing.len(), MISSING_PACKETS_MAX);
        assert_eq!(missing.notice(MISSING_PACKETS_MAX as u64 + 3, 0), Noticed::Lost);
        assert!(missing.is_empty());
    }

    #[test]
    fn repair_is_a_share_of_the_traffic() {
        let mut budget = RepairBudget::new(0);
        let storm = |budget: &mut RepairBudget, now_us| (0..10_000).filter(|_| budget.take(1000, None, now_us)).count();
        storm(&mut budget, 0);
        for _ in 0..30 {
            budget.sent(1000);
        }
        assert!((9..=10).contains(&storm(&mut budget, 0)));
        assert_eq!(storm(&mut budget, 500_000), 32);
    }

    #[test]
    fn repair_leaves_a_narrow_path_to_media() {
        let mut budget = RepairBudget::new(0);
        let estimate_bps = Some(320_000);
        let granted =
            |budget: &mut RepairBudget, now_us| (0..).take_while(|_| budget.take(500, estimate_bps, now_us)).count();
        assert_eq!(granted(&mut budget, 0), 20, "no more at once than passes in a quarter of a second");
        budget.sent(20_000);
        assert_eq!(granted(&mut budget, 1_000_000), 20, "half of the path was free");
        budget.sent(80_000);
        assert_eq!(granted(&mut budget, 2_000_000), 10, "it is full, and an eighth is for repairs");
    }
}
