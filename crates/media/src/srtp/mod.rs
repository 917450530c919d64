//! SRTP and SRTCP: encryption, authentication and replay protection of media packets.
//!
//! Owns the session keys of one DTLS association and the packet indices used under them. Knows the fixed RTP header and
//! nothing of sequence rewriting, tracks or time.
//!
//! Invariant: **no nonce is used twice under one key.** A packet can be sealed only through a [`SendStream`], of which there is
//! one per SSRC and key, and which admits each index once. On the receiving side, nothing but a counter of the caller changes
//! before a packet has been authenticated.
//!
//! RFC 3711 (SRTP, AES-CM with HMAC-SHA1), RFC 7714 (AES-GCM).

mod cipher;
mod kdf;
mod receiver;
mod sender;
mod window;

#[cfg(test)]
mod tests;

use std::fmt;

pub use receiver::{SSRC_COUNT_MAX, SrtpReceiver};
pub use sender::{SEND_STREAMS_MAX, SendStream, SrtpSender};

/// The bytes SRTP adds at most: a GCM tag, and for RTCP the index as well.
pub const SRTP_OVERHEAD_MAX: usize = 16;
pub const SRTCP_OVERHEAD_MAX: usize = 16 + 4;

/// Index of an RTP packet: rollover counter in the upper 32 bits, sequence number in the lower 16 (RFC 3711, 3.3.1).
const RTP_INDEX_END: u64 = 1 << 48;

/// Index of an RTCP packet: 31 bits, the 32nd is the encryption flag (RFC 3711, 3.4).
const RTCP_INDEX_END: u64 = 1 << 31;
const RTCP_ENCRYPTED: u32 = 1 << 31;

/// A protection profile, as DTLS negotiates it (RFC 5764, RFC 7714).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SrtpProfile {
    AeadAes128Gcm,
    AeadAes256Gcm,
    Aes128CmSha1_80,
}

impl SrtpProfile {
    pub const ALL: [SrtpProfile; 3] =
        [SrtpProfile::AeadAes128Gcm, SrtpProfile::AeadAes256Gcm, SrtpProfile::Aes128CmSha1_80];

    pub const fn key_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes256Gcm => 32,
            SrtpProfile::AeadAes128Gcm | SrtpProfile::Aes128CmSha1_80 => 16,
        }
    }

    pub const fn salt_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => 12,
            SrtpProfile::Aes128CmSha1_80 => 14,
        }
    }

    /// Length of what the DTLS exporter yields: both keys, then both salts (RFC 5764, 4.2).
    pub const fn keying_material_len(self) -> usize {
        2 * (self.key_len() + self.salt_len())
    }

    pub const fn tag_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => 16,
            SrtpProfile::Aes128CmSha1_80 => 10,
        }
    }
}

/// Which end of the DTLS handshake we are: it decides which half of the keying material is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtlsRole {
    Client,
    Server,
}

/// The keys of one DTLS association. Not `Clone`: two senders on one key would reuse nonces.
pub struct SrtpKeys {
    profile: SrtpProfile,
    local: MasterKey,
    remote: MasterKey,
}

struct MasterKey {
    key: Vec<u8>,
    salt: Vec<u8>,
}

impl SrtpKeys {
    /// Cuts the exporter's output: client key, server key, client salt, server salt (RFC 5764, 4.2).
    pub fn from_keying_material(profile: SrtpProfile, role: DtlsRole, material: &[u8]) -> Result<Self, SrtpError> {
        if material.len() != profile.keying_material_len() {
            return Err(SrtpError::KeyLength);
        }
        let (keys, salts) = material.split_at(2 * profile.key_len());
        let (client_key, server_key) = keys.split_at(profile.key_len());
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        let client = MasterKey { key: client_key.to_vec(), salt: client_salt.to_vec() };
        let server = MasterKey { key: server_key.to_vec(), salt: server_salt.to_vec() };
        let (local, remote) = match role {
            DtlsRole::Client => (client, server),
            DtlsRole::Server => (server, client),
        };
        Ok(Self { profile, local, remote })
    }

    pub fn profile(&self) -> SrtpProfile {
        self.profile
    }

    pub fn split(self) -> (SrtpSender, SrtpReceiver) {
        (SrtpSender::new(self.profile, &self.local), SrtpReceiver::new(self.profile, &self.remote))
    }
}

impl fmt::Debug for SrtpKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SrtpKeys").field("profile", &self.profile).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpError {
    /// Shorter than a header and a tag.
    TooShort,
    /// No room behind the packet for the tag.
    NoRoomForTag,
    /// The tag does not match: forged, damaged, or of another key.
    Unauthentic,
    /// This index has been accepted before.
    Replayed,
    /// Older than the replay window reaches.
    TooOld,
    /// RTCP without encryption, which WebRTC never sends.
    NotEncrypted,
    /// More SSRCs than [`SSRC_COUNT_MAX`].
    TooManySsrcs,
    /// Sending: this index has been used, or is too old to tell.
    IndexUsed,
    /// Sending: the stream belongs to another key, or the header does not carry its SSRC and sequence number.
    WrongStream,
    /// Sending: the key has protected as many packets as it may; only a new handshake helps.
    KeyExhausted,
    /// Keying material of the wrong length for the profile.
    KeyLength,
}

impl fmt::Display for SrtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SrtpError::TooShort => "packet is shorter than its header and tag",
            SrtpError::NoRoomForTag => "no room behind the packet for the tag",
            SrtpError::Unauthentic => "authentication tag does not match",
            SrtpError::Replayed => "packet index was accepted before",
            SrtpError::TooOld => "packet is older than the replay window",
            SrtpError::NotEncrypted => "RTCP packet is not encrypted",
            SrtpError::TooManySsrcs => "too many synchronization sources",
            SrtpError::IndexUsed => "packet index was used before",
            SrtpError::WrongStream => "packet does not belong to this sending stream",
            SrtpError::KeyExhausted => "key has reached the end of its life",
            SrtpError::KeyLength => "keying material has the wrong length",
        })
    }
}

impl std::error::Error for SrtpError {}
