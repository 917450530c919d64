//! `/v1/sessions/{session}/sandbox`: failures on request, for a customer's tests (docs/sandbox.md).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use exedra_contract::sandbox::{self, Rule};
use exedra_contract::{Fault, faults};
use serde_json::Value;

use super::body::Body;
use super::{problem, rest};
use crate::clock;
use crate::node::Node;

/// Adds rules.
pub async fn set(
    State(node): State<Arc<Node>>,
    Path(session): Path<String>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    let outcome = async {
        let session = rest::own_session(&node, &headers, &session).await?;
        node.require_sandbox(&session.project_id)?;
        node.sandbox.arm_session(&session.id, read(&body?)?, clock::now_s())?;
        node.rooms.look_for_sandbox_rules(&session.id).await;
        Ok(())
    };
    answer(&node, outcome.await)
}

/// Forgets all rules of the session.
pub async fn clear(State(node): State<Arc<Node>>, Path(session): Path<String>, headers: HeaderMap) -> Response {
    let outcome = async {
        let session = rest::own_session(&node, &headers, &session).await?;
        node.require_sandbox(&session.project_id)?;
        node.sandbox.clear(&session.id);
        Ok(())
    };
    answer(&node, outcome.await)
}

pub fn read(body: &[u8]) -> Result<Vec<Rule>, Fault> {
    let body: Value = serde_json::from_slice(body).map_err(|source| faults::bad_request(source.to_string()))?;
    sandbox::read(&body["rules"]).map_err(|wrong| faults::parameter_invalid(wrong.place, wrong.reason))
}

fn answer(node: &Node, outcome: Result<(), Fault>) -> Response {
    match outcome {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(fault) => problem(node, &fault),
    }
}
