//! The rules of an indicator that its schema cannot state.

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
        validation::result(faults)
    }
}

impl Validate for Dimension {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut faults = vec![];
        let codes = self.codes.iter().map(|code| code.code.as_str());
        rules::check_distinct(codes, |n| format!("/codes/{n}/code"), &mut faults);
        rules::check_parts("/codes", &self.codes, &mut faults);
        validation::result(faults)
    }
}
