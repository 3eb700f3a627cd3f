//! Verifies the trail: recomputes chain, commitments, tree and heads, a thousand entries at a time.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::commitment::{CONTENT, DETAIL, Digest, commit, content_text};
use super::entry::REDACTED;
use super::heads::{self, Head, Key};
use super::seal::{BEGINNING, Sealable, chained};
use super::tree::{Frontier, STEP};
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::tables::{audit, audit_node, redaction};
use crate::store::types::Uid;
use crate::store::{Conn, Db, Sql};

/// How many entries are read at a time.
const BATCH: i64 = 1_000;

/// Why the verification ended early.
#[derive(Debug)]
pub enum Stop {
    /// Something is not as it was written: what, and where.
    Broken(String),
    /// The trail could not be read.
    Failed(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Failed(problem)
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Stop {
        Stop::Failed(error.into())
    }
}

/// What was verified, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub entries: u64,
    /// The entries of these that were redacted.
    pub redacted: u64,
    /// The stored nodes of the tree.
    pub nodes: u64,
    pub heads: u64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = st::BigInt)]
    seq: i64,
    #[diesel(embed)]
    entry: Sealable,
    #[diesel(sql_type = st::Nullable<Uid>)]
    record: Option<Id>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    salt: Option<Vec<u8>>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    detail: Option<Vec<u8>>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    leaf: Option<Vec<u8>>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    hash: Option<Vec<u8>>,
    #[diesel(sql_type = st::Bool)]
    record_exists: bool,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    publication: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    digest: Option<Vec<u8>>,
}

impl Line {
    /// What people need to find the entry.
    fn name(&self) -> String {
        let pieces = pieces(&self.entry.public);
        let piece = |n: usize| pieces.get(n).cloned().unwrap_or_default();
        let at =
            piece(1).parse().ok().and_then(Ts::from_micros).map_or_else(|| piece(1), |at| at.to_string());
        format!("entry {} (id {}, at {at}, event {})", self.seq, piece(0), piece(2))
    }

    fn broken<T>(&self, what: &str) -> Result<T, Stop> {
        Err(Stop::Broken(format!("{}: {what}", self.name())))
    }
}

/// The pieces of a canonical text.
fn pieces(mut text: &[u8]) -> Vec<String> {
    let mut all = vec![];
    while let Some(at) = text.iter().position(|byte| *byte == b':') {
        let length = std::str::from_utf8(&text[..at]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(piece) = length.and_then(|length| text.get(at + 1..at + 1 + length)) else { break };
        all.push(String::from_utf8_lossy(piece).into_owned());
        text = text.get(at + 2 + piece.len()..).unwrap_or_default();
    }
    all
}

/// How many entries are sealed.
pub fn sealed(conn: &mut Conn) -> Result<i64, Problem> {
    Ok(audit::table.filter(audit::seq.is_not_null()).count().get_result(conn)?)
}

/// How many entries wait for the sealer.
pub fn unsealed(conn: &mut Conn) -> Result<i64, Problem> {
    Ok(audit::table.filter(audit::seq.is_null()).count().get_result(conn)?)
}

/// Verifies the whole trail; calls `progress` after each thousand entries with the number verified.
pub fn trail(db: &Db, mut progress: impl FnMut(u64)) -> Result<Checked, Stop> {
    let keys = db.read(heads::keys)?;
    let mut signed = open_heads(db, &keys)?;
    let mut checked =
        Checked { heads: signed.values().map(|all| all.len() as u64).sum(), ..Checked::default() };
    let mut frontier = Frontier::default();
    let mut hash = BEGINNING;
    compare(signed.remove(&0), &frontier, &hash)?;
    loop {
        let lines: Vec<Line> = db.read(|conn| lines(conn, frontier.size))?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            let expected = frontier.size + 1;
            if u64::try_from(line.seq) != Ok(expected) {
                return Err(Stop::Broken(format!("entry {expected} is missing; {} follows", line.name())));
            }
            hash = verify_entry(db, line, &hash, &mut checked)?;
            let mut complete = vec![];
            let leaf = line.entry.leaf(line.seq);
            frontier.push(leaf, |level, position, node| complete.push((level, position, *node)));
            for (level, position, node) in complete {
                checked.nodes += 1;
                if stored_node(db, level, position)? != Some(node.to_vec()) {
                    return line.broken(&format!(
                        "the node {position} of level {level} of the tree, which ends here, is wrong"
                    ));
                }
            }
            compare(signed.remove(&frontier.size), &frontier, &hash)?;
        }
        checked.entries = frontier.size;
        progress(frontier.size);
    }
    if let Some(head) = signed.into_values().flatten().next() {
        return Err(Stop::Broken(format!(
            "the head of {} is over {} entries, of which there are only {}",
            head.0, head.1["size"], frontier.size
        )));
    }
    let nodes: i64 = db.read(|conn| Ok(audit_node::table.count().get_result(conn)?))?;
    if u64::try_from(nodes) != Ok(checked.nodes) {
        return Err(Stop::Broken(format!(
            "the tree has {nodes} stored nodes; there should be {}",
            checked.nodes
        )));
    }
    Ok(checked)
}

