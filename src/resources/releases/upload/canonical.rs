//! The form that needs no mapping: the columns that our own answers have, by their names.

use csv::StringRecord;

use super::draft::{Draft, Number, Titles};
use super::found::{Found, brief};
use super::measure::Measure;
use super::row::Shape;
use super::sentences::{key_form, mark, other_frequency, unknown_code, unknown_conf, unknown_obs, words};
use super::table::Reader;
use super::text;
use crate::problem::Problem;
use crate::stats::decimal::Scaled;
use crate::stats::period::Period;
use crate::stats::status::{ConfStatus, ObsStatus};

/// The columns that are read, beside those of the dimensions.
pub const READ: &[&str] = &[
    "series",
    "FREQ",
    "TIME_PERIOD",
    "value",
    "numerator",
    "denominator",
    "OBS_STATUS",
    "CONF_STATUS",
    "complete",
    "reason",
    "note",
    "ACTION",
];

/// What our answers say besides: taken, so that a file can be mended and sent back, and not read.
pub const PASSED: &[&str] = &[
    "STRUCTURE",
    "STRUCTURE_ID",
    "STRUCTURE_NAME",
    "UNIT_MEASURE",
    "DECIMALS",
    "SHORTHAND",
    "PERIOD_WORDS",
    "LABEL",
    "RELEASE",
    "VALID_FROM",
    "VALID_TO",
    "REVISED",
    "REVISION",
    "WITHDRAWN",
];

/// Which column is what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Read(usize),
    Dimension(usize),
    Passed,
}

/// Reads the canonical form.
pub struct Canonical<'m, 's> {
    measure: &'m mut Measure<'s>,
    /// Where each column of `READ` stands.
    places: Vec<Option<usize>>,
    dimensions: Vec<Option<usize>>,
    titles: Titles,
    names: Vec<String>,
}

impl<'m, 's> Canonical<'m, 's> {
    /// Hands on to the measure.
    pub fn new(measure: &'m mut Measure<'s>) -> Canonical<'m, 's> {
        let dimensions = vec![None; measure.shape().dimensions.len()];
        let (places, titles) = (vec![None; READ.len()], Titles::default());
        Canonical { measure, places, dimensions, titles, names: vec![] }
    }

    /// A header with every column that there is, as a list of objects is read.
    pub fn whole_header(shape: &Shape) -> Vec<String> {
        let dimensions = shape.dimensions.iter().map(|dimension| dimension.code.clone());
        READ.iter().map(|name| (*name).to_owned()).chain(dimensions).collect()
    }

    /// The names that a column may have.
    pub fn known(shape: &Shape) -> Vec<&str> {
        let dimensions = shape.dimensions.iter().map(|dimension| dimension.code.as_str());
        dimensions.chain(READ.iter().copied()).chain(["OBS_VALUE"]).chain(PASSED.iter().copied()).collect()
    }

    /// Finds the column of that name; for objects, whose members come in any order.
    pub fn place(shape: &Shape, name: &str) -> Option<Option<usize>> {
        Some(match column(shape, name)? {
            Column::Read(n) => Some(n),
            Column::Dimension(n) => Some(READ.len() + n),
            Column::Passed => None,
        })
    }

    fn get<'c>(&self, cells: &'c StringRecord, name: Name) -> &'c str {
        let cell = self.places[name as usize].and_then(|place| cells.get(place)).unwrap_or_default();
        text::unguarded(cell.trim())
    }

    fn title(&self, name: Name) -> String {
        match self.places[name as usize] {
            Some(place) => self.names[place].clone(),
            None => READ[name as usize].to_owned(),
        }
    }

    fn needed(&self, titles: &[String], found: &mut Found) -> bool {
        let mut whole = true;
        let mut missing = |name: &str, detail: String| {
            found.error(1, name, "missing_column", || detail);
            whole = false;
        };
        // Titles are tidy: what was a tab is a blank.
        let parts = |title: &String| title.split([';', ' ', '|']).any(|part| part == "TIME_PERIOD");
        if titles.len() == 1 && titles[0] != "TIME_PERIOD" && parts(&titles[0]) {
            missing(
                "",
                "The columns of the canonical form have commas between them; declare another sign in a mapping.".to_owned(),
            );
            return whole;
        }
        for name in [Name::Period, Name::Value] {
            if self.places[name as usize].is_none() {
                let name = READ[name as usize];
                missing(name, format!("There is no column `{name}`, and nothing can be read without it."));
            }
        }
        if self.places[Name::Series as usize].is_none() {
            for (dimension, place) in self.measure.shape().dimensions.iter().zip(&self.dimensions) {
                if place.is_none() {
                    let (code, name) = (&dimension.code, &dimension.name);
                    missing(
                        code,
                        format!("Give a column `{code}` ({name}), or a column `series` with the whole key."),
                    );
                }
            }
        }
        whole
    }
}

