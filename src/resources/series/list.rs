//! Which series there are, and what one of them is.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;
use serde_json::Value;

use super::answer;
use super::asked;
use super::cell::DimensionInfo;
use super::frame;
use super::observations::{KEY, named, series_of};
use super::queries::difference::valid;
use super::queries::keys::{self, SeriesRow};
use super::queries::reading;
use super::queries::staging::day;
use crate::access::rule::READ_PUBLIC;
use crate::clock::{Id, Ts};
use crate::http::kinds::{self, list_reply, values};
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::stats::period::{Frequency, Period};
use crate::store::{Conn, Sql};

/// A code of a series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesCode {
    /// The dimension.
    #[schema(max_length = 40)]
    pub dimension: String,
    /// The code.
    #[schema(max_length = 64)]
    pub code: String,
    /// What it stands for.
    #[schema(max_length = 200)]
    pub name: String,
}

/// A series, as lists tell it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesLine {
    /// Its key, which never changes.
    #[schema(max_length = 400)]
    pub key: String,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 420)]
    pub self_link: String,
    /// Its frequency.
    #[schema(max_length = 20)]
    pub frequency: String,
    /// Its codes, in the order of the dimensions.
    #[schema(max_items = 20)]
    pub codes: Vec<SeriesCode>,
}

/// A series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesView {
    /// Its key, which never changes.
    #[schema(max_length = 400)]
    pub key: String,
    /// Its address.
    #[serde(rename = "self")]
    #[schema(max_length = 420)]
    pub self_link: String,
    /// Its frequency.
    #[schema(max_length = 20)]
    pub frequency: String,
    /// Its codes, in the order of the dimensions.
    #[schema(max_items = 20)]
    pub codes: Vec<SeriesCode>,
    /// The indicator.
    #[schema(value_type = String, format = "uuid", max_length = 36)]
    pub indicator: Id,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Its unit.
    #[schema(max_length = 20)]
    pub unit: String,
    /// How many cells are valid now.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub cells: i64,
    /// The first period, ISO 8601.
    #[schema(max_length = 40)]
    pub first_period: Option<String>,
    /// The last period.
    #[schema(max_length = 40)]
    pub last_period: Option<String>,
    /// The last period in words.
    #[schema(max_length = 60)]
    pub last_period_words: Option<String>,
    /// When figures of it were last published.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub updated_at: Option<Ts>,
}

/// The two rows of the table.
pub fn operations() -> Vec<Operation> {
    let mut list = Operation::new(Method::Get, "/v1/series", "list_series", READ_PUBLIC, Handler::Read(list));
    list.tag = "series";
    list.params = vec![
        Param::new(
            "indicator",
            ParamType::Reference,
            "The indicator: by id, by `body:REFERENCE` or by its slug. It is needed.",
        ),
        Param::new(
            "c",
            ParamType::Each(4_000),
            "Only series with one of these codes of a dimension, with commas between: `c[AREA]=E23000018`.",
        ),
        kinds::cursor_param(),
        kinds::limit_param("series"),
        kinds::format_param(),
    ];
    list.summary = "List the series of an indicator".to_owned();
    list.description = "The series of an indicator that have public figures, by their keys.".to_owned();
    list.answers = vec![Answer::named(200, "A page of series.", "SeriesList").or_csv()];
    list.problems = vec![410];
    list.example = Some(ExampleCall {
        path: "/v1/series?indicator=recorded-crime-rolling-year&c[AREA]=E23000018&limit=2".to_owned(),
    });
    list.cached = true;
    let mut get =
        Operation::new(Method::Get, "/v1/series/{key}", "get_series", READ_PUBLIC, Handler::Read(get));
    get.tag = "series";
    get.path_params = vec![KEY];
    get.summary = "Read what a series is".to_owned();
    get.description = "What a series is, which periods it has, and when it was last published.".to_owned();
    get.answers = vec![Answer::named(200, "The series.", "Series")];
    get.problems = vec![404, 410];
    get.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-rolling-year.E23000020.violence-with-injury.P1Y-P3M".to_owned(),
    });
    get.cached = true;
    vec![list, get]
}

