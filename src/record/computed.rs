//! What a kind may have besides its content: what stands beside it in answers, the forms of other standards, what
//! other records do not allow.

use std::collections::BTreeMap;

use serde_json::Value;

use super::row::Row;
use super::visible::Visibility;
use crate::clock::{Id, Ts};
use crate::problem::{Fault, Problem};
use crate::store::{Conn, Db};

/// What stands beside a record's content in an answer: worked out from other records, as the reader sees them.
/// It belongs to no version, so a cited version never shows it.
#[derive(Clone, Copy)]
pub struct ComputedFields {
    /// The schema of its members: an object's.
    pub schema: fn() -> Value,
    /// Whether lists show it too, or only the answer about one record.
    pub in_lists: bool,
    /// Reads it for these records, in a number of queries that does not depend on how many they are: an object
    /// for each, with all its members in order.
    pub read: ReadComputed,
}

/// What reads it.
pub type ReadComputed = fn(&mut Conn, &[Row], &Visibility) -> Result<Vec<Value>, Problem>;

/// A form of another standard in which lists of a kind are given out.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name in `format=`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What it is, for the document.
    pub about: &'static str,
    /// How many records it holds when no `limit` is given: such a form is wanted whole.
    pub most: i64,
    /// Writes it.
    pub write: fn(&Facts<'_>, &[Value]) -> Result<Vec<u8>, Problem>,
}

/// What such a form says beside the records.
pub struct Facts<'a> {
    /// The service's own address.
    pub base: &'a str,
    /// The address asked for, with its query.
    pub address: &'a str,
    /// Whose records they are, where they are all of one organisation: its content.
    pub publisher: Option<&'a Value>,
    /// The licences of the sources that they name.
    pub licences: &'a [String],
}

/// A form of another standard in which import reads records of a kind: a CSV that these titles tell.
#[derive(Clone, Copy)]
pub struct Foreign {
    /// Titles that such a file has, and that no file of our own has.
    pub titles: &'static [&'static str],
    /// Reads it.
    pub read: ReadForeign,
}

/// What reads it. The map has the references of organisations on record, by their identifiers (`GB-CHC-1234567`).
pub type ReadForeign = fn(&mut dyn std::io::Read, &BTreeMap<String, String>) -> Result<Converted, Problem>;

/// What came of it.
#[derive(Debug, Default)]
pub struct Converted {
    /// The records, by kind, each with its row, in the form in which our own lines hold them. Those of other kinds
    /// than the file's are left as they are where they are on record already.
    pub records: Vec<(&'static str, Vec<(u64, Value)>)>,
    /// What cannot be taken.
    pub faults: Vec<Fault>,
    /// What can be taken and is worth a look.
    pub remarks: Vec<Fault>,
}

/// A content that is to stand beside what others say: for the rules that look at other records.
pub struct CrossRecordCheck<'a> {
    /// The record, which may be new.
    pub record: Id,
    /// Its policing body.
    pub body: Option<Id>,
    /// The content as it was before, if there was any.
    pub before: Option<&'a Value>,
    /// The content, canonical.
    pub content: &'a Value,
    /// The ids of the records that it names once, by the path of the reference.
    pub named: &'a BTreeMap<&'static str, Id>,
}

/// A step of a record's life that tables beside it follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is public from a moment on: now, or one to come.
    Published {
        /// Since when.
        from: Ts,
        /// Whether that moment is still to come.
        scheduled: bool,
    },
    /// A publication that has not come was cancelled.
    Recalled,
    /// The record was taken back for good.
    Withdrawn,
    /// Its content was destroyed.
    Redacted,
}

/// What has been done to a record.
pub struct LifecycleEvent<'a> {
    /// The record.
    pub record: Id,
    /// Its working version's content; null where that was destroyed.
    pub content: &'a Value,
    /// The step.
    pub step: Step,
    /// When it is done.
    pub now: Ts,
}

/// What else happens at a step of its life, in the same transaction: for tables of a kind beside the record's own.
pub type LifecycleHook = fn(&mut Conn, &LifecycleEvent<'_>) -> Result<(), Problem>;

/// Files of a bundle that go with single records of a kind: tables that are too long for a record's line.
#[derive(Clone, Copy)]
pub struct Files {
    /// The folder of the bundle in which they lie, each called by its record's reference.
    pub folder: &'static str,
    /// What they hold, for the description of a bundle.
    pub about: &'static str,
    /// Those of the demo: a reference and what its file holds.
    pub demo: &'static [(&'static str, &'static str)],
    /// The moment by which they are taken in, one after the other: from a record's content and its first publication.
    pub moment: fn(&Value, Option<Ts>) -> Option<Ts>,
    /// Takes one in.
    pub take: ImportFile,
    /// Gives one out.
    pub give: ExportFile,
}

/// Takes in the file of a record that is written by then; asked of a record without a file, too.
pub type ImportFile = fn(&mut Conn, &mut FileImport<'_>) -> Result<ImportOutcome, Problem>;

/// Gives the file of a record out, a line after the other, as it was public at a moment; nothing where there is none.
pub type ExportFile = fn(&Db, Id, Ts, &mut ExportLine<'_>) -> Result<(), Problem>;

/// Where a line goes.
pub type ExportLine<'a> = dyn FnMut(&str) -> Result<(), Problem> + 'a;

/// A record whose file is to be taken in.
pub struct FileImport<'a> {
    /// The record.
    pub record: Id,
    /// Its working version's content.
    pub content: &'a Value,
    /// When it was first published; none of a draft.
    pub public_from: Option<Ts>,
    /// When this is done.
    pub now: Ts,
    /// What its file holds.
    pub file: Option<&'a [u8]>,
    /// Whether the file is in a form that the record itself declares, and not in our own.
    pub declared: bool,
    /// Whether the file is a workbook.
    pub workbook: bool,
    /// Told how many rows have been read.
    pub progress: &'a mut dyn FnMut(u64),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct ImportOutcome {
    /// How many rows went in.
    pub rows: u64,
    /// What is wrong, by row.
    pub faults: Vec<Fault>,
    /// How many more things are wrong than are told.
    pub more: u64,
    /// What went in and is worth a look.
    pub remarks: Vec<Fault>,
    /// How it changes what is on record, where that is told.
    pub changes: Value,
}
