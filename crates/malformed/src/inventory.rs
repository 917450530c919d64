//! Every parser of bytes that come from outside the process, by whom they can be sent, and where it lives.
//!
//! A test holds this list equal to the feeds in the crates and to the targets in `fuzz/`.

/// One parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub name: &'static str,
    pub home: Home,
    /// What it reads.
    pub reads: &'static str,
    /// Who can send it bytes, and what they must have done before.
    pub reached_by: &'static str,
}

/// The crate whose `fuzz.rs` feeds the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    Contract,
    Media,
    Server,
}

const fn entry(name: &'static str, home: Home, reads: &'static str, reached_by: &'static str) -> Entry {
    Entry { name, home, reads, reached_by }
}

const ANYONE_HTTP: &str = "anyone who reaches the HTTP port";
const ANYONE_UDP: &str = "anyone who reaches the media port";
const ICE_PEER: &str = "an address that passed an authenticated ICE check";
const MEMBER: &str = "a client with a valid token";
const PEER: &str = "a client whose SRTP keys open the packet";
const OUR_SERVER: &str = "the server that the native client chose";

pub const INVENTORY: &[Entry] = &[
    entry("signaling_request", Home::Contract, "WebSocket text frames of clients (JSON)", ANYONE_HTTP),
    entry("signaling_server_frame", Home::Contract, "WebSocket text frames of the server (JSON)", OUR_SERVER),
    entry("client_token", Home::Contract, "T1 tokens and JWTs, up to the signature", ANYONE_HTTP),
    entry("client_token_t1_claims", Home::Contract, "the query string inside a T1 token", "who has a project's secret"),
    entry("client_token_jwt_claims", Home::Contract, "the payload of a JWT", "who has a project's key"),
    entry("rest_token", Home::Contract, "the JWT of a customer's server", ANYONE_HTTP),
    entry("sandbox_rules", Home::Contract, "rules of the sandbox (JSON)", "who has a project's secret"),
    entry("session_id", Home::Contract, "session ids", ANYONE_HTTP),
    entry("form", Home::Contract, "application/x-www-form-urlencoded", ANYONE_HTTP),
    entry("stun", Home::Media, "STUN messages (RFC 8489)", ANYONE_UDP),
    entry("stun_checks", Home::Media, "STUN checks that name the right user, damaged", ANYONE_UDP),
    entry("dtls", Home::Media, "DTLS records, handshake messages and certificates", ICE_PEER),
    entry("srtp", Home::Media, "SRTP packets (RFC 3711, RFC 7714)", ICE_PEER),
    entry("srtcp", Home::Media, "SRTCP packets", ICE_PEER),
    entry("rtp", Home::Media, "RTP headers and header extensions (RFC 8285)", PEER),
    entry("rtcp", Home::Media, "compound RTCP packets, feedback messages", PEER),
    entry("payload", Home::Media, "the heads of VP8, VP9, H.264, AV1 and Opus payloads, redundant audio", PEER),
    entry("dependency_descriptor", Home::Media, "dependency descriptor extensions (AV1 RTP, appendix A)", PEER),
    entry("sdp_offer", Home::Media, "SDP offers, and writing their answers", MEMBER),
    entry("sdp_answer", Home::Media, "SDP answers", OUR_SERVER),
    entry("ice_fragment", Home::Media, "trickle ICE fragments (RFC 8840)", MEMBER),
    entry("plane", Home::Media, "any datagram, through the whole media plane", ANYONE_UDP),
    entry("session_create_body", Home::Server, "the body of POST /session/create", "who has a project's secret"),
    entry("dev_join_body", Home::Server, "the body of POST /dev/join", "anyone, in development"),
    entry("signaling_frame", Home::Server, "a frame as far as it can be read, for its answer", ANYONE_HTTP),
];
