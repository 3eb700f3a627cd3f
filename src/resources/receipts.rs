//! Receipts of what is computed from figures: what was computed, from which figures, and how to cite it. A number without its
//! receipt does not leave the server.

#![warn(missing_docs)]

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Ts;
use crate::http::csv::{Audience, Columns};
use crate::http::schema::schema_ref;
use crate::http::{Call, Reply, csv, kinds};
use crate::problem::Problem;
use crate::resources::series::{Cell, Figures};
use crate::stats::period::Frequency;
use crate::stats::point::Point;

/// A figure that went into a result.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ReceiptInput {
    /// What it is to the result: `current`, `base`, `peer`, `population` or `target`.
    #[schema(max_length = 20)]
    pub role: &'static str,
    /// The code of the area, where areas are compared or a population is used.
    #[schema(max_length = 64)]
    pub area: Option<String>,
    /// The key of the series. Null for a population, which is the area's, and for a target or a baseline with a fixed value, which are the indicator's.
    #[schema(max_length = 400)]
    pub series: Option<String>,
    /// The period, in ISO 8601.
    #[serde(rename = "TIME_PERIOD")]
    #[schema(max_length = 40)]
    pub time_period: String,
    /// The period in words.
    #[schema(max_length = 60)]
    pub period: String,
    /// The value, an exact decimal; null if there is none.
    #[schema(max_length = 24)]
    pub value: Option<String>,
    /// The numerator of a ratio.
    #[schema(max_length = 24)]
    pub numerator: Option<String>,
    /// The denominator of a ratio.
    #[schema(max_length = 24)]
    pub denominator: Option<String>,
    /// SDMX's status of the observation.
    #[serde(rename = "OBS_STATUS")]
    #[schema(max_length = 1)]
    pub obs_status: &'static str,
    /// Whether the figure is of the whole period. One that is not is never computed with.
    pub complete: bool,
    /// Why the figure is what it is.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// The release that published it.
    #[schema(max_length = 200)]
    pub release: Option<String>,
    /// When it was published.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub valid_from: Option<Ts>,
}

impl ReceiptInput {
    /// A value in a role, and the published cell that it comes from, if it is one.
    pub fn new(
        role: &'static str,
        area: Option<String>,
        point: &Point,
        frequency: Frequency,
        cell: Option<&Cell>,
    ) -> ReceiptInput {
        ReceiptInput {
            role,
            area,
            series: cell.map(|cell| cell.series.key.clone()),
            time_period: point.period.text(frequency),
            period: point.period.words(frequency),
            value: point.value.map(|value| value.to_string()),
            numerator: point.numerator.map(|value| value.to_string()),
            denominator: point.denominator.map(|value| value.to_string()),
            obs_status: point.obs.code(),
            complete: point.complete,
            reason: cell.and_then(|cell| cell.reason.clone()),
            release: cell.map(|cell| cell.release.reference.clone()),
            valid_from: cell.map(|cell| cell.valid_from),
        }
    }
}

/// What a reader must know of a result.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ReceiptWarning {
    /// The code.
    #[schema(max_length = 64)]
    pub code: &'static str,
    /// The warning in a sentence.
    #[schema(max_length = 300)]
    pub detail: String,
}

/// How a result was obtained.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Receipt {
    /// What was computed, in words with the numbers in it.
    #[schema(max_length = 100000)]
    pub formula: String,
    /// The figures that it was computed from, those without a value too. Of a control chart, its points are the inputs.
    #[schema(max_items = 20000)]
    pub inputs: Vec<ReceiptInput>,
    /// The unit of the result.
    #[schema(max_length = 20)]
    pub unit: &'static str,
    /// How results are rounded.
    #[schema(max_length = 300)]
    pub rounding: String,
    /// The moment of the figures: reading with it as `asOf` gives the same ones.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 32)]
    pub as_of: Option<Ts>,
    /// What a reader must know.
    #[schema(max_items = 20)]
    pub warnings: Vec<ReceiptWarning>,
    /// The references of the sources.
    #[schema(max_items = 100)]
    pub source: Vec<String>,
    /// The licence of the figures.
    #[schema(max_length = 200)]
    pub licence: Option<String>,
    /// How to cite the result, with the address that gives it again.
    #[schema(max_length = 8000)]
    pub citation: String,
}

/// What a reader must know of results of rounded counts.
const ROUNDED: &str = "The counts are rounded to the nearest 5 so that no person can be identified: a small change can come from the rounding alone.";

/// What the receipts of one answer have in common.
pub struct ReceiptContext {
    public_url: String,
    title: String,
    source: Vec<String>,
    licence: Option<String>,
    as_of: Option<Ts>,
    /// Whether its counts are rounded so that no person can be identified.
    is_rounded: bool,
}

impl ReceiptContext {
    /// Of the figures that the answer is computed from.
    pub fn new(call: &Call, figures: &Figures) -> ReceiptContext {
        ReceiptContext {
            public_url: call.state.public_url.clone(),
            title: figures.content().title.clone(),
            source: figures.sources().to_vec(),
            licence: figures.content().licence.clone(),
            as_of: call.as_of.get().or_else(|| figures.since()),
            is_rounded: figures.content().disclosure_profile.rounded_by_up_to().is_some(),
        }
    }

