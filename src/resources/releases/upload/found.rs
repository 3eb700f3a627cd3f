//! What there is to say of a file: every fault of every row is counted, the first thousand are told.

use std::collections::BTreeMap;

use crate::problem::{self, At, Fault};

/// How many faults, and how many warnings, are told.
pub const TOLD: usize = 1000;

/// For how many unknown words the nearest known one is looked for: that is dear where there are many codes.
const SEARCHES: u32 = 100;

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The first faults, in the order of the rows.
    pub errors: Vec<Fault>,
    /// How many there are.
    pub error_count: u64,
    /// How many of each code.
    pub errors_by_code: BTreeMap<&'static str, u64>,
    /// The first warnings.
    pub warnings: Vec<Fault>,
    /// How many there are.
    pub warning_count: u64,
    /// How many of each code.
    pub warnings_by_code: BTreeMap<&'static str, u64>,
    /// How many rows of data the file has.
    pub rows_read: u64,
    /// How many observations were handed on; a row of a wide table holds several.
    pub observations: u64,
    /// How many rows, or cells of a wide table, the mapping left out.
    pub rows_left_out: u64,
    /// How often each rule of the mapping did something, in their order.
    pub rules_applied: Vec<u64>,
    searches: u32,
}

impl Default for Found {
    fn default() -> Found {
        Found {
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
            searches: SEARCHES,
        }
    }
}

/// A place in a row; without a column it is the whole row.
fn at(column: &str) -> At {
    if column.is_empty() {
        return At::Pointer(String::new());
    }
    At::Column(column.chars().take(300).collect())
}

impl Found {
    /// A fault of a row; the sentence is only made where it is told.
    pub fn error(&mut self, row: u64, column: &str, code: &'static str, detail: impl FnOnce() -> String) {
        if self.errors.len() < TOLD {
            self.errors.push(Fault::at(at(column), code, detail()).in_row(row));
        }
        self.count_error(code);
    }

    /// A fault of the mapping.
    pub fn mapping(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) {
        if self.errors.len() < TOLD {
            self.errors.push(Fault::pointer(format!("/mapping{pointer}"), code, detail));
        }
        self.count_error(code);
    }

    fn count_error(&mut self, code: &'static str) {
        self.error_count += 1;
        *self.errors_by_code.entry(code).or_default() += 1;
    }

    /// Something of a row that is worth a look.
    pub fn warning(&mut self, row: u64, column: &str, code: &'static str, detail: impl FnOnce() -> String) {
        if self.warnings.len() < TOLD {
            self.warnings.push(Fault::at(at(column), code, detail()).in_row(row));
        }
        self.count_warning(code);
    }

    /// Something of the mapping that is worth a look.
    pub fn mapping_warning(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) {
        if self.warnings.len() < TOLD {
            self.warnings.push(Fault::pointer(format!("/mapping{pointer}"), code, detail));
        }
        self.count_warning(code);
    }

    fn count_warning(&mut self, code: &'static str) {
        self.warning_count += 1;
        *self.warnings_by_code.entry(code).or_default() += 1;
    }

    /// Whether a further fault would only be counted.
    pub fn full(&self) -> bool {
        self.errors.len() >= TOLD
    }

    /// The nearest known word, as the end of a sentence.
    pub fn did_you_mean<'a>(&mut self, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
        if self.searches == 0 || self.full() {
            return String::new();
        }
        self.searches -= 1;
        problem::nearest(unknown, known).map_or_else(String::new, |near| format!(" Did you mean `{near}`?"))
    }
}

/// A text as far as a sentence shows it.
pub fn brief(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
