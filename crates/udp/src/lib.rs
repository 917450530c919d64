//! UDP in batches: the only place of the product that talks to the kernel about datagrams.
//!
//! The kernel's send path is the price of a media router, so everything here exists to make fewer, larger calls: a run of
//! datagrams of one size to one destination leaves as one message (`UDP_SEGMENT`), many messages leave in one `sendmmsg`,
//! and what the kernel coalesced on arrival (`UDP_GRO`) comes in through one `recvmmsg`. In steady state nothing allocates.
//!
//! Owns system calls and their buffers. Must not know what a datagram means.
//! All `unsafe` of the workspace is in `sys.rs`.

mod pages;
mod receive;
mod send;
mod socket;
mod sys;
mod wait;

pub use receive::{Datagram, RecvBatch, RecvStats};
pub use send::{DATAGRAM_BYTES_MAX, SEGMENTS_MAX, SendBatch, SendStats};
pub use socket::{Granted, Socket, SocketOptions};
pub use sys::{allowed_cores, pin_to_core};
pub use wait::{Ready, Waker, sleep_until_readable, wait};
