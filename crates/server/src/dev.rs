//! `exedra dev`: a server for the desk. Keys are made at the first start and kept; nothing has a default secret.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use exedra_contract::Fault;
use exedra_contract::project::{ProjectId, ProjectKey};
use exedra_session::limits::Limits;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::config::{Certificate, Config, Https, ProjectDraft, ROOMS_MAX, SOCKETS_MAX, cores};
use crate::serve::{Ready, Running, invalid, open_store, print_ready};
use crate::store::{Store, unavailable};
use crate::{cli, clock, random, tls};

/// As long as the vendor's.
const SECRET_CHARS: usize = 40;

pub async fn run(options: cli::Dev) -> Result<(), Vec<Fault>> {
    let json = options.json;
    let lan = tls::lan_address();
    let config = config(options, lan)?;
    let store = open_store(&config).await?;
    let (project_id, secret) = project(&store).await.map_err(|fault| vec![fault])?;
    let running = Running::start(config, store).await?;

    let url = format!("http://localhost:{}", running.http.port());
    let host = lan.map_or("localhost".to_owned(), |address| SocketAddr::new(address, 0).ip().to_string());
    let https_url = running.https.map(|address| format!("https://{host}:{}", address.port()));
    if let (Some(_), Some(https_url)) = (lan, &https_url) {
        let _ = running.node.network_url.set(https_url.clone());
    }
    let api_key = Some(project_id.to_string());
    if json {
        print_ready(&Ready { url, https_url, api_key, api_secret: Some(secret), pid: std::process::id() });
    } else {
        print_banner(&url, https_url.as_deref(), project_id.as_str(), &secret);
    }
    running.until_told_to_stop().await
}

fn config(options: cli::Dev, lan: Option<IpAddr>) -> Result<Config, Vec<Fault>> {
    let mut problems = Vec::new();
    let drafts = options.applications.iter().map(|text| ProjectDraft::application(text));
    let projects = drafts.filter_map(|draft| draft.check(&mut problems)).collect();
    if !problems.is_empty() {
        return Err(problems.into_iter().map(invalid).collect());
    }
    let all = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let mut media_addresses = options.media_addresses;
    if media_addresses.is_empty() {
        media_addresses = lan.into_iter().chain([IpAddr::V4(Ipv4Addr::LOCALHOST)]).collect();
    }
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let names = lan.into_iter().chain(loopback).map(|address| address.to_string()).chain(["localhost".to_owned()]);
    let limits = Limits::default();
    Ok(Config {
        listen: SocketAddr::new(all, options.port),
        https: Some(Https {
            listen: SocketAddr::new(all, options.https_port),
            certificate: Certificate::SelfSigned(names.collect()),
        }),
        data_dir: options.data_dir,
        media_port: options.media_port,
        media_addresses,
        shards: options.shards.unwrap_or_else(cores).max(1),
        sockets_max: SOCKETS_MAX,
        rooms_max: ROOMS_MAX,
        session_connections_max: limits.connections_max,
        connection_subscriptions_max: limits.subscriptions_per_connection_max,
        subscriber_may_signal: false,
        projects,
        sandbox_projects: Vec::new(),
        dev: true,
    })
}

/// The project of this data directory; made when there is none.
async fn project(store: &Store) -> Result<(ProjectId, String), Fault> {
    if let Some(existing) = store.first_project().await.map_err(unavailable("read project"))? {
        return Ok(existing);
    }
    let id = ProjectId::ApiKey(format!("{}", 10_000_000 + random::bits() % 90_000_000));
    let secret = random::hex(SECRET_CHARS);
    let key = ProjectKey::Secret(secret.clone());
    store.put_project(&id, &key, clock::now_ms()).await.map_err(unavailable("write project"))?;
    Ok((id, secret))
}

fn print_banner(url: &str, https_url: Option<&str>, api_key: &str, secret: &str) {
    println!("\n  Exedra is ready\n\n  On this machine    {url}");
    if let Some(https_url) = https_url {
        println!("  In your network    {https_url}   (self-signed: accept the warning once)\n");
        if let Ok(code) = QrCode::new(https_url) {
            let code = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
            code.lines().for_each(|line| println!("    {line}"));
        }
    }
    println!("\n  API key            {api_key}\n  API secret         {secret}\n\n  Ctrl-C stops it.\n");
}
