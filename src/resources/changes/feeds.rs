//! `/v1/changes.atom`: the latest changes for feed readers, of everything or of a kind, a plan, an organisation or a record.
//! They are the entries of the change feed, as the same caller sees them there.

use diesel::prelude::*;

use super::atom::Feed;
use super::entry;
use super::read::{catch_up, page};
use crate::access::rule;
use crate::http::kinds::record_filter;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation, OperationSpec};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::changes::Selection;
use crate::record::kind::KindDef;
use crate::record::read::Name;
use crate::record::visible::Visibility;
use crate::record::{BODY, ORGANISATION};
use crate::store::{Conn, Sql};

/// The media type of feeds.
pub const ATOM: &str = "application/atom+xml";

const PATH: &str = "/v1/changes.atom";
const PLAN: &str = "plan";
/// How many entries a feed has if the request does not say.
const ENTRIES: i64 = 50;

/// The row of the table of operations.
pub fn operation(kinds: Vec<String>) -> Operation {
    let mut feed =
        Operation::new(Method::Get, PATH, "get_changes_feed", rule::READ_CHANGES, Handler::Blocking(answer));
    feed.tag = "changes";
    feed.summary = "Read the latest changes in a feed reader".to_owned();
    feed.description = "Returns the latest entries of `GET /v1/changes`, the newest first, as an Atom feed (RFC 4287): each with its sentence as the title, and the address of the record. Give at most one of `kind`, `plan`, `organisation` and `record`.".to_owned();
    feed.params = vec![
        Param::new(
            "kind",
            ParamType::Some { most: kinds.len(), of: kinds, signed: false },
            "Only changes of records of these kinds, separated by commas.",
        ),
        Param::new(
            PLAN,
            ParamType::Reference,
            "Only changes of this plan and of what names it, such as its priorities, or names one of these, such as an objective; the plan by its id or its reference.",
        ),
        Param::new(
            ORGANISATION,
            ParamType::Reference,
            "Only changes of this organisation, of the records that it owns and of those that name it, by its id or its reference.",
        ),
        Param::new(
            "record",
            ParamType::Text(200),
            "Only changes of this record: the path of its kind and its id or reference, such as `plans/derbyshire-pcc:PLAN-2013`.",
        ),
        Param::new("limit", ParamType::Int(1, 200), "The number of entries; 50 by default."),
    ];
    let schema = serde_json::json!({"type": "string", "maxLength": 10_000_000});
    feed.answers = vec![Answer { media_type: ATOM, ..Answer::json(200, "The feed.", schema) }];
    feed.problems = vec![404];
    feed.example = Some(ExampleCall { path: format!("{PATH}?kind=pledge&limit=1") });
    feed
}

/// The feeds that belong to a page: their titles and addresses.
pub fn feeds_of(operation: &OperationSpec, path: &str) -> Vec<(String, String)> {
    let Some(kind) = operation.kind else {
        return vec![("All changes".to_owned(), PATH.to_owned())];
    };
    let list = format!("/v1/{}", kind.def.path);
    if operation.path == list {
        return vec![(format!("Changes of {}", kind.def.many), format!("{PATH}?kind={}", kind.def.name))];
    }
    let name = path.strip_prefix(&format!("{list}/")).and_then(|rest| rest.split('/').next());
    let Some(name) = name.filter(|_| operation.path.starts_with(&format!("{list}/{{id}}"))) else {
        return vec![];
    };
    let one = kind.def.one;
    let mut feeds =
        vec![(format!("Changes of this {one}"), format!("{PATH}?record={}/{name}", kind.def.path))];
    if [PLAN, ORGANISATION].contains(&kind.def.name) {
        let title = format!("Changes of this {one} and of what belongs to it");
        feeds.push((title, format!("{PATH}?{}={name}", kind.def.name)));
    }
    feeds
}

/// What a feed is about.
struct Subject {
    /// What follows "Changes" in its title.
    of: String,
    /// The page that shows the same.
    page: String,
    records: Option<Sql>,
    /// Whether there is something only if there are entries.
    is_record: bool,
}

fn answer(call: &Call) -> Result<Reply, Problem> {
    catch_up(call)?;
    let kinds: Vec<&str> = call.params.names("kind").iter().map(|(name, _)| name.as_str()).collect();
    let visibility = call.visibility();
    let limit = call.params.int("limit").unwrap_or(ENTRIES);
    let (subject, entries, author) = call.db.read(|conn| {
        let subject = subject(call, conn, &kinds, &visibility)?;
        let records = subject.records.as_ref();
        let selection = Selection { kinds: &kinds, records, newest_first: true, ..Selection::default() };
        let (rows, details) = page(call, conn, &visibility, &selection, 0, limit)?;
        let entries: Vec<_> =
            rows.iter().filter_map(|row| entry::change(call, row, &details, false)).collect();
        Ok((subject, entries, author(call, conn)?))
    })?;
    if subject.is_record && entries.is_empty() {
        return Err(Problem::not_found());
    }
    let base = &call.state.public_url;
    let own: Vec<String> = ["kind", PLAN, ORGANISATION, "record"]
        .iter()
        .filter_map(|name| match *name {
            "kind" => (!kinds.is_empty()).then(|| (name, kinds.join(","))),
            _ => Some((name, call.params.text(name)?.to_owned())),
        })
        .map(|(name, value)| format!("{name}={}", super::atom::in_query(&value)))
        .collect();
    let query = if own.is_empty() { String::new() } else { format!("?{}", own.join("&")) };
    let feed = Feed {
        id: format!("{base}{PATH}{query}"),
        title: format!("Changes{}", subject.of),
        page: format!("{base}{}", subject.page),
        author,
        base,
        licence: &call.state.site.licence,
        today: call.now(),
        entries: &entries,
    };
    Ok(Reply { content_type: ATOM, ..Reply::json(feed.written()) })
}

