//! What all pages have around them, and their policy.

use std::sync::OnceLock;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;

use crate::config::{Licence, Site};
use crate::http::accept::WORKBOOK;
use crate::http::params::{ParamType, decode};
use crate::http::{Call, address};
use crate::problem::Problem;

/// The style of all pages. It is in each page, so that a saved page keeps it.
const STYLE: &str = include_str!("style.css");

/// The media type of a page as its header has it.
pub const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// The parts of the record that every page names.
const PARTS: &[(&str, &str)] = &[
    ("/v1/plans", "Plans"),
    ("/v1/pledges", "Pledges"),
    ("/v1/indicators", "Figures"),
    ("/v1/statements", "Statements"),
    ("/v1/money?by=priority", "Money"),
    ("/v1/recommendations", "Recommendations"),
    ("/v1/changes", "Changes"),
    ("/v1/search", "Search"),
];

/// The policy of a page: nothing but its own style, pictures of this server, and forms that this server answers.
pub fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = B64.encode(digest(&SHA256, STYLE.as_bytes()));
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    })
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: &'a str,
    style: &'a str,
    /// The address of the same as JSON.
    json: Option<&'a str>,
    /// The feeds of what it shows: their titles and addresses.
    feeds: &'a [(String, String)],
    /// The licence of the record.
    licence: &'a Licence,
    parts: &'a [(&'a str, &'a str)],
    main: String,
}

/// What the head and the foot of a page say.
pub struct Around<'a> {
    pub title: &'a str,
    /// The address of the same as JSON.
    pub json: Option<&'a str>,
    /// The feeds of what it shows: their titles and addresses.
    pub feeds: &'a [(String, String)],
    /// What the office says about its record as a whole.
    pub site: &'a Site,
}

/// A whole page.
pub fn page(around: Around<'_>, main: String) -> Result<String, Problem> {
    let Around { title, json, feeds, site } = around;
    let page = Page { title, style: STYLE, json, feeds, licence: &site.licence, parts: PARTS, main };
    page.render().map_err(Problem::internal)
}

/// The address of the request with another value of a parameter, or without it.
pub fn with(call: &Call, name: &str, value: Option<&str>) -> String {
    address::with(&call.raw_path, &call.query, name, value)
}

/// The other forms in which an answer can be had.
pub fn downloads(call: &Call) -> Vec<(String, String)> {
    let formats = call.operation.params.iter().find(|param| param.name == "format");
    let json = (with(call, "format", Some("json")), "For programs (JSON)".to_owned());
    let Some(ParamType::OneOf(formats)) = formats.map(|param| &param.ty) else { return vec![json] };
    let one = |format: &&'static str| {
        let words = match *format {
            "csv" => "CSV",
            WORKBOOK => "Spreadsheet (XLSX)",
            "json" => "For programs (JSON)",
            _ => return None,
        };
        let address = with(call, "format", Some(format));
        // Whoever saves a CSV from a page opens it in a spreadsheet.
        let address = match *format {
            "csv" => format!("{address}&for=spreadsheet"),
            _ => address,
        };
        Some((address, words.to_owned()))
    };
    formats.iter().filter_map(one).collect()
}

/// A value of the query as its reader wrote it.
pub fn query_value(call: &Call, name: &str) -> String {
    let pairs = call.query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next().unwrap_or_default();
    decode(value).unwrap_or_default()
}
