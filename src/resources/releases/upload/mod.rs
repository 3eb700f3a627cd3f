//! From what was sent to rows: JSON, CSV or a sheet of a workbook, in our own form or in any that a mapping declares.
//!
//! No database and no HTTP. Whatever the form, rows come to one place (`measure.rs`) and are asked the same there. Every
//! fault of every row is counted, and the first thousand are told with their place, a stable word and what would be right.
//! Nothing is kept of a row but two hashes of its key, so that many stay small.

mod canonical;
mod csv_file;
mod draft;
mod found;
mod header;
mod json;
mod mapped;
mod mapping;
mod mapping_check;
mod mapping_schema;
mod measure;
mod plan;
mod row;
mod rules;
mod sentences;
mod table;
mod text;
mod xlsx;

#[cfg(test)]
mod tests;

pub use found::Found;
pub use mapping::Mapping;
pub use row::{CodeShape, DimensionShape, Shape, UploadRow};

use crate::problem::Problem;
use canonical::Canonical;
use mapped::Mapped;
use mapping::Delimiter;
use measure::{Each, Measure};
use table::{Layout, Reader, Table};

/// In which form it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`.
    Json,
    /// `text/csv`.
    Csv,
    /// `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`.
    Xlsx,
}

/// Reads what was sent; each row that is right goes to `each`, in the order of the file.
///
/// A problem is only what keeps the whole from being read: what is wrong with the file or the mapping is found.
pub fn read(
    body: &[u8],
    form: Form,
    mapping: Option<&Mapping>,
    shape: &Shape,
    each: &mut Each<'_>,
) -> Result<Found, Problem> {
    let mut found = Found::default();
    let mut measure = Measure::new(shape, each);
    match mapping {
        Some(_) if form == Form::Json => {
            let detail = "A mapping is for files and sheets: observations in JSON come in our own form. Leave it out of the \
                          release, or send CSV or XLSX.";
            found.mapping("", "not_for_json", detail);
        }
        Some(mapping) => {
            let mut reader = Mapped::new(mapping, &mut measure);
            rows(body, form, Some(mapping), &mut reader, &mut found)?;
            idle_rules(mapping, &mut found);
        }
        None if form == Form::Json => {
            json::read(body, shape, &mut Canonical::new(&mut measure), &mut found)?;
        }
        None => rows(body, form, None, &mut Canonical::new(&mut measure), &mut found)?,
    }
    Ok(found)
}

fn rows(
    body: &[u8],
    form: Form,
    mapping: Option<&Mapping>,
    reader: &mut dyn Reader,
    found: &mut Found,
) -> Result<(), Problem> {
    let layout = mapping.map_or_else(Layout::default, Mapping::layout);
    let mut table = Table::new(layout, form == Form::Csv, reader);
    match form {
        Form::Xlsx => {
            xlsx::read(body, mapping.and_then(|mapping| mapping.sheet.as_deref()), &mut table, found)
        }
        Form::Csv | Form::Json => {
            let delimiter = mapping.and_then(|mapping| mapping.delimiter).unwrap_or(Delimiter::Comma);
            csv_file::read(body, delimiter.byte(), &mut table, found)
        }
    }
}

/// A rule that does nothing was meant for something.
fn idle_rules(mapping: &Mapping, found: &mut Found) {
    for n in 0..mapping.rules.len() {
        if found.rules_applied.get(n) == Some(&0) {
            let detail = "This rule applies to no row of the file.";
            found.mapping_warning(&format!("/rules/{n}"), "rule_without_effect", detail);
        }
    }
}
