//! What the names of fields say to a reader.

use serde_json::{Map, Value};

use super::codes;
use crate::record::kind::KindDef;
use crate::stats::words::capitalised;

/// Names of fields that are no words of a reader, or not enough of them.
const FIELDS: &[(&str, &str)] = &[
    ("TIME_PERIOD", "Period"),
    ("OBS_STATUS", "Status of the figure"),
    ("CONF_STATUS", "Confidentiality"),
    ("FREQ", "How often"),
    ("act_by", "To be done by"),
    ("addressed_to", "Made to"),
    ("answer_days", "Days until the answers, from the meeting on"),
    ("assigned_organisation", "Who is to act"),
    ("band_d", "Council tax, band D"),
    ("disclosure_profile", "Protection of small numbers"),
    ("panel_rating", "Rating by the Panel"),
    ("polarity", "How to read it"),
    ("frequency", "How often"),
    ("headline_comparison", "How it is compared"),
    ("measure_type", "Kind of measure"),
    ("method", "How it is compared"),
    ("previous_band_d", "Council tax, band D, the year before"),
    ("change_pct", "Change in per cent"),
    ("change_pp", "Change in percentage points"),
    ("relative_change_pct", "Relative change in per cent"),
    ("close_on", "Questions are taken until"),
    ("closing", "Open or closed"),
    ("date_basis", "How the day is known"),
    ("duty", "Who has to answer it"),
    ("held_on", "Day of the meeting"),
    ("rec_kind", "Kind of recommendation"),
    ("stage", "What became of it"),
    ("unanswered", "Recommendations without an answer"),
    ("wording_kind", "How it is worded"),
    ("clear_days", "Clear days between the agenda and the meeting"),
    ("cpv", "What was bought (CPV)"),
    ("days_to_publication", "Days until it was published"),
    ("doc", "Document"),
    ("figures_publishable", "Figures may be published"),
    ("figures_refused_because", "Why figures may not be published"),
    ("geo_code", "Code of the place"),
    ("geo_code_type", "Kind of code of the place"),
    ("href", "Address"),
    ("id", "Number in this record"),
    ("kpis", "Measures of the service"),
    ("ocid", "Number of the contract (OCID)"),
    ("ons_code", "Code of the Office for National Statistics"),
    ("not_published", "Not published"),
    ("orphans", "Unlinked records"),
    ("quantity", "What is stated"),
    ("qualifier", "How it was put"),
    ("amount_qualifier", "How exact the amount is"),
    ("value_qualifier", "How exact the value is"),
    ("ref_url", "Address"),
    ("respond_by", "To be answered by"),
    ("self", "Address"),
    ("sha256", "Fingerprint of the file (SHA-256)"),
    ("slug", "Short name"),
    ("spc", "Control chart"),
    ("testable", "Can be judged kept or broken"),
    ("to", "Until"),
    ("url", "Address"),
    ("value_to", "Upper end of the value"),
];

/// Fields that say the same as another one, in codes: the code, and the field that says it in words.
const SAID_BY: &[(&str, &str)] = &[
    ("TIME_PERIOD", "period"),
    ("reason", "reason_words"),
    ("verdict", "verdict_words"),
    ("headline_reason", "headline_reason_words"),
    ("last_period", "last_period_words"),
    ("code", "detail"),
    ("id", "self"),
];

/// Fields of kinds that are figures, with their units.
const UNITS: &[(&str, &str, &str)] = &[("proposal", "change", "GBP")];

/// How the name of a field ends that says of what kind something is.
const KIND: &str = "_kind";

/// The name of a field as a label: `said_on` is "Said on".
pub fn label(name: &str) -> String {
    match FIELDS.iter().find(|(field, _)| *field == name) {
        Some((_, words)) => (*words).to_owned(),
        // Every kind has kinds of its own: `paper_kind` is the kind of a paper.
        None if name.len() > KIND.len() && name.ends_with(KIND) => {
            format!("Kind of {}", name.trim_end_matches(KIND).replace('_', " "))
        }
        // Counts are by code.
        None if name.contains('_') => capitalised(&codes::of(name)),
        None => capitalised(name),
    }
}

