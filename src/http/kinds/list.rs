//! Lists: filters, order, page, `fields`, `include`, `count`, JSON or CSV.

use serde_json::{Map, Value, json};

use percent_encoding::{CONTROLS, utf8_percent_encode};

use super::include::{included, named, render};
use super::read::{list_members, sight_of};
use crate::http::accept::quality;
use crate::http::paging::{self, Position};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply, csv};
use crate::problem::{self, Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::kind::{Column, Facts, Filter, Format, KindDef, SOURCES, Sort, Ty};
use crate::record::money;
use crate::record::read::{self, ListQuery, Name, Row};
use crate::record::resolve::no_such;
use crate::record::search;
use crate::record::version::instead_of_null;
use crate::record::visible::Sight;
use crate::record::words::{self, Query};
use crate::store::{Conn, Sql, Val};

/// How many rows a page has when nothing is said.
const LIMIT: i64 = 50;

/// The parameters of a kind's list.
pub fn list_params(kind: &KindDef) -> Vec<Param> {
    let mut params = vec![
        Param::new("limit", ParamType::Int(1, 200), "How many records a page has; 50 when left out."),
        Param::new(
            "cursor",
            ParamType::Text(4_000),
            "Where the page begins: `page.next` of the page before.",
        ),
        Param::new(
            "sort",
            ParamType::Some { of: sort_names(kind), signed: true, most: 3 },
            "The order: names with commas between, `-` in front of one for descending. Text sorts by code point, nulls last.",
        ),
        Param::new(
            "count",
            ParamType::Bool,
            "With `true` the answer has `total`, the number of records in the whole list.",
        ),
        Param::new(
            "as_of",
            ParamType::Moment,
            "What was public at this moment, by RFC 3339; not in the future.",
        ),
        Param::new(
            "fields",
            ParamType::Some { of: list_members(kind), signed: false, most: 50 },
            "Only these members of each record, with commas between.",
        ),
        search_param(),
        format_of(kind),
    ];
    if let Some(include) = include_param(kind) {
        params.push(include);
    }
    for column in kind.def.all_columns() {
        params.extend(filters(kind, column));
    }
    params
}

/// `format=`, for those who cannot set `Accept`.
pub fn format_param() -> Param {
    Param::new(
        "format",
        ParamType::OneOf(vec!["json", "csv"]),
        "The format, in place of the `Accept` header.",
    )
}

/// The same for a kind's list, which may be had in other forms too.
fn format_of(kind: &KindDef) -> Param {
    let mut param = format_param();
    if let ParamType::OneOf(names) = &mut param.ty {
        names.extend(kind.formats.iter().map(|format| format.name));
    }
    for format in kind.formats {
        param.description.push_str(&format!(" `{}`: {}", format.name, format.about));
    }
    param
}

/// `q=`: the words to be found.
pub fn search_param() -> Param {
    Param::new(
        "q",
        ParamType::Text(words::QUERY),
        "Only those that have all of these words, at most 8, in their title, reference or text. Case, accents and apostrophes make no difference; `word*` finds words that begin so; nothing else has a meaning.",
    )
}

/// The words of `q=`, if it is given and has any; what is wrong with it goes to the faults.
pub fn searched(call: &Call, faults: &mut Vec<Fault>) -> Option<Query> {
    match Query::parse(call.params.text("q")?) {
        Ok(query) => Some(query),
        Err((code, detail)) => {
            faults.push(Fault::parameter("q", code, detail));
            None
        }
    }
}

/// `include=`, where the kind has something to include.
pub fn include_param(kind: &KindDef) -> Option<Param> {
    let of: Vec<String> = kind.def.includes.iter().map(|include| include.name().to_owned()).collect();
    (!of.is_empty()).then(|| {
        Param::new(
            "include",
            ParamType::Some { of, signed: false, most: 5 },
            "Records to bring along under `included`, with commas between. Not in CSV.",
        )
    })
}

fn sort_names(kind: &KindDef) -> Vec<String> {
    kind.def
        .all_columns()
        .filter(|column| column.sort != Sort::No)
        .map(|column| column.name.to_owned())
        .collect()
}

fn filters(kind: &KindDef, column: &Column) -> Vec<Param> {
    let ty = || match column.ty {
        Ty::Text => match kind.codes(column.name) {
            Some(codes) => ParamType::Code(codes),
            None => ParamType::Text(200),
        },
        Ty::Int => ParamType::Int(0, 1_000_000),
        Ty::Bool => ParamType::Bool,
        Ty::Date => ParamType::Date,
        Ty::Money => ParamType::Money,
        Ty::Ref(_) => ParamType::Reference,
    };
    let one = |name: String, description: String| Param::new(name, ty(), description);
    let name = column.name;
    match column.filter {
        Filter::No => vec![],
        Filter::Equal => {
            let what = match column.ty {
                Ty::Ref(kind) => format!(
                    "Only those whose `{name}` is this {}: its id or its reference.",
                    kind.replace('_', " ")
                ),
                _ => format!("Only those whose `{name}` is exactly this."),
            };
            vec![one(name.to_owned(), what)]
        }
        Filter::Range => {
            let (from, to) = match column.ty {
                Ty::Int | Ty::Money => ("this or more", "less than this"),
                _ => ("this or later", "before this"),
            };
            vec![
                one(name.to_owned(), format!("Only those whose `{name}` is exactly this.")),
                one(format!("{name}[gte]"), format!("Only those whose `{name}` is {from}.")),
                one(format!("{name}[lt]"), format!("Only those whose `{name}` is {to}.")),
            ]
        }
    }
}

/// `GET /v1/{kind}`.
pub fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = call.operation.kind.ok_or_else(|| Problem::internal("a list without a kind"))?;
    let csv = wants_csv(call)?;
    let format = kind.formats.iter().find(|format| call.params.text("format") == Some(format.name));
    let mut faults = call.params.faults.clone();
    // With a moment that cannot be looked at, the other faults are looked for as of now.
    let sight = sight_of(call).unwrap_or_else(|problem| {
        faults.extend(problem.errors);
        call.sight()
    });
    // What goes out in another standard's form is passed on as it is: it holds what is public, whoever asks.
    let sight = if format.is_some() { sight.public() } else { sight };
    let given = given(call, conn, kind, &sight, &mut faults)?;
    let words = searched(call, &mut faults);
    let order = order(kind, call.params.names("sort"));
    let limit = call.params.int("limit").unwrap_or(format.map_or(LIMIT, |format| format.most));
    let context = context(call, kind);
    let position = match call.params.text("cursor") {
        Some(cursor) => match paging::open(&call.state.keys, &context, cursor, call.now()) {
            Ok(position) => Some(position),
            Err(problem) => {
                faults.extend(problem.errors);
                None
            }
        },
        None => None,
    };
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
    let mut query = query_for(&given, &order, position.as_ref(), limit + 1)
        .ok_or_else(|| Problem::internal("a cursor of another order was opened"))?;
    if let Some(words) = &words {
        query = query.with_words(search::matches(words, conn.is_pg()));
    }
    let mut page = query.page(kind, &sight);
    // What some words cost differs much from what others do: each query of words is planned for its own.
    if given.len() > 1 || order.len() > 1 || words.is_some() {
        page = page.one_off();
    }
    let mut rows: Vec<Row> = diesel::RunQueryDsl::load(page, conn)?;
    let total = match call.params.flag("count") {
        true => Some(query.count(conn, kind, &sight)?),
        false => None,
    };
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = match rows.last() {
        Some(last) if more => {
            let position = position_of(last, &order)?;
            Some(paging::seal(&call.state.keys, &context, &position, Some(call.now()))?)
        }
        _ => None,
    };
    let texts = render(conn, kind, &rows, &sight)?;
    let fields = fields(call);
    let page = Page { limit, next, total };
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
        let included = included(call, conn, kind, &rows, &sight)?;
        let texts: Vec<String> = values.iter().map(Value::to_string).collect();
        return Ok(json_reply(call, &texts, &page, included));
    }
    let included = included(call, conn, kind, &rows, &sight)?;
    Ok(json_reply(call, &texts, &page, included))
}

