//! Which rooms are open. A room opens with its first join and ends by itself when nobody is left.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use exedra_contract::{Fault, faults};
use exedra_session::{Command, Room};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::task::RoomTask;
use super::{Joining, Look, MAILBOX_MAX, Place, Refused, RoomMessage};
use crate::node::Node;
use crate::store::Session;

/// A join that finds its room just ending tries again with a new one; more often than this is a defect.
const JOIN_TRIES: usize = 8;

#[derive(Default)]
pub struct Rooms {
    /// The only lock of signaling; held for a look-up, never across a wait.
    open: Mutex<HashMap<String, Entry>>,
    tasks: Mutex<JoinSet<()>>,
    numbers: AtomicU32,
}

struct Entry {
    number: u32,
    mailbox: mpsc::Sender<RoomMessage>,
}

impl Rooms {
    pub async fn join(&self, node: &Arc<Node>, session: Session, mut joining: Joining) -> Result<Place, Refused> {
        for _ in 0..JOIN_TRIES {
            let mailbox = match self.mailbox(node, &session) {
                Ok(mailbox) => mailbox,
                Err(fault) => return Err(Refused { fault, outbox: Some(joining.outbox) }),
            };
            let (done, decided) = oneshot::channel();
            let sent = mailbox.send(RoomMessage::Join { joining, done }).await;
            if let Err(mpsc::error::SendError(RoomMessage::Join { joining: returned, .. })) = sent {
                joining = returned;
                continue;
            }
            // A room that ends with the message in its mailbox has panicked: the outbox went with it.
            let place = decided.await.map_err(|_| Refused { fault: faults::internal(), outbox: None })??;
            return Ok(Place { mailbox, place });
        }
        let fault = faults::server_overloaded("room", JOIN_TRIES as u64);
        Err(Refused { fault, outbox: Some(joining.outbox) })
    }

    /// Gives a command of the customer's server to the session's room. `None`: nobody is in it.
    pub async fn command(&self, session_id: &str, command: Command) -> Option<Result<(), Fault>> {
        let mailbox = self.lock().get(session_id)?.mailbox.clone();
        let (done, decided) = oneshot::channel();
        mailbox.send(RoomMessage::Server { command, done }).await.ok()?;
        decided.await.ok()
    }

    /// Tells the session's room that there are new rules for it, if anybody is in it.
    pub async fn look_for_sandbox_rules(&self, session_id: &str) {
        let mailbox = self.lock().get(session_id).map(|entry| entry.mailbox.clone());
        if let Some(mailbox) = mailbox {
            let _ = mailbox.send(RoomMessage::SandboxRules).await;
        }
    }

    /// Asks the session's room. `None`: nobody is in it.
    pub async fn look<T: Send + 'static>(
        &self,
        session_id: &str,
        question: impl FnOnce(&Room) -> T + Send + 'static,
    ) -> Option<T> {
        let mailbox = self.lock().get(session_id)?.mailbox.clone();
        let (answer, answered) = oneshot::channel();
        let look = move |room: &Room| {
            let _ = answer.send(question(room));
        };
        mailbox.send(RoomMessage::Look(Look(Box::new(look)))).await.ok()?;
        answered.await.ok()
    }

    /// Ends every room and returns when all have told their clients.
    pub async fn close_all(&self) {
        let mailboxes: Vec<_> = self.lock().values().map(|entry| entry.mailbox.clone()).collect();
        for mailbox in mailboxes {
            let _ = mailbox.send(RoomMessage::Close).await;
        }
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }

    /// Takes the room out, unless somebody is at its door already. `Err`: the room goes on.
    pub(super) fn retire(&self, session_id: &str, mailbox: &mut mpsc::Receiver<RoomMessage>) -> Result<(), ()> {
        let mut open = self.lock();
        if !mailbox.is_empty() {
            return Err(());
        }
        mailbox.close();
        open.remove(session_id);
        Ok(())
    }

    /// Takes a room out that panicked, if it is still the one in the map.
    pub(super) fn forget(&self, session_id: &str, number: u32) {
        let mut open = self.lock();
        if open.get(session_id).is_some_and(|entry| entry.number == number) {
            open.remove(session_id);
        }
    }

    fn mailbox(&self, node: &Arc<Node>, session: &Session) -> Result<mpsc::Sender<RoomMessage>, Fault> {
        let mut open = self.lock();
        if let Some(entry) = open.get(&session.id) {
            return Ok(entry.mailbox.clone());
        }
        let rooms_max = node.config.rooms_max;
        if open.len() >= rooms_max {
            return Err(faults::server_overloaded("rooms", rooms_max as u64));
        }
        if node.is_shutting_down() {
            return Err(faults::server_shutting_down());
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (mailbox, receiver) = mpsc::channel(MAILBOX_MAX);
        let task = RoomTask::new(node.clone(), session.clone(), number, mailbox.downgrade(), receiver);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task.run());
        open.insert(session.id.clone(), Entry { number, mailbox: mailbox.clone() });
        Ok(mailbox)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
