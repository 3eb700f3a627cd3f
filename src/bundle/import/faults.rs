//! What is wrong with a bundle: each fault with its file and line, as many as are listed.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{MOST_LISTED, Run};
use crate::bundle::cells::CellNote;
use crate::bundle::lines::Line;
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

    /// Adds remarks about the cells of a line.
    pub(super) fn add_remarks(&mut self, part: &Part, line: u64, notes: Vec<CellNote>) {
        notes.into_iter().for_each(|note| self.add_remark(part, line, note.fault));
    }

    pub(super) fn add_remark(&mut self, part: &Part, line: u64, remark: Fault) {
        if self.summary.remarks.len() < MOST_LISTED {
            self.summary.remarks.push(remark.in_file(&part.name, Some(line)));
        }
    }

    /// The fields of a new record's line, if they can be read; its faults and remarks are added.
    pub(super) fn fields_of(&mut self, part: &Part, line: Line) -> Option<Map<String, Value>> {
        let (fatal, notes): (Vec<CellNote>, Vec<CellNote>) =
            line.notes.into_iter().partition(|note| note.fatal);
        self.add_remarks(part, line.number, notes);
        match line.fields {
            Ok(fields) if fatal.is_empty() => Some(fields),
            Ok(_) => {
                self.add_faults(part, line.number, fatal.into_iter().map(|note| note.fault).collect());
                None
            }
            Err(faults) => {
                self.add_faults(part, line.number, faults);
                None
            }
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