/// The members asked for by `fields=`.
pub fn fields(call: &Call) -> Vec<String> {
    call.params.names("fields").iter().map(|(name, _)| name.clone()).collect()
}

/// Only these members, in the order asked for.
pub fn select(value: &Value, fields: &[String]) -> Value {
    let members: Map<String, Value> =
        fields.iter().map(|field| (field.clone(), value[field].clone())).collect();
    Value::Object(members)
}

/// What surrounds the rows of a page.
pub struct Page {
    /// How many it may have.
    pub limit: i64,
    /// Where the next begins.
    pub next: Option<String>,
    /// How many there are in all, if asked.
    pub total: Option<i64>,
}

/// A list that is not of a kind (versions, changes): rows that are values already.
pub fn list_reply(call: &Call, members: &[&str], rows: &[Value], page: &Page) -> Result<Reply, Problem> {
    if wants_csv(call)? {
        let members: Vec<String> = members.iter().map(|member| (*member).to_owned()).collect();
        return csv_reply(call, &members, rows, page, &[]);
    }
    let texts: Vec<String> = rows.iter().map(Value::to_string).collect();
    Ok(json_reply(call, &texts, page, None))
}

/// Where a page comes from: each source that its records name, with that source's own licence.
fn licences(call: &Call, conn: &mut Conn, rows: &[Row]) -> Result<Vec<(String, String)>, Problem> {
    let sources = named(conn, rows, SOURCES.path, &Sight::as_of(call.now()))?;
    let mut all: Vec<(String, String)> = vec![];
    for source in sources {
        let content: Value = serde_json::from_str(&source.content).map_err(Problem::internal)?;
        all.push((source.reference, content["licence"].as_str().unwrap_or_default().to_owned()));
    }
    all.sort();
    Ok(all)
}

