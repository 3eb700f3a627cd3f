//! Rows against the rows before them: the same award twice, one organisation under two names or numbers.

use std::collections::HashMap;

use super::checked::CheckedGrant;
use super::sheet::Place;
use super::text::{self, brief};

/// The fields of a party with its numbers in registers.
const NUMBERS: [&str; 2] = ["charity_number", "company_number"];

/// What the rows before the current one contain.
#[derive(Default)]
pub struct EarlierRows {
    /// The row of each award: recipient, date and amount.
    awards: HashMap<(String, String, String), Place>,
    /// The parties by org-id.
    parties: HashMap<String, EarlierParty>,
    /// The org-id and the row of each name.
    names: HashMap<String, (String, Place)>,
}

/// The first mention of an org-id.
struct EarlierParty {
    place: Place,
    name: String,
    /// In the order of [`NUMBERS`].
    numbers: [String; 2],
}

impl EarlierRows {
    /// Checks a grant, and remembers it.
    pub fn check_grant(&mut self, checked: &mut CheckedGrant<'_>) {
        let place = checked.row.place;
        let amount = checked.row.fields.get("amount_awarded").and_then(|amount| amount["amount"].as_str());
        let award = (
            checked.text("recipient", "id").to_owned(),
            checked.text("", "award_date").to_owned(),
            amount.unwrap_or_default().to_owned(),
        );
        if award.0.is_empty() || award.1.is_empty() || award.2.is_empty() {
            return;
        }
        if let Some(first) = self.awards.get(&award).copied() {
            let first = checked.sheet.shown(first, place);
            let detail = format!(
                "{first} has the same recipient, date and amount. Check whether the two rows are one grant."
            );
            checked.warning("", "identifier", "same_award", detail);
        } else {
            self.awards.insert(award, place);
        }
    }

    /// Checks a party of a grant, and remembers it.
    pub fn check_party(&mut self, checked: &mut CheckedGrant<'_>, party: &str) {
        let (id, name) = (checked.text(party, "id").to_owned(), checked.text(party, "name").to_owned());
        if id.is_empty() || name.is_empty() {
            return;
        }
        let (first_id, first_row) = self
            .names
            .entry(text::simplified_name(&name))
            .or_insert_with(|| (id.clone(), checked.row.place))
            .clone();
        let from = checked.row.place;
        if first_id != id {
            let first_row = checked.sheet.shown(first_row, from);
            let detail = format!(
                "{first_row} has `{}` for an organisation with the same name, or nearly the same. Check whether the two are one organisation.",
                brief(&first_id)
            );
            checked.warning(party, "id", "other_identifier", detail);
        }
        let numbers = NUMBERS.map(|field| checked.text(party, field).to_owned());
        let Some(first) = self.parties.get(&id) else {
            self.parties.insert(id, EarlierParty { place: from, name, numbers });
            return;
        };
        if first.name != name {
            let shown = checked.sheet.shown(first.place, from);
            let detail = format!("{shown} names `{}` “{}”.", brief(&id), brief(&first.name));
            checked.warning(party, "name", "other_name", detail);
        }
        for ((field, number), first_number) in NUMBERS.into_iter().zip(&numbers).zip(&first.numbers) {
            if first_number != number {
                let shown = |number: &str| {
                    if number.is_empty() { "none".to_owned() } else { format!("`{}`", brief(number)) }
                };
                let place = checked.sheet.shown(first.place, from);
                let detail = format!(
                    "{place} has {} for `{}`, and this row has {}.",
                    shown(first_number),
                    brief(&id),
                    shown(number)
                );
                checked.warning(party, field, "other_number", detail);
            }
        }
    }
}
