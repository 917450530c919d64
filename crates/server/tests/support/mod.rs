//! A real server to test against, and a raw client that says exactly what a test wants said.
#![allow(dead_code)] // Each test file uses its own part of it.

pub mod scenario;

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use exedra_contract::project::ProjectId;
use exedra_contract::token::{NewClientToken, RestToken, Role};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Nothing here takes that long; a test that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A browser's offer of one audio section, without anybody behind its credentials.
pub const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:1234 cname:x\r\n";

pub struct Server {
    pub url: String,
    pub https_url: String,
    pub api_key: String,
    pub api_secret: String,
    pub data_dir: PathBuf,
    child: Child,
    keep_data: bool,
    /// Nobody can ask it any more.
    stopping: Cell<bool>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

impl Server {
    pub fn start() -> Self {
        Self::start_in(scratch_dir(), &[], &[])
    }

    pub fn start_with(args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::start_in(scratch_dir(), args, env)
    }

    pub fn start_in(data_dir: PathBuf, args: &[&str], env: &[(&str, &str)]) -> Self {
        let (child, ready) = launch(
            Command::new(env!("CARGO_BIN_EXE_exedra"))
                .args(["dev", "--json", "--port", "0", "--https-port", "0", "--media-port", "0", "--shards", "1"])
                .args(["--media-address", "127.0.0.1", "--data-dir"])
                .arg(&data_dir)
                .args(args)
                .envs(env.iter().copied()),
        );
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            url: text("url"),
            https_url: text("https_url"),
            api_key: text("api_key"),
            api_secret: text("api_secret"),
            data_dir,
            child,
            keep_data: false,
            stopping: Cell::new(false),
        }
    }

    /// A production server with one project. `of_project` is TOML for it; `EXEDRA_*` go as `env`.
    pub fn serve(of_project: &str) -> Self {
        Self::serve_with(of_project, &[])
    }

    pub fn serve_with(of_project: &str, env: &[(&str, &str)]) -> Self {
        const SECRET: &str = "9f8a7c6e5d4b3a2918f7e6d5c4b3a2f1e0d9c8b7";
        let data_dir = scratch_dir();
        std::fs::create_dir_all(&data_dir).unwrap();
        let file = data_dir.join("exedra.toml");
        let text = format!(
            "listen = '127.0.0.1:0'\nmedia_port = 0\nshards = 1\nmedia_addresses = ['127.0.0.1']\ndata_dir = '{}'\n\
             [[projects]]\nid = '12345678'\nsecret = '{SECRET}'\n{of_project}\n",
            data_dir.display()
        );
        std::fs::write(&file, text).unwrap();
        let (child, ready) = launch(
            Command::new(env!("CARGO_BIN_EXE_exedra"))
                .args(["serve", "--json", "--config"])
                .arg(&file)
                .envs(env.iter().copied()),
        );
        Self {
            url: ready["url"].as_str().unwrap().to_owned(),
            https_url: String::new(),
            api_key: "12345678".to_owned(),
            api_secret: SECRET.to_owned(),
            data_dir,
            child,
            keep_data: false,
            stopping: Cell::new(false),
        }
    }

    pub fn project(&self) -> ProjectId {
        ProjectId::parse(&self.api_key).unwrap()
    }

