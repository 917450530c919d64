//! The two transforms, AES-GCM and AES-CM with HMAC-SHA1-80, on packets in place. Stateless: the caller answers for the index.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};

use super::kdf::{CounterMode, Label, derive, derive_into};
use super::{MasterKey, RTCP_ENCRYPTED, SrtpError, SrtpProfile};

const GCM_TAG_LEN: usize = 16;
const SHA1_80_TAG_LEN: usize = 10;

/// The RTCP header that stays readable: version, count, type, length and the sender's SSRC.
const RTCP_CLEAR_LEN: usize = 8;

/// One direction of one protocol (RTP or RTCP) under one session key.
pub(super) enum Cipher {
    Gcm(Gcm),
    /// Rarely negotiated, and seven times as large.
    Cm(Box<Cm>),
}

pub(super) struct Gcm {
    key: LessSafeKey,
    salt: [u8; 12],
}

pub(super) struct Cm {
    key: CounterMode,
    salt: [u8; 14],
    mac: hmac::Key,
}

impl Cipher {
    pub(super) fn rtp(profile: SrtpProfile, master: &MasterKey) -> Self {
        Self::new(profile, master, [Label::RtpEncryption, Label::RtpAuthentication, Label::RtpSalt])
    }

    pub(super) fn rtcp(profile: SrtpProfile, master: &MasterKey) -> Self {
        Self::new(profile, master, [Label::RtcpEncryption, Label::RtcpAuthentication, Label::RtcpSalt])
    }

    fn new(profile: SrtpProfile, master: &MasterKey, [encryption, authentication, salt]: [Label; 3]) -> Self {
        let mut session = [0; 32];
        let session = &mut session[..profile.key_len()];
        derive_into(master, encryption, session);
        match profile {
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => {
                Cipher::Gcm(Gcm::new(session, derive(master, salt)))
            }
            SrtpProfile::Aes128CmSha1_80 => {
                let authentication_key = derive::<20>(master, authentication);
                Cipher::Cm(Box::new(Cm::new(session, derive(master, salt), &authentication_key)))
            }
        }
    }

