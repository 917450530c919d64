//! `POST /dev/join`: a session and a token for a room name. It asks for no authentication, so it exists in development only.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use exedra_contract::token::{NewClientToken, Role};
use exedra_contract::wire::MediaMode;
use exedra_contract::{Fault, faults, sandbox};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::Body;
use super::{problem, session_create};
use crate::clock;
use crate::node::Node;
use crate::store::unavailable;

const ROOM_CHARS_MAX: usize = 100;
const NAME_CHARS_MAX: usize = 100;
const TOKEN_LIFETIME_S: u64 = 24 * 3600;

/// The body of the request.
#[derive(Deserialize)]
pub struct Join {
    room: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: Option<String>,
    /// Rules of the sandbox, for the token.
    #[serde(default)]
    sandbox: Option<Value>,
}

#[derive(Serialize)]
struct Joined {
    project_id: String,
    session_id: String,
    token: String,
}

pub async fn join(State(node): State<Arc<Node>>, Body(body): Body) -> Response {
    match make(&node, body).await {
        Ok(joined) => Json(joined).into_response(),
        Err(fault) => problem(&node, &fault),
    }
}

impl Join {
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        let join: Self = serde_json::from_slice(body).map_err(|source| faults::bad_request(source.to_string()))?;
        if join.room.trim().is_empty() || join.room.trim().chars().count() > ROOM_CHARS_MAX {
            return Err(faults::parameter_invalid("room", format!("expected 1 to {ROOM_CHARS_MAX} characters")));
        }
        if join.name.chars().count() > NAME_CHARS_MAX {
            return Err(faults::parameter_invalid("name", format!("expected at most {NAME_CHARS_MAX} characters")));
        }
        join.role()?;
        let rules = join.sandbox.as_ref().map_or(Ok(Vec::new()), sandbox::read);
        rules.map_err(|wrong| faults::parameter_invalid(wrong.place, wrong.reason))?;
        Ok(join)
    }

    fn role(&self) -> Result<Role, Fault> {
        let unknown = || faults::parameter_invalid("role", format!("expected {}", Role::NAMES));
        self.role.as_deref().map_or(Ok(Role::Moderator), |name| Role::parse(name).ok_or_else(unknown))
    }
}

async fn make(node: &Node, body: Result<Bytes, Fault>) -> Result<Joined, Fault> {
    let join = Join::read(&body?)?;
    let role = join.role()?;
    let (project_id, secret) = node
        .store
        .first_project()
        .await
        .map_err(unavailable("read project"))?
        .ok_or_else(|| faults::internal().because("a development server without a project"))?;
    let fresh = session_create::fresh(&project_id, None, MediaMode::Routed, "{}".into());
    let session = node.store.session_of_room(join.room.trim(), &fresh).await.map_err(unavailable("read room name"))?;
    let data = json!({ "name": join.name }).to_string();
    let token = NewClientToken {
        project_id: &project_id,
        session_id: &session.id,
        role,
        connection_data: Some(&data),
        issued_at_s: clock::now_s(),
        lifetime_s: TOKEN_LIFETIME_S,
        nonce: &crate::random::hex(16),
        sandbox: join.sandbox.unwrap_or_default(),
    };
    Ok(Joined { project_id: project_id.to_string(), token: token.sign_jwt(&secret), session_id: session.id })
}
