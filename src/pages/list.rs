//! The page of a list of records.

use std::cmp::{Ordering, Reverse};

use serde_json::Value;

use super::block::{Block, Field, Form, items, text};
use super::labels::title_of;
use super::layout::query_value;
use super::reading::Reading;
use super::shown::{Shower, Shown, address_of, label, money};
use super::{codes, included, labels, recommendations, statement, words};
use crate::http::Call;
use crate::http::params::ParamType;
use crate::problem::Problem;
use crate::record::kind::{Column, Filter, KindDef, Sort, Ty};

/// How many fields of a record stand below its title.
const BESIDE: usize = 4;
/// How many filters by a closed list a form has.
const FILTERS: usize = 3;
/// Days by which readers want nothing sorted: until then something is to be done.
const TO_COME: &[&str] = &["due", "act_by"];
/// Closed lists by which readers look for nothing.
const NOT_ASKED_FOR: &[&str] =
    &["count_unit", "disclosure_profile", "frequency", "polarity", "unit", "value_stage"];
/// Kinds of which there are few, so that a form can name them all.
const FEW: &[&str] = &["office_term"];
/// Lists that have a heading for each record that one of their fields names.
const HEADED: &[(&str, &str)] = &[("pledge", "term")];

/// The order in which readers get a list where they name none: the latest first.
pub fn order(kind: &KindDef) -> Option<String> {
    day_of(kind).map(|column| format!("-{}", column.name))
}

fn day_of(kind: &KindDef) -> Option<&'static Column> {
    let is_day = |column: &&Column| {
        column.ty == Ty::Date && column.sort != Sort::No && !TO_COME.contains(&column.name)
    };
    kind.def.columns.iter().find(is_day)
}

/// The page of a list: its title and its parts.
pub fn page(
    reading: &mut Reading<'_>,
    kind: &KindDef,
    value: &Value,
    next: Option<String>,
) -> Result<(String, Vec<Block>), Problem> {
    let (call, rows) = (reading.call, items(&value["data"]));
    let heading = label(kind.def.many);
    let mut blocks = vec![Block::Title(heading.clone())];
    blocks.extend(form(reading, kind)?);
    if rows.is_empty() {
        let q = call.params.text("q").unwrap_or_default();
        blocks.push(Block::Lead(Shown::Text(match q {
            "" => "Nothing is on record here.".to_owned(),
            q => format!("Nothing here has all of these words: {q}"),
        })));
        blocks.push(Block::Links(vec![
            (call.raw_path.clone(), "The whole list".to_owned()),
            ("/v1/search".to_owned(), "Search the whole record".to_owned()),
        ]));
        return Ok((heading, blocks));
    }
    for (heading, rows) in parts(call, kind, rows.to_vec()) {
        blocks.extend(heading.map(|words| Block::Heading { level: 2, id: String::new(), words }));
        blocks.extend(match call.params.has("fields") {
            true => vec![Block::Items(rows.iter().map(|row| included::chosen(call, kind, row)).collect())],
            false => lines(call, kind, rows, None),
        });
    }
    blocks.extend(Block::next(next));
    blocks.extend(included_records(call, &value["included"]));
    Ok((heading, blocks))
}

/// The records that `include=` asked for, each kind below its heading; what is not on record is said.
fn included_records(call: &Call, included: &Value) -> Vec<Block> {
    let mut blocks = vec![];
    let mut none = vec![];
    for (name, rows) in included.as_object().into_iter().flatten() {
        let rows = items(rows);
        let kind = rows.first().and_then(|row| call.state.kind(text(&row["kind"])));
        let Some(kind) = kind else {
            none.push(name.replace('_', " "));
            continue;
        };
        blocks.push(Block::heading(2, &label(&name.replace('_', " "))));
        blocks.extend(lines(call, kind, rows.to_vec(), None));
    }
    if !none.is_empty() {
        blocks.push(Block::note(&format!("On record for these there are no {}.", none.join(", no "))));
    }
    blocks
}

