//! Where a bundle's files lie: in a folder, in an archive, in this program.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use zip::ZipArchive;

use super::lines::{self, Line, Much};
use super::tables::{self, Table};
use super::zipped::{Bounded, ReadSeek, entries};
use super::{COMPANIONS, WITHDRAWN};
use crate::problem::{self, Fault, Problem, unknown_name};
use crate::record::kind::KindDef;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON object a line.
    JsonLines,
    /// Comma-separated values with a row of titles.
    Csv,
}

/// What a file holds.
#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// The records of a kind, by its place in the order of imports.
    Kind(usize),
    /// What has been withdrawn.
    Withdrawn,
}

/// A file of a bundle.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name, for people.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
    /// How it is written.
    pub form: Form,
    /// True for records that another kind's file brings along: they are left as they are where they are on record.
    pub brought_along: bool,
    place: Place,
}

/// Where a file is read from.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Path(PathBuf),
    Entry(usize),
    Text(&'static str),
    Bytes(Arc<Vec<u8>>),
    /// What has come of a form of another standard.
    Converted(Arc<Vec<(u64, Value)>>),
}

/// A bundle, opened: each of its files can be read as often as needed.
pub struct Bundle {
    /// Its files, in the order in which they are read.
    pub parts: Vec<Part>,
    /// The files that go with single records.
    pub tables: Vec<Table>,
    archive: Option<ZipArchive<Box<dyn ReadSeek>>>,
}

/// What the files of an archive that has come as a body may unfold to, all of them together: an archive of a few
/// kilobytes can hold a great many zeros.
const UNFOLDED: u64 = 256 << 20;
/// How many files an archive may hold: many more than there are kinds, and one for each of many releases.
const FILES: usize = 20_000;

