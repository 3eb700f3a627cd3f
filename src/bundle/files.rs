//! The files of a bundle: in a folder, in an archive, or inside the binary.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::COMPANIONS;
use super::archive::{self, Bounded, OpenArchive};
use super::lines::{self, Line, LineScope};
use super::part::{Contents, Converted, Form, Part, no_bundle, unknown_file, unreadable};
use super::place::Place;
use super::record_files::{self, RecordFile};
use super::workbooks::{self, open_workbook, own_titles, too_large};
use crate::allowance::{Allowance, amount};
use crate::csv_rows::BoundedRows;
use crate::http::csv::rows::Rows;
use crate::problem::{self, Fault, Problem};
use crate::record::kind::{ConvertedRecord, ForeignFile, KindDef, KnownParty};
use crate::sheet::tables::SheetTable;
use crate::zip_directory;

/// The most uncompressed bytes of an archive in a request, all files together: an archive of a few kilobytes can contain a
/// great many zeros.
const MOST_BYTES: u64 = 256 << 20;

/// The most bytes of the directory of such an archive: names, times and sizes of its files.
const MOST_DIRECTORY: usize = 4 << 20;

/// The most bytes of a row of CSV in another standard's format.
const MOST_ROW: u64 = 1 << 20;

/// The most lines of the files of records in a request, all together: while they are checked and written, others wait.
pub const MOST_LINES: u64 = 50_000;

/// The most bytes of a JSON document of another standard.
const MOST_DOCUMENT: u64 = 32 << 20;

/// Counts lines, however they end.
#[derive(Default)]
struct LineCount {
    count: u64,
    after_return: bool,
}

