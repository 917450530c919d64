//! The media half of a client, without IO: one transport, tracks that are sent and tracks that are received.
//!
//! Drive it like [`exedra_media::transport::Transport`]: datagrams and time go in, then `poll_transmit`, `poll_event` and
//! `poll_timeout` until nothing is left. Time is an argument and all random numbers follow from the seed, so that a
//! simulation repeats itself. It must not know sockets, signaling or what the media shows.

mod events;
mod frames;
mod missing;
mod negotiation;
mod receive;
mod reception;
mod send;
mod vp8_payload;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_media::codec::Kind;
use exedra_media::dtls::Identity;
use exedra_media::extension::ExtensionKind;
use exedra_media::reports::Clock;
use exedra_media::rtcp::{Compound, CompoundWriter, Feedback, Packet, is_rtcp};
use exedra_media::rtp::RtpHeader;
use exedra_media::srtp::{SRTCP_OVERHEAD_MAX, SrtpProfile, SrtpReceiver, SrtpSender};
use exedra_media::transport::{DatagramKind, Transport, TransportEvent};
use exedra_media::twcc::ArrivalRecorder;

pub use events::PeerEvent;
pub use frames::FrameStats;
pub use negotiation::AnswerError;
pub use receive::{ReceiveStats, ReceiveTrack};
pub use reception::ReceptionStats;
use send::Unsealed;
pub use send::{SendNumbers, SendStats, SendTrack};

use negotiation::{Section, Usage};

/// Largest datagram sent.
const PACKET_BYTES_MAX: usize = 1_400;

/// Our name in source descriptions. Nobody tells participants apart by it.
const CNAME: &str = "exedra";

const REPORT_EVERY: Duration = Duration::from_secs(1);
const FEEDBACK_EVERY: Duration = Duration::from_millis(100);

/// Blocks of one report: their count has five bits.
const REPORT_BLOCKS_MAX: usize = 31;

/// Datagrams waiting for `poll_transmit`; the oldest are dropped, as a full socket buffer would.
const OUTBOX_MAX: usize = 4_096;

#[derive(Debug, Clone)]
pub struct PeerConfig {
    pub identity: Arc<Identity>,
    /// Where our datagrams come from.
    pub local: SocketAddr,
    pub seed: u64,
    /// Time since the epoch when the peer is made, for sender reports.
    pub unix_ms: u64,
}

pub struct Peer {
    transport: Transport,
    srtp: Option<(SrtpSender, SrtpReceiver)>,
    srtp_profile: Option<SrtpProfile>,
    local: SocketAddr,
    clock: Clock,
    random: Random,
    sections: Vec<Section>,
    sending: Vec<SendTrack>,
    receiving: Vec<ReceiveTrack>,
    /// The SSRC our reports and feedback come from.
    reporter: u32,
    transport_sequence: u16,
    arrivals: ArrivalRecorder,
    decrypting: bool,
    next_report: Instant,
    next_feedback: Instant,
    outbox: VecDeque<Vec<u8>>,
    spare: Vec<Vec<u8>>,
    events: VecDeque<PeerEvent>,
    stats: PeerStats,
}

/// What one datagram brought.
#[derive(Debug)]
pub struct MediaPacket<'a> {
    pub mid: &'a str,
    pub kind: Kind,
    /// Without the original sequence number of a retransmission. Empty when it was not decrypted.
    pub payload: &'a [u8],
    pub retransmission: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeerStats {
    pub datagrams_received: u64,
    pub datagrams_sent: u64,
    /// Media or reports that did not authenticate, or came twice on the wire.
    pub unauthentic: u64,
    /// Media of streams nobody announced.
    pub unknown_streams: u64,
    /// Pushed out of a full outbox.
    pub dropped: u64,
}

impl Peer {
    pub fn new(config: PeerConfig, now: Instant) -> Self {
        let mut random = Random(config.seed);
        Self {
            transport: Transport::client(config.identity, &[config.local], now),
            srtp: None,
            srtp_profile: None,
            local: config.local,
            clock: Clock::new(now, config.unix_ms),
            sections: Vec::new(),
            sending: Vec::new(),
            receiving: Vec::new(),
            reporter: random.next() as u32,
            transport_sequence: random.next() as u16,
            arrivals: ArrivalRecorder::new(),
            decrypting: true,
            next_report: now + REPORT_EVERY,
            next_feedback: now + FEEDBACK_EVERY,
            outbox: VecDeque::new(),
            spare: Vec::new(),
            events: VecDeque::new(),
            stats: PeerStats::default(),
            random,
        }
    }

