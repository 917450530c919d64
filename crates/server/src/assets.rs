//! The web files inside the binary: the SDK for pages of customers, the console for people.
//!
//! A build without the web bundles compiles and serves the API alone.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../sdk/dist"]
#[allow_missing = true]
struct Sdk;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../console/dist"]
#[allow_missing = true]
struct Console;

/// The script that pages of the vendor include.
pub const OPENTOK_SCRIPT: &str = "opentok.umd.js";

pub fn sdk(path: &str) -> Option<Response> {
    Sdk::get(path).map(|file| respond(path, file))
}

/// A path without a file is a view of the console, whose start page then routes it.
pub fn console(path: &str) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let named = if path.is_empty() { "index.html" } else { path };
    if let Some(file) = Console::get(named) {
        return Some(respond(named, file));
    }
    let is_view = !named.rsplit('/').next().is_some_and(|last| last.contains('.'));
    is_view.then(|| Console::get("index.html")).flatten().map(|file| respond("index.html", file))
}

/// File names with a content hash never change; everything else is asked for again each time.
fn respond(path: &str, file: EmbeddedFile) -> Response {
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mime = file.metadata.mimetype();
    let content_type = match mime {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let mut response = Response::new(Body::from(file.data.into_owned()));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&content_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}