/// The name of a field within a sentence.
pub fn label_within(name: &str) -> String {
    let label = label(name);
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(std::iter::once(second)).chain(letters).collect()
        }
        _ => label,
    }
}

/// Whether another field of the same object says in words what this one says in a code.
pub fn is_said_otherwise(name: &str, fields: &Map<String, Value>) -> bool {
    let words = SAID_BY.iter().find(|(code, _)| *code == name).and_then(|(_, words)| fields.get(*words));
    words.is_some_and(Value::is_string)
}

/// The title of a record, or its reference where it has none. `text` gives a field of it.
pub fn title_of(kind: &KindDef, text: impl Fn(&str) -> String) -> String {
    Some(text(kind.def.title)).filter(|title| !title.is_empty()).unwrap_or_else(|| text("reference"))
}

/// Whether a field says nothing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Codes that say in one field what they say in no other.
const OF_FIELD: &[(&str, &str, &str)] = &[
    ("disclosure_profile", "none", "numbers are shown as they are"),
    ("duty", "none", "nobody has to"),
    ("state", "none", "none were found"),
    ("stage", "made", "no answer or progress on it alone"),
    ("date_basis", "stated", "the source states it"),
    ("date_basis", "inferred", "inferred from the source"),
];

/// What a code says in a field, where it says something of its own there.
pub fn code_in(field: &str, code: &str) -> Option<&'static str> {
    OF_FIELD.iter().find(|(name, own, _)| *name == field && *own == code).map(|(.., words)| *words)
}

/// Fields whose `none` says that there is nothing to say.
const WITHOUT: &[&str] = &["disclosure_profile", "state"];

/// Whether a field says nothing to a reader: it is empty, counts nothing, or its code says that there is none.
pub fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty() || (text == "none" && WITHOUT.contains(&name)),
        Value::Object(fields) => {
            let is_count = |value: &Value| value.is_number() || value.is_object();
            let counts = fields.len() > 2 && fields.values().all(is_count);
            let nothing = |(name, value): (&String, &Value)| {
                says_nothing(name, value) || (counts && value.as_u64() == Some(0))
            };
            fields.iter().all(nothing)
        }
        other => is_empty(other),
    }
}

/// The unit of a field that is a figure.
pub fn unit_of(kind: &str, path: &str) -> Option<&'static str> {
    if path.ends_with("_pct") {
        return Some("PERCENT");
    }
    UNITS.iter().find(|(of, field, _)| *of == kind && *field == path).map(|(.., unit)| *unit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_that_counts_nothing_or_has_none_says_nothing() {
        for (name, value, nothing) in [
            ("disclosure_profile", json!("none"), true),
            ("duty", json!("none"), false),
            ("minutes", json!({"state": "none", "confirmed_at": null, "doc": null}), true),
            ("minutes", json!({"state": "draft", "confirmed_at": null, "doc": null}), false),
            ("counts", json!({"received": 0, "waiting": 0, "by_reason": {"a": 0, "b": 0, "c": 0}}), true),
            ("counts", json!({"received": 1, "waiting": 0, "by_reason": {"a": 0, "b": 0, "c": 0}}), false),
            ("days", json!(0), false),
            ("open", json!(false), false),
        ] {
            assert_eq!(says_nothing(name, &value), nothing, "{name} {value}");
        }
    }

    #[test]
    fn a_label_is_in_the_words_of_a_reader() {
        for (name, words) in [
            ("said_on", "Said on"),
            ("TIME_PERIOD", "Period"),
            ("not_reported", "No status reported"),
            ("doc", "Document"),
            ("since", "Since"),
            ("paper_kind", "Kind of paper"),
            ("wording_kind", "How it is worded"),
        ] {
            assert_eq!(label(name), words);
        }
        assert_eq!(
            (label_within("doc"), label_within("ons_code")),
            ("document".into(), "code of the Office for National Statistics".into())
        );
    }
}
