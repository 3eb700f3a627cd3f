//! ETags and conditional requests (RFC 9110, section 13).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;

use crate::problem::{self, Fault, Problem};

/// The tag of a representation: a hash of it, without quotes.
pub fn tag(body: &[u8]) -> String {
    tag_of(digest(&SHA256, body).as_ref())
}

/// The tag of what has that SHA-256: always of [`LENGTH`] characters.
pub fn tag_of(digest: &[u8]) -> String {
    B64.encode(digest.get(..18).unwrap_or(digest))
}

/// How long our tags are. What follows is of codings.
const LENGTH: usize = 24;

/// What this server and the proxies before it add to a tag for a content coding.
const CODINGS: &[&str] = &["-br", "-gzip", "-zstd", "-deflate"];

/// How many codings a tag names at most: ours, and those of proxies.
const MOST_CODINGS: usize = 3;

/// Whether a tag that a caller sent is this one: as it is, or with the suffix of a coding.
fn is_tag(sent: &str, tag: &str) -> bool {
    let mut rest = match sent.strip_prefix(tag) {
        Some(rest) => rest,
        None => return false,
    };
    for _ in 0..MOST_CODINGS {
        rest = CODINGS.iter().find_map(|coding| rest.strip_prefix(coding)).unwrap_or(rest);
    }
    rest.is_empty()
}

/// The tags of an `If-Match` or `If-None-Match`, without quotes; `None` where the syntax is wrong. A weak tag is taken for
/// the strong one: ours are all strong, and it is a proxy's compression that weakens them (RFC 9110, 8.8.1).
fn tags(header: &str) -> Option<Vec<&str>> {
    let mut tags = vec![];
    let mut rest = header.trim().trim_start_matches([',', ' ', '\t']);
    loop {
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        // A tag can contain a comma, and no quote.
        let (tag, after) = quoted.split_once('"')?;
        tags.push(tag);
        rest = after.trim_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        // An element of a list may be empty (RFC 9110, 5.6.1).
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.is_empty() {
            return Some(tags);
        }
    }
}

/// An `If-None-Match` without the tags of codings that the request does not accept: a 304 that names one would make a cache send
/// what its caller cannot read (RFC 9111, 4.3.4).
pub fn in_accepted_codings(header: String, accepts: impl Fn(&str) -> bool) -> String {
    let Some(tags) = tags(&header) else { return header };
    let is_accepted = |tag: &&str| {
        let codings = tag.get(LENGTH..).unwrap_or_default();
        let mut codings = codings.split('-').filter(|name| CODINGS.iter().any(|one| &one[1..] == *name));
        codings.all(&accepts)
    };
    let left: Vec<String> = tags.into_iter().filter(is_accepted).map(|tag| format!("\"{tag}\"")).collect();
    // An empty tag is nobody's, and the header still comes before `If-Modified-Since`.
    if left.is_empty() { "\"\"".to_owned() } else { left.join(", ") }
}

/// Whether an `If-None-Match` has the tag: then the response is 304.
pub fn none_match(header: Option<&str>, tag: &str) -> bool {
    header.is_some_and(|header| any_match(header, tag))
}

/// The tag that a 304 names: the one that a response in this coding would have, if the caller has it or sent `*`; else the
/// first that the caller sent of this representation. So a cache finds the response that it has stored.
pub fn not_modified_tag(header: Option<&str>, tag: &str, coding: Option<&str>) -> String {
    let coded = coding.map_or_else(|| tag.to_owned(), |coding| format!("{tag}-{coding}"));
    let sent = header.and_then(tags).unwrap_or_default();
    let mut same = sent.into_iter().filter(|one| is_tag(one, tag));
    match same.clone().any(|one| one == coded) {
        true => coded,
        false => same.next().map_or(coded, str::to_owned),
    }
}