/// What the request names; 400 with all faults.
fn subject(
    call: &Call,
    conn: &mut Conn,
    kinds: &[&str],
    visibility: &Visibility,
) -> Result<Subject, Problem> {
    let params = &call.params;
    let mut faults = vec![];
    let named: Vec<&str> =
        ["kind", PLAN, ORGANISATION, "record"].into_iter().filter(|name| params.has(name)).collect();
    if let [first, others @ ..] = named.as_slice() {
        for other in others {
            let detail = format!("This feed is by `{first}` already. Leave one of the two out.");
            faults.push(Fault::parameter(*other, "conflict", detail));
        }
    }
    let plan = record_filter(call, conn, PLAN, PLAN, visibility, &mut faults)?;
    let organisation = record_filter(call, conn, ORGANISATION, ORGANISATION, visibility, &mut faults)?;
    let record = params.text("record").map(|text| record_of(call, text)).transpose();
    let record = record.unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    let subject = |of: String, page: String, records: Option<Sql>, is_record: bool| Subject {
        of,
        page,
        records,
        is_record,
    };
    let page_of = |name: &str| {
        let kind = call.state.path_of(name).unwrap_or_default();
        format!("/v1/{kind}/{}", params.text(name).unwrap_or_default())
    };
    Ok(match (plan, organisation, record) {
        (Some(plan), _, _) => {
            let of = format!(" of the plan {}", params.text(PLAN).unwrap_or_default());
            subject(of, page_of(PLAN), Some(below(Sql::new("").bind(plan), visibility)), false)
        }
        (_, Some(organisation), _) => {
            let of = format!(" of the organisation {}", params.text(ORGANISATION).unwrap_or_default());
            let named = naming(Sql::new("SELECT ").bind(organisation), visibility);
            let records = Sql::new("(c.record = ")
                .bind(organisation)
                .text(" OR r.owner = ")
                .bind(organisation)
                .text(" OR c.record IN (")
                .append(named)
                .text("))");
            subject(of, page_of(ORGANISATION), Some(records), false)
        }
        (_, _, Some((kind, name))) => {
            let text = params.text("record").unwrap_or_default();
            let of = format!(" of the {} {}", kind.def.one, text.split('/').nth(1).unwrap_or_default());
            subject(of, format!("/v1/{text}"), Some(name.is(kind, "c.record")), true)
        }
        _ if !kinds.is_empty() => {
            let of = kinds.iter().filter_map(|name| call.state.kind(name));
            let of: Vec<&str> = of.map(|kind| kind.def.many).collect();
            let page = match kinds {
                [one] => format!("/v1/{}", call.state.path_of(one).unwrap_or_default()),
                _ => format!("/v1/changes?kind={}", kinds.join(",")),
            };
            subject(format!(" of {}", of.join(", ")), page, None, false)
        }
        _ => subject(String::new(), "/v1/changes".to_owned(), None, false),
    })
}

/// The kind and the name that `record=` gives.
fn record_of(call: &Call, text: &str) -> Result<(&'static KindDef, Name), Fault> {
    let parsed = text.split_once('/').and_then(|(path, name)| {
        let kind = call.state.kinds.iter().copied().find(|kind| kind.def.path == path)?;
        Some((kind, Name::parse(kind, name)?))
    });
    parsed.ok_or_else(|| {
        let detail = "Give the path of a kind and the record's id or reference, such as `plans/derbyshire-pcc:PLAN-2013`.";
        Fault::parameter("record", "malformed", detail)
    })
}

/// The records of which a version that was published names one of some records. Who reads more finds no more: what a draft
/// names is not for feeds.
fn naming(records: Sql, visibility: &Visibility) -> Sql {
    Sql::new("SELECT l.record FROM link l JOIN record_version v ON v.record = l.record AND v.version = l.version WHERE l.other IN (")
        .append(records)
        .text(") AND ")
        .append(names_openly(visibility))
}

/// That a version names what it names for everybody: it was published, and neither it was redacted nor its record withdrawn.
fn names_openly(visibility: &Visibility) -> Sql {
    Sql::new("v.publication IS NOT NULL AND v.redacted_at IS NULL AND v.public_from <= ")
        .bind(visibility.moment())
        .text(" AND EXISTS (SELECT 1 FROM record r WHERE r.id = v.record AND r.withdrawn_at IS NULL)")
}

/// The condition that a row `c` is of the record, or of one that names it, or names one that does, and so on.
fn below(record: Sql, visibility: &Visibility) -> Sql {
    Sql::new("c.record IN (WITH RECURSIVE below(id) AS (SELECT ")
        .append(record)
        .text(" UNION SELECT l.record FROM link l JOIN below b ON b.id = l.other JOIN record_version v ON v.record = l.record AND v.version = l.version WHERE ")
        .append(names_openly(visibility))
        .text(") SELECT id FROM below)")
}

/// Whose record it is: the policing body, if there is one.
fn author(call: &Call, conn: &mut Conn) -> Result<String, Problem> {
    #[derive(QueryableByName)]
    struct Body {
        #[diesel(sql_type = diesel::sql_types::Text)]
        title: String,
    }
    let bodies: Vec<Body> = Sql::new("SELECT v.title FROM record_version v WHERE v.kind = ")
        .bind(BODY)
        .text(" AND ")
        .append(Visibility::as_of(call.now()).filter_of(BODY, "v"))
        .text(" LIMIT 2")
        .load(conn)?;
    Ok(match bodies.as_slice() {
        [one] => one.title.clone(),
        _ => "OnRecord".to_owned(),
    })
}
