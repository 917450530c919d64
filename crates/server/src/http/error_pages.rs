//! The catalogue's documentation under `/errors`, where every error object points to.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use exedra_contract::{faults, pages};
use serde::Deserialize;

use super::problem;
use crate::node::Node;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

pub async fn index(Query(search): Query<Search>) -> Html<String> {
    match search.q.trim() {
        "" => Html(pages::page("").unwrap_or_default()),
        question => Html(pages::search(question)),
    }
}

pub async fn page(State(node): State<Arc<Node>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if let Some(page) = pages::page(&name) {
        return Html(page).into_response();
    }
    let mut response = problem(&node, &faults::method_unknown("/errors/…"));
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        // A person followed an old or mistyped link: show what it may have meant.
        *response.body_mut() = Body::from(pages::search(&name));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    response
}
