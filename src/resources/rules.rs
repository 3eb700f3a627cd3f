//! Rules of contents that several kinds have in common.

use std::collections::HashSet;

use chrono::NaiveDate;
use validator::{Validate, ValidationError};

use crate::problem::{At, Fault};
use crate::validation;

/// Checks that `to` is not before `from`.
pub fn dates_in_order(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<(), ValidationError> {
    match dates_fault(from, to) {
        Some(fault) => Err(validation::error("/to", fault.code, fault.detail)),
        None => Ok(()),
    }
}

/// The fault of dates of which `to` is before `from`, for contents that implement [`Validate`] by hand.
pub fn dates_fault(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Option<Fault> {
    let (from, to) = (from?, to?);
    (to < from).then(|| {
        let detail = format!("This is before `from` ({from}). Give that date or a later one.");
        Fault::pointer("/to", "out_of_range", detail)
    })
}

/// Adds a fault where a day is before the first that is possible; `first_is` says what that one is.
pub fn check_not_before(
    pointer: &str,
    day: NaiveDate,
    first: Option<NaiveDate>,
    first_is: &str,
    faults: &mut Vec<Fault>,
) {
    if let Some(first) = first.filter(|first| day < *first) {
        let detail = format!(
            "{day} is before {first_is} ({first}). Give that day or a later one, or correct that record."
        );
        faults.push(Fault::pointer(pointer, "out_of_range", detail));
    }
}

/// Adds a fault for each name that has occurred before; `pointer` returns the place of the nth name.
pub fn check_distinct<'a>(
    names: impl Iterator<Item = &'a str>,
    pointer: impl Fn(usize) -> String,
    faults: &mut Vec<Fault>,
) {
    let mut seen = HashSet::new();
    for (n, name) in names.enumerate() {
        if !seen.insert(name) {
            let detail = format!("`{name}` occurs more than once. Each can occur only once.");
            faults.push(Fault::pointer(pointer(n), "duplicate", detail));
        }
    }
}

/// Adds a fault for each date that is earlier than the one before it; `what` are the items with these dates.
pub fn check_ascending(
    what: &str,
    dates: impl Iterator<Item = NaiveDate>,
    pointer: impl Fn(usize) -> String,
    faults: &mut Vec<Fault>,
) {
    let mut previous = None;
    for (n, date) in dates.enumerate() {
        if previous.is_some_and(|previous| date < previous) {
            let detail =
                format!("{what} must be in order of date. This date is earlier than the one before it.");
            faults.push(Fault::pointer(pointer(n), "order", detail));
        }
        previous = Some(date);
    }
}

/// Adds a fault unless exactly one of these fields is there; `what` says what to do where none is.
pub fn check_exactly_one(fields: &[(&str, &Option<String>)], what: &str, faults: &mut Vec<Fault>) {
    let there: Vec<&str> =
        fields.iter().filter(|(_, name)| name.is_some()).map(|(field, _)| *field).collect();
    let names: Vec<String> = fields.iter().map(|(field, _)| format!("`{field}`")).collect();
    let names = names.join(", ");
    match (there.as_slice(), fields.first()) {
        ([], Some((first, _))) => {
            let detail = format!("{what}: exactly one of {names}.");
            faults.push(Fault::pointer(format!("/{first}"), "required", detail));
        }
        ([first, more @ ..], _) => faults.extend(more.iter().map(|field| {
            let detail = format!("Give exactly one of {names}. `{first}` is there already.");
            Fault::pointer(format!("/{field}"), "not_here", detail)
        })),
        _ => {}
    }
}

/// Adds the faults of each part of a list, for contents that implement [`Validate`] by hand.
pub fn check_parts(pointer: &str, parts: &[impl Validate], faults: &mut Vec<Fault>) {
    for (n, part) in parts.iter().enumerate() {
        for mut fault in validation::faults_of(part) {
            if let At::Pointer(below) = &fault.at {
                fault.at = At::Pointer(format!("{pointer}/{n}{below}"));
            }
            faults.push(fault);
        }
    }
}
