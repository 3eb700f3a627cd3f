//! Time, ids and randomness, which a test must be able to control.
//!
//! Nothing else in the crate asks the operating system for them (clippy.toml forbids it). All moments are in UTC, truncated
//! to microseconds, which both databases can store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Timelike, Utc};
use chrono_tz::Europe::London;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use serde::{Deserialize, Serialize};

/// The SQL type of an [`Id`]. The OIDs are constants, since a look-up by name would cost a query for each connection.
#[derive(SqlType, QueryId, Debug, Clone, Copy)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Uid;

/// The SQL type of a [`Ts`].
#[derive(SqlType, QueryId, Debug, Clone, Copy)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Tstz;

/// A moment in UTC, to the microsecond. Written as RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Tstz)]
pub struct Ts(pub DateTime<Utc>);

impl Ts {
    /// The latest moment: the `public_to` of a version that nothing has replaced.
    pub const NEVER: Ts = Ts::from_micros_const(253_402_214_400_000_000);
    /// Microseconds in a minute. Publications happen at whole minutes.
    const MINUTE: i64 = 60_000_000;

    const fn from_micros_const(micros: i64) -> Ts {
        match DateTime::from_timestamp_micros(micros) {
            Some(moment) => Ts(moment),
            None => panic!("out of range"),
        }
    }

    /// The moment that many microseconds after 1970; `None` outside the calendar's range.
    pub fn from_micros(micros: i64) -> Option<Ts> {
        DateTime::from_timestamp_micros(micros).map(Ts)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Parses RFC 3339, truncated to microseconds, in the years 1 to 9999.
    pub fn parse(text: &str) -> Option<Ts> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        Ts::from_micros(moment.timestamp_micros()).filter(|moment| (1..=9_999).contains(&moment.0.year()))
    }

    /// The first moment of a day in Europe/London.
    pub fn start_of_day(day: NaiveDate) -> Ts {
        // London's clocks never change at midnight; the first of two moments, or UTC, would do if they did.
        let midnight = day.and_time(NaiveTime::MIN);
        match London.from_local_datetime(&midnight).earliest() {
            Some(moment) => Ts(moment.with_timezone(&Utc)),
            None => Ts(midnight.and_utc()),
        }
    }

    /// The last moment of a day in Europe/London.
    pub fn end_of_day(day: NaiveDate) -> Ts {
        let next = day.checked_add_days(Days::new(1)).map(Ts::start_of_day);
        next.and_then(|next| Ts::from_micros(next.micros() - 1)).unwrap_or(Ts::NEVER)
    }

    /// The day in Europe/London.
    pub fn day(self) -> NaiveDate {
        self.0.with_timezone(&London).date_naive()
    }

    /// The hour of the day in Europe/London.
    pub fn hour(self) -> u32 {
        self.0.with_timezone(&London).hour()
    }

    /// True when it falls on a whole minute.
    pub fn is_whole_minute(self) -> bool {
        self.micros().rem_euclid(Self::MINUTE) == 0
    }

    /// Minutes since 1970. A cached public response is valid within one minute.
    pub fn minute(self) -> i64 {
        self.micros().div_euclid(Self::MINUTE)
    }

    /// Seconds until the next whole minute, rounded down, so that a cache that keeps a response that long never returns it
    /// in the next minute.
    pub fn seconds_left_in_minute(self) -> i64 {
        (Self::MINUTE - self.micros().rem_euclid(Self::MINUTE) - 1) / 1_000_000
    }

    /// The earliest later moment.
    pub fn next(self) -> Ts {
        Ts::from_micros(self.micros() + 1).unwrap_or(Ts::NEVER)
    }

    /// The moment this many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Ts {
        Ts::from_micros(self.micros() + seconds * 1_000_000).unwrap_or(Ts::NEVER)
    }
}

/// A day of the form `YYYY-MM-DD`, the only accepted one.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|day: &NaiveDate| form && day.year() > 0)
}

/// Whether a record can have a day: in the years 1000 to 2999. A mistyped year is found, and what is counted from a day stays in
/// years of four digits.
pub fn is_on_record(day: NaiveDate) -> bool {
    (1_000..3_000).contains(&day.year())
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Ts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ts::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 moment"))
    }
}

/// A UUIDv7.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Uid)]
#[serde(transparent)]
pub struct Id(pub uuid::Uuid);

