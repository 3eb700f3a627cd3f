//! Signed heads: what the tree was at the end of each day, for outsiders to keep.
//!
//! A head is a compact JWS (RFC 7515, Ed25519) of the type `onrecord-head+jws`. Its payload names the log, the day,
//! how many entries there were, the root of their tree, the hash of the chain's last entry, and when it was signed.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::{Value, json};

use super::seal::BEGINNING;
use super::tree;
use crate::access::client::hex;
use crate::access::keys::{Keys, thumbprint};
use crate::clock::{Clock, Ts};
use crate::problem::Problem;
use crate::store::types::Tstz;
use crate::store::{Conn, Db, Sql, Val};

/// The `typ` of a head.
pub const TYP: &str = "onrecord-head+jws";
/// How many days are made up for at a time, after a long stop.
const DAYS: usize = 31;

/// A head, as stored.
#[derive(Clone, Debug, QueryableByName)]
pub struct Head {
    /// The day at whose end it was.
    #[diesel(sql_type = st::Date)]
    pub day: NaiveDate,
    /// How many entries there were.
    #[diesel(sql_type = st::BigInt)]
    pub size: i64,
    /// When it was signed.
    #[diesel(sql_type = Tstz)]
    pub at: Ts,
    /// The head itself.
    #[diesel(sql_type = st::Text)]
    pub jws: String,
}

/// A public key that signed heads.
#[derive(Clone, Debug, QueryableByName)]
pub struct Key {
    /// Its name: the thumbprint by RFC 7638.
    #[diesel(sql_type = st::Text)]
    pub kid: String,
    /// The key.
    #[diesel(sql_type = st::Text)]
    pub x: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    n: Option<i64>,
}

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = Tstz)]
    at: Ts,
}

#[derive(QueryableByName)]
struct Hash {
    #[diesel(sql_type = st::Binary)]
    hash: Vec<u8>,
}

/// The latest heads, before a day.
pub fn latest(conn: &mut Conn, before: Option<NaiveDate>, limit: i64) -> Result<Vec<Head>, Problem> {
    let mut sql = Sql::new("SELECT day, size, at, jws FROM audit_head");
    if let Some(day) = before {
        sql = sql.text(" WHERE day < ").bind(day);
    }
    Ok(sql.text(" ORDER BY day DESC LIMIT ").bind(limit).load(conn)?)
}

/// The keys that ever signed one.
pub fn keys(conn: &mut Conn) -> Result<Vec<Key>, Problem> {
    Ok(Sql::new("SELECT kid, x FROM audit_key ORDER BY kid").load(conn)?)
}

/// The public key as a JWK (RFC 7517).
pub fn jwk(key: &Key) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": key.x})
}

/// Signs a head for each day that has ended and has none. Does nothing, and takes no writer, when there is none.
pub fn sign_ended_days(db: &Db, clock: &Clock, keys: &Keys, log: &str) -> Result<(), Problem> {
    let now = clock.now();
    for _ in 0..DAYS {
        let Some((day, before)) = db.read(|conn| next_day(conn, now))? else { return Ok(()) };
        let Some(size) = db.read(|conn| size_at_the_end(conn, day, before))? else { return Ok(()) };
        let (root, chain) = db.read(|conn| state(conn, size))?;
        let payload = json!({
            "log": log, "day": day.to_string(), "size": size, "root": root, "chain": chain, "at": now,
        });
        let jws = keys.sign(TYP, &payload)?;
        db.write(|conn| {
            // All of them: another may sign since a moment ago.
            for key in keys.known() {
                insert(conn, "audit_key (kid, x", [key.kid.into(), key.public.into()])?;
            }
            // Another process may have been quicker; either head is as true.
            insert(
                conn,
                "audit_head (day, size, at, jws",
                [day.into(), size.into(), now.into(), jws.clone().into()],
            )
        })?;
    }
    Ok(())
}

fn insert<const N: usize>(conn: &mut Conn, into: &'static str, values: [Val; N]) -> Result<(), Problem> {
    Sql::new("INSERT INTO ")
        .text(into)
        .text(") VALUES (")
        .bind_all(values)
        .text(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    Ok(())
}

/// The first day that has ended and has no head, and the size of the head before it.
fn next_day(conn: &mut Conn, now: Ts) -> Result<Option<(NaiveDate, i64)>, Problem> {
    let last = latest(conn, None, 1)?.pop();
    let day = match &last {
        Some(head) => head.day.checked_add_days(Days::new(1)),
        None => Sql::new("SELECT at FROM audit WHERE seq = 1")
            .get_result::<Moment>(conn)
            .optional()?
            .map(|first| first.at.0.date_naive()),
    };
    let ended = day.filter(|day| *day < now.0.date_naive());
    Ok(ended.map(|day| (day, last.map_or(0, |head| head.size))))
}

/// How many entries there were when a day ended; `None` while some of them are not sealed.
fn size_at_the_end(conn: &mut Conn, day: NaiveDate, before: i64) -> Result<Option<i64>, Problem> {
    let end = day.checked_add_days(Days::new(1)).and_then(|day| day.and_hms_opt(0, 0, 0));
    let end = end.map_or(Ts::NEVER, |end| Ts(end.and_utc()));
    if super::seal::pending(conn)? {
        return Ok(None);
    }
    let later: Number = Sql::new("SELECT min(seq) AS n FROM audit WHERE seq > ")
        .bind(before)
        .text(" AND at >= ")
        .bind(end)
        .get_result(conn)?;
    match later.n {
        Some(first) => Ok(Some(first - 1)),
        None => Ok(Sql::new("SELECT max(seq) AS n FROM audit").get_result::<Number>(conn)?.n),
    }
}

/// The root of the tree and the end of the chain at that size, as hexadecimal digits.
fn state(conn: &mut Conn, size: i64) -> Result<(String, String), Problem> {
    let root = tree::root(conn, u64::try_from(size).map_err(Problem::internal)?)?;
    let last: Option<Hash> =
        Sql::new("SELECT hash FROM audit WHERE seq = ").bind(size).get_result(conn).optional()?;
    Ok((hex(&root), last.map_or_else(|| hex(&BEGINNING), |last| hex(&last.hash))))
}

/// The payload of a head, if one of the keys signed it; else what is wrong.
pub fn open(jws: &str, keys: &[Key]) -> Result<Value, String> {
    let odd = || "it is not a compact JWS".to_owned();
    let (signed, signature) = jws.rsplit_once('.').ok_or_else(odd)?;
    let (header, payload) = signed.split_once('.').ok_or_else(odd)?;
    let decoded = |text: &str| B64.decode(text).map_err(|_| odd());
    let header: Value = serde_json::from_slice(&decoded(header)?).map_err(|_| odd())?;
    if header["alg"] != "EdDSA" || header["typ"] != TYP {
        return Err("its header is not that of a head".to_owned());
    }
    let key = keys.iter().find(|key| header["kid"] == key.kid.as_str());
    let key = key.ok_or_else(|| "it is signed by a key that is not on record".to_owned())?;
    if thumbprint(&key.x) != key.kid {
        return Err("the key that signed it does not have its name".to_owned());
    }
    UnparsedPublicKey::new(&ED25519, decoded(&key.x)?)
        .verify(signed.as_bytes(), &decoded(signature)?)
        .map_err(|_| "its signature is wrong".to_owned())?;
    serde_json::from_slice(&decoded(payload)?).map_err(|_| odd())
}
