//! A provider's public keys, cached: fetched from the configured address, and fetched again when a token names an unknown
//! key or the keys are an hour old. At most once a minute, whatever tokens are sent.
//!
//! A thread of its own fetches, so that a provider that is down or slow keeps nobody waiting but those whose keys are not
//! known, and those hold no thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use super::claims::name_of;
use crate::clock::Ts;
use crate::problem::Problem;

/// The least time between two attempts, in microseconds.
const PAUSE: i64 = 60 * 1_000_000;
/// The age at which keys are fetched again, in microseconds.
const STALE: i64 = 3_600 * 1_000_000;
/// How many keys a provider may have.
const MOST_KEYS: usize = 20;
/// How many requests may wait for a fetch.
const MOST_WAITING: usize = 64;
/// How long a request waits for a fetch, which takes three seconds at most.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Fetches the document.
pub type Fetch = Box<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>;

/// A key that verifies signatures.
pub struct Key {
    kid: String,
    algorithm: Algorithm,
    pub decoding: DecodingKey,
}

/// The keys of the last successful fetch, and its moment.
#[derive(Clone, Default)]
struct CachedKeys {
    keys: Arc<Vec<Arc<Key>>>,
    since: Option<Ts>,
}

/// The keys of one provider.
pub struct Jwks {
    shared: Arc<Shared>,
    waiting: AtomicUsize,
}

/// What the thread that fetches shares with the requests.
struct Shared {
    provider: String,
    fetch: Fetch,
    cached: RwLock<CachedKeys>,
    attempt: Mutex<Attempt>,
    ended: tokio::sync::Notify,
}

/// The latest attempt to fetch.
#[derive(Default)]
struct Attempt {
    began: Option<Ts>,
    is_running: bool,
}

/// One of the requests that wait; counted down when it is dropped.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn begin(count: &'a AtomicUsize) -> Option<Waiter<'a>> {
        let waiter = Waiter(count);
        (count.fetch_add(1, Ordering::AcqRel) < MOST_WAITING).then_some(waiter)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Jwks {
    /// Without keys; the first token fetches them.
    pub fn new(provider: &str, fetch: Fetch) -> Jwks {
        let shared = Shared {
            provider: provider.to_owned(),
            fetch,
            cached: RwLock::default(),
            attempt: Mutex::default(),
            ended: tokio::sync::Notify::new(),
        };
        Jwks { shared: Arc::new(shared), waiting: AtomicUsize::new(0) }
    }

    /// Has the keys fetched if that one is not known, and waits until they are. A key that is known is used as it is, also
    /// while old keys are fetched again.
    pub async fn prepare(&self, kid: &str, algorithm: Algorithm, now: Ts) -> Result<(), Problem> {
        let cached = self.shared.cached();
        if cached.find(kid, algorithm).is_some() {
            if cached.is_stale(now) {
                self.shared.begin_fetch(now);
            }
            return Ok(());
        }
        let _waiter = Waiter::begin(&self.waiting).ok_or_else(|| {
            Problem::unavailable("too many requests wait for the keys of an OpenID provider")
        })?;
        let ended = self.shared.ended.notified();
        tokio::pin!(ended);
        // From here on no end is missed.
        ended.as_mut().enable();
        if self.shared.begin_fetch(now) {
            // What is missing after that time is reported as missing.
            let _ = tokio::time::timeout(LONGEST_WAIT, ended).await;
        }
        Ok(())
    }

    /// The key of that name for that algorithm, if the provider has it and it is known here. 503 if no fetch has succeeded.
    pub fn find(&self, kid: &str, algorithm: Algorithm) -> Result<Option<Arc<Key>>, Problem> {
        let cached = self.shared.cached();
        if cached.since.is_none() {
            let provider = &self.shared.provider;
            return Err(Problem::unavailable(format!("the keys of {provider} could not be fetched")));
        }
        Ok(cached.find(kid, algorithm))
    }
}

