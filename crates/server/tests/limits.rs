//! Limits of signaling, tokens and descriptions, each driven one past; and that SECURITY.md's table of limits is true.

mod support;

use std::path::Path;

use exedra_contract::session_id::SESSION_ID_BYTES_MAX;
use exedra_contract::token::{
    CONNECTION_DATA_CHARS_MAX, LAYOUT_CLASSES_CHARS_MAX, Role, TOKEN_BYTES_MAX, TokenRefusal, UnverifiedToken,
};
use exedra_contract::wire::{FRAME_BYTES_MAX, REPORT_BYTES_MAX};
use exedra_media::sdp::{
    SDP_BYTES_MAX, SDP_ITEMS_MAX, SDP_LINE_BYTES_MAX, SDP_LINES_MAX, SDP_SECTIONS_MAX, Sdp, SdpError,
};
use serde_json::{Value, json};
use support::{Client, PATIENCE, Server};

/// A `signal` frame of exactly this size.
fn frame_of(bytes: usize) -> String {
    let empty = json!({"id": 1, "method": "signal", "params": {"data": ""}}).to_string();
    empty.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - empty.len())))
}

#[tokio::test]
async fn a_signaling_frame() {
    let server = Server::start();
    let mut client = server.socket().await;
    client.send_text(&frame_of(FRAME_BYTES_MAX)).await;
    assert_eq!(client.answer_to(Some(1)).await.unwrap_err()["code"], "NOT_JOINED", "it was read");
    client.send_text(&frame_of(FRAME_BYTES_MAX + 1)).await;
    assert_eq!(client.answer_to(None).await.unwrap_err()["code"], "REQUEST_TOO_LARGE");
    assert_eq!(client.call("leave", json!({})).await.unwrap_err()["code"], "NOT_JOINED", "the socket stays");

    // What is far too large is not even read.
    client.try_send_text(&frame_of(4 * FRAME_BYTES_MAX + 1)).await;
    client.rest().await;
}

/// The last of so many frames, sent at once, that were refused for their rate.
async fn limited_of(client: &mut Client, frames: usize) -> Option<Value> {
    let mut sent = Vec::new();
    for _ in 0..frames {
        sent.push(client.send("leave", json!({})).await);
    }
    let mut limited = None;
    for id in sent {
        let refused = client.answer_to(Some(id)).await.unwrap_err();
        limited = (refused["code"] == "RATE_LIMITED").then_some(refused).or(limited);
    }
    limited
}

#[tokio::test]
async fn frames_of_one_socket() {
    const BURST: usize = 1_000;
    let server = Server::start();
    let mut client = server.socket().await;
    assert!(limited_of(&mut client, BURST).await.is_none(), "the burst passes");
    // While more are sent the bucket refills, and a machine that is busy enough lets all of them pass.
    let one_past = async {
        loop {
            if let Some(limited) = limited_of(&mut client, BURST).await {
                return limited;
            }
        }
    };
    let limited = tokio::time::timeout(PATIENCE, one_past).await.expect("a frame is refused");
    assert_eq!(limited["retry"]["how"], "after");
    let mut other = server.socket().await;
    assert_eq!(other.call("leave", json!({})).await.unwrap_err()["code"], "NOT_JOINED", "others have their own");
}

#[tokio::test]
async fn a_clients_report() {
    let server = Server::start();
    let session = server.create_session("");
    let mut client = server.join(&session, Role::Publisher).await;
    let report_of = |bytes: usize| {
        let empty = json!({"operation": "publish", "facts": {"note": ""}}).to_string();
        json!({"operation": "publish", "facts": {"note": "x".repeat(bytes - empty.len())}})
    };
    client.call("report", report_of(REPORT_BYTES_MAX)).await.unwrap();
    let refused = client.call("report", report_of(REPORT_BYTES_MAX + 1)).await.unwrap_err();
    assert_eq!(refused["code"], "REQUEST_TOO_LARGE");
    let sizes = json!({"limit_bytes": REPORT_BYTES_MAX, "got_bytes": REPORT_BYTES_MAX + 1});
    assert_eq!(refused["args"], sizes);
}

#[tokio::test]
async fn a_token() {
    let server = Server::start();
    let session = server.create_session("");
    let mut client = server.socket().await;
    let refused = client.join(&session, &"x".repeat(TOKEN_BYTES_MAX + 1)).await.unwrap_err();
    assert_eq!(refused["code"], "MALFORMED_TOKEN");
    assert!(refused["detail"].as_str().unwrap().contains(&TOKEN_BYTES_MAX.to_string()), "{refused}");
}

