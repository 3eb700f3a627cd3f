//! The first page.

use askama::Template;

use super::layout::{Around, page};
use super::shown::label;
use crate::config::Site;
use crate::problem::Problem;
use crate::resources;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    lists: Vec<(String, String)>,
}

/// The first page.
pub fn home(site: &Site) -> Result<String, Problem> {
    let kinds = resources::kinds();
    let lists = kinds.iter().map(|kind| (format!("/v1/{}", kind.def.path), label(kind.def.many)));
    let main = HomePage { lists: lists.collect() }.render().map_err(Problem::internal)?;
    let feeds = [("All changes".to_owned(), "/v1/changes.atom".to_owned())];
    page(Around { title: "The open accountability record", json: None, feeds: &feeds, site }, main)
}
