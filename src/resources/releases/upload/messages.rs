//! The messages about cells, which are the same for every form.

use chrono::Datelike;

use super::draft::Draft;
use super::report::Report;
use super::shape::IndicatorShape;
use crate::sheet::is_no_result;
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{self, ConfStatus, ObsStatus};
use crate::validation::characters::{self, brief};

/// The most characters of a reason or a note.
const MAX_TEXT: usize = 1000;

/// The text of a reason or a note. A fault if it is too long or cannot be stored.
pub fn free_text(cell: &str, title: &str, draft: &mut Draft, report: &Report) -> Option<String> {
    if is_no_result(cell) {
        draft.add_fault(report, title, "formula", || {
            format!("`{}` is a formula without a result. Enter the text.", brief(cell))
        });
        return None;
    }
    if let Some(character) = characters::refused(cell) {
        draft.add_fault(report, title, characters::code(character), || characters::detail(character));
        return None;
    }
    let length = if cell.len() > MAX_TEXT { cell.chars().count() } else { 0 };
    if length > MAX_TEXT {
        draft.add_fault(report, title, "too_long", || {
            format!("This text has {length} characters. Shorten it to at most {MAX_TEXT}.")
        });
        return None;
    }
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// What is to be done about a cell that another is shown over.
pub const MERGED: &str = "This cell is merged with another, which shows one text for several. Separate them in the file; or declare \
                          `fill_down` in the mapping if the text above is meant.";

/// Adds a fault about a cell that another is shown over.
pub fn add_merged(draft: &mut Draft, title: &str, report: &Report) {
    draft.add_fault(report, title, "merged_cell", || MERGED.to_owned());
}

/// Adds a fault about an unknown code, with the code that was probably meant.
pub fn add_unknown_code(
    draft: &mut Draft,
    column: &str,
    code: &str,
    n: usize,
    shape: &IndicatorShape,
    report: &mut Report,
) {
    let dimension = &shape.dimensions[n];
    let hint = if report.is_full() {
        String::new()
    } else if let Some(code) = dimension.code_named(code) {
        format!(" This is the name of `{code}`. Write the code, or map the name to the code.")
    } else {
        report.did_you_mean(code, dimension.codes.iter().map(|known| known.code.as_str()))
    };
    draft.add_fault(report, column, "unknown_code", || {
        format!("`{}` is not a code of {} ({}).{hint}", brief(code), dimension.code, dimension.name)
    });
}

/// A hint for a shorthand symbol in the cell of a number. Empty if the cell is not one.
pub fn symbol_hint(cell: &str) -> String {
    match status::from_shorthand(cell) {
        Some((obs, conf)) => format!(
            " Leave the cell empty and give OBS_STATUS `{}` and CONF_STATUS `{}`, or declare the symbol in `value.marks` of a mapping.",
            obs.code(),
            conf.code()
        ),
        None => String::new(),
    }
}

/// The message about an unknown `OBS_STATUS`.
pub fn unknown_obs(status: &str) -> String {
    let known: Vec<String> =
        ObsStatus::ALL.iter().map(|status| format!("`{}` {}", status.code(), status.words())).collect();
    format!("`{}` is not an OBS_STATUS. Give one of: {}.", brief(status), known.join(", "))
}

/// The message about an unknown `CONF_STATUS`.
pub fn unknown_conf(status: &str) -> String {
    let known: Vec<String> =
        ConfStatus::ALL.iter().map(|status| format!("`{}` {}", status.code(), status.words())).collect();
    format!("`{}` is not a CONF_STATUS. Give one of: {}.", brief(status), known.join(", "))
}

/// The message about a cell of a sheet that shows only a part of the day that it holds.
pub fn shown_in_part(day: &str, part: &str) -> String {
    format!(
        "The cell shows only `{part}` of the day `{day}`, which it holds and which is read. Write the period as a text."
    )
}

/// Warns of a period that ends one day before the last of a month: in `2023-04-01/2024-03-31`, the second day is no part of it.
pub fn warn_of_last_day(text: &str, period: Period, row: u64, title: &str, report: &mut Report) {
    let after = period.end.succ_opt();
    let is_last_of_month = after.is_some_and(|after| after.day() == 1);
    if text.contains('/') && !text.contains('P') && is_last_of_month {
        report.warning(row, title, "ends_before_last_day", || {
            let (start, last, end) = (period.start, period.last_day(), period.end);
            let after = after.unwrap_or(end);
            format!(
                "The day after the `/` is the day after the last: this period ends with {last}. If it ends with {end}, write \
                 `{start}/{after}`."
            )
        });
    }
}

/// The message about another frequency than that of the indicator.
pub fn other_frequency(code: &str, frequency: Frequency) -> String {
    format!(
        "`{}` is not the frequency of the indicator, which is `{}` ({}).",
        brief(code),
        frequency.code(),
        frequency.words()
    )
}

/// The message about a malformed key of a series.
pub fn malformed_key(key: &str, shape: &IndicatorShape) -> String {
    let codes: Vec<&str> = shape.dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
    let codes = codes.iter().map(|code| format!("{code}.")).collect::<String>();
    format!(
        "`{}` is not a key of a series of this indicator. Write `{}.{codes}{}`, with a code in the place of each name in capitals.",
        brief(key),
        shape.slug,
        shape.frequency.code()
    )
}
