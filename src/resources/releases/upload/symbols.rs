//! The symbols that stand in the place of a number or follow one.

use std::collections::HashMap;

use super::mapping::{SymbolMeaning, ValueMapping};
use super::text;
use crate::stats::decimal::Scaled;
use crate::stats::status::{ConfStatus, ObsStatus};

/// The symbol that stands for all notes: `[note 1]`, `[notes 2, 3]`.
const NOTE: &str = "[note]";

/// The most symbols after one number.
const MAX_AFTER: usize = 8;

/// The meaning of a symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    pub obs: Option<ObsStatus>,
    pub conf: Option<ConfStatus>,
    pub value: Option<Scaled>,
}

/// The symbols of a mapping. They are compared as they are written, and otherwise without regard to case and kind of dash.
pub struct Symbols {
    marks: HashMap<String, Meaning>,
    /// Without regard to case; none where several symbols of different meanings are the same then.
    folded_marks: HashMap<String, Option<Meaning>>,
    /// The symbols that follow a number, the longest first.
    footnotes: Vec<(String, Meaning)>,
}

impl Symbols {
    pub fn new(value: &ValueMapping) -> Symbols {
        let resolve =
            |(symbol, declared): (&String, &SymbolMeaning)| (symbol.trim().to_owned(), meaning(declared));
        let marks: HashMap<String, Meaning> = value.marks.iter().map(resolve).collect();
        let mut folded_marks: HashMap<String, Option<Meaning>> = HashMap::new();
        for (symbol, meaning) in &marks {
            let known = folded_marks.entry(text::folded(symbol)).or_insert(Some(*meaning));
            if *known != Some(*meaning) {
                *known = None;
            }
        }
        let mut footnotes: Vec<(String, Meaning)> = value.footnotes.iter().map(resolve).collect();
        footnotes.sort_by_key(|(symbol, _)| std::cmp::Reverse(symbol.chars().count()));
        Symbols { marks, folded_marks, footnotes }
    }

    /// The meaning of a cell that is a symbol.
    pub fn meaning_of(&self, cell: &str) -> Option<Meaning> {
        if let Some(meaning) = self.marks.get(cell) {
            return Some(*meaning);
        }
        if text::before_note(cell) == Some("")
            && let Some(meaning) = self.marks.get(NOTE)
        {
            return Some(*meaning);
        }
        self.folded_marks.get(&text::folded(cell)).copied().flatten()
    }

    /// A cell without the symbols that follow its number, and their meanings, the nearest to the number last.
    pub fn after_number<'c>(&self, cell: &'c str) -> (&'c str, Vec<Meaning>) {
        let (mut rest, mut found) = (cell, vec![]);
        while found.len() < MAX_AFTER {
            let Some((before, meaning)) = self.last_symbol(rest) else { break };
            if !before.contains(|c: char| c.is_ascii_digit()) {
                break;
            }
            rest = before;
            found.push(meaning);
        }
        (rest, found)
    }

    fn last_symbol<'c>(&self, cell: &'c str) -> Option<(&'c str, Meaning)> {
        let exact = self.footnotes.iter().find_map(|(symbol, meaning)| {
            let before = cell.strip_suffix(symbol.as_str())?;
            stands_apart(symbol, before).then(|| (before.trim_end(), *meaning))
        });
        if exact.is_some() {
            return exact;
        }
        let of_note = self.footnotes.iter().find(|(symbol, _)| symbol.eq_ignore_ascii_case(NOTE));
        if let (Some((_, meaning)), Some(before)) = (of_note, text::before_note(cell)) {
            return Some((before, *meaning));
        }
        self.footnotes.iter().find_map(|(symbol, meaning)| {
            let length = symbol.chars().count();
            let start = cell.char_indices().rev().nth(length.checked_sub(1)?)?.0;
            let (before, end) = cell.split_at(start);
            // A number above the line is a note, wherever it stands.
            let is_raised = text::with_plain_digits(end) == *symbol && end != symbol;
            let is_same = text::folded(end) == text::folded(symbol) && stands_apart(symbol, before);
            let after_number = if is_raised { [',', ' '].as_slice() } else { &[' '] };
            (is_raised || is_same).then(|| (before.trim_end_matches(after_number).trim_end(), *meaning))
        })
    }
}

/// Whether a symbol can be told from the number before it: one that begins with a digit or a point follows a blank, and is
/// no group of three digits.
fn stands_apart(symbol: &str, before: &str) -> bool {
    let is_part_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    if !symbol.starts_with(is_part_of_number) {
        return true;
    }
    let digits = symbol.chars().take_while(char::is_ascii_digit).count();
    before.ends_with(char::is_whitespace) && (1..3).contains(&digits)
}

fn meaning(declared: &SymbolMeaning) -> Meaning {
    Meaning {
        obs: declared.obs_status.as_deref().and_then(ObsStatus::parse),
        conf: declared.conf_status.as_deref().and_then(ConfStatus::parse),
        value: declared.value.as_deref().and_then(|value| Scaled::parse(value).ok()),
    }
}
