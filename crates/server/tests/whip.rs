//! Publishing by WHIP (RFC 9725) and watching by WHEP: what others in the room notice, and what HTTP is told.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use exedra_client::ClientError;
use exedra_client::dev_join::Admission;
use exedra_client::participant::{
    JoinOptions, Participant, ParticipantEvent, PictureFormat, SyntheticMedia, WhipEndpoint, WhipSession,
};
use exedra_contract::token::Role;
use exedra_media::limits::PEER_SILENCE_MAX;
use serde_json::{Value, json};
use support::scenario::raised;
use support::{Answer, OFFER, PATIENCE, Server};
use tokio::sync::mpsc::Receiver;

const SDP: (&str, &str) = ("content-type", "application/sdp");
const FRAGMENT: (&str, &str) = ("content-type", "application/trickle-ice-sdpfrag");

fn endpoint(server: &Server, door: &str, session_id: &str, role: Role) -> WhipEndpoint {
    let origin = server.url.replace("localhost", "127.0.0.1");
    WhipEndpoint { url: format!("{origin}/v1/{door}/{session_id}"), token: server.token(session_id, role) }
}

fn media(name: &str) -> SyntheticMedia {
    let video = Some(PictureFormat { width: 320, height: 180, frame_rate: 15 });
    SyntheticMedia { name: name.to_owned(), video, audio: true }
}

/// Nobody reads its events, so there must be few.
async fn join(server: &Server, session_id: &str) -> (Participant, Receiver<ParticipantEvent>) {
    let origin = server.url.replace("localhost", "127.0.0.1");
    let admission = Admission {
        project_id: String::new(),
        session_id: session_id.to_owned(),
        token: server.token(session_id, Role::Publisher),
    };
    Participant::join(JoinOptions { origin, admission, connection_events: false }).await.unwrap()
}

/// Frames shown and sounds heard so far.
async fn seen_and_heard(viewer: &WhipSession) -> (u64, u64) {
    let stats = viewer.stats().await.unwrap();
    let video = stats.received(viewer.video_mid.as_ref().unwrap()).unwrap_or_default();
    let audio = stats.received(viewer.audio_mid.as_ref().unwrap()).unwrap_or_default();
    (video.frames.decodable, audio.reception.received)
}

