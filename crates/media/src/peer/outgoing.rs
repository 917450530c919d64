//! What a peer is sent: media when it is released, feedback and reports when their time comes.

use std::time::Instant;

use slotmap::SlotMap;

use super::allocation::ALLOCATION_INTERVAL_US;
use super::{Peer, PeerState};
use crate::codec::Kind;
use crate::egress::{Egress, SLOT_BYTES};
use crate::ids::SubscriptionId;
use crate::limits::RTCP_PACKET_BYTES_MAX;
use crate::pacer;
use crate::reports::Clock;
use crate::rtcp::{CompoundWriter, ReportBlock, SenderInfo};
use crate::send_path::SendPath;
use crate::srtp::SRTCP_OVERHEAD_MAX;
use crate::subscription::Subscription;
use crate::track::{Track, TrackKey};
use crate::twcc::FEEDBACK_INTERVAL_US;

/// Sender and receiver reports this often.
const REPORT_INTERVAL_US: u64 = 1_000_000;

/// Sequence numbers asked for in one tick.
const NACKED_PER_TICK_MAX: usize = 128;

/// Datagrams of ICE and DTLS that one poll may send: a handshake flight, and no endless loop.
const TRANSMITS_PER_POLL_MAX: usize = 32;

/// What a release of media changed that the plane must act upon.
#[derive(Debug, Default)]
pub struct Released {
    /// There is more to send than one release may.
    pub is_unfinished: bool,
    /// Bytes that were added to make runs longer.
    pub padding: u64,
}

impl Peer {
    /// Forwards what waits, audio first, one subscription after the other so that a frame is one run.
    pub fn release<E: Egress>(
        &mut self,
        tracks: &SlotMap<TrackKey, Track>,
        now_us: u64,
        egress: &mut E,
        wishes: &mut Vec<(TrackKey, u8)>,
        started: &mut Vec<SubscriptionId>,
    ) -> Released {
        self.paced_us = pacer::released(self.paced_us, now_us);
        let mut released = Released::default();
        let Some(path) = self.path.as_mut().filter(|_| self.state == PeerState::Up) else {
            self.drop_pending();
            return released;
        };
        let mut budget = pacer::budget(self.pending.len(), path.estimator.estimate_bps());
        let probe = path.estimator.prober().due(now_us);
        path.probe = probe.map_or(0, |(id, _)| id);
        let before = path.counters;
        let mut left = 0;
        for kind in [Kind::Audio, Kind::Video] {
            for at in 0..self.pending.len() {
                let index = self.pending[at];
                let Some(subscription) = self.subscriptions[usize::from(index)].as_mut() else { continue };
                if subscription.kind != kind {
                    continue;
                }
                let Some(track) = tracks.get(subscription.track) else {
                    subscription.is_pending = false;
                    continue;
                };
                let forwarded = subscription.forward(track, path, budget, now_us, egress);
                budget -= forwarded.packets;
                if let Some(encoding) = forwarded.wants_key_frame_of {
                    wishes.push((subscription.track, encoding));
                }
                if forwarded.has_started {
                    started.push(subscription.id);
                }
                subscription.is_pending = forwarded.is_unfinished;
                left += usize::from(forwarded.is_unfinished);
            }
        }
        let subscriptions = &self.subscriptions;
        self.pending.retain(|index| {
            subscriptions[usize::from(*index)].as_ref().is_some_and(|subscription| subscription.is_pending)
        });
        if let Some((_, bytes)) = probe {
            fill_probe(&mut self.subscriptions, tracks, path, before.bytes, bytes, now_us, egress);
        }
        released.padding = path.counters.padding - before.padding;
        released.is_unfinished = left > 0 || path.estimator.prober().is_sending();
        released
    }

    fn drop_pending(&mut self) {
        for index in self.pending.drain(..) {
            if let Some(subscription) = self.subscriptions[usize::from(index)].as_mut() {
                subscription.is_pending = false;
            }
        }
    }

    /// Sends what ICE and DTLS have to say.
    pub fn transmit<E: Egress>(&mut self, scratch: &mut Vec<u8>, egress: &mut E) {
        for _ in 0..TRANSMITS_PER_POLL_MAX {
            let Some(destination) = self.transport.poll_transmit(scratch) else { return };
            if scratch.len() <= SLOT_BYTES {
                egress.slot(destination)[..scratch.len()].copy_from_slice(scratch);
                egress.commit(scratch.len());
            }
        }
    }

