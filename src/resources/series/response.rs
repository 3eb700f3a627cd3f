//! The response to a query of observations: prepared in full, then written in pieces.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::cell::{BYTES_PER_SERIES, CellWriter, DimensionInfo, End, ResponseInfo, SeriesHead, SeriesInfo};
use super::formats::{self, Format};
use super::indicator::{PublicIndicator, indicator_of_figures};
use super::queries::days::day;
use super::queries::keys;
use super::queries::reading::{self, PeriodLimit, Query, Row, RowPosition};
use super::releases::{Releases, Summary};
use super::request::{self, CSVW, ObservationRequest};
use super::row_context::{self, RowContext};
use super::scope::Scope;
use crate::clock::Ts;
use crate::http::kinds::{self, provenance};
use crate::http::operation::{BulkReply, Pieces, StreamingReply};
use crate::http::paging::{PageRequest, Position};
use crate::http::{Call, Reply, conditional};
use crate::problem::Problem;
use crate::stats::period::Period;
use crate::store::{Conn, Val};

/// The number of cells read with one statement.
const PAGE: i64 = 5_000;
/// How many bytes to reserve for a cell: enough for most in JSON.
const BYTES_PER_CELL: usize = 96;
/// The number of cells written at a time.
const CELLS: usize = 1_000;

/// A response that is ready to be written.
pub struct ObservationResponse {
    context: RowContext,
    query: Query,
    request: ObservationRequest,
    /// The first rows; with `limit`, all rows of the page.
    first_rows: Vec<Row>,
    /// Whether more rows follow.
    has_more: bool,
    /// The cursor of the next page.
    next: Option<String>,
    /// All periods of the response, if the format needs them before the first cell.
    periods: Vec<Period>,
    tag: String,
    /// The policing body of the indicator.
    of_body: Option<String>,
}

impl ObservationResponse {
    /// Reads everything that decides on the response: whether it is refused, its tag, its first rows.
    pub fn prepare(call: &Call, conn: &mut Conn, scope: Scope) -> Result<ObservationResponse, Problem> {
        let request = request::parse(call)?;
        let public = indicator_of_figures(call, conn, &scope)?;
        let indicator = &public.content;
        let (rows, is_filtered) = match scope.series {
            Some(series) => (vec![series], true),
            None => {
                let filter = request::code_filter(call, &indicator.content.dimensions)?;
                let all = keys::public_series(conn, scope.measure, request.at)?;
                call.state.wide.note(call.indicator_or_address(), all.len());
                (row_context::matching(all, &filter), !filter.is_empty())
            }
        };
        let (dimensions, series) = row_context::dimensions_of_series(&rows, indicator)?;
        let mut numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
        numbers.sort_unstable();
        let query = Query {
            measure: scope.measure,
            // The first or last periods of each series are ranked for a few series at a time: without their numbers, each
            // statement would rank all series of the indicator.
            series: (is_filtered || request.periods != PeriodLimit::All).then_some(numbers),
            from: request.from,
            to: request.to,
            at: request.at,
            history: request.history,
            updated_after: request.updated_after,
            periods: request.periods,
        };
        let of_body = public.body_reference.clone();
        let list = format!(
            "figures {} {} of {}",
            call.raw_path,
            call.params.canonical(&["cursor"]),
            call.actor.name()
        );
        let page_request = PageRequest::in_context(call, list).default_limit(PAGE);
        // The metadata describes the whole table, and a cursor belongs to another format.
        let after = if request.metadata_only { None } else { cursor_position(&page_request)? };
        let limit = page_request.limit();
        let mut first_rows = match request.metadata_only || query.series.as_ref().is_some_and(Vec::is_empty) {
            true => vec![],
            false => reading::page(conn, &query, after, limit + 1)?,
        };
        let has_more = i64::try_from(first_rows.len()).unwrap_or(i64::MAX) > limit;
        if has_more {
            first_rows.pop();
        }
        let next = match (request.limit, has_more, first_rows.last()) {
            (Some(_), true, Some(last)) => Some(next_cursor(&page_request, RowPosition::of(last))?),
            _ => None,
        };
        let releases = Releases::of(call, conn, scope.measure)?;
        let releases = releases.with_all(conn, scope.measure, first_rows.iter().map(|row| row.5.into()))?;
        let summary = releases.summary(request.at);
        let tag = tag(call, &public.digest, &summary, &request);
        let info = response_info(call, &request, &public, dimensions, summary.updated);
        let context = RowContext { info, series, releases, at: request.at };
        let periods = match request.format {
            Format::JsonStat if !request.metadata_only => periods(conn, &query, &first_rows, has_more)?,
            _ => vec![],
        };
        let response = ObservationResponse {
            context,
            query,
            request,
            first_rows,
            has_more,
            next,
            periods,
            tag,
            of_body,
        };
        formats::check(
            response.request.format,
            &response.context.info,
            &response.series_in_order(),
            &response.periods,
        )?;
        Ok(response)
    }

