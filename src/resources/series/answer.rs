//! Figures as they go out: looked up, decided on, then written in pieces.

use std::io::Write;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde::Deserialize;

use super::asked::{Asked, CSVW, asked, codes};
use super::cell::{End, Frame, SeriesInfo};
use super::formats::{self, Format};
use super::frame::{self, Known};
use super::queries::keys::{self, SeriesRow};
use super::queries::reading::{self, Ends, Place, Row, Wanted};
use super::queries::staging::day;
use crate::clock::{Id, Ts};
use crate::http::kinds::{self, provenance};
use crate::http::operation::StreamingReply;
use crate::http::paging::{self, Position};
use crate::http::{Call, Reply};
use crate::problem::Problem;
use crate::record::kind::SourceUse;
use crate::record::read::{self, Name};
use crate::record::visible::Visibility;
use crate::resources::indicators::IndicatorContent;
use crate::stats::period::Period;
use crate::store::{Conn, Val};

/// How many cells are read at a time.
const PIECE: i64 = 5_000;

/// An answer that is ready to be written.
pub struct Ready {
    known: Known,
    wanted: Wanted,
    asked: Asked,
    /// The first rows: of a page all of them.
    first: Vec<Row>,
    /// Whether there is more than these.
    more: bool,
    /// Where the next page begins.
    next: Option<String>,
    /// Every period, where the format has to know them beforehand.
    periods: Vec<Period>,
    tag: String,
    licence: Option<String>,
}

/// The indicator as everyone reads it now: its row, and its content.
pub fn indicator(call: &Call, conn: &mut Conn, id: Id) -> Result<(read::Row, Arc<PublicIndicator>), Problem> {
    let kind = call.state.kind("indicator").ok_or_else(|| Problem::internal("no indicators"))?;
    let row = match read::one(conn, kind, &Name::Id(id), &Visibility::as_of(call.now()))? {
        Some(row) => row,
        None => {
            return Err(match read::tombstone(conn, kind, &Name::Id(id), None)? {
                Some(tombstone) => kinds::gone(kind, &tombstone),
                None => Problem::not_found(),
            });
        }
    };
    let indicator = INDICATORS.try_get_with(row.digest.clone(), || {
        PublicIndicator::parse(&row.content).map(Arc::new).map_err(|error| error.to_string())
    });
    Ok((row, indicator.map_err(Problem::internal)?))
}

/// The content of an indicator, and the references of the sources that it names.
pub struct PublicIndicator {
    pub content: IndicatorContent,
    pub sources: Vec<String>,
}

impl PublicIndicator {
    fn parse(content: &str) -> serde_json::Result<PublicIndicator> {
        #[derive(Deserialize)]
        struct Sourced {
            sources: Vec<SourceUse>,
        }
        let sources = serde_json::from_str::<Sourced>(content)?.sources;
        Ok(PublicIndicator {
            content: serde_json::from_str(content)?,
            sources: sources.into_iter().map(|named| named.source).collect(),
        })
    }
}

/// Contents of indicators, read: by their digests, so that none is ever another's. One with all its codes takes longer to
/// read than a series.
static INDICATORS: LazyLock<moka::sync::Cache<Vec<u8>, Arc<PublicIndicator>>> =
    LazyLock::new(|| moka::sync::Cache::new(32));

