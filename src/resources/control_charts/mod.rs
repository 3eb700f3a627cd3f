//! Control charts of series (XmR, by the rules of Making Data Count). The arithmetic is in `stats::spc`.

mod drawing;
mod dto;
mod one;
mod request;
mod view;

pub use drawing::{Drawing, refusal_problem};
pub use dto::{ControlChart, ControlChartLine, ControlPhase, ControlTarget};
pub use one::line_of;
pub use request::{ChartRequest, params};

use serde_json::Value;

use crate::access::rule::READ_PUBLIC;
use crate::http::operation::{
    Answer, BulkReply, ExampleCall, Handler, Method, Operation, Pieces, StreamingReply,
};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::resources::receipts::{self, RowWriter};
use crate::resources::series::{Figures, KEY, series_params};
use crate::store::Conn;

const ABOUT: &str = "A control chart tells a change from ordinary variation (XmR, by the rules of NHS England's Making Data Count): centre = mean, limits = mean ± 2.66 × mean of the moving ranges. Signals and verdicts need 13 values in the phase; a phase begins only at a break on record. Series whose periods overlap are refused (422) unless `every` and `anchor` choose one window a year. docs/statistics.md describes all rules.";

/// The operations of this module.
pub fn operations() -> Vec<Operation> {
    let mut one = Operation::new(
        Method::Get,
        "/v1/series/{key}/spc",
        "get_series_control_chart",
        READ_PUBLIC,
        Handler::Read(of_series),
    );
    one.path_params = vec![KEY];
    one.summary = "Read the control chart of a series".to_owned();
    one.description = format!(
        "Returns the phases of the chart with centre and limits, its points with their signals, and two verdicts: `variation` on the latest value and `assurance` on the target. As CSV, one row for each point. {ABOUT}"
    );
    one.answers = vec![Answer::named(200, "The control chart.", "ControlChart").or_csv()];
    one.example = Some(ExampleCall {
        path: "/v1/series/recorded-crime-quarterly.E23000018.robbery.P3M/spc?startPeriod=2022-10-01/P3M"
            .to_owned(),
    });
    one.cached = true;
    let mut many = Operation::new(
        Method::Get,
        "/v1/spc",
        "list_control_charts",
        READ_PUBLIC,
        Handler::Bulk(of_indicator),
    );
    many.params = series_params();
    many.summary = "Read the verdicts of the control charts of many series".to_owned();
    many.description = "Returns one line for each series of an indicator: both verdicts, the latest value, centre and limits of its phase. `GET /v1/series/{key}/spc` describes the rules.".to_owned();
    many.answers = vec![Answer::named(200, "A line for each series.", "ControlChartList").or_csv()];
    many.example = Some(ExampleCall {
        path: "/v1/spc?indicator=recorded-crime-rolling-year&c[AREA]=E23000018&c[OFFENCE]=robbery&every=P1Y&anchor=03".to_owned(),
    });
    many.cost = 5;
    let mut all = vec![one, many];
    for operation in &mut all {
        operation.tag = "series";
        operation.params.extend(params());
        operation.problems = vec![404, 410, 422];
    }
    all
}

fn of_series(call: &Call, conn: &mut Conn) -> Result<Reply, Problem> {
    let request = ChartRequest::parse(call)?;
    let figures = Figures::of_path(call, conn, request.at, false)?;
    let drawing = Drawing::new(call, request, figures)?;
    let cells = drawing.read(conn, &drawing.figures.requested)?;
    let Some(series) = drawing.figures.requested.first() else { return Err(Problem::not_found()) };
    let chart = drawing.draw(&cells, series).map_err(|refusal| refusal_problem(&refusal))?;
    let of_series = cells.get(&series.number).map_or(&[][..], Vec::as_slice);
    let reply = match drawing.request.csv {
        Some(_) => {
            let mut writer = RowWriter::new(view::POINT_COLUMNS, drawing.request.csv, None);
            let mut body = vec![];
            for row in drawing.point_rows(series, of_series, &chart)? {
                writer.row(row, Value::clone, &mut body)?;
            }
            writer.end(&mut body)?;
            let mut reply = Reply::json(body);
            reply.content_type = writer.content_type();
            reply
        }
        None => Reply::value(&drawing.chart_view(series, of_series, &chart))?,
    };
    Ok(receipts::reply(call, &drawing.figures, reply))
}

fn of_indicator(call: &Call) -> Result<BulkReply, Problem> {
    let drawing = call.db.snapshot(|conn| {
        let request = ChartRequest::parse(call)?;
        let figures = Figures::of_query(call, conn, request.at)?;
        Drawing::new(call, request, figures)
    })?;
    let format: &[u8] = if drawing.request.csv.is_some() { b"csv" } else { b"json" };
    let tag = drawing.figures.tag(call, &[format]);
    let writer = RowWriter::new(view::LINE_COLUMNS, drawing.request.csv, drawing.request.as_of);
    Ok(BulkReply::InPieces(StreamingReply {
        content_type: writer.content_type(),
        headers: receipts::headers(call, &drawing.figures),
        tag,
        of_body: drawing.figures.row.body_reference.clone(),
        latest: None,
        pieces: Box::new(ChartPieces { drawing, writer, written: 0 }),
    }))
}

/// The lines of an answer, some series at a time.
struct ChartPieces {
    drawing: Drawing,
    writer: RowWriter,
    /// How many series are written.
    written: usize,
}

impl Pieces for ChartPieces {
    fn memory(&self) -> usize {
        self.drawing.figures.memory()
    }

    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let (next, is_last) = self.drawing.figures.some_after(&mut self.written);
        let cells = call.db.snapshot(|conn| self.drawing.read(conn, &next))?;
        for series in next {
            let of_series = cells.get(&series.number).map_or(&[][..], Vec::as_slice);
            let line = self.drawing.line_view(&series, of_series, &self.drawing.draw(&cells, &series));
            self.writer.row(serde_json::to_value(line).map_err(Problem::internal)?, view::flat, out)?;
        }
        if is_last {
            self.writer.end(out)?;
        }
        Ok(!is_last)
    }
}
