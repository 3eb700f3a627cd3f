//! What the names of fields say to a reader.

use serde_json::{Map, Value};

use super::codes;
use crate::stats::words::capitalised;

/// Names of fields that are no words of a reader, or not enough of them.
const FIELDS: &[(&str, &str)] = &[
    ("TIME_PERIOD", "Period"),
    ("OBS_STATUS", "Status of the figure"),
    ("CONF_STATUS", "Confidentiality"),
    ("FREQ", "How often"),
    ("act_by", "To be done by"),
    ("band_d", "Council tax, band D"),
    ("disclosure_profile", "Protection of small numbers"),
    ("polarity", "How to read it"),
    ("frequency", "How often"),
    ("headline_comparison", "How it is compared"),
    ("measure_type", "Kind of measure"),
    ("previous_band_d", "Council tax, band D, the year before"),
    ("change_pct", "Change in per cent"),
    ("change_pp", "Change in percentage points"),
    ("relative_change_pct", "Relative change in per cent"),
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
    ("rec_kind", "Kind of recommendation"),
    ("ref_url", "Address"),
    ("respond_by", "To be answered by"),
    ("self", "Address"),
    ("sha256", "Fingerprint of the file (SHA-256)"),
    ("slug", "Short name"),
    ("spc", "Control chart"),
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

/// The name of a field as a label: `said_on` is "Said on".
pub fn label(name: &str) -> String {
    match FIELDS.iter().find(|(field, _)| *field == name) {
        Some((_, words)) => (*words).to_owned(),
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

/// The unit of a field that is a figure.
pub fn unit_of(kind: &str, path: &str) -> Option<&'static str> {
    if path.ends_with("_pct") {
        return Some("PERCENT");
    }
    UNITS.iter().find(|(of, field, _)| *of == kind && *field == path).map(|(.., unit)| *unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_in_the_words_of_a_reader() {
        for (name, words) in [
            ("said_on", "Said on"),
            ("TIME_PERIOD", "Period"),
            ("not_reported", "No status reported"),
            ("doc", "Document"),
            ("since", "Since"),
        ] {
            assert_eq!(label(name), words);
        }
        assert_eq!(
            (label_within("doc"), label_within("ons_code")),
            ("document".into(), "code of the Office for National Statistics".into())
        );
    }
}