const MEMBERS: &[&str] = &["key", "self", "frequency", "codes"];

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let indicator = named(call, conn)?;
    let (_, public) = answer::indicator(call, conn, indicator)?;
    let dimensions = frame::dimensions(&public.content);
    let wanted = asked::codes(call, &dimensions)?;
    let paged = PageRequest::public(call, "series");
    let behind = paged.after_text()?;
    let measure = keys::measure_of(conn, indicator)?;
    let all = measure.map_or(Ok(vec![]), |measure| keys::all_public(conn, measure.number, call.now()))?;
    let seen = |row: &SeriesRow| behind.as_ref().is_none_or(|behind| row.series_key > *behind);
    let mut rows = frame::chosen(all.into_iter().filter(seen).collect(), &wanted);
    let page = paged.truncate(&mut rows, |last| vec![last.series_key.as_str().into()])?;
    let lines = values(rows.iter().map(|row| line(row, &dimensions)))?;
    list_reply(call, MEMBERS, &lines, &page)
}

fn line(row: &SeriesRow, dimensions: &[DimensionInfo]) -> SeriesLine {
    let told = |(code, dimension): (&str, &DimensionInfo)| SeriesCode {
        dimension: dimension.code.clone(),
        code: code.to_owned(),
        name: dimension
            .codes
            .iter()
            .find(|known| known.code == code)
            .map_or(String::new(), |one| one.name.clone()),
    };
    SeriesLine {
        key: row.series_key.clone(),
        self_link: format!("/v1/series/{}", row.series_key),
        frequency: row.frequency.clone(),
        codes: row.codes.split('.').zip(dimensions).map(told).collect(),
    }
}

#[derive(QueryableByName)]
struct Extent {
    #[diesel(sql_type = st::BigInt)]
    cells: i64,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    first_start: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    first_end: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    last_start: Option<i64>,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    last_end: Option<i64>,
}

fn get(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let series = series_of(call, conn)?;
    let (row, indicator) = answer::indicator(call, conn, series.indicator)?;
    let extent: Extent = Sql::new(
        "SELECT count(*) AS cells, CAST(min(o.starts) AS bigint) AS first_start, CAST(min(o.ends) AS bigint) AS first_end,
         CAST(max(o.starts) AS bigint) AS last_start, CAST(max(o.ends) AS bigint) AS last_end
         FROM observation o WHERE o.measure = ",
    )
    .bind(series.measure)
    .text(" AND o.series = ")
    .bind(series.number)
    .text(" AND o.flags & 256 <> 256 AND ")
    .append(valid("o", call.now()))
    .get_result(conn)?;
    let frequency =
        Frequency::parse(&series.frequency).ok_or_else(|| Problem::internal("an odd frequency"))?;
    let period = |start: Option<i64>, end: Option<i64>| Period::new(day(start?)?, day(end?)?);
    let last = period(extent.last_start, extent.last_end);
    let cells = reading::releases_of(conn, series.measure, series.number, call.now())?;
    let sources = reading::sources(conn, series.measure, call.now())?;
    let of_it = sources.iter().filter(|source| cells.contains_key(&source.number));
    let line = line(&series, &frame::dimensions(&indicator.content));
    Reply::value(&SeriesView {
        key: line.key,
        self_link: line.self_link,
        frequency: line.frequency,
        codes: line.codes,
        indicator: row.record,
        title: row.title.clone(),
        unit: indicator.content.unit.code().to_owned(),
        cells: extent.cells,
        first_period: period(extent.first_start, extent.first_end).map(|period| period.text(frequency)),
        last_period: last.map(|period| period.text(frequency)),
        last_period_words: last.map(|period| period.words(frequency)),
        updated_at: of_it.map(|source| source.valid_from).max(),
    })
}

/// The schemas of this room, by their names in the document.
pub fn schemas() -> Vec<(&'static str, Value)> {
    use crate::record::kind::object_schema;
    let list = |of: &str, most: i64| {
        serde_json::json!({"type": "object", "required": ["data", "page"], "properties": {
            "data": {"type": "array", "maxItems": most, "items": {"$ref": format!("#/components/schemas/{of}")}},
            "page": {"$ref": "#/components/schemas/Page"},
        }})
    };
    vec![
        ("SeriesLine", object_schema::<SeriesLine>()),
        ("Series", object_schema::<SeriesView>()),
        ("Vintage", object_schema::<super::Vintage>()),
        ("SeriesList", list("SeriesLine", 200)),
        ("VintageList", list("Vintage", 200)),
        ("ObservationList", super::observations::schema()),
    ]
}
