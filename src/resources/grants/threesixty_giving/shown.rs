//! The cells of a workbook that show something else than they hold: which of the two is read.

use std::borrow::Cow;

use super::cell::CellRemark;
use super::fields::Form;
use super::numbers::as_shown;
use super::text::brief;
use crate::sheet::{Shown, is_first_day, shows_same_number};

/// The text of a cell that is read as this form; none if it cannot be read, with an error among the remarks.
///
/// A number is read as the cell holds it, if the cell shows the same number, with a currency sign for instance. A day of
/// which only the month or the year is shown is read as that, where the standard permits it.
pub fn text_of<'t>(
    form: Form,
    text: &'t str,
    shown: Option<&'t Shown>,
    remarks: &mut Vec<CellRemark>,
) -> Option<Cow<'t, str>> {
    let is_number = matches!(form, Form::Money | Form::Integer(_) | Form::Degrees(_));
    match (form, shown) {
        (_, Some(Shown::NotCalculated)) => {
            let detail = "This cell has a formula without a result. Open the workbook in a spreadsheet and save it, or enter the value.";
            remarks.push(CellRemark { code: "formula", detail: detail.to_owned(), fatal: true });
            None
        }
        (Form::PartialDate | Form::Date, Some(Shown::PartOfDay(part))) => {
            Some(Cow::Borrowed(day_or_part(form, text, part, remarks)))
        }
        (Form::YesNo, _) if text == "TRUE" => Some("Yes".into()),
        (Form::YesNo, _) if text == "FALSE" => Some("No".into()),
        (_, Some(Shown::InsteadOf(held, _))) if !is_number && text.trim().is_empty() => {
            remarks.push(shown_otherwise("nothing", held));
            None
        }
        (_, Some(Shown::InsteadOf(held, _))) if is_number => instead(form, text, held, remarks),
        (_, shown) if is_number => Some(number(text, shown, remarks)),
        _ => Some(text.into()),
    }
}

/// A number, with the digits that a spreadsheet shows of it.
fn number<'t>(text: &'t str, shown: Option<&Shown>, remarks: &mut Vec<CellRemark>) -> Cow<'t, str> {
    let digits = as_shown(text);
    let read = digits.as_deref().unwrap_or(text);
    let places = read.split_once('.').map_or(0, |(_, places)| places.len());
    let read = brief(read);
    match shown {
        Some(Shown::Rounded(decimals)) if places > *decimals => {
            remark(remarks, format!("The cell shows {decimals} decimals and holds `{read}`, which is read."));
        }
        _ if digits.is_some() => remark(
            remarks,
            format!(
                "The cell holds `{}`, with decimals that a calculation left. `{read}` is read, as a spreadsheet shows it.",
                brief(text)
            ),
        ),
        _ => {}
    }
    digits.map_or(Cow::Borrowed(text), Cow::Owned)
}

fn remark(remarks: &mut Vec<CellRemark>, detail: String) {
    remarks.push(CellRemark { code: "shown_rounded", detail, fatal: false });
}

/// The number that a cell holds, if it shows the same number with a sign or a word around it.
fn instead<'t>(form: Form, text: &str, held: &str, remarks: &mut Vec<CellRemark>) -> Option<Cow<'t, str>> {
    let has_digits = |text: &str| text.contains(|letter: char| letter.is_ascii_digit());
    let is_zero = shows_same_number("0", held) && !has_digits(text);
    let has_unit = || {
        let (before, after) = text.split_once(held.trim_start_matches('-'))?;
        let is_unit = !has_digits(before) && !has_digits(after) && !after.contains(['%', '‰']);
        (form != Form::Money && is_unit).then_some(())
    };
    if is_zero || shows_same_number(text, held) || has_unit().is_some() {
        return Some(Cow::Owned(number(held, None, remarks).into_owned()));
    }
    remarks.push(shown_otherwise(&format!("`{}`", brief(text)), held));
    None
}

fn shown_otherwise(shows: &str, held: &str) -> CellRemark {
    let detail = format!(
        "The cell shows {shows} and holds `{}`. Format it as a plain number, so that it shows what it holds.",
        brief(held)
    );
    CellRemark { code: "shown_otherwise", detail, fatal: true }
}

