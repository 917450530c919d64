//! Starting and stopping a node: the parts of `dev` and `serve` that are the same.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use exedra_contract::{Fault, faults};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::config::{Config, Draft};
use crate::metrics::Metrics;
use crate::node::Node;
use crate::shard::Shards;
use crate::store::{Store, unavailable};
use crate::{cli, clock, http, tls};

/// How long requests that are under way may take once the node shuts down.
const DRAIN: Duration = Duration::from_secs(2);

/// A node that answers.
pub struct Running {
    pub node: Arc<Node>,
    pub http: SocketAddr,
    pub https: Option<SocketAddr>,
    handles: Vec<Handle<SocketAddr>>,
    servers: tokio::task::JoinSet<std::io::Result<()>>,
}

/// What `--json` prints once.
#[derive(Serialize)]
pub struct Ready {
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<String>,
    pub pid: u32,
}

pub async fn run(options: cli::Serve) -> Result<(), Vec<Fault>> {
    let draft = Draft::load(&options.config).map_err(|why| vec![faults::config_invalid("file", why)])?;
    let config = draft.check().map_err(|problems| problems.into_iter().map(invalid).collect::<Vec<_>>())?;
    let store = open_store(&config).await?;
    let running = Running::start(config, store).await?;
    if options.json {
        let url = format!("http://localhost:{}", running.http.port());
        let https_url = running.https.map(|address| format!("https://localhost:{}", address.port()));
        print_ready(&Ready { url, https_url, api_key: None, api_secret: None, pid: std::process::id() });
    }
    info!(port = running.http.port(), "ready");
    running.until_told_to_stop().await
}

/// A problem reads `setting: what is wrong`.
pub fn invalid(problem: String) -> Fault {
    let (key, reason) = problem.split_once(": ").unwrap_or(("configuration", &problem));
    faults::config_invalid(key, reason)
}

pub async fn open_store(config: &Config) -> Result<Store, Vec<Fault>> {
    let store = Store::open(&config.data_dir).await.map_err(|source| vec![unavailable("open")(source)])?;
    for (id, key) in &config.projects {
        store
            .put_project(id, key, clock::now_ms())
            .await
            .map_err(|source| vec![unavailable("write project")(source)])?;
    }
    Ok(store)
}

pub fn print_ready(ready: &Ready) {
    // A reader that has gone away is no reason to stop.
    use std::io::Write;
    let line = serde_json::to_string(ready).unwrap_or_default();
    let _ = writeln!(std::io::stdout(), "{line}");
    let _ = std::io::stdout().flush();
}

impl Running {
    pub async fn start(config: Config, store: Store) -> Result<Self, Vec<Fault>> {
        let metrics = Metrics::new(config.shards);
        let shards = Shards::start(&config, &metrics).map_err(|fault| vec![fault])?;
        let node = Arc::new(Node::new(config, store, shards, metrics));
        let router = http::router(node.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let mut servers = tokio::task::JoinSet::new();
        let mut handles = Vec::new();

        let (listener, http) = listen("listen", node.config.listen)?;
        let server = axum_server::from_tcp(listener).map_err(|source| internal(&source))?;
        let handle = Handle::new();
        servers.spawn(server.handle(handle.clone()).serve(router.clone()));
        handles.push(handle);

        let mut https = None;
        if let Some(options) = &node.config.https {
            let certificate = tls::rustls_config(&options.certificate)
                .await
                .map_err(|source| vec![faults::config_invalid("tls_certificate_file", source.to_string())])?;
            let (listener, address) = listen("https_listen", options.listen)?;
            let server = axum_server::from_tcp_rustls(listener, certificate).map_err(|source| internal(&source))?;
            let handle = Handle::new();
            servers.spawn(server.handle(handle.clone()).serve(router));
            handles.push(handle);
            https = Some(address);
        }
        Ok(Self { node, http, https, handles, servers })
    }

    /// SIGTERM and Ctrl-C end the node in good order; a second one is not needed and changes nothing.
    pub async fn until_told_to_stop(mut self) -> Result<(), Vec<Fault>> {
        let mut terminate = signal(SignalKind::terminate()).map_err(|source| internal(&source))?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
            Some(ended) = self.servers.join_next() => {
                let why = format!("a listener ended by itself: {ended:?}");
                return Err(vec![faults::internal().because(why)]);
            }
        }
        info!("shutting down");
        self.node.shut_down().await;
        for handle in &self.handles {
            handle.graceful_shutdown(Some(DRAIN));
        }
        while self.servers.join_next().await.is_some() {}
        info!("stopped");
        Ok(())
    }
}

fn listen(key: &'static str, address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), Vec<Fault>> {
    let wrong = |source: std::io::Error| vec![faults::config_invalid(key, format!("{address}: {source}"))];
    let listener = std::net::TcpListener::bind(address).map_err(wrong)?;
    listener.set_nonblocking(true).map_err(wrong)?;
    let bound = listener.local_addr().map_err(wrong)?;
    Ok((listener, bound))
}

fn internal(source: &std::io::Error) -> Vec<Fault> {
    vec![faults::internal().because(source)]
}