impl Shared {
    fn cached(&self) -> CachedKeys {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a fetch is going on. Begins one, unless there was an attempt within the last minute.
    fn begin_fetch(self: &Arc<Shared>, now: Ts) -> bool {
        let mut attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        if attempt.is_running {
            return true;
        }
        // abs(), so that a clock that was set back does not prevent fetches until it has caught up.
        let is_due = |last: Ts| (now.micros() - last.micros()).abs() >= PAUSE;
        if !attempt.began.is_none_or(is_due) {
            return false;
        }
        let shared = self.clone();
        let thread = std::thread::Builder::new().name("keys".to_owned()).spawn(move || shared.fetch(now));
        *attempt = Attempt { began: Some(now), is_running: thread.is_ok() };
        if let Err(cause) = thread {
            let provider = self.provider.as_str();
            tracing::warn!(provider, %cause, "the keys of an OpenID provider could not be fetched");
        }
        attempt.is_running
    }

    /// Fetches. A failure leaves the old keys.
    fn fetch(&self, now: Ts) {
        let _end = EndOfAttempt(self);
        let provider = self.provider.as_str();
        match (self.fetch)().and_then(|document| read(&document)) {
            Ok(keys) => {
                tracing::info!(provider, keys = keys.len(), "the keys of an OpenID provider were fetched");
                let cached = CachedKeys { keys: Arc::new(keys), since: Some(now) };
                *self.cached.write().unwrap_or_else(PoisonError::into_inner) = cached;
            }
            Err(cause) => {
                tracing::warn!(provider, cause, "the keys of an OpenID provider could not be fetched");
            }
        }
    }
}

/// Ends an attempt when it is dropped, also after a panic.
struct EndOfAttempt<'a>(&'a Shared);

impl Drop for EndOfAttempt<'_> {
    fn drop(&mut self) {
        self.0.attempt.lock().unwrap_or_else(PoisonError::into_inner).is_running = false;
        self.0.ended.notify_waiters();
    }
}

impl CachedKeys {
    fn find(&self, kid: &str, algorithm: Algorithm) -> Option<Arc<Key>> {
        self.keys.iter().find(|key| key.kid == kid && key.algorithm == algorithm).cloned()
    }

    fn is_stale(&self, now: Ts) -> bool {
        self.since.is_none_or(|since| (now.micros() - since.micros()).abs() >= STALE)
    }
}

/// Parses a JWK set (RFC 7517); keys for other purposes are ignored.
fn read(document: &[u8]) -> Result<Vec<Arc<Key>>, String> {
    let set: Value = serde_json::from_slice(document).map_err(|_| "it is not JSON".to_owned())?;
    let all = set.get("keys").and_then(Value::as_array).ok_or("it is not a JWK set")?;
    if all.len() > MOST_KEYS {
        return Err(format!("it has {} keys; at most {MOST_KEYS} are accepted", all.len()));
    }
    let keys: Vec<_> = all.iter().filter_map(Value::as_object).filter_map(key).map(Arc::new).collect();
    match keys.is_empty() {
        true => Err("it has no key that verifies tokens".to_owned()),
        false => Ok(keys),
    }
}

/// A public key for signatures. The type of key determines the algorithm; `alg` must agree.
fn key(jwk: &Map<String, Value>) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let (algorithm, decoding) = match (text("kty")?, text("crv")) {
        ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, DecodingKey::from_ed_components(text("x")?).ok()?),
        ("EC", Some("P-256")) => {
            (Algorithm::ES256, DecodingKey::from_ec_components(text("x")?, text("y")?).ok()?)
        }
        ("RSA", None) => {
            let (n, e) = (text("n")?, text("e")?);
            // 2048 to 8192 bits: not breakable, and not slow.
            let bytes = B64.decode(n).ok()?.len();
            if !(256..=1_024).contains(&bytes) || e.len() > 8 {
                return None;
            }
            (Algorithm::RS256, DecodingKey::from_rsa_components(n, e).ok()?)
        }
        _ => return None,
    };
    let is_for_signatures = jwk.get("use").is_none_or(|purpose| purpose == "sig")
        && jwk.get("alg").is_none_or(|named| named == name_of(algorithm))
        && jwk
            .get("key_ops")
            .is_none_or(|all| all.as_array().is_some_and(|all| all.iter().any(|op| op == "verify")));
    let kid = text("kid")?;
    (is_for_signatures && !kid.is_empty()).then(|| Key { kid: kid.to_owned(), algorithm, decoding })
}

#[cfg(test)]
mod tests;
