//! Which WHIP and WHEP sessions are running, so that PATCH and DELETE find theirs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use exedra_contract::{Fault, faults};
use tokio::sync::{mpsc, oneshot};

use super::Refusal;
use super::session::Patched;
use crate::node::Node;

/// Requests waiting for one session. A client that sends more waits.
const REQUESTS_MAX: usize = 8;

/// What the URL of a running session takes.
pub enum SessionRequest {
    Patch { if_match: Option<String>, fragment: String, done: oneshot::Sender<Result<Patched, Refusal>> },
    Delete { done: oneshot::Sender<()> },
}

/// At most as many as there may be signaling sockets.
#[derive(Default)]
pub struct WhipSessions {
    open: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    /// The one that began the session. It need not be valid any more: neither is that of a signaling socket checked again.
    token: String,
    requests: mpsc::Sender<SessionRequest>,
}

/// A session's place in the list; dropping it frees it.
pub struct Registration {
    node: Arc<Node>,
    pub id: String,
    pub requests: mpsc::Receiver<SessionRequest>,
}

impl Registration {
    pub fn new(node: &Arc<Node>, token: String) -> Result<Self, Fault> {
        let mut open = node.whip.lock();
        let sessions_max = node.config.sockets_max;
        if open.len() >= sessions_max {
            return Err(faults::server_overloaded("WHIP and WHEP sessions", sessions_max as u64));
        }
        let id = crate::random::hex(32);
        let (sender, requests) = mpsc::channel(REQUESTS_MAX);
        open.insert(id.clone(), Entry { token, requests: sender });
        node.metrics.whip_sessions.inc();
        Ok(Self { node: node.clone(), id, requests })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.node.whip.lock().remove(&self.id);
        self.node.metrics.whip_sessions.dec();
    }
}

impl WhipSessions {
    /// A session of somebody else's is no more there than one that has ended.
    pub(super) fn find(&self, id: &str, token: &str) -> Result<mpsc::Sender<SessionRequest>, Fault> {
        let open = self.lock();
        let entry = open.get(id).filter(|entry| entry.token == token);
        entry.map(|entry| entry.requests.clone()).ok_or_else(faults::whip_session_not_found)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Entry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
