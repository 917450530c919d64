//! The task that owns one room: a spine to be read from top to bottom.
//!
//! Messages come in batches. Each is applied to the session's room at once; what it decided is collected as steps. Then
//! the turn is carried out: its log is committed to disk, once for the whole batch, and after that the steps happen in
//! their order. So nobody hears of anything that a crash could make untrue, and a busy room pays for one commit, not for
//! one per message.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use exedra_contract::wire::{
    self, EndReason, EventBody, HEARTBEAT_MS, Joined, MediaMode, Published, SessionInfo, Subscribed,
};
use exedra_contract::{Code, Fault, faults};
use exedra_media::PlaneEvent;
use exedra_session::limits::ATTEMPT_MS_MAX;
use exedra_session::{
    Admission, Attachment, Command, ConnectionKey, Delivery, Diagnosis, Effect, FlowKey, LogEntry, MediaOf, MediaOp,
    PeerKey, Reply, Room,
};
use futures_util::FutureExt;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error, info, warn};

mod provoke;

use provoke::{Loss, Sandboxed};

use super::diagnosis::{self, Arrival, Surroundings};
use super::request::{Asked, asked};
use super::{Entry, Joining, Refused, RoomMessage, bridge};
use crate::node::Node;
use crate::redact::Tag;
use crate::shard::{Agreed, FactsOf, MediaFacts, NegotiateOutcome, Shard, ShardCommand};
use crate::signaling::frame::{self, EventWriter};
use crate::signaling::outbox::{OUTBOX_FRAMES_MAX, Outbox, Overflow};
use crate::store::{CallEvent, Session};

/// Messages taken in one turn, and so behind one commit.
const TURN_MAX: usize = 128;

/// A client's report that is kept, as JSON.
const REPORT_BYTES_MAX: usize = 16 * 1024;

type PlaceKey = (ConnectionKey, Attachment);

pub struct RoomTask {
    node: Arc<Node>,
    session: Session,
    tag: Tag,
    number: u32,
    room: Room,
    mailbox: mpsc::Receiver<RoomMessage>,
    /// To itself, for answers it waits for elsewhere.
    own: mpsc::WeakSender<RoomMessage>,
    shard: Shard,
    /// The socket of each connection that has one.
    sockets: HashMap<ConnectionKey, Socket>,
    events: EventWriter,
    closing: bool,
}

/// What a client came with.
struct Door {
    outbox: Outbox,
    arrival: Arrival,
    sandboxed: Option<Sandboxed>,
    done: Option<oneshot::Sender<Result<PlaceKey, Refused>>>,
}

struct Socket {
    attachment: Attachment,
    outbox: Outbox,
    arrival: Arrival,
    sandboxed: Option<Sandboxed>,
    /// The newest report of this client's.
    report: Option<serde_json::Map<String, serde_json::Value>>,
}

/// What a batch of messages decided, in the order in which it must happen.
#[derive(Default)]
struct Turn {
    log: Vec<CallEvent>,
    steps: Vec<Step>,
}

enum Step {
    Admit {
        request_id: u32,
        admission: Box<Admission>,
        door: Door,
    },
    Answer {
        place: PlaceKey,
        frame: Utf8Bytes,
    },
    Event(Delivery),
    CloseSocket {
        place: PlaceKey,
    },
    Lose {
        place: PlaceKey,
        loss: Loss,
    },
    DropMedia {
        peer: PeerKey,
        for_ms: u64,
    },
    Media(MediaOp),
    Negotiate {
        place: PlaceKey,
        id: u32,
        offer: String,
        sections: Vec<wire::Section>,
        planned: exedra_session::Sections,
    },
    Explain {
        place: PlaceKey,
        id: u32,
        flow: FlowKey,
        /// If the plane has nothing to say.
        otherwise: Box<wire::Explanation>,
    },
    Stats {
        place: PlaceKey,
        id: u32,
        of: MediaOf,
    },
    Summarize(MediaOf),
    Diagnose(Diagnosis),
    TellServer {
        done: oneshot::Sender<Result<(), Fault>>,
        result: Result<(), Fault>,
    },
}

