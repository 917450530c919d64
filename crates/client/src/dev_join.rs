//! Admission by a development server: a token for a room name (`POST /dev/join`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{ClientError, Problem};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Subscriber,
    Publisher,
    Moderator,
}

#[derive(Serialize)]
struct Question<'a> {
    room: &'a str,
    name: &'a str,
    role: Role,
}

/// What a client needs to join a session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Admission {
    pub project_id: String,
    pub session_id: String,
    pub token: String,
}

pub async fn admit(origin: &str, room: &str, name: &str, role: Role) -> Result<Admission, ClientError> {
    let url = format!("{}/dev/join", origin.trim_end_matches('/'));
    let question = serde_json::to_value(Question { room, name, role }).expect("plain data");
    tokio::task::spawn_blocking(move || ask(&url, &question))
        .await
        .map_err(|error| ClientError::Unreachable(error.to_string()))?
}

fn ask(url: &str, question: &serde_json::Value) -> Result<Admission, ClientError> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)))
        .build()
        .into();
    let mut response =
        agent.post(url).send_json(question).map_err(|error| ClientError::Unreachable(error.to_string()))?;
    let ok = response.status().is_success();
    let body: serde_json::Value = response
        .body_mut()
        .read_json()
        .map_err(|error| ClientError::Protocol(format!("the answer of /dev/join is not JSON: {error}")))?;
    if !ok {
        return Err(ClientError::Refused(Problem::from(body)));
    }
    serde_json::from_value(body).map_err(|error| ClientError::Protocol(format!("the answer of /dev/join: {error}")))
}