/// Looks up what is asked for: of one series, or of those that have the codes asked for.
pub fn ready(call: &Call, conn: &mut Conn, of: Of) -> Result<Ready, Problem> {
    let asked = asked(call)?;
    let (row, indicator) = indicator(call, conn, of.indicator)?;
    let mut dimensions = frame::dimensions(&indicator.content);
    let (rows, narrowed) = match of.series {
        Some(series) => (vec![series], true),
        None => {
            let wanted = codes(call, &dimensions)?;
            let public = keys::all_public(conn, of.measure, asked.at)?;
            (frame::chosen(public, &wanted), !wanted.is_empty())
        }
    };
    let series = frame::series(&rows, &mut dimensions)?;
    let sources = reading::sources(conn, of.measure, asked.at)?;
    let mut numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    let wanted = Wanted {
        measure: of.measure,
        // The first or last of each series are ranked a few series at a time: over a whole indicator each piece would
        // rank all of them again.
        series: (narrowed || asked.ends != Ends::All).then_some(numbers),
        from: asked.from,
        to: asked.to,
        at: asked.at,
        history: asked.history,
        updated_after: asked.updated_after,
        ends: asked.ends,
    };
    let tag = tag(call, &row.digest, &sources, &asked);
    let licence = indicator.content.licence.clone();
    let frame = describe(call, &asked, &row, &indicator, dimensions, &sources);
    let known = Known { frame, series, releases: frame::releases(&sources), at: asked.at };
    let context =
        format!("figures {} {} of {}", call.target, call.params.canonical(&["cursor"]), call.actor.name());
    // What describes a page describes no place in it, and the cursor is of another format.
    let after = if asked.described { None } else { place(call, &context)? };
    let limit = asked.limit.unwrap_or(PIECE);
    let mut first = match asked.described || wanted.series.as_ref().is_some_and(Vec::is_empty) {
        true => vec![],
        false => reading::page(conn, &wanted, after, limit + 1)?,
    };
    let more = i64::try_from(first.len()).unwrap_or(i64::MAX) > limit;
    if more {
        first.pop();
    }
    let next = match (asked.limit, more, first.last()) {
        (Some(_), true, Some(last)) => Some(seal(call, &context, Place::of(last))?),
        _ => None,
    };
    let periods = match asked.format {
        Format::JsonStat if !asked.described => periods(conn, &wanted, &first, more)?,
        _ => vec![],
    };
    let ready = Ready { known, wanted, asked, first, more, next, periods, tag, licence };
    formats::check(ready.asked.format, &ready.known.frame, &ready.in_order(), &ready.periods)?;
    Ok(ready)
}

/// Whose figures: an indicator's, and perhaps one series' of it.
pub struct Of {
    /// The indicator.
    pub indicator: Id,
    /// Its number in the tables of figures.
    pub measure: i64,
    /// The series.
    pub series: Option<SeriesRow>,
}

fn describe(
    call: &Call,
    asked: &Asked,
    row: &read::Row,
    indicator: &PublicIndicator,
    dimensions: Vec<super::cell::DimensionInfo>,
    sources: &[reading::Source],
) -> Frame {
    let content = &indicator.content;
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    Frame {
        indicator: row.record,
        slug: content.slug.clone(),
        title: content.title.clone(),
        definition: content.definition.clone(),
        unit: content.unit.code().to_owned(),
        decimals: content.decimals,
        dimensions,
        licence: content.licence.clone(),
        sources: indicator.sources.clone(),
        as_of: asked.as_of,
        history: asked.history,
        labels: asked.labels,
        address: format!("{}{}{query}", call.state.public_url, call.target),
        updated: sources.iter().flat_map(|source| [Some(source.valid_from), source.ended_at]).flatten().max(),
    }
}

/// The tag of an answer: a hash of everything that it follows from.
fn tag(call: &Call, indicator: &[u8], sources: &[reading::Source], asked: &Asked) -> String {
    let mut context = Context::new(&SHA256);
    context.update(call.target.as_bytes());
    context.update(call.params.canonical(&[]).as_bytes());
    context.update(asked.format.name().as_bytes());
    context.update(indicator);
    for source in sources {
        context.update(&source.number.to_be_bytes());
        context.update(&source.digest);
        for moment in [Some(source.valid_from), source.ended_at] {
            context.update(&moment.map_or(0, Ts::micros).to_be_bytes());
        }
    }
    B64.encode(&context.finish().as_ref()[..18])
}

/// Where the cursor says that the page begins.
fn place(call: &Call, context: &str) -> Result<Option<Place>, Problem> {
    let Some(cursor) = call.params.text("cursor") else { return Ok(None) };
    match paging::open(&call.state.keys, context, cursor, call.now())?.keys.as_slice() {
        [Val::Int(series), Val::Int(starts), Val::Int(ends), Val::Ts(valid_from)] => {
            Ok(Some(Place { series: *series, starts: *starts, ends: *ends, valid_from: *valid_from }))
        }
        _ => Err(Problem::internal("a cursor of another list was opened")),
    }
}

fn seal(call: &Call, context: &str, place: Place) -> Result<String, Problem> {
    let keys = vec![place.series.into(), place.starts.into(), place.ends.into(), place.valid_from.into()];
    paging::seal(&call.state.keys, context, &Position { keys, id: None }, Some(call.now()))
}

