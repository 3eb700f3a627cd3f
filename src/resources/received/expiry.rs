//! Destroys what is no longer needed: questions 28 days after their refusal or answer, and the keys of days that are over.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;

use super::row::empty;
use crate::clock::{Id, Ts};
use crate::problem::Problem;
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
const BATCH: i64 = 500;

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

/// Destroys what is to go by now; returns how many rows that were.
pub fn destroy_old(conn: &mut Conn, now: Ts) -> Result<usize, Problem> {
    let today = now.day();
    let mut done = 0;
    for table in ["question_day", "question_sender"] {
        done += Sql::new("DELETE FROM ").text(table).text(" WHERE day < ").bind(today).execute(conn)?;
    }
    let mut after: Option<Id> = None;
    loop {
        let rows = decided(conn, now, after)?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(done) };
        let ends: HashMap<Id, Option<NaiveDate>> =
            rows.iter().map(|row| Ok((row.id, row.end()?))).collect::<Result<_, Problem>>()?;
        let old = |day: &Option<NaiveDate>| {
            day.is_some_and(|day| today.signed_duration_since(day).num_days() >= DAYS)
        };
        let ids: Vec<Id> = rows.iter().map(|row| row.id).filter(|id| ends.get(id).is_some_and(old)).collect();
        if !ids.is_empty() {
            done += empty(conn, &Sql::new("id IN (").bind_all(ids).text(")"), true)?;
        }
        after = Some(last);
    }
}

/// Questions that are decided and not destroyed, each with the public content of its record.
fn decided(conn: &mut Conn, now: Ts, after: Option<Id>) -> Result<Vec<Decided>, Problem> {
    let mut sql = Sql::new(
        "SELECT i.id, i.state, i.decided_at, r.withdrawn_at, v.content FROM resident_question i
         LEFT JOIN record r ON r.id = i.question
         LEFT JOIN record_version v ON v.record = i.question AND v.listed AND v.public_from <= ",
    )
    .bind(now)
    .text(" AND v.public_to > ")
    .bind(now)
    .text(" WHERE i.state <> 'waiting' AND (i.text IS NOT NULL OR i.receipt_digest IS NOT NULL)");
    if let Some(after) = after {
        sql = sql.text(" AND i.id > ").bind(after);
    }
    Ok(sql.text(" ORDER BY i.id LIMIT ").bind(BATCH).load(conn)?)
}
