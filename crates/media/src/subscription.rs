//! One track as one subscriber sees it: the rewriting of a packet, and which packets it gets.
//!
//! Owns the outgoing numbers, timestamps and ids of one SSRC and its repair SSRC. Invariants: outgoing sequence numbers
//! have no gaps but those of the publisher's own losses; a number never names two packets; a video subscriber's first
//! packet, and the first after every change of encoding or pause, begins a key frame. Which layers of an encoding pass is
//! the business of its [`LayerGate`]; what is sent twice, that of `repair`.

mod repair;

use std::hint::black_box;

use crate::allocator::Decision;
use crate::arena::PacketMeta;
use crate::binding::SubscriptionWants;
use crate::codec::descriptor::DescriptorChange;
use crate::codec::{Kind, PictureNumbers};
use crate::egress::Egress;
use crate::explanation::Told;
use crate::extension::{ExtensionIds, ExtensionKind};
use crate::forward::{HeaderPlan, MID_BYTES_MAX, PictureOffset, pad, write_header, write_padding, write_payload};
use crate::ids::SubscriptionId;
use crate::key_frame::{REPLAY_AGE_MAX_US, REPLAY_PACKETS_MAX};
use crate::layers::{ChoiceHistory, Chosen, Layer, LayerGate};
use crate::limits::{ENCODINGS_PER_TRACK_MAX, PAYLOADS_PER_TRACK_MAX};
use crate::rtp::FixedHeader;
use crate::send_path::{SendPath, Written};
use crate::sequence::{AUDIO_SEQUENCE_HISTORY, SEQUENCE_HISTORY, SequenceMap};
use crate::srtp::SendStream;
use crate::track::{Encoding, EncodingSet, Track, TrackKey};

/// What was negotiated for one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub ssrc: u32,
    /// SSRC of repairs; without it nothing is repaired.
    pub rtx_ssrc: Option<u32>,
    /// By the position of a payload type in the track's list.
    pub payload_types: [OutgoingPayload; PAYLOADS_PER_TRACK_MAX],
    pub ids: ExtensionIds,
    pub mid: String,
}

/// The subscriber's payload types for one of the publisher's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutgoingPayload {
    /// `None`: the subscriber cannot decode it, and is not sent it.
    pub media: Option<u8>,
    pub rtx: Option<u8>,
    /// Redundant audio; without it only the primary encoding is sent.
    pub red: Option<u8>,
}

pub struct Subscription {
    pub id: SubscriptionId,
    pub track: TrackKey,
    pub kind: Kind,
    pub wants: SubscriptionWants,
    pub outgoing: Outgoing,
    /// Among the peer's subscriptions with something to send.
    pub is_pending: bool,
    pub counters: SubscriptionCounters,
    /// Of the allocator; `None` before it has spoken.
    pub decision: Option<Decision>,
    pub quality: Quality,
    pub quality_since_us: u64,
    /// When there was last no room for an endangered picture.
    pub starved_us: u64,
    /// What the subscriber was last told of it.
    pub told: Told,
    flow: Flow,
    /// The encoding that is being sent, and the one to change to at its next key frame.
    encoding: u8,
    target: u8,
    /// Which layers of the encoding that is being sent pass, and those that are wanted of the target.
    gate: LayerGate,
    target_layer: Layer,
    /// The layers that passed, by outgoing number.
    choices: ChoiceHistory,
    /// The newest picture left out, as the publisher counts.
    left_out: Option<u16>,
    /// The next packet to look at, in the encoding's arena.
    cursor: u64,
    map: SequenceMap,
    /// Numbers before it are not worth a repair: the path did not carry them, and a key frame follows.
    repairable_from: u64,
    /// What SRTP counts from; grows when new keys start a new count.
    index_base: u64,
    /// What is added to timestamps and picture numbers, by encoding: repairs may still be of the one before.
    offsets: [Offsets; ENCODINGS_PER_TRACK_MAX],
    /// The first number that each of them holds for: what was sent before had others.
    offsets_from: [u64; ENCODINGS_PER_TRACK_MAX],
    /// The generation of the encoding that is being sent.
    generation: u32,
    last: Option<LastSent>,
    plan: HeaderPlan,
    stream: Option<SendStream>,
    rtx: Option<Rtx>,
}

