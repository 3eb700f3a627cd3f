//! Portable SQL types: Rust types that both databases store exactly.
//!
//! | type | PostgreSQL | SQLite |
//! |---|---|---|
//! | [`Uid`] | `uuid` | `BLOB`, 16 bytes |
//! | [`Tstz`] | `timestamptz` | `INTEGER`, microseconds since 1970 |
//!
//! Text, integers, dates (`date`; `TEXT` as `YYYY-MM-DD`) and booleans are Diesel's own.

use std::io::Write;

use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types as st;
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::clock::{Id, Ts};
pub use crate::clock::{Tstz, Uid};

impl ToSql<Uid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Uid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Id(uuid::Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<Uid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Uid, Sqlite> for Id {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Id(uuid::Uuid::from_slice(value.read_blob())?))
    }
}

impl ToSql<Tstz, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Timestamptz, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Tstz, Pg> for Ts {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <chrono::DateTime<chrono::Utc> as FromSql<st::Timestamptz, Pg>>::from_sql(value).map(Ts)
    }
}

impl ToSql<Tstz, Sqlite> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<Tstz, Sqlite> for Ts {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ts::from_micros(value.read_long()).ok_or_else(|| "a moment outside the range of the calendar".into())
    }
}
