//! Sleeping until there is something to do, and being woken by another thread.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use crate::socket::Socket;
use crate::sys;

/// Wakes a thread that sleeps in [`wait`]. Many wakes before it looks count as one.
#[derive(Debug)]
pub struct Waker {
    /// An eventfd; `File` gives it safe reads and writes.
    event: File,
}

impl Waker {
    pub fn new() -> io::Result<Waker> {
        Ok(Waker { event: File::from(sys::event_fd()?) })
    }

    pub fn wake(&self) {
        // Fails only when the counter is about to overflow, and then the sleeper is awake anyway.
        let _ = (&self.event).write(&1u64.to_ne_bytes());
    }

    fn reset(&self) {
        let _ = (&self.event).read(&mut [0; 8]);
    }
}

/// Why [`wait`] returned; neither: the time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    pub readable: bool,
    pub woken: bool,
}

/// Sleeps until the socket has input, the waker was used, or `timeout` is over (`None`: no limit).
pub fn wait(socket: &Socket, waker: &Waker, timeout: Option<Duration>) -> io::Result<Ready> {
    let bits = sys::poll_readable(&[socket.as_fd(), waker.event.as_fd()], timeout)?;
    let woken = bits & 2 != 0;
    if woken {
        waker.reset();
    }
    Ok(Ready { readable: bits & 1 != 0, woken })
}

/// As [`wait`], for a thread that nobody wakes.
pub fn sleep_until_readable(socket: &Socket, timeout: Option<Duration>) -> io::Result<bool> {
    sys::poll_readable(&[socket.as_fd()], timeout).map(|bits| bits != 0)
}
