//! Figures that are handed in, beside what is public.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::figures::Figures;
use super::staging::{DELETED, INCOMPLETE, day, statuses};
use crate::clock::Ts;
use crate::problem::Problem;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};
use crate::store::{Conn, Sql};

/// How figures change what is public at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Change {
    /// Cells that are new.
    #[diesel(sql_type = st::BigInt)]
    pub inserted: i64,
    /// Cells whose value or status is another.
    #[diesel(sql_type = st::BigInt)]
    pub revised: i64,
    /// Cells that are the same.
    #[diesel(sql_type = st::BigInt)]
    pub unchanged: i64,
    /// Cells that are taken away.
    #[diesel(sql_type = st::BigInt)]
    pub deleted: i64,
}

impl Change {
    /// What to set of the row of figures.
    pub fn set(self) -> Sql {
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

/// The cells of a release that is handed in, each with the one that is valid at a moment: `s` and `o`, which is null where
/// there is none. What was withdrawn or taken away is none.
pub fn beside_public(measure: i64, release: i64, at: Ts) -> Sql {
    Sql::new(" FROM staged s").append(joined(measure, release, at))
}

/// Beside each cell `s` of a release that is handed in the one `o` that is valid at a moment.
fn joined(measure: i64, release: i64, at: Ts) -> Sql {
    standing(measure).text(" AND ").append(valid("o", at)).text(" WHERE s.release = ").bind(release)
}

/// The join with the cells `o` of the same key that stand: not taken away, and of no release that was withdrawn. Those are a
/// list of few, looked up once.
fn standing(measure: i64) -> Sql {
    Sql::new(" LEFT JOIN observation o ON o.measure = ")
        .bind(measure)
        .text(
            " AND o.series = s.series AND o.starts = s.starts AND o.ends = s.ends AND o.flags & 256 <> 256
             AND o.release NOT IN (SELECT f.number FROM release_figures f WHERE f.ended_at IS NOT NULL AND f.measure = ",
        )
        .bind(measure)
        .text(")")
}

/// The condition on a row of `observation` that is valid at a moment.
pub fn valid(alias: &'static str, at: Ts) -> Sql {
    Sql::new(alias)
        .text(".valid_from <= ")
        .bind(at)
        .text(" AND (")
        .text(alias)
        .text(".valid_to IS NULL OR ")
        .text(alias)
        .text(".valid_to > ")
        .bind(at)
        .text(")")
}

/// The condition that a row `s` says of its cell what the row `o` says.
pub const SAME: &str =
    "(s.value IS NOT DISTINCT FROM o.value AND s.numerator IS NOT DISTINCT FROM o.numerator
     AND s.denominator IS NOT DISTINCT FROM o.denominator AND s.flags & 511 = o.flags & 511)";

/// How the figures that are handed in change what is valid at a moment.
pub fn change(conn: &mut Conn, measure: i64, release: i64, at: Ts) -> Result<Change, Problem> {
    let sum = |sql: Sql, condition: &'static str, name: &'static str| {
        sql.text("CAST(coalesce(sum(CASE WHEN ")
            .text(condition)
            .text(" THEN 1 ELSE 0 END), 0) AS bigint) AS ")
            .text(name)
    };
    let sql = sum(Sql::new("SELECT "), "o.series IS NULL AND s.flags & 256 <> 256", "inserted").text(", ");
    let sql = sql
        .text("CAST(coalesce(sum(CASE WHEN o.series IS NOT NULL AND s.flags & 256 <> 256 AND NOT ")
        .text(SAME)
        .text(" THEN 1 ELSE 0 END), 0) AS bigint) AS revised, ")
        .text("CAST(coalesce(sum(CASE WHEN o.series IS NOT NULL AND ")
        .text(SAME)
        .text(" THEN 1 ELSE 0 END), 0) AS bigint) AS unchanged, ");
    let sql = sum(sql, "o.series IS NOT NULL AND s.flags & 256 = 256", "deleted");
    Ok(sql.append(beside_public(measure, release, at)).get_result(conn)?)
}

/// A cell that is handed in beside the one that it would replace.
#[derive(Clone, Debug, QueryableByName)]
pub struct HandedIn {
    /// The key of its series.
    #[diesel(sql_type = st::Text)]
    pub series_key: String,
    /// Its frequency.
    #[diesel(sql_type = st::Text)]
    pub frequency: String,
    /// Its series.
    #[diesel(sql_type = st::BigInt)]
    pub series: i64,
    /// Its first day.
    #[diesel(sql_type = st::BigInt)]
    pub starts: i64,
    /// The day after its last.
    #[diesel(sql_type = st::BigInt)]
    pub ends: i64,
    /// Its flags.
    #[diesel(sql_type = st::BigInt)]
    pub flags: i64,
    /// Its value.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub value: Option<i64>,
    /// What stands above the line.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub numerator: Option<i64>,
    /// What stands below it.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub denominator: Option<i64>,
    /// Why it is as it is.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub reason: Option<String>,
    /// A remark.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub note: Option<String>,
    /// The flags of the one before; none where there is none.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub flags_before: Option<i64>,
    /// Its value.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub value_before: Option<i64>,
    /// Whether both say the same.
    #[diesel(sql_type = st::Bool)]
    pub same: bool,
}

impl HandedIn {
    /// What it does to what is public.
    pub fn change(&self) -> &'static str {
        let deleted = self.flags & i64::from(DELETED) != 0;
        match (self.flags_before, deleted) {
            (_, true) => "deleted",
            (None, false) => "inserted",
            (Some(_), false) if self.same => "unchanged",
            (Some(_), false) => "revised",
        }
    }

    /// Its two statuses.
    pub fn statuses(&self) -> Option<(ObsStatus, ConfStatus)> {
        statuses(i16::try_from(self.flags & 0b111_1111).ok()?)
    }

    /// Whether its period is complete.
    pub fn complete(&self) -> bool {
        self.flags & i64::from(INCOMPLETE) == 0
    }

    /// Its period.
    pub fn period(&self) -> Option<Period> {
        Period::new(day(self.starts)?, day(self.ends)?)
    }
}

fn computed() -> Sql {
    columns().text(" FROM staged s JOIN series k ON k.number = s.series")
}

fn columns() -> Sql {
    Sql::new(
        "SELECT k.series_key, k.frequency, CAST(s.series AS bigint) AS series, CAST(s.starts AS bigint) AS starts,
         CAST(s.ends AS bigint) AS ends, CAST(s.flags AS bigint) AS flags, s.value, s.numerator, s.denominator, s.reason,
         s.note, CAST(o.flags AS bigint) AS flags_before, o.value AS value_before, (o.series IS NOT NULL AND ",
    )
    .text(SAME)
    .text(") AS same")
}

/// The cells that change most, by how much: the value before and the value handed in.
pub fn largest(conn: &mut Conn, figures: &Figures, at: Ts, most: i64) -> Result<Vec<HandedIn>, Problem> {
    Ok(computed()
        .append(joined(figures.measure, figures.number, at))
        .text(" AND s.flags & 256 <> 256 AND s.value <> o.value ORDER BY abs(s.value - o.value) DESC, k.series_key, s.starts LIMIT ")
        .bind(most)
        .load(conn)?)
}

/// The cells of a release, behind a series and a period, in their order: as they are handed in, or as they were published,
/// beside what was valid before.
pub fn cells_of(
    conn: &mut Conn,
    figures: &Figures,
    at: Ts,
    after: Option<(i64, i64, i64)>,
    most: i64,
) -> Result<Vec<HandedIn>, Problem> {
    let mut sql = match figures.valid_from {
        None => computed().append(joined(figures.measure, figures.number, at)),
        // Before its moment it stands beside what is public now: another release that is to come is not its readers' business.
        Some(from) if from > at => beside_published(figures, valid("o", at)),
        Some(from) => beside_published(figures, Sql::new("o.valid_to = ").bind(from)),
    };
    if let Some((series, starts, ends)) = after {
        sql = sql.text(" AND (s.series, s.starts, s.ends) > (").bind_all([series, starts, ends]).text(")");
    }
    Ok(sql.text(" ORDER BY s.series, s.starts, s.ends LIMIT ").bind(most).load(conn)?)
}

/// The same of a release that is published, or will be: each cell with the one of those before that meets the condition.
fn beside_published(figures: &Figures, before: Sql) -> Sql {
    columns()
        .text(" FROM observation s JOIN series k ON k.number = s.series")
        .append(standing(figures.measure))
        .text(" AND ")
        .append(before)
        .text(" WHERE s.measure = ")
        .bind(figures.measure)
        .text(" AND s.release = ")
        .bind(figures.number)
}
