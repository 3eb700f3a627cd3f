//! The position of a PostgreSQL server: which transactions have ended on it.
//!
//! The primary and its replicas number transactions alike, so positions of different servers can be compared, also after a
//! failover. A position in the write-ahead log (LSN) would not do. When a primary crashes, its LSN includes log that no
//! replica will get and no reader has seen; and a replica shows a commit a moment before its LSN includes it.

use diesel::prelude::*;
use diesel::sql_types as st;

use super::connection::Conn;
use super::sql::Sql;
use crate::problem::Problem;

/// How many transactions that were undone are remembered.
const UNDONE: usize = 64;

/// Which transactions have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// No transaction with this number or a higher one has ended.
    next: u64,
    /// Those before it that have not ended, in order.
    open: Vec<u64>,
    /// Recent ones that were rolled back, in order. They show nothing, so a server that lacks them shows no less.
    undone: Vec<u64>,
}

/// What a server says of itself.
pub struct Seen {
    /// Whether it follows a primary.
    pub is_standby: bool,
    /// How far it has come.
    pub position: Position,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = st::Bool)]
    standby: bool,
    #[diesel(sql_type = st::BigInt)]
    next: i64,
    #[diesel(sql_type = st::Text)]
    others: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    number: Option<i64>,
}

impl Position {
    /// Whether the transaction has ended.
    fn has_ended(&self, number: u64) -> bool {
        number < self.next && self.open.binary_search(&number).is_err()
    }

    /// Whether a reader may have seen what the transaction wrote.
    fn shows(&self, number: u64) -> bool {
        self.has_ended(number) && self.undone.binary_search(&number).is_err()
    }

    /// Whether a reader here sees everything that a reader there has seen.
    pub fn covers(&self, there: &Position) -> bool {
        let open = self.open.iter().copied().take_while(|number| *number < there.next);
        open.chain(self.next..there.next).all(|number| !there.shows(number))
    }

    /// Whether a reader here sees what this transaction wrote.
    pub fn has(&self, number: u64) -> bool {
        self.has_ended(number)
    }

    /// The position at which all transactions up to this one have ended.
    pub(super) fn up_to(number: u64) -> Position {
        Position { next: number.saturating_add(1), ..Position::default() }
    }

    /// Adds what a reader there has seen.
    pub fn add(&mut self, there: &Position) {
        let (low, high) = if self.next <= there.next { (&*self, there) } else { (there, &*self) };
        let open = high.open.iter().copied().filter(|number| !low.has_ended(*number)).collect();
        let undone = latest([&low.undone[..], &high.undone].concat());
        *self = Position { next: high.next, open, undone };
    }

    /// Two positions with the same text show the same.
    pub fn generation(&self) -> String {
        format!("{}:{}", self.next, joined(&self.open))
    }

