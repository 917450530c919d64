//! The vendor's REST API under `/v2/project/…`: who calls, how errors look, and the calls that reach into a running room.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Router};
use exedra_contract::problem::PROBLEM_JSON;
use exedra_contract::project::ProjectId;
use exedra_contract::render::{self, rest::OpentokBody};
use exedra_contract::token::{RestToken, TokenRefusal};
use exedra_contract::wire::Signal;
use exedra_contract::{Fault, Operation, faults, session_id};
use exedra_session::{Command, Moderation};
use serde::Deserialize;
use serde_json::json;

use super::body::Body;
use super::{FromCatalogue, bearer, problem};
use crate::clock;
use crate::node::Node;
use crate::sandbox::Scope;
use crate::signaling::gate;
use crate::store::{Session, unavailable};

const OPENTOK_AUTH: HeaderName = HeaderName::from_static("x-opentok-auth");
const VONAGE_AUTH: HeaderName = HeaderName::from_static("x-vonage-auth");

pub const PREFIX: &str = "/v2/project/";

pub fn router() -> Router<Arc<Node>> {
    let session = "/v2/project/{project}/session/{session}";
    Router::new()
        .route(&format!("{session}/signal"), post(signal_all))
        .route(&format!("{session}/connection/{{connection}}/signal"), post(signal_one))
        .route(&format!("{session}/connection/{{connection}}"), delete(force_disconnect))
        .route(&format!("{session}/connection"), get(connections))
        .route(&format!("{session}/connection/"), get(connections))
}

/// Who calls, and in a sandbox whose rules apply.
pub struct Caller {
    pub project_id: ProjectId,
    sandbox: Option<Scope>,
}

impl Caller {
    /// Fails as the sandbox asks for.
    pub async fn meet(&self, node: &Node, session: Option<&str>, operation: Operation) -> Result<(), Fault> {
        let Some(token) = self.sandbox.clone() else { return Ok(()) };
        let session = session.map(|id| Scope::Session(id.to_owned()));
        let scopes: Vec<Scope> = session.into_iter().chain([token]).collect();
        node.sandbox.meet(&scopes, None, operation).await
    }
}

/// Who calls. Wrong or missing authentication is always 403 here: some SDKs test for nothing else.
pub async fn authenticate(node: &Node, headers: &HeaderMap) -> Result<Caller, Fault> {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let text = value(OPENTOK_AUTH).or(value(VONAGE_AUTH)).or(bearer(headers));
    let text = text.ok_or_else(|| faults::api_auth_missing("X-OPENTOK-AUTH"))?;
    let token = RestToken::parse(text)?;
    let key = gate::project_key(node, token.project_id()).await?;
    let claims = token.verify(&key, clock::now_s())?;
    let sandbox = node.arm(&claims.project_id, text, &claims.sandbox, claims.expires_at_s)?;
    Ok(Caller { project_id: claims.project_id, sandbox })
}

/// The caller, who must be the project in the path.
async fn authenticate_for(node: &Node, headers: &HeaderMap, project: &str) -> Result<Caller, Fault> {
    let caller = authenticate(node, headers).await?;
    if !caller.project_id.as_str().eq_ignore_ascii_case(project) {
        let got = caller.project_id.to_string();
        return Err(TokenRefusal::WrongProject { expected: project.to_owned(), got }.into());
    }
    Ok(caller)
}

/// The caller's session, for paths that do not name the project.
pub async fn own_session(node: &Node, headers: &HeaderMap, session: &str) -> Result<Session, Fault> {
    let caller = authenticate(node, headers).await?;
    find_session(node, &caller.project_id, session).await
}

async fn session_for(node: &Node, headers: &HeaderMap, project: &str, session: &str) -> Result<Session, Fault> {
    let caller = authenticate_for(node, headers, project).await?;
    let session = find_session(node, &caller.project_id, session).await?;
    caller.meet(node, Some(&session.id), Operation::Rest).await?;
    Ok(session)
}

async fn find_session(node: &Node, project: &ProjectId, session: &str) -> Result<Session, Fault> {
    let malformed = || faults::session_id_invalid("it is not in the form of the ids that this server makes");
    session_id::decode(session).filter(|decoded| decoded.project == *project).ok_or_else(malformed)?;
    let found = node.store.session(session).await.map_err(unavailable("read session"))?;
    found.ok_or_else(|| faults::session_not_found(session))
}

