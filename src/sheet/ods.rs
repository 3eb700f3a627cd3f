//! Sheets of OpenDocument.

use std::collections::HashSet;
use std::io::{Cursor, Read};
use std::sync::Arc;

use chrono::NaiveDate;
use zip::ZipArchive;

use super::cell::{Cell, MAX_COLUMNS, MAX_ROWS, Row, Sheet, Shown, Visitor, is_no_result};
use super::merged::MergedRow;
use super::moment::DAY_ZERO;
use super::ods_numbers::{in_currency, shown_number};
use super::ods_styles::Styles;
use super::raised::Position;
use super::xml::{self, Attributes, Node, Part};

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// The part with all sheets.
const CONTENT: &str = "content.xml";

/// What all sheets of a workbook share.
pub struct Shared {
    /// The styles of sheets, rows and columns that are not shown.
    hidden: HashSet<String>,
    /// The day from which the workbook counts days.
    pub day_zero: NaiveDate,
    /// The styles of texts and cells that stand above or below the line.
    styles: Styles,
}

/// Reads the list of sheets and what they share.
pub fn open(archive: &mut Archive<'_>) -> Result<(Vec<Sheet>, Shared), String> {
    let mut hidden = HashSet::new();
    let mut sheets = vec![];
    let mut day_zero = DAY_ZERO;
    let mut styles = Styles::of(archive)?;
    let Some(mut part) = xml::open(archive, CONTENT)? else {
        return Err("The workbook has no content; it may have a password. Save it without one.".to_owned());
    };
    let mut style = String::new();
    while let Some((name, attributes)) = part.next_start()? {
        styles.add(&name, &attributes);
        match name.as_str() {
            "style" => attributes.get("name").unwrap_or_default().clone_into(&mut style),
            "null-date" => {
                let day = attributes.get("date-value").and_then(|day| day.parse().ok());
                day_zero = day.unwrap_or(day_zero);
            }
            "table-properties" if attributes.get("display") == Some("false") => {
                hidden.insert(style.clone());
            }
            "table" => {
                let is_hidden = attributes.get("style-name").is_some_and(|style| hidden.contains(style));
                let name = attributes.get("name").unwrap_or_default().to_owned();
                sheets.push(Sheet { name, hidden: is_hidden, part: CONTENT.to_owned() });
            }
            _ => {}
        }
    }
    if sheets.is_empty() {
        return Err("The workbook has no sheet; it may have a password. Save it without one.".to_owned());
    }
    Ok((sheets, Shared { hidden, day_zero, styles }))
}

/// Whether a row, a column or a group of them is not shown.
fn is_hidden(attributes: &Attributes, shared: &Shared) -> bool {
    matches!(attributes.get("visibility"), Some("collapse" | "filter"))
        || attributes.get("display") == Some("false")
        || attributes.get("style-name").is_some_and(|style| shared.hidden.contains(style))
}

/// Shows the rows of a sheet to the visitor.
pub fn read(
    archive: &mut Archive<'_>,
    sheet: usize,
    shared: &Shared,
    visitor: &mut dyn Visitor,
) -> Result<(), String> {
    let Some(mut part) = xml::open(archive, CONTENT)? else { return Ok(()) };
    let mut seen = 0;
    while let Some((name, _)) = part.next_start()? {
        if name == "table" {
            if seen == sheet {
                return rows(&mut part, shared, visitor);
            }
            seen += 1;
        }
    }
    Ok(())
}

