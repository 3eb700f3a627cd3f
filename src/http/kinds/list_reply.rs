//! The responses of lists: JSON, CSV or a format of another standard, with the links and headers of a page.

use std::borrow::Cow;

use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::include::named;
use crate::http::accept::{PAGE, PARQUET, choose};
use crate::http::csv::{Audience, Columns};
use crate::http::operation::Answer;
use crate::http::paging::Page;
use crate::http::{Call, Reply, csv};
use crate::problem::{self, Fault, Problem};
use crate::record::ORGANISATION;
use crate::record::kind::{Facts, Format, SOURCES};
use crate::record::read;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::store::Conn;

/// The parameter that says what a CSV is read with.
pub const FOR: &str = "for";

/// How many bytes a header can have that grows with the rows of a page.
const MAX_HEADER: usize = 4_000;

/// The fields of a record by which its page knows it, cites it and leads to it. The title comes with them.
pub const NEEDED_BY_PAGES: &[&str] = &["id", "kind", "reference", "body", "self", "version"];

/// The fields that `fields=` requests. A page takes with them those by which it knows the record and leads to it.
pub fn fields(call: &Call) -> Vec<String> {
    let mut fields: Vec<String> = call.params.names("fields").iter().map(|(name, _)| name.clone()).collect();
    if let Some(kind) = call.operation.kind.filter(|_| !fields.is_empty() && call.is_for_page()) {
        let missing = |name: &&&str| !call.params.names("fields").iter().any(|(known, _)| known == *name);
        let needed = NEEDED_BY_PAGES.iter().chain([&kind.def.title]);
        fields.extend(needed.filter(missing).map(|name| (*name).to_owned()));
    }
    fields
}

/// A record with only these fields, in this order.
pub fn select(value: &Value, fields: &[String]) -> Value {
    let selected: Map<String, Value> =
        fields.iter().map(|field| (field.clone(), value[field].clone())).collect();
    Value::Object(selected)
}

/// The rows of a list, serialised.
pub fn values<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<Value>, Problem> {
    let rows: Result<_, _> = rows.into_iter().map(serde_json::to_value).collect();
    rows.map_err(Problem::internal)
}

/// The response of a list that is not of a kind (versions, changes). `fields` are the columns of its CSV.
pub fn list_reply(call: &Call, fields: &[&str], rows: &[Value], page: &Page) -> Result<Reply, Problem> {
    if wants_csv(call)? {
        let columns: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        return csv_reply(call, &columns, rows, page, &[]);
    }
    let texts: Vec<String> = rows.iter().map(Value::to_string).collect();
    Ok(json_reply(call, &texts, page, None))
}

/// [`list_reply`] with more under `included`, which CSV leaves out.
pub fn list_reply_with(
    call: &Call,
    fields: &[&str],
    rows: &[Value],
    page: &Page,
    included: Map<String, Value>,
) -> Result<Reply, Problem> {
    if wants_csv(call)? {
        return list_reply(call, fields, rows, page);
    }
    let texts: Vec<String> = rows.iter().map(Value::to_string).collect();
    Ok(json_reply(call, &texts, page, Some(included)))
}

/// Whether the request prefers CSV, by `format=` or by `Accept`. A CSV for a spreadsheet is a CSV, and a workbook is made
/// from one.
pub fn wants_csv(call: &Call) -> Result<bool, Problem> {
    if call.is_for_workbook() {
        return Ok(true);
    }
    let for_spreadsheet = audience(call) == Audience::Spreadsheet;
    if call.is_for_parquet() && !for_spreadsheet {
        return Ok(true);
    }
    if let Some(format) = call.params.text("format") {
        if for_spreadsheet && ["json", PAGE, PARQUET].contains(&format) {
            let detail = "`for=spreadsheet` is about CSV. Leave it out, or request `format=csv`.";
            return Err(Problem::bad_request(vec![Fault::parameter(FOR, "conflict", detail)]));
        }
        return Ok(format == "csv");
    }
    match accepted_type(call) {
        Some(name) => Ok(name == "text/csv" || for_spreadsheet),
        None => Err(Problem::new(
            &problem::NOT_ACCEPTABLE,
            "This list is available as application/json, as text/csv, as a workbook (format=xlsx) or, if it is of a kind, as Parquet (format=parquet).",
        )),
    }
}

/// The media type that the caller prefers: of the same types as those by which the request was let through.
pub fn accepted_type(call: &Call) -> Option<&'static str> {
    let types: Vec<(&str, ())> =
        call.operation.answers.iter().flat_map(Answer::media_types).map(|name| (name, ())).collect();
    choose(call.headers.accept.as_deref(), &types).map(|(name, ())| name)
}

/// What the CSV of a response will be read with, by `for=`; or that a workbook is made from it.
pub fn audience(call: &Call) -> Audience {
    match call.params.text(FOR) {
        _ if call.is_for_workbook() => Audience::Workbook,
        Some(_) => Audience::Spreadsheet,
        None => Audience::Program,
    }
}

/// The sources that the records of a page name, each with its licence.
pub fn licences(call: &Call, conn: &mut Conn, rows: &[Row]) -> Result<Vec<(String, String)>, Problem> {
    let sources = named(conn, rows, SOURCES.path, &Visibility::as_of(call.now()))?;
    let mut all: Vec<(String, String)> = vec![];
    for source in sources {
        let content = source.content_value()?;
        let licence = content["licence"].as_str().unwrap_or_default().to_owned();
        all.push((source.reference, licence));
    }
    all.sort();
    Ok(all)
}

