//! `GET /v1/audit`: the entries of the audit trail.

use diesel::prelude::*;

use super::entry::{MEMBERS, Row, entries};
use crate::access::{Actor, Role, audit, rule};
use crate::clock::{Id, Ts};
use crate::http::kinds::{cursor_param, format_param, limit_param, list_reply, require_order, values};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{DayMeans, Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem, unknown_name};
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql, Val};

pub fn operation() -> Operation {
    let mut list =
        Operation::new(Method::Get, "/v1/audit", "list_audit", rule::READ_AUDIT, Handler::Read(list));
    list.tag = "audit";
    list.summary = "Read the audit trail".to_owned();
    list.description = "Who did what, the latest first. The auditor sees every entry of their body, drafts included. Publisher and commissioner see the same, except for what the Panel has not published. The administrator sees no entries about drafts, and no details. Everyone else sees their own entries. These four also see entries of no body (reference data, refusals, the command line). `who` names people for the office and its auditors, looked up when the trail is read; the trail itself holds ids. `changed` says what an edit changed, and by what a version differs that was submitted, scheduled or published from the one published before it, if the caller may read both versions.".to_owned();
    list.params = vec![
        Param::new("event", ParamType::Text(64), "Only entries of this event."),
        Param::new("actor", ParamType::Text(128), "Only entries of this client or person."),
        Param::new("record", ParamType::Id, "Only entries about the record of this id."),
        Param::new(
            "at[gte]",
            ParamType::Moment(DayMeans::Start),
            "Only entries of this moment or later. A day means its start in Europe/London.",
        ),
        Param::new(
            "at[lt]",
            ParamType::Moment(DayMeans::Start),
            "Only entries before this moment. A day means its start in Europe/London.",
        ),
        cursor_param(),
        limit_param(),
        format_param(),
    ];
    list.answers = vec![Answer::named(200, "A page of entries.", "AuditEntryList").or_csv().untagged()];
    list.problems = vec![403];
    list
}

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let paged = PageRequest::own(call, "audit");
    let before = paged.after(|keys| match keys {
        [Val::Ts(at), Val::Int(seq)] => Some((*at, *seq)),
        _ => None,
    })?;
    let filter = filter(call, before)?;
    let mut rows: Vec<Row> =
        page(&call.actor, &call.visibility(), &filter, paged.rows_to_read()).load(conn)?;
    let page = paged.truncate(&mut rows, |last| vec![Val::Ts(last.at), Val::Int(last.seq)])?;
    let lines = values(entries(call, conn, rows)?)?;
    let mut reply = list_reply(call, MEMBERS, &lines, &page)?;
    reply.tagged = false;
    Ok(reply)
}

/// The filters of the list.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter<'a> {
    pub event: Option<&'a str>,
    pub actor: Option<&'a str>,
    pub record: Option<Id>,
    /// At this moment or later.
    pub from: Option<Ts>,
    /// Before this moment.
    pub to: Option<Ts>,
    /// After the entry of this moment and number, in the order of the list.
    pub before: Option<(Ts, i64)>,
}

fn filter(call: &Call, before: Option<(Ts, i64)>) -> Result<AuditFilter<'_>, Problem> {
    let mut faults = vec![];
    let record = call.params.text("record").map(Id::parse);
    if record == Some(None) {
        faults.push(Fault::parameter("record", "format", "Give the id of a record."));
    }
    // The document stays short: it does not list them.
    let event = call.params.text("event");
    if let Some(event) = event.filter(|event| !audit::EVENTS.contains(event)) {
        faults.push(Fault::parameter("event", "unknown", unknown_name("event", event, audit::EVENTS)));
    }
    let (from, to) = (call.params.moment("at[gte]"), call.params.moment("at[lt]"));
    require_order("at", from, to, &mut faults);
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    Ok(AuditFilter { event, actor: call.params.text("actor"), record: record.flatten(), from, to, before })
}

