//! The server's own keys: one signs access tokens (Ed25519), one seals cursors (AES-256-GCM-SIV).
//!
//! They live in one file of mode 0600, made at first start; several processes on one database share it.

use std::io::Write;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{aead, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Clock;

/// The file's name in the directory of keys.
pub const FILE: &str = "keys.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// Ed25519, PKCS#8 v1, base64url.
    signing_pkcs8: String,
    /// 32 bytes, base64url.
    cursor: String,
}

/// The keys, ready for use.
pub struct Keys {
    /// Names the signing key in tokens and in the JWKS.
    pub kid: String,
    /// Signs.
    pub encoding: EncodingKey,
    /// Verifies.
    pub decoding: DecodingKey,
    public: String,
    cursor: aead::LessSafeKey,
    nonce: hmac::Key,
}

impl Keys {
    /// Reads the directory's keys, or makes them where there are none.
    pub fn load_or_create(directory: &Path, clock: &Clock) -> Result<Keys, String> {
        let path = directory.join(FILE);
        let shown = path.display();
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                check_mode(&path)?;
                Keys::from_json(&text).map_err(|error| format!("{shown}: {error}"))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::create_dir_all(directory)
                    .map_err(|error| format!("{}: {error}", directory.display()))?;
                let text = Keys::generate(clock)?;
                match write_private(&path, &text) {
                    Ok(()) => Keys::from_json(&text),
                    // Another process was first: its keys are the keys.
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                        Keys::load_or_create(directory, clock)
                    }
                    Err(error) => Err(format!("{shown}: {error}")),
                }
            }
            Err(error) => Err(format!("{shown}: {error}")),
        }
    }

    /// Fresh keys, as the text of the file.
    pub fn generate(clock: &Clock) -> Result<String, String> {
        let seed: [u8; 32] = clock.random();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| error.to_string())?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|error| error.to_string())?;
        let cursor: [u8; 32] = clock.random();
        let stored = Stored { signing_pkcs8: B64.encode(pkcs8.as_ref()), cursor: B64.encode(cursor) };
        serde_json::to_string_pretty(&stored).map_err(|error| error.to_string())
    }

    /// Reads the text of the file.
    pub fn from_json(text: &str) -> Result<Keys, String> {
        let stored: Stored = serde_json::from_str(text).map_err(|_| "not a file of keys".to_owned())?;
        let pkcs8 =
            B64.decode(stored.signing_pkcs8).map_err(|_| "the signing key is not base64url".to_owned())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .map_err(|_| "the signing key is not an Ed25519 key in PKCS#8".to_owned())?;
        let public = B64.encode(pair.public_key().as_ref());
        let kid = thumbprint(&public);
        let cursor = B64.decode(stored.cursor).map_err(|_| "the cursor key is not base64url".to_owned())?;
        if cursor.len() != 32 {
            return Err("the cursor key must have 32 bytes".to_owned());
        }
        let unbound =
            aead::UnboundKey::new(&aead::AES_256_GCM_SIV, &cursor).map_err(|error| error.to_string())?;
        Ok(Keys {
            kid,
            encoding: EncodingKey::from_ed_der(&pkcs8),
            decoding: DecodingKey::from_ed_components(&public).map_err(|error| error.to_string())?,
            public,
            cursor: aead::LessSafeKey::new(unbound),
            nonce: hmac::Key::new(hmac::HMAC_SHA256, &[b"cursor nonce ".as_slice(), &cursor].concat()),
        })
    }

    /// The public keys, as RFC 7517 wants them.
    pub fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": self.public,
        }]})
    }

    /// Signs a statement of the server: a compact JWS (RFC 7515) of that type.
    pub fn sign(&self, typ: &str, payload: &Value) -> Result<String, String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, payload, &self.encoding).map_err(|error| error.to_string())
    }

    /// The public half of the key that signs: `x` of its JWK.
    pub fn public(&self) -> &str {
        &self.public
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

/// RFC 7638's thumbprint of the key: the id names the key itself.
pub fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    B64.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, canonical.as_bytes()))
}

/// Makes a file that only its owner reads; fails where it exists.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Refuses a file of secrets that others can read.
fn check_mode(path: &Path) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(format!("{} can be read by others; set its mode to 0600", path.display()));
        }
    }
    Ok(())
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
