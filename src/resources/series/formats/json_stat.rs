//! Figures as a JSON-stat 2.0 dataset: a cube of the indicator, its dimensions, the frequency and the period.
//!
//! Values are an object from place to number, so they are written as they come. What is to be told of a cell beside its
//! value stands behind them: `status` is SDMX's `OBS_STATUS` (with `/` and the `CONF_STATUS` where that is not F) of
//! what is not a normal value, and `extension` lists the places of what was revised, is not complete or was withdrawn.
//! Until then it is held as runs of places, of which there are few. A number has the value's exact digits; whoever reads
//! it into binary floating point may lose some beyond the fifteenth. Numerators, reasons and notes are not told.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::problem::Problem;
use crate::resources::series::cell::{Cell, CellWriter, End, Frame, SeriesInfo};
use crate::stats::period::{Frequency, Period};
use crate::stats::status::{ConfStatus, ObsStatus};

/// How many places a dataset may have, filled or not: readers lay out all of them.
pub const PLACES: usize = 10_000_000;

/// True where a dataset would have more places than [`PLACES`].
pub fn too_large(frame: &Frame, series: &[Arc<SeriesInfo>], periods: &[Period]) -> bool {
    let axes = Axes::new(series, periods);
    let places = axes.size(frame).iter().try_fold(1_usize, |places, size| places.checked_mul(*size));
    places.is_none_or(|places| places > PLACES)
}

/// Writes JSON-stat.
pub struct JsonStat {
    axes: Axes,
    begun: bool,
    line: String,
    status: Runs<(ObsStatus, ConfStatus)>,
    revised: Runs<()>,
    incomplete: Runs<()>,
    withdrawn: Runs<()>,
}

impl JsonStat {
    /// A writer for these series and these periods, which are in order and there once.
    pub fn new(series: &[Arc<SeriesInfo>], periods: &[Period]) -> JsonStat {
        JsonStat {
            axes: Axes::new(series, periods),
            begun: false,
            line: String::new(),
            status: Runs::default(),
            revised: Runs::default(),
            incomplete: Runs::default(),
            withdrawn: Runs::default(),
        }
    }
}

impl CellWriter for JsonStat {
    fn begin(&mut self, frame: &Frame, out: &mut dyn Write) -> Result<(), Problem> {
        let mut head = Map::new();
        head.insert("version".to_owned(), json!("2.0"));
        head.insert("class".to_owned(), json!("dataset"));
        head.insert("label".to_owned(), json!(frame.title));
        head.insert("href".to_owned(), json!(frame.address));
        if !frame.sources.is_empty() {
            head.insert("source".to_owned(), json!(frame.sources.join("; ")));
        }
        if let Some(updated) = frame.updated {
            head.insert("updated".to_owned(), json!(updated));
        }
        head.insert("id".to_owned(), json!(ids(frame)));
        head.insert("size".to_owned(), json!(self.axes.size(frame)));
        head.insert("role".to_owned(), roles(frame));
        head.insert("dimension".to_owned(), self.axes.dimensions(frame));
        let head = Value::Object(head).to_string();
        // Its closing brace comes at the end of all.
        let head = head.strip_suffix('}').unwrap_or(&head);
        out.write_all(head.as_bytes())
            .and_then(|()| out.write_all(b",\"value\":{"))
            .map_err(Problem::internal)
    }

    fn cell(&mut self, frame: &Frame, cell: &Cell, out: &mut dyn Write) -> Result<(), Problem> {
        // What was taken away has no place; it is known by that.
        if cell.deleted {
            return Ok(());
        }
        let place = self.axes.place(frame, cell)?;
        self.line.clear();
        self.line.push_str(if self.begun { "," } else { "" });
        self.begun = true;
        let value = cell.value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        self.line.push_str(&format!("\"{place}\":{value}"));
        if (cell.obs, cell.conf) != (ObsStatus::Normal, ConfStatus::Free) {
            self.status.push(place, (cell.obs, cell.conf));
        }
        if cell.revision > 1 {
            self.revised.push(place, ());
        }
        if !cell.complete {
            self.incomplete.push(place, ());
        }
        if cell.release.withdrawn.is_some() {
            self.withdrawn.push(place, ());
        }
        out.write_all(self.line.as_bytes()).map_err(Problem::internal)
    }

    fn end(&mut self, frame: &Frame, end: &End, out: &mut dyn Write) -> Result<(), Problem> {
        let about = json!({
            "indicator": {
                "id": frame.indicator,
                "slug": frame.slug,
                "definition": frame.definition,
                "unit": frame.unit,
                "decimals": frame.decimals,
            },
            "licence": frame.licence,
            "as_of": frame.as_of,
            "page": {"limit": end.limit, "next": end.next},
            "status": {"label": self.legend()},
        });
        let about = about.to_string();
        let about = about.strip_suffix('}').unwrap_or(&about);
        let mut write = || -> std::io::Result<()> {
            out.write_all(b"},\"status\":{")?;
            self.status
                .write(out, |out, place, (obs, conf)| write!(out, "\"{place}\":\"{}\"", code(*obs, *conf)))?;
            write!(out, "}},\"extension\":{about}")?;
            for (name, runs) in [
                ("revised", &self.revised),
                ("incomplete", &self.incomplete),
                ("not_published", &self.withdrawn),
            ] {
                write!(out, ",\"{name}\":[")?;
                runs.write(out, |out, place, ()| write!(out, "{place}"))?;
                out.write_all(b"]")?;
            }
            out.write_all(b"}}")
        };
        write().map_err(Problem::internal)
    }
}

