//! ICE (RFC 8445): which addresses are the peer's, and which one to send to.
//!
//! Two agents behind one shape. The server is [`lite`]: it answers checks and never sends any. The native client is
//! [`controlling`]: a full agent that checks the server's candidates and nominates one. Both know nothing of DTLS or media.
//!
//! Invariant: an address enters [`addresses::Addresses`] only through a check whose message integrity was right.

pub mod addresses;
pub mod controlling;
pub mod lite;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};

/// Addresses of one peer that are remembered at a time: interfaces, IP versions and NAT rebindings.
pub const ADDRESSES_MAX: usize = 8;

/// Without an authenticated check for this long the peer counts as disconnected. Browsers check every 2.5 to 5 s (RFC 7675
/// allows 30 s, which is long to talk to nobody).
pub const CONSENT_MAX: Duration = Duration::from_secs(15);

/// ICE user fragment and password of one side (RFC 8839, 5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub pwd: String,
}

impl Credentials {
    /// 72 random bits in the fragment, so that it is unique among all peers of a process, and 144 in the password.
    pub fn random() -> Self {
        let ice_chars: String = random_ice_chars::<36>();
        let (ufrag, pwd) = ice_chars.split_at(12);
        Self { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() }
    }
}

/// The password is a secret, and the fragment identifies a peer.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// What an agent reports; the transport turns it into its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceEvent {
    Connected,
    Selected(SocketAddr),
    Disconnected,
}

/// Why a STUN message changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StunRefusal {
    Malformed,
    /// Not a binding request or response that concerns us.
    Unexpected,
    /// The user names are not ours and the peer's.
    UnknownUser,
    /// The message integrity does not match our password.
    BadIntegrity,
    /// The transaction was seen from another address: a captured check, sent again.
    Replayed,
    /// Both sides believe to be controlled; answered with 487.
    RoleConflict,
}

/// An outgoing STUN message.
#[derive(Debug)]
pub struct StunTransmit {
    pub destination: SocketAddr,
    pub message: Vec<u8>,
}

/// What both agents count; see [`crate::transport::TransportFacts`] for the whole picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IceFacts {
    pub stun_messages: u64,
    pub stun_malformed: u64,
    pub stun_unexpected: u64,
    pub stun_unknown_user: u64,
    pub stun_bad_integrity: u64,
    pub stun_replayed: u64,
    pub role_conflicts: u64,
    pub checks_authenticated: u64,
    pub first_stun_at: Option<Instant>,
    pub first_authenticated_at: Option<Instant>,
    pub last_authenticated_at: Option<Instant>,
    pub selected_at: Option<Instant>,
}

impl IceFacts {
    pub(crate) fn refused(&mut self, refusal: StunRefusal) {
        *match refusal {
            StunRefusal::Malformed => &mut self.stun_malformed,
            StunRefusal::Unexpected => &mut self.stun_unexpected,
            StunRefusal::UnknownUser => &mut self.stun_unknown_user,
            StunRefusal::BadIntegrity => &mut self.stun_bad_integrity,
            StunRefusal::Replayed => &mut self.stun_replayed,
            StunRefusal::RoleConflict => &mut self.role_conflicts,
        } += 1;
    }

    pub(crate) fn authenticated(&mut self, now: Instant) {
        self.checks_authenticated += 1;
        self.first_authenticated_at.get_or_insert(now);
        self.last_authenticated_at = Some(now);
    }
}

#[derive(Debug)]
pub(crate) struct StunHmac;

impl is::Sha1HmacProvider for StunHmac {
    fn sha1_hmac(&self, key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
        sha1_hmac(key, payloads)
    }
}

pub(crate) fn sha1_hmac(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut context = hmac::Context::with_key(&key);
    for payload in payloads {
        context.update(payload);
    }
    let mut digest = [0; 20];
    digest.copy_from_slice(context.sign().as_ref());
    digest
}

/// RFC 8839, 5.4: letters, digits, plus and slash; 6 bits each.
fn random_ice_chars<const LEN: usize>() -> String {
    const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = [0; LEN];
    aws_lc_rs::rand::fill(&mut random).expect("the system's random source");
    random.iter().map(|byte| char::from(ICE_CHARS[usize::from(byte & 63)])).collect()
}
