//! Media and feedback that a peer sends.

use slotmap::SlotMap;

use super::{Peer, Route};
use crate::egress::Egress;
use crate::extension::ExtensionKind;
use crate::reports::{Clock, round_trip_us};
use crate::rtcp::{Compound, Feedback, Packet, ReportBlocks, SenderInfo};
use crate::rtp::{RtpHeader, StreamNames};
use crate::track::{Incoming, Number, Received, Track, TrackKey};
use crate::twcc::PacketResult;

/// Numbers of one NACK message that are looked at: more than anyone can miss within a round trip, and little work.
const NACKED_MAX: usize = 256;

/// What a datagram changed that the plane must act upon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// A track took a packet in.
    pub received: Option<(TrackKey, Received)>,
    /// A track's publisher is to be asked for a key frame.
    pub key_frame_wanted_of: Option<TrackKey>,
    /// The peer's timers are to run at once.
    pub needs_tick: bool,
}

impl Peer {
    /// Takes in an RTP packet from an authenticated address.
    pub fn receive_rtp(&mut self, datagram: &mut [u8], tracks: &mut SlotMap<TrackKey, Track>, now_us: u64) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(srtp) = &mut self.srtp else {
            self.counters.without_keys += 1;
            return outcome;
        };
        let Ok(header) = RtpHeader::parse(datagram) else {
            self.counters.malformed += 1;
            return outcome;
        };
        let Ok((len, index)) = srtp.unprotect_rtp_indexed(datagram, header.len) else {
            self.counters.unauthentic += 1;
            return outcome;
        };
        let packet = &mut datagram[..len];
        self.heard_us = now_us;
        self.counters.rtp_packets += 1;
        self.note_transport_sequence(&header, packet, now_us);

