//! The Merkle tree over the entries, by RFC 9162, section 2.1: roots, inclusion and consistency.
//!
//! The leaves are in `audit`; of the nodes above them every eighth level is stored. Any other node is computed from at
//! most 256 nodes of the stored level below it.

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;

use super::commitment::Digest;
use crate::problem::Problem;
use crate::store::Conn;
use crate::store::tables::{audit, audit_node};

/// The distance between two stored levels.
pub const STEP: u32 = 8;

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

/// The hashes of a stored level, from a position on.
fn stored(conn: &mut Conn, level: u32, from: u64, count: u64) -> Result<Vec<Digest>, Problem> {
    let number = |n: u64| i64::try_from(n).map_err(Problem::internal);
    let (first, end) = (number(from)?, number(from + count)?);
    let rows: Vec<Vec<u8>> = match level {
        // Entries are numbered from 1, leaves from 0.
        0 => audit::table
            .filter(audit::seq.gt(first))
            .filter(audit::seq.le(end))
            .order(audit::seq)
            .select(audit::leaf.assume_not_null())
            .load(conn)?,
        _ => audit_node::table
            .filter(audit_node::level.eq(i64::from(level)))
            .filter(audit_node::position.ge(first))
            .filter(audit_node::position.lt(end))
            .order(audit_node::position)
            .select(audit_node::hash)
            .load(conn)?,
    };
    let hashes: Vec<Digest> = rows.iter().filter_map(|hash| Digest::try_from(hash.as_slice()).ok()).collect();
    if hashes.len() as u64 != count {
        return Err(Problem::internal("the tree of the audit trail lacks a node"));
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
    let width = 1 << (height - level);
    Ok(fold(stored(conn, level, position * width, width)?))
}

/// The hash over `n` leaves from `start` on, which must be a multiple of the least power of two that is not less than
/// `n`.
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

/// The root over the first `size` leaves.
pub fn root(conn: &mut Conn, size: u64) -> Result<Digest, Problem> {
    if size == 0 { Ok(empty()) } else { range(conn, 0, size) }
}

/// The path from a leaf to the root over the first `size` leaves.
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

/// The proof that the tree over `second` leaves begins with the tree over `first` leaves.
pub fn consistency(conn: &mut Conn, first: u64, second: u64) -> Result<Vec<Digest>, Problem> {
    if first == 0 || first >= second {
        return Ok(vec![]);
    }
    let (mut m, mut start, mut n, mut is_prefix) = (first, 0, second, true);
    let mut path = vec![];
    while m < n {
        let k = split(n);
        if m <= k {
            path.push(range(conn, start + k, n - k)?);
            n = k;
        } else {
            path.push(range(conn, start, k)?);
            (m, start, n, is_prefix) = (m - k, start + k, n - k, false);
        }
    }
    if !is_prefix {
        path.push(range(conn, start, n)?);
    }
    path.reverse();
    Ok(path)
}

/// Stores the nodes that are complete with `now` leaves and were not with `before` leaves.
pub fn grow(conn: &mut Conn, before: u64, now: u64) -> Result<(), Problem> {
    let mut level = STEP;
    while now >> level > 0 {
        let mut rows = vec![];
        for position in (before >> level)..(now >> level) {
            rows.push((position, fold(stored(conn, level - STEP, position << STEP, 1 << STEP)?)));
        }
        for (position, hash) in rows {
            diesel::insert_into(audit_node::table)
                .values((
                    audit_node::level.eq(i64::from(level)),
                    audit_node::position.eq(i64::try_from(position).map_err(Problem::internal)?),
                    audit_node::hash.eq(hash.as_slice()),
                ))
                .execute(conn)?;
        }
        level += STEP;
    }
    Ok(())
}

/// A tree that grows leaf by leaf and keeps only the roots of its complete subtrees.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    peaks: Vec<(u32, Digest)>,
    /// The number of leaves.
    pub size: u64,
}

impl Frontier {
    /// Adds a leaf; calls `complete` with level, position and hash of each subtree that it completes on a stored level.
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

    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        let Some(last) = peaks.next() else { return empty() };
        peaks.fold(last, |right, left| node(&left, &right))
    }
}
