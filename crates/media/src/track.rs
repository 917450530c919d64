//! One audio or video track as its publisher sends it: its encodings, and who receives it.
//!
//! Owns everything that is done once for all subscribers: reading a packet, noticing what is missing, remembering where
//! the last key frame began. Must not know how any subscriber sees the track.

use crate::arena::{Arena, PacketMeta};
use crate::codec::descriptor::{self, Structure};
use crate::codec::{self, Codec, Kind, PayloadFacts, Sizes, red};
use crate::extension::{ExtensionIds, ExtensionKind};
use crate::ids::{RoomKey, TrackId};
use crate::key_frame::KeyFrameRequests;
use crate::layers::Layer;
use crate::levels::LevelMeter;
use crate::limits::{
    AUDIO_HISTORY_PACKETS, ENCODINGS_PER_TRACK_MAX, Limits, PAYLOADS_PER_TRACK_MAX, RTP_PACKET_BYTES_MAX,
    VIDEO_HISTORY_PACKETS,
};
use crate::nack::{MissingPackets, Noticed};
use crate::peer::PeerKey;
use crate::rate::{LayerMeter, RateMeter, is_arriving};
use crate::reports::{PublisherClock, Reception};
use crate::rtp::{ElementTable, RtpHeader, extend_sequence};
use crate::run_padding;
use crate::sdp::{self, Payload};

slotmap::new_key_type! {
    /// The plane's own name for a track.
    pub struct TrackKey;
}

#[derive(Debug)]
pub struct Track {
    pub id: TrackId,
    pub room: RoomKey,
    pub publisher: PeerKey,
    pub codec: Codec,
    /// What the publisher may send, all of one codec.
    pub payloads: Vec<Payload>,
    /// Names the publisher in source descriptions.
    pub cname: String,
    /// Its clock, against ours.
    pub clock: PublisherClock,
    pub ids: ExtensionIds,
    pub encodings: Vec<Encoding>,
    pub subscribers: Vec<SubscriberRef>,
    pub level: LevelMeter,
    pub counters: TrackCounters,
    muted: bool,
    started: bool,
    key_frame_seen: bool,
}

/// Who sends a track.
#[derive(Debug, Clone)]
pub struct Publisher {
    pub peer: PeerKey,
    pub room: RoomKey,
    pub cname: String,
}

/// A subscription as the track knows it: which peer, and which of its subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriberRef {
    pub peer: PeerKey,
    pub index: u16,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrackCounters {
    pub duplicates: u64,
    pub repaired: u64,
    /// Too large, of another payload type, or with padding that does not add up.
    pub refused: u64,
    pub muted: u64,
}

/// One independently coded stream of a track: a simulcast layer, or all there is.
#[derive(Debug)]
pub struct Encoding {
    pub rid: Option<Box<[u8]>>,
    pub ssrc: Option<u32>,
    pub rtx_ssrc: Option<u32>,
    /// Grows when the publisher changes the SSRC or the payload type: timestamps and pictures begin anew.
    pub generation: u32,
    /// What is added to SRTP's index, so that numbers of different SSRCs never meet.
    sequence_base: u64,
    pub arena: Arena,
    pub reception: Reception,
    pub missing: MissingPackets,
    pub requests: KeyFrameRequests,
    pub rate: RateMeter,
    pub layers: LayerMeter,
    pub key_frame: Option<KeyFrame>,
    /// Packets before this sequence number are of what was sent before that key frame, or before all that went before was
    /// given up. They may still come, and be of use to who has what they refer to, but nothing begins with them.
    current_from: u64,
    /// The picture sizes that were stated last, by spatial layer.
    pub sizes: Sizes,
    /// What dependency descriptors refer to.
    pub structure: Option<Box<Structure>>,
    /// The position of the payload type that its newest packet had.
    payload: Option<u8>,
    /// When the newest packet came.
    pub heard_us: u64,
    /// When a subscriber last needed it.
    pub needed_us: u64,
    /// The publisher was asked not to send it, because nobody needs it.
    pub is_spared: bool,
    /// The next packet follows a mute: what is missing before it was never meant to be sent.
    after_break: bool,
    /// When its subscribers are to be told of packets that arrived since they were last told; `None` if none did.
    tell_us: Option<u64>,
    /// Of packets before this arrival they were told, and their padding is known.
    told: u64,
}

