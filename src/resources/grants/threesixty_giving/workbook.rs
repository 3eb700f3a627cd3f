//! Reads the sheets of a workbook, as the standard's spreadsheet has them.
//!
//! One sheet or several have grants. Others add to these grants, each row by the identifier of its grant: the standard's
//! template has such sheets for locations, for instance. A sheet of neither sort is not read, and a remark says so.

use csv::ByteRecord;

use super::columns::Columns;
use super::fields;
use super::sheet::{Place, Sheet};
use super::table::{Table, trimmed};
use crate::sheet::tables::{MERGED, SheetTable, TableRow};

/// The place of a remark about the whole workbook.
const WHOLE: Place = Place { table: 0, row: 0 };

/// What a sheet of a workbook is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Grants,
    MoreOfGrants,
    None,
}

/// Reads a workbook.
pub fn read(tables: &[SheetTable]) -> Sheet {
    let mut sheet = Sheet::default();
    let mut uses: Vec<(Use, &SheetTable)> = tables.iter().map(|table| (use_of(table), table)).collect();
    if uses.iter().all(|(of, _)| *of != Use::Grants) {
        // The one that comes nearest, so that the remarks say what it lacks.
        let known = |table: &SheetTable| columns_of(table).known();
        if let Some((of, _)) =
            uses.iter_mut().rev().max_by_key(|(_, table)| known(table)).filter(|(_, table)| known(table) > 0)
        {
            *of = Use::Grants;
        }
    }
    // In their order, those with grants first.
    uses.sort_by_key(|(of, _)| *of);
    for (of, table) in &uses {
        match of {
            Use::None => not_read(&mut sheet, table),
            _ => read_table(&mut sheet, table, *of == Use::Grants),
        }
    }
    if sheet.tables.is_empty() {
        let detail = "No sheet of the workbook has the titles of the 360Giving spreadsheet in its first row, such as `Identifier`, `Amount Awarded` and `Award Date`.";
        sheet.error(WHOLE, "", "unknown_titles", detail);
    }
    sheet
}

/// Whether a table has the titles of grants, or of what belongs to them.
fn use_of(table: &SheetTable) -> Use {
    if is_aside(table) {
        return Use::None;
    }
    let columns = columns_of(table);
    let has = |field: &str| columns.title("", 0, field).is_some();
    let of_grant = |field: &&fields::Field| field.required && field.name != "identifier" && has(field.name);
    let required = fields::all().filter(|(group, _)| group.title.is_empty()).map(|(_, field)| field);
    match (has("identifier"), required.filter(of_grant).count()) {
        (_, 3..) | (true, 2..) => Use::Grants,
        (true, _) if columns.known() > 1 => Use::MoreOfGrants,
        _ => Use::None,
    }
}

/// Whether the standard's tools pass a sheet over: that of the publisher, and those whose name begins with `#`.
fn is_aside(table: &SheetTable) -> bool {
    let name = table.name.trim();
    name.starts_with('#') || name.eq_ignore_ascii_case("meta")
}

fn columns_of(table: &SheetTable) -> Columns {
    let titles = table.titles();
    Columns::of(&table.name, 1, titles.iter().map(String::as_str))
}

fn not_read(sheet: &mut Sheet, table: &SheetTable) {
    if table.rows.is_empty() || is_aside(table) {
        return;
    }
    let detail = format!(
        "The sheet `{}` is not read: its first row has not the titles of grants, nor `Identifier` with other titles of the standard.",
        table.name
    );
    sheet.warning(WHOLE, "", "sheet_not_read", detail);
}

fn read_table(sheet: &mut Sheet, rows: &SheetTable, has_grants: bool) {
    let number = sheet.tables.len();
    let mut table = Table::new(sheet, &rows.name);
    table.has_grants = has_grants;
    table.is_sheet = true;
    table.day_zero = rows.day_zero;
    // What a spreadsheet's CSV guards is text with an apostrophe when it is saved as a workbook.
    table.guarded = true;
    let mut record = ByteRecord::new();
    for (n, row) in rows.rows.iter().enumerate() {
        let is_titles = n == 0;
        table.shown = fill(&mut record, row, if is_titles { rows.width } else { 0 });
        table.record(row.number, &record);
    }
    table.end();
    hidden(sheet, number, rows);
}

/// Fills a record with the cells of a row; what they show otherwise than they hold is returned, by column.
fn fill(record: &mut ByteRecord, row: &TableRow, width: usize) -> Vec<(usize, crate::sheet::Shown)> {
    record.clear();
    let mut shown = vec![];
    for cell in &row.cells {
        while record.len() < cell.column {
            record.push_field(b"");
        }
        shown.extend(cell.shown.clone().map(|how| (cell.column, how)));
        record.push_field(cell.text.as_bytes());
    }
    while record.len() < width {
        record.push_field(b"");
    }
    shown
}

/// What is hidden may be there by mistake: a person who reads the workbook does not see it.
fn hidden(sheet: &mut Sheet, number: usize, table: &SheetTable) {
    let Some(columns) = sheet.tables.get(number).cloned() else { return };
    let titles = Place { table: number, row: columns.titles_row };
    if table.is_hidden {
        let detail = format!("The sheet `{}` is hidden. Show it, or delete it.", table.name);
        sheet.error(titles, "", "hidden_sheet", detail);
        return;
    }
    let has_text = |row: &TableRow, column: usize| {
        row.cells.iter().any(|cell| cell.column == column && !trimmed(&cell.text).is_empty())
    };
    let rows = table.rows.iter().filter(|row| row.number > columns.titles_row);
    for column in columns.columns.iter().filter(|column| table.hides_column(column.index)) {
        if rows.clone().any(|row| has_text(row, column.index)) {
            let detail = "This column is hidden and has values. Show it, or delete it.";
            sheet.error(titles, &column.title, "hidden_column", detail);
        }
    }
    for row in rows.clone() {
        for column in columns.columns.iter().filter(|column| row.is_covered(column.index)) {
            let place = Place { table: number, row: row.number };
            sheet.error(place, &column.title, "merged_cell", MERGED);
        }
    }
    for row in rows.filter(|row| row.is_hidden) {
        if columns.columns.iter().any(|column| has_text(row, column.index)) {
            let place = Place { table: number, row: row.number };
            let detail = "This row is hidden and has values. Show it, or delete it.";
            sheet.error(place, "", "hidden_row", detail);
        }
    }
}
