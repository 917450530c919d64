//! WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): publishing and watching with one offer over HTTP.
//!
//! Owns what HTTP asks of them: URLs, headers, media types, conditions. The client is an ordinary connection of its room
//! ([`presence`]); nothing here decides what a token may do or who sees whom.

mod offer;
mod presence;
mod session;
mod sessions;

pub use sessions::WhipSessions;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{patch, post};
use exedra_contract::problem::Problem;
use exedra_contract::{Fault, faults, wire};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::body::Body;
use super::{bearer, problem, problem_response};
use crate::node::Node;
use crate::signaling::{arrival, gate};
use offer::MediaOffer;
use session::{Begun, Newcomer, Patched, Wants};
use sessions::SessionRequest;

pub const WHIP: &str = "/v1/whip/";
pub const WHEP: &str = "/v1/whep/";

/// A browser's offer has about 8 KiB. It is kept as long as its client stays, for ICE restarts.
pub const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;

const SDP: &str = "application/sdp";
const ICE_FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// Why a request is answered with an error.
enum Refusal {
    Fault(Fault),
    /// The room's own words; they are counted and logged already.
    Room(Box<Problem>),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Refusal {
    fn into_response(self, node: &Node) -> Response {
        match self {
            Self::Fault(fault) => problem(node, &fault),
            Self::Room(problem) => problem_response(&problem),
        }
    }
}

pub fn router() -> Router<Arc<Node>> {
    let running = || patch(restart_or_trickle).delete(end).fallback(no_such_method_of_a_session);
    Router::new()
        .route("/v1/whip/{session}", post(publish).fallback(no_such_method_of_an_endpoint))
        .route("/v1/whep/{session}", post(watch).fallback(no_such_method_of_an_endpoint))
        .route("/v1/whip/{session}/{id}", running())
        .route("/v1/whep/{session}/{id}", running())
}

/// Preflights are answered before any route; what an endpoint takes is added to them here (RFC 9725, 4.2).
pub async fn accept_post(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let asks = request.method() == Method::OPTIONS && (path.starts_with(WHIP) || path.starts_with(WHEP));
    let mut response = next.run(request).await;
    if asks {
        response.headers_mut().insert("accept-post", HeaderValue::from_static(SDP));
    }
    response
}

#[derive(Deserialize)]
struct Publishing {
    /// Of the stream, as others see it.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Watching {
    stream: Option<String>,
}

async fn publish(
    State(node): State<Arc<Node>>,
    Path(session_id): Path<String>,
    Query(Publishing { name }): Query<Publishing>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    begin(&node, session_id, Wants::Publish { name }, from, &headers, body).await
}

async fn watch(
    State(node): State<Arc<Node>>,
    Path(session_id): Path<String>,
    Query(Watching { stream }): Query<Watching>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    begin(&node, session_id, Wants::Watch { stream_id: stream }, from, &headers, body).await
}

async fn begin(
    node: &Arc<Node>,
    session_id: String,
    wants: Wants,
    from: SocketAddr,
    headers: &HeaderMap,
    body: Result<Bytes, Fault>,
) -> Response {
    let (endpoint, sdk) = match wants {
        Wants::Publish { .. } => (WHIP, "whip"),
        Wants::Watch { .. } => (WHEP, "whep"),
    };
    let location = |id: &str| format!("{endpoint}{session_id}/{id}");
    let begun = async {
        let token = token(headers)?.to_owned();
        let join = wire::Join {
            session_id: session_id.clone(),
            token: token.clone(),
            project_id: None,
            client: wire::ClientInfo { sdk: sdk.to_owned(), ..wire::ClientInfo::default() },
            connection_events: false,
            audio_levels: false,
            resume: None,
        };
        let admitted = gate::admit(node, &join).await?;
        let offer = MediaOffer::read(description(headers, SDP, body)?, wants.direction())?;
        let arrival = arrival(from.ip(), headers, &node.config.media_addresses);
        session::begin(node, Newcomer { token, join, admitted, arrival, offer, wants }).await
    };
    match begun.await {
        Ok(Begun { id, etag, answer }) => {
            let headers = [
                (header::CONTENT_TYPE, SDP.to_owned()),
                (header::LOCATION, location(&id)),
                (header::ETAG, etag),
                (header::HeaderName::from_static("accept-patch"), ICE_FRAGMENT.to_owned()),
            ];
            (StatusCode::CREATED, headers, answer).into_response()
        }
        Err(refusal) => Refusal::into_response(refusal, node),
    }
}

async fn restart_or_trickle(
    State(node): State<Arc<Node>>,
    Path((_session_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    let patched = async {
        let session = node.whip.find(&id, token(&headers)?)?;
        let fragment = description(&headers, ICE_FRAGMENT, body)?;
        let if_match = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (done, outcome) = oneshot::channel();
        let over = |_| faults::whip_session_not_found();
        session.send(SessionRequest::Patch { if_match, fragment, done }).await.map_err(|_| over(()))?;
        outcome.await.map_err(|_| over(()))?
    };
    match patched.await {
        Ok(Patched::Trickled) => StatusCode::NO_CONTENT.into_response(),
        Ok(Patched::Restarted { fragment, etag }) => {
            let headers = [(header::CONTENT_TYPE, ICE_FRAGMENT.to_owned()), (header::ETAG, etag)];
            (StatusCode::OK, headers, fragment).into_response()
        }
        Err(refusal) => Refusal::into_response(refusal, &node),
    }
}

async fn end(
    State(node): State<Arc<Node>>,
    Path((_session_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    _read: Body,
) -> Response {
    let ended = async {
        let session = node.whip.find(&id, token(&headers)?)?;
        let (done, ended) = oneshot::channel();
        session.send(SessionRequest::Delete { done }).await.map_err(|_| faults::whip_session_not_found())?;
        // An end by itself that came first is an end.
        let _ = ended.await;
        Ok(())
    };
    match ended.await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(fault) => problem(&node, &fault),
    }
}

async fn no_such_method_of_an_endpoint(State(node): State<Arc<Node>>, method: Method, _read: Body) -> Response {
    not_allowed(&node, &method, "POST, OPTIONS")
}

async fn no_such_method_of_a_session(State(node): State<Arc<Node>>, method: Method, _read: Body) -> Response {
    not_allowed(&node, &method, "PATCH, DELETE, OPTIONS")
}

fn not_allowed(node: &Node, method: &Method, allowed: &'static str) -> Response {
    let mut response = problem(node, &faults::method_not_allowed(method.as_str(), allowed));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

fn token(headers: &HeaderMap) -> Result<&str, Fault> {
    bearer(headers).ok_or_else(|| faults::malformed_token("the header `Authorization: Bearer` is missing"))
}

/// A body of this media type, as text.
fn description(headers: &HeaderMap, needed: &str, body: Result<Bytes, Fault>) -> Result<String, Fault> {
    let got = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = got.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(needed) {
        return Err(faults::content_type_unsupported(essence.chars().take(100).collect::<String>(), needed));
    }
    let body = body?;
    if body.len() > DESCRIPTION_BYTES_MAX {
        return Err(faults::request_too_large(DESCRIPTION_BYTES_MAX as u64, body.len() as u64));
    }
    String::from_utf8(body.into()).map_err(|source| faults::sdp_invalid(0, "it is not UTF-8").because(source))
}