impl Write for LineCount {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            let is_end = *byte == b'\r' || (*byte == b'\n' && !self.after_return);
            self.count += u64::from(is_end);
            self.after_return = *byte == b'\r';
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The body of a request, without a copy.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// An open bundle. Each of its files can be read more than once.
pub struct Bundle {
    /// The files of records, in the order in which they are read.
    pub parts: Vec<Part>,
    /// The files that belong to single records.
    pub record_files: Vec<RecordFile>,
    pub(super) archive: Option<OpenArchive>,
    /// What reading it may hold in memory.
    pub allowance: Allowance,
    /// What was found when it was converted before the import, if it was.
    pub(super) converted: Option<Converted>,
}

impl Bundle {
    /// The demo, which is inside the binary.
    pub fn embedded(kinds: &[&'static KindDef]) -> Bundle {
        let part = |(n, kind): (usize, &&'static KindDef)| Part {
            name: format!("{}.jsonl", kind.def.path),
            contents: Contents::Kind(n),
            form: Form::JsonLines,
            included: false,
            listed: false,
            place: Place::Text(kind.def.demo),
        };
        let parts = kinds.iter().enumerate().filter(|(_, kind)| !kind.def.demo.is_empty()).map(part);
        Bundle {
            parts: parts.collect(),
            record_files: record_files::embedded(kinds),
            archive: None,
            allowance: Allowance::of_operator(),
            converted: None,
        }
    }

    /// Records in memory: of one kind, each as a line of a file.
    pub fn of_records(kind: usize, path: &str, records: Vec<Value>) -> Bundle {
        let records = (1..).zip(records).map(|(n, value)| ConvertedRecord::new(n, value)).collect();
        let part = Part {
            name: format!("{path}.jsonl"),
            contents: Contents::Kind(kind),
            form: Form::JsonLines,
            included: false,
            listed: false,
            place: Place::Converted(Arc::new(records)),
        };
        Bundle {
            parts: vec![part],
            record_files: vec![],
            archive: None,
            allowance: Allowance::of_operator(),
            converted: None,
        }
    }

    /// Adds the file of one of the records, in the format that the record declares.
    pub fn with_declared(mut self, kind: usize, reference: &str, path: &Path, bytes: Vec<u8>) -> Bundle {
        self.record_files.push(record_files::declared(kind, reference, path, bytes));
        self
    }

    /// Opens a folder, an archive, or one file.
    pub fn open(path: &Path, kinds: &[&'static KindDef]) -> Result<Bundle, Problem> {
        let failed = |error: std::io::Error| unreadable(format!("{}: {error}", path.display()));
        if path.is_dir() {
            return Bundle::of(record_files::walk(path, kinds).map_err(failed)?, None, kinds);
        }
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
            let file = File::open(path).map_err(failed)?;
            let (archive, files) = archive::open(Box::new(BufReader::new(file)), u64::MAX)?;
            return Bundle::of(files, Some(archive), kinds);
        }
        File::open(path).map_err(failed)?;
        let file = (path.to_string_lossy().into_owned(), Place::Path(path.to_owned()));
        Bundle::of(vec![file], None, kinds)
    }

    /// Opens an archive that is the body of a request.
    pub fn zipped(bytes: impl Into<Arc<Vec<u8>>>, kinds: &[&'static KindDef]) -> Result<Bundle, Problem> {
        let bytes = bytes.into();
        zip_directory::check(&bytes, archive::MOST_FILES, MOST_DIRECTORY)
            .map_err(|why| unreadable(format!("The archive cannot be read: {why}.")))?;
        let (archive, files) = archive::open(Box::new(Cursor::new(Shared(bytes))), MOST_BYTES)?;
        Ok(Bundle { allowance: Allowance::of_file(), ..Bundle::of(files, Some(archive), kinds)? })
    }

    fn of(
        mut files: Vec<(String, Place)>,
        archive: Option<OpenArchive>,
        kinds: &[&'static KindDef],
    ) -> Result<Bundle, Problem> {
        files.sort_by(|a, b| a.0.cmp(&b.0));
        let alone = files.len() == 1;
        let mut parts: Vec<Part> = vec![];
        let mut record_files: Vec<RecordFile> = vec![];
        let mut faults = vec![];
        let mut names = HashSet::new();
        for (path, place) in files {
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            if COMPANIONS.contains(&name.as_str()) || name.starts_with('.') {
                continue;
            }
            if let Some(found) = record_files::of(&path, &place, kinds) {
                match found {
                    Ok(file) if !names.insert(file.name_of_record()) => {
                        faults.push(record_files::duplicate().in_file(&file.name, None));
                    }
                    Ok(file) => record_files.push(file),
                    Err((name, fault)) => faults.push(fault.in_file(&name, None)),
                }
                continue;
            }
            match Part::named(&name, place, kinds, alone) {
                Ok(part) if parts.iter().any(|other| other.order() == part.order()) => {
                    let detail = "Another file of the bundle has the same kind; merge the two.";
                    faults.push(Fault::pointer("", "duplicate", detail).in_file(&name, None));
                }
                Ok(part) => parts.push(part),
                Err(fault) => faults.push(fault.in_file(&name, None)),
            }
        }
        if parts.is_empty() && faults.is_empty() {
            let detail = "There is no file of records here, such as `plans.jsonl`.";
            faults.push(Fault::pointer("", "empty", detail));
        }
        if !faults.is_empty() {
            return Err(no_bundle(faults));
        }
        parts.sort_by_key(Part::order);
        Ok(Bundle { parts, record_files, archive, allowance: Allowance::of_operator(), converted: None })
    }

    /// Unpacks every file once, and refuses what is not what it declares or has too many lines: before a transaction, so that no
    /// other change waits for it.
    pub fn read_once(&mut self) -> Result<(), Problem> {
        let mut lines = LineCount::default();
        self.open_workbooks(MOST_LINES)?;
        for part in self.parts.clone().iter().filter(|part| !part.is_converted()) {
            if let Some(sheets) = part.sheets() {
                lines.count += sheets.iter().map(|sheet| amount(sheet.rows.len())).sum::<u64>();
                continue;
            }
            let failed = |error: std::io::Error| unreadable(format!("{}: {error}", part.name));
            std::io::copy(&mut self.read(part)?, &mut lines).map_err(failed)?;
        }
        if lines.count > MOST_LINES {
            let detail = format!(
                "The files of records have more than {MOST_LINES} lines in all. Divide the archive, or use `onrecord import`."
            );
            return Err(Problem::new(&problem::TOO_LARGE, detail));
        }
        for file in self.record_files.clone() {
            let failed = |error: std::io::Error| unreadable(format!("{}: {error}", file.name));
            std::io::copy(&mut self.reader(&file.name, &file.place)?, &mut std::io::sink())
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Replaces each file in another standard's format by the records that it means. `known` are the organisations on
    /// record, by their identifiers.
    pub fn convert(
        &mut self,
        kinds: &[&'static KindDef],
        known: &BTreeMap<String, KnownParty>,
        faults: &mut Vec<Fault>,
        remarks: &mut Vec<Fault>,
    ) -> Result<(), Problem> {
        self.open_workbooks(u64::MAX)?;
        for part in self.parts.clone() {
            let Contents::Kind(n) = part.contents else { continue };
            let Some(foreign) = kinds[n].foreign.filter(|_| part.may_be_foreign(kinds)) else { continue };
            if part.form.is_table() {
                let own = own_titles(kinds[n]);
                let tables = match part.sheets() {
                    Some(sheets) => sheets.iter().map(SheetTable::titles).collect(),
                    None => vec![self.titles(&part)?],
                };
                if !tables.iter().any(|titles| (foreign.recognises)(titles, &own)) {
                    // A file that is alone was accepted without a kind's name, in case its titles say what it is.
                    if !part.names_kind(n, kinds) {
                        faults.push(unknown_file(part.stem(), kinds).in_file(&part.name, None));
                        self.parts.retain(|other| other.order() != part.order());
                    }
                    continue;
                }
            }
            let converted = match part.sheets() {
                Some(sheets) => (foreign.read)(ForeignFile::Workbook(sheets), known.clone()),
                None => {
                    let bytes = self.foreign_bytes(&part)?;
                    let is_csv = part.form == Form::Csv;
                    let file = if is_csv { ForeignFile::Csv(&bytes) } else { ForeignFile::Package(&bytes) };
                    (foreign.read)(file, known.clone())
                }
            };
            let in_part = |fault: Fault| {
                let line = fault.line;
                fault.in_file(&part.name, line)
            };
            faults.extend(converted.faults.into_iter().map(in_part));
            remarks.extend(converted.remarks.into_iter().map(in_part));
            self.parts.retain(|other| other.order() != part.order());
            for (name, records) in converted.records {
                let Some(kind) = kinds.iter().position(|kind| kind.def.name == name) else { continue };
                self.parts.push(Part {
                    name: part.name.clone(),
                    contents: Contents::Kind(kind),
                    form: Form::JsonLines,
                    included: kind != n,
                    listed: false,
                    place: Place::Converted(Arc::new(records)),
                });
            }
            self.parts.sort_by_key(Part::order);
        }
        Ok(())
    }

    /// A whole file of another standard, as far as one may be held in memory.
    fn foreign_bytes(&mut self, part: &Part) -> Result<Vec<u8>, Problem> {
        let failed = |error: std::io::Error| unreadable(format!("{}: {error}", part.name));
        let too_large = |why: String| too_large(&part.name, &why);
        let allowance = self.allowance.clone();
        let mut bytes = vec![];
        if part.form == Form::Csv {
            let mut rows = BoundedRows::new(self.read(part)?, MOST_ROW).stored(&allowance);
            let read = rows.read_to_end(&mut bytes);
            if let Some(refusal) = rows.refusal() {
                return Err(too_large(refusal.to_string()));
            }
            read.map_err(failed)?;
            return Ok(bytes);
        }
        self.read(part)?.take(MOST_DOCUMENT + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MOST_DOCUMENT {
            return Err(too_large(format!("It has more than {} MiB. Divide it.", MOST_DOCUMENT >> 20)));
        }
        Ok(bytes)
    }

    /// The titles of a CSV file.
    fn titles(&mut self, part: &Part) -> Result<Vec<String>, Problem> {
        let mut rows = Rows::new(BoundedRows::new(self.read(part)?, MOST_ROW), b',');
        let mut titles = csv::StringRecord::new();
        Ok(match rows.read(&mut titles) {
            Some((_, Ok(()))) => {
                titles.iter().map(|title| title.trim_start_matches('\u{feff}').to_owned()).collect()
            }
            _ => vec![],
        })
    }

    /// Reads the workbooks among the files, with at most so many rows in each. Not within a transaction of a request:
    /// [`Bundle::read_once`] has done it by then.
    fn open_workbooks(&mut self, most_rows: u64) -> Result<(), Problem> {
        for n in 0..self.parts.len() {
            let part = self.parts[n].clone();
            if !part.form.is_workbook() || part.sheets().is_some() {
                continue;
            }
            let bytes = self.foreign_bytes(&part)?;
            let sheets = open_workbook(&part.name, &bytes, most_rows, &self.allowance)?;
            self.parts[n].place = Place::Sheets(Arc::new(sheets));
        }
        Ok(())
    }

    /// Calls `use_line` with each line of a file.
    pub fn each_line(
        &mut self,
        part: &Part,
        kind: Option<&KindDef>,
        scope: LineScope,
        use_line: &mut dyn FnMut(Line) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        if let Place::Converted(records) = &part.place {
            for record in records.iter() {
                let fields = record.value.as_object().cloned().unwrap_or_default();
                use_line(Line::new(record.line, Ok(fields)))?;
            }
            return Ok(());
        }
        if let (Some(sheets), Some(kind)) = (part.sheets(), kind) {
            return workbooks::each(sheets, kind, (scope, &self.allowance), use_line);
        }
        let allowance = self.allowance.clone();
        let input = self.read(part)?;
        lines::each(input, part.form, kind, (scope, &allowance), use_line)
    }

    /// Reads a file of records from its beginning.
    fn read<'a>(&'a mut self, part: &'a Part) -> Result<Box<dyn BufRead + 'a>, Problem> {
        self.reader(&part.name, &part.place)
    }

    /// The file of a record: all of it, or one byte more than `most`.
    pub fn record_file(&mut self, file: &RecordFile, most: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = vec![];
        let most = amount(most).saturating_add(1);
        let read = self.reader(&file.name, &file.place)?.take(most).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(format!("{}: {error}", file.name)))?;
        Ok(bytes)
    }

    fn reader<'a>(&'a mut self, name: &str, place: &'a Place) -> Result<Box<dyn BufRead + 'a>, Problem> {
        let failed = |error: std::io::Error| unreadable(format!("{name}: {error}"));
        match place {
            Place::Text(text) => Ok(Box::new(text.as_bytes())),
            Place::Bytes(bytes) => Ok(Box::new(bytes.as_slice())),
            Place::Path(path) => Ok(Box::new(BufReader::new(File::open(path).map_err(failed)?))),
            Place::Converted(_) | Place::Sheets(_) => {
                Err(Problem::internal("records in memory are not read as text"))
            }
            Place::Entry(n) => {
                let archive =
                    self.archive.as_mut().ok_or_else(|| Problem::internal("an entry of no archive"))?;
                let entry = archive.by_index(*n).map_err(|error| unreadable(format!("{name}: {error}")))?;
                let left = entry.size();
                Ok(Box::new(BufReader::new(Bounded { entry, left })))
            }
        }
    }
}
