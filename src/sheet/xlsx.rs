//! Sheets of Office Open XML.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use chrono::NaiveDate;
use zip::ZipArchive;

use super::cell::{Cell, MAX_COLUMNS, MAX_ROWS, Row, Sheet, Shown, Visitor};
use super::merged::{Merges, address_of};
use super::moment::DAY_ZERO;
use super::raised::Position;
use super::xlsx_styles::{Style, position_of, styles_of};
use super::xml::{self, Attributes, Node, Part};

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// What all sheets of a workbook share.
pub struct Shared {
    /// The texts to which cells refer.
    texts: Vec<Arc<str>>,
    /// The styles of cells.
    styles: Vec<Style>,
    /// Whether days are counted from 1904.
    is_1904: bool,
}

impl Shared {
    /// The day from which the workbook counts days.
    pub fn day_zero(&self) -> NaiveDate {
        if self.is_1904 { NaiveDate::from_ymd_opt(1904, 1, 1).unwrap_or(DAY_ZERO) } else { DAY_ZERO }
    }
}

/// Reads the list of sheets and what they share.
pub fn open(archive: &mut Archive<'_>) -> Result<(Vec<Sheet>, Shared), String> {
    let workbook = target_of(archive, "_rels/.rels", "", "officeDocument")?
        .into_iter()
        .next()
        .map_or_else(|| "xl/workbook.xml".to_owned(), |(_, part)| part);
    let folder = workbook.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let file = workbook.rsplit('/').next().unwrap_or_default();
    let links = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let links = format!("{links}_rels/{file}.rels");
    let sheet_parts: HashMap<String, String> =
        target_of(archive, &links, &folder, "worksheet")?.into_iter().collect();
    let first_of = |parts: Vec<(String, String)>| parts.into_iter().next().map(|(_, part)| part);
    let texts = first_of(target_of(archive, &links, &folder, "sharedStrings")?);
    let styles = first_of(target_of(archive, &links, &folder, "styles")?);
    let (sheets, is_1904) = sheets(archive, &workbook, &sheet_parts)?;
    let texts = match texts.or_else(|| Some(format!("{folder}/sharedStrings.xml"))) {
        Some(part) => shared_texts(archive, &part)?,
        None => vec![],
    };
    let styles = match styles.or_else(|| Some(format!("{folder}/styles.xml"))) {
        Some(part) => styles_of(archive, &part)?,
        None => vec![],
    };
    Ok((sheets, Shared { texts, styles, is_1904 }))
}

/// The links of a part that lead to parts of this sort: their ids and the names of the parts.
fn target_of(
    archive: &mut Archive<'_>,
    links: &str,
    folder: &str,
    sort: &str,
) -> Result<Vec<(String, String)>, String> {
    let mut all = vec![];
    let Some(mut part) = xml::open_links(archive, links)? else { return Ok(all) };
    while let Some((name, attributes)) = part.next_start()? {
        let is_sort = attributes.get("Type").is_some_and(|ty| ty.rsplit('/').next() == Some(sort));
        if name != "Relationship" || !is_sort {
            continue;
        }
        if let (Some(id), Some(path)) = (attributes.get("Id"), attributes.get("Target")) {
            all.push((id.to_owned(), resolved(folder, path)));
        }
    }
    Ok(all)
}

