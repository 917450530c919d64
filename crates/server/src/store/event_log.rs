//! The append-only log of each call. One task writes; whatever waits while it writes is committed together next.
//!
//! A room hands over its events and waits for the commit before anybody hears of them. The queue is bounded: a slow disk
//! slows rooms down, it never lets them run ahead of what is written. What is older than [`KEPT_MS`] is removed as new events
//! come, so the log of a server that is used has a bound.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

/// Batches waiting to be written. A batch is what one room decided in one turn.
pub const QUEUE_MAX: usize = 1024;

/// Events are kept for 30 days.
pub const KEPT_MS: u64 = 30 * 24 * 3_600_000;

/// Old events removed for each new one: what has piled up goes, and no commit pays for all of it.
const REMOVED_FOR_EACH: usize = 2;

/// Batches committed together.
pub(super) const GROUP_MAX: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEvent {
    pub session_id: String,
    pub at_ms: u64,
    pub kind: String,
    /// A JSON object.
    pub body: String,
}

#[derive(Clone)]
pub struct EventLog {
    queue: mpsc::Sender<Append>,
}

struct Append {
    events: Vec<CallEvent>,
    /// Told after the commit.
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl EventLog {
    pub(super) async fn start(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let connection = options.connect().await?;
        let (queue, appends) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(write(connection, appends));
        Ok(Self { queue })
    }

    /// Returns when the events are on disk.
    pub async fn append(&self, events: Vec<CallEvent>) -> Result<(), StoreError> {
        let (done, committed) = oneshot::channel();
        self.queue.send(Append { events, done }).await.map_err(|_| closed())?;
        committed.await.map_err(|_| closed())?
    }

    /// The same for events that are worth less than a place in a full queue.
    pub async fn append_if_room(&self, events: Vec<CallEvent>) -> Result<(), StoreError> {
        let (done, committed) = oneshot::channel();
        self.queue.try_send(Append { events, done }).map_err(|why| StoreError(why.to_string()))?;
        committed.await.map_err(|_| closed())?
    }

    /// An empty batch comes back only after every batch before it.
    pub(super) async fn close(&self) {
        let _ = self.append(Vec::new()).await;
    }
}

fn closed() -> StoreError {
    StoreError("the event log is closed".to_owned())
}

async fn write(mut connection: SqliteConnection, mut appends: mpsc::Receiver<Append>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while appends.recv_many(&mut group, GROUP_MAX).await > 0 {
        let result = commit(&mut connection, &group).await;
        for append in group.drain(..) {
            let _ = append.done.send(match &result {
                Ok(()) => Ok(()),
                Err(StoreError(why)) => Err(StoreError(why.clone())),
            });
        }
    }
    let _ = connection.close().await;
}

async fn commit(connection: &mut SqliteConnection, group: &[Append]) -> Result<(), StoreError> {
    let events = || group.iter().flat_map(|append| &append.events);
    let Some(newest_ms) = events().map(|event| event.at_ms).max() else { return Ok(()) };
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for event in events() {
        sqlx::query("INSERT INTO call_events (session_id, at_ms, kind, body) VALUES (?, ?, ?, ?)")
            .bind(&event.session_id)
            .bind(event.at_ms as i64)
            .bind(&event.kind)
            .bind(&event.body)
            .execute(&mut *transaction)
            .await?;
    }
    // By their time and not by their order: a clock that was wrong for a while must not keep everything behind it.
    sqlx::query("DELETE FROM call_events WHERE id IN (SELECT id FROM call_events WHERE at_ms < ? LIMIT ?)")
        .bind(newest_ms.saturating_sub(KEPT_MS) as i64)
        .bind((REMOVED_FOR_EACH * events().count()) as i64)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
