//! Lists as CSV (RFC 4180, UTF-8, a header row).
//!
//! One column for each field, in the order of the JSON. A list of plain values is one cell, separated by ` | `; deeper
//! nesting is JSON in a cell. A cell that a spreadsheet would read as a formula has the prefix `'`, which programs must
//! remove.

use serde_json::Value;

use crate::problem::Problem;

/// Writes rows with these fields as columns.
pub fn write(fields: &[String], rows: &[Value]) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(fields).map_err(Problem::internal)?;
    for row in rows {
        let cells: Vec<String> = fields.iter().map(|field| cell(&row[field])).collect();
        writer.write_record(&cells).map_err(Problem::internal)?;
    }
    writer.into_inner().map_err(Problem::internal)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => guarded(text),
        Value::Array(items) if items.iter().all(plain) => {
            let texts: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            guarded(&texts.join(" | "))
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

/// Keeps a spreadsheet from evaluating a cell: text that begins like a formula gets an apostrophe. So does text that already
/// begins with an apostrophe and a formula, so that removing one always restores the text.
pub fn guarded(text: &str) -> String {
    if like_a_formula(text) { format!("'{text}") } else { text.to_owned() }
}

fn like_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// The characters with which a formula of a spreadsheet begins.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text of a cell without the apostrophe that [`guarded`] adds.
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

    #[test]
    fn cells_have_the_values_of_the_json() {
        let rows = [json!({"a": "x, \"y\"", "b": ["p", "q"], "c": [{"d": 1}], "e": null, "f": "=1+1"})];
        let fields: Vec<String> = ["a", "b", "c", "e", "f"].map(str::to_owned).to_vec();
        let text = write(&fields, &rows).map(|bytes| String::from_utf8(bytes).ok());
        assert_eq!(
            text.ok().flatten().as_deref(),
            Some("a,b,c,e,f\r\n\"x, \"\"y\"\"\",p | q,\"[{\"\"d\"\":1}]\",,'=1+1\r\n")
        );
    }
}
