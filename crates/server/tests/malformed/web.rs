//! Rubbish over HTTP and WebSocket, down to the bytes of both.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use exedra_contract::token::Role;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::cases;
use crate::support::{PATIENCE, Server};

fn address(server: &Server) -> String {
    server.url.trim_start_matches("http://").to_owned()
}

fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(address(server)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Sends bytes, says that no more will come, and returns the answer.
fn exchange(mut socket: TcpStream, bytes: &[u8]) -> Vec<u8> {
    // The server may have answered and closed before it has read everything.
    let _ = socket.write_all(bytes);
    let _ = socket.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match socket.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            panic!("the server neither answered nor closed: {}", bytes.escape_ascii())
        }
        _ => answer,
    }
}

/// Whole HTTP requests, damaged anywhere.
pub fn http(server: &Server, seed: u64, count: usize) -> usize {
    let token = server.rest_token();
    let request = |line: &str, headers: &str, body: &str| {
        let length = body.len();
        format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
        )
        .into_bytes()
    };
    let authenticated = format!("X-OPENTOK-AUTH: {token}\r\nAccept: application/json\r\n");
    let samples = vec![
        request("POST /session/create", &authenticated, "p2p.preference=disabled&archiveMode=manual&location=10.1.2.3"),
        request("POST /session/create", &authenticated, r#"{"p2p.preference":"enabled","e2ee":false}"#),
        request(
            "POST /dev/join",
            "Content-Type: application/json\r\n",
            r#"{"room":"a","name":"Ann","role":"subscriber"}"#,
        ),
        request("GET /healthz", "", ""),
        request("GET /sdk/../../etc/passwd", "Range: bytes=0-1\r\n", ""),
        request("OPTIONS /v1/signaling", "Origin: http://a.example\r\n", ""),
    ];
    for case in cases(samples, seed, count) {
        let answer = exchange(connect(server), &case);
        assert!(!answer.starts_with(b"HTTP/1.1 500"), "{}\n{}", case.escape_ascii(), answer.escape_ascii());
    }
    count
}

/// Damaged offers and ICE fragments at the doors of WHIP and WHEP, by somebody with a valid token. The rubbish that is an offer
/// all the same gets its session, and ends it.
pub fn whip(server: &Server, session_id: &str, seed: u64, count: usize) -> usize {
    let agent = crate::support::agent();
    let bearer = format!("Bearer {}", server.token(session_id, Role::Publisher));
    let ask = |method: &str, path: &str, content_type: &str, body: &[u8]| {
        let headers = [("authorization", &*bearer), ("content-type", content_type), ("if-match", "*")];
        let answer = server.request_by(&agent, method, path, &headers, body);
        assert!(answer.status < 500, "{method} {path}: {}\n{}", body.escape_ascii(), answer.body);
        answer
    };
    let offers = || super::samples_of("sdp_offer");
    let whip = format!("/v1/whip/{session_id}");
    for (endpoint, seed) in [(&*whip, seed), (&format!("/v1/whep/{session_id}"), seed + 1)] {
        for case in cases(offers(), seed, count) {
            let answer = ask("POST", endpoint, "application/sdp", &case);
            if let Some(location) = answer.header("location") {
                ask("DELETE", location, "", b"");
            }
        }
    }
    let begun = ask("POST", &whip, "application/sdp", crate::support::OFFER.as_bytes());
    let location = begun.header("location").expect("a good offer is taken");
    for case in cases(super::samples_of("ice_fragment"), seed + 2, count) {
        ask("PATCH", location, "application/trickle-ice-sdpfrag", &case);
    }
    ask("DELETE", location, "", b"");
    3 * count
}

const UPGRADE: &str = "GET /v1/signaling HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: exedra.v1\r\n\r\n";

