//! What is said of cells, the same in every form.

use super::draft::Draft;
use super::found::{Found, brief};
use super::row::Shape;
use crate::stats::period::Frequency;
use crate::stats::status::{self, ConfStatus, ObsStatus};

/// How long a reason or a remark may be.
const WORDS: usize = 1000;

/// A text that is kept, within its bound.
pub fn words(cell: &str, title: &str, draft: &mut Draft, found: &Found) -> Option<String> {
    let length = if cell.len() > WORDS { cell.chars().count() } else { 0 };
    if length > WORDS {
        draft.wrong(found, title, "too_long", || {
            format!("These are {length} characters; at most {WORDS} may stand here.")
        });
        return None;
    }
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// Says that a code is not known, and what would be near.
pub fn unknown_code(draft: &mut Draft, column: &str, code: &str, n: usize, shape: &Shape, found: &mut Found) {
    let dimension = &shape.dimensions[n];
    let hint = if found.full() {
        String::new()
    } else if let Some(code) = dimension.named(code) {
        format!(" It is the name of `{code}`: write the code, or map the one to the other.")
    } else {
        found.did_you_mean(code, dimension.codes.iter().map(|known| known.code.as_str()))
    };
    draft.wrong(found, column, "unknown_code", || {
        format!("`{}` is no code of {} ({}).{hint}", brief(code), dimension.code, dimension.name)
    });
}

/// What to do with a mark that stands where a number should.
pub fn mark(cell: &str) -> String {
    match status::from_shorthand(cell) {
        Some((obs, conf)) => format!(
            " Leave the cell empty and say OBS_STATUS `{}`, CONF_STATUS `{}`, or declare the mark in a mapping.",
            obs.code(),
            conf.code()
        ),
        None => String::new(),
    }
}

/// What a status may be.
pub fn unknown_obs(status: &str) -> String {
    let known: Vec<String> =
        ObsStatus::ALL.iter().map(|status| format!("`{}` {}", status.code(), status.words())).collect();
    format!("`{}` is no OBS_STATUS; these are: {}.", brief(status), known.join(", "))
}

/// What a status of confidence may be.
pub fn unknown_conf(status: &str) -> String {
    let known: Vec<String> =
        ConfStatus::ALL.iter().map(|status| format!("`{}` {}", status.code(), status.words())).collect();
    format!("`{}` is no CONF_STATUS; these are: {}.", brief(status), known.join(", "))
}

/// What the frequency is.
pub fn other_frequency(given: &str, frequency: Frequency) -> String {
    format!(
        "`{}` is not the indicator's frequency: it is `{}` ({}).",
        brief(given),
        frequency.code(),
        frequency.words()
    )
}

/// How a key is written.
pub fn key_form(key: &str, shape: &Shape) -> String {
    let codes: Vec<&str> = shape.dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
    let codes = codes.iter().map(|code| format!("{code}.")).collect::<String>();
    format!(
        "`{}` is no key of a series here: it is `{}.{codes}{}`, with a code for each name in capitals.",
        brief(key),
        shape.slug,
        shape.frequency.code()
    )
}
