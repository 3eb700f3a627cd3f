//! The tables of figures, and nothing else touches them: which series there are, what is handed in, what is published,
//! and how it is read.

pub mod difference;
pub mod export;
pub mod figures;
pub mod follows;
pub mod keys;
pub mod proof;
pub mod publication;
pub mod reading;
pub mod staging;
