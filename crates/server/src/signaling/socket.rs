//! One signaling socket, from its first frame to its last: the reading half.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use exedra_contract::wire::{FRAME_BYTES_MAX, HEARTBEAT_MS, Join, Method, PROTOCOL, Request};
use exedra_contract::{Effect, Fault, Operation, faults};
use exedra_session::Room;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::sync::mpsc;

use super::frame::{self, Unreadable};
use super::outbox::{End, Outbox, outbox};
use super::rate::{Bucket, FRAMES};
use super::writer::{self, Ended};
use super::{MESSAGE_BYTES_HARD_MAX, gate};
use crate::clock;
use crate::node::Node;
use crate::room::{Arrival, Joining, Place};
use crate::sandbox::Scope;

/// Three silent heartbeat periods.
const SILENCE_MAX: Duration = Duration::from_millis(3 * HEARTBEAT_MS);

/// Answers of the socket's own that wait to be sent. When it is full the client is not read any further.
const LOCAL_FRAMES_MAX: usize = 16;

/// After the room has ended the connection, the client has this long to close its side.
const CLOSING: Duration = Duration::from_secs(2);

/// `agreed`: the client offered our protocol, or `Err` of what it offered instead.
pub async fn serve(node: Arc<Node>, socket: WebSocket, arrival: Arrival, agreed: Result<(), String>) {
    node.metrics.sockets_accepted.inc();
    let open = node.metrics.sockets.inc();
    let (sink, stream) = socket.split();
    let (outbox, outbox_reader) = outbox();
    let (local, local_reader) = mpsc::channel(LOCAL_FRAMES_MAX);
    let writer = tokio::spawn(writer::write(node.clone(), sink, outbox_reader, local_reader));
    let mut socket = Socket {
        rate: Bucket::new(FRAMES, clock::now_ms()),
        local,
        outbox: Some(outbox),
        arrival,
        place: None,
        sandbox: None,
        is_over: false,
        node: node.clone(),
    };
    let sockets_max = node.config.sockets_max;
    let refusal = match agreed {
        Err(offered) => Some(faults::protocol_unsupported(PROTOCOL, offered)),
        Ok(()) if open >= sockets_max as i64 => Some(faults::server_overloaded("sockets", sockets_max as u64)),
        Ok(()) => None,
    };
    match refusal {
        Some(fault) => socket.answer_error(None, &fault).await,
        None => socket.read(stream, writer).await,
    }
    if let Some(place) = socket.place.take() {
        place.lost().await;
    }
    // An outbox that no room took is ended here; otherwise the writer would take its end for a defect.
    if let Some(outbox) = socket.outbox.take() {
        outbox.end(End::AfterQueue);
    }
    node.metrics.sockets.dec();
}

struct Socket {
    node: Arc<Node>,
    rate: Bucket,
    /// To the writing half, past the room.
    local: mpsc::Sender<Utf8Bytes>,
    arrival: Arrival,
    /// Until a room has it.
    outbox: Option<Outbox>,
    /// Once joined.
    place: Option<Place>,
    /// In a sandbox: whose rules apply, and once joined to which connection.
    sandbox: Option<(Vec<Scope>, Option<String>)>,
    /// The answer that was just given is the last.
    is_over: bool,
}