/// The page in a format of another standard.
pub fn in_format(
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
            let row = read::by_name(conn, kind, &owner, &Visibility::as_of(call.now()))?;
            row.and_then(|row| row.content::<Value>().ok())
        }
        _ => None,
    };
    let mut licences: Vec<String> =
        licences(call, conn, rows)?.into_iter().map(|(_, licence)| licence).collect();
    licences.sort_unstable();
    licences.dedup();
    let address = format!("{}{}?{}", call.state.public_url, call.raw_path, call.query);
    let facts = Facts {
        base: &call.state.public_url,
        address: &address,
        publisher: publisher.as_ref(),
        licences: &licences,
        for_spreadsheet: audience(call) == Audience::Spreadsheet,
    };
    let mut reply = Reply::json((format.write)(&facts, values)?);
    reply.content_type = format.content_type;
    reply.headers.extend(provenance(call));
    Ok(with_next_link(call, reply, page))
}

/// Headers that say when the response was requested and how to cite it.
pub fn provenance(call: &Call) -> [(&'static str, String); 2] {
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let citation =
        format!("OnRecord, {}{}{query}, retrieved {}", call.state.public_url, call.raw_path, call.now());
    [("X-Retrieved-At", call.now().to_string()), ("X-Citation", plain(&citation))]
}

/// As many of the texts as fit into a header that every proxy passes, and how many are left out. The rows name them too.
fn join_bounded(texts: &[&str], between: &str) -> String {
    let mut joined = String::new();
    for (n, text) in texts.iter().enumerate() {
        let text = &plain(text);
        let gap = if n == 0 { "" } else { between };
        if joined.len() + gap.len() + text.len() > MAX_HEADER {
            return format!("{joined}{gap}... and {} more", texts.len() - n);
        }
        joined.push_str(gap);
        joined.push_str(text);
    }
    joined
}

/// The text with control and non-ASCII characters percent-encoded, for a header.
pub fn plain(text: &str) -> String {
    utf8_percent_encode(text, CONTROLS).to_string()
}

/// A row whose address leads somewhere from a file, too.
fn with_whole_address(call: &Call, row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(address) = row["self"].as_str().filter(|address| address.starts_with('/')) {
        row["self"] = Value::from(format!("{}{address}", call.state.public_url));
    }
    row
}

/// A page as CSV, with its sources and licences in headers.
pub fn csv_reply(
    call: &Call,
    columns: &[String],
    rows: &[Value],
    page: &Page,
    licences: &[(String, String)],
) -> Result<Reply, Problem> {
    let audience = audience(call);
    let columns = Columns::of(columns, audience, call.params.has("fields"));
    let rows = match audience.is_people() {
        true => Cow::Owned(rows.iter().map(|row| with_whole_address(call, row)).collect()),
        false => Cow::Borrowed(rows),
    };
    let body = csv::write(&columns, &rows, audience)?;
    let mut reply = Reply::json(body);
    reply.content_type = "text/csv; charset=utf-8";
    if let Some(total) = page.total {
        reply = reply.header("X-Total-Count", total.to_string());
    }
    reply.headers.extend(provenance(call));
    if !licences.is_empty() {
        let sources: Vec<&str> = licences.iter().map(|(source, _)| source.as_str()).collect();
        let mut distinct: Vec<&str> = licences.iter().map(|(_, licence)| licence.as_str()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        reply = reply
            .header("X-Source", join_bounded(&sources, ", "))
            .header("X-Licence", join_bounded(&distinct, " | "));
    }
    Ok(with_next_link(call, reply, page))
}

/// A page as JSON, from the JSON of its rows.
pub fn json_reply(call: &Call, texts: &[String], page: &Page, included: Option<Map<String, Value>>) -> Reply {
    let mut page_field = json!({"limit": page.limit, "next": page.next});
    if let Some(total) = page.total {
        page_field["total"] = json!(total);
    }
    if let Some(moment) = call.as_of.get() {
        page_field["as_of"] = json!(moment);
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
    body.push_str(&page_field.to_string());
    if let Some(included) = included {
        body.push_str(",\"included\":");
        body.push_str(&Value::Object(included).to_string());
    }
    body.push('}');
    with_next_link(call, Reply::json(body), page)
}

/// Adds `Link: <…>; rel="next"` (RFC 8288).
fn with_next_link(call: &Call, reply: Reply, page: &Page) -> Reply {
    match &page.next {
        None => reply,
        Some(next) => {
            let link = call.next_link(next);
            reply.header("Link", format!("<{link}>; rel=\"next\""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::join_bounded;

    #[test]
    fn a_header_that_would_be_too_long_says_how_many_are_left_out() {
        let many: Vec<String> = (0..300).map(|n| format!("a-source-with-a-name-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(join_bounded(&many[..2], ", "), "a-source-with-a-name-0, a-source-with-a-name-1");
        let text = join_bounded(&many, ", ");
        assert!(text.len() < 4_096, "{}", text.len());
        let shown = text.matches("a-source").count();
        assert!(text.ends_with(&format!(", ... and {} more", 300 - shown)), "{text}");
    }
}