/// Where the newest key frame begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFrame {
    pub arrival: u64,
    pub timestamp: u32,
    pub at_us: u64,
}

/// A decrypted packet on its way into a track.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    pub packet: &'a [u8],
    pub header: &'a RtpHeader,
    pub number: Number,
}

/// Where a packet belongs in its stream.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// SRTP's index.
    Index(u64),
    /// The sequence number a retransmission names (RFC 4588).
    Repaired(u16),
}

/// Some of a track's encodings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EncodingSet(u8);

impl EncodingSet {
    pub const ALL: Self = Self(u8::MAX);

    pub fn insert(&mut self, encoding: u8) {
        self.0 |= 1 << encoding;
    }

    pub fn contains(self, encoding: u8) -> bool {
        self.0 & (1 << encoding) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a packet changed for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    pub encoding: u8,
    /// There is something to forward.
    pub is_new: bool,
    /// It can be forwarded without waiting for more: the end of a frame, a sound, a repair.
    pub is_complete: bool,
    pub is_first: bool,
    pub is_first_key_frame: bool,
    /// The publisher must be asked for something.
    pub needs_repair: bool,
}

impl Track {
    pub fn new(
        id: TrackId,
        publisher: Publisher,
        payloads: Vec<Payload>,
        ids: ExtensionIds,
        announced: &[sdp::Encoding],
        limits: &Limits,
    ) -> Self {
        let codec = payloads.first().map_or(Codec::Opus, |payload| payload.codec);
        let mut encodings: Vec<_> = announced
            .iter()
            .take(ENCODINGS_PER_TRACK_MAX)
            .map(|announced| Encoding::new(announced, codec.kind(), limits))
            .collect();
        if encodings.is_empty() {
            encodings.push(Encoding::new(&sdp::Encoding::default(), codec.kind(), limits));
        }
        Self {
            id,
            room: publisher.room,
            publisher: publisher.peer,
            codec,
            payloads,
            cname: publisher.cname,
            clock: PublisherClock::default(),
            ids,
            encodings,
            subscribers: Vec::new(),
            level: LevelMeter::default(),
            counters: TrackCounters::default(),
            muted: false,
            started: false,
            key_frame_seen: false,
        }
    }

    pub fn kind(&self) -> Kind {
        self.codec.kind()
    }

    pub fn is_muted(&self) -> bool {
        self.muted
    }

    /// What a muted track sends is counted and forgotten, here, before any subscriber could see it.
    pub fn set_muted(&mut self, muted: bool) {
        if self.muted && !muted {
            for encoding in &mut self.encodings {
                encoding.after_break = true;
                let has_begun = encoding.reception.packets > 0;
                encoding.forget_key_frame(encoding.reception.newest() + u64::from(has_begun));
                if self.codec.kind() == Kind::Video {
                    encoding.requests.want();
                }
            }
        }
        self.muted = muted;
    }

    /// A later offer of the publisher's. What was agreed before keeps its place, and packets of it may still come. The answer
    /// accepted no more than there is a place for, but to two sections that both claim to be this track.
    pub fn renegotiate(&mut self, payloads: Vec<Payload>) {
        for payload in payloads {
            match self.payloads.iter().position(|known| known.pt == payload.pt) {
                Some(at) if self.payloads[at].codec == payload.codec => self.payloads[at] = payload,
                None if self.payloads.len() < PAYLOADS_PER_TRACK_MAX => self.payloads.push(payload),
                Some(_) | None => {}
            }
        }
    }

    /// The encoding that a stream without a RID belongs to.
    pub fn encoding_by_rid(&self, rid: Option<&[u8]>) -> Option<u8> {
        let at = match rid {
            Some(rid) => self.encodings.iter().position(|encoding| encoding.rid.as_deref() == Some(rid))?,
            None if self.encodings.len() == 1 => 0,
            None => return None,
        };
        Some(at as u8)
    }

