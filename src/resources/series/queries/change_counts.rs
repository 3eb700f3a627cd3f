//! The counts of how the observations of a release change what is public.

use diesel::prelude::*;
use diesel::sql_types as st;
use serde::Serialize;

use crate::store::Sql;

/// How many cells of a release change what is public at a moment, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName, Serialize)]
pub struct ChangeCounts {
    /// New cells.
    #[diesel(sql_type = st::BigInt)]
    pub inserted: i64,
    /// Cells with another value or status.
    #[diesel(sql_type = st::BigInt)]
    pub revised: i64,
    /// Cells that stay the same.
    #[diesel(sql_type = st::BigInt)]
    pub unchanged: i64,
    /// Cells that are deleted.
    #[diesel(sql_type = st::BigInt)]
    pub deleted: i64,
}

impl ChangeCounts {
    /// The assignments of an `UPDATE release_figures`.
    pub fn assignments(self) -> Sql {
        Sql::new("inserted = ")
            .bind(self.inserted)
            .text(", revised = ")
            .bind(self.revised)
            .text(", unchanged = ")
            .bind(self.unchanged)
            .text(", deleted = ")
            .bind(self.deleted)
    }
}
