//! A mapping resolved for one file and indicator: titles become column indexes, codes become code indexes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::draft::Titles;
use super::header::{self, Header};
use super::mapping::{CellNumbers, DimensionMapping, Mapping};
use super::number_form::NumberForm;
use super::period_source::{PeriodSource, columns_by_form, period_source};
use super::report::Report;
use super::rules::{self, Rules, Texts};
use super::shape::IndicatorShape;
use super::symbols::{Meaning, Symbols};
use super::text;
use crate::problem::step;
use crate::stats::period::Period;

/// Where the code of a dimension comes from.
pub enum CodeSource {
    /// The same for all rows.
    Fixed(u32),
    /// The first of these columns that is not empty.
    Cells { columns: Vec<usize>, codes: HashMap<String, u32>, strip: bool },
    /// The column of the value determines it.
    ValueColumn,
}

/// A column of values.
pub struct ValueColumn {
    pub column: usize,
    /// The dimensions and codes that the column determines.
    pub codes: Vec<(usize, u32)>,
    /// The period that the column determines.
    pub period: Option<Period>,
    /// The meanings of the symbols after its title: those of all its values.
    pub meanings: Vec<Meaning>,
    /// The titles of columns in faults about these values.
    pub titles: Titles,
}

/// A resolved mapping.
pub struct Plan {
    pub codes: Vec<CodeSource>,
    pub period: PeriodSource,
    pub values: Vec<ValueColumn>,
    pub numbers: NumberForm,
    pub cells: Option<CellNumbers>,
    /// The symbols that stand in the place of a number, and those that follow one.
    pub symbols: Symbols,
    /// The columns in which an empty cell has the text above it.
    pub fill_down: Vec<usize>,
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
    /// Resolves the mapping. If it does not fit the file, adds faults and returns none.
    pub fn new(
        mapping: &Mapping,
        shape: &IndicatorShape,
        header: Header,
        day_zero: NaiveDate,
        report: &mut Report,
    ) -> Option<Plan> {
        let errors_before = report.error_count;
        let symbols = Symbols::new(&mapping.value);
        let codes = code_sources(mapping, shape, &header, report);
        let period = period_source(mapping, &header, day_zero, report);
        let values = value_columns(mapping, shape, &header, day_zero, &symbols, report);
        let mut column = |name: &Option<String>, at: &str| header.find(name.as_deref()?, at, report);
        let numerator = column(&mapping.numerator, "/numerator");
        let denominator = column(&mapping.denominator, "/denominator");
        let status = column(&mapping.status, "/status");
        let reason = column(&mapping.reason, "/reason");
        let note = column(&mapping.note, "/note");
        let keep = rules::texts(&mapping.keep, "/keep", &header, report);
        let rules = Rules::new(&mapping.rules, shape, &header, report);
        let mut columns = |names: &[String], at: &str| -> Vec<usize> {
            let each = names.iter().enumerate();
            each.filter_map(|(n, name)| header.find(name, &format!("{at}/{n}"), report)).collect()
        };
        let fill_down = columns(&mapping.fill_down, "/fill_down");
        for (n, name) in mapping.ignore.columns.iter().enumerate() {
            // What is left out twice is left out.
            if !header.leaves_out(name) {
                header.find(name, &format!("/ignore/columns/{n}"), report);
            }
        }
        let value = &mapping.value;
        let mut plan = Plan {
            codes,
            period: period?,
            values,
            numbers: NumberForm {
                thousands: value.thousands.is_some(),
                brackets: value.brackets.is_some(),
                unit: shape.unit,
                factor: value.factor.as_deref().and_then(|factor| factor.parse().ok()),
                round_to: value.round_to.and_then(|places| u32::try_from(places).ok()),
            },
            cells: value.cells,
            symbols,
            fill_down,
            numerator,
            denominator,
            status,
            reason,
            note,
            keep,
            rules,
            header,
        };
        plan.set_titles();
        (report.error_count == errors_before).then_some(plan)
    }

    fn set_titles(&mut self) {
        // Each text once: there can be thousands of columns, and twenty dimensions for each.
        let mut texts: HashMap<usize, Arc<str>> = HashMap::new();
        let mut title =
            |column: usize| texts.entry(column).or_insert_with(|| self.header.title(column).into()).clone();
        let mut title_or_empty = |column: Option<usize>| column.map_or_else(Arc::default, &mut title);
        for value in &mut self.values {
            let value_title = title_or_empty(Some(value.column));
            let dimensions = self.codes.iter().map(|source| match source {
                CodeSource::Fixed(_) => Arc::default(),
                CodeSource::Cells { columns, .. } => title_or_empty(columns.first().copied()),
                CodeSource::ValueColumn => value_title.clone(),
            });
            value.titles = Titles {
                dimensions: dimensions.collect(),
                period: match &self.period {
                    PeriodSource::Fixed(_) => Arc::default(),
                    PeriodSource::Cells { columns, .. } => title_or_empty(columns.first().copied()),
                    PeriodSource::ValueColumn => value_title.clone(),
                },
                numerator: title_or_empty(self.numerator),
                denominator: title_or_empty(self.denominator),
                status: title_or_empty(self.status),
                value: value_title,
            };
        }
    }
}