/// The form of a list: words, and what a reader looks for by a closed list.
fn form(reading: &mut Reading<'_>, kind: &KindDef) -> Result<Option<Block>, Problem> {
    let call = reading.call;
    let params = &call.operation.params;
    let has = |name: &str| params.iter().any(|param| param.name == name);
    if !has("q") {
        return Ok(None);
    }
    let mut fields = vec![Field {
        name: "q",
        label: "Words",
        input: "search",
        value: query_value(call, "q"),
        ..Field::default()
    }];
    for (name, of) in kind.def.columns.iter().filter_map(|column| match column.ty {
        Ty::Ref(of) if FEW.contains(&of) && column.filter == Filter::Equal => Some((column.name, of)),
        _ => None,
    }) {
        fields.extend(by_record(reading, name, of)?);
    }
    let of_columns = kind.def.columns.iter().map(|column| column.name);
    let names: Vec<&'static str> = of_columns.chain(kind.filters.iter().map(|filter| filter.name)).collect();
    for name in names.into_iter().filter(|name| !NOT_ASKED_FOR.contains(name)) {
        let param = params.iter().find(|param| param.name == name);
        let Some(ParamType::Codes(all)) = param.map(|param| &param.ty) else { continue };
        let words =
            |code: &String| labels::code_in(name, code).map_or_else(|| codes::of(code), str::to_owned);
        let options = all.iter().map(|code| (code.clone(), label(&words(code))));
        fields.push(select(call, name, options.collect()));
        if fields.len() > FILTERS {
            break;
        }
    }
    Ok(Some(Block::Form(Form {
        action: call.raw_path.clone(),
        is_search: true,
        fields,
        button: "Show",
        ..Form::default()
    })))
}

/// A filter by the records of a kind of which there are few.
fn by_record(reading: &mut Reading<'_>, name: &'static str, of: &str) -> Result<Option<Field>, Problem> {
    let Some(kind) = reading.call.state.kind(of) else { return Ok(None) };
    let list = format!("list_{}", kind.def.path.replace('-', "_"));
    let sort = order(kind).map(|order| format!("&sort={order}")).unwrap_or_default();
    let found = reading.other(&list, &[], &format!("limit=200{sort}"))?;
    let option = |row: &Value| {
        let field = |name: &str| text(&row[name]).to_owned();
        let since = super::shown::day_of(&row["from"]).map(|day| format!(", since {day}"));
        let office = row["office"].as_str().map(|office| format!(", {}", codes::of(office)));
        let more = [office, since].into_iter().flatten().collect::<String>();
        (format!("{}:{}", field("body"), field("reference")), title_of(kind, field) + &more)
    };
    let options: Vec<(String, String)> = items(&found["data"]).iter().map(option).collect();
    Ok((!options.is_empty()).then(|| select(reading.call, name, options)))
}

/// A field with values to choose from, the first of which leaves all in.
fn select(call: &Call, name: &'static str, options: Vec<(String, String)>) -> Field {
    let any = (String::new(), "All".to_owned());
    let options = std::iter::once(any).chain(options).collect();
    Field { name, words: label(name), value: query_value(call, name), options, ..Field::default() }
}