    /// The series, in the order of their cells.
    fn series_in_order(&self) -> Vec<Arc<SeriesInfo>> {
        let mut all: Vec<Arc<SeriesInfo>> = self.context.series.values().cloned().collect();
        all.sort_by_key(|series| series.number);
        all
    }

    fn headers(&self, call: &Call) -> Vec<(&'static str, String)> {
        let info = &self.context.info;
        let mut links = vec![];
        if let Some(next) = &self.next {
            links.push(format!("<{}>; rel=\"next\"", call.next_link(next)));
        }
        let mut headers = vec![];
        if self.request.format == Format::Csv && !self.request.metadata_only && !call.is_made_of_csv() {
            links.push(format!(
                "<{}>; rel=\"describedby\"; type=\"{}\"",
                metadata_url(call),
                formats::METADATA_TYPE
            ));
        }
        if !links.is_empty() {
            headers.push(("Link", links.join(", ")));
        }
        headers.extend(provenance(call));
        if let Some(licence) = &info.licence {
            headers.push(("X-Licence", kinds::plain(licence)));
        }
        if !info.sources.is_empty() {
            headers.push(("X-Source", kinds::plain(&info.sources.join(", "))));
        }
        headers
    }

    fn content_type(&self) -> &'static str {
        self.request.content_type
    }

    /// The reply: a page is complete, a response of any length is made as its reader takes it.
    pub fn into_bulk_reply(self, call: &Call) -> Result<BulkReply, Problem> {
        if self.request.limit.is_some() || self.request.metadata_only {
            return self.into_reply(call).map(BulkReply::Whole);
        }
        Ok(BulkReply::InPieces(StreamingReply {
            content_type: self.content_type(),
            headers: self.headers(call),
            tag: self.tag.clone(),
            of_body: self.of_body.clone(),
            latest: self.context.info.updated,
            pieces: Box::new(self.into_pieces()),
        }))
    }

    /// A reply that is held in memory.
    pub fn into_reply(self, call: &Call) -> Result<Reply, Problem> {
        let (content_type, headers, tag) = (self.content_type(), self.headers(call), self.tag.clone());
        let (of_body, latest) = (self.of_body.clone(), self.context.info.updated);
        // Who has it already gets 304, and the body would be made for nothing.
        let is_known = conditional::none_match(call.headers.if_none_match.as_deref(), &tag);
        let mut body = vec![];
        if !is_known {
            body.reserve(self.first_rows.len() * BYTES_PER_CELL + 1_024);
            let mut pieces = self.into_pieces();
            while pieces.next(call, &mut body)? {}
        }
        let mut reply = Reply::json(body);
        reply.content_type = content_type;
        reply.headers = headers;
        reply.tag = Some(tag);
        reply.of_body = of_body;
        reply.latest = latest;
        Ok(reply)
    }

    fn into_pieces(mut self) -> ObservationPieces {
        let rows = std::mem::take(&mut self.first_rows);
        let writer = formats::writer(self.request.format, &self.series_in_order(), &self.periods);
        let rows = rows.into_iter();
        ObservationPieces { response: self, writer, rows, head: None, last: None, has_begun: false }
    }
}

/// The body of a response, piece by piece.
struct ObservationPieces {
    response: ObservationResponse,
    writer: Box<dyn CellWriter + Send>,
    /// The rows that are read and not written.
    rows: std::vec::IntoIter<Row>,
    /// The series that is being written.
    head: Option<SeriesHead>,
    /// The last row that was written.
    last: Option<RowPosition>,
    has_begun: bool,
}

impl Pieces for ObservationPieces {
    fn memory(&self) -> usize {
        self.response.context.series.len() * BYTES_PER_SERIES
    }

