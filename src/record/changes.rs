//! The change feed, the sealer that numbers it, and the clock's job.
//!
//! A row of the feed is written in the deed's own transaction, without a number: two transactions may end in
//! another order than they began in, and a reader who has passed number 7 must never miss a 6 that commits
//! later. One sealer at a time numbers what is committed. Readers see sealed rows only.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::event::Event;
use super::visible::Visibility;
use crate::access::{Actor, Reach};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// Remembers that something became public or ceased to be: now is never earlier than this again.
pub fn advance_watermark(conn: &mut Conn, at: Ts) -> Result<(), Problem> {
    Sql::new("UPDATE clock_mark SET at = ").bind(at).text(" WHERE at < ").bind(at).execute(conn)?;
    Ok(())
}

/// The latest moment at which anything became public or ceased to be.
pub fn latest_watermark(conn: &mut Conn) -> Result<Ts, Problem> {
    #[derive(QueryableByName)]
    struct Mark {
        #[diesel(sql_type = Tstz)]
        at: Ts,
    }
    Ok(Sql::new("SELECT at FROM clock_mark WHERE id = 1").get_result::<Mark>(conn)?.at)
}

/// A sealed row, as read.
#[derive(Clone, Debug, QueryableByName)]
pub struct ChangeRow {
    /// Its number: for the cursor only, since gaps would tell.
    #[diesel(sql_type = st::BigInt)]
    pub seq: i64,
    /// Its id.
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The record.
    #[diesel(sql_type = Uid)]
    pub record: Id,
    /// The edit.
    #[diesel(sql_type = st::BigInt)]
    pub version: i64,
    /// The kind.
    #[diesel(sql_type = st::Text)]
    pub kind: String,
    /// The reference.
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    /// The body's reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub body_reference: Option<String>,
    /// What happened.
    #[diesel(sql_type = st::Text)]
    pub event: Event,
    /// Whether the public sees this row.
    #[diesel(sql_type = st::Bool)]
    pub public: bool,
    /// The publication.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub publication: Option<i64>,
    /// When.
    #[diesel(sql_type = Tstz)]
    pub at: Ts,
    /// Why it was withdrawn.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub withdrawn_reason: Option<String>,
    /// By whose office.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub office: Option<String>,
}

/// The statement for the rows after a number that the actor may see.
pub fn page(actor: &Actor, visibility: &Visibility, after: i64, limit: i64) -> Sql {
    let seen = visibility.by_kind("c", |reach| seen(actor, reach));
    Sql::new(
        "SELECT c.seq, c.id, c.record, c.version, c.kind, c.reference, b.reference AS body_reference, c.event,
         c.public, c.publication, c.at, r.withdrawn_reason, o.reference AS office
         FROM change c JOIN record r ON r.id = c.record LEFT JOIN record b ON b.id = c.body
         LEFT JOIN record o ON o.id = r.owner WHERE c.seq > ",
    )
    .bind(after)
    .text(" AND ")
    .append(seen)
    .text(" ORDER BY c.seq LIMIT ")
    .bind(limit)
}

/// The condition on a row of the feed under which it is seen with these reaches of its kind.
fn seen(actor: &Actor, reach: &[Reach]) -> Sql {
    let mut seen = Sql::new("(c.public");
    let Some(body) = &actor.body else {
        return seen.text(")");
    };
    for one in reach {
        let body = body.id;
        let extra = match one {
            Reach::Published => continue,
            Reach::All => Sql::new(" OR c.body = ").bind(body),
            // What tells of a draft that was never handed in is nobody's business.
            Reach::Submitted => Sql::new(" OR (c.body = ")
                .bind(body)
                .text(" AND c.event IN (")
                .bind_all(Event::FROM_SUBMISSION)
                .text("))"),
            // Whom it was shown to knows that; that it went back is for the office to say.
            Reach::PanelShared => {
                Sql::new(" OR (c.body = ").bind(body).text(" AND c.event = ").bind(Event::Shared).text(")")
            }
            // Of what an organisation has by its name in a content, lists tell once it is handed in.
            Reach::OwnArea => continue,
            Reach::OwnOrganisation => {
                let Some(organisation) = &actor.organisation else {
                    continue;
                };
                Sql::new(" OR (c.body = ").bind(body).text(" AND r.owner = ").bind(organisation.id).text(")")
            }
            Reach::Assigned => {
                let Some(organisation) = &actor.organisation else {
                    continue;
                };
                Sql::new(" OR (c.body = ")
                    .bind(body)
                    .text(" AND c.assigned = ")
                    .bind(organisation.id)
                    .text(")")
            }
        };
        seen = seen.append(extra);
    }
    seen.text(")")
}