/// The rows below their headings, where the list has any: by a record that they name, or what is to come before what was.
fn parts(call: &Call, kind: &KindDef, rows: Vec<Value>) -> Vec<(Option<Shown>, Vec<Value>)> {
    let mut parts: Vec<(Option<Shown>, Vec<Value>)> = vec![];
    let is_own_order = call
        .params
        .names("sort")
        .iter()
        .all(|(name, descends)| *descends && day_of(kind).is_some_and(|column| column.name == name));
    let by = HEADED.iter().find(|(of, _)| *of == kind.def.name).filter(|_| is_own_order);
    if let Some((_, field)) = by {
        let named = kind.reference_at(field).and_then(|reference| call.state.kind(reference.kind));
        for row in rows {
            let name = text(&row[field]);
            let heading =
                named.map(|kind| Shown::Link { address: address_of(kind, name), words: name.to_owned() });
            match parts.iter_mut().find(|(known, _)| *known == heading) {
                Some((_, own)) => own.push(row),
                None => parts.push((heading, vec![row])),
            }
        }
        return parts;
    }
    let today = call.now().day().to_string();
    let is_next = |row: &Value| kind.def.name == "meeting" && text(&row["held_on"]) >= today.as_str();
    let (mut next, past): (Vec<Value>, Vec<Value>) = rows.into_iter().partition(is_next);
    if !is_own_order || next.is_empty() {
        next.extend(past);
        return vec![(None, next)];
    }
    next.reverse();
    let heading = |words: &str| Some(Shown::Text(words.to_owned()));
    let parts = [(heading("To come"), next), (heading("Held"), past)];
    parts.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

/// Records of a kind, one below the other. Those of one day are in the order of their references, by number. `by` is the field
/// that is the same in all of them.
pub fn lines(call: &Call, kind: &KindDef, mut rows: Vec<Value>, by: Option<&str>) -> Vec<Block> {
    let day = day_of(kind).map(|column| column.name);
    if call.params.names("sort").iter().all(|(name, descends)| *descends && Some(name.as_str()) == day) {
        let ahead = |row: &Value| text(&row["held_on"]) >= call.now().day().to_string().as_str();
        // What is to come is in the order in which it comes.
        let is_ascending = kind.def.name == "meeting" && rows.iter().all(ahead);
        rows.sort_by(|one, other| {
            let days = day.map_or(Ordering::Equal, |day| {
                let of = |row: &Value| row[day].as_str().map(str::to_owned);
                Reverse(of(one)).cmp(&Reverse(of(other)))
            });
            let days = if is_ascending { days.reverse() } else { days };
            days.then_with(|| natural(text(&one["reference"]), text(&other["reference"])))
        });
    }
    match recommendations::are(&rows) {
        true => recommendations::blocks(&rows),
        false => vec![Block::Items(rows.iter().map(|row| line(call, kind, row, by)).collect())],
    }
}

/// The order of references: `PLEDGE-2` before `PLEDGE-10`.
fn natural(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| -> Vec<(String, u128)> {
        let mut parts: Vec<(String, u128)> = vec![(String::new(), 0)];
        let mut digits = String::new();
        for letter in text.chars() {
            match parts.last_mut() {
                _ if letter.is_ascii_digit() => digits.push(letter),
                Some((words, _)) if digits.is_empty() => words.push(letter),
                _ => {
                    if let Some((_, number)) = parts.last_mut() {
                        *number = digits.parse().unwrap_or(u128::MAX);
                    }
                    digits.clear();
                    parts.push((letter.to_string(), 0));
                }
            }
        }
        if let Some((_, number)) = parts.last_mut() {
            *number = digits.parse().unwrap_or_default();
        }
        parts
    };
    parts(one).cmp(&parts(other)).then_with(|| one.cmp(other))
}

/// A record in a list: its title, and what its kind filters by.
fn line(call: &Call, kind: &KindDef, row: &Value, by: Option<&str>) -> Shown {
    let shower = Shower { state: &call.state, kind: Some(kind) };
    let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut title = vec![Shown::Link { address: field("self"), words: title_of(kind, field) }];
    if row["panel_rating"].is_string() {
        title.push(Shown::Soft("Office:".to_owned()));
    }
    title.extend(statement::word_in_list(row));
    if let Some(panel) = row["panel_rating"].as_str() {
        title.push(Shown::Soft("Panel:".to_owned()));
        title.push(words::word(panel));
    }
    // The columns of the kind that a reader filters by say most in a line.
    let columns = kind.def.columns.iter().filter(|column| column.name != kind.def.title);
    let is_heading = |name: &str| HEADED.contains(&(kind.def.name, name)) || by == Some(name);
    let beside = columns
        .filter_map(|column| Some((column.name, row.get(column.name)?)))
        .filter(|(name, value)| *name != "slug" && !is_heading(name) && !labels::says_nothing(name, value))
        .filter(|(_, value)| !value.is_array())
        .filter(|(_, value)| value.as_object().is_none_or(|fields| money(fields).is_some()));
    // A sum is what many come for: it stands first.
    let (sums, others): (Vec<_>, Vec<_>) = beside.partition(|(_, value)| value.is_object());
    let beside = sums.into_iter().chain(others).take(BESIDE);
    let mut below = vec![Shown::Reference(text(&row["reference"]).to_owned())];
    for (name, value) in beside {
        below.push(Shown::Soft(format!("· {}:", label(name))));
        below.push(shower.value(name, value));
    }
    Shown::Stack([vec![Shown::Line(title), Shown::Line(below)], included::said(kind, row)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_in_the_order_of_their_numbers() {
        let mut all = [
            "PLEDGE-10",
            "PLEDGE-2",
            "PLEDGE-1",
            "PLEDGE",
            "ACT-6-10",
            "ACT-6-9",
            "ACT-10-1",
            "REP-2021B",
            "REP-2021",
        ];
        all.sort_by(|one, other| natural(one, other));
        assert_eq!(
            all,
            [
                "ACT-6-9",
                "ACT-6-10",
                "ACT-10-1",
                "PLEDGE",
                "PLEDGE-1",
                "PLEDGE-2",
                "PLEDGE-10",
                "REP-2021",
                "REP-2021B"
            ]
        );
    }
}
