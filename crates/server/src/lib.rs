//! The `exedra` binary: the only crate with sockets, disk, clocks, TLS and an environment.
//!
//! A library only so that its parsers can be fuzzed; nothing else depends on it.

mod assets;
mod cli;
mod clock;
mod config;
mod dev;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod metrics;
mod node;
mod random;
mod redact;
mod room;
mod sandbox;
mod serve;
mod shard;
mod signaling;
mod store;
mod tls;

use std::process::ExitCode;

use clap::Parser;
use exedra_contract::{Fault, faults};
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command};

/// The whole process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match EnvFilter::try_new(&cli.log) {
        // Standard output belongs to what a script asked for.
        Ok(filter) => tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .init(),
        Err(source) => return failed(&[faults::config_invalid("log", source.to_string())]),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => return failed(&[faults::internal().because(source)]),
    };
    let json = match &cli.command {
        Command::Dev(options) => options.json,
        Command::Serve(options) => options.json,
        Command::Join(_) | Command::Explain { .. } => false,
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Dev(options) => dev::run(options).await,
            Command::Serve(options) => serve::run(options).await,
            Command::Join(options) => join(options).await,
            Command::Explain { question } => explain(&question.join(" ")),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(faults) => {
            if json {
                faults.iter().for_each(|fault| println!("{}", fault.problem(None).to_value()));
            }
            failed(&faults)
        }
    }
}

/// On the operator's own terminal the internal half may be shown.
fn failed(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        let internal = fault.internal().to_string();
        eprintln!("error: {fault}{}", if internal.is_empty() { String::new() } else { format!(" ({internal})") });
    }
    ExitCode::FAILURE
}

async fn join(options: cli::Join) -> Result<(), Vec<Fault>> {
    use exedra_client::demo::{DemoAdmission, DemoOptions};
    use exedra_client::participant::WhipEndpoint;
    let whip = options.whip.zip(options.token).map(|(url, token)| DemoAdmission::Whip(WhipEndpoint { url, token }));
    let demo = DemoOptions {
        name: options.name,
        watch: options.watch,
        duration: options.seconds.map(std::time::Duration::from_secs),
        admission: whip.unwrap_or(DemoAdmission::Room(options.room.clone())),
        ..DemoOptions::new(options.url, options.room)
    };
    let stop = async {
        // Without a handler for Ctrl-C it ends the process, which is as good.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let outcome = exedra_client::demo::run(demo, stop, |line| println!("{line}")).await;
    outcome.map_err(|error| {
        eprintln!("error: {error}");
        Vec::new()
    })
}

fn explain(question: &str) -> Result<(), Vec<Fault>> {
    let Some(answer) = exedra_contract::explain::explain(question) else {
        eprintln!("error: nothing fits {question:?}; try a code, a vendor's number or name, or fewer words");
        return Err(Vec::new());
    };
    print!("{answer}");
    Ok(())
}
