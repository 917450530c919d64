//! What waits to be sent to one client: a bounded queue between the room (which never waits) and the socket (which may).
//!
//! A client that does not read fast enough loses its socket, not its room's time: when the queue is full, the room gives
//! the queue up and leaves one last word, which is sent instead of everything that still waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

/// Frames. A join of a large room is one frame; a burst of events of a room of 1,000 fits.
pub const OUTBOX_FRAMES_MAX: usize = 1024;

/// The room's end.
#[derive(Debug)]
pub struct Outbox {
    frames: mpsc::Sender<Utf8Bytes>,
    shared: Arc<Shared>,
}

/// The socket's end.
#[derive(Debug)]
pub struct OutboxReader {
    frames: mpsc::Receiver<Utf8Bytes>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    end: OnceLock<End>,
    /// Of the last event that was queued, for the one the socket may have to make up itself.
    last_seq: AtomicU64,
}

/// How a socket ends.
#[derive(Debug)]
pub enum End {
    /// Everything that waits is sent, then the socket closes.
    AfterQueue,
    /// This last word is sent instead of what waits, then the socket closes.
    Instead(Utf8Bytes),
    /// Nothing is sent any more, not even that it closes: as when the network is gone.
    HangUp,
}

/// The queue is full.
#[derive(Debug, PartialEq, Eq)]
pub struct Overflow;

/// What the socket does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Send(Utf8Bytes),
    /// Send this, if anything, and close.
    Close(Option<Utf8Bytes>),
    /// Drop the socket without a word.
    HangUp,
    /// The room vanished without a word: a defect was contained. The number is that of the next event.
    Abandoned {
        seq: u64,
    },
}

pub fn outbox() -> (Outbox, OutboxReader) {
    let (sender, receiver) = mpsc::channel(OUTBOX_FRAMES_MAX);
    let shared = Arc::new(Shared::default());
    (Outbox { frames: sender, shared: shared.clone() }, OutboxReader { frames: receiver, shared })
}

impl Outbox {
    /// `seq`: of the event, when the frame is one.
    pub fn send(&self, frame: Utf8Bytes, seq: Option<u64>) -> Result<(), Overflow> {
        match self.frames.try_send(frame) {
            Ok(()) => {
                if let Some(seq) = seq {
                    self.shared.last_seq.store(seq, Ordering::Relaxed);
                }
                Ok(())
            }
            Err(mpsc::error::TrySendError::Full(_)) => Err(Overflow),
            // The socket is gone; the room hears of it by its own message.
            Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }

    pub fn end(self, end: End) {
        // This is the only end that writes it, and it is gone now.
        let _ = self.shared.end.set(end);
    }
}

impl OutboxReader {
    pub async fn next(&mut self) -> Next {
        let frame = self.frames.recv().await;
        match (self.shared.end.get(), frame) {
            (Some(End::Instead(last_word)), _) => Next::Close(Some(last_word.clone())),
            (Some(End::HangUp), _) => Next::HangUp,
            (_, Some(frame)) => Next::Send(frame),
            (Some(End::AfterQueue), None) => Next::Close(None),
            (None, None) => Next::Abandoned { seq: self.shared.last_seq.load(Ordering::Relaxed) + 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_frame_past_the_bound_overflows_and_the_last_word_overtakes_the_queue() {
        let (outbox, mut reader) = outbox();
        for n in 0..OUTBOX_FRAMES_MAX {
            assert_eq!(outbox.send(format!("{n}").into(), None), Ok(()));
        }
        assert_eq!(outbox.send("one more".into(), None), Err(Overflow));
        outbox.end(End::Instead("too slow".into()));
        assert_eq!(reader.next().await, Next::Close(Some("too slow".into())));
    }

    #[tokio::test]
    async fn an_orderly_end_comes_after_the_queue() {
        let (outbox, mut reader) = outbox();
        outbox.send("left".into(), None).unwrap();
        outbox.end(End::AfterQueue);
        assert_eq!(reader.next().await, Next::Send("left".into()));
        assert_eq!(reader.next().await, Next::Close(None));
    }

    #[tokio::test]
    async fn a_room_that_panics_leaves_the_number_of_the_next_event() {
        let (outbox, mut reader) = outbox();
        outbox.send("event".into(), Some(7)).unwrap();
        drop(outbox);
        assert_eq!(reader.next().await, Next::Send("event".into()));
        assert_eq!(reader.next().await, Next::Abandoned { seq: 8 });
    }
}
