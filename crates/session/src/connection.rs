//! One client in the room: joining, losing and resuming its socket, leaving.
//!
//! ```text
//! join → attached ⇄ lost (socket) → gone
//! ```
//! Others notice only the two ends: a short loss of the socket is nobody else's business.

use std::collections::BTreeSet;

use exedra_contract::token::Role;
use exedra_contract::wire::{self, Capabilities, EndReason, EventBody};
use exedra_contract::{Fault, faults};

use crate::command::{Admission, Join, Millis, Reply, Resume};
use crate::effect::{Delivery, Effect, MediaOp};
use crate::keys::{Attachment, ConnectionKey, StreamKey, SubscriptionKey};
use crate::limits::{MEDIA_IDLE_MS_MAX, MEDIA_SUMMARY_MS, RESUME_MS_MAX};
use crate::log::LogBody;
use crate::outbox::Outbox;
use crate::rate::TokenBucket;
use crate::room::{Room, Turn};
use crate::timers::Timer;
use crate::transport::Transport;

pub(crate) struct Connection {
    pub id: String,
    pub role: Role,
    pub capabilities: Capabilities,
    data: Option<String>,
    created_at: Millis,
    secret: String,
    /// Hears of others coming and going.
    pub connection_events: bool,
    pub audio_levels: bool,

    /// The socket in use; `None` while it is lost.
    pub attachment: Option<Attachment>,
    last_attachment: Attachment,
    pub outbox: Outbox,
    pub signals: TokenBucket,

    pub transport: Transport,
    pub streams: BTreeSet<StreamKey>,
    pub subscriptions: BTreeSet<SubscriptionKey>,
}

impl Connection {
    pub fn describe(&self) -> wire::Connection {
        wire::Connection {
            connection_id: self.id.clone(),
            created_at: self.created_at.0,
            data: self.data.clone(),
            capabilities: self.capabilities,
        }
    }

    /// Neither publishes nor subscribes.
    pub fn is_idle(&self) -> bool {
        self.streams.is_empty() && self.subscriptions.is_empty()
    }

    pub fn require(&self, has: bool, operation: &str, capability: &str) -> Result<(), Fault> {
        let denied = || faults::permission_denied(operation, capability).because(format_args!("role {}", self.role));
        if has { Ok(()) } else { Err(denied()) }
    }
}

impl Room {
    pub(crate) fn join(&mut self, join: Join, turn: &mut Turn) -> Result<Reply, Fault> {
        if self.closed {
            return Err(faults::server_shutting_down());
        }
        let limits = self.settings.limits;
        if self.connections.len() >= limits.connections_max {
            return Err(faults::session_full(limits.connections_max as u64));
        }

        let key: ConnectionKey = self.names.key();
        let connection = Connection {
            id: self.names.id(),
            role: join.role,
            capabilities: join.role.capabilities(self.settings.subscribers_may_signal),
            data: join.data,
            created_at: turn.now,
            secret: self.names.secret(),
            connection_events: join.connection_events,
            audio_levels: join.audio_levels,
            attachment: Some(Attachment(1)),
            last_attachment: Attachment(1),
            outbox: Outbox::default(),
            signals: TokenBucket::full(limits.signal_rate, turn.now),
            transport: Transport::None,
            streams: BTreeSet::new(),
            subscriptions: BTreeSet::new(),
        };
        let described = connection.describe();
        self.directory.connections.insert(connection.id.clone(), key);
        self.connections.insert(key, connection);
        self.timers.set(Timer::MediaIdle(key), turn.now.after(MEDIA_IDLE_MS_MAX));
        self.log(LogBody::ConnectionCreated { connection_id: described.connection_id.clone(), role: join.role }, turn);
        let created = EventBody::ConnectionCreated { connection: described };
        self.announce_where(|other, connection| other != key && connection.connection_events, created, turn);
        Ok(self.admission(key))
    }

    /// The same connection on a new socket. Its own state and the others' view of it are unchanged.
    pub(crate) fn resume(&mut self, resume: Resume, turn: &mut Turn) -> Result<Reply, Fault> {
        let unknown = || faults::resume_refused("there is no such connection any more, or the secret is another");
        let key = *self.directory.connections.get(&resume.connection_id).ok_or_else(unknown)?;
        let connection = self.connections.get_mut(&key).ok_or_else(unknown)?;
        if !equal_in_constant_time(&connection.secret, &resume.secret) {
            return Err(unknown());
        }
        let Some(missed) = connection.outbox.after(resume.last_seq) else {
            return Err(faults::resume_refused("the missed events are no longer kept"));
        };
        let missed: Vec<_> = missed.map(|(seq, body)| Delivery { to: key, seq, body: body.clone() }).collect();

        let replaced = connection.attachment;
        connection.last_attachment = Attachment(connection.last_attachment.0 + 1);
        connection.attachment = Some(connection.last_attachment);
        if let Some(attachment) = replaced {
            turn.push(Effect::CloseSocket { connection: key, attachment });
        }
        self.timers.cancel(Timer::Resume(key));
        let missed_events = missed.len() as u64;
        self.log(LogBody::ConnectionResumed { connection_id: resume.connection_id, missed_events }, turn);
        missed.into_iter().for_each(|delivery| turn.push(Effect::Send(delivery)));
        Ok(self.admission(key))
    }

