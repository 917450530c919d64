//! A call in a box: one plane, one publisher, one subscriber, and a way to send anything as any of them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::codec::Codec;
use crate::egress::RecordingEgress;
use crate::event::PlaneEvent;
use crate::ids::{PeerId, RoomKey, SubscriptionId, TrackId};
use crate::limits::Limits;
use crate::plane::{Plane, PlaneConfig};
use crate::rtcp::is_rtcp;
use crate::rtp::RtpHeader;
use crate::sdp::{self, LocalSource, OfferCodec, OfferSection, OfferTarget, Sdp};
use crate::srtp::{SendStream, SrtpSender};
use crate::transport::{DatagramKind, Transport, TransportEvent};
use crate::{SectionBinding, SectionTarget};

const SUBSCRIBER: &str = "10.0.0.3:4000";

pub const PUBLISHER_SSRC: u32 = 1_001;

/// Who sends an input, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Stranger = 0,
    /// From the publisher's address, as it is.
    Raw = 1,
    /// By the publisher, with its keys: RTP or RTCP, by the second byte.
    Sealed = 2,
    SealedBySubscriber = 3,
}

impl Route {
    fn of(byte: u8) -> Route {
        [Route::Stranger, Route::Raw, Route::Sealed, Route::SealedBySubscriber][usize::from(byte) % 4]
    }
}

pub struct Call {
    plane: Plane,
    egress: RecordingEgress,
    now: Instant,
    server: SocketAddr,
    publisher: Member,
    subscriber: Member,
    /// Media datagrams that reached the subscriber.
    forwarded: usize,
}

struct Member {
    address: SocketAddr,
    transport: Transport,
    sender: Option<SrtpSender>,
    streams: Vec<SendStream>,
}

pub struct Outcome {
    pub is_understood: bool,
    /// The call has ended: the next input needs another.
    pub is_over: bool,
}

impl Call {
    pub fn begin() -> Call {
        let now = Instant::now();
        let server = super::address(super::SERVER);
        let identity = super::identity();
        let config = PlaneConfig {
            identity: identity.clone(),
            candidates: vec![server],
            unix_ms: 1_700_000_000_000,
            seed: 1,
            limits: Limits::default(),
        };
        let member = |address: &str| Member {
            address: super::address(address),
            transport: Transport::client(identity.clone(), &[super::address(address)], now),
            sender: None,
            streams: Vec::new(),
        };
        let mut call = Call {
            plane: Plane::new(config, now),
            egress: RecordingEgress::new(),
            now,
            server,
            publisher: member(super::CLIENT),
            subscriber: member(SUBSCRIBER),
            forwarded: 0,
        };
        let source = LocalSource { ssrc: PUBLISHER_SSRC, rtx_ssrc: Some(PUBLISHER_SSRC + 1) };
        let names = || ("stream".to_owned(), "track".to_owned(), "somebody".to_owned());
        let (stream_id, track_id, cname) = names();
        let track = TrackId(1);
        let subscription = SubscriptionId(1);
        let sends = OfferTarget::Send { source, stream_id, track_id, cname };
        call.negotiate(PeerId(1), sends, SectionTarget::Send { track });
        call.negotiate(PeerId(2), OfferTarget::Receive, SectionTarget::Receive { track, subscription });
        while call.publisher.sender.is_none() || call.subscriber.sender.is_none() {
            call.pass(Duration::from_millis(5));
        }
        call
    }

    fn negotiate(&mut self, peer: PeerId, target: OfferTarget, binding: SectionTarget) {
        let member = if peer == PeerId(1) { &mut self.publisher } else { &mut self.subscriber };
        self.plane.add_peer(peer, RoomKey(1), self.now).expect("room for two");
        let codecs = vec![OfferCodec::usual(Codec::Vp8)];
        let section = OfferSection { mid: "0".to_owned(), kind: Codec::Vp8.kind(), codecs, target };
        let offer = sdp::offer(&member.transport.local_params(), &[section]);
        let binding = SectionBinding { mid: "0".to_owned(), target: binding };
        let negotiated = self.plane.negotiate(peer, &offer, &[binding], self.now).expect("a good offer");
        let answer = Sdp::parse(&negotiated.answer).expect("a good answer");
        member.transport.set_remote(&answer.transport().expect("a transport"));
    }

