//! `GET /v1/releases/{id}/observations`: the figures of a release, each beside what it changes.

use serde_json::{Map, Value, json};

use super::figures::moment;
use crate::access::Action;
use crate::http::kinds::{self, list_reply};
use crate::http::operation::{Answer, Handler, Method, Operation};
use crate::http::paging::PageRequest;
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::KindDef;
use crate::resources::series::{self, HandedIn};
use crate::stats::decimal::Scaled;
use crate::stats::period::Frequency;
use crate::store::{Conn, Val};

/// The row of the table.
pub fn operation(kind: &'static KindDef) -> Operation {
    let mut row = Operation::new(
        Method::Get,
        "/v1/releases/{id}/observations",
        "list_release_observations",
        kind.rule(Action::Read).unwrap_or(&[]),
        Handler::Read(list),
    );
    row.kind = Some(kind);
    row.tag = kind.def.path;
    row.path_params = vec![kinds::ID];
    row.params = vec![kinds::cursor_param(), kinds::limit_param("cells"), kinds::format_param()];
    row.summary = "Read the figures of a release".to_owned();
    row.description = "The figures of a release that has not come yet, to those who see it: each with what it would change (`inserted`, `revised`, `unchanged`, `deleted`) and the value that is public, for the second pair of eyes. Those of a release that is public, as it published them.".to_owned();
    row.answers = vec![Answer::named(200, "A page of figures.", "ReleaseObservationList").or_csv()];
    row.problems = vec![404, 410];
    row
}

const MEMBERS: &[&str] = &[
    "series",
    "TIME_PERIOD",
    "period",
    "change",
    "value_before",
    "value",
    "numerator",
    "denominator",
    "OBS_STATUS",
    "CONF_STATUS",
    "complete",
    "reason",
    "note",
];

fn list(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let kind = kinds::kind_of(call)?;
    let row = kinds::find(call, conn, kind, &call.visibility())?;
    let content: Value = serde_json::from_str(&row.content).map_err(Problem::internal)?;
    let paged = PageRequest::own(call, &format!("figures of {}", row.record));
    let behind = paged.after(|keys| match keys {
        [Val::Int(series), Val::Int(starts), Val::Int(ends)] => Some((*series, *starts, *ends)),
        _ => None,
    })?;
    let at = moment(&content, call.now());
    let mut cells = match series::figures_of(conn, row.record)? {
        None => vec![],
        Some(figures) => series::cells_of(conn, &figures, at, behind, paged.rows_to_read())?,
    };
    let page =
        paged.truncate(&mut cells, |last| vec![last.series.into(), last.starts.into(), last.ends.into()])?;
    let lines: Vec<Value> = cells.iter().filter_map(told).collect();
    list_reply(call, MEMBERS, &lines, &page)
}

fn told(cell: &HandedIn) -> Option<Value> {
    let frequency = Frequency::parse(&cell.frequency)?;
    let period = cell.period()?;
    let (obs, conf) = cell.statuses()?;
    let scaled = |raw: Option<i64>| raw.map(Scaled::from_raw);
    let mut line = Map::new();
    let values = [
        json!(cell.series_key),
        json!(period.text(frequency)),
        json!(period.words(frequency)),
        json!(cell.change()),
        json!(scaled(cell.value_before)),
        json!(scaled(cell.value)),
        json!(scaled(cell.numerator)),
        json!(scaled(cell.denominator)),
        json!(obs.code()),
        json!(conf.code()),
        json!(cell.complete()),
        json!(cell.reason),
        json!(cell.note),
    ];
    for (name, value) in MEMBERS.iter().zip(values) {
        line.insert((*name).to_owned(), value);
    }
    Some(Value::Object(line))
}

/// The schemas of the list, by their names in the document.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let text = |most: i64, about: &str| json!({"type": "string", "maxLength": most, "description": about});
    let nullable =
        |most: i64, about: &str| json!({"type": ["string", "null"], "maxLength": most, "description": about});
    let line = json!({"type": "object", "required": MEMBERS, "properties": {
        "series": text(400, "The key of the series."),
        "TIME_PERIOD": text(40, "The period, ISO 8601."),
        "period": text(60, "The same in words."),
        "change": text(16, "What it does to what is public: `inserted`, `revised`, `unchanged`, `deleted`."),
        "value_before": nullable(24, "The value that is, or was, public before."),
        "value": nullable(24, "The value, an exact decimal."),
        "numerator": nullable(24, "What stands above the line."),
        "denominator": nullable(24, "What stands below it."),
        "OBS_STATUS": text(1, "SDMX's status of the observation."),
        "CONF_STATUS": text(1, "SDMX's status of its confidentiality."),
        "complete": {"type": "boolean", "description": "Whether the period's figures are complete."},
        "reason": nullable(1_000, "Why it is as it is."),
        "note": nullable(1_000, "A remark."),
    }});
    let list = json!({"type": "object", "required": ["data", "page"], "properties": {
        "data": {"type": "array", "maxItems": 200, "items": {"$ref": "#/components/schemas/ReleaseObservation"}},
        "page": {"$ref": "#/components/schemas/Page"},
    }});
    vec![("ReleaseObservation", line), ("ReleaseObservationList", list)]
}
