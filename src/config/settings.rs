//! The settings, as they can be set: on the command line, in the environment, in a TOML file. A wrong value stops the
//! start with a message that names it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::site::{self, Licence, Site};
use super::{Config, Hidden, Limits, Network, OidcProvider, Rates};

/// Settings come from the command line, then from the environment, then from the file, then from defaults.
///
/// Each field declares all of these: the option, the environment variable (the field's name in capitals), the entry of
/// the file (the field's name) and the help. Only the providers are in the file alone.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[command(next_help_heading = "Settings")]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A TOML file with any of these settings, in lower case.
    #[arg(long, env = "ONRECORD_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// The database: a path (SQLite) or postgres://…
    #[arg(long, env, hide_env_values = true)]
    database_url: Option<String>,
    /// PostgreSQL replicas that the public reads from: postgres://…, with the hosts separated by commas.
    #[arg(long, env, hide_env_values = true)]
    read_database_url: Option<String>,
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, env)]
    listen: Option<String>,
    /// The scheme and host that callers use; issuer and audience of tokens [default: http:// and LISTEN].
    #[arg(long, env)]
    public_url: Option<String>,
    /// The directory of the keys; made at first start, mode 0600 [default: ./onrecord-keys].
    #[arg(long, env)]
    keys_dir: Option<PathBuf>,
    /// Where to serve Prometheus metrics; off unless set.
    #[arg(long, env)]
    metrics_listen: Option<String>,
    /// Origins that may write from a browser, with commas between.
    #[arg(long, env, value_delimiter = ',')]
    cors_origins: Option<Vec<String>>,
    /// The largest body, in bytes [default: 1048576].
    #[arg(long, env)]
    body_limit: Option<usize>,
    /// Connections that read; as many write on PostgreSQL [default: 4].
    #[arg(long, env)]
    connections: Option<u32>,
    /// Threads that serve [default: the machine's cores, at most 8].
    #[arg(long, env)]
    workers: Option<usize>,
    /// Requests a minute from one address without a credential; 0 is no limit [default: 600].
    #[arg(long, env)]
    limit_address: Option<u32>,
    /// Requests a minute with one credential; 0 is no limit [default: 1200].
    #[arg(long, env)]
    limit_credential: Option<u32>,
    /// Requests a minute with one API key for open data; 0 is no limit [default: 3000].
    #[arg(long, env)]
    limit_open_data: Option<u32>,
    /// Sign-ins and failed credentials a minute from one address; 0 is no limit [default: 30].
    #[arg(long, env)]
    limit_sign_in: Option<u32>,
    /// Open connections of one address; 0 is no limit [default: 256].
    #[arg(long, env)]
    limit_connections: Option<u32>,
    /// Number of processes that share the callers: each allows its share of the four limits a minute [default: 1].
    #[arg(long, env)]
    limit_shares: Option<u32>,
    /// Addresses and networks of the proxies whose X-Forwarded-For is believed, with commas between.
    #[arg(long, env, value_delimiter = ',')]
    trusted_proxies: Option<Vec<String>>,
    /// The licence of what the office publishes, by SPDX: OGL-UK-3.0, CC-BY-4.0, CC0-1.0 …; another one as `identifier | name |
    /// address` [default: OGL-UK-3.0].
    #[arg(long, env)]
    licence: Option<String>,
    /// Where to report a weakness of the service: mailto:, https:// or tel:; makes /.well-known/security.txt.
    #[arg(long, env)]
    security_contact: Option<String>,
    /// Whether residents can put questions to meetings without an account: true or false [default: false].
    #[arg(long, env)]
    resident_questions: Option<bool>,
    /// OpenID providers whose people may sign in.
    #[arg(skip)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oidc: Vec<OidcProvider>,
}

/// Where the keys are if no setting says so.
const DEFAULT_KEYS_DIR: &str = "./onrecord-keys";

/// The directory of the keys, for a command that uses nothing else of a server.
#[derive(Args, Clone, Debug)]
pub struct KeysDirectory {
    /// The directory of the keys.
    #[arg(long, env, default_value = DEFAULT_KEYS_DIR)]
    pub keys_dir: PathBuf,
}