    /// Adds a section for a track of ours to the next offer; returns its mid.
    pub fn add_send(&mut self, kind: Kind) -> String {
        let numbers = SendNumbers {
            ssrc: self.random.next() as u32,
            rtx_ssrc: self.random.next() as u32,
            first_sequence: self.random.next() as u16 >> 1,
            picture_id: self.random.next() as u16,
        };
        self.add_send_with(kind, numbers)
    }

    /// The same with given numbers.
    pub fn add_send_with(&mut self, kind: Kind, numbers: SendNumbers) -> String {
        self.add_section(kind, Usage::Send(numbers))
    }

    /// Adds a section for somebody else's track to the next offer; returns its mid.
    pub fn add_receive(&mut self, kind: Kind) -> String {
        self.add_section(kind, Usage::Receive)
    }

    /// Ends the use of a section; the next offer says so.
    pub fn stop(&mut self, mid: &str) {
        if let Some(section) = self.sections.iter_mut().find(|section| section.mid == mid) {
            section.usage = Usage::Stopped;
        }
        self.sending.retain(|track| track.format.mid != mid);
        if let Some(at) = self.receiving.iter().position(|track| track.format.mid == mid) {
            let track = self.receiving.remove(at);
            if let Some((_, srtp)) = &mut self.srtp {
                [Some(track.format.ssrc), track.format.rtx_ssrc]
                    .into_iter()
                    .flatten()
                    .for_each(|ssrc| srtp.forget(ssrc));
            }
        }
    }

    pub fn offer(&self) -> String {
        negotiation::offer(&self.sections, &self.transport.local_params())
    }

    /// Takes the answer to the last offer. Tracks that are already running go on.
    pub fn handle_answer(&mut self, answer: &str) -> Result<(), AnswerError> {
        let answer = negotiation::read_answer(answer, &self.sections)?;
        self.transport.set_remote(&answer.transport);
        for (format, numbers) in answer.sending {
            if !self.sending.iter().any(|track| track.format.mid == format.mid) {
                self.sending.push(SendTrack::new(format, numbers));
            }
        }
        for format in answer.receiving {
            match self.receiving.iter_mut().find(|track| track.format.mid == format.mid) {
                Some(track) => track.format = format,
                None => self.receiving.push(ReceiveTrack::new(format)),
            }
        }
        Ok(())
    }

    /// Takes an offer of a server that sends, and answers it: a section for each of the offer's, in its order.
    pub fn accept(&mut self, offer: &str) -> Result<String, AnswerError> {
        let (kinds, answer) = negotiation::accept(offer, &self.transport.local_params())?;
        for kind in kinds {
            self.add_receive(kind);
        }
        self.handle_answer(offer)?;
        Ok(answer)
    }

    /// What the handshake agreed on.
    pub fn srtp_profile(&self) -> Option<SrtpProfile> {
        self.srtp_profile
    }

    /// Whether media can flow.
    pub fn is_connected(&self) -> bool {
        self.srtp.is_some() && self.transport.selected().is_some()
    }

    /// Count packets by their headers instead of decrypting them: what a load generator does when decryption would
    /// be its own bottleneck. Such packets are not authenticated.
    pub fn set_decrypting(&mut self, decrypting: bool) {
        self.decrypting = decrypting;
    }

    /// Sends a VP8 frame; returns `false` when media cannot flow yet or the track is not negotiated.
    pub fn send_vp8(&mut self, mid: &str, frame: &[u8], timestamp: u32, now: Instant) -> bool {
        let Some((mut track, srtp)) = self.sender(mid) else { return false };
        let picture_id = track.track.next_picture_id();
        vp8_payload::packetize(frame, picture_id, |payload, last| {
            track.send(srtp, Unsealed { payload, timestamp, marker: last }, now);
        });
        true
    }

    /// Sends one payload as it is.
    pub fn send_payload(&mut self, mid: &str, payload: &[u8], timestamp: u32, marker: bool, now: Instant) -> bool {
        let Some((mut track, srtp)) = self.sender(mid) else { return false };
        if marker {
            track.track.next_picture_id();
        }
        track.send(srtp, Unsealed { payload, timestamp, marker }, now);
        true
    }

