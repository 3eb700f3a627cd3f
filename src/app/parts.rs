//! What a request needs of a response that its caller may have already, in whole or in part: conditions and ranges
//! (RFC 9110, sections 13 and 14).
//!
//! A part is one of the body as it is, without a content coding, so its tag has no suffix. Parts of one tag fit together.

use actix_web::http::header::{self, ContentEncoding};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::coding::{accepts_as_it_is, name_of, preferred_coding};
use crate::clock::Ts;
use crate::http::modified::LastModified;
use crate::http::operation::OperationSpec;
use crate::http::range::{self, Requested};
use crate::http::{Headers, conditional};
use crate::problem::{self, Problem};

/// A request, as far as it decides how a response is sent.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub request: &'a HttpRequest,
    pub operation: &'a OperationSpec,
    pub headers: &'a Headers,
    pub now: Ts,
}

/// By what a response is compared with what its caller has.
#[derive(Clone, Copy)]
pub struct Validators<'a> {
    /// The tag, without quotes.
    pub tag: &'a str,
    /// When it changed last, where that is known.
    pub modified: Option<LastModified>,
}

impl Asking<'_> {
    fn reads(&self) -> bool {
        matches!(*self.request.method(), Method::GET | Method::HEAD)
    }

    /// 412, if the caller reads only what has not changed, and it has (RFC 9110, 13.1.1 and 13.1.4).
    fn check_unchanged(&self, of: Validators<'_>) -> Result<(), Problem> {
        let has_changed = match (&self.headers.if_match, &self.headers.if_unmodified_since) {
            // With tags no date is compared.
            (Some(tags), _) => !conditional::any_match(tags, of.tag),
            (None, Some(since)) => of.modified.is_some_and(|modified| modified.is_after(since)),
            (None, None) => false,
        };
        if has_changed && self.reads() {
            let detail = "What you read before has changed. Read all of it again, without this condition.";
            return Err(Problem::new(&problem::PRECONDITION_FAILED, detail));
        }
        Ok(())
    }

    /// 304, if the caller has the present body; 412, if it has changed and the caller does not want what it is now.
    /// `compressed` is false for a body that is sent as it is, whatever the caller accepts.
    pub fn unchanged(&self, of: Validators<'_>, compressed: bool) -> Result<Option<HttpResponse>, Problem> {
        self.check_unchanged(of)?;
        let tags = self.headers.if_none_match.as_deref();
        let is_known = match (tags, &self.headers.if_modified_since, of.modified) {
            // With tags no date is compared.
            (Some(tags), _, _) => conditional::none_match(Some(tags), of.tag),
            (None, Some(since), Some(modified)) => modified.is_not_after(since),
            _ => false,
        };
        let response = || not_modified(of.tag, tags, compressed, self.request);
        Ok((is_known && self.reads()).then(response))
    }

    /// Whether the request is for a part, if the body is still the one of which the caller has another part.
    pub fn is_for_part(&self, of: Validators<'_>) -> bool {
        let is_range = || range::requested(self.headers.range.as_deref(), u64::MAX) != Requested::Whole;
        let same = |if_range: &str| {
            if_range.trim() == format!("\"{}\"", of.tag) || of.modified.is_some_and(|date| date.is(if_range))
        };
        *self.request.method() == Method::GET
            && self.operation.is_download()
            && is_range()
            && self.headers.if_range.as_deref().is_none_or(same)
            && accepts_as_it_is(self.request)
    }

    /// The first and the last byte of the part that is requested of a body of that length; none if all of it is. 416 if
    /// there are no such bytes.
    pub fn part(&self, of: Validators<'_>, length: u64) -> Result<Option<(u64, u64)>, Problem> {
        if !self.is_for_part(of) {
            return Ok(None);
        }
        match range::requested(self.headers.range.as_deref(), length) {
            Requested::Whole => Ok(None),
            Requested::Part(first, last) => Ok(Some((first, last))),
            Requested::Outside => {
                let detail =
                    format!("The response has {length} bytes. Request some of these, or leave `Range` out.");
                let problem = Problem::new(&problem::RANGE_NOT_SATISFIABLE, detail);
                Err(problem.header("Content-Range", format!("bytes */{length}")))
            }
        }
    }
}

/// Adds to a whole response by what it can be compared, and that it can be requested in parts.
pub fn describe(response: &mut HttpResponseBuilder, of: Validators<'_>, operation: &OperationSpec) {
    response.insert_header((header::ETAG, format!("\"{}\"", of.tag)));
    if let Some(modified) = of.modified {
        response.insert_header((header::LAST_MODIFIED, modified.header()));
    }
    if operation.is_download() {
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
    }
}

/// Makes a response that of a part, without a content coding.
pub fn announce(response: &mut HttpResponseBuilder, (first, last): (u64, u64), length: u64) {
    response.status(StatusCode::PARTIAL_CONTENT);
    response.insert_header((header::CONTENT_RANGE, format!("bytes {first}-{last}/{length}")));
    response.insert_header(ContentEncoding::Identity);
}

/// 304: the caller has the current body, under the tag that is named. `compressed` is false for a body that is sent as it
/// is, whatever the caller accepts.
pub fn not_modified(
    tag: &str,
    if_none_match: Option<&str>,
    compressed: bool,
    request: &HttpRequest,
) -> HttpResponse {
    let coding = preferred_coding(request).filter(|_| compressed).and_then(name_of);
    let named = conditional::not_modified_tag(if_none_match, tag, coding);
    let mut response = HttpResponse::NotModified();
    response.insert_header((header::ETAG, format!("\"{named}\"")));
    response.finish()
}