    /// Everything whose time has come, but media.
    pub fn tick<E: Egress>(
        &mut self,
        tracks: &mut SlotMap<TrackKey, Track>,
        clock: &Clock,
        now: Instant,
        now_us: u64,
        egress: &mut E,
        news: &mut Vec<SubscriptionId>,
    ) {
        if self.transport.poll_timeout().is_some_and(|at| now >= at) {
            self.transport.handle_timeout(now);
        }
        if self.state != PeerState::Up || self.path.is_none() {
            return;
        }
        if now_us >= self.allocated_us + ALLOCATION_INTERVAL_US {
            self.allocate(tracks, now_us, news);
        }
        self.ask_publisher(tracks, now_us, egress);
        if self.recorder.has_news() && now_us >= self.feedback_us + FEEDBACK_INTERVAL_US {
            self.feedback_us = now_us;
            self.send_feedback(tracks, egress);
        }
        if now_us >= self.reported_us + REPORT_INTERVAL_US {
            self.reported_us = now_us;
            self.send_receiver_reports(tracks, now_us, egress);
            self.send_sender_reports(tracks, clock, now_us, egress);
        }
    }

    /// When [`Self::tick`] next has something to do.
    pub fn next_tick_us(&self, tracks: &SlotMap<TrackKey, Track>, clock: &Clock) -> Option<u64> {
        let transport = self.transport.poll_timeout().map(|at| clock.us(at));
        if self.state != PeerState::Up {
            return transport;
        }
        let feedback = self.recorder.has_news().then_some(self.feedback_us + FEEDBACK_INTERVAL_US);
        let wishes = self.tracks.iter().filter_map(|published| tracks.get(published.track)).flat_map(|track| {
            let asks_repair = track.payloads.iter().any(|payload| payload.nack);
            track.encodings.iter().flat_map(move |encoding| {
                let repair = encoding.missing.next_due_us().filter(|_| asks_repair);
                [repair, encoding.requests.due_us()].into_iter().flatten()
            })
        });
        let reports = self.reported_us + REPORT_INTERVAL_US;
        let allocation = self.has_video().then_some(self.allocated_us + ALLOCATION_INTERVAL_US);
        wishes.chain(transport).chain(feedback).chain(allocation).chain([reports]).min()
    }

    /// NACKs and key-frame requests to this peer as a publisher.
    fn ask_publisher<E: Egress>(&mut self, tracks: &mut SlotMap<TrackKey, Track>, now_us: u64, egress: &mut E) {
        let mut buffer = [0; SLOT_BYTES];
        let mut writer = CompoundWriter::new(&mut buffer[..RTCP_PACKET_BYTES_MAX - SRTCP_OVERHEAD_MAX]);
        let mut missing = [0u16; NACKED_PER_TICK_MAX];
        for published in &self.tracks {
            let Some(track) = tracks.get_mut(published.track) else { continue };
            let asks_repair = track.payloads.iter().any(|payload| payload.nack);
            let takes_pli = track.payloads.iter().any(|payload| payload.pli);
            for encoding in &mut track.encodings {
                let Some(ssrc) = encoding.ssrc else { continue };
                if asks_repair {
                    let count = encoding.missing.due(now_us, &mut missing);
                    if count > 0 && writer.nack(self.local_ssrc, ssrc, &missing[..count]) > 0 {
                        self.counters.nacks_sent += 1;
                    }
                }
                if encoding.requests.take(now_us) {
                    let fir = encoding.requests.sent as u8;
                    let is_asked = match takes_pli {
                        true => writer.pli(self.local_ssrc, ssrc),
                        false => writer.fir(self.local_ssrc, ssrc, fir),
                    };
                    self.counters.key_frames_asked += u64::from(is_asked);
                }
            }
        }
        let len = writer.len();
        self.send_rtcp(&buffer[..len], egress);
    }

    fn send_feedback<E: Egress>(&mut self, tracks: &SlotMap<TrackKey, Track>, egress: &mut E) {
        let media_ssrc = self
            .tracks
            .iter()
            .filter_map(|published| tracks.get(published.track))
            .find_map(|track| track.encodings.iter().find_map(|encoding| encoding.ssrc))
            .unwrap_or(0);
        let mut buffer = [0; SLOT_BYTES];
        let room = RTCP_PACKET_BYTES_MAX - SRTCP_OVERHEAD_MAX;
        while let Some(len) = self.recorder.write(&mut buffer[..room], self.local_ssrc, media_ssrc) {
            self.counters.feedback_sent += 1;
            self.send_rtcp(&buffer[..len], egress);
        }
    }

