//! Checks that several kinds need.

use chrono::NaiveDate;

use crate::problem::Fault;

/// A record's own `from` and `to`: the second is not before the first.
pub fn span(from: Option<NaiveDate>, to: Option<NaiveDate>, faults: &mut Vec<Fault>) {
    span_at("", from, to, faults);
}

/// The same for a part of it.
pub fn span_at(pointer: &str, from: Option<NaiveDate>, to: Option<NaiveDate>, faults: &mut Vec<Fault>) {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        faults.push(Fault::pointer(
            format!("{pointer}/to"),
            "out_of_range",
            format!("This is before `from` ({from}); give the same day or a later one."),
        ));
    }
}
