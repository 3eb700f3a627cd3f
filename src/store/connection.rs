//! A connection to either database, and the trait implementations with which Diesel treats the two as one.
#![expect(missing_docs, reason = "Diesel's derive makes public types without")]

use diesel::connection::SimpleConnection;
use diesel::deserialize::FromSql;
use diesel::prelude::*;
use diesel::serialize::{IsNull, Output, ToSql};
use diesel::sql_types::HasSqlType;

use super::types::{Tstz, Uid};
use crate::clock::{Id, Ts};

/// An open connection.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Pg(diesel::PgConnection),
    Lite(diesel::SqliteConnection),
}

impl Conn {
    /// Whether this is PostgreSQL, for the few places where the dialects differ.
    pub fn is_pg(&self) -> bool {
        matches!(self, Conn::Pg(_))
    }

    /// From here to the end of the transaction PostgreSQL plans a statement each time anew, for the values that it has, and
    /// joins by looking up keys. Otherwise a transaction that fills tables keeps the plans that it made when they were empty,
    /// and expects a handful of rows where it has just written thousands: it would read all of them for each release.
    pub fn plan_for_each_value(&mut self) -> QueryResult<()> {
        self.set_on_pg(
            "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_material = off;
             SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off",
        )
    }

    /// Runs statements that join many rows with many of which PostgreSQL has no statistics: it reads each side once, and does
    /// not compare each row with each. Only in a transaction.
    pub fn join_many<T>(&mut self, work: impl FnOnce(&mut Conn) -> QueryResult<T>) -> QueryResult<T> {
        // Afterwards the transaction goes on as it was: perhaps it plans for each value.
        self.set_on_pg(
            "SELECT set_config('onrecord.hashjoin', current_setting('enable_hashjoin'), true);
             SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on",
        )?;
        let result = work(self)?;
        self.set_on_pg(
            "SET LOCAL enable_nestloop = on;
             SELECT set_config('enable_hashjoin', current_setting('onrecord.hashjoin'), true)",
        )?;
        Ok(result)
    }

    fn set_on_pg(&mut self, settings: &str) -> QueryResult<()> {
        match self {
            Conn::Lite(_) => Ok(()),
            Conn::Pg(pg) => pg.batch_execute(settings),
        }
    }

    /// Writes something that changes nothing, to find out whether the database can be written.
    pub fn try_to_write(&mut self) -> QueryResult<()> {
        match self {
            // The number is not used, and stays as it is; the page that has it is written.
            Conn::Lite(lite) => lite.batch_execute("PRAGMA user_version = 0"),
            Conn::Pg(pg) => pg.batch_execute("SELECT pg_current_xact_id()"),
        }
    }
}

macro_rules! portable {
    ($sql:ident, $rust:ty) => {
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                MultiBackend::lookup_sql_type::<$sql>(lookup)
            }
        }
        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(value: MultiRawValue<'_>) -> diesel::deserialize::Result<Self> {
                value.from_sql::<$rust, $sql>()
            }
        }
        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> diesel::serialize::Result {
                out.set_value(($sql, self));
                Ok(IsNull::No)
            }
        }
    };
}
portable!(Uid, Id);
portable!(Tstz, Ts);

/// Runs a Diesel statement on the connection's own backend: for clauses that `MultiConnection` does not have, such as
/// `ON CONFLICT`.
macro_rules! in_dialect {
    ($conn:expr, |$own:ident| $statement:expr) => {
        match $conn {
            $crate::store::Conn::Pg($own) => $statement,
            $crate::store::Conn::Lite($own) => $statement,
        }
    };
}
pub(crate) use in_dialect;