    fn send_receiver_reports<E: Egress>(&mut self, tracks: &mut SlotMap<TrackKey, Track>, now_us: u64, egress: &mut E) {
        let mut blocks = [ReportBlock::default(); crate::rtcp::REPORT_BLOCKS_MAX];
        let mut count = 0;
        for published in &self.tracks {
            let Some(track) = tracks.get_mut(published.track) else { continue };
            for encoding in &mut track.encodings {
                let block = encoding.ssrc.and_then(|ssrc| encoding.reception.report(ssrc, now_us));
                if let (Some(block), Some(place)) = (block, blocks.get_mut(count)) {
                    *place = block;
                    count += 1;
                }
            }
        }
        if count == 0 {
            return;
        }
        let mut buffer = [0; SLOT_BYTES];
        let mut writer = CompoundWriter::new(&mut buffer[..RTCP_PACKET_BYTES_MAX - SRTCP_OVERHEAD_MAX]);
        writer.receiver_report(self.local_ssrc, &blocks[..count]);
        writer.cname(self.local_ssrc, &self.cname);
        let len = writer.len();
        self.send_rtcp(&buffer[..len], egress);
    }

    /// One report for each stream that has been sent anything, on the publisher's clock, so that its tracks stay in step.
    fn send_sender_reports<E: Egress>(
        &mut self,
        tracks: &SlotMap<TrackKey, Track>,
        clock: &Clock,
        now_us: u64,
        egress: &mut E,
    ) {
        let mut buffer = [0; SLOT_BYTES];
        let ntp = clock.ntp(now_us);
        let mut index = 0;
        while index < self.subscriptions.len() {
            let mut writer = CompoundWriter::new(&mut buffer[..RTCP_PACKET_BYTES_MAX - SRTCP_OVERHEAD_MAX]);
            while let Some(subscription) = self.subscriptions.get(index) {
                let report = subscription.as_ref().and_then(|subscription| {
                    let track = tracks.get(subscription.track)?;
                    let encoding = track.encodings.get(usize::from(subscription.encoding()))?;
                    let (report, _) = encoding.reception.last_report()?;
                    let theirs = track.clock.rtp_at(ntp, &report, track.codec.clock_hz())?;
                    let info = SenderInfo {
                        ntp,
                        rtp_timestamp: subscription.outgoing_timestamp(theirs),
                        packets: subscription.counters.packets as u32,
                        bytes: subscription.counters.bytes as u32,
                    };
                    subscription.is_flowing().then_some((subscription.outgoing.ssrc, info, &track.cname))
                });
                if let Some((ssrc, info, cname)) = report
                    && !(writer.sender_report(ssrc, &info) && writer.cname(ssrc, cname))
                {
                    break;
                }
                index += 1;
            }
            let len = writer.len();
            if len == 0 {
                break;
            }
            self.send_rtcp(&buffer[..len], egress);
        }
    }

    /// Seals a compound packet straight into a slot; an empty one is not sent.
    fn send_rtcp<E: Egress>(&mut self, compound: &[u8], egress: &mut E) {
        let Some(path) = self.path.as_mut().filter(|_| !compound.is_empty()) else { return };
        let slot = egress.slot(path.address);
        slot[..compound.len()].copy_from_slice(compound);
        if let Ok(len) = path.srtp.protect_rtcp(slot, compound.len()) {
            egress.commit(len);
        }
    }
}

/// What media leaves of a probe's due bytes is filled with packets sent again.
fn fill_probe<E: Egress>(
    subscriptions: &mut [Option<Subscription>],
    tracks: &SlotMap<TrackKey, Track>,
    path: &mut SendPath,
    bytes_before: u64,
    due: u64,
    now_us: u64,
    egress: &mut E,
) {
    let mut sent = path.counters.bytes - bytes_before;
    for subscription in subscriptions.iter_mut().flatten().filter(|subscription| subscription.kind == Kind::Video) {
        if sent >= due {
            break;
        }
        if let Some(track) = tracks.get(subscription.track) {
            sent += subscription.fill(track, path, due - sent, now_us, egress);
        }
    }
    path.probe = 0;
    // What could not be filled is not owed later: a burst that stretches measures nothing.
    path.estimator.prober().sent(sent.max(due));
}
