//! Grants in the 360Giving Data Standard (1.4): exported as a package or a spreadsheet, imported from a spreadsheet.
//! Nothing here reads the database: exports take grants as this API shows them, imports return lines for the importer.

mod cell;
mod cross_checks;
mod export;
mod fields;
mod identifiers;
mod import;
mod sheet;
mod text;

pub use self::export::{Meta, Package, Publisher, VERSION, package, spreadsheet};
pub use self::fields::is_country;
pub use self::import::{Entry, Imported, Options, read};
pub use self::sheet::Remark;
