//! Figures that are handed in: kept beside what is published until their release is.

use aws_lc_rs::digest::{Context, SHA256};
use diesel::prelude::*;

use super::difference;
use super::figures::Figures;
use super::keys::{self, Wanted};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::rows::Rows;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};
use crate::store::canonical::piece;
use crate::store::{Conn, Sql, Val};

/// Bits of the `flags` of a cell: the number of its SDMX status, that of its confidentiality, and what else is yes or no.
const CONF: i16 = 4;
/// Its period is not complete.
pub const INCOMPLETE: i16 = 1 << 7;
/// It takes the cell away.
pub const DELETED: i16 = 1 << 8;
/// It says what was public already.
pub const RESTATED: i16 = 1 << 9;

/// The flags of a cell.
pub fn flags(obs: ObsStatus, conf: ConfStatus, complete: bool, deleted: bool) -> i16 {
    let yes = |bit: i16, is: bool| if is { bit } else { 0 };
    obs.number() | (conf.number() << CONF) | yes(INCOMPLETE, !complete) | yes(DELETED, deleted)
}

/// The two statuses in the flags.
pub fn statuses(flags: i16) -> Option<(ObsStatus, ConfStatus)> {
    Some((ObsStatus::from_number(flags & 0b1111)?, ConfStatus::from_number((flags >> CONF) & 0b111)?))
}

/// A cell that is handed in.
#[derive(Clone, Debug)]
pub struct NewCell {
    /// Its series: a place in the list of them.
    pub series: u32,
    /// Its period.
    pub period: Period,
    /// Its flags.
    pub flags: i16,
    /// Its value.
    pub value: Option<Scaled>,
    /// What stands above the line.
    pub numerator: Option<Scaled>,
    /// What stands below it.
    pub denominator: Option<Scaled>,
    /// Why it is as it is, and a remark.
    pub words: Option<Box<(Option<String>, Option<String>)>>,
}

/// Figures on their way in.
pub struct Handed<'a> {
    /// The release.
    pub release: Id,
    /// The indicator.
    pub indicator: Id,
    /// Its slug.
    pub slug: &'a str,
    /// The codes of its dimensions, with dots between.
    pub dimensions: &'a str,
    /// The series, each once.
    pub series: &'a [Wanted],
    /// The cells, each once; put in order here.
    pub cells: &'a mut [NewCell],
    /// The moment at which they would be published.
    pub at: Ts,
}

/// Days since 1970.
pub fn days(day: chrono::NaiveDate) -> i64 {
    day.signed_duration_since(chrono::NaiveDate::default()).num_days()
}

/// The day so many days after 1970.
pub fn day(days: i64) -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(days)?)
}

/// Puts the figures in place of those that the release had: gives it as it is then.
pub fn stage(conn: &mut Conn, handed: Handed<'_>) -> Result<Figures, Problem> {
    let measure = keys::measure(conn, handed.indicator, handed.slug, handed.dimensions)?;
    let numbers = keys::numbers(conn, measure, handed.series)?;
    let by_key = |cell: &NewCell| handed.series.get(cell.series as usize).map(|one| one.key.as_str());
    handed.cells.sort_by(|a, b| (by_key(a), a.period).cmp(&(by_key(b), b.period)));
    let digest = digest(handed.series, handed.cells);
    let release = number(conn, handed.release, measure)?;
    Sql::new("DELETE FROM staged WHERE release = ").bind(release).execute(conn)?;
    write(conn, release, &numbers, handed.cells)?;
    let change = difference::change(conn, measure, release, handed.at)?;
    Sql::new("UPDATE release_figures SET measure = ")
        .bind(measure)
        .text(", cells = ")
        .bind(i64::try_from(handed.cells.len()).unwrap_or(i64::MAX))
        .text(", digest = ")
        .bind(digest)
        .text(", ")
        .append(change.set())
        .text(" WHERE number = ")
        .bind(release)
        .execute(conn)?;
    keys::forget(conn, measure)?;
    super::figures::figures_of(conn, handed.release)?
        .ok_or_else(|| Problem::internal("the figures of a release were not stored"))
}

