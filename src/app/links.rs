//! The `Link` headers that follow from the request alone (RFC 8288): the licence of the record, and the other form of an
//! answer that has a page.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::State;
use crate::http::accept::HTML;
use crate::http::address::with;
use crate::http::operation::Operation;
use crate::resources::{ATOM, changes_feeds};

const JSON: &str = "application/json";

/// Adds them. `public` is true for what anybody may read: only that is published under the licence.
pub fn add(
    state: &State,
    request: &HttpRequest,
    operation: Option<&Operation>,
    response: &mut HttpResponse,
    public: bool,
) {
    let Some(operation) = operation.filter(|_| response.status().is_success()) else { return };
    let mut links = vec![];
    if public && operation.is_of_record() {
        links.push(format!("<{}>; rel=\"license\"", state.site.licence.url));
    }
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is = |name: &str| content_type.is_some_and(|own| own.split(';').next() == Some(name));
    if operation.has_page() && (is(JSON) || is(HTML)) {
        let (format, other) = if is(HTML) { ("json", JSON) } else { ("html", HTML) };
        let address = with(request.path(), request.query_string(), "format", Some(format));
        links.push(format!("<{address}>; rel=\"alternate\"; type=\"{other}\""));
    }
    if operation.has_page() {
        let feeds = changes_feeds(operation, request.path());
        links.extend(
            feeds.iter().map(|(_, address)| format!("<{address}>; rel=\"alternate\"; type=\"{ATOM}\"")),
        );
    }
    for link in links {
        if let Ok(value) = HeaderValue::from_str(&link) {
            response.headers_mut().append(header::LINK, value);
        }
    }
}
