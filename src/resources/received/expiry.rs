//! Destroys what is no longer needed: questions 28 days after their refusal or answer, drafts of them that were never published, and
//! the keys of days that are over.

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;

use super::draft::{destroy_draft, is_published};
use super::row::empty;
use crate::access::Actor;
use crate::clock::{Id, Ts};
use crate::http::State;
use crate::problem::Problem;
use crate::record::lifecycle;
use crate::record::write_context::WriteContext;
use crate::resources::questions::Handling;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Sql};

/// The tables that hold what residents put, and who put how many on a day.
pub const TABLES: &[&str] = &["resident_question", "question_day", "question_sender"];

/// How many days after its refusal or its answer a question is destroyed.
const DAYS: i64 = 28;
/// How many days after its acceptance one is destroyed that nobody answers.
const UNANSWERED: i64 = 366;
/// How many questions one run looks at.
const BATCH: usize = 500;

#[derive(QueryableByName)]
struct Decided {
    #[diesel(sql_type = Uid)]
    id: Id,
    #[diesel(sql_type = st::Text)]
    state: String,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    decided_at: Option<Ts>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    withdrawn_at: Option<Ts>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    content: Option<String>,
    /// Its record, where that was never published.
    #[diesel(sql_type = st::Nullable<Uid>)]
    draft: Option<Id>,
}

#[derive(Deserialize)]
struct Answers {
    #[serde(default)]
    answers: Vec<Answer>,
    #[serde(rename = "taken")]
    handling: Option<Handling>,
}

#[derive(Deserialize)]
struct Answer {
    on: NaiveDate,
}

impl Decided {
    /// The day from which the days are counted: that of the refusal, of the first answer that is public, of the withdrawal of the
    /// record, or of the decision where the meeting does not take the question. One that nobody answers ends later.
    fn end(&self) -> Result<Option<NaiveDate>, Problem> {
        if !["accepted", "merged"].contains(&self.state.as_str()) {
            return Ok(self.decided_at.map(Ts::day));
        }
        if let Some(at) = self.withdrawn_at {
            return Ok(Some(at.day()));
        }
        let decided_on = self.decided_at.map(Ts::day);
        let unanswered =
            decided_on.and_then(|day| day.checked_add_signed(TimeDelta::days(UNANSWERED - DAYS)));
        let Some(content) = &self.content else { return Ok(unanswered) };
        let Answers { answers, handling } = serde_json::from_str(content).map_err(Problem::internal)?;
        let Some(first) = answers.iter().map(|answer| answer.on).min() else {
            return Ok(if handling == Some(Handling::No) { decided_on } else { unanswered });
        };
        // An answer of long ago on a question that was decided today: whoever put it can still see what became of it.
        Ok(Some(first.max(decided_on.unwrap_or(first))))
    }
}

/// A draft that was never published and has no moment at which it will be; `i` is the question and `r` its record.
const DRAFT: &str = "(i.state <> 'merged' AND r.id IS NOT NULL AND r.redacted_at IS NULL AND NOT EXISTS
    (SELECT 1 FROM record_version p WHERE p.record = r.id AND p.public_from IS NOT NULL))";

/// Why such a draft is destroyed, as its tombstone says.
const NOT_NEEDED: &str = "A resident put this question. It was never published, and its time is over.";

/// Destroys what is to go by now; returns how many rows and drafts that were.
pub fn destroy_old(conn: &mut Conn, state: &State) -> Result<usize, Problem> {
    let now = state.now();
    let today = now.day();
    let mut done = 0;
    for table in ["question_day", "question_sender"] {
        done += Sql::new("DELETE FROM ").text(table).text(" WHERE day < ").bind(today).execute(conn)?;
    }
    let (ids, mut drafts) = old(conn, now)?;
    // All locks come before the first change, in one order: whoever takes a question back has locked its draft, too, before the
    // question changes.
    drafts.sort_unstable();
    drafts.iter().try_for_each(|draft| lifecycle::lock(conn, *draft))?;
    for ids in ids.chunks(BATCH) {
        let which = Sql::new("state <> 'waiting' AND id IN (").bind_all(ids.iter().copied()).text(")");
        done += empty(conn, &which, true)?;
    }
    let kind = state.kind("question").ok_or_else(|| Problem::internal("there is no kind question"))?;
    let (actor, clock) = (Actor::clock(), &state.clock);
    let context = WriteContext { actor: &actor, now, clock, request: None, operation: "clock" };
    for draft in drafts {
        if !is_published(conn, draft)? {
            done += usize::from(destroy_draft(conn, &context, kind, draft, NOT_NEEDED)?);
        }
    }
    Ok(done)
}

/// The questions whose time is over, and the drafts that were made of them.
fn old(conn: &mut Conn, now: Ts) -> Result<(Vec<Id>, Vec<Id>), Problem> {
    let (mut ids, mut drafts) = (vec![], vec![]);
    let mut after: Option<Id> = None;
    loop {
        let rows = decided(conn, now, after)?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok((ids, drafts)) };
        for row in rows {
            let is_old = |end: NaiveDate| now.day().signed_duration_since(end).num_days() >= DAYS;
            if row.end()?.is_some_and(is_old) {
                ids.push(row.id);
                drafts.extend(row.draft);
            }
        }
        after = Some(last);
    }
}

/// Questions that are decided and not destroyed, or whose draft is not, each with the public content of its record.
fn decided(conn: &mut Conn, now: Ts, after: Option<Id>) -> Result<Vec<Decided>, Problem> {
    let mut sql = Sql::new("SELECT i.id, i.state, i.decided_at, r.withdrawn_at, v.content, CASE WHEN ")
        .text(DRAFT)
        .text(
            " THEN r.id END AS draft FROM resident_question i
         LEFT JOIN record r ON r.id = i.question
         LEFT JOIN record_version v ON v.record = i.question AND v.listed AND v.public_from <= ",
        )
        .bind(now)
        .text(" AND v.public_to > ")
        .bind(now)
        .text(" WHERE i.state <> 'waiting' AND (i.text IS NOT NULL OR i.receipt_digest IS NOT NULL OR ")
        .text(DRAFT)
        .text(")");
    if let Some(after) = after {
        sql = sql.text(" AND i.id > ").bind(after);
    }
    Ok(sql.text(" ORDER BY i.id LIMIT ").bind(BATCH as i64).load(conn)?)
}
