use serde::Deserialize;
use serde_json::{Value, json};
use validator::{Validate, ValidationError, ValidationErrors};

use super::{by_place, error, faults_of, read, result};
use crate::problem::Fault;

/// A span of years, with a rule on the whole struct.
#[derive(Debug, Deserialize, Validate)]
#[validate(schema(function = "in_order", skip_on_field_errors = false))]
struct Span {
    from: u32,
    to: u32,
    #[validate(custom(function = "odd"))]
    step: u32,
}

fn in_order(span: &Span) -> Result<(), ValidationError> {
    if span.to < span.from { Err(error("/to", "order", "This ends before it begins.")) } else { Ok(()) }
}

fn odd(number: u32) -> Result<(), ValidationError> {
    if number % 2 == 1 { Ok(()) } else { Err(ValidationError::new("even")) }
}

/// A struct that validates by hand, inside a list of a derived one.
#[derive(Debug, Deserialize)]
struct Names {
    names: Vec<String>,
}

impl Validate for Names {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let empty = self.names.iter().enumerate().filter(|(_, name)| name.is_empty());
        result(
            empty.map(|(n, _)| Fault::pointer(format!("/names/{n}"), "empty", "Give each a name.")).collect(),
        )
    }
}

#[derive(Debug, Deserialize, Validate)]
struct Outer {
    #[validate(nested)]
    spans: Vec<Span>,
    #[validate(nested)]
    names: Option<Names>,
    #[expect(dead_code, reason = "it is only read")]
    mode: Mode,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Plain,
    Other,
}

fn outer(body: Value) -> Outer {
    serde_json::from_value(body).expect("an outer")
}

fn listed(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{:?} {}", fault.at, fault.code)).collect()
}

#[test]
fn every_nested_rule_is_reported_with_its_pointer_in_order() {
    let span = |from: u32, to: u32, step: u32| json!({"from": from, "to": to, "step": step});
    let mut spans = vec![span(1, 2, 1); 11];
    spans[2] = span(2, 1, 2);
    spans[10] = span(2, 1, 1);
    let value = outer(json!({"spans": spans, "names": {"names": ["a", "", ""]}, "mode": "plain"}));
    assert_eq!(
        listed(&faults_of(&value)),
        [
            "Pointer(\"/names/names/1\") empty",
            "Pointer(\"/names/names/2\") empty",
            "Pointer(\"/spans/2/step\") even",
            "Pointer(\"/spans/2/to\") order",
            "Pointer(\"/spans/10/to\") order",
        ]
    );
}

fn schema() -> Value {
    json!({"type": "object", "required": ["spans", "mode"], "properties": {
        "spans": {"type": "array", "items": {"type": "object", "properties": {
            "from": {"type": "integer", "minimum": 0, "maximum": 100},
            "to": {"type": "integer", "minimum": 0, "maximum": 100},
            "step": {"type": "integer", "minimum": 0, "maximum": 101},
        }}},
        "mode": {"type": "string", "enum": ["plain", "other"]},
    }})
}

fn all_faults(body: Value, known: Vec<Fault>) -> Vec<String> {
    let mut faults = known;
    let _ = read::<Outer, (), ()>(body, &schema(), &mut faults, |_, _| Ok(()));
    faults.sort_by(by_place);
    listed(&faults)
}

#[test]
fn a_rule_is_reported_with_the_faults_of_the_schema() {
    let wrong = json!({"from": 2, "to": 1, "step": 1});
    let known = |pointer: &str, code: &'static str| vec![Fault::pointer(pointer, code, "")];
    // An unknown field, an unknown code and a missing field do not hide the rule.
    assert_eq!(
        all_faults(json!({"spans": [wrong], "mode": "plain", "x": 1}), known("/x", "unknown_member")),
        ["Pointer(\"/spans/0/to\") order", "Pointer(\"/x\") unknown_member"]
    );
    assert_eq!(
        all_faults(json!({"spans": [wrong], "mode": "none"}), known("/mode", "unknown_code")),
        ["Pointer(\"/mode\") unknown_code", "Pointer(\"/spans/0/to\") order"]
    );
    assert_eq!(
        all_faults(json!({"spans": [wrong]}), known("/mode", "required")),
        ["Pointer(\"/mode\") required", "Pointer(\"/spans/0/to\") order"]
    );
    // A rule on a value that cannot be read is not guessed at.
    assert_eq!(
        all_faults(
            json!({"spans": [{"from": "two", "to": 1, "step": 1}], "mode": "plain"}),
            known("/spans/0/from", "type")
        ),
        ["Pointer(\"/spans/0/from\") type"]
    );
    // A value that cannot be read although the schema finds nothing is one fault of the whole body.
    assert_eq!(all_faults(json!({"spans": 1, "mode": "plain"}), vec![]), ["Pointer(\"\") invalid"]);
}
