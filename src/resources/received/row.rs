//! A question as it is stored, and how it is found.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use diesel::prelude::*;
use diesel::sql_types as st;
use serde::{Deserialize, Serialize};

use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::store::types::{Tstz, Uid};
use crate::store::{Conn, Count, Sql};

/// What became of a question that a resident put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceivedState {
    /// Nobody has decided on it.
    Waiting,
    /// It is on record, or a draft of it is.
    Accepted,
    /// Another question asks the same.
    Merged,
    /// It was refused.
    Refused,
    /// Whoever put it took it back, or the office withdrew it.
    Withdrawn,
}

impl ReceivedState {
    /// Every state.
    pub const ALL: [ReceivedState; 5] = [
        ReceivedState::Waiting,
        ReceivedState::Accepted,
        ReceivedState::Merged,
        ReceivedState::Refused,
        ReceivedState::Withdrawn,
    ];

    /// The state's name.
    pub fn name(self) -> &'static str {
        match self {
            ReceivedState::Waiting => "waiting",
            ReceivedState::Accepted => "accepted",
            ReceivedState::Merged => "merged",
            ReceivedState::Refused => "refused",
            ReceivedState::Withdrawn => "withdrawn",
        }
    }
}

/// Why a question was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// It is about a case that is not finished.
    CurrentCase,
    /// It says something about a person.
    PersonalData,
    /// It is abusive.
    Abusive,
    /// It is not about policing.
    NotPolicing,
    /// It came too late to be answered.
    TooLate,
}

impl RefusalReason {
    /// Every reason.
    pub const ALL: [RefusalReason; 5] = [
        RefusalReason::CurrentCase,
        RefusalReason::PersonalData,
        RefusalReason::Abusive,
        RefusalReason::NotPolicing,
        RefusalReason::TooLate,
    ];

    /// The reason's name.
    pub fn name(self) -> &'static str {
        match self {
            RefusalReason::CurrentCase => "current_case",
            RefusalReason::PersonalData => "personal_data",
            RefusalReason::Abusive => "abusive",
            RefusalReason::NotPolicing => "not_policing",
            RefusalReason::TooLate => "too_late",
        }
    }
}

