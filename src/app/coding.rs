//! The content coding that a caller takes.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header};

use crate::http::conditional;

/// The coding that the caller prefers, chosen as the compression middleware chooses.
pub fn preferred_coding(request: &HttpRequest) -> Option<ContentEncoding> {
    const SERVED: [Encoding; 5] =
        [Encoding::identity(), Encoding::brotli(), Encoding::gzip(), Encoding::deflate(), Encoding::zstd()];
    let accepted = AcceptEncoding::parse(request).ok()?;
    match accepted.negotiate(SERVED.iter())? {
        Encoding::Known(coding) => Some(coding),
        Encoding::Unknown(_) => None,
    }
}

/// Whether the caller takes a body without a content coding.
pub fn accepts_as_it_is(request: &HttpRequest) -> bool {
    let as_it_is = [Encoding::identity()];
    AcceptEncoding::parse(request).map_or(true, |accepted| accepted.negotiate(as_it_is.iter()).is_some())
}

/// An `If-None-Match` without the tags of codings that the request does not accept.
pub fn tags_in_accepted_codings(tags: String, request: &HttpRequest) -> String {
    conditional::in_accepted_codings(tags, |coding| accepts_coding(request, coding))
}

/// Whether the caller takes a body in the coding of that name.
fn accepts_coding(request: &HttpRequest, name: &str) -> bool {
    let Ok(coding) = name.parse::<ContentEncoding>() else { return false };
    let offered = [Encoding::Known(coding)];
    AcceptEncoding::parse(request).map_or(true, |accepted| accepted.negotiate(offered.iter()).is_some())
}

/// The name of a coding in tags; none for a body as it is.
pub fn name_of(coding: ContentEncoding) -> Option<&'static str> {
    (coding != ContentEncoding::Identity).then(|| coding.as_str())
}
