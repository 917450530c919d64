//! The system calls. The one file of the workspace that may say `unsafe`.
//!
//! Nothing here keeps a pointer beyond the call it was made for: message headers live on the stack and borrow the caller's
//! buffers, so no structure with pointers in it is ever moved, stored or sent to another thread.
#![allow(unsafe_code)]

use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

use libc::{c_int, c_void};

/// Messages given to one `sendmmsg` or `recvmmsg`. More does not make a call cheaper per message (the kernel's per-message
/// work dominates from about 16 on) and keeps the headers of one call inside a few kilobytes of stack.
pub const MESSAGES_PER_CALL: usize = 64;

/// Room for the control messages of one received message: GRO size, time stamp and drop counter take 72 bytes.
const RECEIVE_CONTROL_BYTES: usize = 128;
const SEND_CONTROL_BYTES: usize = 32;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control<const N: usize>([u8; N]);

/// The two socket addresses the product speaks.
#[repr(C)]
#[derive(Clone, Copy)]
union RawAddress {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

/// Address family of a socket; an IPv6 socket carries IPv4 peers as mapped addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

/// One outgoing message: `len` bytes of the arena from `start`, which the kernel cuts into datagrams of `segment` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub to: SocketAddr,
    pub start: u32,
    pub len: u32,
    pub segment: u16,
    pub datagrams: u16,
}

/// One incoming message: `len` bytes that the kernel coalesced from datagrams of `segment` bytes (the last may be shorter).
#[derive(Debug, Clone, Copy)]
pub struct Message {
    pub from: SocketAddr,
    pub len: u32,
    pub segment: u32,
    pub received_at: Option<Duration>,
}

/// What one `recvmmsg` brought besides its messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Received {
    pub messages: usize,
    /// The kernel's own count of datagrams dropped at this socket since it was opened, when it told us.
    pub dropped_total: Option<u32>,
}

/// Sends up to [`MESSAGES_PER_CALL`] runs; returns how many the kernel took. An error concerns the first run.
pub fn send_messages(fd: BorrowedFd<'_>, family: Family, arena: &[u8], runs: &[Run]) -> io::Result<usize> {
    let count = runs.len().min(MESSAGES_PER_CALL);
    let mut addresses = [const { MaybeUninit::<RawAddress>::uninit() }; MESSAGES_PER_CALL];
    let mut vectors = [const { MaybeUninit::<libc::iovec>::uninit() }; MESSAGES_PER_CALL];
    let mut controls = [const { MaybeUninit::<Control<SEND_CONTROL_BYTES>>::uninit() }; MESSAGES_PER_CALL];
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; MESSAGES_PER_CALL];

    for (i, run) in runs[..count].iter().enumerate() {
        // The slice proves that the run lies inside the arena.
        let payload = &arena[run.start as usize..][..run.len as usize];
        let (address, address_len) = to_raw(run.to, family);
        let name = addresses[i].write(address);
        let vector =
            vectors[i].write(libc::iovec { iov_base: payload.as_ptr() as *mut c_void, iov_len: payload.len() });
        // SAFETY: `mmsghdr` is plain data for which all-zero is valid (and its padding differs between C libraries).
        let header = headers[i].write(unsafe { mem::zeroed() });
        header.msg_hdr.msg_name = (name as *mut RawAddress).cast();
        header.msg_hdr.msg_namelen = address_len;
        header.msg_hdr.msg_iov = vector;
        header.msg_hdr.msg_iovlen = 1;
        if run.datagrams > 1 {
            let control = controls[i].write(Control([0; SEND_CONTROL_BYTES]));
            header.msg_hdr.msg_control = control.0.as_mut_ptr().cast();
            // SAFETY: `CMSG_SPACE`, `CMSG_LEN` only compute. `msg_control` points to 32 aligned, zeroed bytes and
            // `msg_controllen` (24) lies within, so `CMSG_FIRSTHDR` is non-null and its data has room for the `u16`.
            unsafe {
                header.msg_hdr.msg_controllen = libc::CMSG_SPACE(mem::size_of::<u16>() as u32) as _;
                let cmsg = libc::CMSG_FIRSTHDR(&header.msg_hdr);
                (*cmsg).cmsg_level = libc::SOL_UDP;
                (*cmsg).cmsg_type = libc::UDP_SEGMENT;
                (*cmsg).cmsg_len = libc::CMSG_LEN(mem::size_of::<u16>() as u32) as _;
                libc::CMSG_DATA(cmsg).cast::<u16>().write_unaligned(run.segment);
            }
        }
    }

    // SAFETY: the first `count` headers are initialised above and point to addresses, vectors, control buffers and payload
    // that all outlive the call; the kernel only reads through them. `MaybeUninit<T>` has the layout of `T`.
    let sent =
        unsafe { libc::sendmmsg(fd.as_raw_fd(), headers.as_mut_ptr().cast(), count as u32, libc::MSG_NOSIGNAL as _) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(sent as usize) }
}

