//! What each role may do, and what moderation does to others.

mod support;

use exedra_contract::token::Role;
use serde_json::{Value, json};
use support::Server;

fn publish() -> Value {
    json!({ "properties": { "audio_track": true, "video_track": false, "has_audio": true, "has_video": false } })
}

#[tokio::test]
async fn each_role_is_held_to_its_capabilities() {
    let server = Server::start();
    let session = server.create_session("");
    let target = server.join(&session, Role::Publisher).await;
    let cases = [
        (Role::Subscriber, [false, true, false, false]),
        (Role::Publisher, [true, true, true, false]),
        (Role::PublisherOnly, [true, false, false, false]),
        (Role::Moderator, [true, true, true, true]),
    ];
    for (role, [may_publish, may_subscribe, may_signal, may_moderate]) in cases {
        let mut client = server.join(&session, role).await;
        let attempts = [
            ("publish", publish(), may_publish),
            ("subscribe", json!({ "stream_id": "none" }), may_subscribe),
            ("signal", json!({ "to": target.id() }), may_signal),
            ("force_mute_all", json!({ "excluded_stream_ids": [] }), may_moderate),
            ("force_unpublish", json!({ "stream_id": "none" }), may_moderate),
            ("force_disconnect", json!({ "connection_id": "none" }), may_moderate),
        ];
        for (method, params, allowed) in attempts {
            let outcome = client.call(method, params).await;
            let denied = outcome.as_ref().is_err_and(|error| error["code"] == "PERMISSION_DENIED");
            assert_eq!(denied, !allowed, "{role} {method}: {outcome:?}");
        }
        client.call("leave", json!({})).await.unwrap();
    }
}

#[tokio::test]
async fn a_moderator_disconnects_and_everybody_learns_why() {
    let server = Server::start();
    let session = server.create_session("");
    let mut moderator = server.join(&session, Role::Moderator).await;
    let mut guest = server.join(&session, Role::Publisher).await;
    moderator.call("force_disconnect", json!({ "connection_id": guest.id() })).await.unwrap();
    assert_eq!(guest.event("session_disconnected").await["reason"], "forceDisconnected");
    assert!(guest.rest().await.1.is_some(), "the socket closes");
    assert_eq!(moderator.event("connection_destroyed").await["reason"], "forceDisconnected");
}

#[tokio::test]
async fn the_customers_server_signals_and_disconnects_over_rest() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let token = server.rest_token();
    let auth = [("x-opentok-auth", token.as_str()), ("content-type", "application/json")];
    let path = format!("/v2/project/{}/session/{session}", server.api_key);

    let answer =
        server.request("POST", &format!("{path}/signal"), &auth, r#"{"type":"news","data":"hello","extra":1}"#);
    assert_eq!((answer.status, &*answer.body), (204, ""));
    let signal = ann.event("signal").await;
    assert_eq!((&signal["type"], &signal["data"], &signal["from"]), (&json!("news"), &json!("hello"), &Value::Null));
    assert_eq!(server.request("POST", &format!("{path}/signal"), &auth, "").status, 204);
    ann.event("signal").await;
    let one = format!("{path}/connection/{}/signal", ann.id());
    assert_eq!(server.request("POST", &one, &auth, r#"{"data":"you"}"#).status, 204);
    assert_eq!(ann.event("signal").await["data"], "you");

    let too_long = json!({ "type": "t".repeat(129) }).to_string();
    let too_large = json!({ "data": "d".repeat(8193) }).to_string();
    for (body, status) in [(too_long.as_str(), 413), (&too_large, 413), (r#"{"type":"é"}"#, 400), ("nonsense", 400)] {
        let answer = server.request("POST", &format!("{path}/signal"), &auth, body);
        assert_eq!((answer.status, &*answer.content_type), (status, "application/json"), "{body}: {}", answer.body);
        assert!(!answer.json()["message"].as_str().unwrap().is_empty());
    }
    for list in ["connection", "connection/"] {
        let list = server.request("GET", &format!("{path}/{list}"), &auth, "").json();
        assert_eq!((&list["count"], &list["projectId"]), (&json!(1), &json!(server.api_key)), "{list}");
        let only = &list["items"][0];
        assert_eq!((&only["connectionId"], &only["connectionState"]), (&json!(ann.id()), &json!("Connected")));
        assert!(only["createdAt"].is_u64());
    }
    let nobody = format!("{path}/connection/5f3d1c9a-8c54-4a57-9d0e-3f0a6c5b2e11");
    assert_eq!(server.request("DELETE", &nobody, &auth, "").status, 404);
    let target = format!("{path}/connection/{}", ann.id());
    assert_eq!(server.request("DELETE", &target, &auth, "").status, 204);
    assert_eq!(ann.event("session_disconnected").await["reason"], "forceDisconnected");
}
