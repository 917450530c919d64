//! A room of LiveKit: its signaling over WebSocket in the form with one peer connection for each member, which always offers.

use std::sync::OnceLock;
use std::time::Duration;

use exedra_media::codec::Kind;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::error::ClientError;
use crate::load::server::{LIVEKIT_KEY, LIVEKIT_SECRET};
use crate::peer::Peer;

const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// A `WrappedJoinRequest` of a client that speaks protocol 16 (ICE-lite is for newer ones than 5) and subscribes to nothing
/// by itself: its first message is a request in JSON, and from then on the server answers in JSON.
const JOIN_REQUEST: &str = "EgQKAhgQ";

/// A token's end, in seconds since the epoch: 2100.
const EXPIRES: u64 = 4_102_444_800;

pub struct Room {
    origin: String,
    /// What the publisher's tracks are called.
    tracks: OnceLock<Vec<String>>,
}

impl Room {
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), tracks: OnceLock::new() }
    }

    /// `tracks` are the mids of what the peer will send, which it uses as the tracks' ids, too.
    pub async fn publish(&self, peer: &mut Peer, tracks: &[(Kind, String)]) -> Result<(), ClientError> {
        let mut connection = Connection::open(&self.origin, "publisher").await?;
        for (kind, mid) in tracks {
            let (kind, source) = match kind {
                Kind::Audio => ("AUDIO", "MICROPHONE"),
                Kind::Video => ("VIDEO", "CAMERA"),
            };
            connection.send(json!({ "addTrack": { "cid": mid, "type": kind, "source": source } })).await?;
        }
        let mut names = Vec::new();
        while names.len() < tracks.len() {
            let published = connection.next("/trackPublished/track/sid").await?;
            names.push(published.as_str().unwrap_or_default().to_owned());
        }
        connection.negotiate(peer).await?;
        let _ = self.tracks.set(names);
        connection.hold();
        Ok(())
    }

    /// Returns the mids that will be received.
    pub async fn subscribe(&self, peer: &mut Peer, kinds: &[Kind]) -> Result<Vec<String>, ClientError> {
        let tracks = self.tracks.get().ok_or_else(|| ClientError::Protocol("nothing is published".to_owned()))?;
        let mut connection = Connection::open(&self.origin, &uuid::Uuid::new_v4().to_string()).await?;
        connection.send(json!({ "subscription": { "trackSids": tracks, "subscribe": true } })).await?;
        // The server says for which tracks it has no section, one at a time or together.
        let mut wanted = 0;
        while wanted < kinds.len() as u64 {
            let sections = connection.next("/mediaSectionsRequirement").await?;
            wanted += ["numAudios", "numVideos"].iter().filter_map(|count| sections[count].as_u64()).sum::<u64>();
        }
        let mids = kinds.iter().map(|kind| peer.add_receive(*kind)).collect();
        connection.negotiate(peer).await?;
        connection.hold();
        Ok(mids)
    }
}

struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Connection {
    async fn open(origin: &str, identity: &str) -> Result<Self, ClientError> {
        let unreachable = |error: &dyn std::fmt::Display| ClientError::Unreachable(error.to_string());
        let grant = json!({ "roomJoin": true, "room": "load" });
        let claims = json!({ "iss": LIVEKIT_KEY, "sub": identity, "exp": EXPIRES, "video": grant });
        let key = jsonwebtoken::EncodingKey::from_secret(LIVEKIT_SECRET.as_bytes());
        let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key);
        let token = token.map_err(|error| unreachable(&error))?;
        let url = format!("{origin}/rtc/v1?join_request={JOIN_REQUEST}&access_token={token}");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.map_err(|error| unreachable(&error))?;
        Ok(Self { socket })
    }

    async fn send(&mut self, request: Value) -> Result<(), ClientError> {
        self.socket.send(Message::text(request.to_string())).await.map_err(|_| ClientError::Closed)
    }

    /// Passes over messages until one has this.
    async fn next(&mut self, pointer: &str) -> Result<Value, ClientError> {
        loop {
            if let Some(value) = self.message().await?.pointer(pointer) {
                return Ok(value.clone());
            }
        }
    }

    async fn message(&mut self) -> Result<Value, ClientError> {
        loop {
            let message = tokio::time::timeout(ANSWER_WITHIN, self.socket.next())
                .await
                .map_err(|_| ClientError::TimedOut { operation: "livekit message" })?;
            match message {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(|error| ClientError::Protocol(error.to_string()));
                }
                // What was sent before our first message is not in JSON; nothing in it is needed.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(ClientError::Closed),
            }
        }
    }

    /// The server has one address, and tells it beside its answer.
    async fn negotiate(&mut self, peer: &mut Peer) -> Result<(), ClientError> {
        self.send(json!({ "offer": { "type": "offer", "sdp": peer.offer(), "id": 1 } })).await?;
        let (mut answer, mut candidate) = (None, None);
        let (answer, candidate) = loop {
            let message = self.message().await?;
            if let Some(sdp) = message.pointer("/answer/sdp").and_then(Value::as_str) {
                answer = Some(sdp.to_owned());
            }
            if let Some(init) = message.pointer("/trickle/candidateInit").and_then(Value::as_str) {
                let init: Value = serde_json::from_str(init).unwrap_or_default();
                candidate =
                    candidate.or(init["candidate"].as_str().filter(|line| line.contains("udp")).map(str::to_owned));
            }
            if let (Some(answer), Some(candidate)) = (&answer, &candidate) {
                break (answer, candidate);
            }
        };
        let answer = answer.replacen("a=ice-ufrag", &format!("a={candidate}\r\na=ice-ufrag"), 1);
        peer.handle_answer(&answer).map_err(|error| ClientError::Protocol(error.to_string()))
    }

    /// Keeps the member in its room for as long as there is a server.
    fn hold(mut self) {
        tokio::spawn(async move { while let Some(Ok(_)) = self.socket.next().await {} });
    }
}
