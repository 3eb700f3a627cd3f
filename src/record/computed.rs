//! What a kind can declare besides its content: computed fields, formats of other standards, checks against other
//! records, a lifecycle hook, files in bundles.

use std::collections::BTreeMap;

use serde_json::Value;

use super::link::Link;
use super::row::Row;
use super::visible::Visibility;
use crate::allowance::Allowance;
use crate::clock::{Id, Ts};
use crate::problem::{At, Fault, Problem};
use crate::sheet::tables::SheetTable;
use crate::store::{Conn, Db, Sql};

/// Fields of a response that are computed from other records, as the reader sees those. They belong to no version, so
/// a response about one version never has them.
#[derive(Clone, Copy)]
pub struct ComputedFields {
    /// The schema of an object with these fields.
    pub schema: fn() -> Value,
    /// Whether lists have them too, or only the response about one record.
    pub in_lists: bool,
    /// Computes them for some records: an object for each record, with all fields in order. The number of queries must
    /// not depend on the number of records.
    pub read: ReadComputed,
}

/// Computes the fields: see [`ComputedFields::read`].
pub type ReadComputed = fn(&mut Conn, &[Row], &Visibility) -> Result<Vec<Value>, Problem>;

/// A filter of lists by something that no column has: what follows from other records, or from the day.
#[derive(Clone, Copy)]
pub struct ComputedFilter {
    /// The name of the parameter.
    pub name: &'static str,
    /// The description in the OpenAPI document.
    pub about: &'static str,
    /// The values that it takes.
    pub values: FilterValues,
    /// The condition on a row `t` of the kind's table.
    pub condition: fn(&FilterOn<'_>) -> Sql,
}

/// The values that a computed filter takes.
#[derive(Clone, Copy)]
pub enum FilterValues {
    /// `true` or `false`.
    Flag,
    /// Some of these codes.
    Codes(fn() -> Vec<String>),
}

/// What a computed filter is applied to.
pub struct FilterOn<'a> {
    /// What the reader sees, and when.
    pub visibility: &'a Visibility,
    /// The values given: codes, or `true` or `false`.
    pub values: &'a [&'a str],
}

/// A format of another standard in which a kind's lists can be requested.
#[derive(Clone, Copy)]
pub struct Format {
    /// The value of `format=`.
    pub name: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// The name of its schema in the OpenAPI document, where its media type is not one that lists have anyway.
    pub schema: Option<&'static str>,
    /// What it is, for the OpenAPI document.
    pub about: &'static str,
    /// How many records a page has when the request has no `limit`: readers of such a format want all of them.
    pub default_limit: i64,
    /// Writes the records of a page.
    pub write: fn(&Facts<'_>, &[Value]) -> Result<Vec<u8>, Problem>,
}

/// What a format says about the page, besides the records.
pub struct Facts<'a> {
    /// The service's public address.
    pub base: &'a str,
    /// The address of the request, with its query.
    pub address: &'a str,
    /// The content of the organisation that owns all the records, if it is one.
    pub publisher: Option<&'a Value>,
    /// The licences of the sources that the records name.
    pub licences: &'a [String],
    /// Whether the file is for a spreadsheet, which must not run its texts as formulas.
    pub for_spreadsheet: bool,
}

/// A file of another standard that import reads.
#[derive(Clone, Copy)]
pub struct Foreign {
    /// Whether the titles of a table are those of the standard. `own` are the titles of the kind's files in our own format.
    pub recognises: fn(titles: &[String], own: &[&str]) -> bool,
    /// Whether a JSON document is one of the standard.
    pub recognises_json: fn(&[u8]) -> bool,
    /// The column by which the standard identifies a record: one that is on record is not imported again.
    pub key: &'static str,
    /// Converts it to records.
    pub read: ReadForeign,
    /// The names of the fields in which a record, as this API shows it, differs from what the file says, in the standard's
    /// form. The text is the service's public address.
    pub differences: fn(&Value, &Value, &str) -> Result<Vec<String>, Problem>,
}

