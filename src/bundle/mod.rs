//! The record as files: what `import` reads and `export` writes.
//!
//! A bundle is a folder or a ZIP archive with a file for each kind, named by the kind's path: `plans.jsonl` (a JSON
//! object a line) or `plans.csv` (the form in which lists are given out). A line is what a `POST` takes, with a few
//! members in front that say where it belongs: `id`, `version`, `published_at`, `reference`, `body`, `owner`.
//! Records name one another by reference, so a bundle can be carried from one database to another.
//!
//! What is too long for a line stands in a file of its own, in a folder of its kind (`record/computed.rs`, `Files`): the
//! figures of the release `REL-1` of the body `derbyshire-pcc` in `observations/derbyshire-pcc/REL-1.csv`, or, where no
//! other body's release in the bundle is called the same, in `observations/REL-1.csv`.

mod export;
mod files;
mod import;
mod lines;
mod sink;
mod tables;
mod zipped;

pub use export::export;
pub use files::{Bundle, Form};
pub use import::{Import, Progress, Summary, Who, import};
pub use sink::{Archive, Folder, Sink};

/// The file that says what has been withdrawn.
pub const WITHDRAWN: &str = "withdrawn";

/// What may lie in a bundle beside the records, and is not read.
const COMPANIONS: &[&str] = &["README.md", "README.txt", "catalogue.jsonld", "licences.csv"];

/// The members in front of a line's content.
const ENVELOPE: &[&str] = &["id", "version", "published_at", "reference", "body", "owner"];
