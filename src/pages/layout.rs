//! What all pages have around them, and their policy.

use std::sync::OnceLock;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as B64;

use crate::http::Call;
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
    ("/v1/grants", "Grants"),
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
    parts: &'a [(&'a str, &'a str)],
    main: String,
}

/// A whole page.
pub fn page(title: &str, json: Option<&str>, main: String) -> Result<String, Problem> {
    Page { title, style: STYLE, json, parts: PARTS, main }.render().map_err(Problem::internal)
}

/// The address of the request with another value of a parameter, or without it.
pub fn with(call: &Call, name: &str, value: Option<&str>) -> String {
    let others =
        call.query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let own = value.map(|value| format!("{name}={value}"));
    let pairs: Vec<String> = others.map(str::to_owned).chain(own).collect();
    match pairs.is_empty() {
        true => call.raw_path.clone(),
        false => format!("{}?{}", call.raw_path, pairs.join("&")),
    }
}
