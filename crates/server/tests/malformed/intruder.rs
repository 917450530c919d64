//! Somebody with a valid token, a proper transport and proper keys, who sends rubbish through them.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_contract::token::Role;
use exedra_media::Codec;
use exedra_media::dtls::Identity;
use exedra_media::rtcp::is_rtcp;
use exedra_media::rtp::RtpHeader;
use exedra_media::sdp::{self, LocalSource, OfferCodec, OfferSection, OfferTarget, Sdp};
use exedra_media::srtp::{SendStream, SrtpSender};
use exedra_media::transport::{DatagramKind, Transport, TransportEvent};
use serde_json::json;

use crate::support::{Client, PATIENCE, Server};

/// Datagrams sent in one go. More would measure the receive buffer instead of the server.
const BURST: usize = 20;

/// Largest datagram that UDP carries.
const DATAGRAM_BYTES_MAX: usize = 60_000;

const SSRC: u32 = 1_001;

pub struct Intruder {
    /// Keeps the connection alive.
    pub signaling: Client,
    pub stream_id: String,
    pub offer: String,
    pub server: SocketAddr,
    socket: UdpSocket,
    transport: Transport,
    /// The newest connectivity check that was sent: it names the right user, and damage breaks its integrity.
    pub check: Vec<u8>,
    sender: SrtpSender,
    streams: Vec<SendStream>,
}

impl Intruder {
    pub async fn connect(server: &Server, session_id: &str) -> Intruder {
        let mut signaling = server.join(session_id, Role::Publisher).await;
        let properties = json!({ "name": "intruder", "audio_track": false, "video_track": true, "has_audio": false,
            "has_video": true });
        let published = signaling.call("publish", json!({ "properties": properties })).await.unwrap();
        let stream_id = published["stream_id"].as_str().unwrap().to_owned();

        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        let local = socket.local_addr().unwrap();
        let identity = Arc::new(Identity::generate().unwrap());
        let mut transport = Transport::client(identity, &[local], Instant::now());
        let target = OfferTarget::Send {
            source: LocalSource { ssrc: SSRC, rtx_ssrc: Some(SSRC + 1) },
            stream_id: "stream".to_owned(),
            track_id: "track".to_owned(),
            cname: "intruder".to_owned(),
        };
        let codecs = vec![OfferCodec::usual(Codec::Vp8)];
        let section = OfferSection { mid: "0".to_owned(), kind: Codec::Vp8.kind(), codecs, target };
        let offer = sdp::offer(&transport.local_params(), &[section]);
        let sections = json!([{ "mid": "0", "stream_id": stream_id }]);
        let negotiated = signaling.call("negotiate", json!({ "offer": offer, "sections": sections })).await.unwrap();
        let answer = negotiated["answer"].as_str().unwrap().to_owned();
        let remote = Sdp::parse(&answer).unwrap().transport().unwrap();
        let server = remote.candidates[0];
        transport.set_remote(&remote);

        let mut check = Vec::new();
        let sender = connect(&mut transport, &socket, server, &mut check);
        // The last flight may have to be sent again before the server believes in the transport.
        while signaling.events_until_now().await.iter().all(|event| event["event"] != "stream_created") {
            drive(&mut transport, &socket, server, &mut check);
        }
        Intruder { signaling, stream_id, offer, server, socket, transport, check, sender, streams: Vec::new() }
    }

    /// From the authenticated address, as it is.
    pub async fn send_raw(&mut self, cases: impl Iterator<Item = Vec<u8>>) -> usize {
        self.send(cases, |_, case| case).await
    }

    /// Sealed with the keys that the server knows.
    pub async fn send_sealed(&mut self, cases: impl Iterator<Item = Vec<u8>>) -> usize {
        self.send(cases, Intruder::seal).await
    }

    async fn send(
        &mut self,
        cases: impl Iterator<Item = Vec<u8>>,
        mut prepare: impl FnMut(&mut Intruder, Vec<u8>) -> Vec<u8>,
    ) -> usize {
        let mut sent = 0;
        for mut case in cases {
            case.truncate(DATAGRAM_BYTES_MAX);
            let datagram = prepare(self, case);
            self.socket.send_to(&datagram, self.server).unwrap();
            sent += 1;
            if sent % BURST == 0 {
                drive(&mut self.transport, &self.socket, self.server, &mut self.check);
                tokio::task::yield_now().await;
            }
        }
        sent
    }

    fn seal(&mut self, plain: Vec<u8>) -> Vec<u8> {
        const TAG_ROOM: usize = 64;
        let len = plain.len();
        let mut packet = plain;
        packet.resize(len + TAG_ROOM, 0);
        let sealed = if is_rtcp(&packet[..len]) {
            self.sender.protect_rtcp(&mut packet, len).ok()
        } else {
            RtpHeader::parse(&packet[..len]).ok().and_then(|header| self.seal_rtp(&mut packet, &header, len))
        };
        packet.truncate(sealed.unwrap_or(len));
        packet
    }

    /// Each packet gets the next number of its source, or the server would take it for a replay.
    fn seal_rtp(&mut self, packet: &mut [u8], header: &RtpHeader, len: usize) -> Option<usize> {
        if !self.streams.iter().any(|stream| stream.ssrc() == header.ssrc) {
            self.streams.extend(self.sender.open_stream(header.ssrc));
        }
        let stream = self.streams.iter_mut().find(|stream| stream.ssrc() == header.ssrc)?;
        let index = stream.highest_index().map_or(u64::from(header.sequence), |highest| highest + 1);
        packet[2..4].copy_from_slice(&(index as u16).to_be_bytes());
        self.sender.protect_rtp(stream, packet, header.len, len, index).ok()
    }
}

/// From an address that nobody knows.
pub async fn send_as_stranger(server: SocketAddr, cases: impl Iterator<Item = Vec<u8>>) -> usize {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut sent = 0;
    for mut case in cases {
        case.truncate(DATAGRAM_BYTES_MAX);
        socket.send_to(&case, server).unwrap();
        sent += 1;
        if sent % BURST == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    sent
}

fn connect(transport: &mut Transport, socket: &UdpSocket, server: SocketAddr, check: &mut Vec<u8>) -> SrtpSender {
    let started = Instant::now();
    loop {
        drive(transport, socket, server, check);
        while let Some(event) = transport.poll_event() {
            if let TransportEvent::DtlsConnected(keys) = event {
                return keys.split().0;
            }
        }
        assert!(started.elapsed() < PATIENCE, "the intruder's transport never came up");
    }
}

/// One round: what is due goes out, what has come is read.
fn drive(transport: &mut Transport, socket: &UdpSocket, server: SocketAddr, check: &mut Vec<u8>) {
    let local = socket.local_addr().unwrap();
    transport.handle_timeout(Instant::now());
    let mut datagram = Vec::new();
    while let Some(to) = transport.poll_transmit(&mut datagram) {
        socket.send_to(&datagram, to).unwrap();
        if DatagramKind::of(&datagram) == DatagramKind::Stun {
            check.clone_from(&datagram);
        }
    }
    let mut buffer = [0; 2_048];
    while let Ok((len, from)) = socket.recv_from(&mut buffer) {
        if from == server && DatagramKind::of(&buffer[..len]) != DatagramKind::Rtp {
            let _ = transport.handle_datagram(from, local, &buffer[..len], Instant::now());
        }
    }
}