fn code_sources(
    mapping: &Mapping,
    shape: &IndicatorShape,
    header: &Header,
    report: &mut Report,
) -> Vec<CodeSource> {
    for (n, mapped) in mapping.dimensions.iter().enumerate() {
        header::dimension(&mapped.dimension, &format!("/dimensions/{n}/dimension"), shape, report);
    }
    let mut all = vec![];
    for (n, dimension) in shape.dimensions.iter().enumerate() {
        let mapped =
            mapping.dimensions.iter().enumerate().find(|(_, mapped)| mapped.dimension == dimension.code);
        let Some((position, mapped)) = mapped else {
            let detail =
                format!("Declare where the code of `{}` ({}) comes from.", dimension.code, dimension.name);
            report.mapping_error("/dimensions", "required", detail);
            continue;
        };
        all.extend(code_source(mapped, n, &format!("/dimensions/{position}"), shape, header, report));
    }
    all
}

fn code_source(
    mapped: &DimensionMapping,
    n: usize,
    at: &str,
    shape: &IndicatorShape,
    header: &Header,
    report: &mut Report,
) -> Option<CodeSource> {
    if !mapped.titles.is_empty() {
        return Some(CodeSource::ValueColumn);
    }
    if let Some(constant) = &mapped.constant {
        return header::code(constant, n, &format!("{at}/constant"), shape, report).map(CodeSource::Fixed);
    }
    let columns = mapped.columns.iter().enumerate();
    let columns: Vec<usize> = columns
        .filter_map(|(i, title)| {
            header.find_with_footnotes(title, mapped.strip_footnotes, &format!("{at}/columns/{i}"), report)
        })
        .collect();
    let mut codes: HashMap<String, u32> = HashMap::new();
    for (text, code) in &mapped.codes {
        let pointer = format!("{at}/codes/{}", step(text));
        if let Some(code) = header::code(code, n, &pointer, shape, report) {
            codes.insert(text::tidy(text).into_owned(), code);
        }
    }
    Some(CodeSource::Cells { columns, codes, strip: mapped.strip_footnotes })
}

/// The columns of values: one, or, for a wide table, those in `titles`. Each `titles` of the mapping must have the same columns.
fn value_columns(
    mapping: &Mapping,
    shape: &IndicatorShape,
    header: &Header,
    day_zero: NaiveDate,
    symbols: &Symbols,
    report: &mut Report,
) -> Vec<ValueColumn> {
    let new = |column| ValueColumn {
        column,
        codes: vec![],
        period: None,
        meanings: vec![],
        titles: Titles::default(),
    };
    if !mapping.is_wide() {
        let Some(title) = mapping.value.column.as_deref() else {
            report.mapping_error("/value/column", "required", "Name the column of the values.");
            return vec![];
        };
        return header.find(title, "/value/column", report).map(new).into_iter().collect();
    }
    let mut all: BTreeMap<usize, ValueColumn> = BTreeMap::new();
    let mut maps = 0;
    let mut occurrences: BTreeMap<usize, usize> = BTreeMap::new();
    for (position, mapped) in mapping.dimensions.iter().enumerate() {
        let Some(n) = shape.dimensions.iter().position(|dimension| dimension.code == mapped.dimension) else {
            continue;
        };
        maps += usize::from(!mapped.titles.is_empty());
        for (title, code) in &mapped.titles {
            let pointer = format!("/dimensions/{position}/titles/{}", step(title));
            let column = header.find_with_footnotes(title, mapped.strip_footnotes, &pointer, report);
            let code = header::code(code, n, &pointer, shape, report);
            if let (Some(column), Some(code)) = (column, code) {
                all.entry(column).or_insert_with(|| new(column)).codes.push((n, code));
                *occurrences.entry(column).or_default() += 1;
            }
        }
    }
    maps += usize::from(!mapping.period.titles.is_empty());
    for (title, iso) in &mapping.period.titles {
        let pointer = format!("/period/titles/{}", step(title));
        if let (Some(column), Ok(period)) = (header.find(title, &pointer, report), Period::parse(iso)) {
            all.entry(column).or_insert_with(|| new(column)).period = Some(period);
            *occurrences.entry(column).or_default() += 1;
        }
    }
    maps += usize::from(mapping.period.titles_form.is_some());
    for (column, period, meanings) in columns_by_form(&mapping.period, header, day_zero, symbols, report) {
        let known = all.entry(column).or_insert_with(|| new(column));
        (known.period, known.meanings) = (Some(period), meanings);
        *occurrences.entry(column).or_default() += 1;
    }
    for (column, times) in occurrences {
        if times != maps {
            let detail = format!(
                "Name the column `{}` exactly once in each `titles` of this mapping.",
                header.title(column)
            );
            report.mapping_error("", "titles_differ", detail);
        }
    }
    all.into_values().collect()
}
