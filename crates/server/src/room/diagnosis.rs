//! Why an attempt to publish or subscribe failed: what the shard, the room and the browser saw, as the catalogue's facts.
//!
//! Owns the observing; which facts mean which cause is data of the catalogue. What nobody saw stays unknown.

use std::net::IpAddr;

use exedra_contract::cause::{Fact, Facts, decide};
use exedra_contract::{Fault, faults};
use exedra_media::PeerFacts;
use exedra_media::dtls::{DtlsFailure, HandshakeStage};
use exedra_media::sdp::SectionProblem;
use exedra_session::{Diagnosis, Subject};
use serde_json::{Map, Value};

use crate::shard::MediaFacts;

/// What is known beside the media itself.
pub struct Surroundings<'a> {
    /// The connection has a socket now.
    pub signaling_alive: bool,
    /// Some transport came up since the server started.
    pub others_reach_media_port: bool,
    pub media_addresses: &'a [IpAddr],
    /// Whether the client's socket comes from a public address; unknown behind a proxy.
    pub from_public: Option<bool>,
    /// The newest report of the client's.
    pub report: Option<&'a Map<String, Value>>,
}

pub fn fault(diagnosis: &Diagnosis, media: &MediaFacts, surroundings: &Surroundings<'_>) -> Fault {
    let operation = match diagnosis.subject {
        Subject::Publish(_) => "publish",
        Subject::Subscribe(_) => "subscribe",
    };
    let waited_ms = diagnosis.waited_ms;
    let checked = media.peer.as_ref().is_some_and(|peer| peer.transport.ice.checks_authenticated > 0);
    let fault = match &media.problem {
        Some(SectionProblem::CodecUnsupported { wanted }) => {
            let wanted: Vec<String> = wanted.iter().map(|codec| format!("{codec:?}")).collect();
            faults::codec_unsupported("media", "none of them", wanted.join(", "))
        }
        _ if !diagnosis.negotiated => return faults::offer_timeout(operation, waited_ms),
        _ if diagnosis.transport_up => faults::media_timeout(operation, waited_ms),
        _ if checked => faults::dtls_failed(operation, waited_ms),
        _ => faults::ice_failed(operation, waited_ms),
    };
    match decide(&observed(diagnosis, media, surroundings)) {
        Some(cause) => fault.with_cause(cause),
        None => fault,
    }
}

fn observed(diagnosis: &Diagnosis, media: &MediaFacts, surroundings: &Surroundings<'_>) -> Facts {
    let mut facts = Facts::default();
    facts.observe(Fact::SignalingAlive, surroundings.signaling_alive);
    facts.observe(Fact::OthersReachMediaPort, surroundings.others_reach_media_port);
    facts.observe(Fact::RelayOffered, false);
    let all_private = surroundings.media_addresses.iter().all(|address| !is_public(*address));
    if let (false, _) | (true, Some(_)) = (all_private, surroundings.from_public) {
        facts.observe(Fact::AnnouncedOnlyPrivate, all_private && surroundings.from_public == Some(true));
    }
    let codec_missing = matches!(media.problem, Some(SectionProblem::CodecUnsupported { .. }));
    facts.observe(Fact::CodecCommon, !codec_missing);
    if let Some(peer) = &media.peer {
        observe_transport(&mut facts, peer, diagnosis.waited_ms);
    }
    if diagnosis.transport_up {
        let packets: u64 =
            media.tracks.iter().flat_map(|track| &track.encodings).map(|encoding| encoding.packets).sum();
        facts.observe_with(Fact::PacketReceived, packets > 0, format!("{packets} packets"));
        if let Some(seen) = media.key_frame_seen {
            facts.observe(Fact::KeyFrameReceived, seen);
        }
    }
    if let Some(report) = surroundings.report {
        facts.observe_report(report);
    }
    facts
}

