//! Bodies of the fuzz targets: each takes any bytes and must neither panic nor break what it asserts. Compiled with the crate, so
//! that they cannot rot; the targets themselves only call them.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use crate::codec::Codec;
use crate::dtls::{Dtls, Fingerprint, Identity};
use crate::ice::Credentials;
use crate::ice::controlling::ControllingAgent;
use crate::ice::lite::LiteAgent;
use crate::sdp::{LocalSource, Sdp, SectionPlan, answer, read_answer};
use crate::srtp::{DtlsRole, SrtpKeys, SrtpProfile};
use crate::transport::{Setup, TransportParams};

/// A body by the name of its target.
pub type Target = (&'static str, fn(&[u8]));

/// All of this crate. A test holds the list of targets equal to it.
pub const TARGETS: &[Target] = &[("stun", stun), ("dtls", dtls), ("srtp", srtp), ("sdp", sdp)];

fn address() -> SocketAddr {
    ([127, 0, 0, 1], 5_000).into()
}

/// One STUN message to the server's agent and to the client's: nothing is authentic, so no address is learned.
pub fn stun(data: &[u8]) {
    let now = Instant::now();
    let remote = || Credentials { ufrag: "remote".to_owned(), pwd: "a-password-nobody-knows".to_owned() };
    let mut lite = LiteAgent::new();
    lite.set_remote(remote());
    assert!(lite.handle_stun(address(), data, now).is_err());
    assert!(!lite.addresses().contains(address()));
    assert!(lite.poll_transmit().is_none());
    let mut controlling = ControllingAgent::new(&[address()], now);
    controlling.set_remote(remote(), &[address()]);
    assert!(controlling.handle_stun(address(), address(), data, now).is_err());
    assert!(!controlling.addresses().contains(address()));
}

static IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::generate().expect("an identity")));

/// Datagrams, each behind its length in two bytes, to a server's handshake: none of them makes keys.
pub fn dtls(data: &[u8]) {
    let now = Instant::now();
    let mut server = Dtls::new(Arc::clone(&IDENTITY), DtlsRole::Server);
    server.expect(Fingerprint::of(b"a certificate nobody has"));
    let mut rest = data;
    while let Some((len, behind)) = rest.split_first_chunk::<2>() {
        let len = usize::from(u16::from_be_bytes(*len)).min(behind.len());
        let (datagram, next) = behind.split_at(len);
        server.handle_datagram(datagram, now);
        while server.poll_transmit().is_some() {}
        rest = next;
    }
    while let Some(event) = server.poll_event() {
        assert!(!matches!(event, crate::dtls::DtlsEvent::Connected(_)));
    }
}

/// A packet, behind a byte for the header's length, to receivers and senders of all profiles. What a sender seals must open.
pub fn srtp(data: &[u8]) {
    let Some((&header_len, packet)) = data.split_first() else {
        return;
    };
    let header_len = usize::from(header_len);
    for profile in SrtpProfile::ALL {
        let material = vec![7; profile.keying_material_len()];
        let keys = |role| SrtpKeys::from_keying_material(profile, role, &material).expect("keys").split();
        let (mut sender, _) = keys(DtlsRole::Client);
        let (_, mut receiver) = keys(DtlsRole::Server);
        let mut buf = packet.to_vec();
        assert!(receiver.unprotect_rtp(&mut buf, header_len).is_err());
        buf.copy_from_slice(packet);
        assert!(receiver.unprotect_rtcp(&mut buf).is_err());
        buf.copy_from_slice(packet);
        buf.resize(packet.len() + 20, 0);
        if let Ok(sealed) = sender.protect_rtcp(&mut buf, packet.len()) {
            assert_eq!(receiver.unprotect_rtcp(&mut buf[..sealed]), Ok(packet.len()));
            assert_eq!(buf[..packet.len()], *packet);
        }
        let Some(header) = packet.first_chunk::<12>() else {
            continue;
        };
        let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        let index = u64::from(u16::from_be_bytes([header[2], header[3]]));
        let mut stream = sender.open_stream(ssrc).expect("the first stream");
        if let Ok(sealed) = sender.protect_rtp(&mut stream, &mut buf, header_len, packet.len(), index) {
            assert_eq!(receiver.unprotect_rtp(&mut buf[..sealed], header_len), Ok(packet.len()));
            assert_eq!(buf[..packet.len()], *packet);
        }
    }
}

/// A description: it is refused, or it is answered with one that can be read.
pub fn sdp(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(offer) = Sdp::parse(&text) else {
        return;
    };
    let ours = TransportParams {
        ufrag: "ufrag".to_owned(),
        pwd: "a-password-of-the-server".to_owned(),
        fingerprint: Fingerprint::of(b"server"),
        candidates: vec![address()],
        setup: Setup::Passive,
        ice_lite: true,
    };
    let _ = offer.transport();
    let mut published = Vec::new();
    for _ in 0..2 {
        let answered = answer(&offer, &ours, |section| match section.direction.sends() {
            true => SectionPlan::Receive {
                codecs: vec![Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1],
                red: true,
            },
            false => SectionPlan::Send {
                published: published.clone(),
                red: true,
                source: LocalSource { ssrc: 1, rtx_ssrc: Some(2) },
                stream_id: "stream".to_owned(),
                track_id: "track".to_owned(),
                cname: "cname".to_owned(),
            },
        });
        let Ok(answered) = answered else {
            return;
        };
        let reply = Sdp::parse(&answered.sdp).expect("an answer can be read");
        assert_eq!(reply.sections.len(), offer.sections.len());
        read_answer(&reply);
        published = answered.sections.into_iter().flat_map(|section| section.payloads).collect();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_target_panics_on_arbitrary_bytes(data in proptest::collection::vec(any::<u8>(), 0..400)) {
            for (_, body) in TARGETS {
                body(&data);
            }
        }

        /// Past the first check of each parser: a STUN header, a DTLS record, an SDP line.
        #[test]
        fn no_target_panics_on_almost_valid_bytes(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
            message.extend([9; 12]);
            message.extend(&data[..data.len() / 4 * 4]);
            let len = (message.len() as u16 - 20).to_be_bytes();
            message[2..4].copy_from_slice(&len);
            stun(&message);
            let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
            record.extend((data.len() as u16 + 12).to_be_bytes());
            record.extend([1, 0, 0, data.len() as u8, 0, 0, 0, 0, 0, 0, 0, data.len() as u8]);
            record.extend(&data);
            dtls(&[&(record.len() as u16).to_be_bytes()[..], &record].concat());
            srtp(&[&[12, 0x80][..], &data].concat());
        }
    }
}
