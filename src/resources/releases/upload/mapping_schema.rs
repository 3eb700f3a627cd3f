//! The schemas of a mapping's maps: their members are named by the file, so that there are bounds instead of names.

use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Schema, Type};

use super::mapping::Mark;

/// How many members a map has at most.
const MEMBERS: usize = 2000;

/// How long a text is at most.
pub const LONG: usize = 300;

fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(0)).max_length(Some(LONG)).build()
}

fn map(most: usize, of: impl Into<RefOr<Schema>>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .max_properties(Some(most))
        .additional_properties(Some(of.into()))
        .build()
}

/// Texts by texts.
pub fn texts() -> Object {
    map(MEMBERS, text())
}

/// Lists of texts by the titles of columns or by dimensions.
pub fn lists() -> Object {
    map(20, ArrayBuilder::new().items(text()).min_items(Some(1)).max_items(Some(MEMBERS)))
}

/// Texts by texts, by the titles of columns.
pub fn texts_by_column() -> Object {
    map(20, texts())
}

/// What marks mean.
pub fn marks() -> Object {
    map(50, Mark::schema())
}