/// The page in the form of another standard.
fn in_format(
    call: &Call,
    conn: &mut Conn,
    format: &Format,
    rows: &[Row],
    values: &[Value],
    page: &Page,
) -> Result<Reply, Problem> {
    let owner = rows.first().and_then(|row| row.owner_reference.clone());
    let owner = owner.filter(|owner| rows.iter().all(|row| row.owner_reference.as_ref() == Some(owner)));
    let publisher = match (owner, call.state.kind(ORGANISATION)) {
        (Some(owner), Some(kind)) => {
            let row = read::one(conn, kind, &Name::Shared(owner), &Sight::as_of(call.now()))?;
            row.and_then(|row| serde_json::from_str(&row.content).ok())
        }
        _ => None,
    };
    let mut licences: Vec<String> =
        licences(call, conn, rows)?.into_iter().map(|(_, licence)| licence).collect();
    licences.sort_unstable();
    licences.dedup();
    let address = format!("{}{}?{}", call.state.public_url, call.target, call.query);
    let facts = Facts {
        base: &call.state.public_url,
        address: &address,
        publisher: publisher.as_ref(),
        licences: &licences,
    };
    let mut reply = Reply::json((format.write)(&facts, values)?);
    reply.content_type = format.content_type;
    Ok(linked(call, provenance(call, reply), page))
}

/// When it was asked for, and how to cite it.
fn provenance(call: &Call, reply: Reply) -> Reply {
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let citation =
        format!("OnRecord, {}{}{query}, retrieved {}", call.state.public_url, call.target, call.now());
    reply.header("X-Retrieved-At", call.now().to_string()).header("X-Citation", plain(&citation))
}

