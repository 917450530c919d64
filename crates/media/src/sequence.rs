//! Which number a subscriber sees for a packet of the publisher's, and which packet a number was.
//!
//! Owns the outgoing extended sequence of one SSRC. Invariants: numbers are handed out without gaps; a number is given to
//! one packet only, ever (it is the SRTP index, and two packets under one index would break the cipher).
//!
//! A packet missing at the publisher's side keeps a number in reserve, so that a late arrival or a repair takes the place
//! in which the subscriber misses it. A packet that is left out on purpose takes no number.

/// Numbers that can be named in a NACK: 512 packets are 1.6 s at 3 Mbit/s, and what SRTP lets us send late.
pub const SEQUENCE_HISTORY: usize = 512;

/// A hole wider than this is not kept for repair: the numbers go on as if nothing was missing.
pub const RESERVED_RUN_MAX: u64 = 64;

/// Audio is rarely repaired, and a subscriber may have hundreds of audio tracks.
pub const AUDIO_SEQUENCE_HISTORY: usize = 64;

/// What a number was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A packet of this encoding; the low bits of its arrival number.
    Sent { encoding: u8, arrival: u32 },
    /// Kept for a packet that turned out, when it came, to be none for this subscriber: an empty one has the number.
    Nothing { encoding: u8, arrival: u32 },
    /// Kept for a packet that has not arrived; the low bits of the publisher's sequence number.
    Reserved { encoding: u8, sequence: u32 },
}

const NUMBER_BITS: u32 = 28;
const NUMBER_MASK: u32 = (1 << NUMBER_BITS) - 1;
const RESERVED_FLAG: u32 = 1 << 31;
const NOTHING_FLAG: u32 = 1 << 30;

#[derive(Debug)]
pub struct SequenceMap {
    /// The number the next packet will get.
    next: u64,
    first: u64,
    /// The newest sequence number of the publisher's that was seen, sent or not.
    newest: Option<u64>,
    encoding: u8,
    uses: Box<[u32]>,
    /// What the owner noted beside each number when it was given or reserved.
    notes: Box<[u16]>,
    note: u16,
    reserved: u32,
}

impl SequenceMap {
    /// `first` is the first number to be used; `history` a power of two.
    pub fn new(first: u16, history: usize) -> Self {
        debug_assert!(history.is_power_of_two());
        Self {
            next: u64::from(first),
            first: u64::from(first),
            newest: None,
            encoding: 0,
            uses: vec![0; history].into(),
            notes: vec![0; history].into(),
            note: 0,
            reserved: 0,
        }
    }

    /// What follows comes from another encoding, or from this one after a pause: no packet before it is missing.
    pub fn restart(&mut self, encoding: u8) {
        self.newest = None;
        self.encoding = encoding;
        self.reserved = 0;
    }

    pub fn next(&self) -> u64 {
        self.next
    }

    /// What is noted beside the numbers from here on.
    pub fn set_note(&mut self, note: u16) {
        self.note = note;
    }

    /// What was noted beside a number that is remembered.
    #[inline]
    pub fn note_of(&self, number: u64) -> u16 {
        self.notes[self.slot(number)]
    }

    /// Whether a packet comes after one that followed it.
    #[inline]
    pub fn is_late(&self, sequence: u64) -> bool {
        self.newest.is_some_and(|newest| sequence <= newest)
    }

    /// The number under which a packet goes out; `None`: it came too late to have one.
    #[inline]
    pub fn assign(&mut self, sequence: u64, arrival: u64, after_break: bool) -> Option<u64> {
        if self.is_late(sequence) {
            return self.take_reserved(sequence, arrival);
        }
        self.reserve_up_to(sequence, after_break);
        let number = self.next;
        self.record(number, arrival as u32 & NUMBER_MASK);
        self.next += 1;
        Some(number)
    }

    /// A packet is left out on purpose: the next one follows on without a gap.
    #[inline]
    pub fn skip(&mut self, sequence: u64, after_break: bool) {
        if !self.is_late(sequence) {
            self.reserve_up_to(sequence, after_break);
        }
    }

    /// The packet that a number was just assigned to is not for this subscriber: an empty one is sent in its place.
    pub fn leave_empty(&mut self, number: u64) {
        let slot = self.slot(number);
        self.uses[slot] |= NOTHING_FLAG;
    }

    /// The number nearest to the newest whose low bits are `low`, and what it was used for, while that is remembered.
    pub fn look_up(&self, low: u16) -> Option<(u64, Use)> {
        let newest = self.next.checked_sub(1)?;
        let number = newest.checked_sub(u64::from((newest as u16).wrapping_sub(low)))?;
        if number < self.first || self.next - number > self.uses.len() as u64 {
            return None;
        }
        Some((number, self.use_of(number)))
    }

    fn use_of(&self, number: u64) -> Use {
        let word = self.uses[self.slot(number)];
        let encoding = (word >> NUMBER_BITS & 0b11) as u8;
        match word & (RESERVED_FLAG | NOTHING_FLAG) {
            0 => Use::Sent { encoding, arrival: word & NUMBER_MASK },
            NOTHING_FLAG => Use::Nothing { encoding, arrival: word & NUMBER_MASK },
            _ => Use::Reserved { encoding, sequence: word & NUMBER_MASK },
        }
    }