impl Id {
    /// Parses the hyphenated lower-case form only, so that an id has one spelling in URLs.
    pub fn parse(text: &str) -> Option<Id> {
        if text.len() != 36 {
            return None;
        }
        uuid::Uuid::try_parse(text).ok().filter(|id| id.hyphenated().to_string() == text).map(Id)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A source of time and random bytes.
pub trait Source: Send + Sync {
    /// The current time.
    fn now(&self) -> Ts;
    /// Fills the buffer with random bytes, unpredictable outside tests.
    fn fill(&self, buffer: &mut [u8]);
}

/// The application's handle on time and randomness.
#[derive(Clone)]
pub struct Clock {
    source: Arc<dyn Source>,
    /// The last id's milliseconds and counter.
    last: Arc<AtomicU64>,
}

impl Clock {
    /// A clock over a source.
    pub fn new(source: impl Source + 'static) -> Clock {
        Clock::shared(Arc::new(source))
    }

    /// A clock over a source that the caller still controls.
    pub fn shared(source: Arc<dyn Source>) -> Clock {
        Clock { source, last: Arc::new(AtomicU64::new(0)) }
    }

    /// The operating system's clock and randomness.
    pub fn system() -> Clock {
        Clock::new(System)
    }

    /// The time now.
    pub fn now(&self) -> Ts {
        self.source.now()
    }

    /// A new UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, 12 bits of a counter (section 6.2, method 1), 62 random
    /// bits. The ids of a process increase, so that two rows of one microsecond keep their order.
    pub fn new_id(&self) -> Id {
        let mut random = [0u8; 10];
        self.source.fill(&mut random);
        let millis = u64::try_from(self.now().micros() / 1000).unwrap_or(0);
        let next = |last: u64| Some((last + 1).max(millis << 12));
        let last = self.last.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).unwrap_or_default();
        let stamp = (last + 1).max(millis << 12);
        random[0] = ((stamp >> 8) & 0x0f) as u8;
        random[1] = (stamp & 0xff) as u8;
        Id(uuid::Builder::from_unix_timestamp_millis(stamp >> 12, &random).into_uuid())
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0u8; N];
        self.source.fill(&mut buffer);
        buffer
    }
}

/// The operating system's clock and randomness.
struct System;

impl Source for System {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Ts {
        Ts::from_micros(Utc::now().timestamp_micros()).unwrap_or(Ts::NEVER)
    }

    fn fill(&self, buffer: &mut [u8]) {
        // Without randomness there is nothing safe to do.
        #[expect(clippy::expect_used, reason = "no secret may be made without randomness")]
        aws_lc_rs::rand::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// A clock that stands still until it is set, with bytes that only look random.
///
/// For tests and for the examples of the OpenAPI document; never for a server.
#[derive(Debug)]
pub struct Fixed {
    micros: AtomicI64,
    counter: AtomicU64,
}

impl Fixed {
    /// A clock that stands at this moment.
    pub fn at(moment: Ts) -> Arc<Fixed> {
        Arc::new(Fixed { micros: AtomicI64::new(moment.micros()), counter: AtomicU64::new(1) })
    }

    /// Sets it, forwards or backwards.
    pub fn set(&self, moment: Ts) {
        self.micros.store(moment.micros(), Ordering::SeqCst);
    }
}

impl Source for Fixed {
    fn now(&self) -> Ts {
        Ts::from_micros(self.micros.load(Ordering::SeqCst)).unwrap_or(Ts::NEVER)
    }

    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let count = self.counter.fetch_add(1, Ordering::SeqCst);
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &count.to_be_bytes());
            chunk.copy_from_slice(&digest.as_ref()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_response_never_reaches_the_next_minute() {
        let at = |text: &str| Ts::parse(text).map(Ts::seconds_left_in_minute);
        assert_eq!(at("2026-01-01T12:00:00Z"), Some(59));
        assert_eq!(at("2026-01-01T12:00:59.5Z"), Some(0));
        assert_eq!(at("2026-01-01T12:00:30Z"), Some(29));
    }

    #[test]
    fn moments_are_written_as_they_were_read() {
        for text in ["2026-01-01T12:00:00Z", "2026-01-01T12:00:00.123Z", "2026-01-01T12:00:00.123456Z"] {
            assert_eq!(Ts::parse(text).map(|at| at.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Ts::parse("2026-01-01T13:00:00+01:00"), Ts::parse("2026-01-01T12:00:00Z"));
    }

    #[test]
    fn a_day_is_that_of_london() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        let bounds =
            |text: &str| (Ts::start_of_day(day(text)).to_string(), Ts::end_of_day(day(text)).to_string());
        for (text, start, end) in [
            ("2026-01-15", "2026-01-15T00:00:00Z", "2026-01-15T23:59:59.999999Z"),
            ("2026-06-30", "2026-06-29T23:00:00Z", "2026-06-30T22:59:59.999999Z"),
            // The days on which the clocks change have 23 and 25 hours.
            ("2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T22:59:59.999999Z"),
            ("2026-10-25", "2026-10-24T23:00:00Z", "2026-10-25T23:59:59.999999Z"),
            // All of that winter it was an hour later.
            ("1970-01-15", "1970-01-14T23:00:00Z", "1970-01-15T22:59:59.999999Z"),
        ] {
            assert_eq!(bounds(text), (start.to_owned(), end.to_owned()));
            for moment in [start, end] {
                assert_eq!(Ts::parse(moment).map(Ts::day), Some(day(text)), "{moment}");
            }
        }
    }

    #[test]
    fn ids_of_one_process_rise() {
        let clock = Clock::shared(Fixed::at(Ts::NEVER));
        let ids: Vec<Id> = (0..10_000).map(|_| clock.new_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.0.get_version_num() == 7));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = Clock::system().new_id();
        assert_eq!(id.0.get_version_num(), 7);
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        assert_eq!(Id::parse(&id.to_string().to_uppercase().replace('0', "A")), None);
        assert_eq!(Id::parse(&id.0.simple().to_string()), None);
    }
}
