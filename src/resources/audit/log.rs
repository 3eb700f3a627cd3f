//! What everyone can read of the audit trail: signed heads, and proofs within them. docs/verify.md shows how to check them.
//!
//! Entries after the latest head are not disclosed, so that nobody can watch drafts being made.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::{Value, json};

use crate::access::audit::seal::Sealable;
use crate::access::audit::{CONTENT, Digest, derived, heads, tree};
use crate::access::rule::READ_PUBLIC;
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::store::types::Tstz;
use crate::store::{Conn, Sql, Val};

/// A signed head of the audit trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HeadLine {
    /// The day, at whose end the head was taken.
    #[schema(format = "date", max_length = 10)]
    pub day: String,
    /// How many entries there were.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub size: i64,
    /// When it was signed.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
    /// The head: a compact JWS (RFC 7515) of the type `onrecord-head+jws`, with `log`, `day`, `size`, `root`, `chain`
    /// and `at` in its payload.
    #[schema(max_length = 4000)]
    pub jws: String,
}

/// The proof that one head continues another.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Consistency {
    /// The size of the earlier tree.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub first: i64,
    /// The size of the later tree.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub second: i64,
    /// The proof by RFC 9162, section 2.1.4: hashes in hexadecimal digits.
    #[schema(max_items = 128)]
    pub proof: Vec<String>,
}

/// A receipt: the proof that a publication is in the trail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Inclusion {
    /// The record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub record: Id,
    /// The number of the publication.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub version: i64,
    /// The digest of the content: SHA-256, in hexadecimal digits.
    #[schema(max_length = 64)]
    pub digest: String,
    /// The salt that opens the commitment to the content, in hexadecimal digits.
    #[schema(max_length = 64)]
    pub salt: String,
    /// The parts of the leaf, in order: number, id, moment in microseconds, event, then the commitments to the actor, the
    /// content, the details and the state of the record.
    #[schema(max_items = 8)]
    pub leaf: Vec<Option<String>>,
    /// The leaf's index, counted from 0.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub leaf_index: i64,
    /// The size of the latest head, to which the path leads.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, format = "int64")]
    pub size: i64,
    /// The path by RFC 9162, section 2.1.3: hashes in hexadecimal digits.
    #[schema(max_items = 64)]
    pub path: Vec<String>,
}

fn row(path: &str, id: &str, handler: fn(&Call, &mut Conn) -> Result<Reply, Problem>) -> Operation {
    let path = format!("/.well-known/onrecord/{path}");
    let mut row = Operation::new(Method::Get, path, id, READ_PUBLIC, Handler::Read(handler));
    row.tag = "audit";
    row.cached = true;
    // The service signs a head for each day, whether something was published or not.
    row.dated = false;
    row
}

fn size_param(name: &str, about: &str) -> Param {
    Param::new(name, ParamType::Int(1, 1_000_000_000_000), about).required()
}

pub fn operations() -> Vec<Operation> {
    let mut heads = row("heads", "list_audit_heads", list_heads);
    heads.summary = "List the signed heads of the audit trail".to_owned();
    heads.description = "One head for each day that has ended, the latest first: the state of the trail at the end of that day, signed by this server. Keep them: with two heads anyone can check that no earlier entry was changed or removed.".to_owned();
    heads.params = vec![cursor_param(), limit_param(), format_param()];
    heads.answers = vec![Answer::named(200, "A page of heads.", "AuditHeadList").or_csv()];
    heads.example = Some(ExampleCall { path: "/.well-known/onrecord/heads?limit=1".to_owned() });
    let mut keys = row("keys", "list_audit_keys", list_keys);
    keys.summary = "Get the keys that signed heads".to_owned();
    keys.description =
        "Every public key that ever signed a head, as a JWK Set (RFC 7517). Older keys stay in it."
            .to_owned();
    keys.answers = vec![Answer::named(200, "The keys.", "JwkSet")];
    keys.example = Some(ExampleCall { path: "/.well-known/onrecord/keys".to_owned() });
    let mut consistency = row("consistency", "get_audit_consistency", consistency);
    consistency.summary = "Prove that one head continues another".to_owned();
    consistency.description =
        "The proof by RFC 9162, section 2.1.4, between two sizes of which neither is beyond the latest head."
            .to_owned();
    consistency.params = vec![
        size_param("first", "The size of the earlier head."),
        size_param("second", "The size of the later head."),
    ];
    consistency.answers = vec![Answer::named(200, "The proof.", "AuditConsistency")];
    consistency.problems = vec![404];
    let mut inclusion = row("inclusion", "get_audit_inclusion", inclusion);
    inclusion.summary = "Get the receipt of a publication".to_owned();
    inclusion.description = "The proof that a published version is in the trail with exactly this content. It does not disclose who published it. It is available from the day after the publication.".to_owned();
    inclusion.params = vec![
        Param::new("record", ParamType::Id, "The record's id.").required(),
        Param::new("version", ParamType::Int(1, 1_000_000), "The number of the publication.").required(),
    ];
    inclusion.answers = vec![Answer::named(200, "The receipt.", "AuditInclusion")];
    inclusion.problems = vec![404];
    vec![heads, keys, consistency, inclusion]
}

