//! The fields of an observation in JSON that are left out where they have their usual value.
//!
//! A response says these values once, and the document has them as defaults. So a whole observation is: the usual values, the
//! fields of its series, and its own, of which the later take the place of the earlier.

/// A field with its usual value, as JSON.
pub type UsualField = (&'static str, &'static str);

/// The fields that every response has.
pub const USUAL: &[UsualField] = &[
    ("label", "null"),
    ("numerator", "null"),
    ("denominator", "null"),
    ("OBS_STATUS", "\"A\""),
    ("CONF_STATUS", "\"F\""),
    ("complete", "true"),
    ("revised", "false"),
    ("deleted", "false"),
    ("not_published", "null"),
    ("reason", "null"),
    ("note", "null"),
];

/// The fields that only a history has.
pub const USUAL_IN_HISTORY: &[UsualField] = &[("revision", "1"), ("valid_to", "null")];

/// The usual values of a response, as a JSON object.
pub fn usual(history: bool) -> String {
    let fields = USUAL.iter().chain(USUAL_IN_HISTORY.iter().filter(|_| history));
    let fields: Vec<String> = fields.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}
