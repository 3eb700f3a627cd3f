//! Checks across cells and rows: numbers against identifiers, rows against other rows.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::cell::brief;
use super::fields::GEO_CODE_TYPES;
use super::identifiers::{check_charity_number, check_company_number, publisher_prefix, split_org_id};
use super::sheet::{Row, Sheet};
use super::text;

/// The parties of a grant.
const PARTIES: [&str; 2] = ["recipient", "funder"];

/// The fields of a party with its numbers in registers.
const NUMBERS: [&str; 2] = ["charity_number", "company_number"];

/// Countries whose postcodes are checked.
const UNITED_KINGDOM: [&str; 8] =
    ["", "England", "Wales", "Scotland", "Northern Ireland", "United Kingdom", "GB", "UK"];

/// Adds the remarks that follow from several cells or rows.
pub fn check(sheet: &mut Sheet, rows: &[Row]) {
    let mut earlier = EarlierRows::default();
    for row in rows {
        let mut checked = CheckedRow { sheet, row: row.number, grant: &row.grant };
        checked.grant_itself();
        earlier.check_grant(&mut checked);
        for party in PARTIES {
            checked.party(party);
            earlier.check_party(&mut checked, party);
        }
    }
    similar_titles(sheet, rows);
}

/// Titles often begin with the name of a scheme (`Community Grant to …`). Warns where the name of a scheme is nearly
/// that of another.
fn similar_titles(sheet: &mut Sheet, rows: &[Row]) {
    let scheme = |row: &Row| -> Option<String> {
        let (scheme, _) = row.grant.get("title")?.as_str()?.split_once(" to ")?;
        (scheme.len() >= 10).then(|| scheme.to_owned())
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for scheme in rows.iter().filter_map(scheme) {
        *counts.entry(scheme).or_default() += 1;
    }
    // With so many different names there is nothing to compare.
    if counts.len() > 100 {
        return;
    }
    let similar = |one: &str, other: &str| strsim::damerau_levenshtein(one, other) <= 2;
    // Both names get the warning, since the commoner need not be the right one, unless it is ten times as common.
    let similar_to = |one: &String| {
        let others = counts.iter().filter(|(other, _)| *other != one && similar(one, other));
        others.filter(|(_, count)| **count * 10 > counts[one]).max_by_key(|(_, count)| **count)
    };
    for row in rows {
        if let Some(scheme) = scheme(row)
            && let Some((other, count)) = similar_to(&scheme)
        {
            let detail = format!(
                "This begins with “{}”, and {count} other titles with “{}”. Check which one is right.",
                brief(&scheme),
                brief(other)
            );
            let mut checked = CheckedRow { sheet, row: row.number, grant: &row.grant };
            checked.warning("", "title", "near_title", detail);
        }
    }
}

/// A row that is checked.
struct CheckedRow<'a> {
    sheet: &'a mut Sheet,
    row: u64,
    grant: &'a Map<String, Value>,
}

