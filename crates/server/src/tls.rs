//! HTTPS: the operator's certificate, or one made at start so that phones in the same network may use their cameras.

use std::io;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use axum_server::tls_rustls::RustlsConfig;

use crate::config::Certificate;

pub async fn rustls_config(certificate: &Certificate) -> io::Result<RustlsConfig> {
    // Several crates of the process use rustls; whoever comes second finds the provider installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match certificate {
        Certificate::Files { chain, key } => RustlsConfig::from_pem_file(chain, key).await,
        Certificate::SelfSigned(names) => {
            let made = rcgen::generate_simple_self_signed(names.clone()).map_err(io::Error::other)?;
            RustlsConfig::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der()).await
        }
    }
}

/// The address of this machine in its local network, if it has one. Connecting a UDP socket sends nothing: it only asks
/// the routing table.
pub fn lan_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}
