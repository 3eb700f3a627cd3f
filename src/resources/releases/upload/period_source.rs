//! Where the periods of a file are, and the form that they have.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::header::Header;
use super::mapping::{Mapping, PeriodEnd, PeriodMapping};
use super::period_form::{PeriodForm, PeriodText};
use super::period_length::Length;
use super::report::Report;
use super::symbols::{Meaning, Symbols};
use super::text;
use crate::stats::period::{Period, PeriodFault};
use crate::validation::characters::brief;

/// Where the period comes from.
pub enum PeriodSource {
    /// The same for all rows.
    Fixed(Period),
    /// A column, or several whose texts are joined, in ISO 8601 or in a declared form.
    Cells { columns: Vec<usize>, texts: HashMap<String, Period>, form: Option<DeclaredForm> },
    /// The column of the value determines it.
    ValueColumn,
}

/// A form of periods, and what texts in it begin or end.
pub struct DeclaredForm {
    form: PeriodForm,
    is: Option<PeriodEnd>,
    length: Option<Length>,
}

impl DeclaredForm {
    fn of(form: &str, period: &PeriodMapping, day_zero: NaiveDate) -> Option<DeclaredForm> {
        let by_end = period.is == Some(PeriodEnd::End);
        let form = PeriodForm::parse(form, period.first_month(), by_end, day_zero)?;
        Some(DeclaredForm { form, is: period.is, length: period.length.as_deref().and_then(Length::parse) })
    }

    /// The period of a tidy text. None if the text does not have the form.
    pub fn read(&self, text: &str) -> Option<Result<Period, PeriodFault>> {
        let said = match self.form.read(text)? {
            Ok(said) => said,
            Err(fault) => return Some(Err(fault)),
        };
        match (said, self.is, self.length) {
            (PeriodText::Days(first, _), Some(PeriodEnd::Start), Some(length)) => {
                Some(length.starting(first))
            }
            (PeriodText::Days(_, last), Some(PeriodEnd::End), Some(length)) => Some(length.ending(last)),
            (PeriodText::Days(..), ..) => None,
            // A whole period of another length than the declared one is not what the mapping is about.
            (PeriodText::Period(period), _, Some(length)) if length.starting(period.start) != Ok(period) => {
                None
            }
            (PeriodText::Period(period), ..) => Some(Ok(period)),
        }
    }
}

/// The periods of a map. Its faults were reported when the mapping was checked.
fn periods(texts: &BTreeMap<String, String>) -> HashMap<String, Period> {
    let entry =
        |(text, iso): (&String, &String)| Some((text::tidy(text).into_owned(), Period::parse(iso).ok()?));
    texts.iter().filter_map(entry).collect()
}

pub fn period_source(
    mapping: &Mapping,
    header: &Header,
    day_zero: NaiveDate,
    report: &mut Report,
) -> Option<PeriodSource> {
    let period = &mapping.period;
    if !period.titles.is_empty() || period.titles_form.is_some() {
        return Some(PeriodSource::ValueColumn);
    }
    if let Some(constant) = &period.constant {
        match Period::parse(constant) {
            Ok(constant) => return Some(PeriodSource::Fixed(constant)),
            Err(fault) => {
                report.mapping_error("/period/constant", fault.code(), fault.to_string());
                return None;
            }
        }
    }
    let names: Vec<(&str, String)> = match period.column.as_deref() {
        Some(column) => vec![(column, "/period/column".to_owned())],
        None => {
            let each = period.columns.iter().enumerate();
            each.map(|(n, name)| (name.as_str(), format!("/period/columns/{n}"))).collect()
        }
    };
    if names.is_empty() {
        report.mapping_error("/period", "required", "Declare where the period comes from.");
        return None;
    }
    let columns: Vec<usize> = names.iter().filter_map(|(name, at)| header.find(name, at, report)).collect();
    if columns.len() < names.len() {
        return None;
    }
    let form = match period.form.as_deref() {
        Some("iso") | None => None,
        Some(form) => {
            let declared = DeclaredForm::of(form, period, day_zero);
            if declared.is_none() {
                report.mapping_error("/period/form", "form", "Correct the form.");
                return None;
            }
            declared
        }
    };
    Some(PeriodSource::Cells { columns, texts: periods(&period.texts), form })
}

/// A column whose title has a form of periods: its period, and the meanings of the symbols after its title.
pub type PeriodColumn = (usize, Period, Vec<Meaning>);

pub fn columns_by_form(
    period: &PeriodMapping,
    header: &Header,
    day_zero: NaiveDate,
    symbols: &Symbols,
    report: &mut Report,
) -> Vec<PeriodColumn> {
    let Some(form) = &period.titles_form else { return vec![] };
    let declared = DeclaredForm::of(form, period, day_zero);
    let read = |title: &str| {
        let declared = declared.as_ref()?;
        // A note may also follow the heading above a title.
        declared.read(text::without_notes(title)).or_else(|| declared.read(&text::without_inner_notes(title)))
    };
    let mut all = vec![];
    for (column, title) in header.titles().iter().enumerate() {
        // A symbol of the mapping after the title is about all values of the column.
        let (before, meanings) = symbols.after_number(title);
        let with_symbols =
            read(title).map(|said| (said, vec![])).or_else(|| Some((read(&before)?, meanings)));
        let Some((said, meanings)) = with_symbols.or_else(|| {
            let said = read(text::before_any_note(title)?)?;
            report.mapping_warning("/period/titles_form", "title_note", format!(
                "The title `{}` ends with a note, which is passed over. If it means a status of all values of the column, declare it \
                 in `value.footnotes`.",
                brief(title)
            ));
            Some((said, vec![]))
        }) else {
            continue;
        };
        match said {
            Ok(period) => {
                header.name(column);
                all.push((column, period, meanings));
            }
            Err(fault) => {
                let detail = format!("The title `{}` is not a period. {fault}", brief(title));
                report.mapping_error("/period/titles_form", fault.code(), detail);
            }
        }
    }
    if all.is_empty() {
        let detail = "No column of the file has a title in this form. Correct it.";
        report.mapping_error("/period/titles_form", "unknown_column", detail);
    }
    all
}
