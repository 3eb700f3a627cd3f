//! The server's own keys: one signs access tokens (Ed25519), one seals cursors (AES-256-GCM-SIV).
//!
//! They are in one file of mode 0600, created at first start; several processes on one database share it. A rotation
//! writes a new file and renames it, so that a reader gets either the old file or the new one, complete. A server loads
//! the new file when its housekeeping sees it, or at once when a token names a key that it does not know yet. The cursor
//! key is never rotated, since cursors of the change feed never expire.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{aead, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::{Clock, Ts};
use crate::problem::Problem;

/// How long an access token is valid, in seconds.
pub const LIFETIME: i64 = 600;
/// How far two machines' clocks may differ, in seconds.
pub(super) const LEEWAY: i64 = 5;
/// The file's name in the directory of keys.
pub const FILE: &str = "keys.json";
/// The lock file of a process that creates or rotates the keys; it is empty and stays.
const LOCK: &str = "keys.lock";
/// How long other processes may take to notice a rotation, in seconds. They sign with the old key meanwhile.
const NOTICED_WITHIN: i64 = 60;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// Ed25519, PKCS#8 v1, base64url.
    signing_pkcs8: String,
    /// 32 bytes, base64url.
    cursor: String,
    /// The public keys that signed earlier, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
}

/// A key that no longer signs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    /// The public key, base64url.
    public: String,
    /// Until when a token that it signed can be valid.
    good_until: Ts,
}

/// The public half of a signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The name in tokens and in the JWKS.
    pub kid: String,
    /// The public key, base64url.
    pub public: String,
    /// Until when it verifies tokens; `None` for the one that signs.
    pub good_until: Option<Ts>,
}

impl PublicKey {
    /// The JWK (RFC 7517).
    fn jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": self.public})
    }
}

/// The keys of one file that sign and verify.
struct KeyRing {
    encoding: EncodingKey,
    /// The one that signs, then the earlier ones, the newest first.
    public: Vec<PublicKey>,
}

/// The keys, ready for use.
pub struct Keys {
    ring: RwLock<Arc<KeyRing>>,
    file: Option<Watched>,
    cursor: aead::LessSafeKey,
    nonce: hmac::Key,
}

/// The file of the keys, and its identity when it was read.
struct Watched {
    path: PathBuf,
    seen: Mutex<Option<FileIdentity>>,
}

/// What differs once a file has been replaced: device, inode, size, seconds, nanoseconds.
type FileIdentity = (u64, u64, u64, i64, i64);

