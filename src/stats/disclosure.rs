//! Disclosure control of counts of people: which cells are hidden, how the others are rounded, and an audit that works
//! out, as an outsider could, what the published totals say of each hidden cell.
//!
//! Sources: Office for National Statistics and Government Statistical Service, guidance on disclosure control for tables
//! (threshold, primary and secondary suppression); L. Willenborg and T. de Waal, *Elements of Statistical Disclosure
//! Control* (the audit by linear bounds); HESA's standard rounding methodology (base 5, ratios on fewer than 22.5 people).

mod audit;
mod build;
mod component;
mod nearby;
mod profile;
mod ranges;
mod search;
mod simplex;
mod suppress;
mod table;

#[cfg(test)]
mod tests;

pub use audit::{Audit, Bounds, Leak, audit, protected_by};
pub use build::{Axis, Key, Rows, TableRow, build};
pub use profile::{Profile, Ratio, THRESHOLD, ratio, rounded_to_five};
pub use suppress::{Suppression, suppress};
pub use table::{Cell, Hidden, Relation, Shown, Table, TableFault};
