//! A file of records in a bundle: what its name says of it.

use super::WITHDRAWN;
use super::place::Place;
use crate::problem::{self, Fault, Problem, unknown_name};
use crate::record::kind::KindDef;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object on each line.
    JsonLines,
    /// Comma-separated values with a row of titles.
    Csv,
}

/// What a file contains.
#[derive(Clone, Copy, Debug)]
pub enum Contents {
    /// The records of a kind, by its number in the order of imports.
    Kind(usize),
    /// The withdrawn records.
    Withdrawn,
}

/// A file of records in a bundle.
#[derive(Clone, Debug)]
pub struct Part {
    /// The file's name in messages.
    pub name: String,
    /// What it contains.
    pub contents: Contents,
    /// Its format.
    pub form: Form,
    /// True for records that another kind's file refers to and includes: an import leaves those on record as they are.
    pub included: bool,
    pub(super) place: Place,
}

impl Part {
    /// A file by its name. A CSV file that is alone may have any name if its titles are those of another standard.
    pub(super) fn named(
        name: &str,
        place: Place,
        kinds: &[&'static KindDef],
        alone: bool,
    ) -> Result<Part, Fault> {
        let (stem, form) = match name.rsplit_once('.') {
            Some((stem, "jsonl")) => (stem, Form::JsonLines),
            Some((stem, "csv")) => (stem, Form::Csv),
            _ => {
                return Err(Fault::pointer(
                    "",
                    "unknown_file",
                    "The name of a bundle's file must end in `.jsonl` (one JSON object on each line) or `.csv`.",
                ));
            }
        };
        let part = |contents| Part { name: name.to_owned(), contents, form, included: false, place };
        if stem == WITHDRAWN && form == Form::JsonLines {
            return Ok(part(Contents::Withdrawn));
        }
        if let Some(n) = kinds.iter().position(|kind| kind.def.path == stem) {
            return Ok(part(Contents::Kind(n)));
        }
        let foreign = kinds.iter().position(|kind| kind.foreign.is_some());
        if let (true, Form::Csv, Some(n)) = (alone, form, foreign) {
            return Ok(part(Contents::Kind(n)));
        }
        Err(unknown_file(stem, kinds))
    }

    /// The file's name without its ending.
    pub(super) fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    /// Whether it may be in another standard's format.
    pub fn may_be_foreign(&self, kinds: &[&'static KindDef]) -> bool {
        matches!(self.contents, Contents::Kind(n) if self.form == Form::Csv && kinds[n].foreign.is_some())
    }

    /// The file's number in the order in which files are read.
    pub(super) fn order(&self) -> usize {
        match self.contents {
            Contents::Kind(n) => n,
            Contents::Withdrawn => usize::MAX,
        }
    }
}

/// A name that is no kind's path.
pub(super) fn unknown_file(stem: &str, kinds: &[&'static KindDef]) -> Fault {
    let mut known: Vec<&str> = kinds.iter().map(|kind| kind.def.path).collect();
    known.push(WITHDRAWN);
    Fault::pointer("", "unknown_file", unknown_name("kind", stem, &known))
}

/// 422 for a bundle that cannot be read.
pub(super) fn unreadable(detail: String) -> Problem {
    no_bundle(vec![Fault::pointer("", "unreadable", detail)])
}

/// 422 for something that is not a bundle.
pub(super) fn no_bundle(faults: Vec<Fault>) -> Problem {
    Problem::new(&problem::UNPROCESSABLE, "This is not a bundle; nothing has been imported.").with(faults)
}