impl Bundle {
    /// What this program carries with it: the demo.
    pub fn embedded(kinds: &[&'static KindDef]) -> Bundle {
        let part = |(n, kind): (usize, &&'static KindDef)| Part {
            name: format!("{}.jsonl", kind.def.path),
            holds: Holds::Kind(n),
            form: Form::JsonLines,
            brought_along: false,
            place: Place::Text(kind.def.demo),
        };
        let parts = kinds.iter().enumerate().filter(|(_, kind)| !kind.def.demo.is_empty()).map(part);
        Bundle { parts: parts.collect(), tables: tables::embedded(kinds), archive: None }
    }

    /// Records that are at hand: of one kind, each as a line would hold it.
    pub fn of_records(kind: usize, path: &str, records: Vec<Value>) -> Bundle {
        let records = (1..).zip(records).collect();
        let part = Part {
            name: format!("{path}.jsonl"),
            holds: Holds::Kind(kind),
            form: Form::JsonLines,
            brought_along: false,
            place: Place::Converted(Arc::new(records)),
        };
        Bundle { parts: vec![part], tables: vec![], archive: None }
    }

    /// The same with the file of one of them: in the form that the record declares.
    pub fn with_declared(mut self, kind: usize, reference: &str, path: &Path, bytes: Vec<u8>) -> Bundle {
        self.tables.push(tables::declared(kind, reference, path, bytes));
        self
    }

    /// A folder, an archive, or one file.
    pub fn open(path: &Path, kinds: &[&'static KindDef]) -> Result<Bundle, Problem> {
        let cannot = |error: std::io::Error| refused(format!("{}: {error}", path.display()));
        if path.is_dir() {
            return Bundle::of(tables::walk(path, kinds).map_err(cannot)?, None, kinds);
        }
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
            let file = File::open(path).map_err(cannot)?;
            return Bundle::archive(Box::new(BufReader::new(file)), kinds, u64::MAX);
        }
        File::open(path).map_err(cannot)?;
        let file = (path.to_string_lossy().into_owned(), Place::Path(path.to_owned()));
        Bundle::of(vec![file], None, kinds)
    }

    /// An archive that has come as a body.
    pub fn zipped(bytes: Vec<u8>, kinds: &[&'static KindDef]) -> Result<Bundle, Problem> {
        Bundle::archive(Box::new(Cursor::new(bytes)), kinds, UNFOLDED)
    }

    fn archive(
        mut inner: Box<dyn ReadSeek>,
        kinds: &[&'static KindDef],
        most: u64,
    ) -> Result<Bundle, Problem> {
        let said =
            entries(&mut inner).map_err(|error| refused(format!("The archive cannot be read: {error}.")))?;
        let mut archive = ZipArchive::new(inner)
            .map_err(|error| refused(format!("The archive cannot be read: {error}.")))?;
        if archive.len() > FILES {
            return Err(refused(format!("The archive holds {} files; {FILES} are the most.", archive.len())));
        }
        if said.is_some_and(|said| said != archive.len()) {
            let detail = "The archive has two entries of one name, or fewer than it says; make it anew.";
            return Err(refused(detail.to_owned()));
        }
        let mut files = vec![];
        let mut unfolded: u64 = 0;
        for n in 0..archive.len() {
            let entry = archive
                .by_index(n)
                .map_err(|error| refused(format!("The archive cannot be read: {error}.")))?;
            if entry.is_file() {
                // What it says of itself: more than that is not read of it.
                unfolded = unfolded.saturating_add(entry.size());
                let name =
                    entry.name().map_err(|error| refused(format!("The archive cannot be read: {error}.")))?;
                files.push((name.into_owned(), Place::Entry(n)));
            }
        }
        if unfolded > most {
            return Err(refused(format!(
                "The archive unfolds to {unfolded} bytes; {most} are the most here. Divide it, or use `onrecord import`."
            )));
        }
        Bundle::of(files, Some(archive), kinds)
    }

    fn of(
        mut files: Vec<(String, Place)>,
        archive: Option<ZipArchive<Box<dyn ReadSeek>>>,
        kinds: &[&'static KindDef],
    ) -> Result<Bundle, Problem> {
        files.sort_by(|a, b| a.0.cmp(&b.0));
        let alone = files.len() == 1;
        let mut parts: Vec<Part> = vec![];
        let mut tables: Vec<Table> = vec![];
        let mut faults = vec![];
        for (path, place) in files {
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            if COMPANIONS.contains(&name.as_str()) || name.starts_with('.') {
                continue;
            }
            if let Some(found) = tables::of(&path, &place, kinds) {
                match found {
                    Ok(table) if tables.iter().any(|other| other.is_called_as(&table)) => {
                        faults.push(tables::twice().in_file(&table.name, None));
                    }
                    Ok(table) => tables.push(table),
                    Err((name, fault)) => faults.push(fault.in_file(&name, None)),
                }
                continue;
            }
            match part(&name, place, kinds, alone) {
                Ok(part) if parts.iter().any(|other| other.at() == part.at()) => faults.push(
                    Fault::pointer(
                        "",
                        "duplicate",
                        "Another file of the bundle holds the same kind; put them together.",
                    )
                    .in_file(&name, None),
                ),
                Ok(part) => parts.push(part),
                Err(fault) => faults.push(fault.in_file(&name, None)),
            }
        }
        if parts.is_empty() && faults.is_empty() {
            faults.push(Fault::pointer(
                "",
                "empty",
                "There is no file of records here, such as `plans.jsonl`.",
            ));
        }
        if !faults.is_empty() {
            return Err(no_bundle(faults));
        }
        parts.sort_by_key(Part::at);
        Ok(Bundle { parts, tables, archive })
    }

    /// Puts in place of each file of another standard's form what that form means. `known` are the references of the
    /// organisations on record, by their identifiers.
    pub fn convert(
        &mut self,
        kinds: &[&'static KindDef],
        known: &BTreeMap<String, String>,
        faults: &mut Vec<Fault>,
        remarks: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        for part in self.parts.clone() {
            let Holds::Kind(n) = part.holds else { continue };
            let Some(foreign) = kinds[n].foreign.filter(|_| part.form == Form::Csv) else { continue };
            let titles = self.titles(&part)?;
            if !foreign.titles.iter().all(|title| titles.iter().any(|known| known == title)) {
                // A file that came alone was let in for what its titles might be.
                if part.stem() != kinds[n].def.path {
                    faults.push(unknown_file(part.stem(), kinds).in_file(&part.name, None));
                    self.parts.retain(|other| other.at() != part.at());
                }
                continue;
            }
            let converted = (foreign.read)(&mut self.read(&part)?, known)?;
            let told = |fault: Fault| {
                let line = fault.line;
                fault.in_file(&part.name, line)
            };
            faults.extend(converted.faults.into_iter().map(told));
            remarks.extend(converted.remarks.into_iter().map(told));
            self.parts.retain(|other| other.at() != part.at());
            for (name, records) in converted.records {
                let Some(kind) = kinds.iter().position(|kind| kind.def.name == name) else { continue };
                self.parts.push(Part {
                    name: part.name.clone(),
                    holds: Holds::Kind(kind),
                    form: Form::JsonLines,
                    brought_along: kind != n,
                    place: Place::Converted(Arc::new(records)),
                });
            }
            self.parts.sort_by_key(Part::at);
        }
        Ok(())
    }

    /// The titles of a CSV.
    fn titles(&mut self, part: &Part) -> Result<Vec<String>, Problem> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(self.read(part)?);
        let titles = reader.headers().map(|titles| {
            titles.iter().map(|title| title.trim_start_matches('\u{feff}').to_owned()).collect()
        });
        Ok(titles.unwrap_or_default())
    }

    /// Gives each line of a file to `take`.
    pub fn each_line(
        &mut self,
        part: &Part,
        kind: Option<&KindDef>,
        much: Much,
        take: &mut dyn FnMut(Line) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if let Place::Converted(records) = &part.place {
            for (number, value) in records.iter() {
                let members = value.as_object().cloned().unwrap_or_default();
                take(Line { number: *number, members: Ok(members) })?;
            }
            return Ok(());
        }
        lines::each(self.read(part)?, part.form, kind, much, take)
    }

    /// Reads a file from its beginning.
    fn read<'a>(&'a mut self, part: &'a Part) -> Result<Box<dyn BufRead + 'a>, Problem> {
        self.begin(&part.name, &part.place)
    }

    /// All that stands in the file of a record.
    pub fn table(&mut self, table: &Table) -> Result<Vec<u8>, Problem> {
        let mut bytes = vec![];
        let read = self.begin(&table.name, &table.place)?.read_to_end(&mut bytes);
        read.map_err(|error| refused(format!("{}: {error}", table.name)))?;
        Ok(bytes)
    }

    fn begin<'a>(&'a mut self, name: &str, place: &'a Place) -> Result<Box<dyn BufRead + 'a>, Problem> {
        let cannot = |error: std::io::Error| refused(format!("{name}: {error}"));
        match place {
            Place::Text(text) => Ok(Box::new(text.as_bytes())),
            Place::Bytes(bytes) => Ok(Box::new(bytes.as_slice())),
            Place::Path(path) => Ok(Box::new(BufReader::new(File::open(path).map_err(cannot)?))),
            Place::Converted(_) => Err(Problem::internal("what has been converted is not read as text")),
            Place::Entry(n) => {
                let archive =
                    self.archive.as_mut().ok_or_else(|| Problem::internal("an entry of no archive"))?;
                let entry = archive.by_index(*n).map_err(|error| refused(format!("{name}: {error}")))?;
                let left = entry.size();
                Ok(Box::new(BufReader::new(Bounded { entry, left })))
            }
        }
    }
}

impl Part {
    /// Its name without what says how it is written.
    fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    /// Whether it may be of another standard's form.
    pub fn may_be_foreign(&self, kinds: &[&'static KindDef]) -> bool {
        matches!(self.holds, Holds::Kind(n) if self.form == Form::Csv && kinds[n].foreign.is_some())
    }

    /// Its place in the order in which the files are read.
    fn at(&self) -> usize {
        match self.holds {
            Holds::Kind(n) => n,
            Holds::Withdrawn => usize::MAX,
        }
    }
}

/// 422 for what is no bundle.
fn refused(detail: String) -> Problem {
    no_bundle(vec![Fault::pointer("", "unreadable", detail)])
}

fn no_bundle(faults: Vec<Fault>) -> Problem {
    Problem::new(&problem::UNPROCESSABLE, "This is not a bundle; nothing has been imported.").with(faults)
}

/// What a file's name says that it holds. A file that comes alone may be called as it likes if it is CSV of a form
/// that its titles tell.
fn part(name: &str, place: Place, kinds: &[&'static KindDef], alone: bool) -> Result<Part, Fault> {
    let (stem, form) = match name.rsplit_once('.') {
        Some((stem, "jsonl")) => (stem, Form::JsonLines),
        Some((stem, "csv")) => (stem, Form::Csv),
        _ => {
            return Err(Fault::pointer(
                "",
                "unknown_file",
                "A file of a bundle ends in `.jsonl` (a JSON object a line) or `.csv`.",
            ));
        }
    };
    let part = |holds| Part { name: name.to_owned(), holds, form, brought_along: false, place };
    if stem == WITHDRAWN && form == Form::JsonLines {
        return Ok(part(Holds::Withdrawn));
    }
    if let Some(n) = kinds.iter().position(|kind| kind.def.path == stem) {
        return Ok(part(Holds::Kind(n)));
    }
    let foreign = kinds.iter().position(|kind| kind.foreign.is_some());
    if let (true, Form::Csv, Some(n)) = (alone, form, foreign) {
        return Ok(part(Holds::Kind(n)));
    }
    Err(unknown_file(stem, kinds))
}

fn unknown_file(stem: &str, kinds: &[&'static KindDef]) -> Fault {
    let mut known: Vec<&str> = kinds.iter().map(|kind| kind.def.path).collect();
    known.push(WITHDRAWN);
    Fault::pointer("", "unknown_file", unknown_name("kind", stem, &known))
}
