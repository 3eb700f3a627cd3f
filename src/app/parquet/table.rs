//! The rows of a file, which are written in groups, so that memory does not grow with their number.

use std::fmt::Display;
use std::sync::Arc;

use csv::StringRecord;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::column::Column;
use crate::http::Call;
use crate::openapi::columns::{Known, columns_of};
use crate::problem::Problem;

/// The most rows of a group: readers fetch each column of each group by a request of its own.
const GROUP_ROWS: usize = 65_536;
/// About how many bytes a group can hold before it is written.
pub const GROUP_BYTES: usize = 8 * 1_048_576;

/// A file whose rows are being written.
pub struct Table {
    /// What the document of the API says of the columns.
    known: &'static Known,
    about: Vec<KeyValue>,
    /// None until the titles of the CSV are read.
    writer: Option<SerializedFileWriter<Vec<u8>>>,
    columns: Vec<Column>,
    /// How many rows the columns hold.
    rows: usize,
}

fn failed(error: impl Display) -> Problem {
    Problem::internal(format!("Parquet cannot be written: {error}"))
}

impl Table {
    /// A file with this key-value metadata.
    pub fn new(call: &Call, about: Vec<KeyValue>) -> Result<Table, Problem> {
        Ok(Table::with(columns_of(call.operation)?, about))
    }

    fn with(known: &'static Known, about: Vec<KeyValue>) -> Table {
        Table { known, about, writer: None, columns: vec![], rows: 0 }
    }

    /// Adds a piece of the CSV, which ends with a row, and appends what is written of the file.
    pub fn add(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(piece);
        let mut row = StringRecord::new();
        while rows.read_record(&mut row).map_err(Problem::internal)? {
            match self.writer.is_none() {
                true => self.begin(&row)?,
                false => self.row(&row, out)?,
            }
        }
        Ok(())
    }

    fn begin(&mut self, titles: &StringRecord) -> Result<(), Problem> {
        let titles: Vec<String> = titles.iter().map(str::to_owned).collect();
        let types = self.known.datatypes(&titles);
        self.columns =
            titles.iter().zip(types).map(|(title, datatype)| Column::new(title, datatype)).collect();
        let fields: Result<Vec<_>, _> = self.columns.iter().map(Column::schema).collect();
        let schema = Type::group_type_builder("onrecord").with_fields(fields.map_err(failed)?).build();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(failed)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_key_value_metadata(Some(std::mem::take(&mut self.about)))
            .build();
        let schema = Arc::new(schema.map_err(failed)?);
        self.writer = Some(SerializedFileWriter::new(vec![], schema, Arc::new(properties)).map_err(failed)?);
        Ok(())
    }

    fn row(&mut self, row: &StringRecord, out: &mut Vec<u8>) -> Result<(), Problem> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            if !column.add(cell) {
                return Err(failed(format!("{} has a cell of another type: {cell}", column.title())));
            }
        }
        self.rows += 1;
        let is_full = || self.columns.iter().map(Column::bytes).sum::<usize>() >= GROUP_BYTES;
        if self.rows >= GROUP_ROWS || is_full() {
            self.write_group(out)?;
        }
        Ok(())
    }

    fn write_group(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let writer = self.writer.as_mut().ok_or_else(|| failed("it has no columns"))?;
        let mut group = writer.next_row_group().map_err(failed)?;
        for column in &mut self.columns {
            let mut cells =
                group.next_column().map_err(failed)?.ok_or_else(|| failed("a column is missing"))?;
            column.write(cells.untyped()).map_err(failed)?;
            cells.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.rows = 0;
        writer.flush().map_err(failed)?;
        out.append(writer.inner_mut());
        Ok(())
    }

    /// Appends the rest of the file.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        if self.rows > 0 {
            self.write_group(out)?;
        }
        let mut writer = self.writer.ok_or_else(|| failed("it has no columns"))?;
        writer.finish().map_err(failed)?;
        out.append(writer.inner_mut());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::*;

    /// A file of rows that are added some at a time, and the most bytes that it held at once.
    fn written(rows: usize, note: &str, at_a_time: usize) -> (Vec<u8>, usize) {
        let (mut table, mut out, mut most) = (Table::with(Box::leak(Box::default()), vec![]), vec![], 0);
        table.add(b"STRUCTURE,REVISION,NOTE\n", &mut out).unwrap();
        let numbers: Vec<usize> = (0..rows).collect();
        for numbers in numbers.chunks(at_a_time) {
            let piece: String = numbers.iter().map(|n| format!("dataflow,{n},{n} {note}\n")).collect();
            table.add(piece.as_bytes(), &mut out).unwrap();
            most = most.max(table.columns.iter().map(Column::bytes).sum());
        }
        table.finish(&mut out).unwrap();
        (out, most)
    }

    #[test]
    fn rows_are_written_in_groups_that_are_bounded_in_rows_and_bytes() {
        for (rows, note, groups) in [(140_000, "", 3), (3_000, &*"x".repeat(10_000), 8)] {
            let (file, most) = written(rows, note, 1_000);
            assert!(most < GROUP_BYTES + 65_536, "{most} bytes");
            assert!(written(rows, note, 333).0 == file, "the pieces do not decide on the bytes");
            let reader = SerializedFileReader::new(actix_web::web::Bytes::from(file)).unwrap();
            assert_eq!(reader.metadata().num_row_groups(), groups);
            let mut count = 0;
            for (n, row) in reader.get_row_iter(None).unwrap().enumerate() {
                let row = row.unwrap();
                assert_eq!(row.get_long(1).unwrap(), i64::try_from(n).unwrap());
                assert_eq!(row.get_string(2).unwrap(), &format!("{n} {note}"));
                count += 1;
            }
            assert_eq!(count, rows);
        }
    }

    #[test]
    fn a_cell_of_another_type_is_no_file() {
        let (mut table, mut out) = (Table::with(Box::leak(Box::default()), vec![]), vec![]);
        table.add(b"STRUCTURE,REVISION\n", &mut out).unwrap();
        let problem = table.add(b"dataflow,first\n", &mut out).unwrap_err();
        assert!(problem.detail_or_cause().contains("REVISION has a cell of another type: first"));
    }
}
