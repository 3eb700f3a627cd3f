//! What is told by more than one cell: numbers against identifiers, rows against rows.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::cells::brief;
use super::fields::{GEO_CODE_TYPES, GRANT};
use super::read::{Row, Sheet};
use super::words;

/// Says all that the rows tell together.
pub fn across(sheet: &mut Sheet, rows: &[Row]) {
    let mut seen = Seen::default();
    for row in rows {
        let mut grant = Grant { sheet, row: row.row, grant: &row.grant };
        grant.of_itself();
        seen.grant(&mut grant);
        for member in ["recipient", "funder"] {
            grant.party(member);
            seen.party(&mut grant, member);
        }
    }
    titles(sheet, rows);
}

/// Titles often begin alike (`Community Grant to …`): says where one beginning is a slip away from another.
fn titles(sheet: &mut Sheet, rows: &[Row]) {
    let beginning = |row: &Row| -> Option<String> {
        let (beginning, _) = row.grant.get("title")?.as_str()?.split_once(" to ")?;
        (beginning.len() >= 10).then(|| beginning.to_owned())
    };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for beginning in rows.iter().filter_map(beginning) {
        *times.entry(beginning).or_default() += 1;
    }
    // Where nearly every title begins in its own way there is nothing to compare.
    if times.len() > 100 {
        return;
    }
    let slip = |one: &str, other: &str| strsim::damerau_levenshtein(one, other) <= 2;
    // Of two, both are told: the commoner need not be the right one, unless it is ten times as common.
    let near = |one: &String| {
        let others = times.iter().filter(|(other, _)| *other != one && slip(one, other));
        others.filter(|(_, count)| **count * 10 > times[one]).max_by_key(|(_, count)| **count)
    };
    for row in rows {
        if let Some(beginning) = beginning(row)
            && let Some((other, count)) = near(&beginning)
        {
            let mut grant = Grant { sheet, row: row.row, grant: &row.grant };
            let detail = format!(
                "This begins “{}”, and elsewhere it is “{}” ({count} times): see which is meant.",
                brief(&beginning),
                brief(other)
            );
            grant.remark("", "title", "near_title", detail);
        }
    }
}

/// A grant that is looked at.
struct Grant<'a> {
    sheet: &'a mut Sheet,
    row: u64,
    grant: &'a serde_json::Map<String, Value>,
}

