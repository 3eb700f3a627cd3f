//! CSV: UTF-8 with a header row, and cells in quotes as RFC 4180 has them.
//!
//! One column for each field, in the order of the JSON. A list of plain values is one cell, separated by ` | `; deeper
//! nesting is JSON in a cell. A CSV is for a program unless its reader says that it is for a spreadsheet ([`Audience`]): a
//! program gets every text as it is, a spreadsheet gets texts that it cannot run as formulas, and columns in the order in
//! which people read ([`Columns`]).

mod columns;
pub mod rows;

use std::borrow::Cow;

use serde_json::Value;

pub use self::columns::{Columns, is_day_of_period};
pub use crate::csv_rows::BYTE_ORDER_MARK;
use crate::problem::Problem;

/// What a CSV is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Audience {
    /// A program: the cells have exactly the texts and the numbers of the record, and lines end with LF.
    #[default]
    Program,
    /// A spreadsheet (`for=spreadsheet`): a byte order mark, CR LF, and an apostrophe before a text that would be a formula.
    Spreadsheet,
    /// The writer of a workbook, within this server: every text has an apostrophe before it, so that what has none is a
    /// number or a truth value.
    Workbook,
}

impl Audience {
    /// Whether people will read it in a spreadsheet.
    pub fn is_people(self) -> bool {
        self != Audience::Program
    }

    /// What precedes the header row.
    pub fn start(self) -> &'static str {
        match self {
            Audience::Program | Audience::Workbook => "",
            Audience::Spreadsheet => BYTE_ORDER_MARK,
        }
    }

    /// The end of a line.
    pub fn line_end(self) -> &'static str {
        match self {
            Audience::Program | Audience::Workbook => "\n",
            Audience::Spreadsheet => "\r\n",
        }
    }

    /// The text of a cell that is a text.
    pub fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Audience::Workbook => Cow::Owned(format!("'{text}")),
            Audience::Spreadsheet if like_a_formula(text) => Cow::Owned(format!("'{text}")),
            _ => Cow::Borrowed(text),
        }
    }

    /// The text that a cell was written from.
    pub fn read(self, cell: &str) -> &str {
        match self {
            Audience::Program => cell,
            Audience::Spreadsheet => unguarded(cell),
            Audience::Workbook => cell.strip_prefix('\'').unwrap_or(cell),
        }
    }

    /// A writer of rows. Its output begins with [`Audience::start`].
    pub fn writer(self) -> csv::Writer<Vec<u8>> {
        let terminator = match self {
            Audience::Program | Audience::Workbook => csv::Terminator::Any(b'\n'),
            Audience::Spreadsheet => csv::Terminator::CRLF,
        };
        csv::WriterBuilder::new().terminator(terminator).from_writer(self.start().as_bytes().to_vec())
    }
}

/// Whom a file of CSV was written for: a byte order mark says that it came from a spreadsheet, or was meant for one.
pub fn audience_of(file: &[u8]) -> Audience {
    if file.starts_with(BYTE_ORDER_MARK.as_bytes()) { Audience::Spreadsheet } else { Audience::Program }
}

/// Writes rows with these columns.
pub fn write(columns: &Columns, rows: &[Value], audience: Audience) -> Result<Vec<u8>, Problem> {
    let mut writer = audience.writer();
    writer.write_record(columns.titles()).map_err(Problem::internal)?;
    for row in rows {
        writer.write_record(columns.cells(row, audience)).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(Problem::internal)
}

/// Appends one row with these columns to a CSV that [`write`] has begun.
pub fn append(columns: &Columns, row: &Value, audience: Audience, out: &mut Vec<u8>) {
    let mut line = String::new();
    for (n, cell) in columns.cells(row, audience).enumerate() {
        if n > 0 {
            line.push(',');
        }
        push_field(&mut line, &cell);
    }
    line.push_str(audience.line_end());
    out.extend_from_slice(line.as_bytes());
}

fn cell(value: &Value, audience: Audience) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => audience.text(text).into_owned(),
        Value::Array(items) if items.iter().all(plain) => {
            let texts: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            audience.text(&texts.join(" | ")).into_owned()
        }
        // All money is in pounds, so that a spreadsheet can add the column up.
        Value::Object(money) if money.len() == 2 && money.contains_key("currency") => {
            money.get("amount").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        nested => nested.to_string(),
    }
}

