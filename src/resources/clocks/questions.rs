//! The clock of a question: by when it is answered, as its meeting says.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Deserialize;

use super::read::{Chosen, Clock, Clocks, FOUND, OWNER, Of, Owner, Reader, unjudged};
use super::state::{ClockKind, Due};
use crate::problem::Problem;
use crate::resources::meetings::MeetingStatus;
use crate::stats::calendar::days_from;
use crate::store::{Conn, Sql};

#[derive(QueryableByName)]
struct Found {
    #[diesel(embed)]
    of: Of,
    #[diesel(embed)]
    owner: Owner,
    #[diesel(sql_type = st::Text)]
    content: String,
    /// What the public sees of it. An answer that is not published meets nothing.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    public: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    meeting: Option<String>,
}

#[derive(Deserialize)]
struct Question {
    assigned_organisation: Option<String>,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    on: NaiveDate,
}

#[derive(Deserialize)]
struct Meeting {
    held_on: Option<NaiveDate>,
    status: MeetingStatus,
    questions: Option<Questions>,
}

impl Meeting {
    /// The day on which it is held. One that was cancelled or postponed was not held on its day, so nothing is counted from it.
    fn day(&self) -> Option<NaiveDate> {
        let is_held = matches!(self.status, MeetingStatus::Scheduled | MeetingStatus::Held);
        self.held_on.filter(|_| is_held)
    }
}

#[derive(Deserialize)]
struct Questions {
    answer_days: i64,
}

/// The clocks of the questions that a condition chooses, but of those that were not taken: one statement.
pub fn of_questions(
    conn: &mut Conn,
    reader: &Reader<'_>,
    chosen: Chosen<'_>,
) -> Result<Vec<Clocks>, Problem> {
    let visibility = reader.visibility;
    let public = Sql::new("(SELECT pv.content FROM question p JOIN record_version pv ON pv.record = p.record AND pv.version = p.version WHERE p.record = t.record AND ")
        .append(visibility.public().filter_of("question", "p"))
        .text(") AS public, ");
    let found: Vec<Found> = Sql::new(FOUND)
        .text(OWNER)
        .append(public)
        .text(
            "v.content, w.content AS meeting FROM question t
             JOIN record_version v ON v.record = t.record AND v.version = t.version
             LEFT JOIN meeting m ON m.record = t.meeting AND m.body = t.body AND ",
        )
        .append(visibility.filter_of("meeting", "m"))
        .text(" LEFT JOIN record_version w ON w.record = m.record AND w.version = m.version WHERE t.taken <> 'no' AND ")
        .append(chosen("t"))
        .text(" AND ")
        .append(visibility.filter_of("question", "t"))
        .load(conn)?;
    let clocks = |Found { of, owner, content, public, meeting }: Found| {
        let question: Question = serde_json::from_str(&content).map_err(Problem::internal)?;
        let meeting: Option<Meeting> =
            meeting.map(|content| serde_json::from_str(&content)).transpose().map_err(Problem::internal)?;
        let starts = meeting.as_ref().and_then(Meeting::day);
        let days = meeting.and_then(|meeting| meeting.questions).map(|questions| questions.answer_days);
        let due = match (days, starts) {
            (None, _) => Due::Unset,
            (Some(_), None) => Due::StartUnknown,
            (Some(days), Some(held)) => days_from(held, days).map_or(Due::StartUnknown, Due::On),
        };
        let answers = match public {
            Some(public) => serde_json::from_str::<Question>(&public).map_err(Problem::internal)?.answers,
            None => question.answers,
        };
        let answered = answers.iter().map(|answer| answer.on).filter(|day| *day <= reader.today);
        let one = Clock {
            clock: ClockKind::Answer,
            basis: "Set by the meeting",
            organisation: question.assigned_organisation.or_else(|| reader.office(&of, owner).cloned()),
            starts,
            met_on: answered.min(),
            ..unjudged()
        };
        Ok(Clocks { subject: of.subject("question"), clocks: vec![reader.judge(&of, one, due, None)] })
    };
    found.into_iter().map(clocks).collect()
}
