//! The cells of a row of a list: their values by the schemas of their fields, and what is odd about them.

use serde_json::{Map, Value, json};

use super::titles::SHOWN_ONLY;
use super::{EDIT, ENVELOPE};
use crate::allowance::Allowance;
use crate::http::body;
use crate::http::csv::{Audience, unguarded};
use crate::problem::{At, Fault};
use crate::record::kind::{KindDef, not_null};
use crate::sheet::is_no_result;
use crate::validation::blanks::trimmed;
use crate::validation::characters;

/// What is to be done about a formula without a result.
pub(super) const NO_RESULT: &str = "This cell has a formula without a result. Open the workbook in a spreadsheet and save it, or enter the value.";

/// What is odd about a cell. Where it is what the record says already, it is nothing.
#[derive(Clone, Debug)]
pub struct CellNote {
    /// The field.
    pub name: String,
    /// Whether the value cannot be taken.
    pub fatal: bool,
    /// What is odd, in words.
    pub fault: Fault,
}

/// What the cells of a row say.
pub(super) struct RowCells {
    /// The fields, or the texts in them that cannot be stored.
    pub fields: Result<Map<String, Value>, Vec<Fault>>,
    /// The fields that have a cell, and nothing in it.
    pub empty: Vec<String>,
    /// The fields that a list shows and a new record does not have.
    pub shown: Map<String, Value>,
    pub notes: Vec<CellNote>,
}

/// Reads the cells of a row; their JSON together is within the allowance of a body.
pub(super) fn read(
    titles: &[String],
    row: &csv::StringRecord,
    (kind, audience): (&KindDef, Audience),
    allowance: &Allowance,
) -> RowCells {
    let known = kind.field_names();
    let mut all = RowCells { fields: Ok(Map::new()), empty: vec![], shown: Map::new(), notes: vec![] };
    let mut fields = Map::new();
    let mut faults = vec![];
    for (title, cell) in titles.iter().zip(row.iter()) {
        if title.trim().is_empty() && !cell.trim().is_empty() {
            let text: String = cell.chars().take(60).collect();
            let detail = format!("The column of `{text}` has no title. Give it one, or delete it.");
            faults.push(Fault::pointer("", "untitled_column", detail));
        }
        if cell.is_empty() {
            all.empty.push(title.clone());
            continue;
        }
        if SHOWN_ONLY.contains(&title.as_str()) {
            let number = whole_number(trimmed(cell)).filter(|_| title == EDIT);
            let text = || json!(trimmed(cell));
            all.shown.insert(title.clone(), number.map_or_else(text, |number| json!(number)));
            continue;
        }
        let is_envelope = ENVELOPE.contains(&title.as_str());
        if !is_envelope && !known.contains(&title.as_str()) {
            continue;
        }
        let at = || At::Column(title.clone());
        if let Some(character) = characters::refused(cell) {
            let detail = characters::detail(character);
            faults.push(Fault::at(at(), characters::code(character), detail));
            continue;
        }
        let mut note = |fatal, code, detail: &str| {
            let fault = Fault::at(at(), code, detail.to_owned());
            all.notes.push(CellNote { name: title.clone(), fatal, fault });
        };
        if trimmed(cell).is_empty() {
            note(false, "only_blanks", "This has only spaces. It is imported as empty.");
            all.empty.push(title.clone());
            continue;
        }
        if is_no_result(trimmed(cell)) {
            if is_envelope {
                faults.push(Fault::at(at(), "formula", NO_RESULT));
                continue;
            }
            note(true, "formula", NO_RESULT);
        }
        let is_short = is_envelope || is_short(kind, title);
        let text = if is_short { trimmed(cell) } else { cell };
        if text.len() != cell.len() {
            note(false, "blanks", "This has spaces around it. They are removed.");
        }
        if unguarded(text).len() != text.len() {
            let detail = match audience {
                Audience::Spreadsheet => "The leading apostrophe guards against formulas. It is removed.",
                _ => {
                    "This begins with an apostrophe, as a text that guards against formulas does. It is kept; leave it out if it is no part of the text."
                }
            };
            note(false, "guarded", detail);
        }
        let schema = match title.as_str() {
            "version" => &json!({"type": "integer"}),
            _ if is_envelope => &json!({"type": "string"}),
            title => &kind.schema["properties"][title],
        };
        let mut value = value(text, schema, audience, allowance);
        for item in value.as_array_mut().into_iter().flatten().filter(|_| is_short) {
            if let Value::String(text) = item {
                *text = trimmed(text).to_owned();
            }
        }
        fields.insert(title.clone(), value);
    }
    all.fields = if faults.is_empty() { Ok(fields) } else { Err(faults) };
    all
}

/// Whether a field is no text that people compose: a code, a date, a number, a name of a record, or JSON. Blanks around it mean
/// nothing.
pub(super) fn is_short(kind: &KindDef, name: &str) -> bool {
    let has_form = |schema: &Value| {
        schema["type"] != "array"
            && (!is(schema, "string")
                || ["pattern", "format", "enum"].iter().any(|key| !schema[key].is_null()))
    };
    let schema = not_null(&kind.schema["properties"][name]);
    let item = not_null(&schema["items"]);
    let names_record =
        |path: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest == "/*");
    has_form(schema)
        || (!item.is_null() && has_form(item))
        || kind.references().any(|reference| names_record(reference.path))
}

fn is(schema: &Value, name: &str) -> bool {
    schema["type"] == name || schema["type"].as_array().is_some_and(|types| types.contains(&json!(name)))
}