/// The plane's answer to an offer, on its way back into the room.
#[derive(Debug)]
pub struct Negotiated {
    pub place: PlaceKey,
    pub id: u32,
    pub sections: Vec<wire::Section>,
    pub outcome: NegotiateOutcome,
}

impl RoomTask {
    pub fn new(
        node: Arc<Node>,
        session: Session,
        number: u32,
        own: mpsc::WeakSender<RoomMessage>,
        mailbox: mpsc::Receiver<RoomMessage>,
    ) -> Self {
        let room = Room::new(node.room_settings(&session), number, Box::new(crate::random::bits));
        Self {
            tag: Tag::session(&session.id),
            shard: node.shards.of_room(number),
            room,
            number,
            mailbox,
            own,
            sockets: HashMap::new(),
            events: EventWriter::default(),
            closing: false,
            session,
            node,
        }
    }

    /// Runs until nobody is left. A panic ends this room and nothing else: its sockets say so by themselves.
    pub async fn run(self) {
        let (node, tag, number, id, shard) =
            (self.node.clone(), self.tag, self.number, self.session.id.clone(), self.shard.clone());
        node.metrics.rooms.inc();
        if AssertUnwindSafe(self.work()).catch_unwind().await.is_err() {
            node.metrics.panics.inc();
            error!(room = %tag, "the room stopped at an internal defect; its connections are closed");
            node.rooms.forget(&id, number);
        }
        shard.send(ShardCommand::CloseRoom { room: number }).await;
        node.metrics.rooms.dec();
    }

    async fn work(mut self) {
        info!(room = %self.tag, "room opened");
        if let Some(own) = self.own.upgrade() {
            self.shard.send(ShardCommand::OpenRoom { room: self.number, reports: own }).await;
        }
        if self.session.media_mode == MediaMode::Relayed {
            info!(room = %self.tag, "the session was created as relayed; its media is routed for now");
        }
        let mut batch = Vec::with_capacity(TURN_MAX);
        loop {
            let timed_out = self.receive(&mut batch).await;
            let mut turn = Turn::default();
            if timed_out {
                let _ = self.decide(Command::Timeout, &mut turn);
            }
            for message in batch.drain(..) {
                self.take(message, &mut turn);
            }
            let mut lost = self.carry_out(turn).await;
            while !lost.is_empty() {
                let mut turn = Turn::default();
                for (connection, attachment) in lost {
                    let _ = self.decide(Command::SocketLost { connection, attachment }, &mut turn);
                }
                lost = self.carry_out(turn).await;
            }
            if self.room.is_empty() && self.node.rooms.retire(&self.session.id, &mut self.mailbox).is_ok() {
                break;
            }
        }
        self.refuse_latecomers().await;
        info!(room = %self.tag, "room closed");
    }

