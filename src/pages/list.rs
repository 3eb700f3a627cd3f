//! The page of a list of records.

use askama::Template;
use serde_json::Value;

use super::layout::with;
use super::record::title_of;
use super::shown::{Shower, Shown, is_empty, label};
use crate::http::Call;
use crate::problem::Problem;
use crate::record::kind::KindDef;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    heading: String,
    searchable: bool,
    words: String,
    /// The list without any filter.
    whole: String,
    rows: Vec<ListRow>,
    next: Option<String>,
    csv: String,
}

struct ListRow {
    address: String,
    title: String,
    reference: String,
    beside: Vec<(String, Shown)>,
}

/// The title and the main part of a list's page.
pub fn list(
    call: &Call,
    kind: &KindDef,
    rows: &[Value],
    next: Option<String>,
) -> Result<(String, String), Problem> {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let heading = label(kind.def.many);
    let row = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        // The columns of the kind that a reader filters by say most in a line.
        let columns = kind.def.columns.iter().filter(|column| column.name != kind.def.title);
        let beside = columns
            .filter_map(|column| Some((column.name, row.get(column.name)?)))
            .filter(|(_, value)| !is_empty(value) && !value.is_object() && !value.is_array())
            .map(|(name, value)| (label(name), shower.value(name, value)));
        ListRow {
            address: text("self"),
            title: title_of(kind, text),
            reference: text("reference"),
            beside: beside.take(4).collect(),
        }
    };
    let page = ListPage {
        heading: heading.clone(),
        searchable: call.operation.params.iter().any(|param| param.name == "q"),
        words: call.params.text("q").unwrap_or_default().to_owned(),
        whole: call.raw_path.clone(),
        rows: rows.iter().map(row).collect(),
        next,
        csv: with(call, "format", Some("csv")),
    };
    Ok((heading, page.render().map_err(Problem::internal)?))
}
