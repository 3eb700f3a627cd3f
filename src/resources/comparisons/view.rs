//! A comparison as the answer shows it, with its receipt.

use super::compute::{Compared, cell_at};
use super::dto::{ComparedSide, ComparisonResult};
use super::peers::area_of;
use super::reading::{Reading, SeriesFigures};
use crate::resources::receipts::{ReceiptContext, ReceiptInput, ReceiptParts, ReceiptWarning};
use crate::resources::series::{Cell, SeriesInfo};
use crate::stats::comparison::{
    Comparison, Input, Method, Number, Reason, Refusal, Role, Side, Standing, Warning,
};
use crate::stats::measure::Unit;
use crate::stats::period::Frequency;

impl Reading {
    /// The result of a comparison.
    pub fn view(
        &self,
        context: &ReceiptContext,
        read: &SeriesFigures,
        series: &SeriesInfo,
        compared: &Compared,
    ) -> ComparisonResult {
        let frequency = series.frequency;
        let (time_period, period) = (compared.period.text(frequency), compared.period.words(frequency));
        let method = compared.method;
        let (path, query) = self.address_of(series, compared);
        let about = format!("{}, {period}, {}", series.key, method.words());
        let own_unit = self.figures.content().unit.code();
        let parts = match &compared.result {
            Ok(comparison) => ReceiptParts {
                formula: comparison.formula.clone(),
                inputs: comparison
                    .inputs
                    .iter()
                    .map(|input| self.input(read, series, compared, input))
                    .collect(),
                unit: self.figures.content().unit.code_of_result(comparison.unit),
                rounding: comparison.rounding.to_string(),
                warnings: warnings(comparison),
                about: &about,
                path,
                query,
            },
            Err(refusal) => ReceiptParts {
                formula: format!("{period}: no result. {}", refusal_words(refusal).1),
                inputs: vec![],
                unit: own_unit,
                rounding: "Nothing was computed.".to_owned(),
                warnings: vec![],
                about: &about,
                path,
                query,
            },
        };
        let blank = ComparisonResult {
            series: series.key.clone(),
            method: method.code(),
            time_period,
            unit: parts.unit,
            current: ComparedSide { label: period.clone(), value: None, reason: None },
            period,
            base: None,
            change: None,
            change_pct: None,
            change_pp: None,
            relative_change_pct: None,
            favourable: None,
            target_status: None,
            rank: None,
            rank_of: None,
            rank_shared_by: None,
            rank_1_is: None,
            reason: None,
            reason_words: None,
            areas_without_value: vec![],
            receipt: context.receipt(parts),
        };
        match &compared.result {
            Ok(comparison) => shown(blank, comparison),
            Err(refusal) => {
                let (code, words) = refusal_words(refusal);
                ComparisonResult { reason: Some(code), reason_words: Some(words), ..blank }
            }
        }
    }

    /// The path and the query that give the result of a comparison again, apart from the moment.
    pub fn address_of(&self, series: &SeriesInfo, compared: &Compared) -> (String, String) {
        let period = compared.period.text(series.frequency);
        let base = self.request.base.map(|base| base.text(series.frequency));
        let path = format!("/v1/series/{}/comparisons", series.key);
        (path, self.request.query_of(compared.method, &period, base.as_deref()))
    }

    /// An input, with the cell that it was read from.
    fn input(
        &self,
        read: &SeriesFigures,
        series: &SeriesInfo,
        compared: &Compared,
        input: &Input,
    ) -> ReceiptInput {
        let point = &input.point;
        let own_area = area_of(&self.figures, series);
        let cell: Option<&Cell> = match input.role {
            Role::Population | Role::Target => None,
            Role::Base if compared.method == Method::Baseline => {
                compared.baseline.as_ref().and_then(|baseline| baseline.cell.as_ref())
            }
            Role::Current | Role::Base => cell_at(read, series, point.period),
            Role::Peer => {
                let peer = input.area.as_deref().and_then(|area| compared.peers.get(area));
                peer.and_then(|peer| cell_at(read, peer, point.period))
            }
        };
        let area = match input.role {
            Role::Population => input.area.clone().or_else(|| own_area.map(str::to_owned)),
            _ => input.area.clone(),
        };
        // A population is that of a calendar year, whatever the frequency of the series.
        let frequency = if input.role == Role::Population { Frequency::Irregular } else { series.frequency };
        ReceiptInput::new(input.role.code(), area, point, frequency, cell)
    }
}

/// The code and the sentence of a comparison that makes no sense for a series.
pub fn refusal_words(refusal: &Refusal) -> (&'static str, String) {
    match refusal {
        Refusal::NoPeers => (
            "no_peers",
            "There is no other area to compare with. Name the areas in `peers`; `siblings` are those of the same kind in the same larger area."
                .to_owned(),
        ),
        other => (other.code(), other.to_string()),
    }
}

fn warnings(comparison: &Comparison) -> Vec<ReceiptWarning> {
    let warning = |warning: &Warning| ReceiptWarning { code: warning.code(), detail: warning.to_string() };
    comparison.warnings.iter().map(warning).collect()
}

fn side(side: &Side) -> ComparedSide {
    let value = side.value.as_ref();
    ComparedSide {
        label: side.label.clone(),
        value: value.ok().map(Number::to_string),
        reason: value.err().map(|reason| reason.code()),
    }
}

fn number(result: Option<&Result<Number, Reason>>) -> Option<String> {
    result.and_then(|result| result.as_ref().ok()).map(Number::to_string)
}

/// The result with what the comparison says.
fn shown(blank: ComparisonResult, comparison: &Comparison) -> ComparisonResult {
    let is_percent = comparison.unit == Unit::Percent;
    let (change, relative) = (number(comparison.change.as_ref()), number(comparison.relative.as_ref()));
    let mut result = ComparisonResult {
        current: side(&comparison.current),
        base: comparison.base.as_ref().map(side),
        favourable: comparison.favourable,
        reason: comparison.reason().map(Reason::code),
        reason_words: comparison.reason().map(|reason| reason.to_string()),
        areas_without_value: comparison.areas_without_value().into_iter().map(str::to_owned).collect(),
        ..blank
    };
    if is_percent {
        (result.change_pp, result.relative_change_pct) = (change, relative);
    } else {
        (result.change, result.change_pct) = (change, relative);
    }
    match comparison.standing.as_ref().and_then(|standing| standing.as_ref().ok()) {
        Some(Standing::Rank { rank, of, sharing, highest_first }) => {
            result.rank = Some(*rank);
            result.rank_of = Some(*of);
            result.rank_shared_by = Some(*sharing);
            result.rank_1_is = Some(if *highest_first { "highest" } else { "lowest" });
        }
        Some(standing) => result.target_status = Some(standing.code()),
        None => {}
    }
    result
}