    /// Seals `buf[..len]` and returns the length with the tag.
    #[inline]
    pub(super) fn seal_rtp(
        &self,
        buf: &mut [u8],
        header_len: usize,
        len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, SrtpError> {
        match self {
            Cipher::Gcm(gcm) => {
                let room = buf.get_mut(..len + GCM_TAG_LEN).ok_or(SrtpError::NoRoomForTag)?;
                let (packet, tag) = room.split_at_mut(len);
                let (header, payload) = packet.split_at_mut(header_len);
                gcm.seal(gcm.rtp_nonce(ssrc, index), header, payload, tag);
                Ok(len + GCM_TAG_LEN)
            }
            Cipher::Cm(cm) => {
                let room = buf.get_mut(..len + SHA1_80_TAG_LEN).ok_or(SrtpError::NoRoomForTag)?;
                let (packet, tag) = room.split_at_mut(len);
                cm.key.apply(cm.counter_block(ssrc, index), &mut packet[header_len..]);
                tag.copy_from_slice(&cm.tag(packet, &rollover_counter(index)));
                Ok(len + SHA1_80_TAG_LEN)
            }
        }
    }

    /// Authenticates and decrypts `buf` and returns the length without the tag. On an error the payload is lost.
    #[inline]
    pub(super) fn open_rtp(
        &self,
        buf: &mut [u8],
        header_len: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let packet_len =
            buf.len().checked_sub(self.tag_len()).filter(|&len| len >= header_len).ok_or(SrtpError::TooShort)?;
        match self {
            Cipher::Gcm(gcm) => {
                let (header, sealed) = buf.split_at_mut(header_len);
                gcm.open(gcm.rtp_nonce(ssrc, index), header, sealed)?;
            }
            Cipher::Cm(cm) => {
                let (packet, tag) = buf.split_at_mut(packet_len);
                verify_slices_are_equal(&cm.tag(packet, &rollover_counter(index)), tag)
                    .map_err(|_| SrtpError::Unauthentic)?;
                cm.key.apply(cm.counter_block(ssrc, index), &mut packet[header_len..]);
            }
        }
        Ok(packet_len)
    }

    /// Seals the compound packet `buf[..len]` under a 31-bit index.
    pub(super) fn seal_rtcp(&self, buf: &mut [u8], len: usize, index: u32) -> Result<usize, SrtpError> {
        let sealed_len = len + self.tag_len() + 4;
        let room = buf.get_mut(..sealed_len).ok_or(SrtpError::NoRoomForTag)?;
        let ssrc = rtcp_ssrc(&room[..len])?;
        let trailer = (index | RTCP_ENCRYPTED).to_be_bytes();
        match self {
            // Header, ciphertext, tag, index (RFC 7714, 9.2).
            Cipher::Gcm(gcm) => {
                let (packet, rest) = room.split_at_mut(len);
                let (tag, index_field) = rest.split_at_mut(GCM_TAG_LEN);
                index_field.copy_from_slice(&trailer);
                let (header, payload) = packet.split_at_mut(RTCP_CLEAR_LEN);
                let aad = gcm_rtcp_aad(header, trailer);
                gcm.seal(gcm.rtcp_nonce(ssrc, index), &aad, payload, tag);
            }
            // Header, ciphertext, index, tag (RFC 3711, 3.4).
            Cipher::Cm(cm) => {
                let (packet, rest) = room.split_at_mut(len);
                let (index_field, tag) = rest.split_at_mut(4);
                index_field.copy_from_slice(&trailer);
                let block = cm.counter_block(ssrc, u64::from(index));
                cm.key.apply(block, &mut packet[RTCP_CLEAR_LEN..]);
                tag.copy_from_slice(&cm.tag(packet, &trailer));
            }
        }
        Ok(sealed_len)
    }

    /// SSRC and index of a protected compound packet, as it claims them: not yet authenticated.
    pub(super) fn rtcp_claims(&self, buf: &[u8]) -> Result<(u32, u32), SrtpError> {
        let trailer_len = self.tag_len() + 4;
        if buf.len() < RTCP_CLEAR_LEN + trailer_len {
            return Err(SrtpError::TooShort);
        }
        let index_at = match self {
            Cipher::Gcm(_) => buf.len() - 4,
            Cipher::Cm(_) => buf.len() - trailer_len,
        };
        let field = buf[index_at..].first_chunk().ok_or(SrtpError::TooShort)?;
        let field = u32::from_be_bytes(*field);
        if field & RTCP_ENCRYPTED == 0 {
            return Err(SrtpError::NotEncrypted);
        }
        Ok((rtcp_ssrc(buf)?, field & !RTCP_ENCRYPTED))
    }

    /// Authenticates and decrypts a packet whose [claims](Self::rtcp_claims) have been read.
    pub(super) fn open_rtcp(&self, buf: &mut [u8], ssrc: u32, index: u32) -> Result<usize, SrtpError> {
        let packet_len = buf.len() - self.tag_len() - 4;
        let trailer = (index | RTCP_ENCRYPTED).to_be_bytes();
        match self {
            Cipher::Gcm(gcm) => {
                let (header, rest) = buf.split_at_mut(RTCP_CLEAR_LEN);
                let sealed_len = rest.len() - 4;
                let aad = gcm_rtcp_aad(header, trailer);
                gcm.open(gcm.rtcp_nonce(ssrc, index), &aad, &mut rest[..sealed_len])?;
            }
            Cipher::Cm(cm) => {
                let (packet, rest) = buf.split_at_mut(packet_len);
                verify_slices_are_equal(&cm.tag(packet, &trailer), &rest[4..]).map_err(|_| SrtpError::Unauthentic)?;
                let block = cm.counter_block(ssrc, u64::from(index));
                cm.key.apply(block, &mut packet[RTCP_CLEAR_LEN..]);
            }
        }
        Ok(packet_len)
    }

    fn tag_len(&self) -> usize {
        match self {
            Cipher::Gcm(_) => GCM_TAG_LEN,
            Cipher::Cm(_) => SHA1_80_TAG_LEN,
        }
    }
}

impl Gcm {
    pub(super) fn new(session_key: &[u8], salt: [u8; 12]) -> Self {
        let algorithm = if session_key.len() == 32 { &AES_256_GCM } else { &AES_128_GCM };
        let key = UnboundKey::new(algorithm, session_key).expect("an AES key of a checked length");
        Self { key: LessSafeKey::new(key), salt }
    }