    pub fn rest_token(&self) -> String {
        RestToken::sign(&self.project(), &self.api_secret, now_s(), 300)
    }

    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.request_by(&agent(), method, path, headers, body.as_bytes())
    }

    /// On the connections that the agent keeps.
    pub fn request_by(
        &self,
        agent: &ureq::Agent,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = agent.run(request.body(body.to_vec()).unwrap()).unwrap();
        Answer {
            status: response.status().as_u16(),
            content_type: response
                .headers()
                .get("content-type")
                .map_or(String::new(), |value| value.to_str().unwrap().to_owned()),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_string().unwrap(),
        }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "")
    }

    /// The value of a metric without labels, or with exactly these.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").body;
        let line = text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(key, _)| key == name));
        let Some(line) = line else {
            // Only labels that were not needed yet have no sample; any other name is a mistake of the test.
            let bare = name.split('{').next().unwrap();
            let is_known = ["exedra_faults_total", "exedra_http_requests_total"].contains(&bare);
            assert!(is_known, "there is no metric {name}");
            return 0.0;
        };
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    }

    /// The bodies of what was logged of a call, of one kind.
    pub async fn logged(&self, session_id: &str, kind: &str) -> Vec<Value> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.data_dir.join("exedra.sqlite"));
        let mut store = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
        let query = "SELECT body FROM call_events WHERE session_id = ? AND kind = ? ORDER BY id";
        let bodies: Vec<(String,)> =
            sqlx::query_as(query).bind(session_id).bind(kind).fetch_all(&mut store).await.unwrap();
        bodies.iter().map(|(body,)| serde_json::from_str(body).unwrap()).collect()
    }

    pub fn create_session(&self, form: &str) -> String {
        let token = self.rest_token();
        let headers = [("accept", "application/json"), ("x-opentok-auth", token.as_str())];
        let answer = self.request("POST", "/session/create", &headers, form);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()[0]["session_id"].as_str().unwrap().to_owned()
    }

    pub fn token(&self, session_id: &str, role: Role) -> String {
        self.token_with(session_id, role, |_| {})
    }

    pub fn token_with(&self, session_id: &str, role: Role, change: impl FnOnce(&mut NewClientToken)) -> String {
        let project_id = self.project();
        let mut token = NewClientToken {
            project_id: &project_id,
            session_id,
            role,
            connection_data: Some("name=Ann"),
            issued_at_s: now_s(),
            lifetime_s: 300,
            nonce: "1",
            sandbox: serde_json::Value::Null,
        };
        change(&mut token);
        token.sign_jwt(&self.api_secret)
    }

    pub async fn socket(&self) -> Client {
        Client::open(&self.url, Some("exedra.v1")).await
    }

    /// A client that has joined.
    pub async fn join(&self, session_id: &str, role: Role) -> Client {
        let mut client = self.socket().await;
        let token = self.token(session_id, role);
        client.joined = client.join(session_id, &token).await.unwrap();
        client
    }

    pub fn terminate(&self) {
        self.record_wire();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Before the server stops: what left it as a fault.
    fn record_wire(&self) {
        self.stopping.set(true);
        if scenario::recording() {
            scenario::wire(&self.get("/metrics").body);
        }
    }

    /// Waits for the end of the process: its exit code and everything it logged.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }

    /// Ends the server without warning; its data stays and is the caller's to remove.
    pub fn kill(mut self) -> PathBuf {
        self.keep_data = true;
        self.record_wire();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.data_dir.clone()
    }

    /// Ends the server and starts another one on the same data.
    pub fn restart(mut self) -> Self {
        self.keep_data = true;
        let data_dir = self.data_dir.clone();
        self.terminate();
        self.child.wait().unwrap();
        drop(self);
        Self::start_in(data_dir, &[], &[])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.stopping.get() && !std::thread::panicking() {
            self.record_wire();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.keep_data {
            let _ = std::fs::remove_dir_all(&self.data_dir);
        }
    }
}

/// Starts a server and waits for its ready line.
fn launch(command: &mut Command) -> (Child, Value) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let Ok(ready) = serde_json::from_str::<Value>(&line) else {
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        panic!("the server did not start: {line}{log}");
    };
    assert_eq!(ready["pid"], child.id());
    (child, ready)
}

pub fn scratch_dir() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("exedra-test-{}-{n}", std::process::id()))
}

pub fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// One signaling socket.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    next_id: u32,
    /// Frames that arrived while another was waited for.
    waiting: Vec<Value>,
    pub last_seq: u64,
    pub joined: Value,
}

