//! The links that a version declares: one row for each record that it names.

use diesel::prelude::*;
use diesel::sql_types as st;

use chrono::NaiveDate;
use serde_json::Value;

use super::kind::KindDef;
use super::link::Link;
use super::rows::Rows;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// More than the items of any list that is in a list: the position of a name in it counts both.
pub const INNER: i64 = 1_000;

/// The position of a name, from the indices of the lists on its path.
pub fn position(indices: impl Iterator<Item = i64>) -> i64 {
    indices.fold(0, |all, index| all * INNER + index)
}

/// The indices of the lists on a path, from the position of a name.
pub fn indices(path: &str, position: i64) -> Vec<i64> {
    match path.split('/').filter(|step| *step == "*").count() {
        0 => vec![],
        1 => vec![position],
        _ => vec![position / INNER, position % INNER],
    }
}

/// The JSON Pointer to a name, from its path and its position.
pub fn pointer(path: &str, position: i64) -> String {
    let mut indices = indices(path, position).into_iter();
    path.split('/').fold(String::new(), |pointer, step| match step {
        "*" => format!("{pointer}/{}", indices.next().unwrap_or(0)),
        field => format!("{pointer}/{field}"),
    })
}

/// A stored link.
#[derive(Clone, Debug, QueryableByName)]
pub struct LinkRow {
    /// The record that declares it.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The number of its edit.
    #[diesel(sql_type = st::BigInt)]
    pub version: i64,
    /// The path of the reference.
    #[diesel(sql_type = st::Text)]
    pub member: String,
    /// The position in the list that names the record; 0 outside lists.
    #[diesel(sql_type = st::BigInt)]
    pub position: i64,
    /// The relation's name.
    #[diesel(sql_type = st::Text)]
    pub rel: String,
    /// Whether the relation points from the other record to this one.
    #[diesel(sql_type = st::Bool)]
    pub inverse: bool,
    /// The record that is named.
    #[diesel(sql_type = Uid)]
    pub other: Id,
}

/// The day that a content has next to a name, where the reference says in which field.
pub fn day(kind: &KindDef, content: &Value, reference: &str, position: i64) -> Option<NaiveDate> {
    let field = kind.reference_at(reference)?.day?;
    let name = pointer(reference, position);
    let (beside, _) = name.rsplit_once('/')?;
    content.pointer(beside)?.get(field)?.as_str()?.parse().ok()
}

/// Adds the rows of a version's links.
pub fn rows(rows: &mut Rows, kind: &KindDef, content: &Value, record: Id, version: i64, links: &[Link]) {
    for link in links {
        rows.push(
            "link",
            &["record", "version", "member", "position", "rel", "inverse", "other", "day"],
            vec![
                record.into(),
                version.into(),
                link.reference.into(),
                link.position.into(),
                link.rel.into(),
                link.inverse.into(),
                link.other.into(),
                day(kind, content, link.reference, link.position).into(),
            ],
        );
    }
}

/// The links of some versions.
pub fn of(conn: &mut Conn, versions: &[(Id, i64)]) -> Result<Vec<LinkRow>, Problem> {
    let mut rows = vec![];
    for chunk in versions.chunks(200) {
        let mut condition = Sql::new("");
        for (n, (record, version)) in chunk.iter().enumerate() {
            condition.push(if n == 0 { "(l.record = " } else { " OR (l.record = " });
            condition.push_bind(*record);
            condition.push(" AND l.version = ");
            condition.push_bind(*version);
            condition.push(")");
        }
        rows.extend(
            Sql::new("SELECT l.record, l.version, l.member, l.position, l.rel, l.inverse, l.other FROM link l WHERE ")
                .append(condition)
                .text(" ORDER BY l.record, l.member, l.position")
                .one_off()
                .load::<LinkRow>(conn)?,
        );
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_leads_back_to_its_place() {
        for (path, indices_of, expected) in [
            ("report", vec![], "/report"),
            ("answers/*/recommendation", vec![7], "/answers/7/recommendation"),
            ("addressed_to/*", vec![4_321], "/addressed_to/4321"),
            ("agenda/*/papers/*", vec![0, 3], "/agenda/0/papers/3"),
            ("agenda/*/papers/*", vec![99, 19], "/agenda/99/papers/19"),
        ] {
            let place = position(indices_of.iter().copied());
            assert_eq!((indices(path, place), pointer(path, place).as_str()), (indices_of, expected));
        }
    }
}
