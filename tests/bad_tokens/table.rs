//! The table: what is wrong with each of the tokens, and how it is sent.

use std::fmt::Display;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use diesel::RunQueryDsl;
use onrecord::access::keys::LIFETIME;
use onrecord::access::{Role, api_key, client, membership, person};
use onrecord::clock::{Id, Ts};
use onrecord::store::{Sql, Val};
use serde_json::{Value, json};

use self::contents::{claims, headers, texts};
use self::issuers::{keys, misdirected, only_ours, only_theirs, revoked};
use self::spellings::{schemes, spellings};
use super::mint::{Issuer, Key, Sign, compact, doubled, set, without, written};
use super::{AUDIENCE, OURS, World};
use crate::support::{LONG_AGO, at};

mod contents;
mod issuers;
mod spellings;

/// A request's credentials, and what is wrong with them.
pub struct Bad {
    pub what: String,
    pub headers: Vec<(&'static str, Vec<u8>)>,
}

/// All of them.
#[derive(Default)]
pub struct Table(pub Vec<Bad>);

impl Table {
    fn headers(&mut self, what: impl Display, headers: Vec<(&'static str, Vec<u8>)>) {
        self.0.push(Bad { what: what.to_string(), headers });
    }

    /// A token, sent as tokens are.
    pub fn token(&mut self, what: impl Display, token: impl AsRef<str>) {
        self.authorization(what, format!("Bearer {}", token.as_ref()));
    }

    /// An `Authorization` header.
    fn authorization(&mut self, what: impl Display, value: impl AsRef<[u8]>) {
        self.headers(what, vec![("authorization", value.as_ref().to_vec())]);
    }

    /// An `X-API-Key` header.
    fn key(&mut self, what: impl Display, value: impl AsRef<[u8]>) {
        self.headers(format!("API key: {what}"), vec![("x-api-key", value.as_ref().to_vec())]);
    }
}

/// Every one of them; the key is a good one for open data.
pub fn table(world: &World, key: &str) -> Table {
    let mut all = Table::default();
    for (issuer, other) in [(&world.ours, &world.theirs), (&world.theirs, &world.ours)] {
        headers(&mut all, issuer, world);
        claims(&mut all, issuer, other, world);
        texts(&mut all, issuer);
        spellings(&mut all, issuer, world);
        schemes(&mut all, issuer);
    }
    misdirected(&mut all, world);
    only_ours(&mut all, world);
    only_theirs(&mut all, world);
    revoked(&mut all, world);
    keys(&mut all, world, key);
    for value in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Bearer x",
        "Bearer null",
        "Bearer undefined",
        "Bearer .",
        "Bearer ..",
        "Bearer a.b.c",
        "x",
        ",",
    ] {
        all.authorization(format!("`{value}`"), value);
    }
    all
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// Ed25519: the same number modulo the group's order, which a verifier must not take (RFC 8032, section 5.1.7).
fn plus_order(signature: &[u8]) -> Vec<u8> {
    let mut order = [0_u8; 32];
    order[..16].copy_from_slice(&[
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    ]);
    order[31] = 0x10;
    let mut signature = signature.to_vec();
    let mut carry = 0_u16;
    for (byte, more) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}

/// The same bytes, spelled with bits set that stand for nothing.
fn last_bits_set(text: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = text.as_bytes().to_vec();
    let last = bytes.last_mut().unwrap();
    let at = alphabet.iter().position(|letter| letter == last).unwrap();
    assert_eq!(at % 16, 0, "64 bytes leave four bits over");
    *last = alphabet[at + 1];
    String::from_utf8(bytes).unwrap()
}

fn one_and_one() -> Vec<u8> {
    let mut signature = vec![0; 64];
    (signature[31], signature[63]) = (1, 1);
    signature
}

/// Our id for a person of a provider.
fn onrecord_id(issuer: &str, subject: &str) -> String {
    let digest = digest(&SHA256, format!("{issuer}\0{subject}").as_bytes());
    let hex: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("person-{hex}")
}

/// The row of a person of a provider, who has been revoked.
fn put_on_file(conn: &mut onrecord::store::Conn, id: &str, issuer: &str, subject: &str, now: Ts) {
    let text = |text: &str| Val::OptText(Some(text.to_owned()));
    Sql::new("INSERT INTO person (id, label, must_change, issuer, external_subject, body, created_at, created_by, revoked_at) VALUES (")
        .bind_all([
            id.into(), "Gone".into(), false.into(), text(issuer), text(subject), None::<Id>.into(),
            Val::Ts(now), id.into(), Val::Ts(now),
        ])
        .text(")")
        .execute(conn)
        .unwrap();
}