/// The number of a release in the tables of figures.
fn number(conn: &mut Conn, release: Id, measure: i64) -> Result<i64, Problem> {
    Sql::new("INSERT INTO release_figures (record, measure, cells, digest, inserted, revised, unchanged, deleted) VALUES (")
        .bind_all([
            Val::Id(release),
            measure.into(),
            0.into(),
            Val::Bytes(vec![]),
            0.into(),
            0.into(),
            0.into(),
            0.into(),
        ])
        .text(") ON CONFLICT DO NOTHING")
        .execute(conn)?;
    let row: Number =
        Sql::new("SELECT number AS n FROM release_figures WHERE record = ").bind(release).get_result(conn)?;
    Ok(row.n)
}

type Number = crate::store::Count;

/// SHA-256 of the cells in the order of their series' keys and periods: of each its key, first day, day after the last,
/// flags, value, numerator and denominator times a million, reason and note; each as its length in bytes, a colon,
/// itself and a comma, or a dash where there is none.
pub fn digest(series: &[Wanted], cells: &[NewCell]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for cell in cells {
        let words = cell.words.as_deref();
        let told = Digested {
            key: series.get(cell.series as usize).map_or("", |one| one.key.as_str()),
            starts: days(cell.period.start),
            ends: days(cell.period.end),
            flags: cell.flags,
            values: [cell.value, cell.numerator, cell.denominator].map(|value| value.map(Scaled::raw)),
            reason: words.and_then(|(reason, _)| reason.as_deref()),
            note: words.and_then(|(_, note)| note.as_deref()),
        };
        put(&mut context, &told);
    }
    context.finish().as_ref().to_vec()
}

/// A cell, as the digest takes it.
pub struct Digested<'a> {
    /// The key of its series.
    pub key: &'a str,
    /// Its first day.
    pub starts: i64,
    /// The day after its last.
    pub ends: i64,
    /// Its flags.
    pub flags: i16,
    /// Value, numerator and denominator, times a million.
    pub values: [Option<i64>; 3],
    /// Why it is as it is.
    pub reason: Option<&'a str>,
    /// A remark.
    pub note: Option<&'a str>,
}

/// Puts a cell into a digest.
pub fn put(context: &mut Context, cell: &Digested<'_>) {
    let mut put = |text: Option<&str>| context.update(&piece(text.map(str::as_bytes)));
    put(Some(cell.key));
    for number in [cell.starts, cell.ends, i64::from(cell.flags)] {
        put(Some(&number.to_string()));
    }
    for value in cell.values {
        put(value.map(|value| value.to_string()).as_deref());
    }
    put(cell.reason);
    put(cell.note);
}

const COLUMNS: &[&str] =
    &["release", "series", "starts", "ends", "flags", "value", "numerator", "denominator", "reason", "note"];

fn write(conn: &mut Conn, release: i64, numbers: &[i64], cells: &[NewCell]) -> Result<(), Problem> {
    let raw = |value: Option<Scaled>| Val::OptInt(value.map(Scaled::raw));
    let mut rows = Rows::default();
    for cell in cells {
        let number = numbers.get(cell.series as usize).copied();
        let words = cell.words.as_deref();
        rows.push(
            "staged",
            COLUMNS,
            vec![
                release.into(),
                number.ok_or_else(|| Problem::internal("a cell of no series"))?.into(),
                days(cell.period.start).into(),
                days(cell.period.end).into(),
                i64::from(cell.flags).into(),
                raw(cell.value),
                raw(cell.numerator),
                raw(cell.denominator),
                words.and_then(|(reason, _)| reason.clone()).into(),
                words.and_then(|(_, note)| note.clone()).into(),
            ],
        );
        if rows.full() {
            rows.write(conn)?;
        }
    }
    rows.write(conn)
}
