//! The columns of a table: what their titles mean, and what becomes of those that are not read.

use std::collections::HashMap;

use super::fields::{self, Field, Group};
use super::titles::{self, Title};
use crate::problem::nearest;

/// A column with a title that the standard knows.
pub struct Column {
    pub index: usize,
    /// The title as in the file, or the place in the grant of a package.
    pub title: String,
    pub group: &'static Group,
    /// The number of the item, if the group is repeated.
    pub item: usize,
    pub field: &'static Field,
}

impl Column {
    /// Whether it is the column of one of our fields.
    pub fn is(&self, group: &str, field: &str) -> bool {
        self.group.name == group && self.field.name == field
    }
}

/// The remark about a column that is not read.
pub struct Unread {
    pub title: String,
    pub code: &'static str,
    pub detail: String,
    pub fatal: bool,
}

/// A column that is not read.
struct Other {
    index: usize,
    title: String,
    meaning: Title,
}

/// The columns of a table.
#[derive(Default)]
pub struct Columns {
    /// The name of the sheet; empty for a CSV file.
    pub name: String,
    pub titles_row: u64,
    pub columns: Vec<Column>,
    /// How many columns the titles have, with those that are not known.
    pub width: usize,
    others: Vec<Other>,
    /// The titles that occur a second time, each with the number and the title of the first such column.
    pub repeated: Vec<(String, usize, String)>,
    package: bool,
}

impl Columns {
    /// The columns of a row of titles.
    pub fn of<'a>(name: &str, titles_row: u64, titles: impl Iterator<Item = &'a str>) -> Columns {
        let mut all = Columns { name: name.to_owned(), titles_row, ..Columns::default() };
        let titles: Vec<&str> = titles.collect();
        let meanings = titles::parse_all(titles.iter().copied());
        for (index, (title, meaning)) in titles.into_iter().zip(meanings).enumerate() {
            all.width = index + 1;
            all.add(index, title, meaning);
        }
        all
    }

    /// The fields of the grants of a package.
    pub fn of_package() -> Columns {
        let mut all = Columns { package: true, ..Columns::default() };
        for (group, field) in fields::all() {
            let title = match group.title {
                "" => field.standard_name.to_owned(),
                _ => format!("{}/0/{}", group.standard_name, field.standard_name),
            };
            all.columns.push(Column { index: all.columns.len(), title, group, item: 0, field });
        }
        all
    }

    /// Whether these are the fields of a package.
    pub fn is_package(&self) -> bool {
        self.package
    }

    fn add(&mut self, index: usize, title: &str, meaning: Title) {
        let title = title.to_owned();
        let Title::Field(group, field, item) = meaning else {
            self.others.push(Other { index, title, meaning });
            return;
        };
        let is_same = |column: &&Column| column.is(group.name, field.name) && column.item == item;
        match self.columns.iter().find(is_same) {
            Some(first) => self.repeated.push((title, first.index, first.title.clone())),
            None => self.columns.push(Column { index, title, group, item, field }),
        }
    }

    /// The title in the file of one of our fields, of the given item if the group is repeated; none if the file has no
    /// such column.
    pub fn title(&self, group: &str, item: usize, field: &str) -> Option<String> {
        let column = self.columns.iter().find(|column| {
            column.is(group, field) && (column.item == item || (self.package && column.group.repeated))
        })?;
        match self.package && item > 0 {
            true => Some(column.title.replace("/0/", &format!("/{item}/"))),
            false => Some(column.title.clone()),
        }
    }

    /// How many columns the standard knows.
    pub fn known(&self) -> usize {
        self.columns.len()
    }

    /// How many of the columns have a title that the standard requires.
    pub fn required(&self) -> usize {
        self.columns.iter().filter(|column| column.field.required && column.item == 0).count()
    }

    /// The numbers of the columns that are not read.
    pub fn unread_indexes(&self) -> impl Iterator<Item = usize> {
        self.others.iter().map(|other| other.index)
    }

    /// The remarks about the columns that are not read; `values` are how many values each of them has, by its number.
    pub fn unread(&self, values: &HashMap<usize, u64>) -> Vec<Unread> {
        let known: Vec<String> = fields::all().map(|(group, field)| group.column(field, None)).collect();
        let of = |other: &Other| values.get(&other.index).copied().unwrap_or_default();
        self.others.iter().filter_map(|other| remark(other, of(other), &known)).collect()
    }
}

fn remark(other: &Other, values: u64, known: &[String]) -> Option<Unread> {
    let Other { index, title, meaning } = other;
    let empty = "It is empty, so nothing is left out.";
    let (code, detail, fatal) = match meaning {
        Title::None if values == 0 => return None,
        Title::None => {
            let detail = format!(
                "Column {} has no title, and {values} of its cells have a value. They are left out; to import them, give the column a title of the standard.",
                index + 1
            );
            ("unknown_column", detail, false)
        }
        Title::NotHeld if values == 0 => (
            "not_held",
            format!("Grants on this record do not have this field of the standard. {empty}"),
            false,
        ),
        Title::NotHeld => {
            let detail = "The standard has this field, but grants on this record do not. Remove the column.";
            ("not_held", detail.to_owned(), true)
        }
        Title::Further(group) => {
            let (code, detail) = further(group);
            match values {
                0 => (code, format!("{detail} {empty}"), false),
                _ => (code, detail, true),
            }
        }
        Title::Unknown | Title::Field(..) => {
            let near = nearest(title.trim(), known.iter().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
            let detail = format!("The standard has no such column. Its values are left out.{hint}");
            ("unknown_column", detail, false)
        }
    };
    Some(Unread { title: title.clone(), code, detail, fatal })
}

/// The code and the sentence for a second recipient, or a second part of another group.
pub fn further(group: &Group) -> (&'static str, String) {
    match group.name {
        "recipient" => (
            "one_recipient",
            "A grant on this record has one recipient. Give each recipient a grant of its own, with its own identifier and its own amount.".to_owned(),
        ),
        "beneficiary_locations" => {
            ("too_many", format!("A grant on this record has at most {} locations.", titles::MAX_ITEMS))
        }
        _ => ("one_only", format!("A grant on this record has one `{}`. Leave one, and remove the others.", group.title)),
    }
}
