//! What changed between versions of a record, for a reader who may read both of them.
//!
//! Readers may compare what they may read: those who reach every draft all versions, everyone what was published, and
//! each their own view of the working version. A version whose content was redacted, or whose record was withdrawn, is
//! compared with nothing.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types as st;
use serde_json::Value;

use super::diff::{Difference, diff};
use super::row::{Audience, COLUMNS, Row};
use super::shown;
use super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// How many versions are in memory at a time.
const BATCH: usize = 50;

/// How many bytes the differences of one comparison may have; further ones are left out.
const MOST: usize = 64 * 1024;

/// Two versions of a record to compare, by the numbers of their edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    /// The record.
    pub record: Id,
    /// The version before.
    pub before: i64,
    /// The version after.
    pub after: i64,
}

/// What changed between two versions.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// The differences, in the order of the fields.
    pub differences: Vec<Difference>,
    /// Whether these are all: very long ones are left out.
    pub complete: bool,
}

/// What changed between the versions of each pair. A pair of which the reader may not read both is missing.
pub fn changed(
    conn: &mut Conn,
    pairs: &[Pair],
    visibility: &Visibility,
) -> Result<HashMap<Pair, Changed>, Problem> {
    let mut all = HashMap::new();
    for pairs in pairs.chunks(BATCH / 2) {
        let versions: BTreeSet<(Id, i64)> =
            pairs.iter().flat_map(|pair| [(pair.record, pair.before), (pair.record, pair.after)]).collect();
        let rows = readable(conn, versions, visibility)?;
        let rows: Vec<(&Row, Audience)> = rows
            .iter()
            // The statement has decided that it may be read; what was published is the same for all.
            .map(|row| (row, visibility.audience(row).unwrap_or(Audience::Public)))
            .collect();
        let mut contents: HashMap<(Id, i64), Value> = HashMap::new();
        for row in shown::to_reader(conn, &rows, visibility)? {
            contents.insert((row.record, row.version), row.content_value()?.clone());
        }
        for pair in pairs {
            let content = |version| contents.get(&(pair.record, version));
            if let (Some(before), Some(after)) = (content(pair.before), content(pair.after)) {
                all.insert(*pair, within_bounds(diff(before, after)));
            }
        }
    }
    Ok(all)
}

fn within_bounds(differences: Vec<Difference>) -> Changed {
    let mut bytes = 0;
    let all = differences.len();
    let fits = |one: &Difference| {
        bytes += one.pointer.len() + one.before.to_string().len() + one.after.to_string().len();
        bytes <= MOST
    };
    let differences: Vec<Difference> = differences.into_iter().take_while(fits).collect();
    Changed { complete: differences.len() == all, differences }
}

/// The versions among these that the reader may read, as stored.
fn readable(
    conn: &mut Conn,
    versions: BTreeSet<(Id, i64)>,
    visibility: &Visibility,
) -> Result<Vec<Row>, Problem> {
    if versions.is_empty() {
        return Ok(vec![]);
    }
    let mut one_of = Sql::new("(");
    for (n, (record, version)) in versions.into_iter().enumerate() {
        one_of.push(if n == 0 { "(v.record = " } else { " OR (v.record = " });
        one_of.push_bind(record);
        one_of.push(" AND v.version = ");
        one_of.push_bind(version);
        one_of.push(")");
    }
    let every_draft = match visibility.body() {
        Some(body) => Sql::new("(v.body IS NOT NULL AND v.body = ")
            .bind(body)
            .text(" AND ")
            .append(visibility.drafts("v", "r"))
            .text(")"),
        None => Sql::new("1 = 0"),
    };
    Ok(Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM record_version v JOIN record r ON r.id = v.record WHERE ")
        .append(one_of)
        .text(") AND r.withdrawn_at IS NULL AND v.redacted_at IS NULL AND (")
        .append(is_public(visibility.moment()))
        .text(" OR ")
        .append(every_draft)
        .text(" OR (")
        .append(visibility.filter("v"))
        .text("))")
        .one_off()
        .load(conn)?)
}

fn is_public(moment: Ts) -> Sql {
    Sql::new("(v.publication IS NOT NULL AND v.public_from <= ").bind(moment).text(")")
}

#[derive(QueryableByName)]
struct Published {
    #[diesel(sql_type = Uid)]
    record: Id,
    #[diesel(sql_type = st::BigInt)]
    version: i64,
}

/// For each of these versions the one that was published last before it, as a pair with it. A version before which
/// nothing was published has none.
pub fn since_publication(
    conn: &mut Conn,
    versions: &[(Id, i64)],
    moment: Ts,
) -> Result<HashMap<(Id, i64), Pair>, Problem> {
    let mut pairs = HashMap::new();
    for chunk in versions.chunks(500) {
        let records: BTreeSet<Id> = chunk.iter().map(|(record, _)| *record).collect();
        let published: Vec<Published> =
            Sql::new("SELECT v.record, v.version FROM record_version v WHERE v.record IN (")
                .bind_all(records)
                .text(") AND ")
                .append(is_public(moment))
                .text(" ORDER BY v.record, v.version")
                .one_off()
                .load(conn)?;
        for (record, after) in chunk {
            let before = published.iter().rfind(|one| one.record == *record && one.version < *after);
            if let Some(before) = before {
                let pair = Pair { record: *record, before: before.version, after: *after };
                pairs.insert((*record, *after), pair);
            }
        }
    }
    Ok(pairs)
}