/// The repair stream: its own numbers under its own SSRC (RFC 4588).
struct Rtx {
    ssrc: u32,
    next: u64,
    index_base: u64,
    stream: Option<SendStream>,
    /// Millisecond of the last repair of a number, 0 for never, by number.
    repaired_ms: Box<[u16]>,
    /// Of this number and later ones it says nothing yet: their places are still those of numbers before.
    repaired_to: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offsets {
    timestamp: u32,
    picture: PictureOffset,
    /// Of dependency descriptors.
    frame_number: u16,
}

#[derive(Debug, Clone, Copy)]
struct LastSent {
    /// As the subscriber saw it.
    timestamp: u32,
    picture: Option<PictureNumbers>,
    frame_number: Option<u16>,
    at_us: u64,
}

/// How a video subscription fares on its path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Quality {
    #[default]
    Good,
    /// The path does not carry even the smallest picture; it is given up soon.
    Endangered,
    /// Audio only, until the path recovers.
    Suspended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Not wanted.
    Paused,
    /// Wanted; nothing can be sent before a key frame (video) or a packet (audio) comes.
    Waiting,
    Flowing,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubscriptionCounters {
    pub packets: u64,
    /// Payload bytes, as a sender report counts them.
    pub bytes: u64,
    pub repairs: u64,
    /// Asked for, and forgotten, over budget, or repaired a moment ago.
    pub repairs_refused: u64,
    /// Overwritten before they could be sent.
    pub overrun: u64,
    pub encoding_changes: u64,
    /// From the subscriber's newest report.
    pub fraction_lost: u8,
    pub round_trip_us: Option<u64>,
    pub key_frames_requested: u64,
}

/// What became of the packets that waited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forwarded {
    pub packets: u32,
    /// The first packets of this subscription were sent.
    pub has_started: bool,
    /// Packets are left: the budget is used up.
    pub is_unfinished: bool,
    /// Nothing can be sent before the publisher makes a key frame of this encoding.
    pub wants_key_frame_of: Option<u8>,
}

impl Subscription {
    pub fn new(
        id: SubscriptionId,
        track: TrackKey,
        kind: Kind,
        outgoing: Outgoing,
        first_sequences: (u16, u16),
        timestamp_offset: u32,
    ) -> Self {
        let history = match kind {
            Kind::Audio => AUDIO_SEQUENCE_HISTORY,
            Kind::Video => SEQUENCE_HISTORY,
        };
        let rtx = outgoing.rtx_ssrc.map(|ssrc| Rtx {
            ssrc,
            next: u64::from(first_sequences.1),
            index_base: 0,
            stream: None,
            repaired_ms: vec![0; history].into(),
            repaired_to: 0,
        });
        let mut subscription = Self {
            id,
            track,
            kind,
            wants: SubscriptionWants::default(),
            outgoing,
            is_pending: false,
            counters: SubscriptionCounters::default(),
            decision: None,
            quality: Quality::Good,
            quality_since_us: 0,
            starved_us: 0,
            told: Told::default(),
            flow: Flow::Waiting,
            encoding: 0,
            target: 0,
            gate: LayerGate::new(),
            target_layer: Layer::ALL,
            choices: ChoiceHistory::new(),
            left_out: None,
            cursor: 0,
            map: SequenceMap::new(first_sequences.0, history),
            repairable_from: 0,
            index_base: 0,
            offsets: [Offsets { timestamp: timestamp_offset, ..Offsets::default() }; ENCODINGS_PER_TRACK_MAX],
            offsets_from: [0; ENCODINGS_PER_TRACK_MAX],
            generation: 0,
            last: None,
            plan: HeaderPlan::default(),
            stream: None,
            rtx,
        };
        subscription.adopt_ids();
        subscription
    }

    /// A later offer may number extensions and payloads anew. The SSRCs stay.
    pub fn renegotiate(&mut self, ids: ExtensionIds, payload_types: [OutgoingPayload; PAYLOADS_PER_TRACK_MAX]) {
        self.outgoing.ids = ids;
        self.outgoing.payload_types = payload_types;
        self.adopt_ids();
    }

    fn adopt_ids(&mut self) {
        let mut plan = HeaderPlan::default();
        for (id, kind) in self.outgoing.ids.iter() {
            plan.ids[kind as usize] = id;
        }
        let mid = self.outgoing.mid.as_bytes();
        if mid.len() <= MID_BYTES_MAX {
            plan.mid[..mid.len()].copy_from_slice(mid);
            plan.mid_len = mid.len() as u8;
        }
        self.plan = plan;
    }