/// A question that a resident put.
#[derive(Clone, QueryableByName)]
pub struct Received {
    #[diesel(sql_type = Uid)]
    pub id: Id,
    /// The meeting, by id and as people name it.
    #[diesel(sql_type = Uid)]
    pub meeting: Id,
    #[diesel(sql_type = st::Text)]
    pub meeting_reference: String,
    #[diesel(sql_type = Uid)]
    pub body: Id,
    #[diesel(sql_type = Uid)]
    pub owner: Id,
    #[diesel(sql_type = st::Nullable<st::Binary>)]
    receipt_digest: Option<Vec<u8>>,
    #[diesel(sql_type = Tstz)]
    pub received_at: Ts,
    /// What was put; none once it is destroyed.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub text: Option<String>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub asked_by: Option<String>,
    /// The area, by reference.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub area: Option<String>,
    #[diesel(sql_type = st::Text)]
    pub state: String,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// The question on record that it became, or that asks the same.
    #[diesel(sql_type = st::Nullable<Uid>)]
    pub question: Option<Id>,
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub question_reference: Option<String>,
    /// When that was withdrawn.
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub question_withdrawn_at: Option<Ts>,
    #[diesel(sql_type = st::Nullable<Tstz>)]
    pub decided_at: Option<Ts>,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the text nor the receipt gets into a log.
        f.debug_struct("Received").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Received {
    /// Whether it is in that state.
    pub fn is(&self, state: ReceivedState) -> bool {
        self.state == state.name()
    }

    /// Whether it became a question on record, or asks the same as one.
    pub fn is_on_record(&self) -> bool {
        self.is(ReceivedState::Accepted) || self.is(ReceivedState::Merged)
    }
}

fn select() -> Sql {
    Sql::new(
        "SELECT i.id, i.meeting, b.reference || ':' || m.reference AS meeting_reference, i.body, i.owner, i.receipt_digest,
         i.received_at, i.text, i.asked_by, a.reference AS area, i.state, i.reason, i.question,
         b.reference || ':' || q.reference AS question_reference, q.withdrawn_at AS question_withdrawn_at, i.decided_at
         FROM resident_question i JOIN record m ON m.id = i.meeting JOIN record b ON b.id = i.body
         LEFT JOIN record a ON a.id = i.area LEFT JOIN record q ON q.id = i.question WHERE ",
    )
}

/// The question of that id in an inbox: of a body, and of one owner's meetings if one is named.
pub fn find(conn: &mut Conn, id: Id, body: Id, owner: Option<Id>) -> Result<Option<Received>, Problem> {
    let sql = select().text("i.id = ").bind(id).append(in_inbox(body, owner));
    Ok(sql.get_result(conn).optional()?)
}

/// What a resident put of which a record is made.
#[derive(QueryableByName)]
pub struct Original {
    /// The meeting to which it was put.
    #[diesel(sql_type = Uid)]
    pub meeting: Id,
    /// What was put; none once it is destroyed.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub text: Option<String>,
}

/// What a resident put of which a record is made; none where no resident put it.
pub fn original_of(conn: &mut Conn, question: Id) -> Result<Option<Original>, Problem> {
    let sql =
        Sql::new("SELECT meeting, text FROM resident_question WHERE state = 'accepted' AND question = ");
    Ok(sql.bind(question).get_result(conn).optional()?)
}

fn in_inbox(body: Id, owner: Option<Id>) -> Sql {
    let sql = Sql::new(" AND i.text IS NOT NULL AND i.body = ").bind(body);
    match owner {
        Some(owner) => sql.text(" AND i.owner = ").bind(owner),
        None => sql,
    }
}

/// The questions of an inbox, the oldest first.
pub fn page(
    conn: &mut Conn,
    (body, owner): (Id, Option<Id>),
    states: &[&'static str],
    after: Option<(Ts, Id)>,
    limit: i64,
) -> Result<Vec<Received>, Problem> {
    let mut sql = select().text("1 = 1").append(in_inbox(body, owner));
    if !states.is_empty() {
        sql = sql.text(" AND i.state IN (").bind_all(states.iter().copied()).text(")");
    }
    if let Some((at, id)) = after {
        sql = sql.text(" AND (i.received_at, i.id) > (").bind(at).text(", ").bind(id).text(")");
    }
    let sql = sql.text(" ORDER BY i.received_at, i.id LIMIT ").bind(limit);
    Ok(sql.one_off().load(conn)?)
}

/// The digest under which a receipt is stored.
pub fn digest_of(receipt: &str) -> Vec<u8> {
    digest(&SHA256, receipt.as_bytes()).as_ref().to_vec()
}

/// The question of a receipt. What is looked up is a digest, which nobody can choose to be like another one; the digests are
/// compared as a whole, so that the time says nothing of where they differ.
pub fn of_receipt(conn: &mut Conn, receipt: &str) -> Result<Option<Received>, Problem> {
    let computed = digest_of(receipt);
    let sql = select().text("i.receipt_digest = ").bind(computed.clone());
    let found: Option<Received> = sql.get_result(conn).optional()?;
    let same = |row: &Received| {
        row.receipt_digest.as_deref().is_some_and(|stored| verify_slices_are_equal(&computed, stored).is_ok())
    };
    Ok(found.filter(same))
}

/// How many questions a meeting holds of the bound: those that wait, and those that were taken back since a moment. If these
/// did not count, putting and taking back would fill the table.
pub fn room(conn: &mut Conn, meeting: Id, since: Ts) -> Result<i64, Problem> {
    let count: Count = Sql::new("SELECT count(*) AS n FROM resident_question WHERE meeting = ")
        .bind(meeting)
        .text(" AND (state = 'waiting' OR (state = 'withdrawn' AND decided_at >= ")
        .bind(since)
        .text("))")
        .get_result(conn)?;
    Ok(count.n)
}

/// Destroys what a question says, and with `receipt` what its receipt opens; what became of it stays.
pub fn empty(conn: &mut Conn, which: &Sql, receipt: bool) -> Result<usize, Problem> {
    let and_receipt = if receipt { ", receipt_digest = NULL" } else { "" };
    Ok(Sql::new("UPDATE resident_question SET text = NULL, asked_by = NULL, area = NULL")
        .text(and_receipt)
        .text(" WHERE ")
        .append(which.clone())
        .one_off()
        .execute(conn)?)
}
