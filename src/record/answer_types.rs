//! Parts of answers whose names are not known beforehand. Each is a type that a field names by `value_type`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// Numbers by name.
pub enum Counts {}

impl PartialSchema for Counts {
    fn schema() -> RefOr<Schema> {
        let count = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(1_000_000_000));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("Numbers, each with the name of what was counted."))
            .additional_properties(Some(count))
            .into()
    }
}

impl ToSchema for Counts {}

/// An object whose fields differ from case to case.
pub enum AnyFields {}

impl PartialSchema for AnyFields {
    fn schema() -> RefOr<Schema> {
        // Said, not left out: generators of clients take an object of which nothing is said for one without fields.
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("An object whose fields differ from case to case."))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .into()
    }
}

impl ToSchema for AnyFields {}
