//! What the schema cannot say.

use serde_json::Value;

use super::disclosure;
use super::dto::{Dimension, IndicatorContent, MeasureType};
use crate::problem::{Fault, Problem};
use crate::record::kind::CrossRecordCheck;
use crate::resources::{series, shared};
use crate::store::Conn;

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
        if series::reserved(&dimension.code) {
            let detail = "Figures have, or may have, a column of that name beside their dimensions; call this one otherwise.";
            faults.push(Fault::pointer(format!("/dimensions/{n}/code"), "reserved", detail));
        }
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

/// What figures on record do not allow: series are called by the slug and the codes, so these stay. Codes and names may be
/// added and told otherwise.
pub fn cross_check(
    conn: &mut Conn,
    this: &CrossRecordCheck<'_>,
    faults: &mut Vec<Fault>,
) -> Result<(), Problem> {
    if this.before.is_none() {
        return Ok(());
    }
    // Figures that are out, or that the clock will bring out, were judged by the profile when they were published.
    if disclosure::figures_refused(this.content).is_some() && series::goes_out(conn, this.record)? {
        let detail = "Its figures are published or scheduled without disclosure control; withdraw or return those releases first.";
        faults.push(Fault::pointer("/disclosure_profile", "figures_out", detail));
    }
    let Some(frozen) = series::frozen(conn, this.record)? else { return Ok(()) };
    let code = |dimension: &Value| dimension["code"].as_str().unwrap_or_default().to_owned();
    if this.content["slug"] != frozen.slug.as_str() {
        let detail = format!("Its series are called by `{}`; that stays.", frozen.slug);
        faults.push(Fault::pointer("/slug", "frozen", detail));
    }
    let now: &[Value] = this.content["dimensions"].as_array().map_or(&[], Vec::as_slice);
    if !now.iter().map(code).eq(frozen.dimensions.iter().cloned()) {
        let detail =
            format!("It has figures, by these dimensions in this order: {}.", frozen.dimensions.join(", "));
        faults.push(Fault::pointer("/dimensions", "frozen", detail));
        return Ok(());
    }
    for (n, (dimension, used)) in now.iter().zip(&frozen.codes).enumerate() {
        let known: Vec<String> = dimension["codes"].as_array().into_iter().flatten().map(code).collect();
        let gone: Vec<&str> = used.iter().filter(|one| !known.contains(one)).map(String::as_str).collect();
        if !gone.is_empty() {
            let detail = format!(
                "These codes have figures and stay; a code that has ended gets its last day as `to`: {}.",
                gone.join(", ")
            );
            faults.push(Fault::pointer(format!("/dimensions/{n}/codes"), "frozen", detail));
        }
    }
    Ok(())
}
