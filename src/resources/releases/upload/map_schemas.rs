//! The schemas of the maps in a mapping. Their keys come from the file, so the schemas have bounds instead of names.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, Type};

/// The most entries of a map.
const MAX_ENTRIES: usize = 2000;

/// The most characters of a text.
pub const MAX_TEXT: usize = 300;

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(0)).max_length(Some(MAX_TEXT)).build()
}

/// A map with at most `max` entries of this schema.
pub fn map(max: usize, of: impl Into<RefOr<Schema>>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .max_properties(Some(max))
        .additional_properties(Some(of.into()))
        .build()
}

/// A map from text to text.
pub fn texts() -> Object {
    map(MAX_ENTRIES, text())
}

/// A map from a column or a dimension to a list of texts.
pub fn lists() -> Object {
    map(20, ArrayBuilder::new().items(text()).min_items(Some(1)).max_items(Some(MAX_ENTRIES)))
}

/// A map from a column to a map from text to text.
pub fn texts_by_column() -> Object {
    map(20, texts())
}
