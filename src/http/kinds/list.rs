//! `GET /v1/{kind}`: filters, order and page. The parameters are in `list_params.rs`, the responses in `list_reply.rs`.

use diesel::prelude::*;
use serde_json::Value;

use super::include::{included, render};
use super::list_params::search_query;
use super::list_reply::{csv_reply, fields, in_format, json_reply, licences, select, wants_csv};
use super::read::{kind_of, list_fields, visibility_of};
use crate::clock::Id;
use crate::http::paging::{self, Page, PageRequest, Position};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::derived::or_extreme;
use crate::record::kind::{Column, Format, KindDef, Reference, Sort, Ty};
use crate::record::money;
use crate::record::read::{self, ListQuery};
use crate::record::resolve::no_such;
use crate::record::row::Row;
use crate::record::search;
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql, Val};

/// `GET /v1/{kind}`.
pub fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kind_of(call)?;
    let request = ListRequest::read(call, conn, kind)?;
    let mut page = request.query.page(kind, &request.visibility);
    if request.one_off {
        page = page.one_off();
    }
    let mut rows: Vec<Row> = page.load(conn)?;
    let total = match call.params.flag("count") {
        true => Some(request.query.count(conn, kind, &request.visibility)?),
        false => None,
    };
    let page = request.page.truncate_at(&mut rows, |last| position_of(last, &request.order))?;
    request.reply(call, conn, &rows, &Page { total, ..page })
}

/// A request for a list, read and checked.
struct ListRequest<'a> {
    kind: &'static KindDef,
    csv: bool,
    format: Option<&'static Format>,
    visibility: Visibility,
    order: Vec<Key>,
    page: PageRequest<'a>,
    query: ListQuery,
    /// The cost of the query depends much on its values: it is planned for them, and not prepared.
    one_off: bool,
}

impl<'a> ListRequest<'a> {
    /// Reads the parameters; 400 with all faults.
    fn read(call: &'a Call, conn: &mut Conn, kind: &'static KindDef) -> Result<ListRequest<'a>, Problem> {
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
        let mut page = PageRequest::in_context(call, context(call, kind));
        if let Some(format) = format {
            page = page.default_limit(format.default_limit);
        }
        let position = page.position().unwrap_or_else(|problem| {
            faults.extend(problem.errors);
            None
        });
        refuse_with_format(call, csv, format, &mut faults);
        if !faults.is_empty() {
            return Err(Problem::bad_request(faults));
        }
        let one_off = filters.len() > 1 || order.len() > 1 || words.is_some() || !linked.is_empty();
        let mut query = query_for(&filters, &order, position.as_ref(), page.rows_to_read())
            .ok_or_else(|| Problem::internal("a cursor of another order was opened"))?;
        for condition in linked {
            query = query.with_condition(condition);
        }
        if let Some(words) = &words {
            query = query.with_words(search::matches(words, conn.is_pg()));
        }
        Ok(ListRequest { kind, csv, format, visibility, order, page, query, one_off })
    }

    /// The page in the requested format.
    fn reply(&self, call: &Call, conn: &mut Conn, rows: &[Row], page: &Page) -> Result<Reply, Problem> {
        let texts = render(conn, self.kind, rows, &self.visibility)?;
        let fields = fields(call);
        if !self.csv && self.format.is_none() && fields.is_empty() {
            let included = included(call, conn, self.kind, rows, &self.visibility)?;
            return Ok(json_reply(call, &texts, page, included));
        }
        let values: Result<Vec<Value>, _> = texts.iter().map(|text| serde_json::from_str(text)).collect();
        let values = values.map_err(Problem::internal)?;
        if let Some(format) = self.format {
            return in_format(call, conn, format, rows, &values, page);
        }
        if self.csv {
            let columns = if fields.is_empty() { csv_columns(self.kind, &values) } else { fields };
            let licences = licences(call, conn, rows)?;
            return csv_reply(call, &columns, &values, page, &licences);
        }
        let texts: Vec<String> = values.iter().map(|value| select(value, &fields).to_string()).collect();
        let included = included(call, conn, self.kind, rows, &self.visibility)?;
        Ok(json_reply(call, &texts, page, included))
    }
}

/// The columns of a list: `edit` too where the reader sees working versions, so that a line says which one it shows.
fn csv_columns(kind: &KindDef, rows: &[Value]) -> Vec<String> {
    let mut columns = list_fields(kind);
    if rows.iter().any(|row| row["edit"].is_number())
        && let Some(at) = columns.iter().position(|column| column == "version")
    {
        columns.insert(at + 1, "edit".to_owned());
    }
    columns
}

/// Adds a fault for each parameter that has no meaning in the requested format.
fn refuse_with_format(call: &Call, csv: bool, format: Option<&Format>, faults: &mut Vec<Fault>) {
    if csv && call.params.has("include") {
        let detail = "CSV cannot include related records; request JSON, or request their own list.";
        faults.push(Fault::parameter("include", "not_in_csv", detail));
    }
    for name in ["include", "fields"] {
        if format.is_some() && call.params.has(name) {
            let detail = "The standard fixes the fields of this format; leave this parameter out.";
            faults.push(Fault::parameter(name, "not_in_format", detail));
        }
    }
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