/// The periods of the answer: of what is in hand, or asked for.
fn periods(conn: &mut Conn, wanted: &Wanted, first: &[Row], more: bool) -> Result<Vec<Period>, Problem> {
    let mut days: Vec<(i64, i64)> = match more {
        true => reading::periods(conn, wanted)?,
        false => first.iter().map(|row| (row.1.into(), row.2.into())).collect(),
    };
    days.sort_unstable();
    days.dedup();
    let period = |(starts, ends): &(i64, i64)| Some(Period { start: day(*starts)?, end: day(*ends)? });
    days.iter()
        .map(period)
        .collect::<Option<_>>()
        .ok_or_else(|| Problem::internal("a period outside the calendar"))
}

impl Ready {
    /// The series, in the order in which their cells come.
    fn in_order(&self) -> Vec<Arc<SeriesInfo>> {
        let mut all: Vec<Arc<SeriesInfo>> = self.known.series.values().cloned().collect();
        all.sort_by_key(|series| series.number);
        all
    }

    fn write(mut self, call: &Call, out: &mut dyn Write) -> Result<(), Problem> {
        if self.asked.described {
            let text = formats::metadata(&self.known.frame).to_string();
            return out.write_all(text.as_bytes()).map_err(Problem::internal);
        }
        let mut writer = formats::writer(self.asked.format, &self.in_order(), &self.periods);
        let frame = &self.known.frame;
        writer.begin(frame, out)?;
        let mut rows = std::mem::take(&mut self.first);
        loop {
            let last = rows.last().map(Place::of);
            for row in rows {
                writer.cell(frame, &self.known.cell(row)?, out)?;
            }
            // Of a page there is no more; of everything the next piece is read when this one has been taken.
            if !self.more || self.asked.limit.is_some() || last.is_none() {
                break;
            }
            rows = call.state.db.snapshot(|conn| reading::page(conn, &self.wanted, last, PIECE))?;
            self.more = i64::try_from(rows.len()).unwrap_or(0) == PIECE;
        }
        writer.end(frame, &End { limit: self.asked.limit, next: self.next }, out)
    }

    fn headers(&self, call: &Call) -> Vec<(&'static str, String)> {
        let mut links = vec![];
        if let Some(next) = &self.next {
            links.push(format!("<{}>; rel=\"next\"", call.next_link(next)));
        }
        let mut headers = vec![];
        if self.asked.format == Format::Csv && !self.asked.described {
            links.push(format!(
                "<{}>; rel=\"describedby\"; type=\"{}\"",
                described_at(call),
                formats::METADATA_TYPE
            ));
        }
        if !links.is_empty() {
            headers.push(("Link", links.join(", ")));
        }
        headers.extend(provenance(call));
        if let Some(licence) = &self.licence {
            headers.push(("X-Licence", kinds::plain(licence)));
        }
        if !self.known.frame.sources.is_empty() {
            headers.push(("X-Source", kinds::plain(&self.known.frame.sources.join(", "))));
        }
        headers
    }

    fn content_type(&self) -> &'static str {
        if self.asked.described { formats::METADATA_TYPE } else { self.asked.format.content_type() }
    }

    /// The answer, to be written as it goes.
    pub fn begin(self, call: &Call) -> StreamingReply {
        StreamingReply {
            content_type: self.content_type(),
            headers: self.headers(call),
            tag: Some(self.tag.clone()),
            write: Box::new(move |call, out| self.write(call, out)),
        }
    }

    /// The answer as a whole.
    pub fn reply(self, call: &Call) -> Result<Reply, Problem> {
        let (content_type, headers, tag) = (self.content_type(), self.headers(call), self.tag.clone());
        let mut body = Vec::with_capacity(self.first.len() * 320 + 1_024);
        self.write(call, &mut body)?;
        let mut reply = Reply::json(body);
        reply.content_type = content_type;
        reply.headers = headers;
        reply.tag = Some(tag);
        Ok(reply)
    }
}

/// The same address with `format=csvw`, in the place where `format` stood: what describes the CSV.
fn described_at(call: &Call) -> String {
    let csvw = format!("format={CSVW}");
    let mut pairs: Vec<&str> = call.query.split('&').filter(|pair| !pair.is_empty()).collect();
    match pairs.iter_mut().find(|pair| pair.starts_with("format=")) {
        Some(format) => *format = &csvw,
        None => pairs.push(&csvw),
    }
    format!("{}{}?{}", call.state.public_url, call.target, pairs.join("&"))
}
