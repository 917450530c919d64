//! A world for tests: one plane and native peers around it, with one clock that only tests move.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_media::dtls::Identity;
use exedra_media::extension::{ExtensionIds, ExtensionKind};
use exedra_media::rtcp::{Compound, CompoundWriter, is_rtcp};
use exedra_media::rtp::{FixedHeader, HeaderWriter, RtpHeader};
use exedra_media::sdp::{self, LocalSource, OfferCodec, OfferSection, OfferTarget, Sdp};
use exedra_media::srtp::{SendStream, SrtpReceiver, SrtpSender};
use exedra_media::transport::{DatagramKind, Transport, TransportEvent};
use exedra_media::{
    Codec, Kind, Limits, PeerId, Plane, PlaneConfig, PlaneEvent, RecordingEgress, RoomKey, SectionBinding,
    SectionTarget, SubscriptionId, TrackId,
};

pub mod camera;
pub mod layered;
pub mod link;
pub mod uplink;
pub mod viewer;

use link::Link;
use uplink::Uplink;
use viewer::Viewer;

pub const ROOM: RoomKey = RoomKey(1);

/// A plane and its surroundings.
pub struct World {
    pub plane: Plane,
    pub egress: RecordingEgress,
    pub now: Instant,
    pub peers: Vec<TestPeer>,
    pub events: Vec<PlaneEvent>,
    identity: Arc<Identity>,
    server: SocketAddr,
}

/// One section of a test peer.
#[derive(Debug, Clone)]
pub enum Section {
    Send { track: u64, codec: Codec },
    SendSimulcast { track: u64, codec: Codec, rids: Vec<&'static str> },
    Receive { track: u64, subscription: u64, codecs: Vec<Codec> },
}

pub struct TestPeer {
    pub id: PeerId,
    pub address: SocketAddr,
    pub transport: Transport,
    pub srtp: Option<(SrtpSender, SrtpReceiver)>,
    pub sections: Vec<Section>,
    pub answered: Vec<sdp::AnsweredSection>,
    pub sources: Vec<Source>,
    /// Decrypted media and feedback, in order of arrival.
    pub rtp: Vec<ReceivedPacket>,
    pub rtcp: Vec<Vec<u8>>,
    pub transport_sequence: u16,
    /// What a test changes in the offers of this peer.
    pub amend: Option<fn(String) -> String>,
    /// The dependency descriptor of the next packet.
    pub descriptor: Option<Vec<u8>>,
    /// Padding of the packets this peer sends.
    pub padding: u8,
    /// What lies between the plane and this peer; `None`: nothing.
    pub link: Option<Link>,
    /// What lies between this peer and the plane, for its media; `None`: nothing.
    pub uplink: Option<Uplink>,
    /// Who watches a stream of this peer's.
    pub viewer: Option<Viewer>,
}

/// A stream that a test peer sends.
pub struct Source {
    pub ssrc: u32,
    pub pt: u8,
    pub index: u64,
    pub timestamp: u32,
    pub stream: Option<SendStream>,
    pub mid: String,
    pub rid: Option<&'static str>,
}

impl Source {
    /// The time of the next picture.
    fn film(&mut self) {
        self.timestamp = self.timestamp.wrapping_add(2970);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedPacket {
    pub ssrc: u32,
    pub pt: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub transport_sequence: Option<u16>,
    pub elements: Vec<(u8, Vec<u8>)>,
    pub payload: Vec<u8>,
    /// Behind the payload, its count included.
    pub padding: Vec<u8>,
    /// On the wire, above UDP.
    pub datagram_len: usize,
    pub at: Instant,
}

impl World {
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        let now = Instant::now();
        let server: SocketAddr = "10.0.0.1:5000".parse().unwrap();
        let identity = Arc::new(Identity::generate().unwrap());
        let config = PlaneConfig {
            identity: Arc::clone(&identity),
            candidates: vec![server],
            unix_ms: 1_700_000_000_000,
            seed: 7,
            limits,
        };
        Self {
            plane: Plane::new(config, now),
            egress: RecordingEgress::new(),
            now,
            peers: Vec::new(),
            events: Vec::new(),
            identity,
            server,
        }
    }

    /// A peer of room [`ROOM`] that is connected and negotiated.
    pub fn join(&mut self, sections: Vec<Section>) -> usize {
        let index = self.add(ROOM);
        self.negotiate(index, sections).expect("a good offer");
        self.run_for(Duration::from_millis(300));
        assert!(self.peers[index].srtp.is_some(), "connected");
        index
    }

    pub fn add(&mut self, room: RoomKey) -> usize {
        let index = self.peers.len();
        let address: SocketAddr = format!("10.1.{}.{}:4000", index / 200, index % 200 + 1).parse().unwrap();
        let id = PeerId(index as u64 + 1);
        self.plane.add_peer(id, room, self.now).unwrap();
        self.peers.push(TestPeer {
            id,
            address,
            transport: Transport::client(Arc::clone(&self.identity), &[address], self.now),
            srtp: None,
            sections: Vec::new(),
            answered: Vec::new(),
            sources: Vec::new(),
            rtp: Vec::new(),
            rtcp: Vec::new(),
            transport_sequence: 0,
            amend: None,
            descriptor: None,
            padding: 0,
            link: None,
            uplink: None,
            viewer: None,
        });
        index
    }

    pub fn negotiate(
        &mut self,
        index: usize,
        sections: Vec<Section>,
    ) -> Result<exedra_media::Negotiated, exedra_media::NegotiateError> {
        let peer = &mut self.peers[index];
        let (offer, bindings) = peer.offer(&sections);
        let offer = peer.amend.map_or(offer.clone(), |amend| amend(offer));
        let negotiated = self.plane.negotiate(peer.id, &offer, &bindings, self.now)?;
        peer.adopt_answer(&negotiated.answer, sections);
        Ok(negotiated)
    }

    /// Moves time, timer by timer and datagram by datagram.
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.settle();
            let plane = self.plane.next_timeout();
            let peers = self.peers.iter().filter_map(|peer| peer.transport.poll_timeout());
            let links = self.peers.iter().filter_map(|peer| peer.link.as_ref()?.next());
            let uplinks = self.peers.iter().filter_map(|peer| peer.uplink.as_ref()?.next());
            let viewers = self.peers.iter().filter_map(|peer| peer.viewer.as_ref()?.due());
            let next = peers
                .chain(links)
                .chain(viewers)
                .chain(uplinks)
                .fold(plane, Instant::min)
                .max(self.now + Duration::from_micros(100));
            if next >= end {
                break;
            }
            self.now = next;
        }
        self.now = end;
        self.settle();
    }

