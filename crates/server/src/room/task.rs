//! The task that owns one room: the spine of every command, to be read from top to bottom.
//!
//! Owns the session's room, its mailbox and its sockets. Messages come in batches (`receive`). Each is applied to the room at
//! once (`take`, `decide`); what it decided is collected as steps. Then the turn is carried out (`carry_out`): its log is
//! committed to disk, once for the whole batch, and after that the steps happen in their order. Invariant: nobody hears of
//! anything that a crash could make untrue, and a busy room pays for one commit, not for one per message.
//!
//! What a message asks for in particular is beside the spine, by what it is about.

mod call_log;
mod join;
mod media;
mod provoke;
mod request;
mod sockets;
mod turn;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use exedra_contract::wire::{EndReason, EventBody, MediaMode};
use exedra_contract::{Code, Fault};
use exedra_session::{Command, Delivery, Effect, Reply, Room};
use futures_util::FutureExt;
use tokio::sync::mpsc;
use tracing::{error, info};

use super::{PlaceKey, RoomMessage};
use crate::node::Node;
use crate::redact::Tag;
use crate::shard::{Shard, ShardCommand};
use crate::signaling::outbox::End;
use crate::store::Session;
pub use media::Answer;
use media::Question;
use sockets::Sockets;
use turn::{Step, Turn};

/// Messages taken in one turn, and so behind one commit.
const TURN_MAX: usize = 128;

pub struct RoomTask {
    node: Arc<Node>,
    session: Session,
    tag: Tag,
    number: u32,
    room: Room,
    mailbox: mpsc::Receiver<RoomMessage>,
    /// To itself, for what it waits for elsewhere.
    own: mpsc::WeakSender<RoomMessage>,
    shard: Shard,
    sockets: Sockets,
    closing: bool,
}

impl RoomTask {
    pub fn new(
        node: Arc<Node>,
        session: Session,
        number: u32,
        own: mpsc::WeakSender<RoomMessage>,
        mailbox: mpsc::Receiver<RoomMessage>,
    ) -> Self {
        Self {
            tag: Tag::session(&session.id),
            room: Room::new(node.room_settings(&session), number, Box::new(crate::random::bits)),
            shard: node.shards.of_room(number),
            sockets: Sockets::new(node.clone()),
            number,
            mailbox,
            own,
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
            self.carry_out(turn).await;
            while let Some(turn) = self.follow_losses() {
                self.carry_out(turn).await;
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
            RoomMessage::Join { joining, done } => self.join(joining, done, turn),
            RoomMessage::Request { place, id, method } => self.request(place, id, method, turn),
            RoomMessage::SocketLost { place } => {
                self.lost(place, turn);
                turn.steps.push(Step::CloseSocket { place, end: End::AfterQueue });
            }
            RoomMessage::Vanished { place: PlaceKey { connection, attachment } } => {
                let _ = self.decide(Command::Vanished { connection, attachment }, turn);
            }
            RoomMessage::Media(event) => self.reported(event, turn),
            RoomMessage::Answered(answer) => self.answered(answer, turn),
            RoomMessage::Server { command, done } => {
                let result = self.decide(command, turn).map(|_| ());
                turn.steps.push(Step::AnswerServer { done, result });
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
                    turn.log.push(self.decision(&entry));
                    continue;
                }
                Effect::Media(op) => Step::Media(op),
                Effect::Send(delivery) => {
                    self.count_fault(&delivery);
                    Step::Deliver(delivery)
                }
                Effect::CloseSocket { connection, attachment } => {
                    Step::CloseSocket { place: PlaceKey { connection, attachment }, end: End::AfterQueue }
                }
                Effect::Diagnose(diagnosis) => Step::Ask(Question::Diagnose(diagnosis)),
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

    /// Disk first, then everybody. The call goes on without a disk: it must not end everybody's conversation when it is full.
    async fn carry_out(&mut self, turn: Turn) {
        if !turn.log.is_empty() {
            call_log::write(&self.node, self.tag, turn.log).await;
        }
        for step in turn.steps {
            match step {
                Step::Admit { admission, newcomer } => self.admit(*admission, newcomer),
                Step::Answer { place, frame } => self.sockets.answer(place, frame),
                Step::Deliver(delivery) => self.sockets.deliver(delivery),
                Step::CloseSocket { place, end } => self.sockets.close(place, end),
                Step::Media(op) => self.media(op).await,
                Step::DropMedia { peer, for_ms } => self.shard.send(ShardCommand::Unplug { peer, for_ms }).await,
                Step::Ask(question) => self.ask(question).await,
                Step::Summarize(of) => self.summarize(of).await,
                Step::AnswerServer { done, result } => {
                    let _ = done.send(result);
                }
            }
        }
    }

    /// What follows from sockets that were lost while a turn was carried out. It may cost others theirs.
    fn follow_losses(&mut self) -> Option<Turn> {
        let lost = self.sockets.take_lost();
        let mut turn = Turn::default();
        for place in &lost {
            self.lost(*place, &mut turn);
        }
        (!lost.is_empty()).then_some(turn)
    }

    fn lost(&mut self, PlaceKey { connection, attachment }: PlaceKey, turn: &mut Turn) {
        let _ = self.decide(Command::SocketLost { connection, attachment }, turn);
    }

    /// What is awaited beside the room comes into it as a message, if the room is still there.
    fn later(&self, message: impl Future<Output = RoomMessage> + Send + 'static) {
        let own = self.own.clone();
        tokio::spawn(async move {
            let message = message.await;
            if let Some(own) = own.upgrade() {
                let _ = own.send(message).await;
            }
        });
    }
}
