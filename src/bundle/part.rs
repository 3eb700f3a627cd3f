//! A file of records in a bundle: what its name says of it.

use super::WITHDRAWN;
use super::place::Place;
use crate::clock::parse_day;
use crate::problem::{self, Fault, Problem, unknown_name};
use crate::record::kind::{ConvertedRecord, KindDef};
use crate::sheet::tables::SheetTable;

/// What is wrong and what is odd in files of another standard.
pub(super) struct Converted {
    /// The files as they came, in their order.
    pub files: Vec<String>,
    pub faults: Vec<Fault>,
    pub remarks: Vec<Fault>,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object on each line.
    JsonLines,
    /// Comma-separated values with a row of titles.
    Csv,
    /// A JSON document of another standard.
    Json,
    /// A workbook of Office Open XML.
    Xlsx,
    /// A workbook of OpenDocument.
    Ods,
}

impl Form {
    /// The ending of such a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Form::JsonLines => "jsonl",
            Form::Csv => "csv",
            Form::Json => "json",
            Form::Xlsx => "xlsx",
            Form::Ods => "ods",
        }
    }

    /// Whether it is a workbook. Which of the two is read from the file itself.
    pub fn is_workbook(self) -> bool {
        matches!(self, Form::Xlsx | Form::Ods)
    }

    /// Whether its records are rows of a table, with a text in each cell.
    pub fn is_table(self) -> bool {
        self == Form::Csv || self.is_workbook()
    }

    /// The form of a file whose name ends so.
    fn of_ending(ending: &str) -> Option<Form> {
        let all = [Form::JsonLines, Form::Csv, Form::Json, Form::Xlsx, Form::Ods];
        all.into_iter().find(|form| form.ending() == ending)
    }
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
    /// True for the records of a list as it was downloaded in JSON.
    pub listed: bool,
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
            Some((stem, ending)) => (stem, Form::of_ending(&ending.to_ascii_lowercase())),
            None => (name, None),
        };
        let Some(form) = form else {
            return Err(Fault::pointer(
                "",
                "unknown_file",
                "The name of a bundle's file must end in `.jsonl` (one JSON object on each line), `.csv`, `.xlsx` or `.ods`; that of grants in the 360Giving standard may also end in `.json`.",
            ));
        };
        let part =
            |contents| Part { name: name.to_owned(), contents, form, included: false, listed: false, place };
        if stem == WITHDRAWN && form == Form::JsonLines {
            return Ok(part(Contents::Withdrawn));
        }
        let named = kind_named(stem, kinds);
        if form != Form::JsonLines && (named.is_none() || !form.is_table()) {
            let foreign = kinds.iter().position(|kind| kind.foreign.is_some());
            if let Some(n) = foreign.filter(|n| alone || named == Some(*n)) {
                return Ok(part(Contents::Kind(n)));
            }
        }
        match named {
            Some(n) if form != Form::Json => Ok(part(Contents::Kind(n))),
            Some(_) => Err(Fault::pointer(
                "",
                "unknown_file",
                "Name a file of one JSON object on each line by `.jsonl`; `.json` is for grants in the 360Giving standard.",
            )),
            None => Err(unknown_file(stem, kinds)),
        }
    }

    /// Whether its name is one of its kind.
    pub(super) fn names_kind(&self, n: usize, kinds: &[&'static KindDef]) -> bool {
        kind_named(self.stem(), kinds) == Some(n)
    }

    /// The file's name without its ending.
    pub(super) fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    /// Whether it may be in another standard's format.
    pub fn may_be_foreign(&self, kinds: &[&'static KindDef]) -> bool {
        matches!(self.contents, Contents::Kind(n) if self.form != Form::JsonLines && kinds[n].foreign.is_some())
    }

    /// The sheets of a workbook that is read.
    pub(super) fn sheets(&self) -> Option<&[SheetTable]> {
        match &self.place {
            Place::Sheets(sheets) => Some(sheets),
            _ => None,
        }
    }

    /// Whether its records are in memory already.
    pub(super) fn is_converted(&self) -> bool {
        matches!(self.place, Place::Converted(_))
    }

    /// The record of a converted file on that line with that reference.
    pub(super) fn converted(&self, line: u64, reference: &str) -> Option<&ConvertedRecord> {
        let Place::Converted(records) = &self.place else { return None };
        records.iter().find(|record| record.line == line && record.value["reference"] == reference)
    }

    /// The file's number in the order in which files are read.
    pub(super) fn order(&self) -> usize {
        match self.contents {
            Contents::Kind(n) => n,
            Contents::Withdrawn => usize::MAX,
        }
    }
}

/// The kind that a file's name without its ending names: by its path, or as this server names a download, with the body before it
/// and the day after it. Case makes no difference, nor does the number that a browser gives to a second download.
fn kind_named(stem: &str, kinds: &[&'static KindDef]) -> Option<usize> {
    let stem = stem.to_ascii_lowercase();
    let is_kind = |text: &str| kinds.iter().position(|kind| kind.def.path == text);
    if let Some(n) = is_kind(&stem) {
        return Some(n);
    }
    let first = stem.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let stem =
        first.filter(|(_, number)| is_number(number)).map_or(stem.as_str(), |(rest, _)| rest.trim_end());
    let (name, day) = stem.split_at_checked(stem.len().checked_sub("-2026-11-30".len())?)?;
    parse_day(day.strip_prefix('-')?)?;
    let name = name.strip_suffix("-360giving").unwrap_or(name);
    let ends = |path: &str| name.strip_suffix(path).is_some_and(|body| body.ends_with('-'));
    // The longest, as the path of one kind may end in that of another.
    let found = kinds.iter().enumerate().filter(|(_, kind)| ends(kind.def.path));
    is_kind(name).or_else(|| found.max_by_key(|(_, kind)| kind.def.path.len()).map(|(n, _)| n))
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
