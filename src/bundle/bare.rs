//! A file that is sent alone, without a name: what it contains says which kind it is.

use std::sync::Arc;

use serde_json::Value;

use super::files::{Bundle, MOST_LINES};
use super::part::{Contents, Form, Part, no_bundle};
use super::place::Place;
use super::titles::{LOOKED_AT, key, other_separator, titles_below};
use super::workbooks::{open_workbook, own_titles};
use crate::allowance::Allowance;
use crate::csv_rows::BoundedRows;
use crate::http::body;
use crate::http::csv::rows::Rows;
use crate::problem::{Fault, Problem, unknown_name};
use crate::record::kind::{ConvertedRecord, KindDef};
use crate::sheet::Cell;
use crate::sheet::tables::SheetTable;
use crate::text_encoding;
use crate::validation::blanks::trimmed;

/// The most bytes of a row that is looked at.
const MOST_ROW: u64 = 1 << 20;

/// How to say which kind a file is.
const SAY_THE_KIND: &str = "Keep the column `kind` of the list that you downloaded, or add one (`action` in each row of a sheet of actions), or send a ZIP archive in which the file has its kind's name, such as `actions.csv`.";

impl Bundle {
    /// A file in the form of a media type: a table or a document of another standard, or a list as it was downloaded.
    pub fn bare(bytes: Arc<Vec<u8>>, form: Form, kinds: &[&'static KindDef]) -> Result<Bundle, Problem> {
        let allowance = Allowance::of_file();
        let part = match form {
            Form::Csv => table(bytes, kinds)?,
            Form::Xlsx | Form::Ods => workbook(&bytes, form, kinds, &allowance)?,
            Form::Json | Form::JsonLines => document(bytes, kinds)?,
        };
        Ok(Bundle { parts: vec![part], record_files: vec![], archive: None, allowance, converted: None })
    }

    /// A file of one kind in the form of another standard.
    pub fn foreign(
        bytes: Arc<Vec<u8>>,
        form: Form,
        kinds: &[&'static KindDef],
        kind: &str,
    ) -> Result<Bundle, Problem> {
        let found = kinds.iter().position(|known| known.def.name == kind && known.foreign.is_some());
        let n = found.ok_or_else(|| Problem::internal("a kind without another standard"))?;
        let allowance = Allowance::of_file();
        let mut part = part_of(n, kinds, form, Place::Bytes(bytes.clone()));
        if form.is_workbook() {
            let sheets = open_workbook(&part.name, &bytes, MOST_LINES, &allowance)?;
            part.place = Place::Sheets(Arc::new(sheets));
        }
        refuse_other_encoding(&part)?;
        if form.is_table() {
            let tables = match part.sheets() {
                Some(sheets) => sheets.iter().map(SheetTable::titles).collect(),
                None => vec![first_row(&part)],
            };
            if !tables.iter().any(|titles| is_foreign(kinds[n], titles)) {
                if let Some(fault) = odd(&part, &|titles| is_foreign(kinds[n], titles)) {
                    return Err(no_bundle(vec![fault.in_file(&part.name, Some(1))]));
                }
                let detail = "The first row has no titles of the 360Giving spreadsheet, such as `Identifier`, `Amount Awarded` and `Award Date`.";
                return Err(no_bundle(vec![
                    Fault::pointer("", "unknown_titles", detail).in_file(&part.name, Some(1)),
                ]));
            }
        }
        Ok(Bundle { parts: vec![part], record_files: vec![], archive: None, allowance, converted: None })
    }
}

/// Whether the titles are those of a file in another standard's form.
fn is_foreign(kind: &KindDef, titles: &[String]) -> bool {
    kind.foreign.is_some_and(|foreign| (foreign.recognises)(titles, &own_titles(kind)))
}

/// A workbook: of another standard, or with a list as it was downloaded in one of its sheets.
fn workbook(
    bytes: &[u8],
    form: Form,
    kinds: &[&'static KindDef],
    allowance: &Allowance,
) -> Result<Part, Problem> {
    let name = format!("workbook.{}", form.ending());
    let sheets = open_workbook(&name, bytes, MOST_LINES, allowance)?;
    let titles: Vec<Vec<String>> = sheets.iter().map(SheetTable::titles).collect();
    let foreign = |kind: &&'static KindDef| titles.iter().any(|titles| is_foreign(kind, titles));
    let n = match kinds.iter().position(foreign) {
        Some(n) => n,
        None => {
            let kind = kind_of_sheets(&sheets);
            if kind.is_empty()
                && let Some(fault) = titles_below_in(&sheets, &|row| are_any_titles(kinds, row))
            {
                return Err(no_bundle(vec![fault.in_file(&name, Some(1))]));
            }
            named(&kind, kinds)?
        }
    };
    Ok(part_of(n, kinds, form, Place::Sheets(Arc::new(sheets))))
}

/// The kind that the first row of a list in a workbook names.
fn kind_of_sheets(sheets: &[SheetTable]) -> String {
    let kind_in = |sheet: &SheetTable| {
        let column = sheet.titles().iter().position(|title| key(title) == "kind")?;
        let cell = sheet.rows.get(1)?.cells.iter().find(|cell| cell.column == column)?;
        Some(trimmed(&cell.text).to_owned())
    };
    sheets.iter().find_map(kind_in).unwrap_or_default()
}

fn part_of(n: usize, kinds: &[&'static KindDef], form: Form, place: Place) -> Part {
    let name = format!("{}.{}", kinds[n].def.path, form.ending());
    Part { name, contents: Contents::Kind(n), form, included: false, listed: false, place }
}

/// The cells of the first row of a CSV.
fn first_row(part: &Part) -> Vec<String> {
    row(part, 0)
}

/// The cells of a row of a CSV, by its number from 0; none if there is no such row.
fn row(part: &Part, n: usize) -> Vec<String> {
    let Place::Bytes(bytes) = &part.place else { return vec![] };
    let mut rows = Rows::new(BoundedRows::new(Box::new(bytes.as_slice()), MOST_ROW), b',');
    let mut cells = csv::ByteRecord::new();
    for _ in 0..=n {
        if !matches!(rows.read_bytes(&mut cells), Some((_, Ok(())))) {
            return vec![];
        }
    }
    cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}

fn table(bytes: Arc<Vec<u8>>, kinds: &[&'static KindDef]) -> Result<Part, Problem> {
    let place = Place::Bytes(bytes);
    let any = part_of(0, kinds, Form::Csv, place.clone());
    refuse_other_encoding(&any)?;
    let titles = first_row(&any);
    let n = match kinds.iter().position(|kind| is_foreign(kind, &titles)) {
        Some(n) => n,
        None => {
            let kind = first_kind(&any, &titles);
            if let Some(fault) = odd(&any, &|row| are_any_titles(kinds, row)).filter(|_| kind.is_empty()) {
                return Err(no_bundle(vec![fault.in_file("body.csv", Some(1))]));
            }
            named(&kind, kinds)?
        }
    };
    Ok(part_of(n, kinds, Form::Csv, place))
}

/// Refuses a CSV in an encoding of two bytes. Before its titles are looked at: they differ from known ones by characters that show
/// nothing.
fn refuse_other_encoding(part: &Part) -> Result<(), Problem> {
    let bytes = if let Place::Bytes(bytes) = &part.place { bytes.as_slice() } else { &[] };
    match other_encoding(bytes).filter(|_| part.form == Form::Csv) {
        Some(fault) => Err(no_bundle(vec![fault.in_file("body.csv", Some(1))])),
        None => Ok(()),
    }
}

/// Why a table has no titles in its first row: its separator, or rows above them.
fn odd(part: &Part, are_titles: &dyn Fn(&[String]) -> bool) -> Option<Fault> {
    match part.sheets() {
        Some(sheets) => titles_below_in(sheets, are_titles),
        None => other_separator(&first_row(part))
            .or_else(|| titles_below(first_rows(part).into_iter(), are_titles)),
    }
}

/// The fault of a workbook with a sheet that has something above its titles.
fn titles_below_in(sheets: &[SheetTable], are_titles: &dyn Fn(&[String]) -> bool) -> Option<Fault> {
    let texts = |cells: &[Cell]| cells.iter().map(|cell| cell.text.to_string()).collect();
    sheets.iter().find_map(|sheet| {
        let rows = sheet.rows.iter().skip(1).map(|row| (row.number, texts(&row.cells)));
        titles_below(rows, are_titles)
    })
}

/// The second and the next rows of a CSV, as far as titles are looked for.
fn first_rows(part: &Part) -> Vec<(u64, Vec<String>)> {
    let Place::Bytes(bytes) = &part.place else { return vec![] };
    let mut rows = Rows::new(BoundedRows::new(Box::new(bytes.as_slice()), MOST_ROW), b',');
    let mut cells = csv::ByteRecord::new();
    let mut found = vec![];
    while let Some((number, Ok(()))) = rows.read_bytes(&mut cells) {
        found.push((number, cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()));
        if found.len() > LOOKED_AT {
            break;
        }
    }
    found.into_iter().skip(1).collect()
}

/// Whether a row has the titles of a list that says its kind, or those of another standard.
fn are_any_titles(kinds: &[&'static KindDef], row: &[String]) -> bool {
    row.iter().any(|title| key(title) == "kind") && row.iter().any(|title| key(title) == "reference")
        || kinds.iter().any(|kind| is_foreign(kind, row))
}

/// The fault of a file in another encoding than UTF-8.
fn other_encoding(bytes: &[u8]) -> Option<Fault> {
    text_encoding::other_than_utf8(bytes)?;
    Some(Fault::pointer("", "encoding", text_encoding::advice(bytes)))
}

/// The kind that the first row of a list names.
fn first_kind(part: &Part, titles: &[String]) -> String {
    let at = titles.iter().position(|title| key(title) == "kind");
    let kind = at.and_then(|at| row(part, 1).into_iter().nth(at)).unwrap_or_default();
    trimmed(&kind).to_owned()
}

fn named(name: &str, kinds: &[&'static KindDef]) -> Result<usize, Problem> {
    if let Some(n) = kinds.iter().position(|kind| kind.def.name == name) {
        return Ok(n);
    }
    let detail = match name {
        "" => format!("The file does not say which kind of records it has. {SAY_THE_KIND}"),
        _ => {
            let known: Vec<&str> = kinds.iter().map(|kind| kind.def.name).collect();
            unknown_name("kind", name, &known)
        }
    };
    Err(no_bundle(vec![Fault::pointer("", "unknown_kind", detail)]))
}

fn document(bytes: Arc<Vec<u8>>, kinds: &[&'static KindDef]) -> Result<Part, Problem> {
    let is_foreign =
        |kind: &&'static KindDef| kind.foreign.is_some_and(|foreign| (foreign.recognises_json)(&bytes));
    if let Some(n) = kinds.iter().position(is_foreign) {
        return Ok(part_of(n, kinds, Form::Json, Place::Bytes(bytes)));
    }
    if let Some(fault) = other_encoding(&bytes) {
        return Err(Problem::bad_request(vec![fault]));
    }
    // Spreadsheets and editors put a mark before UTF-8.
    let (mut list, faults) = body::parse(text_encoding::without_mark(&bytes))?;
    if !faults.is_empty() {
        return Err(no_bundle(faults));
    }
    let Some(Value::Array(rows)) = list.as_object_mut().and_then(|list| list.shift_remove("data")) else {
        let detail = "Send a 360Giving package (`grants`), or a list as it was downloaded (`data`).";
        return Err(no_bundle(vec![Fault::pointer("", "unknown_document", detail)]));
    };
    let kind = rows.first().and_then(|row| row["kind"].as_str()).unwrap_or_default().to_owned();
    let n = named(&kind, kinds)?;
    let of_another = rows.iter().position(|row| row["kind"] != kind.as_str());
    if let Some(at) = of_another {
        let detail =
            format!("This record is not of the kind `{kind}`, as the first is. Send each kind by itself.");
        return Err(no_bundle(vec![Fault::pointer(format!("/data/{at}/kind"), "other", detail)]));
    }
    let records = (1..).zip(rows).map(|(line, row)| ConvertedRecord::new(line, row)).collect();
    let mut part = part_of(n, kinds, Form::JsonLines, Place::Converted(Arc::new(records)));
    part.name = format!("{}.json", kinds[n].def.path);
    part.listed = true;
    Ok(part)
}