/// Waits until this many more frames are shown and sounds heard than now.
async fn media_flows(viewer: &WhipSession, frames: u64, sounds: u64) {
    let before = seen_and_heard(viewer).await;
    let flowing = async {
        loop {
            let now = seen_and_heard(viewer).await;
            if now.0 >= before.0 + frames && now.1 >= before.1 + sounds {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, flowing).await.expect("media flows");
}

/// Publishes nothing real, over HTTP alone.
fn post(server: &Server, path: &str, token: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    server.request("POST", path, &[headers, &[("authorization", bearer.as_str())]].concat(), body)
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, operation: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.content_type, "application/problem+json");
    let problem = answer.json();
    raised(code, operation, &problem);
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_publishes_by_whip_is_an_ordinary_participant_and_is_watched_by_whep() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Moderator).await;
    let mut whip = endpoint(&server, "whip", &session, Role::Publisher);
    whip.url.push_str("?name=Stage%20left");
    let stage = WhipSession::publish(whip, &media("Stage")).await.unwrap();

    let connection = ann.event("connection_created").await["connection"].clone();
    assert_eq!(connection["data"], "name=Ann", "from the token");
    let stream = ann.event("stream_created").await["stream"].clone();
    assert_eq!(stream["connection_id"], connection["connection_id"]);
    assert_eq!((&stream["name"], &stream["video_source"]), (&json!("Stage left"), &json!("custom")));
    assert_eq!((&stream["has_audio"], &stream["has_video"]), (&json!(true), &json!(true)));

    let viewer = WhipSession::watch(endpoint(&server, "whep", &session, Role::Subscriber)).await.unwrap();
    let watching = ann.event("connection_created").await["connection"]["connection_id"].clone();
    media_flows(&viewer, 10, 20).await;

    // Muting is done by the server: nobody could tell the publisher.
    ann.call("force_mute_stream", json!({ "stream_id": stream["stream_id"] })).await.unwrap();
    assert_eq!(ann.event("stream_updated").await["changes"]["has_audio"], false);
    media_flows(&viewer, 5, 0).await;
    let sounds = seen_and_heard(&viewer).await.1;
    media_flows(&viewer, 10, 0).await;
    assert_eq!(seen_and_heard(&viewer).await.1, sounds, "the picture goes on in silence");

    assert_eq!(server.metric("exedra_whip_sessions"), 2.0);
    viewer.hang_up().await.unwrap();
    let gone = ann.event("connection_destroyed").await;
    assert_eq!(gone, json!({ "connection_id": watching, "reason": "networkDisconnected" }));

    stage.end().await.unwrap();
    let gone = ann.event("stream_destroyed").await;
    assert_eq!(gone, json!({ "stream_id": stream["stream_id"], "reason": "clientDisconnected" }));
    let gone = ann.event("connection_destroyed").await;
    assert_eq!(gone, json!({ "connection_id": connection["connection_id"], "reason": "clientDisconnected" }));
    assert_eq!(server.metric("exedra_whip_sessions"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_watches_the_newest_stream_or_the_one_it_names_and_leaves_with_it() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let (mut first, _first_events) = join(&server, &session).await;
    let (mut second, _second_events) = join(&server, &session).await;
    let first_stream = first.publish(media("first")).await.unwrap().stream_id;
    let still = SyntheticMedia { audio: false, ..media("second") };
    second.publish(still).await.unwrap();

    // The newest has no sound.
    let newest = WhipSession::watch(endpoint(&server, "whep", &session, Role::Subscriber)).await.err().unwrap();
    assert!(matches!(&newest, ClientError::Protocol(text) if text.contains("refused")), "{newest}");
    let mut whep = endpoint(&server, "whep", &session, Role::Subscriber);
    whep.url.push_str(&format!("?stream={first_stream}"));
    let viewer = WhipSession::watch(whep).await.unwrap();
    media_flows(&viewer, 10, 20).await;

    ann.events_until_now().await;
    first.leave().await.unwrap();
    assert_eq!(ann.event("connection_destroyed").await["reason"], "clientDisconnected");
    ann.event("connection_destroyed").await;
    assert!(viewer.end().await.is_err_and(|error| error.to_string().starts_with("WHIP_SESSION_NOT_FOUND")));
}

#[tokio::test(flavor = "multi_thread")]
async fn moderators_can_end_a_stream_or_a_connection_of_whip() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Moderator).await;
    for (method, stream_reason, connection_reason) in [
        ("force_unpublish", "forceUnpublished", "clientDisconnected"),
        ("force_disconnect", "forceDisconnected", "forceDisconnected"),
    ] {
        let whip = endpoint(&server, "whip", &session, Role::Publisher);
        let stage = WhipSession::publish(whip, &media("Stage")).await.unwrap();
        let stream = ann.event("stream_created").await["stream"].clone();
        let params = match method {
            "force_unpublish" => json!({ "stream_id": stream["stream_id"] }),
            _ => json!({ "connection_id": stream["connection_id"] }),
        };
        ann.call(method, params).await.unwrap();
        assert_eq!(ann.event("stream_destroyed").await["reason"], stream_reason);
        assert_eq!(ann.event("connection_destroyed").await["reason"], connection_reason);
        let error = stage.end().await.unwrap_err();
        assert!(error.to_string().starts_with("WHIP_SESSION_NOT_FOUND"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whip_publisher_that_hangs_up_without_a_word_to_http_is_gone_at_once() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let whip = endpoint(&server, "whip", &session, Role::Publisher);
    let stage = WhipSession::publish(whip, &media("Stage")).await.unwrap();
    stage.hang_up().await.unwrap();
    assert_eq!(ann.event("stream_destroyed").await["reason"], "networkDisconnected");
    assert_eq!(ann.event("connection_destroyed").await["reason"], "networkDisconnected");
    assert_eq!(server.metric("exedra_whip_sessions"), 0.0);
}

/// Its process is killed: no DELETE, no goodbye. What tells is its silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_whip_publisher_that_vanishes_is_missed() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let WhipEndpoint { url, token } = endpoint(&server, "whip", &session, Role::Publisher);
    let mut stage = Command::new(env!("CARGO_BIN_EXE_exedra"))
        .args(["join", "--demo", "--whip", &url, "--token", &token])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    ann.event("stream_created").await;
    stage.kill().unwrap();
    stage.wait().unwrap();
    let mut seen = Vec::new();
    let missed = async {
        while seen.len() < 2 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let events = ann.events_until_now().await;
            let ends = events.into_iter().filter(|event| event["event"].as_str().unwrap().ends_with("_destroyed"));
            seen.extend(ends.map(|event| (event["event"].clone(), event["data"]["reason"].clone())));
        }
    };
    tokio::time::timeout(PEER_SILENCE_MAX + PATIENCE, missed).await.expect("it is missed");
    let lost = |event: &str| (json!(event), json!("networkDisconnected"));
    assert_eq!(seen, [lost("stream_destroyed"), lost("connection_destroyed")]);
    assert_eq!(server.metric("exedra_whip_sessions"), 0.0);
}

#[tokio::test]
async fn who_may_not_is_told_so_in_the_terms_of_http() {
    let server = Server::start();
    let session = server.create_session("");
    let (whip, whep) = (format!("/v1/whip/{session}"), format!("/v1/whep/{session}"));
    let token = server.token(&session, Role::Publisher);
    let viewer = server.token(&session, Role::Subscriber);

    let anonymous = server.request("POST", &whip, &[SDP], OFFER);
    refused(&anonymous, 401, "MALFORMED_TOKEN", "connect");
    assert_eq!(anonymous.header("www-authenticate"), Some("Bearer"));
    refused(&post(&server, &whip, &token[..token.len() - 4], &[SDP], OFFER), 401, "TOKEN_SIGNATURE_INVALID", "connect");
    let other = server.create_session("");
    let elsewhere = post(&server, &format!("/v1/whip/{other}"), &token, &[SDP], OFFER);
    refused(&elsewhere, 401, "TOKEN_SESSION_MISMATCH", "connect");
    let strange = server.token("2_nonsense", Role::Publisher);
    refused(&post(&server, "/v1/whip/2_nonsense", &strange, &[SDP], OFFER), 400, "SESSION_ID_INVALID", "connect");

    let may_not = refused(&post(&server, &whip, &viewer, &[SDP], OFFER), 403, "PERMISSION_DENIED", "publish");
    assert_eq!(may_not["args"]["operation"], "publish");
    let early = post(&server, &whep, &viewer, &[SDP], &OFFER.replace("sendonly", "recvonly"));
    refused(&early, 409, "STREAM_NOT_PUBLISHED", "subscribe");
    assert_eq!(early.header("retry-after"), Some("2"));
    let unknown =
        post(&server, &format!("{whep}?stream=none"), &viewer, &[SDP], &OFFER.replace("sendonly", "recvonly"));
    refused(&unknown, 404, "STREAM_NOT_FOUND", "subscribe");
    assert_eq!(server.metric("exedra_whip_sessions"), 0.0);
    assert_eq!(server.metric("exedra_rooms"), 0.0, "nobody stays behind");
}

#[tokio::test]
async fn what_cannot_be_published_is_told_so_in_the_terms_of_http() {
    let server = Server::start();
    let session = server.create_session("");
    let mut ann = server.join(&session, Role::Publisher).await;
    let whip = format!("/v1/whip/{session}");
    let token = server.token(&session, Role::Publisher);
    let post = |headers: &[(&str, &str)], body: &str| post(&server, &whip, &token, headers, body);

    let json = post(&[("content-type", "application/json")], "{}");
    assert_eq!(refused(&json, 415, "CONTENT_TYPE_UNSUPPORTED", "publish")["args"]["needed"], "application/sdp");
    refused(&post(&[SDP], "v=0\r\nrubbish\r\n"), 400, "SDP_INVALID", "publish");
    refused(&post(&[SDP], "v=0\r\n"), 400, "SDP_INVALID", "publish");
    for (what, offer) in [
        ("nothing is sent", OFFER.replace("sendonly", "recvonly")),
        ("rtcp-mux", OFFER.replace("a=rtcp-mux\r\n", "")),
        ("RTP/SAVPF", OFFER.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
        ("more than one", {
            let section = &OFFER[OFFER.find("m=").unwrap()..].replace("a=mid:0", "a=mid:1");
            OFFER.replace("BUNDLE 0", "BUNDLE 0 1") + section
        }),
    ] {
        let problem = refused(&post(&[SDP], &offer), 422, "SDP_UNSUPPORTED", "publish");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(what) || detail.contains("sendonly"), "{detail}");
    }
    let speex = post(&[SDP], &OFFER.replace("opus/48000/2", "speex/8000"));
    let problem = refused(&speex, 415, "CODEC_UNSUPPORTED", "publish");
    assert_eq!((&problem["args"]["kind"], &problem["args"]["offered"]), (&json!("audio"), &json!("speex")));

    // The one that got as far as the room has left it again.
    ann.event("connection_destroyed").await;
    assert_eq!(server.metric("exedra_whip_sessions"), 0.0);
}

#[tokio::test]
async fn an_offer_is_at_most_so_large() {
    const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;
    let server = Server::start();
    let session = server.create_session("");
    let token = server.token(&session, Role::Publisher);
    let offer = |bytes: usize| {
        let filler = "a=x\r\n".repeat((bytes - OFFER.len()) / 5);
        format!("{OFFER}{filler}{}", "\n".repeat(bytes - OFFER.len() - filler.len()))
    };
    let path = format!("/v1/whip/{session}");
    assert_eq!(post(&server, &path, &token, &[SDP], &offer(DESCRIPTION_BYTES_MAX)).status, 201);
    let refusal = post(&server, &path, &token, &[SDP], &offer(DESCRIPTION_BYTES_MAX + 1));
    let problem = refused(&refusal, 413, "REQUEST_TOO_LARGE", "publish");
    assert_eq!(problem["args"]["limit_bytes"], DESCRIPTION_BYTES_MAX);
}

#[tokio::test]
async fn ice_is_trickled_and_restarted_by_patch_under_entity_tags() {
    let server = Server::start();
    let session = server.create_session("");
    let token = server.token(&session, Role::Publisher);
    let begun = post(&server, &format!("/v1/whip/{session}"), &token, &[SDP], OFFER);
    assert_eq!((begun.status, &*begun.content_type), (201, "application/sdp"), "{}", begun.body);
    assert!(begun.body.contains("a=recvonly") && begun.body.contains("a=candidate:"), "{}", begun.body);
    assert_eq!(begun.header("accept-patch"), Some("application/trickle-ice-sdpfrag"));
    let location = begun.header("location").unwrap();
    assert!(location.starts_with(&format!("/v1/whip/{session}/")));
    let bearer = format!("Bearer {token}");
    let ask = |method: &str, headers: &[(&str, &str)], body: &str| {
        server.request(method, location, &[headers, &[("authorization", bearer.as_str())]].concat(), body)
    };
    let patch = |if_match: &str, body: &str| ask("PATCH", &[FRAGMENT, ("if-match", if_match)], body);

    let candidates = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
        a=candidate:1 1 udp 2122252543 192.0.2.1 51000 typ host\r\na=end-of-candidates\r\n";
    let first = begun.header("etag").unwrap();
    refused(&ask("PATCH", &[FRAGMENT], candidates), 428, "PRECONDITION_REQUIRED", "negotiate");
    refused(&patch("\"other\"", candidates), 412, "PRECONDITION_FAILED", "negotiate");
    refused(&ask("PATCH", &[SDP, ("if-match", first)], candidates), 415, "CONTENT_TYPE_UNSUPPORTED", "negotiate");
    refused(&patch(first, "rubbish"), 400, "SDP_INVALID", "negotiate");
    let trickled = patch(first, candidates);
    assert_eq!((trickled.status, &*trickled.body), (204, ""));

    let restart = candidates.replace("abcd\r\n", "efgh\r\n");
    refused(&patch(first, &restart), 400, "PARAMETER_INVALID", "negotiate");
    let restarted = patch("*", &restart);
    assert_eq!((restarted.status, &*restarted.content_type), (200, "application/trickle-ice-sdpfrag"));
    let second = restarted.header("etag").unwrap();
    assert_ne!(second, first);
    let ufrag = |text: &str| text.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap().to_owned();
    assert_ne!(ufrag(&restarted.body), ufrag(&begun.body), "the server has new credentials too");
    refused(&patch(first, &restart), 412, "PRECONDITION_FAILED", "negotiate");
    assert_eq!(patch(&format!("\"other\", {second}"), &restart).status, 204);

    for (method, path) in [("GET", location), ("POST", location), ("GET", &format!("/v1/whip/{session}"))] {
        let answer = server.request(method, path, &[], "");
        refused(&answer, 405, "METHOD_NOT_ALLOWED", "publish");
        assert!(answer.header("allow").is_some_and(|allowed| !allowed.contains(method)));
    }
    let other = format!("Bearer {}", server.token(&session, Role::Moderator));
    let stranger = server.request("DELETE", location, &[("authorization", &other)], "");
    refused(&stranger, 404, "WHIP_SESSION_NOT_FOUND", "unpublish");
    assert_eq!(ask("DELETE", &[], "").status, 200);
    refused(&ask("DELETE", &[], ""), 404, "WHIP_SESSION_NOT_FOUND", "unpublish");
    refused(&patch("*", &restart), 404, "WHIP_SESSION_NOT_FOUND", "negotiate");
    assert_eq!(server.metric("exedra_rooms"), 0.0);
}

#[test]
fn patches_of_one_session_have_the_rate_of_a_socket() {
    /// Twice the burst: more than the bucket can earn while they are answered.
    const SENT: usize = 2_000;
    let server = Server::start();
    let session = server.create_session("");
    let token = server.token(&session, Role::Publisher);
    let begun = post(&server, &format!("/v1/whip/{session}"), &token, &[SDP], OFFER);
    let location = begun.header("location").unwrap();
    let patch = |connection: &str| {
        format!(
            "PATCH {location} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: {}\r\nIf-Match: \"none\"\r\nContent-Length: 0\r\n\r\n",
            FRAGMENT.1
        )
    };
    let pipelined = patch("keep-alive").repeat(SENT - 1) + &patch("close");
    let mut socket = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    let mut writing = socket.try_clone().unwrap();
    let writer = std::thread::spawn(move || writing.write_all(pipelined.as_bytes()).unwrap());
    let mut answers = String::new();
    socket.read_to_string(&mut answers).unwrap();
    writer.join().unwrap();
    let count = |status: &str| answers.matches(&format!("HTTP/1.1 {status}")).count();
    assert_eq!(count("412") + count("429"), SENT);
    assert!(count("412") >= 1_000 && count("429") > 0, "{} within the rate", count("412"));
    let body = answers.split("\r\n\r\n").find(|body| body.contains("\"RATE_LIMITED\"")).unwrap();
    let problem = serde_json::Deserializer::from_str(body).into_iter::<Value>().next().unwrap().unwrap();
    raised("RATE_LIMITED", "negotiate", &problem);
    assert!(answers.contains("retry-after: 1\r\n"));
}

/// A page of another origin may do it all.
#[test]
fn pages_of_any_origin_may_ask() {
    let server = Server::start();
    let origin = ("origin", "https://studio.example");
    let preflight = [
        origin,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,if-match"),
    ];
    let answer = server.request("OPTIONS", "/v1/whip/any", &preflight, "");
    assert_eq!((answer.status, answer.header("accept-post")), (200, Some("application/sdp")));
    let allowed = answer.header("access-control-allow-headers").unwrap();
    assert!(["authorization", "content-type", "if-match"].iter().all(|name| allowed.contains(name)), "{allowed}");
    let asked = server.request("POST", "/v1/whep/any", &[origin, SDP], OFFER);
    assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
    assert_eq!(asked.header("access-control-expose-headers"), Some("*"), "Location and ETag must be readable");
}