    fn reserve_up_to(&mut self, sequence: u64, after_break: bool) {
        let previous = self.newest.replace(sequence);
        let Some(previous) = previous else { return };
        let missing = sequence - previous - 1;
        if after_break || missing > RESERVED_RUN_MAX {
            return;
        }
        for lost in previous + 1..sequence {
            let number = self.next;
            self.record(number, RESERVED_FLAG | lost as u32 & NUMBER_MASK);
            self.next += 1;
            self.reserved += 1;
        }
    }

    /// Late packets are rare and the history is short: looking through it costs less than another index would.
    #[cold]
    fn take_reserved(&mut self, sequence: u64, arrival: u64) -> Option<u64> {
        if self.reserved == 0 {
            return None;
        }
        let wanted = RESERVED_FLAG | u32::from(self.encoding) << NUMBER_BITS | sequence as u32 & NUMBER_MASK;
        let oldest = self.next.saturating_sub(self.uses.len() as u64).max(self.first);
        let number = (oldest..self.next).rev().find(|number| self.uses[self.slot(*number)] == wanted)?;
        // The note stays as it was when the place was reserved.
        let slot = self.slot(number);
        self.uses[slot] = self.of_encoding(arrival as u32 & NUMBER_MASK);
        self.reserved -= 1;
        Some(number)
    }

    fn record(&mut self, number: u64, word: u32) {
        let slot = self.slot(number);
        self.uses[slot] = self.of_encoding(word);
        self.notes[slot] = self.note;
    }

    fn of_encoding(&self, word: u32) -> u32 {
        word | u32::from(self.encoding & 0b11) << NUMBER_BITS
    }

    fn slot(&self, number: u64) -> usize {
        number as usize & (self.uses.len() - 1)
    }
}

/// Completes a number that was cut to 28 bits, knowing one that is a little greater.
pub fn complete(newest: u64, cut: u32) -> Option<u64> {
    let behind = (newest as u32 & NUMBER_MASK).wrapping_sub(cut) & NUMBER_MASK;
    newest.checked_sub(u64::from(behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_on_and_a_hole_keeps_its_place_for_the_late_packet() {
        let mut map = SequenceMap::new(1000, 512);
        assert_eq!(map.assign(50, 0, false), Some(1000));
        assert_eq!(map.assign(53, 1, false), Some(1003));
        assert_eq!(map.look_up(1001), Some((1001, Use::Reserved { encoding: 0, sequence: 51 })));
        assert_eq!(map.assign(51, 2, false), Some(1001));
        assert_eq!(map.look_up(1001), Some((1001, Use::Sent { encoding: 0, arrival: 2 })));
        assert_eq!(map.assign(51, 3, false), None, "a number is given once");
        assert_eq!(map.assign(49, 4, false), None, "before the beginning");
        assert_eq!(map.assign(54, 5, false), Some(1004));
    }

    #[test]
    fn a_packet_left_out_on_purpose_leaves_no_gap() {
        let mut map = SequenceMap::new(0, 512);
        assert_eq!(map.assign(10, 0, false), Some(0));
        map.skip(11, false);
        map.skip(12, false);
        assert_eq!(map.assign(13, 1, false), Some(1));
    }

    #[test]
    fn another_encoding_continues_the_numbers_and_late_packets_of_the_old_one_are_left_out() {
        let mut map = SequenceMap::new(65_530, 512);
        map.assign(10, 0, false);
        map.assign(12, 1, false);
        map.restart(2);
        assert_eq!(map.assign(40_000, 0, false), Some(65_533));
        assert_eq!(map.assign(11, 2, false), None);
        assert_eq!(map.look_up(65_533), Some((65_533, Use::Sent { encoding: 2, arrival: 0 })));
    }

    #[test]
    fn what_a_nack_names_is_found_across_the_wrap_and_forgotten_beyond_the_history() {
        let mut map = SequenceMap::new(65_000, 512);
        for sequence in 0..2000u64 {
            map.assign(sequence, sequence, false);
        }
        assert_eq!(map.look_up(1463), Some((66_999, Use::Sent { encoding: 0, arrival: 1999 })));
        assert_eq!(map.look_up(65_535), None);
        assert_eq!(map.look_up(1464), None, "not sent yet");
    }

    #[test]
    fn a_break_or_a_very_wide_hole_is_not_waited_for() {
        let mut map = SequenceMap::new(7, 512);
        map.assign(1, 0, false);
        assert_eq!(map.assign(5, 1, true), Some(8));
        assert_eq!(map.assign(500, 2, false), Some(9));
        assert_eq!(map.assign(500 + RESERVED_RUN_MAX + 1, 3, false), Some(10 + RESERVED_RUN_MAX));
    }

    #[test]
    fn cut_numbers_are_completed_across_their_wrap() {
        let newest = (3 << NUMBER_BITS) + 5;
        assert_eq!(complete(newest, 3), Some(newest - 2));
        assert_eq!(complete(newest, NUMBER_MASK), Some(newest - 6));
        assert_eq!(complete(4, 6), None);
    }
}