impl Grant<'_> {
    fn text(&self, group: &str, field: &str) -> &str {
        let item = if group.is_empty() {
            self.grant.get(field)
        } else {
            self.grant.get(group).and_then(|group| group.get(field))
        };
        item.and_then(Value::as_str).unwrap_or_default()
    }

    /// Says something of a column; nothing where the file has no such column, or where that cell is wrong already.
    fn say(&mut self, group: &str, field: &str, code: &'static str, fatal: bool, detail: String) {
        self.say_of(group, 0, field, code, fatal, detail);
    }

    fn say_of(
        &mut self,
        group: &str,
        number: usize,
        field: &str,
        code: &'static str,
        fatal: bool,
        detail: String,
    ) {
        let title = self.sheet.title(group, number, field);
        if let Some(title) = title.filter(|title| !self.sheet.is_wrong(self.row, title)) {
            self.sheet.say(self.row, &title, code, fatal, detail);
        }
    }

    fn remark(&mut self, group: &str, field: &str, code: &'static str, detail: String) {
        self.say(group, field, code, false, detail);
    }

    fn of_itself(&mut self) {
        let identifier = self.text("", "identifier").to_owned();
        if !identifier.is_empty() && prefix(&identifier).is_none() {
            let detail = "A grant's identifier begins with `360G-`, the publisher's prefix and `-`, such as `360G-prefix-1`.";
            self.remark("", "identifier", "identifier_form", detail.to_owned());
        }
        let length = self.text("", "title").chars().count();
        if length > 140 {
            self.remark(
                "",
                "title",
                "long_title",
                format!("The title has {length} characters; the standard recommends at most 140."),
            );
        }
        for field in GRANT.fields.iter().filter(|field| ["title", "description"].contains(&field.ours)) {
            if let Some(how) = words::cut_off(self.text("", field.ours)) {
                self.remark(
                    "",
                    field.ours,
                    "cut_off",
                    format!("This {how}: see whether some of it is missing."),
                );
            }
        }
        self.dates();
        self.sums();
        self.places();
    }

    fn dates(&mut self) {
        let awarded = self.text("", "award_date").to_owned();
        let modified: String = self.text("", "last_modified").chars().take(10).collect();
        if !awarded.is_empty() && !modified.is_empty() && awarded > modified {
            self.remark(
                "",
                "award_date",
                "after_modified",
                format!("It was awarded after the row was last modified ({modified})."),
            );
        }
        let (from, to) =
            (self.text("planned_dates", "from").to_owned(), self.text("planned_dates", "to").to_owned());
        if !to.is_empty() && to < from {
            self.say(
                "planned_dates",
                "to",
                "out_of_range",
                true,
                format!("This is before the start date ({from})."),
            );
        }
    }

    fn sums(&mut self) {
        let sum = |field: &str| self.grant.get(field).and_then(crate::record::money::pence_of);
        let (awarded, disbursed) = (sum("amount_awarded"), sum("amount_disbursed"));
        if awarded == Some(0) {
            self.remark(
                "",
                "amount_awarded",
                "nothing_awarded",
                "A grant of nothing: leave it out if none was made.".to_owned(),
            );
        }
        if disbursed > awarded && awarded.is_some() {
            self.remark(
                "",
                "amount_disbursed",
                "more_than_awarded",
                "More was paid than awarded.".to_owned(),
            );
        }
    }

    fn places(&mut self) {
        let places = self.grant.get("beneficiary_locations").and_then(Value::as_array);
        for (number, place) in places.into_iter().flatten().enumerate() {
            let mut say = |field: &str, code: &'static str, detail: String| {
                self.say_of("beneficiary_locations", number, field, code, false, detail);
            };
            let kind = place["geo_code_type"].as_str();
            if let Some(kind) = kind.filter(|kind| !GEO_CODE_TYPES.contains(kind)) {
                say(
                    "geo_code_type",
                    "code_type",
                    format!("`{}` is not in the standard's list.", brief(kind)),
                );
            }
            for (one, other, code) in
                [("geo_code", "geo_code_type", "half_a_code"), ("latitude", "longitude", "half_a_point")]
            {
                if place[one].is_string() != place[other].is_string() {
                    let (there, empty) = if place[one].is_string() { (one, other) } else { (other, one) };
                    say(empty, code, format!("This is empty, and `{there}` needs it."));
                }
            }
        }
    }

    /// A recipient's or funder's numbers and identifier against one another.
    fn party(&mut self, member: &str) {
        let id = self.text(member, "id").to_owned();
        if id.is_empty() {
            return;
        }
        self.identifier(member, &id);
        for (scheme, field, well) in [
            ("GB-CHC", "charity_number", charity as fn(&str) -> Result<(), String>),
            ("GB-COH", "company_number", company),
        ] {
            let number = self.text(member, field).to_owned();
            self.number(member, field, &number, well);
            let stated = id.strip_prefix(scheme).and_then(|rest| rest.strip_prefix('-'));
            match stated {
                Some(stated) if number.is_empty() => {
                    self.remark(
                        member,
                        field,
                        "number_missing",
                        format!("The identifier says `{stated}`; this is empty."),
                    );
                }
                Some(stated) if stated != number => {
                    self.remark(
                        member,
                        field,
                        "contradiction",
                        format!("The identifier says `{stated}`, this says `{}`.", brief(&number)),
                    );
                }
                Some(_) | None => {}
            }
            if id.starts_with("360G-") && well(&number).is_ok() && !number.is_empty() {
                self.remark(
                    member,
                    "id",
                    "own_identifier",
                    format!("With its number it would be `{scheme}-{number}`, by which everybody knows it."),
                );
            }
        }
        let postcode = self.text(member, "postal_code").to_owned();
        let country = self.text(member, "country");
        let here = ["", "England", "Wales", "Scotland", "Northern Ireland", "United Kingdom", "GB", "UK"]
            .contains(&country);
        if here && !postcode.is_empty() && !words::postcode(&postcode) {
            self.remark(
                member,
                "postal_code",
                "postcode",
                format!("`{}` is not written as postcodes are, such as `M16 7GX`.", brief(&postcode)),
            );
        }
    }

    fn number(&mut self, member: &str, field: &str, number: &str, well: fn(&str) -> Result<(), String>) {
        if let (false, Err(detail)) = (number.is_empty(), well(number)) {
            self.remark(member, field, "malformed_number", detail);
        }
    }

    fn identifier(&mut self, member: &str, id: &str) {
        let odd: String =
            id.chars().filter(|letter| !letter.is_ascii_alphanumeric() && !"._-".contains(*letter)).collect();
        if !odd.is_empty() {
            self.remark(
                member,
                "id",
                "odd_characters",
                format!("An org-id has letters, digits, `-`, `_` and `.`; this has `{}`.", brief(&odd)),
            );
        }
        let Some((scheme, rest)) = scheme(id) else {
            let detail = format!(
                "`{}` does not begin with a list of org-id.guide (such as `GB-CHC-`, `GB-COH-`) or with `360G-` and a prefix.",
                brief(id)
            );
            return self.remark(member, "id", "org_id_form", detail);
        };
        let well = match scheme.as_str() {
            "GB-CHC" => charity(&rest),
            "GB-COH" => company(&rest),
            _ => Ok(()),
        };
        if let Err(detail) = well {
            self.remark(member, "id", "malformed_number", detail);
        }
        let register = match rest.get(..2) {
            Some("CE") => {
                "charitable incorporated organisations are registered by the Charity Commission (`GB-CHC`)"
            }
            Some("IP" | "RS" | "SP") => {
                "societies are registered by the Financial Conduct Authority (`GB-MPR`)"
            }
            _ => "",
        };
        if scheme == "GB-COH" && !register.is_empty() {
            let detail = format!("`{}` is listed by Companies House, but {register}.", brief(&rest));
            self.remark(member, "id", "other_register", detail);
        }
        let (ours, theirs) = (prefix(self.text("", "identifier")).map(str::to_owned), prefix(id));
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours != theirs
        {
            let detail =
                format!("The publisher's prefix is `{ours}` in the grant's identifier and `{theirs}` here.");
            self.remark(member, "id", "other_prefix", detail);
        }
    }
}

