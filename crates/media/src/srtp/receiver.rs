//! Opening. State of an SSRC begins with its first authentic packet, and their number is bounded.

use rustc_hash::FxHashMap;

use super::cipher::Cipher;
use super::window::{IndexWindow, Verdict};
use super::{MasterKey, RTP_INDEX_END, SrtpError, SrtpProfile};

/// SSRCs of one sender at a time, RTP and RTCP each. A publisher uses two per simulcast layer (media and retransmission).
pub const SSRC_COUNT_MAX: usize = 1_024;

/// 1,024 packets: what a sender may still retransmit on the SSRC itself.
const RTP_WINDOW_WORDS: usize = 16;
const RTCP_WINDOW_WORDS: usize = 2;

pub struct SrtpReceiver {
    rtp: Cipher,
    rtcp: Cipher,
    rtp_windows: FxHashMap<u32, IndexWindow<RTP_WINDOW_WORDS>>,
    rtcp_windows: FxHashMap<u32, IndexWindow<RTCP_WINDOW_WORDS>>,
}

impl SrtpReceiver {
    pub(super) fn new(profile: SrtpProfile, master: &MasterKey) -> Self {
        Self {
            rtp: Cipher::rtp(profile, master),
            rtcp: Cipher::rtcp(profile, master),
            rtp_windows: FxHashMap::default(),
            rtcp_windows: FxHashMap::default(),
        }
    }

    /// Authenticates and decrypts the packet that fills `buf`; returns its length without the tag. After an error the payload
    /// is undefined and no state has changed. `header_len` counts CSRCs and extensions.
    #[inline]
    pub fn unprotect_rtp(&mut self, buf: &mut [u8], header_len: usize) -> Result<usize, SrtpError> {
        self.unprotect_rtp_indexed(buf, header_len).map(|(len, _)| len)
    }

    /// As [`unprotect_rtp`](Self::unprotect_rtp), with the packet's index: the sequence number extended to 48 bits.
    #[inline]
    pub fn unprotect_rtp_indexed(&mut self, buf: &mut [u8], header_len: usize) -> Result<(usize, u64), SrtpError> {
        let header: &[u8; 12] = buf.first_chunk().ok_or(SrtpError::TooShort)?;
        if header_len < 12 {
            return Err(SrtpError::TooShort);
        }
        let sequence = u16::from_be_bytes([header[2], header[3]]);
        let ssrc = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        if let Some(window) = self.rtp_windows.get_mut(&ssrc) {
            let index = guess_index(window.highest(), sequence);
            accept(window.check(index))?;
            if index >= RTP_INDEX_END {
                return Err(SrtpError::TooOld);
            }
            let len = self.rtp.open_rtp(buf, header_len, ssrc, index)?;
            window.mark(index);
            return Ok((len, index));
        }
        if self.rtp_windows.len() >= SSRC_COUNT_MAX {
            return Err(SrtpError::TooManySsrcs);
        }
        let index = guess_index(None, sequence);
        let len = self.rtp.open_rtp(buf, header_len, ssrc, index)?;
        let mut window = IndexWindow::new();
        window.mark(index);
        self.rtp_windows.insert(ssrc, window);
        Ok((len, index))
    }

    /// Authenticates and decrypts the compound packet that fills `buf`; returns its length without index and tag.
    pub fn unprotect_rtcp(&mut self, buf: &mut [u8]) -> Result<usize, SrtpError> {
        let (ssrc, index) = self.rtcp.rtcp_claims(buf)?;
        if let Some(window) = self.rtcp_windows.get_mut(&ssrc) {
            accept(window.check(u64::from(index)))?;
            let len = self.rtcp.open_rtcp(buf, ssrc, index)?;
            window.mark(u64::from(index));
            return Ok(len);
        }
        if self.rtcp_windows.len() >= SSRC_COUNT_MAX {
            return Err(SrtpError::TooManySsrcs);
        }
        let len = self.rtcp.open_rtcp(buf, ssrc, index)?;
        let mut window = IndexWindow::new();
        window.mark(u64::from(index));
        self.rtcp_windows.insert(ssrc, window);
        Ok(len)
    }

    /// Frees the state of an SSRC whose track has ended.
    pub fn forget(&mut self, ssrc: u32) {
        self.rtp_windows.remove(&ssrc);
        self.rtcp_windows.remove(&ssrc);
    }

    pub fn ssrc_count(&self) -> usize {
        self.rtp_windows.len()
    }
}

fn accept(verdict: Verdict) -> Result<(), SrtpError> {
    match verdict {
        Verdict::Fresh => Ok(()),
        Verdict::Seen => Err(SrtpError::Replayed),
        Verdict::TooOld => Err(SrtpError::TooOld),
    }
}

/// The index nearest to the highest one that ends in `sequence` (RFC 3711, 3.3.1). A sender starts with rollover counter 0.
#[inline]
pub(super) fn guess_index(highest: Option<u64>, sequence: u16) -> u64 {
    let Some(highest) = highest else {
        return u64::from(sequence);
    };
    let distance = i64::from(sequence.wrapping_sub(highest as u16) as i16);
    // Before index 0 there is nothing, so there it must be a long jump ahead.
    highest.checked_add_signed(distance).unwrap_or(u64::from(sequence))
}
