//! What the kernel says about a process: CPU time of its threads, memory, and datagrams dropped for want of room.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::ClientError;

pub struct ServerProcess {
    directory: PathBuf,
}

impl ServerProcess {
    pub fn new(pid: u32) -> Self {
        Self { directory: PathBuf::from(format!("/proc/{pid}")) }
    }

    /// Time that all its threads have run; finer than the clock ticks of `stat`.
    pub fn cpu(&self) -> Result<Duration, ClientError> {
        let tasks = fs::read_dir(self.directory.join("task")).map_err(gone)?;
        // A thread may end between the listing and the reading.
        let running = tasks.flatten().filter_map(|task| running_ns(&task.path().join("schedstat")));
        Ok(Duration::from_nanos(running.sum()))
    }

    pub fn resident_bytes(&self) -> Result<u64, ClientError> {
        let status = fs::read_to_string(self.directory.join("status")).map_err(gone)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
        kilobytes.map(|kilobytes| kilobytes * 1_024).ok_or_else(|| ClientError::Unreachable("no VmRSS".to_owned()))
    }
}

/// Time that the calling thread has run.
pub fn own_thread_cpu() -> Duration {
    Duration::from_nanos(running_ns(&PathBuf::from("/proc/thread-self/schedstat")).unwrap_or_default())
}

/// Datagrams that the kernel dropped since boot because a receive buffer was full, of all sockets of this network namespace.
pub fn receive_buffer_errors() -> u64 {
    let snmp = fs::read_to_string("/proc/net/snmp").unwrap_or_default();
    let mut udp = snmp.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (Some(names), Some(values)) = (udp.next(), udp.next()) else { return 0 };
    let column = names.split_ascii_whitespace().position(|name| name == "RcvbufErrors");
    column.and_then(|column| values.split_ascii_whitespace().nth(column)?.parse().ok()).unwrap_or_default()
}

fn running_ns(schedstat: &PathBuf) -> Option<u64> {
    fs::read_to_string(schedstat).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

fn gone(error: std::io::Error) -> ClientError {
    ClientError::Unreachable(format!("the server's process: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_process_has_memory_and_gathers_time() {
        let own = ServerProcess::new(std::process::id());
        assert!(own.resident_bytes().expect("memory") > 100_000);
        let (before, thread_before) = (own.cpu().expect("time"), own_thread_cpu());
        // Works until the clock has moved; it must, or the run never ends.
        let mut sum = 0u64;
        while own_thread_cpu() < thread_before + Duration::from_millis(20) {
            sum = sum.wrapping_mul(31).wrapping_add(std::hint::black_box(7));
        }
        assert!(own.cpu().expect("time") >= before + Duration::from_millis(20), "{sum}");
    }
}
