//! Writes comparisons as JSON or CSV, some series at a time.

use serde_json::Value;

use super::compute::Compared;
use super::reading::{Reading, SeriesFigures, points_of};
use super::request::Periods;
use super::view::refusal_words;
use crate::http::Call;
use crate::problem::{Fault, Problem};
use crate::resources::receipts::{ReceiptContext, RowWriter};
use crate::resources::series::SeriesInfo;
use crate::stats::comparison::{Method, Refusal};

/// The most results of one series in an answer of its own.
const MAX_RESULTS: usize = 1_000;

/// The most figures of the areas in them.
const MAX_FIGURES: usize = 20_000;

/// The columns of the CSV.
const COLUMNS: &[&str] = &[
    "series",
    "method",
    "TIME_PERIOD",
    "period",
    "unit",
    "current_label",
    "current",
    "base_label",
    "base",
    "change",
    "change_pct",
    "change_pp",
    "relative_change_pct",
    "favourable",
    "target_status",
    "rank",
    "rank_of",
    "rank_shared_by",
    "rank_1_is",
    "reason",
    "reason_words",
    "areas_without_value",
    "formula",
    "inputs",
    "rounding",
    "as_of",
    "warnings",
    "source",
    "licence",
    "citation",
];

/// The comparisons of an answer, some series at a time.
pub struct ComparisonPieces {
    pub reading: Reading,
    context: ReceiptContext,
    writer: RowWriter,
    /// How many series are written.
    written: usize,
}

impl ComparisonPieces {
    pub fn new(call: &Call, reading: Reading) -> ComparisonPieces {
        let writer = RowWriter::new(COLUMNS, reading.request.csv, reading.request.as_of);
        ComparisonPieces { context: ReceiptContext::new(call, &reading.figures), reading, writer, written: 0 }
    }

    pub fn content_type(&self) -> &'static str {
        self.writer.content_type()
    }

    /// Writes the comparisons of the next series. False at the end.
    pub fn append(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let (next, is_last) = self.reading.figures.some_after(&mut self.written);
        let read = call.db.snapshot(|conn| self.reading.read(conn, &next))?;
        for series in next {
            let compared = self.reading.compare(&read, &series);
            self.write(&read, &series, &compared, out)?;
        }
        if is_last {
            self.writer.end(out)?;
        }
        Ok(!is_last)
    }

    /// Writes the comparisons of the one series that a request names. Refuses what is too much, and what makes no sense for
    /// the one period that it names.
    pub fn only(
        &mut self,
        read: &SeriesFigures,
        series: &SeriesInfo,
        out: &mut Vec<u8>,
    ) -> Result<(), Problem> {
        let has_one_period = !matches!(self.reading.request.periods, Periods::Within(_));
        if !has_one_period {
            self.refuse_too_many(read, series)?;
        }
        let compared = self.reading.compare(read, series);
        if has_one_period {
            refuse_senseless(&compared)?;
        }
        self.write(read, series, &compared, out)
    }

    /// Writes what follows the last series.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.writer.end(out)
    }

    fn refuse_too_many(&self, read: &SeriesFigures, series: &SeriesInfo) -> Result<(), Problem> {
        let methods = self.reading.request.methods.len();
        let periods = self.reading.periods_of(series, &points_of(read, series)).len();
        let areas = self.reading.most_peers() + 1;
        let results = periods.saturating_mul(methods);
        if results <= MAX_RESULTS && results.saturating_mul(areas) <= MAX_FIGURES {
            return Ok(());
        }
        let detail = match areas {
            1 => format!(
                "These are {periods} periods by {methods} methods, and an answer has at most {MAX_RESULTS} results. Give `startPeriod` and `endPeriod` closer together."
            ),
            _ => format!(
                "These are {periods} periods by {methods} methods by up to {areas} areas, and an answer has at most {MAX_RESULTS} results with {MAX_FIGURES} figures. Give `startPeriod` and `endPeriod` closer together, or fewer areas."
            ),
        };
        Err(Problem::bad_request(vec![Fault::parameter("startPeriod", "too_many", detail)]))
    }

    /// Writes the comparisons of one series.
    fn write(
        &mut self,
        read: &SeriesFigures,
        series: &SeriesInfo,
        compared: &[Compared],
        out: &mut Vec<u8>,
    ) -> Result<(), Problem> {
        for compared in compared {
            let result = self.reading.view(&self.context, read, series, compared);
            self.writer.row(serde_json::to_value(result).map_err(Problem::internal)?, flat, out)?;
        }
        Ok(())
    }
}

fn refuse_senseless(compared: &[Compared]) -> Result<(), Problem> {
    let mut faults = vec![];
    for compared in compared {
        if let Err(refusal) = &compared.result {
            let (code, words) = refusal_words(refusal);
            let parameter = match compared.method {
                Method::Since => "base",
                Method::Baseline if matches!(refusal, Refusal::BaselineNotEarlier) => "period",
                Method::PeerRank | Method::PeerMean => "peers",
                _ => "method",
            };
            faults.push(Fault::parameter(parameter, code, words));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::unprocessable(faults)) }
}

/// The row of a result in a CSV: the two sides and the receipt have columns of their own.
fn flat(result: &Value) -> Value {
    let mut row = result.clone();
    let Some(fields) = row.as_object_mut() else { return row };
    for name in ["current", "base"] {
        fields.insert(format!("{name}_label"), result[name]["label"].clone());
        fields.insert(name.to_owned(), result[name]["value"].clone());
    }
    crate::resources::receipts::flatten(fields);
    row
}
