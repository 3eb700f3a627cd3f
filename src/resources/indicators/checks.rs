//! What the schema cannot say.

use super::dto::{Dimension, IndicatorContent, MeasureType};
use crate::problem::Fault;
use crate::resources::shared;

/// Adds a fault for each thing that is wrong.
pub fn check(content: &IndicatorContent, faults: &mut Vec<Fault>) {
    if content.measure_type == MeasureType::Ratio {
        for (member, given) in [("numerator", &content.numerator), ("denominator", &content.denominator)] {
            if given.is_none() {
                let pointer = format!("/{member}");
                faults.push(Fault::pointer(pointer, "required", "A ratio says what it divides by what."));
            }
        }
    }
    let codes = content.dimensions.iter().map(|dimension| dimension.code.as_str());
    shared::distinct(codes, |n| format!("/dimensions/{n}/code"), faults);
    for (n, dimension) in content.dimensions.iter().enumerate() {
        check_codes(n, dimension, faults);
    }
    for (n, target) in content.targets.iter().enumerate() {
        shared::span_at(&format!("/targets/{n}"), target.from, target.to, faults);
    }
    for (n, pair) in content.breaks.windows(2).enumerate() {
        if pair[1].date < pair[0].date {
            faults.push(Fault::pointer(
                format!("/breaks/{}/date", n + 1),
                "order",
                "Breaks stand in the order of their days; this one is earlier than the one before it.",
            ));
        }
    }
}

fn check_codes(n: usize, dimension: &Dimension, faults: &mut Vec<Fault>) {
    let codes = dimension.codes.iter().map(|code| code.code.as_str());
    shared::distinct(codes, |m| format!("/dimensions/{n}/codes/{m}/code"), faults);
    for (m, code) in dimension.codes.iter().enumerate() {
        shared::span_at(&format!("/dimensions/{n}/codes/{m}"), code.from, code.to, faults);
    }
}
