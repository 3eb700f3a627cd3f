//! The symbols that stand in the place of a number or follow one.

use std::borrow::Cow;
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
        self.meaning_of_mark(cell).or_else(|| {
            // Notes may follow a mark as they follow a number: `[x] [note 3]`.
            let (mut rest, mut after) = (cell, Meaning::default());
            for _ in 0..MAX_AFTER {
                let (before, meanings) = self.last_symbols(rest)?;
                rest = Some(before).filter(|before| !before.is_empty())?;
                for meaning in meanings {
                    (after.obs, after.conf) = (meaning.obs.or(after.obs), meaning.conf.or(after.conf));
                }
                if let Some(own) = self.meaning_of_mark(rest) {
                    let (obs, conf) = (own.obs.or(after.obs), own.conf.or(after.conf));
                    return Some(Meaning { obs, conf, ..own });
                }
            }
            None
        })
    }

    fn meaning_of_mark(&self, cell: &str) -> Option<Meaning> {
        if let Some(meaning) = self.marks.get(cell) {
            return Some(*meaning);
        }
        if before_note(cell) == Some("")
            && let Some(meaning) = self.marks.get(NOTE)
        {
            return Some(*meaning);
        }
        self.folded_marks.get(&text::folded(cell)).copied().flatten()
    }

    /// A cell without the symbols that follow its number, and their meanings, the nearest to the number last. The sign of a unit
    /// that follows them stays: `5.1p%`.
    pub fn after_number<'c>(&self, cell: &'c str) -> (Cow<'c, str>, Vec<Meaning>) {
        let (rest, found) = self.before_symbols(cell);
        if !found.is_empty() {
            return (Cow::Borrowed(rest), found);
        }
        for sign in ['%', '‰'] {
            if let Some(before) = cell.strip_suffix(sign) {
                let (rest, found) = self.before_symbols(before.trim_end());
                if !found.is_empty() {
                    return (Cow::Owned(format!("{rest}{sign}")), found);
                }
            }
        }
        (Cow::Borrowed(cell), found)
    }

    fn before_symbols<'c>(&self, cell: &'c str) -> (&'c str, Vec<Meaning>) {
        let (mut rest, mut found) = (cell, vec![]);
        while found.len() < MAX_AFTER {
            let Some((before, meanings)) = self.last_symbols(rest) else { break };
            if !before.contains(|c: char| c.is_ascii_digit()) {
                break;
            }
            rest = before;
            found.extend(meanings);
        }
        (rest, found)
    }

    /// What is before the symbol that ends a cell, or before several in one bracket, as `[r, p]`.
    fn last_symbols<'c>(&self, cell: &'c str) -> Option<(&'c str, Vec<Meaning>)> {
        if let Some((before, meaning)) = self.last_symbol(cell) {
            return Some((before, vec![meaning]));
        }
        let (before, inside) = cell.strip_suffix(']')?.rsplit_once('[')?;
        if !inside.contains(',') {
            return None;
        }
        let meanings = inside.split(',').take(MAX_AFTER + 1).map(|part| {
            let (left, meaning) = self
                .last_symbol(&format!("[{}]", part.trim()))
                .map(|(left, meaning)| (left.len(), meaning))?;
            (left == 0).then_some(meaning)
        });
        let mut meanings: Vec<Meaning> = meanings.collect::<Option<_>>()?;
        meanings.reverse();
        (meanings.len() <= MAX_AFTER).then(|| (before.trim_end(), meanings))
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
        if let (Some((_, meaning)), Some(before)) = (of_note, before_note(cell)) {
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

/// What is before the note that ends a cell, which may be a number in brackets only: `[note 1]`, `[2]`.
fn before_note(cell: &str) -> Option<&str> {
    text::before_note(cell).or_else(|| {
        let (before, inside) = cell.strip_suffix(']')?.rsplit_once('[')?;
        let is_list = inside.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | ','));
        (is_list && inside.contains(|c: char| c.is_ascii_digit())).then(|| before.trim_end())
    })
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
