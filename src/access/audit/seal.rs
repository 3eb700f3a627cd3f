//! The sealer: numbers the entries, chains them, and adds them to the tree as leaves.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::commitment::{Digest, keyed};
use super::tree;
use crate::clock::{Id, Ts};
use crate::hex::hex;
use crate::problem::Problem;
use crate::store::canonical::{Shape, piece, row};
use crate::store::tables::audit;
use crate::store::types::Uid;
use crate::store::{Conn, Sql, Val};

/// How many entries one transaction seals: few enough that no other writer waits long for it.
pub const BATCH: i64 = 1_000;
/// How many rows one statement updates.
const ROWS: usize = 100;

/// The columns of an entry that an outsider may see.
pub const PUBLIC: &[(&str, Shape)] = &[("id", Shape::Id), ("at", Shape::Moment), ("event", Shape::Text)];
/// The columns that an outsider sees only in a commitment.
pub const PRIVATE: &[(&str, Shape)] = &[
    ("actor", Shape::Text),
    ("request", Shape::Id),
    ("record", Shape::Id),
    ("version", Shape::Int),
    ("body", Shape::Id),
];

/// What makes an entry's leaf.
#[derive(Clone, Debug, QueryableByName)]
pub struct Sealable {
    /// The [`PUBLIC`] columns, as canonical text.
    #[diesel(sql_type = st::Binary)]
    pub public: Vec<u8>,
    /// The [`PRIVATE`] columns, as canonical text.
    #[diesel(sql_type = st::Binary)]
    pub private: Vec<u8>,
    /// The key of the commitment to the private columns.
    #[diesel(sql_type = st::Binary)]
    pub blind: Vec<u8>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    pub content_digest: Option<Vec<u8>>,
    #[diesel(sql_type = st::Binary)]
    pub detail_digest: Vec<u8>,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    pub state_digest: Option<Vec<u8>>,
}

impl Sealable {
    /// The columns to select from `audit a`.
    pub fn columns(pg: bool) -> Sql {
        row(pg, "a.", PUBLIC, &[])
            .text(" AS public, ")
            .append(row(pg, "a.", PRIVATE, &[]))
            .text(" AS private, a.blind, a.content_digest, a.detail_digest, a.state_digest")
    }

    /// The commitment to the private columns.
    pub fn private_digest(&self) -> Digest {
        keyed(&self.blind, &self.private)
    }

    /// The text of the entry's leaf, with that number.
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

    /// The entry's leaf, with that number.
    pub fn leaf(&self, seq: i64) -> Digest {
        tree::leaf(&self.text(seq))
    }
}

/// The hash that the first entry follows.
pub const BEGINNING: Digest = [0; 32];

/// The hash of an entry, over the hash before it and the entry's leaf.
pub fn chained(before: &Digest, leaf: &Digest) -> Digest {
    tree::sha256(&[before, leaf])
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(embed)]
    entry: Sealable,
}

/// The moment of the latest sealed entry.
pub fn latest(conn: &mut Conn) -> Result<Option<Ts>, Problem> {
    let sealed = audit::table.filter(audit::seq.is_not_null()).order(audit::seq.desc());
    Ok(sealed.select(audit::at).first(conn).optional()?)
}

/// Whether an entry waits to be sealed.
pub fn pending(conn: &mut Conn) -> Result<bool, Problem> {
    Ok(diesel::select(exists(audit::table.filter(audit::seq.is_null()))).get_result(conn)?)
}

/// Seals the next entries; returns how many. The caller makes sure that no one else seals at the same time.
pub fn seal(conn: &mut Conn) -> Result<usize, Problem> {
    let pg = conn.is_pg();
    let waiting: Vec<Waiting> = Sql::new("SELECT a.id, ")
        .append(Sealable::columns(pg))
        // In the order in which they were written: of two changes of a record, the second begins after the first.
        .text(" FROM audit a WHERE a.seq IS NULL ORDER BY ")
        .text(if pg { "a.queue" } else { "a.rowid" })
        .text(" LIMIT ")
        .bind(BATCH)
        .load(conn)?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let last: Option<(i64, Vec<u8>)> = audit::table
        .filter(audit::seq.is_not_null())
        .order(audit::seq.desc())
        .select((audit::seq.assume_not_null(), audit::hash.assume_not_null()))
        .first(conn)
        .optional()?;
    let before = last.as_ref().map_or(0, |(seq, _)| *seq);
    let mut hash = match &last {
        None => BEGINNING,
        Some((_, hash)) => Digest::try_from(hash.as_slice())
            .map_err(|_| Problem::internal("the last entry of the audit trail has no hash"))?,
    };
    let mut sealed = vec![];
    for (seq, one) in (before + 1..).zip(&waiting) {
        let leaf = one.entry.leaf(seq);
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