pub fn accepts_json(headers: &HeaderMap) -> bool {
    accept(headers).any(|accepted| accepted.contains("application/json"))
}

fn accept(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok())
}

/// A fault in the vendor's shape: JSON with a message that is never empty, or XML for who accepts nothing else. Who asks for
/// our own gets it.
pub fn error(node: &Node, headers: &HeaderMap, fault: &Fault) -> Response {
    if accept(headers).any(|accepted| accepted.contains(PROBLEM_JSON)) {
        return problem(node, fault);
    }
    node.record(fault);
    let json_acceptable = accept(headers).next().is_none()
        || accept(headers).any(|accepted| accepted.contains("json") || accepted.contains("*/*"));
    let shape = if json_acceptable { OpentokBody::Json } else { OpentokBody::Xml };
    let rendered = render::rest::opentok(fault, Operation::Rest, shape);
    let status = StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, rendered.content_type)], Extension(FromCatalogue), rendered.body).into_response()
}

async fn signal_all(
    State(node): State<Arc<Node>>,
    Path((project, session)): Path<(String, String)>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    no_content(&node, &headers, signal(&node, &headers, &project, &session, None, body).await)
}

async fn signal_one(
    State(node): State<Arc<Node>>,
    Path((project, session, connection)): Path<(String, String, String)>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    no_content(&node, &headers, signal(&node, &headers, &project, &session, Some(connection), body).await)
}

async fn signal(
    node: &Node,
    headers: &HeaderMap,
    project: &str,
    session: &str,
    to: Option<String>,
    body: Result<Bytes, Fault>,
) -> Result<(), Fault> {
    #[derive(Default, Deserialize)]
    struct SignalBody {
        #[serde(rename = "type", default)]
        kind: Option<String>,
        #[serde(default)]
        data: Option<String>,
    }
    let session = session_for(node, headers, project, session).await?;
    let body: SignalBody = match body?.trim_ascii() {
        b"" => SignalBody::default(),
        body => serde_json::from_slice(body).map_err(|source| faults::bad_request(source.to_string()))?,
    };
    let signal = Signal { kind: body.kind, data: body.data, to };
    command(node, &session, Command::ServerSignal(signal)).await
}

async fn force_disconnect(
    State(node): State<Arc<Node>>,
    Path((project, session, connection_id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let outcome = async {
        let session = session_for(&node, &headers, &project, &session).await?;
        command(&node, &session, Command::ServerModeration(Moderation::Disconnect { connection_id })).await
    };
    no_content(&node, &headers, outcome.await)
}

/// Everybody in the session; a session that nobody is in has an empty list.
async fn connections(
    State(node): State<Arc<Node>>,
    Path((project, session)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let session = match session_for(&node, &headers, &project, &session).await {
        Ok(session) => session,
        Err(fault) => return error(&node, &headers, &fault),
    };
    let items = node.rooms.look(&session.id, |room| {
        let items = room.connections().map(|connection| {
            json!({
                "connectionId": connection.connection_id,
                "connectionState": "Connected",
                "createdAt": connection.created_at,
            })
        });
        items.collect::<Vec<_>>()
    });
    let items = items.await.unwrap_or_default();
    let mut body = json!({ "count": items.len(), "sessionId": session.id, "items": items });
    match session.project_id {
        ProjectId::ApiKey(id) => body["projectId"] = json!(id),
        ProjectId::Application(id) => body["applicationId"] = json!(id),
    }
    axum::Json(body).into_response()
}

/// A session nobody is in has no connections to act on.
async fn command(node: &Node, session: &Session, command: Command) -> Result<(), Fault> {
    match node.rooms.command(&session.id, command).await {
        Some(outcome) => outcome,
        None => Err(faults::session_not_found(&*session.id)),
    }
}

fn no_content(node: &Node, headers: &HeaderMap, outcome: Result<(), Fault>) -> Response {
    match outcome {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(fault) => error(node, headers, &fault),
    }
}

/// A path below [`PREFIX`] that nothing answers; only to be told to a caller who may know.
pub async fn unknown(node: &Node, headers: &HeaderMap, path: &str) -> Response {
    let project = path.trim_start_matches(PREFIX).split('/').next().unwrap_or_default();
    let fault = match authenticate_for(node, headers, project).await {
        Ok(_) => faults::method_unknown(path),
        Err(fault) => fault,
    };
    error(node, headers, &fault)
}