fn rows(part: &mut Part<impl Read>, shared: &Shared, visitor: &mut dyn Visitor) -> Result<(), String> {
    let (mut number, mut column) = (1, 0);
    // Groups of rows and columns that are not shown hide what is in them.
    let mut hidden_groups = 0_usize;
    let mut groups: Vec<bool> = vec![];
    // A chart or a picture in the sheet can have a table of its own.
    let mut inner_tables = 0_usize;
    loop {
        match part.next()? {
            Node::Start(name, attributes) => match name.as_str() {
                "table" => inner_tables += 1,
                _ if inner_tables > 0 => {}
                "table-row-group" | "table-column-group" => {
                    let is_hidden = is_hidden(&attributes, shared);
                    groups.push(is_hidden);
                    hidden_groups += usize::from(is_hidden);
                }
                "table-column" => {
                    let repeats = repeats(&attributes, "number-columns-repeated", MAX_COLUMNS)?;
                    if hidden_groups > 0 || is_hidden(&attributes, shared) {
                        visitor.hidden_columns(column, column + repeats - 1);
                    }
                    column += repeats;
                }
                "table-row" => {
                    let most = usize::try_from(MAX_ROWS).unwrap_or(usize::MAX);
                    let repeats = repeats(&attributes, "number-rows-repeated", most)? as u64;
                    let hidden = hidden_groups > 0 || is_hidden(&attributes, shared);
                    let (cells, merged) = cells(part, shared)?;
                    if number > MAX_ROWS && !cells.is_empty() {
                        return Err(format!("A sheet has at most {MAX_ROWS} rows."));
                    }
                    if !visitor.row(Row { number, repeats, hidden, cells, merged }) {
                        return Ok(());
                    }
                    number += repeats;
                }
                _ => {}
            },
            Node::End(name) => match name.as_str() {
                "table" if inner_tables == 0 => return Ok(()),
                "table" => inner_tables -= 1,
                "table-row-group" | "table-column-group" if inner_tables == 0 => {
                    hidden_groups -= usize::from(groups.pop().unwrap_or(false));
                }
                _ => {}
            },
            Node::Eof => return Err("The sheet does not end.".to_owned()),
            Node::Text(_) => {}
        }
    }
}

fn repeats(attributes: &Attributes, name: &str, most: usize) -> Result<usize, String> {
    match attributes.get(name) {
        None => Ok(1),
        Some(text) => match text.trim().parse::<usize>() {
            Ok(number) if number > 0 => Ok(number.min(most)),
            _ => Err(format!(
                "`{}` is no number of rows or columns.",
                text.chars().take(20).collect::<String>()
            )),
        },
    }
}

/// The cells of a row that are not empty, and those that are merged.
type RowCells = (Vec<Cell>, Option<Arc<MergedRow>>);

fn cells(part: &mut Part<impl Read>, shared: &Shared) -> Result<RowCells, String> {
    let (mut all, mut column, mut bytes) = (vec![], 0, 0);
    let mut merged = MergedRow::default();
    // The column after the last one that a cell of this row spans.
    let mut spanned = 0;
    loop {
        match part.next()? {
            Node::Start(name, attributes) if name == "table-cell" || name == "covered-table-cell" => {
                let repeats = repeats(&attributes, "number-columns-repeated", MAX_COLUMNS)?;
                if column < MAX_COLUMNS && name == "covered-table-cell" {
                    // Those that a cell of this row spans, and those that one of an earlier row does.
                    let after = column + repeats;
                    if spanned > column {
                        merged.cover(column, after.min(spanned) - 1, false);
                    }
                    merged.cover(column.max(spanned), after - 1, true);
                } else if column < MAX_COLUMNS
                    && let Some(columns) = attributes.number("number-columns-spanned")
                {
                    spanned = column.saturating_add(columns.max(1));
                    merged.begin(column, spanned - 1);
                }
                let position = shared.styles.of_cell(&attributes);
                let paragraphs = paragraphs(part, &name, position, &shared.styles)?;
                if let Some((text, shown)) = value(&attributes, paragraphs, position)
                    && column < MAX_COLUMNS
                {
                    let repeats = repeats.min(MAX_COLUMNS - column);
                    xml::count_text(&mut bytes, &text)?;
                    all.push(Cell { column, repeats, text: Arc::from(text), shown });
                }
                column = column.saturating_add(repeats);
            }
            Node::End(name) if name == "table-row" => {
                return Ok((all, (!merged.is_empty()).then(|| Arc::new(merged))));
            }
            Node::Eof => return Err("A row does not end.".to_owned()),
            _ => {}
        }
    }
}

/// The paragraphs of a cell, without comments and drawings, with a line break between them. None if it has none.
fn paragraphs(
    part: &mut Part<impl Read>,
    end: &str,
    position: Position,
    styles: &Styles,
) -> Result<Option<String>, String> {
    let mut text = String::new();
    // Where the characters of the elements around the present one stand.
    let mut positions = vec![position];
    let (mut depth, mut count) = (0_usize, 0);
    // The elements in which the text is not the cell's.
    let mut others: usize = 0;
    loop {
        match part.next()? {
            Node::Start(name, attributes) => match name.as_str() {
                "annotation" | "shape" | "frame" | "custom-shape" | "detective" => others += 1,
                _ if others > 0 => {}
                "p" => {
                    if count > 0 {
                        text.push('\n');
                    }
                    (depth, count) = (depth + 1, count + 1);
                    positions.push(styles.of_text(&attributes, positions.last().copied()));
                }
                "span" => positions.push(styles.of_text(&attributes, positions.last().copied())),
                "s" => {
                    let spaces = attributes.number("c").unwrap_or(1).min(1_000);
                    xml::push(&mut text, &" ".repeat(spaces))?;
                }
                "tab" => text.push('\t'),
                "line-break" => text.push('\n'),
                _ => {}
            },
            Node::Text(more) if depth > 0 && others == 0 => {
                xml::push(&mut text, &positions.last().copied().unwrap_or_default().of(&more))?;
            }
            Node::End(name) => match name.as_str() {
                "annotation" | "shape" | "frame" | "custom-shape" | "detective" => {
                    others = others.saturating_sub(1);
                }
                "p" if others == 0 => {
                    depth = depth.saturating_sub(1);
                    positions.pop();
                }
                "span" if others == 0 => {
                    positions.pop();
                }
                name if name == end && others == 0 => return Ok((count > 0).then_some(text)),
                _ => {}
            },
            Node::Eof => return Err("A cell does not end.".to_owned()),
            Node::Text(_) => {}
        }
    }
}

