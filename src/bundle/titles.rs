//! The titles of a list: its first row.

use super::{EDIT, ENVELOPE};
use crate::http::csv::is_day_of_period;
use crate::problem::{At, Fault, unknown_name};
use crate::record::kind::KindDef;

/// The most columns of a file: several times what any kind has.
const MOST_COLUMNS: usize = 500;

/// Fields that lists show and imports ignore. What changes a record on record is compared with them.
pub const SHOWN_ONLY: &[&str] = &["kind", "self", "state", EDIT];

/// The fault of a file whose columns are not separated by commas, by its first row.
pub fn other_separator(titles: &[String]) -> Option<Fault> {
    let [title] = titles else { return None };
    let name = match title.trim() {
        title if title.to_ascii_lowercase().starts_with("sep=") => {
            "the first row says which separator it has (`sep=`)"
        }
        title if title.contains(';') => "the columns are separated by semicolons",
        title if title.contains('\t') => "the columns are separated by tabs",
        title if title.contains('|') => "the columns are separated by vertical bars",
        _ => return None,
    };
    let detail = format!("In this file {name}. Save it as CSV with commas, in UTF-8.");
    Some(Fault::pointer("", "separator", detail))
}

/// What is wrong with the titles of a list.
pub fn wrong_titles(titles: &[String], kind: &KindDef) -> Vec<Fault> {
    let mut known: Vec<&str> = ENVELOPE.to_vec();
    known.extend(kind.field_names());
    let computed = kind.computed_names();
    let fits = |title: &str| {
        known.contains(&title)
            || SHOWN_ONLY.contains(&title)
            || computed.contains(&title)
            || is_day_of_period(title, known.iter())
    };
    if let Some(fault) = other_separator(titles) {
        return vec![fault];
    }
    if titles.len() > MOST_COLUMNS {
        let detail = format!("A file must have at most {MOST_COLUMNS} columns.");
        return vec![Fault::pointer("", "too_many", detail)];
    }
    let mut faults: Vec<Fault> = titles
        .iter()
        .filter(|title| !title.trim().is_empty() && !fits(title))
        .map(|title| {
            Fault::at(At::Column(title.clone()), "unknown_column", unknown_name("column", title, &known))
        })
        .collect();
    let mut seen = std::collections::HashSet::new();
    for title in titles.iter().filter(|title| !title.trim().is_empty()) {
        if !seen.insert(title) {
            faults.push(Fault::at(
                At::Column(title.clone()),
                "duplicate",
                "This column is repeated; leave one out.",
            ));
        }
    }
    faults
}
