//! One running server: what its parts share, and in which order they start and stop.

use std::sync::OnceLock;

use axum::extract::ws::Utf8Bytes;
use exedra_contract::project::ProjectId;
use exedra_contract::sandbox::Rule;
use exedra_contract::{Class, Fault, faults};
use exedra_session::Settings;
use exedra_session::limits::Limits;
use tokio::sync::watch;
use tracing::{debug, error};

use crate::clock::{self, Clock};
use crate::config::Config;
use crate::http::whip::WhipSessions;
use crate::metrics::Metrics;
use crate::room::Rooms;
use crate::sandbox::{Sandbox, Scope};
use crate::shard::Shards;
use crate::signaling::frame;
use crate::store::{Session, Store};

pub struct Node {
    pub config: Config,
    pub store: Store,
    pub rooms: Rooms,
    pub shards: Shards,
    pub metrics: Metrics,
    /// WHIP and WHEP clients, which have no socket.
    pub whip: WhipSessions,
    pub clock: Clock,
    pub sandbox: Sandbox,
    /// Where other machines of the network find a development server; known once its socket is bound.
    pub network_url: OnceLock<String>,
    shutting_down: watch::Sender<bool>,
}

impl Node {
    pub fn new(config: Config, store: Store, shards: Shards, metrics: Metrics) -> Self {
        Self {
            config,
            store,
            rooms: Rooms::default(),
            shards,
            metrics,
            whip: WhipSessions::default(),
            clock: Clock::start(),
            sandbox: Sandbox::default(),
            network_url: OnceLock::new(),
            shutting_down: watch::Sender::new(false),
        }
    }

    pub fn room_settings(&self, session: &Session) -> Settings {
        Settings {
            media_mode: session.media_mode,
            subscribers_may_signal: self.config.subscriber_may_signal,
            limits: Limits {
                connections_max: self.config.session_connections_max,
                subscriptions_per_connection_max: self.config.connection_subscriptions_max,
                ..Limits::default()
            },
            ..Settings::new(&*session.id)
        }
    }

    /// On a development server every project is a sandbox.
    fn is_sandbox(&self, project: &ProjectId) -> bool {
        self.config.dev || self.config.sandbox_projects.contains(project)
    }

    pub fn require_sandbox(&self, project: &ProjectId) -> Result<(), Fault> {
        if self.is_sandbox(project) { Ok(()) } else { Err(faults::sandbox_disabled(project.to_string())) }
    }

    /// Lets the rules of a verified token wait for its bearer. `None`: the project is no sandbox.
    pub fn arm(&self, project: &ProjectId, token: &str, rules: &[Rule], until_s: u64) -> Result<Option<Scope>, Fault> {
        if !rules.is_empty() {
            self.require_sandbox(project)?;
        }
        if !self.is_sandbox(project) {
            return Ok(None);
        }
        let scope = self.sandbox.token(token);
        self.sandbox.arm_token(&scope, rules.to_vec(), until_s, clock::now_s())?;
        Ok(Some(scope))
    }

    pub fn is_shutting_down(&self) -> bool {
        *self.shutting_down.borrow()
    }

    /// Resolves when the node begins to shut down.
    pub async fn shutting_down(&self) {
        // The sender lives as long as the node: this cannot fail.
        let _ = self.shutting_down.subscribe().wait_for(|down| *down).await;
    }

    /// Takes nothing new, tells every client, and returns when everything that was decided is on disk.
    pub async fn shut_down(&self) {
        self.shutting_down.send_replace(true);
        self.rooms.close_all().await;
        self.shards.stop();
        self.store.close().await;
    }

    /// A fault on its way out over the WebSocket: counted, logged as loudly as it deserves, and rendered.
    pub fn render_error(&self, id: Option<u32>, fault: &Fault) -> Utf8Bytes {
        let instance = self.record(fault);
        frame::error(id, fault, instance.as_deref())
    }

    /// Counts a fault that leaves the process. One that an operator must look at gets a number under which the log has
    /// its internal half.
    pub fn record(&self, fault: &Fault) -> Option<String> {
        let code = fault.code().as_str();
        self.metrics.fault(code);
        if !matches!(fault.class(), Class::Internal | Class::Unavailable) {
            debug!(code, "answered with a fault");
            return None;
        }
        let instance = crate::random::hex(16);
        error!(code, instance, internal = %fault.internal(), "answered with a fault");
        Some(instance)
    }
}