    /// Sends one input by its route, lets the call go on for a moment, and looks for damage.
    pub fn feed(&mut self, input: &[u8]) -> Outcome {
        let Some((&route, datagram)) = input.split_first() else {
            return Outcome { is_understood: false, is_over: false };
        };
        let route = Route::of(route);
        let stranger = super::address("10.9.9.9:9");
        let (from, mut datagram) = match route {
            Route::Stranger => (stranger, datagram.to_vec()),
            Route::Raw => (self.publisher.address, datagram.to_vec()),
            Route::Sealed => (self.publisher.address, self.publisher.seal(datagram)),
            Route::SealedBySubscriber => (self.subscriber.address, self.subscriber.seal(datagram)),
        };
        let before = self.plane.stats();
        self.plane.receive(from, &mut datagram, self.now, &mut self.egress);
        let is_over = self.pass(Duration::from_millis(1));
        let after = self.plane.stats();
        assert_eq!(after.counters.panics, 0, "a panic was contained");
        if route == Route::Stranger {
            let same = |stats: &crate::plane::PlaneStats| (stats.peers, stats.tracks, stats.subscriptions);
            assert_eq!(same(&after), same(&before));
        }
        Outcome { is_understood: route as u8 >= Route::Sealed as u8 && after.counters == before.counters, is_over }
    }

    /// Lets time pass and control traffic flow; `true` when a transport has ended.
    fn pass(&mut self, duration: Duration) -> bool {
        self.now += duration;
        self.plane.flush(self.now, &mut self.egress);
        for member in [&mut self.publisher, &mut self.subscriber] {
            if member.transport.poll_timeout().is_some_and(|at| at <= self.now) {
                member.transport.handle_timeout(self.now);
            }
            let mut datagram = Vec::new();
            while member.transport.poll_transmit(&mut datagram).is_some() {
                self.plane.receive(member.address, &mut datagram.clone(), self.now, &mut self.egress);
            }
        }
        for (to, datagram) in self.egress.take() {
            let members = [&mut self.publisher, &mut self.subscriber];
            let Some(member) = members.into_iter().find(|member| member.address == to) else { continue };
            if DatagramKind::of(&datagram) != DatagramKind::Rtp {
                let _ = member.transport.handle_datagram(self.server, to, &datagram, self.now);
            } else if to == super::address(SUBSCRIBER) && !is_rtcp(&datagram) {
                self.forwarded += 1;
            }
            while let Some(event) = member.transport.poll_event() {
                if let TransportEvent::DtlsConnected(keys) = event {
                    member.sender = Some(keys.split().0);
                }
            }
        }
        let mut is_over = false;
        while let Some(event) = self.plane.poll_event() {
            is_over |= matches!(event, PlaneEvent::TransportLost { .. } | PlaneEvent::TransportFailed { .. });
        }
        is_over
    }
}

impl Member {
    /// Seals what can be sealed: a packet must at least have a header. Its number is the next of its stream.
    fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        const TAG_ROOM: usize = 64;
        let mut packet = plain.to_vec();
        packet.resize(plain.len() + TAG_ROOM, 0);
        let Some(sender) = &mut self.sender else { return packet };
        let len = if is_rtcp(plain) {
            sender.protect_rtcp(&mut packet, plain.len()).unwrap_or(plain.len())
        } else {
            match RtpHeader::parse(plain) {
                Ok(header) => seal_rtp(sender, &mut self.streams, &mut packet, &header, plain.len()),
                Err(_) => plain.len(),
            }
        };
        packet.truncate(len);
        packet
    }
}

fn seal_rtp(
    sender: &mut SrtpSender,
    streams: &mut Vec<SendStream>,
    packet: &mut [u8],
    header: &RtpHeader,
    len: usize,
) -> usize {
    if !streams.iter().any(|stream| stream.ssrc() == header.ssrc) {
        streams.extend(sender.open_stream(header.ssrc));
    }
    let Some(stream) = streams.iter_mut().find(|stream| stream.ssrc() == header.ssrc) else { return len };
    let index = stream.highest_index().map_or(u64::from(header.sequence), |highest| highest + 1);
    packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
    sender.protect_rtp(stream, packet, header.len, len, index).unwrap_or(len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::samples;

    /// What is fed to the plane must get as far as a subscriber, or the feeds prove nothing.
    #[test]
    fn a_sealed_key_frame_reaches_the_subscriber() {
        let mut call = Call::begin();
        let key_frame = samples::datagrams().swap_remove(0);
        for _ in 0..50 {
            assert!(call.feed(&key_frame).is_understood);
        }
        assert!(call.forwarded >= 40, "{}", call.forwarded);
    }
}
