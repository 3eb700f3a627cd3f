//! What the operations take and return.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::clock::{Id, Ts};
use crate::resources::questions::{AskedBy, Handling};
use crate::resources::received::{Received, RefusalReason};

/// What kind of person or organisation puts a question without an account. Nobody asks as the Panel in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// A resident.
    Resident,
    /// A business.
    Business,
    /// A charity.
    Charity,
    /// A councillor.
    Councillor,
    /// A journalist.
    Journalist,
    /// Somebody else.
    Other,
}

/// A question that a resident puts.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewQuestion {
    /// The question. It must not lead to a person: no link, address of e-mail, telephone number or postcode.
    #[schema(min_length = 10, max_length = 1000)]
    pub text: String,
    /// What kind of person or organisation asks. Give no name.
    pub asked_by: Asker,
    /// The area that it is about.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
}

/// How a question becomes a draft on record.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// What people call the draft.
    #[schema(min_length = 1, max_length = 64)]
    pub reference: String,
    /// The question in other words; left out where it stays as it was put.
    #[schema(min_length = 1, max_length = 1000)]
    pub text: Option<String>,
    /// What kind of person or organisation asks, where that is not as it was put.
    pub asked_by: Option<AskedBy>,
    /// The organisation that is to answer.
    #[schema(min_length = 1, max_length = 150)]
    pub assigned_organisation: Option<String>,
    /// Whether the meeting takes it; `yes` if left out.
    #[serde(rename = "taken")]
    pub handling: Option<Handling>,
}

/// The question that asks the same.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SameAs {
    /// The question on record, of the same meeting.
    #[schema(min_length = 1, max_length = 150)]
    pub same_as: String,
}

/// Why a question is refused.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The reason, which everyone sees counted and the asker sees.
    pub reason: RefusalReason,
}

/// The answer to a question that was put.
#[derive(Serialize, ToSchema)]
pub struct ReceivedQuestion {
    /// The receipt. It is shown once; whoever has it sees what became of the question, and can take it back.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9a-f]{32}$")]
    pub receipt: String,
}

/// What became of a question.
#[derive(Serialize, ToSchema)]
pub struct QuestionReceipt {
    /// Whether it waits, was accepted, merged, refused or withdrawn.
    #[schema(max_length = 16)]
    pub state: String,
    /// Why it was refused; null if it was not.
    #[schema(max_length = 16)]
    pub reason: Option<String>,
    /// The meeting.
    #[schema(max_length = 150)]
    pub meeting: String,
    /// The question on record, once that is public.
    #[schema(max_length = 150)]
    pub question: Option<String>,
    /// When it was received.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub received_at: Ts,
    /// When it was decided on or taken back; null until then.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub decided_at: Option<Ts>,
}

/// A question in the inbox.
#[derive(Serialize, ToSchema)]
pub struct InboxQuestion {
    /// Its id (UUIDv7).
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The meeting.
    #[schema(max_length = 150)]
    pub meeting: String,
    /// What was put; null once it is destroyed.
    #[schema(max_length = 1000)]
    pub text: Option<String>,
    /// What kind of person or organisation asks.
    #[schema(max_length = 16)]
    pub asked_by: Option<String>,
    /// The area that it is about.
    #[schema(max_length = 150)]
    pub area: Option<String>,
    /// Whether it waits, was accepted, merged, refused or withdrawn.
    #[schema(max_length = 16)]
    pub state: String,
    /// Why it was refused; null if it was not.
    #[schema(max_length = 16)]
    pub reason: Option<String>,
    /// The question on record that it became, or that asks the same.
    #[schema(max_length = 150)]
    pub question: Option<String>,
    /// When it was received.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub received_at: Ts,
    /// When it was decided on; null until then.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub decided_at: Option<Ts>,
}

impl From<Received> for InboxQuestion {
    fn from(row: Received) -> InboxQuestion {
        InboxQuestion {
            id: row.id,
            meeting: row.meeting_reference,
            text: row.text,
            asked_by: row.asked_by,
            area: row.area,
            state: row.state,
            reason: row.reason,
            question: row.question_reference,
            received_at: row.received_at,
            decided_at: row.decided_at,
        }
    }
}
