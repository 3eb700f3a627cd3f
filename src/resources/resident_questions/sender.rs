//! How many questions an address, and a network, has put on a day. The address is not stored, but its HMAC under a key of the day, which is
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
/// How many questions the addresses of one network can put on a day: a network of IPv4 has 24 bits, one of IPv6 48.
const MOST_OF_NETWORK: i64 = 30;

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

/// The network of an address, in words that no address has.
fn network(from: IpAddr) -> String {
    match from {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("network {a}.{b}.{c}")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("network {a:x}:{b:x}:{c:x}")
        }
    }
}

/// Counts a question of the caller's address, and of its network; 429 if it is one too many for this day in London.
pub fn count(call: &Call, conn: &mut Conn, from: IpAddr) -> Result<(), Problem> {
    let today = call.now().day();
    for table in ["question_sender", "question_day"] {
        Sql::new("DELETE FROM ").text(table).text(" WHERE day < ").bind(today).execute(conn)?;
    }
    let key = Key::new(HMAC_SHA256, &key_of(call, conn, today)?);
    let counted = [
        (from.to_string(), MOST, "one address"),
        (network(from), MOST_OF_NETWORK, "the addresses of one network together"),
    ];
    for (sender, most, whose) in counted {
        let sender = sign(&key, sender.as_bytes()).as_ref().to_vec();
        let sent: Sent = Sql::new("INSERT INTO question_sender (day, sender, questions) VALUES (")
            .bind(today)
            .text(", ")
            .bind(sender)
            .text(", 1) ON CONFLICT (day, sender) DO UPDATE SET questions = question_sender.questions + 1 RETURNING questions")
            .get_result(conn)?;
        if sent.questions > most {
            return Err(too_many(call, today, most, whose));
        }
    }
    Ok(())
}

fn too_many(call: &Call, today: NaiveDate, most: i64, whose: &str) -> Problem {
    let next = Ts::end_of_day(today);
    let seconds = (next.micros() - call.now().micros()) / 1_000_000 + 1;
    let detail = format!(
        "At most {most} questions a day are taken from {whose}. Send it again tomorrow, if questions are still open then."
    );
    Problem::new(&problem::TOO_MANY, detail).header("Retry-After", seconds.max(1).to_string())
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

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_has_24_bits_of_ipv4_and_48_of_ipv6() {
        for (address, expected) in [
            ("192.0.2.1", "network 192.0.2"),
            ("192.0.2.254", "network 192.0.2"),
            ("2001:db8:0:1::4", "network 2001:db8:0"),
            ("2001:db8:1::4", "network 2001:db8:1"),
        ] {
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
