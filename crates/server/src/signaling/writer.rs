//! The sending half of a signaling socket. The only task that waits for the client's network.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use exedra_contract::faults;
use exedra_contract::wire::{EndReason, EventBody};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::mpsc;

use super::frame::EventWriter;
use super::outbox::{Next, OutboxReader};
use crate::node::Node;

/// A client that takes nothing for so long is gone, whatever TCP believes.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// How the writing half ended.
#[derive(PartialEq, Eq)]
pub enum Ended {
    /// The client was told, or is gone.
    Closed,
    /// The client must notice by itself.
    HungUp,
}

/// Runs until the room ends the outbox, the reading half hangs up (`local` closes), or the client is gone.
pub async fn write(
    node: Arc<Node>,
    mut sink: SplitSink<WebSocket, Message>,
    mut outbox: OutboxReader,
    mut local: mpsc::Receiver<Utf8Bytes>,
) -> Ended {
    let last = loop {
        let frame = tokio::select! {
            biased;
            frame = local.recv() => match frame {
                Some(frame) => frame,
                None => break None,
            },
            next = outbox.next() => match next {
                Next::Send(frame) => frame,
                Next::Close(last) => break last,
                Next::HangUp => return Ended::HungUp,
                Next::Abandoned { seq } => break Some(abandoned(&node, seq)),
            },
        };
        if !send(&mut sink, Message::Text(frame)).await {
            return Ended::Closed;
        }
    };
    if let Some(frame) = last
        && !send(&mut sink, Message::Text(frame)).await
    {
        return Ended::Closed;
    }
    let goodbye = CloseFrame { code: close_code::NORMAL, reason: Utf8Bytes::from_static("") };
    send(&mut sink, Message::Close(Some(goodbye))).await;
    Ended::Closed
}

async fn send(sink: &mut SplitSink<WebSocket, Message>, message: Message) -> bool {
    matches!(tokio::time::timeout(WRITE_TIMEOUT, sink.send(message)).await, Ok(Ok(())))
}

/// The room is gone without having said why: a defect that was contained.
fn abandoned(node: &Node, seq: u64) -> Utf8Bytes {
    let fault = faults::internal();
    node.metrics.fault(fault.code().as_str());
    let error = Some(fault.problem(None).to_value());
    let body = EventBody::SessionDisconnected { reason: EndReason::NetworkDisconnected, error };
    EventWriter::default().frame(seq, &Arc::new(body))
}