    /// The encodings that the publisher is sending now, with their positions.
    pub fn arriving(&self, now_us: u64) -> impl Iterator<Item = (u8, &Encoding)> {
        let newest_us = self.encodings.iter().map(|encoding| encoding.heard_us).max().unwrap_or(0);
        let is_sent = move |encoding: &Encoding| is_arriving(encoding.heard_us, newest_us, now_us);
        (0u8..).zip(&self.encodings).filter(move |(_, encoding)| is_sent(encoding))
    }

    /// Has the subscribers of an encoding told of what arrived at `at_us`, or when they were to be told in any case. `true`: of
    /// no other was there anything to tell.
    pub fn announce(&mut self, encoding: u8, at_us: u64) -> bool {
        let is_first = self.tell_us().is_none();
        if let Some(encoding) = self.encodings.get_mut(usize::from(encoding)) {
            encoding.tell_us = Some(encoding.tell_us.map_or(at_us, |tell_us| tell_us.min(at_us)));
        }
        is_first
    }

    /// When there is something to tell next.
    pub fn tell_us(&self) -> Option<u64> {
        self.encodings.iter().filter_map(|encoding| encoding.tell_us).min()
    }

    /// The encodings of which there is something to tell now: it is told, and made long runs of.
    pub fn take_news(&mut self, now_us: u64) -> EncodingSet {
        let is_video = self.codec.kind() == Kind::Video;
        let mut news = EncodingSet::default();
        for (index, encoding) in (0u8..).zip(&mut self.encodings) {
            if encoding.tell_us.take_if(|tell_us| *tell_us <= now_us).is_none() {
                continue;
            }
            news.insert(index);
            if is_video {
                run_padding::even_out(&mut encoding.arena, encoding.told);
            }
            encoding.told = encoding.arena.arrivals();
        }
        news
    }

