//! Why an attempt to publish or subscribe failed: what the shard, the room and the browser saw, as the catalogue's facts.
//!
//! Owns the observing; which facts mean which cause is data of the catalogue. What nobody saw stays unknown.

use std::net::IpAddr;

use exedra_contract::cause::{Fact, Facts, Stage, decide};
use exedra_contract::{Fault, faults};
use exedra_media::PeerFacts;
use exedra_media::dtls::{DtlsFailure, HandshakeStage};
use exedra_media::plane::OthersHeard;
use exedra_media::sdp::SectionProblem;
use exedra_session::{Diagnosis, Subject};
use serde_json::{Map, Value};

use crate::shard::MediaFacts;

/// A client whose path works is heard more often.
const SILENT_S_MIN: u64 = 6;

/// What is known beside the media itself.
pub struct Surroundings<'a> {
    /// The connection has a socket now.
    pub signaling_alive: bool,
    /// Since the server started, of anybody.
    pub any_transport_came_up: bool,
    pub media_addresses: &'a [IpAddr],
    pub arrival: Arrival,
    /// The newest report of the client's.
    pub report: Option<&'a Map<String, Value>>,
}

/// How a client came to its socket: no more of the addresses is kept than diagnoses need. Unknown behind a proxy.
#[derive(Debug, Clone, Copy, Default)]
pub struct Arrival {
    /// From this machine itself.
    pub from_here: bool,
    /// Whether it comes from a public address.
    pub from_public: Option<bool>,
    /// The server's address as the client wrote it, where it wrote an address.
    pub reached_at: Option<IpAddr>,
}

pub fn fault(diagnosis: &Diagnosis, media: &MediaFacts, surroundings: &Surroundings<'_>) -> Fault {
    let operation = match diagnosis.subject {
        Subject::Publish(_) => "publish",
        Subject::Subscribe(_) => "subscribe",
    };
    let waited_ms = diagnosis.waited_ms;
    let cause = decide(&observed(diagnosis, media, surroundings));
    // That checks arrive does not mean that their answers do.
    let answered = cause.as_ref().is_none_or(|cause| cause.stage != Stage::Ice);
    let checked = answered && media.peer.as_ref().is_some_and(|peer| peer.transport.ice.checks_authenticated > 0);
    let fault = match &media.problem {
        Some(SectionProblem::CodecUnsupported { wanted }) => {
            let wanted: Vec<String> = wanted.iter().map(|codec| format!("{codec:?}")).collect();
            faults::codec_unsupported("media", "none of them", wanted.join(", "))
        }
        _ if !diagnosis.negotiated => faults::offer_timeout(operation, waited_ms),
        _ if diagnosis.transport_up => faults::media_timeout(operation, waited_ms),
        _ if was_up(media) => faults::transport_lost(media.peer.as_ref().map_or(0, |peer| peer.silent_ms)),
        _ if checked => faults::dtls_failed(operation, waited_ms),
        _ => faults::ice_failed(operation, waited_ms),
    };
    match cause {
        Some(cause) => fault.with_cause(cause),
        None => fault,
    }
}

fn observed(diagnosis: &Diagnosis, media: &MediaFacts, surroundings: &Surroundings<'_>) -> Facts {
    let mut facts = Facts::default();
    facts.observe(Fact::SignalingAlive, surroundings.signaling_alive);
    let codec_missing = matches!(media.problem, Some(SectionProblem::CodecUnsupported { .. }));
    if !diagnosis.negotiated && !codec_missing {
        // Nothing else can be held against a path that nobody has tried.
        facts.observe(Fact::OfferAccepted, false);
        return facts;
    }
    observe_others(&mut facts, media, surroundings);
    let Arrival { from_public, reached_at, .. } = surroundings.arrival;
    let all_private = surroundings.media_addresses.iter().all(|address| !is_public(*address));
    if let (false, _) | (true, Some(_)) = (all_private, from_public) {
        facts.observe(Fact::AnnouncedOnlyPrivate, all_private && from_public == Some(true));
    }
    if let Some(address) = reached_at {
        facts.observe(Fact::AnnouncedAsSignaling, surroundings.media_addresses.contains(&address));
    }
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
    if let Some(packets) = media.packets_sent {
        facts.observe_with(Fact::PacketSent, packets > 0, format!("{packets} packets"));
    }
    if let Some(report) = surroundings.report {
        facts.observe_report(report);
    }
    facts
}

