//! The schemas of the maps in a mapping. Their keys come from the file, so the schemas have bounds instead of names.
//!
//! Each is a type that a field names by `value_type`, so that the comment of the field describes it.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The most entries of a map.
const MAX_ENTRIES: usize = 2000;

/// The most columns or dimensions of a map.
const MAX_COLUMNS: usize = 20;

/// The most characters of a text.
pub const MAX_TEXT: usize = 300;

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(0)).max_length(Some(MAX_TEXT)).build()
}

/// A map with at most `max` entries of this schema.
pub fn map(max: usize, of: impl Into<RefOr<Schema>>, description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(description))
        .max_properties(Some(max))
        .additional_properties(Some(of.into()))
        .build()
}

/// A map from text to text.
pub enum TextsByText {}

impl PartialSchema for TextsByText {
    fn schema() -> RefOr<Schema> {
        map(MAX_ENTRIES, text(), "Texts, each with the text that it stands for.").into()
    }
}

impl ToSchema for TextsByText {}

/// A map from a column or a dimension to a list of texts.
pub enum TextLists {}

impl PartialSchema for TextLists {
    fn schema() -> RefOr<Schema> {
        let list = ArrayBuilder::new().items(text()).min_items(Some(1)).max_items(Some(MAX_ENTRIES));
        map(MAX_COLUMNS, list, "Columns or dimensions, each with a list of texts.").into()
    }
}

impl ToSchema for TextLists {}

/// A map from a column to a map from text to text.
pub enum TextsByColumn {}

impl PartialSchema for TextsByColumn {
    fn schema() -> RefOr<Schema> {
        let texts = map(MAX_ENTRIES, text(), "Texts, each with the text that it stands for.");
        map(MAX_COLUMNS, texts, "Columns, each with texts and what they stand for.").into()
    }
}

impl ToSchema for TextsByColumn {}
