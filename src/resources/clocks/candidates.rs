//! Recommendations in the order of the days on which something of them may be due, so that the first clocks are found
//! without computing all.
//!
//! A clock is due on a day of the recommendation itself, or on the day of one of its answers where it has none: which answer
//! counts is known only when the clock is computed. So every clock that is due has a candidate with its day, but not every
//! candidate a clock.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;

use super::filter::{Days, Filter};
use super::read::Reader;
use super::state::ClockKind;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::visible::Visibility;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// A recommendation of which a clock may be due on a day.
#[derive(Debug, QueryableByName)]
pub struct Candidate {
    #[diesel(sql_type = Uid)]
    pub record: Id,
    #[diesel(sql_type = st::Text)]
    body_reference: String,
    #[diesel(sql_type = st::Text)]
    pub reference: String,
    #[diesel(sql_type = st::Nullable<st::Date>)]
    pub due: Option<NaiveDate>,
}

impl Candidate {
    /// The name of the record.
    pub fn name(&self) -> String {
        format!("{}:{}", self.body_reference, self.reference)
    }
}

/// What sets the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The maker, for the answer.
    RespondBy,
    /// The maker, for the action.
    ActBy,
    /// An answer, for the action.
    Answer,
    /// Nothing, although the maker of the report sets days.
    Nothing,
}

impl Source {
    /// Those with a day. What answers say is looked up last, since it takes the longest.
    pub const DATED: [Source; 3] = [Source::RespondBy, Source::ActBy, Source::Answer];

    /// The clock that is counted.
    pub fn clock(self) -> ClockKind {
        match self {
            Source::RespondBy | Source::Nothing => ClockKind::RespondBy,
            Source::ActBy | Source::Answer => ClockKind::ActBy,
        }
    }
}

/// The first candidates in the order of the day and the reference.
pub fn read(
    conn: &mut Conn,
    reader: &Reader<'_>,
    filter: &Filter,
    source: Source,
    days: Days,
    most: usize,
) -> Result<Vec<Candidate>, Problem> {
    let statement = Statement { pg: conn.is_pg(), reader, filter, source, days, most };
    Ok(statement.sql().one_off().load(conn)?)
}

/// The statement of [`read`].
struct Statement<'a> {
    pg: bool,
    reader: &'a Reader<'a>,
    filter: &'a Filter,
    source: Source,
    days: Days,
    most: usize,
}

/// The columns of a candidate but for its day.
const COLUMNS: &str =
    "t.record, (SELECT b.reference FROM record b WHERE b.id = t.body) AS body_reference, t.reference";

impl Statement<'_> {
    /// Each database is told to go through the days in their order and to look the rest up for each, although it expects
    /// to find less than there is: SQLite by `CROSS JOIN`, PostgreSQL by an `OFFSET` in what is looked up.
    fn sql(&self) -> Sql {
        let due = match self.source {
            Source::RespondBy => "t.respond_by",
            Source::ActBy => "t.act_by",
            Source::Answer => "l.day",
            Source::Nothing => "NULL",
        };
        let sql = Sql::new("SELECT ");
        let sql = match (self.source, self.pg) {
            (Source::Answer, true) => sql
                .text("t.record, t.body_reference, t.reference, l.day AS due FROM link l CROSS JOIN LATERAL (SELECT ")
                .text(COLUMNS)
                .text(", a.body = t.body AS own FROM response a CROSS JOIN recommendation t WHERE ")
                .append(self.answers())
                .append(self.seen())
                .text(" OFFSET 0) t WHERE t.own"),
            (Source::Answer, false) => sql
                .text(COLUMNS)
                .text(", l.day AS due FROM link l CROSS JOIN response a CROSS JOIN recommendation t WHERE ")
                .append(self.answers())
                .append(self.seen())
                .text(" AND a.body = t.body"),
            _ => sql
                .text(COLUMNS)
                .text(", ")
                .text(due)
                .text(" AS due FROM recommendation t WHERE ")
                .append(self.seen()),
        };
        let mut sql = match self.source {
            Source::RespondBy => sql.text(" AND t.respond_by IS NOT NULL"),
            Source::ActBy => sql.text(" AND t.act_by IS NOT NULL"),
            Source::Answer => sql.text(" AND l.day IS NOT NULL AND l.member = 'answers/*/recommendation'"),
            Source::Nothing => sql
                .text(
                    " AND t.respond_by IS NULL AND (SELECT m.duty = 'set_by_maker' FROM report m WHERE m.record = t.report AND ",
                )
                .append(self.reader.visibility.filter_of("report", "m"))
                .text(" LIMIT 1)"),
        };
        if let Some(day) = self.days.from {
            sql = sql.text(" AND ").text(due).text(" >= ").bind(day);
        }
        if let Some(day) = self.days.before {
            sql = sql.text(" AND ").text(due).text(" < ").bind(day);
        }
        sql = sql.text(" ORDER BY ");
        if self.source != Source::Nothing {
            sql = sql.text(due).text(", ");
        }
        sql.text("t.reference, t.record LIMIT ").bind(i64::try_from(self.most).unwrap_or(i64::MAX))
    }

    /// The recommendation is seen and chosen.
    fn seen(&self) -> Sql {
        self.reader
            .visibility
            .filter_of("recommendation", "t")
            .text(" AND ")
            .append(self.filter.addressed("t"))
    }

    /// The response is seen, and the recommendation has no day of its own.
    fn answers(&self) -> Sql {
        Sql::new("a.record = l.record AND a.version = l.version AND a.responded_on <= ")
            .bind(self.reader.today)
            .text(" AND ")
            .append(self.reader.visibility.filter_of("response", "a"))
            .text(" AND t.record = l.other AND t.act_by IS NULL AND ")
    }
}

/// The statements that read the first candidates of all clocks, for tests of their plans.
pub fn clocks_in_order(conn: &mut Conn, visibility: &Visibility, most: usize) -> Result<Vec<Sql>, Problem> {
    let (reader, filter) = (super::reader(conn, visibility)?, Filter::default());
    let days = Days { from: None, before: None };
    let (reader, filter, pg) = (&reader, &filter, conn.is_pg());
    let sources = Source::DATED.into_iter().chain([Source::Nothing]);
    Ok(sources.map(|source| Statement { pg, reader, filter, source, days, most }.sql()).collect())
}
