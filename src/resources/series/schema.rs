//! The schemas of observations in the OpenAPI document. Written by hand, since a series has a field for each dimension of its
//! indicator, and since what is usual is left out.

use serde_json::{Map, Value, json};

use super::formats::{USUAL, USUAL_IN_HISTORY, UsualField};

/// The most series or observations of a response.
const MAX_ITEMS: i64 = 100_000_000;

/// The schemas, by name.
pub fn observation_schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Observation", observation()),
        ("SeriesObservations", series()),
        ("UsualObservation", usual()),
        ("ObservationList", list()),
    ]
}

fn text(max: i64, about: &str) -> Value {
    json!({"type": "string", "maxLength": max, "description": about})
}

fn nullable(max: i64, about: &str) -> Value {
    json!({"type": ["string", "null"], "maxLength": max, "description": about})
}

fn moment(about: &str) -> Value {
    json!({"type": "string", "format": "date-time", "maxLength": 32, "description": about})
}

fn object(about: &str, properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({"type": "object", "description": about, "required": required, "properties": properties})
}

/// The fields that are left out where they have their usual value.
fn unusual() -> Value {
    let withdrawn = json!({
        "release": text(200, "The release."),
        "withdrawn_at": moment("When it was withdrawn."),
    });
    let mut withdrawn =
        object("In place of the value, where the release that published it was withdrawn.", withdrawn);
    withdrawn["type"] = json!(["object", "null"]);
    json!({
        "label": nullable(40, "The name of the period, if it is a financial year or quarter."),
        "numerator": nullable(24, "The numerator of a ratio."),
        "denominator": nullable(24, "The denominator of a ratio."),
        "OBS_STATUS": text(1, "SDMX's status of the observation."),
        "CONF_STATUS": text(1, "SDMX's confidentiality status."),
        "complete": {"type": "boolean", "description": "`false` if the observations of the period are not complete."},
        "revised": {"type": "boolean", "description": "`true` if this is not the first revision."},
        "deleted": {"type": "boolean", "description": "`true` if the release deletes the observation."},
        "not_published": withdrawn,
        "reason": nullable(1_000, "Why the value is what it is."),
        "note": nullable(1_000, "A note."),
        "revision": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1_000_000, "description": "With `includeHistory`: the number of the revision."},
        "valid_to": {"type": ["string", "null"], "format": "date-time", "maxLength": 32, "description": "With `includeHistory`: when another value replaced it."},
    })
}

/// Adds to the schema of each field its usual value, as its default. Null is none: OpenAPI's own types have no place for it.
fn add_defaults(properties: &mut Value) {
    for (name, value) in USUAL.iter().chain(USUAL_IN_HISTORY) {
        let value: Value = serde_json::from_str(value).unwrap_or_default();
        if !value.is_null() {
            properties[*name]["default"] = value;
        }
    }
}

fn observation() -> Value {
    let mut properties = unusual();
    add_defaults(&mut properties);
    let own = json!({
        "TIME_PERIOD": text(40, "The period, in ISO 8601."),
        "period": text(60, "The period in words."),
        "value": nullable(24, "The value, an exact decimal. Null exactly when the status says that there is no value."),
        "release": text(200, "The release that published the observation, if it is not that of the series."),
        "valid_from": moment("With `asOf` or `includeHistory`: when the observation was published, if not when the series says."),
    });
    for (name, schema) in own.as_object().into_iter().flatten() {
        properties[name] = schema.clone();
    }
    json!({
        "type": "object",
        "description": "An observation: its period, its value, and what is not as usual. `release` and `valid_from` are those of its series if they are left out; any other field then has its default or, without one, is null. `usual` repeats these.",
        "properties": properties,
        "required": ["TIME_PERIOD", "period", "value"],
    })
}

fn series() -> Value {
    json!({
        "type": "object",
        "description": "Observations of a series, with what they have in common. It also has one field for each dimension, named by the code of the dimension, and with `labels=both` one with the name. A page can begin or end within a series.",
        "properties": {
            "series": text(400, "The key of the series."),
            "FREQ": text(20, "The frequency of the series."),
            "release": text(200, "The release that published those observations which name no other."),
            "valid_from": moment("With `asOf` or `includeHistory`: when those observations were published which say nothing else."),
            "observations": {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": {"$ref": "#/components/schemas/Observation"}, "description": "The observations, in the order of periods and revisions."},
        },
        "required": ["series", "FREQ", "release", "observations"],
        "additionalProperties": {"type": "string", "maxLength": 200, "description": "The code of a dimension, or its name."},
    })
}

fn usual() -> Value {
    let mut usual =
        object("What an observation has of the fields that neither it nor its series has.", unusual());
    let always = |(name, _): &UsualField| *name;
    usual["required"] = json!(USUAL.iter().map(always).collect::<Vec<_>>());
    usual
}

fn list() -> Value {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    json!({
        "type": "object",
        "description": "Observations by series. An observation in full is `usual`, the fields of its series and its own fields, where a later value replaces an earlier one.",
        "properties": {
            "indicator": object("The indicator.", json!({
                "id": {"type": "string", "format": "uuid", "maxLength": 36, "description": "Its id."},
                "slug": text(64, "Its slug, with which the key of a series begins."),
                "title": text(200, "Its title."),
                "unit": text(20, "The unit of the values."),
                "decimals": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 6, "description": "The number of decimals for display. The values are exact."},
            })),
            "licence": nullable(200, "The licence of the observations."),
            "as_of": nullable(32, "The moment that `asOf` names."),
            "usual": schema("UsualObservation"),
            "data": {"type": "array", "maxItems": MAX_ITEMS, "items": schema("SeriesObservations"), "description": "The series that have observations."},
            "page": {"type": "object", "description": "The page. Its limit counts observations.", "required": ["limit", "next"], "properties": {
                "limit": {"type": ["integer", "null"], "format": "int64", "minimum": 1, "maximum": 10_000, "description": "The most observations of a page; null if the response has all."},
                "next": nullable(4_000, "The cursor of the next page; null on the last."),
            }},
        },
        "required": ["indicator", "licence", "as_of", "usual", "data", "page"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_can_be_left_out_has_its_usual_value_as_its_default() {
        let fields = unusual();
        let names: Vec<&String> = fields.as_object().unwrap().keys().collect();
        let usual: Vec<&str> = USUAL.iter().chain(USUAL_IN_HISTORY).map(|(name, _)| *name).collect();
        assert_eq!(names, usual);
        let observation = observation();
        for (name, value) in USUAL.iter().chain(USUAL_IN_HISTORY) {
            let value: Value = serde_json::from_str(value).unwrap();
            let default = observation["properties"][*name].get("default");
            assert_eq!(default, Some(&value).filter(|value| !value.is_null()), "{name}");
            assert!(jsonschema::is_valid(&fields[*name], &value), "{name}");
        }
    }
}
