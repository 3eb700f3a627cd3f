//! Settings: command line, then environment, then one file, then defaults. A wrong value stops the start
//! with a sentence that says which.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

/// Sizes and times.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_bytes: usize,
    /// How long a body may take to come in.
    pub body_time: Duration,
    /// The longest query string, in bytes.
    pub query_bytes: usize,
    /// How many bytes of public answers are kept ready.
    pub cache_bytes: u64,
    /// Connections that read (and as many that write, on PostgreSQL).
    pub connections: u32,
    /// Threads that serve.
    pub workers: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 1_048_576,
            body_time: Duration::from_secs(10),
            query_bytes: 8_192,
            cache_bytes: 8 * 1_048_576,
            connections: 4,
            workers: std::thread::available_parallelism().map_or(2, usize::from).min(8),
        }
    }
}

/// The file, as it may stand; every member can also come from the environment, in capitals.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `DATABASE_URL`.
    pub database_url: Option<String>,
    /// `LISTEN`.
    pub listen: Option<String>,
    /// `PUBLIC_URL`.
    pub public_url: Option<String>,
    /// `KEYS_DIR`.
    pub keys_dir: Option<PathBuf>,
    /// `METRICS_LISTEN`.
    pub metrics_listen: Option<String>,
    /// `CORS_ORIGINS`.
    pub cors_origins: Option<Vec<String>>,
    /// `BODY_LIMIT`.
    pub body_limit: Option<usize>,
    /// `CONNECTIONS`.
    pub connections: Option<u32>,
    /// `WORKERS`.
    pub workers: Option<usize>,
}

impl File {
    /// Reads a TOML file.
    pub fn read(path: &Path) -> Result<File, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// A setting that no log shows.
#[derive(Clone)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Everything that `serve` needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// A SQLite path or `postgres://…`.
    pub database_url: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address that callers use: issuer and audience of tokens.
    pub public_url: String,
    /// Where the keys lie.
    pub keys_dir: PathBuf,
    /// `KEYS_JSON`: the keys themselves, where they come from the environment and not from a file.
    pub keys_json: Option<Hidden>,
    /// Where to serve metrics, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Origins that may write from a browser.
    pub cors_origins: Vec<String>,
    /// Sizes and times.
    pub limits: Limits,
}

/// Reads an address to listen on.
pub fn address(name: &str, text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{name} is `{text}`; give an address and a port, such as 127.0.0.1:8080"))
}

/// Checks the address that callers use.
pub fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '?', '#', ' ', '"']) => Ok(text.to_owned()),
        _ => Err(format!(
            "PUBLIC_URL is `{text}`; give the scheme and host that callers use, such as https://api.example.org, without a path"
        )),
    }
}

/// Checks an origin.
pub fn origin(text: &str) -> Result<String, String> {
    public_url(text).map_err(|_| {
        format!(
            "CORS_ORIGINS holds `{text}`; give origins such as https://www.example.org, with commas between"
        )
    })
}

/// Checks a number of something.
pub fn between<T: PartialOrd + std::fmt::Display + Copy>(
    name: &str,
    value: T,
    least: T,
    most: T,
) -> Result<T, String> {
    if value < least || value > most {
        return Err(format!("{name} is {value}; give a number from {least} to {most}"));
    }
    Ok(value)
}