/// The settings of a command that uses the database and nothing else of a server. The file may have all the others.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct DatabaseSettings {
    /// A TOML file with the settings of `serve`, in lower case.
    #[arg(long, env = "ONRECORD_CONFIG")]
    config: Option<PathBuf>,
    /// The database: a path (SQLite) or postgres://…
    #[arg(long, env, hide_env_values = true)]
    database_url: Option<String>,
}

impl DatabaseSettings {
    /// Merges the sources and checks every value.
    pub fn resolve(self) -> Result<Config, String> {
        self.with(None, None)
    }

    /// [`DatabaseSettings::resolve`], with the directory of the server's keys.
    pub fn with_keys(self, keys_dir: Option<PathBuf>) -> Result<Config, String> {
        self.with(keys_dir, None)
    }

    /// [`DatabaseSettings::resolve`], with the licence of the record.
    pub fn with_licence(self, licence: Option<String>) -> Result<Config, String> {
        self.with(None, licence)
    }

    fn with(self, keys_dir: Option<PathBuf>, licence: Option<String>) -> Result<Config, String> {
        let DatabaseSettings { config, database_url } = self;
        Settings { config, database_url, keys_dir, licence, ..Settings::default() }.resolve()
    }
}

/// The environment variable that holds the keys themselves. It is not an option of the command line, which every user of
/// the machine can read.
pub const KEYS_JSON: &str = "KEYS_JSON";

fn keys_from_environment() -> Option<Hidden> {
    std::env::var(KEYS_JSON).ok().filter(|text| !text.is_empty()).map(Hidden)
}

impl Settings {
    /// Reads a TOML file.
    pub fn read(path: &Path) -> Result<Settings, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// These settings, and for those that are not set the ones of the file.
    fn or(self, file: Settings) -> Result<Settings, serde_json::Error> {
        let mut merged = serde_json::to_value(file)?;
        let own = serde_json::to_value(self)?;
        for (name, value) in own.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            merged[name] = value.clone();
        }
        serde_json::from_value(merged)
    }

    /// Merges the sources and checks every value.
    pub fn resolve(self) -> Result<Config, String> {
        let file = match &self.config {
            Some(path) => Settings::read(path)?,
            None => Settings::default(),
        };
        let settings = self.or(file).map_err(|error| format!("the settings cannot be read: {error}"))?;
        let database_url = settings.database_url.ok_or(
            "DATABASE_URL is not set; give a path for SQLite, such as ./onrecord.sqlite, or postgres://user@host/database",
        )?;
        check_database_url(&database_url)?;
        if let Some(url) = &settings.read_database_url {
            check_read_database_url(url, &database_url)?;
        }
        let listen = settings.listen.as_deref().unwrap_or("127.0.0.1:8080");
        let listen = address("LISTEN", listen)?;
        let public = settings.public_url.unwrap_or_else(|| format!("http://{listen}"));
        let mut limits = Limits::default();
        if let Some(bytes) = settings.body_limit {
            limits.body_bytes = between("BODY_LIMIT", bytes, 1_024, 64 * 1_048_576)?;
        }
        if let Some(connections) = settings.connections {
            limits.connections = between("CONNECTIONS", connections, 1, 200)?;
        }
        if let Some(workers) = settings.workers {
            limits.workers = between("WORKERS", workers, 1, 256)?;
        }
        let rates = &mut limits.rates;
        for (name, value, rate) in [
            ("LIMIT_ADDRESS", settings.limit_address, &mut rates.address),
            ("LIMIT_CREDENTIAL", settings.limit_credential, &mut rates.credential),
            ("LIMIT_OPEN_DATA", settings.limit_open_data, &mut rates.open_data),
            ("LIMIT_SIGN_IN", settings.limit_sign_in, &mut rates.sign_in),
            ("LIMIT_CONNECTIONS", settings.limit_connections, &mut rates.connections),
        ] {
            if let Some(value) = value {
                *rate = between(name, value, 0, Rates::MOST)?;
            }
        }
        if let Some(shares) = settings.limit_shares {
            limits.rates = limits.rates.shared(between("LIMIT_SHARES", shares, 1, 1_000)?);
        }
        let proxies = settings.trusted_proxies.unwrap_or_default();
        limits.trusted_proxies =
            proxies.iter().map(|text| Network::parse(text.trim())).collect::<Result<_, _>>()?;
        let origins = settings.cors_origins.unwrap_or_default();
        Ok(Config {
            database_url,
            read_database_url: settings.read_database_url,
            listen,
            public_url: public_url(&public)?,
            keys_dir: settings.keys_dir.unwrap_or_else(|| PathBuf::from(DEFAULT_KEYS_DIR)),
            keys_json: keys_from_environment(),
            metrics_listen: settings
                .metrics_listen
                .map(|text| address("METRICS_LISTEN", &text))
                .transpose()?,
            cors_origins: origins.iter().map(|text| origin(text.trim())).collect::<Result<_, _>>()?,
            oidc: settings.oidc,
            limits,
            site: Site {
                licence: settings
                    .licence
                    .as_deref()
                    .map_or_else(|| Ok(Licence::default()), Licence::parse)?,
                security_contact: settings.security_contact.as_deref().map(site::contact).transpose()?,
                resident_questions: settings.resident_questions.unwrap_or(false),
            },
        })
    }
}