/// Whether an item can be separated from its neighbours in a list of plain values; otherwise the list is written as JSON.
fn plain(item: &Value) -> bool {
    let separable = |text: &str| !text.is_empty() && !text.contains(" | ") && !text.starts_with('[');
    item.as_str().map_or(item.is_number(), separable)
}

/// Whether a spreadsheet would take a text for a formula. A text that already begins with an apostrophe and a formula counts
/// too, so that removing one apostrophe always restores the text. A number is no formula.
fn like_a_formula(text: &str) -> bool {
    // What a spreadsheet passes over before it looks for one.
    text.trim_start_matches(['\'', ' ', '\u{a0}', '\u{feff}']).starts_with(FORMULA) && !is_number(text)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, places].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The characters with which a formula of a spreadsheet begins.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text of a cell without the apostrophe that a spreadsheet's CSV has before it.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| like_a_formula(rest)).unwrap_or(cell)
}

/// Appends a cell, in quotes where RFC 4180 requires them.
pub fn push_field(line: &mut String, content: &str) {
    if content.contains([',', '"', '\r', '\n']) {
        line.push('"');
        line.push_str(&content.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(rows: &[Value], fields: &[&str], audience: Audience) -> String {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        String::from_utf8(write(&Columns::exactly(&fields), rows, audience).unwrap()).unwrap()
    }

    #[test]
    fn cells_have_the_values_of_the_json() {
        let rows = [json!({"a": "x, \"y\"", "b": ["p", "q"], "c": [{"d": 1}], "e": null, "f": "=1+1"})];
        assert_eq!(
            written(&rows, &["a", "b", "c", "e", "f"], Audience::Program),
            "a,b,c,e,f\n\"x, \"\"y\"\"\",p | q,\"[{\"\"d\"\":1}]\",,=1+1\n"
        );
    }

    #[test]
    fn only_a_spreadsheet_gets_a_mark_and_guarded_texts_and_numbers_are_numbers_for_both() {
        let rows = [
            json!({"text": "=1+1", "value": "-1204.50", "list": ["-", "b"], "sum": {"amount": "-3.00", "currency": "GBP"}}),
            json!({"text": "'=1", "value": "-0.5", "list": ["-1"], "sum": null}),
            json!({"text": "-1-2", "value": 7, "list": [], "sum": null}),
        ];
        let fields = ["text", "value", "list", "sum"];
        assert_eq!(
            written(&rows, &fields, Audience::Program),
            "text,value,list,sum\n=1+1,-1204.50,- | b,-3.00\n'=1,-0.5,-1,\n-1-2,7,,\n"
        );
        assert_eq!(
            written(&rows, &fields, Audience::Spreadsheet),
            "\u{feff}text,value,list,sum\r\n'=1+1,-1204.50,'- | b,-3.00\r\n''=1,-0.5,-1,\r\n'-1-2,7,,\r\n"
        );
    }

    #[test]
    fn what_a_spreadsheet_gets_is_read_back_as_it_was() {
        // A spreadsheet passes over what stands before a formula.
        for formula in [" =1", " \t=HYPERLINK(\"x\")", "\u{feff}=1", "\u{a0} @x", " '=1"] {
            assert_eq!(Audience::Spreadsheet.text(formula), format!("'{formula}"));
            assert_eq!(unguarded(&Audience::Spreadsheet.text(formula)), formula);
        }
        for text in ["=1", "'=1", "''=1", "-5", "'-5", "+44", "plain", "'", "", "@x", "\tx", "-", "＝1", "'s"]
        {
            assert_eq!(unguarded(&Audience::Spreadsheet.text(text)), text, "{text:?}");
            assert_eq!(Audience::Program.text(text), text);
        }
    }
}
