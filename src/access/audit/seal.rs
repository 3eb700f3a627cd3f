//! The sealer: numbers the entries, chains them, makes them leaves of the tree.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::{Digest, keyed, tree};
use crate::access::client::hex;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::canonical::{Shape, piece, row};
use crate::store::types::Uid;
use crate::store::{Conn, Count, Sql, Val};

/// How many entries are sealed in a transaction: no writer waits longer for it than for another.
pub const BATCH: i64 = 1_000;
/// How many rows one statement changes.
const ROWS: usize = 100;

/// What an outsider may know of an entry.
pub const PUBLIC: &[(&str, Shape)] = &[("id", Shape::Id), ("at", Shape::Moment), ("event", Shape::Text)];
/// What only the digest `private` tells of it.
pub const PRIVATE: &[(&str, Shape)] = &[
    ("actor", Shape::Text),
    ("request", Shape::Id),
    ("record", Shape::Id),
    ("version", Shape::Int),
    ("body", Shape::Id),
];

/// What an entry's leaf is made of.
#[derive(Clone, Debug, QueryableByName)]
pub struct Sealable {
    /// Id, moment and event, as text.
    #[diesel(sql_type = st::Binary)]
    pub public: Vec<u8>,
    /// Actor, request, record, edit and body, as text.
    #[diesel(sql_type = st::Binary)]
    pub private: Vec<u8>,
    /// What hides these.
    #[diesel(sql_type = st::Binary)]
    pub blind: Vec<u8>,
    /// The commitment to the content.
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    pub content_digest: Option<Vec<u8>>,
    /// The commitment to the detail.
    #[diesel(sql_type = st::Binary)]
    pub detail_digest: Vec<u8>,
    /// The commitment to the state.
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    pub state_digest: Option<Vec<u8>>,
}

impl Sealable {
    /// The columns of a statement that reads it from `audit a`.
    pub fn columns(pg: bool) -> Sql {
        row(pg, "a.", PUBLIC)
            .text(" AS public, ")
            .append(row(pg, "a.", PRIVATE))
            .text(" AS private, a.blind, a.content_digest, a.detail_digest, a.state_digest")
    }

    /// The commitment to what an outsider does not see.
    pub fn private_digest(&self) -> Digest {
        keyed(&self.blind, &self.private)
    }

    /// The text of its leaf under that number.
    pub fn text(&self, seq: i64) -> Vec<u8> {
        let digest = |bytes: Option<&[u8]>| piece(bytes.map(|bytes| hex(bytes).into_bytes()).as_deref());
        [
            piece(Some(seq.to_string().as_bytes())),
            self.public.clone(),
            digest(Some(&self.private_digest())),
            digest(self.content_digest.as_deref()),
            digest(Some(&self.detail_digest)),
            digest(self.state_digest.as_deref()),
        ]
        .concat()
    }

    /// Its leaf under that number.
    pub fn leaf(&self, seq: i64) -> Digest {
        tree::leaf(&self.text(seq))
    }
}

/// The hash that the first entry follows.
pub const BEGINNING: Digest = [0; 32];

/// The hash of an entry: of the one before it and its own leaf.
pub fn chained(before: &Digest, leaf: &Digest) -> Digest {
    tree::sha256(&[before, leaf])
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(embed)]
    what: Sealable,
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = st::BigInt)]
    seq: i64,
    #[diesel(sql_type = st::Binary)]
    hash: Vec<u8>,
}

/// Whether an entry waits.
pub fn pending(conn: &mut Conn) -> Result<bool, Problem> {
    let row: Count =
        Sql::new("SELECT (CASE WHEN EXISTS (SELECT 1 FROM audit WHERE seq IS NULL) THEN 1 ELSE 0 END)")
            .text(if conn.is_pg() { "::bigint AS n" } else { " AS n" })
            .get_result(conn)?;
    Ok(row.n == 1)
}

/// Seals the next entries; the caller sees to it that nobody else does meanwhile. Gives how many.
pub fn seal(conn: &mut Conn) -> Result<usize, Problem> {
    let pg = conn.is_pg();
    let waiting: Vec<Waiting> = Sql::new("SELECT a.id, ")
        .append(Sealable::columns(pg))
        // The order in which they were written: of two deeds on a record, the second begins when the first has ended.
        .text(" FROM audit a WHERE a.seq IS NULL ORDER BY ")
        .text(if pg { "a.queue" } else { "a.rowid" })
        .text(" LIMIT ")
        .bind(BATCH)
        .load(conn)?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let last: Option<Last> =
        Sql::new("SELECT seq, hash FROM audit WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
            .get_result(conn)
            .optional()?;
    let before = last.as_ref().map_or(0, |last| last.seq);
    let mut hash = match &last {
        None => BEGINNING,
        Some(last) => Digest::try_from(last.hash.as_slice())
            .map_err(|_| Problem::internal("the last entry of the audit trail has no hash"))?,
    };
    let mut sealed = vec![];
    for (seq, one) in (before + 1..).zip(&waiting) {
        let leaf = one.what.leaf(seq);
        hash = chained(&hash, &leaf);
        sealed.push((one.id, seq, leaf, hash));
    }
    for some in sealed.chunks(ROWS) {
        write(conn, some)?;
    }
    let size = |seq: i64| u64::try_from(seq).map_err(Problem::internal);
    tree::grow(conn, size(before)?, size(before)? + waiting.len() as u64)?;
    Ok(waiting.len())
}

fn write(conn: &mut Conn, rows: &[(Id, i64, Digest, Digest)]) -> Result<(), Problem> {
    let mut sql = Sql::new("UPDATE audit SET seq = v.column2, leaf = v.column3, hash = v.column4")
        .text(if conn.is_pg() { ", queue = NULL" } else { "" })
        .text(" FROM (VALUES ");
    for (n, (id, seq, leaf, hash)) in rows.iter().enumerate() {
        sql.push(if n == 0 { "(" } else { ", (" });
        let values: [Val; 4] = [(*id).into(), (*seq).into(), leaf.to_vec().into(), hash.to_vec().into()];
        sql = sql.bind_all(values).text(")");
    }
    let sql = sql.text(") AS v WHERE audit.id = v.column1");
    let n = if rows.len() == 1 || rows.len() == ROWS { sql } else { sql.one_off() }.execute(conn)?;
    if n == rows.len() {
        Ok(())
    } else {
        Err(Problem::internal("an entry of the audit trail was not sealed"))
    }
}
