//! Observations as a JSON-stat 2.0 dataset: a cube of the indicator, its dimensions, the frequency and the period.
//!
//! Values are an object from index to number, so that they can be written one by one. What else is known of cells follows the
//! values: `status` has SDMX's `OBS_STATUS` (followed by `/` and the `CONF_STATUS` unless that is F) of all cells that are not
//! a normal value, and `extension` lists the indexes of cells that were revised, are not complete or were withdrawn. Until the
//! values are written, these indexes are stored as runs, of which there are few. A number has the exact digits of its value;
//! a reader that converts it to binary floating point may lose digits after the fifteenth. Numerators, denominators, reasons
//! and notes are left out.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::problem::Problem;
use crate::resources::series::cell::{Cell, CellWriter, End, ResponseInfo, SeriesInfo};
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// The most cells of a dataset, with or without a value: readers allocate all of them.
pub const MAX_CELLS: usize = 10_000_000;

/// True if a dataset would have more than [`MAX_CELLS`] cells.
pub fn too_large(info: &ResponseInfo, series: &[Arc<SeriesInfo>], periods: &[Period]) -> bool {
    let axes = Axes::new(series, periods);
    let cells = axes.size(info).iter().try_fold(1_usize, |cells, size| cells.checked_mul(*size));
    cells.is_none_or(|cells| cells > MAX_CELLS)
}

pub struct JsonStat {
    axes: Axes,
    has_cells: bool,
    line: String,
    status: Runs<(ObsStatus, ConfStatus)>,
    revised: Runs<()>,
    incomplete: Runs<()>,
    withdrawn: Runs<()>,
}

impl JsonStat {
    /// A writer for these series and these periods, which must be sorted and each occur once.
    pub fn new(series: &[Arc<SeriesInfo>], periods: &[Period]) -> JsonStat {
        JsonStat {
            axes: Axes::new(series, periods),
            has_cells: false,
            line: String::new(),
            status: Runs::default(),
            revised: Runs::default(),
            incomplete: Runs::default(),
            withdrawn: Runs::default(),
        }
    }
}

impl CellWriter for JsonStat {
    fn begin(&mut self, info: &ResponseInfo, out: &mut Vec<u8>) -> Result<(), Problem> {
        let mut head = Map::new();
        head.insert("version".to_owned(), json!("2.0"));
        head.insert("class".to_owned(), json!("dataset"));
        head.insert("label".to_owned(), json!(info.title));
        head.insert("href".to_owned(), json!(info.url));
        if !info.sources.is_empty() {
            head.insert("source".to_owned(), json!(info.sources.join("; ")));
        }
        if let Some(updated) = info.updated {
            head.insert("updated".to_owned(), json!(updated));
        }
        head.insert("id".to_owned(), json!(ids(info)));
        head.insert("size".to_owned(), json!(self.axes.size(info)));
        head.insert("role".to_owned(), roles(info));
        head.insert("dimension".to_owned(), self.axes.dimensions(info));
        let head = Value::Object(head).to_string();
        // Without its closing brace, which comes at the end.
        let head = head.strip_suffix('}').unwrap_or(&head);
        out.write_all(head.as_bytes())
            .and_then(|()| out.write_all(b",\"value\":{"))
            .map_err(Problem::internal)
    }

    fn cell(&mut self, info: &ResponseInfo, cell: &Cell, out: &mut Vec<u8>) -> Result<(), Problem> {
        // A deleted cell is left out.
        if cell.deleted {
            return Ok(());
        }
        let index = self.axes.index(info, cell)?;
        self.line.clear();
        self.line.push_str(if self.has_cells { "," } else { "" });
        self.has_cells = true;
        let value = cell.value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        self.line.push_str(&format!("\"{index}\":{value}"));
        if (cell.obs, cell.conf) != (ObsStatus::Normal, ConfStatus::Free) {
            self.status.push(index, (cell.obs, cell.conf));
        }
        if cell.revision > 1 {
            self.revised.push(index, ());
        }
        if !cell.complete {
            self.incomplete.push(index, ());
        }
        if cell.release.withdrawn.is_some() {
            self.withdrawn.push(index, ());
        }
        out.write_all(self.line.as_bytes()).map_err(Problem::internal)
    }

    fn end(&mut self, info: &ResponseInfo, end: &End, out: &mut Vec<u8>) -> Result<(), Problem> {
        let extension = json!({
            "indicator": {
                "id": info.indicator,
                "slug": info.slug,
                "definition": info.definition,
                "unit": info.unit,
                "decimals": info.decimals,
            },
            "licence": info.licence,
            "as_of": info.as_of,
            "page": {"limit": end.limit, "next": end.next},
            "status": {"label": self.legend()},
        });
        let extension = extension.to_string();
        let extension = extension.strip_suffix('}').unwrap_or(&extension);
        let mut write = || -> std::io::Result<()> {
            out.write_all(b"},\"status\":{")?;
            self.status.write(out, |out, index, (obs, conf)| {
                write!(out, "\"{index}\":\"{}\"", status_code(*obs, *conf))
            })?;
            write!(out, "}},\"extension\":{extension}")?;
            for (name, runs) in [
                ("revised", &self.revised),
                ("incomplete", &self.incomplete),
                ("not_published", &self.withdrawn),
            ] {
                write!(out, ",\"{name}\":[")?;
                runs.write(out, |out, index, ()| write!(out, "{index}"))?;
                out.write_all(b"]")?;
            }
            out.write_all(b"}}")
        };
        write().map_err(Problem::internal)
    }
}

