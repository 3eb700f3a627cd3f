//! The titles of a file's columns, and the codes of an indicator, as a mapping names them.

use super::found::{Found, brief};
use super::row::Shape;
use super::text;

/// The titles of a file's columns.
pub struct Header {
    titles: Vec<String>,
}

impl Header {
    /// These titles.
    pub fn new(titles: Vec<String>) -> Header {
        Header { titles }
    }

    /// What a fault calls a column.
    pub fn title(&self, column: usize) -> String {
        match self.titles.get(column) {
            Some(title) if !title.is_empty() => title.clone(),
            _ => letters(column),
        }
    }

    /// The column that a mapping names; else a fault of the mapping.
    pub fn find(&self, name: &str, pointer: &str, found: &mut Found) -> Option<usize> {
        self.find_bare(name, false, pointer, found)
    }

    /// The same, with titles that may carry marks of footnotes.
    pub fn find_bare(&self, name: &str, strip: bool, pointer: &str, found: &mut Found) -> Option<usize> {
        if let Some(column) = from_letters(name) {
            if column < self.titles.len() {
                return Some(column);
            }
            let detail = format!(
                "There is no column {name}; the header ends with {}.",
                letters(self.titles.len().saturating_sub(1))
            );
            found.mapping(pointer, "unknown_column", detail);
            return None;
        }
        let name = text::tidy(name);
        let same = |title: &str| title == name || (strip && text::without_footnotes(title) == name);
        let columns: Vec<usize> = (0..self.titles.len()).filter(|at| same(&self.titles[*at])).collect();
        match columns.as_slice() {
            [column] => Some(*column),
            [] => {
                let near = found.did_you_mean(&name, self.titles.iter().map(String::as_str));
                let detail = format!(
                    "The header has no column `{}`.{near} It has: {}.",
                    brief(&name),
                    brief_list(&self.titles)
                );
                found.mapping(pointer, "unknown_column", detail);
                None
            }
            several => {
                let letters: Vec<String> = several.iter().map(|column| letters(*column)).collect();
                let detail = format!(
                    "Several columns are called `{}`; name the one by its letter: {}.",
                    brief(&name),
                    letters.join(", ")
                );
                found.mapping(pointer, "ambiguous_column", detail);
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

/// The letters of a column in brackets, as spreadsheets count them: `[A]`, `[AB]`.
fn letters(column: usize) -> String {
    let (mut rest, mut name) = (column + 1, vec![]);
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        name.insert(0, char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    format!("[{}]", name.into_iter().collect::<String>())
}

fn from_letters(name: &str) -> Option<usize> {
    let inside = name.trim().strip_prefix('[')?.strip_suffix(']')?;
    if inside.is_empty() || inside.len() > 3 || !inside.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let number = inside.bytes().fold(0, |sum, byte| sum * 26 + usize::from(byte - b'A') + 1);
    Some(number - 1)
}

/// The place of a dimension that a mapping names; else a fault of the mapping.
pub fn dimension(code: &str, pointer: &str, shape: &Shape, found: &mut Found) -> Option<usize> {
    let place = shape.dimensions.iter().position(|dimension| dimension.code == code);
    if place.is_none() {
        let known: Vec<&str> = shape.dimensions.iter().map(|dimension| dimension.code.as_str()).collect();
        found.mapping(
            pointer,
            "unknown_dimension",
            crate::problem::unknown_name("dimension of the indicator", code, &known),
        );
    }
    place
}

/// The place of a code that a mapping names; else a fault of the mapping.
pub fn code(code: &str, n: usize, pointer: &str, shape: &Shape, found: &mut Found) -> Option<u32> {
    let dimension = &shape.dimensions[n];
    let place = dimension.find(code);
    if place.is_none() {
        let near = found.did_you_mean(code, dimension.codes.iter().map(|known| known.code.as_str()));
        let detail =
            format!("`{}` is no code of {} ({}).{near}", brief(code), dimension.code, dimension.name);
        found.mapping(pointer, "unknown_code", detail);
    }
    place
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