/// What earlier rows said.
#[derive(Default)]
struct Seen {
    grants: HashMap<String, u64>,
    awards: HashMap<(String, String, String), u64>,
    parties: HashMap<String, Known>,
    names: HashMap<String, (String, u64)>,
}

/// What is known of an org-id.
struct Known {
    row: u64,
    name: String,
    /// The charity's and the company's number.
    numbers: [String; 2],
}

impl Seen {
    fn grant(&mut self, grant: &mut Grant) {
        let row = grant.row;
        let identifier = grant.text("", "identifier").to_owned();
        if identifier.is_empty() {
            return;
        }
        if let Some(first) = self.grants.get(&identifier).copied() {
            return grant.say(
                "",
                "identifier",
                "duplicate",
                true,
                format!("Row {first} has this identifier already; each grant has its own."),
            );
        }
        self.grants.insert(identifier, row);
        let sum =
            grant.grant.get("amount_awarded").and_then(|sum| sum["amount"].as_str()).unwrap_or_default();
        let award = (
            grant.text("recipient", "id").to_owned(),
            grant.text("", "award_date").to_owned(),
            sum.to_owned(),
        );
        if award.0.is_empty() || award.1.is_empty() || award.2.is_empty() {
            return;
        }
        match self.awards.get(&award) {
            Some(first) => {
                let detail = format!(
                    "Row {first} has the same recipient, day and amount: see whether it is one grant told twice."
                );
                grant.remark("", "identifier", "same_award", detail);
            }
            None => {
                self.awards.insert(award, row);
            }
        }
    }

    fn party(&mut self, grant: &mut Grant, member: &str) {
        let (id, name) = (grant.text(member, "id").to_owned(), grant.text(member, "name").to_owned());
        if id.is_empty() || name.is_empty() {
            return;
        }
        let (other, first) =
            self.names.entry(words::folded(&name)).or_insert_with(|| (id.clone(), grant.row)).clone();
        if other != id {
            let detail = format!(
                "Row {first} has `{}` for an organisation of the same name or nearly so: see whether they are one.",
                brief(&other)
            );
            grant.remark(member, "id", "other_identifier", detail);
        }
        let numbers = ["charity_number", "company_number"].map(|field| grant.text(member, field).to_owned());
        let Some(known) = self.parties.get(&id) else {
            self.parties.insert(id, Known { row: grant.row, name, numbers });
            return;
        };
        let first = known.row;
        if known.name != name {
            let detail = format!("Row {first} calls `{}` “{}”.", brief(&id), brief(&known.name));
            grant.remark(member, "name", "other_name", detail);
        }
        for (at, field) in ["charity_number", "company_number"].into_iter().enumerate() {
            if known.numbers[at] != numbers[at] {
                let say = |number: &str| {
                    if number.is_empty() { "none".to_owned() } else { format!("`{}`", brief(number)) }
                };
                let detail = format!(
                    "Row {first} states {} for `{}`, this one {}.",
                    say(&known.numbers[at]),
                    brief(&id),
                    say(&numbers[at])
                );
                grant.remark(member, field, "other_number", detail);
            }
        }
    }
}