    /// New keys: numbers go on where they were, SRTP's count begins in its first cycle again.
    pub fn open_streams(&mut self, path: &mut SendPath) {
        self.stream = path.srtp.open_stream(self.outgoing.ssrc);
        self.index_base = self.map.next() & !0xFFFF;
        if let Some(rtx) = &mut self.rtx {
            rtx.stream = path.srtp.open_stream(rtx.ssrc);
            rtx.index_base = rtx.next & !0xFFFF;
        }
    }

    pub fn has_streams(&self) -> bool {
        self.stream.is_some()
    }

    /// Packets of these encodings are of interest: of the one it is sent, or of any while it looks for where to begin.
    #[inline]
    pub fn is_interested_in(&self, encodings: EncodingSet) -> bool {
        let is_active = self.flow != Flow::Paused && self.stream.is_some();
        let is_settled = self.flow == Flow::Flowing && self.target == self.encoding;
        is_active && (!is_settled || encodings.contains(self.encoding))
    }

    pub fn is_flowing(&self) -> bool {
        self.flow == Flow::Flowing
    }

    pub fn has_started(&self) -> bool {
        self.counters.packets > 0
    }

    pub fn encoding(&self) -> u8 {
        self.encoding
    }

    pub fn target(&self) -> u8 {
        self.target
    }

    /// Reads what [`Self::is_interested_in`] will, without needing any of it yet.
    #[inline]
    pub fn touch_interest(&self) {
        black_box((self.flow, self.is_pending, self.target, self.stream.is_some()));
    }

    /// The same of what forwarding will.
    #[inline]
    pub fn touch(&self) {
        black_box((self.cursor, self.counters.packets, self.last.is_some()));
        black_box((self.outgoing.payload_types[0].media, self.plan.id(ExtensionKind::TransportSequence)));
        black_box((self.map.next(), self.stream.is_some(), self.index_base, self.offsets[0].timestamp));
    }

    pub fn set_wants(&mut self, wants: SubscriptionWants) {
        self.wants = wants;
        self.set_paused(!wants.enabled || self.quality == Quality::Suspended);
    }

    /// Nothing is sent while paused. What comes afterwards follows on without a gap, from a key frame.
    pub fn set_paused(&mut self, paused: bool) {
        match (paused, self.flow) {
            (true, _) => self.flow = Flow::Paused,
            (false, Flow::Paused) => self.flow = Flow::Waiting,
            (false, _) => {}
        }
    }

    /// The layers that are being sent.
    pub fn layer(&self) -> Layer {
        self.gate.current()
    }

    /// The encoding and the layers to be on. They are reached where a decoder can follow, at the next key frame as a rule,
    /// and the present ones go on until then.
    pub fn set_target(&mut self, encoding: u8, layer: Layer) {
        self.target = encoding;
        self.target_layer = layer;
        if self.target == self.encoding {
            self.gate.set_target(layer);
        }
    }

    /// The same, but what is being sent is too much for the path and stops at once, unless it can do with less.
    pub fn fall_back_to(&mut self, encoding: u8, layer: Layer) {
        self.set_target(encoding, layer);
        if self.flow == Flow::Flowing && (self.target != self.encoding || self.gate.needs_key_frame()) {
            self.flow = Flow::Waiting;
            self.repairable_from = self.map.next();
        }
    }

