//! The titles of a list: its first row.

use std::collections::HashSet;

use super::{EDIT, ENVELOPE};
use crate::http::csv::is_day_of_period;
use crate::problem::{At, Fault, unknown_name};
use crate::record::kind::KindDef;
use crate::validation::blanks::{title_key, trimmed};

/// The most columns of a file: several times what any kind has.
const MOST_COLUMNS: usize = 500;

/// Fields that lists show and imports ignore. What changes a record on record is compared with them.
pub const SHOWN_ONLY: &[&str] = &["kind", "self", "state", EDIT];

/// How many rows are looked at for titles that are not in the first.
pub const LOOKED_AT: usize = 10;

/// The fault of a file whose columns are not separated by commas, by its first row.
pub fn other_separator(titles: &[String]) -> Option<Fault> {
    let mut titles = titles.iter().map(|title| trimmed(title));
    let first = titles.next()?;
    if titles.any(|title| !title.is_empty()) {
        return None;
    }
    if first.to_ascii_lowercase().starts_with("sep=") {
        let detail = "The first row says which separator the file has (`sep=`). Delete that row, and save the file as CSV with commas, in UTF-8.";
        return Some(Fault::pointer("", "separator", detail));
    }
    let name = match first {
        title if title.contains(';') => "semicolons",
        title if title.contains('\t') => "tabs",
        title if title.contains('|') => "vertical bars",
        _ => return None,
    };
    let detail =
        format!("In this file the columns are separated by {name}. Save it as CSV with commas, in UTF-8.");
    Some(Fault::pointer("", "separator", detail))
}

/// The fault of a file that has something above its titles. `rows` are those after the first, with their numbers.
pub fn titles_below(
    rows: impl Iterator<Item = (u64, Vec<String>)>,
    are_titles: &dyn Fn(&[String]) -> bool,
) -> Option<Fault> {
    let (number, _) = rows.take(LOOKED_AT).find(|(_, titles)| are_titles(titles))?;
    let detail =
        format!("The titles are in row {number}. Delete the rows above it, so that they come first.");
    Some(Fault::pointer("", "titles_below", detail))
}

/// A title of ours without what makes no difference: case, blanks, and the lines that join the words of a name.
pub fn key(title: &str) -> String {
    title_key(title).replace('_', "")
}

/// Whether a column of a list of this kind can have this title.
pub fn is_known(title: &str, kind: &KindDef) -> bool {
    let fields = || ENVELOPE.iter().copied().chain(kind.field_names());
    fields().any(|known| known == title)
        || SHOWN_ONLY.contains(&title)
        || kind.computed_names().contains(&title)
        || is_day_of_period(title, fields())
}

/// Titles as lists have them, where they differ only by what makes no difference.
pub fn known_titles(titles: Vec<String>, kind: &KindDef) -> Vec<String> {
    let own = |title: String| {
        if trimmed(&title).is_empty() || is_known(&title, kind) {
            return title;
        }
        let small = trimmed(&title).to_lowercase();
        if is_known(&small, kind) {
            return small;
        }
        let key = key(&title);
        let fields = ENVELOPE.iter().copied().chain(kind.field_names());
        let all = fields.chain(SHOWN_ONLY.iter().copied()).chain(kind.computed_names());
        let same: HashSet<&str> = all.filter(|name| self::key(name) == key).collect();
        match same.len() {
            1 => same.into_iter().next().map_or(title, str::to_owned),
            _ => title,
        }
    };
    titles.into_iter().take(MOST_COLUMNS + 1).map(own).collect()
}

/// Whether a row is one of titles: all that it says are titles of this kind, and it says several; or they are those of another
/// standard.
pub fn are_titles(titles: &[String], kind: &KindDef) -> bool {
    let mut said = titles.iter().filter(|title| !trimmed(title).is_empty());
    let own = || ENVELOPE.iter().copied().chain(kind.field_names()).collect::<Vec<&str>>();
    said.clone().count() > 1 && said.all(|title| is_known(title, kind))
        || kind.foreign.is_some_and(|foreign| (foreign.recognises)(titles, &own()))
}

/// What is wrong with the titles of a list.
pub fn wrong_titles(titles: &[String], kind: &KindDef) -> Vec<Fault> {
    let mut known: Vec<&str> = ENVELOPE.to_vec();
    known.extend(kind.field_names());
    if let Some(fault) = other_separator(titles) {
        return vec![fault];
    }
    if titles.len() > MOST_COLUMNS {
        let detail = format!("A file must have at most {MOST_COLUMNS} columns.");
        return vec![Fault::pointer("", "too_many", detail)];
    }
    let mut faults: Vec<Fault> = titles
        .iter()
        .filter(|title| !title.trim().is_empty() && !is_known(title, kind))
        .map(|title| {
            Fault::at(At::Column(title.clone()), "unknown_column", unknown_name("column", title, &known))
        })
        .collect();
    let mut seen = HashSet::new();
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
