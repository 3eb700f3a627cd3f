//! Settings: command line, then environment, then one file, then defaults. A wrong value stops the start
//! with a sentence that says which.

use std::net::{IpAddr, SocketAddr};
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
    /// How much one may ask for.
    pub rates: Rates,
    /// The proxies whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<Network>,
}

/// How much one may ask for in a minute; 0 is without a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Requests without a credential, by address.
    pub address: u32,
    /// Requests by credential.
    pub credential: u32,
    /// Requests by a key for open data.
    pub open_data: u32,
    /// Sign-ins, and credentials that are no good, by address.
    pub sign_in: u32,
    /// Open connections of one address, at any time.
    pub connections: u32,
}

impl Rates {
    /// The highest that can be set.
    pub const MOST: u32 = 100_000;
    /// No limits at all.
    pub const OFF: Rates = Rates { address: 0, credential: 0, open_data: 0, sign_in: 0, connections: 0 };
}

impl Default for Rates {
    // A page of the documentation is eight requests, a dashboard some forty; many readers of an office share an address.
    fn default() -> Rates {
        Rates { address: 600, credential: 1_200, open_data: 3_000, sign_in: 30, connections: 256 }
    }
}

/// A network: its first address, and how many bits say that an address is in it. Both as IPv6, in which IPv4 is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
}

impl Network {
    /// Reads an address, or a network in CIDR form.
    pub fn parse(text: &str) -> Result<Network, String> {
        let wrong = || {
            format!(
                "TRUSTED_PROXIES holds `{text}`; give addresses and networks such as 10.0.0.0/8, with commas between"
            )
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let own = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u32 = prefix.map_or(Ok(own), str::parse).map_err(|_| wrong())?;
        if prefix > own {
            return Err(wrong());
        }
        if prefix == 0 {
            return Err(format!("TRUSTED_PROXIES holds `{text}`, which is everybody; name your proxies"));
        }
        let network = Network { first: mapped(address), bits: 128 - own + prefix };
        if network.first & !network.mask() != 0 {
            return Err(format!(
                "TRUSTED_PROXIES holds `{text}`, which has bits behind its prefix; give the network's first address"
            ));
        }
        Ok(network)
    }

    /// True for an address of it.
    pub fn holds(&self, address: IpAddr) -> bool {
        mapped(address) & self.mask() == self.first
    }

    fn mask(&self) -> u128 {
        u128::MAX.checked_shl(128 - self.bits).unwrap_or(0)
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
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
            rates: Rates::default(),
            trusted_proxies: vec![],
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
    /// `LIMIT_ADDRESS`.
    pub limit_address: Option<u32>,
    /// `LIMIT_CREDENTIAL`.
    pub limit_credential: Option<u32>,
    /// `LIMIT_OPEN_DATA`.
    pub limit_open_data: Option<u32>,
    /// `LIMIT_SIGN_IN`.
    pub limit_sign_in: Option<u32>,
    /// `LIMIT_CONNECTIONS`.
    pub limit_connections: Option<u32>,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Option<Vec<String>>,
    /// OpenID providers whose people are let in; in the file only.
    #[serde(default)]
    pub oidc: Vec<OidcProvider>,
}

/// An OpenID provider, as the file names it; what its words mean is checked where they are used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// What we call it, in the log and in sentences.
    pub name: String,
    /// Its `iss`, letter by letter.
    pub issuer: String,
    /// The `aud` that its tokens for us have.
    pub audience: String,
    /// Where its public keys are.
    pub jwks_uri: String,
    /// The algorithms that its tokens may be signed with.
    pub algorithms: Option<Vec<String>>,
    /// What the header's `typ` may be.
    pub token_types: Option<Vec<String>>,
    /// Where the token names the person.
    pub subject_claim: Option<String>,
    /// Where it has a name that people know the person by.
    pub label_claim: Option<String>,
    /// What whose claims give.
    #[serde(default)]
    pub grants: Vec<OidcGrant>,
}

/// What people with a claim of that value are here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcGrant {
    /// Where the claim is: a name, names with dots between, or a JSON Pointer.
    pub claim: String,
    /// What it has to be, or to hold.
    pub value: String,
    /// The policing body, by reference.
    pub body: String,
    /// The organisation, by reference.
    pub organisation: String,
    /// The roles.
    pub roles: Vec<String>,
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
    /// OpenID providers whose people are let in.
    pub oidc: Vec<OidcProvider>,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> Option<bool> {
        Some(Network::parse(network).ok()?.holds(address.parse().ok()?))
    }

    #[test]
    fn a_network_holds_its_addresses_in_either_spelling() {
        assert_eq!(holds("10.0.0.0/8", "10.1.2.3"), Some(true));
        assert_eq!(holds("10.0.0.0/8", "::ffff:10.1.2.3"), Some(true));
        assert_eq!(holds("10.0.0.0/8", "11.1.2.3"), Some(false));
        assert_eq!(holds("192.0.2.7", "192.0.2.7"), Some(true));
        assert_eq!(holds("192.0.2.7", "192.0.2.8"), Some(false));
        assert_eq!(holds("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(holds("::1", "::1"), Some(true));
        assert_eq!(holds("::1", "::2"), Some(false));
        assert_eq!(holds("::ffff:10.0.0.0/104", "10.9.9.9"), Some(true));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "proxy", "10.0.0.0/33", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.0/", "10.0.0.0/-1"]
        {
            assert!(Network::parse(text).is_err_and(|told| told.contains("TRUSTED_PROXIES")), "{text}");
        }
    }
}