/// WebSocket frames, damaged anywhere, after a good upgrade.
pub fn websocket_frames(server: &Server, seed: u64, count: usize) -> usize {
    let frame = |opcode: u8, payload: &[u8]| {
        let mask = [1, 2, 3, 4];
        let mut frame = vec![0x80 | opcode, 0x80 | payload.len() as u8];
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    };
    let ping = br#"{"id":1,"method":"ping","params":{}}"#;
    let (text, binary, control) = (frame(1, ping), frame(2, &[0xff; 60]), frame(9, b"are you there"));
    let samples = vec![
        text.clone(),
        binary,
        control,
        frame(8, &[0x03, 0xe8, b'b', b'y', b'e']),
        [text.clone(), text].concat(),
        // A message in two fragments.
        [vec![0x01, 0x82, 0, 0, 0, 0, b'{', b'}'], frame(0, b"")].concat(),
    ];
    for case in cases(samples, seed, count) {
        let mut socket = connect(server);
        socket.write_all(UPGRADE.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", head.escape_ascii());
        exchange(socket, &case);
    }
    count
}

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(server: &Server) -> Socket {
    let mut request = format!("{}/v1/signaling", server.url.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "exedra.v1".parse().unwrap());
    connect_async(request).await.unwrap().0
}

async fn join(server: &Server, session_id: &str) -> Socket {
    let mut socket = open(server).await;
    let client = json!({ "sdk": "test", "version": "0" });
    let token = server.token(session_id, Role::Publisher);
    let params = json!({ "session_id": session_id, "token": token, "client": client, "connection_events": false });
    let answer = ask(&mut socket, &json!({ "id": 1, "method": "join", "params": params }).to_string()).await;
    assert!(answer.is_some_and(|answer| answer.get("result").is_some()));
    socket
}

/// The answer to one frame; `None` when the server closed instead, as after `leave`.
async fn ask(socket: &mut Socket, frame: &str) -> Option<Value> {
    socket.send(Message::text(frame)).await.ok()?;
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await;
        match message.unwrap_or_else(|_| panic!("no answer to {frame:?}")) {
            Some(Ok(Message::Text(text))) => {
                let answer: Value = serde_json::from_str(&text).unwrap();
                if answer.get("id").is_some() {
                    return Some(answer);
                }
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

/// An answer is a result, or a fault of the catalogue that is not our own.
fn check(frame: &str, answer: &Value) -> bool {
    match answer["error"]["code"].as_str() {
        Some(code) => {
            assert!(
                exedra_contract::Code::ALL.iter().any(|known| known.as_str() == code),
                "{code} is not in the catalogue"
            );
            assert_ne!(code, "INTERNAL", "{frame:?}");
            false
        }
        None => true,
    }
}

/// Requests of a client that has joined, and of one that has not.
pub async fn requests(server: &Server, session_id: &str, joined: bool, seed: u64, count: usize) -> usize {
    let mut socket = None;
    let samples = super::samples_of("signaling_request");
    for case in cases(samples, seed, count) {
        let frame = String::from_utf8_lossy(&case).into_owned();
        let mut open_socket = match socket.take() {
            Some(socket) => socket,
            None if joined => join(server, session_id).await,
            None => open(server).await,
        };
        if let Some(answer) = ask(&mut open_socket, &frame).await {
            check(&frame, &answer);
            socket = Some(open_socket);
        }
    }
    count
}

/// Tokens of both forms, damaged. Damage that changes anything that counts is noticed.
pub async fn tokens(server: &Server, session_id: &str, seed: u64, count: usize) -> usize {
    let project_id = server.project();
    let token = exedra_contract::token::NewClientToken {
        project_id: &project_id,
        session_id,
        role: Role::Subscriber,
        connection_data: Some("name=Eve"),
        issued_at_s: crate::support::now_s(),
        lifetime_s: 300,
        nonce: "1",
        sandbox: serde_json::Value::Null,
    };
    let samples = vec![token.sign_t1(&server.api_secret).into_bytes(), token.sign_jwt(&server.api_secret).into_bytes()];
    let mut socket = open(server).await;
    for case in cases(samples, seed, count) {
        let token = String::from_utf8_lossy(&case).into_owned();
        let client = json!({ "sdk": "test", "version": "0" });
        let params = json!({ "session_id": session_id, "token": token, "client": client });
        let frame = json!({ "id": 1, "method": "join", "params": params }).to_string();
        match ask(&mut socket, &frame).await {
            Some(answer) if !check(&frame, &answer) => {}
            Some(admitted) => {
                let role = &admitted["result"]["capabilities"];
                assert_eq!(role["publish"], false, "a damaged token gave more than the whole one");
                socket = open(server).await;
            }
            None => socket = open(server).await,
        }
    }
    count
}

/// A description that the server refuses costs its own request only.
pub async fn offers(intruder: &mut super::intruder::Intruder, seed: u64, count: usize) -> usize {
    let mut samples = super::samples_of("sdp_offer");
    samples.push(intruder.offer.clone().into_bytes());
    for case in cases(samples, seed, count) {
        let offer = String::from_utf8_lossy(&case).into_owned();
        let sections = json!([{ "mid": "0", "stream_id": intruder.stream_id }]);
        if let Err(error) = intruder.signaling.call("negotiate", json!({ "offer": offer, "sections": sections })).await
        {
            assert_ne!(error["code"], "INTERNAL", "{offer:?}");
        }
        // Within the rate of frames, so that every offer reaches its parser.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    count
}
