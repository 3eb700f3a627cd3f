//! The settings, from wherever they come.

use std::path::PathBuf;

use clap::Args;
use onrecord::config::{self, Config, File, Hidden, Limits, Network, Rates};

/// Settings come from the command line, then from the environment, then from the file, then from defaults.
#[derive(Args, Default)]
pub struct Settings {
    /// A TOML file with any of these settings, in lower case.
    #[arg(long, env = "ONRECORD_CONFIG")]
    config: Option<PathBuf>,
    /// The database: a path (SQLite) or postgres://…
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, env = "LISTEN")]
    listen: Option<String>,
    /// The scheme and host that callers use; issuer and audience of tokens [default: http:// and LISTEN].
    #[arg(long, env = "PUBLIC_URL")]
    public_url: Option<String>,
    /// Where the keys lie; made at first start, mode 0600 [default: ./onrecord-keys].
    #[arg(long, env = "KEYS_DIR")]
    keys_dir: Option<PathBuf>,
    /// Where to serve Prometheus metrics; off unless set.
    #[arg(long, env = "METRICS_LISTEN")]
    metrics_listen: Option<String>,
    /// Origins that may write from a browser, with commas between.
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    cors_origins: Option<Vec<String>>,
    /// The largest body, in bytes [default: 1048576].
    #[arg(long, env = "BODY_LIMIT")]
    body_limit: Option<usize>,
    /// Connections that read; as many write on PostgreSQL [default: 4].
    #[arg(long, env = "CONNECTIONS")]
    connections: Option<u32>,
    /// Threads that serve [default: the machine's cores, at most 8].
    #[arg(long, env = "WORKERS")]
    workers: Option<usize>,
    /// Requests a minute from one address without a credential; 0 is no limit [default: 600].
    #[arg(long, env = "LIMIT_ADDRESS")]
    limit_address: Option<u32>,
    /// Requests a minute with one credential; 0 is no limit [default: 1200].
    #[arg(long, env = "LIMIT_CREDENTIAL")]
    limit_credential: Option<u32>,
    /// Requests a minute with one key for open data; 0 is no limit [default: 3000].
    #[arg(long, env = "LIMIT_OPEN_DATA")]
    limit_open_data: Option<u32>,
    /// Sign-ins and failed credentials a minute from one address; 0 is no limit [default: 30].
    #[arg(long, env = "LIMIT_SIGN_IN")]
    limit_sign_in: Option<u32>,
    /// Open connections of one address; 0 is no limit [default: 256].
    #[arg(long, env = "LIMIT_CONNECTIONS")]
    limit_connections: Option<u32>,
    /// Addresses and networks of the proxies whose X-Forwarded-For is believed, with commas between.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    trusted_proxies: Option<Vec<String>>,
}

/// The variable that holds the keys themselves.
pub const KEYS_JSON: &str = "KEYS_JSON";

/// Not an option of the command line, where every user of the machine could read it.
fn keys_from_environment() -> Option<Hidden> {
    std::env::var(KEYS_JSON).ok().filter(|text| !text.is_empty()).map(Hidden)
}

impl Settings {
    /// Puts the sources together and checks every value.
    pub fn resolve(self) -> Result<Config, String> {
        let file = match &self.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        let database_url = self.database_url.or(file.database_url).ok_or(
            "DATABASE_URL is not set; give a path for SQLite, such as ./onrecord.sqlite, or postgres://user@host/database",
        )?;
        let listen_text = self.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = config::address("LISTEN", &listen_text)?;
        let public = self.public_url.or(file.public_url).unwrap_or_else(|| format!("http://{listen}"));
        let metrics = self.metrics_listen.or(file.metrics_listen);
        let mut limits = Limits::default();
        if let Some(bytes) = self.body_limit.or(file.body_limit) {
            limits.body_bytes = config::between("BODY_LIMIT", bytes, 1_024, 64 * 1_048_576)?;
        }
        if let Some(connections) = self.connections.or(file.connections) {
            limits.connections = config::between("CONNECTIONS", connections, 1, 200)?;
        }
        if let Some(workers) = self.workers.or(file.workers) {
            limits.workers = config::between("WORKERS", workers, 1, 256)?;
        }
        let rates = &mut limits.rates;
        for (name, wanted, rate) in [
            ("LIMIT_ADDRESS", self.limit_address.or(file.limit_address), &mut rates.address),
            ("LIMIT_CREDENTIAL", self.limit_credential.or(file.limit_credential), &mut rates.credential),
            ("LIMIT_OPEN_DATA", self.limit_open_data.or(file.limit_open_data), &mut rates.open_data),
            ("LIMIT_SIGN_IN", self.limit_sign_in.or(file.limit_sign_in), &mut rates.sign_in),
            ("LIMIT_CONNECTIONS", self.limit_connections.or(file.limit_connections), &mut rates.connections),
        ] {
            if let Some(wanted) = wanted {
                *rate = config::between(name, wanted, 0, Rates::MOST)?;
            }
        }
        let proxies = self.trusted_proxies.or(file.trusted_proxies).unwrap_or_default();
        limits.trusted_proxies =
            proxies.iter().map(|text| Network::parse(text.trim())).collect::<Result<_, _>>()?;
        let origins = self.cors_origins.or(file.cors_origins).unwrap_or_default();
        Ok(Config {
            database_url,
            listen,
            public_url: config::public_url(&public)?,
            keys_dir: self.keys_dir.or(file.keys_dir).unwrap_or_else(|| PathBuf::from("./onrecord-keys")),
            keys_json: keys_from_environment(),
            metrics_listen: metrics.map(|text| config::address("METRICS_LISTEN", &text)).transpose()?,
            cors_origins: origins.iter().map(|text| config::origin(text.trim())).collect::<Result<_, _>>()?,
            oidc: file.oidc,
            limits,
        })
    }
}
