//! A track that is sent: RTP packets, their history for retransmission (RFC 4588), and sender reports.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use exedra_media::extension::{ExtensionIds, ExtensionKind};
use exedra_media::rtcp::{ReportBlock, SenderInfo};
use exedra_media::rtp::{FixedHeader, HeaderWriter};
use exedra_media::srtp::{SRTP_OVERHEAD_MAX, SendStream, SrtpSender};

use super::PACKET_BYTES_MAX;

/// Packets kept for retransmission: 2.5 s of the load's 200 packets a second.
const HISTORY_MAX: usize = 512;

/// A packet is not sent again sooner than this after the last time: the question crossed the answer.
const RESEND_GAP: Duration = Duration::from_millis(15);

/// What was negotiated for a track.
#[derive(Debug, Clone)]
pub struct SendFormat {
    pub mid: String,
    pub payload_type: u8,
    pub rtx_payload_type: Option<u8>,
    pub clock_hz: u32,
    pub extensions: ExtensionIds,
}

pub struct SendTrack {
    pub(super) format: SendFormat,
    pub(super) ssrc: u32,
    media: Option<SendStream>,
    /// Extended number of the next packet.
    next: u64,
    rtx: Rtx,
    history: VecDeque<Kept>,
    picture_id: u16,
    /// RTP time of the last packet and when it was sent, for sender reports.
    clock: Option<(u32, Instant)>,
    stats: SendStats,
}

struct Rtx {
    ssrc: u32,
    stream: Option<SendStream>,
    next: u64,
}

struct Kept {
    index: u64,
    timestamp: u32,
    marker: bool,
    payload: Vec<u8>,
    sent_at: Instant,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SendStats {
    pub frames: u64,
    pub packets: u64,
    /// Payload bytes.
    pub bytes: u64,
    /// Packets the receiver asked for again, and those that were still there to send.
    pub asked_again: u64,
    pub retransmitted: u64,
    pub key_frames_requested: u64,
    /// From the last receiver report.
    pub fraction_lost: f64,
    pub round_trip: Option<Duration>,
}

/// Numbers of a new track.
#[derive(Debug, Clone, Copy)]
pub struct SendNumbers {
    pub ssrc: u32,
    pub rtx_ssrc: u32,
    /// RTP sequence number of the first packet. Below 2^15 unless a test wants a wrap early: a wrap before the first
    /// packet arrives would hide a rollover from the receiver (RFC 3711 section 3.3.1).
    pub first_sequence: u16,
    pub picture_id: u16,
}

/// What a source gives for one packet; the track adds numbers and keys.
pub(super) struct Unsealed<'a> {
    pub payload: &'a [u8],
    pub timestamp: u32,
    pub marker: bool,
}

impl SendTrack {
    pub(super) fn new(format: SendFormat, numbers: SendNumbers) -> Self {
        Self {
            format,
            ssrc: numbers.ssrc,
            media: None,
            next: u64::from(numbers.first_sequence),
            rtx: Rtx { ssrc: numbers.rtx_ssrc, stream: None, next: u64::from(numbers.first_sequence >> 1) },
            history: VecDeque::new(),
            picture_id: numbers.picture_id & 0x7FFF,
            clock: None,
            stats: SendStats::default(),
        }
    }

    pub fn stats(&self) -> SendStats {
        self.stats
    }

    pub(super) fn next_picture_id(&mut self) -> u16 {
        let id = self.picture_id;
        self.picture_id = (id + 1) & 0x7FFF;
        self.stats.frames += 1;
        id
    }

