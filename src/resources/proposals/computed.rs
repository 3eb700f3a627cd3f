//! What follows from a proposal: the change of the council tax, whether a veto is in force, and what is due.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use serde_json::{Value, json};

use super::dto::{ProposalContent, ProposedPrecept};
use crate::problem::Problem;
use crate::record::row::Row;
use crate::record::visible::Visibility;
use crate::resources::clocks;
use crate::store::{Conn, Sql};

/// The schema of the computed fields of a proposal.
pub fn schema() -> Value {
    let decimal = |places: &str, about: &str| json!({"type": ["string", "null"], "maxLength": 21, "pattern": format!("^-?[0-9]+\\.[0-9]{{{places}}}$"), "readOnly": true, "description": about});
    json!({"type": "object", "properties": {
        "change": decimal("2", "How much more than the year before in Band D, in pounds."),
        "change_pct": decimal("1", "The same in per cent, rounded half away from zero."),
        "veto_in_force": {"type": "boolean", "readOnly": true, "description": "Whether the Panel has vetoed it and reported that in time: by 8 February, or within three weeks. A later veto lapses."},
        "clocks": clocks::schema(),
    }})
}

/// The fields of each proposal, with a fixed number of statements for all of them.
pub fn computed(conn: &mut Conn, rows: &[Row], visibility: &Visibility) -> Result<Vec<Value>, Problem> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let pg = conn.is_pg();
    let chosen =
        |alias: &'static str| Sql::new(alias).text(".record").one_of(pg, rows.iter().map(|row| row.record));
    let reader = clocks::reader(conn, visibility)?;
    let (all, in_force) = clocks::of_proposals(conn, &reader, &chosen)?;
    let clocks = clocks::by_record(all);
    rows.iter()
        .map(|row| {
            let content = ProposalContent::deserialize(row.content_value()?).map_err(Problem::internal)?;
            let change = content.precept.as_ref().and_then(change);
            Ok(json!({
                "change": change.map(|(change, _)| change.to_string()),
                "change_pct": change.and_then(|(_, share)| share).map(|share| share.to_string()),
                "veto_in_force": in_force.contains(&row.record),
                "clocks": clocks.get(&row.record).unwrap_or(&vec![]),
            }))
        })
        .collect()
}

/// The change from the year before: in pounds, and in per cent of it.
fn change(precept: &ProposedPrecept) -> Option<(Decimal, Option<Decimal>)> {
    let (now, before) = (precept.band_d.pence()?, precept.previous_band_d?.pence()?);
    let change = now - before;
    let share = Decimal::from(change)
        .checked_mul(Decimal::ONE_HUNDRED)
        .and_then(|change| change.checked_div(Decimal::from(before)))
        .map(|share| {
            let mut share = share.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
            share.rescale(1);
            share
        });
    Some((Decimal::new(change, 2), share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_is_exact_and_its_share_is_rounded() {
        let precept = |now: &str, before: &str| -> ProposedPrecept {
            let gbp = |amount: &str| json!({"amount": amount, "currency": "GBP"});
            let precept = json!({"financial_year": "2024-04-01/P1Y", "band_d": gbp(now), "previous_band_d": gbp(before)});
            serde_json::from_value(precept).unwrap()
        };
        for (now, before, expected) in [
            ("279.60", "266.60", ("13.00", Some("4.9"))),
            ("266.60", "251.60", ("15.00", Some("6.0"))),
            ("100.05", "100.00", ("0.05", Some("0.1"))),
            ("99.95", "100.00", ("-0.05", Some("-0.1"))),
            ("100.00", "100.00", ("0.00", Some("0.0"))),
            ("100.00", "0.00", ("100.00", None)),
        ] {
            let (change, share) = change(&precept(now, before)).unwrap();
            let share = share.map(|share| share.to_string());
            assert_eq!((change.to_string().as_str(), share.as_deref()), expected, "{now} after {before}");
        }
    }
}
