//! Keys, and tokens put together by hand: right ones, and ones that are wrong in one thing.

use std::io::{BufRead, BufReader, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use onrecord::access::keys::thumbprint;
use serde_json::{Value, json};

/// What signs a message.
pub type Sign = Rc<dyn Fn(&[u8]) -> Vec<u8>>;

/// A key pair: what others know of it, and what it signs with.
#[derive(Clone)]
pub struct Key {
    pub kid: String,
    pub jwk: Value,
    pub sign: Sign,
}

impl Key {
    /// A fresh one.
    pub fn ed25519() -> Key {
        Key::of_pair(Ed25519KeyPair::generate().unwrap())
    }

    /// The one that signs in a file of the server's keys.
    pub fn of_server(file: &str) -> Key {
        let file: Value = serde_json::from_str(file).unwrap();
        let pkcs8 = B64.decode(file["signing_pkcs8"].as_str().unwrap()).unwrap();
        Key::of_pair(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8).unwrap())
    }

    fn of_pair(pair: Ed25519KeyPair) -> Key {
        let x = B64.encode(pair.public_key().as_ref());
        let kid = thumbprint(&x);
        Key {
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x}),
            kid,
            sign: Rc::new(move |message| pair.sign(message).as_ref().to_vec()),
        }
    }

    /// The same pair signs in any of RSA's ways.
    pub fn rsa(kid: &str) -> Rsa {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = pair.public_key().as_ref().to_vec();
        // A sequence of two numbers: 2048 bits behind nine bytes of heads, and 65537.
        assert!(der.len() == 270 && der[267..] == [1, 0, 1]);
        let n = B64.encode(&der[9..265]);
        let jwk = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": "AQAB"});
        Rsa { kid: kid.to_owned(), jwk, der, pair: Rc::new(pair) }
    }

    /// The same pair writes its signatures in either form.
    pub fn p256(kid: &str) -> Ec {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let pkcs8 = pkcs8.as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8).unwrap();
        // A byte that says that both numbers follow.
        let point = pair.public_key().as_ref();
        let (x, y) = (B64.encode(&point[1..33]), B64.encode(&point[33..]));
        let jwk =
            json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y});
        Ec { kid: kid.to_owned(), jwk, pkcs8 }
    }

    /// A signature of HMAC with a text that everyone knows.
    pub fn shared(algorithm: hmac::Algorithm, secret: &[u8]) -> Sign {
        let key = hmac::Key::new(algorithm, secret);
        Rc::new(move |message| hmac::sign(&key, message).as_ref().to_vec())
    }

    /// The same signature whatever is signed.
    pub fn always(signature: &[u8]) -> Sign {
        let signature = signature.to_vec();
        Rc::new(move |_| signature.clone())
    }
}

/// An RSA pair.
pub struct Rsa {
    pub kid: String,
    pub jwk: Value,
    /// The public key in PKCS#1.
    pub der: Vec<u8>,
    pair: Rc<rsa::KeyPair>,
}

impl Rsa {
    pub fn by(&self, encoding: &'static dyn RsaEncoding) -> Sign {
        let pair = self.pair.clone();
        Rc::new(move |message| {
            let mut signature = vec![0; 256];
            pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        })
    }

    /// The public key as a certificate has it.
    pub fn spki(&self) -> Vec<u8> {
        let head = [
            0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
            0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
        ];
        [head.as_slice(), &self.der].concat()
    }
}

/// A P-256 pair.
pub struct Ec {
    pub kid: String,
    pub jwk: Value,
    pkcs8: Vec<u8>,
}

impl Ec {
    pub fn by(&self, algorithm: &'static EcdsaSigningAlgorithm) -> Sign {
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8).unwrap();
        Rc::new(move |message| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec())
    }
}

/// Header, payload and signature, as RFC 7515 joins them.
pub fn compact(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>, sign: &Sign) -> String {
    let message = format!("{}.{}", B64.encode(header), B64.encode(payload));
    let signature = B64.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// Who issues tokens: what stands in a right one, and what signs it.
pub struct Issuer {
    pub name: &'static str,
    pub key: Key,
    pub header: Value,
    pub claims: Value,
    /// The test's moment, in seconds.
    pub now: i64,
}

impl Issuer {
    /// A token that is right in everything.
    pub fn good(&self) -> String {
        self.token(&self.header, &self.claims)
    }

    /// One of this header and these claims.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        self.raw(&header.to_string(), &claims.to_string())
    }

    /// One of these texts, JSON or not.
    pub fn raw(&self, header: &str, claims: &str) -> String {
        compact(header, claims, &self.key.sign)
    }

    /// With this member of the header.
    pub fn header(&self, name: &str, value: Value) -> String {
        self.token(&set(&self.header, name, value), &self.claims)
    }

    /// With this claim.
    pub fn claim(&self, name: &str, value: Value) -> String {
        self.token(&self.header, &set(&self.claims, name, value))
    }

    /// A right token's text, signed by something else.
    pub fn signed_by(&self, sign: &Sign) -> String {
        compact(self.header.to_string(), self.claims.to_string(), sign)
    }
}

pub fn set(value: &Value, name: &str, member: Value) -> Value {
    let mut value = value.clone();
    value[name] = member;
    value
}

pub fn without(value: &Value, name: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().unwrap().shift_remove(name);
    value
}

/// An object's text with a member whose value is written as it is, JSON or not.
pub fn written(value: &Value, name: &str, text: &str) -> String {
    set(value, name, json!("\u{1}here")).to_string().replace("\"\\u0001here\"", text)
}

/// An object's text with a member once more, before all others.
pub fn doubled(value: &Value, name: &str, first: &Value) -> String {
    value.to_string().replacen('{', &format!("{{\"{name}\":{first},"), 1)
}

/// Somebody who gives out a set of keys at any address, and counts who asks. Ends with the process: it waits for callers.
pub struct Listener {
    pub address: String,
    requests: Arc<AtomicUsize>,
}

impl Listener {
    pub fn start(document: impl FnOnce(&str) -> Value) -> Listener {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let document = document(&address).to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while !line.ends_with("\r\n\r\n") && reader.read_line(&mut line).unwrap_or(0) > 0 {}
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
                let length = document.len();
                let _ = write!(stream, "{head}content-length: {length}\r\n\r\n{document}");
            }
        });
        Listener { address, requests }
    }

    /// How often it was called.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}