fn identity(path: &Path) -> std::io::Result<FileIdentity> {
    let meta = std::fs::metadata(path)?;
    Ok((meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
}

impl Keys {
    /// Loads the directory's keys, or creates them if there are none.
    pub fn load_or_create(directory: &Path, clock: &Clock) -> Result<Keys, String> {
        let path = directory.join(FILE);
        let shown = path.display().to_string();
        let failed = |error: std::io::Error| format!("{shown}: {error}");
        if !path.try_exists().map_err(failed)? {
            std::fs::create_dir_all(directory)
                .map_err(|error| format!("{}: {error}", directory.display()))?;
            let _lock = lock(directory)?;
            // Another process may have been first: then its keys are used.
            if !path.try_exists().map_err(failed)? {
                replace_private(&path, &Keys::generate(clock)?).map_err(failed)?;
            }
        }
        Keys::load(&path)
    }

    /// Loads a file of keys and remembers it for [`Keys::reload`].
    pub fn load(path: &Path) -> Result<Keys, String> {
        // Before reading, so that a later change is noticed.
        let seen = identity(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut keys =
            Keys::from_json(&read_private(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        keys.file = Some(Watched { path: path.to_owned(), seen: Mutex::new(Some(seen)) });
        Ok(keys)
    }

    /// NewSecret keys, as the text of the file.
    pub fn generate(clock: &Clock) -> Result<String, String> {
        let cursor: [u8; 32] = clock.random();
        let stored =
            Stored { signing_pkcs8: signing_key(clock)?, cursor: B64.encode(cursor), earlier: vec![] };
        serde_json::to_string_pretty(&stored).map_err(|error| error.to_string())
    }

    /// The text of a file with a new signing key. The previous key verifies until the last of its tokens has expired; with
    /// `at_once`, because its secret is known to others, it no longer verifies.
    pub fn rotated(text: &str, clock: &Clock, at_once: bool) -> Result<String, String> {
        let mut stored = Stored::parse(text)?;
        let now = clock.now();
        let good_until = if at_once { now } else { now.plus_seconds(LIFETIME + LEEWAY + NOTICED_WITHIN) };
        if at_once {
            // The earlier keys may have been in the same place, so none of them verifies either.
            for earlier in &mut stored.earlier {
                earlier.good_until = earlier.good_until.min(now);
            }
        }
        stored.earlier.push(Earlier { public: stored.pair()?.1, good_until });
        stored.signing_pkcs8 = signing_key(clock)?;
        serde_json::to_string_pretty(&stored).map_err(|error| error.to_string())
    }

    /// Rotates the directory's keys; returns the name of the new signing key.
    pub fn rotate(directory: &Path, clock: &Clock, at_once: bool) -> Result<String, String> {
        let path = directory.join(FILE);
        let _lock = lock(directory)?;
        let failed = |error: String| format!("{}: {error}", path.display());
        let text = Keys::rotated(&read_private(&path)?, clock, at_once).map_err(failed)?;
        let keys = Keys::from_json(&text).map_err(failed)?;
        replace_private(&path, &text).map_err(|error| failed(error.to_string()))?;
        Ok(keys.kid())
    }

    /// Parses the text of the file.
    pub fn from_json(text: &str) -> Result<Keys, String> {
        let stored = Stored::parse(text)?;
        let cursor = B64.decode(&stored.cursor).map_err(|_| "the cursor key is not base64url".to_owned())?;
        if cursor.len() != 32 {
            return Err("the cursor key must have 32 bytes".to_owned());
        }
        let unbound =
            aead::UnboundKey::new(&aead::AES_256_GCM_SIV, &cursor).map_err(|error| error.to_string())?;
        Ok(Keys {
            ring: RwLock::new(Arc::new(stored.ring()?)),
            file: None,
            cursor: aead::LessSafeKey::new(unbound),
            nonce: hmac::Key::new(hmac::HMAC_SHA256, &[b"cursor nonce ".as_slice(), &cursor].concat()),
        })
    }

    /// Loads the file if it has been replaced; true if it was. If it cannot be read, the keys stay as they are.
    pub fn reload(&self) -> Result<bool, String> {
        let Some(file) = &self.file else { return Ok(false) };
        let failed = |error: String| format!("{}: {error}", file.path.display());
        let now = identity(&file.path).map_err(|error| failed(error.to_string()))?;
        let mut seen = file.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == Some(now) {
            return Ok(false);
        }
        let ring =
            Stored::parse(&read_private(&file.path)?).and_then(|stored| stored.ring()).map_err(failed)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        *seen = Some(now);
        Ok(true)
    }

    fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The name of the signing key.
    pub fn kid(&self) -> String {
        self.ring().public.first().map(|known| known.kid.clone()).unwrap_or_default()
    }

    /// The signing key, for tests that build tokens themselves.
    pub fn encoding(&self) -> EncodingKey {
        self.ring().encoding.clone()
    }

    /// Every key that signs or signed, the newest first.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.ring().public.clone()
    }

    /// Signs a payload with the signing key, as a compact JWS (RFC 7515) of that type.
    pub fn sign(&self, typ: &str, payload: &impl Serialize) -> Result<String, Problem> {
        let ring = self.ring();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = ring.public.first().map(|known| known.kid.clone());
        jsonwebtoken::encode(&header, payload, &ring.encoding).map_err(Problem::internal)
    }

    /// The key that verifies a token, by name: only a key of ours, and only while its tokens can be valid.
    pub fn verifying(&self, kid: &str, now: Ts) -> Option<DecodingKey> {
        let find = || {
            let ring = self.ring();
            let known = ring.public.iter().find(|known| known.kid == kid)?;
            known.good_until.is_none_or(|until| now < until).then(|| known.public.clone())
        };
        let public = match find() {
            Some(public) => public,
            // Another process may have signed with a key that this one has not loaded yet.
            None if self.reload() == Ok(true) => find()?,
            None => return None,
        };
        DecodingKey::from_ed_components(&public).ok()
    }

    /// The JWK Set (RFC 7517) of the keys that verify tokens now.
    pub fn jwks(&self, now: Ts) -> Value {
        let ring = self.ring();
        let good = |known: &&PublicKey| known.good_until.is_none_or(|until| now < until);
        json!({"keys": ring.public.iter().filter(good).map(PublicKey::jwk).collect::<Vec<_>>()})
    }

    /// The JWK Set (RFC 7517) of every key that ever signed: for signatures that last, never for tokens.
    pub fn all_public(&self) -> Value {
        json!({"keys": self.ring().public.iter().map(PublicKey::jwk).collect::<Vec<_>>()})
    }

    /// Encrypts a cursor. The same plaintext gives the same text, so that a page keeps its ETag: the nonce derives from the
    /// plaintext, which AES-GCM-SIV allows.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Option<String> {
        let tag = hmac::sign(&self.nonce, &[context, b"\0", plain].concat());
        let nonce: [u8; 12] = tag.as_ref()[..12].try_into().ok()?;
        let mut sealed = plain.to_vec();
        self.cursor
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(context),
                &mut sealed,
            )
            .ok()?;
        Some(B64.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Decrypts a cursor that was encrypted in the same context; `None` for any other text.
    pub fn unseal(&self, context: &[u8], text: &str) -> Option<Vec<u8>> {
        let bytes = B64.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let nonce: [u8; 12] = nonce.try_into().ok()?;
        let mut sealed = sealed.to_vec();
        let plain = self
            .cursor
            .open_in_place(aead::Nonce::assume_unique_for_key(nonce), aead::Aad::from(context), &mut sealed)
            .ok()?;
        Some(plain.to_vec())
    }
}

impl Stored {
    fn parse(text: &str) -> Result<Stored, String> {
        serde_json::from_str(text).map_err(|_| "not a file of keys".to_owned())
    }

    /// The signing key, and its public half in base64url.
    fn pair(&self) -> Result<(EncodingKey, String), String> {
        let pkcs8 =
            B64.decode(&self.signing_pkcs8).map_err(|_| "the signing key is not base64url".to_owned())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .map_err(|_| "the signing key is not an Ed25519 key in PKCS#8".to_owned())?;
        Ok((EncodingKey::from_ed_der(&pkcs8), B64.encode(pair.public_key().as_ref())))
    }

    fn ring(&self) -> Result<KeyRing, String> {
        let (encoding, public) = self.pair()?;
        let mut public_keys = vec![PublicKey { kid: thumbprint(&public), public, good_until: None }];
        for earlier in self.earlier.iter().rev() {
            let bytes = B64.decode(&earlier.public).unwrap_or_default();
            if bytes.len() != 32 {
                return Err("an earlier key is not 32 bytes in base64url".to_owned());
            }
            public_keys.push(PublicKey {
                kid: thumbprint(&earlier.public),
                public: earlier.public.clone(),
                good_until: Some(earlier.good_until),
            });
        }
        Ok(KeyRing { encoding, public: public_keys })
    }
}

/// A new signing key: Ed25519, PKCS#8 v1, base64url.
fn signing_key(clock: &Clock) -> Result<String, String> {
    let seed: [u8; 32] = clock.random();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| error.to_string())?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|error| error.to_string())?;
    Ok(B64.encode(pkcs8.as_ref()))
}

/// The key's thumbprint by RFC 7638, which is its name.
pub fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    B64.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes()))
}

