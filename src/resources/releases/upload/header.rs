//! Resolves what a mapping names: columns by their titles, dimensions and codes of the indicator.

use std::cell::RefCell;
use std::collections::HashSet;

use super::report::Report;
use super::shape::IndicatorShape;
use super::text;
pub use super::text::letters;
use crate::validation::characters::brief;

/// The titles of a file's columns.
pub struct Header {
    titles: Vec<String>,
    /// The columns that the mapping names.
    named: RefCell<HashSet<usize>>,
    /// The columns that are left out because they are hidden, with their titles.
    left_out: Vec<(usize, String)>,
}

impl Header {
    pub fn new(titles: Vec<String>, left_out: Vec<(usize, String)>) -> Header {
        Header { titles, named: RefCell::default(), left_out }
    }

    /// Whether a mapping names a column that is left out because it is hidden, and no other.
    pub fn leaves_out(&self, name: &str) -> bool {
        let column = from_letters(name);
        let name = text::tidy(name);
        let is_meant = |title: &str| title == name || text::without_notes(title) == name;
        let is_shown = column.is_none() && self.titles.iter().any(|title| is_meant(title));
        !is_shown
            && self.left_out.iter().any(|(n, title)| match column {
                Some(column) => *n == column,
                None => is_meant(title),
            })
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
        // Notes such as `[note 1]` are no part of a title.
        let matches = |title: &str| {
            title == name
                || text::without_notes(title) == name
                || text::without_inner_notes(title) == name
                || text::with_plain_digits(title) == name
                || (strip && text::without_footnotes(title) == name)
        };
        let columns: Vec<usize> = (0..self.titles.len()).filter(|n| matches(&self.titles[*n])).collect();
        match columns.as_slice() {
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
