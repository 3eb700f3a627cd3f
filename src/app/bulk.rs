//! Responses of any length: conditions, lengths and parts of them, before the first byte.
//!
//! The tag of such a response stands for everything that its body follows from, so making the body again gives the same
//! bytes. Only its length is not known beforehand: where that is needed, the body is made once without being sent, and the
//! length is remembered; the bytes are kept in a file, where there is room, for the parts that are requested next. A short
//! body is made at once, and has its length. While a body is made, `app/stream.rs` checks that its tag is still right.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::ContentEncoding;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::blocking::block;
use super::coding::preferred_coding;
use super::parts::{self, Asking, Validators};
use super::response;
use super::stream::{self, Sent, StartedBody, Work};
use super::waiting::{LONGEST_WAIT, LONGEST_WAIT_OF_FILE, take_place_in_bulk};
use super::{from_file, made_of_csv};
use crate::clock::Ts;
use crate::http::Call;
use crate::http::body_files::{BodyFile, MOST_OF_ONE};
use crate::http::download::{PARQUET_TYPE, ZIP};
use crate::http::modified::LastModified;
use crate::http::operation::{BulkHandler, BulkReply, Pieces, StreamingReply};
use crate::http::places::{Holder, Place};
use crate::http::reply::TaggedReply;
use crate::problem::Problem;
use crate::record::changes;
use crate::sheet::XLSX;
use crate::store::Generation;

/// How many bytes a body can hold between its pieces without being refused while much else waits for its readers.
const UNCOUNTED: usize = 1_048_576;

/// How many bytes an encoder holds while a body is sent in a coding.
fn encoder(coding: Option<ContentEncoding>) -> usize {
    match coding {
        Some(ContentEncoding::Brotli) => 8 << 20,
        Some(ContentEncoding::Zstd) => 4 << 20,
        _ => 0,
    }
}

/// What a handler returned, and what was on record before it read anything.
struct Prepared {
    call: Call,
    reply: BulkReply,
    generation: Generation,
    changed: Option<Ts>,
    /// The place of whoever reads.
    place: Option<Place>,
}

impl Prepared {
    /// Waits for a place and calls the handler.
    async fn new(call: Call, handler: BulkHandler, holder: &Holder) -> Result<Prepared, Problem> {
        let place = take_place_in_bulk(&call, holder).await?;
        block(move || {
            // Before anything of the body is read, so that what changes meanwhile shows.
            let db = &call.db;
            let (generation, changed) =
                db.read(|conn| Ok((db.generation(conn)?, changes::last_public_change(conn, call.now())?)))?;
            let reply = made_of_csv::of_bulk(&call, handler)?;
            Ok(Prepared { call, reply, generation, changed, place })
        })
        .await
    }

    /// Whether a file must be made to respond.
    fn needs_file(&self, address: &str) -> bool {
        let state = &self.call.state;
        match &self.reply {
            BulkReply::Whole(_) => false,
            BulkReply::InPieces(reply) => {
                MADE_FILES.contains(&reply.content_type)
                    && state.body_files.get(address, &reply.tag).is_none()
            }
        }
    }
}

/// The media types of files that are made before their first byte is sent.
const MADE_FILES: &[&str] = &[XLSX, PARQUET_TYPE];

/// Calls the handler and responds.
pub async fn respond(
    call: Call,
    handler: BulkHandler,
    holder: Holder,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let state = call.state.clone();
    let address = format!("{}?{}", call.raw_path, call.query);
    // Takes the place first: a request that waits for it must not hold what it has read. A file that is kept already needs none.
    let is_made = call.is_made_of_csv() && call.params.int("limit").is_none();
    if is_made {
        state.unsent.check(&holder)?;
    }
    let mut making = match is_made && !state.body_files.has(&address) {
        true => Some(state.made_files.take(&holder, LONGEST_WAIT_OF_FILE).await?),
        false => None,
    };
    let mut prepared = Prepared::new(call, handler, &holder).await?;
    if making.is_none() && prepared.needs_file(&address) {
        // The kept file is of an earlier body. Drops what was read before waiting for a place.
        let Prepared { call, reply, place, .. } = prepared;
        drop((reply, place));
        making = Some(state.made_files.take(&holder, LONGEST_WAIT_OF_FILE).await?);
        prepared = Prepared::new(call, handler, &holder).await?;
    }
    match send(prepared, (handler, &holder, &address), making, None, request).await? {
        Progress::Responds(response) => Ok(response),
        // Many requests can wait here, so none keeps what it has read: each reads again when it has a place.
        Progress::Waits(call, mut making) => {
            // A request that holds one of the few places for files must not wait: others need it.
            let wait = if making.is_some() { Duration::ZERO } else { LONGEST_WAIT };
            let open = state.streams.take(&holder, wait).await?;
            let prepared = Prepared::new(*call, handler, &holder).await?;
            if making.is_none() && prepared.needs_file(&address) {
                // The kept file was removed while the request waited.
                making = Some(state.made_files.take(&holder, Duration::ZERO).await?);
            }
            match send(prepared, (handler, &holder, &address), making, Some(open), request).await? {
                Progress::Responds(response) => Ok(response),
                Progress::Waits(..) => Err(Problem::internal("a response that has its place waits for it")),
            }
        }
    }
}

/// How far a response is.
enum Progress {
    Responds(HttpResponse),
    /// It needs a place among the open responses, and none is free. What it has read is dropped.
    Waits(Box<Call>, Option<Place>),
}

