//! The Merkle tree over the entries, by RFC 9162, section 2.1: roots, inclusion and consistency.
//!
//! The leaves stand in `audit`; of the nodes above them every eighth level is stored. Any other is worked out from at
//! most 256 of the level below it.

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;
use diesel::sql_types as st;

use super::Digest;
use crate::problem::Problem;
use crate::store::{Conn, Sql};

/// Between two stored levels.
pub const STEP: u32 = 8;

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = st::Binary)]
    hash: Vec<u8>,
}

/// SHA-256 of bytes.
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// The hash of a leaf.
pub fn leaf(text: &[u8]) -> Digest {
    sha256(&[&[0], text])
}

/// The hash of a node.
pub fn node(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[1], left, right])
}

/// The root of a tree of no leaves.
pub fn empty() -> Digest {
    sha256(&[])
}

/// The largest power of two below a number greater than one.
fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}

/// So many hashes of a stored level, from a position on.
fn stored(conn: &mut Conn, level: u32, from: u64, count: u64) -> Result<Vec<Digest>, Problem> {
    let number = |n: u64| i64::try_from(n).map_err(Problem::internal);
    let (first, end) = (number(from)?, number(from + count)?);
    let sql = match level {
        0 => Sql::new("SELECT leaf AS hash FROM audit WHERE seq > ")
            .bind(first)
            .text(" AND seq <= ")
            .bind(end)
            .text(" ORDER BY seq"),
        _ => Sql::new("SELECT hash FROM audit_node WHERE level = ")
            .bind(i64::from(level))
            .text(" AND position >= ")
            .bind(first)
            .text(" AND position < ")
            .bind(end)
            .text(" ORDER BY position"),
    };
    let rows: Vec<Stored> = sql.load(conn)?;
    let hashes: Vec<Digest> =
        rows.into_iter().filter_map(|row| Digest::try_from(row.hash.as_slice()).ok()).collect();
    if hashes.len() as u64 != count {
        return Err(Problem::internal("the tree of the audit trail has a hole"));
    }
    Ok(hashes)
}

fn fold(mut hashes: Vec<Digest>) -> Digest {
    while hashes.len() > 1 {
        hashes = hashes.chunks(2).map(|pair| node(&pair[0], pair.get(1).unwrap_or(&pair[0]))).collect();
    }
    hashes.first().copied().unwrap_or_else(empty)
}

/// The hash of a complete subtree.
fn subtree(conn: &mut Conn, height: u32, position: u64) -> Result<Digest, Problem> {
    let level = height / STEP * STEP;
    let wide = 1 << (height - level);
    Ok(fold(stored(conn, level, position * wide, wide)?))
}

/// The hash over so many leaves from one on, which is a multiple of the power of two that is not less than their
/// number.
fn range(conn: &mut Conn, start: u64, n: u64) -> Result<Digest, Problem> {
    if n.is_power_of_two() {
        let height = n.trailing_zeros();
        return subtree(conn, height, start >> height);
    }
    let k = split(n);
    let left = range(conn, start, k)?;
    let right = range(conn, start + k, n - k)?;
    Ok(node(&left, &right))
}

/// The root over the first leaves.
pub fn root(conn: &mut Conn, size: u64) -> Result<Digest, Problem> {
    if size == 0 { Ok(empty()) } else { range(conn, 0, size) }
}

/// The path from a leaf to the root over the first leaves.
pub fn inclusion(conn: &mut Conn, leaf: u64, size: u64) -> Result<Vec<Digest>, Problem> {
    let (mut m, mut start, mut n) = (leaf, 0, size);
    let mut path = vec![];
    while n > 1 {
        let k = split(n);
        if m < k {
            path.push(range(conn, start + k, n - k)?);
            n = k;
        } else {
            path.push(range(conn, start, k)?);
            (m, start, n) = (m - k, start + k, n - k);
        }
    }
    path.reverse();
    Ok(path)
}

/// What shows that the tree over the first leaves has that over fewer at its beginning.
pub fn consistency(conn: &mut Conn, first: u64, second: u64) -> Result<Vec<Digest>, Problem> {
    if first == 0 || first >= second {
        return Ok(vec![]);
    }
    let (mut m, mut start, mut n, mut whole) = (first, 0, second, true);
    let mut path = vec![];
    while m < n {
        let k = split(n);
        if m <= k {
            path.push(range(conn, start + k, n - k)?);
            n = k;
        } else {
            path.push(range(conn, start, k)?);
            (m, start, n, whole) = (m - k, start + k, n - k, false);
        }
    }
    if !whole {
        path.push(range(conn, start, n)?);
    }
    path.reverse();
    Ok(path)
}

/// Stores the nodes that are complete now that there are so many leaves, and were not when there were fewer.
pub fn grow(conn: &mut Conn, before: u64, now: u64) -> Result<(), Problem> {
    let mut level = STEP;
    while now >> level > 0 {
        let mut rows = vec![];
        for position in (before >> level)..(now >> level) {
            rows.push((position, fold(stored(conn, level - STEP, position << STEP, 1 << STEP)?)));
        }
        for (position, hash) in rows {
            Sql::new("INSERT INTO audit_node (level, position, hash) VALUES (")
                .bind_all([
                    i64::from(level).into(),
                    i64::try_from(position).map_err(Problem::internal)?.into(),
                    crate::store::Val::Bytes(hash.to_vec()),
                ])
                .text(")")
                .execute(conn)?;
        }
        level += STEP;
    }
    Ok(())
}

/// A tree that grows leaf by leaf and holds only the roots of its complete subtrees.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    peaks: Vec<(u32, Digest)>,
    /// How many leaves it has.
    pub size: u64,
}

impl Frontier {
    /// Adds a leaf; tells of each complete subtree whose level is stored: its level, its position, its hash.
    pub fn push(&mut self, leaf: Digest, mut complete: impl FnMut(u32, u64, &Digest)) {
        let (mut height, mut hash) = (0, leaf);
        self.size += 1;
        while let Some((_, left)) = self.peaks.pop_if(|(peak, _)| *peak == height) {
            hash = node(&left, &hash);
            height += 1;
            if height % STEP == 0 {
                complete(height, (self.size >> height) - 1, &hash);
            }
        }
        self.peaks.push((height, hash));
    }

    /// The root.
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        let Some(last) = peaks.next() else { return empty() };
        peaks.fold(last, |right, left| node(&left, &right))
    }
}
