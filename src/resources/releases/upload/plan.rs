//! A mapping made ready for one file: titles are columns now, codes are places.

use std::collections::{BTreeMap, HashMap};

use super::draft::Titles;
use super::found::Found;
use super::header::{self, Header};
use super::mapping::{DimensionMapping, Mapping, Mark, PeriodEnd};
use super::row::Shape;
use super::rules::{self, Rules, Texts};
use super::text::{self, DayForm};
use crate::problem::step;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

/// Where the code of a dimension comes from.
pub enum CodeSource {
    /// It is the same everywhere.
    Fixed(u32),
    /// The first of these cells that is not empty.
    Cells { columns: Vec<usize>, codes: HashMap<String, u32>, strip: bool },
    /// The column of the value.
    Value,
}

/// Where the period comes from.
pub enum PeriodSource {
    /// It is the same everywhere.
    Fixed(Period),
    /// A cell, in ISO 8601 or in a form of its own.
    Cell { column: usize, texts: HashMap<String, Period>, form: Option<(DayForm, PeriodEnd, u32)> },
    /// The column of the value.
    Value,
}

/// A column that holds values.
pub struct ValueColumn {
    /// Which.
    pub column: usize,
    /// The codes that it says.
    pub codes: Vec<(usize, u32)>,
    /// The period that it says.
    pub period: Option<Period>,
    /// What faults call the columns.
    pub titles: Titles,
}

/// What a mark means.
#[derive(Clone, Copy, Default)]
pub struct Meaning {
    /// The status.
    pub obs: Option<ObsStatus>,
    /// Whether it is free.
    pub conf: Option<ConfStatus>,
    /// The number.
    pub value: Option<Scaled>,
}

/// Everything that a row is read by.
pub struct Plan {
    pub codes: Vec<CodeSource>,
    pub period: PeriodSource,
    pub values: Vec<ValueColumn>,
    pub thousands: bool,
    pub round_to: Option<usize>,
    pub marks: HashMap<String, Meaning>,
    /// The longest first.
    pub footnotes: Vec<(String, Meaning)>,
    pub numerator: Option<usize>,
    pub denominator: Option<usize>,
    pub status: Option<usize>,
    pub reason: Option<usize>,
    pub note: Option<usize>,
    pub keep: Texts,
    pub rules: Rules,
    pub header: Header,
}

impl Plan {
    /// Makes it ready; none where the mapping does not fit the file, which is said.
    pub fn new(mapping: &Mapping, shape: &Shape, titles: Vec<String>, found: &mut Found) -> Option<Plan> {
        let before = found.error_count;
        let header = Header::new(titles);
        let codes = code_sources(mapping, shape, &header, found);
        let period = period_source(mapping, &header, found);
        let values = value_columns(mapping, shape, &header, found);
        let mut column = |name: &Option<String>, at: &str| header.find(name.as_deref()?, at, found);
        let numerator = column(&mapping.numerator, "/numerator");
        let denominator = column(&mapping.denominator, "/denominator");
        let status = column(&mapping.status, "/status");
        let reason = column(&mapping.reason, "/reason");
        let note = column(&mapping.note, "/note");
        let keep = rules::texts(&mapping.keep, "/keep", &header, found);
        let rules = Rules::new(&mapping.rules, shape, &header, found);
        let marks = mapping.value.marks.iter().map(|(mark, means)| (mark.trim().to_owned(), meaning(means)));
        let footnotes = &mapping.value.footnotes;
        let mut footnotes: Vec<(String, Meaning)> =
            footnotes.iter().map(|(mark, means)| (mark.trim().to_owned(), meaning(means))).collect();
        footnotes.sort_by_key(|(mark, _)| std::cmp::Reverse(mark.len()));
        let mut plan = Plan {
            codes,
            period: period?,
            values,
            thousands: mapping.value.thousands.is_some(),
            round_to: mapping.value.round_to.and_then(|places| usize::try_from(places).ok()),
            marks: marks.collect(),
            footnotes,
            numerator,
            denominator,
            status,
            reason,
            note,
            keep,
            rules,
            header,
        };
        plan.name_columns();
        (found.error_count == before).then_some(plan)
    }

    fn name_columns(&mut self) {
        let title = |column: usize| self.header.title(column);
        let named = |column: Option<usize>| column.map_or_else(String::new, title);
        for value in &mut self.values {
            let of_value = title(value.column);
            let dimensions = self.codes.iter().map(|source| match source {
                CodeSource::Fixed(_) => String::new(),
                CodeSource::Cells { columns, .. } => named(columns.first().copied()),
                CodeSource::Value => of_value.clone(),
            });
            value.titles = Titles {
                dimensions: dimensions.collect(),
                period: match &self.period {
                    PeriodSource::Fixed(_) => String::new(),
                    PeriodSource::Cell { column, .. } => title(*column),
                    PeriodSource::Value => of_value.clone(),
                },
                numerator: named(self.numerator),
                denominator: named(self.denominator),
                status: named(self.status),
                value: of_value,
            };
        }
    }
}

fn meaning(mark: &Mark) -> Meaning {
    Meaning {
        obs: mark.obs_status.as_deref().and_then(ObsStatus::parse),
        conf: mark.conf_status.as_deref().and_then(ConfStatus::parse),
        value: mark.value.as_deref().and_then(|value| Scaled::parse(value).ok()),
    }
}

