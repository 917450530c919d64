//! The signaling connection: requests with answers, and events, over one WebSocket (`exedra_contract::wire`).
//!
//! One task owns the socket. It must not know media or what the requests are about.

use std::collections::HashMap;
use std::time::Duration;

use exedra_contract::wire::{Event, HEARTBEAT_MS, Method, PROTOCOL, Request, Response, SIGNALING_PATH, ServerFrame};
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::error::{ClientError, Problem};

/// Requests of one client waiting to be written. A caller beyond it waits.
const REQUESTS_QUEUED_MAX: usize = 64;

/// Events waiting for the application. Beyond it the socket is not read, and the server's own bound decides.
const EVENTS_QUEUED_MAX: usize = 4_096;

/// A server that has not answered by then will not.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

type Answer = Result<Value, ClientError>;

/// A handle to the connection; the connection ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Signaling {
    requests: mpsc::Sender<(Method, oneshot::Sender<Answer>)>,
}

impl Signaling {
    /// `origin`: `http://host:port` or `ws://host:port` of an Exedra server. The receiver ends when the connection does.
    pub async fn connect(origin: &str) -> Result<(Self, mpsc::Receiver<Event>), ClientError> {
        let unreachable = |error: &dyn std::fmt::Display| ClientError::Unreachable(error.to_string());
        let mut request = signaling_url(origin).into_client_request().map_err(|error| unreachable(&error))?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(PROTOCOL));
        let connecting = tokio_tungstenite::connect_async(request);
        let (socket, _) = tokio::time::timeout(ANSWER_WITHIN, connecting)
            .await
            .map_err(|_| ClientError::TimedOut { operation: "connect" })?
            .map_err(|error| unreachable(&error))?;
        let (requests, requests_in) = mpsc::channel(REQUESTS_QUEUED_MAX);
        let (events_out, events) = mpsc::channel(EVENTS_QUEUED_MAX);
        tokio::spawn(run(socket, requests_in, events_out));
        Ok((Self { requests }, events))
    }

    /// Sends a request and waits for its result.
    pub async fn request<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        method: Method,
    ) -> Result<T, ClientError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send((method, answer)).await.map_err(|_| ClientError::Closed)?;
        let result = tokio::time::timeout(ANSWER_WITHIN, answered)
            .await
            .map_err(|_| ClientError::TimedOut { operation })?
            .map_err(|_| ClientError::Closed)??;
        serde_json::from_value(result).map_err(|error| ClientError::Protocol(format!("result of {operation}: {error}")))
    }

    /// The same for requests whose result is empty.
    pub async fn command(&self, operation: &'static str, method: Method) -> Result<(), ClientError> {
        self.request::<Value>(operation, method).await.map(drop)
    }
}

fn signaling_url(origin: &str) -> String {
    let origin = origin.trim_end_matches('/');
    let socket = match origin.strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => origin.to_owned(),
    };
    format!("{socket}{SIGNALING_PATH}")
}

async fn run(
    mut socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    mut requests: mpsc::Receiver<(Method, oneshot::Sender<Answer>)>,
    events: mpsc::Sender<Event>,
) {
    let mut waiting: HashMap<u32, oneshot::Sender<Answer>> = HashMap::new();
    let mut next_id = 1u32;
    let mut heartbeat = tokio::time::interval(Duration::from_millis(HEARTBEAT_MS));
    heartbeat.reset();
    loop {
        let outgoing = tokio::select! {
            request = requests.recv() => match request {
                Some((method, answer)) => {
                    waiting.insert(next_id, answer);
                    method
                }
                None => break,
            },
            _ = heartbeat.tick() => Method::Ping {},
            frame = socket.next() => {
                match frame {
                    Some(Ok(Message::Text(text))) => {
                        if let Some(event) = take_frame(&text, &mut waiting)
                            && events.send(event).await.is_err()
                        {
                            break;
                        }
                        continue;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                }
            }
        };
        let request = Request { id: next_id, method: outgoing };
        next_id = next_id.wrapping_add(1);
        if send(&mut socket, &request).await.is_err() {
            break;
        }
    }
    // Whoever still waits learns `Closed` from the dropped channels.
    let _ = socket.close(None).await;
}

async fn send(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>, request: &Request) -> Result<(), SocketError> {
    let text = serde_json::to_string(request).expect("requests are plain data with string keys");
    socket.send(Message::text(text)).await
}

/// Hands a response to whom it is for; returns an event. Frames that make no sense are logged and skipped: a newer
/// server may know events that this client does not.
fn take_frame(text: &str, waiting: &mut HashMap<u32, oneshot::Sender<Answer>>) -> Option<Event> {
    match serde_json::from_str(text) {
        Ok(ServerFrame::Event(event)) => return Some(event),
        Ok(ServerFrame::Response(Response::Ok { id, result })) => {
            if let Some(answer) = waiting.remove(&id) {
                let _ = answer.send(Ok(result));
            }
        }
        Ok(ServerFrame::Response(Response::Err { id, error })) => {
            let problem = Problem::from(error);
            match id.and_then(|id| waiting.remove(&id)) {
                Some(answer) => drop(answer.send(Err(ClientError::Refused(problem)))),
                None => tracing::warn!(code = problem.code, "the server could not read a request"),
            }
        }
        Err(error) => tracing::warn!(%error, "unknown frame from the server"),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_becomes_the_signaling_url() {
        for (origin, url) in [
            ("http://localhost:4000", "ws://localhost:4000/v1/signaling"),
            ("http://localhost:4000/", "ws://localhost:4000/v1/signaling"),
            ("https://example.org", "wss://example.org/v1/signaling"),
            ("ws://localhost:4000", "ws://localhost:4000/v1/signaling"),
        ] {
            assert_eq!(signaling_url(origin), url);
        }
    }

    #[test]
    fn responses_find_their_requests_and_events_the_application() {
        let mut waiting = HashMap::new();
        let (answer, mut answered) = oneshot::channel();
        waiting.insert(7, answer);
        let event = take_frame(r#"{"seq":1,"event":"mute_forced","data":{"active":true}}"#, &mut waiting);
        assert_eq!(event.map(|event| event.seq), Some(1));
        assert!(take_frame(r#"{"id":7,"error":{"code":"TOKEN_EXPIRED","title":"Expired"}}"#, &mut waiting).is_none());
        let refused = answered.try_recv().expect("an answer").expect_err("a refusal");
        assert_eq!(refused.to_string(), "TOKEN_EXPIRED: Expired");
        assert!(take_frame("nonsense", &mut waiting).is_none());
        assert!(waiting.is_empty());
    }

    #[tokio::test]
    async fn nobody_listening_is_unreachable() {
        // Port 9 of the loopback: nothing listens there on a test machine, and a refusal comes at once.
        let error = Signaling::connect("http://127.0.0.1:9").await.expect_err("nobody there");
        assert!(matches!(error, ClientError::Unreachable(_)), "{error}");
    }
}
