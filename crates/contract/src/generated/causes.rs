// Produced by `cargo xtask gen` from catalog/; do not edit.

use crate::cause::{CauseEntry, FactEntry, Rule, Witness};
use crate::fault::terms::Stage;

/// What one end of an attempt can observe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Holds: the token has a form that is known here. Does not: the token has no form that is known here.
    TokenReadable,
    /// Holds: the project that the token names exists here. Does not: the project that the token names does not exist here.
    ProjectKnown,
    /// Holds: the token's validity has ended by the server's clock. Does not: the token has not expired by the server's clock.
    TokenPastExpiry,
    /// Holds: the token was issued in the future of the server's clock. Does not: the token was issued in the past of the server's clock.
    TokenFromFuture,
    /// Holds: the token's signature fits the project's secret. Does not: the token's signature does not fit the project's secret.
    TokenSignatureRight,
    /// Holds: the token is for this session. Does not: the token is for another session.
    TokenForThisSession,
    /// Holds: the token is of this project. Does not: the token is of another project.
    TokenForThisProject,
    /// Holds: every claim of the token is valid. Does not: a claim of the token is invalid.
    TokenClaimsRight,
    /// Holds: the signaling connection is alive. Does not: the signaling connection is gone.
    SignalingAlive,
    /// Holds: the same identity joined on another connection at this moment. Does not: nobody else joined with the same identity.
    IdentityJoinedElsewhere,
    /// Holds: the browser says that it is online. Does not: the browser says that it is offline.
    PageOnline,
    /// Holds: the client made its offer, and the server accepted it. Does not: no offer of the client's was accepted.
    OfferAccepted,
    /// Holds: STUN packets for this connection arrived. Does not: no STUN packet for this connection arrived.
    StunReceived,
    /// Holds: a STUN check with the right password arrived. Does not: no STUN check with the right password arrived.
    StunAuthenticated,
    /// Holds: other clients reach the server's media port. Does not: no other client reaches the server's media port.
    OthersReachMediaPort,
    /// Holds: the announced media addresses are private, and the client comes from a public network. Does not: an announced media address can be reached from where the client is.
    AnnouncedOnlyPrivate,
    /// Holds: the announced media address is the one at which the client reached signaling. Does not: the announced media addresses are others than the one at which the client reached signaling.
    AnnouncedAsSignaling,
    /// Holds: the client was given a relay (TURN). Does not: the client was given no relay (TURN).
    RelayOffered,
    /// Holds: the page allows nothing but a relay (TURN). Does not: the page allows direct paths.
    RelayOnly,
    /// Holds: the relay (TURN) answered the client. Does not: the relay (TURN) did not answer the client.
    RelayAnswered,
    /// Holds: the relay (TURN) refused the client. Does not: the relay (TURN) did not refuse the client.
    RelayRefused,
    /// Holds: the browser tried candidate pairs. Does not: the browser tried no candidate pair.
    PairsTried,
    /// Holds: a candidate pair was answered. Does not: no candidate pair was answered.
    PairAnswered,
    /// Holds: the server answers the browser's connectivity checks. Does not: the server no longer answers the browser's connectivity checks.
    ChecksAnswered,
    /// Holds: DTLS packets arrived. Does not: no DTLS packet arrived.
    DtlsReceived,
    /// Holds: the DTLS handshake is complete. Does not: the DTLS handshake is not complete.
    DtlsConnected,
    /// Holds: the client's certificate fits the fingerprint in its offer. Does not: the client's certificate does not fit the fingerprint in its offer.
    FingerprintMatches,
    /// Holds: both ends have an SRTP profile in common. Does not: the ends have no SRTP profile in common.
    SrtpProfileCommon,
    /// Holds: media packets of the stream arrived at the server. Does not: no media packet of the stream arrived at the server.
    PacketReceived,
    /// Holds: a key frame of the stream arrived at the server. Does not: no key frame of the stream arrived at the server, although asked for.
    KeyFrameReceived,
    /// Holds: the client has the stream's codec. Does not: the client does not have the stream's codec.
    CodecCommon,
    /// Holds: media packets were sent to the subscriber. Does not: no media packet was sent to the subscriber.
    PacketSent,
    /// Holds: packets arrive at the browser. Does not: no packet arrives at the browser.
    BytesArrive,
    /// Holds: the browser decoded a frame. Does not: the browser decoded no frame.
    FrameDecoded,
    /// Holds: the media path had worked before. Does not: the media path had never worked.
    MediaWasUp,
    /// Holds: the server hears the client on the media path. Does not: the server hears nothing of the client on the media path.
    MediaAlive,
    /// Holds: the page is a secure context. Does not: the page is not a secure context.
    PageSecure,
    /// Holds: the page's permissions policy allows the device. Does not: the page's permissions policy forbids the device.
    PolicyAllows,
    /// Holds: the operating system lets the browser use the device. Does not: the operating system denies the browser the device.
    SystemAllows,
    /// Holds: the user allows the device. Does not: the user denies the device.
    UserAllows,
    /// Holds: the device is there. Does not: the device is not there.
    DevicePresent,
    /// Holds: the device could be opened. Does not: the device could not be opened.
    DeviceOpens,
    /// Holds: the device had delivered media before. Does not: the device had not delivered media before.
    DeviceWasLive,
}