    /// The position as a text.
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.next, joined(&self.open), joined(&self.undone))
    }

    /// The position that has this text.
    pub fn parse(text: &str) -> Option<Position> {
        let mut parts = text.split(':');
        let next = parts.next()?.parse().ok()?;
        let (open, undone) = (numbers(parts.next()?)?, numbers(parts.next()?)?);
        parts.next().is_none().then_some(Position { next, open, undone })
    }

    /// The position of a server, from the one that was read through the same connection before: only what had not ended by
    /// then is looked at again.
    pub(super) fn read(conn: &mut Conn, known: Option<&Position>) -> Result<Seen, Problem> {
        let none = Position::default();
        let known = known.unwrap_or(&none);
        // On a replica a snapshot does not name what is open, so each number has to be asked for.
        let row: Row = Sql::new(
            "WITH s AS MATERIALIZED (SELECT pg_snapshot_xmin(s)::text::bigint AS least, pg_snapshot_xmax(s)::text::bigint AS next
                 FROM pg_current_snapshot() AS s)
             SELECT pg_is_in_recovery() AS standby, s.next,
                 coalesce((SELECT string_agg(CASE o.status WHEN 'aborted' THEN '-' ELSE '' END || o.number, ',' ORDER BY o.number)
                     FROM (SELECT n.number, pg_xact_status(n.number::text::xid8) AS status
                           FROM (SELECT unnest(string_to_array(",
        )
        .bind(joined(&known.open))
        .text(", ',')::bigint[]) AS number UNION ALL SELECT generate_series(greatest(3, CASE WHEN ")
        .bind(i64::try_from(known.next).unwrap_or(i64::MAX))
        .text(" > 0 THEN ")
        .bind(i64::try_from(known.next).unwrap_or(i64::MAX))
        .text(
            " ELSE s.least - 64 END), s.next - 1)) AS n OFFSET 0) AS o WHERE o.status <> 'committed'), '') AS others
             FROM s",
        )
        .get_result(conn)?;
        let (mut open, mut undone) = (vec![], known.undone.clone());
        for text in row.others.split(',').filter(|text| !text.is_empty()) {
            let (list, text) = match text.strip_prefix('-') {
                Some(text) => (&mut undone, text),
                None => (&mut open, text),
            };
            list.push(text.parse().map_err(Problem::internal)?);
        }
        let next = u64::try_from(row.next).map_err(Problem::internal)?;
        Ok(Seen { is_standby: row.standby, position: Position { next, open, undone: latest(undone) } })
    }
}

/// The number of the transaction that has begun, if it wrote anything.
pub(super) fn number(conn: &mut Conn) -> Result<Option<u64>, Problem> {
    let row: Number =
        Sql::new("SELECT pg_current_xact_id_if_assigned()::text::bigint AS number").get_result(conn)?;
    row.number.map(|number| u64::try_from(number).map_err(Problem::internal)).transpose()
}

/// The latest of these, in order.
fn latest(mut all: Vec<u64>) -> Vec<u64> {
    all.sort_unstable();
    all.dedup();
    all.split_off(all.len().saturating_sub(UNDONE))
}

fn joined(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

fn numbers(text: &str) -> Option<Vec<u64>> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    let numbers: Vec<u64> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.is_sorted().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::Position;

    fn at(text: &str) -> Position {
        Position::parse(text).expect("a position")
    }

    #[test]
    fn a_position_covers_what_shows_no_more() {
        for (here, there, covers) in [
            ("10::", "10::", true),
            ("11::", "10::", true),
            ("10::", "11::", false),
            // 9 is open there too.
            ("10:9:", "10:9:", true),
            ("10:9:", "10::", false),
            ("10::", "10:9:", true),
            // What was undone shows nowhere.
            ("10:9:", "10::9", true),
            ("8::", "10::8,9", true),
            ("8::", "10:8:9", true),
            ("8::", "10:8:", false),
            // 12 is later than all that was seen there.
            ("13:9,12:", "10:9:", true),
            ("13:9,12:", "10::", false),
            ("0::", "0::", true),
        ] {
            assert_eq!(at(here).covers(&at(there)), covers, "{here} {there}");
        }
    }

    #[test]
    fn what_two_readers_saw_together_is_the_least_that_covers_both() {
        for (one, other, both) in [
            ("10:8:", "12:8,11:", "12:8,11:"),
            ("10:8:", "12:9,11:", "12:11:"),
            ("10:8:7", "12:8,11:10", "12:8,11:7,10"),
            ("0::", "12:9:", "12:9:"),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let mut sum = at(one);
                sum.add(&at(other));
                assert_eq!(sum, at(both), "{one} {other}");
                assert!(sum.covers(&at(one)) && sum.covers(&at(other)), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_text_gives_the_same_position_and_nothing_else_is_one() {
        for text in ["0::", "12:9,11:10"] {
            assert_eq!(at(text).text(), text);
        }
        for text in ["", "1", "1:", "x::", "1:2", "1:::", "9:3,2:", "-1::"] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    #[test]
    fn undone_transactions_are_forgotten_after_a_while() {
        let undone = |from: u64| (from..from + 60).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        let mut sum = at(&format!("100::{}", undone(10)));
        sum.add(&at(&format!("200::{}", undone(110))));
        assert_eq!(sum.undone.len(), super::UNDONE);
        assert_eq!(sum.undone.last(), Some(&169));
    }
}
