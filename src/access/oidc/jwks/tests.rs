//! What the cache of a provider's keys does, with documents made up here.

use super::*;
use futures_util::FutureExt;
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

/// As a request does it.
async fn find(jwks: &Jwks, kid: &str, now: Ts) -> Result<bool, Problem> {
    jwks.prepare(kid, Algorithm::EdDSA, now).await?;
    jwks.find(kid, Algorithm::EdDSA).map(|key| key.is_some())
}

async fn knows(jwks: &Jwks, kid: &str, now: Ts) -> bool {
    find(jwks, kid, now).await.unwrap()
}

#[actix_web::test]
async fn an_unknown_name_fetches_at_most_once_a_minute() {
    let (jwks, answer, count) = counted(Ok(set(&["a"])));
    assert!(knows(&jwks, "a", at(0)).await);
    *answer.lock().unwrap() = Ok(set(&["a", "b"]));
    for second in 0..60 {
        assert!(!knows(&jwks, "b", at(second)).await);
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(knows(&jwks, "b", at(60)).await);
    assert!(!knows(&jwks, "c", at(119)).await);
    assert_eq!(count.load(Ordering::SeqCst), 2);
    // A key of that name for another algorithm is another key.
    assert!(jwks.find("b", Algorithm::RS256).unwrap().is_none());
    // A clock that was set back does not keep the new keys away.
    assert!(!knows(&jwks, "c", at(-3_000)).await);
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[actix_web::test]
async fn a_fetch_that_failed_counts_and_leaves_the_old_keys() {
    let (jwks, answer, count) = counted(Err("down".to_owned()));
    assert!(find(&jwks, "a", at(0)).await.is_err());
    *answer.lock().unwrap() = Ok(set(&["a"]));
    assert!(find(&jwks, "a", at(59)).await.is_err());
    assert!(knows(&jwks, "a", at(60)).await);
    let bad: [Result<Vec<u8>, String>; 5] = [
        Err("down".to_owned()),
        Ok(b"<html>".to_vec()),
        Ok(set(&[])),
        Ok(b"{\"keys\":{}}".to_vec()),
        Ok(set(&["a"; 21])),
    ];
    for (n, document) in (0i64..).zip(bad) {
        *answer.lock().unwrap() = document;
        assert!(!knows(&jwks, "b", at(1_000 + n * 60)).await);
        assert!(knows(&jwks, "a", at(1_000 + n * 60)).await);
    }
    assert_eq!(count.load(Ordering::SeqCst), 7);
}

#[actix_web::test]
async fn keys_in_use_are_fetched_again_each_hour() {
    let (jwks, answer, count) = counted(Ok(set(&["a"])));
    assert!(knows(&jwks, "a", at(0)).await);
    *answer.lock().unwrap() = Ok(set(&["b"]));
    assert!(knows(&jwks, "a", at(3_599)).await);
    // Who has a key that is known does not wait for the others.
    assert!(knows(&jwks, "a", at(3_600)).await);
    assert!(knows(&jwks, "b", at(3_600)).await);
    assert!(!knows(&jwks, "a", at(3_600)).await);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

/// A provider that is slow: it answers when it is told to.
fn slow() -> (Jwks, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let (answers, count) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (theirs, fetches) = (answers.clone(), count.clone());
    let fetch = Box::new(move || {
        fetches.fetch_add(1, Ordering::SeqCst);
        while !theirs.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        Ok(set(&["a"]))
    });
    (Jwks::new("test", fetch), answers, count)
}

#[actix_web::test]
async fn concurrent_requests_fetch_once_and_too_many_are_refused() {
    let (jwks, answers, count) = slow();
    answers.store(false, Ordering::SeqCst);
    let mut all: Vec<_> = (0..MOST_WAITING + 4).map(|_| Box::pin(find(&jwks, "a", at(0)))).collect();
    // Those who are too many are refused while the others wait. One thread has them all: none waits in the way.
    let refused = all.iter_mut().filter_map(|one| one.as_mut().now_or_never()).count();
    assert_eq!(refused, 4);
    answers.store(true, Ordering::SeqCst);
    for one in all.into_iter().take(MOST_WAITING) {
        assert!(one.await.unwrap());
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn who_has_a_known_key_does_not_wait_for_a_provider_that_is_slow() {
    let (jwks, answers, count) = slow();
    assert!(knows(&jwks, "a", at(0)).await);
    answers.store(false, Ordering::SeqCst);
    for second in [3_600, 3_601, 7_300] {
        assert_eq!(find(&jwks, "a", at(second)).now_or_never().map(Result::ok), Some(Some(true)));
    }
    let mut unknown = Box::pin(find(&jwks, "b", at(3_602)));
    assert!(unknown.as_mut().now_or_never().is_none());
    answers.store(true, Ordering::SeqCst);
    assert!(!unknown.await.unwrap());
    assert_eq!(count.load(Ordering::SeqCst), 2);
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
