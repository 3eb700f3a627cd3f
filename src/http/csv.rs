//! Lists as CSV (RFC 4180, UTF-8, a header row).
//!
//! One column a member, in the order of the JSON. Lists of plain values stand in one cell with ` | ` between;
//! what is nested deeper stands as JSON. A cell that a spreadsheet would take for a formula gets an
//! apostrophe in front; take it off when reading by program.

use serde_json::Value;

use crate::problem::Problem;

/// Writes rows of the given members.
pub fn write(members: &[String], rows: &[Value]) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(members).map_err(Problem::internal)?;
    for row in rows {
        let cells: Vec<String> = members.iter().map(|member| cell(&row[member])).collect();
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
        // All money is in pounds: a sheet of numbers can be added up.
        Value::Object(money) if money.len() == 2 && money.contains_key("currency") => {
            money.get("amount").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        nested => nested.to_string(),
    }
}

/// True for what can stand in a list of plain values and be told from its neighbours; else the list stands as JSON.
fn plain(item: &Value) -> bool {
    let apart = |text: &str| !text.is_empty() && !text.contains(" | ") && !text.starts_with('[');
    item.as_str().map_or(item.is_number(), apart)
}

/// Keeps a spreadsheet from running a cell: text that begins like a formula gets an apostrophe. So does text that
/// looks as if it had got one, so that taking one off always gives the text again.
pub fn guarded(text: &str) -> String {
    if like_a_formula(text) { format!("'{text}") } else { text.to_owned() }
}

fn like_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The text of a cell without the apostrophe that [`guarded`] has put there.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| like_a_formula(rest)).unwrap_or(cell)
}

/// Appends a field, in quotes where RFC 4180 needs them.
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
    fn cells_hold_what_the_json_holds() {
        let rows = [json!({"a": "x, \"y\"", "b": ["p", "q"], "c": [{"d": 1}], "e": null, "f": "=1+1"})];
        let members: Vec<String> = ["a", "b", "c", "e", "f"].map(str::to_owned).to_vec();
        let text = write(&members, &rows).map(|bytes| String::from_utf8(bytes).ok());
        assert_eq!(
            text.ok().flatten().as_deref(),
            Some("a,b,c,e,f\r\n\"x, \"\"y\"\"\",p | q,\"[{\"\"d\"\":1}]\",,'=1+1\r\n")
        );
    }
}