impl JsonStat {
    /// The meaning of the status codes that occur.
    fn legend(&self) -> Value {
        let mut legend = Map::new();
        for (_, _, (obs, conf)) in &self.status.runs {
            let words = match conf {
                ConfStatus::Free => obs.words().to_owned(),
                _ => format!("{}; {}", obs.words(), conf.words()),
            };
            legend.insert(status_code(*obs, *conf), json!(words));
        }
        Value::Object(legend)
    }
}

fn status_code(obs: ObsStatus, conf: ConfStatus) -> String {
    match conf {
        ConfStatus::Free => obs.code().to_owned(),
        _ => format!("{}/{}", obs.code(), conf.code()),
    }
}

fn ids(info: &ResponseInfo) -> Vec<&str> {
    let dimensions = info.dimensions.iter().map(|dimension| dimension.code.as_str());
    ["INDICATOR"].into_iter().chain(dimensions).chain(["FREQ", "TIME_PERIOD"]).collect()
}

fn roles(info: &ResponseInfo) -> Value {
    let mut roles = json!({"time": ["TIME_PERIOD"], "metric": ["INDICATOR"]});
    if info.dimensions.iter().any(|dimension| dimension.code == "AREA") {
        roles["geo"] = json!(["AREA"]);
    }
    roles
}

/// The frequencies and the periods, which the cube has in addition to the dimensions of the indicator.
///
/// How a period is written depends on the frequency, so a period can occur several times if a response has several frequencies.
struct Axes {
    frequencies: Vec<Frequency>,
    periods: Vec<(String, String)>,
    period_indexes: HashMap<(Period, Frequency), usize>,
}

impl Axes {
    fn new(series: &[Arc<SeriesInfo>], periods: &[Period]) -> Axes {
        let mut axes = Axes { frequencies: vec![], periods: vec![], period_indexes: HashMap::new() };
        for one in series {
            if !axes.frequencies.contains(&one.frequency) {
                axes.frequencies.push(one.frequency);
            }
        }
        for period in periods {
            let first = axes.periods.len();
            for frequency in &axes.frequencies {
                let text = period.text(*frequency);
                let known = axes.periods[first..].iter().position(|(other, _)| *other == text);
                let index = known.map_or(axes.periods.len(), |n| first + n);
                if known.is_none() {
                    axes.periods.push((text, period.words(*frequency)));
                }
                axes.period_indexes.insert((*period, *frequency), index);
            }
        }
        axes
    }

    fn size(&self, info: &ResponseInfo) -> Vec<usize> {
        let dimensions = info.dimensions.iter().map(|dimension| dimension.codes.len());
        [1].into_iter().chain(dimensions).chain([self.frequencies.len(), self.periods.len()]).collect()
    }

    /// The index of a cell in row-major order: the last dimension varies fastest.
    fn index(&self, info: &ResponseInfo, cell: &Cell) -> Result<usize, Problem> {
        let frequency = cell.series.frequency;
        let frequency_index = self.frequencies.iter().position(|known| *known == frequency);
        let period_index = self.period_indexes.get(&(cell.period, frequency)).copied();
        let (Some(frequency_index), Some(period_index)) = (frequency_index, period_index) else {
            return Err(Problem::internal("a cell has a series or a period that the dataset lacks"));
        };
        let codes = cell.series.codes.iter().copied().chain([frequency_index, period_index]);
        let sizes = self.size(info);
        let steps = codes.zip(sizes.iter().skip(1).copied());
        Ok(steps.fold(0, |index, (code, size)| index * size + code))
    }

    fn dimensions(&self, info: &ResponseInfo) -> Value {
        let mut all = Map::new();
        let unit = json!({"label": info.unit, "decimals": info.decimals});
        let mut indicator = dimension("Indicator", [(info.slug.as_str(), info.title.as_str())]);
        indicator["category"]["unit"] = json!({info.slug.as_str(): unit});
        all.insert("INDICATOR".to_owned(), indicator);
        for one in &info.dimensions {
            let codes = one.codes.iter().map(|code| (code.code.as_str(), code.name.as_str()));
            all.insert(one.code.clone(), dimension(&one.name, codes));
        }
        let frequencies = self.frequencies.iter().map(|frequency| (frequency.code(), frequency.words()));
        all.insert("FREQ".to_owned(), dimension("Frequency", frequencies));
        let periods = self.periods.iter().map(|(text, words)| (text.as_str(), words.as_str()));
        all.insert("TIME_PERIOD".to_owned(), dimension("Time period", periods));
        Value::Object(all)
    }
}

fn dimension<'a>(label: &str, codes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let (mut index, mut names) = (vec![], Map::new());
    for (code, name) in codes {
        index.push(json!(code));
        names.insert(code.to_owned(), json!(name));
    }
    json!({"label": label, "category": {"index": index, "label": names}})
}

/// Indexes with a value each. Consecutive indexes with the same value are one run: first index, last index, value.
struct Runs<T> {
    runs: Vec<(usize, usize, T)>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Runs { runs: vec![] }
    }
}

impl<T: PartialEq> Runs<T> {
    fn push(&mut self, index: usize, value: T) {
        match self.runs.last_mut() {
            Some((_, last, same)) if *last + 1 == index && *same == value => *last = index,
            _ => self.runs.push((index, index, value)),
        }
    }

    fn write(
        &self,
        out: &mut dyn Write,
        write_one: impl Fn(&mut dyn Write, usize, &T) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut has_any = false;
        for (first, last, value) in &self.runs {
            for index in *first..=*last {
                if has_any {
                    out.write_all(b",")?;
                }
                has_any = true;
                write_one(out, index, value)?;
            }
        }
        Ok(())
    }
}
