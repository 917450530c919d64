//! What media tells rooms. A full mailbox never loses anything but audio levels: the rest waits here, in its order.

use std::collections::{HashMap, HashSet, VecDeque};

use exedra_media::PlaneEvent;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::room::{RoomMessage, room_of};

/// Reports waiting for rooms. Rooms that are this far behind are lost anyway.
const BACKLOG_MAX: usize = 65_536;

#[derive(Default)]
pub struct Reports {
    rooms: HashMap<u32, mpsc::Sender<RoomMessage>>,
    waiting: VecDeque<(u32, PlaneEvent)>,
    dropped: u64,
}

impl Reports {
    pub fn open(&mut self, room: u32, mailbox: mpsc::Sender<RoomMessage>) {
        self.rooms.insert(room, mailbox);
    }

    pub fn close(&mut self, room: u32) {
        self.rooms.remove(&room);
    }

    pub fn push(&mut self, event: PlaneEvent) {
        if self.waiting.len() >= BACKLOG_MAX {
            self.dropped += 1;
            return;
        }
        self.waiting.push_back((room_of(&event), event));
    }

    /// Gives each room what it has room for.
    pub fn deliver(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let mut full = HashSet::new();
        for _ in 0..self.waiting.len() {
            let Some((room, event)) = self.waiting.pop_front() else { return };
            let Some(mailbox) = self.rooms.get(&room) else { continue };
            if full.contains(&room) {
                self.keep(room, event);
                continue;
            }
            match mailbox.try_send(RoomMessage::Media(event)) {
                Ok(()) => {}
                Err(TrySendError::Full(RoomMessage::Media(event))) => {
                    full.insert(room);
                    self.keep(room, event);
                }
                Err(_) => {
                    self.rooms.remove(&room);
                }
            }
        }
    }

    pub fn has_backlog(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn keep(&mut self, room: u32, event: PlaneEvent) {
        match event {
            PlaneEvent::AudioLevels { .. } => self.dropped += 1,
            event => self.waiting.push_back((room, event)),
        }
    }
}

#[cfg(test)]
mod tests {
    use exedra_media::{PeerId, RoomKey, TrackId};

    use super::*;

    fn up(room: u64, peer: u64) -> PlaneEvent {
        PlaneEvent::TransportUp { peer: PeerId(room << 32 | peer) }
    }

    fn peer(message: RoomMessage) -> u64 {
        match message {
            RoomMessage::Media(PlaneEvent::TransportUp { peer }) => peer.0 & 0xffff_ffff,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_full_room_gets_everything_later_in_order_and_holds_up_no_other() {
        let (busy, mut busy_mailbox) = mpsc::channel(1);
        let (idle, mut idle_mailbox) = mpsc::channel(8);
        let mut reports = Reports::default();
        reports.open(1, busy);
        reports.open(2, idle);
        for event in [up(1, 1), up(1, 2), up(2, 7), up(1, 3)] {
            reports.push(event);
        }
        reports.push(PlaneEvent::AudioLevels { room: RoomKey(1), levels: vec![(TrackId(1), 0.5)] });
        reports.deliver();
        assert_eq!(peer(idle_mailbox.try_recv().unwrap()), 7);
        for expected in 1..=3 {
            assert_eq!(peer(busy_mailbox.try_recv().unwrap()), expected);
            reports.deliver();
        }
        assert!(!reports.has_backlog());
        assert_eq!(reports.dropped(), 1, "only the audio levels");
        assert!(busy_mailbox.try_recv().is_err());
    }

    #[test]
    fn one_report_past_the_bound_is_dropped_and_counted() {
        let mut reports = Reports::default();
        for n in 0..=BACKLOG_MAX as u64 {
            reports.push(up(1, n));
        }
        assert_eq!(reports.dropped(), 1);
        reports.deliver();
        assert!(!reports.has_backlog(), "a room that is gone needs nothing");
    }
}
