//! Whether what no digest covers is what it has to be: of cells their intervals and the numbers of their revisions, which
//! follow from the publications of their releases; of series their keys, codes and first publication.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::publication::NEW;
use crate::problem::Problem;
use crate::store::{Db, Sql};

#[derive(QueryableByName)]
struct Odd {
    #[diesel(sql_type = st::Text)]
    key: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = st::BigInt)]
    n: i64,
}

/// A series is called by its indicator's slug, its codes and its frequency.
const KEYS: &str = "SELECT k.series_key AS key FROM series k JOIN measure m ON m.number = k.measure
     WHERE k.series_key <> m.slug || '.' || k.codes || '.' || k.frequency LIMIT 1";

/// The slug is the indicator's, as its audited row has it, from when figures are on record.
const SLUGS: &str =
    "SELECT m.slug AS key FROM measure m JOIN indicator i ON i.record = m.record AND i.is_head
     WHERE i.slug <> m.slug
     AND EXISTS (SELECT 1 FROM release_figures f WHERE f.measure = m.number AND f.cells > 0) LIMIT 1";

/// A published cell is of a series of its indicator, and valid from the publication of its release; of one that was
/// redacted it says nothing.
const CELLS: &str = "SELECT coalesce(k.series_key, 'none') AS key FROM observation o
     LEFT JOIN series k ON k.number = o.series AND k.measure = o.measure
     LEFT JOIN release_figures f ON f.number = o.release AND f.measure = o.measure AND f.valid_from = o.valid_from
     LEFT JOIN record r ON r.id = f.record
     WHERE k.number IS NULL OR r.id IS NULL OR (r.redacted_at IS NOT NULL AND (o.value IS NOT NULL
     OR o.numerator IS NOT NULL OR o.denominator IS NOT NULL OR o.reason IS NOT NULL OR o.note IS NOT NULL)) LIMIT 1";

/// A series is public from the first publication of a cell of it.
const PUBLIC: &str = "SELECT k.series_key AS key FROM series k
     LEFT JOIN (SELECT measure, series, min(valid_from) AS first FROM observation GROUP BY measure, series) o
     ON o.measure = k.measure AND o.series = k.number WHERE k.public_from IS DISTINCT FROM o.first LIMIT 1";

/// Looks at all of it: the first thing that is otherwise is told.
pub fn prove(db: &Db) -> Result<Option<String>, Problem> {
    for (what, statement) in [
        ("the key of the series", KEYS),
        ("the slug that series are called by,", SLUGS),
        ("the publication of a cell of the series", CELLS),
        ("the first publication of the series", PUBLIC),
    ] {
        if let Some(odd) = first(db, &Sql::new(statement))? {
            return Ok(Some(format!("{what} {odd}")));
        }
    }
    let measures: Vec<Number> =
        db.read(|conn| Ok(Sql::new("SELECT number AS n FROM measure ORDER BY number").load(conn)?))?;
    for measure in measures {
        if let Some(odd) = first(db, &intervals(measure.n))? {
            return Ok(Some(format!("the intervals or revisions of the series {odd}")));
        }
    }
    Ok(None)
}

fn first(db: &Db, sql: &Sql) -> Result<Option<String>, Problem> {
    let odd: Option<Odd> = db.snapshot(|conn| {
        // Readers are cut off soon; whoever verifies takes the time that the whole table takes.
        if conn.is_pg() {
            Sql::new("SET LOCAL statement_timeout = 0").execute(conn)?;
        }
        Ok(sql.clone().get_result(conn).optional()?)
    })?;
    Ok(odd.map(|odd| odd.key))
}

/// Each revision of a cell is valid until the next, and has the next number where it says something else.
fn intervals(measure: i64) -> Sql {
    Sql::new(
        "SELECT k.series_key AS key FROM (SELECT c.*,
         sum(c.new) OVER (PARTITION BY c.series, c.starts, c.ends ORDER BY c.valid_from) AS counted
         FROM (SELECT s.series, s.starts, s.ends, s.valid_from, s.valid_to, s.revision, s.flags,
         lead(s.valid_from) OVER cell AS until, ",
    )
    .text(NEW)
    .text(" AS new FROM observation s JOIN release_figures f ON f.number = s.release WHERE s.measure = ")
    .bind(measure)
    .text(
        " WINDOW cell AS (PARTITION BY s.series, s.starts, s.ends ORDER BY s.valid_from)) c) o
         JOIN series k ON k.number = o.series
         WHERE o.valid_to IS DISTINCT FROM o.until OR o.revision <> o.counted OR (o.flags & 512 = 512) <> (o.new = 0) LIMIT 1",
    )
}
