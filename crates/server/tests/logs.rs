//! What a whole call leaves in the log: nothing about people.

mod support;

use exedra_contract::token::Role;
use serde_json::json;
use support::{Server, eventually};

#[tokio::test]
async fn the_log_of_a_whole_call_names_nobody_even_at_the_finest_level() {
    let server = Server::start_with(&["--log", "exedra_server=trace,exedra_session=trace,exedra_media=trace"], &[]);
    let room = "board meeting of tuesday";
    let answer = server.request("POST", "/dev/join", &[], &json!({ "room": room, "name": "Ann Example" }).to_string());
    let admission = answer.json();
    let (session, dev_token) = (admission["session_id"].as_str().unwrap(), admission["token"].as_str().unwrap());
    let mut ann = server.socket().await;
    ann.joined = ann.join(session, dev_token).await.unwrap();
    let mut bob = server.join(session, Role::Moderator).await;
    bob.call("signal", json!({ "type": "chat", "data": "the secret plan" })).await.unwrap();
    let properties = json!({ "name": "Ann's camera", "audio_track": true, "video_track": false, "has_audio": true, "has_video": false });
    ann.call("publish", json!({ "properties": properties })).await.unwrap();
    ann.call("negotiate", json!({ "offer": "a=candidate:1 1 udp 1 203.0.113.77 9 typ host", "sections": [] }))
        .await
        .unwrap_err();
    ann.call("report", json!({ "operation": "publish", "facts": { "local": "203.0.113.77" } })).await.unwrap();
    let wrong = server.token_with(session, Role::Publisher, |token| token.issued_at_s = 1000);
    server.socket().await.join(session, &wrong).await.unwrap_err();
    server.request("POST", "/session/create", &[("x-opentok-auth", &server.rest_token())], "location=203.0.113.78");
    bob.call("force_disconnect", json!({ "connection_id": ann.id() })).await.unwrap();
    let private = [
        session.to_owned(),
        dev_token.to_owned(),
        wrong,
        ann.id().to_owned(),
        bob.id().to_owned(),
        server.api_secret.clone(),
        room.to_owned(),
        "Ann Example".into(),
        "Ann's camera".into(),
        "the secret plan".into(),
        "203.0.113.".into(),
        "127.0.0.1".into(),
        ann.joined["resume_secret"].as_str().unwrap().to_owned(),
    ];
    ann.rest().await;
    bob.vanish();
    eventually("all sockets are gone", || server.metric("exedra_sockets") == 0.0).await;
    server.terminate();
    let (_, log) = server.ended();
    assert!(log.contains("room opened") && log.contains("joined"), "the log says what happened: {log}");
    for secret in private {
        assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
    }
}
