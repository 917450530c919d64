//! What of a room goes into the call's log, and how it gets there.
//!
//! Owns no state. Must not know when it is called: that the room's own decisions are on disk before anybody hears of them is
//! the turn's. Invariant: a log that cannot be written ends no call; the gap is counted and shown.

use exedra_contract::wire::{self, REPORT_BYTES_MAX};
use exedra_contract::{Fault, faults};
use exedra_session::{ConnectionKey, LogEntry, MediaOf};
use serde_json::json;
use tracing::warn;

use super::RoomTask;
use crate::node::Node;
use crate::redact::Tag;
use crate::shard::ShardCommand;
use crate::store::{CallEvent, StoreError};

/// Returns when the events are on disk, or never will be.
pub async fn write(node: &Node, room: Tag, events: Vec<CallEvent>) {
    count_lost(node, room, node.store.events.append(events).await);
}

fn count_lost(node: &Node, room: Tag, written: Result<(), StoreError>) {
    if let Err(source) = written {
        node.metrics.event_log_batches_lost.inc();
        warn!(%room, %source, "call events could not be written");
    }
}

impl RoomTask {
    /// What the room decided.
    pub(super) fn decision(&self, entry: &LogEntry) -> CallEvent {
        let body = serde_json::to_value(entry).unwrap_or_default();
        let kind = body["what"].as_str().unwrap_or("unknown").to_owned();
        CallEvent { session_id: self.session.id.clone(), at_ms: entry.at_ms, kind, body: body.to_string() }
    }

    /// What a client says it saw.
    pub(super) fn client_report(&self, from: ConnectionKey, report: &wire::Report) -> Result<CallEvent, Fault> {
        let report = json!(report);
        let bytes = report.to_string().len();
        if bytes > REPORT_BYTES_MAX {
            return Err(faults::request_too_large(REPORT_BYTES_MAX as u64, bytes as u64));
        }
        let body = json!({ "connection": from.0.to_string(), "report": report });
        Ok(self.call_event("client_report", body.to_string()))
    }

    /// What the shard counted, though the room may be gone by the time that it answers. Nobody waits for it, so it takes no
    /// place of a log that is behind.
    pub(super) async fn summarize(&mut self, of: MediaOf) {
        let answered = self.shard.ask(|answer| ShardCommand::Stats { of, answer }).await;
        let (node, room) = (self.node.clone(), self.tag);
        let mut summary = self.call_event("media_summary", String::new());
        tokio::spawn(async move {
            let stats = answered.await.unwrap_or_default();
            if stats != wire::ConnectionStats::default() {
                summary.body = json!(stats).to_string();
                count_lost(&node, room, node.store.events.append_if_room(vec![summary]).await);
            }
        });
    }

    fn call_event(&self, kind: &str, body: String) -> CallEvent {
        CallEvent { session_id: self.session.id.clone(), at_ms: self.node.clock.now().0, kind: kind.to_owned(), body }
    }
}