    /// Sends what has arrived, at most `budget` packets of it.
    pub fn forward<E: Egress>(
        &mut self,
        track: &Track,
        path: &mut SendPath,
        budget: u32,
        now_us: u64,
        egress: &mut E,
    ) -> Forwarded {
        let mut forwarded = Forwarded::default();
        let had_started = self.has_started();
        let is_restarted = |encoding: &Encoding| encoding.generation != self.generation;
        if self.flow == Flow::Flowing && track.encodings.get(usize::from(self.encoding)).is_some_and(is_restarted) {
            self.flow = Flow::Waiting;
        }
        if self.flow == Flow::Waiting || self.target != self.encoding {
            forwarded.wants_key_frame_of = self.try_to_begin(track, now_us);
        }
        if self.flow != Flow::Flowing {
            return forwarded;
        }
        let Some(encoding) = track.encodings.get(usize::from(self.encoding)) else { return forwarded };
        let end = encoding.arena.arrivals();
        while self.cursor < end {
            if forwarded.packets == budget {
                forwarded.is_unfinished = true;
                break;
            }
            let arrival = self.cursor;
            self.cursor += 1;
            let Some((meta, packet)) = encoding.arena.get(arrival) else {
                self.counters.overrun += 1;
                continue;
            };
            let is_sent = match self.passes(meta) {
                true => {
                    let number = self.map.assign(meta.sequence, arrival, meta.after_break);
                    number.is_some_and(|number| self.send(encoding, meta, packet, number, path, now_us, egress))
                }
                false => self.leave_out(meta, arrival, path, now_us, egress),
            };
            forwarded.packets += u32::from(is_sent);
        }
        if self.gate.needs_key_frame() {
            forwarded.wants_key_frame_of.get_or_insert(self.encoding);
        }
        forwarded.has_started = !had_started && self.has_started();
        forwarded
    }

    /// Whether the subscriber can decode a packet, and is meant to.
    #[inline]
    fn passes(&mut self, meta: &PacketMeta) -> bool {
        let is_decodable = self.outgoing.payload_types[usize::from(meta.payload)].media.is_some();
        meta.payload_len > 0
            && is_decodable
            && match self.map.is_late(meta.sequence) {
                false => self.gate_passes(meta),
                true => self.gate.would_pass(&meta.facts),
            }
    }

    #[inline]
    fn gate_passes(&mut self, meta: &PacketMeta) -> bool {
        let passes = self.gate.passes(&meta.facts, meta.timestamp);
        if self.gate.current() != self.choices.newest() {
            self.choices.change(self.gate.current(), self.map.next(), Some(meta.timestamp));
        }
        passes
    }

    /// Sees to it that what is left out leaves no gap; `true` when that took a packet.
    fn leave_out<E: Egress>(
        &mut self,
        meta: &PacketMeta,
        arrival: u64,
        path: &mut SendPath,
        now_us: u64,
        egress: &mut E,
    ) -> bool {
        if self.map.is_late(meta.sequence) {
            // A place was kept for it before anybody knew what it is.
            let number = self.map.assign(meta.sequence, arrival, meta.after_break);
            number.into_iter().for_each(|number| self.map.leave_empty(number));
            return number.is_some_and(|number| self.send_nothing(meta, number, path, now_us, egress).is_some());
        }
        self.map.skip(meta.sequence, meta.after_break);
        if let Some(picture) = meta.facts.picture
            && picture.is_gapless
            && self.left_out.replace(picture.picture_id) != Some(picture.picture_id)
        {
            let offset = &mut self.offsets[usize::from(self.encoding)].picture;
            offset.leave_out();
            self.map.set_note(offset.picture_id);
        }
        false
    }

    /// A packet without content, for a number that a subscriber would wait for in vain.
    #[cold]
    fn send_nothing<E: Egress>(
        &mut self,
        meta: &PacketMeta,
        number: u64,
        path: &mut SendPath,
        now_us: u64,
        egress: &mut E,
    ) -> Option<()> {
        let fixed = FixedHeader {
            payload_type: self.outgoing.payload_types[usize::from(meta.payload)].media?,
            marker: false,
            sequence: number as u16,
            timestamp: self.outgoing_timestamp(meta.timestamp),
            ssrc: self.outgoing.ssrc,
        };
        let index = number.checked_sub(self.index_base)?;
        let slot = egress.slot(path.address);
        let (header_len, len) = write_padding(slot, fixed, &self.plan, path.sent.next(), 1)?;
        let written = Written { header_len, len, index, is_numbered: self.plan.is_numbered() };
        let len = path.seal(self.stream.as_mut()?, slot, written, now_us)?;
        egress.commit(len);
        self.counters.packets += 1;
        Some(())
    }

    /// What a subscriber sees otherwise in a dependency descriptor.
    #[inline]
    fn descriptor_change(&self, index: u8, encoding: &Encoding, meta: &PacketMeta, chosen: Chosen) -> DescriptorChange {
        let Some(facts) = meta.facts.descriptor else { return DescriptorChange::default() };
        let is_said = facts.has_structure || facts.has_mask() || chosen.has_changed_at(meta.timestamp);
        let structure = encoding.structure.as_deref().filter(|structure| is_said && facts.fits(structure));
        let active_targets = structure.and_then(|structure| {
            let active = structure.active_targets(chosen.layer);
            // All of them is what a new structure says anyway.
            (active != structure.all_targets() || !facts.has_structure).then_some(active)
        });
        DescriptorChange { frame_number: self.offsets[usize::from(index)].frame_number, active_targets }
    }

