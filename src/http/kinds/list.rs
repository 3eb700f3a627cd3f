//! Lists: what `GET /v1/{kind}` does with filters, order and page. What may be asked is in `list_params.rs`, how it is
//! answered in `list_reply.rs`.

use serde_json::Value;

use super::include::{included, render};
use super::list_params::searched;
use super::list_reply::{csv_reply, fields, in_format, json_reply, licences, select, wants_csv};
use super::read::{list_members, sight_of};
use crate::http::paging::{self, Page, PageRequest, Position};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, KindDef, Reference, Sort, Ty};
use crate::record::money;
use crate::record::read::{self, ListQuery, Name, Row};
use crate::record::resolve::no_such;
use crate::record::search;
use crate::record::version::instead_of_null;
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql, Val};

/// `GET /v1/{kind}`.
pub fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = call.operation.kind.ok_or_else(|| Problem::internal("a list without a kind"))?;
    let csv = wants_csv(call)?;
    let format = kind.formats.iter().find(|format| call.params.text("format") == Some(format.name));
    let mut faults = call.params.faults.clone();
    // With a moment that cannot be looked at, the other faults are looked for as of now.
    let visibility = sight_of(call).unwrap_or_else(|problem| {
        faults.extend(problem.errors);
        call.visibility()
    });
    // What goes out in another standard's form is passed on as it is: it holds what is public, whoever asks.
    let visibility = if format.is_some() { visibility.public() } else { visibility };
    let given = given(call, conn, kind, &visibility, &mut faults)?;
    let linked = linked(call, conn, kind, &visibility, &mut faults)?;
    let words = searched(call, &mut faults);
    let order = order(kind, call.params.names("sort"));
    let mut page_request = PageRequest::in_context(call, context(call, kind));
    if let Some(format) = format {
        page_request = page_request.default_limit(format.most);
    }
    let position = page_request.position().unwrap_or_else(|problem| {
        faults.extend(problem.errors);
        None
    });
    if csv && call.params.has("include") {
        faults.push(Fault::parameter(
            "include",
            "not_in_csv",
            "CSV is flat; ask for JSON, or for the other list by itself.",
        ));
    }
    for name in ["include", "fields"] {
        if format.is_some() && call.params.has(name) {
            let detail = "The standard says what stands in this form; leave it out.";
            faults.push(Fault::parameter(name, "not_in_format", detail));
        }
    }
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    let mut query = query_for(&given, &order, position.as_ref(), page_request.rows_to_read())
        .ok_or_else(|| Problem::internal("a cursor of another order was opened"))?;
    let by_column = linked.is_empty();
    for condition in linked {
        query = query.with_condition(condition);
    }
    if let Some(words) = &words {
        query = query.with_words(search::matches(words, conn.is_pg()));
    }
    let mut page = query.page(kind, &visibility);
    // What some words cost differs much from what others do, and so it is with names in lists: each such query is
    // planned for its own.
    if given.len() > 1 || order.len() > 1 || words.is_some() || !by_column {
        page = page.one_off();
    }
    let mut rows: Vec<Row> = diesel::RunQueryDsl::load(page, conn)?;
    let total = match call.params.flag("count") {
        true => Some(query.count(conn, kind, &visibility)?),
        false => None,
    };
    let page = Page { total, ..page_request.truncate_at(&mut rows, |last| position_of(last, &order))? };
    let texts = render(conn, kind, &rows, &visibility)?;
    let fields = fields(call);
    if csv || format.is_some() || !fields.is_empty() {
        let values: Result<Vec<Value>, _> = texts.iter().map(|text| serde_json::from_str(text)).collect();
        let values = values.map_err(Problem::internal)?;
        if let Some(format) = format {
            return in_format(call, conn, format, &rows, &values, &page);
        }
        if csv {
            let members = if fields.is_empty() { list_members(kind) } else { fields };
            let licences = licences(call, conn, &rows)?;
            return csv_reply(call, &members, &values, &page, &licences);
        }
        let values: Vec<Value> = values.iter().map(|value| select(value, &fields)).collect();
        let included = included(call, conn, kind, &rows, &visibility)?;
        let texts: Vec<String> = values.iter().map(Value::to_string).collect();
        return Ok(json_reply(call, &texts, &page, included));
    }
    let included = included(call, conn, kind, &rows, &visibility)?;
    Ok(json_reply(call, &texts, &page, included))
}

/// A key of the order: its member, its column, whether it descends.
pub type Key = (&'static Column, &'static str, bool);

