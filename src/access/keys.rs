//! The server's own keys: one signs access tokens (Ed25519), one seals cursors (AES-256-GCM-SIV).
//!
//! They live in one file of mode 0600, made at first start; several processes on one database share it. A rotation
//! writes the file anew beside itself and renames it, so that whoever reads it reads one whole file or the other. A
//! server takes the new one over when its housekeeping sees it, or at once when a token names a key that it does not
//! know yet. The cursor key is never rotated: cursors of the change feed live for ever.

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
/// Held by who makes or rotates the keys; the file is empty and stays.
const LOCK: &str = "keys.lock";
/// How long other processes may take to notice a rotation, in seconds: they sign with the old key meanwhile.
const NOTICED: i64 = 60;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// Ed25519, PKCS#8 v1, base64url.
    signing_pkcs8: String,
    /// 32 bytes, base64url.
    cursor: String,
    /// The public keys that signed before, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
}

/// A key that signs no more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    /// The public key, base64url.
    public: String,
    /// Until when a token that it signed can be good.
    good_until: Ts,
}

/// A key of ours, as others may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name in tokens and in the JWKS.
    pub kid: String,
    /// The public key, base64url.
    pub public: String,
    /// Until when it verifies tokens; `None` for the one that signs.
    pub good_until: Option<Ts>,
}

impl Known {
    /// By RFC 7517.
    fn jwk(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": self.public})
    }
}

/// The keys that sign and verify, as one file had them.
struct Ring {
    encoding: EncodingKey,
    /// The one that signs first, then the earlier ones, the newest first.
    known: Vec<Known>,
}

/// The keys, ready for use.
pub struct Keys {
    ring: RwLock<Arc<Ring>>,
    file: Option<Watched>,
    cursor: aead::LessSafeKey,
    nonce: hmac::Key,
}

/// The file that the keys come from, and what it looked like when it was read.
struct Watched {
    path: PathBuf,
    seen: Mutex<Option<Look>>,
}

/// What differs when a file has been put in another's place: device, inode, size, seconds, nanoseconds.
type Look = (u64, u64, u64, i64, i64);

