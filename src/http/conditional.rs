//! ETags and conditional requests (RFC 9110, section 13).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;

use crate::problem::{self, Fault, Problem};

/// The tag of a representation: a hash of it, without quotes.
pub fn tag(body: &[u8]) -> String {
    B64.encode(&digest(&SHA256, body).as_ref()[..18])
}

/// The tag without the suffix of the content coding.
fn without_coding(tag: &str) -> &str {
    for coding in ["-gzip", "-br", "-zstd", "-deflate"] {
        if let Some(plain) = tag.strip_suffix(coding) {
            return plain;
        }
    }
    tag
}

/// The tags of an `If-Match` or `If-None-Match`, without their codings; `None` where the syntax is wrong.
fn tags(header: &str) -> Option<Vec<String>> {
    let mut tags = vec![];
    for part in header.split(',') {
        let part = part.trim();
        let part = part.strip_prefix("W/").unwrap_or(part);
        let inner = part.strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('"') {
            return None;
        }
        tags.push(without_coding(inner).to_owned());
    }
    Some(tags)
}

/// Whether an `If-None-Match` has the tag: then the response is 304.
pub fn none_match(header: Option<&str>, tag: &str) -> bool {
    match header {
        None => false,
        Some("*") => true,
        Some(header) => tags(header).is_some_and(|tags| tags.iter().any(|one| one == tag)),
    }
}

/// Checks an `If-Match` against the tag of the representation that the caller would read now.
pub fn require_match(header: Option<&str>, tag: &str) -> Result<(), Problem> {
    let Some(header) = header else {
        return Err(missing());
    };
    if header.trim() == "*" {
        // `*` matches any version, so it would not prevent a lost update.
        return Err(missing());
    }
    // A weak tag never matches here (RFC 9110, 13.1.1).
    let strong = !header.split(',').any(|part| part.trim().starts_with("W/"));
    match tags(header) {
        None => Err(Problem::bad_request(vec![Fault::header(
            "If-Match",
            "syntax",
            "Send the record's ETag as you received it, in double quotes.",
        )])),
        Some(tags) if strong && tags.iter().any(|one| one == tag) => Ok(()),
        Some(_) => Err(Problem::new(
            &problem::PRECONDITION_FAILED,
            "The record has changed since you read it, or the tag is that of another address; read the record again.",
        )),
    }
}

fn missing() -> Problem {
    Problem::new(
        &problem::PRECONDITION_REQUIRED,
        "Send the ETag that you received when you read this record as If-Match (not `*`).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_ignored_and_weak_tags_never_match() {
        assert!(require_match(Some("\"abc\""), "abc").is_ok());
        assert!(require_match(Some("\"abc-gzip\""), "abc").is_ok());
        assert!(require_match(Some("\"x\", \"abc\""), "abc").is_ok());
        let status = |header| require_match(header, "abc").map_err(|problem| problem.kind.status);
        assert_eq!(status(Some("W/\"abc\"")), Err(412));
        assert_eq!(status(Some("\"abd\"")), Err(412));
        assert_eq!(status(Some("abc")), Err(400));
        assert_eq!(status(Some("*")), Err(428));
        assert_eq!(status(None), Err(428));
        assert!(none_match(Some("W/\"abc-br\""), "abc"));
        assert!(!none_match(Some("\"abd\""), "abc"));
    }
}