    /// Delivers everything that is under way, at the present moment.
    pub fn settle(&mut self) {
        loop {
            let mut is_quiet = true;
            for peer in &mut self.peers {
                if peer.transport.poll_timeout().is_some_and(|at| at <= self.now) {
                    peer.transport.handle_timeout(self.now);
                }
                let mut datagram = Vec::new();
                while peer.transport.poll_transmit(&mut datagram).is_some() {
                    is_quiet = false;
                    self.plane.receive(peer.address, &mut datagram.clone(), self.now, &mut self.egress);
                }
                peer.follow_transport();
            }
            self.plane.flush(self.now, &mut self.egress);
            for (to, datagram) in self.egress.take() {
                is_quiet = false;
                if let Some(peer) = self.peers.iter_mut().find(|peer| peer.address == to) {
                    match &mut peer.link {
                        Some(link) => link.enter(datagram, self.now),
                        None => peer.receive(self.server, datagram, self.now),
                    }
                }
            }
            for index in 0..self.peers.len() {
                while let Some(mut datagram) = self.peers[index].sends(self.now) {
                    is_quiet = false;
                    self.arrive(index, &mut datagram);
                }
                while let Some(datagram) = self.peers[index].link.as_mut().and_then(|link| link.leave(self.now)) {
                    is_quiet = false;
                    self.peers[index].receive(self.server, datagram, self.now);
                }
                while let Some(mut said) = self.peers[index].say(self.now) {
                    is_quiet = false;
                    match &mut self.peers[index].link {
                        Some(link) => link.enter_back(said, self.now),
                        None => self.deliver(index, &mut said),
                    }
                }
                while let Some(mut said) = self.peers[index].link.as_mut().and_then(|link| link.leave_back(self.now)) {
                    is_quiet = false;
                    self.deliver(index, &mut said);
                }
            }
            while let Some(event) = self.plane.poll_event() {
                self.events.push(event);
            }
            if is_quiet {
                return;
            }
        }
    }

    /// Sends one packet of a peer's stream into the plane; what the plane makes of it waits for the next flush.
    pub fn send(&mut self, peer: usize, source: usize, payload: &[u8], marker: bool) {
        let mut datagram = self.peers[peer].rtp(source, payload, marker);
        self.deliver(peer, &mut datagram);
    }

