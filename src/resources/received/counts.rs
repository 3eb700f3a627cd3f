//! How many questions residents have put to meetings, and what became of them, as a reader may know it.

use diesel::prelude::*;
use diesel::sql_types as st;

use crate::clock::Id;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// What became of some questions, to a reader.
pub type Outcome = String;

/// How many questions of a meeting had an outcome.
#[derive(QueryableByName)]
pub struct Count {
    #[diesel(sql_type = Uid)]
    pub meeting: Id,
    /// A state, or the reason of a refusal.
    #[diesel(sql_type = st::Text)]
    pub outcome: Outcome,
    #[diesel(sql_type = st::BigInt)]
    pub number: i64,
}

/// The counts of these meetings with one statement. A question whose record the reader does not see still waits to them: no
/// number tells of a draft. One whose record was withdrawn counts as withdrawn.
pub fn counts(
    conn: &mut Conn,
    meetings: impl IntoIterator<Item = Id>,
    visibility: &Visibility,
) -> Result<Vec<Count>, Problem> {
    let moment = visibility.moment();
    Ok(Sql::new(
        "SELECT c.meeting, c.outcome, count(*) AS number FROM (SELECT i.meeting, CASE WHEN i.decided_at IS NULL OR i.decided_at > ",
    )
    .bind(moment)
    .text(
        " THEN 'waiting' WHEN i.state = 'refused' THEN i.reason WHEN i.state = 'withdrawn' THEN 'withdrawn'
         WHEN EXISTS (SELECT 1 FROM question t WHERE t.record = i.question AND ",
    )
    .append(visibility.filter_of("question", "t"))
    .text(
        ") THEN i.state WHEN r.withdrawn_at IS NOT NULL THEN 'withdrawn' ELSE 'waiting' END AS outcome
         FROM resident_question i LEFT JOIN record r ON r.id = i.question WHERE i.received_at <= ",
    )
    .bind(moment)
    .text(" AND i.meeting IN (")
    .bind_all(meetings)
    .text(")) c GROUP BY c.meeting, c.outcome")
    .one_off()
    .load(conn)?)
}