    /// Takes a datagram, which is decrypted in place. Returns the media in it, if it is new.
    pub fn handle_datagram<'a>(
        &'a mut self,
        from: SocketAddr,
        datagram: &'a mut [u8],
        now: Instant,
    ) -> Option<MediaPacket<'a>> {
        self.stats.datagrams_received += 1;
        match DatagramKind::of(datagram) {
            DatagramKind::Rtp if is_rtcp(datagram) => {
                self.handle_rtcp(datagram, now);
                None
            }
            DatagramKind::Rtp => self.handle_rtp(datagram, now),
            DatagramKind::Stun | DatagramKind::Dtls | DatagramKind::Unknown => {
                // Refusals are counted in the transport's facts.
                let _ = self.transport.handle_datagram(from, self.local, datagram, now);
                self.take_transport_events(now);
                None
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.transport.poll_timeout().is_some_and(|at| at <= now) {
            self.transport.handle_timeout(now);
            self.take_transport_events(now);
        }
        if !self.is_connected() {
            return;
        }
        self.ask_for_missing(now);
        if now >= self.next_feedback {
            self.next_feedback = now + FEEDBACK_EVERY;
            self.send_feedback();
        }
        if now >= self.next_report {
            self.next_report = now + REPORT_EVERY;
            self.send_reports(now);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let transport = self.transport.poll_timeout();
        if !self.is_connected() {
            return transport;
        }
        let missing = self.receiving.iter().filter_map(ReceiveTrack::next_timeout).min();
        [transport, missing, Some(self.next_feedback), Some(self.next_report)].into_iter().flatten().min()
    }

    /// Replaces the contents of `out` with the next datagram and returns where it goes.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<SocketAddr> {
        let destination = match self.transport.poll_transmit(out) {
            Some(destination) => destination,
            None => {
                let destination = self.transport.selected()?;
                let mut datagram = self.outbox.pop_front()?;
                std::mem::swap(out, &mut datagram);
                self.spare.push(datagram);
                destination
            }
        };
        self.stats.datagrams_sent += 1;
        Some(destination)
    }

    pub fn poll_event(&mut self) -> Option<PeerEvent> {
        self.events.pop_front()
    }

    /// Says goodbye; poll once more before dropping.
    pub fn close(&mut self, now: Instant) {
        self.transport.close(now);
    }

    pub fn stats(&self) -> PeerStats {
        self.stats
    }

    pub fn send_stats(&self, mid: &str) -> Option<SendStats> {
        self.sending.iter().find(|track| track.format.mid == mid).map(SendTrack::stats)
    }

    pub fn receive_stats(&self, mid: &str) -> Option<ReceiveStats> {
        self.receiving.iter().find(|track| track.format.mid == mid).map(ReceiveTrack::stats)
    }

    fn add_section(&mut self, kind: Kind, usage: Usage) -> String {
        let mid = self.sections.len().to_string();
        self.sections.push(Section { mid: mid.clone(), kind, usage });
        mid
    }

    fn sender(&mut self, mid: &str) -> Option<(Outgoing<'_>, &mut SrtpSender)> {
        self.transport.selected()?;
        let (srtp, _) = self.srtp.as_mut()?;
        let track = self.sending.iter_mut().find(|track| track.format.mid == mid)?;
        let outgoing = Outgoing {
            track,
            transport_sequence: &mut self.transport_sequence,
            outbox: &mut self.outbox,
            spare: &mut self.spare,
            dropped: &mut self.stats.dropped,
        };
        Some((outgoing, srtp))
    }

    fn take_transport_events(&mut self, now: Instant) {
        while let Some(event) = self.transport.poll_event() {
            match event {
                TransportEvent::DtlsConnected(keys) => {
                    self.srtp_profile = Some(keys.profile());
                    self.srtp = Some(keys.split());
                    self.next_report = now + REPORT_EVERY;
                    self.next_feedback = now + FEEDBACK_EVERY;
                    self.events.push_back(PeerEvent::Connected);
                }
                TransportEvent::DtlsFailed(failure) => {
                    self.events.push_back(PeerEvent::Failed { reason: format!("DTLS: {failure:?}") });
                }
                TransportEvent::IceDisconnected => self.events.push_back(PeerEvent::Disconnected),
                TransportEvent::Closed => self.events.push_back(PeerEvent::Closed),
                TransportEvent::IceConnected | TransportEvent::Selected { .. } => {}
            }
        }
    }

    fn handle_rtp<'a>(&'a mut self, datagram: &'a mut [u8], now: Instant) -> Option<MediaPacket<'a>> {
        let (_, srtp) = self.srtp.as_mut()?;
        let header = RtpHeader::parse(datagram).ok()?;
        let announced =
            |track: &&mut ReceiveTrack| [Some(track.format.ssrc), track.format.rtx_ssrc].contains(&Some(header.ssrc));
        let Some(track) = self.receiving.iter_mut().find(announced) else {
            self.stats.unknown_streams += 1;
            return None;
        };
        let Some((codec, retransmission)) = track.codec(header.payload_type) else {
            self.stats.unknown_streams += 1;
            return None;
        };
        let payload = if self.decrypting || retransmission {
            let Ok(len) = srtp.unprotect_rtp(datagram, header.len) else {
                self.stats.unauthentic += 1;
                return None;
            };
            Some(header.payload(&datagram[..len]).ok()?)
        } else {
            None
        };
        let datagram = &*datagram;
        for (id, data) in header.elements(datagram) {
            if track.format.extensions.kind(id) == Some(ExtensionKind::TransportSequence)
                && let Ok(sequence) = <[u8; 2]>::try_from(&datagram[data])
            {
                self.arrivals.record(u16::from_be_bytes(sequence), self.clock.us(now));
            }
        }
        let payload = payload.map(|range| &datagram[range]);
        let before = track.stats().frames.decodable;
        let is_new = match (retransmission, payload) {
            (true, Some(payload)) => track.retransmission_arrived(&header, codec, payload, now),
            _ => track.arrived(&header, codec, payload, now),
        };
        if !is_new {
            return None;
        }
        if before == 0 && track.stats().frames.decodable > 0 {
            self.events.push_back(PeerEvent::FirstFrame { mid: track.format.mid.clone() });
        }
        let payload = payload.unwrap_or_default();
        Some(MediaPacket {
            mid: &track.format.mid,
            kind: track.format.kind,
            payload: if retransmission { payload.get(2..)? } else { payload },
            retransmission,
        })
    }

    fn handle_rtcp(&mut self, datagram: &mut [u8], now: Instant) {
        let Some((sender, receiver)) = &mut self.srtp else { return };
        let Ok(len) = receiver.unprotect_rtcp(datagram) else {
            self.stats.unauthentic += 1;
            return;
        };
        let ntp_middle = (self.clock.ntp(self.clock.us(now)) >> 16) as u32;
        for packet in Compound::new(&datagram[..len]) {
            match packet {
                Packet::SenderReport { ssrc, info, reports } => {
                    if let Some(track) = self.receiving.iter_mut().find(|track| track.format.ssrc == ssrc) {
                        track.sender_report(&info, now);
                    }
                    reports.for_each(|block| reported(&mut self.sending, &block, ntp_middle));
                }
                Packet::ReceiverReport { reports, .. } => {
                    reports.for_each(|block| reported(&mut self.sending, &block, ntp_middle));
                }
                Packet::Feedback { media_ssrc, feedback: Feedback::Nack(numbers) } => {
                    let Some(track) = self.sending.iter_mut().find(|track| track.owns(media_ssrc)) else { continue };
                    let mut outgoing = Outgoing {
                        track,
                        transport_sequence: &mut self.transport_sequence,
                        outbox: &mut self.outbox,
                        spare: &mut self.spare,
                        dropped: &mut self.stats.dropped,
                    };
                    numbers.for_each(|sequence| outgoing.retransmit(sender, sequence, now));
                }
                Packet::Feedback { media_ssrc, feedback: Feedback::Pli } => {
                    key_frame_requested(&mut self.sending, media_ssrc, &mut self.events);
                }
                Packet::Feedback { feedback: Feedback::Fir(entries), .. } => {
                    entries.for_each(|ssrc| key_frame_requested(&mut self.sending, ssrc, &mut self.events));
                }
                Packet::Feedback { .. } | Packet::Bye { .. } | Packet::Other { .. } => {}
            }
        }
    }

    /// Retransmissions and key frames that are due.
    fn ask_for_missing(&mut self, now: Instant) {
        let Some((srtp, _)) = &mut self.srtp else { return };
        for track in &mut self.receiving {
            let ssrc = track.format.ssrc;
            let missing = track.nacks(now);
            let mut rest = &missing[..];
            while !rest.is_empty() {
                let mut taken = 0;
                push_rtcp(srtp, &mut self.outbox, &mut self.spare, |out| taken = out.nack(self.reporter, ssrc, rest));
                rest = &rest[taken.max(1)..];
            }
            if track.wants_key_frame(now) {
                push_rtcp(srtp, &mut self.outbox, &mut self.spare, |out| {
                    out.pli(self.reporter, ssrc);
                });
            }
        }
    }

    fn send_feedback(&mut self) {
        let Some((srtp, _)) = &mut self.srtp else { return };
        let media_ssrc = self.receiving.first().map_or(0, |track| track.format.ssrc);
        while self.arrivals.has_news() {
            let mut wrote = false;
            push_rtcp(srtp, &mut self.outbox, &mut self.spare, |out| {
                if let Some(len) = self.arrivals.write(out.spare(), self.reporter, media_ssrc) {
                    out.advance(len);
                    wrote = true;
                }
            });
            if !wrote {
                break;
            }
        }
    }

    fn send_reports(&mut self, now: Instant) {
        let Some((srtp, _)) = &mut self.srtp else { return };
        let ntp = self.clock.ntp(self.clock.us(now));
        for track in &self.sending {
            if let Some(info) = track.report(now, ntp) {
                push_rtcp(srtp, &mut self.outbox, &mut self.spare, |out| {
                    out.sender_report(track.ssrc, &info);
                    out.cname(track.ssrc, CNAME);
                });
            }
        }
        let blocks: Vec<_> = self.receiving.iter_mut().filter_map(|track| track.report(now)).collect();
        for blocks in blocks.chunks(REPORT_BLOCKS_MAX) {
            push_rtcp(srtp, &mut self.outbox, &mut self.spare, |out| {
                out.receiver_report(self.reporter, blocks);
                out.cname(self.reporter, CNAME);
            });
        }
    }
}

