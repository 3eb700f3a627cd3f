//! A cell of a release as a number of people, and as the public sees it.

use chrono::Datelike;

use crate::problem::Fault;
use crate::resources::series::{CellSide, SubmittedCell, flags};
use crate::stats::decimal::Scaled;
use crate::stats::disclosure::{Hidden, Profile, Shown};
use crate::stats::status::{ConfStatus, ObsStatus};

/// The number of people of a cell, and what is public of it already. Neither where the release takes the cell back, or where
/// the number is missing. A fault where a new release has what cannot be protected.
pub fn row(
    cell: &SubmittedCell,
    is_new: bool,
    sums_over_time: bool,
) -> Result<(Option<i64>, Option<Shown>), Fault> {
    let submitted = &cell.submitted;
    let Some((obs, conf)) = submitted.statuses() else { return Ok((None, None)) };
    if submitted.is_deleted() {
        return Ok((None, None));
    }
    let place = || format!("{}, {}", cell.series_key, cell.period.words(cell.frequency));
    let is_of_months = cell.period.start.day() == 1 && cell.period.whole_months().is_some();
    if is_new && sums_over_time && !is_of_months {
        let detail = format!(
            "{} is no period of whole months. Under disclosure control give months, quarters or years, so that it is known which periods add up.",
            place()
        );
        return Err(fault("period", detail));
    }
    match obs {
        // It is no part of any sum.
        ObsStatus::CannotExist => return Ok((Some(0), (!is_new).then_some(Shown::Value(0)))),
        ObsStatus::Missing => return Ok((None, None)),
        // Hidden before it was submitted, as in the figures of an export. Nobody here knows the number.
        ObsStatus::Suppressed => {
            return Ok((
                None,
                Some(match conf {
                    ConfStatus::Primary => Shown::Hidden(Hidden::Primary),
                    _ => Shown::Hidden(Hidden::SmallTotal),
                }),
            ));
        }
        _ => {}
    }
    // Redacted.
    let Some(value) = submitted.value else { return Ok((None, None)) };
    let people = people(value).ok_or_else(|| {
        fault(
            "not_a_count_of_people",
            format!("{} is {value}, which is no number of people. Give a whole number from 0.", place()),
        )
    })?;
    if is_new && conf != ConfStatus::Free {
        let detail = format!(
            "{} has a confidentiality status and a value. Submit the value with CONF_STATUS F: disclosure control decides what is hidden.",
            place()
        );
        return Err(fault("conf_status", detail));
    }
    if is_new && (submitted.numerator.is_some() || submitted.denominator.is_some()) {
        let detail = format!(
            "{} has a numerator or a denominator, which cannot be protected. Submit the count alone.",
            place()
        );
        return Err(fault("not_a_count_of_people", detail));
    }
    let published = match (is_new, &cell.shown) {
        (true, _) => None,
        (false, None) => Some(Shown::Value(people)),
        (false, Some(side)) => Some(match (side.statuses(), side.value) {
            (Some((_, ConfStatus::Free)), Some(value)) => {
                Shown::Rounded(self::people(value).unwrap_or(people))
            }
            (Some((_, conf)), _) => Shown::published(people, conf, Profile::T5),
            (None, _) => Shown::Unpublished,
        }),
    };
    Ok((Some(people), published))
}

fn fault(code: &'static str, detail: String) -> Fault {
    Fault::pointer("", code, detail)
}

/// A value as a whole number of people.
fn people(value: Scaled) -> Option<i64> {
    value.as_whole().filter(|people| *people >= 0)
}

/// What the public sees of a cell, where that is not what was submitted.
pub fn side(submitted: &CellSide, shown: Shown) -> Option<CellSide> {
    let (_, conf) = submitted.statuses()?;
    let complete = submitted.is_complete();
    match shown {
        Shown::Value(_) => None,
        // Also where the rounded number is the same: which were rounded must be known.
        Shown::Rounded(0) => None,
        Shown::Rounded(value) => Some(CellSide { value: Some(Scaled::whole(value)), ..submitted.clone() }),
        Shown::Hidden(hidden) => {
            let (obs, conf) = hidden.statuses();
            Some(nothing(flags(obs, conf, complete, false)))
        }
        Shown::Unpublished => Some(nothing(flags(ObsStatus::Suppressed, conf, complete, false))),
    }
}

/// A cell of a release that cannot be published yet: nothing of it is shown.
pub fn closed(submitted: &CellSide) -> CellSide {
    nothing(flags(
        ObsStatus::Suppressed,
        ConfStatus::Internal,
        submitted.is_complete(),
        submitted.is_deleted(),
    ))
}

fn nothing(flags: i16) -> CellSide {
    CellSide { flags, value: None, numerator: None, denominator: None, reason: None, note: None }
}
