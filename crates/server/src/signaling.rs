//! The signaling WebSocket: from the upgrade to the room's mailbox, and back.
//!
//! Owns sockets and what is checked before a room hears of a frame: version, size, rate, shape, and that a socket joins
//! before it asks for anything. Must not know what a room decides. Bad input is answered, it never closes a socket.

pub mod frame;
pub mod gate;
pub mod outbox;
pub mod rate;
mod socket;
mod writer;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::response::Response;
use exedra_contract::wire::{FRAME_BYTES_MAX, PROTOCOL};

use crate::node::Node;
use crate::room::{Arrival, is_public};

/// Where the WebSocket library gives up reading and drops the connection. Frames between [`FRAME_BYTES_MAX`] and this are
/// read and refused with a typed fault.
const MESSAGE_BYTES_HARD_MAX: usize = 4 * FRAME_BYTES_MAX;

/// Each socket keeps a read buffer of this size for its whole life; with the library's default of 128 KiB it would be two
/// thirds of what a subscriber costs, with 8 KiB still the largest single part of it. All but descriptions fit; those are
/// read in several pieces.
const READ_BUFFER_BYTES: usize = 2 * 1024;

pub async fn upgrade(
    State(node): State<Arc<Node>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    mut upgrade: WebSocketUpgrade,
) -> Response {
    let arrival = arrival(from.ip(), &headers, &node.config.media_addresses);
    let offered: Vec<String> =
        upgrade.requested_protocols().filter_map(|offered| Some(offered.to_str().ok()?.to_owned())).collect();
    let offered: Vec<&str> = offered.iter().flat_map(|list| list.split(',')).map(str::trim).collect();
    let agreed = offered.contains(&PROTOCOL);
    // A browser drops a socket on which none of its protocols was selected, before its page can read anything. So an
    // unknown protocol is selected too, and the fault is the first and only thing said in it.
    let selected = if agreed { Some(PROTOCOL) } else { offered.first().copied() };
    if let Some(value) = selected.and_then(|name| name.parse().ok()) {
        upgrade.set_selected_protocol(value);
    }
    let offered = offered.join(", ");
    let upgrade = upgrade
        .max_message_size(MESSAGE_BYTES_HARD_MAX)
        .max_frame_size(MESSAGE_BYTES_HARD_MAX)
        .read_buffer_size(READ_BUFFER_BYTES);
    upgrade.on_upgrade(async move |socket| {
        socket::serve(node, socket, arrival, if agreed { Ok(()) } else { Err(offered) }).await;
    })
}

/// Behind a proxy the address is the proxy's, and says nothing.
pub fn arrival(from: IpAddr, headers: &HeaderMap, own: &[IpAddr]) -> Arrival {
    if headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded") {
        return Arrival::default();
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let reached_at = host.and_then(|host| host.host().trim_matches(['[', ']']).parse().ok());
    Arrival { from_here: from.is_loopback() || own.contains(&from), from_public: Some(is_public(from)), reached_at }
}