/// A header holds visible ASCII; what is not stands percent-encoded.
fn plain(text: &str) -> String {
    utf8_percent_encode(text, CONTROLS).to_string()
}

/// CSV has no room for where it comes from: headers say it.
fn csv_reply(
    call: &Call,
    members: &[String],
    rows: &[Value],
    page: &Page,
    licences: &[(String, String)],
) -> Result<Reply, Problem> {
    let body = csv::write(members, rows)?;
    let mut reply = Reply::json(body);
    reply.content_type = "text/csv; charset=utf-8";
    if let Some(total) = page.total {
        reply = reply.header("X-Total-Count", total.to_string());
    }
    reply = provenance(call, reply);
    if !licences.is_empty() {
        let sources: Vec<&str> = licences.iter().map(|(source, _)| source.as_str()).collect();
        let mut distinct: Vec<&str> = licences.iter().map(|(_, licence)| licence.as_str()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        reply =
            reply.header("X-Source", sources.join(", ")).header("X-Licence", plain(&distinct.join(" | ")));
    }
    Ok(linked(call, reply, page))
}

fn json_reply(call: &Call, texts: &[String], page: &Page, included: Option<Map<String, Value>>) -> Reply {
    let mut about = json!({"limit": page.limit, "next": page.next});
    if let Some(total) = page.total {
        about["total"] = json!(total);
    }
    let mut body = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum::<usize>() + 300);
    body.push_str("{\"data\":[");
    for (n, text) in texts.iter().enumerate() {
        if n > 0 {
            body.push(',');
        }
        body.push_str(text);
    }
    body.push_str("],\"page\":");
    body.push_str(&about.to_string());
    if let Some(included) = included {
        body.push_str(",\"included\":");
        body.push_str(&Value::Object(included).to_string());
    }
    body.push('}');
    linked(call, Reply::json(body), page)
}

/// `Link: <…>; rel="next"` (RFC 8288).
fn linked(call: &Call, reply: Reply, page: &Page) -> Reply {
    match &page.next {
        None => reply,
        Some(next) => {
            let link = call.next_link(next);
            reply.header("Link", format!("<{link}>; rel=\"next\""))
        }
    }
}

/// Whether CSV is asked for, by `format=` or by `Accept`.
pub fn wants_csv(call: &Call) -> Result<bool, Problem> {
    if let Some(format) = call.params.text("format") {
        return Ok(format == "csv");
    }
    let Some(accept) = &call.headers.accept else {
        return Ok(false);
    };
    let (json, csv) = (quality(accept, "application/json"), quality(accept, "text/csv"));
    if json == 0 && csv == 0 {
        return Err(Problem::new(
            &problem::NOT_ACCEPTABLE,
            "This list can be had as application/json or text/csv.",
        ));
    }
    Ok(csv > json)
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
    let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
    let keys = order
        .iter()
        .map(|(column, _, descending)| {
            if column.name == "reference" {
                return Val::Text(row.reference.clone());
            }
            let member = column.member(&content);
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
    sight: &Sight,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Given>, Problem> {
    let mut all = vec![];
    for column in kind.def.all_columns() {
        for (suffix, operator) in [("", "="), ("[gte]", ">="), ("[lt]", "<")] {
            let name = format!("{}{suffix}", column.name);
            if let Some(value) = filter_value(call, conn, column, &name, sight, faults)? {
                all.push((*column, operator, value));
            }
        }
    }
    Ok(all)
}

fn filter_value(
    call: &Call,
    conn: &mut Conn,
    column: &Column,
    name: &str,
    sight: &Sight,
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
                Some(name) => read::one(conn, other, &name, sight)?,
                None => None,
            };
            if row.is_none() {
                faults.push(Fault::parameter(name, "not_found", no_such(other.def.name, other.def.workflow)));
            }
            row.map(|row| Val::Id(row.record))
        }
    })
}
