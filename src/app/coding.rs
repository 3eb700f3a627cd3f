//! The content coding that a caller takes.

use actix_web::HttpRequest;
use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, Header, Preference, Quality};

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
    use ContentEncoding::{Brotli, Deflate, Gzip, Zstd};
    // Who does not say what it accepts accepts all (RFC 9110, 12.5.3).
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return tags;
    }
    // Once for all tags: either header can be long.
    let accepted = AcceptEncoding::parse(request).map(|accepted| accepted.0).unwrap_or_default();
    let says = |preference: Preference<Encoding>| {
        accepted.iter().find(|one| one.item == preference).map(|one| one.quality > Quality::ZERO)
    };
    let accepts = |coding: &ContentEncoding| {
        says(Preference::Specific(Encoding::Known(*coding))).or_else(|| says(Preference::Any)) == Some(true)
    };
    let codings: Vec<_> = [Brotli, Gzip, Zstd, Deflate].into_iter().filter(accepts).collect();
    conditional::in_accepted_codings(tags, |name| codings.iter().any(|coding| coding.as_str() == name))
}

/// The name of a coding in tags; none for a body as it is.
pub fn name_of(coding: ContentEncoding) -> Option<&'static str> {
    (coding != ContentEncoding::Identity).then(|| coding.as_str())
}