/// Places in `READ`.
#[derive(Clone, Copy)]
enum Name {
    Series,
    Freq,
    Period,
    Value,
    Numerator,
    Denominator,
    Obs,
    Conf,
    Complete,
    Reason,
    Note,
    Action,
}

/// The code of a cell, or the id of a title, that has its name behind it, as SDMX-CSV writes both: `E23000018: Derbyshire`.
fn coded(cell: &str) -> &str {
    cell.split_once(": ").map_or(cell, |(code, _)| code)
}

fn column(shape: &Shape, title: &str) -> Option<Column> {
    let name = coded(title);
    if let Some(n) = shape.dimensions.iter().position(|dimension| dimension.code.eq_ignore_ascii_case(name)) {
        return Some(Column::Dimension(n));
    }
    let name = if name.eq_ignore_ascii_case("OBS_VALUE") { "value" } else { name };
    if let Some(n) = READ.iter().position(|known| known.eq_ignore_ascii_case(name)) {
        return Some(Column::Read(n));
    }
    let passed = PASSED.iter().any(|known| known.eq_ignore_ascii_case(name));
    // Names stand in columns of their own where they were asked for.
    let named =
        name.strip_suffix("_NAME").is_some_and(|of| !of.ends_with("_NAME") && column(shape, of).is_some());
    (passed || named).then_some(Column::Passed)
}

impl Reader for Canonical<'_, '_> {
    fn header(&mut self, titles: Vec<String>, found: &mut Found) -> bool {
        let shape = self.measure.shape();
        for (at, title) in titles.iter().enumerate() {
            let place = match column(shape, title) {
                Some(Column::Read(n)) => &mut self.places[n],
                Some(Column::Dimension(n)) => &mut self.dimensions[n],
                Some(Column::Passed) => continue,
                None => {
                    let known = Canonical::known(shape);
                    found.error(1, title, "unknown_column", || {
                        crate::problem::unknown_name("column", title, &known)
                    });
                    continue;
                }
            };
            if place.is_some() {
                found.error(1, title, "duplicate_column", || "This column stands there twice.".to_owned());
            }
            *place = Some(at);
        }
        let whole = self.needed(&titles, found);
        self.names = titles;
        self.titles = Titles {
            dimensions: shape.dimensions.iter().map(|dimension| dimension.code.clone()).collect(),
            period: self.title(Name::Period),
            value: self.title(Name::Value),
            numerator: self.title(Name::Numerator),
            denominator: self.title(Name::Denominator),
            status: self.title(Name::Obs),
        };
        whole
    }

    fn row(&mut self, row: u64, cells: &StringRecord, found: &mut Found) -> Result<(), Problem> {
        let mut draft = Draft::new(row, self.measure.shape());
        self.codes(cells, &mut draft, found);
        self.action(cells, &mut draft, found);
        self.period(cells, &mut draft, found);
        draft.value = self.number(cells, Name::Value, &mut draft, found);
        draft.numerator = self.number(cells, Name::Numerator, &mut draft, found);
        draft.denominator = self.number(cells, Name::Denominator, &mut draft, found);
        self.status(cells, &mut draft, found);
        draft.complete = match self.get(cells, Name::Complete) {
            "" => true,
            yes if yes.eq_ignore_ascii_case("true") => true,
            no if no.eq_ignore_ascii_case("false") => false,
            other => {
                draft.wrong(found, &self.title(Name::Complete), "not_true_or_false", || {
                    format!("`{}` is neither `true` nor `false`.", brief(other))
                });
                true
            }
        };
        draft.reason = self.words(cells, Name::Reason, &mut draft, found);
        draft.note = self.words(cells, Name::Note, &mut draft, found);
        self.measure.take(draft, &self.titles, found)
    }
}