    pub(crate) fn socket_lost(
        &mut self,
        key: ConnectionKey,
        attachment: Attachment,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        let Some(connection) = self.connections.get_mut(&key).filter(|c| c.attachment == Some(attachment)) else {
            return Ok(Reply::Done);
        };
        connection.attachment = None;
        let connection_id = connection.id.clone();
        self.timers.set(Timer::Resume(key), turn.now.after(RESUME_MS_MAX));
        self.log(LogBody::SocketLost { connection_id }, turn);
        Ok(Reply::Done)
    }

    /// A stale message about an earlier socket says nothing of the client.
    pub(crate) fn vanished(
        &mut self,
        key: ConnectionKey,
        attachment: Attachment,
        turn: &mut Turn,
    ) -> Result<Reply, Fault> {
        if self.connections.get(&key).is_some_and(|connection| connection.attachment == Some(attachment)) {
            self.end_connection(key, EndReason::NetworkDisconnected, turn);
        }
        Ok(Reply::Done)
    }

    pub(crate) fn resume_expired(&mut self, key: ConnectionKey, turn: &mut Turn) {
        self.end_connection(key, EndReason::NetworkDisconnected, turn);
    }

    pub(crate) fn media_idle(&mut self, key: ConnectionKey, turn: &mut Turn) {
        self.disconnect(key, EndReason::MediaIdle, turn);
    }

    pub(crate) fn leave(&mut self, key: ConnectionKey, turn: &mut Turn) -> Result<Reply, Fault> {
        self.end_connection(key, EndReason::ClientDisconnected, turn);
        Ok(Reply::Done)
    }

    pub(crate) fn close(&mut self, reason: EndReason, turn: &mut Turn) -> Result<Reply, Fault> {
        if !self.closed {
            self.log(LogBody::RoomClosed { reason }, turn);
            self.announce(EventBody::SessionDisconnected { reason, error: None }, turn);
            self.closed = true;
            for key in self.connections.keys().copied().collect::<Vec<_>>() {
                self.end_connection_unseen(key, reason, turn);
            }
        }
        Ok(Reply::Done)
    }

    /// Ends a connection that did not ask for it: it is told why.
    pub(crate) fn disconnect(&mut self, key: ConnectionKey, reason: EndReason, turn: &mut Turn) {
        self.send(key, EventBody::SessionDisconnected { reason, error: None }, turn);
        self.end_connection(key, reason, turn);
    }

    fn end_connection(&mut self, key: ConnectionKey, reason: EndReason, turn: &mut Turn) {
        if let Some(connection_id) = self.end_connection_unseen(key, reason, turn) {
            let destroyed = EventBody::ConnectionDestroyed { connection_id, reason: as_others_see(reason) };
            self.announce_where(|_, connection| connection.connection_events, destroyed, turn);
        }
    }

    /// Removes a connection with all it had. It is gone first, so that it hears nothing of its own end.
    fn end_connection_unseen(&mut self, key: ConnectionKey, reason: EndReason, turn: &mut Turn) -> Option<String> {
        let connection = self.connections.remove(&key)?;
        self.directory.connections.remove(&connection.id);
        for timer in [Timer::Resume(key), Timer::MediaIdle(key), Timer::MediaSummary(key)] {
            self.timers.cancel(timer);
        }
        for &subscription in &connection.subscriptions {
            self.remove_subscription(subscription, reason, turn);
        }
        for &stream in &connection.streams {
            self.end_stream(stream, as_others_see(reason), turn);
        }
        if let Some(peer) = connection.transport.peer() {
            self.directory.peers.remove(&peer);
            turn.media(MediaOp::ClosePeer { peer });
        }
        self.log(LogBody::ConnectionDestroyed { connection_id: connection.id.clone(), reason }, turn);
        if let Some(attachment) = connection.attachment {
            turn.push(Effect::CloseSocket { connection: key, attachment });
        }
        Some(connection.id)
    }

    /// After its streams or subscriptions changed: a connection is waited for to have some, or they are summed up.
    pub(crate) fn watch_media(&mut self, key: ConnectionKey, turn: &Turn) {
        let Some(connection) = self.connections.get(&key) else { return };
        let (idle, summary) = (Timer::MediaIdle(key), Timer::MediaSummary(key));
        if connection.is_idle() {
            self.timers.cancel(summary);
            self.timers.set(idle, turn.now.after(MEDIA_IDLE_MS_MAX));
        } else {
            self.timers.cancel(idle);
            if !self.timers.is_set(summary) {
                self.timers.set(summary, turn.now.after(MEDIA_SUMMARY_MS));
            }
        }
    }

    fn admission(&self, key: ConnectionKey) -> Reply {
        let connection = &self.connections[&key];
        let others = || self.connections.iter().filter(move |(other, _)| **other != key).map(|(_, other)| other);
        let shown = |other: &&Connection| {
            connection.connection_events || other.streams.iter().any(|stream| self.streams[stream].is_live())
        };
        Reply::Admitted(Box::new(Admission {
            key,
            attachment: connection.last_attachment,
            connection: connection.describe(),
            capabilities: connection.capabilities,
            force_muted: self.force_muted,
            connections: others().filter(shown).map(Connection::describe).collect(),
            streams: self.streams_where(|stream| stream.owner != key),
            resume_secret: connection.secret.clone(),
        }))
    }
}

/// The vendor's pages know three ways in which somebody else can be gone.
fn as_others_see(reason: EndReason) -> EndReason {
    match reason {
        EndReason::MediaIdle | EndReason::ServerRotation => EndReason::NetworkDisconnected,
        other => other,
    }
}

fn equal_in_constant_time(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
