//! What a connected peer's transport and SRTP contexts keep on the heap: a part of the 60 KB that a subscriber may cost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exedra_media::dtls::Identity;
use exedra_media::srtp::{SrtpKeys, SrtpReceiver, SrtpSender};
use exedra_media::transport::{Transport, TransportEvent};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const TRANSPORT_BYTES_MAX: usize = 16 * 1024;

#[test]
fn a_connected_transport_is_small() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let server_identity = Arc::new(Identity::generate().unwrap());
    let client_identity = Arc::new(Identity::generate().unwrap());
    // Whatever the libraries allocate once.
    drop(connect(&server_identity, &client_identity));

    const PEERS: usize = 20;
    let before = dhat::HeapStats::get().curr_bytes;
    let peers: Vec<_> = (0..PEERS).map(|_| connect(&server_identity, &client_identity)).collect();
    let bytes = (dhat::HeapStats::get().curr_bytes - before) / PEERS;
    drop(peers);
    let left_over = dhat::HeapStats::get().curr_bytes as i64 - before as i64;
    dhat::assert!(bytes <= TRANSPORT_BYTES_MAX, "{bytes} bytes per connected transport");
    dhat::assert!(left_over <= 0, "{left_over} bytes left over");
}

/// The server's end of a connected pair, some seconds after the handshake.
fn connect(
    server_identity: &Arc<Identity>,
    client_identity: &Arc<Identity>,
) -> Box<(Transport, SrtpSender, SrtpReceiver)> {
    let server_address: SocketAddr = "192.0.2.1:5000".parse().unwrap();
    let client_address: SocketAddr = "198.51.100.7:40000".parse().unwrap();
    let mut now = Instant::now();
    let mut client = Transport::client(client_identity.clone(), &[client_address], now);
    let mut server = Transport::server(server_identity.clone(), &[server_address], now);
    server.set_remote(&client.local_params());
    client.set_remote(&server.local_params());
    let mut keys: Option<SrtpKeys> = None;
    let mut out = Vec::new();
    let end = now + Duration::from_secs(8);
    while now < end {
        let mut is_quiet = true;
        while client.poll_transmit(&mut out).is_some() {
            is_quiet = false;
            server.handle_datagram(client_address, server_address, &out, now).unwrap();
        }
        while server.poll_transmit(&mut out).is_some() {
            is_quiet = false;
            client.handle_datagram(server_address, client_address, &out, now).unwrap();
        }
        while let Some(event) = server.poll_event() {
            if let TransportEvent::DtlsConnected(connected) = event {
                keys = Some(connected);
            }
        }
        while client.poll_event().is_some() {}
        if is_quiet {
            let next = [client.poll_timeout(), server.poll_timeout()].into_iter().flatten().min().unwrap();
            now = next.max(now + Duration::from_millis(1));
            client.handle_timeout(now);
            server.handle_timeout(now);
        }
    }
    let (sender, receiver) = keys.expect("connected").split();
    Box::new((server, sender, receiver))
}
