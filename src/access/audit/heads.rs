//! Signed heads: the state of the tree at the end of each day, for outsiders to keep.
//!
//! A head is a compact JWS (RFC 7515, Ed25519) of the type `onrecord-head+jws`. Its payload names the log, the day,
//! how many entries there were, the root of their tree, the hash of the chain's last entry, and when it was signed.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use chrono::{Days, NaiveDate};
use diesel::dsl::{max, min};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::seal::BEGINNING;
use super::tree;
use crate::access::keys::{Keys, thumbprint};
use crate::clock::{Clock, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::tables::{audit, audit_head, audit_key};
use crate::store::{Conn, Db, in_dialect};

/// The `typ` of a head.
pub const TYP: &str = "onrecord-head+jws";
/// How many missing days one call signs, after a long stop.
const DAYS: usize = 31;

/// A head as it is stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = audit_head)]
pub struct Head {
    pub day: NaiveDate,
    /// How many entries there were at the end of the day.
    pub size: i64,
    /// When it was signed.
    pub at: Ts,
    pub jws: String,
}

/// A public key that signed heads.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_key)]
pub struct Key {
    /// The thumbprint by RFC 7638.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

/// The latest heads; with a day, those before it.
pub fn latest(conn: &mut Conn, before: Option<NaiveDate>, limit: i64) -> Result<Vec<Head>, Problem> {
    let heads = audit_head::table.order(audit_head::day.desc()).limit(limit).select(Head::as_select());
    Ok(match before {
        Some(day) => heads.filter(audit_head::day.lt(day)).load(conn)?,
        None => heads.load(conn)?,
    })
}

/// Every key that ever signed a head.
pub fn keys(conn: &mut Conn) -> Result<Vec<Key>, Problem> {
    Ok(audit_key::table.order(audit_key::kid).select(Key::as_select()).load(conn)?)
}

/// The public key as a JWK (RFC 7517).
pub fn jwk(key: &Key) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": key.x})
}

/// Signs a head for each day that has ended and has none. Takes a writing connection only if there is such a day.
pub fn sign_ended_days(db: &Db, clock: &Clock, keys: &Keys, log: &str) -> Result<(), Problem> {
    let now = clock.now();
    for _ in 0..DAYS {
        let Some((day, before)) = db.read(|conn| next_day(conn, now))? else { return Ok(()) };
        let Some(size) = db.read(|conn| size_at_the_end(conn, day, before))? else { return Ok(()) };
        let (root, chain) = db.read(|conn| root_and_chain(conn, size))?;
        let payload = json!({
            "log": log, "day": day.to_string(), "size": size, "root": root, "chain": chain, "at": now,
        });
        let jws = keys.sign(TYP, &payload)?;
        db.write(|conn| {
            // All keys, since the one that signs may have just been rotated.
            let known: Vec<Key> =
                keys.public_keys().into_iter().map(|key| Key { kid: key.kid, x: key.public }).collect();
            for key in &known {
                in_dialect!(conn, |conn| {
                    diesel::insert_into(audit_key::table).values(key).on_conflict_do_nothing().execute(conn)
                })?;
            }
            // Another process may have signed the day already; both heads are valid.
            in_dialect!(conn, |conn| {
                diesel::insert_into(audit_head::table)
                    .values((
                        audit_head::day.eq(day),
                        audit_head::size.eq(size),
                        audit_head::at.eq(now),
                        audit_head::jws.eq(&jws),
                    ))
                    .on_conflict_do_nothing()
                    .execute(conn)
            })?;
            Ok(())
        })?;
    }
    Ok(())
}

/// The first day that has ended and has no head, and the size of the head before it.
fn next_day(conn: &mut Conn, now: Ts) -> Result<Option<(NaiveDate, i64)>, Problem> {
    let last = latest(conn, None, 1)?.pop();
    let day = match &last {
        Some(head) => head.day.checked_add_days(Days::new(1)),
        None => audit::table
            .filter(audit::seq.eq(1))
            .select(audit::at)
            .first::<Ts>(conn)
            .optional()?
            .map(|at| at.0.date_naive()),
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
    let first_later: Option<i64> = audit::table
        .filter(audit::seq.gt(before))
        .filter(audit::at.ge(end))
        .select(min(audit::seq))
        .first(conn)?;
    match first_later {
        Some(first) => Ok(Some(first - 1)),
        None => Ok(audit::table.select(max(audit::seq)).first(conn)?),
    }
}

/// The root of the tree and the last hash of the chain at that size, as hexadecimal digits.
fn root_and_chain(conn: &mut Conn, size: i64) -> Result<(String, String), Problem> {
    let root = tree::root(conn, u64::try_from(size).map_err(Problem::internal)?)?;
    let last: Option<Vec<u8>> = audit::table
        .filter(audit::seq.eq(size))
        .select(audit::hash.assume_not_null())
        .first(conn)
        .optional()?;
    Ok((hex(&root), last.map_or_else(|| hex(&BEGINNING), |hash| hex(&hash))))
}

/// The payload of a head, if one of the keys signed it; otherwise what is wrong.
pub fn open(jws: &str, keys: &[Key]) -> Result<Value, String> {
    let malformed = || "it is not a compact JWS".to_owned();
    let (signed, signature) = jws.rsplit_once('.').ok_or_else(malformed)?;
    let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
    let decoded = |text: &str| B64.decode(text).map_err(|_| malformed());
    let header: Value = serde_json::from_slice(&decoded(header)?).map_err(|_| malformed())?;
    if header["alg"] != "EdDSA" || header["typ"] != TYP {
        return Err("its header is not that of a head".to_owned());
    }
    let key = keys.iter().find(|key| header["kid"] == key.kid.as_str());
    let key = key.ok_or_else(|| "it is signed by a key that is not on record".to_owned())?;
    if thumbprint(&key.x) != key.kid {
        return Err("the name of the key that signed it is not the key's thumbprint".to_owned());
    }
    UnparsedPublicKey::new(&ED25519, decoded(&key.x)?)
        .verify(signed.as_bytes(), &decoded(signature)?)
        .map_err(|_| "its signature is wrong".to_owned())?;
    serde_json::from_slice(&decoded(payload)?).map_err(|_| malformed())
}
