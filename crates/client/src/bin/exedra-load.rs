//! `make bench`: starts a server on its own cores, loads it, and writes the scoreboard.
//!
//! `exedra-load --server target/release/exedra --subscribers 100,200 --repeats 3 --out bench`

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use clap::Parser;
use exedra_client::load::{LoadOptions, Report, Run, Scenario, run, write_report};
use exedra_client::synthetic::traffic::TrafficShape;
use serde::Deserialize;

#[derive(Parser)]
struct Options {
    /// The binary to load; started as `exedra dev` with a fresh data directory
    #[arg(long, default_value = "target/release/exedra")]
    server: PathBuf,

    /// Core of the server, signaling included
    #[arg(long, default_value_t = 0)]
    server_core: usize,

    /// Cores of the subscribers' threads; the publisher and signaling of the load share the last one. Default: all others
    #[arg(long, value_delimiter = ',')]
    client_cores: Vec<usize>,

    #[arg(long, value_delimiter = ',', default_value = "50,200,500")]
    subscribers: Vec<usize>,

    #[arg(long, default_value_t = 3)]
    repeats: usize,

    #[arg(long, default_value_t = 5.0)]
    window_s: f64,

    /// Let the kernel coalesce what subscribers receive
    #[arg(long)]
    gro: bool,

    /// Output of the micro benchmark of forwarding, to be shown beside it
    #[arg(long)]
    forward: Option<PathBuf>,

    /// Where scoreboard.json and scoreboard.md go
    #[arg(long, default_value = "bench")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match bench(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let cores = exedra_udp::allowed_cores()?;
    let mut client_cores = options.client_cores.clone();
    if client_cores.is_empty() {
        client_cores = cores.iter().copied().filter(|core| *core != options.server_core).collect();
    }
    // Signaling and the publisher need room beside the subscribers' threads.
    let worker_cores = match client_cores.len() {
        0 => return Err("the load needs a core of its own".into()),
        1 | 2 => client_cores.clone(),
        more => client_cores[..more - 1].to_vec(),
    };
    exedra_udp::pin_to_core(*client_cores.last().ok_or("no core")?)?;
    let load_before = load_average();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

    let shapes = [("video", TrafficShape::VIDEO), ("audio only", TrafficShape::AUDIO_ONLY)];
    let mut scenarios: Vec<Scenario> = shapes
        .iter()
        .flat_map(|(name, _)| {
            let scenario = |subscribers: &usize| Scenario {
                name: (*name).to_owned(),
                subscribers: *subscribers,
                runs: Vec::new(),
            };
            options.subscribers.iter().map(scenario)
        })
        .collect();
    // Interleaved, so that what drifts on the machine drifts for all; a fresh server each time, so that memory is honest.
    for repeat in 1..=options.repeats {
        for scenario in &mut scenarios {
            let shape = shapes.iter().find(|(name, _)| *name == scenario.name).map(|(_, shape)| *shape);
            let server = Server::start(&options)?;
            let load = LoadOptions {
                origin: server.ready.url.replace("localhost", "127.0.0.1"),
                server_pid: server.ready.pid,
                local: IpAddr::V4(Ipv4Addr::LOCALHOST),
                subscribers: scenario.subscribers,
                shape: shape.unwrap_or(TrafficShape::VIDEO),
                worker_cores: worker_cores.clone(),
                joining_max: 16,
                window: Duration::from_secs_f64(options.window_s),
                tick: Duration::from_millis(1),
                gro: options.gro,
            };
            let measured = runtime.block_on(run(&load))?;
            say(repeat, &scenario.name, &measured);
            scenario.runs.push(measured);
        }
    }
    let report = Report {
        commit: output("git", &["rev-parse", "--short", "HEAD"]),
        machine: machine(cores.len()),
        kernel: output("uname", &["-r"]),
        load_before,
        server_cores: options.server_core.to_string(),
        client_cores,
        window_s: options.window_s,
        scenarios,
        forward: options.forward.as_ref().map(std::fs::read_to_string).transpose()?,
    };
    write_report(&report, &options.out)?;
    println!("\n{}", report.markdown());
    Ok(())
}

fn say(repeat: usize, name: &str, run: &Run) {
    eprintln!(
        "{repeat}: {name}, {} subscribers: {:.0} packets/s, {:.2} µs/packet, {:.2} cores, loss {:.3} %, latency {:.2}/{:.2} ms, \
         {:.0} KB/subscriber, join {:.0} ms, client core {:.0} %{}",
        run.subscribers,
        run.packets_per_second,
        run.server_cpu_us_per_packet,
        run.server_cores,
        run.loss * 100.0,
        run.latency_ms_p50,
        run.latency_ms_p99,
        run.memory_kb_per_subscriber,
        run.join_ms_p50,
        run.client_core_max * 100.0,
        if run.is_void() { "  VOID" } else { "" },
    );
}

/// A server of this run, killed with it.
struct Server {
    child: Child,
    ready: Ready,
    data: PathBuf,
}

#[derive(Deserialize)]
struct Ready {
    url: String,
    pid: u32,
}

impl Server {
    fn start(options: &Options) -> Result<Self, Box<dyn std::error::Error>> {
        let data = std::env::temp_dir().join(format!("exedra-load-{}", uuid::Uuid::new_v4().simple()));
        let mut child = Command::new("taskset")
            .args(["-c", &options.server_core.to_string()])
            .arg(&options.server)
            .args(["dev", "--json", "--port", "0", "--https-port", "0", "--media-port", "0", "--shards", "1"])
            .args(["--media-address", "127.0.0.1", "--data-dir"])
            .arg(&data)
            .env("EXEDRA_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", options.server.display()))?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        match serde_json::from_str(&line) {
            Ok(ready) => Ok(Self { child, ready, data }),
            Err(error) => {
                child.kill()?;
                Err(format!("the server did not say that it is ready: {error}: {line}").into())
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or("unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Over the last minute.
fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_ascii_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}

fn machine(cores: usize) -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, model)| model));
    format!("{} × {}", cores, model.unwrap_or("unknown CPU"))
}
