//! Faults of the real server against their rows of the catalogue: what a frame says is what the row says, and its advice
//! is true: the connection is as the effect promises, and who follows `retry` succeeds.

mod support;

use std::time::Duration;

use exedra_contract::Code;
use exedra_contract::token::Role;
use serde_json::{Value, json};
use support::scenario::{raised, raised_in_opentok};
use support::{Client, OFFER, Server};

/// The operation fails with this code, and nothing else happens to the connection.
async fn fails(client: &mut Client, method: &str, params: Value, expected: &str) -> Value {
    let problem = client.call(method, params).await.unwrap_err();
    assert_eq!(problem["effect"], "operation_fails");
    client.call("ping", json!({})).await.expect("the connection goes on");
    raised(expected, method, &problem);
    problem
}

fn properties(audio: bool, video: bool) -> Value {
    json!({ "audio_track": audio, "video_track": video, "has_audio": audio, "has_video": video })
}

#[tokio::test]
async fn what_a_publisher_can_do_wrong() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;

    fails(&mut ann, "publish", json!({ "properties": properties(false, false) }), "STREAM_PROPERTIES_INVALID").await;
    fails(&mut ann, "unpublish", json!({ "stream_id": "none" }), "STREAM_NOT_FOUND").await;
    fails(&mut ann, "subscribe", json!({ "stream_id": "none" }), "STREAM_NOT_FOUND").await;
    fails(&mut ann, "unsubscribe", json!({ "subscription_id": "none" }), "SUBSCRIPTION_NOT_FOUND").await;
    let own = json!({ "connection_id": ann.id() });
    fails(&mut ann, "force_disconnect", own, "PERMISSION_DENIED").await;
    fails(&mut ann, "signal", json!({ "to": "none" }), "CONNECTION_NOT_FOUND").await;
    fails(&mut ann, "signal", json!({ "type": "ä" }), "SIGNAL_TYPE_INVALID").await;
    fails(&mut ann, "signal", json!({ "type": "x".repeat(129) }), "SIGNAL_TYPE_TOO_LONG").await;
    fails(&mut ann, "signal", json!({ "data": "x".repeat(8193) }), "SIGNAL_DATA_TOO_LARGE").await;
    fails(&mut ann, "negotiate", json!({ "offer": OFFER, "sections": [] }), "PARAMETER_INVALID").await;

    let published = ann.call("publish", json!({ "properties": properties(true, false) })).await.unwrap();
    let sections = json!([{ "mid": "0", "stream_id": published["stream_id"] }]);
    fails(&mut ann, "negotiate", json!({ "offer": "hello", "sections": sections }), "SDP_INVALID").await;
    let elsewhere = json!([{ "mid": "7", "stream_id": published["stream_id"] }]);
    fails(&mut ann, "negotiate", json!({ "offer": OFFER, "sections": elsewhere }), "SECTION_UNKNOWN").await;
    ann.call("negotiate", json!({ "offer": OFFER, "sections": sections })).await.unwrap();
}

#[tokio::test]
async fn a_publisher_whose_codec_nobody_could_decode_is_told_so() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let published = ann.call("publish", json!({ "properties": properties(true, false) })).await.unwrap();
    let sections = json!([{ "mid": "0", "stream_id": published["stream_id"] }]);
    let offer = OFFER.replace("opus/48000/2", "telegraph/8000");
    ann.call("negotiate", json!({ "offer": offer, "sections": sections })).await.unwrap();
    let failed = ann.event("operation_failed").await;
    assert_eq!(failed["error"]["cause"]["id"], "decoder_unsupported");
    raised("CODEC_UNSUPPORTED", "publish", &failed["error"]);
}

#[tokio::test]
async fn one_stream_too_many_fits_when_another_has_ended() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let wanted = json!({ "properties": properties(true, false) });
    let mut streams = Vec::new();
    let problem = loop {
        match ann.call("publish", wanted.clone()).await {
            Ok(published) => streams.push(published["stream_id"].clone()),
            Err(problem) => break problem,
        }
    };
    assert_eq!(problem["args"]["limit"], streams.len());
    ann.call("unpublish", json!({ "stream_id": streams[0] })).await.unwrap();
    ann.call("publish", wanted).await.expect("there is room again");
    raised("STREAM_LIMIT_EXCEEDED", "publish", &problem);
}