/// Creates a file that only its owner can read; fails if it exists.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Replaces a file by one that only its owner can read, atomically. The caller has the lock, so a temporary file that is
/// already there was left by a process that died.
fn replace_private(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_private(&temporary, text)?;
    std::fs::rename(&temporary, path)?;
    // The directory's entry must be durable as well.
    path.parent().map_or(Ok(()), |directory| std::fs::File::open(directory)?.sync_all())
}

/// Waits until no other process creates or rotates keys here. The lock ends with the file's handle, so also with the
/// process.
fn lock(directory: &Path) -> Result<std::fs::File, String> {
    let path = directory.join(LOCK);
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Reads a file of secrets; fails if other users can read it.
fn read_private(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mode = std::fs::metadata(path).map_err(failed)?.mode();
    if mode & 0o077 != 0 {
        return Err(format!("{} can be read by others; set its mode to 0600", path.display()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_in_its_context() {
        let text = Keys::generate(&Clock::system()).expect("keys");
        let keys = Keys::from_json(&text).expect("keys");
        let sealed = keys.seal(b"list of plans", b"last row").expect("sealed");
        assert_eq!(keys.seal(b"list of plans", b"last row").as_deref(), Some(sealed.as_str()));
        assert_eq!(keys.unseal(b"list of plans", &sealed).as_deref(), Some(b"last row".as_slice()));
        assert_eq!(keys.unseal(b"another list", &sealed), None);
        assert_eq!(keys.unseal(b"list of plans", &sealed[1..]), None);
        assert_eq!(keys.unseal(b"list of plans", ""), None);
    }
}
