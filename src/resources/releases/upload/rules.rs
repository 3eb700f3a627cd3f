//! The rules of a mapping, resolved for one file. Rules about the cells of the file come first: they replace texts or skip
//! rows. Then come the rules about the observations that were read.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::draft::{Accepted, Draft, Number};
use super::header::Header;
use super::mapping::{MappingRule, RuleCondition};
use super::report::Report;
use super::shape::IndicatorShape;
use super::source_row::SourceRow;
use super::text;
use crate::problem::step;
use crate::sheet::Shown;
use crate::stats::decimal::Scaled;
use crate::stats::status::{ConfStatus, ObsStatus};

/// A row of the file with the texts that rules replaced.
pub struct Line<'a> {
    row: SourceRow<'a>,
    replaced: Vec<(usize, &'a str)>,
}

impl<'a> Line<'a> {
    pub fn new(row: &SourceRow<'a>) -> Line<'a> {
        Line { row: *row, replaced: vec![] }
    }

    /// Reads another text in a column.
    pub fn replace(&mut self, column: usize, text: &'a str) {
        self.replaced.push((column, text));
    }

    /// How what the cell of a column shows differs from what it holds.
    pub fn shown(&self, column: usize) -> Option<&'a Shown> {
        if self.replaced.iter().any(|(replaced, _)| *replaced == column) {
            return None;
        }
        self.row.shown_at(column)
    }

    /// Whether the cell of a column is empty because another is shown over it.
    pub fn is_covered(&self, column: usize) -> bool {
        self.get(column).is_empty() && self.row.merged.is_some_and(|merged| merged.covers(column))
    }

    /// Whether it is one of an earlier row that is shown over it.
    pub fn is_covered_from_above(&self, column: usize) -> bool {
        self.is_covered(column) && self.row.merged.is_some_and(|merged| merged.covers_from_above(column))
    }

    /// The text of a column.
    pub fn get(&self, column: usize) -> &'a str {
        match self.replaced.iter().rev().find(|(replaced, _)| *replaced == column) {
            Some((_, text)) => text,
            None => self.row.cells.get(column).unwrap_or_default().trim(),
        }
    }
}

/// Columns, each with the texts that match.
pub type Texts = Vec<(usize, HashSet<String>)>;

/// A column whose cell is merged with one of an earlier row: what it stands for is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged(pub usize);

/// Whether the row has one of the texts in each column. Unknown if that depends on a merged cell.
pub fn matches(texts: &Texts, line: &Line<'_>) -> Result<bool, Merged> {
    let mut merged = None;
    for (column, texts) in texts {
        if line.is_covered_from_above(*column) {
            merged.get_or_insert(Merged(*column));
        } else if !texts.contains(text::tidy(line.get(*column)).as_ref()) {
            return Ok(false);
        }
    }
    merged.map_or(Ok(true), Err)
}

/// Resolves the titles of columns.
pub fn texts(lists: &BTreeMap<String, Vec<String>>, at: &str, header: &Header, report: &mut Report) -> Texts {
    let mut all = vec![];
    for (title, texts) in lists {
        if let Some(column) = header.find(title, &format!("{at}/{}", step(title)), report) {
            all.push((column, texts.iter().map(|text| text::tidy(text).into_owned()).collect()));
        }
    }
    all
}

/// All rules of a mapping.
#[derive(Default)]
pub struct Rules {
    file_rules: Vec<FileRule>,
    observation_rules: Vec<ObservationRule>,
}

/// A rule about the cells of the file.
struct FileRule {
    /// The index of the rule in the mapping.
    n: usize,
    when: Texts,
    /// The texts to replace, by column. Empty if the rule skips the row.
    replacements: Vec<(usize, HashMap<String, String>)>,
    drop: bool,
    reason: String,
}

/// A rule about the observations that were read.
struct ObservationRule {
    /// The index of the rule in the mapping.
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
    reason: String,
}

/// The columns in which texts were replaced, each with the reason.
pub type Replacements<'r> = Vec<(usize, &'r str)>;

impl Rules {
    /// Resolves the rules for a file with this header.
    pub fn new(rules: &[MappingRule], shape: &IndicatorShape, header: &Header, report: &mut Report) -> Rules {
        let mut all = Rules::default();
        report.rules_applied = vec![0; rules.len()];
        for (n, rule) in rules.iter().enumerate() {
            let at = format!("/rules/{n}");
            let columns = texts(&rule.when.columns, &format!("{at}/when/columns"), header, report);
            let is_file_rule =
                rule.when.reads_only_the_file() && (rule.then.drop || !rule.then.text.is_empty());
            if is_file_rule {
                let replacements = replacements(rule, &at, header, report);
                let reason = rule.because.clone();
                let drop = rule.then.drop;
                all.file_rules.push(FileRule { n, when: columns, replacements, drop, reason });
            } else {
                all.observation_rules.push(observation_rule(rule, n, columns, shape, report));
            }
        }
        all
    }

