//! The receiving half of a browser in little: puts a stream in order, asks for what is missing, and shows each picture
//! when it and everything before it has come.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use exedra_media::rtcp::CompoundWriter;

use super::ReceivedPacket;

/// Reordering is not loss yet.
const REORDER: Duration = Duration::from_millis(10);
const REQUESTS_MAX: u32 = 10;
/// After this long without what is needed next a key frame is asked for, and again.
const PATIENCE: Duration = Duration::from_secs(1);
const KEY_FRAME_AGAIN: Duration = Duration::from_millis(500);
/// How far behind a viewer stays, beside the time that a repair of a repair takes: jitter is no freeze then.
const BEHIND: Duration = Duration::from_millis(60);
const CLOCK_HZ: i64 = 90_000;
/// Between pictures; a longer gap is seen.
pub const FREEZE: Duration = Duration::from_millis(200);

pub struct Viewer {
    pub ssrc: u32,
    rtx_ssrc: u32,
    round_trip: Duration,
    begins_key_frame: fn(&ReceivedPacket) -> bool,
    read: usize,
    newest: Option<u64>,
    /// What came and cannot be shown yet.
    waiting: BTreeMap<u64, ReceivedPacket>,
    missing: BTreeMap<u64, Missing>,
    /// The number that the decoder needs next; `None`: a key frame.
    next: Option<u64>,
    blocked_since: Option<Instant>,
    key_frame_asked: Option<Instant>,
    picture: Vec<ReceivedPacket>,
    /// The picture that came soonest for its timestamp.
    epoch: Option<(Instant, u32)>,
    /// Waits for repairs even when a key frame has come that needs none of them.
    pub is_patient: bool,
    pub shown: Vec<Shown>,
    pub key_frames_asked: usize,
    /// Pictures given up for a key frame that came later.
    pub skips: usize,
}

/// A picture, and when it could be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    pub at: Instant,
    pub packets: Vec<ReceivedPacket>,
}

struct Missing {
    since: Instant,
    asked: Option<Instant>,
    requests: u32,
}

impl Viewer {
    pub fn new(ssrc: u32, rtx_ssrc: u32, round_trip: Duration, begins_key_frame: fn(&ReceivedPacket) -> bool) -> Self {
        Self {
            ssrc,
            rtx_ssrc,
            round_trip,
            begins_key_frame,
            read: 0,
            newest: None,
            waiting: BTreeMap::new(),
            missing: BTreeMap::new(),
            next: None,
            blocked_since: None,
            key_frame_asked: None,
            picture: Vec::new(),
            epoch: None,
            is_patient: false,
            shown: Vec::new(),
            key_frames_asked: 0,
            skips: 0,
        }
    }

    /// Takes in what has arrived since the last call.
    pub fn read(&mut self, arrived: &[ReceivedPacket], now: Instant) {
        for packet in &arrived[self.read..] {
            if packet.ssrc == self.ssrc {
                self.take(packet.clone(), now);
            } else if packet.ssrc == self.rtx_ssrc && packet.payload.len() >= 2 {
                let sequence = u16::from_be_bytes([packet.payload[0], packet.payload[1]]);
                let payload = packet.payload[2..].to_vec();
                self.take(ReceivedPacket { sequence, payload, ..packet.clone() }, now);
            }
        }
        self.read = arrived.len();
        self.show(now);
    }

    fn take(&mut self, packet: ReceivedPacket, now: Instant) {
        let newest = *self.newest.get_or_insert((1 << 16) + u64::from(packet.sequence));
        let number = newest.wrapping_add_signed(i64::from(packet.sequence.wrapping_sub(newest as u16) as i16));
        for between in newest + 1..number {
            self.missing.insert(between, Missing { since: now, asked: None, requests: 0 });
        }
        self.missing.remove(&number);
        self.newest = Some(newest.max(number));
        if self.next.is_none_or(|next| number >= next) {
            if let Some(before) = self.waiting.get(&number) {
                let of = |packet: &ReceivedPacket| (packet.timestamp, packet.payload.clone());
                assert_eq!(of(before), of(&packet), "a number names one packet");
            }
            self.waiting.entry(number).or_insert(packet);
        }
    }

