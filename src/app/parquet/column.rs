//! A column: its type, and its cells until they are written.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};

use crate::clock::{Ts, parse_day};
use crate::openapi::columns::Datatype;

/// The digits of a decimal, in all and after the point: thirteen before it, as stated values can have. So many take nine bytes.
const PRECISION: i32 = 19;
const SCALE: i32 = 6;
const PLACES: usize = 6;
const WHOLE_DIGITS: usize = 13;
const DECIMAL_BYTES: usize = 9;
/// How many cells are given to the writer at a time.
const BATCH: usize = 1_024;
/// About how many bytes a text takes besides its letters, and a cell that refers to it or has a number.
const BYTES_PER_TEXT: usize = 96;
const BYTES_PER_CELL: usize = 10;

/// A column.
pub struct Column {
    title: String,
    cells: Cells,
    /// Of each row, whether it has a value: 1 or 0.
    levels: Vec<i16>,
    bytes: usize,
}

/// The values that are not null.
enum Cells {
    Text(Texts),
    /// In millionths.
    Decimal(Vec<i128>),
    Integer(Vec<i64>),
    Boolean(Vec<bool>),
    /// In days since 1970.
    Day(Vec<i32>),
    /// In microseconds since 1970.
    Moment(Vec<i64>),
}

/// Texts, each held once.
#[derive(Default)]
struct Texts {
    known: HashMap<Box<str>, u32>,
    texts: Vec<ByteArray>,
    cells: Vec<u32>,
}

impl Column {
    pub fn new(title: &str, datatype: Datatype) -> Column {
        let cells = match datatype {
            Datatype::Text => Cells::Text(Texts::default()),
            Datatype::Decimal => Cells::Decimal(vec![]),
            Datatype::Integer => Cells::Integer(vec![]),
            Datatype::Boolean => Cells::Boolean(vec![]),
            Datatype::Day => Cells::Day(vec![]),
            Datatype::Moment => Cells::Moment(vec![]),
        };
        Column { title: title.to_owned(), cells, levels: vec![], bytes: 0 }
    }

    /// What the schema says of it. Any column can have nulls.
    pub fn schema(&self) -> Result<TypePtr, ParquetError> {
        let (physical, logical, length) = match &self.cells {
            Cells::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), -1),
            Cells::Decimal(_) => (
                Physical::FIXED_LEN_BYTE_ARRAY,
                Some(LogicalType::decimal(SCALE, PRECISION)),
                i32::try_from(DECIMAL_BYTES).unwrap_or_default(),
            ),
            Cells::Integer(_) => (Physical::INT64, Some(LogicalType::integer(64, true)), -1),
            Cells::Boolean(_) => (Physical::BOOLEAN, None, -1),
            Cells::Day(_) => (Physical::INT32, Some(LogicalType::Date), -1),
            Cells::Moment(_) => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS)), -1),
        };
        let mut column = Type::primitive_type_builder(&self.title, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .with_length(length);
        if matches!(self.cells, Cells::Decimal(_)) {
            column = column.with_precision(PRECISION).with_scale(SCALE);
        }
        column.build().map(Arc::new)
    }

    /// Adds a cell of the CSV; false if it is not of the column's type.
    pub fn add(&mut self, cell: &str) -> bool {
        self.bytes += BYTES_PER_CELL;
        self.levels.push(i16::from(!cell.is_empty()));
        if cell.is_empty() {
            return true;
        }
        match &mut self.cells {
            Cells::Text(texts) => {
                self.bytes += texts.add(cell);
                true
            }
            Cells::Decimal(values) => push(values, millionths(cell)),
            Cells::Integer(values) => push(values, cell.parse().ok()),
            Cells::Boolean(values) => push(values, cell.parse().ok()),
            Cells::Day(values) => push(values, parse_day(cell).and_then(days)),
            Cells::Moment(values) => push(values, Ts::parse(cell).map(Ts::micros)),
        }
    }

    /// About how many bytes it holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    /// Writes what it holds, and holds nothing of it any more.
    pub fn write(&mut self, writer: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = std::mem::take(&mut self.levels);
        self.bytes = 0;
        match (&mut self.cells, writer) {
            (Cells::Text(texts), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let Texts { texts, cells, .. } = std::mem::take(texts);
                let text = |cell: &u32| texts.get(*cell as usize).cloned().unwrap_or_default();
                in_batches(&levels, &cells, text, |values, levels| {
                    writer.write_batch(values, Some(levels), None)
                })
            }
            (Cells::Decimal(values), ColumnWriter::FixedLenByteArrayColumnWriter(writer)) => {
                let values = std::mem::take(values);
                in_batches(&levels, &values, decimal, |values, levels| {
                    writer.write_batch(values, Some(levels), None)
                })
            }
            (Cells::Integer(values) | Cells::Moment(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(&std::mem::take(values), Some(&levels), None).map(|_| ())
            }
            (Cells::Boolean(values), ColumnWriter::BoolColumnWriter(writer)) => {
                writer.write_batch(&std::mem::take(values), Some(&levels), None).map(|_| ())
            }
            (Cells::Day(values), ColumnWriter::Int32ColumnWriter(writer)) => {
                writer.write_batch(&std::mem::take(values), Some(&levels), None).map(|_| ())
            }
            _ => Err(ParquetError::General(format!("{} has a writer of another type", self.title))),
        }
    }
}

