//! The bodies of the steps in the life of a record.

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use validator::{Validate, ValidationError};

use crate::clock::Ts;
use crate::problem::Fault;

/// The body of `return` and `withdraw`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Reason {
    /// Why, in words.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// The body of `publish`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Publication {
    /// A whole minute to come, by RFC 3339; at once when left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    #[validate(custom(function = "whole_minute"))]
    pub publish_at: Option<Ts>,
}

/// The body of `share`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Sharing {
    /// Until when the Panel keeps it to itself: a whole minute to come, by RFC 3339; it is not published before. No embargo when left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    #[validate(custom(function = "whole_minute"))]
    pub embargo_until: Option<Ts>,
}

/// The body of `redact`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct RedactionOrder {
    /// Why, in words that the tombstone tells everyone: nothing of what is to go.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// The versions that go, by the number of the publication (`1`) or of the edit (`e3`): not the working version, nor what is public. The whole record when left out.
    #[schema(schema_with = version_names)]
    pub versions: Option<Vec<String>>,
}

fn version_names() -> Schema {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(20))
        .pattern(Some("^e?[1-9][0-9]*$"));
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(name)
        .min_items(Some(1))
        .max_items(Some(1000))
        .into()
}

/// What the review of a redaction finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It was right to destroy it.
    Upheld,
    /// It should not have been destroyed.
    NotUpheld,
}

impl Finding {
    /// The name of the finding in the database and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Finding::Upheld => "upheld",
            Finding::NotUpheld => "not_upheld",
        }
    }
}

/// The body of the review of a redaction.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Review {
    /// Whether it was right to destroy it.
    pub finding: Finding,
    /// In words.
    #[schema(min_length = 1, max_length = 2000)]
    pub remarks: Option<String>,
}

fn whole_minute(at: &Ts) -> Result<(), ValidationError> {
    if at.is_whole_minute() {
        return Ok(());
    }
    let detail = "Publications come at whole minutes; leave the seconds at zero.";
    Err(ValidationError::new("not_a_minute").with_message(detail.into()))
}

/// Adds a fault where a moment is not to come, or too far away.
pub fn to_come(at: Option<Ts>, pointer: &str, now: Ts, faults: &mut Vec<Fault>) {
    let Some(at) = at else { return };
    let detail = if at <= now {
        "This minute has begun; leave it out to do it at once, or without an embargo."
    } else if at > now.plus_seconds(10 * 366 * 24 * 60 * 60) {
        "Give a minute within ten years."
    } else {
        return;
    };
    faults.push(Fault::pointer(pointer, "out_of_range", detail));
}
