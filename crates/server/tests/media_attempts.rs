//! Attempts to publish whose media never comes: an error with its cause in time, never silence.

mod support;

use exedra_contract::token::Role;
use serde_json::{Value, json};
use support::scenario::raised;
use support::{Client, OFFER, Server};
use tokio::io::{AsyncBufReadExt, BufReader};

async fn publish(client: &mut Client) -> Value {
    let properties = json!({ "audio_track": true, "video_track": false, "has_audio": true, "has_video": false });
    let published = client.call("publish", json!({ "properties": properties })).await.unwrap();
    published["stream_id"].clone()
}

async fn negotiate(client: &mut Client, offer: &str, sections: Value) -> Result<Value, Value> {
    client.call("negotiate", json!({ "offer": offer, "sections": sections })).await
}

#[tokio::test]
async fn when_no_media_packet_ever_arrives_the_publisher_is_told_why_within_fifteen_seconds() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let stream = publish(&mut ann).await;
    let answered = negotiate(&mut ann, OFFER, json!([{ "mid": "0", "stream_id": stream }])).await.unwrap();
    let answer = answered["answer"].as_str().unwrap();
    assert!(answer.contains("a=ice-lite") && answer.contains("127.0.0.1"), "{answer}");

    let attempt_ms = ann.joined["attempt_timeout_ms"].as_u64().unwrap();
    assert!(attempt_ms <= 15_000);
    let failed = ann.event("operation_failed").await;
    assert_eq!((&failed["operation"], &failed["subject_id"]), (&json!("publish"), &stream));
    let error = &failed["error"];
    assert_eq!((&error["code"], &error["class"]), (&json!("ICE_FAILED"), &json!("NETWORK")), "{error}");
    let cause = &error["cause"];
    assert_eq!((&cause["id"], &cause["stage"]), (&json!("server_port_unreachable"), &json!("ice")), "{error}");
    let evidence = cause["evidence"].to_string();
    for fact in
        ["no STUN packet for this connection arrived", "signaling connection is alive", "no other client reaches"]
    {
        assert!(evidence.contains(fact), "{fact}: {evidence}");
    }

    // The connection is as good as before, and the next attempt gets a transport of its own.
    let stream = publish(&mut ann).await;
    negotiate(&mut ann, OFFER, json!([{ "mid": "0", "stream_id": stream }])).await.unwrap();
    raised("ICE_FAILED", "publish", error);
}

#[tokio::test]
async fn when_others_get_through_and_the_browser_tried_the_clients_own_network_is_named() {
    let server = Server::start();
    let mut demo = tokio::process::Command::new(env!("CARGO_BIN_EXE_exedra"))
        .args(["join", "--demo", "--url", &server.url, "--room", "elsewhere"])
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap()).lines();
    while !said.next_line().await.unwrap().expect("the demo publishes").contains("publishing") {}
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let stream = publish(&mut ann).await;
    negotiate(&mut ann, OFFER, json!([{ "mid": "0", "stream_id": stream }])).await.unwrap();
    let observed = json!({ "pairs_tried": true, "pairs_tried_detail": "4 pairs", "pair_answered": false });
    let facts = json!({ "observed": observed });
    ann.call("report", json!({ "operation": "publish", "subject_id": stream, "facts": facts })).await.unwrap();
    let error = ann.event("operation_failed").await["error"].clone();
    let cause = &error["cause"];
    assert_eq!((&error["code"], &cause["id"]), (&json!("ICE_FAILED"), &json!("udp_blocked_outbound")), "{error}");
    assert!(cause["confidence"].as_f64().unwrap() > 0.9);
    let witnesses = cause["evidence"].to_string();
    assert!(witnesses.contains("client") && witnesses.contains("4 pairs"), "{witnesses}");
}

#[tokio::test]
async fn an_attempt_without_an_offer_fails_as_such() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let stream = publish(&mut ann).await;
    let failed = ann.event("operation_failed").await;
    assert_eq!((&failed["subject_id"], &failed["error"]["code"]), (&stream, &json!("OFFER_TIMEOUT")));
    publish(&mut ann).await;
    raised("OFFER_TIMEOUT", "publish", &failed["error"]);
}

#[tokio::test]
async fn bad_offers_are_refused_with_the_reason_and_cost_nothing() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let mut bob = server.join(&session, Role::Publisher).await;
    let stream = publish(&mut ann).await;
    let own = json!([{ "mid": "0", "stream_id": stream }]);
    let broken = OFFER.replace("a=rtpmap:111 opus/48000/2", "m=");
    let without_ice = OFFER.replace("a=ice-ufrag:abcd\r\n", "");
    for (offer, sections, code) in [
        ("", own.clone(), "SDP_INVALID"),
        ("hello", own.clone(), "SDP_INVALID"),
        (&*broken, own.clone(), "SDP_INVALID"),
        (&*without_ice, own.clone(), "SDP_INVALID"),
        (OFFER, json!([{ "mid": "7", "stream_id": stream }]), "SECTION_UNKNOWN"),
    ] {
        let error = negotiate(&mut ann, offer, sections).await.unwrap_err();
        assert_eq!(error["code"], code, "{error}");
    }
    publish(&mut bob).await;
    let error = negotiate(&mut bob, OFFER, own.clone()).await.unwrap_err();
    assert!(["STREAM_NOT_OWNED", "STREAM_NOT_FOUND"].contains(&error["code"].as_str().unwrap()), "{error}");
    negotiate(&mut ann, OFFER, own).await.unwrap();
    raised("STREAM_NOT_OWNED", "negotiate", &error);
}

#[tokio::test]
async fn an_offer_of_an_ice_lite_agent_is_not_supported_and_one_of_a_full_agent_is() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let stream = publish(&mut ann).await;
    let own = json!([{ "mid": "0", "stream_id": stream }]);
    let of_a_server = OFFER.replace("a=group", "a=ice-lite\r\na=group");
    let error = negotiate(&mut ann, &of_a_server, own.clone()).await.unwrap_err();
    negotiate(&mut ann, OFFER, own).await.unwrap();
    raised("SDP_UNSUPPORTED", "negotiate", &error);
}
