//! The codes of an enumeration, as its schema declares them.

use serde_json::Value;

use crate::record::kind::object_schema;

/// The codes of an enumeration of plain codes, in the order of its variants.
pub fn codes_of<E: utoipa::ToSchema>() -> Vec<String> {
    let schema = object_schema::<E>();
    let codes = schema["enum"].as_array().map_or(&[][..], Vec::as_slice);
    codes.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