fn look(path: &Path) -> std::io::Result<Look> {
    let meta = std::fs::metadata(path)?;
    Ok((meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
}

impl Keys {
    /// Reads the directory's keys, or makes them where there are none.
    pub fn load_or_create(directory: &Path, clock: &Clock) -> Result<Keys, String> {
        let path = directory.join(FILE);
        let shown = path.display().to_string();
        let told = |error: std::io::Error| format!("{shown}: {error}");
        if !path.try_exists().map_err(told)? {
            std::fs::create_dir_all(directory)
                .map_err(|error| format!("{}: {error}", directory.display()))?;
            let _lock = lock(directory)?;
            // Another process may have been first: its keys are the keys.
            if !path.try_exists().map_err(told)? {
                replace_private(&path, &Keys::generate(clock)?).map_err(told)?;
            }
        }
        Keys::load(&path)
    }

    /// Reads a file of keys and stays with it: see [`Keys::follow`].
    pub fn load(path: &Path) -> Result<Keys, String> {
        // Looked at first: what comes after is seen as new.
        let seen = look(path).map_err(|error| format!("{}: {error}", path.display()))?;
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

    /// The text of a file with another key that signs. The one before verifies until the last of its tokens has ended,
    /// or no longer at all where its secret is out.
    pub fn rotated(text: &str, clock: &Clock, at_once: bool) -> Result<String, String> {
        let mut stored = Stored::parse(text)?;
        let now = clock.now();
        let good_until = if at_once { now } else { now.plus_seconds(LIFETIME + LEEWAY + NOTICED) };
        if at_once {
            // Whose secret is out can be none of the earlier ones either: they may have lain in the same place.
            for earlier in &mut stored.earlier {
                earlier.good_until = earlier.good_until.min(now);
            }
        }
        stored.earlier.push(Earlier { public: stored.pair()?.1, good_until });
        stored.signing_pkcs8 = signing_key(clock)?;
        serde_json::to_string_pretty(&stored).map_err(|error| error.to_string())
    }

    /// Rotates the directory's keys; gives the name of the one that signs now.
    pub fn rotate(directory: &Path, clock: &Clock, at_once: bool) -> Result<String, String> {
        let path = directory.join(FILE);
        let _lock = lock(directory)?;
        let told = |error: String| format!("{}: {error}", path.display());
        let text = Keys::rotated(&read_private(&path)?, clock, at_once).map_err(told)?;
        let keys = Keys::from_json(&text).map_err(told)?;
        replace_private(&path, &text).map_err(|error| told(error.to_string()))?;
        Ok(keys.kid())
    }

    /// Reads the text of the file.
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

    /// Takes the file over where another has been put in its place; true when it did. What cannot be read leaves the
    /// keys as they are.
    pub fn follow(&self) -> Result<bool, String> {
        let Some(file) = &self.file else { return Ok(false) };
        let told = |error: String| format!("{}: {error}", file.path.display());
        let now = look(&file.path).map_err(|error| told(error.to_string()))?;
        let mut seen = file.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == Some(now) {
            return Ok(false);
        }
        let ring =
            Stored::parse(&read_private(&file.path)?).and_then(|stored| stored.ring()).map_err(told)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        *seen = Some(now);
        Ok(true)
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The name of the key that signs.
    pub fn kid(&self) -> String {
        self.ring().known.first().map(|known| known.kid.clone()).unwrap_or_default()
    }

    /// What signs, for who puts a token together by hand.
    pub fn encoding(&self) -> EncodingKey {
        self.ring().encoding.clone()
    }

    /// All keys that sign or ever signed, the newest first.
    pub fn known(&self) -> Vec<Known> {
        self.ring().known.clone()
    }

    /// Signs a payload with the key of now, as a compact JWS (RFC 7515) of that type.
    pub fn sign(&self, typ: &str, payload: &impl Serialize) -> Result<String, Problem> {
        let ring = self.ring();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = ring.known.first().map(|known| known.kid.clone());
        jsonwebtoken::encode(&header, payload, &ring.encoding).map_err(Problem::internal)
    }

    /// What verifies a token that names this key: only a key of ours, and only as long as a token of it can be good.
    pub fn verifying(&self, kid: &str, now: Ts) -> Option<DecodingKey> {
        let find = || {
            let ring = self.ring();
            let known = ring.known.iter().find(|known| known.kid == kid)?;
            known.good_until.is_none_or(|until| now < until).then(|| known.public.clone())
        };
        let public = match find() {
            Some(public) => public,
            // Another process may have signed with a key that this one has not seen yet.
            None if self.follow() == Ok(true) => find()?,
            None => return None,
        };
        DecodingKey::from_ed_components(&public).ok()
    }

    /// The public keys that verify tokens now, as RFC 7517 wants them.
    pub fn jwks(&self, now: Ts) -> Value {
        let ring = self.ring();
        let good = |known: &&Known| known.good_until.is_none_or(|until| now < until);
        json!({"keys": ring.known.iter().filter(good).map(Known::jwk).collect::<Vec<_>>()})
    }

    /// The public keys of all that ever signed, as RFC 7517 wants them: for what is signed to last, never for tokens.
    pub fn all_public(&self) -> Value {
        json!({"keys": self.ring().known.iter().map(Known::jwk).collect::<Vec<_>>()})
    }

    /// Encrypts a cursor. The same plaintext gives the same text, so a page keeps its ETag; hence the nonce
    /// is derived from what is sealed, which GCM-SIV is made for.
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

    /// Decrypts a cursor that was sealed in the same context; `None` for anything else.
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

    /// The key that signs, and its public half.
    fn pair(&self) -> Result<(EncodingKey, String), String> {
        let pkcs8 =
            B64.decode(&self.signing_pkcs8).map_err(|_| "the signing key is not base64url".to_owned())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .map_err(|_| "the signing key is not an Ed25519 key in PKCS#8".to_owned())?;
        Ok((EncodingKey::from_ed_der(&pkcs8), B64.encode(pair.public_key().as_ref())))
    }

    fn ring(&self) -> Result<Ring, String> {
        let (encoding, public) = self.pair()?;
        let mut known = vec![Known { kid: thumbprint(&public), public, good_until: None }];
        for earlier in self.earlier.iter().rev() {
            let bytes = B64.decode(&earlier.public).unwrap_or_default();
            if bytes.len() != 32 {
                return Err("an earlier key is not 32 bytes in base64url".to_owned());
            }
            known.push(Known {
                kid: thumbprint(&earlier.public),
                public: earlier.public.clone(),
                good_until: Some(earlier.good_until),
            });
        }
        Ok(Ring { encoding, known })
    }
}

/// A fresh key that signs: Ed25519, PKCS#8 v1, base64url.
fn signing_key(clock: &Clock) -> Result<String, String> {
    let seed: [u8; 32] = clock.random();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| error.to_string())?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|error| error.to_string())?;
    Ok(B64.encode(pkcs8.as_ref()))
}

/// RFC 7638's thumbprint of the key: the id names the key itself.
pub fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    B64.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes()))
}

/// Makes a file that only its owner reads; fails where it exists.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Puts a file that only its owner reads in the place of another, whole or not at all. The lock is held meanwhile, so
/// what lies there under the other name was left by a process that died.
fn replace_private(path: &Path, text: &str) -> std::io::Result<()> {
    let computed = path.with_extension("new");
    match std::fs::remove_file(&computed) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_private(&computed, text)?;
    std::fs::rename(&computed, path)?;
    // The directory's entry has to last as well.
    path.parent().map_or(Ok(()), |directory| std::fs::File::open(directory)?.sync_all())
}

/// Waits until no other process makes or rotates keys here. Ends with the file's handle, so also with the process.
fn lock(directory: &Path) -> Result<std::fs::File, String> {
    let path = directory.join(LOCK);
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(told)?;
    file.lock().map_err(told)?;
    Ok(file)
}

/// Reads a file of secrets; refuses one that others can read.
fn read_private(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let mode = std::fs::metadata(path).map_err(told)?.mode();
    if mode & 0o077 != 0 {
        return Err(format!("{} can be read by others; set its mode to 0600", path.display()));
    }
    std::fs::read_to_string(path).map_err(told)
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
