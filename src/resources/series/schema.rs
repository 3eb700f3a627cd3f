//! The schema of observations in the OpenAPI document.

use serde_json::{Value, json};

/// The observations of one or more series, in JSON. Written by hand, since a cell has a field for each dimension of its
/// indicator.
pub fn observation_list_schema() -> Value {
    let text = |max: i64, about: &str| json!({"type": "string", "maxLength": max, "description": about});
    let nullable =
        |max: i64, about: &str| json!({"type": ["string", "null"], "maxLength": max, "description": about});
    let cell = json!({
        "type": "object",
        "description": "A cell. It also has one field for each dimension, named by the code of the dimension.",
        "properties": {
            "series": text(400, "The key of the series."),
            "FREQ": text(20, "The frequency of the series."),
            "TIME_PERIOD": text(40, "The period, in ISO 8601."),
            "period": text(60, "The period in words."),
            "label": nullable(40, "The name of the period, if it is a financial year or quarter."),
            "value": nullable(24, "The value, an exact decimal. Null exactly when the status says that there is no value."),
            "numerator": nullable(24, "The numerator of a ratio."),
            "denominator": nullable(24, "The denominator of a ratio."),
            "OBS_STATUS": text(1, "SDMX's status of the observation."),
            "CONF_STATUS": text(1, "SDMX's confidentiality status."),
            "complete": {"type": "boolean", "description": "`true` if the observations of the period are complete."},
            "revised": {"type": "boolean", "description": "`true` if this is not the first revision."},
            "revision": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1_000_000, "description": "With `includeHistory`: the number of the revision."},
            "valid_from": text(40, "With `asOf` or `includeHistory`: when this value was published."),
            "valid_to": nullable(40, "With `includeHistory`: when another value replaced it."),
            "deleted": {"type": "boolean", "description": "`true` if the release deletes the cell."},
            "not_published": {"type": "object", "description": "In place of the value, where the release that published it was withdrawn.", "properties": {
                "release": text(200, "The release."),
                "withdrawn_at": text(40, "When it was withdrawn."),
            }},
            "release": text(200, "The release that published the cell."),
            "reason": text(1_000, "Why the value is what it is."),
            "note": text(1_000, "A note."),
        },
        "required": ["series", "TIME_PERIOD", "value", "OBS_STATUS"],
        "additionalProperties": true,
    });
    json!({
        "type": "object",
        "properties": {
            "data": {"type": "array", "maxItems": 100_000_000, "items": cell},
            "page": {"type": "object", "properties": {
                "limit": {"type": ["integer", "null"], "format": "int64", "minimum": 1, "maximum": 10_000},
                "next": nullable(4_000, "The cursor of the next page."),
            }},
            "indicator": {"type": "object", "additionalProperties": true},
            "licence": nullable(200, "The licence of the observations."),
            "as_of": nullable(40, "The moment that `asOf` names."),
        },
        "required": ["data", "page"],
    })
}