/// Parses an address to listen on.
pub fn address(name: &str, text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{name} is `{text}`; give an address and a port, such as 127.0.0.1:8080"))
}

/// Refuses the addresses of other makes of database, which would otherwise be taken for paths.
fn check_database_url(url: &str) -> Result<(), String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        None | Some("postgres" | "postgresql" | "sqlite") => Ok(()),
        Some(scheme) => Err(format!(
            "DATABASE_URL begins with `{scheme}://`; give a path for SQLite, such as ./onrecord.sqlite, or postgres://user@host/database"
        )),
    }
}

/// Refuses replicas of what has none.
fn check_read_database_url(url: &str, database_url: &str) -> Result<(), String> {
    let is_postgres = |url: &str| url.starts_with("postgres://") || url.starts_with("postgresql://");
    if !is_postgres(database_url) {
        return Err(
            "READ_DATABASE_URL is only for PostgreSQL, but DATABASE_URL is a SQLite file; leave READ_DATABASE_URL out, or give postgres://… as DATABASE_URL"
                .to_owned(),
        );
    }
    if !is_postgres(url) {
        return Err(
            "READ_DATABASE_URL is not an address of PostgreSQL; give the replicas as postgres://user@host1,host2/database".to_owned()
        );
    }
    Ok(())
}

/// Checks the address that callers use.
fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['/', '?', '#', ' ', '"']) => Ok(text.to_owned()),
        _ => Err(format!(
            "PUBLIC_URL is `{text}`; give the scheme and host that callers use, such as https://api.example.org, without a path"
        )),
    }
}

/// Checks an origin.
fn origin(text: &str) -> Result<String, String> {
    public_url(text).map_err(|_| {
        format!(
            "CORS_ORIGINS holds `{text}`; give origins such as https://www.example.org, with commas between"
        )
    })
}

/// Checks that a number is in its range.
fn between<T: PartialOrd + std::fmt::Display + Copy>(
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

#[cfg(test)]
mod tests {
    use super::Settings;

    fn settings(database: &str, replicas: &str) -> Settings {
        let some = |text: &str| Some(text.to_owned());
        Settings {
            database_url: some(database),
            read_database_url: some(replicas),
            limit_shares: Some(4),
            ..Settings::default()
        }
    }

    #[test]
    fn replicas_are_of_a_postgresql() {
        let fault = |database: &str, replicas: &str| settings(database, replicas).resolve().err();
        let pg = "postgres://one/db";
        assert_eq!(fault(pg, "postgres://two,three/db"), None);
        for (database, replicas, says) in [
            ("./a.sqlite", pg, "DATABASE_URL is a SQLite file"),
            (pg, "./b.sqlite", "is not an address of PostgreSQL"),
        ] {
            let fault = fault(database, replicas).unwrap_or_default();
            assert!(fault.starts_with("READ_DATABASE_URL") && fault.contains(says), "{fault}");
        }
    }

    #[test]
    fn each_process_counts_to_its_share() {
        let limits = settings("postgres://one/db", "postgres://two/db").resolve().map(|config| config.limits);
        let rates = limits.map(|limits| limits.rates).ok();
        assert_eq!(rates.map(|rates| (rates.address, rates.sign_in, rates.connections)), Some((150, 8, 256)));
    }
}
