//! The catalogue's documentation under `/errors`, where every error object points to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use exedra_contract::{faults, pages};

use super::problem;
use crate::node::Node;

pub async fn index(node: State<Arc<Node>>) -> Response {
    page(node, Path(String::new())).await
}

pub async fn page(State(node): State<Arc<Node>>, Path(name): Path<String>) -> Response {
    match pages::page(&name) {
        Some(page) => Html(page).into_response(),
        None => problem(&node, &faults::method_unknown("/errors/…")),
    }
}