fn lines(conn: &mut Conn, after: u64) -> Result<Vec<Line>, Problem> {
    let pg = conn.is_pg();
    Ok(Sql::new("SELECT a.seq, ")
        .append(Sealable::columns(pg))
        .text(", a.record, a.version, a.salt, ")
        // As bytes: text that was tampered with need not be text any more.
        .text(if pg { "convert_to(a.detail, 'UTF8')" } else { "CAST(a.detail AS BLOB)" })
        .text(
            " AS detail, a.leaf, a.hash, (r.id IS NOT NULL) AS record_exists, v.publication, v.digest
             FROM audit a LEFT JOIN record r ON r.id = a.record
             LEFT JOIN record_version v ON v.record = a.record AND v.version = a.version
             WHERE a.seq > ",
        )
        .bind(i64::try_from(after).map_err(Problem::internal)?)
        .text(" ORDER BY a.seq LIMIT ")
        .bind(BATCH)
        .load(conn)?)
}

/// Verifies one entry; returns the chain's hash at it.
fn verify_entry(db: &Db, line: &Line, before: &Digest, checked: &mut Checked) -> Result<Digest, Stop> {
    let leaf = line.entry.leaf(line.seq);
    if line.leaf.as_deref() != Some(&leaf) {
        return line.broken("its leaf is not that of its columns");
    }
    let hash = chained(before, &leaf);
    if line.hash.as_deref() != Some(&hash) {
        return line.broken("it does not follow the entry before it: the hash of the chain differs");
    }
    if line.record.is_some() && !line.record_exists {
        return line.broken("the record that it is about is gone");
    }
    match (&line.salt, &line.detail) {
        (Some(salt), Some(detail)) => {
            if commit(salt, DETAIL, detail)[..] != line.entry.detail_digest[..] {
                return line.broken("its detail is not the one that was written");
            }
            check_published(line, salt)?;
        }
        (None, None) => {
            let covered = db.read(|conn| covered(conn, line.record, line.version, line.seq))?;
            if !covered {
                return line.broken("its detail is gone, and no redaction on record explains it");
            }
            checked.redacted += 1;
        }
        _ => return line.broken("only one of its detail and its salt is there"),
    }
    Ok(hash)
}

/// Checks that the content that became public is the one on record.
fn check_published(line: &Line, salt: &[u8]) -> Result<(), Stop> {
    let Some(committed) = &line.entry.content_digest else { return Ok(()) };
    let (Some(record), Some(publication), Some(digest)) = (line.record, line.publication, &line.digest)
    else {
        return line.broken("the version that it published is gone");
    };
    if commit(salt, CONTENT, &content_text(record, publication, digest))[..] != committed[..] {
        return line.broken("the version that it published has another digest or number now");
    }
    Ok(())
}

/// Whether a later redaction covers an edit of a record (or, without an edit, the record). Only a redaction that is
/// listed counts, so that someone has been asked to review it.
pub fn covered(
    conn: &mut Conn,
    record: Option<Id>,
    version: Option<i64>,
    after: i64,
) -> Result<bool, Problem> {
    let Some(record) = record else { return Ok(false) };
    let details: Vec<Option<String>> = audit::table
        .filter(audit::record.eq(record))
        .filter(audit::event.eq(REDACTED))
        .filter(audit::seq.gt(after))
        .order(audit::seq)
        .select(audit::detail)
        .load(conn)?;
    let listed: Vec<Id> =
        redaction::table.filter(redaction::record.eq(record)).select(redaction::id).load(conn)?;
    Ok(details.iter().any(|detail| {
        let detail: Value =
            detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let named = detail["redaction"].as_str().and_then(Id::parse);
        if !listed.iter().any(|id| Some(*id) == named) {
            return false;
        }
        match detail.get("edits") {
            Some(Value::Null) => true,
            Some(Value::Array(edits)) => {
                version.is_some_and(|version| edits.iter().any(|edit| *edit == version))
            }
            _ => false,
        }
    }))
}

fn stored_node(db: &Db, level: u32, position: u64) -> Result<Option<Vec<u8>>, Problem> {
    debug_assert!(level.is_multiple_of(STEP));
    let position = i64::try_from(position).map_err(Problem::internal)?;
    db.read(|conn| {
        Ok(audit_node::table
            .find((i64::from(level), position))
            .select(audit_node::hash)
            .first(conn)
            .optional()?)
    })
}

type Signed = BTreeMap<u64, Vec<(String, Value)>>;

/// The heads' payloads by size. Each must be signed by a key on record, and its row must agree with it.
fn open_heads(db: &Db, keys: &[Key]) -> Result<Signed, Stop> {
    let mut signed = Signed::new();
    let mut before = None;
    loop {
        let some: Vec<Head> = db.read(|conn| heads::latest(conn, before, BATCH))?;
        let Some(last) = some.last() else { return Ok(signed) };
        before = Some(last.day);
        for head in some {
            let broken = |what: &str| Stop::Broken(format!("the head of {}: {what}", head.day));
            let payload = heads::open(&head.jws, keys).map_err(|what| broken(&what))?;
            let same = payload["day"] == head.day.to_string().as_str()
                && payload["size"] == head.size
                && payload["at"] == head.at.to_string().as_str();
            if !same {
                return Err(broken("its row differs from what was signed"));
            }
            let size = u64::try_from(head.size).map_err(|_| broken("its size is negative"))?;
            signed.entry(size).or_default().push((head.day.to_string(), payload));
        }
    }
}

fn compare(heads: Option<Vec<(String, Value)>>, frontier: &Frontier, hash: &Digest) -> Result<(), Stop> {
    for (day, payload) in heads.into_iter().flatten() {
        let same =
            payload["root"] == hex(&frontier.root()).as_str() && payload["chain"] == hex(hash).as_str();
        if !same {
            return Err(Stop::Broken(format!(
                "the head of {day} was signed over other entries than the first {} on record",
                frontier.size
            )));
        }
    }
    Ok(())
}