/// Receives without blocking into `buffers`, one message for each `stride` bytes, and describes them in `messages`.
pub fn receive_messages(
    fd: BorrowedFd<'_>,
    buffers: &mut [u8],
    stride: usize,
    messages: &mut [Message],
) -> io::Result<Received> {
    let count = messages.len().min(buffers.len() / stride).min(MESSAGES_PER_CALL);
    let mut addresses = [const { MaybeUninit::<RawAddress>::zeroed() }; MESSAGES_PER_CALL];
    let mut vectors = [const { MaybeUninit::<libc::iovec>::uninit() }; MESSAGES_PER_CALL];
    let mut controls = [const { MaybeUninit::<Control<RECEIVE_CONTROL_BYTES>>::uninit() }; MESSAGES_PER_CALL];
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; MESSAGES_PER_CALL];

    for (i, buffer) in buffers.chunks_exact_mut(stride).take(count).enumerate() {
        let vector = vectors[i].write(libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() });
        // SAFETY: `mmsghdr` is plain data for which all-zero is valid.
        let header = headers[i].write(unsafe { mem::zeroed() });
        header.msg_hdr.msg_name = addresses[i].as_mut_ptr().cast();
        header.msg_hdr.msg_namelen = mem::size_of::<RawAddress>() as u32;
        header.msg_hdr.msg_iov = vector;
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_control = controls[i].as_mut_ptr().cast();
        header.msg_hdr.msg_controllen = RECEIVE_CONTROL_BYTES as _;
    }

    // SAFETY: the first `count` headers are initialised above; every buffer they point to is exclusively borrowed, has the
    // length given, and outlives the call. No timeout is passed.
    let received = unsafe {
        libc::recvmmsg(
            fd.as_raw_fd(),
            headers.as_mut_ptr().cast(),
            count as u32,
            libc::MSG_DONTWAIT as _,
            std::ptr::null_mut(),
        )
    };
    if received < 0 {
        return Err(io::Error::last_os_error());
    }

    let mut kept = 0;
    let mut dropped_total = None;
    for i in 0..received as usize {
        // SAFETY: header `i < count` was initialised above and updated by the kernel.
        let header = unsafe { headers[i].assume_init_ref() };
        // SAFETY: the address was zeroed before the call, so every byte of the union is initialised.
        let from = unsafe { from_raw(addresses[i].assume_init_ref()) };
        let mut message = Message { from, len: header.msg_len, segment: header.msg_len, received_at: None };
        for_each_control(&header.msg_hdr, |level, kind, data| match (level, kind) {
            (libc::SOL_UDP, libc::UDP_GRO) => message.segment = read_u32(data).unwrap_or(message.len),
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => message.received_at = read_timespec(data),
            (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => dropped_total = read_u32(data).or(dropped_total),
            _ => {}
        });
        messages[i] = message;
        kept += 1;
    }
    Ok(Received { messages: kept, dropped_total })
}

/// Sets an `int` socket option.
pub fn set_option(fd: BorrowedFd<'_>, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    let size = mem::size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the value lives on this stack for the call and `size` is its size.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, (&raw const value).cast(), size) }).map(drop)
}

/// Waits for input on each of `fds` until `timeout` (for ever when `None`); the answer has a bit for each that is ready.
pub fn poll_readable(fds: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<u32> {
    poll(fds, libc::POLLIN, timeout)
}

/// Waits until `fd` takes output again, at most for `timeout`.
pub fn poll_writable(fd: BorrowedFd<'_>, timeout: Duration) -> io::Result<bool> {
    poll(&[fd], libc::POLLOUT, Some(timeout)).map(|ready| ready != 0)
}

fn poll(fds: &[BorrowedFd<'_>], events: i16, timeout: Option<Duration>) -> io::Result<u32> {
    const FDS_MAX: usize = 4;
    debug_assert!(fds.len() <= FDS_MAX);
    let mut polled = [libc::pollfd { fd: -1, events, revents: 0 }; FDS_MAX];
    for (slot, fd) in polled.iter_mut().zip(fds) {
        slot.fd = fd.as_raw_fd();
    }
    let timeout = timeout
        .map(|t| libc::timespec { tv_sec: t.as_secs().min(i32::MAX as u64) as _, tv_nsec: t.subsec_nanos() as _ });
    let timeout_ptr = timeout.as_ref().map_or(std::ptr::null(), |t| t as *const _);
    // SAFETY: `polled` has FDS_MAX entries, those with fd -1 are ignored by the kernel; the timeout is null or lives on
    // this stack; no signal mask is passed.
    let ready = unsafe { libc::ppoll(polled.as_mut_ptr(), FDS_MAX as _, timeout_ptr, std::ptr::null()) };
    match check(ready) {
        Ok(_) => Ok(polled.iter().enumerate().filter(|(_, p)| p.revents != 0).fold(0, |bits, (i, _)| bits | 1 << i)),
        Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(0),
        Err(e) => Err(e),
    }
}

/// A new non-blocking event counter.
pub fn event_fd() -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: the call succeeded, so this is an open descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Binds the calling thread to one core, by the kernel's number.
pub fn pin_to_core(core: usize) -> io::Result<()> {
    if core >= libc::CPU_SETSIZE as usize {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no such core"));
    }
    // SAFETY: `cpu_set_t` is a bit array for which all-zero is valid; `core` is in range; the set lives on this stack.
    check(unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, mem::size_of::<libc::cpu_set_t>(), &set)
    })
    .map(drop)
}