#[tokio::test]
async fn what_a_token_carries() {
    let server = Server::start();
    let session = server.create_session("");
    for (chars, expected) in
        [(CONNECTION_DATA_CHARS_MAX, None), (CONNECTION_DATA_CHARS_MAX + 1, Some("TOKEN_CLAIM_INVALID"))]
    {
        let data = "é".repeat(chars);
        let token = server.token_with(&session, Role::Publisher, |token| {
            token.connection_data = Some(Box::leak(data.into_boxed_str()))
        });
        let mut client = server.socket().await;
        let outcome = client.join(&session, &token).await;
        assert_eq!(outcome.err().map(|error| error["code"].clone()), expected.map(|code| json!(code)));
    }
    // A list of classes is not something we write into tokens; read one as a customer's server would make it.
    let key = exedra_contract::project::ProjectKey::Secret("secret".to_owned());
    for (chars, fits) in [(LAYOUT_CLASSES_CHARS_MAX, true), (LAYOUT_CLASSES_CHARS_MAX + 1, false)] {
        let token =
            t1(&format!("session_id={session}&create_time=1700000000&initial_layout_class_list={}", "c".repeat(chars)));
        let verified = UnverifiedToken::parse(&token).unwrap().verify(&key, 1_700_000_010);
        match verified {
            Ok(claims) => assert!(fits && claims.layout_classes[0].len() == chars),
            Err(refusal) => {
                assert!(!fits && matches!(refusal, TokenRefusal::Claim { claim: "initial_layout_class_list", .. }))
            }
        }
    }
}

/// A T1 token of project 12345678 with the secret `secret`, over any data.
fn t1(data: &str) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mac = Hmac::<sha1::Sha1>::new_from_slice(b"secret").unwrap().chain_update(data).finalize().into_bytes();
    let signature: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("partner_id=12345678&sig={signature}:{data}");
    format!("T1=={}", base64::engine::general_purpose::STANDARD.encode(text))
}

#[tokio::test]
async fn a_session_id() {
    let server = Server::start();
    let session = server.create_session("");
    let mut client = server.socket().await;
    let long = format!("{session}{}", "A".repeat(SESSION_ID_BYTES_MAX + 1 - session.len()));
    let token = server.token(&long, Role::Publisher);
    assert_eq!(client.join(&long, &token).await.unwrap_err()["code"], "SESSION_ID_INVALID");
}

#[test]
fn a_session_description() {
    let lines = |count: usize| "a=x\r\n".repeat(count);
    let section = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    let candidates = |count: usize| {
        format!("v=0\r\n{section}{}", (0..count).map(|i| format!("a=rid:{i} send\r\n")).collect::<String>())
    };
    let long_line = |bytes: usize| format!("v=0\r\na={}\r\n", "x".repeat(bytes - 2));
    // Filler of lines that count as little as possible against the other limits.
    let bytes = |bytes: usize| {
        let line = format!("a={}\r\n", "x".repeat(1_000));
        let mut text = format!("v=0\r\n{}", line.repeat((bytes - 5) / line.len()));
        let missing = bytes - text.len();
        text.push_str(&"\n".repeat(missing));
        text
    };
    for (text, expected) in [
        (bytes(SDP_BYTES_MAX), None),
        (bytes(SDP_BYTES_MAX + 1), Some(SdpError::TooLong)),
        (long_line(SDP_LINE_BYTES_MAX), None),
        (long_line(SDP_LINE_BYTES_MAX + 1), Some(SdpError::LineTooLong)),
        (format!("v=0\r\n{}", lines(SDP_LINES_MAX - 1)), None),
        (format!("v=0\r\n{}", lines(SDP_LINES_MAX)), Some(SdpError::TooManyLines)),
        (format!("v=0\r\n{}", section.repeat(SDP_SECTIONS_MAX)), None),
        (format!("v=0\r\n{}", section.repeat(SDP_SECTIONS_MAX + 1)), Some(SdpError::TooManySections)),
        (candidates(SDP_ITEMS_MAX), None),
        (candidates(SDP_ITEMS_MAX + 1), Some(SdpError::TooManyItems)),
    ] {
        assert_eq!(Sdp::parse(&text).err(), expected, "{} bytes", text.len());
    }
}

#[test]
fn every_limit_of_the_table_exists_and_is_driven_past() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let document = read("SECURITY.md");
    let table = document.split("## Limits").nth(1).expect("a section on limits");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('`').skip(1).step_by(2).collect())
        .collect();
    assert!(rows.len() > 30);
    for row in rows {
        let (limit, [.., defined_in, test_file, test]) = (row[0], &row[..]) else { panic!("{row:?}") };
        let source = read(defined_in);
        let is_defined = source.contains(&format!("const {limit}:")) || source.contains(&format!("pub {limit}:"));
        assert!(is_defined, "{defined_in} does not define {limit}");
        assert!(read(test_file).contains(&format!("fn {test}(")), "{test_file} has no test {test} for {limit}");
    }
}