impl CheckedRow<'_> {
    /// The text of a field of the grant itself (`""`) or of one of its parts; empty if there is none.
    fn text(&self, group: &str, field: &str) -> &str {
        let value = if group.is_empty() {
            self.grant.get(field)
        } else {
            self.grant.get(group).and_then(|group| group.get(field))
        };
        value.and_then(Value::as_str).unwrap_or_default()
    }

    /// The title of a field's column; none if the file has no such column, or if the cell has an error already.
    fn title(&self, group: &str, item: usize, field: &str) -> Option<String> {
        let title = self.sheet.title(group, item, field)?;
        (!self.sheet.is_wrong(self.row, title)).then(|| title.to_owned())
    }

    fn error(&mut self, group: &str, field: &str, code: &'static str, detail: String) {
        if let Some(title) = self.title(group, 0, field) {
            self.sheet.error(self.row, &title, code, detail);
        }
    }

    fn warning(&mut self, group: &str, field: &str, code: &'static str, detail: String) {
        self.warning_of_item(group, 0, field, code, detail);
    }

    fn warning_of_item(&mut self, group: &str, item: usize, field: &str, code: &'static str, detail: String) {
        if let Some(title) = self.title(group, item, field) {
            self.sheet.warning(self.row, &title, code, detail);
        }
    }

    fn grant_itself(&mut self) {
        let identifier = self.text("", "identifier");
        if !identifier.is_empty() && publisher_prefix(identifier).is_none() {
            let detail = "A grant's identifier must begin with `360G-`, the publisher's prefix and `-`, such as `360G-prefix-1`.";
            self.warning("", "identifier", "identifier_form", detail.to_owned());
        }
        let length = self.text("", "title").chars().count();
        if length > 140 {
            let detail = format!("The title has {length} characters. The standard recommends at most 140.");
            self.warning("", "title", "long_title", detail);
        }
        for field in ["title", "description"] {
            if let Some(sign) = text::incomplete(self.text("", field)) {
                let detail = format!("This {sign}. Check whether text is missing.");
                self.warning("", field, "cut_off", detail);
            }
        }
        self.dates();
        self.amounts();
        self.locations();
    }

    fn dates(&mut self) {
        let awarded = self.text("", "award_date");
        let modified: String = self.text("", "last_modified").chars().take(10).collect();
        if !awarded.is_empty() && !modified.is_empty() && awarded > modified.as_str() {
            let detail = format!("The award is dated after the last modification of the row ({modified}).");
            self.warning("", "award_date", "after_modified", detail);
        }
        let (from, to) = (self.text("planned_dates", "from"), self.text("planned_dates", "to"));
        if !to.is_empty() && to < from {
            let detail = format!("This is before the start date ({from}). Give that date or a later one.");
            self.error("planned_dates", "to", "out_of_range", detail);
        }
    }

    fn amounts(&mut self) {
        let amount = |field: &str| self.grant.get(field).and_then(crate::record::money::pence_of);
        let (awarded, disbursed) = (amount("amount_awarded"), amount("amount_disbursed"));
        if awarded == Some(0) {
            let detail = "The amount awarded is zero. Leave the grant out if no award was made.";
            self.warning("", "amount_awarded", "nothing_awarded", detail.to_owned());
        }
        if disbursed > awarded && awarded.is_some() {
            let detail = "The amount paid is larger than the amount awarded.";
            self.warning("", "amount_disbursed", "more_than_awarded", detail.to_owned());
        }
    }

    fn locations(&mut self) {
        let locations = self.grant.get("beneficiary_locations").and_then(Value::as_array);
        for (item, location) in locations.into_iter().flatten().enumerate() {
            let mut warning = |field: &str, code: &'static str, detail: String| {
                self.warning_of_item("beneficiary_locations", item, field, code, detail);
            };
            let code_type = location["geo_code_type"].as_str();
            if let Some(code_type) = code_type.filter(|code_type| !GEO_CODE_TYPES.contains(code_type)) {
                let detail = format!("`{}` is not in the standard's code list.", brief(code_type));
                warning("geo_code_type", "code_type", detail);
            }
            for (one, other, code) in
                [("geo_code", "geo_code_type", "half_a_code"), ("latitude", "longitude", "half_a_point")]
            {
                if location[one].is_string() != location[other].is_string() {
                    let (present, missing) =
                        if location[one].is_string() { (one, other) } else { (other, one) };
                    warning(missing, code, format!("This is empty. Give it together with `{present}`."));
                }
            }
        }
    }

    /// Checks the numbers and the identifier of a party against one another.
    fn party(&mut self, party: &str) {
        let id = self.text(party, "id").to_owned();
        if id.is_empty() {
            return;
        }
        self.org_id(party, &id);
        for (scheme, field, check) in [
            ("GB-CHC", "charity_number", check_charity_number as fn(&str) -> Result<(), String>),
            ("GB-COH", "company_number", check_company_number),
        ] {
            let number = self.text(party, field).to_owned();
            let valid = if number.is_empty() { Ok(()) } else { check(&number) };
            if let Err(detail) = &valid {
                self.warning(party, field, "malformed_number", detail.clone());
            }
            let in_id = id.strip_prefix(scheme).and_then(|rest| rest.strip_prefix('-'));
            match in_id {
                Some(in_id) if number.is_empty() => {
                    let detail = format!("This is empty, and the identifier contains `{in_id}`.");
                    self.warning(party, field, "number_missing", detail);
                }
                Some(in_id) if in_id != number => {
                    let detail =
                        format!("This is `{}`, and the identifier contains `{in_id}`.", brief(&number));
                    self.warning(party, field, "contradiction", detail);
                }
                Some(_) | None => {}
            }
            if id.starts_with("360G-") && valid.is_ok() && !number.is_empty() {
                let detail =
                    format!("Use the public identifier that follows from the number: `{scheme}-{number}`.");
                self.warning(party, "id", "own_identifier", detail);
            }
        }
        let postcode = self.text(party, "postal_code");
        if UNITED_KINGDOM.contains(&self.text(party, "country"))
            && !postcode.is_empty()
            && !text::is_postcode(postcode)
        {
            let detail =
                format!("`{}` does not have the form of a postcode, such as `M16 7GX`.", brief(postcode));
            self.warning(party, "postal_code", "postcode", detail);
        }
    }

    fn org_id(&mut self, party: &str, id: &str) {
        let invalid: String =
            id.chars().filter(|letter| !letter.is_ascii_alphanumeric() && !"._-".contains(*letter)).collect();
        if !invalid.is_empty() {
            let detail = format!(
                "An org-id can have letters, digits, `-`, `_` and `.`. This has `{}`.",
                brief(&invalid)
            );
            self.warning(party, "id", "odd_characters", detail);
        }
        let Some((scheme, number)) = split_org_id(id) else {
            let detail = format!(
                "`{}` must begin with the code of a list of org-id.guide (such as `GB-CHC-` or `GB-COH-`), or with `360G-` and a prefix.",
                brief(id)
            );
            return self.warning(party, "id", "org_id_form", detail);
        };
        let valid = match scheme.as_str() {
            "GB-CHC" => check_charity_number(&number),
            "GB-COH" => check_company_number(&number),
            _ => Ok(()),
        };
        if let Err(detail) = valid {
            self.warning(party, "id", "malformed_number", detail);
        }
        let primary_register = match number.get(..2) {
            Some("CE") => {
                "charitable incorporated organisations are registered by the Charity Commission (`GB-CHC`)"
            }
            Some("IP" | "RS" | "SP") => {
                "societies are registered by the Financial Conduct Authority (`GB-MPR`)"
            }
            _ => "",
        };
        if scheme == "GB-COH" && !primary_register.is_empty() {
            let detail = format!("Companies House lists `{}`, but {primary_register}.", brief(&number));
            self.warning(party, "id", "other_register", detail);
        }
        let (of_grant, of_party) = (publisher_prefix(self.text("", "identifier")), publisher_prefix(id));
        if let (Some(of_grant), Some(of_party)) = (of_grant, of_party)
            && of_grant != of_party
        {
            let detail = format!(
                "The publisher's prefix is `{of_party}` here and `{of_grant}` in the grant's identifier."
            );
            self.warning(party, "id", "other_prefix", detail);
        }
    }
}

