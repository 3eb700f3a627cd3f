//! The links that a version declares, as rows.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::rows::Rows;
use crate::clock::Id;
use crate::problem::Problem;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A link that a version declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it is declared.
    pub reference: &'static str,
    /// Its place among those of the same member.
    pub position: i64,
    /// The relation.
    pub rel: &'static str,
    /// Whether it reads from the other record.
    pub inverse: bool,
    /// The other record.
    pub other: Id,
}

/// A stored link.
#[derive(Clone, Debug, QueryableByName)]
pub struct LinkRow {
    /// Who declares it.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The path of the reference.
    #[diesel(sql_type = st::Text)]
    pub member: String,
    /// Its place in the list.
    #[diesel(sql_type = st::BigInt)]
    pub position: i64,
    /// The relation.
    #[diesel(sql_type = st::Text)]
    pub rel: String,
    /// Whether it reads from the other record.
    #[diesel(sql_type = st::Bool)]
    pub inverse: bool,
    /// The other record.
    #[diesel(sql_type = Uid)]
    pub other: Id,
}

/// The rows of a version's links.
pub fn rows(rows: &mut Rows, record: Id, version: i64, links: &[Link]) {
    for link in links {
        rows.push(
            "link",
            &["record", "version", "member", "position", "rel", "inverse", "other"],
            vec![
                record.into(),
                version.into(),
                link.reference.into(),
                link.position.into(),
                link.rel.into(),
                link.inverse.into(),
                link.other.into(),
            ],
        );
    }
}

/// The links of these versions, all members.
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
            Sql::new("SELECT l.record, l.member, l.position, l.rel, l.inverse, l.other FROM link l WHERE ")
                .append(condition)
                .text(" ORDER BY l.record, l.member, l.position")
                .one_off()
                .load::<LinkRow>(conn)?,
        );
    }
    Ok(rows)
}
