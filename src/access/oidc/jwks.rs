//! A provider's public keys, cached: fetched from the configured address, and fetched again when a token names an unknown
//! key or the keys are an hour old. At most once a minute, whatever tokens are sent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

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
/// How many requests may wait for a fetch; each occupies a thread for three seconds at most.
const MOST_WAITING: usize = 16;

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
    provider: String,
    fetch: Fetch,
    cached: RwLock<CachedKeys>,
    /// The moment of the last attempt. The thread that has the lock fetches.
    turn: Mutex<Option<Ts>>,
    waiting: AtomicUsize,
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
        Jwks {
            provider: provider.to_owned(),
            fetch,
            cached: RwLock::default(),
            turn: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The key of that name for that algorithm, if the provider has it. 503 if no fetch has succeeded yet.
    pub fn find(&self, kid: &str, algorithm: Algorithm, now: Ts) -> Result<Option<Arc<Key>>, Problem> {
        let cached = self.cached();
        if let Some(key) = cached.find(kid, algorithm) {
            if !cached.is_stale(now) {
                return Ok(Some(key));
            }
            // The first thread fetches; the others use the cached keys.
            if let Ok(turn) = self.turn.try_lock() {
                self.refresh(turn, now);
            }
            return Ok(self.cached().find(kid, algorithm));
        }
        let waiter = Waiter::begin(&self.waiting).ok_or_else(|| {
            Problem::unavailable("too many requests wait for the keys of an OpenID provider")
        })?;
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have fetched the key meanwhile.
        if self.cached().find(kid, algorithm).is_none() {
            self.refresh(turn, now);
        }
        drop(waiter);
        let cached = self.cached();
        if cached.since.is_none() {
            return Err(Problem::unavailable(format!("the keys of {} could not be fetched", self.provider)));
        }
        Ok(cached.find(kid, algorithm))
    }

    fn cached(&self) -> CachedKeys {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches, unless there was an attempt within the last minute. A failure leaves the old keys.
    fn refresh(&self, mut last: MutexGuard<'_, Option<Ts>>, now: Ts) {
        // abs(), so that a clock that was set back does not prevent fetches until it has caught up.
        let is_due = |last: Ts| (now.micros() - last.micros()).abs() >= PAUSE;
        if !last.is_none_or(is_due) {
            return;
        }
        *last = Some(now);
        match (self.fetch)().and_then(|document| read(&document)) {
            Ok(keys) => {
                let provider = self.provider.as_str();
                tracing::info!(provider, keys = keys.len(), "the keys of an OpenID provider were fetched");
                let cached = CachedKeys { keys: Arc::new(keys), since: Some(now) };
                *self.cached.write().unwrap_or_else(PoisonError::into_inner) = cached;
            }
            Err(cause) => {
                let provider = self.provider.as_str();
                tracing::warn!(provider, cause, "the keys of an OpenID provider could not be fetched");
            }
        }
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
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn at(seconds: i64) -> Ts {
        Ts::from_micros(seconds * 1_000_000).unwrap()
    }

    fn set(kids: &[&str]) -> Vec<u8> {
        let keys: Vec<Value> = kids
            .iter()
            .map(|kid| serde_json::json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": X}))
            .collect();
        serde_json::json!({"keys": keys}).to_string().into_bytes()
    }

    type Answer = Arc<Mutex<Result<Vec<u8>, String>>>;

    fn counted(first: Result<Vec<u8>, String>) -> (Jwks, Answer, Arc<AtomicUsize>) {
        let answer = Arc::new(Mutex::new(first));
        let count = Arc::new(AtomicUsize::new(0));
        let (theirs, fetches) = (answer.clone(), count.clone());
        let fetch = Box::new(move || {
            fetches.fetch_add(1, Ordering::SeqCst);
            theirs.lock().unwrap().clone()
        });
        (Jwks::new("test", fetch), answer, count)
    }

    fn knows(jwks: &Jwks, kid: &str, now: Ts) -> bool {
        jwks.find(kid, Algorithm::EdDSA, now).unwrap().is_some()
    }

    #[test]
    fn an_unknown_name_fetches_at_most_once_a_minute() {
        let (jwks, answer, count) = counted(Ok(set(&["a"])));
        assert!(knows(&jwks, "a", at(0)));
        *answer.lock().unwrap() = Ok(set(&["a", "b"]));
        for second in 0..60 {
            assert!(!knows(&jwks, "b", at(second)));
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(knows(&jwks, "b", at(60)));
        assert!(!knows(&jwks, "c", at(119)));
        assert_eq!(count.load(Ordering::SeqCst), 2);
        // A key of that name for another algorithm is another key.
        assert!(jwks.find("b", Algorithm::RS256, at(119)).unwrap().is_none());
        // A clock that was set back does not keep the new keys away.
        assert!(!knows(&jwks, "c", at(-3_000)));
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_fetch_that_failed_counts_and_leaves_the_old_keys() {
        let (jwks, answer, count) = counted(Err("down".to_owned()));
        assert!(jwks.find("a", Algorithm::EdDSA, at(0)).is_err());
        *answer.lock().unwrap() = Ok(set(&["a"]));
        assert!(jwks.find("a", Algorithm::EdDSA, at(59)).is_err());
        assert!(knows(&jwks, "a", at(60)));
        let bad: [Result<Vec<u8>, String>; 5] = [
            Err("down".to_owned()),
            Ok(b"<html>".to_vec()),
            Ok(set(&[])),
            Ok(b"{\"keys\":{}}".to_vec()),
            Ok(set(&["a"; 21])),
        ];
        for (n, document) in (0i64..).zip(bad) {
            *answer.lock().unwrap() = document;
            assert!(!knows(&jwks, "b", at(1_000 + n * 60)));
            assert!(knows(&jwks, "a", at(1_000 + n * 60)));
        }
        assert_eq!(count.load(Ordering::SeqCst), 7);
    }

    #[test]
    fn keys_in_use_are_fetched_again_each_hour() {
        let (jwks, answer, count) = counted(Ok(set(&["a"])));
        assert!(knows(&jwks, "a", at(0)));
        *answer.lock().unwrap() = Ok(set(&["b"]));
        assert!(knows(&jwks, "a", at(3_599)));
        assert!(!knows(&jwks, "a", at(3_600)));
        assert!(knows(&jwks, "b", at(3_600)));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn concurrent_requests_fetch_once_and_too_many_are_refused() {
        let slow = Arc::new(AtomicBool::new(true));
        let count = Arc::new(AtomicUsize::new(0));
        let (theirs, fetches) = (slow.clone(), count.clone());
        let jwks = Jwks::new(
            "test",
            Box::new(move || {
                fetches.fetch_add(1, Ordering::SeqCst);
                while theirs.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                Ok(set(&["a"]))
            }),
        );
        let answers: Vec<bool> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..MOST_WAITING + 4)
                .map(|_| scope.spawn(|| matches!(jwks.find("a", Algorithm::EdDSA, at(0)), Ok(Some(_)))))
                .collect();
            // Those who are too many are refused while the others wait.
            while all.iter().filter(|one| one.is_finished()).count() < 4 {
                std::thread::yield_now();
            }
            slow.store(false, Ordering::SeqCst);
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|had| **had).count(), MOST_WAITING);
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn keys_for_other_purposes_are_ignored() {
        let key_of = |more: Value| {
            let mut jwk = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": X});
            for (name, value) in more.as_object().unwrap() {
                jwk[name] = value.clone();
            }
            key(jwk.as_object().unwrap()).is_some()
        };
        assert!(key_of(serde_json::json!({})));
        assert!(key_of(serde_json::json!({"use": "sig", "alg": "EdDSA", "key_ops": ["verify"]})));
        for other in [
            serde_json::json!({"use": "enc"}),
            serde_json::json!({"alg": "RS256"}),
            serde_json::json!({"alg": "HS256"}),
            serde_json::json!({"key_ops": ["sign"]}),
            serde_json::json!({"kid": ""}),
            serde_json::json!({"kty": "oct", "k": X}),
            serde_json::json!({"crv": "X25519"}),
            serde_json::json!({"kty": "RSA", "n": X, "e": "AQAB"}),
        ] {
            assert!(!key_of(other.clone()), "{other}");
        }
    }
}
