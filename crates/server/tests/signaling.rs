//! The signaling protocol in front of the real server: order, shape, limits. Bad input is answered and never closes.

mod support;

use exedra_contract::token::Role;
use exedra_contract::wire::FRAME_BYTES_MAX;
use serde_json::json;
use support::scenario::raised;
use support::{Client, Server};

#[tokio::test]
async fn everything_before_join_is_refused_and_join_is_possible_once() {
    let server = Server::start();
    let session = server.create_session("");
    let mut client = server.socket().await;
    for (method, params) in [("ping", json!({})), ("signal", json!({})), ("publish", publish(true))] {
        let error = client.call(method, params).await.unwrap_err();
        assert_eq!((&error["code"], &error["args"]["method"]), (&json!("NOT_JOINED"), &json!(method)));
        if method != "ping" {
            raised("NOT_JOINED", method, &error);
        }
    }
    let token = server.token(&session, Role::Publisher);
    client.join(&session, &token).await.unwrap();
    let twice = client.join(&session, &token).await.unwrap_err();
    client.call("ping", json!({})).await.unwrap();
    raised("ALREADY_JOINED", "connect", &twice);
}

#[tokio::test]
async fn frames_that_cannot_be_read_are_answered_and_the_socket_stays() {
    let server = Server::start();
    let session = server.create_session("");
    let mut client = server.join(&session, Role::Publisher).await;
    let mut refused = Vec::new();
    for (text, id, code) in [
        ("", None, "BAD_REQUEST"),
        ("{", None, "BAD_REQUEST"),
        ("[1,2]", None, "BAD_REQUEST"),
        (r#"{"id":900,"method":"dance","params":{}}"#, Some(900), "METHOD_UNKNOWN"),
        (r#"{"id":901,"method":"publish","params":{}}"#, Some(901), "BAD_REQUEST"),
        (r#"{"id":902,"method":"signal","params":{"type":5}}"#, Some(902), "BAD_REQUEST"),
        (r#"{"id":903}"#, Some(903), "BAD_REQUEST"),
    ] {
        client.send_text(text).await;
        let error = client.answer_to(id).await.unwrap_err();
        assert_eq!((&error["code"], &error["effect"]), (&json!(code), &json!("operation_fails")), "{text}");
        refused.push((code, error));
    }
    client.send_binary(b"\x00\x01").await;
    assert_eq!(client.answer_to(None).await.unwrap_err()["code"], "BAD_REQUEST");
    client.call("ping", json!({})).await.unwrap();
    for (code, error) in refused {
        raised(code, "connect", &error);
    }
}

#[tokio::test]
async fn a_frame_one_byte_past_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let server = Server::start();
    let mut client = server.socket().await;
    let frame = |bytes: usize| {
        let head = r#"{"id":5,"method":"ping","params":{"x":""#;
        let tail = r#""}}"#;
        format!("{head}{}{tail}", "x".repeat(bytes - head.len() - tail.len()))
    };
    client.send_text(&frame(FRAME_BYTES_MAX)).await;
    assert_eq!(client.answer_to(Some(5)).await.unwrap_err()["code"], "NOT_JOINED");
    client.send_text(&frame(FRAME_BYTES_MAX + 1)).await;
    let error = client.answer_to(None).await.unwrap_err();
    assert_eq!(error["code"], "REQUEST_TOO_LARGE");
    assert_eq!(error["args"]["got_bytes"], FRAME_BYTES_MAX + 1);
    client.call("ping", json!({})).await.unwrap_err();
    raised("REQUEST_TOO_LARGE", "connect", &error);
}

#[tokio::test]
async fn another_protocol_is_refused_in_words_and_closed() {
    let server = Server::start();
    for offered in [Some("exedra.v9"), Some("graphql-ws, soap"), None] {
        let mut client = Client::open(&server.url, offered).await;
        let (frames, close) = client.rest().await;
        assert_eq!(frames.len(), 1, "{frames:?}");
        let error = &frames[0]["error"];
        assert_eq!((&error["code"], &error["effect"]), (&json!("PROTOCOL_UNSUPPORTED"), &json!("connection_closes")));
        assert_eq!(error["args"]["expected"], "exedra.v1");
        assert!(close.is_some());
        raised("PROTOCOL_UNSUPPORTED", "connect", error);
    }
    let mut both = Client::open(&server.url, Some("exedra.v9, exedra.v1")).await;
    assert_eq!(both.call("ping", json!({})).await.unwrap_err()["code"], "NOT_JOINED");
}

#[tokio::test]
async fn plain_http_at_the_signaling_path_is_a_problem_too() {
    let server = Server::start();
    let answer = server.get("/v1/signaling");
    assert_eq!((answer.status, &*answer.content_type), (426, "application/problem+json"), "{}", answer.body);
    assert_eq!(answer.json()["code"], "PROTOCOL_UNSUPPORTED");
}

#[tokio::test]
async fn frames_past_the_rate_are_refused_one_by_one_and_the_rest_is_served() {
    let server = Server::start();
    let mut client = server.socket().await;
    const SENT: usize = 3000;
    for _ in 0..SENT {
        client.send("ping", json!({})).await;
    }
    let (mut served, mut limited, mut last_refusal) = (0, 0, None);
    for id in 1..=SENT as u32 {
        let error = client.answer_to(Some(id)).await.unwrap_err();
        match error["code"].as_str().unwrap() {
            "NOT_JOINED" => served += 1,
            "RATE_LIMITED" => {
                assert!(error["retry"]["after_ms"].as_u64().unwrap() > 0, "{error}");
                limited += 1;
                last_refusal = Some(error);
            }
            other => panic!("{other}"),
        }
    }
    assert!(served >= 1000, "the burst of {served} was served");
    assert!(limited > 0);
    raised("RATE_LIMITED", "connect", &last_refusal.expect("one was refused"));
}

#[tokio::test]
async fn signals_reach_everybody_in_order_or_one_alone() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    let created = ann.event("connection_created").await;
    assert_eq!(created["connection"]["connection_id"], bob.id());
    for n in 0..5 {
        ann.call("signal", json!({ "type": "chat", "data": n.to_string() })).await.unwrap();
    }
    let ann_id = ann.id().to_owned();
    for client in [&mut ann, &mut bob] {
        for n in 0..5 {
            let signal = client.event("signal").await;
            assert_eq!((&signal["data"], &signal["from"]), (&json!(n.to_string()), &json!(ann_id)));
        }
    }
    let to = bob.id().to_owned();
    ann.call("signal", json!({ "data": "psst", "to": to })).await.unwrap();
    assert_eq!(bob.event("signal").await["data"], "psst");
    assert!(ann.events_until_now().await.is_empty());
    let error = ann.call("signal", json!({ "to": "nobody" })).await.unwrap_err();
    raised("CONNECTION_NOT_FOUND", "signal", &error);
}

#[tokio::test]
async fn rooms_never_hear_of_each_other() {
    let server = Server::start();
    let (here, there) = (server.create_session(""), server.create_session(""));
    let mut ann = server.join(&here, Role::Moderator).await;
    let mut eve = server.join(&there, Role::Moderator).await;
    let target = ann.id().to_owned();
    for (method, params, code) in [
        ("signal", json!({ "to": target }), "CONNECTION_NOT_FOUND"),
        ("force_disconnect", json!({ "connection_id": target }), "CONNECTION_NOT_FOUND"),
    ] {
        assert_eq!(eve.call(method, params).await.unwrap_err()["code"], code);
    }
    eve.call("signal", json!({ "data": "x" })).await.unwrap();
    assert!(ann.events_until_now().await.is_empty());
}

#[tokio::test]
async fn leaving_is_answered_before_the_socket_closes_and_others_see_why() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    bob.call("leave", json!({})).await.unwrap();
    let (_, close) = bob.rest().await;
    assert!(close.is_some());
    let destroyed = ann.event("connection_destroyed").await;
    assert_eq!((&destroyed["connection_id"], &destroyed["reason"]), (&json!(bob.id()), &json!("clientDisconnected")));
}

fn publish(audio: bool) -> serde_json::Value {
    json!({ "properties": { "audio_track": audio, "video_track": true, "has_audio": audio, "has_video": true } })
}