/// The statement of a page. The caller sees a few slices of the trail. The latest entries of each are found in an index of
/// its own, and the page is the latest of these. With one condition over all slices the database would scan the trail.
pub fn page(actor: &Actor, visibility: &Visibility, filter: &AuditFilter<'_>, limit: i64) -> Sql {
    let mut sql = Sql::new(
        "SELECT a.seq, a.id, a.at, a.event, a.actor, a.request, a.record, r.kind, r.reference, b.reference AS body,
         a.version, a.detail FROM (SELECT DISTINCT k.at, k.seq FROM (",
    );
    let mut slices = slices(actor, visibility, filter);
    if filter.record.is_some() {
        // The index by record finds the few entries of all slices.
        slices = vec![any_of(slices)];
    }
    for (n, slice) in slices.into_iter().enumerate() {
        sql = sql
            .text(if n == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" })
            .text("SELECT a.at, a.seq FROM audit a WHERE a.seq IS NOT NULL AND ")
            .append(slice)
            .append(condition(filter))
            .text(" ORDER BY a.at DESC, a.seq DESC LIMIT ")
            .bind(limit)
            .text(") ")
            .text(SLICES.get(n).copied().unwrap_or_default());
    }
    sql.text(") k ORDER BY k.at DESC, k.seq DESC LIMIT ")
        .bind(limit)
        .text(
            ") p JOIN audit a ON a.seq = p.seq LEFT JOIN record r ON r.id = a.record
             LEFT JOIN record b ON b.id = a.body ORDER BY p.at DESC, p.seq DESC",
        )
        .one_off()
}

/// The slices' names in the statement, which PostgreSQL requires.
const SLICES: &[&str] = &["s0", "s1", "s2"];

fn any_of(conditions: Vec<Sql>) -> Sql {
    let mut any = Sql::new("(");
    for (n, one) in conditions.into_iter().enumerate() {
        any = any.text(if n == 0 { "(" } else { " OR (" }).append(one).text(")");
    }
    any.text(")")
}

fn condition(filter: &AuditFilter<'_>) -> Sql {
    let mut sql = Sql::new("");
    if let Some(event) = filter.event {
        sql = sql.text(" AND a.event = ").bind(event);
    }
    if let Some(actor) = filter.actor {
        sql = sql.text(" AND a.actor = ").bind(actor);
    }
    if let Some(record) = filter.record {
        sql = sql.text(" AND a.record = ").bind(record);
    }
    if let Some(from) = filter.from {
        sql = sql.text(" AND a.at >= ").bind(from);
    }
    // After a position every entry is before that moment.
    match (filter.before, filter.to) {
        (Some((at, seq)), _) => sql.text(" AND (a.at, a.seq) < (").bind(at).text(", ").bind(seq).text(")"),
        (None, Some(to)) => sql.text(" AND a.at < ").bind(to),
        (None, None) => sql,
    }
}

/// The slices of the trail that the caller sees, each as a condition: their own entries; for four roles those of their
/// body, and those of no body.
fn slices(actor: &Actor, visibility: &Visibility, filter: &AuditFilter<'_>) -> Vec<Sql> {
    // With a filter by record, its index is the right one; the concatenation stops SQLite from using the actor's.
    let own = Sql::new(if filter.record.is_some() { "a.actor || '' = " } else { "a.actor = " });
    let own = own.bind(actor.name());
    if filter.actor == Some(actor.name()) {
        return vec![own];
    }
    let reads = [Role::Auditor, Role::Publisher, Role::Commissioner, Role::Admin];
    let body = actor.body.as_ref().filter(|_| reads.iter().any(|role| actor.has(*role)));
    let Some(body) = body else { return vec![own] };
    let visible = visible(actor, visibility);
    let of_body = Sql::new("a.body = ").bind(body.id).append(visible.clone());
    let shared = Sql::new("a.body IS NULL").append(visible);
    match filter.actor {
        // Entries of another actor are not the caller's own.
        Some(_) => vec![of_body, shared],
        None => vec![own, of_body, shared],
    }
}

/// The condition on what they see of their body: for a kind whose drafts they do not read, only what was public.
fn visible(actor: &Actor, visibility: &Visibility) -> Sql {
    if actor.has(Role::Auditor) {
        return Sql::new("");
    }
    let by_kind = Sql::new("(")
        .append(visibility.drafts("r", "r"))
        .text(" OR (r.was_public AND a.event IN ('withdrawn', 'redacted')))");
    // The cheapest condition first: entries about a publication.
    Sql::new(
        " AND (a.content_digest IS NOT NULL OR a.record IS NULL OR EXISTS (SELECT 1 FROM record r WHERE r.id = a.record AND ",
    )
    .append(by_kind)
    .text("))")
}
