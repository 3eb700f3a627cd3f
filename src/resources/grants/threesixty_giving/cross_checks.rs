//! Checks across cells and rows: numbers against identifiers, rows against other rows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::checked::CheckedGrant;
use super::earlier::EarlierRows;
use super::fields::GEO_CODE_TYPES;
use super::identifiers;
use super::identifiers::{check_charity_number, check_company_number, publisher_prefix, split_org_id};
use super::sheet::{Grant, LOCATIONS, Sheet};
use super::text::{self, brief};
use crate::record::kind::KnownParty;
use crate::resources::shared::PartialDate;

/// The parties of a grant.
const PARTIES: [&str; 2] = ["recipient", "funder"];

/// Countries whose postcodes are checked.
const UNITED_KINGDOM: [&str; 8] =
    ["", "England", "Wales", "Scotland", "Northern Ireland", "United Kingdom", "GB", "UK"];

/// Adds the remarks that follow from several cells or rows.
pub fn check(sheet: &mut Sheet, grants: &[Grant], known: &BTreeMap<String, KnownParty>) {
    let mut earlier = EarlierRows::default();
    for grant in grants {
        let mut checked = CheckedGrant { sheet, row: grant };
        checked.grant_itself();
        earlier.check_grant(&mut checked);
        for party in PARTIES {
            checked.party(party);
            checked.name_on_record(party, known);
            earlier.check_party(&mut checked, party);
        }
    }
    similar_titles(sheet, grants);
}

/// The longest name of a scheme that is compared with others, in bytes.
const LONGEST_SCHEME: usize = 80;
/// How many bytes longer one of two names that two letters tell apart can be.
const MOST_DIFFERENT: usize = 8;

/// Titles often begin with the name of a scheme (`Community Grant to …`). Warns where the name of a scheme is nearly
/// that of another.
fn similar_titles(sheet: &mut Sheet, grants: &[Grant]) {
    let scheme = |grant: &Grant| -> Option<String> {
        let (scheme, _) = grant.fields.get("title")?.as_str()?.split_once(" to ")?;
        (10..=LONGEST_SCHEME).contains(&scheme.len()).then(|| scheme.to_owned())
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for scheme in grants.iter().filter_map(scheme) {
        *counts.entry(scheme).or_default() += 1;
    }
    // With so many different names there is nothing to compare.
    if counts.len() > 100 {
        return;
    }
    let similar = |one: &str, other: &str| {
        one.len().abs_diff(other.len()) <= MOST_DIFFERENT && strsim::osa_distance(one, other) <= 2
    };
    // Both names get the warning, since the commoner need not be the right one, unless it is ten times as common.
    let similar_to = |one: &String| {
        let others = counts.iter().filter(|(other, _)| *other != one && similar(one, other));
        others.filter(|(_, count)| **count * 10 > counts[one]).max_by_key(|(_, count)| **count)
    };
    let similar: BTreeMap<&String, (&String, &usize)> =
        counts.keys().filter_map(|one| Some((one, similar_to(one)?))).collect();
    for grant in grants {
        if let Some(scheme) = scheme(grant)
            && let Some((other, count)) = similar.get(&scheme)
        {
            let detail = format!(
                "This begins with “{}”, and {count} other titles with “{}”. Check which one is right.",
                brief(&scheme),
                brief(other)
            );
            let mut checked = CheckedGrant { sheet, row: grant };
            checked.warning("", "title", "near_title", detail);
        }
    }
}

impl CheckedGrant<'_> {
    /// Warns where the file names an organisation otherwise than it is named on record.
    fn name_on_record(&mut self, party: &str, known: &BTreeMap<String, KnownParty>) {
        let (id, name) = (self.text(party, "id"), self.text(party, "name"));
        let Some(known) = known.get(id).filter(|_| !name.is_empty()) else { return };
        if text::simplified_name(&known.name) != text::simplified_name(name) {
            let detail = format!(
                "On record, `{}` is “{}”. Check whether the identifier is that of “{}”.",
                brief(id),
                brief(&known.name),
                brief(name)
            );
            self.warning(party, "name", "name_on_record", detail);
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
        let last = PartialDate::parse(to).and_then(|to| to.last_day());
        let first = PartialDate::parse(from).and_then(|from| from.first_day());
        if last.is_some() && last < first {
            let detail = format!("This is before the start date ({from}). Give that date or a later one.");
            self.error("planned_dates", "to", "out_of_range", detail);
        }
    }

    fn amounts(&mut self) {
        let amount = |field: &str| self.row.fields.get(field).and_then(crate::record::money::pence_of);
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
        let row = self.row;
        let locations = row.fields.get(LOCATIONS).and_then(Value::as_array);
        for (n, location) in locations.into_iter().flatten().enumerate() {
            let mut warning = |field: &str, code: &'static str, detail: String| {
                self.location_warning(n, field, code, detail);
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
                "An org-id can have letters, digits, `-`, `_` and `.`. This has {}.",
                identifiers::visible(&invalid)
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
        if scheme == "GB-CHC" && (number.starts_with("SC") || number.starts_with("NIC")) {
            let register = match number.strip_prefix("NIC") {
                Some(number) => format!("the Charity Commission for Northern Ireland: `GB-NIC-{number}`"),
                None => format!("the Scottish Charity Regulator: `GB-SC-{number}`"),
            };
            let detail = format!("`{}` is a number of {register}.", brief(&number));
            self.warning(party, "id", "other_register", detail);
        }
        if scheme == "GB-NIC"
            && let Some(digits) = number.strip_prefix("NIC")
        {
            let detail = format!("In an org-id the number has no `NIC`: `GB-NIC-{digits}`.");
            self.warning(party, "id", "malformed_number", detail);
        }
        if scheme == "GB-SC" && !number.starts_with("SC") {
            let detail = format!("A Scottish charity number begins with `SC`: `GB-SC-SC{}`.", brief(&number));
            self.warning(party, "id", "malformed_number", detail);
        }
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