    /// The columns whose cells a row's conditions are compared with, once for each condition.
    pub fn columns(&self) -> impl Iterator<Item = usize> {
        let of_file = self.file_rules.iter().flat_map(|rule| {
            rule.when
                .iter()
                .map(|(column, _)| *column)
                .chain(rule.replacements.iter().map(|(column, _)| *column))
        });
        of_file.chain(
            self.observation_rules.iter().flat_map(|rule| rule.columns.iter().map(|(column, _)| *column)),
        )
    }

    /// Replaces the texts of a row. None if a rule skips the row.
    pub fn apply_to_file<'r>(
        &'r self,
        line: &mut Line<'r>,
        report: &mut Report,
    ) -> Result<Option<Replacements<'r>>, Merged> {
        let mut replacements = vec![];
        for rule in &self.file_rules {
            if !matches(&rule.when, line)? {
                continue;
            }
            if rule.drop {
                report.rules_applied[rule.n] += 1;
                return Ok(None);
            }
            for (column, texts) in &rule.replacements {
                if let Some(text) = texts.get(text::tidy(line.get(*column)).as_ref()) {
                    if line.is_covered_from_above(*column) {
                        return Err(Merged(*column));
                    }
                    line.replaced.push((*column, text));
                    replacements.push((*column, rule.reason.as_str()));
                    report.rules_applied[rule.n] += 1;
                }
            }
        }
        Ok(Some(replacements))
    }

    /// Corrects an observation. False if a rule skips it.
    pub fn apply_to_observation(
        &self,
        line: &Line<'_>,
        draft: &mut Draft,
        report: &mut Report,
    ) -> Result<bool, Merged> {
        for rule in &self.observation_rules {
            if !rule.applies(line, draft)? {
                continue;
            }
            report.rules_applied[rule.n] += 1;
            if rule.drop {
                return Ok(false);
            }
            rule.apply(draft);
        }
        Ok(true)
    }
}

impl ObservationRule {
    fn applies(&self, line: &Line<'_>, draft: &Draft) -> Result<bool, Merged> {
        let value = draft.value.get();
        let meets = |limit: Option<Scaled>, compare: fn(Scaled, Scaled) -> bool| {
            limit.is_none_or(|limit| value.is_some_and(|value| compare(value, limit)))
        };
        let period = draft.period;
        let is_met = meets(self.value_is, |value, limit| value == limit)
            && meets(self.value_below, |value, limit| value < limit)
            && self.from.is_none_or(|from| period.is_some_and(|period| period.start >= from))
            && self.until.is_none_or(|until| period.is_some_and(|period| period.last_day() <= until))
            && self.codes.iter().all(|(n, codes)| draft.codes[*n].is_some_and(|code| codes.contains(&code)));
        if is_met { matches(&self.columns, line) } else { Ok(false) }
    }

    fn apply(&self, draft: &mut Draft) {
        let changes =
            !self.to_codes.is_empty() || self.obs.is_some() || self.conf.is_some() || self.value.is_some();
        for (n, code) in &self.to_codes {
            draft.codes[*n] = Some(*code);
        }
        if let Some(value) = self.value {
            draft.value = Number::Valid(value);
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
        draft.accepted.extend(self.accept);
        if changes {
            draft.add_reason(&self.reason);
        }
    }
}

fn replacements(
    rule: &MappingRule,
    at: &str,
    header: &Header,
    report: &mut Report,
) -> Vec<(usize, HashMap<String, String>)> {
    let mut all = vec![];
    for (title, texts) in &rule.then.text {
        if let Some(column) = header.find(title, &format!("{at}/then/text/{}", step(title)), report) {
            let texts = texts.iter().map(|(from, to)| (text::tidy(from).into_owned(), to.trim().to_owned()));
            all.push((column, texts.collect()));
        }
    }
    all
}

fn observation_rule(
    rule: &MappingRule,
    n: usize,
    columns: Texts,
    shape: &IndicatorShape,
    report: &mut Report,
) -> ObservationRule {
    let (when, then) = (&rule.when, &rule.then);
    let at = format!("/rules/{n}");
    let mut accept = Accepted::default();
    then.accept.iter().for_each(|fault| accept.insert(*fault));
    let mut to_codes = vec![];
    for (dimension, code) in &then.codes {
        let pointer = format!("{at}/then/codes/{}", step(dimension));
        if let Some(n) = super::header::dimension(dimension, &pointer, shape, report)
            && let Some(code) = super::header::code(code, n, &pointer, shape, report)
        {
            to_codes.push((n, code));
        }
    }
    let number = |text: &Option<String>| text.as_deref().and_then(|text| Scaled::parse(text).ok());
    ObservationRule {
        n,
        columns,
        codes: when_codes(when, &at, shape, report),
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
        reason: rule.because.clone(),
    }
}

fn when_codes(
    when: &RuleCondition,
    at: &str,
    shape: &IndicatorShape,
    report: &mut Report,
) -> Vec<(usize, HashSet<u32>)> {
    let mut all = vec![];
    for (dimension, codes) in &when.codes {
        let pointer = format!("{at}/when/codes/{}", step(dimension));
        let Some(n) = super::header::dimension(dimension, &pointer, shape, report) else { continue };
        let codes =
            codes.iter().filter_map(|code| super::header::code(code, n, &pointer, shape, report)).collect();
        all.push((n, codes));
    }
    all
}
