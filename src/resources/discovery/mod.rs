//! What programs look for first at an address: an index of everything, what search engines may read, where the documentation
//! is, and whom to tell of a weakness. All of it follows from the one table of operations and the settings.

mod addresses;
mod index;
mod site_map;

pub use index::{Index, keep_links};
pub use site_map::site_map;

use serde_json::json;

use self::addresses::{INDEX, SECURITY, SITE_MAP};

use crate::access::rule::READ_PUBLIC;
use crate::clock::Ts;
use crate::http::coded::StaticBody;
use crate::http::operation::{Answer, ExampleCall, Handler, Method, Operation};
use crate::http::params::{Param, ParamType};
use crate::http::{Call, Reply};
use crate::problem::Problem;

const ROBOTS: &str = "/robots.txt";
const FAVICON: &str = "/favicon.svg";
const API_CATALOG: &str = "/.well-known/api-catalog";

const TEXT: &str = "text/plain";
/// The media type of text, as a `Content-Type` has it.
const TEXT_IN_UTF_8: &str = "text/plain; charset=utf-8";
const XML: &str = "application/xml";
const SVG: &str = "image/svg+xml";
/// The media type of the catalogue of this API as its header has it, with the profile that RFC 9727 names.
const LINK_SET_OF_APIS: &str =
    "application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"";

/// After how many days `security.txt` expires. RFC 9116 recommends less than a year.
const EXPIRES_AFTER: i64 = 180;

/// The rows of the table of operations.
pub fn operations() -> Vec<Operation> {
    let row = |path: &str, id: &str, summary: &str, description: &str, handler: Handler| {
        let mut operation = Operation::new(Method::Get, path, id, READ_PUBLIC, handler);
        operation.summary = summary.to_owned();
        operation.description = description.to_owned();
        operation
    };
    let text = |media_type: &'static str, about: &str| {
        let schema = json!({"type": "string", "maxLength": 20_000_000});
        vec![Answer { media_type, ..Answer::json(200, about, schema) }]
    };
    let mut index = row(
        INDEX,
        "get_index",
        "Get the index",
        "Returns a link to each list and each document that you may read, by subject, with the media types in which it is available; and the licence of the record. `/v1/` is the same.",
        Handler::Inline(index::get),
    );
    index.answers = vec![Answer::named(200, "The index.", "Index")];
    index.example = Some(ExampleCall { path: INDEX.to_owned() });
    let mut robots = row(
        ROBOTS,
        "get_robots",
        "Get what search engines may read",
        "Everything but downloads of the whole record, and where the sitemap is (RFC 9309).",
        Handler::Inline(robots),
    );
    robots.answers = text(TEXT, "The rules.");
    let mut map = row(
        SITE_MAP,
        "get_site_map",
        "Get the sitemap",
        "Returns the address of each public record and when it changed last, for search engines, at most 50,000 addresses in a file. If there are more, this is an index of files, and `page` has one of them.",
        Handler::Read(site_map::get),
    );
    map.answers = text(XML, "The map, or the index of its files.");
    map.params = vec![Param::new(
        "page",
        ParamType::Int(1, 100_000),
        "The number of a file, as the index has it. Only where there is an index.",
    )];
    map.problems = vec![404];
    map.cached = true;
    map.cost = 50;
    let mut favicon = row(
        FAVICON,
        "get_favicon",
        "Get the icon",
        "The picture that browsers show beside a page's title.",
        Handler::Inline(|_| favicon()),
    );
    favicon.answers = text(SVG, "The picture.");
    let mut security = row(
        SECURITY,
        "get_security_contact",
        "Get the security contact",
        "Returns where to report a weakness of this service (RFC 9116); 404 where its office has set no contact (`SECURITY_CONTACT`).",
        Handler::Inline(security),
    );
    security.answers = text(TEXT, "The contact.");
    security.problems = vec![404];
    let mut catalog = row(
        API_CATALOG,
        "get_api_catalog",
        "Get the catalogue of this server's API",
        "Returns links to the API, its document, its documentation and its state, as a link set (RFC 9727, RFC 9264).",
        Handler::Inline(api_catalog),
    );
    let object = json!({"type": "object", "additionalProperties": true});
    catalog.answers = vec![
        Answer { media_type: LINK_SET_OF_APIS, ..Answer::json(200, "The link set.", object) }
            .with_headers(&["Link"]),
    ];
    let mut all = vec![index, robots, map, favicon, security, catalog];
    all.iter_mut().for_each(|operation| operation.tag = "service");
    all
}

/// A text that is the same for everybody.
fn text(content_type: &'static str, body: String) -> Reply {
    Reply { content_type, ..Reply::json(body) }
}

fn robots(call: &Call) -> Result<Reply, Problem> {
    let mut lines = vec!["User-agent: *".to_owned()];
    lines.extend(index::costly().filter(|path| *path != SITE_MAP).map(|path| format!("Disallow: {path}")));
    lines.push("Allow: /".to_owned());
    lines.push(String::new());
    lines.push(format!("Sitemap: {}{SITE_MAP}", call.state.public_url));
    Ok(text(TEXT_IN_UTF_8, lines.join("\n") + "\n"))
}

fn favicon() -> Result<Reply, Problem> {
    static PICTURE: std::sync::OnceLock<StaticBody> = std::sync::OnceLock::new();
    let picture = PICTURE.get_or_init(|| StaticBody::new(include_bytes!("favicon.svg").to_vec()));
    Ok(Reply { content_type: SVG, ..Reply::static_json(picture) })
}

fn security(call: &Call) -> Result<Reply, Problem> {
    let Some(contact) = &call.state.site.security_contact else { return Err(Problem::not_found()) };
    // The same all day, so that its tag is.
    let today = Ts::start_of_day(call.state.clock.now().day());
    let expires = today.plus_seconds(EXPIRES_AFTER * 86_400);
    let address = format!("{}{SECURITY}", call.state.public_url);
    let body =
        format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {address}\n");
    Ok(text(TEXT_IN_UTF_8, body))
}

fn api_catalog(call: &Call) -> Result<Reply, Problem> {
    let base = &call.state.public_url;
    let link = |path: &str, media_type: &str| json!([{"href": format!("{base}{path}"), "type": media_type}]);
    let value = json!({"linkset": [
        {"anchor": format!("{base}{API_CATALOG}"), "item": link(INDEX, "application/json")},
        {
            "anchor": format!("{base}{INDEX}"),
            "service-desc": link("/openapi.json", "application/json"),
            "service-doc": link("/docs/", "text/html"),
            "service-meta": link("/catalogue.jsonld", "application/ld+json"),
            "status": link("/readyz", "application/json"),
            "license": [{"href": call.state.site.licence.url}],
        },
    ]});
    let reply = Reply { content_type: LINK_SET_OF_APIS, ..Reply::value(&value)? };
    Ok(reply.header("Link", format!("<{API_CATALOG}>; rel=\"api-catalog\"")))
}