/// What the rows before the current one contain.
#[derive(Default)]
struct EarlierRows {
    /// The row of each identifier.
    identifiers: HashMap<String, u64>,
    /// The row of each award: recipient, date and amount.
    awards: HashMap<(String, String, String), u64>,
    /// The parties by org-id.
    parties: HashMap<String, EarlierParty>,
    /// The org-id and the row of each name.
    names: HashMap<String, (String, u64)>,
}

/// The first mention of an org-id.
struct EarlierParty {
    row: u64,
    name: String,
    /// In the order of [`NUMBERS`].
    numbers: [String; 2],
}

impl EarlierRows {
    fn check_grant(&mut self, checked: &mut CheckedRow) {
        let row = checked.row;
        let identifier = checked.text("", "identifier").to_owned();
        if identifier.is_empty() {
            return;
        }
        if let Some(first) = self.identifiers.get(&identifier).copied() {
            let detail = format!("Row {first} has this identifier already. Each grant must have its own.");
            return checked.error("", "identifier", "duplicate", detail);
        }
        self.identifiers.insert(identifier, row);
        let amount = checked.grant.get("amount_awarded").and_then(|amount| amount["amount"].as_str());
        let award = (
            checked.text("recipient", "id").to_owned(),
            checked.text("", "award_date").to_owned(),
            amount.unwrap_or_default().to_owned(),
        );
        if award.0.is_empty() || award.1.is_empty() || award.2.is_empty() {
            return;
        }
        if let Some(first) = self.awards.get(&award) {
            let detail = format!(
                "Row {first} has the same recipient, date and amount. Check whether the two rows are one grant."
            );
            checked.warning("", "identifier", "same_award", detail);
        } else {
            self.awards.insert(award, row);
        }
    }

    fn check_party(&mut self, checked: &mut CheckedRow, party: &str) {
        let (id, name) = (checked.text(party, "id").to_owned(), checked.text(party, "name").to_owned());
        if id.is_empty() || name.is_empty() {
            return;
        }
        let (first_id, first_row) = self
            .names
            .entry(text::simplified_name(&name))
            .or_insert_with(|| (id.clone(), checked.row))
            .clone();
        if first_id != id {
            let detail = format!(
                "Row {first_row} has `{}` for an organisation with the same name, or nearly the same. Check whether the two are one organisation.",
                brief(&first_id)
            );
            checked.warning(party, "id", "other_identifier", detail);
        }
        let numbers = NUMBERS.map(|field| checked.text(party, field).to_owned());
        let Some(first) = self.parties.get(&id) else {
            self.parties.insert(id, EarlierParty { row: checked.row, name, numbers });
            return;
        };
        if first.name != name {
            let detail = format!("Row {} names `{}` “{}”.", first.row, brief(&id), brief(&first.name));
            checked.warning(party, "name", "other_name", detail);
        }
        for ((field, number), first_number) in NUMBERS.into_iter().zip(&numbers).zip(&first.numbers) {
            if first_number != number {
                let shown = |number: &str| {
                    if number.is_empty() { "none".to_owned() } else { format!("`{}`", brief(number)) }
                };
                let detail = format!(
                    "Row {} has {} for `{}`, and this row has {}.",
                    first.row,
                    shown(first_number),
                    brief(&id),
                    shown(number)
                );
                checked.warning(party, field, "other_number", detail);
            }
        }
    }
}
