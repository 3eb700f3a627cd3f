//! The SQL of the tables of observations (`measure`, `series`, `release_figures`, `staged`, `observation`,
//! `concealed`). No other module reads or writes these tables.

pub mod change_counts;
pub mod concealed;
pub mod days;
pub mod difference;
pub mod digest;
pub mod export;
pub mod flags;
pub mod keys;
pub mod periods;
pub mod publication;
pub mod reading;
pub mod release_observations;
pub mod several;
pub mod staging;
pub mod stored_cell;
pub mod verify;
pub mod verify_derived;