/// A filter as it was given: its column, how that compares (`=`, `>=`, `<`), with what.
pub type Given = (Column, &'static str, Val);

/// The query of a page: what `GET` runs, and what the tests examine the plans of. `None` for a position in
/// another order.
pub fn query_for(
    given: &[Given],
    order: &[Key],
    position: Option<&Position>,
    limit: i64,
) -> Option<ListQuery> {
    let columns: Vec<(&'static str, bool)> =
        order.iter().map(|(_, column, descending)| (*column, *descending)).collect();
    let (first, falling) = columns.first().copied().unwrap_or_default();
    let after = match position {
        Some(position) => Some(paging::after(&columns, position)?),
        None => None,
    };
    let mut condition: Option<Sql> = None;
    let mut bound: Option<Sql> = None;
    for (column, operator, value) in given {
        let mut compared = vec![column.column];
        if let Sort::Nullable { asc, desc } = column.sort {
            // Said of the sort key too, which is the same where it is not null: only that is in an index.
            if first == desc {
                compared.push(desc);
            } else if first == asc || *operator == "=" {
                compared.push(asc);
            }
        }
        for column in compared {
            let one = Sql::new("t.").text(column).text(" ").text(operator).text(" ").bind(value.clone());
            let begins = matches!((*operator, falling), (">=", false) | ("<", true));
            let all = if begins && column == first { &mut bound } else { &mut condition };
            *all = Some(match all.take() {
                None => one,
                Some(all) => all.text(" AND ").append(one),
            });
        }
    }
    Some(ListQuery { condition, bound, after, order: columns, limit, words: None })
}

/// The order: what was asked for, or the reference.
pub fn order(kind: &KindDef, asked: &[(String, bool)]) -> Vec<Key> {
    let asked: Vec<(String, bool)> =
        if asked.is_empty() { vec![("reference".to_owned(), false)] } else { asked.to_vec() };
    asked
        .iter()
        .filter_map(|(name, descending)| {
            let column = kind.def.all_columns().find(|column| column.name == name)?;
            let stored = match (column.sort, descending) {
                (Sort::Nullable { asc, .. }, false) => asc,
                (Sort::Nullable { desc, .. }, true) => desc,
                _ => column.column,
            };
            Some((column, stored, *descending))
        })
        .collect()
}

/// The values of a row's sort keys.
fn position_of(row: &Row, order: &[Key]) -> Result<Position, Problem> {
    let content = row.content_value()?;
    let keys = order
        .iter()
        .map(|(column, _, descending)| {
            if column.name == "reference" {
                return Val::Text(row.reference.clone());
            }
            let member = column.member(content);
            let value = match column.ty {
                Ty::Int => Val::OptInt(member.as_i64()),
                Ty::Money => Val::OptInt(money::pence_of(member)),
                Ty::Bool => Val::OptBool(member.as_bool()),
                Ty::Date => Val::OptDate(member.as_str().and_then(|text| text.parse().ok())),
                Ty::Text | Ty::Ref(_) => Val::OptText(member.as_str().map(str::to_owned)),
            };
            match instead_of_null(&value, *descending) {
                Val::OptInt(Some(number)) => Val::Int(number),
                Val::OptBool(Some(yes)) => Val::Bool(yes),
                Val::OptDate(Some(day)) => Val::Date(day),
                Val::OptText(Some(text)) => Val::Text(text),
                other => other,
            }
        })
        .collect();
    Ok(Position { keys, id: Some(row.record) })
}

/// What a cursor is bound to.
fn context(call: &Call, kind: &KindDef) -> String {
    let query = call.params.canonical(&["cursor", "limit", "fields", "include", "count", "format"]);
    format!("list {} by {} with {query}", kind.def.name, call.actor.name())
}

/// The filters that were given.
fn given(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Given>, Problem> {
    let mut all = vec![];
    for column in kind.def.all_columns() {
        for (suffix, operator) in [("", "="), ("[gte]", ">="), ("[lt]", "<")] {
            let name = format!("{}{suffix}", column.name);
            if let Some(value) = filter_value(call, conn, column, &name, visibility, faults)? {
                all.push((*column, operator, value));
            }
        }
    }
    Ok(all)
}

/// The conditions of the filters by what stands in a list of names. The records that name it are found by it, and
/// then put in order: a provider has few services among all that there are.
fn linked(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Sql>, Problem> {
    let mut all = vec![];
    for linked in kind.def.linked {
        let Some(reference) = kind.reference_at(linked.path) else { continue };
        let named = Column::new(linked.name, Ty::Ref(reference.kind));
        if let Some(other) = filter_value(call, conn, &named, linked.name, visibility, faults)? {
            all.push(naming(reference, other));
        }
    }
    Ok(all)
}

/// The condition on a version that names that record there.
fn naming(reference: &Reference, other: Val) -> Sql {
    Sql::new("(t.record, t.version) IN (SELECT l.record, l.version FROM link l WHERE l.other = ")
        .bind(other)
        .text(" AND l.rel = ")
        .bind(reference.rel)
        .text(" AND l.member = ")
        .bind(reference.path)
        .text(")")
}

fn filter_value(
    call: &Call,
    conn: &mut Conn,
    column: &Column,
    name: &str,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Option<Val>, Problem> {
    if !call.params.has(name) {
        return Ok(None);
    }
    Ok(match column.ty {
        Ty::Text => call.params.text(name).map(Val::from),
        Ty::Int => call.params.int(name).map(Val::Int),
        Ty::Bool => Some(Val::Bool(call.params.flag(name))),
        Ty::Date => call.params.date(name).map(Val::Date),
        Ty::Money => call.params.pence(name).map(Val::Int),
        Ty::Ref(other) => {
            let other = call.state.kind(other).ok_or_else(|| Problem::internal("a filter by no kind"))?;
            let text = call.params.text(name).unwrap_or_default();
            let row = match Name::parse(other, text) {
                Some(name) => read::one(conn, other, &name, visibility)?,
                None => None,
            };
            if row.is_none() {
                faults.push(Fault::parameter(name, "not_found", no_such(other.def.name, other.def.workflow)));
            }
            row.map(|row| Val::Id(row.record))
        }
    })
}