pub static FACTS: [FactEntry; 43] = [
    FactEntry { fact: Fact::TokenReadable, id: "token_readable", who: Witness::Server, yes: "the token has a form that is known here", no: "the token has no form that is known here" },
    FactEntry { fact: Fact::ProjectKnown, id: "project_known", who: Witness::Server, yes: "the project that the token names exists here", no: "the project that the token names does not exist here" },
    FactEntry { fact: Fact::TokenPastExpiry, id: "token_past_expiry", who: Witness::Server, yes: "the token's validity has ended by the server's clock", no: "the token has not expired by the server's clock" },
    FactEntry { fact: Fact::TokenFromFuture, id: "token_from_future", who: Witness::Server, yes: "the token was issued in the future of the server's clock", no: "the token was issued in the past of the server's clock" },
    FactEntry { fact: Fact::TokenSignatureRight, id: "token_signature_right", who: Witness::Server, yes: "the token's signature fits the project's secret", no: "the token's signature does not fit the project's secret" },
    FactEntry { fact: Fact::TokenForThisSession, id: "token_for_this_session", who: Witness::Server, yes: "the token is for this session", no: "the token is for another session" },
    FactEntry { fact: Fact::TokenForThisProject, id: "token_for_this_project", who: Witness::Server, yes: "the token is of this project", no: "the token is of another project" },
    FactEntry { fact: Fact::TokenClaimsRight, id: "token_claims_right", who: Witness::Server, yes: "every claim of the token is valid", no: "a claim of the token is invalid" },
    FactEntry { fact: Fact::SignalingAlive, id: "signaling_alive", who: Witness::Server, yes: "the signaling connection is alive", no: "the signaling connection is gone" },
    FactEntry { fact: Fact::IdentityJoinedElsewhere, id: "identity_joined_elsewhere", who: Witness::Server, yes: "the same identity joined on another connection at this moment", no: "nobody else joined with the same identity" },
    FactEntry { fact: Fact::PageOnline, id: "page_online", who: Witness::Client, yes: "the browser says that it is online", no: "the browser says that it is offline" },
    FactEntry { fact: Fact::OfferAccepted, id: "offer_accepted", who: Witness::Server, yes: "the client made its offer, and the server accepted it", no: "no offer of the client's was accepted" },
    FactEntry { fact: Fact::StunReceived, id: "stun_received", who: Witness::Server, yes: "STUN packets for this connection arrived", no: "no STUN packet for this connection arrived" },
    FactEntry { fact: Fact::StunAuthenticated, id: "stun_authenticated", who: Witness::Server, yes: "a STUN check with the right password arrived", no: "no STUN check with the right password arrived" },
    FactEntry { fact: Fact::OthersReachMediaPort, id: "others_reach_media_port", who: Witness::Server, yes: "other clients reach the server's media port", no: "no other client reaches the server's media port" },
    FactEntry { fact: Fact::AnnouncedOnlyPrivate, id: "announced_only_private", who: Witness::Server, yes: "the announced media addresses are private, and the client comes from a public network", no: "an announced media address can be reached from where the client is" },
    FactEntry { fact: Fact::AnnouncedAsSignaling, id: "announced_as_signaling", who: Witness::Server, yes: "the announced media address is the one at which the client reached signaling", no: "the announced media addresses are others than the one at which the client reached signaling" },
    FactEntry { fact: Fact::RelayOffered, id: "relay_offered", who: Witness::Client, yes: "the client was given a relay (TURN)", no: "the client was given no relay (TURN)" },
    FactEntry { fact: Fact::RelayOnly, id: "relay_only", who: Witness::Client, yes: "the page allows nothing but a relay (TURN)", no: "the page allows direct paths" },
    FactEntry { fact: Fact::RelayAnswered, id: "relay_answered", who: Witness::Client, yes: "the relay (TURN) answered the client", no: "the relay (TURN) did not answer the client" },
    FactEntry { fact: Fact::RelayRefused, id: "relay_refused", who: Witness::Client, yes: "the relay (TURN) refused the client", no: "the relay (TURN) did not refuse the client" },
    FactEntry { fact: Fact::PairsTried, id: "pairs_tried", who: Witness::Client, yes: "the browser tried candidate pairs", no: "the browser tried no candidate pair" },
    FactEntry { fact: Fact::PairAnswered, id: "pair_answered", who: Witness::Client, yes: "a candidate pair was answered", no: "no candidate pair was answered" },
    FactEntry { fact: Fact::ChecksAnswered, id: "checks_answered", who: Witness::Client, yes: "the server answers the browser's connectivity checks", no: "the server no longer answers the browser's connectivity checks" },
    FactEntry { fact: Fact::DtlsReceived, id: "dtls_received", who: Witness::Server, yes: "DTLS packets arrived", no: "no DTLS packet arrived" },
    FactEntry { fact: Fact::DtlsConnected, id: "dtls_connected", who: Witness::Server, yes: "the DTLS handshake is complete", no: "the DTLS handshake is not complete" },
    FactEntry { fact: Fact::FingerprintMatches, id: "fingerprint_matches", who: Witness::Server, yes: "the client's certificate fits the fingerprint in its offer", no: "the client's certificate does not fit the fingerprint in its offer" },
    FactEntry { fact: Fact::SrtpProfileCommon, id: "srtp_profile_common", who: Witness::Server, yes: "both ends have an SRTP profile in common", no: "the ends have no SRTP profile in common" },
    FactEntry { fact: Fact::PacketReceived, id: "packet_received", who: Witness::Server, yes: "media packets of the stream arrived at the server", no: "no media packet of the stream arrived at the server" },
    FactEntry { fact: Fact::KeyFrameReceived, id: "key_frame_received", who: Witness::Server, yes: "a key frame of the stream arrived at the server", no: "no key frame of the stream arrived at the server, although asked for" },
    FactEntry { fact: Fact::CodecCommon, id: "codec_common", who: Witness::Server, yes: "the client has the stream's codec", no: "the client does not have the stream's codec" },
    FactEntry { fact: Fact::PacketSent, id: "packet_sent", who: Witness::Server, yes: "media packets were sent to the subscriber", no: "no media packet was sent to the subscriber" },
    FactEntry { fact: Fact::BytesArrive, id: "bytes_arrive", who: Witness::Client, yes: "packets arrive at the browser", no: "no packet arrives at the browser" },
    FactEntry { fact: Fact::FrameDecoded, id: "frame_decoded", who: Witness::Client, yes: "the browser decoded a frame", no: "the browser decoded no frame" },
    FactEntry { fact: Fact::MediaWasUp, id: "media_was_up", who: Witness::Server, yes: "the media path had worked before", no: "the media path had never worked" },
    FactEntry { fact: Fact::MediaAlive, id: "media_alive", who: Witness::Server, yes: "the server hears the client on the media path", no: "the server hears nothing of the client on the media path" },
    FactEntry { fact: Fact::PageSecure, id: "page_secure", who: Witness::Client, yes: "the page is a secure context", no: "the page is not a secure context" },
    FactEntry { fact: Fact::PolicyAllows, id: "policy_allows", who: Witness::Client, yes: "the page's permissions policy allows the device", no: "the page's permissions policy forbids the device" },
    FactEntry { fact: Fact::SystemAllows, id: "system_allows", who: Witness::Client, yes: "the operating system lets the browser use the device", no: "the operating system denies the browser the device" },
    FactEntry { fact: Fact::UserAllows, id: "user_allows", who: Witness::Client, yes: "the user allows the device", no: "the user denies the device" },
    FactEntry { fact: Fact::DevicePresent, id: "device_present", who: Witness::Client, yes: "the device is there", no: "the device is not there" },
    FactEntry { fact: Fact::DeviceOpens, id: "device_opens", who: Witness::Client, yes: "the device could be opened", no: "the device could not be opened" },
    FactEntry { fact: Fact::DeviceWasLive, id: "device_was_live", who: Witness::Client, yes: "the device had delivered media before", no: "the device had not delivered media before" },
];

