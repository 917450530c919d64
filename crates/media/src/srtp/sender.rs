//! Sealing. An SSRC's indices live in a [`SendStream`] that the caller keeps next to its other rewrite state, so the check
//! against reuse costs no lookup.

use super::cipher::Cipher;
use super::kdf::{Label, derive};
use super::window::{IndexWindow, Verdict};
use super::{MasterKey, RTCP_INDEX_END, RTP_INDEX_END, SrtpError, SrtpProfile};

/// Streams that can ever be opened under one key. A caller that opens and drops streams for longer needs a new handshake.
pub const SEND_STREAMS_MAX: usize = 16_384;

/// How far behind the newest packet of its stream one may be sent: 8 words are 512 packets, 300 ms of 15 Mbit/s.
const SEND_WINDOW_WORDS: usize = 8;

pub struct SrtpSender {
    rtp: Cipher,
    rtcp: Cipher,
    key_id: u32,
    /// SSRCs that have a stream, or had one.
    opened: Vec<u32>,
    rtcp_index: u64,
}

/// One SSRC under one key, and which of its indices have been used. The only way to seal RTP; not `Clone`, and opened once.
pub struct SendStream {
    ssrc: u32,
    key_id: u32,
    used: IndexWindow<SEND_WINDOW_WORDS>,
}

impl SrtpSender {
    pub(super) fn new(profile: SrtpProfile, master: &MasterKey) -> Self {
        Self {
            rtp: Cipher::rtp(profile, master),
            rtcp: Cipher::rtcp(profile, master),
            key_id: u32::from_be_bytes(derive(master, Label::Identity)),
            opened: Vec::new(),
            rtcp_index: 0,
        }
    }

    /// The stream of an SSRC, once. `None` when it has been opened under this key before (choose another SSRC) or when
    /// [`SEND_STREAMS_MAX`] have.
    pub fn open_stream(&mut self, ssrc: u32) -> Option<SendStream> {
        if self.opened.len() >= SEND_STREAMS_MAX || self.opened.contains(&ssrc) {
            return None;
        }
        self.opened.push(ssrc);
        Some(SendStream { ssrc, key_id: self.key_id, used: IndexWindow::new() })
    }

    /// Seals the packet `buf[..len]` in place and returns its length with the tag; `buf` needs [`super::SRTP_OVERHEAD_MAX`]
    /// more. `header_len` counts CSRCs and extensions. `index` is the rollover counter and the sequence number that the header
    /// already carries; it may be up to 511 behind the highest one, and each is accepted once.
    #[inline]
    pub fn protect_rtp(
        &mut self,
        stream: &mut SendStream,
        buf: &mut [u8],
        header_len: usize,
        len: usize,
        index: u64,
    ) -> Result<usize, SrtpError> {
        let header: &[u8; 12] = buf.first_chunk().ok_or(SrtpError::TooShort)?;
        let sequence = u16::from_be_bytes([header[2], header[3]]);
        let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        if header_len < 12 || len < header_len || len > buf.len() {
            return Err(SrtpError::TooShort);
        }
        if stream.key_id != self.key_id || stream.ssrc != ssrc || index as u16 != sequence {
            return Err(SrtpError::WrongStream);
        }
        if index >= RTP_INDEX_END {
            return Err(SrtpError::KeyExhausted);
        }
        if stream.used.check(index) != Verdict::Fresh {
            return Err(SrtpError::IndexUsed);
        }
        stream.used.mark(index);
        self.rtp.seal_rtp(buf, header_len, len, ssrc, index)
    }

    /// Seals the compound packet `buf[..len]` in place and returns its length with index and tag; `buf` needs
    /// [`super::SRTCP_OVERHEAD_MAX`] more. All SSRCs share one counter, so an index never repeats under the key.
    pub fn protect_rtcp(&mut self, buf: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        if self.rtcp_index >= RTCP_INDEX_END {
            return Err(SrtpError::KeyExhausted);
        }
        if len > buf.len() {
            return Err(SrtpError::TooShort);
        }
        let index = self.rtcp_index as u32;
        self.rtcp_index += 1;
        self.rtcp.seal_rtcp(buf, len, index)
    }

    #[cfg(test)]
    pub(super) fn set_rtcp_index(&mut self, index: u64) {
        self.rtcp_index = index;
    }
}

impl SendStream {
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The highest index used. A stream that pauses, changes its source or moves between threads goes on from here.
    pub fn highest_index(&self) -> Option<u64> {
        self.used.highest()
    }
}
