//! The first page.

use askama::Template;

use super::layout::page;
use super::shown::label;
use crate::problem::Problem;
use crate::resources;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    lists: Vec<(String, String)>,
}

/// The first page.
pub fn home() -> Result<String, Problem> {
    let kinds = resources::kinds();
    let lists = kinds.iter().map(|kind| (format!("/v1/{}", kind.def.path), label(kind.def.many)));
    let main = HomePage { lists: lists.collect() }.render().map_err(Problem::internal)?;
    page("The open accountability record", None, main)
}
