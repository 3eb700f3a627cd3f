//! The titles of the standard's spreadsheet, as people write them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fields::{self, Field, Group};
pub use crate::validation::blanks::is_blank;
use crate::validation::blanks::title_key as key;

/// How many items of a repeated group a grant can have.
pub const MAX_ITEMS: usize = 200;

/// The fields by their titles, and the titles of what grants here cannot hold, without what makes no difference.
static FIELDS: LazyLock<HashMap<String, (&'static Group, &'static Field)>> = LazyLock::new(|| {
    let keyed =
        |(group, field): (&'static Group, &'static Field)| (key(&group.column(field, None)), (group, field));
    // The first of a title counts.
    let mut all: Vec<_> = fields::all().map(keyed).collect();
    all.reverse();
    all.into_iter().collect()
});
static NOT_HELD: LazyLock<HashSet<String>> =
    LazyLock::new(|| fields::not_held().map(|(title, _)| key(&title)).collect());

/// What the title of a column means.
pub enum Title {
    /// A field, of the item with this number if the group is repeated.
    Field(&'static Group, &'static Field, usize),
    /// A field of a second or a further part, where a grant here has one.
    Further(&'static Group),
    /// A field of the standard that grants here cannot hold.
    NotHeld,
    /// No title at all.
    None,
    /// A title that the standard does not know.
    Unknown,
}

/// What the titles of a table mean. Case, blanks of every sort and line breaks make no difference, as in the tools of the
/// standard. Of a group that a grant has once, the lowest number in the table is the one that it has: people count from 1, too.
pub fn parse_all<'a>(titles: impl Iterator<Item = &'a str>) -> Vec<Title> {
    let mut all: Vec<Title> = titles.map(parse).collect();
    let mut lowest: HashMap<&str, usize> = HashMap::new();
    for title in &all {
        if let Title::Field(group, _, item) = title {
            let least = lowest.entry(group.title).or_insert(*item);
            *least = (*least).min(*item);
        }
    }
    for title in &mut all {
        let Title::Field(group, _, item) = title else { continue };
        if group.repeated {
            continue;
        }
        match lowest.get(group.title) {
            Some(least) if least == item => *item = 0,
            _ => *title = Title::Further(group),
        }
    }
    all
}

fn parse(title: &str) -> Title {
    let key = key(title);
    if key.is_empty() {
        return Title::None;
    }
    let parts: Vec<&str> = key.split(':').collect();
    let (name, item) = match parts.as_slice() {
        [group, item, field] => match item.parse::<usize>() {
            Ok(item) => (format!("{group}:{field}"), item),
            Err(_) => return unknown(&parts),
        },
        _ => (parts.join(":"), 0),
    };
    match FIELDS.get(&name).copied() {
        Some((group, field)) if item < MAX_ITEMS => Title::Field(group, field, item),
        Some((group, _)) => Title::Further(group),
        None => unknown(&parts),
    }
}

/// A title of what grants here cannot hold, by its first part or its first two; numbers of items are no parts.
fn unknown(parts: &[&str]) -> Title {
    let mut names = parts.iter().filter(|part| part.parse::<usize>().is_err());
    let first = names.next().copied().unwrap_or_default();
    let is_part = |second: &&str| NOT_HELD.contains(&format!("{first}:{second}"));
    match NOT_HELD.contains(first) || names.next().is_some_and(is_part) {
        true => Title::NotHeld,
        false => Title::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(title: &str) -> String {
        meaning_of(&parse_all([title].into_iter())[0])
    }

    fn meaning_of(title: &Title) -> String {
        match title {
            Title::Field(group, field, item) => format!("{} {item}", group.column(field, None)),
            Title::Further(group) => format!("further {}", group.title),
            Title::NotHeld => "not held".to_owned(),
            Title::None => "none".to_owned(),
            Title::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn titles_are_read_as_people_write_them() {
        for title in [
            "Recipient Org:Name",
            "recipient org:name",
            "RECIPIENT\u{a0}ORG : NAME ",
            "Recipient\nOrg:Name",
            "Recipient\u{200b} Org:\u{2009}Name\u{feff}",
            "RecipientOrg:0:Name",
            "Recipient Org\u{ff1a}Name",
        ] {
            assert_eq!(meaning(title), "Recipient Org:Name 0", "{title:?}");
        }
        assert_eq!(meaning("From an open call?"), "From An Open Call? 0");
        assert_eq!(
            meaning("Beneficiary Location:3:Geographic code"),
            "Beneficiary Location:Geographic Code 3"
        );
        assert_eq!(meaning("Recipient Org:1:Name"), "Recipient Org:Name 0");
        assert_eq!(meaning("Beneficiary Location:200:Name"), "further Beneficiary Location");
        assert_eq!(meaning("Classifications:0:Title"), "not held");
        assert_eq!(meaning("recipient ind :Name"), "not held");
        for title in [
            "Recipient Org:Location:0:Geographic Code",
            "Recipient Org:Location:Geographic Code Type",
            "Recipient Org:0:Location:1:Name",
            "Funding Org:Location:0:Name",
            "funding org:email",
            "Grant Programme:0:Description",
        ] {
            assert_eq!(meaning(title), "not held", "{title:?}");
        }
        for title in ["", " ", "\u{a0}\u{200b}\r\n"] {
            assert_eq!(meaning(title), "none", "{title:?}");
        }
        for title in ["Ward code", "Recipient Org", "Recipient Org:x:Name", "Recipient", "0"] {
            assert_eq!(meaning(title), "unknown", "{title:?}");
        }
    }

    #[test]
    fn the_lowest_number_of_a_group_that_a_grant_has_once_is_the_one_that_it_has() {
        let all = |titles: &[&str]| -> Vec<String> {
            parse_all(titles.iter().copied()).iter().map(meaning_of).collect()
        };
        for number in ["0:", "1:", "7:", ""] {
            for group in ["Recipient Org", "Funding Org", "Grant Programme", "Planned Dates"] {
                let of_group = fields::all().filter(|(one, _)| one.title == group);
                for (one, field) in of_group {
                    let title = format!("{group}:{number}{}", field.title);
                    assert_eq!(meaning(&title), format!("{} 0", one.column(field, None)));
                }
            }
        }
        assert_eq!(
            all(&["Recipient Org:2:Name", "Recipient Org:1:Name", "Funding Org:3:Name", "Title"]),
            ["further Recipient Org", "Recipient Org:Name 0", "Funding Org:Name 0", "Title 0"]
        );
        assert_eq!(
            all(&["Recipient Org:Name", "Recipient Org:1:Name"]),
            ["Recipient Org:Name 0", "further Recipient Org"]
        );
        assert_eq!(all(&["Beneficiary Location:3:Name"]), ["Beneficiary Location:Name 3"]);
    }

    #[test]
    fn every_column_of_the_published_schema_is_known_or_not_held() {
        let text = include_str!("../../../../tests/fixtures/360giving/360-giving-schema.json");
        let schema: serde_json::Value = serde_json::from_str(text).unwrap();
        let definition = |reference: &str| &schema["$defs"][reference.trim_start_matches("#/$defs/")];
        let mut titles = 0;
        for property in schema["properties"].as_object().unwrap().values() {
            let Some(group) = property["title"].as_str() else { continue };
            let Some(item) = property["items"]["$ref"].as_str().map(definition) else { continue };
            for inner in item["properties"].as_object().unwrap().values() {
                let title = format!("{group}:{}", inner["title"].as_str().unwrap());
                assert_ne!(meaning(&title), "unknown", "{title}");
                titles += 1;
            }
        }
        assert!(titles > 60, "{titles}");
    }
}