    #[inline]
    #[expect(clippy::too_many_arguments, reason = "a packet, its place, and where it goes")]
    fn send<E: Egress>(
        &mut self,
        encoding: &Encoding,
        meta: &PacketMeta,
        packet: &[u8],
        number: u64,
        path: &mut SendPath,
        now_us: u64,
        egress: &mut E,
    ) -> bool {
        let chosen = self.choices.at(number);
        let change = self.descriptor_change(self.encoding, encoding, meta, chosen);
        let (Some(stream), Some(index)) = (&mut self.stream, number.checked_sub(self.index_base)) else { return false };
        let OutgoingPayload { media, red, .. } = self.outgoing.payload_types[usize::from(meta.payload)];
        let red = red.filter(|_| meta.redundant_len > 0);
        let Some(payload_type) = red.or(media) else { return false };
        let left_out = if red.is_some() { 0 } else { usize::from(meta.redundant_len) };
        let offsets = self.offsets[usize::from(self.encoding)];
        let fixed = FixedHeader {
            payload_type,
            marker: meta.marker || chosen.layer.ends_picture(&meta.facts),
            sequence: number as u16,
            timestamp: meta.timestamp.wrapping_add(offsets.timestamp),
            ssrc: self.outgoing.ssrc,
        };
        let slot = egress.slot(path.address);
        let header_len = write_header(slot, fixed, &self.plan, path.sent.next(), meta, packet, change);
        let Some(payload_end) = write_payload(slot, header_len, meta, packet, left_out) else { return false };
        let Some(len) = pad(slot, payload_end, meta.padding) else { return false };
        let picture = meta.facts.picture.map(|picture| {
            let offset = PictureOffset { picture_id: self.map.note_of(number), ..offsets.picture };
            offset.apply(picture, &mut slot[header_len..payload_end])
        });
        let frame_number = meta.facts.descriptor.map(|facts| facts.frame_number.wrapping_add(offsets.frame_number));
        let written = Written { header_len, len, index, is_numbered: self.plan.is_numbered() };
        let Some(sealed) = path.seal(stream, slot, written, now_us) else { return false };
        egress.commit(sealed);
        path.repairs.sent(sealed);
        self.counters.packets += 1;
        self.counters.bytes += (payload_end - header_len) as u64;
        path.counters.padding += u64::from(meta.padding);
        // A late packet is no step forward.
        if self.last.is_none_or(|last| fixed.timestamp.wrapping_sub(last.timestamp) as i32 >= 0) {
            self.last = Some(LastSent { timestamp: fixed.timestamp, picture, frame_number, at_us: now_us });
        }
        true
    }

    /// Begins to send, or changes to the target encoding, when there is a place to begin. Otherwise says which encoding's
    /// key frame is needed.
    fn try_to_begin(&mut self, track: &Track, now_us: u64) -> Option<u8> {
        let encoding = track.encodings.get(usize::from(self.target))?;
        if self.kind == Kind::Audio {
            self.begin_at(encoding.arena.arrivals().saturating_sub(1), track);
            return None;
        }
        if !self.can_decode(encoding) {
            return None;
        }
        match self.entry_point(encoding, now_us) {
            Some(arrival) => {
                self.begin_at(arrival, track);
                None
            }
            None => Some(self.target),
        }
    }

    /// The subscriber has agreed to the payload type of what is being sent, as far as that is known.
    pub fn can_decode(&self, encoding: &Encoding) -> bool {
        let media = |payload: u8| self.outgoing.payload_types[usize::from(payload)].media;
        encoding.payload().is_none_or(|payload| media(payload).is_some())
    }

    /// The key frame to begin with: young enough to be caught up with, and not older than what the subscriber has seen.
    fn entry_point(&self, encoding: &Encoding, now_us: u64) -> Option<u64> {
        let key_frame = encoding.key_frame?;
        let is_young = now_us.saturating_sub(key_frame.at_us) <= REPLAY_AGE_MAX_US
            && encoding.arena.arrivals() - key_frame.arrival <= REPLAY_PACKETS_MAX;
        let is_new = self.last.is_none_or(|last| key_frame.at_us >= last.at_us);
        (is_young && is_new && encoding.arena.contains(key_frame.arrival)).then_some(key_frame.arrival)
    }