    pub fn deliver(&mut self, peer: usize, datagram: &mut [u8]) {
        match &mut self.peers[peer].uplink {
            Some(uplink) => uplink.enter(datagram, self.now),
            None => self.arrive(peer, datagram),
        }
    }

    fn arrive(&mut self, peer: usize, datagram: &mut [u8]) {
        let from = self.peers[peer].address;
        self.plane.receive(from, datagram, self.now, &mut self.egress);
    }

    /// A frame of `packets` VP8 packets on a peer's stream, then a flush.
    pub fn send_frame(&mut self, peer: usize, source: usize, is_key: bool, packets: usize) {
        for packet in 0..packets {
            let payload = vp8(is_key, packet == 0, self.peers[peer].sources[source].index as u8);
            self.send(peer, source, &payload, packet + 1 == packets);
        }
        self.peers[peer].sources[source].timestamp += 3000;
        self.settle();
    }

    /// Sends RTCP of a peer's into the plane.
    pub fn send_rtcp(&mut self, peer: usize, write: impl FnOnce(&mut CompoundWriter<'_>)) {
        let mut buffer = [0; 1500];
        let mut writer = CompoundWriter::new(&mut buffer[..1200]);
        write(&mut writer);
        let len = writer.len();
        let (sender, _) = self.peers[peer].srtp.as_mut().unwrap();
        let len = sender.protect_rtcp(&mut buffer, len).unwrap();
        self.deliver(peer, &mut buffer[..len]);
    }

    pub fn count(&self, is_counted: impl Fn(&PlaneEvent) -> bool) -> usize {
        self.events.iter().filter(|event| is_counted(event)).count()
    }
}

impl TestPeer {
    fn offer(&mut self, sections: &[Section]) -> (String, Vec<SectionBinding>) {
        let mut offered = Vec::new();
        let mut bindings = Vec::new();
        for (index, section) in sections.iter().enumerate() {
            let mid = index.to_string();
            let (codecs, target, binding) = match section {
                Section::Send { track, codec } => (
                    vec![*codec],
                    OfferTarget::Send {
                        source: self.source_ssrcs(index, *codec),
                        stream_id: "stream".to_owned(),
                        track_id: format!("track{track}"),
                        cname: "someone".to_owned(),
                    },
                    SectionTarget::Send { track: TrackId(*track) },
                ),
                Section::SendSimulcast { track, codec, rids } => (
                    vec![*codec],
                    OfferTarget::SendSimulcast {
                        rids: rids.iter().map(|rid| (*rid).to_owned()).collect(),
                        stream_id: "stream".to_owned(),
                        track_id: format!("track{track}"),
                    },
                    SectionTarget::Send { track: TrackId(*track) },
                ),
                Section::Receive { track, subscription, codecs } => (
                    codecs.clone(),
                    OfferTarget::Receive,
                    SectionTarget::Receive { track: TrackId(*track), subscription: SubscriptionId(*subscription) },
                ),
            };
            let kind = codecs[0].kind();
            let codecs = codecs.into_iter().map(OfferCodec::usual).collect();
            offered.push(OfferSection { mid: mid.clone(), kind, codecs, target });
            bindings.push(SectionBinding { mid, target: binding });
        }
        (sdp::offer(&self.transport.local_params(), &offered), bindings)
    }

    fn source_ssrcs(&self, index: usize, codec: Codec) -> LocalSource {
        let ssrc = self.id.0 as u32 * 1000 + index as u32 * 10 + 1;
        LocalSource { ssrc, rtx_ssrc: (codec.kind() == Kind::Video).then_some(ssrc + 1) }
    }

    fn adopt_answer(&mut self, answer: &str, sections: Vec<Section>) {
        let answer = Sdp::parse(answer).expect("a good answer");
        self.transport.set_remote(&answer.transport().expect("a transport"));
        self.answered = sdp::read_answer(&answer);
        for (index, section) in sections.iter().enumerate().skip(self.sections.len()) {
            let mid = index.to_string();
            let source = |ssrc, codec, rid, mid: &str| Source {
                ssrc,
                pt: OfferCodec::usual(codec).pt,
                index: 100,
                timestamp: 1000,
                stream: None,
                mid: mid.to_owned(),
                rid,
            };
            match section {
                Section::Send { codec, .. } => {
                    let ssrc = self.source_ssrcs(index, *codec).ssrc;
                    self.sources.push(source(ssrc, *codec, None, &mid));
                }
                Section::SendSimulcast { codec, rids, .. } => {
                    let first = self.id.0 as u32 * 1000 + index as u32 * 10 + 1;
                    for (layer, rid) in (0u32..).zip(rids) {
                        self.sources.push(source(first + 2 * layer, *codec, Some(*rid), &mid));
                    }
                }
                Section::Receive { .. } => {}
            }
        }
        self.sections = sections;
        self.open_streams();
    }

