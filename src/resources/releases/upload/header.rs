//! Resolves what a mapping names: columns by their titles, dimensions and codes of the indicator.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::report::Report;
use super::shape::IndicatorShape;
use super::text;
pub use super::text::letters;
use crate::validation::characters::brief;

/// The columns by what a mapping can call them.
struct ByName(HashMap<String, Vec<usize>>);

impl ByName {
    /// Lists each column under every form of its title.
    fn new<'a>(titles: impl Iterator<Item = (usize, &'a str)>, forms: fn(&'a str) -> Forms<'a>) -> ByName {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (column, title) in titles {
            for form in forms(title) {
                let columns = by_name.entry(form.into_owned()).or_default();
                if columns.last() != Some(&column) {
                    columns.push(column);
                }
            }
        }
        ByName(by_name)
    }

    fn columns(&self, name: &str) -> &[usize] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

type Forms<'a> = Vec<Cow<'a, str>>;

/// The names by which a mapping can mean a title. Notes such as `[note 1]` are no part of it.
fn forms(title: &str) -> Forms<'_> {
    vec![
        title.into(),
        text::without_notes(title).into(),
        text::without_inner_notes(title),
        text::with_plain_digits(title),
    ]
}

/// The same where footnote numbers in titles are ignored.
fn forms_without_footnotes(title: &str) -> Forms<'_> {
    let mut forms = forms(title);
    forms.push(text::without_footnotes(title));
    forms
}

/// The names by which a mapping means a hidden title rather than another: the whole of it, or without the notes at its end.
fn forms_by_end(title: &str) -> Forms<'_> {
    vec![title.into(), text::without_notes(title).into()]
}

/// The titles of a file's columns.
pub struct Header {
    titles: Vec<String>,
    by_name: ByName,
    by_name_without_footnotes: ByName,
    /// The columns that the mapping names.
    named: RefCell<HashSet<usize>>,
    /// The columns that are left out because they are hidden.
    left_out: HashSet<usize>,
    left_out_by_end: ByName,
    shown_by_end: ByName,
}

impl Header {
    pub fn new(titles: Vec<String>, left_out: Vec<(usize, String)>) -> Header {
        let shown = || titles.iter().map(String::as_str).enumerate();
        let hidden = left_out.iter().map(|(column, title)| (*column, title.as_str()));
        Header {
            by_name: ByName::new(shown(), forms),
            by_name_without_footnotes: ByName::new(shown(), forms_without_footnotes),
            shown_by_end: ByName::new(shown(), forms_by_end),
            left_out_by_end: ByName::new(hidden, forms_by_end),
            left_out: left_out.iter().map(|(column, _)| *column).collect(),
            named: RefCell::default(),
            titles,
        }
    }

    /// Whether a mapping names a column that is left out because it is hidden, and no other.
    pub fn leaves_out(&self, name: &str) -> bool {
        if let Some(column) = from_letters(name) {
            return self.left_out.contains(&column);
        }
        let name = text::tidy(name);
        self.shown_by_end.columns(&name).is_empty() && !self.left_out_by_end.columns(&name).is_empty()
    }

    /// The titles, in the order of the columns.
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// Whether the mapping names a column.
    pub fn is_named(&self, column: usize) -> bool {
        self.named.borrow().contains(&column)
    }

    /// Notes that the mapping names a column.
    pub fn name(&self, column: usize) {
        self.named.borrow_mut().insert(column);
    }

    /// The name of a column in faults.
    pub fn title(&self, column: usize) -> String {
        match self.titles.get(column) {
            Some(title) if !title.is_empty() => title.clone(),
            _ => letters(column),
        }
    }

    /// The column that a mapping names. Adds a fault of the mapping if there is none.
    pub fn find(&self, name: &str, pointer: &str, report: &mut Report) -> Option<usize> {
        self.find_with_footnotes(name, false, pointer, report)
    }

