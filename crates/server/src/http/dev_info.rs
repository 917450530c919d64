//! `GET /dev/info`: where this development server can be reached from other machines, for the playground's invitation.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::node::Node;

#[derive(Serialize)]
pub struct Info {
    /// `null` when the machine has no address in a network.
    https_url: Option<String>,
    version: &'static str,
}

pub async fn info(State(node): State<Arc<Node>>) -> Json<Info> {
    Json(Info { https_url: node.network_url.get().cloned(), version: env!("CARGO_PKG_VERSION") })
}
