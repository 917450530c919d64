//! Everything that is asked over HTTP: the vendor's REST API, the web files, health, and the door to signaling.
//!
//! Owns routes and how a fault looks in an HTTP answer. Must not know rooms beyond handing them a command.

mod body;
mod dev_info;
pub mod dev_join;
mod error_pages;
mod health;
mod java_date;
mod rest;
mod sandbox;
pub mod session_create;
mod web;
pub mod whip;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use exedra_contract::problem::{PROBLEM_JSON, Problem};
use exedra_contract::wire::{PROTOCOL, SIGNALING_PATH};
use exedra_contract::{Fault, faults};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, Any as AnyOrigin, CorsLayer};

use crate::metrics::HttpLabels;
use crate::node::Node;
use crate::signaling;

/// Marks an answer whose fault is in the catalogue. An error answer without it was made by the HTTP library.
#[derive(Clone, Copy)]
struct FromCatalogue;

pub fn router(node: Arc<Node>) -> Router {
    let mut router = Router::new()
        .route(SIGNALING_PATH, any(signaling::upgrade))
        .route("/session/create", post(session_create::create))
        .route("/logging/ClientEvent", post(web::client_event))
        .route("/v2/js/opentok.min.js", get(web::opentok_script))
        .route("/v2/js/opentok.js", get(web::opentok_script))
        .route("/sdk/{*path}", get(web::sdk_file))
        .route("/v1/sessions/{session}/sandbox", post(sandbox::set).delete(sandbox::clear))
        .route("/errors", get(error_pages::index))
        .route("/errors/", get(error_pages::index))
        .route("/errors/{name}", get(error_pages::page))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(rest::router())
        .merge(whip::router());
    if node.config.dev {
        router = router.route("/dev/join", post(dev_join::join)).route("/dev/info", get(dev_info::info));
    }
    #[cfg(test)]
    let router = router.route(PANIC_PATH, get(async || -> () { panic!("as the test asked") }));
    let panics = node.clone();
    router
        .fallback(web::fallback)
        .method_not_allowed_fallback(web::fallback)
        .layer(CatchPanicLayer::custom(move |panic: Box<dyn Any + Send>| contained(&panics, &*panic)))
        .layer(middleware::from_fn_with_state(node.clone(), count))
        .layer(cors())
        .layer(middleware::from_fn(whip::accept_post))
        .with_state(node)
}

#[cfg(test)]
pub const PANIC_PATH: &str = "/panic";

#[cfg(test)]
pub fn fresh_session(
    project: &exedra_contract::project::ProjectId,
    media_mode: exedra_contract::wire::MediaMode,
) -> crate::store::Session {
    session_create::fresh(project, None, media_mode, "{}".into())
}

/// Any page may ask: what it may do is in its token. Headers are mirrored, because `*` never includes `Authorization`.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods(AnyOrigin)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(AnyOrigin)
}

/// A fault as an answer of our own endpoints.
pub fn problem(node: &Node, fault: &Fault) -> Response {
    let instance = node.record(fault);
    problem_response(&fault.problem(instance.as_deref()))
}

/// A problem (RFC 9457), and what of it HTTP says in headers.
pub fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, problem.to_value().to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if let Some(after_ms) = problem.retry.after_ms {
        headers.insert(header::RETRY_AFTER, after_ms.div_ceil(1000).into());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.extensions_mut().insert(FromCatalogue);
    response
}

/// The token of `Authorization: Bearer …` (RFC 6750, 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn contained(node: &Node, panic: &(dyn Any + Send)) -> Response {
    node.metrics.panics.inc();
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    problem(node, &faults::internal().because(format!("a handler panicked: {said}")))
}

async fn count(State(node): State<Arc<Node>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let route = route_label(&path);
    let mut response = next.run(request).await;
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if is_error && response.extensions().get::<FromCatalogue>().is_none() {
        response = problem(&node, &library_fault(&response, &path));
    }
    node.metrics.http_requests.get_or_create(&HttpLabels { route, status: response.status().as_u16() }).inc();
    response
}

/// What the HTTP library refused by itself, in our words.
fn library_fault(response: &Response, path: &str) -> Fault {
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => faults::method_unknown(path),
        StatusCode::UPGRADE_REQUIRED => faults::protocol_unsupported(PROTOCOL, "plain HTTP"),
        status if path == SIGNALING_PATH => faults::protocol_unsupported(PROTOCOL, "plain HTTP").because(status),
        status => faults::bad_request(format!("HTTP {status}")),
    }
}

/// Paths hold ids; only what kind of path it was is counted.
fn route_label(path: &str) -> &'static str {
    const EXACT: [&str; 9] = [
        SIGNALING_PATH,
        "/session/create",
        "/dev/join",
        "/dev/info",
        "/healthz",
        "/readyz",
        "/metrics",
        "/v2/js/opentok.min.js",
        "/v2/js/opentok.js",
    ];
    if let Some(exact) = EXACT.iter().find(|exact| **exact == path) {
        return exact;
    }
    match path {
        _ if path.starts_with(rest::PREFIX) => "/v2/project",
        _ if path.starts_with(whip::WHIP) => whip::WHIP,
        _ if path.starts_with(whip::WHEP) => whip::WHEP,
        _ if path.starts_with("/sdk/") => "/sdk",
        _ if path.starts_with("/errors") => "/errors",
        _ => "other",
    }
}
