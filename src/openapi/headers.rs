//! The headers of answers.

use serde_json::{Value, json};
use utoipa::openapi::schema::ComponentsBuilder;
use utoipa::openapi::{HeaderBuilder, Ref, RefOr, ResponseBuilder};

use super::schemas::typed;

/// A header of answers.
struct Header {
    name: &'static str,
    /// Its name in the components. Every answer refers to several: it is short to keep the document small.
    key: &'static str,
    about: &'static str,
    pattern: &'static str,
    max_length: i64,
    /// Whether every answer that names it has it.
    always: bool,
}

impl Header {
    const fn new(
        name: &'static str,
        key: &'static str,
        about: &'static str,
        pattern: &'static str,
    ) -> Header {
        Header { name, key, about, pattern, max_length: 100, always: false }
    }

    const fn most(self, max_length: i64) -> Header {
        Header { max_length, ..self }
    }

    const fn always(self) -> Header {
        Header { always: true, ..self }
    }
}

const TAG: &str = r#"^"[A-Za-z0-9_-]+"$"#;
const TAG_ABOUT: &str =
    "The tag of this representation: send it as `If-None-Match` with a read, as `If-Match` with a change.";
const SECONDS: &str = "^[0-9]+$";
const MOMENT: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$";
/// Text of the record, with what a header cannot hold percent-encoded.
const TEXT: &str = "^[ -~]*$";

const HEADERS: &[Header] = &[
    Header::new(
        "Access-Control-Allow-Origin",
        "Cors",
        "On a read `*`; on a change the origin, where the server is configured to allow it.",
        r"^(\*|https?://[^ ]+)$",
    )
    .most(300),
    Header::new(
        "X-Request-Id",
        "Id",
        "The id of this request, as in the log.",
        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    )
    .most(36)
    .always(),
    Header::new("ETag", "ETag", TAG_ABOUT, TAG).most(80).always(),
    Header::new("ETag", "Tag", "The tag of this representation, where it has one.", TAG).most(80),
    Header::new(
        "Cache-Control",
        "Cache",
        "How long the answer may be cached: never past the next whole minute.",
        "^(no-store|private, no-store|public, max-age=[0-9]{1,2})$",
    )
    .most(80)
    .always(),
    Header::new(
        "Link",
        "Link",
        "The next page, as `rel=\"next\"`; the description of a CSV, as `describedby`; the same as a page or as JSON, as `alternate`; the licence of what is public, as `license`.",
        r#"^<[^<>]+>; rel="(next|describedby|alternate|license|api-catalog)""#,
    )
    .most(8000),
    Header::new("Location", "Location", "The address of the new record.", "^/v1/[^ ]+$").most(200).always(),
    Header::new("Allow", "Allow", "The methods that the address accepts.", "^[A-Z]+(, [A-Z]+)*$")
        .most(80)
        .always(),
    Header::new(
        "WWW-Authenticate",
        "Authenticate",
        "How to authenticate.",
        r#"^(Bearer|ApiKey|Basic) realm="onrecord""#,
    )
    .most(400)
    .always(),
    Header::new(
        "X-Licence",
        "Licence",
        "Of CSV: the licences of the sources that its rows name, separated by ` | `.",
        TEXT,
    )
    .most(8000),
    Header::new("X-Source", "Source", "Of CSV: the sources that its rows name, by reference.", TEXT)
        .most(8000),
    Header::new("X-Citation", "Citation", "Of CSV: how to cite it.", "^OnRecord, [ -~]+$").most(8000),
    Header::new(
        "X-As-Of",
        "AsOf",
        "The past moment that the response shows, when asked with `as_of`.",
        MOMENT,
    )
    .most(40),
    Header::new("X-Retrieved-At", "Retrieved", "Of CSV: when it was read.", MOMENT).most(40),
    Header::new(
        "X-Total-Count",
        "Total",
        "Of CSV: how many rows there are in all, when asked with `count=true`, or where some are left out.",
        SECONDS,
    )
    .most(12),
    Header::new(
        "Last-Modified",
        "Modified",
        "When the public content last changed.",
        "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$",
    )
    .most(40),
    Header::new("Accept-Ranges", "Ranges", "`bytes`: parts can be requested with `Range`.", "^bytes$").most(10),
    Header::new(
        "Content-Range",
        "ContentRange",
        "Which bytes of the whole these are.",
        r"^bytes ([0-9]+-[0-9]+|\*)/[0-9]+$",
    )
    .most(80)
    .always(),
    Header::new(
        "Content-Disposition",
        "Disposition",
        "The name under which to save it, except of plain JSON: policing body, what it is, the day that it shows.",
        r#"^(attachment|inline); filename="[^"]+"$"#,
    )
    .most(200),
    Header::new(
        "Idempotency-Replayed",
        "Replayed",
        "The request was carried out before, under the same `Idempotency-Key`.",
        "^true$",
    )
    .most(4),
    Header::new("Pragma", "Pragma", "Not to be stored, for old caches.", "^no-cache$").most(8),
    Header::new("Accept-Encoding", "Coding", "The coding in which a body must be sent.", "^identity$")
        .most(8),
    Header::new("Retry-After", "Retry", "The number of seconds after which to try again.", SECONDS)
        .most(8)
        .always(),
    Header::new(
        "RateLimit",
        "Limit",
        "What is left: the limit's name, `r` requests, and `t`, the number of seconds until there are more. Not sent where no limit is set.",
        r#"^"[a-z-]+";r=[0-9]+(;t=[0-9]+)?$"#,
    ),
    Header::new(
        "RateLimit-Policy",
        "Policy",
        "The limit: its name, `q` requests in `w` seconds.",
        r#"^"[a-z-]+";q=[0-9]+;w=[0-9]+$"#,
    ),
];

/// Those of every answer, by their names in the components.
const EVERY: &[&str] = &["Cors", "Id", "Cache", "Limit", "Policy"];

/// Adds the headers to the components.
pub fn add_headers(mut components: ComponentsBuilder) -> Result<ComponentsBuilder, String> {
    for header in HEADERS {
        let schema =
            typed(json!({"type": "string", "maxLength": header.max_length, "pattern": header.pattern}))?;
        let described = HeaderBuilder::new().schema(Some(schema)).description(Some(header.about));
        components = components.header(header.key, described.build());
    }
    // The linter asks for this name wherever there are headers.
    let cors = Ref::new("#/components/headers/Cors");
    Ok(components.header("Access-Control-Allow-Origin", RefOr::Ref(cors)))
}

/// Says in the finished document which headers are always there: utoipa's headers cannot say it.
pub fn require_headers(document: &mut Value) {
    for header in HEADERS.iter().filter(|header| header.always) {
        document["components"]["headers"][header.key]["required"] = json!(true);
    }
}

/// A response with the headers that every response has, and these, by their names in the components.
pub fn with_headers(response: ResponseBuilder, keys: &[&str]) -> ResponseBuilder {
    HEADERS.iter().filter(|header| EVERY.contains(&header.key) || keys.contains(&header.key)).fold(
        response,
        |response, header| {
            response.header_ref(header.name, Ref::new(format!("#/components/headers/{}", header.key)))
        },
    )
}
