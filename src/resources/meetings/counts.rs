//! How early the agenda of a meeting was published, and how many questions were put and answered.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::dto::MeetingContent;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::received::{self, RefusalReason};
use crate::stats::calendar::clear_days;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a meeting.
pub fn schema() -> Value {
    let number = |about: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "description": about});
    let reasons = RefusalReason::ALL.map(RefusalReason::name);
    let refused: Map<String, Value> =
        reasons.iter().map(|reason| ((*reason).to_owned(), number(&reason.replace('_', " ")))).collect();
    json!({"type": "object", "properties": {
        "clear_days": {"type": ["integer", "null"], "format": "int64", "minimum": -10_000_000, "maximum": 10_000_000, "readOnly": true, "description": "The days between the publication of the agenda and the meeting, neither counted; null if one of the two is not known."},
        "question_counts": {"type": "object", "readOnly": true, "required": NAMES, "additionalProperties": false, "description": "The questions put to the meeting, by residents here or to the office, and what became of them.", "properties": {
            "received": number("How many were put: the sum of all that follow but `answered`."),
            "waiting": number("How many nobody has decided on, or are not public yet."),
            "accepted": number("How many are on record, as far as the caller sees them."),
            "merged": number("How many ask the same as another."),
            "refused_by_reason": {"type": "object", "required": reasons, "additionalProperties": false, "description": "How many were refused, by reason.", "properties": refused},
            "withdrawn": number("How many were taken back, or withdrawn by the office."),
            "answered": number("How many of those on record have an answer."),
        }},
    }})
}

/// What is counted.
const NAMES: [&str; 7] =
    ["received", "waiting", "accepted", "merged", "refused_by_reason", "withdrawn", "answered"];

#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Uid)]
    meeting: Id,
    #[diesel(sql_type = st::Text)]
    content: String,
}

#[derive(Deserialize)]
struct Answers {
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    on: NaiveDate,
}

/// The counts of a meeting.
#[derive(Default)]
struct Counts {
    accepted: i64,
    answered: i64,
    /// What became of those that residents put and that are not on record, by state or by reason of refusal.
    others: HashMap<String, i64>,
}

impl Counts {
    fn value(&self) -> Value {
        let of = |name: &str| self.others.get(name).copied().unwrap_or_default();
        let refused: Map<String, Value> = RefusalReason::ALL
            .iter()
            .map(|reason| (reason.name().to_owned(), of(reason.name()).into()))
            .collect();
        json!({
            "received": self.accepted + self.others.values().sum::<i64>(),
            "waiting": of("waiting"),
            "accepted": self.accepted,
            "merged": of("merged"),
            "refused_by_reason": refused,
            "withdrawn": of("withdrawn"),
            "answered": self.answered,
        })
    }
}

/// The fields of each meeting, with two statements for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let questions: Vec<Asked> = Sql::new(
        "SELECT t.meeting, v.content FROM question t JOIN record_version v ON v.record = t.record AND v.version = t.version
         JOIN record m ON m.id = t.meeting AND m.body = t.body WHERE t.meeting IN (",
    )
    .bind_all(rows.iter().map(|row| row.record))
    .text(") AND ")
    .append(visibility.filter_of("question", "t"))
    .one_off()
    .load(conn)?;
    let today = visibility.moment().day();
    let mut counts: HashMap<Id, Counts> = HashMap::new();
    for question in questions {
        let Answers { answers } = serde_json::from_str(&question.content).map_err(Problem::internal)?;
        let of_meeting = counts.entry(question.meeting).or_default();
        of_meeting.accepted += 1;
        of_meeting.answered += i64::from(answers.iter().any(|answer| answer.on <= today));
    }
    let received = received::counts(conn, rows.iter().map(|row| row.record), visibility)?;
    // Those that are accepted are on record, and counted already.
    for count in received.into_iter().filter(|count| count.outcome != "accepted") {
        *counts.entry(count.meeting).or_default().others.entry(count.outcome).or_default() += count.number;
    }
    rows.iter()
        .map(|row| {
            let content = MeetingContent::deserialize(row.content_value()?).map_err(Problem::internal)?;
            let days = content.agenda_published_on.zip(content.held_on);
            let none = Counts::default();
            Ok(json!({
                "clear_days": days.map(|(published, held)| clear_days(published, held)),
                "question_counts": counts.get(&row.record).unwrap_or(&none).value(),
            }))
        })
        .collect()
}
