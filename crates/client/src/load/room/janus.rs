//! A room of Janus: its VideoRoom plugin over its WebSocket API, as its documentation describes them. One session, and a handle
//! for each member.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::error::ClientError;
use crate::peer::Peer;

const ROOM: u64 = 1;
const PLUGIN: &str = "janus.plugin.videoroom";
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

pub struct Room {
    connection: Connection,
    session: u64,
    /// What the publisher's stream is called.
    feed: OnceLock<u64>,
}

impl Room {
    pub async fn open(origin: &str) -> Result<Self, ClientError> {
        let connection = Connection::open(origin).await?;
        let session = id(&connection.request(json!({ "janus": "create" })).await?, "/data/id")?;
        let room = Self { connection, session, feed: OnceLock::new() };
        let handle = room.attach().await?;
        let create =
            json!({ "request": "create", "room": ROOM, "publishers": 1, "audiocodec": "opus", "videocodec": "vp8" });
        room.message(handle, create, None).await?;
        Ok(room)
    }

    pub async fn publish(&self, peer: &mut Peer) -> Result<(), ClientError> {
        let handle = self.attach().await?;
        let join = json!({ "request": "joinandconfigure", "ptype": "publisher", "room": ROOM });
        let joined = self.message(handle, join, Some(("offer", peer.offer()))).await?;
        let _ = self.feed.set(id(&joined, "/plugindata/data/id")?);
        peer.handle_answer(session_description(&joined)?).map_err(|error| ClientError::Protocol(error.to_string()))
    }

    /// Here it is the server that offers. Returns the mids that will be received.
    pub async fn subscribe(&self, peer: &mut Peer, tracks: usize) -> Result<Vec<String>, ClientError> {
        let handle = self.attach().await?;
        let feed = self.feed.get().ok_or_else(|| ClientError::Protocol("nothing is published".to_owned()))?;
        let join = json!({ "request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{ "feed": feed }] });
        let attached = self.message(handle, join, None).await?;
        let offer = session_description(&attached)?;
        let answer = peer.accept(offer).map_err(|error| ClientError::Protocol(error.to_string()))?;
        self.message(handle, json!({ "request": "start" }), Some(("answer", answer))).await?;
        Ok((0..tracks).map(|mid| mid.to_string()).collect())
    }

    async fn attach(&self) -> Result<u64, ClientError> {
        let attach = json!({ "janus": "attach", "session_id": self.session, "plugin": PLUGIN });
        id(&self.connection.request(attach).await?, "/data/id")
    }

    async fn message(
        &self,
        handle: u64,
        body: Value,
        description: Option<(&str, String)>,
    ) -> Result<Value, ClientError> {
        let mut message = json!({ "janus": "message", "session_id": self.session, "handle_id": handle, "body": body });
        if let Some((kind, sdp)) = description {
            message["jsep"] = json!({ "type": kind, "sdp": sdp, "trickle": false });
        }
        self.connection.request(message).await
    }
}

fn id(answer: &Value, pointer: &str) -> Result<u64, ClientError> {
    let id = answer.pointer(pointer).and_then(Value::as_u64);
    id.ok_or_else(|| ClientError::Protocol(format!("no {pointer} in {answer}")))
}

fn session_description(answer: &Value) -> Result<&str, ClientError> {
    let sdp = answer.pointer("/jsep/sdp").and_then(Value::as_str);
    sdp.ok_or_else(|| ClientError::Protocol(format!("no session description in {answer}")))
}

struct Connection {
    requests: mpsc::Sender<(Value, oneshot::Sender<Value>)>,
}

impl Connection {
    async fn open(origin: &str) -> Result<Self, ClientError> {
        let unreachable = |error: &dyn std::fmt::Display| ClientError::Unreachable(error.to_string());
        let mut request = origin.into_client_request().map_err(|error| unreachable(&error))?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("janus-protocol"));
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.map_err(|error| unreachable(&error))?;
        let (requests, mut requests_in) = mpsc::channel::<(Value, oneshot::Sender<Value>)>(64);
        tokio::spawn(async move {
            let mut waiting: HashMap<String, oneshot::Sender<Value>> = HashMap::new();
            let mut number = 0u64;
            loop {
                tokio::select! {
                    request = requests_in.recv() => {
                        let Some((mut request, answer)) = request else { return };
                        number += 1;
                        request["transaction"] = json!(number.to_string());
                        waiting.insert(number.to_string(), answer);
                        if socket.send(Message::text(request.to_string())).await.is_err() { return }
                    }
                    message = socket.next() => match message {
                        Some(Ok(Message::Text(text))) => take(&text, &mut waiting),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                        Some(Ok(_)) => {}
                    }
                }
            }
        });
        Ok(Self { requests })
    }

    /// Sends a request and waits for what it leads to: an immediate success, or the plugin's event.
    async fn request(&self, request: Value) -> Result<Value, ClientError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send((request, answer)).await.map_err(|_| ClientError::Closed)?;
        let answer = tokio::time::timeout(ANSWER_WITHIN, answered)
            .await
            .map_err(|_| ClientError::TimedOut { operation: "janus request" })?
            .map_err(|_| ClientError::Closed)?;
        match answer.get("error").or_else(|| answer.pointer("/plugindata/data/error")) {
            Some(error) => Err(ClientError::Protocol(format!("Janus refused: {error}"))),
            None => Ok(answer),
        }
    }
}

/// Acknowledgements only say that the plugin is at work.
fn take(text: &str, waiting: &mut HashMap<String, oneshot::Sender<Value>>) {
    let Ok(message) = serde_json::from_str::<Value>(text) else { return };
    if message["janus"] == "ack" {
        return;
    }
    if let Some(answer) = message["transaction"].as_str().and_then(|transaction| waiting.remove(transaction)) {
        let _ = answer.send(message);
    }
}
