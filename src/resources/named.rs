//! The records that a content names, as the owner of the content sees them: its own in their working version, those of
//! another owner as they are public, so that no check tells of another's draft.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use serde::de::DeserializeOwned;

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::kind::CrossRecordCheck;
use crate::record::row::{COLUMNS, Row};
use crate::store::{Conn, Sql};

/// Records that a content names.
pub struct Seen(HashMap<Id, Row>);

impl Seen {
    /// Reads them with one statement. One of another owner that is not public is missing: the check comes when the content
    /// is published, which needs that record to be public.
    pub fn read(
        conn: &mut Conn,
        this: &CrossRecordCheck<'_>,
        records: impl IntoIterator<Item = Id>,
    ) -> Result<Seen, Problem> {
        let records: Vec<Id> = records.into_iter().collect();
        if records.is_empty() {
            return Ok(Seen(HashMap::new()));
        }
        let rows: Vec<Row> = Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM record_version v WHERE v.record IN (")
            .bind_all(records)
            .text(") AND (v.is_head OR (v.listed AND v.public_from <= ")
            .bind(this.now)
            .text(" AND v.public_to > ")
            .bind(this.now)
            .text("))")
            .one_off()
            .load(conn)?;
        let is_public = |row: &Row| row.public_from.is_some_and(|from| from <= this.now);
        let is_own = |row: &Row| this.drafts && row.owner_reference.as_deref() == this.owner;
        let seen = rows.into_iter().filter(|row| if is_own(row) { row.is_head } else { is_public(row) });
        Ok(Seen(seen.map(|row| (row.record, row)).collect()))
    }

    /// The content of one of them.
    pub fn content<C: DeserializeOwned>(&self, record: Option<Id>) -> Result<Option<C>, Problem> {
        record.and_then(|record| self.0.get(&record)).map(Row::content).transpose()
    }
}