/// Responds with what was prepared, unless it needs a place among the open responses, and none is free.
async fn send(
    prepared: Prepared,
    (handler, holder, address): (BulkHandler, &Holder, &str),
    making: Option<Place>,
    open: Option<Place>,
    request: &HttpRequest,
) -> Result<Progress, Problem> {
    let Prepared { call, reply, generation, changed, place } = prepared;
    let state = call.state.clone();
    let (headers, now, operation) = (call.headers.clone(), call.now(), call.operation);
    let asking = Asking { request, operation, headers: &headers, now };
    let past_header = call.past_header();
    let reply = match reply {
        BulkReply::Whole(mut reply) => {
            reply.headers.extend(past_header);
            let reply = TaggedReply { changed, ..reply.into() };
            let response = response::respond(&reply, asking).await?;
            // Until here, where its bytes are counted.
            drop(place);
            return Ok(Progress::Responds(response));
        }
        BulkReply::InPieces(reply) => reply,
    };
    drop(place);
    let StreamingReply { content_type, headers, tag, of_body, pieces, latest: _ } = reply;
    let modified = changed.map(|changed| LastModified::new(changed, now));
    let of = Validators { tag: &tag, modified };
    // An archive is compressed already, and so are a workbook and Parquet.
    let compressed = ![ZIP, XLSX, PARQUET_TYPE].contains(&content_type);
    if let Some(response) = asking.unchanged(of, compressed)? {
        return Ok(Progress::Responds(response));
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, content_type));
    parts::describe(&mut response, of, operation);
    if let Some(name) = response::file_name(asking, content_type, of_body.as_deref(), call.as_of.get()) {
        response.insert_header((header::CONTENT_DISPOSITION, name));
    }
    for (name, value) in headers.into_iter().chain(past_header) {
        response.insert_header((name, value));
    }
    if !compressed {
        response.insert_header(ContentEncoding::Identity);
    }
    let is_head = *request.method() == Method::HEAD;
    let coding = preferred_coding(request).filter(|_| compressed);
    let will_be_coded = coding.is_some_and(|coding| coding != ContentEncoding::Identity);
    if is_head && will_be_coded {
        // As in the response to GET, whose length is not known either.
        return Ok(Progress::Responds(stream::head(response, None)));
    }
    let Some(open) = open.or_else(|| state.streams.take_free(holder)) else {
        drop(pieces);
        return Ok(Progress::Waits(Box::new(call), making));
    };
    let sending = Sending { asking, of, open };
    if let Some(file) = state.body_files.get(address, &tag) {
        return sending.file(response, file, (pieces.as_ref(), &call)).map(Progress::Responds);
    }
    let mut length = state.lengths.get(address, &tag);
    // Readers of Parquet fetch one file in many parts: all of it is made at once and kept, where there is room.
    let is_kept = content_type == PARQUET_TYPE && length.is_none_or(|length| length <= MOST_OF_ONE);
    // A workbook is complete before its first byte, so all of it is made here, and nobody who reads slowly keeps the place.
    let is_workbook = content_type == XLSX && !(is_head && length.is_some());
    let bytes = pieces.memory();
    if bytes > UNCOUNTED {
        state.unsent.check(holder)?;
    }
    let memory = state.unsent.add(holder.clone(), bytes);
    let work = Work { call, pieces, handler, tag: tag.clone(), generation, memory, making };
    let mut started = if is_workbook || (length.is_none() && !is_kept) {
        StartedBody::make_beginning(work, holder).await?
    } else {
        StartedBody::new(work)
    };
    if length.is_none() && !started.more {
        length = Some(started.made.len() as u64);
    } else if is_kept || (length.is_none() && (is_head || asking.is_for_part(of))) {
        let (mut work, found, file) = started.measure(holder).await?;
        work.making = None;
        if let Some(file) = file.map(Arc::new) {
            state.body_files.put(address, &tag, file.clone());
            return sending.file(response, file, (work.pieces.as_ref(), &work.call)).map(Progress::Responds);
        }
        started = StartedBody::new(work.again().await?);
        length = Some(found);
    }
    started.work.making = None;
    if let Some(length) = length {
        state.lengths.put(address, &tag, length);
    }
    if is_head {
        return Ok(Progress::Responds(stream::head(response, length)));
    }
    // It counts for as long as a long body is sent.
    let held = encoder(coding);
    if started.more && held > 0 {
        state.unsent.check(holder)?;
        started.work.memory = state.unsent.add(holder.clone(), bytes + held);
    }
    let part = match length {
        Some(length) => sending.part(&mut response, length)?,
        None => None,
    };
    let sent = match part {
        Some((first, count)) => Sent::Part(first, count),
        None => Sent::Whole { length, address: address.to_owned() },
    };
    Ok(Progress::Responds(stream::respond(response, started, holder.clone(), sending.open, sent)))
}

/// A response that is about to be sent, with its place among those that are open.
struct Sending<'a> {
    asking: Asking<'a>,
    of: Validators<'a>,
    open: Place,
}

impl Sending<'_> {
    /// Where the part that is requested begins, and how many bytes it has; none if the whole is requested.
    fn part(&self, response: &mut HttpResponseBuilder, length: u64) -> Result<Option<(u64, u64)>, Problem> {
        let part = self.asking.part(self.of, length)?;
        if let Some(part) = part {
            parts::announce(response, part, length);
        }
        Ok(part.map(|(first, last)| (first, last + 1 - first)))
    }

    /// The response from a file that is kept.
    fn file(
        self,
        mut response: HttpResponseBuilder,
        file: Arc<BodyFile>,
        (pieces, call): (&dyn Pieces, &Call),
    ) -> Result<HttpResponse, Problem> {
        let length = file.length();
        if *self.asking.request.method() == Method::HEAD {
            return Ok(stream::head(response, Some(length)));
        }
        pieces.sent(call);
        let part = self.part(&mut response, length)?.unwrap_or((0, length));
        Ok(from_file::respond(response, file, part, self.open))
    }
}
