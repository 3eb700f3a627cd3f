//! Responses of any length: conditions, lengths and parts of them, before the first byte.
//!
//! The tag of such a response stands for everything that its body follows from, so making the body again gives the same
//! bytes. Only its length is not known beforehand: where that is needed, the body is made once without being sent, and the
//! length is remembered. A short body is made at once, and has its length. While a body is made, `app/stream.rs` checks that its tag is still right.

use actix_web::http::header::ContentEncoding;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};

use super::blocking::block;
use super::coding::preferred_coding;
use super::parts::{self, Asking, Validators};
use super::response;
use super::stream::{self, Sent, StartedBody, Work};
use super::waiting::LONGEST_WAIT;
use super::xlsx;
use crate::http::Call;
use crate::http::download::ZIP;
use crate::http::modified::LastModified;
use crate::http::operation::{BulkHandler, BulkReply, StreamingReply};
use crate::http::places::{Holder, Place};
use crate::http::reply::TaggedReply;
use crate::problem::Problem;
use crate::record::changes;
use crate::sheet::XLSX;

/// How many bytes a body can hold between its pieces without being refused while much else waits for its readers.
const UNCOUNTED: usize = 1_048_576;

/// Calls the handler and responds.
pub async fn respond(
    call: Call,
    handler: BulkHandler,
    place: Option<Place>,
    holder: Holder,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let work = move || {
        // Before anything of the body is read, so that what changes meanwhile shows.
        let db = &call.state.db;
        let (generation, changed) =
            db.read(|conn| Ok((db.generation(conn)?, changes::last_public_change(conn, call.now())?)))?;
        let reply = xlsx::of_bulk(&call, handler)?;
        Ok((call, reply, generation, changed, place))
    };
    let (call, reply, generation, changed, place) = block(work).await?;
    let (headers, now, operation) = (call.headers.clone(), call.now(), call.operation);
    let asking = Asking { request, operation, headers: &headers, now };
    let past_header = call.past_header();
    let reply = match reply {
        BulkReply::Whole(mut reply) => {
            reply.headers.extend(past_header);
            let reply = TaggedReply { changed, ..reply.into() };
            let response = response::respond(&reply, asking)?;
            // Until here, where its bytes are counted.
            drop(place);
            return Ok(response);
        }
        BulkReply::InPieces(reply) => reply,
    };
    drop(place);
    let StreamingReply { content_type, headers, tag, of_body, pieces } = reply;
    let modified = changed.map(|changed| LastModified::new(changed, now));
    let of = Validators { tag: &tag, modified };
    // An archive is compressed already, and so is a workbook.
    let compressed = ![ZIP, XLSX].contains(&content_type);
    if let Some(response) = asking.unchanged(of, compressed)? {
        return Ok(response);
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
    let will_be_coded =
        compressed && preferred_coding(request).is_some_and(|coding| coding != ContentEncoding::Identity);
    if is_head && will_be_coded {
        // As in the response to GET, whose length is not known either.
        return Ok(stream::head(response, None));
    }
    let state = call.state.clone();
    let open = state.streams.take(&holder, LONGEST_WAIT).await?;
    let address = format!("{}?{}", call.raw_path, call.query);
    let mut length = state.lengths.get(&address, &tag);
    let bytes = pieces.memory();
    if bytes > UNCOUNTED {
        state.unsent.check(&holder)?;
    }
    let memory = state.unsent.add(holder.clone(), bytes);
    let work = Work { call, pieces, handler, tag: tag.clone(), generation, _memory: memory };
    let mut started = match length {
        Some(_) => StartedBody::new(work),
        None => StartedBody::make_beginning(work, &holder).await?,
    };
    if length.is_none() && !started.more {
        length = Some(started.made.len() as u64);
    } else if length.is_none() && (is_head || asking.is_for_part(of)) {
        let (work, found) = started.measure(&holder).await?;
        started = StartedBody::new(work.again().await?);
        length = Some(found);
    }
    if let Some(length) = length {
        state.lengths.put(&address, &tag, length);
    }
    if is_head {
        return Ok(stream::head(response, length));
    }
    let part = match length {
        Some(length) => asking.part(of, length)?.map(|part| (part, length)),
        None => None,
    };
    let sent = match part {
        Some((part, length)) => {
            parts::announce(&mut response, part, length);
            Sent::Part(part.0, part.1 + 1 - part.0)
        }
        None => Sent::Whole { length, address },
    };
    Ok(stream::respond(response, started, holder, open, sent))
}
