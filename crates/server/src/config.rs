//! What the operator decides: read from the command line, a TOML file and `EXEDRA_*` variables, checked as a whole.
//!
//! A problem is never reported alone: [`Draft::check`] collects them all, so that one restart is enough to fix them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use exedra_contract::project::{ProjectId, ProjectKey};
use exedra_session::limits::Limits;
use serde::Deserialize;

/// Everything the node needs to know, checked.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub https: Option<Https>,
    pub data_dir: PathBuf,
    /// One UDP port per shard, upwards from here; 0 lets the system choose.
    pub media_port: u16,
    /// Addresses at which clients reach the media ports.
    pub media_addresses: Vec<IpAddr>,
    pub shards: usize,
    /// Signaling sockets open at once, joined or not.
    pub sockets_max: usize,
    /// Sessions with somebody in them at once.
    pub rooms_max: usize,
    /// Connections of one session.
    pub session_connections_max: usize,
    /// Subscriptions of one connection.
    pub connection_subscriptions_max: usize,
    /// Whether tokens of role `subscriber` may signal.
    pub subscriber_may_signal: bool,
    pub projects: Vec<(ProjectId, ProjectKey)>,
    /// Those of them whose users may make failures happen.
    pub sandbox_projects: Vec<ProjectId>,
    /// Development conveniences: `/dev/join`.
    pub dev: bool,
}

#[derive(Debug, Clone)]
pub struct Https {
    pub listen: SocketAddr,
    pub certificate: Certificate,
}

#[derive(Debug, Clone)]
pub enum Certificate {
    /// Made at start for these host names and addresses.
    SelfSigned(Vec<String>),
    Files {
        chain: PathBuf,
        key: PathBuf,
    },
}

/// The default of [`Config::sockets_max`].
pub const SOCKETS_MAX: usize = 50_000;

/// The default of [`Config::rooms_max`].
pub const ROOMS_MAX: usize = 100_000;

/// A secret shorter than this can be guessed.
const SECRET_CHARS_MIN: usize = 32;

/// Fewer different characters than this are no random secret.
const SECRET_DISTINCT_MIN: usize = 10;

/// The file and the environment as they are written, before anything is required of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Draft {
    pub listen: Option<String>,
    pub https_listen: Option<String>,
    pub tls_certificate_file: Option<PathBuf>,
    pub tls_key_file: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
    pub media_port: Option<u16>,
    pub media_addresses: Option<Vec<String>>,
    pub shards: Option<usize>,
    pub sockets_max: Option<usize>,
    pub rooms_max: Option<usize>,
    pub session_connections_max: Option<usize>,
    pub connection_subscriptions_max: Option<usize>,
    pub subscriber_may_signal: bool,
    pub projects: Vec<ProjectDraft>,
    /// One more project, for deployments that are configured by variables alone.
    pub project_id: Option<String>,
    pub project_secret: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectDraft {
    pub id: String,
    pub secret: Option<String>,
    pub public_key_file: Option<PathBuf>,
    /// Failures may be made to happen in it.
    pub sandbox: bool,
}