    fn follow_transport(&mut self) {
        while let Some(event) = self.transport.poll_event() {
            if let TransportEvent::DtlsConnected(keys) = event {
                self.srtp = Some(keys.split());
            }
        }
        self.open_streams();
    }

    fn open_streams(&mut self) {
        if let Some((sender, _)) = &mut self.srtp {
            for source in self.sources.iter_mut().filter(|source| source.stream.is_none()) {
                source.stream = sender.open_stream(source.ssrc);
            }
        }
    }

    fn receive(&mut self, from: SocketAddr, mut datagram: Vec<u8>, now: Instant) {
        if DatagramKind::of(&datagram) != DatagramKind::Rtp {
            let _ = self.transport.handle_datagram(from, self.address, &datagram, now);
            self.follow_transport();
            return;
        }
        let (_, receiver) = self.srtp.as_mut().expect("media only after keys");
        if is_rtcp(&datagram) {
            let len = receiver.unprotect_rtcp(&mut datagram).expect("authentic RTCP");
            datagram.truncate(len);
            self.rtcp.push(datagram);
            return;
        }
        let header = RtpHeader::parse(&datagram).expect("RTP");
        let datagram_len = datagram.len();
        let len = receiver.unprotect_rtp(&mut datagram, header.len).expect("authentic RTP");
        let packet = &datagram[..len];
        let elements: Vec<_> = header.elements(packet).map(|(id, data)| (id, packet[data].to_vec())).collect();
        let id = offered_ids().get(ExtensionKind::TransportSequence);
        let transport_sequence = elements
            .iter()
            .find(|(element, _)| Some(*element) == id)
            .map(|(_, data)| u16::from_be_bytes([data[0], data[1]]));
        if let (Some(link), Some(sequence)) = (&mut self.link, transport_sequence) {
            link.arrived(sequence, now);
        }
        let payload = header.payload(packet).expect("padding that adds up");
        self.rtp.push(ReceivedPacket {
            ssrc: header.ssrc,
            pt: header.payload_type,
            marker: header.marker,
            sequence: header.sequence,
            timestamp: header.timestamp,
            transport_sequence,
            elements,
            payload: packet[payload.clone()].to_vec(),
            padding: packet[payload.end..].to_vec(),
            datagram_len,
            at: now,
        });
    }

    /// The next packet of a stream, encrypted.
    pub fn rtp(&mut self, source: usize, payload: &[u8], marker: bool) -> Vec<u8> {
        let ids = offered_ids();
        let transport_sequence = self.transport_sequence;
        self.transport_sequence = self.transport_sequence.wrapping_add(1);
        let source = &mut self.sources[source];
        let mut packet = vec![0; 1500];
        let fixed = FixedHeader {
            payload_type: source.pt,
            marker,
            sequence: source.index as u16,
            timestamp: source.timestamp,
            ssrc: source.ssrc,
        };
        let descriptor = self.descriptor.take();
        let is_long = descriptor.as_ref().is_some_and(|descriptor| descriptor.len() > 16);
        let mut writer = HeaderWriter::new(&mut packet, fixed, is_long);
        let mut element = |kind, data: &[u8]| writer.element(ids.get(kind).unwrap(), data);
        element(ExtensionKind::Mid, source.mid.as_bytes());
        element(ExtensionKind::TransportSequence, &transport_sequence.to_be_bytes());
        if let Some(rid) = source.rid {
            element(ExtensionKind::Rid, rid.as_bytes());
        }
        if source.pt == OfferCodec::usual(Codec::Opus).pt {
            element(ExtensionKind::AudioLevel, &[0x80 | 20]);
        }
        if let Some(descriptor) = descriptor {
            element(ExtensionKind::DependencyDescriptor, &descriptor).expect("room");
        }
        let header_len = writer.finish();
        packet[header_len..header_len + payload.len()].copy_from_slice(payload);
        let len = header_len + payload.len() + usize::from(self.padding);
        if self.padding > 0 {
            packet[0] |= 0x20;
            packet[len - 1] = self.padding;
        }
        let index = source.index;
        source.index += 1;
        let (sender, _) = self.srtp.as_mut().expect("connected");
        let stream = source.stream.as_mut().expect("open");
        let len = sender.protect_rtp(stream, &mut packet, header_len, len, index).unwrap();
        packet.truncate(len);
        packet
    }

