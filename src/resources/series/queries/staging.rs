//! Observations that were submitted and are not yet published: the table `staged`.

use diesel::pg::CopyFormat;
use diesel::prelude::*;

use super::days::days;
use super::difference;
use super::digest::{CellDigest, DigestCell};
use super::keys::{self, NewSeries};
use super::release_observations::{self, ReleaseObservations, delete_concealed};
use crate::clock::{Id, Ts};
use crate::problem::Problem;
use crate::record::rows::Rows;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::store::tables::staged;
use crate::store::{Conn, Count, Sql, Val};

/// A cell that is submitted.
#[derive(Clone, Debug)]
pub struct NewCell {
    /// The index of its series in [`NewObservations::series`].
    pub series: u32,
    pub period: Period,
    /// See [`super::flags`].
    pub flags: i16,
    pub value: Option<Scaled>,
    pub numerator: Option<Scaled>,
    pub denominator: Option<Scaled>,
    /// Reason and note. Boxed, since few cells have them.
    pub texts: Option<Box<(Option<String>, Option<String>)>>,
}

/// The observations of one release, as they are submitted.
pub struct NewObservations<'a> {
    pub release: Id,
    pub indicator: Id,
    /// The slug of the indicator.
    pub slug: &'a str,
    /// The codes of the indicator's dimensions, separated by dots.
    pub dimensions: &'a str,
    /// The series, each once.
    pub series: &'a [NewSeries],
    /// The cells, each once. [`stage`] sorts them.
    pub cells: &'a mut [NewCell],
    /// When they would be published.
    pub at: Ts,
}

/// Replaces the staged observations of a release, and returns its new totals.
pub fn stage(conn: &mut Conn, new: NewObservations<'_>) -> Result<ReleaseObservations, Problem> {
    let measure = keys::find_or_create_measure(conn, new.indicator, new.slug, new.dimensions)?;
    let series_numbers = keys::find_or_create_series(conn, measure, new.series)?;
    let series_key = |cell: &NewCell| new.series.get(cell.series as usize).map(|series| series.key.as_str());
    new.cells.sort_by(|a, b| (series_key(a), a.period).cmp(&(series_key(b), b.period)));
    let digest = digest(new.series, new.cells);
    let release = find_or_create_release(conn, new.release, measure)?;
    Sql::new("DELETE FROM staged WHERE release = ").bind(release).execute(conn)?;
    delete_concealed(conn, release)?;
    insert(conn, release, &series_numbers, new.cells)?;
    let counts = difference::change_counts(conn, measure, release, new.at)?;
    Sql::new("UPDATE release_figures SET measure = ")
        .bind(measure)
        .text(", profile = NULL, cells = ")
        .bind(i64::try_from(new.cells.len()).unwrap_or(i64::MAX))
        .text(", digest = ")
        .bind(digest)
        .text(", ")
        .append(counts.assignments())
        .text(" WHERE number = ")
        .bind(release)
        .execute(conn)?;
    keys::delete_unused_series(conn, measure)?;
    release_observations::of_release(conn, new.release)?
        .ok_or_else(|| Problem::internal("the observations of a release were not stored"))
}

/// The number of a release in the tables of observations.
fn find_or_create_release(conn: &mut Conn, release: Id, measure: i64) -> Result<i64, Problem> {
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
    let row: Count =
        Sql::new("SELECT number AS n FROM release_figures WHERE record = ").bind(release).get_result(conn)?;
    Ok(row.n)
}

fn digest(series: &[NewSeries], cells: &[NewCell]) -> Vec<u8> {
    let mut digest = CellDigest::default();
    for cell in cells {
        let texts = cell.texts.as_deref();
        digest.add(&DigestCell {
            series_key: series.get(cell.series as usize).map_or("", |series| series.key.as_str()),
            starts: days(cell.period.start),
            ends: days(cell.period.end),
            flags: cell.flags,
            values: [cell.value, cell.numerator, cell.denominator].map(|value| value.map(Scaled::raw)),
            reason: texts.and_then(|(reason, _)| reason.as_deref()),
            note: texts.and_then(|(_, note)| note.as_deref()),
        });
    }
    digest.finish()
}

const COLUMNS: &[&str] =
    &["release", "series", "starts", "ends", "flags", "value", "numerator", "denominator", "reason", "note"];