    /// Waits for messages or for the room's next deadline; `true`: the deadline came.
    async fn receive(&mut self, batch: &mut Vec<RoomMessage>) -> bool {
        let deadline = self.room.next_timeout().map(|at| at.0.saturating_sub(self.node.clock.now().0));
        let sleep = async {
            match deadline {
                Some(wait_ms) => tokio::time::sleep(Duration::from_millis(wait_ms)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = sleep => true,
            _ = self.mailbox.recv_many(batch, TURN_MAX) => false,
        }
    }

    fn take(&mut self, message: RoomMessage, turn: &mut Turn) {
        match message {
            RoomMessage::Join(joining) => self.join(joining, turn),
            RoomMessage::Request { place, id, method } => self.request(place, id, method, turn),
            RoomMessage::SocketLost { place: (connection, attachment) } => {
                let _ = self.decide(Command::SocketLost { connection, attachment }, turn);
                turn.steps.push(Step::CloseSocket { place: (connection, attachment) });
            }
            RoomMessage::Vanished { place: (connection, attachment) } => {
                let _ = self.decide(Command::Vanished { connection, attachment }, turn);
            }
            RoomMessage::Media(report) => {
                if matches!(report.0, PlaneEvent::TransportUp { .. }) {
                    self.node.metrics.transports_up.inc();
                }
                if let Some(fact) = bridge::facts(report) {
                    let _ = self.decide(Command::Media(fact), turn);
                }
            }
            RoomMessage::Answered { place, frame } => turn.steps.push(Step::Answer { place, frame }),
            RoomMessage::Negotiated(negotiated) => self.negotiated(negotiated, turn),
            RoomMessage::Observed { diagnosis, media } => {
                let fault = self.diagnose(&diagnosis, &media);
                let _ = self.decide(Command::AttemptFailed { subject: diagnosis.subject, fault }, turn);
            }
            RoomMessage::Server { command, done } => {
                let result = self.decide(command, turn).map(|_| ());
                turn.steps.push(Step::TellServer { done, result });
            }
            RoomMessage::Provoked { place, id, method, fault } => self.provoked(place, id, method, fault, turn),
            RoomMessage::Happen { place, event } => self.happen(place, event, turn),
            RoomMessage::SandboxRules => self.start_events(None),
            RoomMessage::Close => {
                self.closing = true;
                let _ = self.decide(Command::Close { reason: EndReason::ServerRotation }, turn);
            }
            RoomMessage::Look(look) => (look.0)(&self.room),
        }
    }

    /// Applies one command; its effects become steps. Whoever tells the reply puts it before them.
    fn decide(&mut self, command: Command, turn: &mut Turn) -> Result<Reply, Fault> {
        let mut effects = Vec::new();
        let reply = self.room.apply(command, self.node.clock.now(), &mut effects);
        for effect in effects {
            turn.steps.push(match effect {
                Effect::Log(entry) => {
                    turn.log.push(self.call_event(&entry));
                    continue;
                }
                Effect::Media(op) => Step::Media(op),
                Effect::Send(delivery) => {
                    self.count_fault(&delivery);
                    Step::Event(delivery)
                }
                Effect::CloseSocket { connection, attachment } => Step::CloseSocket { place: (connection, attachment) },
                Effect::Diagnose(diagnosis) => Step::Diagnose(diagnosis),
                Effect::Summarize(of) => Step::Summarize(of),
            });
        }
        reply
    }

    /// A fault may leave in an event too.
    fn count_fault(&self, delivery: &Delivery) {
        if let EventBody::OperationFailed { error, .. } = &*delivery.body
            && let Some(code) = error["code"].as_str().and_then(Code::from_name)
        {
            self.node.metrics.fault(code.as_str());
        }
    }

    fn join(&mut self, joining: Joining, turn: &mut Turn) {
        let Joining { request_id, entry, arrival, outbox, sandbox, done } = joining;
        let sandboxed = sandbox.map(Sandboxed::new);
        let at = turn.steps.len();
        let command = match entry {
            Entry::Join(join) => Command::Join(join),
            Entry::Resume(resume) => Command::Resume(resume),
        };
        let reply = if self.closing { Err(faults::server_shutting_down()) } else { self.decide(command, turn) };
        match reply {
            Ok(Reply::Admitted(admission)) => {
                turn.steps
                    .insert(at, Step::Admit { request_id, admission, door: Door { outbox, arrival, sandboxed, done } });
            }
            Ok(other) => {
                error!(room = %self.tag, reply = ?std::mem::discriminant(&other), "a join was answered with something else");
                outbox.finish();
            }
            Err(fault) => {
                if let Some(done) = done {
                    let _ = done.send(Err(Refused { fault, outbox: Some(outbox) }));
                }
            }
        }
    }

    fn request(&mut self, place: PlaceKey, id: u32, method: wire::Method, turn: &mut Turn) {
        if self.sockets.get(&place.0).is_none_or(|socket| socket.attachment != place.1) {
            // From a socket that was replaced or closed; nobody reads its answers any more.
            return;
        }
        let at = turn.steps.len();
        let outcome = match asked(method) {
            Asked::Nothing => Ok(frame::ok(id, &json!({}))),
            Asked::Report(report) => {
                self.keep_report(place.0, report, turn);
                Ok(frame::ok(id, &json!({})))
            }
            Asked::Negotiate { offer, request } => {
                let exedra_session::Request::Negotiate { sections } = &request else { return };
                let sections = sections.clone();
                match self.decide(Command::Request { from: place.0, request }, turn) {
                    Ok(Reply::Sections(planned)) => {
                        turn.steps.push(Step::Negotiate { place, id, offer, sections, planned });
                        return;
                    }
                    Ok(other) => Ok(answer(id, other)),
                    Err(fault) => Err(fault),
                }
            }
            Asked::Room(request) => match self.decide(Command::Request { from: place.0, request }, turn) {
                Ok(Reply::Explain { flow: Some(flow), explanation: otherwise }) => {
                    turn.steps.push(Step::Explain { place, id, flow, otherwise });
                    return;
                }
                Ok(Reply::Stats(of)) => {
                    turn.steps.push(Step::Stats { place, id, of });
                    return;
                }
                Ok(reply) => Ok(answer(id, reply)),
                Err(fault) => Err(fault),
            },
        };
        let frame = outcome.unwrap_or_else(|fault| self.node.render_error(Some(id), &fault));
        turn.steps.insert(at, Step::Answer { place, frame });
    }

    fn negotiated(&mut self, negotiated: Negotiated, turn: &mut Turn) {
        let Negotiated { place, id, sections, outcome } = negotiated;
        let at = turn.steps.len();
        let frame = match outcome {
            Ok(Agreed { answer, without_codec }) => {
                match self.decide(Command::Negotiated { connection: place.0, sections, without_codec }, turn) {
                    Ok(_) => frame::ok(id, &wire::Negotiated { answer }),
                    Err(fault) => self.node.render_error(Some(id), &fault),
                }
            }
            Err(fault) => self.node.render_error(Some(id), &fault),
        };
        turn.steps.insert(at, Step::Answer { place, frame });
    }

    /// For the call's log, and for the next diagnosis.
    fn keep_report(&mut self, connection: ConnectionKey, report: wire::Report, turn: &mut Turn) {
        let body = json!({ "connection": connection.0.to_string(), "report": report }).to_string();
        if body.len() > REPORT_BYTES_MAX {
            return;
        }
        turn.log.push(CallEvent {
            session_id: self.session.id.clone(),
            at_ms: self.node.clock.now().0,
            kind: "client_report".into(),
            body,
        });
        if let Some(socket) = self.sockets.get_mut(&connection) {
            socket.report = Some(report.facts);
        }
    }

    fn call_event(&self, entry: &LogEntry) -> CallEvent {
        let body = serde_json::to_value(entry).unwrap_or_default();
        CallEvent {
            session_id: self.session.id.clone(),
            at_ms: entry.at_ms,
            kind: body["what"].as_str().unwrap_or("unknown").to_owned(),
            body: body.to_string(),
        }
    }

    /// Disk first, then everybody. Returns the sockets that were lost to a full outbox.
    async fn carry_out(&mut self, turn: Turn) -> Vec<PlaceKey> {
        if !turn.log.is_empty()
            && let Err(source) = self.node.store.events.append(turn.log).await
        {
            // The call goes on: a full disk must not end everybody's conversation. The gap is counted and shown.
            self.node.metrics.event_log_batches_lost.inc();
            warn!(room = %self.tag, %source, "call events could not be written");
        }
        let mut lost = Vec::new();
        for step in turn.steps {
            match step {
                Step::Admit { request_id, admission, door } => {
                    self.admit(request_id, *admission, door, &mut lost);
                }
                Step::Answer { place, frame } => self.send(place, frame, None, &mut lost),
                Step::Event(Delivery { to, seq, body }) => {
                    if let Some(attachment) = self.sockets.get(&to).map(|socket| socket.attachment) {
                        let frame = self.events.frame(seq, &body);
                        self.send((to, attachment), frame, Some(seq), &mut lost);
                    }
                }
                Step::CloseSocket { place } => self.close_socket(place),
                Step::Lose { place, loss } => self.carry_out_loss(place, loss),
                Step::Media(op) => {
                    let opened = match op {
                        MediaOp::OpenPeer { peer } => Some(peer),
                        _ => None,
                    };
                    self.shard.send(ShardCommand::Media { room: self.number, op }).await;
                    if let Some(peer) = opened
                        && let Some(for_ms) = self.drop_that_waits(peer)
                    {
                        self.shard.send(ShardCommand::Unplug { peer, for_ms }).await;
                    }
                }
                Step::DropMedia { peer, for_ms } => self.shard.send(ShardCommand::Unplug { peer, for_ms }).await,
                Step::Negotiate { place, id, offer, sections, planned } => {
                    self.negotiate(place, id, offer, sections, planned).await;
                }
                Step::Explain { place, id, flow, otherwise } => self.explain(place, id, flow, otherwise).await,
                Step::Stats { place, id, of } => self.stats(place, id, of).await,
                Step::Summarize(of) => self.summarize(of).await,
                Step::Diagnose(diagnosis) => self.observe(diagnosis).await,
                Step::TellServer { done, result } => {
                    let _ = done.send(result);
                }
            }
        }
        lost
    }

    fn admit(&mut self, request_id: u32, admission: Admission, door: Door, lost: &mut Vec<PlaceKey>) {
        let Door { outbox, arrival, sandboxed, done } = door;
        let place = (admission.key, admission.attachment);
        debug!(room = %self.tag, connection = %Tag::connection(&admission.connection.connection_id), "joined");
        let joined = Joined {
            capabilities: admission.capabilities,
            session: SessionInfo {
                session_id: self.session.id.clone(),
                media_mode: self.session.media_mode,
                force_muted: admission.force_muted,
            },
            connection: admission.connection,
            connections: admission.connections,
            streams: admission.streams,
            ice_servers: Vec::new(),
            resume_secret: admission.resume_secret,
            heartbeat_ms: HEARTBEAT_MS,
            attempt_timeout_ms: ATTEMPT_MS_MAX,
        };
        let is_sandboxed = sandboxed.is_some();
        let socket = Socket { attachment: place.1, outbox, arrival, sandboxed, report: None };
        if let Some(earlier) = self.sockets.insert(place.0, socket) {
            earlier.outbox.finish();
        } else {
            self.node.metrics.connections.inc();
        }
        self.send(place, frame::ok(request_id, &joined), None, lost);
        if is_sandboxed {
            self.start_events(Some(place.0));
        }
        if done.is_some_and(|done| done.send(Ok(place)).is_err()) {
            lost.push(place);
        }
    }

    /// Never waits. A client that does not keep up loses its socket, and may resume on a new one.
    fn send(&mut self, place: PlaceKey, frame: Utf8Bytes, seq: Option<u64>, lost: &mut Vec<PlaceKey>) {
        let Some(socket) = self.sockets.get(&place.0).filter(|socket| socket.attachment == place.1) else { return };
        if socket.outbox.send(frame, seq) == Err(Overflow) {
            self.node.metrics.outboxes_overflowed.inc();
            let last_word = self.node.render_error(None, &faults::client_too_slow(OUTBOX_FRAMES_MAX as u64));
            if let Some(socket) = self.remove_socket(place) {
                socket.outbox.abort(last_word);
            }
            lost.push(place);
        }
    }

    fn close_socket(&mut self, place: PlaceKey) {
        if let Some(socket) = self.remove_socket(place) {
            socket.outbox.finish();
        }
    }

    fn remove_socket(&mut self, place: PlaceKey) -> Option<Socket> {
        self.sockets.get(&place.0).filter(|socket| socket.attachment == place.1)?;
        self.node.metrics.connections.dec();
        self.sockets.remove(&place.0)
    }

    /// Hands the offer to the plane; the answer comes back as a message, so that the room does not wait for it.
    async fn negotiate(
        &mut self,
        place: PlaceKey,
        id: u32,
        offer: String,
        sections: Vec<wire::Section>,
        planned: exedra_session::Sections,
    ) {
        let (answer, answered) = oneshot::channel();
        self.shard.send(ShardCommand::Negotiate { offer, planned, answer }).await;
        let own = self.own.clone();
        tokio::spawn(async move {
            let outcome =
                answered.await.unwrap_or_else(|_| Err(faults::internal().because("the shard gave no answer")));
            if let Some(own) = own.upgrade() {
                let _ = own.send(RoomMessage::Negotiated(Negotiated { place, id, sections, outcome })).await;
            }
        });
    }

    /// Asks the shard; its answer comes back as a message, so that the room does not wait for it.
    async fn explain(&mut self, place: PlaceKey, id: u32, flow: FlowKey, otherwise: Box<wire::Explanation>) {
        let (answer, answered) = oneshot::channel();
        self.shard.send(ShardCommand::Explain { flow, answer }).await;
        let own = self.own.clone();
        tokio::spawn(async move {
            let explanation = match answered.await {
                Ok(Some(seen)) => wire::Explanation { wanted: otherwise.wanted, ..bridge::explained(&seen) },
                _ => *otherwise,
            };
            let frame = frame::ok(id, &explanation);
            if let Some(own) = own.upgrade() {
                let _ = own.send(RoomMessage::Answered { place, frame }).await;
            }
        });
    }

    async fn stats(&mut self, place: PlaceKey, id: u32, of: MediaOf) {
        let (answer, answered) = oneshot::channel();
        self.shard.send(ShardCommand::Stats { of, answer }).await;
        let own = self.own.clone();
        tokio::spawn(async move {
            let frame = frame::ok(id, &answered.await.unwrap_or_default());
            if let Some(own) = own.upgrade() {
                let _ = own.send(RoomMessage::Answered { place, frame }).await;
            }
        });
    }

    /// What the shard has counted goes into the call's log, though the room may be gone by then.
    async fn summarize(&mut self, of: MediaOf) {
        let (answer, answered) = oneshot::channel();
        self.shard.send(ShardCommand::Stats { of, answer }).await;
        let (node, session_id, at_ms) = (self.node.clone(), self.session.id.clone(), self.node.clock.now().0);
        tokio::spawn(async move {
            let Ok(stats) = answered.await else { return };
            if stats == wire::ConnectionStats::default() {
                return;
            }
            let body = json!(stats).to_string();
            let event = CallEvent { session_id, at_ms, kind: "media_summary".to_owned(), body };
            if node.store.events.append(vec![event]).await.is_err() {
                node.metrics.event_log_batches_lost.inc();
            }
        });
    }

    /// Asks the shard what it saw; the room decides when that comes back.
    async fn observe(&mut self, diagnosis: Diagnosis) {
        let (answer, answered) = oneshot::channel();
        let of = FactsOf { peer: diagnosis.peer, tracks: diagnosis.tracks.clone(), flows: diagnosis.flows.clone() };
        let from_here = self.sockets.get(&diagnosis.connection).is_some_and(|socket| socket.arrival.from_here);
        self.shard.send(ShardCommand::Facts { of, answer }).await;
        let (own, node) = (self.own.clone(), self.node.clone());
        tokio::spawn(async move {
            let others = node.shards.others_heard(diagnosis.peer, from_here).await;
            let media = Box::new(MediaFacts { others, ..answered.await.unwrap_or_default() });
            let diagnosis = Box::new(diagnosis);
            if let Some(own) = own.upgrade() {
                let _ = own.send(RoomMessage::Observed { diagnosis, media }).await;
            }
        });
    }

    fn diagnose(&self, diagnosis: &Diagnosis, media: &MediaFacts) -> Fault {
        let socket = self.sockets.get(&diagnosis.connection);
        let surroundings = Surroundings {
            signaling_alive: socket.is_some(),
            any_transport_came_up: self.node.metrics.transports_up.get() > 0,
            media_addresses: &self.node.config.media_addresses,
            arrival: socket.map(|socket| socket.arrival).unwrap_or_default(),
            report: socket.and_then(|socket| socket.report.as_ref()),
        };
        diagnosis::fault(diagnosis, media, &surroundings)
    }

    /// Whoever had a place in the mailbox while it closed.
    async fn refuse_latecomers(&mut self) {
        while let Some(message) = self.mailbox.recv().await {
            if let RoomMessage::Join(Joining { outbox, done: Some(done), .. }) = message {
                let fault = faults::server_overloaded("room", 0_u64);
                let _ = done.send(Err(Refused { fault, outbox: Some(outbox) }));
            }
        }
    }
}

fn answer(id: u32, reply: Reply) -> Utf8Bytes {
    match reply {
        Reply::Published { stream_id } => frame::ok(id, &Published { stream_id }),
        Reply::Subscribed { subscription_id, stream } => frame::ok(id, &Subscribed { subscription_id, stream }),
        Reply::Explain { explanation, .. } => frame::ok(id, &explanation),
        Reply::Done | Reply::Admitted(_) | Reply::Sections(_) | Reply::Stats(_) => frame::ok(id, &json!({})),
    }
}
