//! Grants in the 360Giving Data Standard (1.4): written as a package or a spreadsheet, read from a spreadsheet (CSV or a
//! workbook) or a package. Nothing here reads the database: exports take grants as this API shows them, imports return
//! lines for the importer.

mod cell;
mod checked;
mod columns;
mod cross_checks;
mod dates;
mod earlier;
mod export;
mod fields;
mod identifiers;
mod import;
mod numbers;
mod package;
mod sheet;
mod shown;
mod table;
mod text;
mod titles;
mod workbook;

pub use self::columns::Columns;
pub use self::export::{
    Inseparable, Meta, Package, Publisher, VERSION, differences, inseparable, package, spreadsheet,
};
pub use self::fields::is_country;
pub use self::import::{Entry, Imported, Options, read};
pub use self::package::is_package;
pub use self::sheet::Remark;
