//! The content of a paper: its fields, with the bounds that are checked and documented from here.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::resources::documents::{Document, Exempt};

/// The type of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// A report to the meeting.
    Report,
    /// A presentation.
    Presentation,
    /// Minutes.
    Minutes,
    /// An appendix to another paper.
    Appendix,
    /// All papers of a meeting in one file.
    Pack,
}

/// A paper.
#[derive(Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
pub struct PaperContent {
    /// The title of the paper.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The type of the paper.
    pub paper_kind: PaperKind,
    /// The organisation that wrote it.
    #[schema(min_length = 1, max_length = 150)]
    pub made_by: Option<String>,
    /// The organisation that drafts this record. It may change `title` and `doc`.
    #[schema(min_length = 1, max_length = 150)]
    pub drafted_by: Option<String>,
    /// The paper itself, on its publisher's site.
    pub doc: Document,
    /// What of it is exempt from publication.
    pub exempt: Option<Exempt>,
    /// The objectives that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub objectives: Vec<String>,
    /// The priorities that it concerns.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub priorities: Vec<String>,
}

/// An example body for `POST`.
pub fn example() -> Value {
    json!({
        "reference": "PAPER-EXAMPLE-1",
        "title": "Neighbourhood policing, autumn 2026",
        "paper_kind": "report",
        "made_by": "derbyshire-constabulary",
        "drafted_by": "derbyshire-constabulary",
        "doc": {"title": "Neighbourhood policing, autumn 2026", "published_on": "2026-10-20"},
        "objectives": ["derbyshire-pcc:OBJ-2"]
    })
}