impl JsonStat {
    /// What the codes of the statuses that occur mean.
    fn legend(&self) -> Value {
        let mut legend = Map::new();
        for (_, _, (obs, conf)) in &self.status.runs {
            let words = match conf {
                ConfStatus::Free => obs.words().to_owned(),
                _ => format!("{}; {}", obs.words(), conf.words()),
            };
            legend.insert(code(*obs, *conf), json!(words));
        }
        Value::Object(legend)
    }
}

fn code(obs: ObsStatus, conf: ConfStatus) -> String {
    match conf {
        ConfStatus::Free => obs.code().to_owned(),
        _ => format!("{}/{}", obs.code(), conf.code()),
    }
}

fn ids(frame: &Frame) -> Vec<&str> {
    let dimensions = frame.dimensions.iter().map(|dimension| dimension.code.as_str());
    ["INDICATOR"].into_iter().chain(dimensions).chain(["FREQ", "TIME_PERIOD"]).collect()
}

fn roles(frame: &Frame) -> Value {
    let mut roles = json!({"time": ["TIME_PERIOD"], "metric": ["INDICATOR"]});
    if frame.dimensions.iter().any(|dimension| dimension.code == "AREA") {
        roles["geo"] = json!(["AREA"]);
    }
    roles
}

/// What the cube has beside the indicator's own dimensions: its frequencies and its periods.
///
/// A period is written as its frequency has it. Where an answer has several frequencies, one period can have several places.
struct Axes {
    frequencies: Vec<Frequency>,
    periods: Vec<(String, String)>,
    places: HashMap<(Period, Frequency), usize>,
}

impl Axes {
    fn new(series: &[Arc<SeriesInfo>], periods: &[Period]) -> Axes {
        let mut axes = Axes { frequencies: vec![], periods: vec![], places: HashMap::new() };
        for one in series {
            if !axes.frequencies.contains(&one.frequency) {
                axes.frequencies.push(one.frequency);
            }
        }
        for period in periods {
            let first = axes.periods.len();
            for frequency in &axes.frequencies {
                let text = period.text(*frequency);
                let there = axes.periods[first..].iter().position(|(known, _)| *known == text);
                let place = there.map_or(axes.periods.len(), |at| first + at);
                if there.is_none() {
                    axes.periods.push((text, period.words(*frequency)));
                }
                axes.places.insert((*period, *frequency), place);
            }
        }
        axes
    }

    fn size(&self, frame: &Frame) -> Vec<usize> {
        let dimensions = frame.dimensions.iter().map(|dimension| dimension.codes.len());
        [1].into_iter().chain(dimensions).chain([self.frequencies.len(), self.periods.len()]).collect()
    }

    /// The place of a cell, counted with the last dimension running fastest.
    fn place(&self, frame: &Frame, cell: &Cell) -> Result<usize, Problem> {
        let frequency = cell.series.frequency;
        let own = self.frequencies.iter().position(|known| *known == frequency);
        let period = self.places.get(&(cell.period, frequency)).copied();
        let (Some(own), Some(period)) = (own, period) else {
            return Err(Problem::internal("a cell of a series or a period that was not told before"));
        };
        let codes = cell.series.codes.iter().copied().chain([own, period]);
        let sizes = self.size(frame);
        let steps = codes.zip(sizes.iter().skip(1).copied());
        Ok(steps.fold(0, |place, (code, size)| place * size + code))
    }

    fn dimensions(&self, frame: &Frame) -> Value {
        let mut all = Map::new();
        let unit = json!({"label": frame.unit, "decimals": frame.decimals});
        let mut indicator = dimension("Indicator", [(frame.slug.as_str(), frame.title.as_str())]);
        indicator["category"]["unit"] = json!({frame.slug.as_str(): unit});
        all.insert("INDICATOR".to_owned(), indicator);
        for one in &frame.dimensions {
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

/// Places with what is to be told of them, those that follow each other in one: first, last and what.
struct Runs<T> {
    runs: Vec<(usize, usize, T)>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Runs { runs: vec![] }
    }
}

impl<T: PartialEq> Runs<T> {
    fn push(&mut self, place: usize, what: T) {
        match self.runs.last_mut() {
            Some((_, last, same)) if *last + 1 == place && *same == what => *last = place,
            _ => self.runs.push((place, place, what)),
        }
    }

    fn write(
        &self,
        out: &mut dyn Write,
        each: impl Fn(&mut dyn Write, usize, &T) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut begun = false;
        for (first, last, what) in &self.runs {
            for place in *first..=*last {
                if begun {
                    out.write_all(b",")?;
                }
                begun = true;
                each(out, place, what)?;
            }
        }
        Ok(())
    }
}
