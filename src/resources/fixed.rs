//! References that do not change once a record is public: what others have said of it rests on them.

use diesel::RunQueryDsl;
use diesel::sql_types as st;

use crate::clock::Id;
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = st::Nullable<Uid>)]
    named: Option<Id>,
}

/// Adds a fault for each of these references that names another record than the version that was published last.
/// `references` are the field, which is the reference's path, and the column of the table.
pub fn once_public(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    table: &'static str,
    references: &[(&'static str, &'static str)],
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    for (field, column) in references {
        let last: Vec<Named> = Sql::new("SELECT t.")
            .text(column)
            .text(" AS named FROM ")
            .text(table)
            .text(" t WHERE t.record = ")
            .bind(this.record)
            .text(" AND t.public_from <= ")
            .bind(this.now)
            .text(" ORDER BY t.version DESC LIMIT 1")
            .load(conn)?;
        // A redacted version names nothing.
        let last = last.first().and_then(|last| last.named);
        if last.is_some_and(|last| Some(last) != this.named.get(field).copied()) {
            let detail = format!(
                "`{field}` cannot be changed once the record is public, because other records may rely on it. Restore it, or withdraw the record and create a new one."
            );
            faults.push(Fault::pointer(format!("/{field}"), "frozen", detail));
        }
    }
    Ok(())
}