impl Socket {
    async fn read(&mut self, mut stream: SplitStream<WebSocket>, mut writer: tokio::task::JoinHandle<Ended>) {
        while !self.is_over {
            let message = tokio::select! {
                message = tokio::time::timeout(SILENCE_MAX, stream.next()) => message,
                ended = &mut writer => {
                    if matches!(ended, Ok(Ended::HungUp)) {
                        return;
                    }
                    let drain = async { while let Some(Ok(_)) = stream.next().await {} };
                    let _ = tokio::time::timeout(CLOSING, drain).await;
                    return;
                }
                () = self.node.shutting_down(), if self.place.is_none() => {
                    return self.answer_error(None, &faults::server_shutting_down()).await;
                }
            };
            match message {
                // On the heap while it lasts: a socket waits for most of its life, and its task should be no larger than that.
                Ok(Some(Ok(Message::Text(text)))) => Box::pin(self.frame(text)).await,
                Ok(Some(Ok(Message::Binary(_)))) => {
                    self.answer_error(None, &faults::bad_request("frames are JSON text, not binary")).await;
                }
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(Message::Close(_))) | None) => return,
                // What the library would not read to its end cannot be skipped either.
                Ok(Some(Err(source))) => {
                    if source.to_string().contains("too long") {
                        let hard_max = MESSAGE_BYTES_HARD_MAX as u64;
                        let fault = faults::request_too_large(FRAME_BYTES_MAX as u64, hard_max + 1);
                        self.answer_error(None, &fault).await;
                    }
                    return;
                }
                Err(_silence) => {
                    self.node.metrics.heartbeats_missed.inc();
                    return self.answer_error(None, &faults::heartbeat_lost(SILENCE_MAX.as_millis() as u64)).await;
                }
            }
        }
    }

    async fn frame(&mut self, text: Utf8Bytes) {
        self.node.metrics.frames.inc();
        if text.len() > FRAME_BYTES_MAX {
            let fault = faults::request_too_large(FRAME_BYTES_MAX as u64, text.len() as u64);
            return self.answer_error(None, &fault).await;
        }
        let allowed = self.rate.take(clock::now_ms());
        let request = match frame::read(text.as_str()) {
            Ok(request) => request,
            Err(Unreadable { id, fault }) => return self.answer_error(id, &fault).await,
        };
        if let Err(wait_ms) = allowed {
            let fault = faults::rate_limited(FRAMES.per_second).retry_after_ms(wait_ms);
            return self.answer_error(Some(request.id), &fault).await;
        }
        let Request { id, method } = request;
        let outcome = match (method, &self.place) {
            (Method::Join(_), Some(_)) => Err(faults::already_joined()),
            (Method::Join(join), None) => self.join(id, join).await,
            (method, None) => Err(faults::not_joined(name(&method))),
            (method, Some(place)) => {
                match self.provoked(&method).await {
                    Some(fault) => place.provoke(id, method, fault).await,
                    None => place.request(id, method).await,
                }
                Ok(())
            }
        };
        if let Err(fault) = outcome {
            self.answer_error(Some(id), &fault).await;
        }
    }

    /// The room answers a join that it accepts, so that the answer comes before the events it causes.
    async fn join(&mut self, id: u32, join: Join) -> Result<(), Fault> {
        let admitted = gate::admit(&self.node, &join).await?;
        if let Some(scopes) = &admitted.sandbox {
            let resumed = join.resume.as_ref().map(|resume| &*resume.connection_id);
            let operation = if resumed.is_some() { Operation::Resume } else { Operation::Connect };
            let met = self.node.sandbox.meet(scopes, resumed, operation).await;
            self.is_over = met.as_ref().is_err_and(|fault| fault.effect() == Effect::ConnectionCloses);
            met?;
        }
        let Some(outbox) = self.outbox.take() else {
            return Err(faults::already_joined());
        };
        let joining = Joining::new(id, join, &admitted, self.arrival, outbox);
        let session_id = admitted.session.id.clone();
        match self.node.rooms.join(&self.node, admitted.session, joining).await {
            Ok(place) => {
                if let Some(scopes) = admitted.sandbox {
                    let key = place.connection();
                    let id = move |room: &Room| room.connection_id(key).map(str::to_owned);
                    let id = self.node.rooms.look(&session_id, id).await.flatten();
                    self.sandbox = Some((scopes, id));
                }
                self.place = Some(place);
            }
            Err(refused) => {
                self.outbox = refused.outbox;
                return Err(refused.fault);
            }
        }
        Ok(())
    }

    /// What the sandbox makes a request fail with.
    async fn provoked(&self, method: &Method) -> Option<Fault> {
        let (scopes, connection) = self.sandbox.as_ref()?;
        self.node.sandbox.meet(scopes, connection.as_deref(), operation(method)?).await.err()
    }

    async fn answer_error(&self, id: Option<u32>, fault: &Fault) {
        let frame = self.node.render_error(id, fault);
        let _ = self.local.send(frame).await;
    }
}

/// As the catalogue calls it; `None` for what cannot fail by itself.
fn operation(method: &Method) -> Option<Operation> {
    Some(match method {
        Method::Publish(_) => Operation::Publish,
        Method::Unpublish { .. } => Operation::Unpublish,
        Method::UpdateStream(_) => Operation::UpdateStream,
        Method::Subscribe(_) => Operation::Subscribe,
        Method::Unsubscribe { .. } => Operation::Unsubscribe,
        Method::UpdateSubscription(_) | Method::RequestKeyFrame { .. } => Operation::UpdateSubscription,
        Method::Negotiate(_) => Operation::Negotiate,
        Method::Signal(_) => Operation::Signal,
        Method::ForceDisconnect { .. } => Operation::ForceDisconnect,
        Method::ForceUnpublish { .. } => Operation::ForceUnpublish,
        Method::ForceMuteStream { .. } | Method::ForceMuteAll { .. } | Method::DisableForceMute {} => {
            Operation::ForceMute
        }
        Method::Report(_) => Operation::Report,
        Method::Join(_) | Method::Leave {} | Method::Ping {} | Method::Explain { .. } | Method::Stats {} => {
            return None;
        }
    })
}

fn name(method: &Method) -> &'static str {
    match method {
        Method::Join(_) => "join",
        Method::Leave {} => "leave",
        Method::Publish(_) => "publish",
        Method::Unpublish { .. } => "unpublish",
        Method::UpdateStream(_) => "update_stream",
        Method::Subscribe(_) => "subscribe",
        Method::Unsubscribe { .. } => "unsubscribe",
        Method::UpdateSubscription(_) => "update_subscription",
        Method::Negotiate(_) => "negotiate",
        Method::Signal(_) => "signal",
        Method::ForceDisconnect { .. } => "force_disconnect",
        Method::ForceUnpublish { .. } => "force_unpublish",
        Method::ForceMuteStream { .. } => "force_mute_stream",
        Method::ForceMuteAll { .. } => "force_mute_all",
        Method::DisableForceMute {} => "disable_force_mute",
        Method::RequestKeyFrame { .. } => "request_key_frame",
        Method::Explain { .. } => "explain",
        Method::Stats {} => "stats",
        Method::Report(_) => "report",
        Method::Ping {} => "ping",
    }
}