    fn next(&mut self, call: &Call, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let ObservationResponse { context, query, request, has_more, next, .. } = &mut self.response;
        let info = &context.info;
        if request.metadata_only {
            out.extend_from_slice(formats::metadata(info).to_string().as_bytes());
            return Ok(false);
        }
        if !std::mem::replace(&mut self.has_begun, true) {
            self.writer.begin(info, out)?;
        }
        // With `limit` the first rows are all; without it, more rows are read once these have been written.
        if self.rows.len() == 0 && *has_more && request.limit.is_none() {
            let rows = call.db.snapshot(|conn| reading::page(conn, query, self.last, PAGE))?;
            *has_more = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
            self.rows = rows.into_iter();
        }
        for _ in 0..CELLS {
            let Some(row) = self.rows.next() else { break };
            self.last = Some(RowPosition::of(&row));
            let head = match self.head.take() {
                Some(head) if head.series.number == i64::from(row.0) => head,
                _ => {
                    let head = context.head(&row, self.rows.as_slice())?;
                    self.writer.series(info, &head, out);
                    head
                }
            };
            self.writer.cell(info, &context.cell(row, &head)?, out)?;
            self.head = Some(head);
        }
        if self.rows.len() > 0 || (*has_more && request.limit.is_none()) {
            return Ok(true);
        }
        self.writer.end(info, &End { limit: request.limit, next: next.take() }, out)?;
        Ok(false)
    }
}

fn response_info(
    call: &Call,
    request: &ObservationRequest,
    public: &PublicIndicator,
    dimensions: Vec<DimensionInfo>,
    updated: Option<Ts>,
) -> ResponseInfo {
    let content = &public.content.content;
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    ResponseInfo {
        indicator: public.record,
        slug: content.slug.clone(),
        definition_version: content.definition_version,
        audience: request.audience,
        title: content.title.clone(),
        definition: content.definition.clone(),
        unit: content.unit.code().to_owned(),
        decimals: content.decimals,
        dimensions,
        licence: content.licence.clone(),
        sources: public.content.sources.clone(),
        as_of: request.as_of,
        history: request.history,
        labels: request.labels,
        url: format!("{}{}{query}", call.state.public_url, call.raw_path),
        updated,
    }
}

/// The ETag: a hash of everything that the response depends on.
fn tag(call: &Call, indicator: &[u8], releases: &Summary, request: &ObservationRequest) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(call.raw_path.as_bytes());
    hash.update(call.params.canonical(&[]).as_bytes());
    hash.update(request.content_type.as_bytes());
    // The `Accept` header, too, can say them.
    hash.update(request.labels.name().as_bytes());
    hash.update(call.tag_of_form().as_bytes());
    // Today, as a day, means the moment of the request, which the response shows.
    hash.update(&request.as_of.map_or(0, Ts::micros).to_be_bytes());
    hash.update(indicator);
    hash.update(&releases.digest);
    conditional::tag_of(hash.finish().as_ref())
}

/// The position that the cursor of the request holds.
fn cursor_position(page_request: &PageRequest<'_>) -> Result<Option<RowPosition>, Problem> {
    page_request.after(|keys| match keys {
        [Val::Int(series), Val::Int(starts), Val::Int(ends), Val::Ts(valid_from)] => {
            Some(RowPosition { series: *series, starts: *starts, ends: *ends, valid_from: *valid_from })
        }
        _ => None,
    })
}

fn next_cursor(page_request: &PageRequest<'_>, last: RowPosition) -> Result<String, Problem> {
    let keys = vec![last.series.into(), last.starts.into(), last.ends.into(), last.valid_from.into()];
    page_request.cursor(&Position { keys, id: None })
}

/// All periods of the response, sorted, each once.
fn periods(
    conn: &mut Conn,
    query: &Query,
    first_rows: &[Row],
    has_more: bool,
) -> Result<Vec<Period>, Problem> {
    let mut days: Vec<(i64, i64)> = match has_more {
        true => reading::periods(conn, query)?,
        false => first_rows.iter().map(|row| (row.1.into(), row.2.into())).collect(),
    };
    days.sort_unstable();
    days.dedup();
    let period = |(starts, ends): &(i64, i64)| Some(Period { start: day(*starts)?, end: day(*ends)? });
    days.iter()
        .map(period)
        .collect::<Option<_>>()
        .ok_or_else(|| Problem::internal("a stored period lies outside the calendar"))
}

/// The URL of the metadata of this CSV: the same URL with `format=csvw` in the place of `format`.
fn metadata_url(call: &Call) -> String {
    let csvw = format!("format={CSVW}");
    let mut pairs: Vec<&str> = call.query.split('&').filter(|pair| !pair.is_empty()).collect();
    match pairs.iter_mut().find(|pair| pair.starts_with("format=")) {
        Some(format) => *format = &csvw,
        None => pairs.push(&csvw),
    }
    format!("{}{}?{}", call.state.public_url, call.raw_path, pairs.join("&"))
}
