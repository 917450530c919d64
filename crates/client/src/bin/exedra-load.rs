//! `make bench` and `make bench-peers`: starts servers on their own core, loads them, and writes a scoreboard.
//!
//! `exedra-load --server exedra=target/release/exedra --scenarios video:100,meeting:10 --repeats 3 --out bench`

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use exedra_client::load::{
    Environment, LoadOptions, Measured, Report, Run, Scenario, Server, ServerKind, ServerSpec, run, write_report,
};

#[derive(Parser)]
struct Options {
    /// A binary to load, as NAME=PATH. Janus and LiveKit are driven if the name is `janus` or `livekit`, ours if it begins
    /// with `exedra`, any other by WHIP and WHEP. May be repeated; the others are compared with the first
    #[arg(long = "server", default_value = "exedra=target/release/exedra", value_parser = server_spec)]
    servers: Vec<ServerSpec>,

    /// Address of servers and load
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// Core of the server, signaling included
    #[arg(long, default_value_t = 0)]
    server_core: usize,

    /// Cores of the members' threads; signaling of the load shares the last one. Default: all others
    #[arg(long, value_delimiter = ',')]
    client_cores: Vec<usize>,

    #[arg(
        long,
        value_delimiter = ',',
        default_value = "video:1,video:10,video:50,video:200,video:500,video:1000,browser:200,rooms:200,rooms:1000,rooms:1300,audio:50,audio:200,audio:500,audio:1000,meeting:50"
    )]
    scenarios: Vec<Scenario>,

    #[arg(long, default_value_t = 3)]
    repeats: usize,

    #[arg(long, default_value_t = 5.0)]
    window_s: f64,

    /// One short repeat, to see that everything works
    #[arg(long)]
    quick: bool,

    /// Let the kernel coalesce what members receive
    #[arg(long)]
    gro: bool,

    /// Output of the micro benchmark of forwarding, to be shown beside it
    #[arg(long)]
    forward: Option<PathBuf>,

    #[arg(long, default_value = "Scoreboard")]
    title: String,

    /// Where NAME.json, .md and .svg go, and that name
    #[arg(long, default_value = "bench")]
    out: PathBuf,

    #[arg(long, default_value = "scoreboard")]
    name: String,
}

fn server_spec(text: &str) -> Result<ServerSpec, String> {
    let (name, binary) = text.split_once('=').ok_or("expected NAME=PATH")?;
    let kind = match name {
        name if name.starts_with("exedra") => ServerKind::Exedra,
        "janus" => ServerKind::Janus,
        "livekit" => ServerKind::LiveKit,
        _ => ServerKind::Whip,
    };
    Ok(ServerSpec { name: name.to_owned(), kind, binary: binary.into() })
}

fn main() -> ExitCode {
    let mut options = Options::parse();
    if options.quick {
        (options.repeats, options.window_s) = (1, 2.0);
    }
    match bench(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let cores = exedra_udp::allowed_cores()?;
    let mut client_cores = options.client_cores.clone();
    if client_cores.is_empty() {
        client_cores = cores.iter().copied().filter(|core| *core != options.server_core).collect();
    }
    // Signaling needs room beside the members' threads.
    let worker_cores = match client_cores.len() {
        0 => return Err("the load needs a core of its own".into()),
        1 | 2 => client_cores.clone(),
        more => client_cores[..more - 1].to_vec(),
    };
    exedra_udp::pin_to_core(*client_cores.last().ok_or("no core")?)?;
    let load_before = load_average();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let load = LoadOptions {
        local: options.address,
        worker_cores,
        client_cores: client_cores.len(),
        joining_max: 16,
        window: Duration::from_secs_f64(options.window_s),
        tick: Duration::from_millis(1),
        gro: options.gro,
    };

    let of = |spec: &ServerSpec, scenario: &Scenario| Measured {
        server: spec.name.clone(),
        scenario: *scenario,
        runs: Vec::new(),
    };
    let mut measured: Vec<(&ServerSpec, Measured)> = options
        .scenarios
        .iter()
        .flat_map(|scenario| options.servers.iter().map(move |spec| (spec, of(spec, scenario))))
        .filter(|(spec, of)| {
            let is_for = of.scenario.is_for(spec.kind);
            if !is_for {
                eprintln!("{}, {}: left out, it is driven on Exedra only", of.server, of.scenario);
            }
            is_for
        })
        .collect();
    // Interleaved, so that what drifts on the machine drifts for all; a fresh server each time, so that memory is honest.
    for repeat in 1..=options.repeats {
        for (spec, of) in &mut measured {
            let server = Server::start(spec, options.server_core, options.address)?;
            let result = runtime.block_on(run(&load, &server, &of.scenario));
            let run = result.map_err(|error| format!("{}, {}: {error}", of.server, of.scenario))?;
            say(repeat, of, &run);
            of.runs.push(run);
        }
    }
    let report = Report {
        title: options.title.clone(),
        name: options.name.clone(),
        environment: Environment {
            commit: output("git", &["rev-parse", "--short", "HEAD"]),
            machine: machine(cores.len()),
            kernel: output("uname", &["-r"]),
            load_before,
            server_core: options.server_core,
            client_cores,
            window_s: options.window_s,
        },
        measured: measured.into_iter().map(|(_, measured)| measured).collect(),
        forward: options.forward.as_ref().map(std::fs::read_to_string).transpose()?,
    };
    write_report(&report, &options.out)?;
    println!("\n{}", report.markdown());
    Ok(())
}

fn say(repeat: usize, of: &Measured, run: &Run) {
    eprintln!(
        "{repeat}: {}, {}: {:.0} packets/s, {:.2} µs/packet, {:.2} cores, loss {:.3} %, {:.0} % live, latency {:.2}/{:.2} ms, \
         {:.0} KB/member, join {:.0} ms, client core {:.0} %{}",
        of.server,
        of.scenario,
        run.packets_per_second,
        run.server_cpu_us_per_packet,
        run.server_cores,
        run.loss * 100.0,
        run.tracks_live * 100.0,
        run.latency_ms_p50,
        run.latency_ms_p99,
        run.memory_kb_per_member,
        run.join_ms_p50,
        run.client_core_max * 100.0,
        if run.is_void() { "  VOID" } else { "" },
    );
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
