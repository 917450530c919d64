//! The web files, and the one request that pages of the vendor's SDK send to it beside their call.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use exedra_contract::faults;

use super::body::Body;
use super::{problem, rest};
use crate::assets;
use crate::node::Node;

pub async fn opentok_script(State(node): State<Arc<Node>>) -> Response {
    file(&node, assets::OPENTOK_SCRIPT)
}

pub async fn sdk_file(State(node): State<Arc<Node>>, Path(path): Path<String>) -> Response {
    file(&node, &path)
}

fn file(node: &Node, path: &str) -> Response {
    assets::sdk(path).unwrap_or_else(|| problem(node, &faults::method_unknown(format!("/sdk/{path}"))))
}

/// Whatever no route answers: a file or view of the console, or nothing.
pub async fn fallback(
    State(node): State<Arc<Node>>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    _read: Body,
) -> Response {
    if uri.path().starts_with(rest::PREFIX) {
        return rest::unknown(&node, &headers, uri.path()).await;
    }
    let is_read = method == Method::GET || method == Method::HEAD;
    let file = is_read.then(|| assets::console(uri.path())).flatten();
    file.unwrap_or_else(|| problem(&node, &faults::method_unknown(uri.path())))
}

/// Client telemetry: accepted and not kept. It is read, because an HTTP/2 client is cut off from an answer that comes earlier.
pub async fn client_event(_read: Body) -> Response {
    StatusCode::OK.into_response()
}
