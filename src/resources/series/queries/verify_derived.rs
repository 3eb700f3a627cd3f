//! Verifies what no digest covers, since it is derived: the intervals and revision numbers of cells, which follow from the
//! publications of their releases, and the keys, codes and first publication of series.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::flags::{is_restated, restated_bit};
use super::publication::IS_NEW;
use crate::problem::Problem;
use crate::store::{Count, Db, Sql};

#[derive(QueryableByName)]
struct Difference {
    #[diesel(sql_type = st::Text)]
    key: String,
}

/// Series whose key does not consist of the indicator's slug, the codes and the frequency.
const WRONG_KEYS: &str = "SELECT k.series_key AS key FROM series k JOIN measure m ON m.number = k.measure
     WHERE k.series_key <> m.slug || '.' || k.codes || '.' || k.frequency LIMIT 1";

/// Indicators that have observations and whose slug differs from the one in their audited row.
const WRONG_SLUGS: &str =
    "SELECT m.slug AS key FROM measure m JOIN indicator i ON i.record = m.record AND i.is_head
     WHERE i.slug <> m.slug
     AND EXISTS (SELECT 1 FROM release_figures f WHERE f.measure = m.number AND f.cells > 0) LIMIT 1";

/// Published cells that are not of a series of their indicator, that are not valid from the publication of their release, or
/// that have content although their release was redacted.
const WRONG_CELLS: &str = "SELECT coalesce(k.series_key, 'none') AS key FROM observation o
     LEFT JOIN series k ON k.number = o.series AND k.measure = o.measure
     LEFT JOIN release_figures f ON f.number = o.release AND f.measure = o.measure AND f.valid_from = o.valid_from
     LEFT JOIN record r ON r.id = f.record
     WHERE k.number IS NULL OR r.id IS NULL OR (r.redacted_at IS NOT NULL AND (o.value IS NOT NULL
     OR o.numerator IS NOT NULL OR o.denominator IS NOT NULL OR o.reason IS NOT NULL OR o.note IS NOT NULL)) LIMIT 1";

/// Series that are not public from the first publication of one of their cells.
const WRONG_FIRST_PUBLICATIONS: &str = "SELECT k.series_key AS key FROM series k
     LEFT JOIN (SELECT measure, series, min(valid_from) AS first FROM observation GROUP BY measure, series) o
     ON o.measure = k.measure AND o.series = k.number WHERE k.public_from IS DISTINCT FROM o.first LIMIT 1";

/// Verifies everything. Returns the first difference.
pub fn verify(db: &Db) -> Result<Option<String>, Problem> {
    for (what, statement) in [
        ("the key of the series", WRONG_KEYS),
        ("the slug in the keys of series,", WRONG_SLUGS),
        ("the publication of a cell of the series", WRONG_CELLS),
        ("the first publication of the series", WRONG_FIRST_PUBLICATIONS),
    ] {
        if let Some(key) = first_difference(db, &Sql::new(statement))? {
            return Ok(Some(format!("{what} {key}")));
        }
    }
    let measures: Vec<Count> =
        db.read(|conn| Ok(Sql::new("SELECT number AS n FROM measure ORDER BY number").load(conn)?))?;
    for measure in measures {
        if let Some(key) = first_difference(db, &wrong_intervals(measure.n))? {
            return Ok(Some(format!("the intervals or revisions of the series {key}")));
        }
    }
    Ok(None)
}

fn first_difference(db: &Db, sql: &Sql) -> Result<Option<String>, Problem> {
    let row: Option<Difference> = db.snapshot(|conn| {
        // The time limit of readers is too short: this reads the whole table.
        if conn.is_pg() {
            Sql::new("SET LOCAL statement_timeout = 0").execute(conn)?;
        }
        Ok(sql.clone().get_result(conn).optional()?)
    })?;
    Ok(row.map(|row| row.key))
}

/// Cells that are not valid until the next revision, or whose revision number does not count their changes of content.
fn wrong_intervals(measure: i64) -> Sql {
    Sql::new(
        "SELECT k.series_key AS key FROM (SELECT c.*,
         sum(c.new) OVER (PARTITION BY c.series, c.starts, c.ends ORDER BY c.valid_from) AS counted
         FROM (SELECT s.series, s.starts, s.ends, s.valid_from, s.valid_to, s.revision, s.flags,
         lead(s.valid_from) OVER cell AS until, ",
    )
    .text(IS_NEW)
    .text(" AS new FROM observation s JOIN release_figures f ON f.number = s.release WHERE s.measure = ")
    .bind(measure)
    .text(concat!(
        " WINDOW cell AS (PARTITION BY s.series, s.starts, s.ends ORDER BY s.valid_from)) c) o
         JOIN series k ON k.number = o.series
         WHERE o.valid_to IS DISTINCT FROM o.until OR o.revision <> o.counted OR ",
        is_restated!("o"),
        " <> (o.new = 0) LIMIT 1"
    ))
}