/// A track with what its packets pass on the way out.
struct Outgoing<'a> {
    track: &'a mut SendTrack,
    transport_sequence: &'a mut u16,
    outbox: &'a mut VecDeque<Vec<u8>>,
    spare: &'a mut Vec<Vec<u8>>,
    dropped: &'a mut u64,
}

impl Outgoing<'_> {
    fn send(&mut self, srtp: &mut SrtpSender, media: Unsealed<'_>, now: Instant) {
        let mut out = self.spare.pop().unwrap_or_default();
        let sent = self.track.packet(srtp, self.transport_sequence, media, now, &mut out);
        self.push(out, sent);
    }

    fn retransmit(&mut self, srtp: &mut SrtpSender, sequence: u16, now: Instant) {
        let mut out = self.spare.pop().unwrap_or_default();
        let sent = self.track.retransmission(srtp, self.transport_sequence, sequence, now, &mut out);
        self.push(out, sent);
    }

    fn push(&mut self, out: Vec<u8>, sent: Option<()>) {
        if sent.is_none() {
            self.spare.push(out);
            return;
        }
        if self.outbox.len() == OUTBOX_MAX {
            self.outbox.pop_front();
            *self.dropped += 1;
        }
        self.outbox.push_back(out);
    }
}

fn push_rtcp(
    srtp: &mut SrtpSender,
    outbox: &mut VecDeque<Vec<u8>>,
    spare: &mut Vec<Vec<u8>>,
    write: impl FnOnce(&mut CompoundWriter<'_>),
) {
    let mut out = spare.pop().unwrap_or_default();
    out.clear();
    out.resize(PACKET_BYTES_MAX, 0);
    let mut writer = CompoundWriter::new(&mut out[..PACKET_BYTES_MAX - SRTCP_OVERHEAD_MAX]);
    write(&mut writer);
    let len = writer.len();
    match srtp.protect_rtcp(&mut out, len) {
        Ok(sealed) if len > 0 && outbox.len() < OUTBOX_MAX => {
            out.truncate(sealed);
            outbox.push_back(out);
        }
        _ => spare.push(out),
    }
}

fn reported(sending: &mut [SendTrack], block: &exedra_media::rtcp::ReportBlock, ntp_middle: u32) {
    if let Some(track) = sending.iter_mut().find(|track| track.owns(block.ssrc)) {
        track.reported(block, ntp_middle);
    }
}

fn key_frame_requested(sending: &mut [SendTrack], ssrc: u32, events: &mut VecDeque<PeerEvent>) {
    if let Some(track) = sending.iter_mut().find(|track| track.owns(ssrc)) {
        track.key_frame_requested();
        events.push_back(PeerEvent::KeyFrameRequested { mid: track.format.mid.clone() });
    }
}

/// SplitMix64: small, seedable, and good enough for numbers that need not be secret.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