/// A file of another standard.
#[derive(Clone, Copy, Debug)]
pub enum ForeignFile<'f> {
    /// A table as CSV.
    Csv(&'f [u8]),
    /// A JSON document.
    Package(&'f [u8]),
    /// The sheets of a workbook.
    Workbook(&'f [SheetTable]),
}

impl ForeignFile<'_> {
    /// Whether it is a JSON document, whose parts are named by pointers, and not a table with titles.
    pub fn is_package(&self) -> bool {
        matches!(self, ForeignFile::Package(_))
    }
}

/// An organisation on record.
#[derive(Clone, Debug)]
pub struct KnownParty {
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
}

/// Converts such a file. The map has the organisations on record by identifier (`GB-CHC-1234567`).
pub type ReadForeign = fn(ForeignFile<'_>, BTreeMap<String, KnownParty>) -> Converted;

/// The records of a converted file.
#[derive(Debug, Default)]
pub struct Converted {
    /// The records by kind. Records of other kinds than the file's are not changed where they are on record already.
    pub records: Vec<(&'static str, Vec<ConvertedRecord>)>,
    /// What cannot be imported.
    pub faults: Vec<Fault>,
    /// What can be imported but should be checked.
    pub remarks: Vec<Fault>,
}

/// A record of a converted file.
#[derive(Clone, Debug)]
pub struct ConvertedRecord {
    /// The number of its row.
    pub line: u64,
    /// The record in the format of our own bundles.
    pub value: Value,
    /// The place in the file that names it.
    pub at: Option<At>,
    /// How the file names it, if not by its reference.
    pub name: Option<String>,
    /// What is odd about that name, for the case that no such record is there.
    pub hint: String,
}

impl ConvertedRecord {
    /// A record of which nothing else is known.
    pub fn new(line: u64, value: Value) -> ConvertedRecord {
        ConvertedRecord { line, value, at: None, name: None, hint: String::new() }
    }
}

/// A content to be checked against other records.
pub struct CrossRecordCheck<'a> {
    /// The record's id. The record may be new.
    pub record: Id,
    /// The policing body.
    pub body: Option<Id>,
    /// The organisation that owns the record, by reference.
    pub owner: Option<&'a str>,
    /// The previous version's content, if there is one.
    pub before: Option<&'a Value>,
    /// The content, canonical.
    pub content: &'a Value,
    /// The ids of the records that it names outside lists, by the path of the reference.
    pub named: &'a BTreeMap<&'static str, Id>,
    /// The links to all records that it names.
    pub links: &'a [Link],
    /// The moment of the check.
    pub now: Ts,
    /// Whether working versions of the owner's own records count, instead of their public ones.
    pub drafts: bool,
    /// Whether the version is about to be published: then it is compared with what is scheduled, too.
    pub publishing: bool,
}

impl CrossRecordCheck<'_> {
    /// The records that it names at a path, each with its position in the list.
    pub fn named_at(&self, path: &str) -> impl Iterator<Item = (i64, Id)> {
        let links = self.links.iter().filter(move |link| link.reference == path);
        links.map(|link| (link.position, link.other))
    }
}

/// A step of a record's lifecycle that a kind's own tables follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A version was published, or its publication was scheduled.
    Published {
        /// The moment from which it is public.
        from: Ts,
        /// Whether that moment is in the future.
        scheduled: bool,
    },
    /// A scheduled publication was cancelled.
    Recalled,
    /// The record was withdrawn.
    Withdrawn,
    /// The record's content was destroyed.
    Redacted,
    /// The content of some of its edits was destroyed, none of which is the working version or public.
    EditsRedacted,
}

/// A step that was taken with a record.
pub struct LifecycleEvent<'a> {
    /// The record.
    pub record: Id,
    /// The working version's content; null after a redaction.
    pub content: &'a Value,
    /// The step.
    pub step: Step,
    /// The moment of the step.
    pub now: Ts,
}

/// Updates a kind's own tables at a step of a record's lifecycle, in the same transaction.
pub type LifecycleHook = fn(&mut Conn, &LifecycleEvent<'_>) -> Result<(), Problem>;

/// Files of a bundle that belong to single records of a kind: tables that are too long for a record's line.
#[derive(Clone, Copy)]
pub struct Files {
    /// The folder of the bundle that has them. Each file is named by its record's reference.
    pub folder: &'static str,
    /// What they contain, for the description of the bundle.
    pub about: &'static str,
    /// The demo's files: a record's reference and the file's content.
    pub demo: &'static [(&'static str, &'static str)],
    /// The moment that sorts the files for import, from a record's content and its first publication.
    pub moment: fn(&Value, Option<Ts>) -> Option<Ts>,
    /// Imports the file of one record.
    pub import: ImportFile,
    /// Exports the file of one record.
    pub export: ExportFile,
}

/// Imports the file of a record that is written already. Called for records without a file too.
pub type ImportFile = fn(&mut Conn, &mut FileImport<'_>) -> Result<ImportOutcome, Problem>;

/// Opens the file of a record for export, as it was public at a moment; none if there was none.
pub type ExportFile = fn(&Db, Id, Ts) -> Result<Option<Box<dyn FileLines>>, Problem>;

/// The lines of an exported file.
pub trait FileLines: Send {
    /// Writes the next lines; false if they are the last.
    fn next(&mut self, db: &Db, line: &mut ExportLine<'_>) -> Result<bool, Problem>;
}

/// Writes a line of an exported file.
pub type ExportLine<'a> = dyn FnMut(&str) -> Result<(), Problem> + 'a;

/// A record whose file is imported.
pub struct FileImport<'a> {
    /// The record.
    pub record: Id,
    /// The working version's content.
    pub content: &'a Value,
    /// When it was first published; none for a draft.
    pub public_from: Option<Ts>,
    /// The moment of the import.
    pub now: Ts,
    /// The file's content, if the record has a file.
    pub file: Option<&'a [u8]>,
    /// Whether the file is in the format that the record's own mapping declares.
    pub declared: bool,
    /// Whether the file is a workbook.
    pub workbook: bool,
    /// What reading it may cost.
    pub allowance: Allowance,
    /// Called with the number of rows read so far.
    pub progress: &'a mut dyn FnMut(u64),
}

/// The result of importing a file.
#[derive(Debug, Default)]
pub struct ImportOutcome {
    /// How many rows were imported.
    pub rows: u64,
    /// What is wrong, by row.
    pub faults: Vec<Fault>,
    /// How many further faults were found that `faults` leaves out.
    pub more: u64,
    /// What was imported but should be checked.
    pub remarks: Vec<Fault>,
    /// How it changes what is on record, where the kind reports it.
    pub changes: Value,
}