fn list_heads(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let paged = PageRequest::public(call, "heads of the audit trail");
    let before = paged.after(|keys| match keys {
        [Val::Date(before)] => Some(*before),
        _ => None,
    })?;
    let mut rows = heads::latest(conn, before, paged.rows_to_read())?;
    let page = paged.truncate(&mut rows, |last| vec![Val::Date(last.day)])?;
    let lines = rows.into_iter().map(|head| HeadLine {
        day: head.day.to_string(),
        size: head.size,
        at: head.at,
        jws: head.jws,
    });
    list_reply(call, &["day", "size", "at", "jws"], &values(lines)?, &page)
}

fn list_keys(_: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let keys: Vec<Value> = heads::keys(conn)?.iter().map(heads::jwk).collect();
    Reply::value(&json!({"keys": keys}))
}

fn required(call: &Call, name: &str) -> Result<i64, Problem> {
    call.params.int(name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Problem {
    Problem::bad_request(vec![Fault::parameter(name, "required", "This parameter is required.")])
}

fn texts(hashes: &[Digest]) -> Vec<String> {
    hashes.iter().map(|hash| hex(hash)).collect()
}

/// The size of the latest head.
fn latest_size(conn: &mut Conn) -> Result<i64, Problem> {
    Ok(heads::latest(conn, None, 1)?.pop().map_or(0, |head| head.size))
}

fn consistency(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let (first, second) = (required(call, "first")?, required(call, "second")?);
    if first > second {
        let detail = "The second head is the later one: give the larger size here.";
        return Err(Problem::bad_request(vec![Fault::parameter("second", "out_of_range", detail)]));
    }
    if second > latest_size(conn)? {
        return Err(Problem::not_found());
    }
    let proof = texts(&tree::consistency(conn, first.unsigned_abs(), second.unsigned_abs())?);
    Reply::value(&Consistency { first, second, proof })
}

#[derive(QueryableByName)]
struct Receipt {
    #[diesel(sql_type = st::BigInt)]
    seq: i64,
    #[diesel(sql_type = Tstz)]
    at: Ts,
    #[diesel(sql_type = crate::store::types::Uid)]
    id: Id,
    #[diesel(sql_type = st::Text)]
    event: String,
    #[diesel(embed)]
    entry: Sealable,
    #[diesel(sql_type = st::Binary)]
    salt: Vec<u8>,
    #[diesel(sql_type = st::Binary)]
    digest: Vec<u8>,
}

fn inclusion(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let record = call.params.text("record").ok_or_else(|| missing("record"))?;
    let version = required(call, "version")?;
    // A text that is not an id names no record.
    let record = Id::parse(record).ok_or_else(Problem::not_found)?;
    let size = latest_size(conn)?;
    let found: Option<Receipt> = Sql::new("SELECT a.seq, a.at, a.id, a.event, ")
        .append(Sealable::columns(conn.is_pg()))
        .text(
            ", a.salt, v.digest FROM audit a
             JOIN record_version v ON v.record = a.record AND v.version = a.version
             WHERE a.content_digest IS NOT NULL AND a.salt IS NOT NULL AND a.seq <= ",
        )
        .bind(size)
        .text(" AND a.record = ")
        .bind(record)
        .text(" AND v.publication = ")
        .bind(version)
        // Only for a version that the public can read now; a withdrawn one is not disclosed.
        .text(" AND v.listed AND v.public_from <= ")
        .bind(call.now())
        .text(" ORDER BY a.seq LIMIT 1")
        .get_result(conn)
        .optional()?;
    let found = found.ok_or_else(Problem::not_found)?;
    let path = tree::inclusion(conn, found.seq.unsigned_abs() - 1, size.unsigned_abs())?;
    let digest = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(hex);
    Reply::value(&Inclusion {
        record,
        version,
        digest: hex(&found.digest),
        salt: hex(&derived(&found.salt, CONTENT)),
        leaf: vec![
            Some(found.seq.to_string()),
            Some(found.id.0.simple().to_string()),
            Some(found.at.micros().to_string()),
            Some(found.event),
            Some(hex(&found.entry.private_digest())),
            digest(&found.entry.content_digest),
            Some(hex(&found.entry.detail_digest)),
            digest(&found.entry.state_digest),
        ],
        leaf_index: found.seq - 1,
        size,
        path: texts(&path),
    })
}
