//! What a reader of workbooks will hold in memory, by the elements of its parts. Elements count by their names wherever they
//! occur, since the file says which part is read as what.

use quick_xml::events::BytesStart;

use super::bounds::{MAX_TEXT, NOT_READ, Refusal};
use crate::allowance::{Allowance, Exceeded};

/// What a text in memory takes besides its characters.
const TEXT: u64 = 64;
/// What the room for a text takes.
const ROOM: u64 = 24;
/// What a style of cells takes.
const STYLE: u64 = 512;
/// What a number format takes besides four times its bytes: it is read into at most four sections.
const FORMAT: u64 = 1024;
/// What the name of a style takes in an OpenDocument workbook, besides twice its bytes.
const NAMED_STYLE: u64 = 256;
/// The bytes of XML of a plain font, fill, border and number format, which take no more than a style does anyway.
const PLAIN: u64 = 600;
/// What a sheet's entry takes besides its texts.
const SHEET: u64 = 320;
/// What a cell of an OpenDocument sheet takes besides its texts: a value and a formula, while its row is read and when the
/// sheet is put together.
const CELL: u64 = 112;
/// The most bytes of a tag with a number format. Spreadsheets take codes of 255 characters; a cell shows the texts in it.
const MAX_FORMAT: u64 = 2 << 10;
/// The most bytes of a tag in a list of relationships, which names a part.
const MAX_LINK: u64 = 4 << 10;
/// The most columns and rows of an OpenDocument sheet; readers stop there.
const MAX_COLUMNS: u64 = 16_384;
const MAX_ROWS: u64 = 1_048_576;

/// The longest of each sort of element that styles name.
#[derive(Default)]
struct Longest {
    font: u64,
    fill: u64,
    border: u64,
    number_format: u64,
}

/// An element whose bytes are added up until it ends.
struct Open {
    depth: usize,
    what: What,
    bytes: u64,
    /// Whether texts that are kept stand in it.
    has_texts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// A cell of a sheet, which is read by itself.
    Cell,
    /// A text that is kept: a shared one, a defined name.
    Text,
    Font,
    Fill,
    Border,
}

/// A row of an OpenDocument sheet. A reader stores each cell and each row as often as it is repeated, but no empty ones at
/// the end.
#[derive(Default)]
struct Row {
    depth: usize,
    repeats: u64,
    /// The columns up to the last cell that is not empty.
    width: u64,
    /// Empty cells after it.
    empty: u64,
    /// The bytes of the texts.
    bytes: u64,
    cell: Option<Cell>,
}

/// A cell of such a row.
struct Cell {
    depth: usize,
    repeats: u64,
    bytes: u64,
    is_empty: bool,
}

/// An OpenDocument sheet.
#[derive(Default)]
struct Sheet {
    /// The rows up to the last one that is not empty.
    rows: u64,
    /// Empty rows after it.
    empty: u64,
    width: u64,
    /// The bytes of the texts.
    bytes: u64,
}

/// What has been found so far.
#[derive(Default)]
pub struct Costs {
    longest: Longest,
    is_links: bool,
    open: Option<Open>,
    row: Option<Row>,
    sheet: Sheet,
}

/// The value of an attribute, as it is written.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found =
        tag.attributes().with_checks(false).flatten().find(|one| one.key.local_name().as_ref() == name);
    found.map(|one| one.value.into_owned())
}

fn repeats(tag: &BytesStart<'_>, name: &str, most: u64) -> u64 {
    // What is no number is refused by the reader; until then it counts as the most.
    attribute(tag, name).map_or(1, |text| text.trim().parse().unwrap_or(most).min(most))
}

impl Costs {
    /// Begins a part of that name, in lower case.
    pub fn begin_part(&mut self, name: &str) {
        self.is_links = name.ends_with(".rels");
        self.open = None;
        self.row = None;
        self.sheet = Sheet::default();
    }

    /// Draws what the part held back.
    pub fn end_part(&mut self, allowance: &Allowance) -> Result<(), Exceeded> {
        self.end_sheet(allowance)
    }

