//! Why an attempt to publish or subscribe failed: from what the plane saw to a fault with its cause and evidence.
//!
//! The table is read from top to bottom, the first row that fits decides. A cause is named only where the facts leave
//! little else; otherwise the fault goes out with its evidence and without a cause.

use exedra_contract::cause::{Cause, Evidence, Stage, Witness};
use exedra_contract::{Fault, faults};
use exedra_media::PeerFacts;
use exedra_media::dtls::{DtlsFailure, HandshakeStage};
use exedra_media::sdp::SectionProblem;
use exedra_session::{Diagnosis, Subject};
use tokio::sync::oneshot;

use crate::shard::{FactsOf, MediaFacts, Shard, ShardCommand};

pub async fn find(shard: &Shard, diagnosis: Diagnosis) -> Fault {
    let (answer, answered) = oneshot::channel();
    let of = FactsOf { peer: diagnosis.peer, publisher: diagnosis.publisher_peer, tracks: diagnosis.tracks.clone() };
    shard.send(ShardCommand::Facts { of, answer }).await;
    decide(&diagnosis, &answered.await.unwrap_or_default())
}

fn decide(diagnosis: &Diagnosis, facts: &MediaFacts) -> Fault {
    let operation = match diagnosis.subject {
        Subject::Publish(_) => "publish",
        Subject::Subscribe(_) => "subscribe",
    };
    let waited_ms = diagnosis.waited_ms;
    if let Some(SectionProblem::CodecUnsupported { wanted }) = &facts.problem {
        let wanted: Vec<String> = wanted.iter().map(|codec| format!("{codec:?}")).collect();
        return faults::codec_unsupported("media", "none of them", wanted.join(", "));
    }
    if !diagnosis.negotiated {
        return faults::offer_timeout(operation, waited_ms);
    }
    let Some(peer) = &facts.peer else {
        return if diagnosis.transport_up {
            faults::media_timeout(operation, waited_ms)
        } else {
            faults::ice_failed(operation, waited_ms)
        };
    };
    let ice = &peer.transport.ice;
    if !diagnosis.transport_up && ice.checks_authenticated == 0 {
        return faults::ice_failed(operation, waited_ms).with_cause(ice_cause(peer, waited_ms));
    }
    if !diagnosis.transport_up {
        return faults::dtls_failed(operation, waited_ms).with_cause(dtls_cause(peer));
    }
    faults::media_timeout(operation, waited_ms).with_cause(media_cause(diagnosis, facts, peer))
}

fn ice_cause(peer: &PeerFacts, waited_ms: u64) -> Cause {
    let ice = &peer.transport.ice;
    let waited_s = waited_ms as f64 / 1000.0;
    let mut evidence = vec![server("the websocket of this connection is alive")];
    let refused = ice.stun_bad_integrity + ice.stun_malformed;
    let (id, confidence) = match (ice.stun_messages, refused) {
        (0, _) => {
            evidence.insert(0, server(format!("no STUN packet for this ufrag in {waited_s:.1} s")));
            // Whether the client's packets were dropped near it or near us cannot be told from here.
            ("udp_blocked", 0.9)
        }
        (seen, refused) if refused > 0 => {
            evidence.insert(0, server(format!("{seen} STUN packets arrived, {refused} of them with wrong integrity")));
            ("ice_credentials_mismatch", 0.8)
        }
        (seen, _) => {
            evidence.insert(0, server(format!("{seen} STUN packets arrived, none was an authenticated check")));
            ("ice_checks_incomplete", 0.5)
        }
    };
    cause(id, Stage::Ice, confidence, evidence, &["token", "signaling", "dtls", "codec"])
}

fn dtls_cause(peer: &PeerFacts) -> Cause {
    let dtls = &peer.transport.dtls;
    let evidence = vec![
        server(format!("{} connectivity checks were authenticated", peer.transport.ice.checks_authenticated)),
        server(format!("{} DTLS datagrams arrived, {} were sent", dtls.datagrams_received, dtls.datagrams_sent)),
    ];
    let (id, confidence) = match (dtls.failure, dtls.datagrams_received, dtls.stage) {
        (Some(DtlsFailure::FingerprintMismatch), ..) => ("dtls_fingerprint_mismatch", 0.99),
        (Some(DtlsFailure::NoSrtpProfile), ..) => ("dtls_no_srtp_profile", 0.99),
        (_, 0, _) => ("dtls_never_began", 0.7),
        (_, _, HandshakeStage::Started) => ("dtls_packets_lost", 0.6),
        _ => ("dtls_handshake_failed", 0.5),
    };
    cause(id, Stage::Dtls, confidence, evidence, &["token", "signaling", "ice", "codec"])
}

fn media_cause(diagnosis: &Diagnosis, facts: &MediaFacts, peer: &PeerFacts) -> Cause {
    let ruled_out = ["token", "signaling", "ice", "dtls"];
    let arrived: u64 = facts.tracks.iter().flat_map(|track| &track.encodings).map(|encoding| encoding.packets).sum();
    let mut evidence = vec![server(format!("{arrived} packets of the stream arrived from its publisher"))];
    if matches!(diagnosis.subject, Subject::Publish(_)) {
        let received = peer.received;
        evidence.push(server(format!(
            "{} RTP packets arrived on the transport, {} could not be authenticated, {} belonged to no section",
            received.rtp_packets, received.unauthentic, received.unrouted
        )));
        return cause("publisher_sends_nothing", Stage::FirstPacket, 0.8, evidence, &ruled_out);
    }
    if let Some(publisher) = &facts.publisher {
        evidence.push(server(format!("the publisher's transport was last heard {} ms ago", publisher.silent_ms)));
    }
    match arrived {
        0 => cause("publisher_sends_nothing", Stage::FirstPacket, 0.8, evidence, &ruled_out),
        _ => cause("waiting_for_key_frame", Stage::FirstKeyFrame, 0.5, evidence, &ruled_out),
    }
}

fn cause(id: &str, stage: Stage, confidence: f64, evidence: Vec<Evidence>, ruled_out: &[&str]) -> Cause {
    let ruled_out = ruled_out.iter().map(|excluded| (*excluded).to_owned()).collect();
    Cause { id: id.to_owned(), stage, confidence, evidence, ruled_out }
}

fn server(fact: impl Into<String>) -> Evidence {
    Evidence { who: Witness::Server, fact: fact.into() }
}
