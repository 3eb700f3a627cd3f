//! The faults and warnings of submitted data: all are counted, the first thousand are listed.

use std::collections::BTreeMap;

use super::understood::Understood;
use crate::problem::{self, At, Fault};

/// The most faults, and the most warnings, that are listed.
pub const MAX_LISTED: usize = 1000;

/// The number of unknown names for which the nearest known name is searched: a search is expensive if there are many codes.
const MAX_SEARCHES: u32 = 100;
/// The number of known names that all searches together may compare: each comparison takes some microseconds.
const MAX_COMPARISONS: u32 = 200_000;

/// The result of reading submitted data.
#[derive(Debug)]
pub struct Report {
    /// The first faults, in the order of the rows.
    pub errors: Vec<Fault>,
    pub error_count: u64,
    pub errors_by_code: BTreeMap<&'static str, u64>,
    /// The first warnings.
    pub warnings: Vec<Fault>,
    pub warning_count: u64,
    pub warnings_by_code: BTreeMap<&'static str, u64>,
    /// The number of data rows in the file.
    pub rows_read: u64,
    /// The number of correct observations. A row of a wide table has several.
    pub observations: u64,
    /// The number of rows, or of cells of a wide table, that the mapping skipped.
    pub rows_left_out: u64,
    /// How often each rule of the mapping applied, in the order of the rules.
    pub rules_applied: Vec<u64>,
    /// What was understood of the file.
    pub understood: Understood,
    /// How many more searches for the nearest known name are allowed.
    searches: u32,
    /// With how many more names they may compare.
    comparisons: u32,
}

impl Default for Report {
    fn default() -> Report {
        Report {
            errors: vec![],
            error_count: 0,
            errors_by_code: BTreeMap::new(),
            warnings: vec![],
            warning_count: 0,
            warnings_by_code: BTreeMap::new(),
            rows_read: 0,
            observations: 0,
            rows_left_out: 0,
            rules_applied: vec![],
            understood: Understood::default(),
            searches: MAX_SEARCHES,
            comparisons: MAX_COMPARISONS,
        }
    }
}

/// The place of a fault in a row. Without a column, it is about the whole row.
fn location(column: &str) -> At {
    if column.is_empty() {
        return At::Pointer(String::new());
    }
    At::Column(column.chars().take(300).collect())
}

impl Report {
    /// Adds a fault of a row. The message is only built if the fault is listed.
    pub fn error(&mut self, row: u64, column: &str, code: &'static str, detail: impl FnOnce() -> String) {
        if self.errors.len() < MAX_LISTED {
            self.errors.push(Fault::at(location(column), code, detail()).in_row(row));
        }
        self.count_error(code);
    }

    /// Adds a fault of the mapping.
    pub fn mapping_error(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) {
        if self.errors.len() < MAX_LISTED {
            self.errors.push(Fault::pointer(format!("/mapping{pointer}"), code, detail));
        }
        self.count_error(code);
    }

    fn count_error(&mut self, code: &'static str) {
        self.error_count += 1;
        *self.errors_by_code.entry(code).or_default() += 1;
    }

    /// Adds a warning about a row.
    pub fn warning(&mut self, row: u64, column: &str, code: &'static str, detail: impl FnOnce() -> String) {
        if self.warnings.len() < MAX_LISTED {
            self.warnings.push(Fault::at(location(column), code, detail()).in_row(row));
        }
        self.count_warning(code);
    }

    /// Adds a warning about the mapping.
    pub fn mapping_warning(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) {
        if self.warnings.len() < MAX_LISTED {
            self.warnings.push(Fault::pointer(format!("/mapping{pointer}"), code, detail));
        }
        self.count_warning(code);
    }

    fn count_warning(&mut self, code: &'static str) {
        self.warning_count += 1;
        *self.warnings_by_code.entry(code).or_default() += 1;
    }

    /// Whether a further fault would be counted but not listed.
    pub fn is_full(&self) -> bool {
        self.errors.len() >= MAX_LISTED
    }

    /// A sentence that suggests the nearest known name. Empty if none is near.
    pub fn did_you_mean<'a>(&mut self, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
        if self.searches == 0 || self.comparisons == 0 || self.is_full() {
            return String::new();
        }
        self.searches -= 1;
        let comparisons = &mut self.comparisons;
        let known = known.into_iter().inspect(|_| *comparisons = comparisons.saturating_sub(1));
        problem::nearest(unknown, known).map_or_else(String::new, |near| format!(" Did you mean `{near}`?"))
    }
}