    /// Takes a packet of encoding `index` in.
    pub fn receive(&mut self, index: u8, incoming: Incoming<'_>, now_us: u64) -> Received {
        let mut received = Received { encoding: index, ..Received::default() };
        let Some(encoding) = self.encodings.get_mut(usize::from(index)) else { return received };
        let Incoming { packet, header, number } = incoming;
        let Ok(payload) = header.payload(packet) else {
            self.counters.refused += 1;
            return received;
        };
        let position = self.payloads.iter().position(|payload| payload.carries(header.payload_type));
        let Some(position) = position.filter(|_| packet.len() <= RTP_PACKET_BYTES_MAX) else {
            self.counters.refused += 1;
            return received;
        };
        let is_redundant = self.payloads[position].red_pt == Some(header.payload_type);
        let redundant = if is_redundant { red::primary_at(&packet[payload.clone()]) } else { Some(0) };
        let Some(redundant_len) = redundant else {
            self.counters.refused += 1;
            return received;
        };
        let (sequence, is_repair) = match number {
            Number::Index(index) => (encoding.sequence_base + index, false),
            Number::Repaired(sequence) => (extend_sequence(encoding.reception.newest(), sequence), true),
        };
        if is_repair && sequence > encoding.reception.newest() {
            self.counters.refused += 1;
            return received;
        }

        if !is_repair {
            encoding.reception.packet(sequence, header.timestamp, packet.len(), self.codec.clock_hz(), now_us);
            encoding.rate.packet(packet.len(), now_us);
            encoding.heard_us = now_us;
        }
        received.is_first = !std::mem::replace(&mut self.started, true);
        let codec = self.payloads[position].codec;
        if codec.kind() == Kind::Video && !is_repair && sequence >= encoding.reception.newest() {
            if encoding.payload.replace(position as u8).is_some_and(|before| usize::from(before) != position) {
                encoding.begin_anew(sequence);
                received.needs_repair = true;
            }
            self.codec = codec;
        }
        match encoding.missing.notice(sequence, now_us) {
            Noticed::InOrder | Noticed::Late => {}
            Noticed::Gap => received.needs_repair |= self.payloads[position].nack,
            Noticed::Lost => {
                if self.codec.kind() == Kind::Video {
                    encoding.requests.want();
                    received.needs_repair = true;
                }
            }
        }
        if self.muted {
            self.counters.muted += 1;
            return received;
        }
        if encoding.arena.find(sequence).is_some() {
            self.counters.duplicates += 1;
            return received;
        }
        self.counters.repaired += u64::from(is_repair);

        let mut elements = ElementTable::default();
        let mut described = None;
        for (id, data) in header.elements(packet) {
            match self.ids.kind(id) {
                Some(ExtensionKind::AudioLevel) => {
                    if let Some(level) = packet.get(data.start) {
                        self.level.packet(*level);
                    }
                    elements.push(ExtensionKind::AudioLevel, &data);
                }
                Some(kind) if kind.is_carried_over() => {
                    elements.push(kind, &data);
                    if kind == ExtensionKind::DependencyDescriptor {
                        described = packet.get(data);
                    }
                }
                _ => {}
            }
        }
        let is_of_codec = encoding.payload.is_none_or(|newest| usize::from(newest) == position);
        let is_of_key_frame = encoding.key_frame.is_some_and(|key_frame| key_frame.timestamp == header.timestamp);
        let is_current = is_of_codec && (sequence >= encoding.current_from || is_of_key_frame);
        let (mut facts, mut sizes) = codec::inspect(codec, &packet[payload.start + redundant_len..payload.end]);
        if let Some(described) = described {
            encoding.describe(described, codec, is_current, &mut facts, &mut sizes);
        }
        let meta = PacketMeta {
            sequence,
            arrived_us: now_us,
            timestamp: header.timestamp,
            marker: header.marker,
            payload: position as u8,
            after_break: std::mem::take(&mut encoding.after_break),
            payload_at: payload.start as u16,
            payload_len: payload.len() as u16,
            redundant_len: redundant_len as u16,
            padding: 0,
            elements,
            facts,
        };
        let arrival = encoding.arena.push(packet, meta);
        // A publisher whose uplink gets wider adds larger pictures without a key frame, and states what there is now.
        if is_current && sizes != Sizes::default() {
            encoding.sizes = sizes;
        }
        if facts.starts_key_frame && !payload.is_empty() && is_current {
            encoding.begin_key_frame(KeyFrame { arrival, timestamp: header.timestamp, at_us: now_us }, sequence);
            received.is_first_key_frame = !std::mem::replace(&mut self.key_frame_seen, true);
        }
        let is_key_picture = encoding.key_frame.is_some_and(|key_frame| key_frame.timestamp == header.timestamp);
        encoding.layers.packet(&facts, header.timestamp, packet.len(), is_key_picture, now_us);
        received.is_new = true;
        received.is_complete = header.marker || is_repair || self.codec.kind() == Kind::Audio;
        received
    }
}

impl Encoding {
    fn new(announced: &sdp::Encoding, kind: Kind, limits: &Limits) -> Self {
        let arena = match kind {
            Kind::Audio => Arena::new(limits.audio_history_bytes, AUDIO_HISTORY_PACKETS),
            Kind::Video => Arena::new(limits.video_history_bytes, VIDEO_HISTORY_PACKETS),
        };
        Self {
            rid: announced.rid.as_deref().map(|rid| rid.as_bytes().into()),
            ssrc: announced.ssrc,
            rtx_ssrc: announced.rtx_ssrc,
            generation: 0,
            sequence_base: 0,
            arena,
            reception: Reception::default(),
            missing: MissingPackets::new(),
            requests: KeyFrameRequests::default(),
            rate: RateMeter::default(),
            layers: LayerMeter::default(),
            key_frame: None,
            current_from: 0,
            sizes: Sizes::default(),
            structure: None,
            payload: None,
            heard_us: 0,
            needed_us: 0,
            is_spared: false,
            after_break: false,
            tell_us: None,
            told: 0,
        }
    }

