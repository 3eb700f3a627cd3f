//! `/v1/changes`: the change feed, in the order of commits. Its cursors never expire.

mod atom;
mod entry;
mod feeds;
mod read;

pub use entry::Change;
pub use feeds::{ATOM, feeds_of};
pub use read::latest;

use read::{catch_up, page};

use crate::access::rule;
use crate::clock::{Id, Ts};
use crate::http::kinds::{list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::{Page, PageRequest, Position};
use crate::http::params::{DayMeans, Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::changes::Selection;
use crate::record::kind::KindDef;
use crate::record::visible::Visibility;
use crate::store::{Conn, Val};

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
    "title",
    "sentence",
    "verdict",
];

/// The rows of the table of operations.
pub fn operations(kinds: &[&'static KindDef]) -> Vec<Operation> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.def.name.to_owned()).collect();
    let kind_names = kinds.clone();
    let mut feed = Operation::new(
        Method::Get,
        "/v1/changes",
        "list_changes",
        rule::READ_CHANGES,
        Handler::Blocking(list),
    );
    feed.tag = "changes";
    feed.summary = "Read the change feed".to_owned();
    feed.description = "Returns publications, withdrawals, redactions and changed verdicts on statements (to the office, all events) in the order of their commits. `page.next` is never null: request it later to continue. These cursors do not expire. A cursor belongs to the `since`, `kind` and `net` that it was returned for.".to_owned();
    feed.params = vec![
        Param::new(
            "cursor",
            ParamType::Text(4_000),
            "Where to continue: `page.next` of the previous response.",
        ),
        Param::new("limit", ParamType::Int(1, 200), "The number of changes on a page; 50 by default."),
        Param::new(
            "since",
            ParamType::Moment(DayMeans::Start),
            "Only changes at this moment (RFC 3339) or later. A day means its beginning in Europe/London.",
        ),
        Param::new(
            "kind",
            ParamType::Some { most: kinds.len(), of: kinds, signed: false },
            "Only changes of records of these kinds, separated by commas.",
        ),
        Param::new(
            "net",
            ParamType::Bool,
            "With `true`, which needs `since`: one entry for each record whose public version is not what it was before that moment. It is the last of its changes; `sentence` says what they come to.",
        ),
        crate::http::kinds::format_param(),
    ];
    feed.answers = vec![Answer::named(200, "A page of changes.", "ChangeList").or_csv()];
    feed.example = Some(ExampleCall { path: "/v1/changes?limit=1".to_owned() });
    vec![feed, feeds::operation(kind_names)]
}

fn list(call: &Call) -> Result<Reply, Problem> {
    catch_up(call)?;
    let kinds: Vec<&str> = call.params.names("kind").iter().map(|(name, _)| name.as_str()).collect();
    let selection = Selection {
        since: call.params.moment("since"),
        kinds: &kinds,
        net: call.params.flag("net"),
        ..Selection::default()
    };
    if selection.net && selection.since.is_none() {
        let detail = "`net=true` compares with a moment. Give it as `since`.";
        return Err(Problem::bad_request(vec![Fault::parameter("since", "required", detail)]));
    }
    let filters = call.params.canonical(&["cursor", "limit", "format", "for"]);
    let context = format!("changes for {}{filters}", call.actor.name());
    let paged = PageRequest::in_context(call, context).without_expiry();
    let after = paged.after(|keys| if let [Val::Int(after)] = keys { Some(*after) } else { None })?;
    let after = after.unwrap_or(0);
    let (rows, details) =
        call.db.read(|conn| page(call, conn, &call.visibility(), &selection, after, paged.limit()))?;
    let last = rows.last().map_or(after, |row| row.seq);
    let position = Position { keys: vec![Val::Int(last)], id: None };
    // Also on the last page: the caller continues there when there are new changes.
    let next = Some(paged.cursor(&position)?);
    let lines = values(rows.iter().filter_map(|row| entry::change(call, row, &details, selection.net)))?;
    list_reply(call, COLUMNS, &lines, &Page { limit: paged.limit(), next, total: None })
}

/// What the changes of a body's records since a moment come to: one entry for each record, the earliest of these changes first.
/// At most `limit`.
pub fn net_of_body(
    call: &Call,
    conn: &mut Conn,
    visibility: &Visibility,
    body: Option<Id>,
    since: Ts,
    limit: i64,
) -> Result<Vec<Change>, Problem> {
    let until = call.as_of.get();
    let selection = Selection { since: Some(since), until, body, net: true, ..Selection::default() };
    let (rows, details) = page(call, conn, visibility, &selection, 0, limit)?;
    Ok(rows.iter().filter_map(|row| entry::change(call, row, &details, true)).collect())
}
