//! Sockets that are lost, clients that do not keep up, servers that stop.

mod support;

use exedra_contract::token::Role;
use serde_json::json;
use support::scenario::raised;
use support::{Server, eventually, eventually_async};

#[tokio::test]
async fn a_lost_socket_is_resumed_with_the_same_ids_and_everything_that_was_missed() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    ann.event("connection_created").await;
    let (token, id, secret) =
        (server.token(&session, Role::Publisher), ann.id().to_owned(), ann.joined["resume_secret"].clone());
    let last_seq = ann.last_seq;
    ann.vanish();
    eventually("the socket is gone", || server.metric("exedra_sockets") == 1.0).await;
    for n in 0..3 {
        bob.call("signal", json!({ "data": n.to_string() })).await.unwrap();
    }

    let mut again = server.socket().await;
    let resume = |secret: &serde_json::Value, last_seq: u64| json!({ "resume": { "connection_id": id, "secret": secret, "last_seq": last_seq } });
    let wrong = again.join_with(&session, &token, resume(&json!("guess"), last_seq)).await.unwrap_err();
    raised("RESUME_REFUSED", "resume", &wrong);
    let impossible = again.join_with(&session, &token, resume(&secret, last_seq + 100)).await.unwrap_err();
    assert_eq!((&impossible["code"], &impossible["effect"]), (&json!("RESUME_REFUSED"), &json!("operation_fails")));

    // Neither refusal cost the socket.
    again.last_seq = last_seq;
    let joined = again.join_with(&session, &token, resume(&secret, last_seq)).await.unwrap();
    assert_eq!(joined["connection"]["connection_id"], id);
    for n in 0..3 {
        assert_eq!(again.event("signal").await["data"], n.to_string());
    }
    bob.call("signal", json!({ "data": "live" })).await.unwrap();
    assert_eq!(again.event("signal").await["data"], "live");
    for n in 0..3 {
        assert_eq!(bob.event("signal").await["data"], n.to_string());
    }
    bob.event("signal").await;
    assert!(bob.events_until_now().await.is_empty(), "nobody saw the short gap");
}

#[tokio::test]
async fn a_new_socket_of_a_connection_ends_the_old_one() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let token = server.token(&session, Role::Publisher);
    let resume =
        json!({ "resume": { "connection_id": ann.id(), "secret": ann.joined["resume_secret"], "last_seq": 0 } });
    let mut again = server.socket().await;
    again.join_with(&session, &token, resume).await.unwrap();
    assert!(ann.rest().await.1.is_some());
    again.call("ping", json!({})).await.unwrap();
    assert_eq!(server.metric("exedra_connections"), 1.0);
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_socket_and_nobody_else_notices() {
    let server = Server::start();
    let session = server.create_session("");
    let slow = server.join(&session, Role::Publisher).await;
    let mut talkers = Vec::new();
    for _ in 0..8 {
        talkers.push(server.join(&session, Role::Publisher).await);
    }
    // Until the kernel's buffers of both sides and the outbox are full. Whoever talks also reads.
    let data = "x".repeat(8000);
    eventually_async("the outbox overflowed", async || {
        for talker in &mut talkers {
            for _ in 0..25 {
                talker.send("signal", json!({ "data": data })).await;
            }
        }
        for talker in &mut talkers {
            talker.events_until_now().await;
        }
        server.metric("exedra_outboxes_overflowed_total") >= 1.0
    })
    .await;
    assert_eq!(server.metric("exedra_faults_total{code=\"CLIENT_TOO_SLOW\"}"), 1.0);
    for talker in &mut talkers {
        talker.call("ping", json!({})).await.unwrap();
    }
    drop(slow);
}

#[tokio::test]
async fn sigterm_tells_every_client_and_ends_with_success() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    let mut outside = server.socket().await;
    server.terminate();
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.event("session_disconnected").await["reason"], "serverRotation");
        assert!(client.rest().await.1.is_some());
    }
    let (frames, _) = outside.rest().await;
    raised("SERVER_SHUTTING_DOWN", "connect", &frames[0]["error"]);
    let (code, log) = server.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");
}

#[tokio::test]
async fn nothing_is_left_over_when_everybody_has_left() {
    let server = Server::start();
    for _ in 0..3 {
        let session = server.create_session("");
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(server.join(&session, Role::Publisher).await);
        }
        for client in &mut clients {
            client.call("leave", json!({})).await.unwrap();
        }
    }
    for gauge in ["exedra_sockets", "exedra_rooms", "exedra_connections", "exedra_media_peers{shard=\"0\"}"] {
        eventually(gauge, || server.metric(gauge) == 0.0).await;
    }
}

#[tokio::test]
async fn what_was_answered_is_in_the_calls_log_even_when_the_process_is_killed() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Moderator).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    bob.call("signal", json!({ "data": "x" })).await.unwrap();
    ann.call("force_disconnect", json!({ "connection_id": bob.id() })).await.unwrap();
    let data_dir = server.kill();

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data_dir.join("exedra.sqlite"));
    let mut store = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    let kinds: Vec<(String,)> = sqlx::query_as("SELECT kind FROM call_events WHERE session_id = ? ORDER BY id")
        .bind(&session)
        .fetch_all(&mut store)
        .await
        .unwrap();
    let kinds: Vec<&str> = kinds.iter().map(|(kind,)| kind.as_str()).collect();
    let expected = ["connection_created", "connection_created", "signal", "moderated", "connection_destroyed"];
    assert_eq!(kinds, expected);
    let _ = std::fs::remove_dir_all(data_dir);
}

#[tokio::test]
async fn a_relayed_session_is_routed_and_the_log_says_so() {
    let server = Server::start();
    let session = server.create_session("p2p.preference=enabled");
    let ann = server.join(&session, Role::Publisher).await;
    assert_eq!(ann.joined["session"]["media_mode"], "relayed");
    server.terminate();
    let (_, log) = server.ended();
    assert!(log.contains("created as relayed; its media is routed"), "{log}");
}

#[tokio::test]
async fn a_client_that_falls_silent_is_told_so_and_its_place_is_kept() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    ann.event("connection_created").await;
    let heartbeat = std::time::Duration::from_millis(ann.joined["heartbeat_ms"].as_u64().unwrap());
    // Bob's pings keep him; Ann says nothing for three periods.
    let lost = loop {
        bob.call("ping", json!({})).await.unwrap();
        if let Ok(frame) = tokio::time::timeout(heartbeat / 2, ann.answer_to(None)).await {
            break frame.unwrap_err();
        }
    };
    assert_eq!((&lost["code"], &lost["args"]["silent_ms"]), (&json!("HEARTBEAT_LOST"), &json!(30_000)));
    assert!(ann.rest().await.1.is_some());
    raised("HEARTBEAT_LOST", "call", &lost);
    assert!(bob.events_until_now().await.is_empty(), "within the resume window nobody sees her leave");
}