impl Texts {
    /// Adds a cell; the bytes that it takes besides those of every cell.
    fn add(&mut self, text: &str) -> usize {
        if let Some(number) = self.known.get(text) {
            self.cells.push(*number);
            return 0;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.known.insert(text.into(), number);
        self.texts.push(text.as_bytes().to_vec().into());
        self.cells.push(number);
        2 * text.len() + BYTES_PER_TEXT
    }
}

fn push<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
    let is_right = value.is_some();
    values.extend(value);
    is_right
}

fn days(day: NaiveDate) -> Option<i32> {
    i32::try_from((day - NaiveDate::default()).num_days()).ok()
}

/// The number of millionths of a decimal as this API writes them. Figures stay below this bound, stated values can reach it.
fn millionths(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = whole.len() <= WHOLE_DIGITS && places.len() <= PLACES;
    if !fits || !all_digits(whole) || !all_digits(places) {
        return None;
    }
    let size: i128 = format!("{whole}{places:0<PLACES$}").parse().ok()?;
    Some(if text.starts_with('-') { -size } else { size })
}

/// The number of millionths, as two's complement with its highest byte first.
fn decimal(millionths: &i128) -> FixedLenByteArray {
    let bytes = millionths.to_be_bytes();
    bytes[bytes.len() - DECIMAL_BYTES..].to_vec().into()
}

/// Writes values that are made for it, some at a time.
fn in_batches<S, T>(
    levels: &[i16],
    stored: &[S],
    value: impl Fn(&S) -> T,
    mut write: impl FnMut(&[T], &[i16]) -> Result<usize, ParquetError>,
) -> Result<(), ParquetError> {
    let mut rest = stored.iter();
    for levels in levels.chunks(BATCH) {
        let count = levels.iter().filter(|level| **level == 1).count();
        let values: Vec<T> = rest.by_ref().take(count).map(&value).collect();
        write(&values, levels)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_room_for_every_figure() {
        for (text, expected) in [
            ("9999999999999.999999", 9_999_999_999_999_999_999),
            ("-9999999999999.999999", -9_999_999_999_999_999_999),
            ("0.000001", 1),
            ("-0.5", -500_000),
            ("0", 0),
            ("250000.00", 250_000_000_000),
        ] {
            let millionths = millionths(text).unwrap();
            assert_eq!(millionths, expected, "{text}");
            let bytes = decimal(&millionths);
            let mut whole = [if millionths < 0 { 0xff } else { 0 }; 16];
            whole[16 - DECIMAL_BYTES..].copy_from_slice(bytes.as_ref());
            assert_eq!(i128::from_be_bytes(whole), millionths, "{text}");
            assert!(millionths.unsigned_abs() < 10_u128.pow(PRECISION.unsigned_abs()), "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_of_that_size_is_none() {
        for text in ["", "-", ".5", "1.", "+1", "1e5", "10000000000000", "0.0000001", "1.-5", "--1"] {
            assert_eq!(millionths(text), None, "{text}");
        }
    }

    #[test]
    fn a_cell_that_is_not_of_its_columns_type_is_refused() {
        for (datatype, right, wrong) in [
            (Datatype::Decimal, "-3.25", "[c]"),
            (Datatype::Integer, "7", "7.0"),
            (Datatype::Boolean, "true", "yes"),
            (Datatype::Day, "1829-09-29", "1829-9-29"),
            (Datatype::Moment, "2018-11-22T09:30:00Z", "2018-11-22"),
        ] {
            let mut column = Column::new("a", datatype);
            assert!(column.add(right) && column.add("") && !column.add(wrong), "{datatype:?}");
        }
    }
}