/// The name of a part, given from a folder.
fn resolved(folder: &str, path: &str) -> String {
    if let Some(absolute) = path.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The sheets in their order, and whether days are counted from 1904.
fn sheets(
    archive: &mut Archive<'_>,
    workbook: &str,
    parts: &HashMap<String, String>,
) -> Result<(Vec<Sheet>, bool), String> {
    let Some(mut part) = xml::open(archive, workbook)? else {
        return Err("The workbook has no list of sheets.".to_owned());
    };
    let (mut all, mut is_1904) = (vec![], false);
    while let Some((name, attributes)) = part.next_start()? {
        if name == "workbookPr" {
            is_1904 = attributes.is("date1904");
        }
        if name != "sheet" {
            continue;
        }
        // A chart is a sheet without rows.
        let Some(part) = attributes.get("id").and_then(|id| parts.get(id)) else { continue };
        let hidden = matches!(attributes.get("state"), Some("hidden" | "veryHidden"));
        let name = attributes.get("name").unwrap_or_default().to_owned();
        all.push(Sheet { name, hidden, part: part.clone() });
    }
    Ok((all, is_1904))
}

fn shared_texts(archive: &mut Archive<'_>, name: &str) -> Result<Vec<Arc<str>>, String> {
    let mut all = vec![];
    let Some(mut part) = xml::open(archive, name)? else { return Ok(all) };
    while let Some((name, _)) = part.next_start()? {
        if name == "si" {
            all.push(Arc::from(rich_text(&mut part, "si")?));
        }
    }
    Ok(all)
}

/// The text of an element with parts in different styles, without how it is pronounced.
fn rich_text(part: &mut Part<impl Read>, end: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut is_pronunciation = false;
    let mut position = Position::Line;
    loop {
        match part.next()? {
            Node::Start(name, _) if name == "r" => position = Position::Line,
            Node::Start(name, attributes) if name == "vertAlign" => position = position_of(&attributes),
            Node::Start(name, _) if name == "rPh" => is_pronunciation = true,
            Node::End(name) if name == "rPh" => is_pronunciation = false,
            Node::Start(name, _) if name == "t" => {
                let more = part.text_until("t")?;
                if !is_pronunciation {
                    xml::push(&mut text, &position.of(&unescaped(&more)))?;
                }
            }
            Node::End(name) if name == end => return Ok(text),
            Node::Eof => return Err("A text does not end.".to_owned()),
            _ => {}
        }
    }
}

/// A text without the escapes of characters that XML cannot have: `_x000D_`.
fn unescaped(text: &str) -> String {
    let mut rest = text;
    let mut all = String::new();
    while let Some(at) = rest.find("_x") {
        let escape = rest.get(at..at + 7).filter(|escape| escape.ends_with('_'));
        let code = escape.and_then(|escape| u32::from_str_radix(escape.get(2..6)?, 16).ok());
        match code.and_then(char::from_u32) {
            Some(character) => {
                all.push_str(&rest[..at]);
                all.push(character);
                rest = &rest[at + 7..];
            }
            None => {
                all.push_str(&rest[..at + 2]);
                rest = &rest[at + 2..];
            }
        }
    }
    all.push_str(rest);
    all
}

/// Shows the rows of a sheet to the visitor.
pub fn read(
    archive: &mut Archive<'_>,
    part: &str,
    shared: &Shared,
    visitor: &mut dyn Visitor,
) -> Result<(), String> {
    let mut merges = Merges::of(archive, part)?;
    let Some(mut part) = xml::open(archive, part)? else {
        return Err("The workbook does not have the rows of this sheet.".to_owned());
    };
    let mut number = 0;
    let mut in_rows = false;
    loop {
        match part.next()? {
            Node::Start(name, attributes) => match name.as_str() {
                "col" if !in_rows => hidden_columns(&attributes, visitor),
                "sheetData" => in_rows = true,
                "row" if in_rows => {
                    number = match attributes.get("r") {
                        Some(text) => text.trim().parse().map_err(|_| "A row has no number.".to_owned())?,
                        None => number + 1,
                    };
                    if number == 0 || number > MAX_ROWS {
                        return Err(format!("A sheet has at most {MAX_ROWS} rows."));
                    }
                    let mut row = row(&mut part, number, &attributes, shared)?;
                    row.merged = merges.in_row(number)?;
                    if !visitor.row(row) {
                        return Ok(());
                    }
                }
                _ => {}
            },
            Node::End(name) if name == "sheetData" => return Ok(()),
            Node::Eof => return Err("The sheet does not end.".to_owned()),
            _ => {}
        }
    }
}

fn hidden_columns(attributes: &Attributes, visitor: &mut dyn Visitor) {
    let is_hidden = attributes.is("hidden") || attributes.get("width").is_some_and(is_zero);
    if let (true, Some(first), Some(last)) = (is_hidden, attributes.number("min"), attributes.number("max")) {
        visitor.hidden_columns(first.saturating_sub(1), last.saturating_sub(1).min(MAX_COLUMNS));
    }
}

/// Whether a height or a width is nothing.
fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'.')) && !text.is_empty()
}

