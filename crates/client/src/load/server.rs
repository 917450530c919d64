//! A server under load: started for one run on a core of its own, with nothing of earlier runs, and killed with the run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::error::ClientError;

const READY_WITHIN: Duration = Duration::from_secs(20);

/// By which members are admitted to a LiveKit of ours.
pub const LIVEKIT_KEY: &str = "load";
pub const LIVEKIT_SECRET: &str = "known-to-all-who-read-this-program";

/// Which signaling a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    Exedra,
    Janus,
    LiveKit,
    Whip,
}

/// A server to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSpec {
    /// As the report calls it.
    pub name: String,
    pub kind: ServerKind,
    pub binary: PathBuf,
}

pub struct Server {
    pub kind: ServerKind,
    /// Where its signaling is.
    pub origin: String,
    pub pid: u32,
    child: Child,
    data: PathBuf,
}

/// What `exedra dev --json` prints.
#[derive(Deserialize)]
struct Ready {
    url: String,
}

impl Server {
    /// Returns once it can be signaled to. `address` is where its media will be.
    pub fn start(spec: &ServerSpec, core: usize, address: IpAddr) -> Result<Self, ClientError> {
        let data = std::env::temp_dir().join(format!("exedra-load-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir_all(&data).map_err(failed)?;
        // It pins itself: the process keeps its id.
        let mut command = Command::new("taskset");
        command.args(["-c", &core.to_string()]).arg(&spec.binary);
        let port = free_port(address)?;
        match spec.kind {
            ServerKind::Exedra => {
                command
                    .args(["dev", "--json", "--https-port", "0", "--media-port", "0", "--shards", "1"])
                    .args(["--port", &port.to_string(), "--media-address", &address.to_string(), "--data-dir"])
                    .arg(&data)
                    .env("EXEDRA_LOG", "warn")
                    .stdout(Stdio::piped());
            }
            ServerKind::Janus => {
                configure_janus(&data, address, port).map_err(failed)?;
                command.arg("--configs-folder").arg(&data).stdout(Stdio::null()).stderr(Stdio::null());
            }
            ServerKind::LiveKit => {
                let config = livekit_config(address, port);
                command.args(["--config-body", &config]).stdout(Stdio::null());
            }
            ServerKind::Whip => {
                command.args(["-address", &address.to_string(), "-port", &port.to_string()]).stdout(Stdio::null());
            }
        }
        let child = command.spawn().map_err(|error| failed(format!("{}: {error}", spec.binary.display())))?;
        let scheme = match spec.kind {
            ServerKind::Janus | ServerKind::LiveKit => "ws",
            ServerKind::Exedra | ServerKind::Whip => "http",
        };
        let origin = format!("{scheme}://{}", SocketAddr::new(address, port));
        let mut server = Self { kind: spec.kind, origin, pid: child.id(), child, data };
        server.wait(SocketAddr::new(address, port))?;
        Ok(server)
    }

    fn wait(&mut self, signaling: SocketAddr) -> Result<(), ClientError> {
        if let Some(stdout) = self.child.stdout.take() {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
            let ready: Result<Ready, _> = serde_json::from_str(&line);
            return match ready {
                Ok(ready) if ready.url.ends_with(&format!(":{}", signaling.port())) => Ok(()),
                _ => Err(failed(format!("the server did not say that it is ready: {line}"))),
            };
        }
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect_timeout(&signaling, READY_WITHIN).is_err() {
            if Instant::now() > deadline || self.child.try_wait().map_err(failed)?.is_some() {
                return Err(failed("the server does not listen"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn free_port(address: IpAddr) -> Result<u16, ClientError> {
    let listener = TcpListener::bind((address, 0)).map_err(failed)?;
    Ok(listener.local_addr().map_err(failed)?.port())
}

/// ICE-lite like ours, one address, two event loops (its default of a thread for each member is slower), nothing but VideoRoom.
fn configure_janus(folder: &Path, address: IpAddr, port: u16) -> std::io::Result<()> {
    let others =
        ["audiobridge", "echotest", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "voicemail"];
    let disabled: Vec<String> = others.iter().map(|plugin| format!("libjanus_{plugin}.so")).collect();
    let general = format!(
        "general: {{\n  configs_folder = \"{}\"\n  debug_level = 2\n  event_loops = 2\n  session_timeout = 0\n}}\n\
         nat: {{\n  ice_lite = true\n  ice_enforce_list = \"{address}\"\n}}\n\
         plugins: {{\n  disable = \"{}\"\n}}\n\
         transports: {{\n  disable = \"libjanus_http.so,libjanus_pfunix.so\"\n}}\n",
        folder.display(),
        disabled.join(","),
    );
    fs::write(folder.join("janus.jcfg"), general)?;
    let websockets =
        format!("general: {{\n  ws = true\n  ws_port = {port}\n  ws_ip = \"{address}\"\n}}\nadmin: {{\n}}\n");
    fs::write(folder.join("janus.transport.websockets.jcfg"), websockets)?;
    fs::write(folder.join("janus.plugin.videoroom.jcfg"), "general: {\n}\n")
}

/// ICE-lite like ours, one port for all media as its documentation recommends for one core, and a log of errors.
fn livekit_config(address: IpAddr, port: u16) -> String {
    serde_json::json!({
        "port": port,
        "bind_addresses": [address],
        "rtc": { "udp_port": port, "node_ip": address, "use_external_ip": false, "use_ice_lite": true },
        "keys": { LIVEKIT_KEY: LIVEKIT_SECRET },
        "logging": { "level": "error" },
    })
    .to_string()
}

fn failed(why: impl std::fmt::Display) -> ClientError {
    ClientError::Unreachable(why.to_string())
}
