//! `/v1/search`: search by words across kinds.

use serde::Serialize;
use serde_json::Value;

use crate::access::rule;
use crate::clock::{Id, Ts};
use crate::http::kinds::{self, format_param, list_reply, search_param, search_query, visibility_of};
use crate::http::limits::SEARCH;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::{self, PageRequest, Position};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::{Fault, Problem};
use crate::record::kind::KindDef;
use crate::record::search;
use crate::record::words::Query;
use crate::store::{Conn, Val};

/// A record that was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Hit {
    /// The id of the record.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub id: Id,
    /// The kind of the record.
    #[schema(max_length = 64)]
    pub kind: String,
    /// The reference of the record.
    #[schema(max_length = 64)]
    pub reference: String,
    /// The reference of the record's policing body; null for reference data.
    #[schema(max_length = 64)]
    pub body: Option<String>,
    /// The title of the record.
    #[schema(max_length = 200)]
    pub title: String,
    /// The address of the record.
    #[serde(rename = "self")]
    #[schema(max_length = 200)]
    pub self_link: String,
    /// The publication that was found; null for what is not public.
    #[schema(minimum = 1, maximum = 1000000)]
    pub version: Option<i64>,
    /// When that publication became public.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub published_at: Option<Ts>,
    /// How many of the words are in the title.
    #[schema(minimum = 0, maximum = 8)]
    pub rank: i64,
    /// Where the words were found.
    #[schema(max_items = 50)]
    pub highlights: Vec<Highlight>,
}

/// A field in which words were found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Highlight {
    /// The name of the field.
    #[schema(max_length = 64)]
    pub member: String,
    /// At most 240 characters around the first word found, as HTML: escaped, with `<mark>` around each word found.
    #[schema(max_length = 4000)]
    pub text: String,
}

/// The columns of CSV.
const COLUMNS: &[&str] =
    &["id", "kind", "reference", "body", "title", "self", "version", "published_at", "rank", "highlights"];

/// The rows of the table of operations.
pub fn operations(kinds: &[&'static KindDef]) -> Vec<Operation> {
    let mut find =
        Operation::new(Method::Get, "/v1/search", "search_records", rule::READ_SEARCH, Handler::Read(find));
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.def.name.to_owned()).collect();
    find.tag = "search";
    find.cost = SEARCH;
    find.summary = "Search by words".to_owned();
    find.description = "Returns the records of any kind that have all the words, as far as the caller may see them: first those with more of the words in their title, then by kind and reference. `q` is required here; in the list of each kind it is a filter like the others.".to_owned();
    find.params = vec![
        search_param().required(),
        Param::new(
            "kind",
            ParamType::Some { most: kinds.len(), of: kinds, signed: false },
            "Only records of these kinds, separated by commas.",
        ),
        kinds::limit_param(),
        kinds::cursor_param(),
        kinds::as_of_param(),
        format_param(),
    ];
    find.answers = vec![Answer::named(200, "A page of the records found.", "HitList").or_csv()];
    find.example = Some(ExampleCall { path: "/v1/search?q=domestic%20abuse&limit=1".to_owned() });
    find.cached = true;
    find.own_faults = true;
    vec![find]
}

fn find(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let mut faults = call.params.faults.clone();
    let visibility = visibility_of(call).unwrap_or_else(|problem| {
        faults.extend(problem.errors);
        call.visibility()
    });
    let query = search_query(call, &mut faults);
    // A `q` with a fault of its own is not missing.
    if query.is_none() && faults.is_empty() {
        faults.push(Fault::parameter(
            "q",
            "required",
            "Give the words to find, such as `q=domestic%20abuse`.",
        ));
    }
    let context = format!(
        "search by {} with {}",
        call.actor.name(),
        call.params.canonical(&["cursor", "limit", "format", "for"])
    );
    let paged = PageRequest::in_context(call, context);
    let position = paged.position().unwrap_or_else(|problem| {
        faults.extend(problem.errors);
        None
    });
    let Some(query) = query.filter(|_| faults.is_empty()) else {
        return Err(Problem::bad_request(faults));
    };
    let after = match &position {
        None => None,
        Some(position) => Some(
            paging::after(search::ORDER, position)
                .ok_or_else(|| Problem::internal("a cursor of another order was opened"))?,
        ),
    };
    let kinds: Vec<&str> = call.params.names("kind").iter().map(|(name, _)| name.as_str()).collect();
    let sql = search::page(&query, conn.is_pg(), &visibility, &kinds, after, paged.rows_to_read());
    let mut hits: Vec<search::Hit> = diesel::RunQueryDsl::load(sql, conn)?;
    let page = paged.truncate_at(&mut hits, |last| Ok(position_of(last)))?;
    let mut rows = vec![];
    for hit in &hits {
        let kind = call
            .state
            .kind(&hit.found.kind)
            .ok_or_else(|| Problem::internal("a record of an unknown kind was found"))?;
        rows.push(serde_json::to_value(hit_of(kind, &query, hit)?).map_err(Problem::internal)?);
    }
    list_reply(call, COLUMNS, &rows, &page)
}

fn position_of(hit: &search::Hit) -> Position {
    let row = &hit.found;
    Position {
        keys: vec![Val::Int(hit.missed), Val::Text(row.kind.clone()), Val::Text(row.reference.clone())],
        id: Some(row.record),
    }
}

fn hit_of(kind: &KindDef, query: &Query, hit: &search::Hit) -> Result<Hit, Problem> {
    let row = &hit.found;
    let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
    let mut highlights = vec![];
    for path in kind.words() {
        let member = path.split('/').next().unwrap_or(path);
        if highlights.iter().any(|other: &Highlight| other.member == member) {
            continue;
        }
        let text = search::texts(&content, path).into_iter().find_map(|text| query.highlight(text));
        highlights.extend(text.map(|text| Highlight { member: member.to_owned(), text }));
    }
    if let Some(text) = query.highlight(&row.reference) {
        highlights.push(Highlight { member: "reference".to_owned(), text });
    }
    Ok(Hit {
        id: row.record,
        kind: row.kind.clone(),
        reference: row.reference.clone(),
        body: row.body_reference.clone(),
        title: row.title.clone(),
        self_link: kind.self_link(row.record),
        version: row.publication,
        published_at: row.public_from,
        rank: i64::try_from(query.terms.len()).unwrap_or_default() - hit.missed,
        highlights,
    })
}
