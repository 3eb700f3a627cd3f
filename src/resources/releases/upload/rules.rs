//! The rules of a mapping, ready to be applied: those that read the file anew or leave rows out by it, then those that
//! look at what was read.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::draft::{Accepted, Draft, Number};
use super::found::Found;
use super::header::Header;
use super::mapping::{Rule, When};
use super::row::Shape;
use super::text;
use crate::problem::step;
use crate::stats::decimal::Scaled;
use crate::stats::status::{ConfStatus, ObsStatus};

/// A row of the file with what is read anew in it.
pub struct Line<'a> {
    cells: &'a csv::StringRecord,
    anew: Vec<(usize, &'a str)>,
}

impl<'a> Line<'a> {
    /// The row as it stands.
    pub fn new(cells: &'a csv::StringRecord) -> Line<'a> {
        Line { cells, anew: vec![] }
    }

    /// What is read in a column.
    pub fn get(&self, column: usize) -> &'a str {
        match self.anew.iter().rev().find(|(changed, _)| *changed == column) {
            Some((_, text)) => text,
            None => self.cells.get(column).unwrap_or_default().trim(),
        }
    }
}

/// What columns have to say.
pub type Texts = Vec<(usize, HashSet<String>)>;

/// Whether the row has one of the texts in each of these columns.
pub fn holds(texts: &Texts, line: &Line<'_>) -> bool {
    texts.iter().all(|(column, texts)| texts.contains(text::tidy(line.get(*column)).as_ref()))
}

/// The columns of these titles with their texts.
pub fn texts(lists: &BTreeMap<String, Vec<String>>, at: &str, header: &Header, found: &mut Found) -> Texts {
    let mut all = vec![];
    for (title, texts) in lists {
        if let Some(column) = header.find(title, &format!("{at}/{}", step(title)), found) {
            all.push((column, texts.iter().map(|text| text::tidy(text).into_owned()).collect()));
        }
    }
    all
}

/// All rules of a mapping.
#[derive(Default)]
pub struct Rules {
    before: Vec<Before>,
    after: Vec<After>,
}

/// Looks at the file alone.
struct Before {
    n: usize,
    when: Texts,
    /// Texts that are read anew, by column; none where the row is left out.
    anew: Vec<(usize, HashMap<String, String>)>,
    drop: bool,
    because: String,
}

/// Looks at what was read.
struct After {
    n: usize,
    columns: Texts,
    codes: Vec<(usize, HashSet<u32>)>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    value_is: Option<Scaled>,
    value_below: Option<Scaled>,
    drop: bool,
    to_codes: Vec<(usize, u32)>,
    obs: Option<ObsStatus>,
    conf: Option<ConfStatus>,
    value: Option<Scaled>,
    accept: Accepted,
    because: String,
}

/// Why a row is read anew, and in which column.
pub type Because<'r> = Vec<(usize, &'r str)>;

impl Rules {
    /// Makes them ready for a file of this header.
    pub fn new(rules: &[Rule], shape: &Shape, header: &Header, found: &mut Found) -> Rules {
        let mut all = Rules::default();
        found.rules_applied = vec![0; rules.len()];
        for (n, rule) in rules.iter().enumerate() {
            let at = format!("/rules/{n}");
            let columns = texts(&rule.when.columns, &format!("{at}/when/columns"), header, found);
            let early = rule.when.reads_only_the_file() && (rule.then.drop || !rule.then.text.is_empty());
            if early {
                let anew = anew(rule, &at, header, found);
                let because = rule.because.clone();
                all.before.push(Before { n, when: columns, anew, drop: rule.then.drop, because });
            } else {
                all.after.push(after(rule, n, columns, shape, found));
            }
        }
        all
    }

    /// Reads the row anew where rules say so; none if it is left out.
    pub fn before<'r>(&'r self, line: &mut Line<'r>, found: &mut Found) -> Option<Because<'r>> {
        let mut because = vec![];
        for rule in &self.before {
            if !holds(&rule.when, line) {
                continue;
            }
            if rule.drop {
                found.rules_applied[rule.n] += 1;
                return None;
            }
            for (column, texts) in &rule.anew {
                if let Some(text) = texts.get(text::tidy(line.get(*column)).as_ref()) {
                    line.anew.push((*column, text));
                    because.push((*column, rule.because.as_str()));
                    found.rules_applied[rule.n] += 1;
                }
            }
        }
        Some(because)
    }