/// Others that were heard and fell silent speak as loud as others that are heard. That nobody is there now says nothing,
/// unless nobody ever was.
fn observe_others(facts: &mut Facts, media: &MediaFacts, surroundings: &Surroundings<'_>) {
    let OthersHeard { now, silent } = media.others;
    if now > 0 {
        facts.observe_with(Fact::OthersReachMediaPort, true, format!("{now} now"));
    } else if silent > 0 {
        facts.observe_with(Fact::OthersReachMediaPort, false, format!("{silent} fell silent"));
    } else if !surroundings.any_transport_came_up {
        facts.observe_with(Fact::OthersReachMediaPort, false, "since the server started");
    }
}

/// The transport had come up, whatever became of it.
fn was_up(media: &MediaFacts) -> bool {
    media.peer.as_ref().is_some_and(|peer| peer.transport.dtls.stage == HandshakeStage::Connected)
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
    facts.observe(Fact::DtlsConnected, connected).observe(Fact::MediaWasUp, connected);
    if connected {
        let silent_s = peer.silent_ms / 1000;
        facts.observe_with(Fact::MediaAlive, silent_s < SILENT_S_MIN, format!("last heard {silent_s} s ago"));
    }
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
            flows: Vec::new(),
            waited_ms: 12_000,
        }
    }

    fn surroundings(addresses: &[IpAddr]) -> Surroundings<'_> {
        Surroundings {
            signaling_alive: true,
            any_transport_came_up: true,
            media_addresses: addresses,
            arrival: Arrival { from_public: Some(false), ..Arrival::default() },
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
        let cause = fault.cause().map(|cause| cause.id.as_str());
        assert_eq!((fault.code().as_str(), cause), ("OFFER_TIMEOUT", Some("no_offer")));
    }

    #[test]
    fn what_nobody_saw_stays_unknown() {
        let private: [IpAddr; 1] = ["10.0.0.1".parse().unwrap()];
        let unknown = Surroundings { arrival: Arrival::default(), ..surroundings(&private) };
        let facts = observed(&diagnosis(false), &MediaFacts::default(), &unknown);
        let of_others = [Fact::AnnouncedOnlyPrivate, Fact::AnnouncedAsSignaling, Fact::OthersReachMediaPort];
        for fact in of_others {
            assert_eq!(facts.get(fact), None, "{fact:?}");
        }
        for fact in [Fact::PacketSent, Fact::StunReceived, Fact::PairsTried, Fact::KeyFrameReceived] {
            assert_eq!(facts.get(fact), None, "{fact:?}");
        }
        let report = json!({ "observed": { "pairs_tried": true, "pair_answered": false } });
        let reached_at = Some("203.0.113.5".parse().unwrap());
        let arrival = Arrival { from_public: Some(true), reached_at, ..Arrival::default() };
        let public = Surroundings { arrival, report: report.as_object(), ..surroundings(&private) };
        let facts = observed(&diagnosis(false), &MediaFacts::default(), &public);
        assert_eq!(facts.get(Fact::AnnouncedOnlyPrivate), Some(true));
        assert_eq!(facts.get(Fact::AnnouncedAsSignaling), Some(false));
        assert_eq!((facts.get(Fact::PairsTried), facts.get(Fact::PairAnswered)), (Some(true), Some(false)));
    }

    #[test]
    fn others_on_the_media_port_say_whether_it_can_be_reached() {
        let seen = |now, silent, any_transport_came_up| {
            let media = MediaFacts { others: OthersHeard { now, silent }, ..MediaFacts::default() };
            let around = Surroundings { any_transport_came_up, ..surroundings(&[]) };
            observed(&diagnosis(false), &media, &around).get(Fact::OthersReachMediaPort)
        };
        assert_eq!(seen(1, 2, true), Some(true));
        assert_eq!(seen(0, 2, true), Some(false), "they fell silent");
        assert_eq!(seen(0, 0, false), Some(false), "nobody ever came up");
        assert_eq!(seen(0, 0, true), None, "they may have left");
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