    fn show(&mut self, now: Instant) {
        let before = self.next;
        loop {
            while let Some(next) = self.next
                && let Some(packet) = self.waiting.remove(&next)
            {
                self.next = Some(next + 1);
                let is_end = packet.marker;
                if !packet.payload.is_empty() {
                    self.picture.push(packet);
                }
                if is_end {
                    let packets = std::mem::take(&mut self.picture);
                    let at = self.playout(packets[0].timestamp, now);
                    self.shown.push(Shown { at, packets });
                }
            }
            let may_skip = self.next.is_none() || !self.is_patient;
            let Some(start) = self.later_key_frame().filter(|_| may_skip) else { break };
            self.skips += usize::from(self.next.is_some());
            self.next = Some(start);
            self.picture.clear();
            self.waiting.retain(|number, _| *number >= start);
            self.missing.retain(|number, _| *number >= start);
        }
        let is_blocked = self.next.is_none_or(|next| self.newest.is_some_and(|newest| newest >= next));
        let since = self.blocked_since.filter(|_| self.next == before).unwrap_or(now);
        self.blocked_since = is_blocked.then_some(since);
    }

    /// When a picture that is ready now is shown: at the pace of its timestamps, if it is not late.
    fn playout(&mut self, timestamp: u32, now: Instant) -> Instant {
        let since = |(epoch, first): (Instant, u32)| {
            let us = i64::from(timestamp.wrapping_sub(first) as i32) * 1_000_000 / CLOCK_HZ;
            epoch + Duration::from_micros(us.max(0) as u64)
        };
        let early = self.epoch.map(since).is_none_or(|at| now < at);
        if early {
            self.epoch = Some((now, timestamp));
        }
        let pace = self.epoch.map_or(now, since) + 2 * self.round_trip + BEHIND;
        self.shown.last().map_or(pace, |before| pace.max(before.at)).max(now)
    }

    /// Where a key frame begins that is all there, beyond what is being waited for.
    fn later_key_frame(&self) -> Option<u64> {
        let is_whole = |start: u64| {
            let run = (start..).map_while(|number| self.waiting.get(&number));
            let timestamp = self.waiting[&start].timestamp;
            let mut run = run.take_while(|packet| packet.timestamp == timestamp);
            run.any(|packet| packet.marker)
        };
        let starts =
            self.waiting.iter().filter(|(_, packet)| !packet.payload.is_empty() && (self.begins_key_frame)(packet));
        starts.map(|(number, _)| *number).find(|start| is_whole(*start))
    }

    /// When there is something to ask for.
    pub fn due(&self) -> Option<Instant> {
        let repairs = self.missing.values().filter_map(|missing| self.due_at(missing));
        repairs.chain(self.key_frame_due()).min()
    }

    fn due_at(&self, missing: &Missing) -> Option<Instant> {
        let due = missing.asked.map_or(missing.since + REORDER, |asked| asked + self.round_trip + REORDER);
        (missing.requests < REQUESTS_MAX).then_some(due)
    }

    fn key_frame_due(&self) -> Option<Instant> {
        let blocked = self.blocked_since? + PATIENCE;
        Some(self.key_frame_asked.map_or(blocked, |asked| blocked.max(asked + KEY_FRAME_AGAIN)))
    }

    /// Asks for what is missing. Returns whether anything was written.
    pub fn ask(&mut self, out: &mut CompoundWriter<'_>, now: Instant) -> bool {
        let due: Vec<u64> = self
            .missing
            .iter()
            .filter(|(_, missing)| self.due_at(missing).is_some_and(|at| at <= now))
            .map(|(number, _)| *number)
            .take(100)
            .collect();
        for number in &due {
            let missing = self.missing.get_mut(number).expect("just found");
            missing.asked = Some(now);
            missing.requests += 1;
        }
        let numbers: Vec<u16> = due.iter().map(|number| *number as u16).collect();
        let mut asks = !numbers.is_empty() && out.nack(1, self.ssrc, &numbers) > 0;
        if self.key_frame_due().is_some_and(|at| at <= now) {
            self.key_frame_asked = Some(now);
            self.key_frames_asked += 1;
            asks |= out.pli(1, self.ssrc);
        }
        asks
    }

    /// Gaps between pictures that a viewer would see, of those that end after `from`: when each ends, and how long it was.
    pub fn freezes(&self, from: Instant, until: Instant) -> Vec<(Instant, Duration)> {
        let mut freezes = Vec::new();
        let mut before = None;
        for at in self.shown.iter().map(|shown| shown.at).filter(|at| *at < until).chain([until]) {
            if let Some(gap) = before.map(|before| at - before)
                && gap > FREEZE
                && at > from
            {
                freezes.push((at, gap));
            }
            before = Some(at);
        }
        freezes
    }

    /// Pictures shown in a span of time.
    pub fn shown_between(&self, from: Instant, until: Instant) -> impl Iterator<Item = &Shown> {
        self.shown.iter().filter(move |shown| from <= shown.at && shown.at < until)
    }
}
