//! The configuration of a server: checked values, whichever source they come from.

mod network;
mod settings;
mod site;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use network::Network;
pub use settings::{DatabaseSettings, KEYS_JSON, KeysDirectory, Settings, address};
pub use site::{Licence, Site};

/// Everything that `serve` needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// A SQLite path or `postgres://…`.
    pub database_url: String,
    /// `postgres://…`, with the replicas that the public's reads come from.
    pub read_database_url: Option<String>,
    pub listen: SocketAddr,
    /// The address that callers use: issuer and audience of tokens.
    pub public_url: String,
    pub keys_dir: PathBuf,
    /// The keys themselves, when they come from the environment and not from a file.
    pub keys_json: Option<Hidden>,
    /// Where to serve metrics; none for not at all.
    pub metrics_listen: Option<SocketAddr>,
    /// Origins that may write from a browser.
    pub cors_origins: Vec<String>,
    pub oidc: Vec<OidcProvider>,
    pub limits: Limits,
    /// What the office says about its record as a whole.
    pub site: Site,
}

/// A setting that is never logged.
#[derive(Clone)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Sizes and times.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest request body, in bytes.
    pub body_bytes: usize,
    /// How long a request body may take to arrive.
    pub body_time: Duration,
    /// The longest query string, in bytes.
    pub query_bytes: usize,
    /// The size of the cache of public responses, in bytes.
    pub cache_bytes: u64,
    /// Connections that read (and as many that write, on PostgreSQL).
    pub connections: u32,
    /// Threads that serve.
    pub workers: usize,
    pub rates: Rates,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
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

/// Rate limits, for a minute; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Requests without a credential, by address.
    pub address: u32,
    /// Requests by credential.
    pub credential: u32,
    /// Requests by API key for open data.
    pub open_data: u32,
    /// Sign-ins and failed credentials, by address.
    pub sign_in: u32,
    /// Open connections of one address, at any time.
    pub connections: u32,
}

impl Rates {
    /// The highest value that can be set.
    pub const MOST: u32 = 100_000;
    /// One process's share of the limits, where callers are spread evenly among several. Connections are not shared: each belongs to one process.
    pub fn shared(self, processes: u32) -> Rates {
        let share = |rate: u32| rate.div_ceil(processes.max(1));
        Rates {
            address: share(self.address),
            credential: share(self.credential),
            open_data: share(self.open_data),
            sign_in: share(self.sign_in),
            connections: self.connections,
        }
    }

    /// No limits.
    pub const OFF: Rates = Rates { address: 0, credential: 0, open_data: 0, sign_in: 0, connections: 0 };
}

impl Default for Rates {
    // A page of the documentation is eight requests, a dashboard some forty; many readers of an office share an address.
    fn default() -> Rates {
        Rates { address: 600, credential: 1_200, open_data: 3_000, sign_in: 30, connections: 256 }
    }
}

/// An OpenID provider, as the file of settings names it. Its values are checked where they are used.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// Our name for it, in the log and in error messages.
    pub name: String,
    /// Its `iss`, exactly.
    pub issuer: String,
    /// The `aud` of its tokens for us.
    pub audience: String,
    /// The address of its public keys.
    pub jwks_uri: String,
    /// The algorithms with which its tokens may be signed.
    pub algorithms: Option<Vec<String>>,
    /// The allowed values of the header's `typ`.
    pub token_types: Option<Vec<String>>,
    /// The claim that names the person.
    pub subject_claim: Option<String>,
    /// The claim with a name by which people know the person.
    pub label_claim: Option<String>,
    #[serde(default)]
    pub grants: Vec<OidcGrant>,
}

/// The roles of people with a certain value of a claim.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcGrant {
    /// The claim: a name, names with dots between, or a JSON Pointer.
    pub claim: String,
    /// The value that the claim must be, or contain.
    pub value: String,
    /// The policing body, by reference.
    pub body: String,
    /// The organisation, by reference.
    pub organisation: String,
    pub roles: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::Rates;

    #[test]
    fn a_share_of_a_limit_is_rounded_up_and_none_stays_none() {
        let rates = Rates { address: 600, credential: 1_201, open_data: 0, sign_in: 1, connections: 256 };
        let shared = Rates { address: 200, credential: 401, open_data: 0, sign_in: 1, connections: 256 };
        assert_eq!(rates.shared(3), shared);
        assert_eq!(rates.shared(1), rates);
    }
}
