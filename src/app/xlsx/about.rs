//! The sheet "About": what the rows are, from where and when, under which licence, and what is not as in the record.

use chrono::NaiveDate;

use super::facts::{Facts, Noted};
use crate::http::Call;
use crate::openapi::columns::Known;
use crate::sheet::ABOUT_TITLE;

/// The day that an answer shows.
pub fn day(call: &Call) -> NaiveDate {
    call.as_of.get().unwrap_or(call.now()).day()
}

/// The lines of the sheet: a label and a text.
pub fn lines(
    call: &Call,
    headers: &[(&'static str, String)],
    facts: &Facts,
    known: &Known,
) -> Vec<(String, String)> {
    let header =
        |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let address = format!("{}{}{query}", call.state.public_url, call.raw_path);
    let day = day(call);
    let moment = match call.as_of.get() {
        Some(moment) => format!("What was public at {moment}."),
        None => format!("What was on record on {day}."),
    };
    let licence = &call.state.site.licence;
    let mut all: Vec<(String, String)> = vec![];
    let mut add = |label: &str, text: String| all.push((label.to_owned(), text));
    add(ABOUT_TITLE, format!("{}. Each row of the sheet Data is one.", call.operation.summary));
    add("Address", address.clone());
    add("As of", moment);
    add("For whom", readers(call).to_owned());
    add("Licence of the record", format!("{} ({}), {}", licence.name, licence.id, licence.url));
    if let Some(licences) = header("X-Licence") {
        add("Licences of the sources", licences.to_owned());
    }
    if let Some(sources) = header("X-Source") {
        add("Sources", sources.to_owned());
    }
    add("To cite it", format!("OnRecord, {address}, {day}"));
    add("Rows", rows(facts.rows, header("X-Total-Count")));
    if let Some(next) = header("Link").and_then(next_page) {
        let next = format!("This is a part of the list. The rest begins at {}{next}", call.state.public_url);
        add("More rows", next);
    }
    add(
        "Empty cells",
        "Nothing is on record there. A figure that is suppressed, missing or withdrawn has no value: the columns with its status and its reason say so."
            .to_owned(),
    );
    add(
        "What is left out",
        "What you may not read is not here, as in every other answer. A list of values stands in one cell, separated by \" | \"; what has fields of its own is JSON in a cell."
            .to_owned(),
    );
    for (label, noted, what) in [
        (
            "Texts that are cut",
            &facts.cut,
            "A cell has at most 32,767 characters. Cut, each with a note at its end",
        ),
        (
            "Numbers as text",
            &facts.long_numbers,
            "A spreadsheet holds 15 digits of a number. Text, since they have more",
        ),
        (
            "Days as text",
            &facts.early_days,
            "Spreadsheets know no day before 1900-03-01. Text, since they are earlier",
        ),
    ] {
        add(label, notes(noted, what));
    }
    for title in &facts.titles {
        if let Some(about) = known.about(title) {
            add(&format!("Column {title}"), about.to_owned());
        }
    }
    all
}

fn readers(call: &Call) -> &'static str {
    match call.actor.is_public() {
        true => "Everybody: it has only what is public.",
        false => {
            "Whoever asked for it: it can have what is not public. Ask the office before you pass it on."
        }
    }
}

fn rows(rows: usize, total: Option<&str>) -> String {
    match (rows, total) {
        (0, None) => "None: nothing on record fits the address.".to_owned(),
        (rows, Some(total)) => format!("{rows} of {total}"),
        (rows, None) => rows.to_string(),
    }
}

/// Which cells are not as in the record.
fn notes(noted: &Noted, what: &str) -> String {
    match (noted.count, noted.names.join(", ")) {
        (0, _) => "None.".to_owned(),
        (count, names) if count > noted.names.len() => format!("{what}: {count} cells, first {names}."),
        (_, names) => format!("{what}: {names}."),
    }
}

/// The address of the next page in a `Link` header.
fn next_page(link: &str) -> Option<&str> {
    let (address, rest) = link.split_once('>')?;
    rest.starts_with("; rel=\"next\"").then(|| address.trim_start_matches('<'))
}