impl Draft {
    /// The file, overridden by `EXEDRA_*` variables. `Err`: what the parser said.
    pub fn load(file: &Path) -> Result<Self, String> {
        let mut draft: Self = config::Config::builder()
            .add_source(config::File::from(file).format(config::FileFormat::Toml))
            .add_source(
                config::Environment::with_prefix("EXEDRA")
                    .try_parsing(true)
                    .list_separator(",")
                    .with_list_parse_key("media_addresses")
                    .source(Some(relevant_variables())),
            )
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|source| source.to_string())?;
        // Taken as they are: a secret that happens to look like a number is none.
        let variable = |name| std::env::var(name).ok();
        draft.project_id = variable("EXEDRA_PROJECT_ID").or(draft.project_id);
        draft.project_secret = variable("EXEDRA_PROJECT_SECRET").or(draft.project_secret);
        Ok(draft)
    }

    /// The whole configuration, or every problem in it.
    pub fn check(self) -> Result<Config, Vec<String>> {
        let mut problems = Vec::new();
        let listen = address("listen", self.listen.as_deref().unwrap_or("0.0.0.0:4000"), &mut problems);
        let https = self.https(&mut problems);
        let media_addresses = self.media_addresses(&mut problems);
        let (media_port, shards) = self.media_ports(&mut problems);
        if self.data_dir.is_none() {
            problems.push("data_dir: name a directory for what must survive a restart".into());
        }
        let drafts = project_drafts(self.projects, self.project_id, self.project_secret, &mut problems);
        let sandboxes = drafts.iter().filter(|draft| draft.sandbox);
        let sandbox_projects = sandboxes.filter_map(|draft| ProjectId::parse(&draft.id)).collect();
        let projects: Vec<_> = drafts.into_iter().filter_map(|draft| draft.check(&mut problems)).collect();
        for (n, (id, _)) in projects.iter().enumerate() {
            if projects[..n].iter().any(|(other, _)| other == id) {
                problems.push(format!("projects: {id} is there twice"));
            }
        }
        let (Some(listen), Some(data_dir), true) = (listen, self.data_dir, problems.is_empty()) else {
            return Err(problems);
        };
        let limits = Limits::default();
        Ok(Config {
            listen,
            https,
            data_dir,
            media_port,
            media_addresses,
            shards,
            sockets_max: self.sockets_max.unwrap_or(SOCKETS_MAX),
            rooms_max: self.rooms_max.unwrap_or(ROOMS_MAX),
            session_connections_max: self.session_connections_max.unwrap_or(limits.connections_max),
            connection_subscriptions_max: self
                .connection_subscriptions_max
                .unwrap_or(limits.subscriptions_per_connection_max),
            subscriber_may_signal: self.subscriber_may_signal,
            projects,
            sandbox_projects,
            dev: false,
        })
    }

    fn https(&self, problems: &mut Vec<String>) -> Option<Https> {
        let Some(listen) = &self.https_listen else {
            if self.tls_certificate_file.is_some() || self.tls_key_file.is_some() {
                problems.push("tls_certificate_file, tls_key_file: say where they serve, in https_listen".into());
            }
            return None;
        };
        let listen = address("https_listen", listen, problems)?;
        let (Some(chain), Some(key)) = (&self.tls_certificate_file, &self.tls_key_file) else {
            problems.push("https_listen: needs tls_certificate_file and tls_key_file".into());
            return None;
        };
        for (name, path) in [("tls_certificate_file", chain), ("tls_key_file", key)] {
            if !path.is_file() {
                problems.push(format!("{name}: no file at {}", path.display()));
            }
        }
        Some(Https { listen, certificate: Certificate::Files { chain: chain.clone(), key: key.clone() } })
    }

    fn media_addresses(&self, problems: &mut Vec<String>) -> Vec<IpAddr> {
        let texts = self.media_addresses.as_deref().unwrap_or_default();
        if texts.is_empty() {
            problems.push("media_addresses: name at least one IP address at which clients reach this machine".into());
        }
        texts.iter().filter_map(|text| ip_address("media_addresses", text, problems)).collect()
    }

    /// The first port, and how many shards have one each from there.
    fn media_ports(&self, problems: &mut Vec<String>) -> (u16, usize) {
        let port = self.media_port.unwrap_or(5000);
        let shards = self.shards.unwrap_or_else(cores);
        if shards == 0 || shards > SHARDS_MAX {
            problems.push(format!("shards: expected 1 to {SHARDS_MAX}, got {shards}"));
        } else if port != 0 && usize::from(port) + shards - 1 > usize::from(u16::MAX) {
            problems.push(format!("media_port: {shards} shards do not fit above port {port}"));
        }
        (port, shards)
    }
}

/// Those of the file, and the one of the variables.
fn project_drafts(
    mut drafts: Vec<ProjectDraft>,
    id: Option<String>,
    secret: Option<String>,
    problems: &mut Vec<String>,
) -> Vec<ProjectDraft> {
    match (id, secret) {
        (Some(id), secret @ Some(_)) => drafts.push(ProjectDraft { id, secret, ..ProjectDraft::default() }),
        (None, None) => {}
        _ => problems.push("project_id, project_secret: only one of the two is set".into()),
    }
    if drafts.is_empty() {
        problems.push("projects: name at least one project; without one nobody can make a token".into());
    }
    drafts
}

/// More shards than this are no machine we know.
const SHARDS_MAX: usize = 256;

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl ProjectDraft {
    /// From `ID=FILE`.
    pub fn application(text: &str) -> Self {
        let (id, file) = text.split_once('=').unwrap_or((text, ""));
        Self { id: id.to_owned(), public_key_file: Some(file.into()), ..Self::default() }
    }

    pub fn check(self, problems: &mut Vec<String>) -> Option<(ProjectId, ProjectKey)> {
        let Some(id) = ProjectId::parse(&self.id) else {
            problems
                .push(format!("projects: {:?} is neither an API key (digits) nor an application id (UUID)", self.id));
            return None;
        };
        let key = match (&id, self.secret, self.public_key_file) {
            (ProjectId::ApiKey(_), Some(secret), None) => {
                let wrong = secret_problem(&secret);
                problems.extend(wrong.map(|wrong| format!("projects: the secret of {id} {wrong}")));
                ProjectKey::Secret(secret)
            }
            (ProjectId::Application(_), None, Some(file)) => match std::fs::read_to_string(&file) {
                Ok(pem) if pem.contains("PUBLIC KEY-----") => ProjectKey::PublicKeyPem(pem),
                Ok(_) => {
                    problems.push(format!("projects: {} holds no PEM public key", file.display()));
                    return None;
                }
                Err(source) => {
                    problems.push(format!("projects: {}: {source}", file.display()));
                    return None;
                }
            },
            (ProjectId::ApiKey(_), ..) => {
                problems.push(format!("projects: {id} is an API key: it needs a secret and no public_key_file"));
                return None;
            }
            (ProjectId::Application(_), ..) => {
                problems.push(format!("projects: {id} is an application: it needs a public_key_file and no secret"));
                return None;
            }
        };
        Some((id, key))
    }
}