    /// The column that a mapping names; with `strip`, footnote numbers in titles are ignored.
    pub fn find_with_footnotes(
        &self,
        name: &str,
        strip: bool,
        pointer: &str,
        report: &mut Report,
    ) -> Option<usize> {
        let found = self.search(name, strip, pointer, report);
        found.inspect(|column| self.name(*column))
    }

    fn search(&self, name: &str, strip: bool, pointer: &str, report: &mut Report) -> Option<usize> {
        if self.leaves_out(name) {
            let detail = format!(
                "The column `{}` is hidden, and `hidden` says that hidden cells are left out. Correct one of them.",
                brief(name)
            );
            report.mapping_error(pointer, "contradiction", detail);
            return None;
        }
        if let Some(column) = from_letters(name) {
            if column < self.titles.len() {
                return Some(column);
            }
            let detail = format!(
                "There is no column {name}. The last column of the header is {}.",
                letters(self.titles.len().saturating_sub(1))
            );
            report.mapping_error(pointer, "unknown_column", detail);
            return None;
        }
        let name = text::tidy(name);
        let by_name = if strip { &self.by_name_without_footnotes } else { &self.by_name };
        match by_name.columns(&name) {
            [column] => Some(*column),
            [] => {
                let near = report.did_you_mean(&name, self.titles.iter().map(String::as_str));
                let detail = format!(
                    "The header has no column `{}`.{near} Its columns are: {}.",
                    brief(&name),
                    brief_list(&self.titles)
                );
                report.mapping_error(pointer, "unknown_column", detail);
                None
            }
            several => {
                let letters: Vec<String> = several.iter().map(|column| letters(*column)).collect();
                let detail = format!(
                    "Several columns have the title `{}`. Name one of them by its letters: {}.",
                    brief(&name),
                    letters.join(", ")
                );
                report.mapping_error(pointer, "ambiguous_column", detail);
                None
            }
        }
    }
}

fn brief_list(titles: &[String]) -> String {
    let shown: Vec<String> = titles.iter().take(30).map(|title| format!("`{}`", brief(title))).collect();
    let more = if titles.len() > shown.len() { " and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn from_letters(name: &str) -> Option<usize> {
    let inside = name.trim().strip_prefix('[')?.strip_suffix(']')?;
    if inside.is_empty() || inside.len() > 3 || !inside.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let number = inside.bytes().fold(0, |sum, byte| sum * 26 + usize::from(byte - b'A') + 1);
    Some(number - 1)
}

/// The index of a dimension that a mapping names. Adds a fault of the mapping if there is none.
pub fn dimension(code: &str, pointer: &str, shape: &IndicatorShape, report: &mut Report) -> Option<usize> {
    let index = shape.dimensions.iter().position(|dimension| dimension.code == code);
    if index.is_none() {
        let known: Vec<&str> = shape.dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
        report.mapping_error(
            pointer,
            "unknown_dimension",
            crate::problem::unknown_name("dimension of the indicator", code, &known),
        );
    }
    index
}

/// The index of a code that a mapping names. Adds a fault of the mapping if there is none.
pub fn code(code: &str, n: usize, pointer: &str, shape: &IndicatorShape, report: &mut Report) -> Option<u32> {
    let dimension = &shape.dimensions[n];
    let index = dimension.find(code);
    if index.is_none() {
        let near = report.did_you_mean(code, dimension.codes.iter().map(|known| known.code.as_str()));
        let detail =
            format!("`{}` is not a code of {} ({}).{near}", brief(code), dimension.code, dimension.name);
        report.mapping_error(pointer, "unknown_code", detail);
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_spreadsheets_do() {
        for (column, name) in
            [(0, "[A]"), (25, "[Z]"), (26, "[AA]"), (51, "[AZ]"), (52, "[BA]"), (701, "[ZZ]"), (702, "[AAA]")]
        {
            assert_eq!((letters(column).as_str(), from_letters(name)), (name, Some(column)));
        }
        assert_eq!((from_letters("[x]"), from_letters("[]"), from_letters("A")), (None, None, None));
    }
}
