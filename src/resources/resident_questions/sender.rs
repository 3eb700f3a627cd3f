//! How many questions an address has put on a day. The address is not stored, but its HMAC under a key of the day, which is
//! random and deleted when the day is over: then nobody can find out whether an address had put one.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types as st;
use std::net::IpAddr;

use crate::clock::Ts;
use crate::http::Call;
use crate::problem::{self, Problem};
use crate::store::{Conn, Sql};

/// How many questions an address can put on a day.
const MOST: i64 = 3;

#[derive(QueryableByName)]
struct DayKey {
    #[diesel(sql_type = st::Binary)]
    key: Vec<u8>,
}

#[derive(QueryableByName)]
struct Sent {
    #[diesel(sql_type = st::BigInt)]
    questions: i64,
}

/// Counts a question of the caller's address; 429 if it is one too many for this day in London.
pub fn count(call: &Call, conn: &mut Conn, from: IpAddr) -> Result<(), Problem> {
    let today = call.now().day();
    for table in ["question_sender", "question_day"] {
        Sql::new("DELETE FROM ").text(table).text(" WHERE day < ").bind(today).execute(conn)?;
    }
    let key = key_of(call, conn, today)?;
    let sender = sign(&Key::new(HMAC_SHA256, &key), from.to_string().as_bytes()).as_ref().to_vec();
    let sent: Sent = Sql::new("INSERT INTO question_sender (day, sender, questions) VALUES (")
        .bind(today)
        .text(", ")
        .bind(sender)
        .text(", 1) ON CONFLICT (day, sender) DO UPDATE SET questions = question_sender.questions + 1 RETURNING questions")
        .get_result(conn)?;
    if sent.questions <= MOST {
        return Ok(());
    }
    let next = Ts::end_of_day(today);
    let seconds = (next.micros() - call.now().micros()) / 1_000_000 + 1;
    Err(Problem::new(
        &problem::TOO_MANY,
        format!("At most {MOST} questions a day are taken from one address. Put it tomorrow, before the meeting's `close_on`."),
    )
    .header("Retry-After", seconds.max(1).to_string()))
}

/// The key of the day; made when the first question of the day comes.
fn key_of(call: &Call, conn: &mut Conn, today: NaiveDate) -> Result<Vec<u8>, Problem> {
    let new: [u8; 32] = call.state.clock.random();
    Sql::new("INSERT INTO question_day (day, key) VALUES (")
        .bind(today)
        .text(", ")
        .bind(new.to_vec())
        .text(") ON CONFLICT (day) DO NOTHING")
        .execute(conn)?;
    let stored: DayKey =
        Sql::new("SELECT key FROM question_day WHERE day = ").bind(today).get_result(conn)?;
    Ok(stored.key)
}
