//! How early the agenda of a meeting was published, and how many questions were put and answered.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dto::MeetingContent;
use crate::clock::Id;
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::stats::calendar::clear_days;
use crate::store::types::Uid;
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a meeting.
pub fn schema() -> Value {
    let number = |about: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000, "description": about});
    json!({"type": "object", "properties": {
        "clear_days": {"type": ["integer", "null"], "format": "int64", "minimum": -10_000_000, "maximum": 10_000_000, "readOnly": true, "description": "The days between the publication of the agenda and the meeting, neither counted; null if one of the two is not known."},
        "question_counts": {"type": "object", "readOnly": true, "required": ["accepted", "answered"], "additionalProperties": false, "description": "The questions put to the meeting that the caller sees.", "properties": {
            "accepted": number("How many there are."),
            "answered": number("How many of them have an answer."),
        }},
    }})
}

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

/// The fields of each meeting, with one statement for all of them.
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
    let mut counts: HashMap<Id, (i64, i64)> = HashMap::new();
    for question in questions {
        let Answers { answers } = serde_json::from_str(&question.content).map_err(Problem::internal)?;
        let (accepted, answered) = counts.entry(question.meeting).or_default();
        *accepted += 1;
        *answered += i64::from(answers.iter().any(|answer| answer.on <= today));
    }
    rows.iter()
        .map(|row| {
            let content = MeetingContent::deserialize(row.content_value()?).map_err(Problem::internal)?;
            let days = content.agenda_published_on.zip(content.held_on);
            let (accepted, answered) = counts.get(&row.record).copied().unwrap_or_default();
            Ok(json!({
                "clear_days": days.map(|(published, held)| clear_days(published, held)),
                "question_counts": {"accepted": accepted, "answered": answered},
            }))
        })
        .collect()
}
