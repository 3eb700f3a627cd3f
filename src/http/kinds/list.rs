//! `GET /v1/{kind}`: order and page. The parameters are in `list_params.rs`, the filters in `filters.rs`, the responses in
//! `list_reply.rs`.

use diesel::prelude::*;
use serde_json::Value;

use super::filters::{self, ColumnFilter};
use super::include::{included, render};
use super::list_params::search_query;
use super::list_reply::{
    accepted_type, csv_reply, fields, in_format, json_reply, licences, select, wants_csv,
};
use super::read::{kind_of, list_fields, visibility_of};
use crate::http::paging::{self, Page, PageRequest, Position};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::derived::or_extreme;
use crate::record::kind::{Column, Format, KindDef, Sort, Ty};
use crate::record::money;
use crate::record::read::ListQuery;
use crate::record::row::Row;
use crate::record::search;
use crate::record::visible::Visibility;
use crate::store::{Conn, Sql, Val};

/// How many rows Parquet has without `limit`: its readers follow no links.
const MOST_OF_PARQUET: i64 = 10_000;

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
        let accepted = accepted_type(call);
        let format = kind.formats.iter().find(|format| match call.params.text("format") {
            Some(name) => name == format.name,
            // Its media type is one that no other form of the list has.
            None => format.schema.is_some() && accepted == Some(format.content_type),
        });
        let mut faults = call.params.faults.clone();
        // If `as_of` is wrong, the other faults are looked for as of now.
        let visibility = visibility_of(call).unwrap_or_else(|problem| {
            faults.extend(problem.errors);
            call.visibility()
        });
        // A file in another standard's format will be passed on: it has only what is public, whoever requests it.
        let visibility = if format.is_some() { visibility.public() } else { visibility };
        let filters = filters::of_columns(call, conn, kind, &visibility, &mut faults)?;
        let mut conditions = filters::linked(call, conn, kind, &visibility, &mut faults)?;
        conditions.extend(filters::computed(call, kind, &visibility));
        conditions.extend(filters::state(call, kind, &visibility, &mut faults));
        let words = search_query(call, &mut faults);
        let order = order(kind, call.params.names("sort"));
        let mut page = PageRequest::in_context(call, context(call, kind));
        if let Some(format) = format {
            page = page.default_limit(format.default_limit);
        } else if call.is_for_parquet() {
            page = page.default_limit(MOST_OF_PARQUET);
        }
        let position = page.position().unwrap_or_else(|problem| {
            faults.extend(problem.errors);
            None
        });
        refuse_with_format(call, csv, format, &mut faults);
        if !faults.is_empty() {
            return Err(Problem::bad_request(faults));
        }
        let one_off = filters.len() > 1 || order.len() > 1 || words.is_some() || !conditions.is_empty();
        let mut query = query_for(&filters, &order, position.as_ref(), page.rows_to_read())
            .ok_or_else(|| Problem::internal("a cursor of another order was opened"))?;
        for condition in conditions {
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
            return Ok(Reply {
                of_body: one_body(rows),
                ..in_format(call, conn, format, rows, &values, page)?
            });
        }
        if self.csv {
            let of_body = one_body(rows);
            let columns = if fields.is_empty() { csv_columns(self.kind, &values) } else { fields };
            let licences = licences(call, conn, rows)?;
            return Ok(Reply { of_body, ..csv_reply(call, &columns, &values, page, &licences)? });
        }
        let texts: Vec<String> = values.iter().map(|value| select(value, &fields).to_string()).collect();
        let included = included(call, conn, self.kind, rows, &self.visibility)?;
        Ok(json_reply(call, &texts, page, included))
    }
}

/// The policing body, if all rows belong to one.
fn one_body(rows: &[Row]) -> Option<String> {
    let first = rows.first()?.body_reference.clone()?;
    rows.iter().all(|row| row.body_reference.as_ref() == Some(&first)).then_some(first)
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

/// The query of a page, which the tests of query plans use too. Several filters `=` of one column are alternatives. `None`
/// for a position in another order.
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
    let mut query =
        ListQuery { condition: None, bound: None, after, order: columns, limit, words: None, either: vec![] };
    for (n, (column, operator, value)) in filters.iter().enumerate() {
        let same = |other: &&ColumnFilter| other.0.name == column.name && other.1 == "=";
        if *operator == "=" && filters.iter().filter(same).count() > 1 {
            if filters[..n].iter().any(|other| same(&other)) {
                continue;
            }
            let values: Vec<Val> = filters.iter().filter(same).map(|(_, _, value)| value.clone()).collect();
            let is = |value: Val| Sql::new("t.").text(column.column).text(" = ").bind(value);
            match query.either.is_empty() {
                true => query.either = values.into_iter().map(is).collect(),
                // The list is merged by one column; the others only narrow it.
                false => {
                    let among = Sql::new("t.").text(column.column).text(" IN (").bind_all(values).text(")");
                    query = query.with_condition(among);
                }
            }
            continue;
        }
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
            if begins && column == first {
                query.bound = Some(match query.bound.take() {
                    None => one,
                    Some(bound) => bound.text(" AND ").append(one),
                });
            } else {
                query = query.with_condition(one);
            }
        }
    }
    Some(query)
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
    let query = call.params.canonical(&["cursor", "limit", "fields", "include", "count", "format", "for"]);
    format!("list {} by {} with {query}", kind.def.name, call.actor.name())
}
