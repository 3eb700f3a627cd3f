//! The bodies of the steps of the workflow, of redactions and of their reviews.

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use validator::{Validate, ValidationError};

use crate::clock::Ts;
use crate::problem::Fault;

/// The body of `return` and `withdraw`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Reason {
    /// The reason, in words.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// The body of `publish`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Publication {
    /// A whole minute in the future (RFC 3339). The version is published at once if this is left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    #[validate(custom(function = "whole_minute"))]
    pub publish_at: Option<Ts>,
}

/// The body of `share`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct Sharing {
    /// A whole minute in the future (RFC 3339), before which the Panel must not disclose the version and it cannot be published. There is no embargo if this is left out.
    #[schema(value_type = Option<String>, format = "date-time", max_length = 40)]
    #[validate(custom(function = "whole_minute"))]
    pub embargo_until: Option<Ts>,
}

/// The body of `redact`.
#[derive(Debug, Deserialize, ToSchema, Validate)]
pub struct RedactionOrder {
    /// The reason, which the tombstone shows to everyone. It must not repeat what is to be destroyed.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// The versions to destroy; all of the record where none are named.
    #[schema(schema_with = version_names)]
    pub versions: Option<Vec<String>>,
}

const VERSIONS: &str = "The versions to destroy, by the number of the publication (`1`) or of the edit (`e3`). The working version and a public version cannot be named. The whole record is destroyed if this is left out.";

/// A list of names of versions, or null. `schema_with` does not read the comment of the field, so the description is here.
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
        .description(Some(VERSIONS))
        .into()
}

/// The finding of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The redaction was right.
    Upheld,
    /// The content should not have been destroyed.
    NotUpheld,
}

impl Finding {
    /// The name in the database and in responses.
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
    /// Whether the redaction was right.
    pub finding: Finding,
    /// Remarks, in words.
    #[schema(min_length = 1, max_length = 2000)]
    pub remarks: Option<String>,
}

fn whole_minute(at: &Ts) -> Result<(), ValidationError> {
    if at.is_whole_minute() {
        return Ok(());
    }
    let detail = "Give a whole minute, with zero seconds.";
    Err(ValidationError::new("not_a_minute").with_message(detail.into()))
}

/// The seconds of ten years, in which at least two years are leap years.
const TEN_YEARS: i64 = (10 * 365 + 2) * 24 * 60 * 60;

/// Adds a fault if a moment is not in the future, or too far in it.
pub fn require_future(at: Option<Ts>, pointer: &str, now: Ts, faults: &mut Vec<Fault>) {
    let Some(at) = at else { return };
    let detail = if at <= now {
        "This moment has passed; give a later one, or leave it out to publish at once or to share without an embargo."
    } else if at > now.plus_seconds(TEN_YEARS) {
        "Give a minute within ten years."
    } else {
        return;
    };
    faults.push(Fault::pointer(pointer, "out_of_range", detail));
}
