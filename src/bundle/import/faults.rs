//! What is wrong with a bundle: each fault with its file and line, as many as are listed.

use std::collections::HashMap;

use serde_json::json;

use super::{MOST_LISTED, Run};
use crate::bundle::part::Part;
use crate::problem::{self, Fault, Problem};

impl Run<'_> {
    /// Adds the faults of a line.
    pub(super) fn add_faults(&mut self, part: &Part, line: u64, faults: Vec<Fault>) {
        faults.into_iter().for_each(|fault| self.add_fault(part, line, fault));
    }

    pub(super) fn add_fault(&mut self, part: &Part, line: u64, fault: Fault) {
        self.add_fault_in(&part.name, Some(line), fault);
    }

    /// Adds a fault of a file, or of a line of it.
    pub(super) fn add_fault_in(&mut self, file: &str, line: Option<u64>, fault: Fault) {
        if self.faults.len() < MOST_LISTED {
            self.faults.push(Fault { row: None, ..fault.in_file(file, line) });
        } else {
            self.unlisted += 1;
        }
    }

    /// The problem with all faults, in the order of the files and their lines.
    pub(super) fn problem(&mut self) -> Option<Problem> {
        if self.faults.is_empty() {
            return None;
        }
        let numbers: HashMap<&str, usize> =
            self.files.iter().enumerate().rev().map(|(n, name)| (name.as_str(), n)).collect();
        let place = |file: &Option<String>| file.as_deref().and_then(|name| numbers.get(name)).copied();
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_cached_key(|fault| (place(&fault.file), fault.line));
        let count = faults.len() + self.unlisted;
        faults.truncate(MOST_LISTED);
        let mut detail = match count {
            1 => "There is a fault in the bundle; nothing has been imported.".to_owned(),
            count => format!("There are {count} faults in the bundle; nothing has been imported."),
        };
        if count > MOST_LISTED {
            detail.push_str(&format!(" The first {MOST_LISTED} are listed."));
        }
        let mut problem = Problem::new(&problem::UNPROCESSABLE, detail);
        problem.errors = faults;
        // What is odd may be why something is wrong.
        let remarks = std::mem::take(&mut self.summary.remarks);
        if !remarks.is_empty() {
            problem.extra.push(("remarks", json!(remarks)));
        }
        Some(problem)
    }
}
