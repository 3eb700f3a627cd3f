//! Checks of a request's headers, accepted types and body, before the handler runs.

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::exchange::ConnectionRecord;
use crate::http::State;
use crate::http::accept::{SDMX_CSV, choose};
use crate::http::arriving::{Held, SHORTEST_CHUNKS, SMALL};
use crate::http::operation::{Answer, BodySize, BodySpec, Operation};
use crate::http::params::Params;
use crate::problem::{self, Fault, Problem};

/// The value of a header. Fails where it is repeated or not text.
pub fn header_once(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    match text {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Problem::bad_request(vec![Fault::header(
            name,
            "repeated",
            "Send this header once, in visible ASCII characters.",
        )])),
    }
}

/// 406 where the caller accepts none of the operation's types, before the body is read. A format that the query names comes
/// before what is accepted.
pub fn accepts(operation: &Operation, params: &Params, accept: Option<&str>) -> Result<(), Problem> {
    let mut types: Vec<(&str, ())> = operation
        .answers
        .iter()
        .filter(|answer| answer.status < 300)
        .flat_map(Answer::media_types)
        .map(|name| (name, ()))
        .collect();
    types.dedup();
    if params.has("format") || types.is_empty() || choose(accept, &types).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = types.iter().map(|(name, ())| *name).collect();
    let detail = format!("This is available as {}. Send one of these in `Accept`.", names.join(" or "));
    Err(Problem::new(&problem::NOT_ACCEPTABLE, detail))
}

/// How a ZIP archive begins, and so a workbook.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// Whether a media type is one of text.
fn is_text(media_type: &str) -> bool {
    ["text/", SDMX_CSV].iter().any(|text| media_type.starts_with(text))
        || media_type.contains("json")
        || media_type.contains("urlencoded")
}

/// How many bytes of a body are counted at a time.
const STEP: usize = SMALL as usize;
/// How many chunks of a body are read before others have their turn.
const CHUNKS_AT_ONCE: usize = 1_000;

fn chunks_too_short() -> Problem {
    let detail = format!(
        "The body comes in chunks of fewer than {SHORTEST_CHUNKS} bytes. Send larger chunks, or the whole body with Content-Length."
    );
    Problem::new(&problem::TOO_LARGE, detail)
}

/// Reads the body, within its limits of type, coding, size and time. What is in memory of it is counted by `held`.
pub async fn read_body(
    state: &State,
    request: &HttpRequest,
    mut payload: web::Payload,
    spec: &BodySpec,
    held: &mut Held,
) -> Result<Vec<u8>, Problem> {
    let unsupported = |detail: String| Problem::new(&problem::UNSUPPORTED_MEDIA_TYPE, detail);
    let codings: Vec<_> = request.headers().get_all(header::CONTENT_ENCODING).collect();
    if codings.len() > 1 || codings.iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(unsupported("Send the body uncompressed, without Content-Encoding.".to_owned())
            .header("Accept-Encoding", "identity"));
    }
    let limit = spec.size.bytes(state.limits.body_bytes);
    let time = match spec.size {
        BodySize::File(_) => state.limits.body_time * 6,
        _ => state.limits.body_time,
    };
    let too_large = || Problem::new(&problem::TOO_LARGE, format!("A body must have at most {limit} bytes."));
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|text| text.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    if let (Some(length), true) = (declared.and_then(|text| text.parse().ok()), !spec.size.is_uncounted()) {
        held.announce(length)?;
    }
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let reading = async {
        let arriving = ConnectionRecord::of(request).map(ConnectionRecord::body_wanted);
        let mut body = vec![];
        let mut counted = 0;
        let mut chunks: usize = 0;
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| {
                Problem::bad_request(vec![Fault::pointer(
                    "",
                    "broken",
                    "The body did not arrive completely.",
                )])
            })?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            if let Some(arriving) = &arriving {
                arriving.count(chunk.len());
            }
            while counted < body.len() + chunk.len() && !spec.size.is_uncounted() {
                held.arrive(STEP.min(limit - counted))?;
                counted += STEP.min(limit - counted);
            }
            body.extend_from_slice(&chunk);
            chunks += 1;
            if chunked && body.len() >= STEP && body.len() / chunks < SHORTEST_CHUNKS {
                return Err(chunks_too_short());
            }
            if chunks.is_multiple_of(CHUNKS_AT_ONCE) {
                tokio::task::yield_now().await;
            }
        }
        if let Some(arriving) = arriving {
            arriving.ended();
        }
        Ok(body)
    };
    let body = tokio::time::timeout(time, reading).await.map_err(|_| {
        Problem::new(&problem::TIMEOUT, format!("A body must arrive within {} seconds.", time.as_secs()))
    })??;
    if body.is_empty() && !spec.required {
        return Ok(body);
    }
    let types: Vec<_> = request.headers().get_all(header::CONTENT_TYPE).collect();
    let text = match types.as_slice() {
        [one] => one.to_str().unwrap_or_default().to_ascii_lowercase(),
        _ => String::new(),
    };
    let mut pieces = text.split(';').map(str::trim);
    let known = pieces.next().is_some_and(|name| spec.media_types.contains(&name));
    let utf8 = pieces.all(|piece| {
        piece.strip_prefix("charset=").is_none_or(|charset| charset.trim_matches('"') == "utf-8")
    });
    if !known || !utf8 {
        let coding = if spec.media_types.iter().any(|name| is_text(name)) { ", in UTF-8" } else { "" };
        return Err(unsupported(format!("Send the body as {}{coding}.", spec.media_types.join(" or "))));
    }
    // Generated clients send a file in the media type that they think first. As text it would have a fault in every line.
    if body.starts_with(ARCHIVE) && is_text(&text) {
        let archives: Vec<_> = spec.media_types.iter().copied().filter(|name| !is_text(name)).collect();
        let advice = match archives.as_slice() {
            [] => "such a body is not taken here".to_owned(),
            _ => format!("send it as {}", archives.join(" or ")),
        };
        return Err(unsupported(format!(
            "Content-Type says text, and the body is a workbook or another archive; {advice}."
        )));
    }
    Ok(body)
}
