//! The record as files: what `import` reads and `export` writes.
//!
//! A bundle is a folder or a ZIP archive with a file for each kind, named by the kind's path: `plans.jsonl` (one JSON
//! object on each line) or `plans.csv` (as lists are returned). A line is the body of a `POST`, with the fields of an
//! envelope: `id`, `version`, `published_at`, `reference`, `body`, `owner`. Records name one another by reference, so a
//! bundle can be moved from one database to another.
//!
//! What is too long for a line is in a file of its own, in a folder that its kind declares (`record/computed.rs`, `Files`):
//! the observations of the release `REL-1` of the body `derbyshire-pcc` in `observations/derbyshire-pcc/REL-1.csv`, or, where
//! no other body's release in the bundle has this reference, in `observations/REL-1.csv`.

mod archive;
mod bare;
mod catalogue;
mod cells;
mod export;
mod files;
mod import;
mod lines;
mod own_name;
mod part;
mod place;
mod public_state;
mod record_files;
mod sink;
mod titles;
mod workbooks;
mod written;

pub use export::{Export, export};
pub use files::{Bundle, MOST_LINES};
pub use import::changes::UNCHANGED_SINCE;
pub use import::{Import, Progress, Summary, Who, convert, import};
pub use part::Form;
pub use public_state::PublicState;
pub use sink::{Archive, Folder, Sink};

/// The name of the file that describes the others.
pub const CATALOGUE: &str = "catalogue.jsonld";

/// The name of the file of withdrawn records.
pub const WITHDRAWN: &str = "withdrawn";

/// Files that may be in a bundle and are not read.
const COMPANIONS: &[&str] = &["README.md", "README.txt", CATALOGUE, "licences.csv"];

/// The number of an edit, by which a line names the version that it changes.
const EDIT: &str = "edit";

/// The fields of a line that are not its content.
const ENVELOPE: &[&str] = &["id", "version", "published_at", "reference", "body", "owner"];
