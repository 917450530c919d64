//! What the kernel says about processes: CPU time of their threads, memory, and datagrams dropped for want of room.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::ClientError;

/// A process and all that descend from it: a server may leave its media to a child.
pub struct ServerProcess {
    pid: u32,
}

impl ServerProcess {
    pub fn new(pid: u32) -> Self {
        Self { pid }
    }

    /// Time that all their threads have run; finer than the clock ticks of `stat`.
    pub fn cpu(&self) -> Result<Duration, ClientError> {
        Ok(self.family()?.into_iter().map(cpu_alone).sum())
    }

    pub fn resident_bytes(&self) -> Result<u64, ClientError> {
        Ok(self.family()?.into_iter().filter_map(resident_kilobytes).sum::<u64>() * 1_024)
    }

    fn family(&self) -> Result<Vec<u32>, ClientError> {
        fs::metadata(format!("/proc/{}", self.pid)).map_err(gone)?;
        let mut family = vec![self.pid];
        let mut next = 0;
        while let Some(&pid) = family.get(next) {
            for thread in threads(pid) {
                family.extend(children(&thread)?);
            }
            next += 1;
        }
        Ok(family)
    }
}

/// Time that this process has run, without its children: they are the servers.
pub fn own_cpu() -> Duration {
    cpu_alone(std::process::id())
}

fn cpu_alone(pid: u32) -> Duration {
    let running = threads(pid).filter_map(|thread| running_ns(&thread.join("schedstat")));
    Duration::from_nanos(running.sum())
}

/// Where the kernel describes them. A process or a thread may end between the listing and the reading.
fn threads(pid: u32) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten().map(|thread| thread.path())
}

/// Of a thread. None when it has ended meanwhile; but a kernel that does not tell would have a server's worker cost nothing.
fn children(thread: &Path) -> Result<Vec<u32>, ClientError> {
    match fs::read_to_string(thread.join("children")) {
        Ok(children) => Ok(children.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound && thread.exists() => Err(ClientError::Unreachable(format!(
            "the server's descendants: the kernel has no {}/children (CONFIG_PROC_CHILDREN)",
            thread.display()
        ))),
        Err(_) => Ok(Vec::new()),
    }
}

fn resident_kilobytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    resident.split_ascii_whitespace().next()?.parse().ok()
}

/// Time that the calling thread has run.
pub fn own_thread_cpu() -> Duration {
    Duration::from_nanos(running_ns(Path::new("/proc/thread-self/schedstat")).unwrap_or_default())
}

/// Datagrams that the kernel dropped since boot because a receive buffer was full, of all sockets of this network namespace.
pub fn receive_buffer_errors() -> u64 {
    let snmp = fs::read_to_string("/proc/net/snmp").unwrap_or_default();
    let mut udp = snmp.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (Some(names), Some(values)) = (udp.next(), udp.next()) else { return 0 };
    let column = names.split_ascii_whitespace().position(|name| name == "RcvbufErrors");
    column.and_then(|column| values.split_ascii_whitespace().nth(column)?.parse().ok()).unwrap_or_default()
}

fn running_ns(schedstat: &Path) -> Option<u64> {
    fs::read_to_string(schedstat).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

fn gone(error: std::io::Error) -> ClientError {
    ClientError::Unreachable(format!("the server's process: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn descendants_are_counted_with_their_process() {
        // The inner shell tells its id and waits for the end of its input, and the outer one for it.
        let mut child = Command::new("sh")
            .args(["-c", "sh -c 'echo $$; read end'; true"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let grandchild: u32 = line.trim().parse().expect("an id");

        let own = ServerProcess::new(std::process::id()).family().expect("itself");
        assert!(own.contains(&child.id()) && own.contains(&grandchild), "{own:?}");
        let family = ServerProcess::new(child.id());
        assert_eq!(family.family().expect("itself"), [child.id(), grandchild]);
        let inner = ServerProcess::new(grandchild);
        let apart = cpu_alone(child.id()) + cpu_alone(grandchild);
        assert!(family.cpu().expect("time") >= apart);
        assert!(family.resident_bytes().expect("memory") > inner.resident_bytes().expect("memory"));

        drop(child.stdin.take());
        child.wait().expect("its end");
        assert!(family.cpu().is_err(), "it is gone");
    }

    #[test]
    fn a_kernel_that_does_not_tell_of_children_is_no_kernel_without_any() {
        let threads = std::env::temp_dir().join(format!("exedra-threads-{}", std::process::id()));
        let thread = threads.join("1");
        assert!(children(&thread).expect("it has ended").is_empty());
        fs::create_dir_all(&thread).expect("a thread");
        let error = children(&thread).expect_err("nobody knows").to_string();
        assert!(error.contains("CONFIG_PROC_CHILDREN"), "{error}");
        fs::write(thread.join("children"), "12 34 ").expect("its children");
        assert_eq!(children(&thread).expect("children"), [12, 34]);
        fs::remove_dir_all(&threads).expect("the end of it");
    }

    #[test]
    fn the_own_process_has_memory_and_gathers_time() {
        assert!(ServerProcess::new(std::process::id()).resident_bytes().expect("memory") > 100_000);
        let (before, thread_before) = (own_cpu(), own_thread_cpu());
        // Works until the clock has moved; it must, or the run never ends.
        let mut sum = 0u64;
        while own_thread_cpu() < thread_before + Duration::from_millis(20) {
            sum = sum.wrapping_mul(31).wrapping_add(std::hint::black_box(7));
        }
        assert!(own_cpu() >= before + Duration::from_millis(20), "{sum}");
    }
}
