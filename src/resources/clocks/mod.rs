//! `/v1/clocks`: what is due by which day, and whether it was met. Nothing overdue is ever typed: it follows from the days
//! on record.

mod candidates;
mod filter;
mod first;
mod proposals;
mod questions;
mod read;
mod recommendations;
mod state;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::access::actor::Named;
use crate::access::rule::READ_SEARCH;
use crate::http::kinds::{self, list_reply, values, wants_csv};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation, Queue};
use crate::http::paging::Page;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::object_schema;
use crate::record::{BODY, ORGANISATION};
use crate::store::Conn;

pub use candidates::clocks_in_order;
pub use filter::Filter;
pub use first::{ClockRequest, Order};
pub use proposals::of_proposals;
pub use questions::of_questions;
pub use read::{Clock, Subject, by_record, of_reports, reader};
pub use recommendations::of_recommendations_with;
pub use state::{ClockKind, ClockState, ClockedKind};

/// The schema of the computed field `clocks` of a record.
pub fn schema() -> Value {
    json!({
        "type": "array", "maxItems": 100, "items": object_schema::<Clock>(),
        "description": "What is due of it, by which day, and whether it was met: see `GET /v1/clocks`.",
    })
}

/// How many clocks an answer has at most.
const LIMIT: usize = 500;

/// A clock, with the record that it belongs to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockRow {
    /// The record, by its policing body and its reference.
    #[schema(max_length = 150)]
    pub record: String,
    /// The kind of the record.
    #[schema(max_length = 64)]
    pub kind: &'static str,
    /// The title of the record.
    #[schema(max_length = 200)]
    pub title: String,
    #[serde(flatten)]
    pub clock: Clock,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
}

/// Clocks, the first due first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockList {
    /// The clocks, by the day on which they are due; those without a day last.
    #[schema(max_items = 500)]
    pub data: Vec<ClockRow>,
    /// `true` if there are more than 500; only the first 500 are returned. Ask for fewer by a filter.
    pub truncated: bool,
}

const COLUMNS: &[&str] = &[
    "record",
    "kind",
    "title",
    "clock",
    "basis",
    "organisation",
    "starts",
    "due",
    "met_on",
    "state",
    "days",
    "self",
];

pub fn operations() -> Vec<Operation> {
    let mut clocks =
        Operation::new(Method::Get, "/v1/clocks", "list_clocks", READ_SEARCH, Handler::Read(list));
    clocks.cost = 5;
    clocks.queue = Queue::ShortAlone;
    clocks.tag = "clocks";
    clocks.summary = "List what is due".to_owned();
    clocks.description = "What must be done by which day, as far as the caller sees the records: the comments on a report of the inspectorate (`s55_comments`), the answer to a recommendation (`respond_by`) and the action on it (`act_by`), what follows from a precept (`precept_…`) or an appointment (`appointment_report`) that is proposed to the Panel, the answer to a question (`answer`). Each follows from the days on record; nobody enters that something is overdue. Days are those of Europe/London, and with `as_of` those of that moment, from what was public then, and as the public sees it, whoever asks. Where the policing body does not claim that its record of what would meet the duty is complete for that day (`coverage` of the body), the state is `not_on_record`. All but comments on reports and answers to questions can be given without being published: whether they are overdue is shown to the body's office, its auditor, the owner of the record and the organisation concerned, and `not_public` to others. At most 500, the first due first.".to_owned();
    let codes = |codes: &[String]| ParamType::Some { of: codes.to_vec(), signed: false, most: 20 };
    clocks.params = vec![
        Param::new(
            "body",
            ParamType::Reference,
            "Only clocks of this policing body: its id or its reference.",
        ),
        Param::new(
            "kind",
            ParamType::OneOf(ClockedKind::ALL.map(ClockedKind::name).to_vec()),
            "Only clocks of records of this kind.",
        ),
        Param::new("clock", codes(&state::CLOCKS), "Only these clocks, separated by commas."),
        Param::new("state", codes(&state::STATES), "Only clocks in these states, separated by commas."),
        Param::new(
            "organisation",
            ParamType::Reference,
            "Only clocks of this organisation, which must act: its id or its reference.",
        ),
        Param::new("due", ParamType::Date, "Only clocks that are due on this day."),
        Param::new("due[gte]", ParamType::Date, "Only clocks that are due on this day or later."),
        Param::new("due[lt]", ParamType::Date, "Only clocks that are due before this day."),
        kinds::as_of_param(),
        kinds::format_param(),
    ];
    clocks.answers = vec![Answer::named(200, "The clocks.", "ClockList").or_csv().with_headers(&["Total"])];
    clocks.example = Some(ExampleCall { path: "/v1/clocks?clock=s55_comments".to_owned() });
    vec![clocks]
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let csv = wants_csv(call)?;
    let visibility = kinds::visibility_of(call)?;
    let mut faults: Vec<Fault> = vec![];
    let body = kinds::record_filter(call, conn, "body", BODY, &visibility, &mut faults)?;
    let organisation =
        kinds::record_filter(call, conn, "organisation", ORGANISATION, &visibility, &mut faults)?;
    let (from, before) = (call.params.date("due[gte]"), call.params.date("due[lt]"));
    kinds::require_order("due", from, before, &mut faults);
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    let organisation = match organisation {
        Some(id) => Some(Named { id, reference: crate::record::read::head(conn, id)?.reference }),
        None => None,
    };
    let filter = Filter {
        body,
        clocks: codes(call, "clock")?,
        states: codes(call, "state")?,
        organisation,
        on: call.params.date("due"),
        from,
        before,
    };
    let kind = call.params.text("kind");
    let kinds: Vec<ClockedKind> =
        ClockedKind::ALL.into_iter().filter(|one| kind.is_none_or(|kind| kind == one.name())).collect();
    let reader = reader(conn, &visibility)?;
    let request = ClockRequest { reader: &reader, filter: &filter, kinds: &kinds, order: Order::Clock };
    // CSV has no field for `truncated`: the number of all clocks says it.
    let mut found = if csv { request.all(conn)? } else { request.first(conn, LIMIT + 1)? };
    let total = found.len();
    found.truncate(LIMIT);
    let row = |(subject, clock): first::Row| ClockRow {
        record: subject.name.clone(),
        kind: subject.kind,
        title: subject.title.clone(),
        clock,
        self_link: format!("/v1/{}/{}", call.state.path_of(subject.kind).unwrap_or_default(), subject.record),
    };
    let data: Vec<ClockRow> = found.into_iter().map(row).collect();
    if csv {
        let total = i64::try_from(total).ok();
        return list_reply(call, COLUMNS, &values(data)?, &Page { limit: 500, next: None, total });
    }
    Reply::value(&ClockList { data, truncated: total > LIMIT })
}

/// The codes that a parameter gives.
fn codes<C: DeserializeOwned>(call: &Call, name: &str) -> Result<Vec<C>, Problem> {
    let names = call.params.names(name).iter();
    names
        .map(|(code, _)| serde_json::from_value(Value::from(code.as_str())).map_err(Problem::internal))
        .collect()
}
