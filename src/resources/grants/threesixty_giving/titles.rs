//! The titles of the standard's spreadsheet, as people write them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::fields::{self, Field, Group, NOT_SUPPORTED};

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
    LazyLock::new(|| NOT_SUPPORTED.iter().map(|(title, _)| key(title)).collect());

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

/// What a title means. Case, blanks of every sort and line breaks make no difference, as in the tools of the standard.
pub fn parse(title: &str) -> Title {
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
        Some((group, field)) if item < if group.repeated { MAX_ITEMS } else { 1 } => {
            Title::Field(group, field, item)
        }
        Some((group, _)) => Title::Further(group),
        None => unknown(&parts),
    }
}

fn unknown(parts: &[&str]) -> Title {
    let first = parts.first().copied().unwrap_or_default();
    match NOT_HELD.contains(first) {
        true => Title::NotHeld,
        false => Title::Unknown,
    }
}

/// A title without what makes no difference.
fn key(title: &str) -> String {
    title.nfkc().filter(|letter| !is_blank(*letter)).flat_map(char::to_lowercase).collect()
}

/// Whether a character shows nothing: a blank, a line break, or one without width.
pub fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(title: &str) -> String {
        match parse(title) {
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
        assert_eq!(meaning("Recipient Org:1:Name"), "further Recipient Org");
        assert_eq!(meaning("Beneficiary Location:200:Name"), "further Beneficiary Location");
        assert_eq!(meaning("Classifications:0:Title"), "not held");
        assert_eq!(meaning("recipient ind :Name"), "not held");
        for title in ["", " ", "\u{a0}\u{200b}\r\n"] {
            assert_eq!(meaning(title), "none", "{title:?}");
        }
        for title in ["Ward code", "Recipient Org", "Recipient Org:x:Name", "Recipient", "0"] {
            assert_eq!(meaning(title), "unknown", "{title:?}");
        }
    }
}
