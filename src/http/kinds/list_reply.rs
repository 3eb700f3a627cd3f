//! The answers of lists: JSON, CSV or the form of another standard, with what surrounds a page.

use percent_encoding::{CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::include::named;
use crate::http::accept::quality;
use crate::http::paging::Page;
use crate::http::{Call, Reply, csv};
use crate::problem::{self, Problem};
use crate::record::ORGANISATION;
use crate::record::kind::{Facts, Format, SOURCES};
use crate::record::read::{self, Name, Row};
use crate::record::visible::Visibility;
use crate::store::Conn;

/// How many bytes a header has that grows with the rows of a page.
const LONGEST: usize = 4_000;

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

/// The rows of a list, serialised.
pub fn values<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<Value>, Problem> {
    let rows: Result<_, _> = rows.into_iter().map(serde_json::to_value).collect();
    rows.map_err(Problem::internal)
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

/// The same, with what explains the rows beside them; CSV has the rows only.
pub fn list_reply_with(
    call: &Call,
    members: &[&str],
    rows: &[Value],
    page: &Page,
    computed: Map<String, Value>,
) -> Result<Reply, Problem> {
    if wants_csv(call)? {
        return list_reply(call, members, rows, page);
    }
    let texts: Vec<String> = rows.iter().map(Value::to_string).collect();
    Ok(json_reply(call, &texts, page, Some(computed)))
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

/// Where a page comes from: each source that its records name, with that source's own licence.
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

/// The page in the form of another standard.
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
            let row = read::one(conn, kind, &Name::Shared(owner), &Visibility::as_of(call.now()))?;
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
    reply.headers.extend(provenance(call));
    Ok(linked(call, reply, page))
}

/// When it was asked for, and how to cite it.
pub fn provenance(call: &Call) -> [(&'static str, String); 2] {
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let citation =
        format!("OnRecord, {}{}{query}, retrieved {}", call.state.public_url, call.target, call.now());
    [("X-Retrieved-At", call.now().to_string()), ("X-Citation", plain(&citation))]
}

/// So many of the texts as a header can carry past any proxy, and how many more there are: the rows name them too.
fn bounded(texts: &[&str], between: &str) -> String {
    let mut joined = String::new();
    for (n, text) in texts.iter().enumerate() {
        let text = &plain(text);
        let gap = if n == 0 { "" } else { between };
        if joined.len() + gap.len() + text.len() > LONGEST {
            return format!("{joined}{gap}... and {} more", texts.len() - n);
        }
        joined.push_str(gap);
        joined.push_str(text);
    }
    joined
}

/// A header holds visible ASCII; what is not stands percent-encoded.
pub fn plain(text: &str) -> String {
    utf8_percent_encode(text, CONTROLS).to_string()
}

/// CSV has no room for where it comes from: headers say it.
pub fn csv_reply(
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
    reply.headers.extend(provenance(call));
    if !licences.is_empty() {
        let sources: Vec<&str> = licences.iter().map(|(source, _)| source.as_str()).collect();
        let mut distinct: Vec<&str> = licences.iter().map(|(_, licence)| licence.as_str()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        reply =
            reply.header("X-Source", bounded(&sources, ", ")).header("X-Licence", bounded(&distinct, " | "));
    }
    Ok(linked(call, reply, page))
}

pub fn json_reply(call: &Call, texts: &[String], page: &Page, included: Option<Map<String, Value>>) -> Reply {
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

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn a_header_that_would_be_too_long_says_how_many_are_left_out() {
        let many: Vec<String> = (0..300).map(|n| format!("a-source-with-a-name-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(bounded(&many[..2], ", "), "a-source-with-a-name-0, a-source-with-a-name-1");
        let text = bounded(&many, ", ");
        assert!(text.len() < 4_096, "{}", text.len());
        let shown = text.matches("a-source").count();
        assert!(text.ends_with(&format!(", ... and {} more", 300 - shown)), "{text}");
    }
}