impl Client {
    pub async fn open(url: &str, protocol: Option<&str>) -> Self {
        let mut request = format!("{}/v1/signaling", url.replacen("http", "ws", 1)).into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let (socket, _) = connect_async(request).await.unwrap();
        Self { socket, next_id: 1, waiting: Vec::new(), last_seq: 0, joined: Value::Null }
    }

    pub fn id(&self) -> &str {
        self.joined["connection"]["connection_id"].as_str().unwrap()
    }

    pub async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends what the server may hang up on before it is all sent.
    pub async fn try_send_text(&mut self, text: &str) {
        let _ = self.socket.send(Message::text(text)).await;
    }

    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.socket.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// Sends without waiting for the answer; returns the id.
    pub async fn send(&mut self, method: &str, params: Value) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.send_text(&json!({ "id": id, "method": method, "params": params }).to_string()).await;
        id
    }

    pub async fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send(method, params).await;
        self.answer_to(Some(id)).await
    }

    /// The answer with this id; `None`: an error that belongs to no request.
    pub async fn answer_to(&mut self, id: Option<u32>) -> Result<Value, Value> {
        let frame = self.frame(|frame| frame.get("id") == Some(&json!(id))).await;
        match frame.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(frame["result"].clone()),
        }
    }

    pub async fn join(&mut self, session_id: &str, token: &str) -> Result<Value, Value> {
        self.join_with(session_id, token, json!({})).await
    }

    pub async fn join_with(&mut self, session_id: &str, token: &str, more: Value) -> Result<Value, Value> {
        let mut params =
            json!({ "session_id": session_id, "token": token, "client": { "sdk": "test", "version": "0" } });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.call("join", params).await
    }

    /// The data of the next event of this name. Events come without gaps, whichever is waited for.
    pub async fn event(&mut self, name: &str) -> Value {
        self.frame(|frame| frame.get("event") == Some(&json!(name))).await["data"].clone()
    }

    /// Events that arrive before the answer to a ping: everything the room had decided until now.
    pub async fn events_until_now(&mut self) -> Vec<Value> {
        let id = self.send("ping", json!({})).await;
        let answer = self.frame(|frame| frame.get("id") == Some(&json!(id))).await;
        assert!(answer.get("result").is_some(), "{answer}");
        std::mem::take(&mut self.waiting)
    }

    /// Everything up to the end of the socket, and how it closed.
    pub async fn rest(&mut self) -> (Vec<Value>, Option<CloseFrame>) {
        let mut frames = std::mem::take(&mut self.waiting);
        loop {
            match self.next_message().await {
                Some(Message::Text(text)) => frames.push(serde_json::from_str(&text).unwrap()),
                Some(Message::Close(frame)) => return (frames, frame),
                Some(_) => {}
                None => return (frames, None),
            }
        }
    }

    async fn frame(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at);
        }
        loop {
            let Some(message) = self.next_message().await else { panic!("closed; before it came {:#?}", self.waiting) };
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if let Some(seq) = frame["seq"].as_u64() {
                assert_eq!(seq, self.last_seq + 1, "events come without gaps");
                self.last_seq = seq;
            }
            if wanted(&frame) {
                return frame;
            }
            self.waiting.push(frame);
        }
    }

    async fn next_message(&mut self) -> Option<Message> {
        match tokio::time::timeout(PATIENCE, self.socket.next()).await {
            Ok(message) => message?.ok(),
            Err(_) => panic!("nothing more came; before it came {:#?}", self.waiting),
        }
    }

    /// Drops the TCP connection without a word.
    pub fn vanish(self) {
        drop(self);
    }
}

/// Repeats until it is true; for what becomes true elsewhere, where nothing announces it.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "{what} never became true");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The same for a condition that has something to do each time.
pub async fn eventually_async(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let started = std::time::Instant::now();
    while !condition().await {
        assert!(started.elapsed() < PATIENCE, "{what} never became true");
    }
}
