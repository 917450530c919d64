//! A defect inside one room, seen from its sockets and from the rest of the node.

use std::sync::Arc;

use exedra_contract::project::ProjectKey;
use exedra_contract::token::Role;
use exedra_contract::wire::MediaMode;
use exedra_session::Join;

use super::*;
use crate::config::Config;
use crate::http::fresh_session;
use crate::metrics::Metrics;
use crate::node::Node;
use crate::shard::Shards;
use crate::signaling::outbox::{End, Next, OutboxReader, outbox};
use crate::store::{Session, Store};

struct World {
    node: Arc<Node>,
    project: exedra_contract::project::ProjectId,
    data_dir: std::path::PathBuf,
}

impl World {
    async fn new() -> Self {
        let data_dir = std::env::temp_dir().join(format!("exedra-room-{}", uuid::Uuid::new_v4()));
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            https: None,
            data_dir: data_dir.clone(),
            media_port: 0,
            media_addresses: vec!["127.0.0.1".parse().unwrap()],
            shards: 1,
            sockets_max: 10,
            rooms_max: 2,
            session_connections_max: 100,
            connection_subscriptions_max: 10,
            subscriber_may_signal: false,
            projects: Vec::new(),
            sandbox_projects: Vec::new(),
            dev: true,
        };
        let project = exedra_contract::project::ProjectId::parse("12345678").unwrap();
        let store = Store::open(&data_dir).await.unwrap();
        store.put_project(&project, &ProjectKey::Secret("s".into()), 1).await.unwrap();
        let metrics = Metrics::new(1);
        let shards = Shards::start(&config, &metrics).unwrap();
        Self { node: Arc::new(Node::new(config, store, shards, metrics)), project, data_dir }
    }

    async fn session(&self) -> Session {
        let session = fresh_session(&self.project, MediaMode::Routed);
        self.node.store.put_session(&session).await.unwrap();
        session
    }

    async fn join(&self, session: &Session) -> (Place, OutboxReader) {
        let (outbox, reader) = outbox();
        let join = Join { role: Role::Publisher, data: None, connection_events: true, audio_levels: true };
        let entry = Entry::Join(join);
        let joining = Joining { request_id: 1, entry, arrival: Arrival::default(), outbox, sandbox: None };
        (self.node.rooms.join(&self.node, session.clone(), joining).await.unwrap(), reader)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.node.shards.stop();
        let _ = std::fs::remove_dir_all(&self.data_dir);
    }
}

async fn joined(reader: &mut OutboxReader) {
    assert!(matches!(reader.next().await, Next::Send(frame) if frame.contains("resume_secret")));
}

#[tokio::test]
async fn a_room_that_panics_closes_its_own_sockets_with_the_internal_fault_and_no_others() {
    let world = World::new().await;
    let (broken, sound) = (world.session().await, world.session().await);
    let (_victim, mut victim_socket) = world.join(&broken).await;
    let (neighbour, mut neighbour_socket) = world.join(&sound).await;
    joined(&mut victim_socket).await;
    joined(&mut neighbour_socket).await;

    let asked = world.node.rooms.look::<()>(&broken.id, |_| panic!("as the test asked")).await;
    assert_eq!(asked, None);
    assert_eq!(victim_socket.next().await, Next::Abandoned { seq: 1 });
    assert_eq!((world.node.metrics.panics.get(), world.node.metrics.connections.get()), (1, 1));

    neighbour.request(7, wire::Method::Ping {}).await;
    assert!(matches!(neighbour_socket.next().await, Next::Send(frame) if frame.contains("\"id\":7")));

    let (_, mut again) = world.join(&broken).await;
    joined(&mut again).await;
}

#[tokio::test]
async fn a_room_ends_with_its_last_connection_and_opens_again_for_the_next() {
    let world = World::new().await;
    let session = world.session().await;
    for _ in 0..3 {
        let (place, mut socket) = world.join(&session).await;
        joined(&mut socket).await;
        place.request(2, wire::Method::Leave {}).await;
        assert!(matches!(socket.next().await, Next::Send(_)));
        assert_eq!(socket.next().await, Next::Close(None));
    }
    assert_eq!(world.node.metrics.connections.get(), 0);
}

#[tokio::test]
async fn many_clients_join_and_leave_one_session_at_once_and_none_is_turned_away() {
    let world = Arc::new(World::new().await);
    let session = world.session().await;
    let mut visits = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (world, session) = (world.clone(), session.clone());
        visits.spawn(async move {
            for _ in 0..4 {
                let (place, mut socket) = world.join(&session).await;
                joined(&mut socket).await;
                place.request(2, wire::Method::Leave {}).await;
                while !matches!(socket.next().await, Next::Close(_)) {}
            }
        });
    }
    while let Some(visit) = visits.join_next().await {
        visit.unwrap();
    }
    assert_eq!(world.node.metrics.panics.get(), 0);
    assert_eq!(world.node.metrics.connections.get(), 0);
}

#[tokio::test]
async fn one_room_past_the_limit_is_refused_and_the_socket_can_try_again() {
    let world = World::new().await;
    let mut places = Vec::new();
    for _ in 0..world.node.config.rooms_max {
        places.push(world.join(&world.session().await).await);
    }
    let (outbox, mut reader) = outbox();
    let join = Join { role: Role::Publisher, data: None, connection_events: true, audio_levels: true };
    let entry = Entry::Join(join);
    let joining = Joining { request_id: 1, entry, arrival: Arrival::default(), outbox, sandbox: None };
    let refused = world.node.rooms.join(&world.node, world.session().await, joining).await.unwrap_err();
    assert_eq!(refused.fault.code().as_str(), "SERVER_OVERLOADED");
    refused.outbox.expect("it comes back for the next try").end(End::AfterQueue);
    assert_eq!(reader.next().await, Next::Close(None));
}

#[tokio::test]
async fn a_handler_that_panics_answers_with_the_internal_fault_and_the_next_request_is_served() {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    let world = World::new().await;
    let router = crate::http::router(world.node.clone());
    let get = |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    let response = get(crate::http::PANIC_PATH).await.unwrap();
    assert_eq!(response.status(), 500);
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&problem["code"], problem["instance"].is_string()), (&"INTERNAL".into(), true));
    assert!(!problem.to_string().contains("as the test asked"), "the reason is for the log alone");
    assert_eq!(world.node.metrics.panics.get(), 1);
    assert_eq!(get("/readyz").await.unwrap().status(), 200);
}