/// Why a secret must not be used; `None` when it may.
fn secret_problem(secret: &str) -> Option<String> {
    let length = secret.chars().count();
    if length < SECRET_CHARS_MIN {
        return Some(format!("is too short: {length} characters, at least {SECRET_CHARS_MIN} are needed"));
    }
    let lower = secret.to_lowercase();
    if ["0123456789abcdef", "abcdefghij", "example", "secret", "password", "changeme", "your"]
        .iter()
        .any(|known| lower.contains(known))
    {
        return Some("is an example: make a random one".into());
    }
    let mut characters: Vec<char> = secret.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    (characters.len() < SECRET_DISTINCT_MIN)
        .then(|| format!("is not random: it has {} different characters", characters.len()))
}

fn address(name: &str, text: &str, problems: &mut Vec<String>) -> Option<SocketAddr> {
    let parsed = text.parse().ok();
    if parsed.is_none() {
        problems.push(format!("{name}: {text:?} is no address and port, such as 0.0.0.0:4000"));
    }
    parsed
}

fn ip_address(name: &str, text: &str, problems: &mut Vec<String>) -> Option<IpAddr> {
    match text.trim().parse::<IpAddr>() {
        Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) => {
            problems.push(format!("{name}: 0.0.0.0 is no address that a client can reach"));
            None
        }
        Ok(address) => Some(address),
        Err(_) => {
            problems.push(format!("{name}: {text:?} is no IP address"));
            None
        }
    }
}

/// Variables of the command line (`EXEDRA_LOG`, …) are none of the file's.
fn relevant_variables() -> config::Map<String, String> {
    const NAMES: [&str; 13] = [
        "EXEDRA_LISTEN",
        "EXEDRA_HTTPS_LISTEN",
        "EXEDRA_TLS_CERTIFICATE_FILE",
        "EXEDRA_TLS_KEY_FILE",
        "EXEDRA_DATA_DIR",
        "EXEDRA_MEDIA_PORT",
        "EXEDRA_MEDIA_ADDRESSES",
        "EXEDRA_SHARDS",
        "EXEDRA_SOCKETS_MAX",
        "EXEDRA_ROOMS_MAX",
        "EXEDRA_SESSION_CONNECTIONS_MAX",
        "EXEDRA_CONNECTION_SUBSCRIPTIONS_MAX",
        "EXEDRA_SUBSCRIBER_MAY_SIGNAL",
    ];
    NAMES.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "9f8a7c6e5d4b3a2918f7e6d5c4b3a2f1e0d9c8b7";

    fn draft(toml: &str) -> Draft {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn a_complete_file_is_accepted() {
        let config = draft(&format!(
            "listen = '0.0.0.0:80'\ndata_dir = '/var/lib/exedra'\nmedia_addresses = ['203.0.113.5']\nshards = 2\n[[projects]]\nid = '12345678'\nsecret = '{SECRET}'"
        ))
        .check()
        .unwrap();
        assert_eq!((config.listen.port(), config.shards, config.media_port, config.dev), (80, 2, 5000, false));
        assert_eq!(config.projects.len(), 1);
    }

    #[test]
    fn every_problem_is_listed_at_once() {
        let problems = draft(
            "listen = 'nowhere'\nhttps_listen = '0.0.0.0:443'\nmedia_addresses = ['0.0.0.0', 'host']\nshards = 0\n[[projects]]\nid = '1'\nsecret = 'short'\n[[projects]]\nid = 'x'\n[[projects]]\nid = '11111111-2222-4333-8444-555555555555'\nsecret = 'y'",
        )
        .check()
        .unwrap_err();
        for expected in [
            "listen:",
            "https_listen:",
            "0.0.0.0 is no",
            "\"host\"",
            "shards:",
            "too short",
            "neither",
            "is an application",
            "data_dir:",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(expected)),
                "{expected} is missing in {problems:#?}"
            );
        }
        assert_eq!(problems.len(), 9, "{problems:#?}");
    }

    #[test]
    fn a_certificate_that_would_serve_nobody_is_a_problem() {
        let problems = draft("tls_key_file = 'key.pem'").check().unwrap_err();
        assert!(problems.iter().any(|problem| problem.contains("https_listen")), "{problems:#?}");
    }

    #[test]
    fn short_example_and_monotonous_secrets_are_refused_and_never_shown() {
        for weak in [
            "tiny!",
            "0123456789abcdef0123456789abcdef01234567",
            "my-secret-my-secret-my-secret-my-secret",
            &"ab".repeat(20),
        ] {
            let problem = secret_problem(weak).unwrap();
            assert!(!problem.contains(weak), "{problem}");
        }
        assert_eq!(secret_problem(SECRET), None);
    }
}
