//! Session keys from a master key (RFC 3711, 4.3; RFC 7714, 11). The key derivation rate is zero, as WebRTC has it.

use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

use super::MasterKey;

/// The label that keeps one derived key apart from the others (RFC 3711, 4.3.1 and 4.3.2).
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Label {
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
    /// Not of the RFC: an identifier of the key that reveals nothing about it.
    Identity = 0xf0,
}

/// AES counter mode over a fixed message: the one primitive of the derivation and of AES-CM packets.
pub(super) struct CounterMode(EncryptingKey);

impl CounterMode {
    /// `key` has 16 or 32 bytes; the profile's lengths were checked when the keying material was cut.
    pub(super) fn new(key: &[u8]) -> Self {
        let algorithm = if key.len() == 32 { &AES_256 } else { &AES_128 };
        let key =
            UnboundCipherKey::new(algorithm, key).and_then(EncryptingKey::ctr).expect("an AES key of a checked length");
        Self(key)
    }

    #[inline]
    pub(super) fn apply(&self, iv: [u8; 16], in_out: &mut [u8]) {
        self.0
            .less_safe_encrypt(in_out, EncryptionContext::Iv128(FixedLength::from(iv)))
            .expect("counter mode with a 16-byte counter block");
    }
}

pub(super) fn derive<const LEN: usize>(master: &MasterKey, label: Label) -> [u8; LEN] {
    let mut derived = [0; LEN];
    derive_into(master, label, &mut derived);
    derived
}

pub(super) fn derive_into(master: &MasterKey, label: Label, derived: &mut [u8]) {
    // x = key_id XOR master_salt, both right-aligned to 112 bits for AES-CM; a 96-bit GCM salt is left-aligned (RFC 7714, 11).
    let mut iv = [0; 16];
    iv[..master.salt.len()].copy_from_slice(&master.salt);
    iv[7] ^= label as u8;
    derived.fill(0);
    CounterMode::new(&master.key).apply(iv, derived);
}