/// A whole number, also as programs write it that have no whole numbers: `12.0`.
fn whole_number(text: &str) -> Option<i64> {
    let (whole, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let is_whole = !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0');
    whole.parse().ok().filter(|_| is_whole && !whole.starts_with('+'))
}

/// The value of a cell, by the schema of its field. A value that does not fit stays text, so that the schema reports it.
fn value(text: &str, schema: &Value, audience: Audience, allowance: &Allowance) -> Value {
    let plain = audience.read(text);
    if is(schema, "integer") {
        return whole_number(plain).map_or_else(|| json!(text), |number| json!(number));
    }
    if is(schema, "boolean") {
        return plain.to_ascii_lowercase().parse::<bool>().map_or_else(|_| json!(text), |yes| json!(yes));
    }
    let json_text =
        || body::parse_within(text.as_bytes(), allowance).map_or_else(|_| json!(text), |(value, _)| value);
    if is(schema, "array") {
        let simple = schema["items"]["type"] == "string";
        return if simple && !text.starts_with('[') {
            plain.split(" | ").map(str::to_owned).collect()
        } else {
            json_text()
        };
    }
    if is(schema, "object") {
        let money = schema["properties"].get("amount").is_some() && !text.starts_with('{');
        return if money { json!({"amount": plain, "currency": "GBP"}) } else { json_text() };
    }
    json!(plain)
}

/// Whether a value of a table says what a record says: a spreadsheet guards texts against formulas, or removes such a guard, and
/// writes the ends of lines in its own way. Blanks around a field that [`is_short`] are nothing.
pub(super) fn says_the_same(value: &Value, before: &Value, is_short: bool) -> bool {
    let (Some(now), Some(before)) = (text_of(value), text_of(before)) else { return value == before };
    let plain = |text: String| {
        let text = with_line_feeds(&text);
        if is_short { trimmed(&text).to_owned() } else { text }
    };
    let (now, before) = (plain(now), plain(before));
    now == before || unguarded(&now) == before || now == unguarded(&before)
}

/// The text of a cell of this value; none if it is no text and no list of texts.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(" | "))
        }
        _ => None,
    }
}

/// A text whose lines end in a line feed.
fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A changed value with its lines ended as records end them, unless the record itself does otherwise.
pub(super) fn with_ends_of(value: &Value, before: Option<&Value>) -> Value {
    let has_returns = |value: &Value| text_of(value).is_some_and(|text| text.contains('\r'));
    match value {
        Value::String(text) if !before.is_some_and(has_returns) => json!(with_line_feeds(text)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_they_are_written() {
        let of =
            |text: &str, schema: Value| value(text, &schema, Audience::Spreadsheet, &Allowance::of_json());
        assert_eq!(of("'=1+1", json!({"type": "string"})), json!("=1+1"));
        assert_eq!(
            value("'=1+1", &json!({"type": "string"}), Audience::Program, &Allowance::of_json()),
            json!("'=1+1")
        );
        assert_eq!(of("'s", json!({"type": ["string", "null"]})), json!("'s"));
        for (text, right) in [
            ("7", json!(7)),
            ("7.0", json!(7)),
            ("12.000", json!(12)),
            ("-3.0", json!(-3)),
            ("0.0", json!(0)),
        ] {
            assert_eq!(of(text, json!({"type": "integer"})), right);
            assert_eq!(of(text, json!({"type": ["integer", "null"]})), right);
        }
        for text in ["seven", "7.", "7.5", ".0", "7.0.0", "+7", "7e0", "1,000", "-"] {
            assert_eq!(of(text, json!({"type": "integer"})), json!(text));
        }
        assert_eq!(of("a | b", json!({"type": "array", "items": {"type": "string"}})), json!(["a", "b"]));
        assert_eq!(
            of("[{\"a\":1}]", json!({"type": "array", "items": {"type": "object"}})),
            json!([{"a": 1}])
        );
        let money = json!({"type": ["object", "null"], "properties": {"amount": {}, "currency": {}}});
        assert_eq!(of("5.20", money), json!({"amount": "5.20", "currency": "GBP"}));
    }

    #[test]
    fn a_guard_and_the_ends_of_lines_are_no_difference() {
        for text in
            ["=Lead", "-5% on last year", "+44 of them", "@x", "'=Lead", "a\nb", "plain", "''=1", "-5"]
        {
            let guarded = Audience::Spreadsheet.text(text).into_owned();
            for written in
                [text, &guarded, unguarded(text), &text.replace('\n', "\r\n"), &text.replace('\n', "\r")]
            {
                assert!(says_the_same(&json!(written), &json!(text), false), "{written:?} of {text:?}");
                assert!(says_the_same(&json!([written, "b"]), &json!([text, "b"]), false), "{written:?}");
            }
            for other in ["x".to_owned(), format!("{text}x"), format!("x{text}"), format!("{text} ")] {
                assert!(!says_the_same(&json!(other), &json!(text), false), "{other:?} of {text:?}");
            }
        }
        assert!(says_the_same(&json!("a "), &json!(" a"), true));
        assert!(!says_the_same(&json!("a"), &json!(["a", "b"]), true));
        assert!(says_the_same(&json!(7), &json!(7), true) && !says_the_same(&json!(7), &json!("7"), true));
        assert_eq!(with_ends_of(&json!("a\r\nb\rc"), None), json!("a\nb\nc"));
        assert_eq!(with_ends_of(&json!("a\r\nb"), Some(&json!("c\r\nd"))), json!("a\r\nb"));
    }
}