        let route = match self.routes.get(&header.ssrc) {
            Some(route) => *route,
            None => match self.discover(&header, packet, tracks) {
                Some(route) => route,
                None => {
                    self.counters.unrouted += 1;
                    if let Some(srtp) = &mut self.srtp {
                        srtp.forget(header.ssrc);
                    }
                    return outcome;
                }
            },
        };
        let Some(track) = tracks.get_mut(route.track) else { return outcome };
        let received = match route.is_repair {
            false => {
                let incoming = Incoming { packet, header: &header, number: Number::Index(index) };
                track.receive(route.encoding, incoming, now_us)
            }
            true => receive_repair(track, route.encoding, &header, packet, now_us),
        };
        outcome.received = Some((route.track, received));
        outcome
    }

    fn note_transport_sequence(&mut self, header: &RtpHeader, packet: &[u8], now_us: u64) {
        let Some(id) = self.ids.get(ExtensionKind::TransportSequence) else { return };
        let Some((_, data)) = header.elements(packet).find(|(element, _)| *element == id) else { return };
        if let Some(sequence) = packet[data].first_chunk::<2>() {
            self.recorder.record(u16::from_be_bytes(*sequence), now_us);
        }
    }

    /// Whose an SSRC is that nobody announced: by MID and RID (RFC 8843 section 9.2), or by its payload type when only one
    /// track has it.
    #[cold]
    fn discover(&mut self, header: &RtpHeader, packet: &[u8], tracks: &mut SlotMap<TrackKey, Track>) -> Option<Route> {
        let names = StreamNames::read(header, packet, &self.ids);
        let owns = |track: &Track| {
            let pt = header.payload_type;
            track.payloads.iter().any(|payload| payload.carries(pt) || payload.rtx_pt == Some(pt))
        };
        let key = match names.mid {
            Some(mid) => self.tracks.iter().find(|published| published.mid.as_bytes() == mid)?.track,
            None => {
                let mut owners = self.tracks.iter().filter(|published| tracks.get(published.track).is_some_and(owns));
                let owner = owners.next()?.track;
                if owners.next().is_some() {
                    return None;
                }
                owner
            }
        };
        let track = tracks.get_mut(key)?;
        if !owns(track) {
            return None;
        }
        let is_repair = track.payloads.iter().any(|payload| payload.rtx_pt == Some(header.payload_type));
        let encoding = track.encoding_by_rid(if is_repair { names.repaired_rid.or(names.rid) } else { names.rid })?;
        let route = Route { track: key, encoding, is_repair };
        let place = &mut track.encodings[usize::from(encoding)];
        let replaced = match is_repair {
            true => place.rtx_ssrc.replace(header.ssrc),
            false => {
                let replaced = place.ssrc;
                place.restart(header.ssrc);
                replaced
            }
        };
        if let Some(replaced) = replaced.filter(|replaced| *replaced != header.ssrc) {
            self.routes.remove(&replaced);
            if let Some(srtp) = &mut self.srtp {
                srtp.forget(replaced);
            }
        }
        self.insert_route(header.ssrc, route).then_some(route)
    }

    /// Takes in a compound RTCP packet from an authenticated address.
    pub fn receive_rtcp<E: Egress>(
        &mut self,
        datagram: &mut [u8],
        tracks: &mut SlotMap<TrackKey, Track>,
        clock: &Clock,
        results: &mut Vec<PacketResult>,
        now_us: u64,
        egress: &mut E,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(srtp) = &mut self.srtp else {
            self.counters.without_keys += 1;
            return outcome;
        };
        let Ok(len) = srtp.unprotect_rtcp(datagram) else {
            self.counters.unauthentic += 1;
            return outcome;
        };
        self.heard_us = now_us;
        self.counters.rtcp_packets += 1;
        for packet in Compound::new(&datagram[..len]) {
            match packet {
                Packet::SenderReport { ssrc, info, reports } => {
                    self.sender_report(ssrc, info, tracks, clock, now_us);
                    self.reports(reports, clock, now_us);
                }
                Packet::ReceiverReport { reports, .. } => self.reports(reports, clock, now_us),
                Packet::Feedback { media_ssrc, feedback } => match feedback {
                    Feedback::Nack(pairs) => {
                        self.counters.nacks_received += 1;
                        let mut left = NACKED_MAX;
                        pairs.for_each(|sequence| {
                            if left > 0 {
                                left -= 1;
                                self.repair(media_ssrc, sequence, tracks, now_us, egress);
                            }
                        });
                    }
                    Feedback::Pli => outcome.key_frame_wanted_of = self.want_key_frame(media_ssrc, tracks),
                    Feedback::Fir(entries) => {
                        for ssrc in entries {
                            let wanted = self.want_key_frame(ssrc, tracks);
                            outcome.key_frame_wanted_of = wanted.or(outcome.key_frame_wanted_of);
                        }
                    }
                    Feedback::TransportCc(arrivals) => {
                        self.counters.feedback_received += 1;
                        if let Some(path) = &mut self.path {
                            path.sent.settle(&arrivals, now_us, results);
                            let delivered = results.iter().filter(|result| result.arrived_us.is_some()).count() as u64;
                            self.counters.delivered += delivered;
                            self.counters.reported_lost += results.len() as u64 - delivered;
                            path.estimator.feedback(results, now_us);
                            let estimate_bps = path.estimator.estimate_bps();
                            if estimate_bps.is_some_and(|estimate_bps| self.allocation.is_outdated(estimate_bps)) {
                                self.allocated_us = 0;
                                outcome.needs_tick = true;
                            }
                        }
                    }
                    Feedback::Remb { .. } => {}
                },
                // A stream that ends is unpublished by signaling; here it only falls silent.
                Packet::Bye { .. } | Packet::Other { .. } => {}
            }
        }
        outcome
    }

    fn sender_report(
        &mut self,
        ssrc: u32,
        info: SenderInfo,
        tracks: &mut SlotMap<TrackKey, Track>,
        clock: &Clock,
        now_us: u64,
    ) {
        let Some(route) = self.routes.get(&ssrc).filter(|route| !route.is_repair) else { return };
        let Some(track) = tracks.get_mut(route.track) else { return };
        self.clock.sender_report(&info, clock.ntp(now_us));
        track.clock = self.clock;
        track.encodings[usize::from(route.encoding)].reception.sender_report(info, now_us);
    }

    fn reports(&mut self, blocks: ReportBlocks<'_>, clock: &Clock, now_us: u64) {
        for block in blocks {
            let Some(index) = self.by_ssrc.get(&block.ssrc) else { continue };
            let Some(subscription) = self.subscriptions[usize::from(*index)].as_mut() else { continue };
            if subscription.outgoing.ssrc == block.ssrc {
                subscription.counters.fraction_lost = block.fraction_lost;
                let round_trip = round_trip_us(&block, clock.ntp(now_us));
                subscription.counters.round_trip_us = round_trip.or(subscription.counters.round_trip_us);
            }
        }
    }

    fn repair<E: Egress>(
        &mut self,
        media_ssrc: u32,
        sequence: u16,
        tracks: &SlotMap<TrackKey, Track>,
        now_us: u64,
        egress: &mut E,
    ) {
        let Some(index) = self.by_ssrc.get(&media_ssrc) else { return };
        let Some(subscription) = self.subscriptions[usize::from(*index)].as_mut() else { return };
        let (Some(track), Some(path)) = (tracks.get(subscription.track), &mut self.path) else { return };
        if subscription.outgoing.ssrc == media_ssrc {
            subscription.repair(sequence, track, path, now_us, egress);
        }
    }

    fn want_key_frame(&mut self, media_ssrc: u32, tracks: &mut SlotMap<TrackKey, Track>) -> Option<TrackKey> {
        let index = *self.by_ssrc.get(&media_ssrc)?;
        let subscription = self.subscriptions[usize::from(index)].as_mut()?;
        let track = tracks.get_mut(subscription.track)?;
        subscription.counters.key_frames_requested += 1;
        let encoding = track.encodings.get_mut(usize::from(subscription.encoding()))?;
        encoding.requests.want();
        Some(subscription.track)
    }
}

/// Turns a retransmission (RFC 4588 section 4) back into the packet it repeats: the original sequence number precedes the
/// payload, so the header moves up by two bytes to meet it.
fn receive_repair(track: &mut Track, encoding: u8, header: &RtpHeader, packet: &mut [u8], now_us: u64) -> Received {
    let original = packet.get(header.len..).and_then(|payload| payload.first_chunk::<2>()).copied();
    let media_pt = track.payloads.iter().find(|payload| payload.rtx_pt == Some(header.payload_type));
    let (Some(original), Some(media_pt)) = (original, media_pt.map(|payload| payload.pt)) else {
        // Padding on the repair stream probes for bandwidth; it carries nothing.
        return Received::default();
    };
    packet.copy_within(..header.len, 2);
    let packet = &mut packet[2..];
    packet[1] = packet[1] & 0x80 | media_pt;
    packet[2..4].copy_from_slice(&original);
    let Ok(header) = RtpHeader::parse(packet) else { return Received::default() };
    if header.payload(packet).is_ok_and(|payload| payload.is_empty()) {
        return Received::default();
    }
    let incoming = Incoming { packet, header: &header, number: Number::Repaired(u16::from_be_bytes(original)) };
    track.receive(encoding, incoming, now_us)
}