/// Whether a list of tags, as in the `If-Match` of a read, has the tag. One with a wrong syntax has none.
pub fn any_match(header: &str, tag: &str) -> bool {
    header.trim() == "*" || tags(header).is_some_and(|tags| tags.iter().any(|one| is_tag(one, tag)))
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
    match tags(header) {
        None => Err(Problem::bad_request(vec![Fault::header(
            "If-Match",
            "syntax",
            "Send the record's ETag as you received it, in double quotes.",
        )])),
        Some(tags) if tags.iter().any(|one| is_tag(one, tag)) => Ok(()),
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
    fn codings_and_the_mark_of_a_weak_tag_are_ignored() {
        assert!(require_match(Some("\"abc\""), "abc").is_ok());
        for of_a_proxy in [
            "\"abc-gzip\"",
            "W/\"abc\"",
            "W/\"abc-br\"",
            "\"abc-br-gzip\"",
            "\"x\", W/\"abc\"",
            "\"abc\",",
            "\"x\", , \"abc\" ,",
        ] {
            assert!(require_match(Some(of_a_proxy), "abc").is_ok(), "{of_a_proxy}");
            assert!(none_match(Some(of_a_proxy), "abc"), "{of_a_proxy}");
        }
        let status = |header| require_match(header, "abc").map_err(|problem| problem.kind.status);
        for other in ["\"abd\"", "W/\"abd\"", "\"abc-other\"", "\"abcd\"", "\"ab\"", "\"a,bc\"", "\"\""] {
            assert_eq!(status(Some(other)), Err(412), "{other}");
            assert!(!none_match(Some(other), "abc"), "{other}");
        }
        for wrong in ["abc", "W/abc", "w/\"abc\"", "\"abc", "\"x\" \"abc\"", "", ","] {
            assert_eq!(status(Some(wrong)), Err(400), "{wrong}");
        }
        assert_eq!(status(Some("*")), Err(428));
        assert_eq!(status(None), Err(428));
    }

    #[test]
    fn a_tag_that_ends_like_a_coding_is_still_itself() {
        assert!(require_match(Some("\"abc-br\""), "abc-br").is_ok());
        assert!(require_match(Some("\"abc-br-gzip\""), "abc-br").is_ok());
        assert!(require_match(Some("\"abc\""), "abc-br").is_err());
    }

    #[test]
    fn not_modified_names_the_tag_of_the_coding_that_the_caller_has() {
        let named = |header, coding| not_modified_tag(Some(header), "abc", coding);
        assert_eq!(named("\"abc\"", None), "abc");
        assert_eq!(named("\"abc-gzip\"", Some("gzip")), "abc-gzip");
        assert_eq!(named("\"x\", \"abc-gzip\"", Some("gzip")), "abc-gzip");
        assert_eq!(named("\"abc\", \"abc-br\", \"abc-gzip\"", Some("gzip")), "abc-gzip");
        assert_eq!(named("\"x\", \"abc-br\", \"abc\"", None), "abc");
        // Only another coding is stored, which the caller accepts too: that one is confirmed.
        assert_eq!(named("\"x\", W/\"abc-br\"", Some("gzip")), "abc-br");
        assert_eq!(named("*", Some("gzip")), "abc-gzip");
    }

    #[test]
    fn a_tag_of_a_coding_that_is_not_accepted_confirms_nothing() {
        let tag = tag(b"text");
        assert_eq!(tag.len(), LENGTH);
        let left = |header: String, accepted: &[&str]| {
            in_accepted_codings(header, |coding| accepted.contains(&coding))
        };
        for (suffixes, accepted, expected) in [
            (&["-br"][..], &[][..], "\"\"".to_owned()),
            (&["-br"], &["br"], format!("\"{tag}-br\"")),
            (&["-br-gzip"], &["br"], "\"\"".to_owned()),
            (&["-br", ""], &["gzip"], format!("\"{tag}\"")),
            (&["-zstd", "-gzip"], &["gzip"], format!("\"{tag}-gzip\"")),
        ] {
            let sent: Vec<String> = suffixes.iter().map(|suffix| format!("W/\"{tag}{suffix}\"")).collect();
            assert_eq!(left(sent.join(", "), accepted), expected, "{suffixes:?}");
        }
        assert_eq!(left("*".to_owned(), &[]), "*");
        assert_eq!(left("wrong".to_owned(), &[]), "wrong");
    }
}
