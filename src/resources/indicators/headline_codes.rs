//! Which series the headline of an indicator is, and what is wrong with a choice of codes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::dto::{Dimension, IndicatorContent};
use super::headline::HeadlineComparison;
use crate::problem::{Fault, first_names, unknown_name};
use crate::stats::comparison::suits;

/// The dimension of areas, of which a headline without a code has the body's own.
const AREA: &str = "AREA";

/// Why an indicator has no headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHeadline {
    /// The body's area is none of the indicator's, and none is declared.
    NoArea,
    /// A dimension has several codes, and none is declared.
    NoTotal,
}

impl NoHeadline {
    /// The code in the API.
    pub const fn code(self) -> &'static str {
        match self {
            NoHeadline::NoArea => "no_area",
            NoHeadline::NoTotal => "no_total",
        }
    }

    /// What to do.
    pub const fn words(self) -> &'static str {
        match self {
            NoHeadline::NoArea => {
                "The area of the policing body is none of the indicator's areas. The indicator can declare another one in `headline`."
            }
            NoHeadline::NoTotal => {
                "A dimension of the indicator has several codes, and it is not declared which one stands for all. The indicator can declare one in `headline`."
            }
        }
    }
}

impl Dimension {
    /// The name of a code; the code itself if the dimension lacks it.
    pub fn name_of<'a>(&'a self, code: &'a str) -> &'a str {
        let known = self.codes.iter().find(|known| known.code == code);
        known.map_or(code, |known| known.name.as_str())
    }

    /// Two of these codes of which the first is a part of the second: directly, or of a part of it.
    pub fn part_and_whole<'a>(&self, codes: &[&'a str]) -> Option<(&'a str, &'a str)> {
        let parents: HashMap<&str, &str> = self
            .codes
            .iter()
            .filter_map(|code| Some((code.code.as_str(), code.parent.as_deref()?)))
            .collect();
        let named: HashSet<&'a str> = codes.iter().copied().collect();
        // No code is above itself: the indicator's own check refuses such parents.
        codes.iter().find_map(|part| {
            let above = std::iter::successors(parents.get(part), |code| parents.get(*code));
            above.into_iter().find_map(|code| named.get(*code)).map(|whole| (*part, *whole))
        })
    }

    /// The code of the whole: the only one that is no part of another.
    fn declared_total(&self) -> Option<&str> {
        let mut wholes = self.codes.iter().filter(|code| code.parent.is_none());
        match (wholes.next(), wholes.next()) {
            (Some(only), None) => Some(only.code.as_str()),
            _ => None,
        }
    }
}

impl IndicatorContent {
    /// The codes of the headline, in the order of the dimensions: the declared ones; otherwise one of the body's areas, of
    /// every other dimension the whole.
    pub fn headline_codes(&self, areas: &[&str]) -> Result<Vec<String>, NoHeadline> {
        let declared = |dimension: &Dimension| {
            self.headline.as_ref().and_then(|headline| headline.codes.get(&dimension.code))
        };
        let code = |dimension: &Dimension| {
            if let Some(code) = declared(dimension) {
                return Ok(code.clone());
            }
            let known = |area: &&&str| dimension.codes.iter().any(|code| code.code == **area);
            let default = match dimension.code == AREA {
                true => areas.iter().find(known).copied().ok_or(NoHeadline::NoArea),
                false => dimension.declared_total().ok_or(NoHeadline::NoTotal),
            };
            default.map(str::to_owned)
        };
        self.dimensions.iter().map(code).collect()
    }

    /// Adds what is wrong with the headline.
    pub fn check_headline(&self, faults: &mut Vec<Fault>) {
        if let Some(headline) = &self.headline {
            let has_default =
                |dimension: &Dimension| dimension.code == AREA || dimension.declared_total().is_some();
            self.check_codes(&headline.codes, "/headline/codes", has_default, faults);
        }
        let Some(comparison) = self.headline_comparison else { return };
        let mut fault = |code, detail: String| {
            faults.push(Fault::pointer("/headline_comparison", code, detail));
        };
        if let Err(refusal) = suits(comparison.method(), &self.measure()) {
            fault(refusal.code(), refusal.to_string());
        }
        if comparison == HeadlineComparison::Baseline && self.baselines.is_empty() {
            let detail =
                "The indicator declares no baseline. Add one to `baselines`, or choose another comparison.";
            fault("required", detail.to_owned());
        }
    }

    /// Adds what is wrong with a choice of one code of each dimension; a dimension with a default can be left out.
    pub fn check_codes(
        &self,
        codes: &BTreeMap<String, String>,
        pointer: &str,
        has_default: impl Fn(&Dimension) -> bool,
        faults: &mut Vec<Fault>,
    ) {
        let dimensions: Vec<&str> = self.dimensions.iter().map(|one| one.code.as_str()).collect();
        for name in codes.keys().filter(|name| !dimensions.contains(&name.as_str())) {
            let detail = unknown_name("dimension", name, &dimensions);
            let name = name.replace('~', "~0").replace('/', "~1");
            faults.push(Fault::pointer(format!("{pointer}/{name}"), "unknown_dimension", detail));
        }
        for dimension in &self.dimensions {
            let known: Vec<&str> = dimension.codes.iter().map(|code| code.code.as_str()).collect();
            match codes.get(&dimension.code) {
                Some(code) if !known.contains(&code.as_str()) => {
                    let detail = unknown_name("code", code, &known);
                    faults.push(Fault::pointer(
                        format!("{pointer}/{}", dimension.code),
                        "unknown_code",
                        detail,
                    ));
                }
                None if !has_default(dimension) => {
                    let detail =
                        format!("Give the code of `{}` too: {}.", dimension.code, first_names(&known));
                    faults.push(Fault::pointer(pointer, "required", detail));
                }
                _ => {}
            }
        }
    }
}