/// The cores this thread may run on, in ascending order.
pub fn allowed_cores() -> io::Result<Vec<usize>> {
    // SAFETY: as above; the kernel writes at most the size given.
    let set = unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        check(libc::sched_getaffinity(0, mem::size_of::<libc::cpu_set_t>(), &mut set))?;
        set
    };
    // SAFETY: every index is below CPU_SETSIZE.
    Ok((0..libc::CPU_SETSIZE as usize).filter(|&core| unsafe { libc::CPU_ISSET(core, &set) }).collect())
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Calls `visit(level, type, data)` for each control message of a received header.
fn for_each_control(header: &libc::msghdr, mut visit: impl FnMut(c_int, c_int, &[u8])) {
    // SAFETY: the kernel filled `msg_control` and set `msg_controllen` to what it wrote; the CMSG macros stay within
    // that range, and the data slice is what `cmsg_len` says minus the header, clipped at zero.
    unsafe {
        let mut cmsg = libc::CMSG_FIRSTHDR(header);
        while let Some(current) = cmsg.as_ref() {
            let len = current.cmsg_len.saturating_sub(libc::CMSG_LEN(0) as usize);
            visit(current.cmsg_level, current.cmsg_type, std::slice::from_raw_parts(libc::CMSG_DATA(cmsg), len));
            cmsg = libc::CMSG_NXTHDR(header, cmsg);
        }
    }
}

fn read_u32(data: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(data.get(..4)?.try_into().ok()?))
}

/// `struct timespec` of a 64-bit kernel: seconds, then nanoseconds, since the epoch.
fn read_timespec(data: &[u8]) -> Option<Duration> {
    let seconds = i64::from_ne_bytes(data.get(..8)?.try_into().ok()?);
    let nanos = i64::from_ne_bytes(data.get(8..16)?.try_into().ok()?);
    Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanos).ok()?))
}

fn to_raw(address: SocketAddr, family: Family) -> (RawAddress, libc::socklen_t) {
    match (address, family) {
        (SocketAddr::V4(v4), Family::V4) => {
            let raw = libc::sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: v4.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(v4.ip().octets()) },
                sin_zero: [0; 8],
            };
            (RawAddress { v4: raw }, mem::size_of::<libc::sockaddr_in>() as _)
        }
        // An IPv6 address on an IPv4 socket has no representation; the kernel refuses it with EAFNOSUPPORT.
        (SocketAddr::V6(v6), _) => (RawAddress { v6: raw_v6(*v6.ip(), v6.port(), v6.scope_id()) }, V6_LEN),
        (SocketAddr::V4(v4), Family::V6) => (RawAddress { v6: raw_v6(v4.ip().to_ipv6_mapped(), v4.port(), 0) }, V6_LEN),
    }
}

const V6_LEN: libc::socklen_t = mem::size_of::<libc::sockaddr_in6>() as _;

fn raw_v6(ip: Ipv6Addr, port: u16, scope_id: u32) -> libc::sockaddr_in6 {
    libc::sockaddr_in6 {
        sin6_family: libc::AF_INET6 as _,
        sin6_port: port.to_be(),
        sin6_flowinfo: 0,
        sin6_addr: libc::in6_addr { s6_addr: ip.octets() },
        sin6_scope_id: scope_id,
    }
}

/// # Safety
/// Every byte of the union must be initialised.
unsafe fn from_raw(raw: &RawAddress) -> SocketAddr {
    // SAFETY: both variants are plain data and start with the family; the caller initialised every byte.
    unsafe {
        if raw.v4.sin_family == libc::AF_INET6 as libc::sa_family_t {
            let (ip, port) = (Ipv6Addr::from(raw.v6.sin6_addr.s6_addr), u16::from_be(raw.v6.sin6_port));
            match ip.to_ipv4_mapped() {
                Some(v4) => SocketAddr::V4(SocketAddrV4::new(v4, port)),
                None => SocketAddr::V6(SocketAddrV6::new(ip, port, 0, raw.v6.sin6_scope_id)),
            }
        } else {
            SocketAddr::from((raw.v4.sin_addr.s_addr.to_ne_bytes(), u16::from_be(raw.v4.sin_port)))
        }
    }
}
