//! The schema of a fault, as the document shows it.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Fault;

fn text(most: usize, about: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(most)).description(Some(about)).build()
}

fn number(about: &str) -> Object {
    number_from(1, about)
}

fn span() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Which characters of the text there."))
        .property("from", number_from(0, "The first, counted from 0."))
        .property("to", number("The one after the last."))
        .required("from")
        .required("to")
        .build()
}

fn number_from(least: i64, about: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(least))
        .maximum(Some(1_000_000_000))
        .description(Some(about))
        .build()
}

impl PartialSchema for Fault {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("file", text(300, "Which file of a bundle."))
            .property("line", number("Which line of that file."))
            .property("row", number("Which row of a table that was sent: the line of a CSV file, the row of a sheet, the element of a list."))
            .property("column", text(300, "Which column of that file or table."))
            .property("pointer", text(1000, "Where in the body (RFC 6901)."))
            .property("parameter", text(200, "Which parameter."))
            .property("header", text(200, "Which header."))
            .property("span", span())
            .property("code", text(64, "What, for programs."))
            .property("detail", text(4000, "What, for people, and what would be right."))
            .required("code")
            .required("detail")
            .into()
    }
}

impl ToSchema for Fault {
    fn name() -> Cow<'static, str> {
        "ProblemError".into()
    }
}
