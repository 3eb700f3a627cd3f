//! Answers that are files made from the CSV of the same request: workbooks and Parquet.

use super::{parquet, xlsx};
use crate::http::operation::{BulkHandler, BulkReply};
use crate::http::{Call, Reply};
use crate::problem::Problem;

/// How the `Content-Type` of the CSV begins.
const CSV: &str = "text/csv";

/// The reply in the form that the request is for.
pub fn of_reply(call: &Call, reply: Reply) -> Result<Reply, Problem> {
    // Who has the body already gets none.
    let has_rows = reply.status == 200 && is_csv(reply.content_type) && !reply.body.is_empty();
    if !has_rows || !call.is_made_of_csv() {
        return Ok(reply);
    }
    let mut reply = match call.is_for_workbook() {
        true => xlsx::of_reply(call, reply)?,
        false => parquet::of_reply(call, reply)?,
    };
    // It is compressed already.
    reply.headers.push(("Content-Encoding", "identity".to_owned()));
    Ok(reply)
}

/// The reply of a handler whose responses can be of any length, in the form that the request is for.
pub fn of_bulk(call: &Call, handler: BulkHandler) -> Result<BulkReply, Problem> {
    let reply = match handler(call)? {
        BulkReply::Whole(reply) => return of_reply(call, reply).map(BulkReply::Whole),
        BulkReply::InPieces(reply) => reply,
    };
    let reply = match is_csv(reply.content_type) {
        true if call.is_for_workbook() => xlsx::of_pieces(reply),
        true if call.is_for_parquet() => parquet::of_pieces(reply),
        _ => reply,
    };
    Ok(BulkReply::InPieces(reply))
}

fn is_csv(content_type: &str) -> bool {
    content_type.starts_with(CSV)
}