fn insert(conn: &mut Conn, release: i64, series_numbers: &[i64], cells: &[NewCell]) -> Result<(), Problem> {
    let number_of = |cell: &NewCell| {
        let number = series_numbers.get(cell.series as usize).copied();
        number.ok_or_else(|| Problem::internal("a cell without a series"))
    };
    if let Conn::Pg(pg) = conn {
        let mut lines = String::new();
        for cell in cells {
            copy_line(&mut lines, release, number_of(cell)?, cell);
        }
        // A statement with a parameter for each value would take several times as long.
        diesel::copy_from(staged::table)
            .from_raw_data(staged::table, |out| {
                // The client keeps a buffer of the size of the largest part.
                lines
                    .as_bytes()
                    .chunks(65_536)
                    .try_for_each(|part| out.write_all(part))
                    .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))
            })
            .with_format(CopyFormat::Text)
            .execute(pg)?;
        return Ok(());
    }
    let raw = |value: Option<Scaled>| Val::OptInt(value.map(Scaled::raw));
    let mut rows = Rows::default();
    for cell in cells {
        let texts = cell.texts.as_deref();
        rows.push(
            "staged",
            COLUMNS,
            vec![
                release.into(),
                number_of(cell)?.into(),
                days(cell.period.start).into(),
                days(cell.period.end).into(),
                i64::from(cell.flags).into(),
                raw(cell.value),
                raw(cell.numerator),
                raw(cell.denominator),
                texts.and_then(|(reason, _)| reason.clone()).into(),
                texts.and_then(|(_, note)| note.clone()).into(),
            ],
        );
        if rows.full() {
            rows.write(conn)?;
        }
    }
    rows.write(conn)
}

/// A cell as a line of PostgreSQL's `COPY`: in the order of the columns of [`staged`], with `\N` for null.
fn copy_line(out: &mut String, release: i64, series: i64, cell: &NewCell) {
    let texts = cell.texts.as_deref();
    for value in [cell.value, cell.numerator, cell.denominator] {
        match value {
            Some(value) => out.push_str(&format!("{}\t", value.raw())),
            None => out.push_str("\\N\t"),
        }
    }
    let (starts, ends) = (days(cell.period.start), days(cell.period.end));
    out.push_str(&format!("{release}\t{series}\t{starts}\t{ends}\t{}", cell.flags));
    let reason = texts.and_then(|(reason, _)| reason.as_deref());
    let note = texts.and_then(|(_, note)| note.as_deref());
    for text in [reason, note] {
        out.push('\t');
        match text {
            None => out.push_str("\\N"),
            Some(text) => {
                for char in text.chars() {
                    match char {
                        '\\' => out.push_str("\\\\"),
                        '\t' => out.push_str("\\t"),
                        '\n' => out.push_str("\\n"),
                        '\r' => out.push_str("\\r"),
                        char => out.push(char),
                    }
                }
            }
        }
    }
    out.push('\n');
}

/// Removes the staged observations of a release of all series but those with these codes.
pub fn keep_staged(conn: &mut Conn, release: &ReleaseObservations, codes: &[String]) -> Result<(), Problem> {
    Sql::new("DELETE FROM staged WHERE release = ")
        .bind(release.number)
        .text(" AND series NOT IN (SELECT number FROM series WHERE measure = ")
        .bind(release.measure)
        .text(" AND codes IN (")
        .bind_all(codes.iter().map(String::as_str))
        .text("))")
        .one_off()
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn a_cell_is_one_line_of_copy_whatever_its_texts_have() {
        let day = |month| NaiveDate::from_ymd_opt(1970, month, 1).unwrap();
        let mut cell = NewCell {
            series: 0,
            period: Period { start: day(1), end: day(2) },
            flags: 3,
            value: Some(Scaled::from_raw(-1_500_000)),
            numerator: None,
            denominator: None,
            texts: None,
        };
        let line = |cell: &NewCell| {
            let mut line = String::new();
            copy_line(&mut line, 7, 8, cell);
            line
        };
        assert_eq!(line(&cell), "-1500000\t\\N\t\\N\t7\t8\t0\t31\t3\t\\N\t\\N\n");
        cell.texts = Some(Box::new((Some("\\N".to_owned()), Some("a\tb\nc\rd\\é".to_owned()))));
        assert_eq!(line(&cell), "-1500000\t\\N\t\\N\t7\t8\t0\t31\t3\t\\\\N\ta\\tb\\nc\\rd\\\\é\n");
    }
}