    /// The address, without the host, that gives a result again, at the moment of these figures.
    pub fn address(&self, path: &str, query: &str) -> String {
        let as_of = self.as_of.map(|moment| format!("asOf={moment}"));
        let query = [(!query.is_empty()).then(|| query.to_owned()), as_of];
        format!("{path}?{}", query.into_iter().flatten().collect::<Vec<_>>().join("&"))
    }

    /// The receipt of a result. `path` and `query` give the result again; `about` says in words what it is.
    pub fn receipt(&self, parts: ReceiptParts<'_>) -> Receipt {
        let (title, about) = (&self.title, parts.about);
        let source = if self.source.is_empty() { "not stated".to_owned() } else { self.source.join(", ") };
        let address = format!("{}{}", self.public_url, self.address(&parts.path, &parts.query));
        let mut warnings = parts.warnings;
        if self.is_rounded && !parts.inputs.is_empty() {
            warnings.push(ReceiptWarning { code: "rounded", detail: ROUNDED.to_owned() });
        }
        Receipt {
            formula: parts.formula,
            inputs: parts.inputs,
            unit: parts.unit,
            rounding: parts.rounding,
            as_of: self.as_of,
            warnings,
            source: self.source.clone(),
            licence: self.licence.clone(),
            citation: format!("{title}: {about}. Source: {source}. Computed by OnRecord: {address}"),
        }
    }
}

/// What is particular to one receipt.
pub struct ReceiptParts<'a> {
    /// What was computed.
    pub formula: String,
    /// From which figures.
    pub inputs: Vec<ReceiptInput>,
    /// The unit of the result.
    pub unit: &'static str,
    /// How it is rounded.
    pub rounding: String,
    /// What a reader must know.
    pub warnings: Vec<ReceiptWarning>,
    /// What the result is, in words.
    pub about: &'a str,
    /// The path that gives the result again.
    pub path: String,
    /// The query that gives it again, apart from the moment.
    pub query: String,
}

/// The headers of an answer that is computed from figures: when it was read, how to cite it, licence and sources.
pub fn headers(call: &Call, figures: &Figures) -> Vec<(&'static str, String)> {
    let mut headers: Vec<(&'static str, String)> = kinds::provenance(call).into_iter().collect();
    if let Some(licence) = &figures.content().licence {
        headers.push(("X-Licence", kinds::plain(licence)));
    }
    if !figures.sources().is_empty() {
        headers.push(("X-Source", kinds::plain(&figures.sources().join(", "))));
    }
    headers
}

/// A reply about figures, with these headers and the body whose record they are.
pub fn reply(call: &Call, figures: &Figures, mut reply: Reply) -> Reply {
    reply.headers = headers(call, figures);
    reply.of_body = figures.row.body_reference.clone();
    reply
}

/// The schema of a list of results, each of this schema.
pub fn list_schema(result: &str) -> Value {
    json!({
        "type": "object", "required": ["data", "as_of"],
        "properties": {
            "data": {"type": "array", "maxItems": 100_000_000, "items": schema_ref(result)},
            "as_of": {"type": ["string", "null"], "maxLength": 40, "description": "The moment that `asOf` names."},
        },
    })
}

/// Puts the fields of the receipt beside the others, as the columns of a CSV; warnings by their codes.
pub fn flatten(fields: &mut Map<String, Value>) {
    let Some(Value::Object(receipt)) = fields.shift_remove("receipt") else { return };
    for (name, value) in receipt {
        let value = match (name.as_str(), value) {
            ("warnings", Value::Array(warnings)) => {
                warnings.into_iter().map(|mut warning| warning["code"].take()).collect()
            }
            (_, value) => value,
        };
        fields.entry(name).or_insert(value);
    }
}

/// Writes results one after the other, as JSON with `data` and `as_of`, or as CSV.
pub struct RowWriter {
    columns: Columns,
    csv: Option<Audience>,
    as_of: Option<Ts>,
    has_begun: bool,
    has_rows: bool,
}

impl RowWriter {
    /// A writer of rows with these columns, if it is a CSV.
    pub fn new(columns: &[&str], csv: Option<Audience>, as_of: Option<Ts>) -> RowWriter {
        let fields: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let columns = Columns::of(&fields, csv.unwrap_or_default(), false);
        RowWriter { columns, csv, as_of, has_begun: false, has_rows: false }
    }

    /// The media type.
    pub fn content_type(&self) -> &'static str {
        if self.csv.is_some() { "text/csv; charset=utf-8" } else { "application/json" }
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        match self.csv {
            Some(audience) => out.extend(csv::write(&self.columns, &[], audience)?),
            None => out.extend_from_slice(b"{\"data\":["),
        }
        Ok(())
    }

    /// Writes a row; `flat` makes the row of a CSV of it.
    pub fn row(&mut self, row: Value, flat: fn(&Value) -> Value, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.begin(out)?;
        match self.csv {
            Some(audience) => csv::append(&self.columns, &flat(&row), audience, out),
            None => {
                out.extend_from_slice(if self.has_rows { b",\n" } else { b"\n" });
                serde_json::to_writer(&mut *out, &row).map_err(Problem::internal)?;
            }
        }
        self.has_rows = true;
        Ok(())
    }

    /// Writes what follows the last row.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.begin(out)?;
        if self.csv.is_none() {
            out.extend_from_slice(b"],\"as_of\":");
            serde_json::to_writer(&mut *out, &self.as_of).map_err(Problem::internal)?;
            out.push(b'}');
        }
        Ok(())
    }
}
