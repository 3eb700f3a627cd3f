//! The content of a meeting: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::{Validate, ValidationErrors};

use crate::problem::Fault;
use crate::resources::dates::DateBasis;
use crate::resources::documents::Document;
use crate::validation;

/// The series that a meeting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingSeries {
    /// The policing body's strategic governance board.
    StrategicGovernanceBoard,
    /// Meetings at which the policing body scrutinises the force's performance.
    PerformanceScrutiny,
    /// The Police and Crime Panel.
    Panel,
    /// The audit committee.
    AuditCommittee,
    /// Another series, or none.
    Other,
}

/// Who can attend a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingAccess {
    /// Anyone.
    Public,
    /// Anyone, except for exempt items.
    PartPrivate,
    /// Only those invited.
    Private,
    /// Anyone, online.
    Online,
}

/// Whether a meeting took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingStatus {
    /// It is to take place.
    Scheduled,
    /// It took place.
    Held,
    /// It did not take place.
    Cancelled,
    /// It was moved to another day.
    Postponed,
}

/// Whether an item is open to the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgendaPart {
    /// It is open.
    Open,
    /// It is exempt from publication.
    Exempt,
}

/// An item of the agenda.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgendaItem {
    /// The number of the item.
    #[schema(minimum = 1, maximum = 999, format = "int64")]
    pub number: i64,
    /// The title of the item.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Whether it is open to the public.
    pub part: AgendaPart,
    /// The ground of the exemption.
    #[schema(min_length = 1, max_length = 200)]
    pub ground: Option<String>,
    /// The papers of the item.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub papers: Vec<String>,
    /// The reports that it discusses.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub reports: Vec<String>,
}

/// Whether somebody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// They were there.
    Present,
    /// They sent apologies.
    Apologies,
    /// They were not there.
    Absent,
    /// The source does not say.
    NotStated,
}

/// Who attended, by role: never by name.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attendance {
    /// The role.
    #[schema(min_length = 1, max_length = 200)]
    pub role: String,
    /// The organisation.
    #[schema(min_length = 1, max_length = 150)]
    pub organisation: Option<String>,
    /// Whether they were there.
    pub present: Presence,
}

/// The state of the minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MinutesState {
    /// None were found.
    None,
    /// They are a draft.
    Draft,
    /// A later meeting confirmed them.
    Confirmed,
}

/// The minutes of a meeting.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// The state of the minutes.
    pub state: MinutesState,
    /// The meeting that confirmed them.
    #[schema(min_length = 1, max_length = 150)]
    pub confirmed_at: Option<String>,
    /// The minutes themselves.
    pub doc: Option<Document>,
}

/// Until when questions are taken, and when they are answered.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingQuestions {
    /// The last day on which a question can be put: before the meeting.
    #[schema(max_length = 10)]
    pub close_on: NaiveDate,
    /// How many days after the meeting questions are answered.
    #[schema(minimum = 1, maximum = 90, format = "int64")]
    pub answer_days: i64,
}

/// A meeting.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MeetingContent {
    /// The series that it belongs to.
    pub series: MeetingSeries,
    /// The title of the meeting.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The day of the meeting.
    #[schema(max_length = 10)]
    pub held_on: Option<NaiveDate>,
    /// Where the day comes from.
    pub date_basis: DateBasis,
    /// The time at which it begins, in London.
    #[schema(min_length = 5, max_length = 5, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub time: Option<String>,
    /// The place of the meeting.
    #[schema(min_length = 1, max_length = 200)]
    pub venue: Option<String>,
    /// The area in which it is held.
    #[schema(min_length = 1, max_length = 150)]
    pub area: Option<String>,
    /// Who can attend.
    pub access: MeetingAccess,
    /// Whether it took place.
    pub status: MeetingStatus,
    /// The meeting to which it was moved.
    #[schema(min_length = 1, max_length = 150)]
    pub postponed_to: Option<String>,
    /// The agenda, in the order of its numbers.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub agenda: Vec<AgendaItem>,
    /// Who attended, by role.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub attendance: Vec<Attendance>,
    /// The minutes.
    pub minutes: Minutes,
    /// The address of a recording.
    #[schema(format = "uri", min_length = 8, max_length = 2000, pattern = "^https?://")]
    pub recording: Option<String>,
    /// The day on which the agenda was published.
    #[schema(max_length = 10)]
    pub agenda_published_on: Option<NaiveDate>,
    /// The questions that residents can put.
    pub questions: Option<MeetingQuestions>,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

impl Validate for MeetingContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        self.date_basis.check("held_on", self.held_on, &mut faults);
        let mut fault =
            |pointer: String, code, detail: &str| faults.push(Fault::pointer(pointer, code, detail));
        if self.postponed_to.is_some() && self.status != MeetingStatus::Postponed {
            let detail =
                "Only a meeting that was postponed was moved to another one. Remove it, or correct `status`.";
            fault("/postponed_to".to_owned(), "not_here", detail);
        }
        let mut last = 0;
        for (n, item) in self.agenda.iter().enumerate() {
            if item.number <= last {
                let detail =
                    "The numbers of the agenda ascend. This one is not greater than the one before it.";
                fault(format!("/agenda/{n}/number"), "order", detail);
            }
            last = item.number;
            if item.ground.is_some() && item.part == AgendaPart::Open {
                let detail = "An open item has no ground of exemption. Remove it, or correct `part`.";
                fault(format!("/agenda/{n}/ground"), "not_here", detail);
            }
        }
        if self.minutes.state == MinutesState::None && self.minutes.doc.is_some() {
            let detail = "Say in `state` what these minutes are, or remove the document.";
            fault("/minutes/doc".to_owned(), "not_here", detail);
        }
        if self.minutes.state != MinutesState::Confirmed && self.minutes.confirmed_at.is_some() {
            let detail =
                "Only minutes that were confirmed have such a meeting. Remove it, or correct `state`.";
            fault("/minutes/confirmed_at".to_owned(), "not_here", detail);
        }
        if let (Some(questions), Some(held_on)) = (&self.questions, self.held_on)
            && questions.close_on >= held_on
        {
            let detail = format!("Questions are put before the meeting. Give a day before {held_on}.");
            fault("/questions/close_on".to_owned(), "out_of_range", &detail);
        }
        validation::result(faults)
    }
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "MEETING-EXAMPLE-1",
        "series": "performance_scrutiny",
        "title": "Performance Scrutiny Meeting, November 2026",
        "held_on": "2026-11-16",
        "date_basis": "stated",
        "time": "10:00",
        "access": "public",
        "status": "scheduled",
        "agenda": [{"number": 1, "title": "Neighbourhood policing", "part": "open", "reports": ["derbyshire-pcc:REP-CHILD-PROTECTION-2022"]}],
        "attendance": [{"role": "Chief Constable", "organisation": "derbyshire-constabulary", "present": "not_stated"}],
        "minutes": {"state": "none"},
        "agenda_published_on": "2026-10-30",
        "questions": {"close_on": "2026-11-13", "answer_days": 10},
        "objectives": ["derbyshire-pcc:OBJ-2"]
    })
}
