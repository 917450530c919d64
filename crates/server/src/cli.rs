//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "exedra", version, about = "Self-hosted real-time video", propagate_version = true)]
pub struct Cli {
    /// What to log: a level (error, warn, info, debug) or a filter such as exedra=debug
    #[arg(long, global = true, env = "EXEDRA_LOG", default_value = "info")]
    pub log: String,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Starts a server for development: random keys, playground, self-signed HTTPS for the local network
    Dev(Dev),
    /// Starts a production server
    Serve(Serve),
    /// Puts a synthetic participant into a room of a development server
    Join(Join),
    /// Explains an error: what it means, and what to do next
    Explain {
        /// A code (TOKEN_EXPIRED), a vendor's number or name (1500, OT_TIMEOUT, trtc:-10012), or words of a message
        #[arg(required = true, allow_hyphen_values = true)]
        question: Vec<String>,
    },
}

#[derive(Args)]
pub struct Dev {
    /// HTTP port on all addresses; 0 takes any
    #[arg(long, env = "EXEDRA_PORT", default_value_t = 4000)]
    pub port: u16,

    /// HTTPS port on all addresses; 0 takes any
    #[arg(long, env = "EXEDRA_HTTPS_PORT", default_value_t = 4443)]
    pub https_port: u16,

    /// Where keys, sessions and the calls' logs are kept
    #[arg(long, env = "EXEDRA_DATA_DIR", default_value = ".data")]
    pub data_dir: PathBuf,

    /// Print one line of JSON when ready, or the problems that keep it from starting, and nothing else
    #[arg(long)]
    pub json: bool,

    /// First UDP port for media, one for each shard; 0 takes any
    #[arg(long, env = "EXEDRA_MEDIA_PORT", default_value_t = 5000)]
    pub media_port: u16,

    /// Address at which clients reach the media ports; may be repeated. Default: this machine's and loopback
    #[arg(long = "media-address", env = "EXEDRA_MEDIA_ADDRESSES", value_delimiter = ',')]
    pub media_addresses: Vec<IpAddr>,

    /// A Vonage application and the file of its public key (PEM); may be repeated
    #[arg(long = "application", value_name = "ID=FILE")]
    pub applications: Vec<String>,

    /// Threads for media; default: one for each core
    #[arg(long, env = "EXEDRA_SHARDS")]
    pub shards: Option<usize>,
}

#[derive(Args)]
pub struct Serve {
    /// TOML file; EXEDRA_* variables override it
    #[arg(long, env = "EXEDRA_CONFIG")]
    pub config: PathBuf,

    /// Print one line of JSON when ready, or the problems that keep it from starting
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Join {
    /// A moving test picture with a clock, and a tone
    #[arg(long, required = true)]
    pub demo: bool,

    #[arg(long, default_value = "http://localhost:4000")]
    pub url: String,

    #[arg(long, default_value = "lobby")]
    pub room: String,

    /// Publish by WHIP to this URL instead, with the token of --token
    #[arg(long, value_name = "URL", requires = "token", conflicts_with_all = ["room", "watch"])]
    pub whip: Option<String>,

    #[arg(long, requires = "whip")]
    pub token: Option<String>,

    /// Shown in the picture and to the others
    #[arg(long, default_value = "Exedra demo")]
    pub name: String,

    /// Receive the others too, and say what arrives
    #[arg(long)]
    pub watch: bool,

    /// Leave after this long; default: at Ctrl-C
    #[arg(long)]
    pub seconds: Option<u64>,
}