    /// What arrives at the plane now, of what the peer sent before or repeats.
    fn sends(&mut self, now: Instant) -> Option<Vec<u8>> {
        let uplink = self.uplink.as_mut()?;
        uplink.answer(&self.rtcp, now);
        uplink.leave(now)
    }

    /// What the peer says of itself, encrypted: what arrived on its link, and what its viewer asks for.
    fn say(&mut self, now: Instant) -> Option<Vec<u8>> {
        let mut datagram = vec![0; 1300];
        let feedback = self.link.as_mut().and_then(|link| link.feedback(&mut datagram[..1200], now));
        let len = feedback.or_else(|| {
            let viewer = self.viewer.as_mut()?;
            viewer.read(&self.rtp, now);
            let mut writer = CompoundWriter::new(&mut datagram[..1200]);
            viewer.ask(&mut writer, now).then(|| writer.len())
        })?;
        let (sender, _) = self.srtp.as_mut()?;
        let len = sender.protect_rtcp(&mut datagram, len).unwrap();
        datagram.truncate(len);
        Some(datagram)
    }

    /// Media packets of one received section, as the answer names its SSRC; repairs are not among them.
    pub fn media_of(&self, section: usize) -> Vec<&ReceivedPacket> {
        let ssrc = self.ssrc_of(section);
        self.rtp.iter().filter(|packet| packet.ssrc == ssrc).collect()
    }

    /// Somebody watches a received section, of which `begins_key_frame` tells where it can be begun with.
    pub fn watch(&mut self, section: usize, round_trip: Duration, begins_key_frame: fn(&ReceivedPacket) -> bool) {
        let rtx_ssrc = self.answered[section].encodings[0].rtx_ssrc.expect("repairable");
        self.viewer = Some(Viewer::new(self.ssrc_of(section), rtx_ssrc, round_trip, begins_key_frame));
    }

    pub fn repairs_of(&self, section: usize) -> Vec<&ReceivedPacket> {
        let ssrc = self.answered[section].encodings[0].rtx_ssrc;
        self.rtp.iter().filter(|packet| Some(packet.ssrc) == ssrc).collect()
    }

    pub fn ssrc_of(&self, section: usize) -> u32 {
        self.answered[section].encodings[0].ssrc.expect("announced")
    }

    /// RTCP packets received so far, by what `pick` makes of them.
    pub fn rtcp_of<T>(&self, pick: impl FnMut(exedra_media::rtcp::Packet<'_>) -> Option<T>) -> Vec<T> {
        self.rtcp.iter().flat_map(|datagram| Compound::new(datagram)).filter_map(pick).collect()
    }
}

/// The extension ids that the native client offers, audio and video together.
pub fn offered_ids() -> ExtensionIds {
    let mut ids = sdp::offered_extensions(Kind::Video);
    for (id, kind) in sdp::offered_extensions(Kind::Audio).iter() {
        ids.set(kind, id);
    }
    ids
}

/// A VP8 payload of 500 bytes that says what it has to about its frame and ends in `filler`.
pub fn vp8(is_key: bool, is_first: bool, filler: u8) -> Vec<u8> {
    let mut payload = vec![filler; 500];
    payload[0] = if is_first { 0x10 } else { 0 };
    payload[1] = u8::from(!is_key);
    if is_key && is_first {
        payload[4..7].copy_from_slice(&[0x9D, 0x01, 0x2A]);
        payload[7..11].copy_from_slice(&[0x80, 0x02, 0x68, 0x01]);
    }
    payload
}

/// The offer with so many payload types of H.264 in its video section, the usual one among them and last.
pub fn with_h264_payload_types(offer: &str, count: u8) -> String {
    let mut types = String::new();
    let mut lines = String::new();
    for pt in 0..count - 1 {
        types += &format!(" {pt}");
        lines += &format!("a=rtpmap:{pt} H264/90000\r\na=fmtp:{pt} packetization-mode=1;profile-level-id=42e01f\r\n");
    }
    let (profile, first_line) = ("m=video 9 UDP/TLS/RTP/SAVPF", "a=rtpmap:102 ");
    assert!(offer.contains(profile) && offer.contains(first_line), "{offer}");
    offer.replacen(profile, &format!("{profile}{types}"), 1).replacen(first_line, &format!("{lines}{first_line}"), 1)
}

pub fn send(track: u64, codec: Codec) -> Section {
    Section::Send { track, codec }
}

pub fn receive(track: u64, subscription: u64, codec: Codec) -> Section {
    Section::Receive { track, subscription, codecs: vec![codec] }
}
