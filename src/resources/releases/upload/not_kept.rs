//! Rows that `keep` leaves out though they may have been meant: their labels are written once, or in another case.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::plan::Plan;
use super::report::Report;
use super::rules::Line;
use super::source_row::SourceRow;
use super::text;
use crate::validation::characters::brief;

/// Rows with figures that `keep` leaves out.
#[derive(Default)]
pub struct NotKept {
    /// For each column of `keep`, its texts in small letters, each as it is written.
    folded: HashMap<usize, HashMap<String, String>>,
    rows: BTreeMap<(usize, Why), Rows>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Empty,
    OtherCase,
}

/// Those that are left out for one reason: how many, and the first.
struct Rows {
    count: u64,
    first: u64,
    cell: String,
    in_keep: String,
}

impl NotKept {
    /// Looks at a row that `keep` leaves out.
    pub fn look_at(&mut self, row: &SourceRow<'_>, line: &Line<'_>, plan: &Plan) {
        let mut found = vec![];
        for (column, texts) in &plan.keep {
            let cell = text::tidy(line.get(*column));
            if texts.contains(cell.as_ref()) {
                continue;
            }
            let folded = self.folded.entry(*column).or_insert_with(|| folded(texts));
            match folded.get(&text::folded(&cell)) {
                Some(in_keep) => found.push((*column, Why::OtherCase, cell, in_keep.clone())),
                None if cell.is_empty() && !plan.fill_down.contains(column) => {
                    found.push((*column, Why::Empty, cell, String::new()));
                }
                // It is left out for what it says.
                None => return,
            }
        }
        if row.figure(0).is_none() {
            return;
        }
        for (column, why, cell, in_keep) in found {
            let known = self.rows.entry((column, why)).or_insert_with(|| Rows {
                count: 0,
                first: row.number,
                cell: cell.into_owned(),
                in_keep,
            });
            known.count += 1;
        }
    }

    /// Warns of each column once.
    pub fn report(&self, plan: &Plan, report: &mut Report) {
        for ((column, why), Rows { count, first, cell, in_keep }) in &self.rows {
            let rows = if *count == 1 {
                "This row has figures and is left out".to_owned()
            } else {
                format!("{count} rows with figures are left out, the first is this one")
            };
            report.warning(*first, &plan.header.title(*column), "not_kept", || match why {
                Why::Empty => format!(
                    "{rows}: this cell is empty, and `keep` has no empty text. If the text above it is meant, list the column in \
                     `fill_down`."
                ),
                Why::OtherCase => format!(
                    "{rows}: `keep` has `{}`, and this cell `{}`. If it is meant, list it in `keep` as the file writes it.",
                    brief(in_keep),
                    brief(cell)
                ),
            });
        }
    }
}

fn folded(texts: &HashSet<String>) -> HashMap<String, String> {
    texts.iter().map(|known| (text::folded(known), known.clone())).collect()
}