pub static CAUSES: [CauseEntry; 43] = [
    CauseEntry {
        id: "token_malformed",
        stage: Stage::Token,
        title: "What was sent as the token is none",
        advice: "Pass the token that the application's server made, unchanged and whole.",
        ruled_out: &["network", "session", "clock"],
        rules: &[
            Rule { when: &[(Fact::TokenReadable, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "token_of_unknown_project",
        stage: Stage::Token,
        title: "The token names a project that does not exist here",
        advice: "Take the API key from this server, or send the client to the server that has the project.",
        ruled_out: &["network", "clock"],
        rules: &[
            Rule { when: &[(Fact::TokenReadable, true), (Fact::ProjectKnown, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "token_expired",
        stage: Stage::Token,
        title: "The token is too old",
        advice: "Fetch a fresh token right before connecting; if it is fresh, look at the clock of the server that makes it.",
        ruled_out: &["network", "session"],
        rules: &[
            Rule { when: &[(Fact::TokenPastExpiry, true), (Fact::TokenSignatureRight, true)], confidence: 0.8 },
        ],
    },
    CauseEntry {
        id: "clock_skew",
        stage: Stage::Token,
        title: "Two clocks disagree",
        advice: "Run a time service on the server that makes tokens and on this one.",
        ruled_out: &["network", "session"],
        rules: &[
            Rule { when: &[(Fact::TokenFromFuture, true), (Fact::TokenSignatureRight, true)], confidence: 0.9 },
        ],
    },
    CauseEntry {
        id: "token_signed_with_other_secret",
        stage: Stage::Token,
        title: "The token was signed with another secret",
        advice: "Compare the application's secret with the project's.",
        ruled_out: &["network"],
        rules: &[
            Rule { when: &[(Fact::TokenSignatureRight, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "token_of_other_session",
        stage: Stage::Token,
        title: "The token is for another session",
        advice: "Make the token for the session id that the page gets.",
        ruled_out: &["network", "clock"],
        rules: &[
            Rule { when: &[(Fact::TokenForThisSession, false), (Fact::TokenSignatureRight, true)], confidence: 0.98 },
        ],
    },
    CauseEntry {
        id: "token_of_other_project",
        stage: Stage::Token,
        title: "The token is of another project",
        advice: "Take API key, session id and token from the same environment.",
        ruled_out: &["network", "clock"],
        rules: &[
            Rule { when: &[(Fact::TokenForThisProject, false)], confidence: 0.98 },
        ],
    },
    CauseEntry {
        id: "token_claim_invalid",
        stage: Stage::Token,
        title: "A claim of the token is invalid",
        advice: "Correct the claim where the token is made.",
        ruled_out: &["network", "clock"],
        rules: &[
            Rule { when: &[(Fact::TokenClaimsRight, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "duplicate_identity",
        stage: Stage::Signaling,
        title: "The same identity joined elsewhere",
        advice: "Give each device an id of its own.",
        ruled_out: &["network"],
        rules: &[
            Rule { when: &[(Fact::IdentityJoinedElsewhere, true), (Fact::SignalingAlive, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "client_offline",
        stage: Stage::Signaling,
        title: "The device has no network",
        advice: "Connect the device to a network.",
        ruled_out: &["server", "token"],
        rules: &[
            Rule { when: &[(Fact::PageOnline, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "signaling_lost_media_alive",
        stage: Stage::Signaling,
        title: "Signaling broke while media lives",
        advice: "Look for a proxy that ends idle or long TCP connections.",
        ruled_out: &["udp", "client device"],
        rules: &[
            Rule { when: &[(Fact::SignalingAlive, false), (Fact::MediaAlive, true)], confidence: 0.9 },
            Rule { when: &[(Fact::SignalingAlive, false), (Fact::BytesArrive, true)], confidence: 0.9 },
        ],
    },
    CauseEntry {
        id: "network_lost",
        stage: Stage::Signaling,
        title: "The client's network went away",
        advice: "Check the client's network; everything it had open fell silent at once.",
        ruled_out: &["token", "codec"],
        rules: &[
            Rule { when: &[(Fact::SignalingAlive, false), (Fact::MediaAlive, false), (Fact::MediaWasUp, true)], confidence: 0.8 },
            Rule { when: &[(Fact::SignalingAlive, false), (Fact::BytesArrive, false), (Fact::MediaWasUp, true)], confidence: 0.8 },
        ],
    },
    CauseEntry {
        id: "signaling_lost",
        stage: Stage::Signaling,
        title: "Signaling broke, and too little is known to say why",
        advice: "Check the client's network first, then the server and the proxies before it.",
        ruled_out: &["token", "codec"],
        rules: &[
            Rule { when: &[(Fact::SignalingAlive, false)], confidence: 0.5 },
        ],
    },
    CauseEntry {
        id: "no_offer",
        stage: Stage::Signaling,
        title: "The client asked, and then made no offer in time",
        advice: "Look for a page that was frozen or busy, and for a signaling connection that is very slow.",
        ruled_out: &["token", "firewall", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::OfferAccepted, false), (Fact::SignalingAlive, true)], confidence: 0.7 },
        ],
    },
    CauseEntry {
        id: "wrong_announced_address",
        stage: Stage::Ice,
        title: "The server announces an address that the client cannot reach",
        advice: "Announce the public address (`--media-address`), or the one the clients' network can reach.",
        ruled_out: &["token", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::AnnouncedOnlyPrivate, true)], confidence: 0.92 },
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, false), (Fact::AnnouncedOnlyPrivate, false), (Fact::AnnouncedAsSignaling, false)], confidence: 0.79 },
        ],
    },
    CauseEntry {
        id: "relay_refused",
        stage: Stage::Ice,
        title: "The relay refused the client",
        advice: "Check the relay's credentials and clock.",
        ruled_out: &["token", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunAuthenticated, false), (Fact::SignalingAlive, true), (Fact::RelayRefused, true)], confidence: 0.95 },
            Rule { when: &[(Fact::RelayOnly, true), (Fact::RelayRefused, true)], confidence: 0.97 },
        ],
    },
    CauseEntry {
        id: "udp_blocked_outbound",
        stage: Stage::Ice,
        title: "The client's network blocks UDP",
        advice: "Use another network, or give clients a relay that works over TCP.",
        ruled_out: &["token", "server firewall", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, true), (Fact::AnnouncedOnlyPrivate, false), (Fact::PairsTried, true), (Fact::PairAnswered, false)], confidence: 0.93 },
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, true), (Fact::AnnouncedOnlyPrivate, false)], confidence: 0.75 },
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, true)], confidence: 0.65 },
        ],
    },
    CauseEntry {
        id: "server_port_unreachable",
        stage: Stage::Ice,
        title: "Nobody reaches the server's media port",
        advice: "Open the media port for UDP in the server's firewall and in its provider's.",
        ruled_out: &["token", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, false), (Fact::AnnouncedOnlyPrivate, false), (Fact::PairsTried, true), (Fact::PairAnswered, false)], confidence: 0.78 },
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, false), (Fact::AnnouncedOnlyPrivate, false)], confidence: 0.6 },
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::OthersReachMediaPort, false)], confidence: 0.5 },
        ],
    },
    CauseEntry {
        id: "udp_blocked_inbound",
        stage: Stage::Ice,
        title: "The server's answers do not reach the client",
        advice: "Let UDP from the server's media port back into the client's network.",
        ruled_out: &["token", "announced address", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunAuthenticated, true), (Fact::SignalingAlive, true), (Fact::PairsTried, true), (Fact::PairAnswered, false)], confidence: 0.9 },
        ],
    },
    CauseEntry {
        id: "client_sends_no_checks",
        stage: Stage::Ice,
        title: "The client never tried a network path",
        advice: "Look for a page that edits SDP, or a client that stopped in the middle.",
        ruled_out: &["server firewall", "dtls"],
        rules: &[
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true), (Fact::PairsTried, false)], confidence: 0.8 },
            Rule { when: &[(Fact::PairsTried, false)], confidence: 0.4 },
        ],
    },
    CauseEntry {
        id: "relay_absent",
        stage: Stage::Ice,
        title: "The page allows only a relay, and has none",
        advice: "Give the page a relay in `iceServers`, or let it use direct paths.",
        ruled_out: &["token", "firewall", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::RelayOnly, true), (Fact::RelayOffered, false), (Fact::StunReceived, false)], confidence: 0.97 },
            Rule { when: &[(Fact::RelayOnly, true), (Fact::RelayOffered, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "relay_unreachable",
        stage: Stage::Ice,
        title: "The page allows only a relay, and the relay does not answer",
        advice: "Check the relay's address, and whether the client's network lets it through.",
        ruled_out: &["token", "announced address", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::RelayOnly, true), (Fact::RelayOffered, true), (Fact::RelayAnswered, false), (Fact::RelayRefused, false)], confidence: 0.85 },
        ],
    },
    CauseEntry {
        id: "no_udp_path",
        stage: Stage::Ice,
        title: "No UDP path, and too little is known to say on which side",
        advice: "Try another network first; if that fails too, check the server's media port.",
        ruled_out: &["token", "dtls", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunReceived, false), (Fact::SignalingAlive, true)], confidence: 0.4 },
            Rule { when: &[(Fact::StunAuthenticated, false), (Fact::SignalingAlive, true)], confidence: 0.3 },
            Rule { when: &[(Fact::PairsTried, true), (Fact::PairAnswered, false)], confidence: 0.3 },
        ],
    },
    CauseEntry {
        id: "credentials_rewritten",
        stage: Stage::Ice,
        title: "STUN arrives with a wrong password",
        advice: "Find what changes the session description between client and server.",
        ruled_out: &["token", "firewall", "announced address"],
        rules: &[
            Rule { when: &[(Fact::StunReceived, true), (Fact::StunAuthenticated, false)], confidence: 0.75 },
        ],
    },
    CauseEntry {
        id: "dtls_fingerprint",
        stage: Stage::Dtls,
        title: "The client's certificate is not the one it announced",
        advice: "Find what changes the session description between client and server.",
        ruled_out: &["token", "firewall", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunAuthenticated, true), (Fact::FingerprintMatches, false)], confidence: 0.98 },
        ],
    },
    CauseEntry {
        id: "dtls_no_profile",
        stage: Stage::Dtls,
        title: "No SRTP profile in common",
        advice: "Use a current browser.",
        ruled_out: &["token", "firewall"],
        rules: &[
            Rule { when: &[(Fact::StunAuthenticated, true), (Fact::SrtpProfileCommon, false)], confidence: 0.98 },
        ],
    },
    CauseEntry {
        id: "dtls_no_answer",
        stage: Stage::Dtls,
        title: "The client does not begin the DTLS handshake",
        advice: "Look for a firewall that lets STUN through and drops other UDP.",
        ruled_out: &["token", "announced address", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunAuthenticated, true), (Fact::DtlsReceived, false)], confidence: 0.85 },
        ],
    },
    CauseEntry {
        id: "dtls_incomplete",
        stage: Stage::Dtls,
        title: "The DTLS handshake began and was not completed",
        advice: "Look for a path that drops large UDP packets, and for heavy loss.",
        ruled_out: &["token", "announced address", "codec"],
        rules: &[
            Rule { when: &[(Fact::StunAuthenticated, true), (Fact::DtlsReceived, true), (Fact::DtlsConnected, false)], confidence: 0.7 },
        ],
    },
    CauseEntry {
        id: "decoder_unsupported",
        stage: Stage::FirstPacket,
        title: "The client cannot decode the stream's codec",
        advice: "Publish VP8 and Opus, which every browser decodes.",
        ruled_out: &["token", "network"],
        rules: &[
            Rule { when: &[(Fact::CodecCommon, false)], confidence: 0.97 },
        ],
    },
    CauseEntry {
        id: "media_never_arrived",
        stage: Stage::FirstPacket,
        title: "No media of the publisher arrives",
        advice: "Check that the published tracks are live (a frozen tab or a stopped camera sends nothing), then the publisher's uplink.",
        ruled_out: &["token", "firewall", "dtls"],
        rules: &[
            Rule { when: &[(Fact::DtlsConnected, true), (Fact::PacketReceived, false)], confidence: 0.75 },
        ],
    },
    CauseEntry {
        id: "no_key_frame",
        stage: Stage::FirstKeyFrame,
        title: "The publisher sends no key frame",
        advice: "Check the publisher's encoder; it does not react to requests for a key frame.",
        ruled_out: &["token", "firewall", "dtls"],
        rules: &[
            Rule { when: &[(Fact::DtlsConnected, true), (Fact::PacketReceived, true), (Fact::KeyFrameReceived, false)], confidence: 0.75 },
        ],
    },
    CauseEntry {
        id: "decoder_failed",
        stage: Stage::Playing,
        title: "Media arrives, and the browser decodes nothing",
        advice: "Switch off hardware acceleration, or use another browser.",
        ruled_out: &["token", "firewall", "dtls", "publisher"],
        rules: &[
            Rule { when: &[(Fact::DtlsConnected, true), (Fact::KeyFrameReceived, true), (Fact::BytesArrive, true), (Fact::FrameDecoded, false)], confidence: 0.85 },
        ],
    },
    CauseEntry {
        id: "downlink_blocked",
        stage: Stage::Playing,
        title: "Media is sent and does not arrive",
        advice: "Look for a firewall or a link that drops media towards the client.",
        ruled_out: &["token", "dtls", "publisher"],
        rules: &[
            Rule { when: &[(Fact::DtlsConnected, true), (Fact::PacketSent, true), (Fact::BytesArrive, false)], confidence: 0.85 },
        ],
    },
    CauseEntry {
        id: "media_lost_signaling_alive",
        stage: Stage::Playing,
        title: "Media broke while signaling lives",
        advice: "Look at the client's UDP path: a change of networks, a firewall that forgot the mapping.",
        ruled_out: &["token", "server process"],
        rules: &[
            Rule { when: &[(Fact::MediaWasUp, true), (Fact::MediaAlive, false), (Fact::SignalingAlive, true)], confidence: 0.9 },
            Rule { when: &[(Fact::MediaWasUp, true), (Fact::BytesArrive, false), (Fact::ChecksAnswered, false), (Fact::SignalingAlive, true)], confidence: 0.9 },
        ],
    },
    CauseEntry {
        id: "uplink_blocked",
        stage: Stage::Playing,
        title: "What the client sends no longer arrives",
        advice: "Look for a firewall or a link that drops UDP from the client; what the server sends still arrives.",
        ruled_out: &["token", "dtls", "server process"],
        rules: &[
            Rule { when: &[(Fact::MediaWasUp, true), (Fact::BytesArrive, true), (Fact::ChecksAnswered, false), (Fact::SignalingAlive, true)], confidence: 0.85 },
        ],
    },
    CauseEntry {
        id: "media_stalled",
        stage: Stage::FirstPacket,
        title: "The path works, and too little is known to say why nothing came of it",
        advice: "Try again; if that fails too, read the call's log on the server.",
        ruled_out: &["token", "firewall"],
        rules: &[
            Rule { when: &[(Fact::PairAnswered, true)], confidence: 0.2 },
        ],
    },
    CauseEntry {
        id: "insecure_page",
        stage: Stage::Device,
        title: "The page is not secure",
        advice: "Open the page over https.",
        ruled_out: &["user", "device", "network"],
        rules: &[
            Rule { when: &[(Fact::PageSecure, false)], confidence: 0.99 },
        ],
    },
    CauseEntry {
        id: "permission_denied_by_policy",
        stage: Stage::Device,
        title: "The page's policy forbids the device",
        advice: "Put an allow attribute on the frame, or correct the Permissions-Policy header.",
        ruled_out: &["user", "device", "network"],
        rules: &[
            Rule { when: &[(Fact::PageSecure, true), (Fact::PolicyAllows, false)], confidence: 0.97 },
        ],
    },
    CauseEntry {
        id: "permission_denied_by_system",
        stage: Stage::Device,
        title: "The operating system denies the browser the device",
        advice: "Allow the browser in the system's privacy settings.",
        ruled_out: &["policy", "insecure page", "network"],
        rules: &[
            Rule { when: &[(Fact::PageSecure, true), (Fact::SystemAllows, false)], confidence: 0.9 },
        ],
    },
    CauseEntry {
        id: "permission_denied_by_user",
        stage: Stage::Device,
        title: "The user denied the device",
        advice: "Explain why it is needed, and offer to try again.",
        ruled_out: &["insecure page", "network"],
        rules: &[
            Rule { when: &[(Fact::PageSecure, true), (Fact::PolicyAllows, true), (Fact::UserAllows, false)], confidence: 0.95 },
            Rule { when: &[(Fact::PageSecure, true), (Fact::UserAllows, false)], confidence: 0.7 },
        ],
    },
    CauseEntry {
        id: "device_absent",
        stage: Stage::Device,
        title: "There is no such device",
        advice: "Attach the device.",
        ruled_out: &["permission", "network"],
        rules: &[
            Rule { when: &[(Fact::PageSecure, true), (Fact::DevicePresent, false), (Fact::DeviceWasLive, false)], confidence: 0.95 },
        ],
    },
    CauseEntry {
        id: "device_in_use",
        stage: Stage::Device,
        title: "Another program has the device",
        advice: "Close other programs that use it.",
        ruled_out: &["permission", "network"],
        rules: &[
            Rule { when: &[(Fact::UserAllows, true), (Fact::DevicePresent, true), (Fact::DeviceOpens, false)], confidence: 0.8 },
        ],
    },
    CauseEntry {
        id: "device_gone",
        stage: Stage::Device,
        title: "The device disappeared during the call",
        advice: "Plug it in again.",
        ruled_out: &["permission", "network"],
        rules: &[
            Rule { when: &[(Fact::DeviceWasLive, true), (Fact::DevicePresent, false)], confidence: 0.95 },
        ],
    },
];