impl Canonical<'_, '_> {
    fn codes(&self, cells: &StringRecord, draft: &mut Draft, found: &mut Found) {
        let shape = self.measure.shape();
        let key = self.get(cells, Name::Series);
        let from_key = if key.is_empty() { None } else { self.key(key, draft, found) };
        for (n, dimension) in shape.dimensions.iter().enumerate() {
            let cell = self.dimensions[n].and_then(|place| cells.get(place)).unwrap_or_default();
            let cell = coded(cell.trim());
            let keyed = from_key.as_ref().and_then(|codes| codes.get(n)).copied();
            let code = match (cell, keyed) {
                ("", Some(keyed)) => keyed,
                ("", None) if !key.is_empty() => continue,
                ("", None) => {
                    draft.wrong(found, &dimension.code, "required", || {
                        format!("Give a code of {} ({}).", dimension.code, dimension.name)
                    });
                    continue;
                }
                (cell, Some(keyed)) if cell != keyed => {
                    draft.wrong(found, &dimension.code, "contradiction", || {
                        format!("The key says `{}`, this cell `{}`.", brief(keyed), brief(cell))
                    });
                    continue;
                }
                (cell, _) => cell,
            };
            draft.codes[n] = dimension.find(code);
            if draft.codes[n].is_none() {
                let column = if cell.is_empty() { READ[Name::Series as usize] } else { &dimension.code };
                unknown_code(draft, column, code, n, shape, found);
            }
        }
        let frequency = coded(self.get(cells, Name::Freq));
        if !frequency.is_empty() && frequency != shape.frequency.code() {
            draft.wrong(found, READ[Name::Freq as usize], "wrong_frequency", || {
                other_frequency(frequency, shape.frequency)
            });
        }
    }

    /// The codes in a series' key: the indicator's slug, its codes, the frequency.
    fn key<'k>(&self, key: &'k str, draft: &mut Draft, found: &Found) -> Option<Vec<&'k str>> {
        let (shape, series) = (self.measure.shape(), READ[Name::Series as usize]);
        let parts: Vec<&str> = key.split('.').collect();
        let [slug, codes @ .., frequency] = parts.as_slice() else {
            draft.wrong(found, series, "not_a_key", || key_form(key, shape));
            return None;
        };
        if codes.len() != shape.dimensions.len() {
            draft.wrong(found, series, "not_a_key", || key_form(key, shape));
            return None;
        }
        if *slug != shape.slug {
            draft.wrong(found, series, "other_indicator", || {
                format!("This release is of the indicator `{}`, not of `{}`.", shape.slug, brief(slug))
            });
        }
        if *frequency != shape.frequency.code() {
            draft.wrong(found, series, "wrong_frequency", || other_frequency(frequency, shape.frequency));
        }
        Some(codes.to_vec())
    }

    fn action(&self, cells: &StringRecord, draft: &mut Draft, found: &Found) {
        match self.get(cells, Name::Action) {
            "" | "A" | "M" | "I" | "R" => {}
            "D" => draft.delete = true,
            other => draft.wrong(found, READ[Name::Action as usize], "unknown_action", || {
                format!(
                    "`{}` is no action: `D` takes a cell away; `A`, `M`, `I`, `R` and nothing write it.",
                    brief(other)
                )
            }),
        }
    }

    fn period(&self, cells: &StringRecord, draft: &mut Draft, found: &Found) {
        let cell = self.get(cells, Name::Period);
        match Period::parse(cell) {
            Ok(period) => draft.period = Some(period),
            Err(fault) => {
                draft.wrong(found, &self.titles.period, fault.code(), || {
                    format!("`{}` is not taken for a period. {fault}", brief(cell))
                });
            }
        }
    }

    fn number(&self, cells: &StringRecord, name: Name, draft: &mut Draft, found: &Found) -> Number {
        let cell = self.get(cells, name);
        if cell.is_empty() {
            return Number::Absent;
        }
        match Scaled::parse(cell) {
            Ok(number) => Number::Is(number),
            Err(fault) => {
                draft.wrong(found, &self.title(name), fault.code(), || {
                    format!("`{}` is not taken for a number. {fault}{}", brief(cell), mark(cell))
                });
                Number::Wrong
            }
        }
    }

    fn status(&self, cells: &StringRecord, draft: &mut Draft, found: &Found) {
        let (obs, conf) = (coded(self.get(cells, Name::Obs)), coded(self.get(cells, Name::Conf)));
        if !obs.is_empty() {
            draft.obs = ObsStatus::parse(obs);
            if draft.obs.is_none() {
                draft.status_wrong = true;
                draft.wrong(found, &self.titles.status, "unknown_status", || unknown_obs(obs));
            }
        }
        if !conf.is_empty() {
            draft.conf = ConfStatus::parse(conf);
            if draft.conf.is_none() {
                draft.wrong(found, READ[Name::Conf as usize], "unknown_status", || unknown_conf(conf));
            }
        }
    }

    fn words(&self, cells: &StringRecord, name: Name, draft: &mut Draft, found: &Found) -> Option<String> {
        let cell = self.get(cells, name);
        words(cell, &self.title(name), draft, found)
    }
}
