//! `GET /v1/{kind}`: filters, order and page. The parameters are in `list_params.rs`, the responses in `list_reply.rs`.

use serde_json::Value;

use super::include::{included, render};
use super::list_params::search_query;
use super::list_reply::{csv_reply, fields, in_format, json_reply, licences, select, wants_csv};
use super::read::{list_fields, visibility_of};
use crate::clock::Id;
use crate::http::paging::{self, Page, PageRequest, Position};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::{Column, KindDef, Reference, Sort, Ty};
use crate::record::money;
use crate::record::read::{self, ListQuery};
use crate::record::resolve::no_such;
use crate::record::row::Row;
use crate::record::search;
use crate::record::version::or_extreme;
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql, Val};

/// `GET /v1/{kind}`.
pub fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = call.operation.kind.ok_or_else(|| Problem::internal("a list without a kind"))?;
    let csv = wants_csv(call)?;
    let format = kind.formats.iter().find(|format| call.params.text("format") == Some(format.name));
    let mut faults = call.params.faults.clone();
    // If `as_of` is wrong, the other faults are looked for as of now.
    let visibility = visibility_of(call).unwrap_or_else(|problem| {
        faults.extend(problem.errors);
        call.visibility()
    });
    // A file in another standard's format will be passed on: it has only what is public, whoever requests it.
    let visibility = if format.is_some() { visibility.public() } else { visibility };
    let filters = filters(call, conn, kind, &visibility, &mut faults)?;
    let linked = linked(call, conn, kind, &visibility, &mut faults)?;
    let words = search_query(call, &mut faults);
    let order = order(kind, call.params.names("sort"));
    let mut page_request = PageRequest::in_context(call, context(call, kind));
    if let Some(format) = format {
        page_request = page_request.default_limit(format.default_limit);
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
            let detail = "The standard fixes the fields of this format; leave this parameter out.";
            faults.push(Fault::parameter(name, "not_in_format", detail));
        }
    }
    if !faults.is_empty() {
        return Err(Problem::bad_request(faults));
    }
    let mut query = query_for(&filters, &order, position.as_ref(), page_request.rows_to_read())
        .ok_or_else(|| Problem::internal("a cursor of another order was opened"))?;
    let by_column = linked.is_empty();
    for condition in linked {
        query = query.with_condition(condition);
    }
    if let Some(words) = &words {
        query = query.with_words(search::matches(words, conn.is_pg()));
    }
    let mut page = query.page(kind, &visibility);
    // The cost depends much on the words, or on the record named: each such query is planned for its own values.
    if filters.len() > 1 || order.len() > 1 || words.is_some() || !by_column {
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
            let columns = if fields.is_empty() { list_fields(kind) } else { fields };
            let licences = licences(call, conn, &rows)?;
            return csv_reply(call, &columns, &values, &page, &licences);
        }
        let values: Vec<Value> = values.iter().map(|value| select(value, &fields)).collect();
        let included = included(call, conn, kind, &rows, &visibility)?;
        let texts: Vec<String> = values.iter().map(Value::to_string).collect();
        return Ok(json_reply(call, &texts, &page, included));
    }
    let included = included(call, conn, kind, &rows, &visibility)?;
    Ok(json_reply(call, &texts, &page, included))
}

/// A sort key: the column of the definition, the column of the table, and whether it descends.
pub type Key = (&'static Column, &'static str, bool);

/// A filter of the request: its column, the operator (`=`, `>=`, `<`), and the value.
pub type ColumnFilter = (Column, &'static str, Val);

/// The query of a page, which the tests of query plans use too. `None` for a position in another order.
pub fn query_for(
    filters: &[ColumnFilter],
    order: &[Key],
    position: Option<&Position>,
    limit: i64,
) -> Option<ListQuery> {
    let columns: Vec<(&'static str, bool)> =
        order.iter().map(|(_, column, descending)| (*column, *descending)).collect();
    let (first, descending) = columns.first().copied().unwrap_or_default();
    let after = match position {
        Some(position) => Some(paging::after(&columns, position)?),
        None => None,
    };
    let mut condition: Option<Sql> = None;
    let mut bound: Option<Sql> = None;
    for (column, operator, value) in filters {
        let mut compared = vec![column.column];
        if let Sort::Nullable { asc, desc } = column.sort {
            // The condition is repeated on the sort key, which has the same value unless null: only that is indexed.
            if first == desc {
                compared.push(desc);
            } else if first == asc || *operator == "=" {
                compared.push(asc);
            }
        }
        for column in compared {
            let one = Sql::new("t.").text(column).text(" ").text(operator).text(" ").bind(value.clone());
            let begins = matches!((*operator, descending), (">=", false) | ("<", true));
            let all = if begins && column == first { &mut bound } else { &mut condition };
            *all = Some(match all.take() {
                None => one,
                Some(all) => all.text(" AND ").append(one),
            });
        }
    }
    Some(ListQuery { condition, bound, after, order: columns, limit, words: None })
}

/// The sort keys that `sort=` requests, or the reference.
pub fn order(kind: &KindDef, requested: &[(String, bool)]) -> Vec<Key> {
    let requested: Vec<(String, bool)> =
        if requested.is_empty() { vec![("reference".to_owned(), false)] } else { requested.to_vec() };
    requested
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
            let field = column.value_in(content);
            let value = match column.ty {
                Ty::Int => Val::OptInt(field.as_i64()),
                Ty::Money => Val::OptInt(money::pence_of(field)),
                Ty::Bool => Val::OptBool(field.as_bool()),
                Ty::Date => Val::OptDate(field.as_str().and_then(|text| text.parse().ok())),
                Ty::Text | Ty::Ref(_) => Val::OptText(field.as_str().map(str::to_owned)),
            };
            match or_extreme(&value, *descending) {
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

/// The list, with its filters and order, to which its cursors are bound.
fn context(call: &Call, kind: &KindDef) -> String {
    let query = call.params.canonical(&["cursor", "limit", "fields", "include", "count", "format"]);
    format!("list {} by {} with {query}", kind.def.name, call.actor.name())
}

/// The filters of the request.
fn filters(
    call: &Call,
    conn: &mut Conn,
    kind: &KindDef,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Vec<ColumnFilter>, Problem> {
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

/// The conditions of the filters by a record that a list field names. The database finds the records that name it, and
/// then sorts them: a provider has few of all services.
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

/// The condition on a version that names a record by this reference.
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
        Ty::Ref(other) => record_filter(call, conn, name, other, visibility, faults)?.map(Val::Id),
    })
}

/// The record that a parameter names, if the request has it. Adds a fault if the caller sees no such record.
pub fn record_filter(
    call: &Call,
    conn: &mut Conn,
    param: &str,
    kind: &str,
    visibility: &Visibility,
    faults: &mut Vec<Fault>,
) -> Result<Option<Id>, Problem> {
    if !call.params.has(param) {
        return Ok(None);
    }
    let kind = call.state.kind(kind).ok_or_else(|| Problem::internal("a filter by an unknown kind"))?;
    let row = read::by_name(conn, kind, call.params.text(param).unwrap_or_default(), visibility)?;
    if row.is_none() {
        faults.push(Fault::parameter(param, "not_found", no_such(kind.def.name, kind.def.workflow)));
    }
    Ok(row.map(|row| row.record))
}