#[tokio::test]
async fn who_signals_too_fast_succeeds_after_the_time_that_is_advised() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let signal = json!({ "type": "cursor", "data": "1,2" });
    // Sent at once: more than the bucket holds and can earn meanwhile.
    let mut last = 0;
    for _ in 0..600 {
        last = ann.send("signal", signal.clone()).await;
    }
    let problem = ann.answer_to(Some(last)).await.unwrap_err();
    let after_ms = problem["retry"]["after_ms"].as_u64().unwrap();
    // The advice itself is what is tested here.
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    ann.call("signal", signal).await.expect("the advice is true");
    raised("SIGNAL_RATE_LIMITED", "signal", &problem);
}

#[tokio::test]
async fn a_session_takes_as_many_connections_as_the_operator_allows_and_another_when_one_has_left() {
    let server = Server::serve_with("", &[("EXEDRA_SESSION_CONNECTIONS_MAX", "2")]);
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let _bob = server.join(&session, Role::Publisher).await;
    let (mut eve, token) = (server.socket().await, server.token(&session, Role::Publisher));
    let problem = eve.join(&session, &token).await.unwrap_err();
    assert_eq!(problem["args"]["limit"], 2);
    ann.call("leave", json!({})).await.unwrap();
    eve.join(&session, &token).await.expect("there is a place again");
    raised("SESSION_FULL", "connect", &problem);
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_said_to_be_unavailable_and_is_used_again_afterwards() {
    let server = Server::start();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(server.data_dir.join("exedra.sqlite"));
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let token = server.rest_token();
    let headers = [("accept", "application/problem+json"), ("x-opentok-auth", token.as_str())];
    let problem = server.request("POST", "/session/create", &headers, "").json();
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(problem["instance"].is_string(), "the log has the rest under this number");
    server.create_session("");
    raised("STORE_UNAVAILABLE", "create_session", &problem);
}

#[test]
fn the_rest_api_says_the_same_in_the_vendors_shape() {
    let server = Server::start();
    let token = server.rest_token();
    let json = ("accept", "application/json");
    let bare = server.request("POST", "/session/create", &[json], "");
    assert_vendor_shape(&bare.body, "API_AUTH_MISSING", bare.status, 403);
    let own = ("accept", "application/problem+json");
    let native = server.request("POST", "/session/create", &[own], "").json();
    raised_in_opentok("API_AUTH_MISSING", "create_session", &native, &shape_of(&bare));
    let headers = [json, ("x-opentok-auth", token.as_str())];
    let always = server.request("POST", "/session/create", &headers, "archiveMode=always&p2p.preference=enabled");
    assert_vendor_shape(&always.body, "ARCHIVE_MODE_CONFLICT", always.status, 400);
    let form = "archiveMode=always&p2p.preference=enabled";
    let native = server.request("POST", "/session/create", &[own, headers[1]], form).json();
    raised_in_opentok("ARCHIVE_MODE_CONFLICT", "create_session", &native, &shape_of(&always));
    let place = server.request("POST", "/session/create", &headers, "location=nowhere");
    assert_vendor_shape(&place.body, "PARAMETER_INVALID", place.status, 400);
}

fn shape_of(answer: &support::Answer) -> Value {
    let body = answer.json();
    json!({ "code": body["code"], "message": body["message"] })
}

/// `{code, message, description}` with the code's own message.
#[track_caller]
fn assert_vendor_shape(body: &str, code: &str, status: u16, expected: u16) {
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((status, &body["code"]), (expected, &json!(expected)), "{body}");
    assert_eq!(body["message"], body["description"]);
    let message = Code::from_name(code).expect("in the catalogue").entry().message;
    let fixed = message.split('{').next().unwrap();
    assert!(body["message"].as_str().unwrap().starts_with(fixed), "{body}");
}