    /// Puts right what was read; false if it is left out.
    pub fn after(&self, line: &Line<'_>, draft: &mut Draft, found: &mut Found) -> bool {
        for rule in &self.after {
            if !rule.applies(line, draft) {
                continue;
            }
            found.rules_applied[rule.n] += 1;
            if rule.drop {
                return false;
            }
            rule.apply(draft);
        }
        true
    }
}

impl After {
    fn applies(&self, line: &Line<'_>, draft: &Draft) -> bool {
        let value = draft.value.get();
        let is = |wanted: Option<Scaled>, right: fn(Scaled, Scaled) -> bool| {
            wanted.is_none_or(|wanted| value.is_some_and(|value| right(value, wanted)))
        };
        let period = draft.period;
        is(self.value_is, |value, wanted| value == wanted)
            && is(self.value_below, |value, wanted| value < wanted)
            && self.from.is_none_or(|from| period.is_some_and(|period| period.start >= from))
            && self.until.is_none_or(|until| period.is_some_and(|period| period.last_day() <= until))
            && self.codes.iter().all(|(n, codes)| draft.codes[*n].is_some_and(|code| codes.contains(&code)))
            && holds(&self.columns, line)
    }

    fn apply(&self, draft: &mut Draft) {
        let changes =
            !self.to_codes.is_empty() || self.obs.is_some() || self.conf.is_some() || self.value.is_some();
        for (n, code) in &self.to_codes {
            draft.codes[*n] = Some(*code);
        }
        if let Some(value) = self.value {
            draft.value = Number::Is(value);
        }
        if let Some(obs) = self.obs {
            draft.obs = Some(obs);
            if obs.without_value() {
                draft.value = Number::Absent;
                draft.numerator = Number::Absent;
                draft.denominator = Number::Absent;
            }
        }
        draft.conf = self.conf.or(draft.conf);
        draft.accepted.join(self.accept);
        if changes {
            draft.because(&self.because);
        }
    }
}

fn anew(rule: &Rule, at: &str, header: &Header, found: &mut Found) -> Vec<(usize, HashMap<String, String>)> {
    let mut all = vec![];
    for (title, texts) in &rule.then.text {
        if let Some(column) = header.find(title, &format!("{at}/then/text/{}", step(title)), found) {
            let texts = texts.iter().map(|(from, to)| (text::tidy(from).into_owned(), to.trim().to_owned()));
            all.push((column, texts.collect()));
        }
    }
    all
}

fn after(rule: &Rule, n: usize, columns: Texts, shape: &Shape, found: &mut Found) -> After {
    let (when, then) = (&rule.when, &rule.then);
    let at = format!("/rules/{n}");
    let mut accept = Accepted::default();
    then.accept.iter().for_each(|what| accept.add(*what));
    let mut to_codes = vec![];
    for (dimension, code) in &then.codes {
        let place = format!("{at}/then/codes/{}", step(dimension));
        if let Some(n) = super::header::dimension(dimension, &place, shape, found)
            && let Some(code) = super::header::code(code, n, &place, shape, found)
        {
            to_codes.push((n, code));
        }
    }
    let number = |text: &Option<String>| text.as_deref().and_then(|text| Scaled::parse(text).ok());
    After {
        n,
        columns,
        codes: when_codes(when, &at, shape, found),
        from: when.from,
        until: when.until,
        value_is: number(&when.value_is),
        value_below: number(&when.value_below),
        drop: then.drop,
        to_codes,
        obs: then.obs_status.as_deref().and_then(ObsStatus::parse),
        conf: then.conf_status.as_deref().and_then(ConfStatus::parse),
        value: number(&then.value),
        accept,
        because: rule.because.clone(),
    }
}

fn when_codes(when: &When, at: &str, shape: &Shape, found: &mut Found) -> Vec<(usize, HashSet<u32>)> {
    let mut all = vec![];
    for (dimension, codes) in &when.codes {
        let place = format!("{at}/when/codes/{}", step(dimension));
        let Some(n) = super::header::dimension(dimension, &place, shape, found) else { continue };
        let codes =
            codes.iter().filter_map(|code| super::header::code(code, n, &place, shape, found)).collect();
        all.push((n, codes));
    }
    all
}