fn code_sources(mapping: &Mapping, shape: &Shape, header: &Header, found: &mut Found) -> Vec<CodeSource> {
    for (n, mapped) in mapping.dimensions.iter().enumerate() {
        header::dimension(&mapped.dimension, &format!("/dimensions/{n}/dimension"), shape, found);
    }
    let mut all = vec![];
    for (n, dimension) in shape.dimensions.iter().enumerate() {
        let mapped =
            mapping.dimensions.iter().enumerate().find(|(_, mapped)| mapped.dimension == dimension.code);
        let Some((at, mapped)) = mapped else {
            let detail =
                format!("Say where the code of `{}` ({}) comes from.", dimension.code, dimension.name);
            found.mapping("/dimensions", "required", detail);
            continue;
        };
        all.extend(code_source(mapped, n, &format!("/dimensions/{at}"), shape, header, found));
    }
    all
}

fn code_source(
    mapped: &DimensionMapping,
    n: usize,
    at: &str,
    shape: &Shape,
    header: &Header,
    found: &mut Found,
) -> Option<CodeSource> {
    if !mapped.titles.is_empty() {
        return Some(CodeSource::Value);
    }
    if let Some(constant) = &mapped.constant {
        return header::code(constant, n, &format!("{at}/constant"), shape, found).map(CodeSource::Fixed);
    }
    let columns = mapped.columns.iter().enumerate();
    let columns: Vec<usize> = columns
        .filter_map(|(i, title)| {
            header.find_bare(title, mapped.strip_footnotes, &format!("{at}/columns/{i}"), found)
        })
        .collect();
    let mut codes: HashMap<String, u32> = HashMap::new();
    for (text, code) in &mapped.codes {
        let place = format!("{at}/codes/{}", step(text));
        if let Some(code) = header::code(code, n, &place, shape, found) {
            codes.insert(text::tidy(text).into_owned(), code);
        }
    }
    Some(CodeSource::Cells { columns, codes, strip: mapped.strip_footnotes })
}

/// ISO periods of a map whose faults were told when the mapping was checked.
fn periods(texts: &BTreeMap<String, String>) -> HashMap<String, Period> {
    let read =
        |(text, iso): (&String, &String)| Some((text::tidy(text).into_owned(), Period::parse(iso).ok()?));
    texts.iter().filter_map(read).collect()
}

fn period_source(mapping: &Mapping, header: &Header, found: &mut Found) -> Option<PeriodSource> {
    let period = &mapping.period;
    if !period.titles.is_empty() {
        return Some(PeriodSource::Value);
    }
    if let Some(constant) = &period.constant {
        match Period::parse(constant) {
            Ok(constant) => return Some(PeriodSource::Fixed(constant)),
            Err(fault) => {
                found.mapping("/period/constant", fault.code(), fault.to_string());
                return None;
            }
        }
    }
    let Some(column) = period.column.as_deref() else {
        found.mapping("/period", "required", "Say where the period comes from.");
        return None;
    };
    let column = header.find(column, "/period/column", found)?;
    let form = match period.form.as_deref() {
        Some("iso") | None => None,
        Some(form) => {
            match (DayForm::parse(form), period.is, period.length.as_deref().and_then(text::months)) {
                (Some(form), Some(end), Some(months)) => Some((form, end, months)),
                _ => {
                    found.mapping("/period", "required", "A form needs `is` and `length`.");
                    return None;
                }
            }
        }
    };
    Some(PeriodSource::Cell { column, texts: periods(&period.texts), form })
}

/// The columns that hold values: one, or those of the titles, which have to be the same of each dimension that has some.
fn value_columns(mapping: &Mapping, shape: &Shape, header: &Header, found: &mut Found) -> Vec<ValueColumn> {
    let new = |column| ValueColumn { column, codes: vec![], period: None, titles: Titles::default() };
    if !mapping.is_wide() {
        let Some(title) = mapping.value.column.as_deref() else {
            found.mapping("/value/column", "required", "Name the column of the values.");
            return vec![];
        };
        return header.find(title, "/value/column", found).map(new).into_iter().collect();
    }
    let mut all: BTreeMap<usize, ValueColumn> = BTreeMap::new();
    let mut maps = 0;
    let mut said: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, mapped) in mapping.dimensions.iter().enumerate() {
        let Some(n) = shape.dimensions.iter().position(|dimension| dimension.code == mapped.dimension) else {
            continue;
        };
        maps += usize::from(!mapped.titles.is_empty());
        for (title, code) in &mapped.titles {
            let place = format!("/dimensions/{at}/titles/{}", step(title));
            let column = header.find_bare(title, mapped.strip_footnotes, &place, found);
            let code = header::code(code, n, &place, shape, found);
            if let (Some(column), Some(code)) = (column, code) {
                all.entry(column).or_insert_with(|| new(column)).codes.push((n, code));
                *said.entry(column).or_default() += 1;
            }
        }
    }
    maps += usize::from(!mapping.period.titles.is_empty());
    for (title, iso) in &mapping.period.titles {
        let place = format!("/period/titles/{}", step(title));
        if let (Some(column), Ok(period)) = (header.find(title, &place, found), Period::parse(iso)) {
            all.entry(column).or_insert_with(|| new(column)).period = Some(period);
            *said.entry(column).or_default() += 1;
        }
    }
    for (column, times) in said {
        if times != maps {
            let detail = format!(
                "The column `{}` is to be in each `titles` of this mapping, once.",
                header.title(column)
            );
            found.mapping("", "titles_differ", detail);
        }
    }
    all.into_values().collect()
}
