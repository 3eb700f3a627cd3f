//! The column `flags` of a stored observation: its two statuses and three yes-or-no facts in one small integer.
//!
//! | Bits | Meaning |
//! |---|---|
//! | 0 to 3 | `OBS_STATUS`, by [`ObsStatus::number`] |
//! | 4 to 6 | `CONF_STATUS`, by [`ConfStatus::number`] |
//! | 7 | the period is not complete ([`INCOMPLETE`]) |
//! | 8 | the row deletes the cell ([`DELETED`]) |
//! | 9 | the row repeats what was public already ([`RESTATED`]) |
//!
//! The macros put the same bits into the text of constant SQL.

use crate::stats::status::{ConfStatus, ObsStatus};

macro_rules! deleted_bit {
    () => {
        256
    };
}

macro_rules! restated_bit {
    () => {
        512
    };
}

macro_rules! content_bits {
    () => {
        511
    };
}

/// The SQL condition that a row deletes its cell.
macro_rules! is_deleted {
    ($row:literal) => {
        concat!($row, ".flags & ", deleted_bit!(), " = ", deleted_bit!())
    };
}

/// The SQL condition that a row does not delete its cell.
macro_rules! is_not_deleted {
    ($row:literal) => {
        concat!($row, ".flags & ", deleted_bit!(), " <> ", deleted_bit!())
    };
}

/// The SQL condition that a row repeats what was public already.
macro_rules! is_restated {
    ($row:literal) => {
        concat!("(", $row, ".flags & ", restated_bit!(), " = ", restated_bit!(), ")")
    };
}

/// SQL for the flags of a row without [`RESTATED`], which follows from other rows.
macro_rules! content_flags {
    ($row:literal) => {
        concat!($row, ".flags & ", content_bits!())
    };
}

pub(super) use {
    content_bits, content_flags, deleted_bit, is_deleted, is_not_deleted, is_restated, restated_bit,
};

/// The bits of `OBS_STATUS`.
const OBS_BITS: i16 = 0b1111;

/// Where the bits of `CONF_STATUS` begin.
const CONF_SHIFT: i16 = 4;

/// The bits of `CONF_STATUS`, after the shift.
const CONF_BITS: i16 = 0b111;

/// The period is not complete.
pub const INCOMPLETE: i16 = 1 << 7;

/// The row deletes the cell.
pub const DELETED: i16 = deleted_bit!();

/// The row repeats what was public already.
pub const RESTATED: i16 = restated_bit!();

/// What a row itself says: all bits below [`RESTATED`].
pub const CONTENT: i16 = content_bits!();

const _: () = assert!(DELETED == 1 << 8 && RESTATED == 1 << 9 && CONTENT == RESTATED - 1);

/// The flags of a cell.
pub fn flags(obs: ObsStatus, conf: ConfStatus, complete: bool, deleted: bool) -> i16 {
    let bit_if = |bit: i16, condition: bool| if condition { bit } else { 0 };
    obs.number() | (conf.number() << CONF_SHIFT) | bit_if(INCOMPLETE, !complete) | bit_if(DELETED, deleted)
}

/// The two statuses in the flags. None if a number has no status.
pub fn statuses(flags: i16) -> Option<(ObsStatus, ConfStatus)> {
    let conf = ConfStatus::from_number((flags >> CONF_SHIFT) & CONF_BITS)?;
    Some((ObsStatus::from_number(flags & OBS_BITS)?, conf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_hold_both_statuses_and_each_fact() {
        for obs in ObsStatus::ALL {
            for conf in ConfStatus::ALL {
                let flags = flags(*obs, *conf, false, true) | RESTATED;
                assert_eq!(statuses(flags), Some((*obs, *conf)));
                assert_eq!(flags & (INCOMPLETE | DELETED | RESTATED), INCOMPLETE | DELETED | RESTATED);
            }
        }
        assert_eq!(flags(ObsStatus::Normal, ConfStatus::Free, true, false), 0);
    }

    #[test]
    fn sql_names_the_same_bits() {
        assert_eq!(is_deleted!("o"), format!("o.flags & {DELETED} = {DELETED}"));
        assert_eq!(is_not_deleted!("o"), format!("o.flags & {DELETED} <> {DELETED}"));
        assert_eq!(is_restated!("o"), format!("(o.flags & {RESTATED} = {RESTATED})"));
        assert_eq!(content_flags!("o"), format!("o.flags & {CONTENT}"));
    }
}
