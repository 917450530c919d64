//! For whoever operates the server: is it alive, may it be given work, what does it do.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use exedra_contract::faults;

use super::problem;
use crate::node::Node;
use crate::store::unavailable;

pub async fn alive() -> &'static str {
    "ok\n"
}

pub async fn ready(State(node): State<Arc<Node>>) -> Response {
    if node.is_shutting_down() {
        return problem(&node, &faults::server_shutting_down());
    }
    match node.store.check().await {
        Ok(()) => "ready\n".into_response(),
        Err(source) => problem(&node, &unavailable("check")(source)),
    }
}

pub async fn metrics(State(node): State<Arc<Node>>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], node.metrics.encode()).into_response()
}
