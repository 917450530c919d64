//! A non-blocking UDP socket, set up for media.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use crate::sys::{self, Family};

/// What to ask of the kernel. What it granted is in [`Socket::granted`].
#[derive(Debug, Clone, Copy)]
pub struct SocketOptions {
    /// 4 MiB hold 0.15 s of a gigabit: longer than any stall of a healthy shard, and a burst of key frames fits.
    pub receive_buffer_bytes: usize,
    pub send_buffer_bytes: usize,
    /// Let the kernel coalesce received datagrams of one sender and size.
    pub gro: bool,
    /// Let the kernel stamp each datagram on arrival (load generator: latency without our own scheduling in it).
    pub timestamps: bool,
    pub reuse_port: bool,
}

impl Default for SocketOptions {
    fn default() -> Self {
        SocketOptions {
            receive_buffer_bytes: 4 << 20,
            send_buffer_bytes: 4 << 20,
            gro: true,
            timestamps: false,
            reuse_port: false,
        }
    }
}

/// What the kernel gave. Buffer sizes are as it reports them: twice the usable payload, bookkeeping included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    pub receive_buffer_bytes: usize,
    pub send_buffer_bytes: usize,
    pub gro: bool,
    pub timestamps: bool,
}

impl Granted {
    /// The kernel's limit (`net.core.rmem_max`, `wmem_max`) cut a buffer below what was asked.
    pub fn falls_short_of(&self, asked: &SocketOptions) -> bool {
        self.receive_buffer_bytes < asked.receive_buffer_bytes || self.send_buffer_bytes < asked.send_buffer_bytes
    }
}

#[derive(Debug)]
pub struct Socket {
    inner: socket2::Socket,
    local: SocketAddr,
    family: Family,
    granted: Granted,
}

impl Socket {
    /// Binds with the default options. Port 0 picks a free one, see [`Socket::local_addr`].
    pub fn bind(address: SocketAddr) -> io::Result<Socket> {
        Socket::bind_with(address, SocketOptions::default())
    }

    /// A socket on the IPv6 wildcard carries IPv4 too; IPv4 peers appear as IPv4 addresses either way.
    pub fn bind_with(address: SocketAddr, options: SocketOptions) -> io::Result<Socket> {
        let (domain, family) = match address {
            SocketAddr::V4(_) => (socket2::Domain::IPV4, Family::V4),
            SocketAddr::V6(_) => (socket2::Domain::IPV6, Family::V6),
        };
        let inner =
            socket2::Socket::new(domain, socket2::Type::DGRAM.nonblocking().cloexec(), Some(socket2::Protocol::UDP))?;
        if let SocketAddr::V6(v6) = address {
            inner.set_only_v6(!v6.ip().is_unspecified())?;
        }
        inner.set_reuse_port(options.reuse_port)?;
        set_buffer(&inner, libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, options.receive_buffer_bytes)?;
        set_buffer(&inner, libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, options.send_buffer_bytes)?;
        let granted = Granted {
            receive_buffer_bytes: inner.recv_buffer_size()?,
            send_buffer_bytes: inner.send_buffer_size()?,
            gro: options.gro && sys::set_option(inner.as_fd(), libc::SOL_UDP, libc::UDP_GRO, 1).is_ok(),
            timestamps: options.timestamps
                && sys::set_option(inner.as_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1).is_ok(),
        };
        // Without it the kernel's drops stay unknown, which is no reason to refuse service.
        let _ = sys::set_option(inner.as_fd(), libc::SOL_SOCKET, libc::SO_RXQ_OVFL, 1);
        inner.bind(&address.into())?;
        let local = inner.local_addr()?.as_socket().ok_or_else(|| io::Error::other("the socket has no IP address"))?;
        Ok(Socket { inner, local, family, granted })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub fn granted(&self) -> Granted {
        self.granted
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

/// The forced option ignores the system's limit but needs CAP_NET_ADMIN; the plain one is clipped silently.
fn set_buffer(socket: &socket2::Socket, forced: i32, plain: i32, bytes: usize) -> io::Result<()> {
    let bytes = i32::try_from(bytes).unwrap_or(i32::MAX / 2);
    sys::set_option(socket.as_fd(), libc::SOL_SOCKET, forced, bytes)
        .or_else(|_| sys::set_option(socket.as_fd(), libc::SOL_SOCKET, plain, bytes))
}
