//! Reads submitted observations: JSON, CSV or a sheet of a workbook, in the canonical form or in one that a mapping declares.
//!
//! No database and no HTTP. Rows of all forms pass the same checks (`row_checks.rs`). Every fault of every row is counted, and
//! the first thousand are reported with their place, a stable code and what to write instead. Of each row, only two hashes of
//! its key stay in memory, so that large files need little.

mod canonical;
mod canonical_columns;
mod cell_number;
mod csv_file;
mod draft;
mod figure;
mod fractions;
mod header;
mod json;
mod layout;
mod map_schemas;
mod mapped;
mod mapping;
mod mapping_check;
mod messages;
mod not_kept;
mod number_form;
mod origin;
mod period_cells;
mod period_form;
mod period_length;
mod period_parts;
mod period_source;
mod plan;
mod report;
mod row;
mod row_checks;
mod rules;
mod seen;
mod shape;
mod source_row;
mod symbols;
mod table;
mod text;
mod understood;
mod unread;
mod value_mapping;
mod workbook;

#[cfg(test)]
mod tests;

pub use mapping::Mapping;
pub use report::Report;
pub use row::UploadRow;
pub use shape::{CodeShape, DimensionShape, IndicatorShape};
pub use understood::UnderstoodSeries;

use crate::allowance::Allowance;
use crate::http::csv::{Audience, audience_of};
use crate::problem::Problem;
use canonical::Canonical;
pub use canonical_columns::{COLUMNS, ORIGIN};
use layout::Layout;
use mapped::Mapped;
use mapping::Delimiter;
use row_checks::{RowChecker, RowConsumer};
use table::{Reader, Table};

/// The form of the submitted data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`.
    Json,
    /// `text/csv`.
    Csv,
    /// A workbook: `.xlsx` or `.ods`, whichever it is.
    Workbook,
}

/// Reads submitted data. Passes each correct row to `consume`, in the order of the file.
///
/// Faults of the file and of the mapping are in the report; a problem means that the data cannot be read at all. What reading
/// costs is drawn from `allowance`.
pub fn read(
    body: &[u8],
    form: Form,
    mapping: Option<&Mapping>,
    shape: &IndicatorShape,
    allowance: &Allowance,
    consume: &mut RowConsumer<'_>,
) -> Result<Report, Problem> {
    let mut report = Report::default();
    let mut checker = RowChecker::new(shape, consume);
    match mapping {
        Some(_) if form == Form::Json => {
            let detail = "A mapping applies to CSV and workbooks; observations in JSON have the canonical form. Remove the mapping \
                          from the release, or send CSV or XLSX.";
            report.mapping_error("", "not_for_json", detail);
        }
        // A mapping that only says which sheet it is about leaves the form as it is.
        Some(mapping) if mapping.is_own_form() => {
            let mut reader = Canonical::new(&mut checker, audience_of(body), true);
            rows(body, form, Some(mapping), allowance, &mut reader, &mut report)?;
        }
        Some(mapping) => {
            let mut reader = Mapped::new(mapping, &mut checker, allowance);
            rows(body, form, Some(mapping), allowance, &mut reader, &mut report)?;
            warn_of_unused_rules(mapping, &mut report);
        }
        None if form == Form::Json => {
            json::read(
                body,
                shape,
                &mut Canonical::new(&mut checker, Audience::Program, false),
                &mut report,
            )?;
        }
        None => rows(
            body,
            form,
            None,
            allowance,
            &mut Canonical::new(&mut checker, audience_of(body), true),
            &mut report,
        )?,
    }
    Ok(report)
}

fn rows(
    body: &[u8],
    form: Form,
    mapping: Option<&Mapping>,
    allowance: &Allowance,
    reader: &mut dyn Reader,
    report: &mut Report,
) -> Result<(), Problem> {
    let layout = mapping.map_or_else(Layout::default, Layout::of);
    let mut table = Table::new(layout, form == Form::Csv, reader, allowance);
    match form {
        Form::Workbook => {
            let sheet = mapping.and_then(|mapping| mapping.sheet.as_deref());
            let hidden = mapping.and_then(|mapping| mapping.hidden);
            workbook::read(body, sheet, hidden, &mut table, report)
        }
        Form::Csv | Form::Json => {
            let delimiter = mapping.and_then(|mapping| mapping.delimiter).unwrap_or(Delimiter::Comma);
            csv_file::read(body, delimiter.byte(), &mut table, report)
        }
    }
}

/// Warns of rules that applied to no row: they were meant for something.
fn warn_of_unused_rules(mapping: &Mapping, report: &mut Report) {
    for n in 0..mapping.rules.len() {
        if report.rules_applied.get(n) == Some(&0) {
            let detail = "This rule applies to no row of the file. Correct or remove it.";
            report.mapping_warning(&format!("/rules/{n}"), "rule_without_effect", detail);
        }
    }
}
