//! The rules of an indicator that its schema cannot state.

use std::collections::HashMap;

use validator::{Validate, ValidationErrors};

use super::dto::{Dimension, IndicatorContent, MeasureType};
use crate::problem::Fault;
use crate::resources::{rules, series};
use crate::validation;

impl Validate for IndicatorContent {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        if self.measure_type == MeasureType::Ratio {
            for (field, value) in [("numerator", &self.numerator), ("denominator", &self.denominator)] {
                if value.is_none() {
                    let detail = "A ratio needs both a numerator and a denominator.";
                    faults.push(Fault::pointer(format!("/{field}"), "required", detail));
                }
            }
        }
        let codes = self.dimensions.iter().map(|dimension| dimension.code.as_str());
        rules::check_distinct(codes, |n| format!("/dimensions/{n}/code"), &mut faults);
        for (n, dimension) in self.dimensions.iter().enumerate() {
            if series::reserved(&dimension.code) {
                let detail = "Observations have, or may have, a column of this name besides their dimensions. Choose another code.";
                faults.push(Fault::pointer(format!("/dimensions/{n}/code"), "reserved", detail));
            }
        }
        rules::check_parts("/dimensions", &self.dimensions, &mut faults);
        rules::check_parts("/targets", &self.targets, &mut faults);
        let dates = self.breaks.iter().map(|one| one.date);
        rules::check_ascending("Breaks", dates, |n| format!("/breaks/{n}/date"), &mut faults);
        self.check_headline(&mut faults);
        validation::result(faults)
    }
}

impl Dimension {
    /// A parent is another code of the dimension, and no code is a part of itself, however far up.
    fn check_parents(&self, faults: &mut Vec<Fault>) {
        let parents: HashMap<&str, Option<&str>> =
            self.codes.iter().map(|code| (code.code.as_str(), code.parent.as_deref())).collect();
        for (n, code) in self.codes.iter().enumerate() {
            let Some(parent) = code.parent.as_deref() else { continue };
            let pointer = || format!("/codes/{n}/parent");
            if !parents.contains_key(parent) {
                let detail =
                    format!("`{parent}` is no code of this dimension. Add it, or remove the parent.");
                faults.push(Fault::pointer(pointer(), "unknown_code", detail));
                continue;
            }
            let mut above = Some(parent);
            let mut steps = 0;
            while let Some(code_above) = above.filter(|above| *above != code.code && steps < self.codes.len())
            {
                above = parents.get(code_above).copied().flatten();
                steps += 1;
            }
            if above == Some(code.code.as_str()) {
                let detail =
                    format!("`{}` would be a part of itself. Name the code that it is a part of.", code.code);
                faults.push(Fault::pointer(pointer(), "circular", detail));
            }
        }
    }
}

impl Validate for Dimension {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        let codes = self.codes.iter().map(|code| code.code.as_str());
        rules::check_distinct(codes, |n| format!("/codes/{n}/code"), &mut faults);
        rules::check_parts("/codes", &self.codes, &mut faults);
        self.check_parents(&mut faults);
        validation::result(faults)
    }
}