/// `360G-` and the publisher's prefix, where an identifier begins so and goes on.
fn prefix(identifier: &str) -> Option<&str> {
    let rest = identifier.strip_prefix("360G-")?;
    let (prefix, own) = rest.split_once('-')?;
    (!prefix.is_empty() && !own.is_empty()).then(|| &identifier[.."360G-".len() + prefix.len()])
}

/// An org-id in its two parts: the list, and the identifier in it.
fn scheme(id: &str) -> Option<(String, String)> {
    if prefix(id).is_some() {
        return Some(("360G".to_owned(), id["360G-".len()..].to_owned()));
    }
    let mut parts = id.splitn(3, '-');
    let (country, list, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let capital = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let fits = country.len() == 2 && list.len() >= 2 && !rest.is_empty() && rest.chars().count() <= 100;
    (fits && capital(country) && capital(list) && list.len() < 30)
        .then(|| (format!("{country}-{list}"), rest.to_owned()))
}

/// Whether a charity's number is of a form that they have in the United Kingdom.
fn charity(number: &str) -> Result<(), String> {
    let digits = |text: &str, from: usize, to: usize| {
        (from..=to).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (main, subsidiary) = number.split_once('-').unwrap_or((number, "0"));
    let scottish = number.strip_prefix("SC").is_some_and(|rest| digits(rest, 6, 6));
    let irish = number.strip_prefix("NIC").is_some_and(|rest| digits(rest, 6, 6));
    if scottish || irish || (digits(main, 6, 7) && digits(subsidiary, 1, 4)) {
        return Ok(());
    }
    Err(format!(
        "`{}` is not of the form of a charity's number: six or seven digits, `SC` and six, or `NIC` and six.",
        brief(number)
    ))
}

/// Whether a company's number is of the form that Companies House gives.
fn company(number: &str) -> Result<(), String> {
    let bytes = number.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let fits = match bytes {
        [first, second, middle @ .., last] if bytes.len() == 8 => {
            let lettered = first.is_ascii_uppercase() && (second.is_ascii_uppercase() || *second == b'0');
            digits(middle)
                && ((digits(&bytes[..2]) && last.is_ascii_digit())
                    || (lettered && (last.is_ascii_digit() || *last == b'R')))
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let lost = !bytes.is_empty() && bytes.len() < 8 && digits(bytes);
    let hint = if lost { format!(" If it lost its zeros, it is `{number:0>8}`.") } else { String::new() };
    Err(format!(
        "`{}` is not of the form of a company's number: eight digits, or two letters and six.{hint}",
        brief(number)
    ))
}

/// What a party says of itself as identifiers in registers.
pub fn identifiers(party: &Value) -> Vec<(String, String)> {
    let text = |field: &str| party[field].as_str().map(str::trim).filter(|text| !text.is_empty());
    let mut all = vec![];
    all.extend(text("id").and_then(scheme));
    all.extend(text("charity_number").map(|number| {
        let scheme = match number {
            scottish if scottish.starts_with("SC") => "GB-SC",
            irish if irish.starts_with("NIC") => "GB-NIC",
            _ => "GB-CHC",
        };
        (scheme.to_owned(), number.strip_prefix("NIC").unwrap_or(number).to_owned())
    }));
    all.extend(text("company_number").map(|number| ("GB-COH".to_owned(), number.to_owned())));
    let mut once = vec![];
    for identifier in all {
        if !once.contains(&identifier) {
            once.push(identifier);
        }
    }
    once
}

/// What an organisation is, as far as its registers tell.
pub fn organisation_kind(identifiers: &[(String, String)]) -> &'static str {
    let known = identifiers.iter().find_map(|(scheme, _)| match scheme.as_str() {
        "GB-CHC" | "GB-SC" | "GB-NIC" => Some("charity"),
        "GB-LAE" | "GB-LAS" | "GB-LANI" | "GB-PLA" => Some("local_authority"),
        "GB-NHS" => Some("health"),
        "GB-GOR" => Some("central_government"),
        _ => None,
    });
    known.unwrap_or("other")
}
