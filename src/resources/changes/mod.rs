//! `/v1/changes`: the change feed, in the order of commits. Its cursors never expire.

use std::collections::HashMap;

use serde::Serialize;

use crate::access::rule;
use crate::clock::{Id, Ts};
use crate::http::kinds::{list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::{Page, PageRequest, Position};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::changes::{self, ChangeRow};
use crate::record::due;
use crate::record::event::Event;
use crate::resources::releases::Release;
use crate::resources::series::{self, ReleaseObservations};
use crate::store::Val;

/// How the observations of a release changed what was public. `GET /v1/releases/{id}/observations` has each cell.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FiguresChange {
    /// The number of cells in the release.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// The number of new cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub inserted: i64,
    /// The number of revised cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub revised: i64,
    /// The number of unchanged cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub unchanged: i64,
    /// The number of deleted cells.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub deleted: i64,
    /// When they were first published, here or elsewhere.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
}

/// A change, as the feed shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Change {
    /// The id of this entry.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The event. The public sees `published`, `withdrawn` and `redacted`; the office also sees `created`, `edited`,
    /// `submitted`, `returned`, `approved`, `shared` and `scheduled`.
    #[schema(max_length = 16)]
    pub event: String,
    /// When it happened.
    #[schema(value_type = String, format = "date-time", max_length = 32)]
    pub at: Ts,
    /// The id of the record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub record: Id,
    /// The kind of the record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference of the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The reference of the record's policing body.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The number of the publication, for events of a publication.
    #[schema(minimum = 1, maximum = 1000000)]
    pub version: Option<i64>,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
    /// The reason for a withdrawal.
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// The reference of the office that withdrew the record.
    #[schema(max_length = 64)]
    pub withdrawn_by: Option<String>,
    /// How the observations of a release changed what was public, when they are published or withdrawn.
    pub figures: Option<FiguresChange>,
}

/// The columns of CSV.
const COLUMNS: &[&str] = &[
    "id",
    "event",
    "at",
    "record",
    "kind",
    "reference",
    "body",
    "version",
    "self",
    "reason",
    "withdrawn_by",
    "figures",
];

/// The rows of the table of operations.
pub fn operations() -> Vec<Operation> {
    let mut feed = Operation::new(
        Method::Get,
        "/v1/changes",
        "list_changes",
        rule::READ_CHANGES,
        Handler::Blocking(list),
    );
    feed.tag = "changes";
    feed.summary = "Read the change feed".to_owned();
    feed.description = "Returns publications, withdrawals and redactions (to the office, all events) in the order of their commits. `page.next` is never null: request it later to continue. These cursors do not expire.".to_owned();
    feed.params = vec![
        Param::new(
            "cursor",
            ParamType::Text(4_000),
            "Where to continue: `page.next` of the previous response.",
        ),
        Param::new("limit", ParamType::Int(1, 200), "The number of changes on a page; 50 by default."),
        crate::http::kinds::format_param(),
    ];
    feed.answers = vec![Answer::named(200, "A page of changes.", "ChangeList").or_csv()];
    feed.example = Some(ExampleCall { path: "/v1/changes?limit=1".to_owned() });
    vec![feed]
}

fn list(call: &Call) -> Result<Reply, Problem> {
    let state = &call.state;
    // Committed changes get their numbers first, and scheduled versions that have become public their entries.
    // Where the database cannot be written now, what is numbered already is served.
    match due::catch_up(&state.db, &state.clock, &state.kinds, call.now()) {
        Err(problem) if problem.kind.status != 503 => return Err(problem),
        _ => {}
    }
    let paged = PageRequest::in_context(call, format!("changes for {}", call.actor.name())).without_expiry();
    let after = paged.after(|keys| if let [Val::Int(after)] = keys { Some(*after) } else { None })?;
    let after = after.unwrap_or(0);
    let (rows, figures) = state.db.read(|conn| {
        let sql = changes::page(&call.actor, &call.visibility(), after, paged.limit());
        let rows: Vec<ChangeRow> = diesel::RunQueryDsl::load(sql, conn)?;
        let releases: Vec<Id> =
            rows.iter().filter(|row| changes_observations(call, row)).map(|row| row.record).collect();
        let figures = series::public_of_releases(conn, &releases, call.now())?;
        Ok((rows, figures))
    })?;
    let last = rows.last().map_or(after, |row| row.seq);
    let position = Position { keys: vec![Val::Int(last)], id: None };
    // Also on the last page: the caller continues there when there are new changes.
    let next = Some(paged.cursor(&position)?);
    let lines = values(rows.iter().filter_map(|row| change(call, row, &figures)))?;
    list_reply(call, COLUMNS, &lines, &Page { limit: paged.limit(), next, total: None })
}

/// Whether a change is one of observations: the first publication of a record that has them, or its withdrawal.
fn changes_observations(call: &Call, row: &ChangeRow) -> bool {
    let has_observations = || call.state.kind(&row.kind).is_some_and(|kind| kind.is::<Release>());
    let first = row.event == Event::Published && row.publication == Some(1);
    row.public && (first || row.event == Event::Withdrawn) && has_observations()
}

fn change(call: &Call, row: &ChangeRow, figures: &HashMap<Id, ReleaseObservations>) -> Option<Change> {
    let path = call.state.path_of(&row.kind)?;
    let withdrawn = matches!(row.event, Event::Withdrawn | Event::Redacted);
    Some(Change {
        id: row.id,
        event: row.event.name().to_owned(),
        at: row.at,
        record: row.record,
        kind: row.kind.clone(),
        reference: row.reference.clone(),
        body: row.body_reference.clone(),
        version: row.publication,
        self_link: format!("/v1/{path}/{}", row.record),
        reason: row.withdrawn_reason.clone().filter(|_| withdrawn),
        withdrawn_by: row.office.clone().filter(|_| withdrawn),
        figures: figures.get(&row.record).filter(|_| changes_observations(call, row)).map(|figures| {
            FiguresChange {
                cells: figures.cells,
                inserted: figures.counts.inserted,
                revised: figures.counts.revised,
                unchanged: figures.counts.unchanged,
                deleted: figures.counts.deleted,
                published_at: figures.valid_from,
            }
        }),
    })
}