    /// Writes one sealed packet to `out`; `None` when the keys are used up or refuse.
    pub(super) fn packet(
        &mut self,
        srtp: &mut SrtpSender,
        transport_sequence: &mut u16,
        Unsealed { payload, timestamp, marker }: Unsealed<'_>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let stream = match &mut self.media {
            Some(stream) => stream,
            empty => empty.insert(srtp.open_stream(self.ssrc)?),
        };
        let fixed = FixedHeader {
            payload_type: self.format.payload_type,
            marker,
            sequence: self.next as u16,
            timestamp,
            ssrc: self.ssrc,
        };
        seal(srtp, stream, &self.format, fixed, self.next, transport_sequence, &[payload], out)?;
        if self.format.rtx_payload_type.is_some() {
            if self.history.len() == HISTORY_MAX {
                self.history.pop_front();
            }
            let payload = payload.to_vec();
            self.history.push_back(Kept { index: self.next, timestamp, marker, payload, sent_at: now });
        }
        self.next += 1;
        self.clock = Some((timestamp, now));
        self.stats.packets += 1;
        self.stats.bytes += payload.len() as u64;
        Some(())
    }

    /// Writes the retransmission of `sequence`; `None` when it is gone or was sent a moment ago.
    pub(super) fn retransmission(
        &mut self,
        srtp: &mut SrtpSender,
        transport_sequence: &mut u16,
        sequence: u16,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        self.stats.asked_again += 1;
        let payload_type = self.format.rtx_payload_type?;
        let oldest = self.history.front()?.index;
        let offset = usize::from(sequence.wrapping_sub(oldest as u16));
        let kept = self.history.get_mut(offset)?;
        if now.saturating_duration_since(kept.sent_at) < RESEND_GAP {
            return None;
        }
        kept.sent_at = now;
        let stream = match &mut self.rtx.stream {
            Some(stream) => stream,
            empty => empty.insert(srtp.open_stream(self.rtx.ssrc)?),
        };
        let fixed = FixedHeader {
            payload_type,
            marker: kept.marker,
            sequence: self.rtx.next as u16,
            timestamp: kept.timestamp,
            ssrc: self.rtx.ssrc,
        };
        let original = (kept.index as u16).to_be_bytes();
        let parts = [&original[..], &kept.payload];
        seal(srtp, stream, &self.format, fixed, self.rtx.next, transport_sequence, &parts, out)?;
        self.rtx.next += 1;
        self.stats.retransmitted += 1;
        Some(())
    }

    /// The sender report at `now`; `ntp` is the same moment on the wall clock. `None` before the first packet.
    pub(super) fn report(&self, now: Instant, ntp: u64) -> Option<SenderInfo> {
        let (timestamp, at) = self.clock?;
        let since = now.saturating_duration_since(at).as_secs_f64() * f64::from(self.format.clock_hz);
        Some(SenderInfo {
            ntp,
            rtp_timestamp: timestamp.wrapping_add(since as u32),
            packets: self.stats.packets as u32,
            bytes: self.stats.bytes as u32,
        })
    }

    pub(super) fn reported(&mut self, block: &ReportBlock, ntp_middle: u32) {
        self.stats.fraction_lost = f64::from(block.fraction_lost) / 256.0;
        if block.last_sender_report != 0 {
            let round_trip = ntp_middle.wrapping_sub(block.last_sender_report).wrapping_sub(block.delay_since);
            // A negative one (clocks of 1/65,536 s round) is none.
            if round_trip < 1 << 31 {
                self.stats.round_trip = Some(Duration::from_secs_f64(f64::from(round_trip) / 65_536.0));
            }
        }
    }

    pub(super) fn key_frame_requested(&mut self) {
        self.stats.key_frames_requested += 1;
    }

    pub(super) fn owns(&self, ssrc: u32) -> bool {
        self.ssrc == ssrc
    }
}

#[allow(clippy::too_many_arguments)]
fn seal(
    srtp: &mut SrtpSender,
    stream: &mut SendStream,
    format: &SendFormat,
    fixed: FixedHeader,
    index: u64,
    transport_sequence: &mut u16,
    payload: &[&[u8]],
    out: &mut Vec<u8>,
) -> Option<()> {
    out.clear();
    out.resize(PACKET_BYTES_MAX, 0);
    let mut header = HeaderWriter::new(out, fixed, false);
    if let Some(id) = format.extensions.get(ExtensionKind::TransportSequence) {
        header.element(id, &transport_sequence.to_be_bytes());
        *transport_sequence = transport_sequence.wrapping_add(1);
    }
    if let Some(id) = format.extensions.get(ExtensionKind::Mid) {
        header.element(id, format.mid.as_bytes());
    }
    if let Some(id) = format.extensions.get(ExtensionKind::AudioLevel) {
        // Speech at -20 dBov (RFC 6464).
        header.element(id, &[0x80 | 20]);
    }
    let header_len = header.finish();
    let mut len = header_len;
    for part in payload {
        out.get_mut(len..len + part.len())?.copy_from_slice(part);
        len += part.len();
    }
    if len + SRTP_OVERHEAD_MAX > out.len() {
        return None;
    }
    let sealed = srtp.protect_rtp(stream, out, header_len, len, index).ok()?;
    out.truncate(sealed);
    Some(())
}