    /// The publisher sends this encoding on another SSRC now.
    pub fn restart(&mut self, ssrc: u32) {
        if self.ssrc.replace(ssrc).is_some_and(|before| before != ssrc) {
            self.generation += 1;
            self.sequence_base = (self.reception.newest() | 0xFFFF) + 1;
            self.after_break = true;
            self.forget_key_frame(self.sequence_base);
            self.structure = None;
            self.missing.restart();
            self.reception.restart();
        }
    }

    /// The publisher goes on with another payload type from a sequence number on: nothing that comes refers to what came.
    #[cold]
    fn begin_anew(&mut self, sequence: u64) {
        self.generation += 1;
        self.forget_key_frame(sequence);
        self.structure = None;
        self.sizes = Sizes::default();
        self.layers = LayerMeter::default();
        self.requests.want();
    }

    /// Nothing begins before a key frame comes, at this sequence number or later.
    fn forget_key_frame(&mut self, current_from: u64) {
        self.key_frame = None;
        self.current_from = current_from;
    }

    /// The position in the track's list of what is being sent.
    pub fn payload(&self) -> Option<u8> {
        self.payload
    }

    /// Of the newest picture, in pixels; 0 while no key frame has stated its size.
    pub fn area(&self) -> u32 {
        self.size().map_or(0, |(width, height)| u32::from(width) * u32::from(height))
    }

    /// Pictures of a choice of layers that ended in the last second, counted in what is kept of it.
    pub fn frame_rate(&self, choice: Layer, now_us: u64) -> u32 {
        let (mut frames, mut oldest_us) = (0, now_us);
        for arrival in (0..self.arena.arrivals()).rev() {
            match self.arena.get(arrival) {
                Some((meta, _)) if now_us < meta.arrived_us => {}
                Some((meta, _)) if now_us < meta.arrived_us + 1_000_000 => {
                    frames += u64::from(meta.marker && meta.facts.layer.temporal <= choice.temporal);
                    oldest_us = meta.arrived_us;
                }
                Some(_) => break,
                // The history is shorter than a second: it speaks for its own time.
                None => return (frames * 1_000_000 / now_us.saturating_sub(oldest_us).max(1)) as u32,
            }
        }
        frames as u32
    }

    /// The size of the largest spatial layer.
    pub fn size(&self) -> Option<(u16, u16)> {
        self.sizes.iter().rev().find_map(|size| *size)
    }

    /// The size of a choice of layers.
    pub fn size_of(&self, choice: Layer) -> Option<(u16, u16)> {
        self.sizes.get(..=usize::from(choice.spatial))?.iter().rev().find_map(|size| *size)
    }

    /// What a dependency descriptor adds to what the payload says. It is believed about layers where it knows of several,
    /// and about everything where the payload says little. One that is not `is_current` changes nothing for those that follow.
    fn describe(&mut self, data: &[u8], codec: Codec, is_current: bool, facts: &mut PayloadFacts, sizes: &mut Sizes) {
        let mut aside = (!is_current).then(|| self.structure.clone());
        let known = aside.as_mut().unwrap_or(&mut self.structure);
        let Some(read) = descriptor::read(data, known) else { return };
        facts.descriptor = Some(read.facts);
        if read.has_layers || codec == Codec::Av1 {
            facts.starts_frame = read.starts_frame;
            facts.ends_frame = read.ends_frame;
            facts.layer = read.layer;
            facts.needed_by = read.needed_by;
            facts.switches_to = read.switches_to;
        }
        if codec == Codec::Av1 {
            facts.starts_key_frame = read.starts_frame && read.facts.has_structure && read.reach == 0;
        }
        if let Some(structure) = known.as_ref().filter(|_| read.facts.has_structure)
            && structure.sizes != Sizes::default()
        {
            *sizes = structure.sizes;
        }
    }

    /// A key frame can have several packets that look like its beginning (parameter sets); the first one is it.
    fn begin_key_frame(&mut self, key_frame: KeyFrame, sequence: u64) {
        self.requests.key_frame_came();
        if self.key_frame.is_none_or(|previous| previous.timestamp != key_frame.timestamp) {
            self.key_frame = Some(key_frame);
            self.current_from = sequence;
        }
    }
}