/// The text of a cell, and how it differs from what the cell holds. None for an empty cell.
fn value(
    attributes: &Attributes,
    paragraphs: Option<String>,
    position: Position,
) -> Option<(String, Option<Shown>)> {
    let plain = |text: String| (!text.is_empty()).then_some((text, None));
    let is_written = paragraphs.is_some();
    let paragraphs = paragraphs.unwrap_or_default();
    let value_type = attributes.get("value-type");
    // A formula without a result has a number or an empty text besides.
    if is_no_result(paragraphs.trim()) {
        return plain(paragraphs);
    }
    match value_type {
        Some("float" | "percentage" | "currency") => {
            let number = attributes.get("value").and_then(|value| value.trim().parse::<f64>().ok());
            let Some(number) = number.filter(|number| number.is_finite()) else { return plain(paragraphs) };
            let number = number.to_string();
            if position != Position::Line || (is_written && paragraphs.trim().is_empty()) {
                // Above the line, or a format that shows nothing.
                return Some((paragraphs, Some(Shown::InsteadOf(number, None))));
            }
            let shown = shown_number(&number, &paragraphs, value_type == Some("percentage"));
            let currency = attributes.get("currency").filter(|_| value_type == Some("currency"));
            // A currency whose sign is shown by a format that was not written out. Pounds are shown without a sign, too.
            let is_missing = |currency: &&str| {
                shown.0.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
                    && (!is_written || !currency.eq_ignore_ascii_case("GBP"))
            };
            Some(match currency.map(str::trim).filter(|code| !code.is_empty()).filter(is_missing) {
                Some(currency) => in_currency(currency, &number, shown),
                None => shown,
            })
        }
        Some("date") => {
            let day = attributes.get("date-value").unwrap_or_default();
            let day = day.strip_suffix("T00:00:00").unwrap_or(day).to_owned();
            let part = part_of_day(&day, &paragraphs).map(|part| Shown::PartOfDay(part.to_owned()));
            (!day.is_empty()).then_some((day, part))
        }
        Some("time") => {
            let text =
                if paragraphs.is_empty() { attributes.get("time-value")?.to_owned() } else { paragraphs };
            Some((text, Some(Shown::InsteadOf(attributes.get("time-value")?.to_owned(), None))))
        }
        Some("boolean") => plain(attributes.get("boolean-value").unwrap_or_default().to_ascii_uppercase()),
        _ => {
            let text = attributes.get("string-value").map(|text| position.of(text));
            // A formula that was never calculated: its cell is not empty, and what it would show is not known.
            let formula = attributes.get("formula").filter(|_| paragraphs.is_empty() && text.is_none());
            if let Some(formula) = formula {
                return Some((format!("={formula}"), Some(Shown::NotCalculated)));
            }
            // The paragraphs say what is above the line; an error has an empty text beside them.
            plain(if paragraphs.is_empty() { text.unwrap_or_default() } else { paragraphs })
        }
    }
}

/// The part of a day that is shown, if its day of the month is not among the numbers that are.
fn part_of_day<'d>(day: &'d str, shown: &str) -> Option<&'d str> {
    let mut numbers = shown.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse::<u32>().ok());
    let of_month: u32 = day.get(8..).filter(|_| day.len() == 10)?.parse().ok()?;
    if shown.is_empty() || numbers.any(|number| number == of_month) {
        return None;
    }
    let shows_month = shown.chars().any(char::is_alphabetic) || shown.trim().contains(['/', '-', '.', ' ']);
    day.get(..if shows_month { 7 } else { 4 })
}