    /// RFC 7714, 8.1: two zero bytes, SSRC, rollover counter and sequence number, XORed with the salt.
    #[inline]
    fn rtp_nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let mut nonce = [0; 12];
        nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
        nonce[6..].copy_from_slice(&index.to_be_bytes()[2..]);
        self.salted(nonce)
    }

    /// RFC 7714, 9.1: two zero bytes, SSRC, two zero bytes, 31-bit index, XORed with the salt.
    fn rtcp_nonce(&self, ssrc: u32, index: u32) -> Nonce {
        let mut nonce = [0; 12];
        nonce[2..6].copy_from_slice(&ssrc.to_be_bytes());
        nonce[8..].copy_from_slice(&index.to_be_bytes());
        self.salted(nonce)
    }

    #[inline]
    fn salted(&self, mut nonce: [u8; 12]) -> Nonce {
        for (byte, salt) in nonce.iter_mut().zip(self.salt) {
            *byte ^= salt;
        }
        Nonce::assume_unique_for_key(nonce)
    }

    #[inline]
    fn seal(&self, nonce: Nonce, aad: &[u8], payload: &mut [u8], tag: &mut [u8]) {
        let computed = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(aad), payload)
            .expect("sealing a datagram is far below the length limit of GCM");
        tag.copy_from_slice(computed.as_ref());
    }

    #[inline]
    fn open(&self, nonce: Nonce, aad: &[u8], sealed: &mut [u8]) -> Result<(), SrtpError> {
        self.key.open_in_place(nonce, Aad::from(aad), sealed).map(|_| ()).map_err(|_| SrtpError::Unauthentic)
    }
}

impl Cm {
    pub(super) fn new(session_key: &[u8], salt: [u8; 14], authentication_key: &[u8; 20]) -> Self {
        Self {
            key: CounterMode::new(session_key),
            salt,
            mac: hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, authentication_key),
        }
    }

    /// RFC 3711, 4.1.1: salt, SSRC and index, each at its place of the 128-bit counter block.
    #[inline]
    pub(super) fn counter_block(&self, ssrc: u32, index: u64) -> [u8; 16] {
        let mut block = [0; 16];
        block[4..8].copy_from_slice(&ssrc.to_be_bytes());
        block[8..14].copy_from_slice(&index.to_be_bytes()[2..]);
        for (byte, salt) in block.iter_mut().zip(self.salt) {
            *byte ^= salt;
        }
        block
    }

    #[inline]
    fn tag(&self, packet: &[u8], suffix: &[u8; 4]) -> [u8; SHA1_80_TAG_LEN] {
        let mut context = hmac::Context::with_key(&self.mac);
        context.update(packet);
        context.update(suffix);
        let mut tag = [0; SHA1_80_TAG_LEN];
        tag.copy_from_slice(&context.sign().as_ref()[..SHA1_80_TAG_LEN]);
        tag
    }

    #[cfg(test)]
    pub(super) fn keystream<const LEN: usize>(&self, ssrc: u32, index: u64) -> [u8; LEN] {
        let mut stream = [0; LEN];
        self.key.apply(self.counter_block(ssrc, index), &mut stream);
        stream
    }
}

fn rollover_counter(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

fn rtcp_ssrc(packet: &[u8]) -> Result<u32, SrtpError> {
    let header: &[u8; RTCP_CLEAR_LEN] = packet.first_chunk().ok_or(SrtpError::TooShort)?;
    Ok(u32::from_be_bytes([header[4], header[5], header[6], header[7]]))
}

/// RFC 7714, 9.2: the clear header and the index word are authenticated beside the ciphertext.
fn gcm_rtcp_aad(header: &[u8], trailer: [u8; 4]) -> [u8; RTCP_CLEAR_LEN + 4] {
    let mut aad = [0; RTCP_CLEAR_LEN + 4];
    aad[..RTCP_CLEAR_LEN].copy_from_slice(header);
    aad[RTCP_CLEAR_LEN..].copy_from_slice(&trailer);
    aad
}