fn row(
    part: &mut Part<impl Read>,
    number: u64,
    attributes: &Attributes,
    shared: &Shared,
) -> Result<Row, String> {
    let hidden = attributes.is("hidden") || attributes.get("ht").is_some_and(is_zero);
    let mut row = Row { number, repeats: 1, hidden, ..Row::default() };
    let (mut column, mut bytes) = (0, 0);
    loop {
        match part.next()? {
            Node::Start(name, attributes) if name == "c" => {
                if let Some(address) = attributes.get("r") {
                    let (of_address, row_of_address) =
                        address_of(address).ok_or_else(|| format!("`{address}` is no cell."))?;
                    if row_of_address != number {
                        return Err(format!("The cell `{address}` is in row {number} of the file."));
                    }
                    if of_address < column {
                        return Err(format!("The cells of row {number} are not in order."));
                    }
                    column = of_address;
                }
                if column >= MAX_COLUMNS {
                    return Err(format!("Row {number} has more than {MAX_COLUMNS} columns."));
                }
                if let Some((text, shown)) = cell(part, &attributes, shared)? {
                    xml::count_text(&mut bytes, &text)?;
                    row.cells.push(Cell { column, repeats: 1, text, shown });
                }
                column += 1;
            }
            Node::End(name) if name == "row" => return Ok(row),
            Node::Eof => return Err("A row does not end.".to_owned()),
            _ => {}
        }
    }
}

/// The text of a cell, and what its format shows of it.
type TextAndFormat = (Arc<str>, Option<Shown>);

/// The text of a cell, and how it differs from what the cell holds. None for an empty cell.
fn cell(
    part: &mut Part<impl Read>,
    attributes: &Attributes,
    shared: &Shared,
) -> Result<Option<TextAndFormat>, String> {
    let (mut value, mut inline, mut formula) = (None, None, None);
    loop {
        match part.next()? {
            Node::Start(name, _) => match name.as_str() {
                "v" => value = Some(part.text_until("v")?),
                "is" => inline = Some(rich_text(part, "is")?),
                "f" => formula = Some(part.text_until("f")?),
                _ => {}
            },
            Node::End(name) if name == "c" => break,
            Node::Eof => return Err("A cell does not end.".to_owned()),
            _ => {}
        }
    }
    let style = shared.styles.get(attributes.number("s").unwrap_or(0));
    let position = style.map_or(Position::Line, |style| style.position);
    let plain = |text: String| (!text.is_empty()).then(|| (Arc::from(position.of(&text)), None));
    if let Some(text) = inline {
        return Ok(plain(text));
    }
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        // A formula that was never calculated: its cell is not empty, and what it would show is not known.
        return Ok(formula.map(|formula| (Arc::from(format!("={formula}")), Some(Shown::NotCalculated))));
    };
    match attributes.get("t") {
        Some("s") => {
            let index: Option<usize> = value.trim().parse().ok();
            let text = index.and_then(|index| shared.texts.get(index));
            let text =
                text.ok_or_else(|| "A cell refers to a text that the workbook does not have.".to_owned())?;
            match position {
                Position::Line => Ok((!text.is_empty()).then(|| (text.clone(), None))),
                _ => Ok(plain(text.to_string())),
            }
        }
        Some("b") => Ok(plain(if value == "0" { "FALSE" } else { "TRUE" }.to_owned())),
        Some("str" | "inlineStr") => Ok(plain(unescaped(&value))),
        Some("d") => Ok(plain(value.strip_suffix("T00:00:00").unwrap_or(&value).to_owned())),
        Some("e") => Ok(plain(value)),
        _ => Ok(number(&value, style, shared.is_1904)),
    }
}

/// A number as its format shows it. What is no number stays as it is.
fn number(value: &str, style: Option<&Style>, is_1904: bool) -> Option<TextAndFormat> {
    // Writing a binary number gives the shortest decimal that stands for it, without an exponent.
    let digits = match value.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => return Some((Arc::from(value), None)),
    };
    let (text, shown) = match style {
        Some(Style { position: Position::Line, format }) => format.show(&digits, is_1904),
        Some(Style { position, .. }) => (position.of(&digits), Some(Shown::InsteadOf(digits, None))),
        None => (digits, None),
    };
    Some((Arc::from(text), shown))
}
