//! A track that is received: accounting, retransmission, and which frames could be shown.

use std::time::{Duration, Instant};

use exedra_media::codec::{Codec, Kind};
use exedra_media::extension::ExtensionIds;
use exedra_media::rtcp::{ReportBlock, SenderInfo};
use exedra_media::rtp::RtpHeader;
use exedra_media::sdp::Payload;

use super::frames::{FrameStats, Frames};
use super::missing::Missing;
use super::reception::{Arrived, Reception, ReceptionStats};
use super::vp8_payload;

/// Key frames are not asked for more often than this.
const KEY_FRAME_GAP: Duration = Duration::from_millis(500);

/// What was negotiated for a track, with the SSRCs the answer announced.
#[derive(Debug, Clone)]
pub struct ReceiveFormat {
    pub mid: String,
    pub kind: Kind,
    pub payloads: Vec<Payload>,
    pub extensions: ExtensionIds,
    pub ssrc: u32,
    pub rtx_ssrc: Option<u32>,
}

pub struct ReceiveTrack {
    pub(super) format: ReceiveFormat,
    reception: Reception,
    missing: Missing,
    /// Only VP8's continuity is understood; other video is counted in packets.
    frames: Option<Frames>,
    recovered: u64,
    nacked: u64,
    key_frames_requested: u64,
    asked_for_key_frame: Option<Instant>,
    /// There were too many holes to ask for.
    resynchronize: bool,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ReceiveStats {
    pub reception: ReceptionStats,
    /// Zeros for audio.
    pub frames: FrameStats,
    /// Payload bytes.
    pub bytes: u64,
    /// Packets that came as retransmissions and were missing.
    pub recovered: u64,
    /// Numbers asked for, each time counted.
    pub nacked: u64,
    pub key_frames_requested: u64,
}

impl ReceiveTrack {
    pub(super) fn new(format: ReceiveFormat) -> Self {
        Self {
            reception: Reception::new(match format.kind {
                Kind::Audio => 48_000,
                Kind::Video => 90_000,
            }),
            missing: Missing::default(),
            frames: None,
            recovered: 0,
            nacked: 0,
            key_frames_requested: 0,
            asked_for_key_frame: None,
            resynchronize: false,
            bytes: 0,
            format,
        }
    }

    pub fn stats(&self) -> ReceiveStats {
        ReceiveStats {
            reception: self.reception.stats(),
            frames: self.frames.as_ref().map(Frames::stats).unwrap_or_default(),
            bytes: self.bytes,
            recovered: self.recovered,
            nacked: self.nacked,
            key_frames_requested: self.key_frames_requested,
        }
    }

    /// A media packet. `payload` is `None` when it was not decrypted. Returns whether it is new.
    pub(super) fn arrived(&mut self, header: &RtpHeader, codec: Codec, payload: Option<&[u8]>, now: Instant) -> bool {
        let (index, arrived) = self.reception.arrived(header.sequence, Some((header.timestamp, now)));
        match arrived {
            Arrived::Duplicate => return false,
            Arrived::Late => self.missing.arrived(index, false, now),
            Arrived::Newest { skipped } => self.skipped(index - skipped..index, now),
        }
        if let Some(payload) = payload {
            self.take(index, codec, header.marker, payload);
        }
        true
    }

    /// A retransmission, whose payload begins with the original sequence number (RFC 4588).
    pub(super) fn retransmission_arrived(
        &mut self,
        header: &RtpHeader,
        codec: Codec,
        payload: &[u8],
        now: Instant,
    ) -> bool {
        let Some((original, payload)) = payload.split_first_chunk::<2>() else { return false };
        let (index, arrived) = self.reception.arrived(u16::from_be_bytes(*original), None);
        match arrived {
            Arrived::Duplicate => return false,
            Arrived::Late => self.missing.arrived(index, true, now),
            Arrived::Newest { skipped } => self.skipped(index - skipped..index, now),
        }
        self.recovered += 1;
        self.take(index, codec, header.marker, payload);
        true
    }

    pub(super) fn sender_report(&mut self, info: &SenderInfo, now: Instant) {
        self.reception.sender_report(info, now);
    }

    pub(super) fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        self.reception.report(self.format.ssrc, now)
    }

    /// Sequence numbers to ask for now, ascending.
    pub(super) fn nacks(&mut self, now: Instant) -> Vec<u16> {
        if let (Some(upto), Some(frames)) = (self.missing.give_up(now), &mut self.frames) {
            frames.give_up(upto);
        }
        let due = self.missing.due(now);
        self.nacked += due.len() as u64;
        due.into_iter().map(|index| index as u16).collect()
    }

    /// A key frame is needed and may be asked for again.
    pub(super) fn wants_key_frame(&mut self, now: Instant) -> bool {
        let needed = self.resynchronize || self.frames.as_ref().is_some_and(Frames::needs_key_frame);
        let soon = self.asked_for_key_frame.is_some_and(|at| now < at + KEY_FRAME_GAP);
        if !needed || soon || self.reception.stats().received == 0 {
            return false;
        }
        self.asked_for_key_frame = Some(now);
        self.key_frames_requested += 1;
        self.resynchronize = false;
        true
    }

    /// The codec of a payload type, and whether it is its retransmission.
    pub(super) fn codec(&self, payload_type: u8) -> Option<(Codec, bool)> {
        self.format.payloads.iter().find_map(|payload| {
            let retransmission = payload.rtx_pt == Some(payload_type);
            (retransmission || payload.pt == payload_type).then_some((payload.codec, retransmission))
        })
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.missing.next_timeout()
    }

    fn skipped(&mut self, indices: std::ops::Range<u64>, now: Instant) {
        // Audio is not retransmitted: what is missing is concealed long before it could come again.
        if indices.is_empty() || self.format.rtx_ssrc.is_none() {
            return;
        }
        let upto = indices.end;
        if !self.missing.skipped(indices, now) {
            self.resynchronize = true;
            if let Some(frames) = &mut self.frames {
                frames.give_up(upto);
            }
        }
    }

    fn take(&mut self, index: u64, codec: Codec, marker: bool, payload: &[u8]) {
        self.bytes += payload.len() as u64;
        if codec == Codec::Vp8 {
            let frames = self.frames.get_or_insert_default();
            frames.arrived(index, vp8_payload::read(payload), marker);
        }
    }
}