    fn begin_at(&mut self, arrival: u64, track: &Track) {
        let target = self.target;
        let encoding = &track.encodings[usize::from(target)];
        if let (Some((first, _)), Some(last)) = (encoding.arena.get(arrival), self.last) {
            let before = self.offsets[usize::from(self.encoding)].timestamp;
            let offsets = &mut self.offsets[usize::from(target)];
            let former = *offsets;
            if target != self.encoding {
                self.counters.encoding_changes += 1;
            }
            if target != self.encoding || encoding.generation != self.generation {
                let continued = continued_timestamp(track, self.encoding, before, last, target, first);
                offsets.timestamp = continued.wrapping_sub(first.timestamp);
            }
            if let (Some(last), Some(first)) = (last.picture, first.facts.picture) {
                offsets.picture = PictureOffset::following(last, first);
            }
            if let (Some(last), Some(first)) = (last.frame_number, first.facts.descriptor) {
                offsets.frame_number = last.wrapping_add(1).wrapping_sub(first.frame_number);
            }
            if *offsets != former {
                self.offsets_from[usize::from(target)] = self.map.next();
            }
        }
        self.generation = encoding.generation;
        self.map.restart(target);
        self.map.set_note(self.offsets[usize::from(target)].picture.picture_id);
        self.gate.set_target(self.target_layer);
        self.gate.restart();
        self.choices.change(self.gate.current(), self.map.next(), None);
        self.left_out = None;
        self.encoding = target;
        self.cursor = arrival;
        self.flow = Flow::Flowing;
    }

    /// What was added to the numbers of an encoding when this outgoing number was sent, if it is still known.
    fn offsets_at(&self, number: u64, encoding: u8) -> Option<Offsets> {
        let encoding = usize::from(encoding);
        (number >= self.offsets_from[encoding]).then_some(self.offsets[encoding])
    }

    /// The SSRC this subscription sends on, or repairs on.
    pub fn owns_ssrc(&self, ssrc: u32) -> bool {
        self.outgoing.ssrc == ssrc || self.rtx.as_ref().is_some_and(|rtx| rtx.ssrc == ssrc)
    }

    /// The publisher's timestamp as the subscriber sees it.
    pub fn outgoing_timestamp(&self, timestamp: u32) -> u32 {
        timestamp.wrapping_add(self.offsets[usize::from(self.encoding)].timestamp)
    }
}

/// The outgoing timestamp for the first packet of another encoding. The publisher's sender reports say when it was
/// captured, relative to the encoding before; without them the time of arrival has to do.
fn continued_timestamp(track: &Track, from: u8, offset: u32, last: LastSent, to: u8, first: &PacketMeta) -> u32 {
    let clock_hz = track.codec.clock_hz();
    let report = |encoding: u8| Some(track.encodings.get(usize::from(encoding))?.reception.last_report()?.0);
    let by_reports = report(from).zip(report(to)).filter(|_| from != to).map(|(old, new)| {
        let between = old.ntp.wrapping_sub(new.ntp) as i64;
        let ticks = (i128::from(between) * i128::from(clock_hz)) >> 32;
        let since_report = first.timestamp.wrapping_sub(new.rtp_timestamp);
        old.rtp_timestamp.wrapping_add(since_report).wrapping_sub(ticks as u32).wrapping_add(offset)
    });
    let elapsed_us = first.arrived_us.saturating_sub(last.at_us).min(10_000_000);
    let by_arrival = last.timestamp.wrapping_add((elapsed_us * u64::from(clock_hz) / 1_000_000) as u32);
    // Reports that disagree with arrival by seconds are wrong, whatever they are.
    let is_plausible = |timestamp: &u32| (timestamp.wrapping_sub(by_arrival) as i32).unsigned_abs() < 5 * clock_hz;
    let continued = by_reports.filter(is_plausible).unwrap_or(by_arrival);
    let earliest = last.timestamp.wrapping_add(clock_hz / 1000);
    match (continued.wrapping_sub(earliest) as i32) < 0 {
        true => earliest,
        false => continued,
    }
}