fn observe_transport(facts: &mut Facts, peer: &PeerFacts, waited_ms: u64) {
    let (ice, dtls) = (&peer.transport.ice, &peer.transport.dtls);
    let waited = format!("{} in {:.1} s", ice.stun_messages, waited_ms as f64 / 1000.0);
    facts.observe_with(Fact::StunReceived, ice.stun_messages > 0, waited);
    facts.observe_with(
        Fact::StunAuthenticated,
        ice.checks_authenticated > 0,
        format!("{} with wrong integrity", ice.stun_bad_integrity),
    );
    facts.observe_with(
        Fact::DtlsReceived,
        dtls.datagrams_received > 0,
        format!("{} received, {} sent", dtls.datagrams_received, dtls.datagrams_sent),
    );
    let connected = dtls.stage == HandshakeStage::Connected;
    facts.observe(Fact::DtlsConnected, connected);
    match dtls.failure {
        Some(DtlsFailure::FingerprintMismatch) => facts.observe(Fact::FingerprintMatches, false),
        Some(DtlsFailure::NoSrtpProfile) => facts.observe(Fact::SrtpProfileCommon, false),
        _ if connected => facts.observe(Fact::FingerprintMatches, true).observe(Fact::SrtpProfileCommon, true),
        _ => facts,
    };
}

/// Reachable from anywhere: neither loopback, link-local nor of a private network (RFC 1918, RFC 4193, RFC 6598).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()),
        },
    }
}

#[cfg(test)]
mod tests {
    use exedra_session::{ConnectionKey, StreamKey, Trigger};
    use serde_json::json;

    use super::*;

    fn diagnosis(transport_up: bool) -> Diagnosis {
        Diagnosis {
            subject: Subject::Publish(StreamKey(1)),
            trigger: Trigger::TimedOut,
            connection: ConnectionKey(1),
            peer: None,
            publisher_peer: None,
            transport_up,
            negotiated: true,
            tracks: Vec::new(),
            waited_ms: 12_000,
        }
    }

    fn surroundings(addresses: &[IpAddr]) -> Surroundings<'_> {
        Surroundings {
            signaling_alive: true,
            others_reach_media_port: true,
            media_addresses: addresses,
            from_public: Some(false),
            report: None,
        }
    }

    #[test]
    fn a_connected_publisher_that_sends_nothing_is_told_so() {
        let fault = fault(&diagnosis(true), &MediaFacts::default(), &surroundings(&[]));
        assert_eq!(fault.code().as_str(), "MEDIA_TIMEOUT");
    }

    #[test]
    fn without_an_offer_nothing_else_is_blamed() {
        let diagnosis = Diagnosis { negotiated: false, ..diagnosis(false) };
        let fault = fault(&diagnosis, &MediaFacts::default(), &surroundings(&[]));
        assert_eq!((fault.code().as_str(), fault.cause()), ("OFFER_TIMEOUT", None));
    }

    #[test]
    fn what_nobody_saw_stays_unknown() {
        let private: [IpAddr; 1] = ["10.0.0.1".parse().unwrap()];
        let unknown = Surroundings { from_public: None, ..surroundings(&private) };
        let facts = observed(&diagnosis(false), &MediaFacts::default(), &unknown);
        for fact in [Fact::AnnouncedOnlyPrivate, Fact::StunReceived, Fact::PairsTried, Fact::KeyFrameReceived] {
            assert_eq!(facts.get(fact), None, "{fact:?}");
        }
        let report = json!({ "pairs": 4, "pairs_answered": 0 });
        let public = Surroundings { from_public: Some(true), report: report.as_object(), ..surroundings(&private) };
        let facts = observed(&diagnosis(false), &MediaFacts::default(), &public);
        assert_eq!(facts.get(Fact::AnnouncedOnlyPrivate), Some(true));
        assert_eq!((facts.get(Fact::PairsTried), facts.get(Fact::PairAnswered)), (Some(true), Some(false)));
    }

    #[test]
    fn public_addresses_are_told_from_private_ones() {
        for private in
            ["10.1.2.3", "127.0.0.1", "192.168.0.1", "100.64.0.1", "169.254.1.1", "::1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["203.0.113.5", "100.128.0.1", "2001:db8::1", "::ffff:203.0.113.5"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