    /// A tag that opens an element.
    pub fn start(
        &mut self,
        tag: &BytesStart<'_>,
        depth: usize,
        bytes: u64,
        allowance: &Allowance,
    ) -> Result<(), Refusal> {
        self.add(bytes)?;
        if self.is_links {
            allowance.hold(TEXT + bytes)?;
            return check_link(tag, bytes);
        }
        let what = match tag.local_name().as_ref() {
            "c" => Some(What::Cell),
            "si" | "definedName" | "named-range" | "named-expression" => {
                // Within another element, whose end counts one text at most.
                if let Some(open) = &mut self.open {
                    allowance.hold(TEXT)?;
                    open.has_texts = true;
                }
                Some(What::Text)
            }
            "font" => Some(What::Font),
            "fill" => Some(What::Fill),
            "border" => Some(What::Border),
            other => {
                self.start_other(other, tag, depth, bytes, allowance)?;
                None
            }
        };
        if let (Some(what), None) = (what, &self.open) {
            self.open = Some(Open { depth, what, bytes, has_texts: false });
        }
        Ok(())
    }

    fn start_other(
        &mut self,
        name: &str,
        tag: &BytesStart<'_>,
        depth: usize,
        bytes: u64,
        allowance: &Allowance,
    ) -> Result<(), Refusal> {
        match name {
            "numFmt" if bytes > MAX_FORMAT => {
                return Err(Refusal::because(
                    "The workbook has a number format with a very long code. Shorten it, and save the workbook again.",
                ));
            }
            "numFmt" => {
                self.longest.number_format = self.longest.number_format.max(bytes);
                allowance.hold(FORMAT + 4 * bytes)?;
            }
            "style" | "default-style" => allowance.hold(NAMED_STYLE + 2 * bytes)?,
            "xf" => {
                let Longest { font, fill, border, number_format } = self.longest;
                let parts = font + fill + border + number_format;
                allowance.hold(STYLE + parts.saturating_sub(PLAIN))?;
                // The format is read once for each style, to see whether it is one of days.
                allowance.read(number_format)?;
            }
            "sheet" => allowance.hold(SHEET + bytes + 2 * MAX_LINK)?,
            "sst" => {
                // The reader makes room for as many texts as are declared.
                if let Some(count) = attribute(tag, "uniqueCount") {
                    allowance.hold(count.trim().parse::<u64>().unwrap_or(0).saturating_mul(ROOM))?;
                }
            }
            "table" => {
                self.end_sheet(allowance)?;
                allowance.hold(SHEET + bytes)?;
            }
            "table-row" => {
                let repeats = repeats(tag, "number-rows-repeated", MAX_ROWS);
                self.row = Some(Row { depth, repeats, ..Row::default() });
            }
            "table-cell" | "covered-table-cell" => self.start_cell(tag, depth, bytes),
            // Spaces of an OpenDocument text, written as their number.
            "s" => {
                let spaces = attribute(tag, "c").map_or(1, |text| text.trim().parse().unwrap_or(u64::MAX));
                if self.row.is_some() && spaces > MAX_TEXT {
                    return Err(too_long());
                }
                self.add(spaces)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn start_cell(&mut self, tag: &BytesStart<'_>, depth: usize, bytes: u64) {
        let has_value = ["value", "date-value", "time-value", "string-value", "boolean-value", "formula"]
            .iter()
            .any(|name| attribute(tag, name).is_some());
        let Some(row) = &mut self.row else { return };
        let repeats = repeats(tag, "number-columns-repeated", MAX_COLUMNS);
        let bytes = if has_value { bytes } else { 0 };
        row.cell = Some(Cell { depth, repeats, bytes, is_empty: !has_value });
    }

    /// The text of an element, or other content.
    pub fn text(&mut self, bytes: u64) -> Result<(), Refusal> {
        if let Some(cell) = self.row.as_mut().and_then(|row| row.cell.as_mut()) {
            cell.is_empty = false;
        }
        self.add(bytes)
    }

    /// Markup.
    pub fn add(&mut self, bytes: u64) -> Result<(), Refusal> {
        let mut longest = 0;
        if let Some(open) = &mut self.open {
            open.bytes = open.bytes.saturating_add(bytes);
            longest = open.bytes;
        }
        if let Some(cell) = self.row.as_mut().and_then(|row| row.cell.as_mut()) {
            cell.bytes = cell.bytes.saturating_add(bytes);
            longest = longest.max(cell.bytes);
        }
        if longest > MAX_TEXT { Err(too_long()) } else { Ok(()) }
    }

    /// An element ends.
    pub fn end(&mut self, depth: usize, allowance: &Allowance) -> Result<(), Refusal> {
        if let Some(open) = self.open.take_if(|open| open.depth >= depth) {
            let longest = match open.what {
                What::Cell => None,
                What::Text => None,
                What::Font => Some(&mut self.longest.font),
                What::Fill => Some(&mut self.longest.fill),
                What::Border => Some(&mut self.longest.border),
            };
            if let Some(longest) = longest {
                *longest = (*longest).max(open.bytes);
            }
            if open.what != What::Cell || open.has_texts {
                allowance.hold(TEXT + open.bytes)?;
            }
        }
        let Some(row) = &mut self.row else { return Ok(()) };
        if let Some(cell) = row.cell.take_if(|cell| cell.depth >= depth) {
            row.add(&cell, allowance)?;
        } else if row.depth >= depth {
            self.end_row();
        }
        Ok(())
    }

    fn end_row(&mut self) {
        let Some(row) = self.row.take() else { return };
        let sheet = &mut self.sheet;
        if row.width == 0 {
            sheet.empty = sheet.empty.saturating_add(row.repeats);
            return;
        }
        sheet.rows = sheet.rows.saturating_add(sheet.empty).saturating_add(row.repeats).min(MAX_ROWS);
        sheet.empty = 0;
        sheet.width = sheet.width.max(row.width);
        sheet.bytes = sheet.bytes.saturating_add(row.bytes.saturating_mul(row.repeats));
    }

    /// Draws what an OpenDocument sheet takes when its rows are put together.
    fn end_sheet(&mut self, allowance: &Allowance) -> Result<(), Exceeded> {
        let sheet = std::mem::take(&mut self.sheet);
        self.row = None;
        let cells = sheet.rows.saturating_mul(sheet.width);
        allowance.hold(cells.saturating_mul(CELL / 2).saturating_add(sheet.bytes))
    }
}

impl Row {
    fn add(&mut self, cell: &Cell, allowance: &Allowance) -> Result<(), Exceeded> {
        if cell.is_empty {
            self.empty = self.empty.saturating_add(cell.repeats);
            return Ok(());
        }
        let columns = self.empty.saturating_add(cell.repeats).min(MAX_COLUMNS);
        let bytes = cell.bytes.saturating_mul(cell.repeats);
        self.empty = 0;
        self.width = self.width.saturating_add(columns).min(MAX_COLUMNS);
        self.bytes = self.bytes.saturating_add(bytes);
        allowance.hold(columns.saturating_mul(CELL / 2).saturating_add(bytes))
    }
}

fn too_long() -> Refusal {
    Refusal::because(format!("A cell or a text has more than {} KiB. Shorten it.", MAX_TEXT >> 10))
}

/// A list of relationships says which part is the list of sheets, and which parts are sheets: each must be one that was
/// checked, and its name is copied for each sheet.
fn check_link(tag: &BytesStart<'_>, bytes: u64) -> Result<(), Refusal> {
    if bytes > MAX_LINK {
        return Err(Refusal::because(
            "The workbook has a relationship with a very long name. Save it again.",
        ));
    }
    let mut reads = false;
    let mut is_checked = true;
    for one in tag.attributes().with_checks(false).flatten() {
        match one.key.local_name().as_ref() {
            "Type" => {
                let last = one.value.rsplit('/').next().unwrap_or_default();
                reads |= ["officeDocument", "worksheet"].contains(&last);
            }
            "Target" => {
                let path = one.value.replace('\\', "/").to_ascii_lowercase();
                is_checked &= path.ends_with(".xml") && !path.contains(NOT_READ);
            }
            _ => {}
        }
    }
    match reads && !is_checked {
        true => Err(Refusal::because(
            "A sheet of the workbook is a part that is not XML. Save it again as `.xlsx`.",
        )),
        false => Ok(()),
    }
}
