//! Types that several kinds use.

use chrono::{Months, NaiveDate};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::clock::is_on_record;
use crate::record::kind::Forms;
use crate::record::money;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;

/// Whether the words are those of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WordingKind {
    /// The words of the source.
    Verbatim,
    /// A paraphrase.
    Paraphrase,
}

/// An identifier in a register.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// The register, by its org-id.guide code (`GB-CHC`, `GB-COH`) or `GSS`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z0-9-]+$")]
    pub scheme: String,
    /// The identifier in that register.
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
}

/// How exact an amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmountQualifier {
    /// To the penny.
    Exact,
    /// Rounded, or an estimate.
    Approximate,
    /// The amount or more.
    AtLeast,
    /// The amount or less.
    AtMost,
}

/// The stage of the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// In a budget.
    Planned,
    /// Granted.
    Awarded,
    /// Committed by a contract.
    Committed,
    /// Paid.
    Paid,
}

/// Whether values at most or at least the target meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The amount or less.
    Le,
    /// The amount or more.
    Ge,
}

/// A currency, by its ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Currency {
    /// Pound sterling.
    #[serde(rename = "GBP")]
    Gbp,
}

/// A sum of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount: a decimal with at most two places, stored with two.
    pub amount: Amount,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// The sum in pence; none if it has more than the largest amount allows.
    pub fn pence(&self) -> Option<i64> {
        money::pence(&self.amount.0.to_string())
    }
}

/// The status of work, as far as something of it can be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkStatus {
    /// It is complete.
    Completed,
    /// It was stopped before that.
    Discontinued,
    /// It is not over.
    #[serde(other)]
    Open,
}

/// The codes of the statuses of work that is over, for statements: nothing of it is due any more.
pub const FINISHED: &[&str] = &["completed", "discontinued"];

/// An amount of money: exact, not negative, with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(rust_decimal::Decimal);

/// An exact number, written without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(rust_decimal::Decimal);

impl Decimal {
    /// Whether it is so many times the other, a whole number.
    pub fn is_multiple_of(&self, other: Decimal) -> bool {
        self.0.checked_rem(other.0).is_some_and(|rest| rest.is_zero())
    }

    /// The place of the last digit: 0.1 for 97.5, 1 for 12.
    pub fn last_place(&self) -> Scaled {
        (0..self.0.scale()).fold(Scaled::from_raw(1_000_000), |place, _| Scaled::from_raw(place.raw() / 10))
    }

    /// Whether it is 10 to the power of a whole number, from a millionth to a thousand million.
    pub fn is_power_of_ten(&self) -> bool {
        let digits = self.0.to_string().replace('.', "");
        let digits = digits.trim_start_matches('0');
        digits.len() <= 10 && digits.trim_end_matches('0') == "1"
    }
}

/// A period of time, in a form of ISO 8601.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodText(String);

impl PeriodText {
    /// The period.
    pub fn period(&self) -> Option<Period> {
        Period::parse(&self.0).ok()
    }

    /// Parses a period; none if it is not one, or if it is written in a form that could mean another.
    pub fn parse(text: &str) -> Option<PeriodText> {
        Period::parse(text).ok().map(|_| PeriodText(text.to_owned()))
    }
}

/// A code of the Common Procurement Vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpv(String);

/// A financial year: from 1 April, one year, as an ISO 8601 interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinancialYear(String);

impl FinancialYear {
    /// Its first day.
    pub fn start(&self) -> Option<NaiveDate> {
        first_day(self.0.get(..10)?)
    }
}

/// A date, or its year, or its year and month, where the rest is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialDate(String);

impl Decimal {
    /// The number as figures are stored. None if it is larger than a figure can be.
    pub fn scaled(&self) -> Option<Scaled> {
        Scaled::parse(&self.0.to_string()).ok()
    }
}

impl PartialDate {
    /// Parses `2016`, `2016-10` or `2016-10-25`; none for anything else, or a day that the calendar does not have.
    pub fn parse(text: &str) -> Option<PartialDate> {
        first_day(text).map(|_| PartialDate(text.to_owned()))
    }

    /// The first day that it can be.
    pub fn first_day(&self) -> Option<NaiveDate> {
        first_day(&self.0)
    }

    /// The last day that it can be.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let first = self.first_day()?;
        let next = match self.0.len() {
            4 => first.checked_add_months(Months::new(12)),
            7 => first.checked_add_months(Months::new(1)),
            _ => return Some(first),
        };
        next?.pred_opt()
    }
}

fn first_day(text: &str) -> Option<NaiveDate> {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let digits = whole.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if whole.len() != 10 || !digits {
        return None;
    }
    whole.parse().ok().filter(|day| is_on_record(*day))
}

/// A type that is text in JSON: how it is read and written, and its schema.
macro_rules! text_type {
    ($type:ident, $read:expr, $least:expr, $most:expr, $pattern:expr, $example:expr, $what:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let read: fn(&str) -> Option<$type> = $read;
                read(&text).ok_or_else(|| D::Error::custom(concat!("not ", $what)))
            }
        }

        impl utoipa::PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some($least))
                    .max_length(Some($most))
                    .pattern(Some($pattern))
                    .examples([$example])
                    .into()
            }
        }

        impl utoipa::ToSchema for $type {}
    };
}

text_type!(
    Amount,
    |text| money::parse(text).map(Amount),
    1,
    money::LENGTH,
    money::PATTERN,
    "250000.00",
    "a sum of money"
);
text_type!(Decimal, decimal, 1, 21, DECIMAL, "97.5", "a decimal");
text_type!(FinancialYear, financial_year, 14, 14, FINANCIAL_YEAR, "2013-04-01/P1Y", "a financial year");
text_type!(Cpv, cpv, 8, 8, CPV, "85320000", "a code of the Common Procurement Vocabulary");

text_type!(PartialDate, PartialDate::parse, 4, 10, PARTIAL_DATE, "2016-10", "a date, a month or a year");

text_type!(PeriodText, PeriodText::parse, 4, 21, PERIOD, "2022-04-01/P1Y", "a period");

const PERIOD: &str = "^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(/(P[0-9]{1,3}[DMY]|[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])))?)?|-Q[1-4])?$";
const PARTIAL_DATE: &str = "^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$";
const CPV: &str = "^[0-9]{8}$";
const DECIMAL: &str = "^-?[0-9]{1,13}(\\.[0-9]{1,6})?$";
const FINANCIAL_YEAR: &str = "^[12][0-9]{3}-04-01/P1Y$";

fn cpv(text: &str) -> Option<Cpv> {
    let fits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Cpv(text.to_owned()))
}

fn decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole, 13) || !digits(rest, 6) {
        return None;
    }
    rust_decimal::Decimal::from_str_exact(text).ok().map(|number| Decimal(number.normalize()))
}

fn financial_year(text: &str) -> Option<FinancialYear> {
    let year = text.strip_suffix("-04-01/P1Y")?;
    let fits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| FinancialYear(text.to_owned()))
}

/// The forms of a financial year in filters.
pub const YEARS: Forms =
    Forms { words: "a financial year as `2013/14`, `2013-14` or `2013-04-01/P1Y`", read: year_in_words };

/// A financial year that is written by its two calendar years.
fn year_in_words(text: &str) -> Option<String> {
    let (first, second) = text.split_once(['/', '-'])?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if first.len() != 4 || !matches!(second.len(), 2 | 4) || !digits(first) || !digits(second) {
        return None;
    }
    let next = format!("{:04}", first.parse::<u32>().ok()? + 1);
    next.ends_with(second).then(|| format!("{first}-04-01/P1Y"))
}

#[cfg(test)]
mod tests;