/// A day of which a cell shows only the month or the year. People type a month, and a spreadsheet makes it the first day.
fn day_or_part<'t>(form: Form, day: &'t str, part: &'t str, remarks: &mut Vec<CellRemark>) -> &'t str {
    let read = if form == Form::PartialDate && is_first_day(day, part) { part } else { day };
    let detail =
        format!("The cell shows only `{part}` of the day `{day}`, which it holds. `{read}` is imported.");
    remarks.push(CellRemark { code: "shown_in_part", detail, fatal: false });
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: Form, text: &str, shown: Option<Shown>) -> (Option<String>, Vec<&'static str>) {
        let mut remarks = vec![];
        let read = text_of(form, text, shown.as_ref(), &mut remarks).map(Cow::into_owned);
        (read, remarks.iter().map(|remark| remark.code).collect())
    }

    #[test]
    fn a_number_is_read_where_the_cell_shows_the_one_that_it_holds() {
        let instead = |held: &str| Some(Shown::InsteadOf(held.to_owned(), None));
        for (form, text, held, expected) in [
            (Form::Money, "£2500.5", "2500.5", "2500.5"),
            (Form::Money, "-£3", "-3", "-3"),
            (Form::Money, "£-", "0", "0"),
            (Form::Money, "GBP1204.25", "1204.25", "1204.25"),
            (Form::Integer(1200), "12months", "12", "12"),
            (Form::Degrees(90), "-51.5°", "-51.5", "-51.5"),
        ] {
            assert_eq!(read(form, text, instead(held)), (Some(expected.to_owned()), vec![]), "{text}");
        }
        for (form, text, held) in [
            (Form::Money, "25%", "0.25"),
            (Form::Money, "1204", "1204000"),
            (Form::Money, "1.2m", "1200000"),
            (Form::Money, "€7", "7"),
            (Form::Money, "7m", "7"),
            (Form::Money, "n/a", "5"),
            (Form::Integer(1200), "12%", "0.12"),
            (Form::Integer(1200), "12:00:00", "0.5"),
        ] {
            assert_eq!(read(form, text, instead(held)), (None, vec!["shown_otherwise"]), "{text}");
        }
        let noise = read(Form::Money, "£1133.3300000000002", instead("1133.3300000000002"));
        assert_eq!(noise, (Some("1133.33".to_owned()), vec!["shown_rounded"]));
    }

    #[test]
    fn decimals_that_the_cell_does_not_show_are_remarks() {
        assert_eq!(read(Form::Money, "1133.33", None), (Some("1133.33".to_owned()), vec![]));
        assert_eq!(read(Form::Money, "1133.3300000000002", Some(Shown::Rounded(2))).1, ["shown_rounded"]);
        let rounded = read(Form::Money, "2500.5", Some(Shown::Rounded(0)));
        assert_eq!(rounded, (Some("2500.5".to_owned()), vec!["shown_rounded"]));
        let nothing = read(Form::Text(50), "", Some(Shown::InsteadOf("5".to_owned(), None)));
        assert_eq!(nothing, (None, vec!["shown_otherwise"]));
        // Only numbers: a text is what the cell shows.
        let text = read(Form::Text(50), "25%", Some(Shown::InsteadOf("0.25".to_owned(), None)));
        assert_eq!(text, (Some("25%".to_owned()), vec![]));
    }

    #[test]
    fn a_month_that_a_spreadsheet_made_a_day_is_a_month_where_the_standard_has_one() {
        let part = |part: &str| Some(Shown::PartOfDay(part.to_owned()));
        for (form, day, shown, expected) in [
            (Form::PartialDate, "2016-10-01", "2016-10", "2016-10"),
            (Form::PartialDate, "2016-01-01", "2016", "2016"),
            (Form::PartialDate, "2016-10-15", "2016-10", "2016-10-15"),
            (Form::PartialDate, "2016-10-01", "2016", "2016-10-01"),
            (Form::Date, "2016-10-01", "2016-10", "2016-10-01"),
        ] {
            assert_eq!(read(form, day, part(shown)), (Some(expected.to_owned()), vec!["shown_in_part"]));
        }
    }

    #[test]
    fn answers_and_formulas() {
        assert_eq!(read(Form::YesNo, "TRUE", None).0.as_deref(), Some("Yes"));
        assert_eq!(read(Form::Text(20), "TRUE", None).0.as_deref(), Some("TRUE"));
        assert_eq!(read(Form::Text(20), "=SUM(A1)", Some(Shown::NotCalculated)), (None, vec!["formula"]));
        assert_eq!(read(Form::Text(20), "=SUM(A1)", None).0.as_deref(), Some("=SUM(A1)"));
    }
}
