//! The columns of a file that the mapping does not name. Figures in them would be passed over in silence.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::report::Report;
use super::source_row::SourceRow;
use crate::validation::characters::brief;

/// What has been found in the columns that the mapping does not name.
#[derive(Default)]
pub struct UnreadColumns(BTreeMap<usize, Unread>);

/// A column that the mapping does not name.
#[derive(Default)]
struct Unread {
    /// The first row with a figure or a symbol of the mapping, and its text.
    first: Option<(u64, String)>,
    /// How many figures and symbols it has.
    count: u64,
    has_figures: bool,
    /// Whether it has other texts: symbols among them are no figures that are missing.
    has_texts: bool,
}

impl UnreadColumns {
    /// Looks at a row of the data.
    pub fn look_at(&mut self, row: &SourceRow<'_>, plan: &Plan) {
        for column in 0..row.cells.len() {
            if plan.header.is_named(column) {
                continue;
            }
            let cell = row.cells.get(column).unwrap_or_default().trim();
            let figure = row.figure_at(column);
            if cell.is_empty() && figure.is_none() {
                continue;
            }
            let known = self.0.entry(column).or_default();
            known.has_figures |= figure.is_some();
            // A column of texts is none of figures: its symbols are not looked up any more.
            let is_mark = figure.is_none() && !known.has_texts && plan.symbols.meaning_of(cell).is_some();
            known.has_texts |= figure.is_none() && !is_mark;
            if let Some(text) = figure.or(is_mark.then_some(cell)) {
                known.count += 1;
                known.first.get_or_insert_with(|| (row.number, text.to_owned()));
            }
        }
    }

    /// Reports the columns with figures, and those that have nothing but symbols that stand for figures.
    pub fn report(&self, plan: &Plan, report: &mut Report) {
        for (column, unread) in &self.0 {
            let Some((row, text)) = &unread.first else { continue };
            let what = match (unread.has_figures, unread.has_texts) {
                // Figures without a title are reported with the row that has them.
                (true, _) if *column >= plan.header.titles().len() => continue,
                (true, _) => "figures",
                (false, false) => "symbols of the mapping in the place of figures",
                (false, true) => continue,
            };
            report.error(*row, &plan.header.title(*column), "unread_column", || {
                format!(
                    "This column has {what} ({}, the first is `{}`), and the mapping does not name it. Name it, or list it in \
                     `ignore.columns` of the mapping if it is meant to be left out.",
                    unread.count,
                    brief(text)
                )
            });
        }
    }
}
